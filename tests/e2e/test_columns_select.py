"""`--select column:..`: the nodes that a column is made from, and those that read it, on each engine."""

import json
import os
import pytest
from conftest import EMBEDDED

NUMBER = {"postgres": "integer"}
FILES = {
    "models/s.yml": """sources:
- name: raw
  schema: raw_of_columns
  tables:
  - name: orders
    columns: [{name: id, data_type: NUMBER}, {name: cents, data_type: NUMBER}, {name: status, data_type: NUMBER},
      {name: note, data_type: NUMBER}, {name: "in.v #1", data_type: NUMBER}]
  - {name: unread, columns: [{name: id, data_type: NUMBER}]}
exposures:
- {name: board, type: dashboard, owner: {name: a, email: a@b.c}, depends_on: [ref('totals')]}
- {name: other_board, type: dashboard, owner: {name: a, email: a@b.c}, depends_on: [ref('notes')]}
unit_tests:
- name: adds
  model: totals
  given: [{input: ref('inner_one'), rows: [{amount: 2}]}]
  expect: {rows: [{total: 2}]}
models:
- name: stg
  columns: [{name: amount, data_tests: [not_null]}, {name: id, data_tests: [unique]}]
- name: totals
  columns: [{name: total, data_tests: [not_null]}]
- name: flags
  columns: [{name: x, data_tests: [not_null]}]
- name: v
  latest_version: 2
  versions: [{v: 1}, {v: 2}]
""",
    "models/stg.sql": "select id, cents as amount, status, note, {{ adapter.quote('in.v #1') }}\n"
    "from {{ source('raw', 'orders') }}",
    "models/inner_one.sql": "{{ config(materialized='ephemeral') }}select amount, status from {{ ref('stg') }}",
    "models/totals.sql": "{{ config(materialized='table') }}select sum(amount) as total from {{ ref('inner_one') }}",
    "models/ids.sql": "select id from {{ ref('stg') }}",
    "models/flags.sql": "select id as x from {{ ref('stg') }} where status > 0",
    "models/notes.sql": "select note, {{ adapter.quote('in.v #1') }} as odd from {{ ref('stg') }}",
    "models/last.sql": "select total from {{ ref('totals') }}",
    "models/v_v1.sql": "select id from {{ ref('stg') }}",
    "models/v_v2.sql": "select id, note from {{ ref('stg') }}",
    "models/of_v.sql": "select note from {{ ref('v') }}",
    "seeds/rates.csv": "id,rate\n1,2\n",
    "models/rated.sql": "select rate from {{ ref('rates') }}",
    "snapshots/kept.yml": "snapshots:\n- {name: kept, relation: ref('stg'), config: {unique_key: id, strategy: check, "
    "check_cols: [amount]}}\n",
    "tests/no_debt.sql": "select * from {{ ref('totals') }} where total < 0",
    "selectors.yml": """selectors:
- name: readers
  definition: {method: column, value: stg.amount, children: true, indirect_selection: empty}
- name: odd
  definition: {method: column, value: 'stg."in.v #1"', children: true}
""",
}


@pytest.fixture(autouse=True)
def engine_inside(request):
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def files_for(engine, **more):
    return {k: v.replace("NUMBER", NUMBER.get(engine.name, "Int64")) for k, v in {**FILES, **more}.items()}


