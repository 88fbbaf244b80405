"""What `starc check` finds beside what the database refuses, how it is told, and how it is silenced."""

import json

import pytest
from conftest import EMBEDDED, needs_embedded, rows

TESTS = """models:
- name: orders
  columns:
  - name: number
    data_tests: [unique, not_null, {accepted_values: {arguments: {values: [1]}}}]
  - name: kid
  data_tests:
  - unique: {arguments: {column_name: ident}}
- name: kinds
  columns: [{name: knd, data_tests: [unique]}]
- name: promised
  config: {contract: {enforced: true}}
  columns: [{name: id, data_type: text}]
"""
FILES = {
    "models/orders.sql": "{{ config(materialized='table') }}select 1 as id, 'x' as kind",
    "models/kinds.sql": "{{ config(materialized='ephemeral') }}select kind from {{ ref('orders') }}",
    "models/star.sql": "select id,\n  *\nfrom (select id, id as id from {{ ref('orders') }}) as o",
    "models/twice.sql": "{{ config(materialized='table') }}\nselect id, kind, id from {{ ref('orders') }}",
    "models/promised.sql": "select 1 as id, 'x' as name from {{ ref('orders') }}",
    "models/m.yml": TESTS,
}


@pytest.fixture(autouse=True)
def engine_inside(request):
    """The check of a ClickHouse target is the embedded engine's, whatever the target is."""
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def test_each_stands_at_its_line_and_is_counted_by_kind(starc, project, engine):
    folder = project(FILES, profile=engine.profile())
    r = starc("check", cwd=folder)
    assert r.code == 1, r.text
    for text in (
        "models/m.yml:4:11: error: 'orders' has no column 'number', which 3 tests look at [tested-column]",
        "models/m.yml:8:39: error: 'orders' has no column 'ident', which 1 test looks at [tested-column]",
        "models/m.yml:10:20: error: 'kinds' has no column 'knd', which 1 test looks at [tested-column]",
        "models/m.yml:6:11: warning: 'orders' has no column 'kid' [listed-column]",
        "models/m.yml:13:20: error: the query does not give what the model's enforced contract promises",
        "models/twice.sql:2:18: error",
        "[duplicate-column]",
        "1 warning: 1 listed-column",
        "3 tested-column",
        "1 contract-mismatch",
    ):
        assert text in r.text, (text, r.text)
    assert r.text.count("'number'") == 1, r.text  # once, whatever looks at it
    r = starc("check", "--report", "junit=r.xml", "--report", "github=-", cwd=folder)  # and there too
    told = [line for line in r.out.splitlines() if "title=tested-column" in line]
    assert len(told) == 3 and "title=missing-column" not in r.out, r.out
    junit = (folder / "r.xml").read_text()
    assert junit.count("[tested-column]") == 5 and "[missing-column]" not in junit, junit  # a case for each test


def test_one_cause_is_told_once(starc, project, engine):
    """An error in a model's text, which its unit test and the readers of an ephemeral model have in theirs."""
    up = "{{ ref('up') }}"
    files = {
        "models/up.sql": "select 1 as id, 'x' as word",
        "models/mart.sql": f"select id,\n  wrd from {up}",
        "models/eph.sql": f"{{{{ config(materialized='ephemeral') }}}}select id,\n  idd from {up}",
        **{f"models/e{i}.sql": "select id from {{ ref('eph') }}" for i in (1, 2)},
        "models/m.yml": "unit_tests:\n- name: u\n  model: mart\n  given:\n  - input: ref('up')\n"
        "    rows: [{id: 1, word: x}]\n  expect: {rows: [{id: 1}]}\n",
    }
    folder = project(files, profile=engine.profile())
    r = starc("check", cwd=folder)
    assert r.code == 1 and r.text.count(": error: ") == 2 and ": 2 wrong, 2 below them not checked" in r.text, r.text
    assert r.text.count("models/mart.sql:2:3") == 1 and r.text.count("models/eph.sql:2:3") == 1, r.text


