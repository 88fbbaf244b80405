// A layered layout, left to right. In: boxes with sizes, edges, and which boxes stand in an open group. Out: a place
// for each, no two overlapping, every edge going right (but those that close a cycle), and the points by which a
// long edge goes between boxes. Pure: it runs in a worker (layout.worker.ts) and in tests. Leaves to others: looks.
import { order } from "./order";

export interface Ask {
  w: number[];                   // sizes of the boxes
  h: number[];
  from: number[];                // edges: places in w
  to: number[];
  within?: number[];             // by box: its open group, or -1
  groups?: number;               // how many open groups there are
  gap?: number;                  // between layers, at least
}

export interface Laid {
  x: number[];                   // left upper corners
  y: number[];
  w: number[];                   // widths as drawn: boxes of one layer that stand under each other are equally wide
  ways: number[][];              // by edge: x, y, x, y, .. between its ends
  groups: { x: number; y: number; w: number; h: number }[];
  width: number;
  height: number;
}

const ROW = 14, BUNDLE = 10, NEAR = 56, FAR = 150, APART = 44, HEAD = 34, PAD = 16;
const WIDEST = 320;              // a wider box (a group) does not set the width of its layer
const MOST_BENDS = 60_000;

/** The edges that would close a cycle, as a depth-first walk finds them, and edges of a box to itself. */
export function closing(n: number, from: number[], to: number[]): Uint8Array {
  const out = adjacency(n, from, to), back = new Uint8Array(from.length);
  const state = new Uint8Array(n), next = Uint32Array.from(out.start.subarray(0, n)), stack: number[] = [];
  const fed = new Uint8Array(n);
  for (const t of to) fed[t] = 1;
  const walk = (root: number) => {
    stack.push(root);
    state[root] = 1;
    while (stack.length) {
      const u = stack[stack.length - 1]!;
      if (next[u]! === out.start[u + 1]!) { state[u] = 2; stack.pop(); continue; }
      const e = out.edge[next[u]!++]!, v = to[e]!;
      if (state[v] === 1) back[e] = 1;
      else if (!state[v]) { state[v] = 1; stack.push(v); }
    }
  };
  for (let u = 0; u < n; u++) if (!state[u] && !fed[u]) walk(u);
  for (let u = 0; u < n; u++) if (!state[u]) walk(u);
  return back;
}

export interface Adjacency { start: Uint32Array; edge: Uint32Array }
/** The edges of each box: those of u are edge[start[u]] up to edge[start[u + 1]]. */
export function adjacency(n: number, from: ArrayLike<number>, to: ArrayLike<number>): Adjacency {
  const start = new Uint32Array(n + 1), edge = new Uint32Array(from.length);
  for (let e = 0; e < from.length; e++) start[from[e]! + 1]!++;
  for (let u = 0; u < n; u++) start[u + 1]! += start[u]!;
  const at = start.slice();
  for (let e = 0; e < from.length; e++) edge[at[from[e]!]!++] = e;
  void to;
  return { start, edge };
}

/** Layers: as far left as edges allow, then what feeds more than it is fed by goes right, next to its readers. */
export function layers(n: number, from: ArrayLike<number>, to: ArrayLike<number>): Int32Array {
  const rank = new Int32Array(n), waits = new Uint32Array(n), out = adjacency(n, from, to), into = adjacency(n, to, from);
  for (let e = 0; e < to.length; e++) waits[to[e]!]!++;
  const ready: number[] = [];
  for (let u = 0; u < n; u++) if (!waits[u]) ready.push(u);
  for (let i = 0; i < ready.length; i++) {
    const u = ready[i]!;
    for (let k = out.start[u]!; k < out.start[u + 1]!; k++) {
      const v = to[out.edge[k]!]!;
      rank[v] = Math.max(rank[v]!, rank[u]! + 1);
      if (!--waits[v]!) ready.push(v);
    }
  }
  for (let i = ready.length - 1; i >= 0; i--) {
    const u = ready[i]!, outs = out.start[u + 1]! - out.start[u]!, ins = into.start[u + 1]! - into.start[u]!;
    if (!outs || ins >= outs) continue;
    let least = Infinity;
    for (let k = out.start[u]!; k < out.start[u + 1]!; k++) least = Math.min(least, rank[to[out.edge[k]!]!]!);
    rank[u] = least - 1;
  }
  return rank;
}

