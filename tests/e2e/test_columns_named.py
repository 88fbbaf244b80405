"""Who names a column outside of the queries that a graph of columns knows: hooks, freshness, a node's own later runs;
and whom a name means that a model, a semantic model and an exposure have."""

import json
import pytest
from conftest import EMBEDDED, needs_embedded, profile_for
from test_columns_suppose import NUMBER, TEXT

FILES = {
    "models/s.yml": """sources:
- name: raw
  schema: raw_of_named
  tables:
  - name: orders
    config:
      loaded_at_field: "cast(synced as timestamp)"
      freshness: {warn_after: {count: 1, period: day}, filter: live = 1}
    columns: [{name: id, data_type: NUMBER}, {name: synced, data_type: TEXT}, {name: live, data_type: NUMBER},
      {name: hooked, data_type: NUMBER}, {name: count, data_type: NUMBER}]
  - name: alone
    config:
      loaded_at_query: select max(Seen) from raw_of_named.alone
      freshness: {warn_after: {count: 1, period: day}}
    columns: [{name: seen, data_type: NUMBER}, {name: other, data_type: NUMBER}]
models:
- {name: orders, columns: [{name: id}]}
- {name: days, columns: [{name: day, granularity: day}], time_spine: {standard_granularity_column: day}}
semantic_models:
- name: orders
  model: ref('orders')
  defaults: {agg_time_dimension: made_on}
  dimensions: [{name: made_on, type: time, type_params: {time_granularity: day}}]
  entities: [{name: one, type: primary, expr: id}]
  measures: [{name: spent, agg: sum, expr: id}]
metrics:
- {name: spent, label: spent, type: simple, type_params: {measure: spent}}
exposures:
- {name: orders, type: dashboard, owner: {name: a, email: a@b.c}, depends_on: [ref('orders')]}
""",
    "models/orders.sql": "{{ config(materialized='table', post_hook=\"select own from {{ this }}\") }}\n"
    "select id, 1 as own, 2 as asked, 3 as sql, 4 as free, cast('2020-01-01' as date) as made_on\n"
    "from {{ source('raw', 'orders') }}",
    "models/days.sql": "select cast('2020-01-01' as date) as day",
    "models/asks.sql": "{{ config(post_hook=\"select asked from {{ ref('orders') }}\",\n"
    "  pre_hook=\"select hooked from {{ source('raw', 'orders') }}, {{ this }}\") }}\n"
    "select id, id as free from {{ source('raw', 'orders') }}\nunion all select id, id from {{ ref('orders') }}",
    "models/grown.sql": "{{ config(materialized='incremental') }}\nselect id, id + 1 as newest, id as plain\n"
    "from {{ ref('orders') }}\n"
    "{% if is_incremental() %}where id > (select max(old.newest) from {{ this }} as old){% endif %}",
    "models/again.sql": "{{ config(materialized='incremental') }}\nselect id, id + 1 as next, id as plain\n"
    "from {{ ref('orders') }}\n{% if is_incremental() %}where id > (select max(next) from {{ this }}){% endif %}",
    "models/reads_again.sql": "select id, plain from {{ ref('again') }}",
    "models/reads_grown.sql": "select plain from {{ ref('grown') }}",
    "snapshots/kept.yml": "snapshots:\n- {name: kept, relation: ref('orders'), config: {unique_key: id, "
    "strategy: check, check_cols: all, snapshot_meta_column_names: {dbt_valid_to: until}}}\n",
}


@pytest.fixture(autouse=True)
def engine_inside(request):
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def files_for(engine):
    words = {"NUMBER": NUMBER(engine.name, "Int32"), "TEXT": TEXT(engine.name, "String")}
    out = {}
    for name, text in FILES.items():
        for word, by in words.items():
            text = text.replace(word, by)
        out[name] = text
    return out


