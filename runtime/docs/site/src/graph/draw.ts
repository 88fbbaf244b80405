// How it is drawn. In: a Picture (places and texts, no nodes), colours, what part of it is looked at and how near.
// Out: strokes of a Pen, of which there are two: a canvas, and an SVG file. Runs in the page and in painter.worker.ts.
import { SIGNS } from "../signs";
import type { How } from "../data";
import type { Outcome } from "../kinds";

export interface Row {
  name: string;
  lit: boolean | undefined;      // on a column's way, by its value or (false) by influence
  mark?: string | undefined;     // a word at its right end: what key it is
}
export interface Card {
  x: number; y: number; w: number; h: number;
  name: string; sub: string; kind: string; status: Outcome; rows: Row[];
  rest: number;                  // columns that are not shown
  pile: boolean;                 // a closed group
  home: boolean;                 // what the graph is about
  up: number; down: number;      // parents and children that are not shown
  how: How | "" | undefined;     // of docs diff: what became of it, "": nothing; undefined: nothing is compared
  strike: number;                // its name is struck, so wide; 0: it is not
}
/** How many rows stand at an end of a relation: a crow's foot for many; `maybe`: there may be none. */
export interface End { many: boolean; maybe: boolean }
export interface Line {
  points: number[];              // x, y, x, y, ..
  thick: boolean;
  how?: "added" | "removed" | undefined;
  ends?: [End, End];             // of a relation
  loop?: boolean;                // straight, from a box's right to its right
}
export interface Label { x: number; y: number; w: number; text: string; value: boolean }   // x: its right end
export interface Picture {
  items: Card[]; wires: Line[]; threads: { points: number[]; value: boolean }[]; labels: Label[];
  frames: { x: number; y: number; w: number; h: number; title: string }[];
  width: number; height: number;
  box: Float32Array;             // of each wire its left, top, right, bottom
}
export const HEAD = 46, LINE = 21;
export const FONTS = { name: "550 13px", small: "11px", title: "600 12px", row: "12px" } as const;
export const FACE = "system-ui, -apple-system, 'Segoe UI', sans-serif";

/** How far the handles of a curve between two points stand off. */
const handle = (x0: number, y0: number, x1: number, y1: number) =>
  y0 === y1 && x1 > x0 ? (x1 - x0) / 3 : x1 > x0 ? Math.max(18, (x1 - x0) * 0.5) : 70 + Math.min(120, Math.abs(y1 - y0) * 0.2);

export interface Colours { paper: string; side: string; raised: string; line: string; ink: string; soft: string; accent: string; mark: string; edge: string; kind: Record<string, string>; state: Record<Outcome, string>; how: Record<How, string> }
export interface Area { left: number; top: number; right: number; bottom: number; zoom: number }
export interface Lit { items: Set<number>; wires: Set<number> }

export function coloursOf(el: Element): Colours {
  const style = getComputedStyle(el), token = (name: string, or: string) => style.getPropertyValue(`--${name}`).trim() || or;
  const kind: Record<string, string> = {};
  for (const k of ["model", "source", "load", "seed", "snapshot", "exposure", "analysis", "metric", "semantic_model", "saved_query", "function", "test", "unit_test", "macro"])
    kind[k] = token(`kind-${k}`, "#2460a7");
  return {
    paper: token("paper", "#fff"), side: token("side", "#f6f8f9"), raised: token("raised", "#fff"), line: token("line", "#dfe4e8"), ink: token("ink", "#1c2530"),
    soft: token("soft", "#5a6673"), accent: token("accent", "#0b6b5d"), mark: token("mark", "#e3f2ef"), edge: token("graph-edge", "#b4bec8"), kind,
    state: { good: token("good", "#1f7a3f"), bad: token("bad", "#b3261e"), warn: token("warn", "#8a5a00"), none: token("none", "#8a94a0") },
    how: { added: token("added", "#1f7a3f"), changed: token("changed", "#8a5a00"), removed: token("removed", "#b3261e") },
  };
}

export interface Pen {
  box(x: number, y: number, w: number, h: number, r: number, fill: string, stroke?: string, width?: number, dash?: boolean): void;
  bar(x: number, y: number, h: number, fill: string): void;      // the left edge of a box, rounded like it
  curves(some: number[][], stroke: string, width: number, dash?: boolean, lines?: boolean): void;
  dot(x: number, y: number, r: number, fill: string): void;
  text(s: string, x: number, y: number, font: keyof typeof FONTS, fill: string, anchor?: "start" | "middle" | "end"): void;
}

