"""Freshness that the database itself knows, and freshness of models."""

import json
import pytest
from conftest import rows


def run(starc, folder, *args, code=0):
    r = starc(*args, cwd=folder)
    assert r.code == code, r.text
    return r


def results(folder, name="sources.json"):
    found = json.loads((folder / "target" / name).read_text())["results"]
    return {x["unique_id"].split(".", 2)[2]: x for x in found}


def statements(starc, folder, *many):
    (folder / "macros").mkdir(exist_ok=True)
    (folder / "macros/do_all.sql").write_text(
        "{% macro do_all(many) %}{% for sql in many %}{% do run_query(sql) %}{% endfor %}"
        "{% if target.type == 'postgres' %}{% do run_query('commit') %}{% endif %}{% endmacro %}"
    )
    run(starc, folder, "run-operation", "do_all", "--args", json.dumps({"many": many}), "--quiet")


@pytest.fixture(scope="module")
def keeps_times():
    """A Postgres that keeps the times of commits."""
    from servers import PostgresServer

    with PostgresServer("track_commit_timestamp=on") as server:
        yield server


SOURCES = """sources:
- name: raw
  schema: "{{ target.schema }}"
  config: {freshness: {error_after: {count: 1, period: day}}}
  tables:
  - {name: full}
  - {name: "q.u\\"o'te ü"}
  - {name: bare}
  - {name: looked_at}
  - {name: gone}
  - {name: named, loaded_at_field: at, identifier: full}
  - name: part
    identifier: full
    freshness:
      filter: id > 3
"""
NO_FIELD = "has limits of freshness and no loaded_at_field: "


def test_clickhouse_says_when_parts_were_made(starc, project, engine):
    """One statement for all; views and tables without parts say why they cannot tell."""
    if engine.name == "postgres":
        pytest.skip("Postgres has no parts")
    profile = engine.profile()
    schema = profile["schema"]
    buffer = f"Buffer({schema}, full, 1, 10, 100, 10000, 1000000, 10000000, 100000000)"
    more = [("logged", "Log"), ("kept", "Memory"), ("buffered", buffer)]
    tables = "".join(f"  - {{name: {name}}}\n" for name, _ in more)
    files = {"models/s.yml": SOURCES + tables + "  - {name: moved}\n  - {name: filling}\n"}
    folder = project(files, profile=profile)
    statements(
        starc,
        folder,
        f"create database if not exists {schema}",
        f"create table {schema}.full (id Int8, at DateTime default now()) engine = MergeTree order by id",
        f"insert into {schema}.full (id) values (1)",
        f"create table {schema}.`q.u\"o\\'te ü` engine = ReplacingMergeTree order by id as select 1 as id",
        f"create table {schema}.bare (id Int8) engine = MergeTree order by id",
        f"create view {schema}.looked_at as select * from {schema}.full",
        *(f"create table {schema}.{name} (id Int8) engine = {how}" for name, how in more),
        f"create materialized view {schema}.filling to {schema}.bare as select id from {schema}.full",
        f"create materialized view {schema}.moved engine = MergeTree order by id populate as select id from "
        f"{schema}.full",
    )
    r = run(starc, folder, "source", "freshness", "--debug", code=1)
    found = results(folder)
    assert found["raw.full"]["status"] == "pass" and found["raw.full"]["max_loaded_at_time_ago_in_s"] < 300, found
    assert found["raw.q.u\"o'te ü"]["status"] == "pass" and found["raw.named"]["status"] == "pass", found
    assert found["raw.part"]["status"] == "pass" and found["raw.moved"]["status"] == "pass", found
    assert found["raw.bare"]["status"] == "error" and "freshness of raw.bare: it has no rows" in r.text, r.text
    why = {
        "looked_at": "a view has no rows of its own",
        "gone": "the database has no such relation",
        "filling": "the rows of a materialized view are in the table that it fills",
        "logged": "ClickHouse does not say when a table of the engine Log was changed",
        "kept": "ClickHouse does not say when a table of the engine Memory was changed",
        "buffered": "ClickHouse does not say when a table of the engine Buffer was changed",
    }
    for name, words in why.items():
        assert NO_FIELD + words in found[f"raw.{name}"]["error"], found[f"raw.{name}"]
    assert "models/s.yml:9:12: error: 'raw.looked_at' " + NO_FIELD in r.text, r.text
    assert "models/s.yml:15:15: warning: the filter of 'raw.part' is not used" in r.text, r.text
    assert r.text.count("from system.parts") == 1, r.text
    statements(starc, folder, f"alter table {schema}.full delete where 1 settings mutations_sync = 1")
    run(starc, folder, "source", "freshness", "--select", "source:raw.full", code=1)


