"""A ClickHouse that is the one node of a cluster: distributed materializations, and all others beside them."""

import pytest
from conftest import needs_embedded, rows
from test_clickhouse import VALUES, leftovers, pairs, run


@pytest.fixture(scope="session")
def one_node():
    from servers import ClickHouseServer

    with ClickHouseServer("--cluster", "one") as server:
        yield server


@pytest.fixture
def cluster(one_node):
    return lambda schema, **more: {
        "type": "clickhouse",
        "driver": "http",
        "host": "127.0.0.1",
        "port": one_node.port,
        "user": one_node.user,
        "password": one_node.password,
        "schema": schema,
        "threads": 2,
        "cluster": "one",
        "send_receive_timeout": 60,
        **more,
    }


def engines(starc, folder, schema):
    return {
        r["name"]: r["engine"]
        for r in rows(starc, folder, f"select name, engine from system.tables where database = '{schema}'")
    }


def with_rows(starc, folder, *values, more=(), code=0):
    return run(starc, folder, "--vars", "rows: " + str(list(values)), *more, code=code)


CONFIG = "{{{{ config(materialized='distributed_incremental', order_by='id', sharding_key='id', {}) }}}}\n"


@pytest.mark.parametrize(
    "config, after",
    [
        ("incremental_strategy='append'", [(1, 1), (2, 1), (2, 2), (3, 2)]),
        ("unique_key='id', incremental_strategy='delete_insert'", [(1, 1), (2, 2), (3, 2)]),
        ("unique_key=['id'], incremental_strategy='legacy'", [(1, 1), (2, 2), (3, 2)]),
        (
            "unique_key='id', incremental_strategy='delete_insert', incremental_predicates=['id < 2']",
            [(1, 1), (2, 1), (2, 2), (3, 2)],
        ),
        ("incremental_strategy='insert_overwrite', partition_by='id'", [(1, 1), (2, 2), (3, 2)]),
        ("unique_key='id', incremental_strategy='delete_insert', sharding_key=['id', 'v']", [(1, 1), (2, 2), (3, 2)]),
    ],
    ids=["append", "delete", "legacy", "predicates", "overwrite", "keys"],
)
def test_distributed_incremental(project, starc, cluster, request, config, after):
    schema = "inc_" + request.node.callspec.id.split("-")[0]
    if "sharding_key" in config:
        head = CONFIG.replace("sharding_key='id', ", "").format(config)
    else:
        head = CONFIG.format(config)
    folder = project(
        {"models/a.sql": head + VALUES, "models/b.sql": "select * from {{ ref('a') }}"},
        profile=cluster(schema, local_suffix="shard"),
    )
    with_rows(starc, folder, [1, 1], [2, 1])
    assert engines(starc, folder, schema) == {"a": "Distributed", "a_shard": "MergeTree", "b": "View"}
    with_rows(starc, folder, [2, 2], [3, 2])
    assert pairs(starc, folder, "b", "id", "v") == after
    with_rows(starc, folder, [7, 7], more=["--full-refresh"])
    assert pairs(starc, folder, "b", "id", "v") == [(7, 7)] and not leftovers(starc, folder, schema)


@pytest.mark.parametrize(
    "on_schema_change, columns",
    [("ignore", {"id", "v"}), ("append_new_columns", {"id", "v", "w"}), ("sync_all_columns", {"id", "w"})],
)
def test_columns_of_a_distributed_table_change(project, starc, cluster, on_schema_change, columns):
    schema = "columns_" + on_schema_change
    folder = project(
        {
            "models/a.sql": CONFIG.format(
                f"unique_key='id', incremental_strategy='delete_insert', on_schema_change='{on_schema_change}'"
            )
            + "{% if var('second', false) %}select 2 as id, 5 as w{% if model.config.on_schema_change != "
            "'sync_all_columns' %}, 3 as v{% endif %}{% else %}select 1 as id, 1 as v{% endif %}"
        },
        profile=cluster(schema),
    )
    run(starc, folder)
    run(starc, folder, "--vars", "second: true")
    for table in ("a", "a_local"):
        assert {
            r["name"]
            for r in rows(
                starc, folder, f"select name from system.columns where database = '{schema}' and table = '{table}'"
            )
        } == columns
    assert rows(starc, folder, "select count() as n, sum(id) as s from {{ ref('a') }}") == [
        {"n": 2, "s": 3}
    ] and not leftovers(starc, folder, schema)


