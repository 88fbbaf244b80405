// Boxes, edges and columns with sizes and places: what is drawn and hit. In: a Model, a layout of it, a column's way.
// Out: a Scene in its own units (a screen's pixels at zoom 1). Leaves to others: colours and pens (draw.ts).
import { KINDS, one, outcome, type Outcome } from "../kinds";
import { against } from "../store";
import type { Place, Way } from "./columns";
import { FACE, FONTS, HEAD, LINE, type Card, type Label, type Line, type Picture, type Row } from "./draw";
import type { Ask, Laid } from "./layout";
import type { Box, Link, Model, State } from "./model";

export interface Item extends Card { box: Box }
export interface Wire extends Line { link: Link }
export interface Thread { points: number[]; step: string; value: boolean; from: Place; to: Place }
export interface Scene extends Picture {
  items: Item[]; wires: Wire[]; threads: Thread[]; frames: (Picture["frames"][number] & { name: string })[];
  routes: Map<number, number[]>; // bends between two items, by from * items + to
}

const LEAST = 128, MOST = 290, FEW = 8, BUTTON = 26;
const WIDEST_SIGN = 16;         // no letter of FONTS is wider

let ruler: CanvasRenderingContext2D | undefined;
const widths = new Map<string, number>();
export function widthOf(text: string, font: keyof typeof FONTS): number {
  const key = font + text;
  let w = widths.get(key);
  if (w === undefined) {
    ruler ??= document.createElement("canvas").getContext("2d")!;
    ruler.font = `${FONTS[font]} ${FACE}`;
    w = ruler.measureText(text).width;
    if (widths.size > 60_000) widths.clear();
    widths.set(key, w);
  }
  return w;
}
/** A text that fits, its end given for "…": names differ at their ends, so the middle goes. */
export function fitted(text: string, font: keyof typeof FONTS, most: number): string {
  if (text.length * WIDEST_SIGN < most || (text.length < 200 && widthOf(text, font) <= most)) return text;
  const signs = [...text.length > 400 ? text.slice(0, 200) + text.slice(-200) : text];
  let low = 1, high = signs.length;
  const cut = (n: number) => `${signs.slice(0, Math.ceil(n * 0.6)).join("")}…${signs.slice(signs.length - Math.floor(n * 0.4)).join("")}`;
  while (low < high) { const mid = (low + high + 1) >> 1; if (widthOf(cut(mid), font) <= most) low = mid; else high = mid - 1; }
  return cut(low);
}

/** Items with their sizes, places still to come. */
export function itemsOf(model: Model, s: State, way: Way | undefined): Item[] {
  return model.boxes.map(box => {
    const n = box.node;
    if (!n) {
      const kinds = new Map<string, number>();
      for (const m of box.members!) kinds.set(m.kind, (kinds.get(m.kind) ?? 0) + 1);
      const sub = KINDS.filter(k => kinds.has(k.kind)).map(k => `${kinds.get(k.kind)!.toLocaleString("en")} ${kinds.get(k.kind) === 1 ? one(k.kind) : k.many}`).join(" · ");
      const first = [...kinds].sort((a, b) => b[1] - a[1])[0]![0], bad = box.members!.some(m => outcome(m.last?.status) === "bad");
      return item(box, box.name, sub, first, bad ? "bad" : "none", [], 0, false, box.members!.some(m => m.diff) ? "changed" : "");
    }
    const lit = way?.columns.get(n), names = s.columns ? n.columns ?? [] : [];
    const all = s.wide.includes(n.id), rows: Row[] = [];
    names.forEach((name, i) => { if (all || i < FEW || names.length === FEW + 1 || lit?.has(name)) rows.push({ name, lit: lit?.get(name) }); });
    for (const [name, value] of lit ?? []) if (!rows.some(r => r.name === name)) rows.push({ name, lit: value });
    const sub = [one(n.kind), n.kind === "model" ? n.materialized : n.schema].filter(Boolean).join(" · ");
    return item(box, box.name, sub, n.kind, n.last ? outcome(n.last.status) : "none", rows, names.length > rows.length ? names.length - rows.length : 0, n === s.focus, n.diff?.how ?? "");
  });
}
function item(box: Box, name: string, sub: string, kind: string, status: Outcome, rows: Row[], rest: number, home = false, how: Card["how"] = ""): Item {
  const want = Math.max(widthOf(name, "name") + 34 + (box.members ? 20 : 0) + (status === "none" ? 0 : 26), widthOf(sub, "small") + 28, ...rows.map(r => widthOf(r.name, "row") + 36));
  const w = Math.round(Math.min(MOST, Math.max(LEAST, want)));
  const lines = rows.length + (rest ? 1 : 0);
  return { box, x: 0, y: 0, w, h: HEAD + (lines ? lines * LINE + 6 : 0), name, sub, kind, status, rows, rest, pile: !!box.members, home, up: box.lessUp, down: box.lessDown, how: against ? how : undefined, strike: 0 };
}

export const askOf = (model: Model, items: Item[]): Ask => ({
  gap: items.some(i => i.rows.length) ? 116 : 56,
  w: items.map(i => i.w), h: items.map(i => i.h), from: model.links.map(l => l.from), to: model.links.map(l => l.to),
  within: model.boxes.map(b => b.within), groups: model.groups.length,
});

export const port = (it: Item, column: string | null) => {
  const at = column === null ? -1 : it.rows.findIndex(r => r.name === column);
  return it.y + (at < 0 ? Math.min(HEAD, it.h) / 2 : HEAD + at * LINE + LINE / 2);
};

