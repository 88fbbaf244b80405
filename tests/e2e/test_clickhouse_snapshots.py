"""Snapshots on ClickHouse: what is silently lost or doubled there when NULL and defaults are mixed up."""

import pytest
from conftest import EMBEDDED, profile_for, rows


def table(text):
    """'1,a,2024-01-01 | 2,b,2024-01-02' as a query of id, name and at."""
    parts = [p.strip().split(",") for p in text.split("|") if p.strip()]
    return (
        " union all ".join(
            f"select toInt32({i}) as id, '{n}' as name, toDateTime('{at} 00:00:00') as at" for i, n, at in parts
        )
        or "select toInt32(1) as id, 'x' as name, now() as at where 1 = 0"
    )


@pytest.fixture(params=(["embedded"] if EMBEDDED else []) + ["clickhouse"])
def shop(project, starc, request):
    """take(rows) runs the snapshot `s` over them; states() gives its rows."""

    def make(config, name="shop"):
        schema = "sn_" + request.node.name.split("[")[0][5:25] + name
        folder = project(
            {
                "models/src.sql": "{{ var('q') }}",
                "snapshots/s.yml": "snapshots:\n  - name: s\n    relation: ref('src')\n    config: {" + config + "}\n",
            },
            name=name,
            profile=profile_for(request.param, request, schema),
        )

        def take(text, code=0, query=None):
            r = starc("build", "--vars", f"q: \"{query or table(text)}\"", cwd=folder)
            assert r.code == code, r.text
            return r

        def states(columns="id, name", current="dbt_valid_to is null"):
            got = rows(
                starc,
                folder,
                f"select {columns}, toUInt8(ifNull({current}, 0)) as holds from {{{{ ref('s') }}}} order by all",
            )
            return [tuple(r.values()) for r in got]

        def left():
            return [
                r["name"]
                for r in rows(
                    starc, folder, f"select name from system.tables where database = '{schema}' and name like '%dbt%'"
                )
            ]

        make.left, make.folder = left, folder
        return take, states

    return make


TIMESTAMP = "strategy: timestamp, unique_key: id, updated_at: at"


def test_new_keys_with_default_values_and_early_times(shop):
    """A join that found nothing looks like a row of defaults."""
    take, states = shop("strategy: check, unique_key: id, check_cols: [name]", name="a")
    take("1,a,2024-01-01")
    take("1,a,2024-01-01 | 0,,1970-01-01 | 2,,2024-01-01")
    assert states() == [(0, "", 1), (1, "a", 1), (2, "", 1)]
    take("1,,2024-01-01 | 0,,1970-01-01 | 2,,2024-01-01")
    assert states() == [(0, "", 1), (1, "", 1), (1, "a", 0), (2, "", 1)]
    assert shop.left() == []
    take, states = shop(TIMESTAMP, name="b")
    take("1,a,2024-01-01")
    take("1,a,2024-01-01 | 2,b,1970-01-01")
    take("1,a2,2024-01-01 | 2,b2,1970-01-02")
    assert states() == [(1, "a", 1), (2, "b", 0), (2, "b2", 1)]


@pytest.mark.parametrize(
    "kind, left", [("ignore", [(1, "a", 1), (2, "b", 1)]), ("invalidate", [(1, "a", 1), (2, "b", 0)])]
)
def test_rows_that_are_gone(shop, kind, left):
    take, states = shop(f"{TIMESTAMP}, hard_deletes: {kind}", name=kind)
    take("1,a,2024-01-01 | 2,b,2024-01-01")
    for _ in range(2):
        take("1,a,2024-01-01")
    assert states() == left


def test_rows_that_are_gone_and_come_back_as_records(shop):
    take, states = shop(TIMESTAMP + ", hard_deletes: new_record")
    take("1,a,2024-01-01 | 2,b,2024-01-01")
    for _ in range(2):
        take("1,a,2024-01-01")
    assert states("id, name, dbt_is_deleted") == [(1, "a", "False", 1), (2, "b", "False", 0), (2, "b", "True", 1)]
    for _ in range(2):
        take("1,a,2024-01-01 | 2,b,2024-01-01")
    assert [s for s in states("id, name, dbt_is_deleted") if s[3]] == [(1, "a", "False", 1), (2, "b", "False", 1)]
    assert len(states()) == 4


def test_an_end_that_is_a_date(shop, starc):
    take, states = shop(TIMESTAMP + ", dbt_valid_to_current: \"toDateTime('2100-12-31 00:00:00')\"")
    for at, name in (("2024-01-01", "a"), ("2024-01-02", "b"), ("2024-01-05", "c")):
        take(f"1,{name},{at}")
    assert states(current="dbt_valid_to = toDateTime('2100-12-31 00:00:00')") == [(1, "a", 0), (1, "b", 0), (1, "c", 1)]
    got = rows(
        starc,
        shop.folder,
        "select toString(toDate(dbt_valid_from)) as f, toString(toDate(dbt_valid_to)) as t from {{ ref('s') }} order "
        "by 1",
    )
    assert [tuple(r.values()) for r in got] == [
        ("2024-01-01", "2024-01-02"),
        ("2024-01-02", "2024-01-05"),
        ("2024-01-05", "2100-12-31"),
    ]


def test_several_keys(shop):
    take, states = shop("strategy: check, unique_key: [id, at], check_cols: all")
    take("1,a,2024-01-01 | 1,b,2024-01-02 | 2,,2024-01-01")
    take("1,a,2024-01-01 | 1,c,2024-01-02 | 2,,2024-01-01")
    assert states() == [(1, "a", 1), (1, "b", 0), (1, "c", 1), (2, "", 1)]


