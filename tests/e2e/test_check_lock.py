"""schemas.lock.json: what `starc check` knows of sources without asking the target, on each engine."""

import json
import os
import subprocess
import stat

import pytest
from conftest import EMBEDDED, ROOT, STARC, needs_embedded, profile_for, rows

SOURCES = "sources:\n- name: raw\n  schema: {schema}\n  tables: [{{name: orders}}, {{name: lost}}]\n"
FILES = {
    "models/a.sql": "select id, gone from {{ source('raw', 'orders') }}",
    "models/b.sql": "select id, cost from {{ source('raw', 'orders') }}",
    "models/c.sql": "select id from {{ source('raw', 'lost') }}",
}


@pytest.fixture(autouse=True)
def engine_inside(request):
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def send(starc, folder, *statements):
    for sql in statements:
        r = starc("run-operation", "--sql", sql, cwd=folder)
        assert r.code == 0, r.text


def lock_of(folder):
    return json.loads((folder / "schemas.lock.json").read_text())


def written(project_name="shop", version=1, type="clickhouse", **section):
    return json.dumps(
        {"version": version, "project": project_name, "targets": {"dev": {"type": type, "sources": {}, **section}}}
    )


EMBEDDED_PROFILE = {"type": "clickhouse", "driver": "embedded", "schema": "s"}
AWAY = {"type": "clickhouse", "host": "127.0.0.1", "port": 1, "user": "u", "password": "p", "schema": "s"}


def test_the_lock_file(starc, project, engine):
    """Written from the target, the same again, and all that a check needs when the target is another."""
    schema = engine.profile()["schema"]
    folder = project({**FILES, "models/s.yml": SOURCES.format(schema=schema)}, profile=engine.profile())
    number = "numeric(10,2)" if engine.name == "postgres" else "Decimal(10, 2)"
    end = "" if engine.name == "postgres" else " engine = MergeTree order by id"
    quote = '"' if engine.name == "postgres" else "`"
    strange = f"{quote}a 'b' ü{quote}"
    send(
        starc,
        folder,
        f"create {'schema' if engine.name == 'postgres' else 'database'} if not exists {schema}",
        f"create table {schema}.orders (id {'bigint' if end == '' else 'Int64'}, cost {number}, {strange} "
        f"{'text' if end == '' else 'String'}){end}",
    )
    r = starc("check", "--update-sources", cwd=folder)
    assert r.code == 1 and "models/a.sql:1:12" in r.text, r.text
    assert "models/s.yml:4:35: warning: source 'raw.lost' is not there: the target has no table" in r.text, r.text
    assert r.text.count("[source-gone]") == 1 and "model c reads it" in r.text, r.text
    assert ": 1 node is not checked" in r.text and "[unknown-columns]" not in r.text, r.text
    text = (folder / "schemas.lock.json").read_text()
    section = lock_of(folder)["targets"]["dev"]
    assert list(section["sources"]) == ["source.shop.raw.orders"], text
    columns = section["sources"]["source.shop.raw.orders"]["columns"]
    assert list(columns) == ["id", "cost", "a 'b' ü"] and columns["cost"] == number, text
    (folder / "models/b.sql").write_text("select nothing as id, cost from {{ source('raw', 'orders') }}")
    (folder / "models/below.sql").write_text("select id, costs from {{ ref('b') }}")
    r = starc("check", cwd=folder)
    assert "models/below.sql:1:12" in r.text and "models/b.sql:1:8" in r.text and "3 wrong" in r.text, r.text
    (folder / "models/below.sql").unlink()
    (folder / "models/b.sql").write_text(FILES["models/b.sql"])
    assert list(section["nodes"]) == ["model.shop.b"] and text.endswith("}\n")
    assert f'\n            "cost": "{number}",\n' in text, text
    assert starc("check", "--update-sources", cwd=folder).code == 1
    assert (folder / "schemas.lock.json").read_text() == text

    send(starc, folder, f"drop table {schema}.orders")
    offline = ["--offline"] if engine.name != "postgres" else []
    r = starc("check", *offline, cwd=folder)
    assert r.code == 1 and "models/a.sql:1:12" in r.text and "1 wrong" in r.text, r.text
    r = starc("check", "--update-sources", "--select", "c", cwd=folder)
    assert lock_of(folder)["targets"]["dev"]["sources"], "what was not asked for stays"
    profiles = json.loads((folder / "profiles.yml").read_text().split("dev:", 2)[-1])
    outputs = {"outputs": {"dev": profiles, "ci": {**profiles, "host": "127.0.0.1", "port": 1}}, "target": "dev"}
    (folder / "profiles.yml").write_text(json.dumps({"shop": outputs}))
    r = starc("check", "--target", "ci", *(offline or ["--check-target", "dev"]), cwd=folder)
    assert "nothing of target ci: what it has of target dev counts" in r.text, r.text
    assert r.code == 1 and "models/a.sql:1:12" in r.text and "1 wrong" in r.text, r.text
    before = (folder / "schemas.lock.json").read_text()
    if engine.name != "embedded":
        r = starc("check", "--target", "ci", "--update-sources", cwd=folder)
        assert r.code == 2 and "connection-failed" in r.text, r.text
        assert (folder / "schemas.lock.json").read_text() == before

    r = starc("check", "--update-sources", cwd=folder)
    assert "[source-gone]" in r.text and not lock_of(folder)["targets"]["dev"]["sources"], r.text


