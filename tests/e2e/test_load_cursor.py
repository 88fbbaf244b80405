"""Cursors of each type: what `lag` and `start` mean, which types are none, in which order texts are."""

import json, urllib.request

import pytest
from conftest import profile_for, rows
from source_database import SourceDatabase

# A type of Postgres; the first two cursors, a lag, a cursor that comes late and one that is new.
CURSORS = {
    "smallint": ("-32767", "-32760", "100", "-32765", "3"),
    "integer": ("1", "60", "100", "5", "61"),
    "bigint": ("1", "9223372036854775806", "9223372036854775807", "5", "9223372036854775807"),
    "oid": ("1", "60", "100", "5", "4294967295"),
    "real": ("0.1", "0.3", "0.2", "0.2", "1e10"),
    "double precision": ("-1.5", "-1", "0.5", "-1.25", "2.5"),
    "numeric(3,0)": ("-999", "-990", "100", "-995", "0"),
    "numeric(5,2)": ("1.01", "9.99", "0.005", "9.99", "10"),
    "numeric": ("1.01", "9.99", "9.5", "2", "10.0001"),
    "money": ("1.01", "9.99", "9.5", "2", "10"),
    "date": ("2024-01-01", "2024-01-02", "1 hour", "2024-01-01", "2024-02-01"),
    "timestamp": ("2024-01-01", "2024-01-02 10:00", "1 day 1 hour", "2024-01-01 20:00", "2024-02-01"),
    "timestamptz": ("2024-01-01 00:00+00", "2024-01-02 10:00+00", "36 hours", "2024-01-01 20:00-02", "2024-02-01+00"),
    "time": ("00:05", "00:30", "1 hour", "00:20:00.5", "23:00"),
    "text": ("B", "a", None, "a", "b"),
    "varchar(3)": ("B", "a", None, "a", "aa"),
    "character(3)": ("B", "a", None, "a", "aa"),
    "name": ("B", "a", None, "a", "b"),
}
MERGED = ("text", "character(3)", "name", "numeric(5,2)", "date")  # in the order of the target, too


@pytest.fixture
def source(postgres):
    """With texts in an order that is not that of their bytes."""
    with SourceDatabase(postgres) as outer:
        with SourceDatabase(postgres) as database:
            outer(f"drop database {database.name}", database="postgres")
            icu = "locale_provider icu icu_locale 'en' locale 'C.UTF-8'"
            outer(f"create database {database.name} template template0 {icu}", database="postgres")
            assert database("select 'a' < 'B' collate \"en-x-icu\"").strip() == "t"
            yield database


def quoted(value):
    return "'" + value + "'"


@pytest.mark.parametrize("to", ["postgres", "clickhouse"])
def test_each_type_of_cursor(starc, project, source, request, to):
    schema, tables, first_rows, more_rows, appended, merged = f"cursors_{to}", [], [], [], [], []
    for i, (type, (first, last, lag, late, new)) in enumerate(CURSORS.items()):
        first_rows.append(f"create table k{i} (c {type}, n int)")
        first_rows.append(f"insert into k{i} values ({quoted(first)}, 1), ({quoted(last)}, 2)")
        more_rows.append(f"insert into k{i} values ({quoted(late)}, 3), ({quoted(new)}, 4), ({quoted(new)}, 2)")
        cursor = {"column": "c", **({"lag": lag} if lag else {})}
        tables.append({"name": f"k{i}", "mode": "append", "cursor": cursor})
        appended.append(f"select {i} as i, n, count(*) as k from {schema}.k{i} group by n")
        if type in MERGED:
            query = f"select * from k{i}"
            tables.append({"name": f"m{i}", "query": query, "mode": "merge", "key": "n", "cursor": cursor})
            newest = f"(select c from {schema}.m{i} where n = 4)"
            merged.append(f"select {i} as i, count(*) as k, count(distinct n) as n, "
                          f"sum(case when c = {newest} then 1 else 0 end) as same from {schema}.m{i}")  # fmt: skip
    folder = project({"models/one.sql": "select 1 as one", "loads/k.yml": source.load(tables, name="k", schema=schema)},
                     profile=profile_for(to, request, schema + "_models"))  # fmt: skip
    source(";\n".join(first_rows))
    run = starc("load", cwd=folder)
    assert run.code == 0, run.text
    source(";\n".join(more_rows))
    for _ in range(2):
        run = starc("load", cwd=folder)
        assert run.code == 0, run.text
    came = {}
    for r in rows(starc, folder, " union all ".join(appended)):
        came.setdefault(int(r["i"]), []).append((int(r["n"]), int(r["k"])))
    once = [(1, 1), (2, 2), (3, 1), (4, 1)]
    wrong = [(type, "append", came.get(i)) for i, type in enumerate(CURSORS) if sorted(came.get(i, [])) != once]
    ones = {int(r["i"]): r for r in rows(starc, folder, " union all ".join(merged))}
    for i, type in enumerate(CURSORS):
        if type in MERGED and [int(ones[i][c]) for c in ("k", "n", "same")] != [4, 4, 2]:
            wrong.append((type, "merge", ones[i]))
    assert not wrong


