// What of a project the graph shows. In: the nodes (store.ts) and a State, which the address can hold. Out: boxes and
// edges between them, without places. Leaves to others: places (layout.ts), columns' ways (columns.ts), looks (draw.ts).
import type { Kind } from "../data";
import { many } from "../kinds";
import { boxes as changed } from "../changes";
import { against, byId, isGone, project, shown, type Node } from "../store";
import type { Way } from "./columns";
import { choose, learn, setProject, type Wrong } from "./select";

setProject(project.name);
if (against) learn("state", (n, value) => value === "modified" ? !!n.diff?.modified : value === "new" && n.diff?.how === "added");

export type Grouping = "" | "folder" | "tag" | "schema";
export interface State {
  select: string;                // --select's syntax; "": everything
  focus: Node | undefined;
  up: number;                    // how many steps around the focus; Infinity: all
  down: number;
  more: string[];                // "<id", ">id": the parents or children of a box at the border were asked for
  hide: Kind[];
  group: Grouping;
  open: string[];                // groups that show their nodes; "*": all
  columns: boolean;
  column: { node: Node; name: string } | undefined;
  wide: string[];                // ids of boxes that show all their columns
  changes: boolean;              // of docs diff: without a filter or a focus, what changed and one step around it
}
export const START: State = { select: "", focus: undefined, up: 1, down: 1, more: [], hide: [], group: "", open: [], columns: false, column: undefined, wide: [], changes: false };

export interface Box {
  key: string;                   // a node's id, or "group:" and its name
  node?: Node;
  members?: Node[];              // of a closed group
  name: string;
  within: number;                // its open group, or -1
  lessUp: number;                // parents that are not shown
  lessDown: number;
}
export interface Link { from: number; to: number; count: number; how?: "added" | "removed" }   // count: edges of nodes; 0: only a column goes here; how: all of them are new, or gone
export interface Model { boxes: Box[]; links: Link[]; groups: string[]; nodes: Node[]; wrong: Wrong[]; said: string; of: Map<Node, number> }

export function groupOf(n: Node, by: Grouping): string {
  if (by === "tag") return n.tags?.[0] ?? "no tag";
  if (by === "schema") return n.schema ?? many(n.kind);
  // YAML of sources and exposures stands anywhere: what they belong to says more.
  if (n.kind === "source" || n.kind === "load") return `${n.kind}s: ${n.name.split(".")[0]}`;
  if (n.kind !== "model" && n.kind !== "seed" && n.kind !== "snapshot" && n.kind !== "analysis" && n.kind !== "function") return many(n.kind);
  const folder = n.path.split("/").slice(0, -1).join("/") || "/";
  return n.package === project.name ? folder : `${n.package}: ${folder}`;
}

function around(n: Node, up: number, down: number, into: Set<Node>): void {
  const walk = (steps: number, next: (m: Node) => Node[]) => {
    let edge = [n];
    const seen = new Set(edge);
    for (let i = 0; i < steps && edge.length; i++) {
      edge = edge.flatMap(next).filter(m => listed(m) && !seen.has(m) && (seen.add(m), true));
    }
    for (const m of seen) into.add(m);
  };
  walk(up, m => m.up);
  walk(down, m => m.down);
}
const listed = (n: Node) => n.kind !== "macro" && n.kind !== "test" && n.kind !== "unit_test";

