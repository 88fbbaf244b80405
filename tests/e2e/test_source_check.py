"""`starc source check`: what became of the columns of sources, on each engine."""

import json, re, threading
import pytest
from conftest import EMBEDDED, profile_for, rows


def run(starc, folder, *args, code=0):
    r = starc(*args, cwd=folder)
    assert r.code == code, r.text
    return r


@pytest.fixture(autouse=True)
def engine_inside(request):
    """--update-sources checks, and of a ClickHouse target that is the embedded engine's."""
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def statements(starc, folder, *many):
    (folder / "macros").mkdir(exist_ok=True)
    (folder / "macros/do_all.sql").write_text(
        "{% macro do_all(many) %}{% for sql in many %}{% do run_query(sql) %}{% endfor %}"
        "{% if target.type == 'postgres' %}{% do run_query('commit') %}{% endif %}{% endmacro %}"
    )
    run(starc, folder, "run-operation", "do_all", "--args", json.dumps({"many": many}), "--quiet")


def words(engine):
    """What the engine calls its types, how it makes a schema and a table."""
    if engine.name == "postgres":
        return {"int": "integer", "text": "text", "num": "numeric(10,2)", "schema": "schema", "tail": ""}
    return {
        "int": "Int32",
        "text": "String",
        "num": "Decimal(10, 2)",
        "schema": "database",
        "tail": " engine = MergeTree order by tuple()",
    }


YAML = """sources:
- name: raw
  schema: %(schema)s
  tables:
  - name: orders
    columns:
    - {name: id, data_type: int}
    - {name: amount, data_type: %(num)s}
    - name: email
      data_tests: [not_null]
  - name: customers
  - name: rates
    config: {drift: warn, loaded_at_field: cast(B as date)}
  - name: logs
    config: {drift: ignore}
  - {name: looked_at}
"""
MODELS = {
    "models/stg_orders.sql": "select id, email from {{ source('raw', 'orders') }}",
    "models/through.sql": "{{ config(materialized='ephemeral') }}select * from {{ source('raw', 'customers') }}",
    "models/far.sql": "select 1 as x from {{ ref('through') }}",
    "models/apart.sql": "select 1 as x",
}


def tables(engine, schema):
    w = words(engine)
    make = "create table %s.%%s (%%s)%s" % (schema, w["tail"])
    return w, [
        f"create {w['schema']} {schema}",
        make % ("orders", f"id {w['int']}, amount {w['num']}, email {w['text']}, old {w['text']}"),
        make % ("customers", f"id {w['int']}, name {w['text']}"),
        make % ("rates", f"a {w['int']}, b {w['int']}"),
        make % ("logs", f"a {w['int']}"),
        f"create view {schema}.looked_at as select a as seen from {schema}.rates",
    ]


