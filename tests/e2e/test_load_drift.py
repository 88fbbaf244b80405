"""The columns of a load's source change: what becomes of its table, and what is said."""

import pytest
from conftest import rows
from source_database import SourceDatabase
from test_load_rows import settings, target  # noqa: F401

TABLES = ("added_to", "merged", "replaced", "strict", "blind")
MAKE = "create table {0} (id int primary key, a int not null, b numeric(6,2), u uuid not null, s text not null);"
FIRST = "insert into {0} values (1, 1, 1.50, 'a0000000-0000-0000-0000-000000000001', 'one');"
EMPTIED = "{{ 'truncate table ' ~ this if load_cached_relation(this) }}"
CHANGE = """
alter table {0} add c text default 'new';
alter table {0} alter a type bigint, alter b type numeric(9,3), alter u drop not null, drop s;
insert into {0} values (2, {1}, {2}, null);
"""
SAID = (
    "has a new column 'c'",
    "has 'a' as {big}, which was {int}",
    "has 'b' as ",
    "{loose}",
    "has no column 's' any more: it stays, and is NULL in new rows",
)


@pytest.fixture
def source(postgres):
    with SourceDatabase(postgres) as database:
        for table in TABLES:
            database(MAKE.format(table) + FIRST.format(table))
        yield database


def test_columns_that_change(engine, request, starc, project, source, target):  # noqa: F811
    loads = [
        {"name": "added_to", "mode": "append", "cursor": "id"},
        {"name": "merged", "mode": "merge", "key": "id"},
        {"name": "replaced"},
        {"name": "strict", "mode": "append", "on_drift": "fail", "cursor": "id"},
        {"name": "blind", "mode": "append", "on_drift": "ignore", "cursor": "id"},
    ]
    folder = project(
        {"models/one.sql": "select 1 as one", "loads/shop.yml": source.load(loads, schema="drifting")},
        profile=settings(engine.name, request, target, "drifting_models"),
    )
    load = lambda *a: starc("load", *a, cwd=folder)
    ask = lambda sql: [tuple(r.values()) for r in rows(starc, folder, sql)]
    types = (
        {"int": "integer", "big": "bigint", "loose": "may have NULL in 'u' (uuid) now"}
        if engine.name == "postgres"
        else {"int": "Int32", "big": "Int64", "loose": "has 'u' as Nullable(UUID), which was UUID"}
    )

    r = load("--full-refresh")
    assert r.code == 0, r.text

    source("".join(CHANGE.format(t, *((30, 2.5) if t == "blind" else (3000000000, 1000.125))) for t in TABLES))
    r = load()
    assert r.code == 1, r.text
    for said in SAID:
        for name in ("added_to", "merged"):
            assert f"the source of 'shop.{name}' {said.format(**types)}" in r.text, r.text
    assert "the source of 'shop.replaced' has no column 's' any more: nor has its table" in r.text
    assert "the source of 'shop.blind' has a new column 'c'" in r.text and "which is ignored" in r.text, r.text
    assert "PASS=4 WARN=0 ERROR=1" in r.text, r.text
    assert r.text.count("error: the source of 'shop.strict' has ") == 1 and "on_drift: apply" in r.text
    for name in ("added_to", "merged"):
        found = ask(f"select id, a, cast(b as char(9)) as b, s, c from drifting.{name} order by id")
        found = [(int(i), int(a), float(b), s, c) for i, a, b, s, c in found]
        assert found[1] == (2, 3000000000, 1000.125, None, "new"), name
        assert found[0][:4] == (1, 1, 1.5, "one" if name == "added_to" else None) and len(found) == 2, found
    assert [(int(i), int(a), s) for i, a, s in ask("select id, a, s from drifting.blind order by id")] == [
        (1, 1, "one"),
        (2, 30, None),
    ]
    assert [int(i) for (i,) in ask("select id from drifting.strict")] == [1]

    # Narrower, and NOT NULL again: each value has its place, nothing is to be done. A value that a column
    # which is left as it was cannot hold is no other value.
    source("alter table added_to alter b type numeric(8,3); alter table merged alter a set not null;")
    source("delete from merged where id = 2; alter table merged alter a type int;")
    source("insert into blind values (3, 3000000000, 1, null)")
    r = load("--exclude", "strict")
    assert r.code == 1 and "PASS=3 WARN=0 ERROR=1" in r.text, r.text
    said = "".join(line for line in r.text.splitlines() if "which is ignored" not in line)
    assert "which was" not in said and "new column" not in said, r.text
    assert "column 'a' of 'shop.blind'" in r.text and f"{types['int']} takes" in r.text, r.text
    assert int(ask("select count(*) as n from drifting.blind")[0][0]) == 2
    assert int(ask("select max(a) as n from drifting.merged where id = 2")[0][0]) == 3000000000

    # What no table can take.
    source("".join(f"alter table {t} alter id type text;" for t in TABLES if t != "merged"))
    r = load("--exclude", "strict", "blind")
    assert r.code == 1 and "PASS=2 WARN=0 ERROR=1" in r.text, r.text
    text = "text" if engine.name == "postgres" else "String"
    has = f"has 'id' as {text}, which was {types['int']}"
    assert f"the source of 'shop.added_to' {has}: its table cannot take that" in r.text
    assert "--full-refresh makes it anew" in r.text
    assert f"the source of 'shop.replaced' {has}" in r.text
    r = load("--full-refresh")
    assert r.code == 0 and "has 'id' as" not in r.text, r.text
    assert ask("select id from drifting.added_to order by id") == [("1",), ("2",)]


