// The words and colours of kinds and statuses: one place for lists, graphs and badges.
import type { Kind, Status } from "./data";

export const KINDS: { kind: Kind; many: string }[] = [
  { kind: "source", many: "sources" }, { kind: "load", many: "loads" }, { kind: "seed", many: "seeds" },
  { kind: "model", many: "models" }, { kind: "snapshot", many: "snapshots" }, { kind: "analysis", many: "analyses" },
  { kind: "exposure", many: "exposures" }, { kind: "semantic_model", many: "semantic models" },
  { kind: "metric", many: "metrics" }, { kind: "saved_query", many: "saved queries" },
  { kind: "function", many: "functions" }, { kind: "test", many: "tests" }, { kind: "unit_test", many: "unit tests" },
  { kind: "macro", many: "macros" },
];
export const one = (kind: Kind) => kind.replaceAll("_", " ");
export const many = (kind: Kind) => KINDS.find(k => k.kind === kind)!.many;
/** "3 models", "1 seed". */
export const counted = (n: number, kind: Kind) => `${n.toLocaleString("en")} ${n === 1 ? one(kind) : many(kind)}`;
/** The colour token of a kind: styles.css has one for each that graphs show. */
export const tone = (kind: Kind) => `var(--kind-${kind})`;

export type Outcome = "good" | "bad" | "warn" | "none";
export const outcome = (s: Status | undefined): Outcome =>
  !s || s === "skipped" || s === "no-op" ? "none"
  : s === "success" || s === "pass" || s === "reused" ? "good"
  : s === "warn" || s === "partial success" ? "warn" : "bad";
