"""Where loads come from besides a Postgres: another ClickHouse, files."""

import gzip, json, urllib.request

import pytest
from conftest import needs_embedded, rows
from source_database import SourceDatabase

TABLE = """
create table t (id UInt64, s String, a Array(UInt64), d DateTime('Europe/Berlin'), m Map(String, UInt8), x Decimal(9,2),
  n Nullable(String))
engine = MergeTree order by id
"""


@pytest.fixture
def there(clickhouse):
    """Sends a statement to the server."""
    head = {"X-ClickHouse-User": clickhouse.user, "X-ClickHouse-Key": clickhouse.password}

    def send(sql):
        url = f"http://127.0.0.1:{clickhouse.port}/"
        return urllib.request.urlopen(urllib.request.Request(url, sql.encode(), head)).read().decode()

    return send


def files(folder):
    place = folder / "incoming"
    place.mkdir(exist_ok=True)
    (place / "people_1.csv").write_text('id,name,at\n1,a,2024-01-01 10:00:00\n2,"b,c",\n')
    (place / "people_2.csv.gz").write_bytes(gzip.compress(b"id,name,at\n3,x,2024-01-02\n"))
    (place / "events.jsonl").write_text('{"id": 1, "tags": ["a", "b"]}\n{"id": 2, "tags": []}\n')


LOAD_OF_FILES = {
    "loads": [
        {
            "name": "drop",
            "from": {"type": "files", "path": "incoming"},
            "schema": "dropped",
            "tables": [
                {
                    "name": "people",
                    "files": "people_*.csv*",
                    "format": "CSVWithNames",
                    "structure": "id Int64, name String, at Nullable(String)",
                },
                {"name": "events", "files": "events.jsonl"},
            ],
        }
    ]
}


@needs_embedded
def test_files_come_into_each_database(engine, starc, project):
    given = {"models/one.sql": "select 1 as one", "loads/drop.yml": json.dumps(LOAD_OF_FILES)}
    folder = project(given, profile=engine.profile("files_of"))
    files(folder)
    for _ in range(2):
        run = starc("load", cwd=folder)
        assert run.code == 0, run.text
    found = rows(starc, folder, "select * from dropped.people order by id")
    assert [(int(r["id"]), r["name"], r["at"]) for r in found] == [
        (1, "a", "2024-01-01 10:00:00"),
        (2, "b,c", None),
        (3, "x", "2024-01-02"),
    ]
    assert [int(r["n"]) for r in rows(starc, folder, "select count(*) as n from dropped.events")] == [2]


@needs_embedded
def test_a_file_that_is_not_there(engine, starc, project):
    place = {"type": "files", "path": "incoming", "foler": 1}
    load = {"loads": [{"name": "drop", "from": place, "tables": ["nothing"]}]}
    given = {"models/one.sql": "select 1 as one", "loads/drop.yml": json.dumps(load)}
    folder = project(given, profile=engine.profile("no_files"))
    (folder / "incoming").mkdir()
    run = starc("load", cwd=folder)
    assert run.code == 1, run.text
    assert "loads/drop.yml:1:" in run.text and "nothing.*" in run.text, run.text
    assert "unknown key 'foler' in the files of a load" in run.text, run.text


def test_another_clickhouse(engine, starc, project, clickhouse, there):
    there("create database if not exists from_there")
    there("drop table if exists from_there.t")
    there(TABLE.replace("table t", "table from_there.t"))
    there(
        "insert into from_there.t select number, toString(number), [number, 2], "
        "toDateTime('2024-01-01 00:00:00', 'Europe/Berlin'), map('k', 1), 1.5, null from numbers(5)"
    )
    source = {
        "type": "clickhouse",
        "host": "127.0.0.1",
        "port": clickhouse.port,
        "user": clickhouse.user,
        "password": clickhouse.password,
        "schema": "from_there",
    }
    table = {"name": "t", "mode": "append", "cursor": "id"}
    load = {"loads": [{"name": "other", "from": source, "schema": "to_here", "tables": [table]}]}
    given = {"models/one.sql": "select 1 as one", "loads/other.yml": json.dumps(load)}
    folder = project(given, profile=engine.profile("other_of"))
    for expected in ("5 rows", "0 rows"):
        run = starc("load", cwd=folder)
        assert run.code == 0 and expected in run.text, run.text
    late = "4 + number, 'late', [], '2024-01-01 00:00:00', map(), 0, 'n' from numbers(3)"
    there("insert into from_there.t select " + late)
    run = starc("load", cwd=folder)
    assert "3 rows" in run.text, run.text  # one of them has the cursor that was the last
    found = rows(starc, folder, "select id, s, n from to_here.t order by id, s")
    first = [(i, str(i)) for i in range(5)]
    assert [(int(r["id"]), r["s"]) for r in found] == first + [(4, "late"), (5, "late"), (6, "late")]
    assert [r["n"] for r in found][:5] == [None] * 5
    wrong = json.dumps(load).replace(clickhouse.password, "not-the-password")
    (folder / "loads/other.yml").write_text(wrong)
    run = starc("load", cwd=folder)
    assert run.code == 1 and "in `from:`" in run.text, run.text
    assert "not-the-password" not in run.text


