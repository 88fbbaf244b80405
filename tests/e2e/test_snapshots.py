"""Snapshots on Postgres: both strategies, keys, deletions, names of columns, changes of the query, and keys that
are wrong."""

import pytest
from conftest import profile_for, rows


def table(text):
    """'1,a,2024-01-01 | 2,b,2024-01-02' as a query of id, name and at."""
    parts = [p.strip().split(",") for p in text.split("|") if p.strip()]
    return (
        " union all ".join(
            f"select {i or 'null'}::int as id, '{n}'::text as name, '{at}'::timestamp as at" for i, n, at in parts
        )
        or "select 1 as id, 'x'::text as name, now()::timestamp as at where false"
    )


@pytest.fixture
def shop(project, starc, request):
    """A project with one snapshot `s` of the model `src`, whose rows come from the command line."""

    def make(config, name="shop", form="yaml", **files):
        n = request.node.name.split("[")[0][5:30] + name
        if form == "yaml":
            files["snapshots/s.yml"] = (
                "snapshots:\n  - name: s\n    relation: ref('src')\n    config: {" + config + "}\n"
            )
        else:
            files["snapshots/s.sql"] = (
                "{% snapshot s %}\n{{ config(" + config + ") }}\nselect * from {{ ref('src') }}\n{% endsnapshot %}\n"
            )
        files.setdefault("models/src.sql", "{{ var('q') }}")
        folder = project(files, name=name, profile=profile_for("postgres", request, "snap_" + n.lower()))

        def take(text, code=0, query=None):
            r = starc("build", "--vars", f"q: \"{query or table(text)}\"", cwd=folder)
            assert r.code == code, r.text
            return r

        def states(columns="id, name", current="dbt_valid_to is null"):
            got = rows(starc, folder, f"select {columns}, {current} as holds from {{{{ ref('s') }}}} order by 1, 2, 3")
            return [tuple(r.values()) for r in got]

        make.folder = folder
        return take, states

    return make


TIMESTAMP = "strategy: timestamp, unique_key: id, updated_at: at"


@pytest.mark.parametrize("form", ["yaml", "block"])
def test_timestamp(shop, form):
    config = (
        TIMESTAMP
        if form == "yaml"
        else "strategy='timestamp', unique_key='id', updated_at='at', target_schema=target.schema"
    )
    take, states = shop(config, name="t" + form, form=form)
    take("1,a,2024-01-01 | 2,b,2024-01-01")
    take("1,a2,2024-01-01 | 2,b2,2024-01-02 | 3,c,2024-01-03")  # 1 changed without its time: not seen
    take("1,a2,2024-01-01 | 2,b2,2024-01-02 | 3,c,2024-01-03")
    assert states() == [(1, "a", True), (2, "b", False), (2, "b2", True), (3, "c", True)]
    take("1,a2,2024-01-01")
    assert [s for s in states() if s[2]] == [(1, "a", True), (2, "b2", True), (3, "c", True)]


def test_the_start_of_a_state_is_the_end_of_the_one_before(shop, starc):
    take, states = shop(TIMESTAMP)
    for at, name in (("2024-01-01", "a"), ("2024-01-02", "b"), ("2024-01-05", "c")):
        take(f"1,{name},{at}")
    got = rows(
        starc,
        shop.folder,
        "select dbt_valid_from::date::text as f, dbt_valid_to::date::text as t from {{ ref('s') }} order by 1",
    )
    assert [tuple(r.values()) for r in got] == [
        ("2024-01-01", "2024-01-02"),
        ("2024-01-02", "2024-01-05"),
        ("2024-01-05", None),
    ]
    assert rows(starc, shop.folder, "select count(distinct dbt_scd_id) as n from {{ ref('s') }}")[0]["n"] == 3


@pytest.mark.parametrize("cols, changed", [("all", True), ("[name]", False)])
def test_check(shop, cols, changed):
    take, states = shop(f"strategy: check, unique_key: id, check_cols: {cols}", name="c" + cols.strip("[]"))
    take("1,a,2024-01-01 | 2,b,2024-01-01")
    take("1,a,2024-02-02 | 2,b,2024-01-01")  # only `at` differs
    assert len(states()) == (3 if changed else 2)
    take("1,z,2024-02-02 | 2,b,2024-01-01")
    assert [s[1] for s in states() if s[2]] == ["z", "b"]


def test_check_sees_null_as_a_value(shop):
    take, states = shop("strategy: check, unique_key: id, check_cols: [name]")
    for name in ("'a'", "null::text", "null::text", "'b'"):
        take("", query=f"select 1 as id, {name} as name")
    assert sorted(states(), key=str) == [(1, "a", False), (1, "b", True), (1, None, False)]


def test_several_keys(shop):
    take, states = shop("strategy: check, unique_key: [id, at], check_cols: [name]")
    take("1,a,2024-01-01 | 1,b,2024-01-02")
    take("1,a,2024-01-01 | 1,c,2024-01-02")
    assert states() == [(1, "a", True), (1, "b", False), (1, "c", True)]


