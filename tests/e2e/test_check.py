"""`starc check`: what the database makes of each node's SQL, before anything is built, on each engine."""

import pytest
from conftest import EMBEDDED, needs_embedded, profile_for, rows

ORDERS = "{{ config(materialized='table') }}\nselect 1 as id, 'x' as kind, 2.5 as amount"
PARENTS = {
    "models/orders.sql": ORDERS,
    "models/totals.sql": "select kind, sum(amount) as total\nfrom {{ ref('orders') }} group by kind",
    "models/kinds.sql": "{{ config(materialized='ephemeral') }}\nselect kind from {{ ref('orders') }}",
    "models/top.sql": "select t.total\nfrom {{ ref('totals') }} t join {{ ref('kinds') }} k on k.kind = t.kind",
    "models/grown.sql": "{{ config(materialized='incremental', unique_key='id') }}\n"
    "select id, amount from {{ ref('orders') }}\n"
    "{% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}",
    "seeds/rates.csv": "kind,rate\nx,1.5\n",
    "models/rated.sql": "select o.id, o.amount * r.rate as rated\n"
    "from {{ ref('orders') }} o join {{ ref('rates') }} r on r.kind = o.kind",
    "snapshots/kept.yml": "snapshots:\n- {name: kept, relation: ref('orders'), config: {unique_key: id, strategy: "
    "check, check_cols: [amount]}}\n",
    "models/of_kept.sql": "select dbt_valid_to from {{ ref('kept') }}",
    "models/m.yml": "models:\n- name: orders\n  columns:\n  - name: id\n    data_tests: [unique, not_null]\n",
}


@pytest.fixture(autouse=True)
def engine_inside(request):
    """The check of a ClickHouse target is the embedded engine's, whatever the target is."""
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def schemas(starc, folder, engine):
    table = "pg_namespace" if engine.name == "postgres" else "system.databases"
    column = "nspname" if engine.name == "postgres" else "name"
    return sorted(
        r[column] for r in rows(starc, folder, f"select {column} from {table}") if not r[column].startswith("pg_t")
    )


def test_a_good_project_is_good_and_leaves_nothing(starc, project, engine):
    folder = project(PARENTS, profile=engine.profile())
    before = schemas(starc, folder, engine)
    r = starc("check", cwd=folder)
    assert r.code == 0 and "Checked 10 of 10 nodes" in r.text and "0 wrong" in r.text, r.text
    assert schemas(starc, folder, engine) == before
    assert not list((folder / "target").glob("run*")) and "starc_check" not in r.text


def test_everything_is_found_at_its_line(starc, project, engine):
    """A column that is renamed, in what reads it: a view, a join, an incremental model's second text, a test, a
    snapshot."""
    files = {**PARENTS, "models/orders.sql": ORDERS.replace("as kind", "as sort").replace("as amount", "as price")}
    files["models/grown.sql"] = PARENTS["models/grown.sql"].replace("id, amount", "id").replace("max(id)", "max(day)")
    files["models/m.yml"] = PARENTS["models/m.yml"].replace("name: id", "name: number")
    folder = project(files, profile=engine.profile())
    r = starc("check", cwd=folder)
    assert r.code == 1, r.text
    for place in ("models/totals.sql:1:8", "models/grown.sql:3:", "models/rated.sql:", "models/m.yml:4:11"):
        assert place in r.text, (place, r.text)
    assert "snapshots/kept.yml:2" in r.text and "starc_check" not in r.text, r.text
    assert "models/top.sql" not in r.text and "2 below them not checked" in r.text, r.text  # top, of_kept


def test_columns_that_a_schema_file_lists_and_nothing_makes(starc, project, engine):
    files = {
        "models/a.sql": "select 1 as id, 'x' as kind",
        "models/b.sql": "{{ config(materialized='incremental') }}select id from {{ ref('a') }}",
        "models/m.yml": "models:\n- name: a\n  columns: [{name: id}, {name: kid}]\n- name: b\n  columns:\n"
        "  - name: price\n",
    }
    folder = project(files, profile=engine.profile())
    assert starc("check", "--warn-error", cwd=folder).code == 1
    r = starc("check", cwd=folder)
    assert r.code == 0 and r.text.count("[listed-column]") == 2, r.text
    assert "models/m.yml:3:32: warning: 'a' has no column 'kid'" in r.text and "models/m.yml:6:11" in r.text, r.text


