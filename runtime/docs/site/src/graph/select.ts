// The syntax of `--select`, in the page: "+orders,tag:nightly 2+path:models/mart @customers". In: a text and the nodes
// with their edges. Out: which nodes it means, and what is wrong with it, by place. It knows the methods that the page
// has the facts for. A name that is nobody's is looked for within names, and `said` has how --select would say that;
// "": it has no word for it.
import type { Node } from "../store";

export interface Wrong { at: number; text: string }
export interface Chosen { nodes: Set<Node>; wrong: Wrong[]; said: string }

type Test = (n: Node, value: string, is: (text: string) => boolean) => boolean;
const folders = (n: Node) => n.path.split("/");
const dotted = (kind: string): Test => (n, value) => {
  const want = value.split("."), name = n.name.split(".");
  if (n.kind !== kind || want.length > (kind === "source" || kind === "load" ? 3 : 2)) return false;
  // SOURCE, SOURCE.TABLE or PACKAGE.SOURCE.TABLE; of others NAME or PACKAGE.NAME.
  const own = [n.package, ...kind === "source" || kind === "load" ? [name[0]!, name.slice(1).join(".")] : [n.name]];
  const from = want.length === own.length ? 0 : 1;
  return want.every((w, i) => own[from + i] !== undefined && glob(w)(own[from + i]!));
};
const METHODS: Record<string, Test> = {
  fqn: (n, value) => n.kind !== "source" && n.kind !== "load" && (fits([n.package, ...folders(n).slice(1, -1), n.name], value) || fits([...folders(n).slice(1, -1), n.name], value)),
  tag: (n, _, is) => (n.tags ?? []).some(is),
  path: (n, value) => {
    const want = value.replace(/^(\.\/)+/, "").replace(/\/+$/, "").split("/"), own = folders(n);
    return want.length <= own.length && want.every((w, i) => glob(w)(own[i]!));
  },
  file: (n, _, is) => is(folders(n).at(-1)!) || is(folders(n).at(-1)!.replace(/\.[^.]*$/, "")),
  package: (n, value, is) => value === "this" ? n.package === project() : is(n.package),
  resource_type: (n, _, is) => is(n.kind),
  source: dotted("source"), load: dotted("load"), exposure: dotted("exposure"), metric: dotted("metric"),
  semantic_model: dotted("semantic_model"), saved_query: dotted("saved_query"),
  access: (n, _, is) => is(n.access ?? ""),
  group: (n, _, is) => !!n.group && is(n.group),
  result: (n, _, is) => is(n.last?.status ?? ""),
  "config.materialized": (n, _, is) => is(n.materialized ?? ""),
  "config.tags": (n, _, is) => (n.tags ?? []).some(is),
  "config.group": (n, _, is) => !!n.group && is(n.group),
  column: (n, value) => {
    const at = value.lastIndexOf(".");
    return at > 0 && (n.columns ?? []).some(glob(value.slice(at + 1))) && glob(value.slice(0, at))(n.name);
  },
  // These are the page's own.
  owner: (n, _, is) => is(n.owner ?? ""),
  schema: (n, _, is) => is(n.schema ?? ""),
};
/** A method that only some pages have the facts for. */
export const learn = (method: string, is: (n: Node, value: string) => boolean) => { METHODS[method] = is; };
const OWN = new Set(["owner", "schema"]);
let own = "";
const project = () => own;
/** The name of the project itself, for `package:this`. */
export const setProject = (name: string) => { own = name; };

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