def test_rows_at_the_edge_of_a_new_column(engine, request, starc, project, source, target):  # noqa: F811
    """A column that the source gets, with values in the rows that were loaded before: none is lost, none doubled."""
    source("create table edge (id int, at int, note text); insert into edge values (1, 1, 'a'), (2, 10, null);")
    source("create table later (id int, at int); insert into later select g, g from generate_series(1, 20) g;")
    loads = [
        {"name": "edge", "mode": "append", "cursor": "at", "columns": ["at", "note"]},
        {"name": "later", "mode": "append", "cursor": {"column": "at", "lag": 10}},
    ]
    folder = project(
        {"models/one.sql": "select 1 as one", "loads/shop.yml": source.load(loads, schema="edges")},
        profile=settings(engine.name, request, target, "edges_models"),
    )
    ask = lambda sql: [tuple(r.values()) for r in rows(starc, folder, sql)]
    assert starc("load", "--full-refresh", cwd=folder).code == 0

    source("delete from edge where at = 1")
    source("vacuum edge")
    source("insert into edge values (3, 10, 'x')")
    source("alter table later add made text default 'now'; insert into later values (21, 21, 'new'), (20, 20, 'now')")
    for _ in range(3):
        r = starc("load", cwd=folder)
        assert r.code == 0, r.text
    assert sorted((int(at), note or "") for at, note in ask("select at, note from edges.edge")) == [
        (1, "a"),
        (10, ""),
        (10, "x"),
    ]
    found = ask("select count(*) as n, count(distinct id) as ids, count(made) as made from edges.later")[0]
    assert [int(n) for n in found] == [22, 21, 13]


def test_clocks_and_hooks_before(engine, request, starc, project, source, target):  # noqa: F811
    """A load whose clock was ahead; and one whose hook takes rows out of the table before."""
    source("create table log (id int); insert into log select g from generate_series(1, 10) g;")
    loads = [{"name": "log", "mode": "append", "cursor": "id"}]
    loads += [{"name": "log", "alias": "again", "mode": "append", "cursor": "id", "pre_hook": [EMPTIED]}]
    of = {f"loads/{i}.yml": source.load([t], name=f"l{i}", schema="clocks") for i, t in enumerate(loads)}
    folder = project(
        {"models/one.sql": "select 1 as one", **of},
        profile=settings(engine.name, request, target, "clocks_models"),
    )
    ask = lambda sql: [tuple(int(v) for v in r.values()) for r in rows(starc, folder, sql)]
    r = starc("load", "--full-refresh", cwd=folder)
    assert r.code == 0, r.text
    if engine.name == "postgres":
        later = "update clocks.starc_loads set ended_at = ended_at + interval '10 minutes'"
    else:
        later = (
            "alter table clocks.starc_loads update started_at = started_at + toIntervalMinute(10) where true "
            "settings mutations_sync = 1"
        )
    assert starc("run-operation", "run_query", "--args", f'{{sql: "{later}"}}', cwd=folder).code == 0
    for i in range(3):
        source(f"insert into log values (1{i})")
        r = starc("load", cwd=folder)
        assert r.code == 0, r.text
    assert ask("select count(*) as n, count(distinct id) as ids from clocks.log") == [(13, 12)]
    assert ask("select count(*) as n, count(distinct id) as ids from clocks.again") == [(13, 12)]
    assert ask("select count(*) as n, count(distinct ended_at) as m from clocks.starc_loads") == [(8, 8)]


def test_readers_of_a_table_that_is_widened(request, starc, project, source, target):  # noqa: F811
    """A view of a loaded table in the way of a wider type; readers wait for no transfer."""
    source("create table wide (id int, name varchar(3)); insert into wide values (1, 'abc');")
    loads = [{"name": "wide", "mode": "append", "cursor": "id", "columns": {"name": "text"}}]
    loads[0]["indexes"] = [{"columns": ["id"]}]
    folder = project(
        {
            "models/over.sql": "{{ config(materialized='view') }} select id + 1 as next, name from wider.wide",
            "loads/shop.yml": source.load(loads, schema="wider"),
        },
        profile=settings("postgres", request, target, "wider_models"),
    )
    ask = lambda sql: [tuple(r.values()) for r in rows(starc, folder, sql)]
    assert starc("load", "--full-refresh", cwd=folder).code == 0
    assert starc("run", cwd=folder).code == 0
    source("alter table wide alter id type bigint; insert into wide values (3000000000, 'xyz')")
    r = starc("load", cwd=folder)
    assert r.code == 0 and "has 'id' as bigint, which was integer" in r.text, r.text
    assert ask("select next, name from wider_models.over order by next") == [(2, "abc"), (3000000001, "xyz")]
    assert ask("select count(*) as n from pg_indexes where schemaname = 'wider' and tablename = 'wide'") == [(1,)]
    r = starc("load", cwd=folder)
    assert r.code == 0 and "which was" not in r.text and ask("select count(*) as n from wider.wide") == [(2,)], r.text


