// --select's syntax, as the page knows it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asSelect, choose, glob, setProject } from "../src/graph/select";
import type { Node } from "../src/store";

function graph(): Node[] {
  const made: Node[] = [];
  const add = (name: string, kind: string, path: string, up: string[], more: object = {}) => {
    const parents = up.map(u => made.find(m => m.name === u)!);
    const n = { id: `${kind}.shop.${name}`, kind, name, package: "shop", path, at: made.length, up: parents, down: [], tests: [], ...more } as unknown as Node;
    for (const p of parents) p.down.push(n);
    made.push(n);
  };
  add("raw.orders", "source", "models/raw.yml", [], { schema: "raw" });
  add("raw.customers", "source", "models/raw.yml", []);
  add("stg_orders", "model", "models/staging/stg_orders.sql", ["raw.orders"], { tags: ["nightly"], materialized: "view", columns: ["id", "amount"] });
  add("stg_customers", "model", "models/staging/stg_customers.sql", ["raw.customers"], { tags: ["nightly", "pii"] });
  add("orders", "model", "models/mart/orders.sql", ["stg_orders"], { materialized: "table", group: "sales", access: "public", last: { status: "error" } });
  add("customers", "model", "models/mart/core/customers.sql", ["stg_customers", "orders"], { owner: "Ann", tags: ["daily"] });
  add("board", "exposure", "models/board.yml", ["customers"]);
  return made;
}
const nodes = graph();
setProject("shop");
const names = (text: string) => nodes.filter(n => choose(text, nodes).nodes.has(n)).map(n => n.name).join(" ");

for (const [text, wanted] of [
  ["", "raw.orders raw.customers stg_orders stg_customers orders customers board"],
  ["orders", "orders"], ["+orders", "raw.orders stg_orders orders"], ["1+orders", "stg_orders orders"], ["orders+", "orders customers board"],
  ["orders+1", "orders customers"], ["1+orders+1", "stg_orders orders customers"], ["@orders", "raw.orders raw.customers stg_orders stg_customers orders customers board"],
  ["@stg_orders", "raw.orders raw.customers stg_orders stg_customers orders customers board"],
  ["tag:nightly", "stg_orders stg_customers"], ["tag:nightly,tag:pii", "stg_customers"], ["orders tag:pii", "stg_customers orders"],
  ["path:models/mart", "orders customers"], ["path:models/mart/core", "customers"], ["models/staging", "stg_orders stg_customers"], ["path:models/staging/*", "stg_orders stg_customers"], ["path:models/*/core", "customers"], ["orders.sql", "orders"],
  ["stg_*", "stg_orders stg_customers"], ["stg_?rders", "stg_orders"], ["staging", "stg_orders stg_customers"], ["shop.mart", "orders customers"], ["mart.core", "customers"],
  ["source:raw", "raw.orders raw.customers"], ["source:raw.orders+1", "raw.orders stg_orders"], ["source:orders", ""], ["source:*.orders", "raw.orders"], ["exposure:board", "board"], ["+exposure:board,resource_type:source", "raw.orders raw.customers"],
  ["config.materialized:table", "orders"], ["access:public", "orders"], ["group:sales", "orders"], ["owner:Ann", "customers"], ["result:error+", "orders customers board"],
  ["file:orders.sql", "orders"], ["file:orders", "orders"], ["package:shop,schema:raw", "raw.orders"], ["column:stg_orders.amount", "stg_orders"], ["column:*.amount", "stg_orders"],
  ["model.shop.orders", "orders"], ["raw.orders", "raw.orders"], ["package:this,tag:daily", "customers"], ["models", ""], ["m*t", ""], ["mart.*", "orders customers"], ["fqn:orders", "orders"], ["  orders   customers ", "orders customers"],
] as const) test(`--select "${text}"`, () => assert.equal(names(text), wanted));

test("a part of a name finds, and is said as --select would say it", () => {
  const c = choose("+cust,tag:daily", nodes);
  assert.deepEqual([...c.nodes].map(n => n.name), ["customers"]);
  assert.equal(c.said, "+source:raw.customers,tag:daily +stg_customers,tag:daily +customers,tag:daily");
  assert.equal(names(c.said), "customers");
  assert.equal(choose("2+orders+3 @tag:pii", nodes).said, "2+orders+3 @tag:pii");
});

test("what is wrong is said, with its place", () => {
  assert.match(choose("orders color:red", nodes).wrong[0]!.text, /knows no 'color:'/);
  assert.equal(choose("orders color:red", nodes).wrong[0]!.at, 7);
  assert.match(choose("orders nobody", nodes).wrong[0]!.text, /nothing is meant by 'nobody'/);
  assert.match(choose("column:stg_orders.id+", nodes).wrong[0]!.text, /click the column/);
  assert.match(choose("@orders+", nodes).wrong[0]!.text, /@ has all around it/);
  assert.match(choose("tag:", nodes).wrong[0]!.text, /a name is missing/);
  assert.equal(names("orders color:red"), "orders");
  assert.equal(names("orders,color:red"), "");
  for (const odd of ["+", "++", "@", ",", ",,", "a,", ":", "[", "[!", "*[", "+1+", "99999999999999999999+orders", "constructor:x", "__proto__:x"]) choose(odd, nodes);
});

test("patterns of --select, without a slow one", () => {
  assert.ok(glob("a*c")("abbbc") && !glob("a*c")("abbb") && glob("[ab]x")("bx") && glob("[!ab]x")("cx") && !glob("[!ab]x")("ax") && glob("[a-c]*")("core"));
  const began = performance.now();
  glob("*a".repeat(30) + "b")("a".repeat(20_000));
  assert.ok(performance.now() - began < 2000);
});

test("nodes as the text of --select", () => {
  const twice = [...nodes, { ...nodes[4]!, id: "model.other.orders", package: "other" }];
  assert.equal(asSelect([nodes[0]!, nodes[3]!, nodes[6]!], twice), "source:raw.orders stg_customers exposure:board");
  assert.equal(asSelect([nodes[4]!], twice), "shop.mart.orders");
  assert.equal(names("shop.mart.orders"), "orders");
});