@needs_embedded
@pytest.mark.parametrize(
    "text, place, words",
    [
        ('{"version": 1,\n "project" "shop"}', "schemas.lock.json:2:12", "make it anew"),
        ("<<<<<<< a\n{}\n=======\n", "schemas.lock.json:1:1", "make it anew"),
        ('{\n<<<<<<< a\n"version": 1}', "schemas.lock.json:2:1", "one side of the merge"),
        ("[]", "schemas.lock.json:1", "no lock file of schemas"),
        ("", "schemas.lock.json", "error"),
        (written(version=2), "schemas.lock.json:1", "a later version"),
        (written("other"), "schemas.lock.json:1:28", "another project: 'other'"),
        (written(sources=[]), "schemas.lock.json", "not an object: 'sources'"),
        (written(sources={"source.shop.raw.orders": {}}), "schemas.lock.json:1:", "there are no columns"),
        (written(sources={"source.shop.raw.o": {"columns": {"id": 1}}}), "schemas.lock.json:1:", "is no text: 'id'"),
        (written(type=1), "schemas.lock.json:1:", "has no type: 'dev'"),
    ],
)
def test_a_file_that_cannot_be_used(starc, project, text, place, words):
    folder = project({**FILES, "models/s.yml": SOURCES.format(schema="r"), "schemas.lock.json": text}, profile=AWAY)
    for options in ([], ["--update-sources"], ["--offline"]):
        r = starc("check", *options, cwd=folder)
        assert r.code == 2 and place in r.text and words in r.text, (options, r.text)
    assert (folder / "schemas.lock.json").read_text() == text


@needs_embedded
def test_a_file_that_cannot_be_read(starc, project):
    folder = project({**FILES, "models/s.yml": SOURCES.format(schema="r")}, profile=AWAY)
    (folder / "schemas.lock.json").mkdir()
    r = starc("check", cwd=folder)
    assert r.code == 2 and "schemas.lock.json" in r.text, r.text
    (folder / "schemas.lock.json").rmdir()
    os.mkfifo(folder / "schemas.lock.json")
    r = starc("check", cwd=folder)
    assert r.code == 2 and "schemas.lock.json" in r.text, r.text