def test_nodes_that_read_a_column(starc, project, engine):
    folder = project(files_for(engine), profile=engine.profile())
    file = folder / "target/lineage.json"

    def ls(*words, code=0):
        r = starc("ls", "--output", "name", *words, cwd=folder)
        assert r.code == code, r.text
        return r if code else set(r.out.split())

    read = ls("--select", "column:stg.amount+")
    first = file.read_bytes()
    assert read == {
        "stg",
        "inner_one",
        "totals",
        "last",
        "kept",
        "board",
        "no_debt",
        "adds",
        "not_null_stg_amount",
        "not_null_totals_total",
    }, read
    # Influence counts: status decides the rows of flags.
    assert ls("--select", "column:stg.status+", "--resource-type", "model") == {"stg", "inner_one", "flags"}
    first_readers = {"inner_one", "flags", "kept", "not_null_flags_x"}
    assert ls("--select", "column:stg.status+1", "--exclude", "stg") == first_readers
    assert ls("--select", "column:stg.amount") == {"stg", "not_null_stg_amount"}
    assert ls("--select", "column:stg.amount", "--indirect-selection", "empty") == {"stg"}
    assert ls("--select", "+column:last.total") == {
        "last",
        "totals",
        "inner_one",
        "stg",
        "raw.orders",
        "adds",
        "no_debt",
        "not_null_stg_amount",
        "not_null_totals_total",
    }
    assert ls("--select", "1+column:totals.total", "--resource-type", "model") == {"totals", "inner_one"}
    assert ls("--select", "column:raw.orders.note+", "--resource-type", "model") == {"stg", "notes", "v.v2", "of_v"}
    assert ls("--select", "@column:totals.total", "--resource-type", "model", "source") == {
        "totals",
        "last",
        "inner_one",
        "stg",
        "raw.orders",
    }
    # Sets, other names, patterns.
    assert ls("--select", "column:stg.amount+,column:stg.id+", "--resource-type", "snapshot") == {"kept"}
    assert ls("--select", "column:stg.id+,tag:none", code=0) == set()
    assert ls("--select", "column:shop.ids.ID column:rates.rate+", "--resource-type", "model") == {"ids", "rated"}
    assert ls("--select", "stg+", "--exclude", "column:stg.amount+", "--resource-type", "model") == {
        "ids",
        "flags",
        "notes",
        "v.v1",
        "v.v2",
        "of_v",
    }
    assert ls("--select", "column:v.note+", "--resource-type", "model") == {"v.v2", "of_v"}
    assert ls("--select", "column:v.v1.id+", "--resource-type", "model") == {"v.v1"}
    assert ls("--select", "column:raw.unread.id+", "--resource-type", "source") == {"raw.unread"}
    assert ls("--select", "column:*.note", "--resource-type", "model") == {"stg", "notes", "v.v2", "of_v"}
    assert ls("--select", "column:stg.not*", "--resource-type", "model") == {"stg"}
    assert ls("--selector", "readers", "--resource-type", "model") == {"stg", "inner_one", "totals", "last"}
    assert ls("--selector", "odd", "--resource-type", "model") == {"stg", "notes"}
    assert file.read_bytes() == first  # asked once
    # What is not there.
    for word, said in (
        ("column:stg.amuont+", "did you mean 'amount'?"),
        ("column:sgt.amount", "did you mean 'stg'?"),
        ("column:stg", "write column:stg.COLUMN"),
    ):
        r = ls("--select", word, code=2)
        assert said in r.text, r.text
    (folder / "selectors.yml").write_text(
        "selectors:\n- name: bad\n  definition:\n    method: column\n    value: stg.nope\n"
    )
    r = ls("--selector", "bad", code=2)
    assert "selectors.yml:4:" in r.text and "'stg' has no column 'nope'" in r.text, r.text
    # Another text of a model: the file is not of it.
    (folder / "models/ids.sql").write_text("select id, amount from {{ ref('stg') }}")
    r = starc("ls", "--select", "column:stg.amount+1", "--output", "name", "--resource-type", "model", cwd=folder)
    assert "ids" in r.out.split() and "looking at the columns" in r.text, r.text
    r = starc("ls", "--select", "column:stg.amount+1", "--output", "name", "--resource-type", "model", cwd=folder)
    assert "ids" in r.out.split() and "looking at the columns" not in r.text, r.text


def test_unknown_names_ask_nobody(starc, project):
    """A node that is not there is told before a database is."""
    away = {
        "type": "postgres",
        "host": "127.0.0.1",
        "port": 1,
        "user": "u",
        "password": "p",
        "dbname": "d",
        "schema": "s",
    }
    folder = project({"models/orders.sql": "select 1 as id from elsewhere.some_table"}, profile=away)
    for words in (
        ("lineage", "ordres.id"),
        ("ls", "--select", "column:ordres.id"),
        ("check", "--drop", "ordres.id"),
        ("check", "--retype", "ordres.id=int"),
    ):
        r = starc(*words, cwd=folder)
        assert r.code == 2 and "nothing in the project is called" in r.text and "did you mean 'orders'" in r.text, (
            r.text
        )
        assert "connect" not in r.text, r.text
    # A relation that no node makes is known only once all was looked at.
    assert "connect" in starc("lineage", "elsewhere.some_table", cwd=folder).text


