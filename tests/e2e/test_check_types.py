"""Types that a lock file or YAML gives columns: each is one type of the database, or is told at its own line."""

import json

import pytest
from conftest import EMBEDDED, profile_for

SOURCES = "sources:\n- name: raw\n  schema: r\n  tables: [{name: orders}, {name: good}]\n"
GOOD = {
    "postgres": ["integer", "numeric(10,2)", "timestamp(3) with time zone", "integer[]", '"char"', "bit varying(3)"]
    + ['text collate "C"', "text COLLATE pg_catalog.\"C\"", "varchar(3)[] collate pg_catalog.default"],
    "clickhouse": ["Int64", "Decimal(10, 2)", "DateTime64(3, 'UTC')", "Array(Nullable(String))", "Enum8('a, b)' = 1)"],
}
BAD = {
    "postgres": ["integer, x int", "integer not null", "int) , (y int", "intt", "", "integer -- x", "int; select 1"],
    "clickhouse": ["Int64, x Int64", "Int64 default 5", "Int64), y (Int64", "Int", "", "Int64 -- x", "Int64 ALIAS 1"],
}
BAD["clickhouse"][3] = "Intt"


@pytest.fixture(params=["postgres", "clickhouse"])
def kind(request):
    if request.param == "clickhouse" and not EMBEDDED:
        pytest.skip("the embedded engine does not run under a sanitizer")
    return request.param


def profile_of(kind, request):
    away = {"type": "clickhouse", "host": "127.0.0.1", "port": 1, "user": "u", "password": "p", "schema": "s"}
    return away if kind == "clickhouse" else profile_for("postgres", request, "types")


def lock_file(kind, **sources):
    of = {f"source.shop.raw.{name}": {"columns": columns} for name, columns in sources.items()}
    return json.dumps(
        {"version": 1, "project": "shop", "targets": {"dev": {"type": kind, "sources": of, "functions": {}}}}, indent=1
    )


def line_of(text, piece):
    return text[: text.index(piece)].count("\n") + 1


def test_types_of_the_lock_file(starc, project, request, kind):
    """Two columns in the place of one, a default, a comment, nothing at all: all told, none made."""
    columns = {f"c{i}": type for i, type in enumerate(BAD[kind])}
    text = lock_file(kind, orders=columns, good={f"g{i}": type for i, type in enumerate(GOOD[kind])})
    folder = project(
        {
            "models/s.yml": SOURCES,
            "models/a.sql": "select * from {{ source('raw', 'orders') }}",
            "models/b.sql": "select " + ", ".join(f"g{i}" for i in range(len(GOOD[kind]))) + ", gone\n"
            "from {{ source('raw', 'good') }}",
            "schemas.lock.json": text,
        },
        profile=profile_of(kind, request),
    )
    r = starc("check", *(["--offline"] if kind == "clickhouse" else []), cwd=folder)
    assert r.text.count("[lock-stale]") == len(columns), r.text
    for name in columns:
        assert f"schemas.lock.json:{line_of(text, f'{chr(34)}{name}{chr(34)}')}:" in r.text, (name, r.text)
    assert "models/b.sql:1:" in r.text and "1 wrong, 1 not checked" in r.text, r.text
    assert r.text.count("' is no type") == 6, r.text


def test_types_of_yaml(starc, project, request, kind):
    """Told where the file gives the type; as the columns of a wrong node they are no columns."""
    bad, good = BAD[kind][0], GOOD[kind][0]
    yaml = (
        "sources:\n- name: raw\n  schema: r\n  tables:\n  - name: orders\n    columns:\n"
        f"    - {{name: id, data_type: {good}}}\n    - {{name: day, data_type: '{bad}'}}\n"
        f"models:\n- name: w\n  columns:\n  - {{name: id, data_type: '{bad}'}}\n"
    )
    folder = project(
        {
            "models/s.yml": yaml,
            "models/a.sql": "select x from {{ source('raw', 'orders') }}",
            "models/w.sql": "select nothing",
            "models/below.sql": "select x from {{ ref('w') }}",
        },
        profile=profile_of(kind, request),
    )
    r = starc("check", *(["--offline"] if kind == "clickhouse" else []), cwd=folder)
    assert "models/s.yml:8:30: warning" in r.text and "[unknown-columns]" in r.text, r.text
    assert "models/s.yml:12:27: warning" in r.text and "1 wrong, 1 below them not checked, 1 not" in r.text, r.text


MAKE_DATABASE = """{% macro make() %}
  {% do run_query('commit') %}{% do run_query('create database own_types_ci') %}{% do run_query('begin') %}
{% endmacro %}"""


def test_types_of_the_target(starc, project, request):
    """Enums, domains, composite types and ranges that sources have: in the lock file, and made in another database."""
    profile = profile_for("postgres", request, "own_types")
    outputs = {"dev": profile, "ci": {**profile, "dbname": "own_types_ci"}}
    files = {
        "profiles.yml": json.dumps({"shop": {"target": "dev", "outputs": outputs}}),
        "models/s.yml": "sources:\n- {name: raw, schema: own_t, tables: [{name: orders}]}\n",
        "models/a.sql": "select kind::text as kind, (place).zip + 1 as zip, mail || 'x' as mail, lower(days) as first\n"
        "from {{ source('raw', 'orders') }}",
        "models/b.sql": "select kind + 1 as kind from {{ source('raw', 'orders') }}",
        "macros/m.sql": MAKE_DATABASE,
    }
    folder = project(files)
    for sql in (
        "drop schema if exists own_t cascade",
        "create schema own_t",
        "create type own_t.\"z Kind\" as enum ('it''s', 'b')",
        "create domain own_t.mail as varchar(50) default 'TOPSECRET' check (value like '%@%')",
        'create type own_t.a_place as (kind own_t."z Kind", zip int)',
        "create type own_t.days as range (subtype = date)",
        "create type own_t.unused as enum ('x')",
        'create table own_t.orders (kind own_t."z Kind", place own_t.a_place, mail own_t.mail, days own_t.days)',
    ):
        assert starc("run-operation", "--sql", sql, cwd=folder).code == 0, sql
    assert starc("run-operation", "make", cwd=folder).code == 0
    r = starc("check", "--update-sources", cwd=folder)
    assert r.code == 1 and "1 wrong" in r.text and "models/b.sql:1:13: error" in r.text, r.text
    text = (folder / "schemas.lock.json").read_text()
    types = json.loads(text)["targets"]["dev"]["types"]
    assert list(types) == ['own_t."z Kind"', "own_t.a_place", "own_t.days", "own_t.mail"] and "TOPSECRET" not in text
    r = starc("check", "--offline", "--check-target", "ci", cwd=folder)
    assert r.code == 1 and "1 wrong" in r.text and "models/b.sql:1:13: error" in r.text, r.text
    assert "lock-stale" not in r.text and "not taken" not in r.text, r.text
    (folder / "schemas.lock.json").write_text(text.replace("CREATE DOMAIN own_t.mail", "drop schema own_t; CREATE"))
    r = starc("check", "--offline", "--check-target", "ci", cwd=folder)
    assert "'own_t.mail' of the server is not taken" in r.text and "0 wrong" in r.text, r.text
    assert 'type "own_t.mail" does not exist' in r.text and "--check-target needs" in r.text, r.text
    left = starc("run-operation", "--sql", "select count(*) from own_t.orders", "--target", "ci", cwd=folder)
    assert left.code != 0, left.text  # the check left nothing there