def test_options_that_ask_for_too_much(starc, project, request):
    """Nodes are looked at in Postgres itself, and ClickHouse's inside starc."""
    postgres = profile_for("postgres", request, "agree")
    clickhouse = {**AWAY, "port": 2}
    outputs = {"dev": postgres, "away": {**postgres, "port": 1}, "ch": clickhouse}
    profiles = json.dumps({"shop": {"target": "dev", "outputs": outputs}})
    files = {**FILES, "models/s.yml": SOURCES.format(schema="r"), "profiles.yml": profiles}
    folder = project(files)
    for options, words in (
        (["--offline"], "looked at in Postgres itself"),
        (["--offline", "--update-sources"], "--offline asks nobody"),
        (["--check-target", "deva"], "does not have a target named 'deva'"),
        (["--check-target", "ch"], "another database than the one that is built"),
        (["--check-target", "away"], "connection-failed"),
        (["--target", "ch", "--check-target", "dev"], "looked at inside starc"),
    ):
        r = starc("check", *options, cwd=folder)
        assert r.code == 2 and words in r.text, (options, r.text)
    r = starc("check", "--target", "away", "--offline", "--check-target", "dev", cwd=folder)
    assert r.code == 0 and r.text.count("[unknown-columns]") == 2, r.text


@pytest.mark.parametrize("target", ["demo", "clickhouse", "postgres"])
def test_the_lock_file_of_the_bundled_project(starc, chinook, request, target):
    """It has each target of profiles.yml as it is there, and a check needs no more than the file."""
    if target != "postgres" and not EMBEDDED:
        pytest.skip("the embedded engine does not run under a sanitizer")
    env = {}
    if target != "demo":
        server = request.getfixturevalue(target)
        has = {"HOST": "127.0.0.1", "PORT": str(server.port), "USER": server.user}
        env = {f"{target.upper()}_{word}": value for word, value in has.items()}
        env[f"DBT_ENV_SECRET_{target.upper()}_PASSWORD"] = server.password
    if target == "postgres":
        env["POSTGRES_DB"] = profile_for("postgres", request, "bundled")["dbname"]
    text = (ROOT / "schemas.lock.json").read_text()
    (chinook / "schemas.lock.json").write_text(text)
    assert starc("seed", "--target", target, cwd=chinook, env=env).code == 0
    r = starc("check", "--update-sources", "--target", target, cwd=chinook, env=env)
    assert r.code == 0 and "0 wrong" in r.text, r.text
    now = json.loads((chinook / "schemas.lock.json").read_text())["targets"][target]
    had = json.loads(text)["targets"][target]
    for part in ("sources", "nodes"):  # a server of all tests may have functions of others
        assert [(id, *of["columns"].items()) for id, of in now[part].items()] == [
            (id, *of["columns"].items()) for id, of in had[part].items()
        ]


def test_a_source_that_is_not_there(starc, project, engine):
    """The target was asked and has it not: told at the table, with who reads it; a table that a seed makes is no such,
    and nobody says so who was not asked."""
    schema = engine.profile()["schema"]
    table = "{{name: {0}, columns: [{{name: id, data_type: {1}}}]}}"
    type = "bigint" if engine.name == "postgres" else "Int64"
    files = {
        "models/s.yml": f"sources:\n- name: raw\n  schema: {schema}\n  tables:\n  - name: lost\n"
        "    config: {loaded_at_field: day}\n"
        f"  - {table.format('typed', type)}\n  - name: rates\n  - name: silent\n    config: {{drift: ignore}}\n",
        "seeds/rates.csv": "kind,rate\nx,1\n",
        **{
            f"models/{name}.sql": f"select {column} from {{{{ source('raw', '{name[2:]}') }}}}"
            for name, column in (("a_lost", "id"), ("b_lost", "id"), ("a_typed", "idd"), ("a_rates", "rate"))
        },
    }
    folder = project(files, profile=engine.profile())
    assert starc("run-operation", "--sql", "select 1", cwd=folder).code == 0
    for options in ([], ["--update-sources"]):
        r = starc("check", *options, cwd=folder)
        assert "models/s.yml:5:11: warning: source 'raw.lost' is not there: the target" in r.text, r.text
        assert ": 2 nodes are not checked" in r.text and "model a_lost, model b_lost read it" in r.text, r.text
        assert "models/s.yml:7:12: warning: source 'raw.typed' is not there" in r.text, r.text
        assert r.text.count("[source-gone]") == 2 and "'raw.rates'" not in r.text, r.text
        assert "models/a_typed.sql:1:8: error" in r.text and "unknown-columns" not in r.text, r.text
    if engine.name != "postgres":
        (folder / "schemas.lock.json").unlink()
        r = starc("check", "--offline", cwd=folder)
        assert "[source-gone]" not in r.text and "[unknown-columns]" in r.text, r.text