@needs_embedded
def test_columns_that_clickhouse_names_by_itself(starc, project):
    """A join where two tables have a column names it with its table: not the nearest other one is meant. A CTE that
    reads a column of the query around it is told at its name."""
    files = {
        "models/orders.sql": "select 1 as order_id, 2 as amount",
        "models/items.sql": "select 1 as order_id, 3 as order_item_id, [1] as `n.part`",
        "models/joined.sql": "with items as (select * from {{ ref('items') }}), o as (select * from "
        "{{ ref('orders') }}), j as (\nselect items.*, o.amount from items left join o on items.order_id = o.order_id"
        "\nleft join (select 1 as order_id) s on s.order_id = o.order_id)\nselect * from j",
        "models/reads.sql": "select order_id, order_item_id from {{ ref('joined') }}",
        "models/part.sql": "select part from {{ ref('joined') }}",
        "models/outer.sql": "with totals as (\n select i.order_id, sum(orders.amount) as n from {{ ref('items') }} i "
        "group by 1), j as (\nselect orders.*, totals.n from {{ ref('orders') }} orders left join totals\n"
        "on orders.order_id = totals.order_id)\nselect * from j",
        "models/m.yml": "models:\n- name: joined\n  columns:\n  - {name: order_id, data_tests: [not_null]}\n",
    }
    r = starc("check", cwd=project(files, profile={"type": "clickhouse", "driver": "embedded", "schema": "s"}))
    hint = "it is there as 'items.order_id', as a join names it where two tables have it: write "
    assert r.code == 1 and r.text.count(hint + "`items.order_id as order_id` there") == 2, r.text
    assert "order_item_id'?" not in r.text and "n.part as" not in r.text, r.text
    assert "models/outer.sql:1:6: error: Correlated" in r.text and "in expression 'totals' (NOT" in r.text, r.text


def test_what_is_silenced_is_counted(starc, project, engine):
    """In the model, in its folder, by an option, by a flag; each by the code's own word."""
    files = {
        **FILES,
        "models/twice.sql": FILES["models/twice.sql"].replace(
            "'table'", "'table', check={'ignore': ['duplicate-column']}"
        ),
        "models/star.sql": "select 1 as id",
    }
    folder = project(files, profile=engine.profile())
    whole = (folder / "dbt_project.yml").read_text()
    (folder / "dbt_project.yml").write_text(whole + "\nmodels:\n  +check: {ignore: [tested-column, listed-column]}\n")
    r = starc("check", "--report", "junit=-", cwd=folder)
    assert r.code == 1 and "1 error: 1 contract-mismatch" in r.text and "tested-column]" not in r.text, r.text
    assert "5 silenced: 3 tested-column, 1 listed-column, 1 duplicate-column" in r.text, r.text
    assert 'errors="1"' in r.text, r.text
    r = starc("check", "--warn-error-options", "{silence: [contract-mismatch]}", cwd=folder)
    assert r.code == 0 and "6 silenced" in r.text and ": 0 wrong" in r.text, r.text
    r = starc("check", "--warn-error-options", "{warn: [contract-mismatch]}", "--report", "junit=-", cwd=folder)
    assert r.code == 0 and "models/m.yml:13:20: warning" in r.text and "<system-out>models/m.yml" in r.text, r.text
    r = starc("check", "--warn-error-options", "{silence: [contract-mismtch]}", cwd=folder)
    assert r.code == 2 and "did you mean 'contract-mismatch'?" in r.text, r.text


def test_warnings_become_errors(starc, project, engine):
    files = {"models/a.sql": "select 1 as id", "models/m.yml": "models: [{name: a, columns: [{name: idd}]}]\n"}
    folder = project(files, profile=engine.profile())
    whole = (folder / "dbt_project.yml").read_text()
    assert starc("check", cwd=folder).code == 0
    for flags in ("{error: [listed-column]}", "{include: [listed-column]}"):
        (folder / "dbt_project.yml").write_text(whole + f"\nflags: {{warn_error_options: {flags}}}\n")
        r = starc("check", cwd=folder)
        assert r.code == 1 and "models/m.yml:1:37: error" in r.text and "1 error: 1 listed-column" in r.text, r.text