def test_what_a_source_team_changed_is_told_before_models_run(starc, project, engine):
    schema = "drift_" + engine.name
    w, made = tables(engine, schema)
    folder = project({"models/s.yml": YAML % {**w, "schema": schema}, **MODELS}, profile=engine.profile())
    statements(starc, folder, *made)
    r = run(starc, folder, "source", "check")
    assert "there is no schemas.lock.json" in r.text and "of 3 sources no columns were known" in r.text, r.text
    run(starc, folder, "check", "--update-sources")  # customers is read through an ephemeral model only
    r = run(starc, folder, "source", "check")
    assert re.search(r"Compared 4 sources in \S+ s: 0 errors, 0 warnings\n", r.text), r.text
    ch = engine.name != "postgres"
    kind = "String" if ch else "text"
    statements(
        starc,
        folder,
        f"alter table {schema}.orders rename column email to e_mail",
        f"alter table {schema}.orders drop column old",
        f"alter table {schema}.orders " + (f"modify column id {kind}" if ch else f"alter column id type {kind}"),
        f"drop table {schema}.customers",
        f"drop view {schema}.looked_at",
        f"alter table {schema}.rates drop column b",
        f"alter table {schema}.rates add column c {w['text']}",
        f"drop table {schema}.logs",
        f"create view {schema}.looked_at as select a as seen, a as more from {schema}.rates",
    )
    r = run(starc, folder, "source", "check", "--report", "junit=r.xml", code=1)
    lock = (folder / "schemas.lock.json").read_text().splitlines()
    old = next(i for i, line in enumerate(lock, 1) if '"old"' in line)
    for place, text, hint in (
        ("models/s.yml:7:14: error", f"the column 'id' of source 'raw.orders' is {kind} now, it was {w['int']}",
         "^~ read by stg_orders"),
        ("models/s.yml:9:13: error", "the column 'email' of source 'raw.orders' is gone",
         "did it become 'e_mail'? read by stg_orders, and by 1 test"),
        (f"schemas.lock.json:{old}:", "the column 'old' of source 'raw.orders' is gone", "nothing reads it"),
        ("models/s.yml:5:11: note", f"source 'raw.orders' has 1 new column: e_mail {w['text']}", ""),
        ("models/s.yml:11:11: error", "source 'raw.customers' is gone", "read by through"),
        ("schemas.lock.json:", "warning: the column 'b' of source 'raw.rates' is gone",
         "its loaded_at_field names it"),
        ("models/s.yml:16:12: note", f"source 'raw.looked_at' has 1 new column: more {w['int']}", ""),
    ):  # fmt: skip
        at = next((i for i, line in enumerate(r.text.splitlines()) if text in line), -1)
        assert at >= 0 and place in r.text.splitlines()[at], (place, text, r.text)
        assert hint in r.text.splitlines()[at + 2], r.text
    (folder / "target/lineage.json").unlink()  # nobody knows who reads which column
    said = starc("source", "check", "--select", "source:raw.orders", cwd=folder).text
    assert said.count("the source is read by stg_orders, and by 1 test") == 3 and "nothing reads" not in said, said
    assert "logs" not in r.text and "4 errors, 1 warning, 3 new columns" in r.text, r.text
    report = (folder / "r.xml").read_text()
    assert report.count("<testcase") == 4 and 'errors="4"' in report and "source-column-new" in report, report
    # Only what is read is looked at, through ephemeral models too, and nothing of the models is sent.
    r = run(starc, folder, "build", "--check-sources", "--select", "far", "apart", code=1)
    assert "raw.customers" in r.text and "raw.orders" not in r.text, r.text
    assert "Nothing was built: --check-sources found errors" in r.text, r.text
    done = json.loads((folder / "target/run_results.json").read_text())["results"]
    assert {x["status"] for x in done} == {"skipped"}, done
    where = "table_schema" if engine.name == "postgres" else "database"
    views = "information_schema.tables" if engine.name == "postgres" else "system.tables"
    name = "table_name" if engine.name == "postgres" else "name"
    mine = engine.profile()["schema"]
    assert rows(starc, folder, f"select {name} from {views} where {where} = '{mine}'") == []
    r = run(starc, folder, "run", "--check-sources", "--select", "apart")
    assert "raw." not in r.text and "PASS=1" in r.text, r.text
    if ch:
        return
    # What changed is taken over; a code can be silenced as other warnings.
    assert run(starc, folder, "source", "check", "--select", "source:raw.rates").text.count("warning:") == 1
    run(starc, folder, "source", "check", "--select", "source:raw.rates", "--warn-error", code=1)
    option = "{silence: [source-column-gone]}"
    assert "warning:" not in run(
        starc, folder, "source", "check", "--select", "source:raw.rates", "--warn-error-options", option
    ).text
    starc("check", "--update-sources", cwd=folder)
    assert "0 warnings" in run(starc, folder, "source", "check", "--select", "source:raw.rates").text


