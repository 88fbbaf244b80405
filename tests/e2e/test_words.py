"""The cross-database macros give the same values on every engine."""

import pytest
from conftest import rows

TABLE = "(select 1 as id, 'a' as s union all select 3 as id, 'c' as s union all select 2 as id, 'b' as s) t"
# An expression in one row -> its value; "{pg | ch}" where the two databases need other words.
WORDS = {
    "{{ length(\"'abc'\") }}": "3",
    "{{ right(\"'abcde'\", 2) }}": "de",
    "{{ concat([\"'a'\", \"'b'\", \"'c'\"]) }}": "abc",
    "{{ position(\"'b'\", \"'abc'\") }}": "2",
    "{{ split_part(\"'a|b|c'\", \"'|'\", 1) }}": "a",
    "{{ split_part(\"'a|b|c'\", \"'|'\", 3) }}": "c",
    "{{ split_part(\"'a|b|c'\", \"'|'\", -1) }}": "c",
    "{{ split_part(\"'a|b|c'\", \"'|'\", -3) }}": "a",
    "{{ hash(\"'abc'\") }}": "900150983cd24fb0d6963f7d28e17f72",
    "{{ string_literal(escape_single_quotes(\"they're\")) }}": "they're",
    "{{ length(string_literal(escape_single_quotes(\"it's\"))) }}": "4",
    "{{ cast(\"'12'\", type_int()) }} + 1": "13",
    "{{ safe_cast(\"'12'\", type_int()) }} + 1": "13",
    "{{ safe_cast(\"'abc'\", type_string()) }}": "abc",
    "{{ cast_bool_to_text('1 = 1') }}": "true",
    "{{ cast_bool_to_text('1 = 0') }}": "false",
    f"(select {{{{ any_value('s') }}}} from (select 'k' as s) t)": "k",
    f"(select {{{{ cast_bool_to_text(bool_or('id = 2')) }}}} from {TABLE})": "true",
    f"(select {{{{ cast_bool_to_text(bool_or('id = 9')) }}}} from {TABLE})": "false",
    f"(select {{{{ listagg('s', \"'-'\", 'order by id') }}}} from {TABLE})": "a-b-c",
    f"(select {{{{ listagg('s', \"'-'\", 'order by id desc') }}}} from {TABLE})": "c-b-a",
    f"(select {{{{ listagg('s', \"','\", 'order by id', 2) }}}} from {TABLE})": "a,b",
    f"(select {{{{ length(listagg('s', \"','\")) }}}} from {TABLE})": "5",
    "{{ date_trunc('month', \"cast('2023-05-17' as date)\") }}": "2023-05-01",
    "{{ dateadd('day', 3, \"cast('2023-05-30' as date)\") }}": "2023-06-02",
    "{{ dateadd('month', -1, \"cast('2023-05-30' as date)\") }}": "2023-04-30",
    "{{ last_day(\"cast('2024-02-10' as date)\", 'month') }}": "2024-02-29",
    "{{ last_day(\"cast('2024-02-10' as date)\", 'quarter') }}": "2024-03-31",
    "{{ last_day(\"cast('2024-02-10' as date)\", 'year') }}": "2024-12-31",
    "{{ equals('1', '1') }}": "true",
    "{{ equals('1', '2') }}": "false",
    "(select count(*) from (select 1 as a union all select 2 as a {{ 'except' if target.type == 'postgres' else "
    "except() }} select 1 as a) t)": "1",
    "(select count(*) from (select 1 as a {{ intersect() }} select 1 as a) t)": "1",
    "(select count(*) from ({{ generate_series(10) }}) t)": "10",
    "(select max(generated_number) from ({{ generate_series(7) }}) t)": "7",
    "(select count(*) from ({{ date_spine('day', \"cast('2023-09-01' as date)\", \"cast('2023-09-10' as date)\") }}) "
    "t)": "9",
    "(select count(*) from ({{ date_spine('month', \"cast('2023-01-01' as date)\", \"cast('2024-01-01' as date)\") }}) "
    "t)": "12",
    "{{ get_powers_of_two(9) }}": "4",
    "{{ get_intervals_between(\"cast('2023-09-01' as date)\", \"cast('2023-09-12' as date)\", 'day') }}": "11",
    "(select count(*) from (select {{ current_timestamp() }} as a) t where a > cast('2020-01-01' as date))": "1",
}
for part, first, second, between in [
    ("year", "2018-12-31", "2020-01-01", 2),
    ("quarter", "2018-12-31", "2019-01-01", 1),
    ("month", "2018-11-30", "2019-01-01", 2),
    ("day", "2019-02-27", "2019-03-01", 2),
    ("week", "2019-01-07", "2019-01-21", 2),
]:
    WORDS[f"{{{{ datediff(\"cast('{first}' as date)\", \"cast('{second}' as date)\", '{part}') }}}}"] = str(between)
