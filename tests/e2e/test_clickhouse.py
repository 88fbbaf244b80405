"""What only ClickHouse has: each config key of tables, views and incremental models, embedded and over HTTP."""

import json
import pytest
from conftest import EMBEDDED, profile_for, rows


@pytest.fixture(params=(["embedded"] if EMBEDDED else []) + ["clickhouse"])
def ch(request):
    """profile(schema) for each of the two ways to ClickHouse."""
    return lambda schema, **more: profile_for(request.param, request, schema, **more)


@pytest.fixture
def http(request):
    return lambda schema, **more: profile_for("clickhouse", request, schema, **more)


def run(starc, folder, *args, code=0, command="run"):
    r = starc(command, *args, cwd=folder)
    assert r.code == code, r.text
    return r


def made(starc, folder, schema, name):
    """The statement the database keeps of a relation."""
    got = rows(
        starc,
        folder,
        f"select create_table_query as q from system.tables where database = '{schema}' and name = '{name}'",
    )
    return got[0]["q"] if got else None


def leftovers(starc, folder, schema):
    return [
        r["name"]
        for r in rows(
            starc,
            folder,
            f"select name from system.tables where database = '{schema}' and name like '%\\\\_\\\\_dbt\\\\_%'",
        )
    ]


def pairs(starc, folder, name, *columns):
    return sorted(
        tuple(int(v) for v in r.values())
        for r in rows(starc, folder, f"select {', '.join(columns)} from {{{{ ref('{name}') }}}}")
    )


VALUES = (
    "{% for r in var('rows', [[1, 1]]) %}select {{ r[0] }} as id, {{ r[1] }} as v{% if r | length > 2 %}, {{ r[2] }} "
    "as w{% endif %}"
    "{% if not loop.last %} union all {% endif %}{% endfor %}"
)


def test_every_key_of_a_table_is_in_its_statement(project, starc, ch):
    folder = project(
        {
            "models/a.sql": "{{ config(materialized='table', engine='ReplacingMergeTree(v)', order_by=['id', 'day'], "
            "primary_key=['id'], partition_by='toYYYYMM(day)',"
            " ttl='day + interval 20 year', settings={'index_granularity': 1024, 'deduplicate_merge_projection_mode': "
            "'drop'}, query_settings={'max_threads': 1},"
            " projections=[{'name': 'by_v', 'query': 'select v, count() group by v'}, {'name': 'at_v', 'index': "
            "['v']}],"
            " indexes=[{'name': 'v_set', 'definition': 'v type set(10) granularity 2'}], sql_header='/* header */') "
            "}}\n"
            "select toInt32(1) as id, toInt32(2) as v, today() as day",
            "models/b.sql": "{{ config(materialized='table', order_by='id', primary_key='id', engine='MergeTree') "
            "}}select 1 as id",
            "models/c.sql": "{{ config(materialized='table', engine='Log') }}select 1 as id",
            "models/d.sql": "{{ config(materialized='table') }}select toInt32(1) as id, 'x' as name, now() as at",
            "models/v.sql": "{{ config(materialized='view', sql_security='invoker', query_settings={'join_use_nulls': "
            "1}) }}\n"
            "select b.id as id, x.n as n from {{ ref('b') }} as b left join (select 5 as id, 'n' as n) as x on x.id = "
            "b.id",
            "models/m.yml": "models:\n  - name: d\n    description: who\n"
            "    config: {contract: {enforced: true}, persist_docs: {relation: true, columns: true}}\n"
            "    constraints: [{type: check, name: positive, expression: id > 0}]\n    columns:\n"
            "      - {name: at, data_type: DateTime, description: \"the 'moment'\"}\n"
            "      - {name: id, data_type: Int32, codec: 'Delta, LZ4', ttl: at + interval 9 year}\n"
            "      - {name: name, data_type: String, codec: 'ZSTD(3)'}\n",
        },
        profile=ch("keys"),
    )
    for _ in range(2):
        run(starc, folder)
        a = made(starc, folder, "keys", "a")
        for part in (
            "ReplacingMergeTree(v)",
            "PARTITION BY (toYYYYMM(day))",
            "PRIMARY KEY (id)",
            "ORDER BY (id, day)",
            "TTL day + toIntervalYear(20)",
            "index_granularity = 1024",
            "replicated_deduplication_window = '0'",
            "PROJECTION by_v",
            "PROJECTION at_v",
            "INDEX v_set v TYPE set(10)",
        ):
            assert part in a, a
        assert "PRIMARY KEY id" in made(starc, folder, "keys", "b") and "ENGINE = Log" in made(
            starc, folder, "keys", "c"
        )
        d = made(starc, folder, "keys", "d")
        for part in (
            "CODEC(Delta",
            "CODEC(ZSTD(3))",
            "TTL at + toIntervalYear(9)",
            "CONSTRAINT positive CHECK (id > 0)",
            "COMMENT 'who'",
            "COMMENT 'the",
        ):
            assert part in d, d
        assert d.index("`at`") < d.index("`id`")  # the contract's order
        assert pairs(starc, folder, "a", "id", "v") == [(1, 2)]
        assert rows(starc, folder, "select id, n from {{ ref('v') }}")[0]["n"] is None  # join_use_nulls
        assert "SQL SECURITY INVOKER" in made(starc, folder, "keys", "v")
        assert leftovers(starc, folder, "keys") == []