def test_types_of_a_schema_file_stand_for_what_is_wrong(starc, project, engine):
    number = "integer" if engine.name == "postgres" else "Int64"
    files = {
        "models/bad.sql": "select nothing from {{ ref('up') }}",
        "models/up.sql": "select 1 as id",
        "models/below.sql": "select total, totl from {{ ref('bad') }}",
        "models/m.yml": f"models:\n- name: bad\n  columns: [{{name: total, data_type: {number}}}]\n",
    }
    r = starc("check", cwd=project(files, profile=engine.profile()))
    assert r.code == 1 and "models/bad.sql:1:8" in r.text and "models/below.sql:1:15" in r.text, r.text


def test_sources(starc, project, engine):
    """Columns of the YAML, of the target; of none of them, told once with what would help."""
    number = "integer" if engine.name == "postgres" else "Int64"
    profile = engine.profile()
    schema = profile["schema"]
    files = {
        "models/s.yml": "sources:\n- name: raw\n  schema: raw_of_check\n  tables:\n"
        f"  - name: typed\n    columns: [{{name: id, data_type: {number}}}]\n  - name: lost\n"
        f"- name: here\n  schema: {schema}\n  tables: [{{name: there}}]\n",
        "models/of_typed.sql": "select id, idd from {{ source('raw', 'typed') }}",
        "models/of_lost.sql": "select id from {{ source('raw', 'lost') }}",
        "models/of_lost_too.sql": "select id from {{ source('raw', 'lost') }}",
        "models/there.sql": "{{ config(materialized='table') }}select 1 as id, 2 as day",
        "models/of_there.sql": "select day, week from {{ source('here', 'there') }}",
    }
    folder = project(files, profile=profile)
    assert starc("run", "--select", "there", cwd=folder).code == 0
    r = starc("check", "--exclude", "there", cwd=folder)
    assert r.code == 1 and "models/of_typed.sql:1:12" in r.text and "models/of_there.sql:1:13" in r.text, r.text
    assert (
        r.text.count("[unknown-columns]") == 1 and "models/s.yml:7:11" in r.text and "2 nodes are not checked" in r.text
    ), r.text
    assert rows(starc, folder, f"select day from {schema}.there") == [{"day": 2}]


def test_nothing_is_run(starc, project, engine):
    """A query that would take an hour, and one that fails when it is run."""
    slow = (
        "select 1 as x from pg_sleep(3600)"
        if engine.name == "postgres"
        else "select count() as x from numbers(1000000000000)"
    )
    files = {
        "models/slow.sql": "{{ config(materialized='table') }}" + slow,
        "models/fails.sql": "{{ config(materialized='table') }}select 1 / id as x from (select 0 as id) as t"
        if engine.name == "postgres"
        else "{{ config(materialized='table') }}select throwIf(number = 0) as x from numbers(1)",
    }
    r = starc("check", cwd=project(files, profile=engine.profile()))
    assert r.code == 0 and "Checked 2 of 2" in r.text, r.text


def test_a_database_that_is_not_there(starc, project, request):
    """Postgres is asked itself; ClickHouse needs no server where the columns are known."""
    files = {"models/a.sql": "select 1 as id", "models/b.sql": "select idd from {{ ref('a') }}"}
    nowhere = {"host": "127.0.0.1", "port": 1, "user": "u", "password": "p", "schema": "s", "threads": 2}
    r = starc("check", cwd=project(files, name="pg", profile={"type": "postgres", "dbname": "d", **nowhere}))
    assert r.code == 2 and "connection-failed" in r.text, r.text