for part, between in [("hour", 25), ("minute", 1501), ("second", 90061)]:
    WORDS[
        f"{{{{ datediff(\"cast('2019-01-01 00:00:00' as {{ts}})\", \"cast('2019-01-02 01:01:01' as {{ts}})\", "
        f"'{part}') }}}}"
    ] = str(between)
# What is written in another way on each.
OWN = {
    "postgres": {
        "{{ replace(\"'abcabc'\", \"'b'\", \"'x'\") }}": "axcaxc",
        "{{ date(2024, 3, 5) }}": "2024-03-05",
        "array_length({{ array_append(array_construct([1, 2]), 3) }}, 1)": "3",
        "array_length({{ array_concat(array_construct([1, 2]), array_construct([3])) }}, 1)": "3",
        "coalesce(array_length({{ array_construct() }}, 1), 0)": "0",
    },
    "clickhouse": {
        "{{ replace(\"'abcabc'\", 'b', 'x') }}": "axcaxc",
        "length({{ array_append(array_construct([1, 2]), 3) }})": "3",
        "length({{ array_concat(array_construct([1, 2]), array_construct([3])) }})": "3",
        "length({{ array_construct() }})": "0",
        "{{ string_literal(escape_single_quotes('a\\\\b')) }}": "a\\b",
    },
}


@pytest.fixture
def folder(project, engine):
    return project({"models/a.sql": "select 1 as id"}, profile=engine.profile())


def same(got, want):
    got = str(got)
    if want in ("true", "false"):
        got = {"1": "true", "0": "false"}.get(got, got.lower())
    return (
        got == want
        or got.removesuffix(".0") == want
        or (got.startswith(want) and got[len(want) :] in (" 00:00:00", "T00:00:00", " 00:00:00+00", "T00:00:00+00:00"))
    )


def test_words(folder, starc, engine):
    kind = "postgres" if engine.name == "postgres" else "clickhouse"
    ts = "timestamp" if kind == "postgres" else "DateTime"
    words = {**WORDS, **OWN[kind]}
    sql = "select " + ",\n".join(f"{w.replace('{ts}', ts)} as c{i}" for i, w in enumerate(words))
    got = rows(starc, folder, sql)[0]
    values = list(got.values()) if isinstance(got, dict) else got
    wrong = [f"{w}\n  want: {want}\n  got:  {v}" for (w, want), v in zip(words.items(), values) if not same(v, want)]
    assert not wrong, "\n".join(wrong)


def test_types_hold_their_values(folder, starc, engine):
    checks = ", ".join(
        f"cast({v} as {{{{ type_{t}() }}}}) as {t}"
        for t, v in [
            ("bigint", "1234567890123"),
            ("boolean", "1 = 1"),
            ("float", "1.5"),
            ("int", "12345678"),
            ("numeric", "1.25"),
            ("string", "'text'"),
            ("timestamp", "'2021-01-01 01:01:01'"),
        ]
    ).replace("cast(1 = 1", "cast((1 = 1)")
    got = rows(starc, folder, "select " + checks)[0]
    values = [str(v) for v in (got.values() if isinstance(got, dict) else got)]
    assert (
        float(values[0]) == 1234567890123
        and float(values[2]) == 1.5
        and values[3] == "12345678"
        and float(values[4]) == 1.25
    )
    assert values[5] == "text" and values[6].replace("T", " ").startswith("2021-01-01 01:01:01"), values


def test_nulls_are_equal_when_the_project_says_so(project, starc, engine):
    def answers(flags):
        folder = project(
            {"models/a.sql": "select 1 as id"}, name="shop" + str(len(flags)), extra=flags, profile=engine.profile()
        )
        got = rows(
            starc,
            folder,
            "select case when {{ equals('null', 'null') }} then 1 else 0 end as a, case when {{ equals('1', 'null') }} "
            "then 1 else 0 end as b",
        )[0]
        return [str(v) for v in (got.values() if isinstance(got, dict) else got)]

    assert answers("") == ["0", "0"]
    assert answers("flags: {enable_truthy_nulls_equals_macro: true}\n") == ["1", "0"]