/** dbt's rule for dotted names: the last part, the first parts, or with a wildcard what follows them. */
function fits(parts: string[], want: string): boolean {
  const name = parts.at(-1)!;
  // "orders.v2" is a version of orders, and orders_v2 its older name.
  const version = /^(.+)\.(v[^.]+)$/.exec(name);
  if (name === want || (version && (version[1] === want || `${version[1]}_${version[2]}` === want))) return true;
  const have = parts.flatMap(p => p.split(".")), pieces = want.split(".");
  if (have.length < pieces.length) return false;
  for (let i = 0; i < pieces.length; i++) {
    if (/[*?[]/.test(pieces[i]!)) return glob(pieces.slice(i).join("."))(have.slice(i).join(".")) || (pieces.length === 1 && glob(want)(name));
    if (have[i] !== pieces[i]) return false;
  }
  return true;
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
  let rest = text, up = 0, down = 0;
  const all = rest[0] === "@";
  if (all) rest = rest.slice(1);
  const before = /^(\d*)\+/.exec(rest);
  if (before) { up = before[1] ? Number(before[1]) : Infinity; rest = rest.slice(before[0].length); }
  const after = /\+(\d*)$/.exec(rest);
  if (after) { down = after[1] ? Number(after[1]) : Infinity; rest = rest.slice(0, after.index); }
  if (all && (before || after)) return { at, text: "@ has all around it already: without a + beside it" };
  const colon = rest.indexOf(":"), method = colon > 0 ? rest.slice(0, colon) : "", value = colon > 0 ? rest.slice(colon + 1) : rest;
  if (!value) return { at, text: `a name is missing in '${text}'` };
  if (method && !Object.hasOwn(METHODS, method)) return { at, text: `the page knows no '${method}:'; it knows ${Object.keys(METHODS).join(", ")}` };
  if (method === "column" && (up || down || all)) return { at, text: "around a column the columns' own ways count: click the column" };
  return { at, all, up, down, method, value };
}

/** The nodes of one term, and what --select has for it: one word, or two where it takes two. */
function find(t: Term, nodes: Node[]): { hit: Node[]; words: string[] } {
  const by = (method: string, value: string) => { const is = glob(value); return nodes.filter(n => METHODS[method]!(n, value, is)); };
  const v = t.value;
  if (t.method) return { hit: by(t.method, v), words: OWN.has(t.method) ? [] : [`${t.method}:${v}`] };
  const hit = by(v.includes("/") ? "path" : /\.(sql|py|csv)$/i.test(v) ? "file" : "fqn", v);
  if (hit.length) return { hit, words: [v] };
  // What --select would not find so, but who types here may mean.
  const one = nodes.filter(n => n.id === v || n.name === v);
  if (one.length) return { hit: one, words: one.map(n => word(n, true)) };
  if (/[*?[]/.test(v)) return { hit: by("source", v), words: [`source:${v}`] };
  const part = v.toLowerCase(), some = nodes.filter(n => n.name.toLowerCase().includes(part));
  return { hit: some, words: some.length <= 3 ? some.map(n => word(n, false)) : some.every(n => n.name.includes(v)) && !v.includes(".")
    ? [...some.some(n => n.kind !== "source") ? [`*${v}*`] : [], ...some.some(n => n.kind === "source") ? [`source:*${v}*`, `source:*.*${v}*`] : []] : [] };
}

/** What a text means among nodes. Spaces are "or", commas "and"; an empty text is everything. */
export function choose(text: string, nodes: Node[], shown: (n: Node) => boolean = () => true): Chosen {
  const chosen: Chosen = { nodes: new Set(), wrong: [], said: "" };
  const all = [...text.matchAll(/\S+/g)];
  if (!all.length) { for (const n of nodes) chosen.nodes.add(n); return chosen; }
  let said: string[] | undefined = [];
  for (const w of all) {
    let both: Set<Node> | undefined, ways = [""];
    let at = w.index;
    for (const piece of w[0].split(",")) {
      const t = term(piece, at);
      at += piece.length + 1;
      if ("text" in t) { chosen.wrong.push(t); both = new Set(); continue; }
      const { hit, words } = find(t, nodes), some = new Set<Node>();
      if (!hit.length) chosen.wrong.push({ at: t.at, text: `nothing is meant by '${t.method ? t.method + ":" : ""}${t.value}'` });
      if (t.all) { reach(hit, Infinity, n => n.down, some); reach([...some], Infinity, n => n.up, some); }
      else { reach(hit, t.up, n => n.up, some); reach(hit, t.down, n => n.down, some); }
      const full = words.map(x => `${t.all ? "@" : ""}${plus(t.up, true)}${x}${plus(t.down, false)}`);
      ways = ways.flatMap(a => full.map(b => a ? `${a},${b}` : b));
      const before: Set<Node> | undefined = both;
      both = before ? new Set([...before].filter(n => some.has(n))) : some;
    }
    if (ways.length && ways.length < 20) said?.push(...ways); else said = undefined;
    for (const n of both ?? []) if (shown(n)) chosen.nodes.add(n);
  }
  chosen.said = said?.join(" ") ?? "";
  return chosen;
}
const plus = (n: number, before: boolean) => !n ? "" : n === Infinity ? "+" : before ? `${n}+` : `+${n}`;
const word = (n: Node, alone: boolean) => ["source", "load", "exposure", "metric", "semantic_model", "saved_query"].includes(n.kind) ? `${n.kind}:${n.name}`
  : alone ? [n.package, ...folders(n).slice(1, -1), n.name].join(".") : n.name;

/** What `--select` would be for some nodes: their names where those are nobody else's, else with package and folders. */
export function asSelect(some: Node[], all: Node[]): string {
  const times = new Map<string, number>();
  for (const n of all) times.set(n.name, (times.get(n.name) ?? 0) + 1);
  return some.map(n => word(n, times.get(n.name)! > 1)).join(" ");
}
