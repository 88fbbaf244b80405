import { createClient } from "@clickhouse/client";
const [url, password] = process.argv.slice(2);
const fail = (what) => { console.log("failed:", what); process.exit(1); };
for (const compression of [{}, { response: true, request: true }]) {
  const c = createClient({ url, username: "default", password, database: "analytics", compression, clickhouse_settings: { max_threads: 2 } });
  if (!(await c.ping()).success) fail("ping");
  await c.command({ query: "create or replace table js_rows (id UInt64, name String) engine = MergeTree order by id" });
  const values = Array.from({ length: 20000 }, (_, i) => ({ id: i, name: `row ${i}` }));
  await c.insert({ table: "js_rows", values, format: "JSONEachRow" });
  const r = await c.query({ query: "select count() as n, sum(id) as s from js_rows where id >= {least: UInt64}", format: "JSONEachRow", query_params: { least: 10000 } });
  const [row] = await r.json();
  if (row.n != 10000 || row.s != 149995000) fail(JSON.stringify(row));
  let rows = 0;
  const stream = await c.query({ query: "select number from numbers(500000)", format: "JSONCompactEachRow" });
  for await (const some of stream.stream()) rows += some.length;
  if (rows !== 500000) fail("streamed " + rows);
  const s = createClient({ url, username: "default", password, session_id: "js" });
  await s.command({ query: "create temporary table t (a Int8)" });
  if ((await (await s.query({ query: "select count() from t", format: "JSON" })).json()).data.length !== 1) fail("session");
  await s.command({ query: "drop table t" });
  try { await c.query({ query: "select nope" }); fail("no error"); } catch (e) { if (e.code !== "47") fail(e); }
  await c.close(); await s.close();
}
console.log("good");