export class CanvasPen implements Pen {
  constructor(readonly c: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D) { c.textBaseline = "alphabetic"; }
  box(x: number, y: number, w: number, h: number, r: number, fill: string, stroke?: string, width = 1, dash = false) {
    const c = this.c;
    c.beginPath();
    if (r) c.roundRect(x, y, w, h, r); else c.rect(x, y, w, h);
    if (fill) { c.fillStyle = fill; c.fill(); }
    if (stroke) { c.strokeStyle = stroke; c.lineWidth = width; c.setLineDash(dash ? [4, 4] : []); c.stroke(); }
  }
  bar(x: number, y: number, h: number, fill: string) {
    this.c.beginPath();
    this.c.roundRect(x, y, 5, h, [7, 0, 0, 7]);
    this.c.fillStyle = fill;
    this.c.fill();
  }
  curves(some: number[][], stroke: string, width: number, dash = false, lines = false) {
    const c = this.c;
    c.strokeStyle = stroke; c.lineWidth = width; c.setLineDash(dash ? [2, 4] : []);
    c.beginPath();
    for (const p of some) {
      c.moveTo(p[0]!, p[1]!);
      for (let i = 2; i < p.length; i += 2) {
        const x0 = p[i - 2]!, y0 = p[i - 1]!, x1 = p[i]!, y1 = p[i + 1]!, d = handle(x0, y0, x1, y1);
        if (lines || (y0 === y1 && x1 > x0)) c.lineTo(x1, y1); else c.bezierCurveTo(x0 + d, y0, x1 - d, y1, x1, y1);
      }
    }
    c.stroke();
  }
  dot(x: number, y: number, r: number, fill: string) {
    this.c.beginPath(); this.c.arc(x, y, r, 0, Math.PI * 2); this.c.fillStyle = fill; this.c.fill();
  }
  text(s: string, x: number, y: number, font: keyof typeof FONTS, fill: string, anchor: "start" | "middle" | "end" = "start") {
    const c = this.c;
    c.font = `${FONTS[font]} ${FACE}`; c.fillStyle = fill; c.textAlign = anchor === "middle" ? "center" : anchor;
    c.fillText(s, x, y);
  }
}

// No sign that an XML file may not have: controls, halves of pairs.
const plain = (s: string) => s.replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, " ").replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
const short = (n: number) => String(Math.round(n * 10) / 10);
export class SvgPen implements Pen {
  readonly out: string[] = [];
  box(x: number, y: number, w: number, h: number, r: number, fill: string, stroke?: string, width = 1, dash = false) {
    this.out.push(`<rect x="${short(x)}" y="${short(y)}" width="${short(w)}" height="${short(h)}" rx="${r}" fill="${fill || "none"}"${stroke ? ` stroke="${stroke}" stroke-width="${width}"` : ""}${dash ? ' stroke-dasharray="4 4"' : ""}/>`);
  }
  bar(x: number, y: number, h: number, fill: string) {
    this.out.push(`<path d="M${short(x + 5)} ${short(y)}v${short(h)}a5 5 0 0 1-5-5v${short(10 - h)}a5 5 0 0 1 5-5z" fill="${fill}"/>`);
  }
  curves(some: number[][], stroke: string, width: number, dash = false, lines = false) {
    const d = some.map(p => {
      let s = `M${short(p[0]!)} ${short(p[1]!)}`;
      for (let i = 2; i < p.length; i += 2) {
        const x0 = p[i - 2]!, y0 = p[i - 1]!, x1 = p[i]!, y1 = p[i + 1]!, h = handle(x0, y0, x1, y1);
        s += lines || (y0 === y1 && x1 > x0) ? `L${short(x1)} ${short(y1)}`
          : `C${short(x0 + h)} ${short(y0)} ${short(x1 - h)} ${short(y1)} ${short(x1)} ${short(y1)}`;
      }
      return s;
    }).join("");
    if (d) this.out.push(`<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}"${dash ? ' stroke-dasharray="2 4"' : ""}/>`);
  }
  dot(x: number, y: number, r: number, fill: string) { this.out.push(`<circle cx="${short(x)}" cy="${short(y)}" r="${r}" fill="${fill}"/>`); }
  text(s: string, x: number, y: number, font: keyof typeof FONTS, fill: string, anchor: "start" | "middle" | "end" = "start") {
    const [, weight, size] = /^(?:(\d+) )?(\d+)px$/.exec(FONTS[font])!;
    this.out.push(`<text x="${short(x)}" y="${short(y)}" font-size="${size}"${weight ? ` font-weight="${weight}"` : ""} fill="${fill}" text-anchor="${anchor}">${plain(s)}</text>`);
  }
}

