"""What is wide, deep and many: `starc check` of it takes as many statements as there are nodes."""

import json
import re

import pytest
from conftest import EMBEDDED

COLUMNS, WIDTH, DEPTH, TESTS = 5000, 500, 50, 300


@pytest.fixture(autouse=True)
def engine_inside(engine):
    """The check of a ClickHouse target is the embedded engine's, whatever the target is: once is enough."""
    if engine.name == "clickhouse" or (not EMBEDDED and engine.name != "postgres"):
        pytest.skip("the embedded engine looks at both, and does not run under a sanitizer")


def test_wide_deep_and_many(starc, project, engine):
    postgres = engine.name == "postgres"
    most = 1500 if postgres else COLUMNS  # a table of Postgres has at most 1,600
    kind = "integer" if postgres else "Int32"
    wide = [{"name": f"w{i}", "data_type": kind} for i in range(most)]
    tested = [{"name": f"c{i}", "data_tests": ["not_null"]} for i in range(TESTS)]
    source = {"name": "raw", "schema": "raw", "tables": [{"name": "wide", "columns": wide}]}
    files = {
        "models/m.yml": json.dumps({"sources": [source], "models": [{"name": "d0", "columns": tested}]}),
        "models/all.sql": "select * from {{ source('raw', 'wide') }}",
        "models/one.sql": f"select w{most - 1} from {{{{ ref('all') }}}}",
        "models/d0.sql": "select " + ", ".join(f"1 as c{i}" for i in range(WIDTH)),
        "models/last.sql": f"select c{WIDTH - 1},\n  c{WIDTH}\nfrom {{{{ ref('d{DEPTH}') }}}}",
        **{f"models/d{i}.sql": f"select * from {{{{ ref('d{i - 1}') }}}}" for i in range(1, DEPTH + 1)},
    }
    folder = project(files, profile=engine.profile())
    r = starc("check", "--log-level-file", "debug", "--log-format-file", "json", cwd=folder)
    nodes = TESTS + DEPTH + 4
    assert r.code == 1 and f"Checked {nodes} of {nodes} nodes" in r.text and "1 wrong" in r.text, r.text[-2000:]
    assert "models/last.sql:2:3" in r.text and f"c{WIDTH}" in r.text, r.text[-2000:]
    said = [json.loads(line) for line in (folder / "logs/dbt.log").read_text().splitlines() if line.startswith("{")]
    sent = [e["data"]["sql"] for e in said if e["info"]["name"] == "SQLQuery"]
    made = sum(bool(re.search(r"^\s*create ", sql, re.M)) for sql in sent)
    assert DEPTH <= made <= nodes + 10, made
    # the view of a test goes with its step on Postgres; ClickHouse plans each query, and tells its tree for lineage
    assert len(sent) <= (2 if postgres else 3) * nodes + 40, len(sent)
    assert max(map(len, sent)) < 200_000


def test_many_ways_through_ephemeral_models(starc, project, engine):
    """Each is walked once: two a level that both read the two above have 2^40 ways to the source."""
    if engine.name != "postgres":
        pytest.skip("ClickHouse itself takes a CTE apart at each place where it stands")
    levels, head = 40, "{{ config(materialized='ephemeral') }}select "
    ladder = "x.id from {{ ref('%s%d') }} as x join {{ ref('%s%d') }} as y on x.id = y.id"
    files = {
        "models/s.yml": "sources: [{name: raw, schema: pg_catalog, tables: [{name: pg_class, "
        "columns: [{name: oid, data_type: oid}]}]}]\n",
        **{f"models/{side}0.sql": head + "oid as id from {{ source('raw', 'pg_class') }}" for side in "ab"},
        **{
            f"models/{side}{i}.sql": head + ladder % ("a", i - 1, "b", i - 1)
            for side in "ab"
            for i in range(1, levels + 1)
        },
        "models/top.sql": f"select id from {{{{ ref('a{levels}') }}}}",
        "models/hand.sql": "select oid from pg_catalog.pg_class join {{ ref('b%d') }} on true" % levels,
    }
    folder = project(files, profile=engine.profile())
    r = starc("check", cwd=folder)
    assert r.code == 0 and "Checked 2 of 2 nodes" in r.text and "hand-written-name" not in r.text, r.text
    r = starc("lineage", "-q", "top.id", cwd=folder)
    assert r.code == 0 and "raw.pg_class.oid" in r.text, r.text