export function sceneOf(model: Model, items: Item[], laid: Laid, way: Way | undefined): Scene {
  items.forEach((it, i) => {
    it.x = laid.x[i]!; it.y = laid.y[i]!; it.w = laid.w[i]!;
    const room = it.w - 30 - (it.status === "none" ? 0 : 14) - (it.box.members ? 22 : 0);
    it.name = fitted(it.box.name, "name", room);
    it.sub = fitted(it.sub, "small", it.w - 24 - (it.how ? 14 : 0));
    if (it.how === "removed") it.strike = widthOf(it.name, "name");
  });
  const wires = model.links.map((link, i) => {
    const a = items[link.from]!, b = items[link.to]!;
    return { link, thick: link.count > 1, how: link.how, points: [a.x + a.w, a.y + HEAD / 2, ...laid.ways[i]!, b.x, b.y + HEAD / 2] };
  });
  const box = new Float32Array(wires.length * 4);
  wires.forEach((w, i) => box.set(bounds(w.points), i * 4));
  const routes = new Map(model.links.map((l, i) => [l.from * items.length + l.to, laid.ways[i]!]));
  const { threads, labels } = threadsOf(model, items, routes, way);
  const frames = laid.groups.map((g, i) => ({ ...g, name: model.groups[i]!, title: fitted(model.groups[i]!, "title", Math.max(60, g.w - 60)) }));
  return { items, wires, threads, labels, routes, frames, width: laid.width, height: laid.height, box };
}

/** The steps of a column's way, as far as their ends are shown, and a label for all that comes in at one place. */
function threadsOf(model: Model, items: Item[], routes: Map<number, number[]>, way: Way | undefined): { threads: Thread[]; labels: Label[] } {
  const threads: Thread[] = [], labels = new Map<string, Label>();
  for (const step of way?.steps ?? []) {
    const f = model.of.get(step.from.node), t = model.of.get(step.to.node);
    if (f === undefined || t === undefined || f === t) continue;
    const a = items[f]!, b = items[t]!, y0 = port(a, step.from.column), y1 = port(b, step.to.column);
    const bends = routes.get(f * items.length + t) ?? [], x0 = a.x + a.w, points = [x0, y0, ...bends, b.x, y1];
    threads.push({ points, step: step.step, value: step.value, from: step.from, to: step.to });
    // One label for all that comes in at one place, before it.
    const key = `${t} ${step.to.column}`, label = labels.get(key);
    if (!label) labels.set(key, { x: b.x - 8 - (step.to.column === null && b.up ? 20 : 0), y: y1, w: 0, text: step.step, value: step.value });
    else { if (!label.text.split(", ").includes(step.step)) label.text += `, ${step.step}`; label.value ||= step.value; }
  }
  for (const l of labels.values()) l.w = widthOf(l.text, "small") + 12;
  return { threads, labels: [...labels.values()] };
}

/** A column's way over a scene that was laid out without it: what is drawn above. */
export function trailOf(model: Model, s: Scene, way: Way): Picture {
  const items = [...way.columns].flatMap(([n, lit]) => {
    const it = s.items[model.of.get(n) ?? -1];
    return it ? [{ ...it, rows: it.rows.map(r => ({ name: r.name, lit: lit.get(r.name) })) }] : [];
  });
  return { items, wires: [], ...threadsOf(model, s.items, s.routes, way), frames: [], width: s.width, height: s.height, box: new Float32Array() };
}

export function bounds(p: number[]): [number, number, number, number] {
  let l = Infinity, t = Infinity, r = -Infinity, b = -Infinity;
  for (let i = 0; i < p.length; i += 2) {
    l = Math.min(l, p[i]!); r = Math.max(r, p[i]!); t = Math.min(t, p[i + 1]!); b = Math.max(b, p[i + 1]!);
    if (i + 2 < p.length && p[i + 2]! <= p[i]!) { l = Math.min(l, p[i + 2]! - 190); r = Math.max(r, p[i]! + 190); }
  }
  return [l, t, r, b];
}

export type Hit = { item: Item; at: number; part: "box" | "up" | "down" | "row" | "rest" | "open"; row?: Row } | { frame: string };
/** What is under a point. Buttons stand a little outside of their box. */
export function hit(scene: Scene, x: number, y: number): Hit | undefined {
  for (let i = scene.items.length - 1; i >= 0; i--) {
    const it = scene.items[i]!;
    if (x < it.x - BUTTON || x > it.x + it.w + BUTTON || y < it.y || y > it.y + it.h) continue;
    const mid = Math.abs(y - it.y - HEAD / 2) < 13;
    if (it.up && mid && x < it.x + 9) return { item: it, at: i, part: "up" };
    if (it.down && mid && x > it.x + it.w - 9) return { item: it, at: i, part: "down" };
    if (x < it.x || x > it.x + it.w) continue;
    const line = Math.floor((y - it.y - HEAD) / LINE);
    if (it.pile && x > it.x + it.w - 30) return { item: it, at: i, part: "open" };
    if (line >= 0 && line < it.rows.length) return { item: it, at: i, part: "row", row: it.rows[line]! };
    if (line === it.rows.length && it.rest) return { item: it, at: i, part: "rest" };
    return { item: it, at: i, part: "box" };
  }
  for (const f of scene.frames) if (x >= f.x && x <= f.x + f.w && y >= f.y && y <= f.y + 30) return { frame: f.name };
  return undefined;
}
