"""Who reads columns without a query of its own: exposures, unit tests, semantic models, metrics, keys."""

import json

import pytest
from conftest import EMBEDDED
from test_lineage import agree, edges

SEMANTICS = """
semantic_models:
- name: orders
  model: ref('sales')
  defaults: {agg_time_dimension: made_on}
  entities:
  - {name: order, type: primary, expr: id}
  dimensions:
  - {name: made_on, type: time, type_params: {time_granularity: day}}
  - {name: loud, type: categorical, expr: upper(kind)}
  measures:
  - {name: total, agg: sum, expr: id * 2}
  - {name: many, agg: count, expr: kind}
metrics:
- name: m_total
  label: total
  type: simple
  type_params: {measure: total}
  filter: "{{ Dimension('order__loud') }} = 'X'"
- {name: m_many, label: many, type: simple, type_params: {measure: many}}
- name: per_one
  label: share
  type: ratio
  type_params: {numerator: m_total, denominator: m_many}
saved_queries:
- name: weekly
  query_params: {metrics: [per_one], group_by: ["Dimension('order__loud')"]}
"""
EXPOSURES = """
exposures:
- {name: board, type: dashboard, owner: {email: a@b.c}, depends_on: [ref('sales'), ref('other')]}
- name: sheet
  type: notebook
  owner: {email: a@b.c}
  depends_on: [ref('sales'), ref('other')]
  meta: {columns: [sales.kind]}
- {name: lost, type: notebook, owner: {email: a@b.c}, depends_on: [ref('sales')], meta: {columns: [sales.gone]}}
- name: typo
  type: notebook
  owner: {email: a@b.c}
  depends_on: [ref('sales'), ref('other')]
  config:
    meta:
      columns: [sales.id, sales.knid, slaes.id, kind]
"""
UNITS = """
unit_tests:
- name: adds
  model: other
  given:
  - {input: ref('sales'), rows: [{id: 1}, {id: 2, kind: x}]}
  expect: {rows: [{more: 2}, {more: 3}]}
- name: asks
  model: other
  given:
  - {input: ref('sales'), format: sql, rows: "select 1 as id, 'x' as kind"}
  expect: {rows: [{more: 2}]}
"""
FILES = {
    "models/sales.sql": "select 1 as id, 'x' as kind, cast('2020-01-01' as date) as made_on",
    "models/other.sql": "select id + 1 as more, kind as as_is from {{ ref('sales') }}",
    "models/spine.sql": "select made_on from {{ ref('sales') }}",
    "models/spine.yml": "models:\n- name: spine\n  time_spine: {standard_granularity_column: made_on}\n"
    "  columns: [{name: made_on, granularity: day}]\n",
    "models/m.yml": SEMANTICS,
    "models/e.yml": EXPOSURES,
    "models/u.yml": UNITS,
}


@pytest.fixture(autouse=True)
def engine_inside(request):
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def test_readers_without_a_query(starc, project, engine):
    folder = project(FILES, profile=engine.profile())
    r = starc("lineage", cwd=folder)
    assert r.code == 0, r.text
    found, nodes = edges(folder)
    agree(
        found,
        {
            "board.": {f"same sales.{c}" for c in ("", "id", "kind", "made_on")}
            | {f"same other.{c}" for c in ("", "more", "as_is")},
            "lost.": {f"same sales.{c}" for c in ("", "id", "kind", "made_on")},
            "typo.": {f"same sales.{c}" for c in ("", "id", "kind", "made_on")}
            | {f"same other.{c}" for c in ("", "more", "as_is")},
            "adds.": {"filter sales.id", "filter sales.kind", "filter other.more"},
            "orders.order": {"same sales.id"},
            "orders.loud": {"computed sales.kind"},
            "orders.total": {"aggregated sales.id"},
            "orders.many": {"aggregated sales.kind"},
            "m_total.m_total": {"same orders.total"},
            "m_total.": {"filter orders.loud"},
            "per_one.per_one": {"computed m_total.m_total", "computed m_many.m_many"},
            "weekly.": {"same per_one.per_one", "group orders.loud"},
        },
    )
    # what is listed of one node says nothing of the other
    assert found["sheet."] >= {"same sales.kind"} and "same sales.id" not in found["sheet."], found["sheet."]
    assert "made_on" in "".join(found["orders.made_on"]), found
    assert {n["kind"] for n in nodes.values()} >= {"exposure", "unit_test", "semantic_model", "metric", "saved_query"}
    r = starc("check", cwd=folder)
    assert r.code == 0 and "4 listed-column" in r.text, r.text
    for place, said, hint in (
        ("9:100", "'sales' has no column 'gone'", ""),
        ("16:27", "'sales' has no column 'knid'", "did you mean 'kind'?"),
        ("16:39", "exposure 'typo' depends on nothing that 'slaes.id' is a column of", "did you mean 'sales'?"),
        ("16:49", "exposure 'typo' depends on nothing that 'kind' is a column of", "there are sales and other"),
    ):
        head, _, rest = r.text.partition(f"{said} [listed-column]")
        assert rest and head.endswith(f"models/e.yml:{place}: warning: "), (place, r.text)
        assert hint in "".join(rest.splitlines()[1:3]), r.text
    assert edges(folder)[0] == found
    # by hand: who loses what when a column goes
    r = starc("lineage", "sales.made_on", "--downstream", cwd=folder)
    assert "exposure board" in r.out and "exposure sheet" not in r.out and "orders.made_on" in r.out, r.out
    r = starc("lineage", "sales.id", "--downstream", "--influence", cwd=folder)
    assert "unit test adds" in r.out and "saved query weekly" in r.out, r.out
    assert "not known: unit test asks reads other: its rows are a query" in r.out, r.out
    # and upward, from what is no relation
    r = starc("lineage", "weekly", "--depth", "9", cwd=folder)
    assert r.code == 0 and "metric per_one" in r.out and "sales.id" in r.out, r.text
    r = starc("lineage", "sheet", cwd=folder)
    assert r.code == 0 and "sales.kind" in r.out and "sales.id" not in r.out, r.text
    events = starc("lineage", "--output", "openlineage", cwd=folder)
    assert events.code == 0 and "board" not in events.out and "weekly" not in events.out, events.text


