"""Types: the words of contracts, seeds and functions, columns that come to a table later, on each engine."""

import json, re
from conftest import rows

# The word in the YAML, a value of the query.
SAME = {
    "postgres": [
        ("string", "'x'::text"),
        ("STRING", "'x'::varchar(3)"),
        ("int8", "1::bigint"),
        ("character varying(10)", "'x'::varchar"),
        ("varchar(10)", "'x'::text"),
        ("timestamp(3)", "now()::timestamp"),
        ("float(10)", "1::real"),
        ("dec(9,2)", "1.5"),
        ("int[]", "array[1]"),
        ("integer array", "array[1]"),
        ("serial", "1"),
        ("BIGSERIAL", "1::bigint"),
        ("bit(3)", "B'101'"),
        ("text[]", "array['a'::varchar(4)]"),
    ],
    "clickhouse": [
        ("string", "'x'"),
        ("integer", "1::Int32"),
        ("timestamp", "now()"),
        ("float", "1::Float32"),
        ("double", "1::Float64"),
        ("FixedString(3)", "toFixedString('abc', 3)"),
        ("String", "toFixedString('abc', 3)"),
        ("dec(9,2)", "1::Decimal(9, 2)"),
        ("Nullable(text)", "null::Nullable(String)"),
        ("VARCHAR(10)", "'x'"),
        ("INT UNSIGNED", "1::UInt32"),
        ("Tuple(a int, b text)", "(1, 'x')::Tuple(a Int32, b String)"),
        ("DateTime64(3,'UTC')", "now64(3, 'UTC')"),
        ("enum('a'=1)", "'a'::Enum8('a' = 1)"),
    ],
}
OTHER = {
    "postgres": [("text", "1"), ("int[]", "array[1::bigint]")],
    "clickhouse": [
        ("text", "1::UInt8"),
        ("FixedString(3)", "toFixedString('abcd', 4)"),
        ("String", "null::Nullable(String)"),
    ],
}
UNKNOWN = {
    "postgres": ("doubl", 'type "doubl" does not exist'),
    "clickhouse": ("Nullable(doubl)", "Unknown data type family: doubl"),
}


def promised(name, columns, materialized="table"):
    listed = "".join(f"      - {{name: c{i}, data_type: \"{word}\"}}\n" for i, (word, _) in enumerate(columns))
    config = "on_schema_change='append_new_columns', " if materialized == "incremental" else ""
    return (
        {
            f"models/{name}.sql": "{{ config(%smaterialized='%s') }}select %s"
            % (config, materialized, ", ".join(f"{value} as c{i}" for i, (_, value) in enumerate(columns)))
        },
        f"  - name: {name}\n    config: {{contract: {{enforced: true}}}}\n    columns:\n{listed}",
    )


def test_a_contract_takes_every_word_of_a_type(project, starc, engine):
    kind = "postgres" if engine.name == "postgres" else "clickhouse"
    files, yaml = {"seeds/s.csv": "a,b\n01,x\n"}, "models:\n"
    models = [
        ("same", SAME[kind], "table"),
        ("again", [c for c in SAME[kind] if c[0] != "String"], "incremental"),
        ("seen", SAME[kind], "view"),
        ("unknown", [(UNKNOWN[kind][0], "1.5")], "table"),
    ]
    for name, columns, materialized in models + [(f"other{i}", [c], "table") for i, c in enumerate(OTHER[kind])]:
        file, entry = promised(name, columns, materialized)
        files.update(file)
        yaml += entry
    folder = project(
        {**files, "models/m.yml": yaml},
        profile=engine.profile(),
        extra="seeds: {+column_types: {a: integer, b: string}}\n",
    )
    good = ("--select", "same", "again", "seen", "s")
    for _ in range(2):  # the second run brings rows into tables that are there
        r = starc("build", *good, cwd=folder)
        assert r.code == 0, r.text
    assert [tuple(str(v) for v in r.values()) for r in rows(starc, folder, "select a, b from {{ ref('s') }}")] == [
        ("1", "x")
    ]
    r = starc("run", "--exclude", *good[1:], cwd=folder)
    assert r.code == 1 and r.text.count("data type mismatch") == len(OTHER[kind]), r.text
    line = next(i for i, text in enumerate(yaml.splitlines()) if f'"{UNKNOWN[kind][0]}"' in text) + 1
    assert f"models/m.yml:{line}:" in r.text and UNKNOWN[kind][1] in r.text, r.text


