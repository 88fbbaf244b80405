"""Keys of ClickHouse that need no second program, embedded and over HTTP: seeds, views, batches without rows,
hooks, macros that a project puts in place of starc's."""

import pytest
from conftest import EMBEDDED, profile_for, rows
from test_clickhouse import leftovers, made, pairs, run


@pytest.fixture(params=(["embedded"] if EMBEDDED else []) + ["clickhouse"])
def ch(request):
    return lambda schema, **more: profile_for(request.param, request, schema, **more)


SEND = "{% macro send(text) %}{% do run_query(text) %}{% endmacro %}"


def send(starc, folder, text):
    run(starc, folder, "send", "--args", f'{{text: "{text}"}}', command="run-operation")


SOURCE = (
    "{{ config(materialized='incremental', order_by='id') }}select toInt32(number) as id, toInt32(number * 10) as v "
    "from numbers(3)"
)


def test_seeds(project, starc, ch):
    """Empty fields: NULL in numbers, dates and booleans, '' in text, what column_types says."""
    folder = project(
        {
            "seeds/s.csv": "id,name,day,ok,big,given,Upper Case\n1,a,2024-01-02,true,3000000000,7,x\n2,,,,,,\n",
            "seeds/p.yml": "seeds:\n  - name: s\n    config:\n      quote_columns: true\n      order_by: id\n"
            "      engine: ReplacingMergeTree\n      column_types: {given: Nullable(String)}\n",
            "models/m.sql": "select *, name = '' as empty from {{ ref('s') }} where id = 2",
        },
        profile=ch("see"),
    )
    for args in ((), (), ("--full-refresh",)):
        run(starc, folder, *args, command="seed")
        text = made(starc, folder, "see", "s")
        for part in (
            "`id` Int32",
            "`name` String",
            "`day` Nullable(Date)",
            "`ok` Nullable(Bool)",
            "`big` Nullable(Int64)",
            "`given` Nullable(String)",
            "`Upper Case` String",
            "ReplacingMergeTree",
            "ORDER BY (id)",
        ):
            assert part in text, text
    run(starc, folder)
    row = rows(starc, folder, "select * from {{ ref('m') }}")[0]
    assert row["name"] == "" and int(row["empty"]) == 1 and all(row[n] is None for n in ("day", "ok", "big", "given"))
    assert leftovers(starc, folder, "see") == []


def test_views_and_their_keys(project, starc, ch):
    part = "--{0}:begin\nselect id, toUInt8({1}) as n from {{{{ ref('src') }}}}\n--{0}:end\n"
    folder = project(
        {
            "macros/m.sql": SEND,
            "models/src.sql": SOURCE,
            "models/one.sql": "{{ config(materialized='materialized_view', order_by='id', "
            "on_schema_change='sync_all_columns') }}select id, v{{ ', id as w' if var('w', false) }} "
            "from {{ ref('src') }}",
            "models/none_yet.sql": "{{ config(materialized='materialized_view', order_by='id', catchup=false) }}select "
            "id, v from {{ ref('src') }}",
            "models/two.sql": "{{ config(materialized='materialized_view', order_by='id') }}\n"
            + part.format("a", 1)
            + "union all\n"
            + part.format("b", 2),
            "models/t.sql": "{{ config(materialized='table', order_by='id', mv_on_schema_change='append_new_columns', "
            "repopulate_from_mvs_on_full_refresh=true) }}\n"
            "select toInt32(0) as id, toInt32(0) as v{{ ', toUInt8(1) as w' if var('w', false) }} where 1 = 0",
            "models/into.sql": "{{ config(materialized='materialized_view') }}\n"
            "{{ materialization_target_table(ref('t')) }}\nselect id, v from {{ ref('src') }}",
            "models/timed.sql": "{{ config(materialized='materialized_view', refreshable={'interval': 'every 1 year', "
            "'randomize': '1 minute'}) }}select toInt32(5) as id",
        },
        profile=ch("vke"),
    )
    run(starc, folder)
    send(starc, folder, "insert into vke.src values (7, 70)")
    past = [(0, 0), (1, 10), (2, 20)]
    assert (
        pairs(starc, folder, "one", "id", "v")
        == pairs(starc, folder, "into", "id", "v")
        == pairs(starc, folder, "t", "id", "v")
        == past + [(7, 70)]
    )
    assert pairs(starc, folder, "none_yet", "id", "v") == [(7, 70)]
    assert pairs(starc, folder, "two", "id", "n") == [(i, n) for i in (0, 1, 2, 7) for n in (1, 2)]
    assert "REFRESH EVERY 1 YEAR RANDOMIZE FOR 1 MINUTE TO vke.timed" in made(starc, folder, "vke", "timed_mv")
    run(starc, folder, "--exclude", "src", "--vars", "w: true")  # nothing is built anew
    assert "`w`" in made(starc, folder, "vke", "one") and "`w`" in made(starc, folder, "vke", "t")
    send(starc, folder, "insert into vke.src values (8, 80)")
    assert pairs(starc, folder, "one", "id", "w") == [(0, 0), (1, 0), (2, 0), (7, 0), (8, 8)]
    run(starc, folder, "--exclude", "src", "into", "--full-refresh")
    for name in ("one", "t"):
        assert pairs(starc, folder, name, "id", "v") == past + [(7, 70), (8, 80)]
    assert pairs(starc, folder, "none_yet", "id", "v") == []
    assert leftovers(starc, folder, "vke") == []


