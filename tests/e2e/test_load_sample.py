"""Loads of a part of the rows: --sample, --empty; what a dry run says; hooks of loads."""

import json

import pytest
from conftest import rows
from source_database import SourceDatabase

SHOP = """
create table {0} (id int, at {1});
insert into {0} select g, timestamp '2024-01-01' + g * interval '1 day' from generate_series(0, 9) g;
insert into {0} values (100, null);
"""
KINDS = {"moments": "timestamptz", "plain": "timestamp", "days": "date"}
SPAN = "{start: 2024-01-04, end: 2024-01-07}"


@pytest.fixture
def source(postgres):
    with SourceDatabase(postgres) as database:
        for table, kind in KINDS.items():
            database(SHOP.format(table, kind))
        database("create table numbers as select g as id from generate_series(1, 3) g")
        yield database


def ids_of(starc, folder, schema):
    def ask(table):
        return [int(r["id"]) for r in rows(starc, folder, f"select id from {schema}.{table} order by id")]

    return ask


def test_a_sample(engine, starc, project, source):
    append = [{"name": t, "mode": "append", "cursor": "at"} for t in KINDS]
    merge = {"name": "days", "alias": "merged", "mode": "merge", "key": "id", "cursor": "at", "deletes": "compare"}
    number = {"name": "numbers", "mode": "append", "cursor": "id"}
    others = json.loads(source.load([merge], name="other", schema="sampled"))["loads"]
    loads = json.loads(source.load([*append, number], schema="sampled"))["loads"]
    given = {"models/one.sql": "select 1 as one", "loads/shop.yml": json.dumps({"loads": loads + others})}
    folder = project(given, profile=engine.profile("sampled_models"))
    ids = ids_of(starc, folder, "sampled")
    run = starc("load", "--dry-run", cwd=folder)
    assert run.code == 0 and run.text.count("would make") == 5 and " 0 rows" not in run.text, run.text
    run = starc("load", "--sample", SPAN, cwd=folder)
    assert run.code == 0, run.text
    for table in [*KINDS, "merged"]:
        assert ids(table) == [3, 4, 5, 100], table
    assert ids("numbers") == [1, 2, 3]  # no cursor of a time
    # Of a table that is there only the end of the span counts, and no row is taken out for being beyond it.
    run = starc("load", "--sample", "{start: 2024-01-08, end: 2024-01-09}", cwd=folder)
    assert run.code == 0, run.text
    for table in [*KINDS, "merged"]:
        assert ids(table) == [3, 4, 5, 6, 7, 100], table
    run = starc("load", cwd=folder)
    assert run.code == 0 and ids("moments") == [*range(3, 10), 100], run.text
    source("insert into moments values (11, '2024-02-01'); delete from days where id = 4")
    run = starc("load", "--sample", SPAN, cwd=folder)
    assert run.code == 0 and ids("moments") == [*range(3, 10), 100], run.text
    assert ids("merged") == [3, 5, 6, 7, 8, 9, 100]
    run = starc("load", "--dry-run", cwd=folder)
    assert run.text.count("would add") == 4 and run.text.count("would merge") == 1, run.text
    run = starc("load", "--dry-run", "--full-refresh", cwd=folder)
    assert run.text.count("would replace") == 5, run.text
    run = starc("load", "--full-refresh", cwd=folder)
    assert run.code == 0 and ids("moments") == [*range(0, 10), 11, 100], run.text
    run = starc("load", "--sample", "three days", cwd=folder)
    assert run.code == 2 and "--sample is no span of time" in run.text, run.text


def test_no_rows(engine, starc, project, source):
    tables = [
        {"name": "moments", "mode": "append", "cursor": "at"},
        {"name": "days", "mode": "merge", "key": "id"},
        {"name": "numbers"},
    ]
    given = {"models/one.sql": "select 1 as one", "loads/shop.yml": source.load(tables, schema="no_rows")}
    folder = project(given, profile=engine.profile("no_rows_models"))
    ids = ids_of(starc, folder, "no_rows")
    run = starc("load", "--empty", cwd=folder)
    assert run.code == 0, run.text
    assert [ids(t) for t in ("moments", "days", "numbers")] == [[], [], []]
    run = starc("load", cwd=folder)
    assert run.code == 0, run.text
    assert len(ids("moments")) == len(ids("days")) == 11 and ids("numbers") == [1, 2, 3]


def test_hooks(engine, starc, project, source):
    made = "create table if not exists hooked.noted (n int, what {0}) {1}".format(
        "text" if engine.name == "postgres" else "String",
        "" if engine.name == "postgres" else "engine = MergeTree order by n",
    )
    note = lambda what: "insert into hooked.noted select count(*), '" + what + "' from {{ this }}"
    before = "insert into hooked.noted values (0, 'before')"
    table = {
        "name": "numbers",
        "mode": "append",
        "cursor": "id",
        "pre-hook": [{"sql": made, "transaction": False}, before],
        "post-hook": [note("first"), {"sql": note("second"), "transaction": False}],
    }
    given = {"models/one.sql": "select 1 as one", "loads/shop.yml": source.load([table], schema="hooked")}
    folder = project(given, profile=engine.profile("hooked_models"))
    ask = lambda: [(int(r["n"]), r["what"]) for r in rows(starc, folder, "select * from hooked.noted order by n, what")]
    run = starc("load", "--dry-run", cwd=folder)
    assert run.code == 0, run.text
    run = starc("load", cwd=folder)
    assert run.code == 0, run.text
    assert ask() == [(0, "before"), (3, "first"), (3, "second")]
    source("insert into numbers values (4)")
    assert starc("load", "--dry-run", cwd=folder).code == 0 and len(ask()) == 3
    file = folder / "loads/shop.yml"
    good = file.read_text()
    file.write_text(good.replace("'second'", "no_such_name"))
    run = starc("load", cwd=folder)
    assert run.code == 1 and "no_such_name" in run.text and "loads/shop.yml" in run.text, run.text
    file.write_text(good.replace("'before'", "no_such_name"))
    run = starc("load", cwd=folder)
    assert run.code == 1 and "no_such_name" in run.text, run.text
    file.write_text(good)
    run = starc("load", cwd=folder)
    assert run.code == 0, run.text
    assert [int(r["id"]) for r in rows(starc, folder, "select id from hooked.numbers order by id")] == [1, 2, 3, 4]
