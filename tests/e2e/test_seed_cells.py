"""Cells of seeds: none is changed without a word. Each value is loaded and read back, or refused at its place, on
each engine."""

import re
import pytest
from conftest import rows

# kind of column: type on ClickHouse, type on Postgres, (cell, what is read back or None: refused) ...
GIVEN = [
    ("Int8", "smallint", ("-128", "-128"), ("99999", None), ("abc", None), ("1.5", None)),
    ("UInt64", "bigint", ("9223372036854775807", "9223372036854775807"), ("18446744073709551616", None)),
    ("Float32", "real", ("0.5", "0.5"), ("1e40", None), ("NaN", "nan"), ("inf", "inf")),
    ("Decimal(5,2)", "numeric(5,2)", ("1.5", "1.5"), ("1.239", None), ("1000", None)),
    ("Bool", "boolean", ("yes", "true"), ("0", "false"), ("maybe", None)),
    ("Date", "date", ("2024-2-9", "2024-02-09"), ("2026-13-02", None)),
    (
        "DateTime('UTC')",
        "timestamp",
        ("2024-01-05T10:00:00", "2024-01-05 10:00:00"),
        ("2024-01-05 10:61:00", None),
        ("2024-01-05 10:00:00.1234567", None),
    ),
    ("FixedString(3)", "varchar(3)", ("abc", "abc"), ("abcd", None)),
    ("UUID", "uuid", ("61f0c404-5cb3-11e7-907b-a6006ad3dba0", "61f0c404-5cb3-11e7-907b-a6006ad3dba0"), ("61f0", None)),
    ("JSON", "json", ('{"a":1}', '{"a":1}'), ("[", None)),  # judged by the database
]


def test_types_that_are_given(project, starc, engine):
    pg, files, good, bad = engine.name == "postgres", {}, [], []
    config = ["seeds:"]
    for ch_type, pg_type, *cells in GIVEN:
        for text, read in cells:
            name = f"s{len(files)}"
            quoted = '"' + text.replace('"', '""') + '"'
            files[f"seeds/{name}.csv"] = f"id,x\n1,{quoted}\n"
            config.append(f"  - name: {name}\n    config: {{column_types: {{x: \"{pg_type if pg else ch_type}\"}}}}")
            (bad if read is None else good).append((name, text, read))
    files["seeds/s.yml"] = "\n".join(config) + "\n"
    folder = project(files, profile=engine.profile())
    r = starc("seed", cwd=folder)
    for name, text, _ in bad:
        assert re.search(rf"seeds/{name}\.csv:2:3: error: .*\n +2 \| 1,.*\n +\| +\^", r.text), (text, r.text)
    for name, *_ in good:
        assert f"seeds/{name}.csv" not in r.text, r.text
    shown = "x::text" if pg else "toString(x)"
    got = {
        row["n"]: row["x"]
        for row in rows(
            starc,
            folder,
            " union all ".join(f"select '{n}' as n, {shown} as x from {{{{ ref('{n}') }}}}" for n, *_ in good),
        )
    }
    for name, text, read in good:
        assert got[name].lower().replace("infinity", "inf") in (
            read,
            read + "0",
            '{"a":"1"}' if text[0] == "{" else read,
        ), (text, got[name])


