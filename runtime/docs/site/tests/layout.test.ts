// The layout: nothing overlaps, edges go right, any input ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { closing, layout, settle, type Ask, type Laid } from "../src/graph/layout";

/** A repeatable stream of numbers below 1. */
function numbers(seed: number): () => number {
  return () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 2 ** 32; };
}
function project(n: number, edges: number, seed = 1): Ask {
  const next = numbers(seed), from: number[] = [], to: number[] = [];
  for (let i = 0; i < edges; i++) {
    const a = Math.floor(next() * n), b = Math.floor(next() * n);
    if (a !== b) { from.push(Math.min(a, b)); to.push(Math.max(a, b)); }
  }
  return { w: Array.from({ length: n }, () => 120 + Math.floor(next() * 120)), h: Array.from({ length: n }, () => 46 + (next() < 0.1 ? 168 : 0)), from, to };
}
function sound(ask: Ask, l: Laid, what: string): void {
  const n = ask.w.length, order = Array.from({ length: n }, (_, i) => i).sort((a, b) => l.x[a]! - l.x[b]!);
  for (let i = 0; i < n; i++) {
    assert.ok(Number.isFinite(l.x[i]!) && Number.isFinite(l.y[i]!), `${what}: box ${i} has no place`);
    assert.ok(l.x[i]! >= -0.01 && l.y[i]! >= -0.01 && l.x[i]! + ask.w[i]! <= l.width + 0.01 && l.y[i]! + ask.h[i]! <= l.height + 0.01, `${what}: box ${i} is outside`);
  }
  for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) {
    const i = order[p]!, k = order[q]!;
    if (l.x[k]! >= l.x[i]! + l.w[i]! - 0.01) break;
    assert.ok(l.y[i]! >= l.y[k]! + ask.h[k]! - 0.01 || l.y[k]! >= l.y[i]! + ask.h[i]! - 0.01, `${what}: boxes ${i} and ${k} overlap`);
  }
}
const forward = (ask: Ask, l: Laid) => ask.from.every((a, e) => l.x[a]! + l.w[a]! <= l.x[ask.to[e]!]! + 0.01);

test("boxes do not overlap and edges go right", () => {
  for (const [n, edges, seed] of [[1, 0, 1], [2, 1, 2], [12, 14, 3], [60, 90, 4], [300, 520, 5], [900, 1300, 6]] as const) {
    const ask = project(n, edges, seed), l = layout(ask);
    sound(ask, l, `${n} boxes`);
    assert.ok(forward(ask, l), `${n} boxes: an edge goes left`);
  }
});

test("nothing at all is laid out", () => {
  const l = layout({ w: [], h: [], from: [], to: [] });
  assert.deepEqual([l.x.length, l.width, l.height], [0, 0, 0]);
});

test("cycles and edges to itself end, and the rest goes right", () => {
  const ask: Ask = { w: [100, 100, 100, 100], h: [46, 46, 46, 46], from: [0, 1, 2, 2, 3, 3], to: [1, 2, 0, 3, 3, 2] };
  const l = layout(ask);
  sound(ask, l, "a cycle");
  assert.ok(l.x[0]! < l.x[1]! && l.x[1]! < l.x[2]! && l.x[2]! < l.x[3]!);
  assert.deepEqual([...closing(4, ask.from, ask.to)], [0, 0, 1, 0, 1, 1]);
  const next = numbers(9), wild: Ask = { w: [], h: [], from: [], to: [] };
  for (let i = 0; i < 400; i++) { wild.w.push(130); wild.h.push(46); }
  for (let i = 0; i < 1200; i++) { wild.from.push(Math.floor(next() * 400)); wild.to.push(Math.floor(next() * 400)); }
  sound(wild, layout(wild), "edges at random");
});

test("a long chain of 20,000 needs no deep stack", () => {
  const n = 20_000, ask: Ask = { w: Array(n).fill(100), h: Array(n).fill(46), from: [], to: [] };
  for (let i = 0; i + 1 < n; i++) { ask.from.push(i); ask.to.push(i + 1); }
  assert.ok(forward(ask, layout(ask)));
});

test("a long edge goes between boxes", () => {
  // 0 -> 1 -> 2 -> 3 and 0 -> 3: the long one must pass 1 and 2 above or below.
  const ask: Ask = { w: [100, 100, 100, 100], h: [46, 46, 46, 46], from: [0, 1, 2, 0], to: [1, 2, 3, 3] }, l = layout(ask);
  const way = l.ways[3]!;
  assert.equal(way.length, 8);
  for (let i = 0; i < way.length; i += 2) for (const box of [1, 2])
    assert.ok(way[i]! < l.x[box]! || way[i]! > l.x[box]! + l.w[box]! || way[i + 1]! < l.y[box]! || way[i + 1]! > l.y[box]! + 46, "it goes through a box");
});

test("open groups are frames around their boxes, and around no others", () => {
  const ask = project(80, 120, 11);
  ask.groups = 4;
  ask.within = ask.w.map((_, i) => i < 60 ? Math.floor(i / 15) : -1);
  const l = layout(ask);
  sound(ask, l, "groups");
  assert.equal(l.groups.length, 4);
  for (let i = 0; i < 80; i++) l.groups.forEach((g, k) => {
    const inside = l.x[i]! >= g.x && l.x[i]! + l.w[i]! <= g.x + g.w + 0.01 && l.y[i]! >= g.y && l.y[i]! + ask.h[i]! <= g.y + g.h + 0.01;
    const apart = l.x[i]! >= g.x + g.w - 0.01 || l.x[i]! + l.w[i]! <= g.x + 0.01 || l.y[i]! >= g.y + g.h - 0.01 || l.y[i]! + ask.h[i]! <= g.y + 0.01;
    assert.ok(k === ask.within![i] ? inside : apart, `box ${i} and group ${k}`);
  });
});

test("the same is laid out the same way", () => {
  assert.deepEqual(layout(project(200, 300, 5)), layout(project(200, 300, 5)));
});

test("heights settle as near as they can, at least so far apart", () => {
  const out = new Float64Array(4);
  settle(Float64Array.of(0, 0, 10, 100), Float64Array.of(1, 1, 1, 1), Float64Array.of(0, 10, 10, 10), out);
  assert.deepEqual([...out].map(v => Math.round(v * 100) / 100), [-6.67, 3.33, 13.33, 100]);
});

test("10,000 boxes are laid out in seconds", () => {
  const n = 10_000, next = numbers(3), ask: Ask = { w: Array(n).fill(150), h: Array(n).fill(46), from: [], to: [] };
  for (let i = 1250; i < n; i++) for (let k = 0; k < 2; k++) { ask.from.push((Math.floor(i / 1250) - 1) * 1250 + Math.floor(next() * 1250)); ask.to.push(i); }
  const began = performance.now(), l = layout(ask);
  assert.ok(forward(ask, l));
  assert.ok(performance.now() - began < 30_000, "more than half a minute");
});