@pytest.mark.parametrize(
    "config, left",
    [
        ("hard_deletes: ignore", [(1, "a", True), (2, "b", True)]),
        ("hard_deletes: invalidate", [(1, "a", True), (2, "b", False)]),
        ("invalidate_hard_deletes: true", [(1, "a", True), (2, "b", False)]),
    ],
)
def test_rows_that_are_gone(shop, config, left):
    take, states = shop(TIMESTAMP + ", " + config, name="d" + config[-6:].strip(": "))
    take("1,a,2024-01-01 | 2,b,2024-01-01")
    for _ in range(2):
        take("1,a,2024-01-01")
    assert states() == left


def test_rows_that_are_gone_and_come_back_as_records(shop):
    take, states = shop(TIMESTAMP + ", hard_deletes: new_record")
    take("1,a,2024-01-01 | 2,b,2024-01-01")
    for _ in range(2):
        take("1,a,2024-01-01")
    assert states("id, name, dbt_is_deleted") == [
        (1, "a", "False", True),
        (2, "b", "False", False),
        (2, "b", "True", True),
    ]
    for _ in range(2):
        take("1,a,2024-01-01 | 2,b,2024-01-01")  # back, and with its old time
    assert [s for s in states("id, name, dbt_is_deleted") if s[3]] == [(1, "a", "False", True), (2, "b", "False", True)]
    assert len(states()) == 4


def test_an_end_that_is_a_date(shop):
    take, states = shop(TIMESTAMP + ", dbt_valid_to_current: \"'9999-12-31'::timestamp\"")
    take("1,a,2024-01-01")
    take("1,b,2024-01-02")
    assert states(current="dbt_valid_to = '9999-12-31'") == [(1, "a", False), (1, "b", True)]
    assert states(current="dbt_valid_to is null") == [(1, "a", False), (1, "b", False)]


def test_own_names_of_columns(shop, starc):
    take, states = shop(
        TIMESTAMP + ", snapshot_meta_column_names: {dbt_valid_to: until, dbt_scd_id: state, dbt_valid_from: since, "
        "dbt_updated_at: changed}"
    )
    take("1,a,2024-01-01")
    take("1,b,2024-01-02")
    assert states(current="until is null") == [(1, "a", False), (1, "b", True)]
    assert set(rows(starc, shop.folder, "select * from {{ ref('s') }} limit 1")[0]) == {
        "id",
        "name",
        "at",
        "until",
        "since",
        "state",
        "changed",
    }


def test_columns_come_and_go_and_grow(shop, starc):
    take, states = shop("strategy: check, unique_key: id, check_cols: all")
    take("", query="select 1 as id, 'a'::varchar(3) as name, 5 as old")
    take("", query="select 1 as id, 'abcdef'::varchar(9) as name, 7 as new")
    got = rows(starc, shop.folder, "select name, old, new from {{ ref('s') }} order by dbt_valid_from")
    assert [tuple(r.values()) for r in got] == [("a", 5, None), ("abcdef", None, 7)]


def test_macros_of_the_project_win(shop):
    take, states = shop(
        "strategy: never, unique_key: id, updated_at: at",
        **{
            "macros/m.sql": "{% macro snapshot_never_strategy(node, snapshotted_rel, current_rel, model_config, "
            "target_exists) %}"
            "{% do return({'unique_key': 'id', 'updated_at': 'at', 'row_changed': 'false', 'scd_id': "
            "snapshot_hash_arguments(['id', 'at']), 'hard_deletes': 'ignore'}) %}{% endmacro %}"
            "{% macro default__snapshot_hash_arguments(args) %}'h' || {{ args | join(\" || \") }}{% endmacro %}"
        },
    )
    take("1,a,2024-01-01")
    take("1,b,2024-02-01 | 2,c,2024-01-01")
    assert states("id, name, left(dbt_scd_id, 3)") == [(1, "a", "h12", True), (2, "c", "h22", True)]


