// The syntax of `--select`, in the page: "+orders,tag:nightly 2+path:models/mart @customers". In: a text and the nodes
// with their edges. Out: which nodes it means, and what is wrong with it, by place. It knows the methods that the page
// has the facts for; a name that is nobody's is looked for within names, and `said` has how --select would say that.
import type { Node } from "../store";

export interface Wrong { at: number; text: string }
export interface Chosen { nodes: Set<Node>; wrong: Wrong[]; said: string }

type Test = (n: Node, value: (text: string) => boolean, raw: string) => boolean;
const folders = (n: Node) => n.path.split("/");
const METHODS: Record<string, Test> = {
  tag: (n, is) => (n.tags ?? []).some(is),
  path: (n, is, raw) => is(n.path) || n.path.startsWith(raw.replace(/\/?\**$/, "") + "/"),
  file: (n, is) => is(folders(n).at(-1)!) || is(folders(n).at(-1)!.replace(/\.[^.]*$/, "")),
  package: (n, is) => is(n.package),
  resource_type: (n, is) => is(n.kind),
  source: (n, is) => n.kind === "source" && (is(n.name) || is(n.name.split(".")[0]!) || is(n.name.split(".").at(-1)!) || is(`${n.package}.${n.name}`)),
  exposure: (n, is) => n.kind === "exposure" && is(n.name),
  metric: (n, is) => n.kind === "metric" && is(n.name),
  semantic_model: (n, is) => n.kind === "semantic_model" && is(n.name),
  saved_query: (n, is) => n.kind === "saved_query" && is(n.name),
  access: (n, is) => is(n.access ?? ""),
  group: (n, is) => is(n.group ?? ""),
  owner: (n, is) => is(n.owner ?? ""),
  schema: (n, is) => is(n.schema ?? ""),
  result: (n, is) => is(n.last?.status ?? ""),
  "config.materialized": (n, is) => is(n.materialized ?? ""),
  "config.schema": (n, is) => is(n.schema ?? ""),
  "config.tags": (n, is) => (n.tags ?? []).some(is),
  "config.group": (n, is) => is(n.group ?? ""),
  column: (n, _is, raw) => {
    const at = raw.lastIndexOf("."), table = raw.slice(0, at), column = glob(raw.slice(at + 1));
    return at > 0 && (n.columns ?? []).some(column) && (glob(table)(n.name) || n.id === table);
  },
  fqn: (n, is) => named(n, is),
};