def test_what_names_a_column(starc, project, engine):
    folder = project(files_for(engine), profile=engine.profile())

    def drop(column, code, *rows):
        r = starc("check", "--drop", column, cwd=folder)
        found = [" ".join(line.split()) for line in r.out.splitlines() if line.startswith("  ")]
        assert r.code == code and (rows == ("",) or sorted(found) == sorted(rows)), r.text
        assert ("may go" in r.out) == (not found), r.text
        return r

    drop("raw.orders.synced", 1, "fails source raw.orders (its loaded_at_field names it)")
    drop("raw.orders.live", 1, "fails source raw.orders (its freshness filter names it)")
    drop("raw.orders.hooked", 0, "may read model asks (the pre-hook of model asks names it)")
    drop("raw.alone.seen", 1, "fails source raw.alone (its loaded_at_query names it)")
    for column in ("raw.orders.count", "raw.alone.other", "asks.free", "grown.id", "kept.own"):
        drop(column, 0)
    # Whom a name means: the model, though a semantic model and an exposure are called so.
    exposed = "may read exposure orders (it reads orders.%s)"
    hook = "may read model orders (its post-hook names it)"
    drop("orders.own", 0, exposed % "own", hook, "gone kept.own (from orders.own)")
    r = drop("orders.asked", 0, "")
    assert "may read     model asks  (the post-hook of model asks names it)" in r.out, r.text
    r = starc("check", "--unused", cwd=folder)
    assert [" ".join(line.split()) for line in r.out.splitlines() if line[2:3] != ":"] == [
        "raw.orders: count",
        "grown: id",
    ], r.text
    # What a node reads of its own relation, on its next run.
    r = drop("grown.newest", 1, "")
    assert "fails        model grown  (its text on later runs: " in r.out and "newest" in r.out, r.text
    assert r.out.count("fails ") == 1, r.text
    r = drop("again.next", int(engine.name == "postgres"), "")  # ClickHouse takes the alias of that name then
    why = "its text on later runs: " if r.code else "its text on later runs reads it)"
    assert f"model again  ({why}" in r.out, r.text
    drop("kept.id", 1, "fails snapshot kept (its unique_key names it)")
    drop("kept.until", 1, "fails snapshot kept (a snapshot keeps it by itself)")
    drop("kept.dbt_scd_id", 1, "fails snapshot kept (a snapshot keeps it by itself)")
    # The same of who reads it, and by column.
    r = starc("ls", "--select", "column:orders.asked+", "--quiet", cwd=folder)
    assert r.code == 0 and "shop.asks" in r.out.split(), r.text
    r = starc("lineage", "orders.id", "--downstream", cwd=folder)
    assert "semantic model orders.spent" in r.out and "metric spent" in r.out, r.text
    r = starc("lineage", "alone.seen", cwd=folder)
    assert r.code == 2 and "did you mean 'raw.alone'?" in r.text, r.text
    r = starc("check", "--output", "json", cwd=folder)
    assert r.code == 2 and "--drop, --retype and --unused" in r.text and "--log-format json" in r.text, r.text


@needs_embedded
def test_retype_tells_comparisons(starc, project, request):
    if not EMBEDDED:
        pytest.skip("the embedded engine does not run under a sanitizer")
    files = {
        "models/sa.sql": "select 'a' as id, 'b' as word",
        "models/sb.sql": "select 'a' as id, 1 as n",
        "models/joined.sql": "select id from {{ ref('sb') }} where id in (select id from {{ ref('sa') }})",
        "models/silent.sql": "{{ config(check={'ignore': 'mixed-types'}) }}select id from {{ ref('sb') }}\n"
        "where id in (select id from {{ ref('sa') }})",
        "models/mixed.sql": "select id from {{ ref('sb') }} where n in (select word from {{ ref('sa') }})",
    }
    folder = project(files, profile=profile_for("embedded", request, "named"))
    r = starc("check", "--retype", "sa.id=Int64", cwd=folder)
    assert "  compares     model joined  ('id' (String) is compared with 'id' (Int64))\n" in r.out, r.text
    assert r.code == 0 and "nothing fails, 1 comparison is of different types" in r.out, r.text
    assert "model mixed" not in r.out, r.text
    r = starc("check", "--retype", "sa.id=Int64", "--output", "json", cwd=folder)
    assert [json.loads(line)["effect"] for line in r.out.splitlines()] == ["compares"], r.text
    r = starc("check", "--retype", "sa.word=FixedString(2)", cwd=folder)
    assert "Nothing changes" in r.out, r.text