def test_rights_and_names(postgres, request, starc, project, source):
    """A user without rights in `public`; names that are long, hold a comment or a name of ours."""
    long = "é" * 30
    source(
        "create table src (id int, __starc_row text); insert into src values (1, 'a');"
        f'create table "/* {long[:20]}" (id int, n int); insert into "/* {long[:20]}" values (1, 1);'
    )
    with SourceDatabase(postgres) as there:
        there("create role narrow with login password 's3cr3t-pg'; create schema own authorization narrow;")
        there("create table public.src__dbt_new_data (kept int)")
        try:
            loads = [
                {"name": "src", "mode": "merge", "key": "id", "cursor": "id"},
                {"name": "src", "alias": long + "ab", "mode": "merge", "key": "id", "cursor": "id"},
                {"name": f"/* {long[:20]}", "mode": "append", "cursor": "id"},
            ]
            of = {f"loads/{i}.yml": source.load([t], name=f"l{i}", schema="own") for i, t in enumerate(loads)}
            profile = {**settings("postgres", request, there, "own"), "user": "narrow"}
            folder = project({"models/one.sql": "select 1 as one", **of}, profile=profile)
            for n in (1, 2, 2):
                r = starc("load", cwd=folder)
                assert r.code == 0, r.text
                counts = f"select (select count(*) from own.src) as a, (select count(*) from own.{long}ab) as b, "
                counts += f"(select count(*) from own.\"/* {long[:20]}\") as c"
                assert [tuple(map(int, r.values())) for r in rows(starc, folder, counts)] == [(n, n, n)]
                source("insert into src select 2, 'b' where not exists (select from src where id = 2)")
                source(f'delete from "/* {long[:20]}" where id = 2; insert into "/* {long[:20]}" values (2, 2)')
            assert there("select count(*) from pg_tables where tablename = 'src__dbt_new_data'") == "1\n"
        finally:
            there("drop schema own cascade; drop owned by narrow; drop role narrow")


# What a column of Postgres becomes, a value of both, and what is said where its table cannot take it.
WIDER = [
    ("varchar(3)", "varchar(10)", "abcdefghij", True),
    ("varchar(3)", "text", "abcdefghij", True),
    ("character(3)", "character(5)", "abcde", True),
    ("character(3)", "varchar(10)", "abcdefghij", True),
    ("bit varying(3)", "bit varying(8)", "10101010", True),
    ("bit(3)", "bit varying(8)", "10101010", True),
    ("bit(3)", "bit(5)", "10101", False),
    ("numeric(5,2)", "numeric(12,2)", "1234567890.12", True),
    ("smallint", "numeric(7,1)", "123456.5", True),
    ("smallint", "numeric(5,1)", "1234.5", False),
    ("time(0)", "time(3)", "10:00:00.125", True),
    ("timestamp(0)", "timestamp", "2024-01-01 00:00:00.125", True),
    ("interval(0)", "interval", "00:00:00.125", True),
    ("interval year", "interval", "1 year 00:00:01", True),
    ("varchar(10)", "varchar(3)", "abc", True),
    ("name", "text", "x" * 100, True),
]


def test_wider_types_of_a_postgres(starc, project, source, target, request):  # noqa: F811
    seen = {"varchar(": "v", "smallint": "1", "numeric": "1", "time(": "10:00:00", "timestamp(": "2024-01-01 00:00:00"}
    tables = []
    for i, (was, _, _, _) in enumerate(WIDER):
        first = next((v for k, v in seen.items() if was.startswith(k)), None)
        first = first or {"b": "101", "i": "1 year", "c": "abc", "n": "n"}[was[0]]
        source(f"create table w{i} (id int, c {was}); insert into w{i} values (1, '{first}')")
        tables.append({"name": f"w{i}", "mode": "append", "cursor": "id"})
    files = {"models/one.sql": "select 1 as one", "loads/shop.yml": source.load(tables, schema="widened")}
    folder = project(files, profile=settings("postgres", request, target, "widened_models"))
    assert starc("load", cwd=folder).code == 0
    for i, (_, now, value, _) in enumerate(WIDER):
        source(f"alter table w{i} alter c type {now} using c::{now}; insert into w{i} values (2, '{value}')")
    text = starc("load", cwd=folder).text
    for i, (was, now, value, good) in enumerate(WIDER):
        same = f"c = '{value}'::{now}" if good else "false"
        found = rows(starc, folder, f"select {same} as same from widened.w{i} where id = 2")
        assert found == ([{"same": True}] if good else []), (was, now, text)
        assert good == (f"error: the source of 'shop.w{i}' has 'c' as " not in text), (was, now, text)
