"""The columns of a load's source change: what becomes of its table, and what is said."""

import pytest
from conftest import rows
from source_database import SourceDatabase
from test_load_rows import settings, target  # noqa: F401

TABLES = ("added_to", "merged", "replaced", "strict", "blind")
MAKE = "create table {0} (id int primary key, a int not null, b numeric(6,2), u uuid not null, s text not null);"
FIRST = "insert into {0} values (1, 1, 1.50, 'a0000000-0000-0000-0000-000000000001', 'one');"
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
    assert "'shop.blind'" not in r.text
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
    assert "which was" not in r.text and "new column" not in r.text, r.text
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