BAD = {
    "projection_both": (
        "materialized='table', projections=[{'name': 'p', 'query': 'select 1', 'index': 'id'}]",
        "'p' cannot specify both 'query' and 'index'",
    ),
    "projection_neither": (
        "materialized='table', projections=[{'name': 'p'}]",
        "must specify either 'query' or 'index'",
    ),
    "index_shape": (
        "materialized='table', indexes=[{'columns': ['id']}]",
        "an index on ClickHouse is {name, definition}",
    ),
    "definer": ("materialized='view', sql_security='definer'", "does not define a required config parameter 'definer'"),
    "strategy": ("materialized='incremental', incremental_strategy='delete_inserts'", "delete_insert"),
    "overwrite_partition": ("materialized='incremental', incremental_strategy='insert_overwrite'", "partition_by"),
    "overwrite_key": (
        "materialized='incremental', incremental_strategy='insert_overwrite', partition_by='id', unique_key='id'",
        "unique_key",
    ),
    "predicates": (
        "materialized='incremental', incremental_strategy='append', unique_key='id', incremental_predicates=['id > 1']",
        "predicates",
    ),
    "distributed": ("materialized='distributed_table'", "cluster setting in dbt profile must be set"),
    "distributed_incremental": ("materialized='distributed_incremental'", "cluster setting in dbt profile must be set"),
    "dictionary_fields": ("materialized='dictionary', primary_key='id', layout='flat()'", "'fields'"),
    "dictionary_key": ("materialized='dictionary', fields=[['id', 'UInt64']], layout='flat()'", "'primary_key'"),
    "dictionary_url": (
        "materialized='dictionary', fields=[['id', 'UInt64']], primary_key='id', layout='flat()', source_type='http'",
        "'url'",
    ),
    "refreshable": ("materialized='materialized_view', refreshable='every 1 hour'", "must be defined as a dictionary"),
    "interval": ("materialized='materialized_view', refreshable={'append': true}", "'interval' is missing"),
    "depends_on": (
        "materialized='materialized_view', refreshable={'interval': 'every 1 hour', 'depends_on': ['nowhere.x'], "
        "'depends_on_validation': true}",
        "No existing MV found matching MV: nowhere.x",
    ),
}


def test_a_key_that_cannot_work_is_named(project, starc, http):
    folder = project(
        {f"models/{name}.sql": f"{{{{ config({config}) }}}}select 1 as id" for name, (config, _) in BAD.items()},
        profile=http("bad"),
    )
    r = run(starc, folder, code=1)
    for name, (_, words) in BAD.items():
        r = run(starc, folder, "--select", name, code=1)
        assert words in r.text, (name, r.text)
        assert f"models/{name}.sql" in r.text
    assert leftovers(starc, folder, "bad") == []


