// The way of a column through the project: what its value is made of, and what is made of it. In: a node and a column;
// details are fetched as the way reaches them. Out: steps between columns. Value is followed to its ends; influence
// (conditions, joins, filters ..) is told for what is on the way, and not followed.
import { detail, type Node, byId } from "../store";

export interface Place { node: Node; column: string | null }   // null: the rows of it, or it as a whole
export interface Step { from: Place; to: Place; step: string; value: boolean }
export interface Way { at: Place; steps: Step[]; nodes: Set<Node>; columns: Map<Node, Map<string, boolean>>;   // true: of its value; false: influence alone
  unknown: Node[] }

const VALUES = new Set(["same", "computed", "aggregated"]);
/** Readers that have no columns of their own read what they depend on as a whole. */
const WHOLE = new Set(["exposure", "metric", "semantic_model", "saved_query"]);
const MOST = 4000;               // steps; a way with more is cut

export async function wayOf(node: Node, column: string, still: () => boolean): Promise<Way | undefined> {
  const at = { node, column }, way: Way = { at, steps: [], nodes: new Set([node]), columns: new Map([[node, new Map([[column, true]])]]), unknown: [] };
  const told = new Set<string>(), unknown = new Set<Node>();
  const say = (from: Place, to: Place, step: string) => {
    const value = VALUES.has(step) || step === "reads", key = `${from.node.at} ${from.column} ${to.node.at} ${to.column} ${value}`;
    if (told.has(key) || way.steps.length >= MOST) return;
    told.add(key);
    way.steps.push({ from, to, step, value });
    for (const p of [from, to]) {
      way.nodes.add(p.node);
      const some = way.columns.get(p.node) ?? way.columns.set(p.node, new Map()).get(p.node)!;
      if (p.column !== null) some.set(p.column, value || !!some.get(p.column));
    }
  };
  const seen = new Set<string>([`${node.at} ${column}`]);
  let edge: { node: Node; column: string }[] = [{ node, column }];
  while (edge.length) {          // up
    const found = await Promise.all(edge.map(p => detail(p.node)));
    if (!still()) return undefined;
    const far: { node: Node; column: string }[] = [];
    edge.forEach((p, i) => {
      const lineage = found[i]?.lineage, c = lineage?.columns.find(k => k.name === p.column);
      for (const input of c?.inputs ?? []) {
        const up = byId.get(input.node);
        if (!up) continue;
        say({ node: up, column: input.column }, p, input.step);
        if (VALUES.has(input.step) && input.column !== null) {
          const key = `${up.at} ${input.column}`;
          if (!seen.has(key)) { seen.add(key); far.push({ node: up, column: input.column }); }
        }
      }
      for (const input of lineage?.rows ?? []) {
        const up = byId.get(input.node);
        if (up && up !== p.node) say({ node: up, column: input.column }, { node: p.node, column: null }, input.step);
      }
      if (c?.unknown || lineage?.unknown) unknown.add(p.node);
    });
    edge = far;
  }
  edge = [{ node, column }];
  const down = new Set<string>([`${node.at} ${column}`]);
  while (edge.length) {          // down
    const readers = [...new Set(edge.flatMap(p => p.node.down))];
    const found = new Map<Node, Awaited<ReturnType<typeof detail>>>();
    await Promise.all(readers.map(async n => found.set(n, await detail(n))));
    if (!still()) return undefined;
    const far: { node: Node; column: string }[] = [];
    for (const p of edge) for (const reader of p.node.down) {
      const lineage = found.get(reader)?.lineage;
      if (!lineage) {
        if (WHOLE.has(reader.kind)) say(p, { node: reader, column: null }, "reads");
        else unknown.add(reader);
        continue;
      }
      for (const c of lineage.columns) for (const input of c.inputs) {
        if (input.node !== p.node.id || input.column !== p.column) continue;
        say(p, { node: reader, column: c.name }, input.step);
        if (!VALUES.has(input.step)) continue;
        const key = `${reader.at} ${c.name}`;
        if (!down.has(key)) { down.add(key); far.push({ node: reader, column: c.name }); }
      }
      for (const input of lineage.rows)
        if (input.node === p.node.id && input.column === p.column && reader !== p.node) say(p, { node: reader, column: null }, input.step);
    }
    edge = far;
  }
  way.unknown = [...unknown];
  return way;
}