def sources_of(columns, **more):
    return written(sources={"source.shop.raw.orders": {"columns": columns}}, **more)


def test_what_a_column_became(starc, project, engine):
    """A name that is new goes before a nearer one that was always there: of tests, listed columns, given rows,
    sources; and what --update-sources takes over is told."""
    schema = engine.profile()["schema"]
    postgres = engine.name == "postgres"
    files = {
        "models/stg.sql": "{{ config(materialized='table') }}select 1 as supply_id, 'u' as supply_uuid, 2.5 as price",
        "models/mart.sql": "select supply_id from {{ ref('stg') }}",
        "models/reads.sql": "select supply_uuid from {{ ref('stg') }}",
        "models/of_raw.sql": "select id, order_total from {{ source('raw', 'orders') }}",
        "models/s.yml": f"sources:\n- name: raw\n  schema: {schema}\n  tables: [{{name: orders}}]\n",
        "models/m.yml": "models:\n- name: stg\n  columns:\n  - {name: supply_uuid, data_tests: [not_null]}\n"
        "  - {name: price}\nunit_tests:\n- name: u\n  model: mart\n  given:\n  - input: ref('stg')\n"
        "    rows: [{supply_id: 1, supply_uuid: x}]\n  expect: {rows: [{supply_id: 1}]}\n",
    }
    folder = project(files, profile=engine.profile())
    number, end = ("bigint", "") if postgres else ("Int64", " engine = MergeTree order by id")
    send(
        starc,
        folder,
        f"create {'schema' if postgres else 'database'} if not exists {schema}",
        f"create table {schema}.orders (id {number}, order_id {number}, order_total {number}){end}",
    )
    assert starc("check", "--update-sources", cwd=folder).code == 0
    assert "source-column" not in starc("check", "--update-sources", cwd=folder).text
    (folder / "models/stg.sql").write_text(
        "{{ config(materialized='table') }}select 1 as supply_id, 'u' as uuid, 2.5 as cost"
    )
    send(starc, folder, f"alter table {schema}.orders rename column order_total to total")
    r = starc("check", "--update-sources", cwd=folder)
    assert r.code == 1 and r.text.count("did it become 'uuid'?") == 3, r.text  # test, model, given rows
    assert "did it become 'cost'?" in r.text and "supply_id'?" not in r.text, r.text
    assert "note: the column 'order_total' of source 'raw.orders' is gone" in r.text, r.text
    assert "source 'raw.orders' has 1 new column: total" in r.text, r.text
    assert "'orders' had it when schemas.lock.json was written; did it become 'total'?" in r.text, r.text


def test_a_seed_that_is_not_selected(starc, project, engine):
    """A seed that fills a source's table is not run with what reads it: the table stays as it is."""
    schema = engine.profile()["schema"]
    files = {
        "seeds/rates.csv": "id,rate,kind\n1,2,x\n",
        "models/s.yml": f"sources:\n- name: raw\n  schema: {schema}\n  tables: [{{name: rates}}]\n",
        "models/stg.sql": "select id, rate from {{ source('raw', 'rates') }}\n-- depends_on: {{ ref('rates') }}",
    }
    folder = project(files, profile=engine.profile())
    assert starc("seed", cwd=folder).code == 0
    send(starc, folder, f"alter table {schema}.rates drop column rate")
    assert starc("check", "--update-sources", cwd=folder).code == 0
    lock = (folder / "schemas.lock.json").read_text()
    r = starc("build", "--check", "--select", "stg", cwd=folder)
    assert r.code == 1 and "models/stg.sql:1:12: error" in r.text and "Nothing was built" in r.text, r.text
    r = starc("check", "--update-sources", "--select", "stg", cwd=folder)
    assert "breaking-change" not in r.text and (folder / "schemas.lock.json").read_text() == lock, r.text
    assert starc("check", "--select", "stg", "rates", cwd=folder).code == 0