def test_a_failure_leaves_the_rows_and_nothing_beside(project, starc, cluster):
    folder = project(
        {
            "models/a.sql": CONFIG.format("unique_key='id', incremental_strategy='delete_insert'") + VALUES,
            "models/t.sql": "{{ config(materialized='distributed_table') }}\n" + VALUES,
        },
        profile=cluster("broken"),
    )
    with_rows(starc, folder, [1, 1], [2, 1])
    for more in ([], ["--full-refresh"]):
        r = with_rows(
            starc,
            folder,
            [2, 2],
            ["toInt32(throwIf(number > 0)) + number from numbers(3) union all select 9", 9],
            more=more,
            code=1,
        )
        assert "throwIf" in r.text
        for name in ("a", "t"):
            assert pairs(starc, folder, name, "id", "v") == [(1, 1), (2, 1)]
        assert set(engines(starc, folder, "broken")) == {"a", "a_local", "t", "t_local"}


def test_rows_of_a_table_without_its_distributed_one_are_found(project, starc, cluster):
    folder = project(
        {"models/a.sql": CONFIG.format("unique_key='id', incremental_strategy='delete_insert'") + VALUES},
        profile=cluster("half"),
    )
    with_rows(starc, folder, [1, 1], [2, 1])
    (folder / "macros").mkdir()
    (folder / "macros/gone.sql").write_text(
        "{% macro gone() %}{% do run_query('drop table half.a on cluster one') %}{% endmacro %}"
    )
    run(starc, folder, "gone", command="run-operation")
    with_rows(starc, folder, [2, 2])
    assert pairs(starc, folder, "a", "id", "v") == [(1, 1), (2, 2)]


def test_views_that_watch_the_local_tables_see_the_new_rows(project, starc, cluster):
    folder = project(
        {
            "models/a.sql": CONFIG.format("unique_key='id', incremental_strategy='delete_insert'") + VALUES,
            "macros/watch.sql": "{% macro watch() %}{% do run_query('create table watched.seen (id Int64) engine = "
            "MergeTree order by id') %}"
            "{% do run_query('create materialized view watched.eye to watched.seen as select id from watched.a_local') "
            "%}{% endmacro %}",
        },
        profile=cluster("watched"),
    )
    with_rows(starc, folder, [1, 1], [2, 1])
    run(starc, folder, "watch", command="run-operation")
    with_rows(starc, folder, [2, 2], [3, 2])
    assert pairs(starc, folder, "a", "id", "v") == [(1, 1), (2, 2), (3, 2)]
    assert [r["id"] for r in rows(starc, folder, "select id from watched.seen order by id")] == [2, 3]


def test_every_materialization_on_a_cluster(project, starc, cluster):
    """Twice, then anew: what is there, how many rows, nothing beside."""
    folder = project(
        {
            "models/v.sql": "select * from {{ ref('s') }}",
            "models/t.sql": "{{ config(materialized='table', order_by='id') }}select * from {{ ref('v') }}",
            "models/i.sql": "{{ config(materialized='incremental', unique_key='id', order_by='id') }}select * from {{ "
            "ref('t') }}",
            "models/d.sql": "{{ config(materialized='distributed_table', sharding_key='rand()') }}select * from {{ "
            "ref('i') }}",
            "models/m.sql": "{{ config(materialized='materialized_view', order_by='id') }}select id, name from {{ "
            "ref('t') }}",
            "models/y.sql": "{{ config(materialized='dictionary', fields=[['id', 'UInt64'], ['name', 'String']], "
            "primary_key='id', layout='hashed()', lifetime='0') }}"
            "select toUInt64(id) as id, name from {{ ref('t') }}",
            "models/b.sql": "{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key='id', "
            "event_time='at', begin='2024-01-01', batch_size='day', order_by='id') }}"
            "select id, toDateTime('2024-01-01 10:00:00', 'UTC') as at from {{ ref('s') }}",
            "seeds/s.csv": "id,name\n1,a\n2,b\n3,c\n",
            "snapshots/n.yml": "snapshots: [{name: n, relation: ref('d'), config: {unique_key: id, strategy: check, "
            "check_cols: all}}]\n",
            "models/x.yml": "models: [{name: d, columns: [{name: id, data_tests: [unique, not_null, {relationships: "
            "{to: ref('s'), field: id}}]}]}]\n",
        },
        profile=cluster("all_of_it", local_db_prefix="on_"),
    )
    for more in ((), (), ("--full-refresh",)):
        run(starc, folder, "--event-time-start", "2024-01-01", "--event-time-end", "2024-01-02", *more, command="build")
        for name in "vtidmbsn":
            assert rows(starc, folder, f"select count() as c, uniqExact(id) as u from {{{{ ref('{name}') }}}}") == [
                {"c": 3, "u": 3}
            ], name
        found = engines(starc, folder, "all_of_it")
        assert {n: found[n] for n in "vtdmy"} == {
            "v": "View",
            "t": "MergeTree",
            "d": "Distributed",
            "m": "MergeTree",
            "y": "Dictionary",
        }
        assert engines(starc, folder, "on_all_of_it") == {"d_local": "MergeTree"} and not leftovers(
            starc, folder, "all_of_it"
        )