def said(run, place, *words):
    assert run.code == 1 and f"loads/k.yml:{place}" in run.text, run.text
    for word in words:
        assert word in run.text, run.text


def one_load(starc, project, source, profile, yaml):
    head = json.dumps(source.connection())
    text = f"loads:\n- name: k\n  from: {head}\n  schema: {profile[1]}\n  tables:\n{yaml}"
    return project({"models/one.sql": "select 1 as one", "loads/k.yml": text}, profile=profile[0])


def at_postgres(request, schema):
    return profile_for("postgres", request, schema + "_models"), schema


STARTS = {
    "'2024-01-01 00:00:00 America/New_York'": 19,
    "'2024-01-01 00:00:00+02'": 26,
    "'2024-01-01 00:00:00'": 24,
    "2024-01-01 00:00:00": 24,
    "2024-01-01": 24,
    "2024-01-01T05:00:00Z": 19,
}


@pytest.mark.parametrize("kind", ["timestamptz", "timestamp"])
def test_the_zone_of_a_start(starc, project, source, request, kind):
    source(f"create table t (at {kind}); set timezone to 'UTC'; insert into t select timestamp '2023-12-31 00:00' + "
           "i * interval '1 hour' from generate_series(0, 47) i")  # fmt: skip
    for i, (start, expected) in enumerate(STARTS.items()):
        schema = f"starts_{kind}_{i}"
        folder = one_load(starc, project, source, at_postgres(request, schema),
                          f"  - {{name: t, mode: append, cursor: {{column: at, start: {start}}}}}")  # fmt: skip
        run = starc("load", cwd=folder)
        assert run.code == 0 and f"{expected} rows" in run.text, run.text


@pytest.mark.parametrize("mode", ["append", "merge"])
def test_nothing_before_the_start_comes_later(engine, starc, project, source, mode):
    source("create table t (id int, n int); insert into t select i, i from generate_series(1, 10) i")
    schema = f"not_before_{mode}_{engine.name.replace(' ', '_')}"
    key = ", key: n" if mode == "merge" else ""
    table = f"  - {{name: t, mode: {mode}{key}, cursor: {{column: id, lag: 8, start: %d}}}}"
    folder = one_load(starc, project, source, (engine.profile(schema + "_models"), schema), table % 5)
    ids = f"select id from {schema}.t order by id"
    for _ in range(2):
        run = starc("load", cwd=folder)
        assert run.code == 0, run.text
        assert [int(r["id"]) for r in rows(starc, folder, ids)] == list(range(5, 11))
    yaml = (folder / "loads/k.yml").read_text()
    (folder / "loads/k.yml").write_text(yaml.replace("start: 5", "start: 13"))  # from now on
    source("insert into t select i, i from generate_series(11, 15) i")
    run = starc("load", cwd=folder)
    assert run.code == 0 and "3 rows" in run.text, run.text
    assert [int(r["id"]) for r in rows(starc, folder, ids)] == [*range(5, 11), 13, 14, 15]