def test_postgres_says_when_rows_were_committed(starc, project, keeps_times):
    """Where the server keeps the times of commits."""
    pg = keeps_times
    profile = {
        "type": "postgres", "host": "127.0.0.1", "port": pg.port, "user": pg.user, "password": pg.password,
        "dbname": pg.dbname, "schema": "fresh", "threads": 2,
    }  # fmt: skip
    elsewhere = "- {name: far, database: elsewhere, schema: fresh, tables: [{name: full, config: {freshness: {"
    elsewhere += "warn_after: {count: 1, period: day}}}}]}\n"
    elsewhere += "- {name: shut, config: {freshness: {warn_after: {count: 1, period: day}}}, tables: [{name: t}]}\n"
    files = {"models/s.yml": SOURCES + "  - {name: filled}\n  - {name: parted}\n" + elsewhere}
    folder = project(files, profile=profile)
    statements(
        starc,
        folder,
        "create schema fresh",
        "create table fresh.full as select 1 as id, now() as at",
        "create table fresh.\"q.u\"\"o'te ü\" as select 1 as id",
        "create table fresh.bare (id int)",
        "create view fresh.looked_at as select * from fresh.full",
        "create materialized view fresh.filled as select * from fresh.full",
        "create table fresh.parted (id int) partition by range (id)",
        "create table fresh.part_1 partition of fresh.parted for values from (0) to (10)",
        "insert into fresh.parted values (1)",
    )
    r = run(starc, folder, "source", "freshness", code=1)
    found = results(folder)
    for name in ("full", "q.u\"o'te ü", "named", "part", "filled", "parted"):
        assert found[f"raw.{name}"]["status"] == "pass", found[f"raw.{name}"]
        assert found[f"raw.{name}"]["max_loaded_at_time_ago_in_s"] < 300, found[f"raw.{name}"]
    assert found["raw.bare"]["status"] == "error" and "freshness of raw.bare: it has no rows" in r.text, r.text
    assert NO_FIELD + "a view has no rows of its own" in found["raw.looked_at"]["error"]
    assert "the database has no such relation" in found["raw.gone"]["error"]
    assert NO_FIELD + "it is in another database" in found["far.full"]["error"], found["far.full"]
    statements(starc, folder, "create role reader login password 'r'", "grant usage on schema fresh to reader")
    own = (folder / "profiles.yml").read_text()
    theirs = own.replace(f'"user": "{pg.user}"', '"user": "reader"').replace(pg.password, "r")
    (folder / "profiles.yml").write_text(theirs)
    r = run(starc, folder, "source", "freshness", "--select", "source:raw.full", "source:raw.bare", code=1)
    assert r.text.count(NO_FIELD + "this user may not read it") == 2, r.text
    # A question for all that fails is asked for each: one that is shut away hides no other.
    (folder / "profiles.yml").write_text(own)
    shut = ("create schema shut", "create table shut.t (a int)")
    statements(starc, folder, "grant select on fresh.full to reader", *shut)
    (folder / "profiles.yml").write_text(theirs)
    r = run(starc, folder, "source", "freshness", "--select", "source:raw.full", "source:shut", code=1)
    assert "PASS=1 WARN=0 ERROR=1 TOTAL=2" in r.text and "permission denied for schema shut" in r.text, r.text
    assert "models/s.yml:19:92: error: " in r.text, r.text