/** Heights that keep an order and distances, and are together as near as can be to what each wants: neighbours that
    would be too near are moved as one (pool adjacent violators). sep[i]: the least from i - 1 to i. */
export function settle(want: Float64Array, weight: Float64Array, sep: Float64Array, out: Float64Array): void {
  const n = want.length, mean = new Float64Array(n), mass = new Float64Array(n), first = new Uint32Array(n);
  let blocks = 0, sum = 0;
  const shift = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (i) sum += sep[i]!;
    shift[i] = sum;
    mean[blocks] = want[i]! - sum;
    mass[blocks] = weight[i]!;
    first[blocks++] = i;
    while (blocks > 1 && mean[blocks - 2]! >= mean[blocks - 1]!) {
      const a = mass[blocks - 2]!, b = mass[blocks - 1]!;
      mean[blocks - 2] = (mean[blocks - 2]! * a + mean[blocks - 1]! * b) / (a + b);
      mass[blocks - 2] = a + b;
      blocks--;
    }
  }
  for (let b = 0; b < blocks; b++)
    for (let i = first[b]!, end = b + 1 < blocks ? first[b + 1]! : n; i < end; i++) out[i] = mean[b]! + shift[i]!;
}

interface Part { width: number; height: number; boxes: number[] }

/** A connected graph without cycles; writes places into x, y, w and ways. */
function connected(ask: Ask, boxes: number[], edges: number[], x: number[], y: number[], w: number[], ways: number[][],
                   flip: Uint8Array): Part {
  const place = new Map(boxes.map((b, i) => [b, i])), n = boxes.length;
  const from = edges.map(e => place.get(flip[e] ? ask.to[e]! : ask.from[e]!)!);
  const to = edges.map(e => place.get(flip[e] ? ask.from[e]! : ask.to[e]!)!);
  const real = layers(n, from, to), gap = ask.gap ?? NEAR;
  let deepest = 0;
  for (const r of real) deepest = Math.max(deepest, r);
  const ranks = deepest + 1;

  // How many boxes stand beside each other in a layer, so that a project of thousands is no thread on the screen.
  const tall = new Float64Array(ranks), wide = new Float64Array(ranks), high = new Float64Array(ranks);
  for (let i = 0; i < n; i++) {
    const r = real[i]!, b = boxes[i]!;
    tall[r]! += ask.h[b]! + ROW;
    high[r] = Math.max(high[r]!, ask.h[b]!);
    wide[r] = Math.max(wide[r]!, Math.min(ask.w[b]!, WIDEST));
  }
  const across = wide.reduce((a, b) => a + b + NEAR * 1.5, 0), down = tall.reduce((a, b) => Math.max(a, b), 0);
  const folds = n > 300 && down > across ? Math.ceil(Math.sqrt(down / across)) : 1;
  const beside = new Uint32Array(ranks).fill(1);
  if (folds > 1) for (let r = 0; r < ranks; r++) beside[r] = Math.max(1, Math.min(folds, Math.round(tall[r]! * folds / down)));

  // Edges over layers go through bends. Those of one box share them: they leave as a trunk and part where they must.
  const reach = new Int32Array(n);
  let most = folds > 1 ? 0 : Infinity;
  for (;;) {
    let bends = 0;
    reach.fill(0);
    for (let e = 0; e < from.length; e++) {
      const span = real[to[e]!]! - real[from[e]!]!;
      if (span > 1 && span <= most) reach[from[e]!] = Math.max(reach[from[e]!]!, span - 1);
    }
    for (const s of reach) bends += s;
    if (bends <= MOST_BENDS) break;
    most = most === Infinity ? 16 : most >> 1;
  }
  const chain = new Int32Array(n).fill(-1), rank: number[] = Array.from(real);
  for (let u = 0; u < n; u++) if (reach[u]) {
    chain[u] = rank.length;
    for (let s = 1; s <= reach[u]!; s++) rank.push(real[u]! + s);
  }
  const a: number[] = [], b: number[] = [], pull: number[] = [];
  const link = (u: number, v: number, p: number) => { a.push(u); b.push(v); pull.push(p); };
  for (let u = 0; u < n; u++) for (let s = 0; s < reach[u]!; s++) link(s ? chain[u]! + s - 1 : u, chain[u]! + s, s ? 8 : 2);
  for (let e = 0; e < from.length; e++) {
    const u = from[e]!, span = real[to[e]!]! - real[u]!;
    if (span === 1) link(u, to[e]!, 1);
    else if (span - 1 <= reach[u]!) link(chain[u]! + span - 2, to[e]!, 2);
  }
  const rows = order(rank, ranks, a, b);

  // Heights: each wants to stand where its neighbours' mean is.
  const all = rank.length, mid = new Float64Array(all), tallness = (i: number) => i < n ? ask.h[boxes[i]!]! : 0;
  const seps = rows.map((row, r) => Float64Array.from(row, (v, i) => {
    if (!i) return 0;
    const u = row[i - 1]!;
    if (beside[r]! > 1) return (high[r]! + ROW) / beside[r]!;
    return (tallness(u) + tallness(v)) / 2 + (u >= n && v >= n ? BUNDLE : ROW);
  }));
  rows.forEach((row, r) => { let sum = 0; row.forEach((v, i) => { sum += seps[r]![i]!; mid[v] = sum; }); row.forEach(v => mid[v]! -= sum / 2); });
  const out = adjacency(all, a, b), into = adjacency(all, b, a);
  const rounds = all > 20_000 ? 6 : all > 3000 ? 10 : 24;
  const sweep = (r: number, up: boolean, down_: boolean) => {
    const row = rows[r]!, want = new Float64Array(row.length), weight = new Float64Array(row.length), got = new Float64Array(row.length);
    row.forEach((v, i) => {
      let sum = 0, mass = 0;
      if (up) for (let k = into.start[v]!; k < into.start[v + 1]!; k++) { const e = into.edge[k]!; sum += pull[e]! * mid[a[e]!]!; mass += pull[e]!; }
      if (down_) for (let k = out.start[v]!; k < out.start[v + 1]!; k++) { const e = out.edge[k]!; sum += pull[e]! * mid[b[e]!]!; mass += pull[e]!; }
      want[i] = mass ? sum / mass : mid[v]!;
      weight[i] = mass || 0.05;
    });
    settle(want, weight, seps[r]!, got);
    row.forEach((v, i) => mid[v] = got[i]!);
  };
  for (let round = 0; round < rounds; round++) {
    const both = round >= rounds / 3;
    for (let r = 0; r < ranks; r++) sweep(r, true, both);
    for (let r = ranks - 1; r >= 0; r--) sweep(r, both, true);
  }

  // Columns, wider apart where edges are steep.
  const steep = new Float64Array(ranks);
  for (let e = 0; e < a.length; e++) { const r = rank[a[e]!]!; steep[r] = Math.max(steep[r]!, Math.abs(mid[a[e]!]! - mid[b[e]!]!)); }
  const left = new Float64Array(ranks), right = new Float64Array(ranks);
  let at = 0;
  for (let r = 0; r < ranks; r++) {
    let size = wide[r]!;
    for (const v of rows[r]!) if (v < n) size = Math.max(size, ask.w[boxes[v]!]!);
    left[r] = at;
    right[r] = at + size * beside[r]! + (beside[r]! - 1) * ROW * 2;
    at = right[r]! + gap + Math.min(FAR - NEAR, steep[r]! * 0.14);
  }
  let top = Infinity, bottom = -Infinity;
  for (let i = 0; i < all; i++) { top = Math.min(top, mid[i]! - tallness(i) / 2); bottom = Math.max(bottom, mid[i]! + tallness(i) / 2); }
  rows.forEach((row, r) => row.filter(v => v < n).forEach((v, i) => {
    const box = boxes[v]!;
    x[box] = left[r]! + (i % beside[r]!) * (wide[r]! + ROW * 2);
    w[box] = Math.max(ask.w[box]!, wide[r]!);
    y[box] = mid[v]! - ask.h[box]! / 2 - top;
  }));
  edges.forEach((edge, e) => {
    const u = from[e]!, span = real[to[e]!]! - real[u]!, way: number[] = [];
    if (span > 1 && span - 1 <= reach[u]!)
      for (let s = 0; s < span - 1; s++) {
        const v = chain[u]! + s, r = rank[v]!;
        way.push(left[r]!, mid[v]! - top, right[r]!, mid[v]! - top);
      }
    if (flip[edge]) { const back: number[] = []; for (let i = way.length - 2; i >= 0; i -= 2) back.push(way[i]!, way[i + 1]!); ways[edge] = back; }
    else ways[edge] = way;
  });
  return { width: right[ranks - 1]!, height: bottom - top, boxes };
}