@needs_embedded
def test_what_the_engine_does_not_take(starc, project):
    """Types and functions of the file are pieces of statements; each is told at its line, and no other is sent."""
    files = {**FILES, "models/s.yml": SOURCES.format(schema="r")}
    functions = {
        "bad": "drop database r",
        "two": "create function two as x -> x; select 1",
        "one": "CREATE FUNCTION one AS x -> x",
    }
    text = json.dumps(json.loads(sources_of({"id": "Int64", "cost": "Strin"}, functions=functions)), indent=1)
    folder = project({**files, "schemas.lock.json": text, "models/f.sql": "select one(1) as x"}, profile=AWAY)
    line = 1 + text[: text.index('"Strin"')].count("\n")
    r = starc("check", "--offline", cwd=folder)
    assert f"schemas.lock.json:{line}:" in r.text and "Unknown data type family: Strin" in r.text, r.text
    assert r.code == 0 and "[lock-stale]" in r.text and r.text.count("makes neither a function nor a type") == 2, r.text
    (folder / "models/f.sql").unlink()
    for hostile in ("Int64) engine = Null; select 1 --", "Int64; select 1", "Int64 /*"):
        (folder / "schemas.lock.json").write_text(sources_of({"id": "Int64", "cost": hostile}))
        r = starc("check", "--offline", cwd=folder)
        assert r.code == 0 and "[lock-stale]" in r.text and "select 1 " not in r.text.replace(hostile, ""), r.text


@needs_embedded
def test_large_and_hostile_names(starc, project):
    """100,000 columns, and names that quote, end lines and are 300 bytes long."""
    strange = ["a\"b", "c'd", "e`f", "g\nh", "ü" * 150, "-- i", "{{ j }}", "\\"]
    columns = {**{f"c{i}": "Int64" for i in range(100_000)}}
    files = {
        "models/s.yml": SOURCES.format(schema="r"),
        "models/a.sql": "select * from {{ source('raw', 'orders') }}",
        "schemas.lock.json": sources_of({name: "String" for name in strange}),
    }
    folder = project(files, profile=AWAY)
    r = starc("check", "--offline", cwd=folder)
    assert r.code == 0 and "0 wrong" in r.text and "Checked 1 of 1" in r.text, r.text
    (folder / "schemas.lock.json").write_text(sources_of(columns))
    (folder / "models/a.sql").write_text("select 1 as id")
    r = starc("check", "--offline", cwd=folder)
    assert r.code == 0 and "Checked 1 of 1" in r.text, r.text