NEW = {
    "postgres": [
        ("integer[]", "array[1, 2]"),
        ("character varying(5)[]", "array['a']::varchar(5)[]"),
        ("kinds.mood", "'ok'::kinds.mood"),
        ('kinds."Odd one"', "'1'::kinds.\"Odd one\""),
        ("kinds.mood[]", "array['ok'::kinds.mood]"),
        ("character(3)", "'a'::char(3)"),
        ("bit(3)", "B'101'::bit(3)"),
        ("bit varying(5)", "B'1'::varbit(5)"),
        ("timestamp(3) without time zone", "now()::timestamp(3)"),
        ("time(2) with time zone", "now()::timetz(2)"),
        ("interval day to second(3)", "'1 day'::interval day to second(3)"),
        ("numeric(9,2)", "1::numeric(9,2)"),
        ("uuid", "gen_random_uuid()"),
        ("jsonb", "'{}'::jsonb"),
    ],
    "clickhouse": [
        ("Enum8('a' = 1, 'b\\'s' = 2)", "'a'::Enum8('a' = 1, 'b\\'s' = 2)"),
        ("Decimal(9, 2)", "1::Decimal(9, 2)"),
        ("FixedString(3)", "toFixedString('abc', 3)"),
        ("LowCardinality(Nullable(String))", "'x'::LowCardinality(Nullable(String))"),
        ("LowCardinality(FixedString(2))", "'ab'::LowCardinality(FixedString(2))"),
        ("Array(Nullable(Int8))", "[1]::Array(Nullable(Int8))"),
        ("Map(String, Array(UInt8))", "map('a', [1])"),
        ("Tuple(a Int8, b String)", "(1, 'x')::Tuple(a Int8, b String)"),
        ("AggregateFunction(sum, UInt64)", "sumState(1::UInt64)"),
        ("DateTime64(3, 'UTC')", "now64(3, 'UTC')"),
        ("JSON", "'{}'::JSON"),
        ("Array(Tuple(a Int8, b String))", "[(1, 'x')]::Array(Tuple(a Int8, b String))"),
        ("Point", "(1., 2.)::Point"),
    ],
}

MAKE_TYPES = [
    "create schema if not exists kinds",
    "drop type if exists kinds.mood cascade",
    "create type kinds.mood as enum ('ok')",
    'drop domain if exists kinds."Odd one" cascade',
    'create domain kinds."Odd one" as text',
]


def types_of(starc, folder, name, pg):
    sql = (
        "select format_type(atttypid, atttypmod) as t from pg_attribute where attrelid = '{{ ref('%s') }}'::regclass "
        "and attnum > 0 and attname like 'x%%' order by attname"
        if pg
        else "select type as t from system.columns where concat('`', database, '`.`', table, '`') = '{{ ref('%s') }}' "
        "and name like 'x%%' order by name"
    )
    return [
        re.sub(r"([(,])\s+", lambda m: m[1] + " " * (m[1] == ","), r["t"]).replace("\n)", ")")
        for r in rows(starc, folder, sql % name)
    ]


def test_columns_that_come_later_have_the_type_of_the_query(project, starc, engine):
    pg = engine.name == "postgres"
    new = NEW["postgres" if pg else "clickhouse"]
    order = "" if pg else ", order_by='id'"
    query = "select 1 as id{%% if var('more', false) %%}, %s{%% endif %%}" % ", ".join(
        f"{value} as x{i:02}" for i, (_, value) in enumerate(new)
    )
    files = {
        f"models/{mode}_{i}.sql": "{{ config(materialized='incremental', unique_key='id', incremental_strategy='%s', "
        "on_schema_change='%s'%s) }}\n" % (strategy, mode, order) + query
        for i, strategy in enumerate(["append", "delete+insert", "merge"] if pg else ["append", "delete_insert"])
        for mode in ("append_new_columns", "sync_all_columns")
    }
    extra = (
        "on-run-start: "
        + json.dumps(["{% if not var('more', false) %}" + sql + "{% endif %}" for sql in MAKE_TYPES])
        + "\n"
        if pg
        else ""
    )
    if pg:
        files["snapshots/sn.sql"] = (
            "{% snapshot sn %}{{ config(unique_key='id', strategy='check', check_cols=['id']) }}"
            + query
            + "{% endsnapshot %}"
        )
    folder = project(files, profile=engine.profile(), extra=extra)
    for more in ("{}", "{more: true}"):
        r = starc("build", "--vars", more, cwd=folder)
        assert r.code == 0, r.text
    for path in files:
        name = path.split("/")[1][:-4]
        assert types_of(starc, folder, name, pg) == [t for t, _ in new], name