INCREMENTAL = {
    "append": ("incremental_strategy='append'", [(1, 10), (2, 20), (2, 21), (3, 30)]),
    "no_key": ("", [(1, 10), (2, 20), (2, 21), (3, 30)]),
    "merge_no_key": ("incremental_strategy='merge'", [(1, 10), (2, 20), (2, 21), (3, 30)]),
    "predicates_no_key": (
        "incremental_strategy='append', incremental_predicates=['v > 20']",
        [(1, 10), (2, 20), (2, 21), (3, 30)],
    ),
    "inserts_only": ("unique_key='id', inserts_only=true", [(1, 10), (2, 20), (2, 21), (3, 30)]),
    "delete_insert": ("unique_key='id', incremental_strategy='delete_insert'", [(1, 10), (2, 21), (3, 30)]),
    "delete_plus": ("unique_key='id', incremental_strategy='delete+insert'", [(1, 10), (2, 21), (3, 30)]),
    "two_keys": ("unique_key=['id', 'v'], incremental_strategy='delete_insert'", [(1, 10), (2, 20), (2, 21), (3, 30)]),
    "predicates": (
        "unique_key='id', incremental_strategy='delete_insert', incremental_predicates=['v > 20']",
        [(1, 10), (2, 20), (2, 21), (3, 30)],
    ),
    "older_name": (
        "unique_key='id', incremental_strategy='delete_insert', predicates=['v > 10']",
        [(1, 10), (2, 21), (3, 30)],
    ),
    "legacy": ("unique_key='id', incremental_strategy='legacy'", [(1, 10), (2, 21), (3, 30)]),
    "by_default": ("unique_key='id'", [(1, 10), (2, 21), (3, 30)]),
    "engine_log": ("unique_key='id', engine='Log'", [(1, 10), (2, 21), (3, 30)]),
    "with_projection": (
        "unique_key='id', projections=[{'name': 'p', 'query': 'select v order by v'}]",
        [(1, 10), (2, 21), (3, 30)],
    ),
    "overwrite": ("incremental_strategy='insert_overwrite', partition_by='id'", [(1, 10), (2, 21), (3, 30)]),
    "custom": ("incremental_strategy='only_new', unique_key='id'", [(1, 10), (2, 20), (3, 30)]),
}


def test_incremental_strategies(project, starc, ch):
    files = {
        f"models/{name}.sql": f"{{{{ config(materialized='incremental'{', ' + config if config else ''}) }}}}\n{VALUES}"
        for name, (config, _) in INCREMENTAL.items()
    }
    files["macros/m.sql"] = (
        "{% macro get_incremental_only_new_sql(arg_dict) %}insert into {{ arg_dict['target_relation'] }} select * from "
        "{{ arg_dict['temp_relation'] }}"
        " where {{ arg_dict['unique_key'] }} not in (select {{ arg_dict['unique_key'] }} from {{ "
        "arg_dict['target_relation'] }}){% endmacro %}"
    )
    folder = project(files, profile=ch("inc"))
    run(starc, folder, "--vars", "rows: [[1, 10], [2, 20]]")
    r = run(starc, folder, "--vars", "rows: [[2, 21], [3, 30]]")
    assert "the strategy merge replaces nothing: each run appends its rows to 'merge_no_key'" in r.text, r.text
    assert "the predicates have no effect: each run appends its rows to 'predicates_no_key'" in r.text, r.text
    got = {name: pairs(starc, folder, name, "id", "v") for name in INCREMENTAL}
    assert got == {name: expected for name, (_, expected) in INCREMENTAL.items()}
    assert leftovers(starc, folder, "inc") == []
    run(starc, folder, "--full-refresh", "--vars", "rows: [[9, 9]]")
    assert pairs(starc, folder, "legacy", "id", "v") == [(9, 9)] and pairs(starc, folder, "append", "id", "v") == [
        (9, 9)
    ]


def test_a_unique_key_that_is_no_column_is_an_error_without_new_rows_too(project, starc, ch):
    folder = project(
        {
            "models/a.sql": "{{ config(materialized='incremental', unique_key='nope') }}select 1 as id where {{ 0 if "
            "is_incremental() else 1 }}"
        },
        profile=ch("no_key"),
    )
    run(starc, folder)
    r = run(starc, folder, code=1)
    assert "nope" in r.out and pairs(starc, folder, "a", "id") == [(1,)], r.out