@pytest.mark.parametrize("kind", ["clickhouse", "postgres"])
def test_writers_of_one_file(starc, project, request, kind):
    """Two at once each leave their section; where it cannot be written it stays as it was."""
    profile = profile_for(kind, request, "writers_" + kind)
    outputs = {"dev": profile, "ci": profile}
    profiles = json.dumps({"shop": {"target": "dev", "outputs": outputs}})
    files = {"models/a.sql": "select 1 as id", "models/s.yml": SOURCES.format(schema="r"), "profiles.yml": profiles}
    folder = project(files)
    two = [
        subprocess.Popen(
            [STARC, "check", "--update-sources", "--target", name, "--target-path", f"target_{name}"],
            cwd=folder,
            env={**os.environ, "HOME": str(folder)},
            stdout=subprocess.DEVNULL,
        )
        for name in ("dev", "ci")
    ]
    assert [p.wait(60) for p in two] == [0, 0]
    assert sorted(lock_of(folder)["targets"]) == ["ci", "dev"]
    whole = lock_of(folder)
    whole["targets"]["large"] = {"type": "none", "nodes": {"model.x": {"columns": {"a": "x" * 600_000}}}}
    text = json.dumps(whole)  # larger than what may be written; the engine's own files are not
    (folder / "schemas.lock.json").write_text(text)
    (folder / "models/b.sql").write_text("select 1 as more")
    limit = ["sh", "-c", 'trap "" XFSZ; ulimit -f 200; exec "$@"', "sh"]
    r = subprocess.run(
        [*limit, STARC, "check", "--update-sources", "--no-write-json", "--log-level-file", "none"],
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
        capture_output=True,
        text=True,
    )
    assert r.returncode == 2 and "schemas.lock.json: error: cannot write" in r.stdout + r.stderr, r.stdout + r.stderr
    assert (folder / "schemas.lock.json").read_text() == text
    assert not [p.name for p in folder.iterdir() if p.name.startswith("schemas.lock.json.") or "tmp" in p.name]


PIVOT = {
    "models/kinds.sql": "{{ config(materialized='table') }}select 'a' as kind union all select 'b'",
    "models/pivot.sql": "{% set kinds = run_query('select distinct kind from ' ~ ref('kinds') ~ ' order by 1') %}\n"
    "select 1 as id{% if execute %}{% for k in kinds.columns[0].values() %}, 2 as {{ k }}{% endfor %}{% endif %}\n"
    "from {{ ref('kinds') }}",
    "models/below.sql": "select a, b, c from {{ ref('pivot') }}",
    "models/first.sql": "{% set q = run_query('select max(kind) as kind from ' ~ ref('kinds')) %}\n"
    "select {% if execute %}{{ q.columns[0].values()[0] | length }}{% endif %} as n from {{ ref('kinds') }}",
}


@pytest.mark.parametrize("kind", ["clickhouse", "postgres"])
def test_texts_that_ask_for_rows(starc, project, request, kind):
    """What a text asks has the target's answer, where the empty relations have none."""
    folder = project(PIVOT, profile=profile_for(kind, request, "asks_" + kind))
    assert starc("run", "--exclude", "below", cwd=folder).code == 0
    r = starc("check", cwd=folder)
    assert r.code == 1 and "models/below.sql:1:14" in r.text and "1 wrong" in r.text, r.text
    if kind == "clickhouse":
        (folder / "profiles.yml").write_text((folder / "profiles.yml").read_text().replace('"port": ', '"port": 1'))
        r = starc("check", cwd=folder)
        assert r.code == 0 and "0 wrong" in r.text, r.text
        assert "'below' is not checked: the columns of 'pivot'" in r.text, r.text


@needs_embedded
def test_texts_that_write(starc, project, request):
    """What a text asks of a server is read there; what writes, or asks for the right to, changes nothing."""
    ask = "{% if execute %}{% do run_query('WITH insert into ' ~ ref('a') ~ ' select q') %}{% endif %}"
    rows_of = "{% set q = run_query('select a from ' ~ ref('a') ~ ' END') %}"
    wants = rows_of + "select a{% if execute and not q.rows %} + nothing{% endif %} from {{ ref('a') }}"
    files = {
        "models/a.sql": "{{ config(materialized='table') }}select 1 as a",
        "models/b.sql": ask.replace("WITH", "with 3 as q") + "select a from {{ ref('a') }}",
        "models/c.sql": wants.replace("END", ""),
        "models/d.sql": wants.replace("END", "settings readonly = 0"),
    }
    folder = project(files, profile=profile_for("clickhouse", request, "texts_write"))
    assert starc("run", "--select", "a", cwd=folder).code == 0
    r = starc("check", cwd=folder)
    assert r.code == 0 and "0 wrong, 1 left out" in r.text, r.text
    assert "'d' is not checked" in r.text and "readonly" in r.text, r.text
    assert rows(starc, folder, "select a from {{ ref('a') }}") == [{"a": 1}]