WRONG = [
    ("id", "lag: 1 hour", "'1 hour' is no lag", "as in lag: 100"),
    ("id", "lag: 0.5", "'0.5' is no lag", "integer"),
    ("id", "lag: -5", "'-5' is no lag", "integer"),
    ("at", "lag: 100", "'100' is no lag", "as in lag: 1 hour"),
    ("at", "lag: soon", "invalid input syntax for type interval", "soon"),
    ("at", "lag: -1 hour", "'-1 hour' is no lag", "timestamp"),
    ("at", "lag: [1]", "the lag of 'k.t' is no value"),
    ("word", "lag: 1", "'1' is no lag", "text"),
    ("id", "start: soon", 'invalid input syntax for type integer: "soon"'),
    ("id", "start: [1]", "the start of 'k.t' is no value"),
    ("at", "start: '2024-13-01'", "out of range"),
    ("at", "start: {a: 1}", "the start of 'k.t' is no value"),
]


@pytest.mark.parametrize("column, said_so, words", [(c, s, w) for c, s, *w in WRONG])
def test_a_lag_and_a_start_that_are_none(starc, project, source, request, column, said_so, words):
    source("create table t (id int, at timestamptz, word text); insert into t values (1, now(), 'a')")
    yaml = f"  - name: t\n    mode: append\n    cursor:\n      column: {column}\n      {said_so}\n"
    folder = one_load(starc, project, source, at_postgres(request, "wrong_cursor"), yaml)
    said(starc("load", cwd=folder), "10:7", *words)


NONE = ["mood", '"char"', "boolean", "json", "jsonb", "bytea", "integer[]", "bit(3)", "uuid", "interval", "xid", "inet"]


def test_types_that_are_no_cursor(engine, starc, project, source):
    source("create type mood as enum ('b', 'a')")
    tables = []
    for i, type in enumerate(NONE):
        source(f"create table n{i} (c {type})")
        tables.append(f"  - {{name: n{i}, mode: append, cursor: c}}\n")
    schema = f"no_cursors_{engine.name.replace(' ', '_')}"
    folder = one_load(starc, project, source, (engine.profile(schema + "_models"), schema), "".join(tables))
    run = starc("load", cwd=folder)
    for i, type in enumerate(NONE):
        assert f"the cursor of 'k.n{i}' is 'c', and no row is told as new by its type, " in run.text, run.text
        said(run, 6 + i)


GIVEN = [
    ("clickhouse", "id", "String", "integer, and would be in another order as Nullable(String)"),
    ("postgres", "id", "text", "integer, and would be in another order as text"),
    ("postgres", "at", "text", "timestamp with time zone, and would be in another order as text"),
    ("postgres", "word", "bytea", "text, and would be in another order as bytea"),
    ("postgres", "word", "integer", "text, and would be in another order as integer"),
]


@pytest.mark.parametrize("to, column, type, words", GIVEN)
def test_a_cursor_that_would_be_in_another_order(starc, project, source, request, to, column, type, words):
    source("create table t (id int, at timestamptz, word text); insert into t values (1, now(), '1')")
    profile = profile_for(to, request, "other_order_models"), "other_order"
    yaml = f"  - name: t\n    mode: append\n    cursor: {column}\n    columns:\n      {column}: {{type: {type}}}\n"
    said(starc("load", cwd=one_load(starc, project, source, profile, yaml)), "10:7", words)