/** The boxes of a state. `way`: of a column; the nodes that it goes through are shown too. */
export function modelOf(s: State, way?: Way): Model {
  const chosen = choose(s.select, shown);
  let some = chosen.nodes;
  if (s.changes && !s.select && !s.focus && changed.length) {
    some = new Set<Node>();
    for (const n of changed) around(n, 1, 1, some);
  }
  if (s.focus) {
    const near = new Set<Node>();
    around(s.focus, s.up, s.down, near);
    some = s.select ? new Set([...near].filter(n => chosen.nodes.has(n) || n === s.focus)) : near;
  }
  for (const word of s.more) {
    const n = byId.get(word.slice(1));
    if (n) for (const m of word[0] === "<" ? n.up : n.down) if (listed(m)) some.add(m);
  }
  for (const n of way?.nodes ?? []) if (listed(n)) some.add(n);
  const hidden = new Set(s.hide);
  const nodes = shown.filter(n => some.has(n) && (!hidden.has(n.kind) || n === s.focus));
  const here = new Set(nodes);

  const model: Model = { boxes: [], links: [], groups: [], nodes, wrong: chosen.wrong, said: chosen.said, of: new Map() };
  const lists = new Map<string, Node[]>();
  if (s.group) for (const n of nodes) { const g = groupOf(n, s.group); (lists.get(g) ?? lists.set(g, []).get(g)!).push(n); }
  const all = s.open.includes("*"), open = new Set(s.open), place = new Map<string, number>();
  const less = (next: Node[]) => next.filter(m => listed(m) && !here.has(m) && !hidden.has(m.kind)).length;
  for (const n of nodes) {
    const g = s.group ? groupOf(n, s.group) : "", members = lists.get(g), closed = members && members.length > 1 && !all && !open.has(g);
    if (closed) {
      let at = place.get(g);
      if (at === undefined) {
        at = model.boxes.push({ key: `group:${g}`, members, name: g, within: -1, lessUp: 0, lessDown: 0 }) - 1;
        place.set(g, at);
      }
      model.of.set(n, at);
      continue;
    }
    let within = -1;
    if (members && members.length > 1) {
      within = model.groups.indexOf(g);
      if (within < 0) within = model.groups.push(g) - 1;
    }
    model.of.set(n, model.boxes.push({ key: n.id, node: n, name: n.name, within, lessUp: less(n.up), lessDown: less(n.down) }) - 1);
  }
  const links = new Map<number, Link>();
  for (const n of nodes) for (const m of n.up) {
    const from = model.of.get(m), to = model.of.get(n)!;
    if (from === undefined || from === to) continue;
    const key = from * model.boxes.length + to, link = links.get(key);
    const how = n.gone.has(m) || isGone(n) ? "removed" : n.diff?.how === "added" || n.gained?.includes(m.at) ? "added" : undefined;
    if (!link) links.set(key, how ? { from, to, count: 1, how } : { from, to, count: 1 });
    else {
      link.count++;
      if (link.how !== how) delete link.how;
    }
  }
  // A seed fills the table that a source names: a column's way knows that, the project's edges do not.
  for (const step of way?.steps ?? []) {
    const from = model.of.get(step.from.node), to = model.of.get(step.to.node);
    if (!step.value || from === undefined || to === undefined || from === to) continue;
    const key = from * model.boxes.length + to;
    if (!links.has(key)) links.set(key, { from, to, count: 0 });
  }
  model.links = [...links.values()];
  return model;
}

/** What is up or down of a box, as far as edges go. */
export function waysFrom(model: Model, start: number[]): { boxes: Set<number>; links: Set<number> } {
  const boxes = new Set(start), links = new Set<number>();
  const into: number[][] = model.boxes.map(() => []), out: number[][] = model.boxes.map(() => []);
  model.links.forEach((l, i) => { out[l.from]!.push(i); into[l.to]!.push(i); });
  const walk = (edges: number[][], end: "from" | "to") => {
    const stack = [...start], seen = new Set(start);
    while (stack.length) for (const i of edges[stack.pop()!]!) {
      links.add(i);
      const b = model.links[i]![end];
      if (!seen.has(b)) { seen.add(b); boxes.add(b); stack.push(b); }
    }
  };
  walk(into, "from");
  walk(out, "to");
  return { boxes, links };
}

// --- the address

const list = (text: string | null) => text ? text.split("|").filter(Boolean).map(t => t.replaceAll("%7C", "|").replaceAll("%25", "%")) : [];
const joined = (some: string[]) => some.map(t => t.replaceAll("%", "%25").replaceAll("|", "%7C")).join("|");
const steps = (text: string | null) => text === "all" ? Infinity : text && /^\d+$/.test(text) ? Number(text) : 1;

export function readState(q: URLSearchParams): State {
  const column = /^([^/]*)\/(.*)$/s.exec(q.get("column") ?? ""), at = column && byId.get(column[1]!);
  const group = q.get("group") ?? "";
  return {
    select: q.get("select") ?? "", focus: byId.get(q.get("focus") ?? ""), up: steps(q.get("up")), down: steps(q.get("down")),
    more: list(q.get("more")), hide: list(q.get("hide")) as Kind[],
    group: group === "folder" || group === "tag" || group === "schema" ? group : "", open: list(q.get("open")),
    columns: q.get("columns") === "1", column: at ? { node: at, name: column[2]! } : undefined, wide: list(q.get("wide")),
    changes: !!against && q.get("changes") !== "0",
  };
}
export function writeState(s: State): Record<string, string | undefined> {
  const hops = (n: number) => n === 1 ? "" : n === Infinity ? "all" : String(n);
  return {
    select: s.select, focus: s.focus?.id, up: s.focus && hops(s.up), down: s.focus && hops(s.down), more: joined(s.more), hide: joined(s.hide),
    group: s.group, open: s.group ? joined(s.open) : "", columns: s.columns ? "1" : "",
    column: s.column && `${s.column.node.id}/${s.column.name}`, wide: joined(s.wide),
    changes: against && !s.changes ? "0" : "",
  };
}