def test_on_schema_change(project, starc, ch):
    def model(policy, config):
        return f"{{{{ config(materialized='incremental', on_schema_change='{policy}', {config}) }}}}\n{VALUES}"

    kinds = {"key": "unique_key='id', incremental_strategy='delete_insert'", "append": "incremental_strategy='append'"}
    folder = project(
        {
            f"models/{kind}_{policy}.sql": model(policy, config)
            for kind, config in kinds.items()
            for policy in ("ignore", "fail", "append_new_columns", "sync_all_columns")
        },
        profile=ch("osc"),
    )
    run(starc, folder, "--vars", "rows: [[1, 10], [2, 20]]")
    r = run(starc, folder, "--vars", "rows: [[2, 21, 7]]", code=1)
    for kind in kinds:
        old = [(1, 10), (2, 21)] if kind == "key" else [(1, 10), (2, 20), (2, 21)]
        assert pairs(starc, folder, f"{kind}_ignore", "id", "v") == old
        assert pairs(starc, folder, f"{kind}_fail", "id", "v") == [(1, 10), (2, 20)]
        for policy in ("append_new_columns", "sync_all_columns"):
            assert pairs(starc, folder, f"{kind}_{policy}", "id", "v", "w") == [
                (i, v, 7 if v == 21 else 0) for i, v in old
            ]
    assert r.text.count("The source and target schemas on this incremental model are out of sync") >= 2
    # a column goes: only sync_all_columns follows
    run(starc, folder, "--vars", "rows: [[3, 30]]", "--select", "key_sync_all_columns", "append_sync_all_columns")
    for kind in kinds:
        assert "`w`" not in made(starc, folder, "osc", f"{kind}_sync_all_columns")
    r = run(starc, folder, "--vars", "rows: [[3, 30]]", "--select", "append_append_new_columns", code=1)
    assert "(gone: w UInt8)" in r.text
    assert leftovers(starc, folder, "osc") == []


def test_views_on_an_incremental_table_see_its_new_rows(project, starc, ch):
    folder = project(
        {
            "models/a.sql": "{{ config(materialized='incremental', unique_key='id', "
            "incremental_strategy='delete_insert') }}\n" + VALUES,
            "models/m.sql": "{{ config(materialized='materialized_view', order_by='id') }}select id, v from {{ "
            "ref('a') }}",
        },
        profile=ch("watched"),
    )
    run(starc, folder, "--vars", "rows: [[1, 10], [2, 20]]")
    run(starc, folder, "--vars", "rows: [[2, 21], [3, 30]]")
    assert pairs(starc, folder, "a", "id", "v") == [(1, 10), (2, 21), (3, 30)]
    assert pairs(starc, folder, "m", "id", "v") == [(1, 10), (2, 20), (2, 21), (3, 30)]  # each row that came in, once
    assert leftovers(starc, folder, "watched") == []


def test_cluster_keys_make_their_statements(project, starc, http):
    folder = project(
        {
            "models/a.sql": "{{ config(materialized='table', sharding_key='id') }}\n"
            "-- {{ create_distributed_table(this, starc_ch_local(this)) | replace('\\n', ' ') if "
            "execute }}\n"
            "-- {{ on_cluster_clause(this) }}|{{ adapter.should_on_cluster() }}|{{ "
            "adapter.get_clickhouse_cluster_name() }}"
            "|{{ adapter.get_clickhouse_local_suffix() }}|{{ adapter.get_clickhouse_local_db_prefix() }}|\n"
            "select 1 as id",
            "models/b.sql": "{{ config(disable_on_cluster=true) }}\n-- [{{ on_cluster_clause(this) if execute }}]\n"
            "select 1 as id",
            "models/c.sql": "-- {{ clickhouse__get_drop_sql(this.incorporate(type='table')) | trim if execute }}\n"
            "select 1 as id",
        },
        profile=http("clu", cluster="one", local_suffix="shard", local_db_prefix="on"),
    )
    run(starc, folder, command="compile")

    def text(n):
        return (folder / f"target/compiled/shop/models/{n}.sql").read_text()

    assert (
        "create or replace table `clu`.`a` on cluster \"one\" as `on_clu`.`a_shard`   engine = Distributed('one', "
        "'on_clu', 'a_shard', id)"
    ) in text("a")
    assert 'on cluster "one"|True|"one"|_shard|on_|' in text("a")
    assert "[]" in text("b")
    assert 'drop table if exists `clu`.`c` on cluster "one" sync' in text("c")