@needs_embedded
def test_clickhouse_needs_no_server(starc, project):
    files = {"models/a.sql": "select 1 as id", "models/b.sql": "select idd from {{ ref('a') }}"}
    nowhere = {"host": "127.0.0.1", "port": 1, "user": "u", "password": "p", "schema": "s", "threads": 2}
    r = starc("check", cwd=project(files, profile={"type": "clickhouse", **nowhere}))
    assert r.code == 1 and "models/b.sql:1:8" in r.text and "did you mean 'id'" in r.text, r.text


def test_a_part_of_the_project_reads_the_rest(starc, project, engine):
    """What the selected nodes read is made too: it stands nowhere else."""
    r = starc("check", "--select", "top", cwd=project(PARENTS, profile=engine.profile()))
    assert r.code == 0 and "Checked 3 of 3 nodes" in r.text, r.text


def test_a_text_that_commits(starc, project, request):
    """The check stops, and drops what would stay."""
    files = {
        "models/a.sql": "select 1 as id",
        "models/b.sql": "{% if execute %}{% do run_query('commit; select 1') %}{% endif %}select id from {{ ref('a') "
        "}}",
        "models/c.sql": "select id from {{ ref('b') }}",
    }
    folder = project(files, profile=profile_for("postgres", request, "commits"))
    before = rows(starc, folder, "select nspname from pg_namespace order by 1")
    other = {"STARC_TEST_WINDOW": "2"}  # a transaction of the check ends after each two relations
    for text, env, last in (
        ("commit; select 1", {}, False),
        ("commit; begin", {}, False),
        ("rollback; begin", other, False),
        ("commit; begin", {}, True),
    ):
        (folder / "models/b.sql").write_text(files["models/b.sql"].replace("commit; select 1", text))
        if last:  # nothing is looked at after it
            (folder / "models/c.sql").unlink()
        r = starc("check", cwd=folder, env=env)
        assert r.code == 2 and "See above: 1 error" in r.text and "ended before the check did" in r.text, r.text
        assert rows(starc, folder, "select nspname from pg_namespace order by 1") == before


def test_columns_of_types_of_ones_own(starc, project, request):
    """A source's columns are asked with their whole types, also those that information_schema does not name."""
    profile = profile_for("postgres", request, "own_types")
    files = {
        "models/s.yml": "sources:\n- name: raw\n  schema: own_types_raw\n  tables: [{name: t}]\n",
        "models/m.sql": "select mood, tags[1] as tag, gone from {{ source('raw', 't') }}",
    }
    folder = project(files, profile=profile)
    make = (
        "create schema if not exists own_types_raw; create type own_types_raw.mood as enum (''a''); "
        "create table own_types_raw.t (mood own_types_raw.mood, tags text[])"
    )
    assert starc("run-operation", "run_query", "--args", f"{{sql: '{make}'}}", cwd=folder).code == 0
    r = starc("check", cwd=folder)
    assert r.code == 1 and "models/m.sql:1:30" in r.text and 'column "gone" does not exist' in r.text, r.text


@needs_embedded
def test_what_a_cluster_or_a_server_has(starc, project):
    """Replicated engines, storage policies and dictionaries are checked as what stands for them here."""
    replicated = "ReplicatedMergeTree('/clickhouse/{shard}/t', '{replica}')"
    dictionary = (
        "{{ config(materialized='dictionary', fields=[('id', 'UInt64'), ('name', 'String')], primary_key='id',"
        " layout='hashed()', lifetime='0') }}select id, name from {{ ref('a') }}"
    )
    files = {
        "models/a.sql": "{{ config(materialized='table', order_by='id', engine=\"" + replicated + "\","
        " settings={'storage_policy': 'hot_cold', 'index_granularity': 1024}) }}select 1::UInt64 as id, 'x' as name",
        "models/plain.sql": "{{ config(materialized='table', engine='ReplicatedMergeTree') }}select 1 as id",
        "models/d.sql": dictionary,
        "models/asks.sql": "select dictGet('{{ ref('d').schema }}.{{ ref('d').identifier }}', 'name', id) as name from "
        "{{ ref('a') }}",
    }
    r = starc("check", cwd=project(files, profile={"type": "clickhouse", "driver": "embedded", "schema": "s"}))
    assert r.code == 0 and "Checked 4 of 4 nodes" in r.text, r.text