def test_batches_without_rows(project, starc, ch):
    """They leave the table alone, keyed or not; what a batch without a key replaces goes all the same."""

    def model(key):
        return (
            "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at', "
            "batch_size='day', begin='2024-01-01', order_by='at'"
            + key
            + ", lookback=2) }}select id, at from {{ ref('src') }}"
        )

    folder = project(
        {
            "models/src.sql": "{{ config(materialized='table', event_time='at') }}select toInt32(number) as id, "
            "toDateTime('2024-01-01 12:00:00') + interval number * 3 day as at"
            " from numbers({{ var('n', 3) }})",
            "models/keyed.sql": model(", unique_key='id'"),
            "models/plain.sql": model(""),
        },
        profile=ch("empty"),
    )
    span = ("--event-time-start", "2024-01-01", "--event-time-end", "2024-01-10")
    run(starc, folder, *span)
    before = {name: made(starc, folder, "empty", name) for name in ("keyed", "plain")}
    run(starc, folder, *span)
    for name in before:
        assert pairs(starc, folder, name, "id") == [(0,), (1,), (2,)]
    run(starc, folder, *span, "--vars", "n: 1")
    assert pairs(starc, folder, "keyed", "id") == [(0,), (1,), (2,)] and pairs(starc, folder, "plain", "id") == [(0,)]
    assert leftovers(starc, folder, "empty") == []


def test_hooks_and_full_refresh_of_a_model(project, starc, ch):
    log = "insert into {{ target.schema }}.seen values ('{{ this.identifier }}', '%s')"
    folder = project(
        {
            "macros/m.sql": SEND,
            "models/a.sql": "{{ config(materialized='incremental', full_refresh=false, force_on_cluster=true, "
            "pre_hook=[\""
            + log % "before"
            + "\"], post_hook=[{'sql': \""
            + log % "after"
            + "\", 'transaction': false}]) }}select toInt32({{ var('v', 1) }}) as id",
        },
        profile=ch("hoo"),
        extra="on-run-start: create table if not exists {{ target.schema }}.seen (name String, hook String) engine = "
        "MergeTree order by tuple()\n",
    )
    send(starc, folder, "create database if not exists hoo")
    run(starc, folder)
    run(starc, folder, "--full-refresh", "--vars", "v: 2")
    assert pairs(starc, folder, "a", "id") == [(1,), (2,)]
    assert [r["hook"] for r in rows(starc, folder, "select hook from hoo.seen order by hook")] == [
        "after",
        "after",
        "before",
        "before",
    ]