/** Fills a canvas with what is seen from a place: x, y at its left upper corner. */
export function picture(pen: CanvasPen, p: Picture, c: Colours, v: Look, width: number, height: number, dots: number): void {
  const k = v.zoom * dots;
  pen.c.setTransform(1, 0, 0, 1, 0, 0);
  pen.c.fillStyle = c.paper;
  pen.c.fillRect(0, 0, width * dots, height * dots);
  pen.c.setTransform(k, 0, 0, k, -v.x * k, -v.y * k);
  paint(pen, p, c, areaOf(v, width, height));
}
export interface Look { x: number; y: number; zoom: number }
export const areaOf = (v: Look, width: number, height: number): Area =>
  ({ left: v.x, top: v.y, right: v.x + width / v.zoom, bottom: v.y + height / v.zoom, zoom: v.zoom });

/** A whole scene as an SVG file, which needs nothing else. */
export function svgOf(scene: Picture, c: Colours, title: string): string {
  const pen = new SvgPen(), w = scene.width + 48, h = scene.height + 48;
  paint(pen, scene, c, { left: -24, top: -24, right: w, bottom: h, zoom: 1 });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-24 -24 ${short(w)} ${short(h)}" width="${short(w)}" height="${short(h)}" font-family="${FACE}" role="img"><title>${plain(title)}</title>`
    + `<rect x="-24" y="-24" width="${short(w)}" height="${short(h)}" fill="${c.paper}"/>${pen.out.join("\n")}</svg>\n`;
}

/** Draws what lies in an area. `only`: these, lit. */
export function paint(pen: Pen, scene: Picture, c: Colours, area: Area, only?: Lit): void {
  const { left, top, right, bottom, zoom } = area, thin = 1 / zoom;
  if (!only) for (const f of scene.frames) {
    if (f.x > right || f.x + f.w < left || f.y > bottom || f.y + f.h < top) continue;
    pen.box(f.x, f.y, f.w, f.h, 12, c.side, c.line, Math.max(1, thin));
    if (zoom > 0.3) { pen.text(f.title, f.x + 16, f.y + 21, "title", c.soft); pen.text("–", f.x + f.w - 18, f.y + 21, "name", c.soft, "middle"); }
  }
  const lit = !!only, faint = !lit && scene.threads.length > 0;
  let some: number[][] = [], fat: number[][] = [];
  const how = { added: [] as number[][], removed: [] as number[][] }, loops: number[][] = [];
  const near = zoom > 0.12, width = lit ? Math.max(1.8, 1.3 * thin) : Math.max(1.3, 0.6 * thin);
  const flush = () => { pen.curves(some, lit ? c.accent : faint ? c.line : c.edge, width, false, !near); pen.curves(fat, lit ? c.accent : c.edge, width * 2, false, !near); some = []; fat = []; };
  for (let i = 0; i < scene.wires.length; i++) {
    if (only && !only.wires.has(i)) continue;
    const b = i * 4;
    if (scene.box[b]! > right || scene.box[b + 2]! < left || scene.box[b + 1]! > bottom || scene.box[b + 3]! < top) continue;
    const wire = scene.wires[i]!;
    (wire.loop ? loops : wire.how && !lit ? how[wire.how] : wire.thick && zoom > 0.3 ? fat : some).push(wire.points);
    if (some.length >= 150) flush();
  }
  flush();
  if (loops.length) pen.curves(loops, lit ? c.accent : c.edge, width, false, true);
  if (how.added.length) pen.curves(how.added, c.how.added, width, false, !near);
  if (how.removed.length) pen.curves(how.removed, c.how.removed, width, near, !near);
  const within = (it: Card) => it.x - 16 < right && it.x + it.w + 16 > left && it.y < bottom && it.y + it.h > top;
  for (let i = 0; i < scene.items.length; i++) {
    const it = scene.items[i]!;
    if ((only && !only.items.has(i)) || !within(it)) continue;
    if (zoom < 0.38) pen.box(it.x, it.y, it.w, it.h, zoom < 0.15 ? 0 : 8, it.how ? c.how[it.how] : it.how === "" ? c.edge : c.kind[it.kind]!);
    else card(pen, it, c, lit);
  }
  if (zoom >= 0.38) scene.wires.forEach((w, i) => {
    if (w.ends && (!only || only.wires.has(i))) feet(pen, w, w.ends, lit ? c.accent : c.soft, c.paper);
  });
  if (only) return;
  pen.curves(scene.threads.filter(t => !t.value).map(t => t.points), c.soft, 1.3, true);
  pen.curves(scene.threads.filter(t => t.value).map(t => t.points), c.accent, 1.8);
  if (zoom < 0.45) return;
  for (const l of scene.labels) {
        if (l.x < left || l.x - l.w > right || l.y < top - 9 || l.y > bottom + 9) continue;
    pen.box(l.x - l.w, l.y - 8, l.w, 16, 8, c.paper, l.value ? c.accent : c.line);
    pen.text(l.text, l.x - l.w / 2, l.y + 3.5, "small", l.value ? c.accent : c.soft, "middle");
  }
}