def test_a_code_that_is_none(starc, project):
    """Where it was written, before anything is checked: in a model, a folder, a schema file, a source."""
    files = {
        "models/a.sql": "{{ config(check={'ignore': ['tested-colum']}) }}select 1 as id",
        "models/b.sql": "{{ config(check={'ignor': ['tested-column']}) }}select 1 as id",
        "models/c.sql": "select 1 as id",
        "models/m.yml": "models:\n- name: c\n  config: {check: {ignore: missing-colum}}\n"
        "sources:\n- name: raw\n  config: {check: {ignore: [unknown-colums]}}\n  tables: [{name: t}]\n",
    }
    r = starc("parse", cwd=project(files))
    assert r.code == 2, r.text
    for place in ("models/a.sql:1:30", "models/b.sql:1:19", "models/m.yml:3:28", "models/m.yml:6:"):
        assert place in r.text, (place, r.text)
    assert "did you mean 'tested-column'?" in r.text and "did you mean 'ignore'?" in r.text, r.text


def relations(starc, folder, engine, schema):
    if engine.name == "postgres":
        ask = f"select count(*) as n from information_schema.schemata where schema_name = '{schema}'"
    else:
        ask = f"select count() as n from system.databases where name = '{schema}'"
    return rows(starc, folder, ask)[0]["n"]


def test_a_build_is_checked_first(starc, project, engine):
    """Nothing is made where something is wrong; else the run goes on as one that was not checked."""
    files = {
        "models/a.sql": "{{ config(materialized='table') }}select 1 as id",
        "models/b.sql": "select idd from {{ ref('a') }}",
        "models/c.sql": "{{ config(materialized='table') }}select id from {{ ref('a') }}",
        "seeds/s.csv": "id\n1\n",
    }
    profile = engine.profile()
    profile["schema"] = schema = profile["schema"] + "_first"
    folder = project(files, profile=profile)
    for command in ("build", "run"):
        r = starc(command, "--check", "--report", "junit=-", cwd=folder)
        assert r.code == 1 and "models/b.sql:1:8" in r.text and "Nothing was built" in r.text, r.text
        assert r.text.count("<testsuite ") == 1 and 'errors="1"' in r.text, r.text
    assert not int(relations(starc, folder, engine, schema))
    written = json.loads((folder / "target/run_results.json").read_text())["results"]
    results = {r["unique_id"].split(".")[-1]: r for r in written}
    assert results["b"]["status"] == "error" and results["a"]["status"] == "skipped", results
    assert starc("seed", "--check", cwd=folder).code == 0
    r = starc("run", "--check", "--exclude", "b", "--report", "junit=-", cwd=folder)
    assert r.code == 0 and "PASS=2" in r.text and r.text.count("Found ") == 1, r.text
    assert r.text.count("<testsuite ") == 1 and 'tests="2"' in r.text, r.text
    assert [int(x["id"]) for x in rows(starc, folder, f"select id from {schema}.c")] == [1]


@needs_embedded
def test_a_server_is_not_asked_before(starc, project):
    """On ClickHouse the engine is inside: with errors, nothing is sent, whether or not the server is there."""
    nowhere = {"host": "127.0.0.1", "port": 1, "user": "u", "password": "p", "schema": "s", "threads": 2}
    folder = project({"models/a.sql": "select nope from (select 1 as id)"}, profile={"type": "clickhouse", **nowhere})
    r = starc("build", "--check", cwd=folder)
    assert r.code == 1 and "models/a.sql:1:8" in r.text and "connection-failed" not in r.text, r.text