@pytest.mark.parametrize(
    "macro", ["snapshot_merge_sql", "postgres__snapshot_merge_sql", "default__snapshot_staging_table"]
)
def test_a_macro_of_the_project_meets_the_rows_that_dbt_has(shop, macro):
    """Either side of the staging table may be the project's own: the other one then reads or writes dbt's change
    types."""
    own = {
        "merge": "{% macro " + macro + "(target, source, insert_cols) %}\n"
        "update {{ target }} d set dbt_valid_to = s.dbt_valid_to from {{ source }} s\n"
        "where s.dbt_scd_id = d.dbt_scd_id and s.dbt_change_type in ('update', 'delete') and d.dbt_valid_to is null;\n"
        "insert into {{ target }} ({{ insert_cols | join(', ') }}) select {{ insert_cols | join(', ') }} from {{ "
        "source }} where dbt_change_type = 'insert';\n"
        "update {{ target }} set name = upper(name) where dbt_scd_id in (select dbt_scd_id from {{ source }} where "
        "dbt_change_type = 'insert')\n{% endmacro %}",
        "staging": "{% macro " + macro + "(strategy, source_sql, target_relation) %}\n"
        "with q as (select id, upper(name) as name, at from ({{ source_sql }}) r), old as (select * from {{ "
        "target_relation }} where dbt_valid_to is null)\n"
        "select k.kind as dbt_change_type, q.*, q.id as dbt_unique_key, q.at as dbt_updated_at, q.at as "
        "dbt_valid_from,\n"
        "  case when k.kind = 'update' then q.at end as dbt_valid_to, case when k.kind = 'update' then old.dbt_scd_id "
        "else md5(q.id::text || q.at) end as dbt_scd_id\n"
        "from q left join old on old.id = q.id join (values ('insert'), ('update')) as k (kind) on k.kind = 'insert' "
        "or old.id is not null\n"
        "where old.id is null or old.at < q.at\n"
        "union all select 'delete', q.*, q.id, q.at, q.at, now()::timestamp, old.dbt_scd_id from old left join q on "
        "q.id = old.id where q.id is null\n{% endmacro %}",
    }
    take, states = shop(
        TIMESTAMP + ", hard_deletes: invalidate",
        name=macro.replace("_", ""),
        **{"macros/m.sql": own["merge" if "merge" in macro else "staging"]},
    )
    take("1,a,2024-01-01 | 2,b,2024-01-01 | 3,c,2024-01-01")
    for _ in range(2):
        take("1,a2,2024-01-05 | 3,c,2024-01-01 | 4,d,2024-01-02")
    assert states("id, lower(name), name = upper(name)") == [
        (1, "a", False, False),
        (1, "a2", True, True),
        (2, "b", False, False),
        (3, "c", False, True),
        (4, "d", True, True),
    ]


@pytest.mark.parametrize(
    "first, then, said",
    [
        ("1,a,2024-01-01 | 1,b,2024-01-01", None, "2 rows have id = 1"),
        (",a,2024-01-01", None, "unique_key is NULL"),
        ("1,a,2024-01-01", "1,b,2024-02-01 | 1,c,2024-02-02", "2 rows have id = 1"),
        ("1,a,2024-01-01", "1,a,2024-01-01 | ,b,2024-01-01", "unique_key is NULL"),
    ],
)
def test_wrong_keys_change_nothing(shop, starc, first, then, said):
    take, states = shop(
        TIMESTAMP, name="w" + said[-6:].replace(" ", "").replace("=", "").lower() + ("2" if then else "1")
    )
    if then:
        take(first)
        before = states()
    r = take(then or first, code=1)
    assert said in r.out and "snapshots/s.yml" in r.out
    if then:
        assert states() == before
    else:
        assert rows(starc, shop.folder, "select to_regclass('{{ ref('s') }}') is null as gone")[0]["gone"]


def test_names_of_ones_own_with_an_end_and_records_of_what_is_gone(shop, starc):
    """All keys at once, every kind of change."""
    names = (
        "snapshot_meta_column_names: {dbt_valid_to: until, dbt_scd_id: state, dbt_valid_from: since, dbt_updated_at: "
        "changed, dbt_is_deleted: gone}"
    )
    take, states = shop(
        TIMESTAMP + ", hard_deletes: new_record, dbt_valid_to_current: \"'2100-12-31'::timestamp\", " + names
    )
    take("1,a,2024-01-01 | 2,b,2024-01-01 | 3,c,2024-01-01")
    for _ in range(2):
        take("1,a2,2024-01-05 | 3,c,2024-01-01 | 4,d,2024-01-02")
    current = "until = '2100-12-31'"
    assert states("id, name, gone", current=current) == [
        (1, "a", "False", False),
        (1, "a2", "False", True),
        (2, "b", "False", False),
        (2, "b", "True", True),
        (3, "c", "False", True),
        (4, "d", "False", True),
    ]
    take("1,a2,2024-01-05 | 2,b,2024-01-01 | 3,c,2024-01-01 | 4,d,2024-01-02")  # 2 is back
    assert [s for s in states("id, name, gone", current=current) if s[0] == 2] == [
        (2, "b", "False", False),
        (2, "b", "False", True),
        (2, "b", "True", False),
    ]
    got = rows(
        starc,
        shop.folder,
        "select since::date::text as f, until::date::text as t, changed::date::text as c from {{ ref('s') }} where id "
        "= 1 order by since",
    )
    assert [tuple(r.values()) for r in got] == [
        ("2024-01-01", "2024-01-05", "2024-01-01"),
        ("2024-01-05", "2100-12-31", "2024-01-05"),
    ]
    columns = [
        r["column_name"]
        for r in rows(
            starc,
            shop.folder,
            "select column_name from information_schema.columns where table_name = 's' and table_schema = '{{ "
            "target.schema }}' order by ordinal_position",
        )
    ]
    assert columns == ["id", "name", "at", "state", "changed", "since", "until", "gone"]