/** The ends of a relation: it leaves at the right of a box, and comes in at the left of one. */
function feet(pen: Pen, { points: p, loop }: Line, ends: [End, End], stroke: string, paper: string) {
  ends.forEach((end, i) => {
    const x = p[i ? p.length - 2 : 0]!, y = p[i ? p.length - 1 : 1]!, d = i && !loop ? -1 : 1, stem = [x, y, x + d * 16, y];
    const bar = (far: number) => [x + d * far, y - 5, x + d * far, y + 5], toe = (by: number) => [x + d * 11, y, x, y + by];
    pen.curves(end.many ? [stem, toe(-6), toe(6)] : [stem, bar(6), ...end.maybe ? [] : [bar(11)]], stroke, 1.3, false, true);
    if (end.maybe && !end.many) pen.box(x + d * 13 - 3.5, y - 3.5, 7, 7, 3.5, paper, stroke, 1.3);
  });
}

function card(pen: Pen, it: Card, c: Colours, lit: boolean) {
  const tone = c.kind[it.kind] ?? c.soft;
  if (it.pile) {          // a closed group looks like a pile
    pen.box(it.x + 6, it.y + 6, it.w, it.h, 8, c.raised, c.edge);
    pen.box(it.x + 3, it.y + 3, it.w, it.h, 8, c.raised, c.edge);
  }
  const edge = it.how ? c.how[it.how] : lit || it.home ? c.accent : c.edge;
  pen.box(it.x, it.y, it.w, it.h, 8, c.raised, edge, it.how ? 2 : lit || it.home ? 1.5 : 1);
  if (it.home) pen.box(it.x + 1, it.y + 1, it.w - 2, Math.min(HEAD, it.h) - 2, 7, c.mark);
  pen.bar(it.x, it.y, it.h, tone);
  pen.text(it.name, it.x + 14, it.y + 20, "name", it.strike ? c.soft : c.ink);
  if (it.strike) pen.box(it.x + 13, it.y + 15, it.strike + 2, 1.3, 0, c.how.removed);
  if (it.how) pen.text(SIGNS[it.how], it.x + it.w - 14, it.y + 37, "name", c.how[it.how], "middle");
  pen.text(it.sub, it.x + 14, it.y + 36, "small", c.soft);
  if (it.status !== "none") pen.dot(it.x + it.w - (it.pile ? 34 : 14), it.y + 15.5, 4, c.state[it.status]);
  if (it.pile) pen.text("+", it.x + it.w - 16, it.y + 27, "name", c.soft, "middle");
  it.rows.forEach((r, i) => {
    const y = it.y + HEAD + i * LINE;
    if (!i) pen.box(it.x + 5, y - 0.5, it.w - 5, 1, 0, c.line);
    if (r.lit !== undefined) pen.box(it.x + 8, y + 1.5, it.w - 12, LINE - 3, 4, r.lit ? c.mark : "", r.lit ? undefined : c.line);
    pen.text(r.name, it.x + 14, y + 15, "row", r.lit ? c.accent : c.ink);
    if (r.mark) pen.text(r.mark, it.x + it.w - 12, y + 15, "small", r.mark.startsWith("PK") ? c.accent : c.soft, "end");
  });
  const more = `${it.rest} more column${it.rest === 1 ? "" : "s"}`;
  if (it.rest) pen.text(more, it.x + 14, it.y + HEAD + it.rows.length * LINE + 15, "small", c.soft);
  const plus = (edge: number, side: number, n: number) => {
    const s = `+${n}`, w = Math.max(20, s.length * 6.5 + 8), x = edge + side * (w / 2 - 6);
    pen.box(x - w / 2, it.y + HEAD / 2 - 9, w, 18, 9, c.raised, c.line);
    pen.text(s, x, it.y + HEAD / 2 + 4, "small", c.accent, "middle");
  };
  if (it.up) plus(it.x, -1, it.up);
  if (it.down) plus(it.x + it.w, 1, it.down);
}