MAKE_DATABASE = """{% macro make() %}
  {% do run_query('commit') %}{% do run_query('create database of_lock_ci') %}{% do run_query('begin') %}
{% endmacro %}"""


def test_functions_of_the_lock_file(starc, project, request):
    """Of functions that the project names the file has what calls need, and another database gets them."""
    profile = profile_for("postgres", request, "of_lock")
    ci = {**profile, "dbname": "of_lock_ci"}
    outputs = {"target": "dev", "outputs": {"dev": profile, "ci": ci}}
    files = {
        "profiles.yml": json.dumps({"shop": outputs}),
        "models/a.sql": "select l.\"A b\"(1) + gone as x, r.n from l.names() as r(n)",
        "models/b.sql": "select (l.sum_of(1, 'x')).d || '', l.defaulted() as y",
        "models/c.sql": "select l.{{ 'con' }}cat(1) as z",
        "models/d.sql": "select l.typed(null) as z",
        "models/e.sql": "select l.nowhere(1) as z",
    }
    folder = project(files)
    send(
        starc,
        folder,
        "create schema if not exists l",
        "create table if not exists l.t (i int)",
        "create or replace function l.sum_of(a int, b text, out c int, out d text) language sql as "
        "$$ select a, 'dblink password=TOPSECRET' $$",
        'create or replace function l."A b"(a int) returns int language plpgsql immutable strict as '
        "$$ begin perform 'postgres://u:TOPSECRET@h/d'; return (l.sum_of(a, '')).c; end $$",
        "create or replace function l.names() returns setof text language sql as $$ select 'x' $$",
        "create or replace function l.defaulted(a text default 'password=TOPSECRET') returns text language sql as "
        "$$ select a $$",
        "create or replace function l.concat(a int) returns text language sql as $$ select 'TOPSECRET' $$",
        "create or replace function l.typed(a l.t) returns text language sql as $$ select 'TOPSECRET' $$",
    )
    r = starc("run-operation", "make", cwd=project({**files, "macros/m.sql": MAKE_DATABASE}))
    assert r.code == 0, r.text
    r = starc("check", "--update-sources", cwd=folder)
    assert "l.defaulted(text)' seems to have a password" in r.text and "2 wrong" in r.text, r.text
    functions = lock_of(folder)["targets"]["dev"]["functions"]
    assert "TOPSECRET" not in (folder / "schemas.lock.json").read_text(), functions
    assert functions["l.concat(integer)"] == functions["l.defaulted(text)"] == "", functions
    assert "IMMUTABLE STRICT" in functions['l."A b"(integer)'], functions
    r = starc("check", "--offline", "--check-target", "ci", cwd=folder)
    assert r.code == 1 and "2 wrong, 3 left out" in r.text, r.text
    assert 'column "gone" does not exist' in r.text and "models/e.sql:1:8: error" in r.text, r.text
    (folder / "models/b.sql").write_text("select (l.sum_of(1, 'x')).d || '' as d")
    (folder / "models/a.sql").write_text(files["models/a.sql"].replace(" + gone", ""))
    r = starc("check", "--offline", "--check-target", "ci", cwd=folder)
    assert r.code == 1 and "1 wrong, 2 left out" in r.text and "models/e.sql:1:8: error" in r.text, r.text


