// Small parts that every page uses.
import { Fragment, type ComponentChildren } from "preact";
import type { Kind } from "../data";
import { ago, moment } from "../format";
import { one, outcome, tone } from "../kinds";
import { addressOf } from "../route";
import type { Node } from "../store";

/** The mark of a kind: a bar of its colour before a name. */
export const Mark = ({ kind }: { kind: Kind }) => <i class="mark" style={{ background: tone(kind) }} title={one(kind)} />;

export const Badge = ({ kind }: { kind: Kind }) => (
  <span class="badge" style={{ color: tone(kind) }}><Mark kind={kind} />{one(kind)}</span>
);

export function NodeLink({ node, bare, children }: { node: Node; bare?: boolean; children?: ComponentChildren }) {
  return <a class="node" href={addressOf(node)} title={node.id}>{!bare && <Mark kind={node.kind} />}{children ?? node.name}</a>;
}

const WORDS: Record<string, string> = { success: "built", pass: "passed", error: "error", fail: "failed", warn: "warning",
  "runtime error": "error", skipped: "skipped", "partial success": "in part", "no-op": "nothing to do", reused: "reused" };

/** How a run ended, as a dot and a word. */
export function Status({ status, bare }: { status: NonNullable<Node["last"]>["status"]; bare?: boolean }) {
  const word = WORDS[status] ?? status;
  return <span class={`status ${outcome(status)}`} title={bare ? word : undefined}><i class="dot" />{!bare && word}</span>;
}

export const When = ({ iso }: { iso: string }) => <time dateTime={iso} title={moment(iso)}>{ago(iso)}</time>;

/** A part of a page with a heading that can be linked to. */
export function Section({ title, count, aside, children }: {
  title: string; count?: number | undefined; aside?: ComponentChildren; children: ComponentChildren;
}) {
  return (
    <section class="part" aria-label={title}>
      <header><h2>{title}{count !== undefined && <span class="count">{count.toLocaleString("en")}</span>}</h2>{aside}</header>
      {children}
    </section>
  );
}

export interface Tab { id: string; title: string }
/** Tabs by the arrow keys too, as the ARIA practices have them. */
export function Tabs({ tabs, here, choose, label }: { tabs: Tab[]; here: string; choose: (id: string) => void; label: string }) {
  const key = (e: KeyboardEvent) => {
    const step = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0, at = tabs.findIndex(t => t.id === here);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (!step || !next) return;
    choose(next.id);
    (e.currentTarget as HTMLElement).querySelectorAll("button")[tabs.indexOf(next)]?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={key}>
      {tabs.map(t => (
        <button key={t.id} type="button" role="tab" aria-selected={t.id === here} tabIndex={t.id === here ? 0 : -1} onClick={() => choose(t.id)}>
          {t.title}
        </button>
      ))}
    </div>
  );
}

/** Pairs of a name and what it is; pairs without a value are left out. */
export function Facts({ facts }: { facts: [string, ComponentChildren][] }) {
  const some = facts.filter(f => f[1] !== undefined && f[1] !== null && f[1] !== "" && f[1] !== false);
  if (!some.length) return null;
  return <dl class="facts">{some.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

/** A value of config or meta as YAML would have it, short ones in a line. */
export function Data({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <span class="soft">none</span>;
  if (Array.isArray(value) && value.every(v => typeof v !== "object")) return <code>{value.join(", ") || "[]"}</code>;
  if (typeof value === "object") return <pre class="data">{JSON.stringify(value, null, 2)}</pre>;
  return <code>{String(value)}</code>;
}

/** A long name, which may break behind "_" and ".". */
export const Name = ({ text }: { text: string }) => <>{text.split(/(?<=[_.])/).map((part, i) => <Fragment key={i}>{i > 0 && <wbr />}{part}</Fragment>)}</>;