def test_grants_are_read_whoever_holds_them(project, starc, http):
    """The engine at hand has no users to grant to: the statements and the reading are looked at."""
    folder = project(
        {
            "models/a.sql": "-- {{ adapter.standardize_grants_dict(run_query(\"select 'SELECT' as privilege_type, "
            "'ann' as grantee\")) if execute }}\n"
            "-- {{ adapter.standardize_grants_dict(run_query(\"select 'SELECT' as access_type, null as user_name, "
            "'readers' as role_name\")) if execute }}\n"
            "-- {{ get_dcl_statement_list(this, {'select': ['ann', 'a-b', '`c-d`', 'Ann@x.org', \"'e'@'h'\"]}, "
            "get_grant_sql) if execute }}\nselect 1 as id"
        },
        profile=http("gra"),
    )
    run(starc, folder, command="compile")
    text = (folder / "target/compiled/shop/models/a.sql").read_text()
    assert "{'SELECT': ['ann']}" in text and "{'SELECT': ['readers']}" in text
    assert all(
        f"select on `gra`.`a` to {who}" in text for who in ("ann", '"a-b"', "`c-d`", '"Ann@x.org"', "'e'@'h'")
    ), text


def test_microbatch(project, starc, ch):
    """Each batch replaces its own time, by key where there is one."""

    def model(config):
        return (
            "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at', "
            "batch_size='day', begin='2024-01-01', order_by='at'"
            + config
            + ") }}select id, at, {{ var('v', 1) }} as v from {{ ref('src') }}"
        )

    folder = project(
        {
            "models/src.sql": "{{ config(materialized='table', event_time='at') }}select toInt32(number) as id, "
            "toDateTime('2024-01-01 12:00:00') + interval number day as at from numbers(3)",
            "models/keyed.sql": model(", unique_key='id'"),
            "models/plain.sql": model(""),
        },
        profile=ch("mb"),
    )
    span = ("--event-time-start", "2024-01-01", "--event-time-end")
    run(starc, folder, *span, "2024-01-04")
    for name in ("keyed", "plain"):
        assert pairs(starc, folder, name, "id", "v") == [(0, 1), (1, 1), (2, 1)]
    for _ in range(2):
        run(starc, folder, *span, "2024-01-03", "--vars", "v: 2")
    for name in ("keyed", "plain"):
        assert pairs(starc, folder, name, "id", "v") == [(0, 2), (1, 2), (2, 1)]
    run(starc, folder, *span, "2024-01-02", "--full-refresh", "--vars", "v: 3")
    for name in ("keyed", "plain"):
        assert pairs(starc, folder, name, "id", "v") == [(0, 3)]
    assert leftovers(starc, folder, "mb") == []


def test_is_incremental_is_of_dbt_clickhouses_package(project, starc, ch):
    folder = project(
        {
            "models/a.sql": "{{ config(materialized='incremental') }}select 1 as id where {{ 0 if is_incremental() "
            "else 1 }}"
        },
        profile=ch("of_package"),
    )
    run(starc, folder)
    run(starc, folder)
    assert pairs(starc, folder, "a", "id") == [(1,)]
    m = json.loads((folder / "target/manifest.json").read_text())
    assert m["nodes"]["model.shop.a"]["depends_on"]["macros"] == ["macro.dbt_clickhouse.is_incremental"]


def test_a_database_that_is_not_there_yet_may_be_named_like_a_secret(project, starc, http):
    """Messages of the server have ***** in place of the word; the database is made all the same."""
    folder = project({"models/a.sql": "select 1 as id"}, profile=http("jukebox_words"))
    r = starc("run", cwd=folder, env={"DBT_ENV_SECRET_WORD": "jukebox_words"})
    assert r.code == 0 and "jukebox_words" not in r.text, r.text