# A type of ClickHouse, a value, and whether Postgres lets the column have NULL.
KEPT = {
    "id": ("UInt64", "7", False),
    "word": ("LowCardinality(String)", "'w'", False),
    "words": ("LowCardinality(Nullable(String))", "null", True),
    "either": ("Variant(String, UInt64)", "5", True),
    "anything": ("Dynamic", "'x'", True),
    "some": ("Nullable(DateTime64(3, 'UTC'))", "null", True),
    "list": ("Array(LowCardinality(String))", "['a']", False),
    "pair": ("Tuple(a Int8, b String)", "(1, 'x')", False),
    "most": ("SimpleAggregateFunction(max, Int64)", "9", False),
    "true": ("Bool", "true", False),
}


def test_columns_of_a_clickhouse_have_null_where_they_had_it(engine, starc, project, clickhouse, there):
    there("drop database if exists kept_there")
    there("create database kept_there")
    columns = ", ".join(f"`{name}` {type}" for name, (type, _, _) in KEPT.items())
    there(f"create table kept_there.t ({columns}) engine = AggregatingMergeTree order by id")
    there("insert into kept_there.t values (" + ", ".join(value for _, value, _ in KEPT.values()) + ")")
    source = {
        "type": "clickhouse",
        "host": "127.0.0.1",
        "port": clickhouse.port,
        "user": clickhouse.user,
        "password": clickhouse.password,
        "schema": "kept_there",
    }
    table = {"name": "t", "mode": "append", "cursor": "id"}
    if engine.name != "postgres":
        table["order_by"] = "id"
    load = {"loads": [{"name": "kept", "from": source, "schema": "kept_here", "tables": [table]}]}
    given = {"models/one.sql": "select 1 as one", "loads/kept.yml": json.dumps(load)}
    folder = project(given, profile=engine.profile("kept_models"))
    for expected in ("1 row", "0 rows"):
        run = starc("load", cwd=folder)
        assert run.code == 0 and expected in run.text, run.text
    if engine.name == "postgres":
        asked = "select attname as n, not attnotnull as t from pg_attribute where attnum > 0 and attrelid = "
        found = rows(starc, folder, asked + "'kept_here.t'::regclass")
        assert {r["n"]: r["t"] for r in found} == {name: null for name, (_, _, null) in KEPT.items()}
    else:
        found = rows(starc, folder, "select name as n, type as t from system.columns where database = 'kept_here' "
                                    "and table = 't'")  # fmt: skip
        assert {r["n"]: r["t"] for r in found} == {name: type for name, (type, _, _) in KEPT.items()}


def test_a_source_that_is_not_loaded_yet_names_its_load(engine, starc, project):
    load = LOAD_OF_FILES["loads"][0] | {"schema": "not_loaded"}
    sources = [{"name": "drop", "schema": "not_loaded", "tables": [{"name": "people"}]}]
    given = {
        "models/a.sql": "select * from {{ source('drop', 'people') }}",
        "loads/drop.yml": json.dumps({"loads": [load]}),
        "models/s.yml": json.dumps({"sources": sources}),
    }
    folder = project(given, profile=engine.profile("not_loaded_models", threads=1))
    files(folder)
    r = starc("run", cwd=folder)
    assert r.code == 1 and "a load fills it: starc load --select load:drop.people" in r.text, r.text