def test_types_that_are_found(project, starc, engine):
    """The type of dbt where it holds every cell, else one that does."""
    pg = engine.name == "postgres"
    columns = {  # cells, type on ClickHouse, type on Postgres, what is read back
        "int": (["1", "-2147483648"], "Int32", "integer", None),
        "long": (["1", "9223372036854775807"], "Int64", "bigint", None),
        "ulong": (["1", "18446744073709551615"], "UInt64", "numeric", None),
        "huge": (["-1", "18446744073709551615"], "Int128", "numeric", None),
        "most": (["0", "9" * 77], "UInt256", "numeric", None),
        "real": (["0.5", "1234567.9"], "Float32", "double precision", None),
        "money": (["0.5", "1234567.89"], "Float64", "double precision", None),
        "exact": (["0.25", "12345678901234567890.5"], "Decimal(22, 2)", "numeric", None),
        "nan": (["0.5", "NaN"], "Float32", "double precision", ["0.5", "nan"]),
        "day": (["2024-01-31", "1970-01-01"], "Date", "date", None),
        "old": (["2024-01-31", "1900-01-01"], "Date32", "date", None),
        "time": (["2024-01-31 10:00:00", "1970-01-01 00:00:00"], "DateTime", "timestamp without time zone", None),
        "far": (
            ["2024-01-31 10:00:00", "2200-01-01 00:00:00"],
            "DateTime64(3)",
            "timestamp without time zone",
            ["2024-01-31 10:00:00", "2200-01-01 00:00:00"],
        ),
        "part": (
            ["2024-01-31T10:00:00.123456", "2024-01-31T10:00:00"],
            "DateTime64(6)",
            "timestamp without time zone",
            ["2024-01-31 10:00:00.123456", "2024-01-31 10:00:00"],
        ),
        "zone": (
            ["2024-01-31T01:00:00+02:00", "2024-01-31T10:00:00Z"],
            "DateTime",
            "timestamp without time zone",
            ["2024-01-30 23:00:00", "2024-01-31 10:00:00"],
        ),
        "none": (["2026-02-30", "2026-13-02"], "String", "text", None),
        "comma": (["1,5", "2"], "String", "text", None),  # dbt reads 15
        "name": (["nan", "inf"], "String", "text", None),
    }
    seed = (
        ",".join(["id", *columns])
        + "\n"
        + "".join(f"{i}," + ",".join(f'"{c[0][i]}"' for c in columns.values()) + "\n" for i in (0, 1))
    )
    folder = project({"seeds/s.csv": seed}, profile=engine.profile())
    r = starc("seed", cwd=folder)
    assert r.code == 0 and "warning" not in r.text, r.text
    types = (
        "select column_name as c, data_type as t from information_schema.columns where table_name = 's' and "
        "table_schema = '{{ target.schema }}'"
        if pg
        else "select name as c, type as t from system.columns where table = 's' and database = '{{ target.schema }}'"
    )
    kinds = {row["c"]: row["t"] for row in rows(starc, folder, types)}
    assert {n: kinds[n] for n in columns} == {n: c[2 if pg else 1] for n, c in columns.items()}
    quote = '"{}"::text' if pg else "toString(`{}`)"
    got = rows(
        starc,
        folder,
        "select "
        + ", ".join(f"{quote.format(n)} as c{i}" for i, n in enumerate(columns))
        + " from {{ ref('s') }} order by id",
    )
    for i, (n, c) in enumerate(columns.items()):
        read = [
            re.sub(r"(\.\d*?)0+$", r"\1", row[f"c{i}"].lower()).rstrip(".")
            if "." in row[f"c{i}"]
            else row[f"c{i}"].lower()
            for row in got
        ]
        assert read == (c[3] or c[0]), (n, read)


def test_many_cells_and_rows(project, starc, engine):
    """The first few with their places, then a count; nothing of such a file is in the table, which stays as it was."""
    text = "String" if engine.name != "postgres" else "text"
    small = "Int8" if engine.name != "postgres" else "smallint"
    folder = project(
        {
            "seeds/s.csv": "id,x\n1,7\n",
            "seeds/s.yml": f"seeds: [{{name: s, config: {{column_types: {{x: {small}, t: {text}}}}}}}]\n",
        },
        profile=engine.profile(),
    )
    assert starc("seed", cwd=folder).code == 0
    (folder / "seeds/s.csv").write_text(
        "id,x\n" + "".join(f"{i},{'x' if i % 2 else i % 100}\n" for i in range(100_000))
    )
    r = starc("seed", cwd=folder)
    assert (
        r.code == 1
        and "and 49995 more cells do not fit" in r.text
        and r.text.count("seeds/s.csv:") == 5
        and len(r.text.splitlines()) < 40
    ), r.text[-3000:]
    assert rows(starc, folder, "select x from {{ ref('s') }}") == [{"x": 7}]


