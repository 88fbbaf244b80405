"""What a load may say: which rows, which columns, how its table is made; and what a person did to its table by hand."""

import subprocess, time

import pytest
from conftest import STARC, rows
from source_database import SourceDatabase
from test_load_rows import settings, target  # noqa: F401

SOURCE = """
create table people (id int primary key, "Name" text, email text not null, born date, paid numeric(8,2));
insert into people values (1, 'Ada', 'ada@example.com', '1915-12-10', 1.50), (2, 'Bob', 'bob@example.com', null, 2),
  (3, null, 'eve@example.com', '2001-01-01', null);
create table log (id int);
"""


@pytest.fixture
def source(postgres):
    with SourceDatabase(postgres) as database:
        database(SOURCE)
        yield database


def shop(source, schema, tables):
    """A load for each of the tables, so that one table of the source can fill several."""
    text = lambda t: source.load([{"name": "people", **t}], name=t["alias"], schema=schema)
    return {f"loads/{t['alias']}.yml": text(t) for t in tables}


def asker(starc, folder):
    return lambda sql: [tuple(r.values()) for r in rows(starc, folder, sql)]


def test_rows_and_columns_that_are_asked_for(engine, request, starc, project, source, target):  # noqa: F811
    pg = engine.name == "postgres"
    hook = "insert into asked_for.noted select 'after', count(*) from {{ this }}"
    made = "create table if not exists asked_for.noted (what {0}, n int) {1}".format(
        "text" if pg else "String", "" if pg else "engine = MergeTree order by tuple()"
    )
    kept = {"indexes": [{"columns": ["id"], "unique": True}], "unlogged": True} if pg else {
        "engine": "ReplacingMergeTree",
        "order_by": "id",
        "partition_by": "id % 2",
        "settings": {"index_granularity": 1024},
        "indexes": [{"name": "by_email", "definition": "email type bloom_filter granularity 1"}],
    }
    wide = "numeric(20,4)" if pg else "Nullable(Decimal(20, 4))"
    tables = [
        {"alias": "some", "where": "id > 1 and email <> 'eve@example.com'"},
        {"alias": "listed", "columns": ["id", "email"]},
        {
            "alias": "shaped",
            "tags": ["nightly"],
            "columns": {
                "Name": {"name": "full_name"},
                "email": {"expression": "md5(email)"},
                "born": {"omit": True},
                "paid": wide,
            },
        },
        {"alias": "counted", "query": 'select count(*) as n, max("Name") as "Last One" from people'},
        {"alias": "kept", "tags": ["nightly"], **kept},
        {"alias": "noting", "post_hook": [made, hook]},
    ]
    folder = project(
        {"models/one.sql": "select 1 as one", **shop(source, "asked_for", tables)},
        profile=settings(engine.name, request, target, "asked_for_models"),
        extra="loads:\n  shop:\n    +meta: {owner: us}\n",
    )
    r = starc("load", "--full-refresh", "--threads", "1", cwd=folder)
    assert r.code == 0, r.text
    ask = asker(starc, folder)
    assert [int(i) for (i,) in ask("select id from asked_for.some")] == [2]
    first = rows(starc, folder, "select * from asked_for.listed order by id")[0]
    assert first == {"id": 1, "email": "ada@example.com"}
    shaped = rows(starc, folder, "select * from asked_for.shaped order by id")
    assert [list(r) for r in shaped] == [["id", "full_name", "email", "paid"]] * 3
    assert [r["full_name"] for r in shaped] == ["Ada", "Bob", None]
    assert shaped[0]["email"] == source("select md5('ada@example.com')").strip()
    assert [float(r["paid"] or 0) for r in shaped] == [1.5, 2, 0]
    counted = rows(starc, folder, "select * from asked_for.counted")
    assert [(k, str(v)) for k, v in counted[0].items()] == [("n", "3"), ("Last One", "Bob")]
    if pg:
        look = "select relpersistence || indisunique from pg_class c join pg_index i on i.indrelid = c.oid where"
        assert ask(f"{look} c.oid = 'asked_for.kept'::regclass") == [("utrue",)]
    else:
        look = "select engine, sorting_key, partition_key, create_table_query from system.tables where"
        found = ask(f"{look} database = 'asked_for' and name = 'kept'")[0]
        assert [f.strip("()") for f in found[:3]] == ["ReplacingMergeTree", "id", "id % 2"], found
        assert "index_granularity = 1024" in found[3] and "by_email" in found[3], found
    assert [(w, int(n)) for w, n in ask("select what, n from asked_for.noted")] == [("after", 3)]
    listed = lambda *a: sorted(starc("ls", "--quiet", "--resource-type", "load", *a, cwd=folder).out.split())
    assert len(listed()) == 6
    assert len(listed("--select", "tag:nightly")) == 2 and len(listed("--select", "load:some")) == 1
    assert len(listed("--select", "config.meta.owner:us")) == 6