/** Whether a text is what a pattern with *, ? and [..] says. */
export function glob(pattern: string): (text: string) => boolean {
  if (!/[*?[]/.test(pattern)) return text => text === pattern;
  // By hand, without a regular expression: its time is at most the product of both lengths.
  return text => {
    let p = 0, t = 0, star = -1, mark = 0;
    while (t < text.length) {
      const set = pattern[p] === "[" ? pattern.indexOf("]", p + 2) : -1;
      if (set > 0 && inSet(pattern.slice(p + 1, set), text[t]!)) { p = set + 1; t++; }
      else if (set < 0 && p < pattern.length && pattern[p] !== "*" && (pattern[p] === "?" || pattern[p] === text[t])) { p++; t++; }
      else if (pattern[p] === "*") { star = p++; mark = t; }
      else if (star >= 0) { p = star + 1; t = ++mark; }
      else return false;
    }
    while (pattern[p] === "*") p++;
    return p === pattern.length;
  };
}
function inSet(set: string, c: string): boolean {
  const not = set[0] === "!", body = not ? set.slice(1) : set;
  let hit = false;
  for (let i = 0; i < body.length; i++)
    if (body[i + 1] === "-" && i + 2 < body.length) { hit ||= body[i]! <= c && c <= body[i + 2]!; i += 2; }
    else hit ||= body[i] === c;
  return hit !== not;
}

/** By name, unique id, or the way to it: "shop.mart.orders" and "mart" (all in that folder) as dbt's fqn. */
function named(n: Node, is: (text: string) => boolean): boolean {
  if (is(n.name) || is(n.id)) return true;
  if (n.kind === "exposure" || n.kind === "metric") return false;
  const parts = [n.package, ...folders(n).slice(1, -1), n.name];
  for (let i = 1; i <= parts.length; i++) if (is(parts.slice(0, i).join(".")) || (i > 1 && i < parts.length && is(parts.slice(1, i).join(".")))) return true;
  return is(parts.slice(1).join("."));
}

function reach(start: Iterable<Node>, steps: number, next: (n: Node) => Node[], into: Set<Node>): void {
  let edge = [...start];
  const seen = new Set(edge);
  for (let i = 0; i < steps && edge.length; i++) {
    const far: Node[] = [];
    for (const n of edge) for (const m of next(n)) if (!seen.has(m)) { seen.add(m); far.push(m); }
    edge = far;
  }
  for (const n of seen) into.add(n);
}

interface Term { at: number; all: boolean; up: number; down: number; method: string; value: string }

/** "2+tag:nightly+" taken apart; a text where it cannot be. */
function term(text: string, at: number): Term | Wrong {
  let rest = text, up = 0, down = 0, all = false;
  if (rest[0] === "@") { all = true; rest = rest.slice(1); }
  const before = /^(\d*)\+/.exec(rest);
  if (before) { up = before[1] ? Number(before[1]) : Infinity; rest = rest.slice(before[0].length); }
  const after = /\+(\d*)$/.exec(rest);
  if (after) { down = after[1] ? Number(after[1]) : Infinity; rest = rest.slice(0, after.index); }
  if (all && (before || after)) return { at, text: "@ has all around it already: without a + beside it" };
  const colon = rest.indexOf(":"), method = colon > 0 ? rest.slice(0, colon) : "", value = colon > 0 ? rest.slice(colon + 1) : rest;
  if (!value) return { at, text: `a name is missing in '${text}'` };
  if (method && !Object.hasOwn(METHODS, method)) return { at, text: `the page knows no '${method}:'; it knows ${Object.keys(METHODS).join(", ")}` };
  return { at, all, up, down, method, value };
}

/** What a text means among nodes. Spaces are "or", commas "and"; an empty text is everything. */
export function choose(text: string, nodes: Node[], shown: (n: Node) => boolean = () => true): Chosen {
  const chosen: Chosen = { nodes: new Set(), wrong: [], said: "" };
  const words = [...text.matchAll(/\S+/g)];
  if (!words.length) { for (const n of nodes) chosen.nodes.add(n); return chosen; }
  const said: string[] = [];
  for (const word of words) {
    let both: Set<Node> | undefined;
    const parts: string[] = [];
    let at = word.index;
    for (const piece of word[0].split(",")) {
      const t = term(piece, at);
      at += piece.length + 1;
      if ("text" in t) { chosen.wrong.push(t); both = new Set(); continue; }
      let value = t.value, is = glob(value);
      let hit = nodes.filter(n => t.method ? METHODS[t.method]!(n, is, value) : named(n, is) || (value.includes("/") && METHODS.path!(n, is, value)));
      if (!hit.length && !t.method && !/[*?[]/.test(value)) {
        value = `*${value}*`;
        is = glob(value.toLowerCase());
        hit = nodes.filter(n => is(n.name.toLowerCase()));
      }
      if (!hit.length) chosen.wrong.push({ at: t.at, text: `nothing is meant by '${t.method ? t.method + ":" : ""}${t.value}'` });
      const some = new Set<Node>();
      if (t.all) { reach(hit, Infinity, n => n.down, some); reach([...some], Infinity, n => n.up, some); }
      else {
        reach(hit, t.up, n => n.up, some);
        reach(hit, t.down, n => n.down, some);
      }
      parts.push(`${t.all ? "@" : ""}${plus(t.up, true)}${t.method ? t.method + ":" : ""}${value}${plus(t.down, false)}`);
      both = both ? new Set([...both].filter(n => some.has(n))) : some;
    }
    said.push(parts.join(","));
    for (const n of both ?? []) if (shown(n)) chosen.nodes.add(n);
  }
  chosen.said = said.join(" ");
  return chosen;
}
const plus = (n: number, before: boolean) => !n ? "" : n === Infinity ? "+" : before ? `${n}+` : `+${n}`;

/** What `--select` would be for some nodes: their names where those are nobody else's, else unique ids. */
export function asSelect(some: Node[], all: Node[]): string {
  const times = new Map<string, number>();
  for (const n of all) times.set(n.name, (times.get(n.name) ?? 0) + 1);
  return some.map(n => n.kind === "source" ? `source:${n.name}` : n.kind === "exposure" ? `exposure:${n.name}`
    : n.kind === "metric" || n.kind === "semantic_model" || n.kind === "saved_query" ? `${n.kind}:${n.name}`
    : times.get(n.name)! > 1 ? n.id : n.name).join(" ");
}