/** A graph without groups: its connected parts under each other, small ones side by side, lonely boxes in a grid. */
function flat(ask: Ask, inner = false): Laid {
  const n = ask.w.length, x = new Array<number>(n).fill(0), y = new Array<number>(n).fill(0), w = ask.w.slice();
  const ways: number[][] = ask.from.map(() => []);
  const root = Int32Array.from({ length: n }, (_, i) => i);
  const find = (i: number) => { while (root[i] !== i) { root[i] = root[root[i]!]!; i = root[i]!; } return i; };
  for (let e = 0; e < ask.from.length; e++) root[find(ask.from[e]!)] = find(ask.to[e]!);
  const boxes = new Map<number, number[]>(), edges = new Map<number, number[]>();
  for (let i = 0; i < n; i++) { const r = find(i); (boxes.get(r) ?? boxes.set(r, []).get(r)!).push(i); }
  for (let e = 0; e < ask.from.length; e++)
    if (ask.from[e] !== ask.to[e]) { const r = find(ask.from[e]!); (edges.get(r) ?? edges.set(r, []).get(r)!).push(e); }
  const flip = closing(n, ask.from, ask.to), alone: number[] = [], parts: Part[] = [];
  for (const [r, some] of boxes) {
    if (some.length === 1) alone.push(some[0]!);
    else parts.push(connected(ask, some, edges.get(r)!, x, y, w, ways, flip));
  }
  parts.sort((p, q) => q.boxes.length - p.boxes.length);
  const area = parts.reduce((a, p) => a + p.width * p.height, 0) + alone.reduce((a, b) => a + (w[b]! + 30) * (ask.h[b]! + ROW), 0);
  const limit = Math.max(parts[0]?.width ?? 0, inner ? Math.sqrt(area * 0.5) : Math.max(700, Math.sqrt(area * 1.8)));
  let width = 0, row = 0, left = 0, height = 0;
  const put = (some: number[], dx: number, dy: number, part?: Part) => {
    for (const b of some) { x[b]! += dx; y[b]! += dy; }
    if (part) for (const e of edges.get(find(some[0]!))!) ways[e] = ways[e]!.map((v, i) => v + (i % 2 ? dy : dx));
  };
  for (const p of parts) {
    // Small ones do not stand in the shade of a tall one, where nobody looks.
    if (left && (left + p.width > limit || p.height * 3 < height)) { row += height + APART; left = height = 0; }
    put(p.boxes, left, row, p);
    left += p.width + APART * 2;
    height = Math.max(height, p.height);
    width = Math.max(width, left - APART * 2);
  }
  if (parts.length && alone.length) row += height + APART;
  let total = parts.length ? row + (alone.length ? 0 : height) : 0;
  if (alone.length) {
    const cell = alone.reduce((a, b) => Math.max(a, w[b]!), 0), columns = Math.max(1, Math[inner ? "round" : "floor"]((limit + 30) / (cell + 30)));
    for (let i = 0; i < alone.length; i += columns) {
      const line = alone.slice(i, i + columns);
      line.forEach((b, k) => { x[b] = k * (cell + 30); y[b] = row; if (w[b]! <= WIDEST) w[b] = Math.min(cell, WIDEST); width = Math.max(width, x[b]! + w[b]!); });
      row += line.reduce((a, b) => Math.max(a, ask.h[b]!), 0) + ROW;
    }
    total = row - ROW;
  }
  return { x, y, w, ways, groups: [], width, height: total };
}