def test_disable_on_cluster_may_be_text(project, starc, cluster):
    folder = project(
        {
            f"models/{n}.sql": f"{{{{ config(materialized='table', disable_on_cluster={v}) }}}}-- [{{{{ "
            f"on_cluster_clause(this) | trim if execute }}}}]\nselect 1 as id"
            for n, v in (("a", "'true'"), ("b", "true"), ("c", "'False'"), ("d", "false"))
        },
        profile=cluster("on_or_off"),
    )
    run(starc, folder)
    text = {n: (folder / f"target/compiled/shop/models/{n}.sql").read_text() for n in "abcd"}
    assert ["[]" in text[n] for n in "abcd"] == [True, True, False, False]
    (folder / "models/a.sql").write_text("{{ config(disable_on_cluster='maybe') }}select 1 as id")
    assert "config 'disable_on_cluster' cannot be 'maybe'" in run(starc, folder, code=2).text


@pytest.mark.parametrize(
    "config, said, at",
    [
        ("materialized='distributed_incremental', engine='Log'", "engine Log, which has no parts", "Log'"),
        ("materialized='distributed_table', sharding_key='nokey'", "Missing columns: 'nokey'", "nokey'"),
        (
            "materialized='distributed_incremental', unique_key='id', incremental_strategy='best'",
            "no incremental strategy 'best'",
            "best'",
        ),
        (
            "materialized='distributed_table', disable_on_cluster=true",
            "without disable_on_cluster",
            "distributed_table'",
        ),
    ],
)
def test_what_is_wrong_has_its_place(project, starc, cluster, config, said, at):
    text = "{{ config(" + config + ") }}"
    folder = project({"models/a.sql": text + "\nselect 1 as id"}, profile=cluster("wrong"))
    r = run(starc, folder, code=1)
    assert (
        said in r.text and f"models/a.sql:1:{text.index(at) + 1}:" in r.text and not engines(starc, folder, "wrong")
    ), r.text


def test_a_cluster_that_is_not_there(project, starc, cluster):
    r = run(starc, project({"models/a.sql": "select 1 as id"}, profile=cluster("none", cluster="tow")), code=2)
    assert "cluster 'tow' not found" in r.text and "check cluster of the target in profiles.yml" in r.text


@needs_embedded
def test_a_target_of_a_cluster_is_checked(project, starc, cluster):
    """Inside starc, where there is no cluster: what is distributed stands for itself."""
    files = {
        "models/a.sql": "{{ config(materialized='table') }}select 1 as id",
        "models/d.sql": "{{ config(materialized='distributed_table', sharding_key='id') }}"
        "select id from {{ ref('a') }}",
        "models/i.sql": "{{ config(materialized='distributed_incremental', unique_key='id') }}"
        "select id from {{ ref('d') }}",
        "models/wrong.sql": "select nope from {{ ref('i') }}",
        "models/s.yml": "snapshots: [{name: s, relation: ref('d'), config: {unique_key: id, strategy: check, "
        "check_cols: all}}]\n",
    }
    folder = project(files, profile=cluster("checked"))
    r = run(starc, folder, command="check", code=1)
    assert "models/wrong.sql:1:8" in r.text and "1 wrong" in r.text, r.text
    r = run(starc, folder, "d", "--exclude", "wrong", command="lineage")
    assert "a" in r.text, r.text