def test_hooks_that_are_plain_texts(engine, request, starc, project, source, target):  # noqa: F811
    """They are rendered when they run, as those of models are, so `this` is the load's table in them."""
    end = "" if engine.name == "postgres" else " engine = MergeTree order by tuple()"
    make = f"create table if not exists plain_hooks.noted (what {'text' if not end else 'String'}){end}"
    tables = [
        {"alias": "one", "pre_hook": make, "post_hook": "insert into plain_hooks.noted values ('{{ this.name }}')"},
        {"alias": "two", "config": {"post_hook": "{{ 'insert into plain_hooks.noted values (' ~ \"'two'\" ~ ')' }}"}},
    ]
    files = {"models/one.sql": "select 1 as one", **shop(source, "plain_hooks", tables)}
    folder = project(files, profile=settings(engine.name, request, target, "plain_hooks_models"))
    r = starc("load", "--full-refresh", "--threads", "1", cwd=folder)
    assert r.code == 0, r.text
    assert sorted(asker(starc, folder)("select what from plain_hooks.noted")) == [("one",), ("two",)]

def test_what_a_person_did_by_hand(engine, request, starc, project, source, target):  # noqa: F811
    tables = [
        {"alias": "added", "mode": "append", "cursor": "id"},
        {"alias": "dropped", "mode": "append", "cursor": "id"},
        {"alias": "emptied", "mode": "append", "cursor": "id"},
        {"alias": "wanted", "mode": "append", "cursor": "id"},
        {"alias": "compared", "mode": "merge", "key": "id", "cursor": "id", "deletes": "compare"},
        {"alias": "forgot", "mode": "append", "cursor": "id"},
    ]
    folder = project(
        {"models/one.sql": "select 1 as one", **shop(source, "by_hand", tables)},
        profile=settings(engine.name, request, target, "by_hand_models"),
    )
    ask = asker(starc, folder)
    ids = lambda name: [int(i) for (i,) in ask(f"select id from by_hand.{name} order by id")]
    assert starc("load", "--full-refresh", cwd=folder).code == 0
    statements = [
        "insert into by_hand.added (id, email) values (77, 'by hand')",
        "drop table by_hand.dropped",
        "truncate table by_hand.emptied",
        "delete from by_hand.starc_loads where load = 'forgot'",
    ]
    (folder / "macros").mkdir()
    (folder / "macros/hand.sql").write_text(
        "{% macro by_hand() %}"
        + "".join("{% call statement() %}" + s + "{% endcall %}" for s in statements)
        + "{% if target.type == 'postgres' %}{% do adapter.commit() %}{% endif %}{% endmacro %}"
    )
    r = starc("run-operation", "by_hand", cwd=folder)
    assert r.code == 0, r.text
    source("insert into people (id, email) values (4, 'new@example.com')")
    # A load of no rows forgets nothing, and takes nothing away.
    r = starc("load", "--empty", "--select", "load:wanted", "load:compared", cwd=folder)
    assert r.code == 0, r.text
    assert ids("wanted") == [1, 2, 3] and ids("compared") == [1, 2, 3]
    r = starc("load", cwd=folder)
    assert r.code == 0, r.text
    assert ids("added") == [1, 2, 3, 4, 77]
    for name in ("dropped", "emptied", "wanted", "compared", "forgot"):
        assert ids(name) == [1, 2, 3, 4], name
    # Another cursor begins where the table ends, and not where the other cursor did.
    source("update people set paid = 9 + id where id > 2")
    file = folder / "loads/wanted.yml"
    file.write_text(file.read_text().replace('"cursor": "id"', '"cursor": "paid"'))
    assert starc("load", "--select", "load:wanted", cwd=folder).code == 0
    assert [int(i) for i in ids("wanted")] == [1, 2, 3, 3, 4, 4]


