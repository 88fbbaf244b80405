// Which tables refer to which, as constraints and tests say it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cardinality, erdOf, keyColumns, markOf, nearby, spoken } from "../src/erd/model";
import type { Node } from "../src/store";

const table = (name: string, columns: string[], keys: object[] = []) => ({ kind: "model", name, id: `model.shop.${name}`, columns, keys, tests: [] as unknown[] });
const said = (at: number, test_: string, column: string, keys: object[] = []) => ({ kind: "test", name: test_, id: `${test_}_${at}_${column}`, test: test_, tested: at, column, keys, tests: [] });
const to = (columns: string[], at: number, fields: string[]) => ({ type: "foreign_key", columns, to: at, fields });
const all = [
  table("orders", ["id", "customer_id", "at", "region", "shop"], [{ type: "primary_key", columns: ["id"] }, to(["region", "shop"], 2, ["region", "shop"])]),
  table("customers", ["ID", "name", "best"]), table("shops", ["region", "shop", "x"]), table("lonely", ["id"]), table("details", ["customer_id"]),
  said(0, "relationships", "customer_id", [to(["customer_id"], 1, ["id"])]), said(0, "not_null", "customer_id"), said(1, "unique", "id"), said(1, "not_null", "id"),
  said(4, "relationships", "customer_id", [to(["customer_id"], 1, ["id"])]), said(4, "unique", "customer_id"),
  said(1, "relationships", "best", [to(["best"], 1, ["name"])]), said(2, "unique_combination_of_columns", "", [{ type: "unique", columns: ["shop", "region"] }]),
  said(0, "relationships", "region", [to(["region", "shop"], 2, ["region", "shop"])]),
].map((n, at) => ({ ...n, at })) as unknown as Node[];
for (const n of all) if (n.kind === "test") all[n.tested!]!.tests.push(n);
const erd = erdOf(all), [orders, customers, shops, lonely, details] = all as [Node, Node, Node, Node, Node];

test("relations of tests and constraints, each once, with how many rows stand at their ends", () => {
  assert.deepEqual(erd.relations.map(r => `${spoken(r)} ${cardinality(r)}`), [
    "orders.region, shop refers to shops.region, shop n : 0..1",
    "orders.customer_id refers to customers.ID n : 1",
    "details.customer_id refers to customers.ID 1 : 0..1",
    "customers.best refers to customers.name n : n",
  ]);
  assert.equal(erd.relations[0]!.test?.column, "region");
  assert.deepEqual(erd.tables, [orders, customers, shops, details]);
});

test("a box shows keys, the primary one first, and what is referred to", () => {
  assert.deepEqual(keyColumns(erd, orders), ["id", "customer_id", "region", "shop"]);
  assert.deepEqual(keyColumns(erd, customers), ["ID", "name", "best"]);
  assert.deepEqual(["id", "name", "best"].map(c => markOf(erd.keys.get(customers), c)), ["PK", "", "FK"]);
  assert.equal(markOf(erd.keys.get(details), "customer_id"), "FK");
});

test("around a table, relation by relation", () => {
  const names = (n: Node, steps: number) => [...nearby(erd, n, steps)].map(m => m.name).sort().join(" ");
  assert.equal(names(shops, 1), "orders shops");
  assert.equal(names(shops, 2), "customers orders shops");
  assert.equal(names(shops, Infinity), "customers details orders shops");
  assert.equal(names(lonely, 3), "lonely");
});