def test_yaml_alone_is_compared_and_types_have_other_names(starc, project, engine):
    schema = "drift_yaml_" + engine.name
    w = words(engine)
    same = "int4" if engine.name == "postgres" else "INT"
    wide = "varchar" if engine.name == "postgres" else "DateTime64(3)"
    made = "varchar(20)" if engine.name == "postgres" else "DateTime64(3)"
    yaml = f"""sources:
- name: raw
  schema: {schema}
  config: {{drift: error}}
  tables:
  - name: t
    columns:
    - {{name: a, data_type: {same}}}
    - {{name: b, data_type: "{wide}"}}
    - {{name: c, data_type: {w["text"]}}}
    - {{name: d, data_type: no such type}}
    - {{name: emial}}
  - {{name: nowhere}}
"""
    folder = project({"models/s.yml": yaml}, profile=engine.profile())
    columns = f"a {w['int']}, b {made}, c {w['int']}, d {w['int']}, email {w['text']}"
    statements(
        starc, folder, f"create {w['schema']} {schema}", f"create table {schema}.t ({columns}){w['tail']}"
    )
    r = run(starc, folder, "source", "check", code=1)
    assert f"models/s.yml:10:28: error: the column 'c' of source 'raw.t' is {w['int']}, its YAML says" in r.text, r.text
    assert "models/s.yml:12:14: error: source 'raw.t' has no column 'emial'" in r.text, r.text
    assert "did you mean 'email'?" in r.text and r.text.count(": error: ") == 3, r.text
    assert "models/s.yml:13:12: error: source 'raw.nowhere' is not there" in r.text, r.text


def test_names_of_every_kind_and_many_columns(starc, project, engine):
    """Quotes, dots, unicode, blanks; 5,000 columns of which all went but one."""
    ch = engine.name != "postgres"
    w = words(engine)
    schema, many = "drift_names_" + engine.name, 1500 if engine.name == "postgres" else 5000
    odd = ["a.b", "ü é", "q'q", 'd"d', "back\\slash"]
    quote = (lambda s: "`" + s.replace("\\", "\\\\").replace("`", "\\`") + "`") if ch else (
        lambda s: '"' + s.replace('"', '""') + '"'
    )
    table = "ta.b'l e ü"
    yaml = f"sources:\n- name: raw\n  schema: {schema}\n  tables:\n"
    yaml += f"  - {{name: odd, identifier: \"{table}\"}}\n  - name: wide\n"
    folder = project({"models/s.yml": yaml}, profile=engine.profile())
    wide = ", ".join(f"c{i} {w['int']}" for i in range(many))
    statements(
        starc,
        folder,
        f"create {w['schema']} {schema}",
        f"create table {schema}.{quote(table)} (id {w['int']}"
        + "".join(f", {quote(c)} {w['int']}" for c in odd)
        + f"){w['tail']}",
        f"create table {schema}.wide ({wide}){w['tail']}",
    )
    run(starc, folder, "check", "--update-sources")
    statements(
        starc,
        folder,
        *(f"alter table {schema}.{quote(table)} drop column {quote(c)}" for c in odd),
        f"drop table {schema}.wide",
        f"create table {schema}.wide (c0 {w['int']}, {', '.join(f'n{i} ' + w['int'] for i in range(30))}){w['tail']}",
    )
    r = run(starc, folder, "source", "check", code=1)
    for name in odd:
        said = next((x for x in r.text.splitlines() if f"the column '{name}' of source 'raw.odd' is gone" in x), "")
        assert re.match(r"schemas.lock.json:(?!1:)\d+:\d+: error: ", said), (name, r.text)
    assert f"source 'raw.wide' has {many - 21} more columns that are gone" in r.text, r.text[-3000:]
    assert "source 'raw.wide' has 30 new columns: n0 " in r.text and " and 20 more" in r.text, r.text[-3000:]


def test_what_drift_may_be_and_where_it_stands(starc, project):
    """In the project file, at a source, at a table; another word is an error at its place."""
    yaml = "sources:\n- name: raw\n  config: {drift: warn}\n  tables: [{name: a}, {name: b, config: {drift: ignore}}]\n"
    tree = "sources:\n  shop:\n    +drift: ignore\n"
    other = "- {name: tree, tables: [{name: c}]}\n"
    folder = project({"models/s.yml": yaml + other}, extra=tree)
    run(starc, folder, "parse", "--embedded")
    sources = json.loads((folder / "target/manifest.json").read_text())["sources"]
    assert {k.rpartition(".")[2]: v["config"]["drift"] for k, v in sources.items()} == {
        "a": "warn",
        "b": "ignore",
        "c": "ignore",
    }
    for wrong in ("loud", "[error]", "true", "3"):
        (folder / "models/s.yml").write_text(yaml.replace("drift: warn", f"drift: {wrong}"))
        r = run(starc, folder, "parse", "--embedded", code=2)
        assert "models/s.yml:" in r.text and "drift" in r.text and ": error: " in r.text, (wrong, r.text)
    (folder / "models/s.yml").write_text(yaml)
    (folder / "dbt_project.yml").write_text(f"name: shop\nversion: '1.0'\n{tree.replace('ignore', 'ignor')}")
    r = run(starc, folder, "parse", "--embedded", code=2)
    assert "dbt_project.yml:5:" in r.text and "did you mean 'ignore'?" in r.text, r.text