KEYS = {
    "models/raw.sql": "select 1 as id, 2 as part, 3 as version, cast('2020-01-01' as timestamp) as at",
    "models/grown.sql": "{{ config(materialized='incremental', unique_key=['id', 'part']) }}"
    "select * from {{ ref('raw') }}",
    "snapshots/s.yml": "snapshots:\n- {name: kept, relation: ref('raw'), config: {unique_key: id, strategy: check, "
    "check_cols: [version]}}\n- {name: all_kept, relation: ref('raw'), config: {unique_key: id, strategy: check, "
    "check_cols: all}}\n- {name: timed, relation: ref('raw'), config: {unique_key: \"id || '-' || part\", "
    "strategy: timestamp, updated_at: at}}\n",
}
OF_ENGINE = {
    "postgres": {
        "models/listed.sql": "{{ config(materialized='table', indexes=[{'columns': ['part', 'id']}]) }}"
        "select * from {{ ref('raw') }}",
        "models/firm.sql": "{{ config(materialized='table', contract={'enforced': true}) }}"
        "select id, part from {{ ref('raw') }}",
        "models/f.yml": "models:\n- name: firm\n  columns:\n  - {name: part, data_type: integer}\n"
        "  - {name: id, data_type: integer, constraints: [{type: not_null}]}\n",
    },
    "clickhouse": {
        "models/merged.sql": "{{ config(materialized='table', engine='ReplacingMergeTree(version)', "
        "order_by='(id, part % 2)', partition_by='toYYYYMM(at)') }}select * from {{ ref('raw') }}",
        "models/plain.sql": "{{ config(materialized='table', order_by='id', ttl='at + interval 1 day') }}"
        "select * from {{ ref('raw') }}",
        "models/words.sql": "{{ config(materialized='dictionary', primary_key='id', layout='flat()', lifetime=0, "
        "fields=[('id', 'UInt64'), ('part', 'Int64')]) }}select id, part from {{ ref('raw') }}",
        "models/looked.sql": "{% set words = ref('words') %}select "
        "dictGet('{{ words.schema }}.{{ words.identifier }}', 'part', toUInt64(part)) as x from {{ ref('raw') }}",
    },
}


def keys(nodes, node):
    return {c["name"]: c["keys"] for c in nodes[node]["columns"] if "keys" in c}


def test_keys(starc, project, engine):
    kind = "postgres" if engine.name == "postgres" else "clickhouse"
    folder = project({**KEYS, **OF_ENGINE[kind]}, profile=engine.profile())
    r = starc("lineage", cwd=folder)
    assert r.code == 0 and "could not" not in r.text, r.text
    found, nodes = edges(folder)
    assert keys(nodes, "model.shop.grown") == {"id": ["unique_key"], "part": ["unique_key"]}
    assert found["grown."] >= {"group grown.id", "group grown.part"} and "group grown.version" not in found["grown."]
    assert keys(nodes, "snapshot.shop.kept") == {"id": ["unique_key"], "version": ["check_cols"]}
    assert found["kept."] >= {"group kept.id", "filter kept.version"}, found["kept."]
    assert keys(nodes, "snapshot.shop.all_kept") == {
        "id": ["unique_key", "check_cols"], "part": ["check_cols"], "version": ["check_cols"], "at": ["check_cols"],
    }  # fmt: skip
    assert keys(nodes, "snapshot.shop.timed") == {"id": ["unique_key"], "part": ["unique_key"], "at": ["updated_at"]}
    if kind == "postgres":
        assert keys(nodes, "model.shop.listed") == {"id": ["indexes"], "part": ["indexes"]}
        assert keys(nodes, "model.shop.firm") == {"id": ["constraints"]}
        assert not any(i.startswith("group") for i in found["listed."])
    else:
        merged = {"id": ["order_by"], "part": ["order_by"], "version": ["engine"], "at": ["partition_by"]}
        assert keys(nodes, "model.shop.merged") == merged
        assert found["merged."] == {"group merged.id", "group merged.part", "group merged.version"}, found["merged."]
        assert found["plain."] == {"filter plain.at"} and keys(nodes, "model.shop.plain")["id"] == ["order_by"]
        assert found["words."] == {"group words.id"} and "join words." in found["looked.x"], found
    asked = ["lineage", "raw.id", "--downstream", "--influence"]
    down = json.loads(starc("-q", *asked, "--output", "json", cwd=folder).out)
    reached = {(v["node"], v["column"]) for v in down["downstream"]}
    assert {("model.shop.grown", "version"), ("snapshot.shop.kept", "version")} <= reached, reached
    assert kind == "postgres" or ("model.shop.looked", "x") in reached, reached