/** Places for all. Open groups are laid out by themselves, then stand among the rest as boxes of their size. */
export function layout(ask: Ask): Laid {
  const groups = ask.groups ?? 0, n = ask.w.length;
  if (!groups || !ask.within) return flat(ask);
  const within = ask.within, inside: Laid[] = [], member = new Int32Array(n), outer: number[] = [], outerOf = new Int32Array(n);
  const innerEdge = new Int32Array(ask.from.length).fill(-1);
  const lists: number[][] = Array.from({ length: groups }, () => []), own: number[][] = Array.from({ length: groups }, () => []);
  for (let i = 0; i < n; i++) {
    const g = within[i]!;
    if (g >= 0) { member[i] = lists[g]!.length; lists[g]!.push(i); outerOf[i] = g; }
    else { outerOf[i] = groups + outer.length; outer.push(i); }
  }
  for (let e = 0; e < ask.from.length; e++) {
    const g = within[ask.from[e]!]!;
    if (g >= 0 && g === within[ask.to[e]!]) { innerEdge[e] = own[g]!.length; own[g]!.push(e); }
  }
  for (let g = 0; g < groups; g++) {
    const list = lists[g]!;
    inside.push(flat({ w: list.map(i => ask.w[i]!), h: list.map(i => ask.h[i]!), from: own[g]!.map(e => member[ask.from[e]!]!), to: own[g]!.map(e => member[ask.to[e]!]!), gap: ask.gap ?? NEAR }, true));
  }
  const pair = new Map<string, number>(), from: number[] = [], to: number[] = [], outerEdge = new Int32Array(ask.from.length).fill(-1);
  for (let e = 0; e < ask.from.length; e++) {
    const u = outerOf[ask.from[e]!]!, v = outerOf[ask.to[e]!]!;
    if (u === v) continue;
    const key = `${u} ${v}`;
    let p = pair.get(key);
    if (p === undefined) { p = from.length; pair.set(key, p); from.push(u); to.push(v); }
    outerEdge[e] = p;
  }
  const whole = flat({
    w: [...inside.map(l => l.width + 2 * PAD), ...outer.map(i => ask.w[i]!)],
    h: [...inside.map(l => l.height + PAD + HEAD), ...outer.map(i => ask.h[i]!)], from, to, gap: ask.gap ?? NEAR,
  });
  const x = new Array<number>(n), y = new Array<number>(n), w = new Array<number>(n);
  for (let i = 0; i < n; i++) {
    const g = within[i]!, o = outerOf[i]!;
    if (g < 0) { x[i] = whole.x[o]!; y[i] = whole.y[o]!; w[i] = whole.w[o]!; continue; }
    x[i] = whole.x[g]! + PAD + inside[g]!.x[member[i]!]!;
    y[i] = whole.y[g]! + HEAD + inside[g]!.y[member[i]!]!;
    w[i] = inside[g]!.w[member[i]!]!;
  }
  const ways = ask.from.map((u, e) => {
    if (outerEdge[e]! >= 0) return whole.ways[outerEdge[e]!]!.slice();
    if (innerEdge[e]! < 0) return [];
    const g = within[u]!, dx = whole.x[g]! + PAD, dy = whole.y[g]! + HEAD;
    return inside[g]!.ways[innerEdge[e]!]!.map((v, i) => v + (i % 2 ? dy : dx));
  });
  const frames = inside.map((l, g) => ({ x: whole.x[g]!, y: whole.y[g]!, w: whole.w[g]!, h: l.height + PAD + HEAD }));
  return { x, y, w, ways, groups: frames, width: whole.width, height: whole.height };
}
