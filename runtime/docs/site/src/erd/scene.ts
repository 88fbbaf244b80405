// Tables as boxes, relations as lines between their columns. In: what is shown of an Erd, and a layout. Out: a Scene,
// as lineage's view draws and hits it. Leaves to others: colours and pens (graph/draw.ts).
import { one, outcome } from "../kinds";
import type { Node } from "../store";
import { HEAD, LINE, type End, type Row } from "../graph/draw";
import type { Ask, Laid } from "../graph/layout";
import { bounds, fitted, port, widthOf, type Item, type Scene, type Wire } from "../graph/scene";
import { keyColumns, markOf, type Erd, type Relation } from "./model";

export interface Shown { tables: Node[]; relations: Relation[] }

const LEAST = 150, MOST = 280, LOOP = 28;

const room = (r: Row) => r.mark ? widthOf(r.mark, "small") + 12 : 0;

export function itemsOf(erd: Erd, shown: Shown, wide: string[], focus: Node | undefined): Item[] {
  return shown.tables.map(n => {
    const keys = erd.keys.get(n), some = keyColumns(erd, n), all = n.columns ?? [];
    const names = wide.includes(n.id) ? [...some, ...all.filter(c => !some.includes(c))] : some;
    const rows: Row[] = names.map(name => ({ name, lit: undefined, mark: markOf(keys, name) }));
    const rest = Math.max(0, new Set([...all, ...some]).size - rows.length);
    const sub = [one(n.kind), n.schema].filter(Boolean).join(" · ");
    const wants = rows.map(r => widthOf(r.name, "row") + 30 + room(r));
    const want = Math.max(widthOf(n.name, "name") + 44, widthOf(sub, "small") + 28, ...wants);
    const lines = rows.length + (rest ? 1 : 0);
    return {
      box: { key: n.id, node: n, name: n.name, within: -1, lessUp: 0, lessDown: 0 },
      x: 0, y: 0, w: Math.round(Math.min(MOST, Math.max(LEAST, want))), h: HEAD + (lines ? lines * LINE + 6 : 0),
      name: n.name, sub, kind: n.kind, status: n.last ? outcome(n.last.status) : "none", rows, rest,
      pile: false, home: n === focus, up: 0, down: 0, how: undefined, strike: 0,
    };
  });
}

export function askOf(shown: Shown, items: Item[]): Ask {
  const at = new Map(shown.tables.map((n, i) => [n, i]));
  return {
    gap: 96, w: items.map(i => i.w), h: items.map(i => i.h), within: items.map(() => -1), groups: 0,
    from: shown.relations.map(r => at.get(r.from)!), to: shown.relations.map(r => at.get(r.to)!),
  };
}

/** A line from box to box, left to right; of a table to itself a loop at its right. */
function wire(r: Relation, from: number, to: number, items: Item[], way: number[]): Wire {
  const a = items[from]!, b = items[to]!, y0 = port(a, r.columns[0]!), y1 = port(b, r.fields[0]!), right = a.x + a.w;
  const ends: [End, End] = [{ many: !r.alone, maybe: false }, { many: !r.unique, maybe: !r.must }];
  if (from === to) {
    const points = [right, y0, right + LOOP, y0, right + LOOP, y1, right, y1];
    return { link: { from, to, count: 1 }, thick: false, points, ends, loop: true };
  }
  if (b.x >= right) return { link: { from, to, count: 1 }, thick: false, points: [right, y0, ...way, b.x, y1], ends };
  const back: number[] = [];
  for (let i = way.length - 2; i >= 0; i -= 2) back.push(way[i]!, way[i + 1]!);
  const points = [b.x + b.w, y1, ...back, a.x, y0];
  return { link: { from: to, to: from, count: 1 }, thick: false, points, ends: [ends[1], ends[0]] };
}

export function sceneOf(shown: Shown, items: Item[], ask: Ask, laid: Laid): Scene {
  items.forEach((it, i) => {
    it.x = laid.x[i]!; it.y = laid.y[i]!; it.w = laid.w[i]!;
    it.name = fitted(it.box.name, "name", it.w - 30 - (it.status === "none" ? 0 : 14));
    it.sub = fitted(it.sub, "small", it.w - 24);
  });
  const wires = shown.relations.map((r, i) => wire(r, ask.from[i]!, ask.to[i]!, items, laid.ways[i]!));
  const box = new Float32Array(wires.length * 4);
  wires.forEach((w, i) => box.set(bounds(w.points), i * 4));
  for (const it of items) for (const row of it.rows) row.name = fitted(row.name, "row", it.w - 26 - room(row));
  const width = Math.max(laid.width, ...wires.filter(w => w.loop).map(w => w.points[2]!));
  return { items, wires, threads: [], labels: [], routes: new Map(), frames: [], width, height: laid.height, box };
}
