// What docs diff found, for lists and counts. In: the nodes with what is other than it was (data.ts: Diff). Out: those, and
// what they reach.
import type { How } from "./data";
import { isTest, nodes, type Node } from "./store";

export const HOWS: How[] = ["added", "changed", "removed"];
export const changed: Node[] = nodes.filter(n => n.diff);
/** Those that graphs and lists show: tests belong to what they test. */
export const boxes: Node[] = changed.filter(n => !isTest(n) && n.kind !== "macro");

/** All that reads it, near and far, as it is or as it was. */
export function reached(start: Node[]): Set<Node> {
  const seen = new Set<Node>(), way = [...start];
  while (way.length) for (const m of way.pop()!.down) if (!seen.has(m)) { seen.add(m); way.push(m); }
  for (const n of start) seen.delete(n);
  return seen;
}

/** "3 nodes", "1 node" */
const times = (n: number, word: string) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

/** "3 nodes, 1 exposure", of what there is. */
export const nodesAndExposures = (all: Node[]) => {
  const exposures = all.filter(n => n.kind === "exposure").length, rest = all.length - exposures;
  return [rest && times(rest, "node"), exposures && times(exposures, "exposure")].filter(Boolean).join(", ");
};