# Where a cursor has another type in the target that is ordered alike: a type of Postgres and the given one; the first
# two cursors, a lag, one that comes late and one that is new.
ALIKE = {
    "postgres": [
        ("timestamp", "date", "2024-01-01", "2024-01-03", "36 hours", "2024-01-02", "2024-02-01"),
        ("date", "timestamptz", "2024-01-01", "2024-01-03", "1 day", "2024-01-02", "2024-02-01"),
        ("numeric(5,2)", "integer", "-3", "9", "10.5", "-1", "10"),
        ("double precision", "bigint", "-3", "9", "0.5", "9", "1e+15"),
        ("integer", "numeric(5,2)", "-3", "9", "10", "-1", "10"),
        ("bigint", "double precision", "-3", "9", "10", "-1", "10"),
    ],
    "clickhouse": [
        ("timestamp", "Date", "2024-01-01", "2024-01-03", "36 hours", "2024-01-02", "2024-02-01"),
        ("timestamptz", "Date32", "2024-01-01+00", "2024-01-03+00", "36 hours", "2024-01-02+00", "2024-02-01+00"),
        ("date", "DateTime64(3, 'UTC')", "2024-01-01", "2024-01-03", "1 day", "2024-01-02", "2024-02-01"),
        ("date", "DateTime('Europe/Berlin')", "2024-01-01", "2024-01-03", "1 day", "2024-01-02", "2024-02-01"),
        ("numeric(5,2)", "Int32", "-3", "9", "10.5", "-1", "10"),
        ("integer", "Decimal(9, 2)", "-3", "9", "10", "-1", "10"),
        ("bigint", "Float64", "-3", "9", "10", "-1", "10"),
        ("bigint", "UInt8", "3", "9", "10", "4", "10"),
    ],
}


@pytest.mark.parametrize("to", ["postgres", "clickhouse"])
def test_a_cursor_that_is_ordered_alike_in_another_type(starc, project, source, request, to):
    tables, cases = [], ALIKE[to]
    for i, (type, given, first, last, lag, _, _) in enumerate(cases):
        source(f"create table a{i} (c {type}, n int); insert into a{i} values ('{first}', 1), ('{last}', 2)")
        tables.append({"name": f"a{i}", "mode": "append", "cursor": {"column": "c", "lag": lag},
                       "columns": {"c": {"type": given}}})  # fmt: skip
    folder = project({"models/one.sql": "select 1 as one", "loads/k.yml": source.load(tables, schema="alike")},
                     profile=profile_for(to, request, "alike_models"))  # fmt: skip
    for late in (False, True, True):
        for i, (type, _, _, _, _, between, new) in enumerate(cases):
            there = f"exists (select from a{i} where n = 4)"
            values = f"(values ('{between}'::{type}, 3), ('{new}'::{type}, 4)) v"
            source(f"insert into a{i} select * from {values} where {late} and not {there}")
        run = starc("load", cwd=folder)
        assert run.code == 0, run.text
    for i, case in enumerate(cases):
        came = rows(starc, folder, f"select n from alike.a{i} order by n")
        assert [int(r["n"]) for r in came] == [1, 2, 3, 4], case


def test_texts_are_in_the_order_of_their_bytes(engine, starc, project, source):
    """That of ClickHouse: a later row of a key is one whose bytes are greater."""
    source("create table t (id int, at text); insert into t values (1, 'B'), (1, 'a'), (2, 'ä'), (2, 'z')")
    schema = f"bytes_{engine.name.replace(' ', '_')}"
    folder = one_load(starc, project, source, (engine.profile(schema + "_models"), schema),
                      "  - {name: t, mode: merge, key: id, cursor: at}\n")  # fmt: skip
    for more, expected in (("select 1", ["a", "ä"]), ("insert into t values (1, 'Z'), (2, 'ö')", ["a", "ö"])):
        source(more)
        run = starc("load", cwd=folder)
        assert run.code == 0, run.text
        assert [r["at"] for r in rows(starc, folder, f"select at from {schema}.t order by id")] == expected


@pytest.mark.parametrize("to", ["postgres", "clickhouse"])
def test_a_load_of_another_name_goes_on_by_the_greatest_text(starc, project, source, request, to):
    source("create table t (id int, at text); insert into t values (1, 'a'), (2, 'B'), (3, 'ö')")
    profile = profile_for(to, request, "renamed_models"), "renamed"
    folder = one_load(starc, project, source, profile, "  - {name: t, mode: append, cursor: at}\n")
    yaml = (folder / "loads/k.yml").read_text()
    for name, expected in (("k", "3 rows"), ("k2", "0 rows"), ("k3", "1 row")):
        (folder / "loads/k.yml").write_text(yaml.replace("- name: k\n", f"- name: {name}\n"))
        run = starc("load", cwd=folder)
        assert run.code == 0 and expected in run.text, run.text
        source("insert into t values (4, 'ü')" if name == "k2" else "select 1")


