// Which table refers to which. In: the keys and tests of all nodes. Out: relations between columns, each with how many
// rows stand at its ends, and marks of the columns that are keys. Pure. Leaves to others: places and looks (scene.ts).
import type { Node } from "../store";

export interface Relation {
  from: Node; columns: string[];   // the referring side
  to: Node; fields: string[];
  alone: boolean;                  // no value stands in two rows of `from`
  unique: boolean;                 // and of `to`: as far as anything says
  must: boolean;                   // each row of `from` refers to one
  test?: Node;                     // a test that looks; none: a constraint says it
}
/** Columns of one table, in small letters. */
export interface Keys {
  primary: Set<string>;
  unique: Set<string>;
  foreign: Set<string>;
  filled: Set<string>;             // never null
  groups: string[][];              // columns that are unique together
}
export interface Erd {
  relations: Relation[];
  tables: Node[];                  // those that have a relation
  keys: Map<Node, Keys>;
  of: Map<Node, Relation[]>;       // those from and to a table
}

const low = (s: string) => s.toLowerCase();
const same = (a: string[], b: string[]) => a.length === b.length && a.every(x => b.includes(x));

/** A column as its table spells it. */
export const spelled = (n: Node, column: string) => n.columns?.find(c => low(c) === low(column)) ?? column;

export const isPrimary = (k: Keys | undefined, column: string) => !!k?.primary.has(low(column));
/** What key a column is: "PK", "FK", "PK FK", "U" of another that is unique, "" of none. */
export function markOf(k: Keys | undefined, column: string): string {
  const c = low(column), primary = !!k?.primary.has(c), foreign = !!k?.foreign.has(c);
  return [primary && "PK", foreign && "FK", !primary && !foreign && k?.unique.has(c) && "U"].filter(Boolean).join(" ");
}

/** A table's keys. Where no constraint says so, what is unique and never null is the primary one. */
function keysOf(n: Node): Keys {
  const k: Keys = { primary: new Set(), unique: new Set(), foreign: new Set(), filled: new Set(), groups: [] };
  const add = (type: string, columns: string[]) => {
    const some = columns.map(low);
    if (type === "foreign_key") for (const c of some) k.foreign.add(c);
    if (type === "not_null") for (const c of some) k.filled.add(c);
    if (type === "primary_key") for (const c of some) { k.primary.add(c); k.filled.add(c); }
    if (type === "primary_key" || type === "unique") k.groups.push(some);
    if (type === "unique" && some.length === 1) k.unique.add(some[0]!);
  };
  for (const key of n.keys ?? []) add(key.type, key.columns);
  for (const t of n.tests) {
    if (t.column && (t.test === "unique" || t.test === "not_null")) add(t.test, [t.column]);
    for (const key of t.keys ?? []) add(key.type, key.columns);
  }
  if (!k.primary.size) for (const c of k.unique) if (k.filled.has(c)) k.primary.add(c);
  return k;
}

/** All relations of the nodes; a constraint and a test of the same columns are one. */
export function erdOf(nodes: Node[]): Erd {
  const relations: Relation[] = [], told = new Map<string, Relation>();
  const keys = new Map<Node, Keys>(), of = new Map<Node, Relation[]>();
  const know = (n: Node) => keys.get(n) ?? keys.set(n, keysOf(n)).get(n)!;
  const note = (n: Node, r: Relation) => (of.get(n) ?? of.set(n, []).get(n)!).push(r);
  // What a foreign key leads to is unique: databases take no other.
  for (const n of nodes) if (n.kind !== "test") for (const k of n.keys ?? [])
    if (k.fields && nodes[k.to ?? -1]) know(nodes[k.to!]!).groups.push(k.fields.map(low));
  for (const n of nodes) for (const k of n.keys ?? []) {
    const from = n.kind === "test" ? nodes[n.tested ?? -1] : n, to = nodes[k.to ?? -1];
    if (!from || !to || !k.fields?.length || k.columns.length !== k.fields.length) continue;
    const columns = k.columns.map(c => spelled(from, c)), fields = k.fields.map(c => spelled(to, c));
    const name = JSON.stringify([from.at, columns, to.at, fields]), before = told.get(name);
    if (before) { if (n.kind === "test") before.test ??= n; continue; }
    const here = know(from), there = know(to), some = columns.map(low);
    const r: Relation = {
      from, columns, to, fields,
      alone: here.groups.some(g => g.every(c => some.includes(c))),
      unique: there.groups.some(g => same(g, fields.map(low))),
      must: some.every(c => here.filled.has(c)),
      ...n.kind === "test" ? { test: n } : {},
    };
    told.set(name, r);
    relations.push(r);
    note(from, r);
    if (to !== from) note(to, r);
  }
  return { relations, tables: nodes.filter(n => of.has(n)), keys, of };
}

/** The tables that are so many relations away from one. */
export function nearby(erd: Erd, n: Node, steps: number): Set<Node> {
  const seen = new Set([n]);
  let edge = [n];
  for (let i = 0; i < steps && edge.length; i++) {
    const far: Node[] = [];
    for (const m of edge) for (const r of erd.of.get(m) ?? []) for (const x of [r.from, r.to])
      if (!seen.has(x)) { seen.add(x); far.push(x); }
    edge = far;
  }
  return seen;
}

/** The columns that a table's box shows: its keys and what refers or is referred to; the primary key first. */
export function keyColumns(erd: Erd, n: Node): string[] {
  const k = erd.keys.get(n), ends = (r: Relation) => [...r.from === n ? r.columns : [], ...r.to === n ? r.fields : []];
  const used = new Set((erd.of.get(n) ?? []).flatMap(ends).map(low));
  const all = [...n.columns ?? []];
  for (const c of [...used, ...k?.primary ?? []]) if (!all.some(x => low(x) === c)) all.push(spelled(n, c));
  const some = all.filter(c => used.has(low(c)) || markOf(k, c));
  return [...some.filter(c => isPrimary(k, c)), ...some.filter(c => !isPrimary(k, c))];
}

/** "n : 1", as people write it. */
export const cardinality = (r: Relation) => `${r.alone ? "1" : "n"} : ${!r.unique ? "n" : r.must ? "1" : "0..1"}`;
export const spoken = (r: Relation) =>
  `${r.from.name}.${r.columns.join(", ")} refers to ${r.to.name}.${r.fields.join(", ")}`;