def test_a_first_row_that_looks_like_a_header(project, starc, engine):
    """The names, or the types, of the columns as the values of the first row."""
    files = {"seeds/a.csv": "x,y\nx,y\n1,2\n", "seeds/b.csv": "x,y\nString,String\n1,2\n"}
    folder = project(files, profile=engine.profile())
    r = starc("seed", cwd=folder)
    assert r.code == 0, r.text
    for name, first in (("a", {"x": "x", "y": "y"}), ("b", {"x": "String", "y": "String"})):
        got = rows(starc, folder, f"select x, y from {{{{ ref('{name}') }}}} order by x desc")
        assert sorted(map(str, got)) == sorted(map(str, [first, {"x": "1", "y": "2"}])), got


def test_short_rows_and_losses_are_warned_of(project, starc, engine):
    folder = project({"seeds/s.csv": "id,zip,n\n1,01234,1.5\n2,00000\n\n"}, profile=engine.profile())
    r = starc("seed", cwd=folder)
    assert r.code == 0, r.text
    for part in (
        "seeds/s.csv:3:3: warning: the row is shorter than the header",
        "seeds/s.csv:4:1: warning: an empty line is a row of NULL",
        "seeds/s.csv:2:3: warning: column 'zip' is "
        + ("integer" if engine.name == "postgres" else "Int32")
        + ": '01234' becomes 1234",
    ):
        assert part in r.text, r.text
    assert [
        list(row.values())
        for row in rows(starc, folder, "select id, zip, n from {{ ref('s') }} order by id is null, id")
    ] == [[1, 1234, 1.5], [2, 0, None], [None, None, None]]
    r = starc("--warn-error", "seed", cwd=folder)
    assert r.code == 1 and "seeds/s.csv:4:1: error: an empty line" in r.text, r.text
    r = starc("--warn-error-options", "{error: all, silence: [seed-file, seed-loss]}", "seed", cwd=folder)
    assert r.code == 0 and "seeds/s.csv" not in r.text, r.text


def test_nothing_in_place_of_null(project, starc, request):
    from conftest import profile_for

    folder = project(
        {"seeds/s.csv": "id,n\n1,\n2,5\n", "seeds/s.yml": "seeds: [{name: s, config: {column_types: {n: Int32}}}]\n"},
        profile=profile_for("clickhouse", request, "nonull"),
    )
    r = starc("seed", cwd=folder)
    assert (
        r.code == 0
        and "seeds/s.csv:2:3: warning: column 'n' is Int32, which has no NULL" in r.text
        and "column_types: {n: Nullable(Int32)}" in r.text
    ), r.text


def test_a_time_of_day_in_a_date_that_was_given(project, starc, engine):
    types = {"day": "date"} if engine.name == "postgres" else {"day": "Date", "days": "Array(Date)"}
    folder = project(
        {
            "seeds/s.csv": "id,day,days\n1,2024-01-05,[]\n2,2024-01-06 23:30:00,[]\n3,2024-01-07T10:00:00-08:00,[]\n",
            "seeds/s.yml": f"seeds: [{{name: s, config: {{column_types: {types}}}}}]\n",
        },
        profile=engine.profile(),
    )
    r = starc("seed", cwd=folder)
    assert r.code == 0 and r.text.count("[seed-loss]") == 1, r.text
    assert (
        f"seeds/s.csv:3:3: warning: column 'day' is {types['day']}: '2024-01-06 23:30:00' becomes 2024-01-06" in r.text
    ), r.text
    assert [str(row["day"])[:10] for row in rows(starc, folder, "select day from {{ ref('s') }} order by id")] == [
        "2024-01-05",
        "2024-01-06",
        "2024-01-07",
    ]
    if "days" in types:  # the text of a list goes as it is
        (folder / "seeds/s.csv").write_text("id,day,days\n1,2024-01-05,['2024-01-06 23:30:00']\n")
        assert starc("seed", cwd=folder).code == 1