# A type of ClickHouse, and cursors as above; the new one is beyond the type's half.
OF_CLICKHOUSE = {
    "UInt8": ("1", "60", "100", "5", "255"),
    "UInt64": ("1", "60", "100", "5", "18446744073709551615"),
    "UInt256": ("1", "60", "100", "5", "1" + 77 * "0"),
    "Int8": ("-127", "-100", "100", "-120", "127"),
    "Int128": ("-127", "-100", "100", "-120", "127"),
    "Decimal(3, 0)": ("-999", "-990", "100", "-995", "0"),
    "Nullable(UInt32)": ("1", "60", "100", "5", "61"),
    "LowCardinality(String)": ("'B'", "'a'", None, "'a'", "'b'"),
    "Float64": ("0.5", "2.5", "2", "1", "1e10"),
    "Date": ("'1970-01-01'", "'1970-01-03'", "5 days", "'1970-01-02'", "'2024-01-01'"),
    "Date32": ("'1970-01-01'", "'1970-01-03'", "1 hour", "'1970-01-02'", "'2024-01-01'"),
    "DateTime('Europe/Berlin')": ("'2024-10-27 00:00:00'", "'2024-10-27 04:00:00'", "2 hours", "'2024-10-27 03:00:00'",
                                  "'2024-10-28 00:00:00'"),
    "DateTime64(3, 'UTC')": ("'2024-10-27 00:00:00'", "'2024-10-27 04:00:00'", "90 minutes", "'2024-10-27 03:00:00.5'",
                             "'2024-10-28 00:00:00'"),
    "UUID": ("'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-000000000002'", None,
             "'00000000-0000-0000-0000-000000000002'", "'00000000-0000-0000-0000-000000000003'"),
}  # fmt: skip


@pytest.mark.parametrize("to", ["postgres", "clickhouse"])
def test_each_type_of_a_clickhouse(starc, project, clickhouse, request, to):
    head = {"X-ClickHouse-User": clickhouse.user, "X-ClickHouse-Key": clickhouse.password}

    def there(sql):
        url = f"http://127.0.0.1:{clickhouse.port}/"
        return urllib.request.urlopen(urllib.request.Request(url, sql.encode(), head)).read().decode()

    there("drop database if exists cursors_there")
    there("create database cursors_there")
    tables, cases = [], [(t, c) for t, c in OF_CLICKHOUSE.items() if t != "UUID" or to != "postgres"]
    for i, (type, (first, last, lag, _, _)) in enumerate(cases):
        there(f"create table cursors_there.k{i} (c {type}, n UInt8) engine = MergeTree order by tuple()")
        there(f"insert into cursors_there.k{i} values ({first}, 1), ({last}, 2)")
        cursor = {"column": "c", **({"lag": lag} if lag else {})}
        tables.append({"name": f"k{i}", "mode": "append", "cursor": cursor})
    place = {"type": "clickhouse", "host": "127.0.0.1", "port": clickhouse.port, "user": clickhouse.user,
             "password": clickhouse.password, "schema": "cursors_there"}  # fmt: skip
    load = {"loads": [{"name": "k", "from": place, "schema": "cursors_here", "tables": tables}]}
    folder = project({"models/one.sql": "select 1 as one", "loads/k.yml": json.dumps(load)},
                     profile=profile_for(to, request, "cursors_here_models"))  # fmt: skip
    run = starc("load", cwd=folder)
    assert run.code == 0, run.text
    for i, (_, (_, _, _, late, new)) in enumerate(cases):
        there(f"insert into cursors_there.k{i} values ({late}, 3), ({new}, 4), ({new}, 2)")
    for _ in range(2):
        run = starc("load", cwd=folder)
        assert run.code == 0, run.text
    wrong = []
    for i, (type, _) in enumerate(cases):
        came = rows(starc, folder, f"select n, count(*) as k from cursors_here.k{i} group by n order by n")
        if [(int(r["n"]), int(r["k"])) for r in came] != [(1, 1), (2, 2), (3, 1), (4, 1)]:
            wrong.append((type, came))
    assert not wrong