def test_a_target_that_is_away_and_a_lock_file_that_is_broken(starc, project, request):
    away = {"type": "postgres", "host": "127.0.0.1", "port": 1, "user": "u", "password": "s3cr3t-away", "dbname": "d"}
    yaml = "sources:\n- {name: raw, tables: [{name: t}]}\n"
    folder = project({"models/s.yml": yaml}, profile={**away, "schema": "s", "threads": 1})
    r = run(starc, folder, "source", "check", code=2)
    assert ": error: " in r.text or "error: " in r.text
    assert "Compared" not in r.text and "s3cr3t-away" not in r.text, r.text
    (folder / "models/m.sql").write_text("select * from {{ source('raw', 't') }}")
    r = run(starc, folder, "build", "--check-sources", code=2)
    assert "Nothing was built: --check-sources could not look" in r.text, r.text
    (folder / "schemas.lock.json").write_text("{")
    r = run(starc, folder, "source", "check", code=2)
    assert "schemas.lock.json:1:" in r.text and "Compared" not in r.text, r.text
    r = run(starc, folder, "source", "chek", code=2)
    assert "source needs one of: check, freshness" in r.text, r.text


def test_other_databases_rights_and_names_without_quotes_on_postgres(starc, project, request):
    profile = profile_for("postgres", request, "s_drift_pg")
    yaml = """sources:
- {name: far, database: elsewhere, tables: [{name: t}]}
- {name: raw, schema: drift_pg, tables: [{name: closed}]}
- {name: folded, database: %s, schema: drift_pg, quoting: {database: false}, tables: [{name: closed}]}
- {name: other, database: %s, schema: drift_pg, quoting: {database: true}, tables: [{name: closed}]}
- {name: plain, schema: Drift_PG, quoting: {schema: false, identifier: false}, tables: [{name: CLOSED}]}
"""
    upper = profile["dbname"].upper()
    folder = project({"models/s.yml": yaml % (upper, upper)}, profile=profile)
    statements(
        starc,
        folder,
        "create schema drift_pg",
        "create table drift_pg.closed (id int)",
        "drop role if exists blind",
        "create role blind login password 'b'",
    )
    run(starc, folder, "check", "--update-sources")
    r = run(starc, folder, "source", "check")
    assert "2 sources were not looked at: in another database" in r.text and "Compared 3 sources" in r.text, r.text
    text = (folder / "profiles.yml").read_text().replace(f'"user": "{profile["user"]}"', '"user": "blind"')
    (folder / "profiles.yml").write_text(text.replace(profile["password"], "b"))
    text = run(starc, folder, "source", "check").text
    assert "0 errors" in text, "the catalog can be read without a right to the table"


def test_two_at_once(starc, project, engine):
    schema = "drift_two_" + engine.name
    w = words(engine)
    yaml = f"sources:\n- {{name: raw, schema: {schema}, tables: [{{name: t}}]}}\n"
    folder = project({"models/s.yml": yaml}, profile=engine.profile())
    statements(
        starc, folder, f"create {w['schema']} {schema}", f"create table {schema}.t (a {w['int']}){w['tail']}"
    )
    if engine.name == "embedded":
        pytest.skip("one process at a time has the folder")
    run(starc, folder, "check", "--update-sources")
    found = []
    threads = [threading.Thread(target=lambda: found.append(starc("source", "check", cwd=folder))) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert [r.code for r in found] == [0, 0], [r.text for r in found]