def test_a_postgres_that_keeps_no_times_says_so(starc, project, request):
    from conftest import profile_for

    folder = project({"models/s.yml": SOURCES}, profile=profile_for("postgres", request, "s_no_times"))
    statements(starc, folder, "create schema s_no_times", "create table s_no_times.full as select 1 as id, now() as at")
    r = run(starc, folder, "source", "freshness", "--select", "source:raw.full", "source:raw.named", code=1)
    assert "track_commit_timestamp is off" in r.text and "PASS=1 WARN=0 ERROR=1 TOTAL=2" in r.text, r.text


def test_a_projects_own_macro_tells_it(starc, project, engine):
    """dbt's get_relation_last_modified, with the columns that dbt wants of it."""
    files = {
        "models/s.yml": "sources:\n- {name: raw, schema: nowhere, config: {freshness: {warn_after: {count: 1, period: "
        "day}}}, tables: [{name: t}, {name: u}]}\n",
        "macros/m.sql": "{% macro get_relation_last_modified(information_schema, relations) %}"
        "{% call statement('x', fetch_result=true) %}select 'nowhere' as schema, 't' as identifier, "
        + ("now()" if engine.name == "postgres" else "now64()")
        + " as last_modified, "
        + ("now()" if engine.name == "postgres" else "now64()")
        + " as snapshotted_at{% endcall %}{{ return(load_result('x')) }}{% endmacro %}",
    }
    folder = project(files, profile=engine.profile())
    run(starc, folder, "source", "freshness", code=1)
    found = results(folder)
    assert found["raw.t"]["status"] == "pass" and "no such relation" in found["raw.u"]["error"], found


OLD = {"postgres": "now() - interval '3 days'"}
MODELS = """models:
- name: aged
  config:
    loaded_at_field: at
    freshness: {warn_after: {count: 1, period: day}, error_after: {count: 9, period: day}}
- name: asked
  config:
    freshness: {error_after: {count: 1, period: day}, loaded_at_query: "select max(at) from {{ this }}"}
- {name: none_built, config: {freshness: {error_after: {count: 1, period: day}}, loaded_at_field: at}}
- {name: between, config: {freshness: {error_after: {count: 1, period: day}}, loaded_at_field: at}}
- {name: untold, config: {freshness: {error_after: {count: 1, period: day}}}}
- {name: planned, config: {freshness: {build_after: {count: 1, period: day}}}}
sources:
- name: raw
  schema: "{{ target.schema }}"
  config: {loaded_at_field: at, freshness: {warn_after: {count: 1, period: day}}}
  tables: [{name: aged}]
"""