@needs_embedded
def test_texts_of_functions(starc, project, request):
    """The lock file has the text of a function that the project needs and that has no password; what calls another
    one is left."""
    files = {
        "models/a.sql": "select lock_used(1) as x, gone",
        "models/b.sql": "select lock_secret(1) as x",
        "models/c.sql": "select lock_{{ 'free' }}(1) as x",
    }
    folder = project(files, profile=profile_for("clickhouse", request, "lock_texts"))
    bodies = {
        "lock_used": "lock_helper(x)",
        "lock_helper": "x + 1",
        "lock_secret": "concat(toString(x), 'postgres://u:TOPSECRET@h/d')",
        "lock_free": "concat(toString(x), 'TOPSECRET')",
    }
    send(starc, folder, *(f"create function {name} as x -> {body}" for name, body in bodies.items()))
    r = starc("check", "--update-sources", cwd=folder)
    send(starc, folder, *(f"drop function {name}" for name in bodies))
    functions = lock_of(folder)["targets"]["dev"]["functions"]
    assert functions["lock_used"] and functions["lock_helper"] and "TOPSECRET" not in str(functions), functions
    assert functions["lock_secret"] == functions["lock_free"] == "", functions
    assert "function 'lock_secret' seems to have a password" in r.text and "1 wrong, 2 left out" in r.text, r.text
    r = starc("check", "--offline", cwd=folder)
    assert "models/a.sql:1:27: error" in r.text and "1 wrong, 2 left out" in r.text, r.text


@needs_embedded
def test_what_nobody_knows_is_left(starc, project):
    """Without a lock file and a server a function may be there; the lock file says what there is."""
    files = {"models/a.sql": "select nofun(1) as x", "models/b.sql": "select x from {{ ref('a') }}"}
    folder = project(files, profile=AWAY)
    r = starc("check", cwd=folder)
    assert r.code == 0 and "'a' is not checked: Function with name `nofun`" in r.text, r.text
    assert "models/a.sql:1:8: warning" in r.text and "--update-sources" in r.text and "[not-checked]" in r.text, r.text
    (folder / "schemas.lock.json").write_text(written(functions={}))
    r = starc("check", cwd=folder)
    assert r.code == 1 and "models/a.sql:1:8: error" in r.text and "[missing-function]" in r.text, r.text
    columns = {"a": "UInt64", "b": "String", "c": "Float64"}
    dictionary = {"schema": "d", "name": "x", "keys": ["a", "b"], "layout": "complex_key_cache", "columns": columns}
    functions = {"nofun": "CREATE FUNCTION nofun AS x -> (x + 1)"}
    (folder / "schemas.lock.json").write_text(written(functions=functions, dictionaries={"d.x": dictionary}))
    (folder / "models/c.sql").write_text("select dictGet('d.x', 'c', (toUInt64(1), 'b')) as c, a from d.x")
    r = starc("check", cwd=folder)
    assert r.code == 0 and "Checked 3 of 3" in r.text, r.text


def test_what_only_looks_like_a_column_that_became(starc, project, engine):
    """A renamed column is that of a message only where the message misses it: not where its name is a word of the
    message, nor where another relation is asked for a column of that name."""
    files = {
        "models/a.sql": "select 1 as id, 'x' as name, 2 as from_day",
        "models/o.sql": "select 1 as id, 2 as amount, 'y' as names",
        "models/typo.sql": "select a.id, z.amuont from {{ ref('a') }} as a join {{ ref('o') }} as z on z.id = a.id",
        "models/other.sql": "select a.id, z.name from {{ ref('a') }} as a join {{ ref('o') }} z on z.id = a.id",
        "models/own.sql": "select y.name from {{ ref('a') }} as y join {{ ref('o') }} as z on z.id = y.id",
        "models/below.sql": "with s as (select * from {{ ref('a') }}) select s.name from s",
        "models/bare.sql": "select from_day from {{ ref('a') }}",
    }
    folder = project(files, profile=engine.profile())
    starc("check", "--update-sources", cwd=folder)
    (folder / "models/a.sql").write_text("select 1 as id, 'x' as label, 2 as until_day")
    r = starc("check", cwd=folder)
    lines, hints = r.text.splitlines(), {}
    for i, line in enumerate(lines):
        if ": error: " in line:
            hints[line.strip().split(".sql")[0].removeprefix("models/")] = "\n".join(lines[i : i + 4])
    became = {name for name, said in hints.items() if "did it become 'label'" in said}
    assert became == {"own", "below"}, r.text
    assert "did it become 'until_day'" in hints["bare"], r.text
    assert "amount" in hints["typo"].split("amuont")[-1] and "names" in hints["other"], r.text