def test_a_file_that_has_changed(project, starc, engine):
    """Other columns, and cells that only another type holds: --full-refresh, or no table is touched."""
    folder = project({"seeds/s.csv": "id,day\n1,2024-01-01\n"}, profile=engine.profile())
    assert starc("seed", cwd=folder).code == 0
    for text, words in (
        ("id,day,more\n1,2024-01-01,x\n", "seeds/s.csv:1:8: error: the table has no column 'more'"),
        ("id,day\n3000000000,2024-01-01\n", "seeds/s.csv:2:1: error: column 'id' is integer"),
        ("id,day\n1,2024-01-01 10:00:00\n", "seeds/s.csv:2:3: error: column 'day' is date"),
    ):
        (folder / "seeds/s.csv").write_text(text)
        r = starc("seed", cwd=folder)
        if engine.name == "postgres":
            assert r.code == 1 and words in r.text and "--full-refresh" in r.text, r.text
            assert [str(row["day"])[:10] for row in rows(starc, folder, "select day from {{ ref('s') }}")] == [
                "2024-01-01"
            ]
            r = starc("seed", "--full-refresh", cwd=folder)
        assert r.code == 0, r.text
        (folder / "seeds/s.csv").write_text("id,day\n1,2024-01-01\n")
        assert starc("seed", "--full-refresh", cwd=folder).code == 0


def test_a_cell_that_the_database_refuses_far_in_a_file(project, starc, engine):
    """Files are sent in pieces of some megabytes; the place is that in the file."""
    long = "x" * 90_000
    lines = "".join(f'{i},{long},"{"[" if i == 138 else "{}"}"\n' for i in range(150))
    folder = project(
        {"seeds/s.csv": "id,t,j\n" + lines, "seeds/s.yml": "seeds: [{name: s, config: {column_types: {j: JSON}}}]\n"},
        profile=engine.profile(),
    )
    r = starc("seed", cwd=folder)
    assert r.code == 1 and "seeds/s.csv:140:90006: error" in r.text, r.text


def test_a_file_in_parts(project, starc, engine):
    """A large file is read by several threads, in parts. However they meet, it is the file that one reader reads,
    and its errors have their places."""
    texts = [
        "plain",
        '"in ""quotes"""',
        '"two\nlines"',
        '"two\r\nlines, and\n""more"""',
        "caf\u00e9 \u20ac",
        'b"c',
        '""',
        " \U0001f600 ",
    ]
    good = "id,t,day,n\n" + "".join(f"{i},{texts[i % 8]},2024-01-{i % 28 + 1:02},{i}.25\n" for i in range(120))
    files = {
        "good": good + "120\n\n121,short\n",
        "open": good + '122,"never closed\n1,2\n',
        "long": good + "1,2,3,4,5\n" + good[:200],
        "cells": good + "x,t,2024-01-01,1\n" + good.split("\n", 1)[1] + "y,z,w,v\n" * 5,
    }
    given = "seeds: [{name: cells, config: {column_types: {id: %s, n: %s}}}]\n" % (
        ("integer", "numeric") if engine.name == "postgres" else ("Int32", "Float64")
    )
    folder = project(
        {**{f"seeds/{n}.csv": t for n, t in files.items()}, "seeds/s.yml": given}, profile=engine.profile()
    )
    said, found = [], []
    for parts in (
        {},
        {"STARC_TESTS": "1", "STARC_TEST_CSV_PART": "5"},
        {"STARC_TESTS": "1", "STARC_TEST_CSV_PART": "700"},
    ):
        r = starc("seed", "--full-refresh", "--threads", "1", cwd=folder, env=parts)
        assert r.code == 1, r.text
        said.append(sorted(re.findall(r"^seeds/.*|^ +\d* \|.*|^ +note.*", r.text, re.M)))
        found.append(rows(starc, folder, "select id, t, day, n from {{ ref('good') }} order by id, t"))
    assert said[0] == said[1] == said[2] and found[0] == found[1] == found[2] and len(found[0]) == 123
    for place in ("open.csv:167:5", "long.csv:167:9", "cells.csv:167:1", "good.csv:168:1"):
        assert f"seeds/{place}: " in "\n".join(said[0]), said[0]