def test_null_is_a_value_and_columns_come_and_go(shop, starc):
    take, states = shop("strategy: check, unique_key: id, check_cols: all")
    take("", query="select 1 as id, 'a' as name, 5 as old")
    take("", query="select 1 as id, cast(null as Nullable(String)) as name, 5 as old")
    take("", query="select 1 as id, 'b' as name, 7 as new")
    got = rows(starc, shop.folder, "select name, new from {{ ref('s') }} order by name nulls first")
    assert [tuple(r.values()) for r in got] == [(None, None), ("a", None), ("b", 7)]
    assert [s[-1] for s in states("name")].count(1) == 1 and shop.left() == []


def test_a_value_too_large_for_its_column_is_an_error(shop):
    take, states = shop("strategy: check, unique_key: id, check_cols: all")
    take("", query="select 1 as id, toInt8(5) as name")
    take("", query="select 1 as id, toInt64(300) as name", code=1)
    assert states() == [(1, 5, 1)]
    take("", query="select 1 as id, toInt64(6) as name")
    assert states() == [(1, 5, 0), (1, 6, 1)] and shop.left() == []


@pytest.mark.parametrize(
    "first, then, said",
    [
        ("1,a,2024-01-01 | 1,b,2024-01-01", None, "2 rows have id = 1"),
        ("1,a,2024-01-01", "1,b,2024-02-01 | 1,c,2024-02-02", "2 rows have id = 1"),
    ],
)
def test_wrong_keys_change_nothing(shop, first, then, said):
    take, states = shop(TIMESTAMP, name="x" if then else "y")
    if then:
        take(first)
        before = states()
    assert said in take(then or first, code=1).out
    if then:
        assert states() == before
        take(first)
        assert states() == before and shop.left() == []


ALL_NAMES = (
    "snapshot_meta_column_names: {dbt_valid_to: until, dbt_scd_id: state, dbt_valid_from: since, dbt_updated_at: "
    "changed, dbt_is_deleted: gone}"
)


def test_names_of_ones_own_for_the_columns(shop, starc):
    """Every kind of change, under other names and with a date that stands for "no end"."""
    end = "toDateTime('2100-12-31 00:00:00')"
    take, states = shop(f"{TIMESTAMP}, hard_deletes: new_record, dbt_valid_to_current: \"{end}\", {ALL_NAMES}")
    take("1,a,2024-01-01 | 2,b,2024-01-01 | 3,c,2024-01-01")
    for _ in range(2):
        take("1,a2,2024-01-05 | 3,c,2024-01-01 | 4,d,2024-01-02")
    current = f"until = {end}"
    assert states("id, name, gone", current) == [
        (1, "a", "False", 0),
        (1, "a2", "False", 1),
        (2, "b", "False", 0),
        (2, "b", "True", 1),
        (3, "c", "False", 1),
        (4, "d", "False", 1),
    ]
    take("1,a2,2024-01-05 | 2,b,2024-01-01 | 3,c,2024-01-01 | 4,d,2024-01-02")  # 2 is back
    assert [s for s in states("id, name, gone", current) if s[0] == 2] == [
        (2, "b", "False", 0),
        (2, "b", "False", 1),
        (2, "b", "True", 0),
    ]
    got = rows(
        starc,
        shop.folder,
        "select toString(since) as f, toString(until) as t, toString(changed) as c from {{ ref('s') }} where id = 1 "
        "order by since",
    )
    assert [tuple(r.values()) for r in got] == [
        ("2024-01-01 00:00:00", "2024-01-05 00:00:00", "2024-01-01 00:00:00"),
        ("2024-01-05 00:00:00", "2100-12-31 00:00:00", "2024-01-05 00:00:00"),
    ]
    columns = [
        r["name"]
        for r in rows(
            starc,
            shop.folder,
            "select name from system.columns where table = 's' and database = '{{ target.schema }}' order by position",
        )
    ]
    assert columns == ["id", "name", "at", "state", "changed", "since", "until", "gone"] and shop.left() == []


@pytest.mark.parametrize("kind, left", [("true", [(1, "a", 1), (2, "b", 0)]), ("false", [(1, "a", 1), (2, "b", 1)])])
def test_the_older_name_of_hard_deletes(shop, kind, left):
    take, states = shop(f"{TIMESTAMP}, invalidate_hard_deletes: {kind}", name="i" + kind)
    take("1,a,2024-01-01 | 2,b,2024-01-01")
    for _ in range(2):
        take("1,a,2024-01-01")
    assert states() == left


def test_rows_that_are_gone_with_the_check_strategy(shop):
    """The same for a key of two columns that can be NULL in what is checked."""
    take, states = shop("strategy: check, unique_key: [id, at], check_cols: [name], hard_deletes: new_record")
    take("1,a,2024-01-01 | 1,b,2024-01-02 | 2,,2024-01-01")
    for _ in range(2):
        take("1,a,2024-01-01 | 2,,2024-01-01")
    assert states("id, name, dbt_is_deleted") == [
        (1, "a", "False", 1),
        (1, "b", "False", 0),
        (1, "b", "True", 1),
        (2, "", "False", 1),
    ]
    take("1,a,2024-01-01 | 1,c,2024-01-02 | 2,,2024-01-01")
    assert states("id, name, dbt_is_deleted") == [
        (1, "a", "False", 1),
        (1, "b", "False", 0),
        (1, "b", "True", 0),
        (1, "c", "False", 1),
        (2, "", "False", 1),
    ]
    assert shop.left() == []