def test_models_have_freshness(starc, project, engine):
    """By a column, a query with `this`; in dbt v2's freshness.json, with sources.json beside it."""
    old = OLD.get(engine.name, "now64() - interval 3 day")
    now = "now()" if engine.name == "postgres" else "now64()"
    files = {
        "models/m.yml": MODELS,
        "models/aged.sql": "{{ config(materialized='table') }}select %s as at" % old,
        "models/asked.sql": "select %s as at" % now,
        "models/none_built.sql": "select %s as at" % now,
        "models/between.sql": "{{ config(materialized='ephemeral') }}select %s as at" % now,
        "models/untold.sql": "select 1 as id",
        "models/planned.sql": "select 1 as id",
        "macros/end.sql": "{% macro at_end() %}{% for r in results %}{% if r.node.resource_type == 'model' %}{% do "
        "log('END ' ~ r.node.name ~ ' ' ~ r.status, info=true) %}{% endif %}{% endfor %}{% endmacro %}",
    }
    flags = "on-run-end: ['{{ at_end() }}']\nflags: {source_freshness_run_project_hooks: true}\n"
    folder = project(files, profile=engine.profile(), extra=flags)
    run(starc, folder, "run", "--exclude", "none_built")
    r = run(starc, folder, "freshness", "--select", "aged", "asked", "source:raw")
    assert "PASS=1 WARN=2 ERROR=0 TOTAL=3" in r.text and "END aged warn" in r.text, r.text
    found = results(folder, "freshness.json")
    assert {k: (v["resource_type"], v["status"]) for k, v in found.items()} == {
        "aged": ("model", "Warn"),
        "asked": ("model", "Pass"),
        "raw.aged": ("source", "Warn"),
    }
    assert found["aged"]["criteria"] == {
        "warn_after": {"count": 1, "period": "day"},
        "error_after": {"count": 9, "period": "day"},
        "loaded_at_field": "at",
    }
    assert found["asked"]["criteria"]["warn_after"] == {"count": None, "period": None}
    assert all(isinstance(v, str) for v in found["aged"]["adapter_response"].values())
    assert list(results(folder)) == ["raw.aged"] and "resource_type" not in results(folder)["raw.aged"]
    schema = json.loads((folder / "target/freshness.json").read_text())["metadata"]["dbt_schema_version"]
    assert schema == "https://schemas.getdbt.com/dbt/freshness/v0.json"
    (folder / "target/sources.json").write_text("kept")
    r = run(starc, folder, "freshness", "--resource-type", "model", "--log-format", "json", code=1)
    assert (folder / "target/sources.json").read_text() == "kept"
    told = [json.loads(line) for line in r.out.splitlines()]
    names = [x["data"]["table_name"] for x in told if x["info"]["name"] == "LogFreshnessResult"]
    assert sorted(names) == ["aged", "asked", "between", "none_built", "untold"], names
    r = run(starc, folder, "freshness", "--select", "none_built", "between", "untold", code=1)
    assert "models/m.yml:9:" in r.text and "build the model first: `starc run --select none_built`" in r.text, r.text
    assert "'between' cannot be told: an ephemeral model has no rows" in r.text, r.text
    assert "'untold' " + NO_FIELD + "a view has no rows of its own" in r.text, r.text
    assert results(folder, "freshness.json") == {} and "ERROR=3" in r.text, r.text
    m = json.loads((folder / "target/manifest.json").read_text())["nodes"]
    assert m["model.shop.aged"]["config"]["freshness"] is None, "dbt's readers take build_after only"
    assert m["model.shop.planned"]["config"]["freshness"]["build_after"]["updates_on"] == "any"
    r = run(starc, folder, "freshness", "--select", "planned")
    assert "no selected source or model has limits" in r.text, r.text


def test_wrong_freshness_of_a_model_is_told_at_its_place(starc, project):
    wrong = {
        "a": ("{error_afer: {count: 1, period: day}}", "freshness has no key 'error_afer'", "'error_after'"),
        "b": ("{error_after: {count: 1}}", "error_after has a count and no period", "period: day"),
        "c": ("{warn_after: {count: 2, period: fortnight}}", "'period' of warn_after cannot be 'fortnight'", "minute"),
        "d": ("{warn_after: 3}", "'warn_after' must be a dict", "count: 1"),
        "e": ("{warn_after: {count: x, period: day}}", "'count' of warn_after must be a whole number", ""),
        "f": (
            "{warn_after: {count: 1, period: day}, loaded_at_field: a, loaded_at_query: b}",
            "both loaded_at_field and loaded_at_query are given",
            "one of them",
        ),
    }
    files = {f"models/{name}.sql": "select 1 as id" for name in wrong}
    files["models/m.yml"] = "models:\n" + "".join(
        f"- {{name: {name}, config: {{freshness: {text}}}}}\n" for name, (text, *_) in wrong.items()
    )
    r = run(starc, project(files), "parse", "--embedded", code=2)
    lines = r.text.splitlines()
    for number, (_, words, hint) in enumerate(wrong.values(), 2):
        at = next(i for i, line in enumerate(lines) if words in line)
        assert lines[at].startswith(f"models/m.yml:{number}:") and hint in lines[at + 2], r.text
    assert r.text.count(": error: ") == len(wrong), r.text