def test_macros_that_a_project_puts_in_place(project, starc, ch):
    """The materializations call their steps by the names that projects know."""
    folder = project(
        {
            "macros/m.sql": "{% macro clickhouse__incremental_delete_insert(existing_relation, unique_key, "
            "incremental_predicates, is_distributed=false) %}"
            "{% call statement('main') %}insert into {{ existing_relation }} select id + 100, v from ({{ sql }}){% "
            "endcall %}{% endmacro %}"
            "{% macro engine_clause() %}engine = Log{% endmacro %}{% macro order_cols(label='order by') %}{% endmacro "
            "%}"
            "{% macro clickhouse__create_mv(mv_relation, target_relation, cluster_clause, refreshable_clause, "
            "view_sql, is_main_statement=false) %}"
            "{% call statement('own') %}create materialized view {{ mv_relation }} to {{ target_relation }} as select "
            "id, -1 as v from ({{ view_sql }}){% endcall %}"
            "{% do adapter.cache_added(mv_relation) %}{% endmacro %}",
            "models/a.sql": "{{ config(materialized='incremental', unique_key='id', "
            "incremental_strategy='delete_insert') }}select toInt32(1) as id, toInt32(2) as v",
            "models/m.sql": "{{ config(materialized='materialized_view', catchup=false) }}select id, v from {{ "
            "ref('a') }}",
        },
        profile=ch("own"),
    )
    run(starc, folder)
    run(starc, folder, "--select", "a")
    assert pairs(starc, folder, "a", "id", "v") == [(1, 2), (101, 2)] and pairs(starc, folder, "m", "id", "v") == [
        (101, -1)
    ]
    assert "ENGINE = Log" in made(starc, folder, "own", "a")


def test_a_failure_leaves_nothing_beside(project, starc, ch):
    """Whatever a node was doing: rows, deletes, hooks, keys. The table is as it was, and the next run goes well."""
    fails = "{{ 'intDiv(1, id - 1)' if var('bad', false) == this.identifier else '2' }}"
    query = f"select toInt32(1) as id, {fails} as v"

    def model(config):
        return f"{{{{ config({config}) }}}}{query}"

    incremental = "materialized='incremental', order_by='id', unique_key='id'"
    bad_hook = "{% if var('bad', false) == this.identifier %}select nothing{% else %}select 1{% endif %}"
    bad_predicate = "('nothing' if var('bad', false) == 'at_delete' else 'id') ~ ' > 0'"
    folder = project(
        {
            "models/in_table.sql": model("materialized='table'"),
            "models/in_rows.sql": model(incremental + ", incremental_strategy='delete_insert'"),
            "models/in_append.sql": model("materialized='incremental', incremental_strategy='append'"),
            "models/in_legacy.sql": model(incremental),
            "models/at_delete.sql": "{{ config("
            + incremental
            + ", incremental_strategy='delete_insert', incremental_predicates=["
            + bad_predicate
            + "]) }}"
            + query,
            "models/in_hook.sql": "{{ config(" + incremental + ", post_hook=\"" + bad_hook + "\") }}" + query,
            "models/src.sql": "select 1 as id, 'a' as v{% if var('bad', false) == 's' %} union all select 2, 'b' union "
            "all select 2, 'c'{% endif %}",
            "snapshots/s.yml": "snapshots:\n  - name: s\n    relation: ref('src')\n"
            "    config: {strategy: check, unique_key: id, check_cols: all}\n",
        },
        profile=ch("fai"),
    )
    bad = ("in_table", "in_rows", "in_append", "in_legacy", "at_delete", "in_hook", "s")
    run(starc, folder, command="build")
    for name in bad:
        before = rows(starc, folder, f"select * from {{{{ ref('{name}') }}}}")
        r = run(starc, folder, "--vars", f"bad: {name}", code=1, command="build")
        assert "ERROR=1 " in r.text, r.text
        assert leftovers(starc, folder, "fai") == [], name
        if name != "in_append":
            assert rows(starc, folder, f"select * from {{{{ ref('{name}') }}}}") == before
    run(starc, folder, command="build")
    run(starc, folder, "--full-refresh", "--vars", "bad: in_rows", "--select", "in_rows", code=1)
    assert leftovers(starc, folder, "fai") == [] and pairs(starc, folder, "in_rows", "id", "v") == [(1, 2)]