def test_what_breaks_readers_of_an_earlier_state(starc, project, engine):
    """Against a catalog by name and type; against a manifest by the names of contracts; against the lock file."""
    text, number = ("text", "integer") if engine.name == "postgres" else ("String", "UInt8")
    contract = (
        "models:\n- name: promised\n  config: {contract: {enforced: true}}\n  columns:\n"
        f"  - {{name: id, data_type: {number}}}\n  - {{name: kind, data_type: {text}}}\n"
        "exposures: [{name: board, type: dashboard, owner: {name: A, email: a@b.c}, depends_on: [ref('orders')]}]\n"
    )
    files = {
        "models/orders.sql": "{{ config(materialized='table') }}\nselect 1 as id,\n  'x' as kind, 'y' as note",
        "models/promised.sql": "select id, kind from {{ ref('orders') }}",
        "models/m.yml": contract,
    }
    folder = project(files, profile=engine.profile())
    assert starc("run", cwd=folder).code == 0 and starc("docs", "generate", cwd=folder).code == 0
    (folder / "target").rename(folder / "then")
    assert starc("check", "--update-sources", cwd=folder).code == 0
    r = starc("check", "--state", "models", cwd=folder)
    assert r.code == 2 and "the folder 'models' has no manifest.json or catalog.json" in r.text, r.text
    r = starc("check", "--state", "then", cwd=folder)
    assert r.code == 0 and "breaking-change" not in r.text and ": 0 wrong" in r.text, r.text
    (folder / "models/orders.sql").write_text("{{ config(materialized='table') }}\nselect '1' as id,\n  'x' as kind")
    (folder / "models/m.yml").write_text("exposures" + contract.partition("exposures")[2])
    (folder / "models/promised.sql").write_text("select kind from {{ ref('orders') }}")
    r = starc("check", "--state", "then", cwd=folder)
    assert r.code == 0 and "3 breaking-change" in r.text, r.text
    assert f"models/orders.sql:2:8: warning: 'id' of 'orders' is now {text}, and was {number}" in r.text, r.text
    assert "models/orders.sql:2:1: warning: 'orders' has no column 'note' any more" in r.text, r.text
    assert "exposure board reads it" in r.text and "model promised" not in r.text, r.text
    r = starc("check", cwd=folder)  # since the lock file was written
    assert r.code == 0 and "models/orders.sql:2:8: warning" in r.text and "3 breaking-change" in r.text, r.text
    orders = folder / "models/orders.sql"
    now = orders.read_text()
    orders.write_text("{{ config(materialized='table') }}\nselect 1 as id,\n  'x' as \"Kind\", 'y' as note")
    r = starc("check", "--select", "orders", cwd=folder)  # another case is another column
    assert "'orders' has no column 'kind' any more" in r.text and "1 breaking-change" in r.text, r.text
    orders.write_text(now)
    (folder / "then/catalog.json").unlink()
    r = starc("check", "--state", "then", "--warn-error", cwd=folder)
    assert r.code == 1 and "models/promised.sql:1:1: error: 'promised' has no column 'id' any more" in r.text, r.text


def test_names_that_are_written_by_hand(starc, project, engine):
    """What the project makes and what it does not; through a macro; not what ref(), source() and this render to."""
    profile = engine.profile()
    schema = profile["schema"] + "_hand"
    profile["schema"] = schema
    kind = "text" if engine.name == "postgres" else "String"
    files = {
        "models/orders.sql": "{{ config(materialized='table') }}select 1 as id",
        "models/e.sql": "{{ config(materialized='ephemeral') }}select id from {{ ref('orders') }}",
        "models/grown.sql": "{{ config(materialized='incremental') }}select id from {{ ref('e') }}\n"
        "{% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}",
        "models/x_hand.sql": f"with orders as (select 2 as id)\nselect o.id from {schema}.orders o join orders on true",
        "models/x_count.sql": f"select count(*) as n from (select id from {schema}.orders) as o",
        "models/x_raw.sql": f"select a from {schema}.ext",
        "models/good.sql": "select a from {{ source('raw', 'ext') }}",
        "models/s.yml": f"sources: [{{name: raw, schema: {schema}, tables: [{{name: ext, columns: [{{name: a, "
        f"data_type: {kind}}}]}}, {{name: ghost}}]}}]\n",
    }
    folder = project(files, profile=profile)
    if engine.name == "postgres":  # there it is the real one that is read, and has to be there
        r = starc("check", cwd=folder)
        assert r.code == 1 and "3 errors: 3 hand-written-name" in r.text, r.text
        assert starc("run", "--select", "orders", cwd=folder).code == 0
        for made in ("ext (a text)", "other (b text)"):
            assert starc("run-operation", "--sql", f"create table {schema}.{made}", cwd=folder).code == 0
        (folder / "models/x_other.sql").write_text(f"select b from {schema}.other")
    else:  # what others load may be there, though nobody knows its columns
        (folder / "models/x_ghost.sql").write_text(f"select a from {schema}.ghost")
    r = starc("check", cwd=folder)
    assert r.code == 0, r.text
    for place in ("x_hand.sql:2:18: warning", "x_count.sql:1:43: warning", "x_raw.sql:1:15: warning"):
        assert f"models/{place}" in r.text, (place, r.text)
    assert f"'{schema}.orders' is written by hand" in r.text and "write {{ source('raw', 'ext') }}" in r.text, r.text
    assert "4 hand-written-name" in r.text and "starc_check" not in r.text, r.text