def test_a_view_in_the_place_of_its_table(engine, request, starc, project, source, target):  # noqa: F811
    tables = [{"alias": "taken", "mode": "append"}]
    folder = project(
        {
            "models/taken.sql": "{{ config(schema='seen') }} select 1 as one",
            "macros/generate_schema_name.sql": "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}"
            "{% endmacro %}",
        },
        profile=settings(engine.name, request, target, "seen_models"),
    )
    assert starc("run", cwd=folder).code == 0
    (folder / "loads").mkdir()
    for path, text in shop(source, "seen", tables).items():
        (folder / path).write_text(text)
    (folder / "models/taken.sql").write_text("select 1 as one")
    r = starc("load", "--full-refresh", cwd=folder)
    assert r.code == 1, r.text
    assert "it is a view, not a table. Drop it or give the load another alias" in r.text


@pytest.mark.parametrize("kind", ["clickhouse", "postgres"])
def test_readers_keep_the_old_table(kind, request, starc, project, source, target):  # noqa: F811
    """Until the new one is whole."""
    slow = "select id, email, case when id > {0} then pg_sleep(1)::text end as slept from people"
    tables = [{"alias": "slow", "query": slow.format(99)}]
    folder = project(
        {"models/one.sql": "select 1 as one", **shop(source, "slowly", tables)},
        profile=settings(kind, request, target, "slow_models"),
    )
    ask = asker(starc, folder)
    assert starc("load", cwd=folder).code == 0
    file = folder / "loads/slow.yml"
    file.write_text(file.read_text().replace("> 99", "> 0"))
    source("insert into people (id, email) select n, 'x' from generate_series(4, 6) n")
    with subprocess.Popen(
        [STARC, "load", "--full-refresh"], cwd=folder, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    ) as load:
        seen = []
        while load.poll() is None:
            seen.append(int(ask("select count(*) as n from slowly.slow")[0][0]))
            time.sleep(0.1)
        assert load.returncode == 0
    assert set(seen) <= {3, 6} and seen.count(3) > 1, seen
    assert int(ask("select count(*) as n from slowly.slow")[0][0]) == 6


def test_the_last_row_of_a_key_wins(engine, request, starc, project, source, target):  # noqa: F811
    """In a source that keeps all versions of its rows, in one batch and in the next one."""
    source(
        "create table versions (id int, v text, at timestamptz);"
        "insert into versions values (1, 'old', '2024-01-01'), (1, 'new', '2024-01-02'), (5, 'timeless', null),"
        "(2, 'b', '2024-01-02'), (2, 'a', '2024-01-02'), (3, 'gone', '2024-01-01')"
    )
    table = {"name": "versions", "mode": "merge", "key": "id", "cursor": "at"}
    folder = project(
        {"models/one.sql": "select 1 as one", "loads/shop.yml": source.load([table], schema="last_rows")},
        profile=settings(engine.name, request, target, "last_models"),
    )
    ask = asker(starc, folder)
    latest = lambda: [(int(i), v) for i, v in ask("select id, v from last_rows.versions order by id")]
    assert starc("load", "--full-refresh", cwd=folder).code == 0
    assert latest() == [(1, "new"), (2, "a"), (3, "gone"), (5, "timeless")]
    source("insert into versions values (2, 'newest', '2024-01-04'), (2, 'newer', '2024-01-03')")
    source("insert into versions values (4, 'x', '2024-01-03')")
    assert starc("load", cwd=folder).code == 0
    assert latest() == [(1, "new"), (2, "newest"), (3, "gone"), (4, "x"), (5, "timeless")]
