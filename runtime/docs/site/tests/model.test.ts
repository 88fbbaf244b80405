// What a graph shows of a project, and the address that shows it again.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Index } from "../src/data";

// A page's data, where store.ts looks for it: raw.a -> a -> b -> c -> board, raw.b -> b; a test at b.
const entry = (kind: string, name: string, path: string, parents: number[], more: object = {}) => ({ id: `${kind}.shop.${name}`, kind, name, package: "shop", path, parents, ...more });
const index = {
  form: 1, project: { name: "shop", title: "shop" }, chunks: [0],
  entries: [
    entry("source", "raw.a", "models/raw.yml", []), entry("source", "raw.b", "models/raw.yml", []), entry("model", "a", "models/staging/a.sql", [0], { tags: ["x", "y"], schema: "s1" }),
    entry("model", "b", "models/mart/b.sql", [2, 1], { tags: ["y"] }), entry("model", "c", "models/mart/c.sql", [3]), entry("exposure", "board", "models/raw.yml", [4]),
    entry("test", "unique_b", "models/raw.yml", [3]), entry("macro", "m", "macros/m.sql", []),
  ],
} as unknown as Index;
Object.assign(globalThis, { document: { getElementById: () => ({ textContent: JSON.stringify(index) }) } });
const { modelOf, readState, writeState, waysFrom, START } = await import("../src/graph/model");
const { byId } = await import("../src/store");
const node = (id: string) => byId.get(id)!;

const shows = (s: Partial<typeof START>) => {
  const m = modelOf({ ...START, ...s });
  return { boxes: m.boxes.map(b => b.name).join(" "), links: m.links.map(l => `${m.boxes[l.from]!.name}>${m.boxes[l.to]!.name}`).sort().join(" "), m };
};

test("everything but tests and macros", () => {
  assert.equal(shows({}).boxes, "raw.a raw.b a b c board");
  assert.equal(shows({}).links, "a>b b>c c>board raw.a>a raw.b>b");
});

test("around a node, step by step, and what is not shown is counted", () => {
  const focus = node("model.shop.b"), near = shows({ focus });
  assert.equal(near.boxes, "raw.b a b c");
  const of = (name: string) => near.m.boxes.find(b => b.name === name)!;
  assert.deepEqual([of("a").lessUp, of("a").lessDown, of("c").lessDown, of("b").lessUp], [1, 0, 1, 0]);
  assert.equal(shows({ focus, up: 0, down: 2 }).boxes, "b c board");
  assert.equal(shows({ focus, up: Infinity, down: 0 }).boxes, "raw.a raw.b a b");
  assert.equal(shows({ focus, up: 0, down: 1, more: [">model.shop.c"] }).boxes, "b c board");
  assert.equal(shows({ focus, up: 0, down: 1, more: ["<nobody", "?", ""] }).boxes, "b c");
});

test("kinds that are hidden; the focus stays, and they are not asked for", () => {
  assert.equal(shows({ hide: ["source", "exposure"] }).boxes, "a b c");
  assert.equal(shows({ hide: ["source"] }).m.boxes[0]!.lessUp, 0);
  assert.equal(shows({ hide: ["model"], focus: node("model.shop.b") }).boxes, "raw.b b");
});

test("a filter and a focus narrow each other", () => {
  assert.equal(shows({ select: "+c" }).boxes, "raw.a raw.b a b c");
  assert.equal(shows({ select: "tag:y", focus: node("model.shop.c"), up: 2 }).boxes, "a b c");
  assert.equal(shows({ select: "nothing:x" }).m.wrong.length, 1);
});

test("groups: closed they are one box, open they keep their nodes, one alone needs none", () => {
  const closed = shows({ group: "folder" });
  assert.equal(closed.boxes, "sources: raw a models/mart board");
  assert.equal(closed.links, "a>models/mart models/mart>board sources: raw>a sources: raw>models/mart");
  const open = shows({ group: "folder", open: ["models/mart"] });
  assert.equal(open.boxes, "sources: raw a b c board");
  assert.deepEqual([open.m.groups, open.m.boxes.map(b => b.within)], [["models/mart"], [-1, -1, 0, 0, -1]]);
  assert.equal(shows({ group: "folder", open: ["*"] }).m.groups.length, 2);
  assert.equal(shows({ group: "tag" }).boxes, "no tag a b");
});

test("what hangs together with a box", () => {
  const m = modelOf(START), at = m.boxes.findIndex(b => b.name === "a"), way = waysFrom(m, [at]);
  assert.deepEqual([...way.boxes].map(b => m.boxes[b]!.name).sort(), ["a", "b", "board", "c", "raw.a"]);
  assert.equal(way.links.size, 4);
});

test("an address shows the same again, whatever names have in them", () => {
  for (const s of [
    START, { ...START, select: "+a b,tag:x", hide: ["source" as const] }, { ...START, focus: node("model.shop.b"), up: Infinity, down: 3, more: ["<model.shop.a", ">model.shop.c"] },
    { ...START, group: "folder" as const, open: ["a|b", "50% off", "a%7Cb"], columns: true }, { ...START, column: { node: node("model.shop.b"), name: "a/b?c&d=e" }, wide: ["model.shop.b"] },
  ]) {
    const said = Object.entries(writeState(s)).filter((e): e is [string, string] => !!e[1]), text = new URLSearchParams(said).toString();
    assert.deepEqual(readState(new URLSearchParams(text)), s, text);
  }
  for (const odd of ["focus=nobody", "up=-1", "up=x", "group=constructor", "column=/", "column=model.shop.b", "open=|||", "hide=%ZZ"]) readState(new URLSearchParams(odd));
});