def test_a_build_by_columns(starc, project, engine):
    """The check that finds the readers is over before the build begins, in one process."""
    folder = project(
        {
            "models/a.sql": "select 1 as id, 2 as amount",
            "models/b.sql": "{{ config(materialized='table') }}select amount from {{ ref('a') }}",
            "models/c.sql": "select id from {{ ref('a') }}",
            "models/m.yml": "models:\n- name: a\n  columns: [{name: id, data_tests: [not_null]}, "
            "{name: amount, data_tests: [not_null]}]\n",
        },
        profile=engine.profile(),
    )
    r = starc("build", "--select", "column:a.amount+", "column:a.amount", cwd=folder)
    assert r.code == 0 and "PASS=3" in r.text and "not_null_a_id" not in r.text, r.text
    assert r.text.count("looking at the columns") == 1, r.text
    (folder / "models/c.sql").write_text("select id, 1 as one from {{ ref('a') }}")
    r = starc("check", "--select", "column:a.id+", cwd=folder)
    assert r.code == 0 and "Checked 3 of 3 nodes" in r.text and "looking at" in r.text, r.text
    (folder / "models/c.sql").write_text("select id from {{ ref('a') }}")
    r = starc("build", "--check", "--select", "column:a.id+", cwd=folder)
    assert r.code == 0 and "PASS=3" in r.text and "looking at" in r.text, r.text
    r = starc("test", "--select", "column:a.id", cwd=folder)
    assert r.code == 0 and "PASS=1" in r.text and "looking at" not in r.text, r.text


def test_what_makes_the_file_one_of_another_project(starc, project, engine):
    """All that decides texts: where macros are looked for, flags, the target's keys, what an exposure names."""
    folder = project(
        {
            "macros/m.sql": "{% macro default__one() %}1{% endmacro %}{% macro shop__one() %}2{% endmacro %}",
            "models/a.sql": "select {{ adapter.dispatch('one', 'pack')() }} as id",
            "models/e.yml": "exposures:\n- {name: e, type: ml, owner: {name: x}, depends_on: [ref('a')]}\n",
            "models/b.sql": "select 1 as id",
        },
        profile=engine.profile(retries=1),
    )

    def asks(*more):
        r = starc("ls", "--select", "column:a.id", "--output", "name", *more, cwd=folder)
        assert "a" in r.out.split(), r.text
        return "looking at the columns" in r.text

    def change(path, *words):
        file = folder / path
        file.write_text(file.read_text().replace(*words) if len(words) == 2 else file.read_text() + words[0])
        assert asks() and not asks(), (path, words)

    assert asks() and not asks() and not asks("--threads", "3")
    change("dbt_project.yml", "dispatch:\n- {macro_namespace: pack, search_order: [shop]}\n")
    change("dbt_project.yml", "flags: {require_explicit_package_overrides_for_builtin_materializations: false}\n")
    change("dbt_project.yml", "quoting: {identifier: false}\n")
    change("profiles.yml", '"retries": 1', '"retries": 2')
    change("models/e.yml", "ref('a')", "ref('b')")


def test_questions_of_templates_read(starc, project, engine):
    """Which columns a text asks rows of is not told: it may be any of them. What asks for columns alone reads none."""
    folder = project(
        {
            "models/a.sql": "{{ config(materialized='table') }}select 1 as id, 'x' as status",
            "models/b.sql": "select 1 as id, 2 as unread",
            "models/asks.sql": "{% if execute %}{% set found = run_query('select distinct status from ' ~ ref('a')) %}"
            "{% endif %}select id from {{ ref('a') }}",
            "models/lists.sql": "{% if execute %}{% do adapter.get_columns_in_relation(ref('b')) %}{% endif %}"
            "select id from {{ ref('b') }}",
        },
        profile=engine.profile(),
    )
    r = starc("check", "--unused", cwd=folder)
    assert r.code == 0 and "status" not in r.out and "unread" in r.out and "model asks" in r.text, r.text
    r = starc("ls", "--select", "column:a.status+", "column:b.unread+", "--output", "name", cwd=folder)
    assert set(r.out.split()) == {"a", "b", "asks"}, r.text


def test_ls_tells_columns(starc, project, engine):
    """Those of the last check, with their types; none of a project that has changed since."""
    folder = project(
        {
            "models/a.sql": "select 1 as id, 2 as amount",
            "models/m.yml": "models:\n- name: a\n  columns: [{name: amount, description: how much}, {name: later}]\n",
        },
        profile=engine.profile(),
    )

    def columns(*more):
        r = starc("ls", "-q", "--output", "json", *more, cwd=folder)
        assert r.code == 0, r.text
        return json.loads(r.out).get("columns")

    assert columns() is None and list(columns("--output-keys", "columns")) == ["amount", "later"]
    starc("check", cwd=folder)
    for found in columns(), columns("--output-keys", "name columns"):
        assert list(found) == ["id", "amount", "later"] and found["amount"]["description"] == "how much", found
        assert all(found[name]["data_type"].lower() in ("uint8", "integer") for name in ("id", "amount")), found
    assert columns("--output-keys", "name") is None
    (folder / "models/a.sql").write_text("select 1 as id")
    assert columns() is None