def test_databases_that_cannot_exchange_tables(project, starc, ch):
    """Ordinary ones swap by renames: the same rows, nothing left beside."""

    def model(config):
        return f"{{{{ config({config}, order_by='id') }}}}select toInt32(1) as id, toInt32({{{{ var('v', 1) }}}}) as v"

    strategies = {
        "append": "'append'",
        "key": "'delete_insert', unique_key='id'",
        "old": "'legacy', unique_key='id'",
        "over": "'insert_overwrite', partition_by='id'",
    }
    folder = project(
        {
            "models/a_view.sql": "select toInt32(1) as id, toInt32({{ var('v', 1) }}) as v",
            "models/a_table.sql": model("materialized='table'"),
            **{
                f"models/{name}.sql": model("materialized='incremental', incremental_strategy=" + text)
                for name, text in strategies.items()
            },
            "models/watching.sql": "{{ config(materialized='materialized_view', order_by='id') }}select id, v from {{ "
            "ref('append') }}",
            "models/asked.sql": "{{ config(materialized='dictionary', fields=[('id', 'UInt64'), ('v', 'Int32')], "
            "primary_key='id', layout='hashed()', lifetime=0) }}"
            "select toUInt64(1) as id, toInt32({{ var('v', 1) }}) as v",
            "snapshots/s.yml": "snapshots:\n  - name: s\n    relation: ref('a_table')\n"
            "    config: {strategy: check, unique_key: id, check_cols: all}\n",
            "seeds/planted.csv": "id,v\n1,1\n",
        },
        profile=ch("ordin", database_engine="Ordinary", custom_settings={"allow_deprecated_database_ordinary": 1}),
    )

    def all_rows(name):
        return pairs(starc, folder, name, "id", "v")

    for v in (1, 2):
        run(starc, folder, "--vars", f"v: {v}", "--exclude", "asked", command="build")
    assert rows(starc, folder, "select engine from system.databases where name = 'ordin'")[0]["engine"] == "Ordinary"
    for name in ("a_view", "a_table", "key", "old", "over"):
        assert all_rows(name) == [(1, 2)], name
    for name in ("append", "watching", "s"):
        assert all_rows(name) == [(1, 1), (1, 2)], name
    assert all_rows("planted") == [(1, 1)] and leftovers(starc, folder, "ordin") == []
    run(starc, folder, "--vars", "v: 3", "--full-refresh", "--exclude", "asked", command="build")
    for name in ("a_view", "a_table", "key", "old", "over", "append", "watching"):
        assert all_rows(name) == [(1, 3)], name
    assert all_rows("s") == [(1, 1), (1, 2), (1, 3)] and leftovers(starc, folder, "ordin") == []
    for _ in range(2):
        run(starc, folder, "--select", "asked")
    assert made(starc, folder, "ordin", "asked").startswith("CREATE DICTIONARY")
    assert leftovers(starc, folder, "ordin") == []


def test_runs_without_rows(project, starc, ch):
    """Nothing replaces nothing: the table stays as it is, with insert_overwrite too."""
    query = "select toInt32(number) as id, toInt32(number * 10) as v from numbers(3) where {{ var('rows', 1) }} = 1"
    strategies = {
        "append": "'append'",
        "key": "'delete_insert', unique_key='id'",
        "old": "'legacy', unique_key='id'",
        "over": "'insert_overwrite', partition_by='id'",
    }
    folder = project(
        {
            f"models/{name}.sql": "{{ config(materialized='incremental', order_by='id', incremental_strategy="
            + text
            + ") }}"
            + query
            for name, text in strategies.items()
        },
        profile=ch("nor"),
    )
    run(starc, folder)
    run(starc, folder, "--vars", "rows: 0")
    for name in strategies:
        assert pairs(starc, folder, name, "id", "v") == [(0, 0), (1, 10), (2, 20)], name
    assert leftovers(starc, folder, "nor") == []


def test_a_view_has_the_rights_of_its_definer(project, starc, ch):
    folder = project(
        {"models/v.sql": "{{ config(sql_security='definer', definer='default') }}select toInt32(1) as id"},
        profile=ch("dfn"),
    )
    for _ in range(2):
        run(starc, folder)
    assert "DEFINER = default SQL SECURITY DEFINER" in made(starc, folder, "dfn", "v") and pairs(
        starc, folder, "v", "id"
    ) == [(1,)]
