"""What a load leaves that fails, and what a source that changes meanwhile gives."""

import json, os, subprocess, time

import pytest
from conftest import STARC, profile_for, rows
from proxy import PostgresProxy
from servers import postgres_bin

ORDERS = """drop schema if exists {0} cascade; create schema {0};
create table {0}.orders (id bigint primary key, at date, text text);
insert into {0}.orders select i, date '2020-01-01', repeat('x', 50) from generate_series(1, 20000) i"""


def psql_args(server):
    where = ["-h", "127.0.0.1", "-p", str(server.port), "-U", server.user, "-d", server.dbname]
    return [f"{postgres_bin()}/psql", "-XAtq", *where]


def psql(server, sql):
    env = {**os.environ, "PGPASSWORD": server.password}
    return subprocess.run([*psql_args(server), "-v", "ON_ERROR_STOP=1", "-c", sql], env=env, check=True,
                          capture_output=True, text=True).stdout.strip()  # fmt: skip


def load_of(server, schema, to, port=None, **table):
    connection = {"type": "postgres", "host": "127.0.0.1", "port": port or server.port, "user": server.user,
                  "password": server.password, "dbname": server.dbname, "schema": schema}  # fmt: skip
    load = {"name": "shop", "from": connection, "schema": to, "tables": [{"name": "orders", **table}]}
    return {
        "loads/shop.yml": json.dumps({"loads": [load]}),
        "macros/names.sql": "{% macro generate_schema_name(n, node) %}{{ n or target.schema }}{% endmacro %}",
    }


def asked(clickhouse, sql):
    import urllib.request

    url = f"http://127.0.0.1:{clickhouse.port}/"
    head = {"X-ClickHouse-User": clickhouse.user, "X-ClickHouse-Key": clickhouse.password}
    with urllib.request.urlopen(urllib.request.Request(url, sql.encode(), head)) as answer:
        return answer.read().decode().split()


def left(clickhouse, schema):
    return asked(clickhouse, f"select name from system.tables where database = '{schema}' order by name")


@pytest.mark.parametrize("mode", ["append", "merge", "replace"])
def test_a_value_that_fits_nowhere_leaves_nothing(starc, project, postgres, clickhouse, request, mode):
    schema = f"left_{mode}"
    psql(postgres, ORDERS.format(schema))
    keys = {"append": {"cursor": "id"}, "merge": {"cursor": "id", "key": "id"}, "replace": {}}
    files = load_of(postgres, schema, schema, mode=mode, **keys[mode])
    folder = project(files, profile=profile_for("clickhouse", request, schema))
    assert starc("load", cwd=folder).code == 0
    psql(postgres, f"insert into {schema}.orders select i, date '2020-01-01', 'x' from generate_series(20001, 40000) i;"
                   f"insert into {schema}.orders values (40001, date '9000-01-01', 'x')")  # fmt: skip
    r = starc("load", cwd=folder)
    row = {"append": 20001, "merge": 20002, "replace": 40001}[mode]
    assert r.code == 1 and f"row {row} has '9000-01-01'" in r.text, r.text
    assert left(clickhouse, schema) == ["orders", "starc_loads"]
    assert asked(clickhouse, f"select count() from {schema}.orders") == ["20000"]
    assert asked(clickhouse, f"select count() from {schema}.starc_loads") == ["1"]
    psql(postgres, f"update {schema}.orders set at = '2020-01-01' where id = 40001")
    assert starc("load", cwd=folder).code == 0
    assert asked(clickhouse, f"select count() from {schema}.orders") == ["40001"]


def test_a_source_that_is_cut_off_leaves_nothing(starc, project, postgres, clickhouse, request):
    schema = "left_cut"
    psql(postgres, ORDERS.format(schema))
    with PostgresProxy(postgres.port) as proxy:
        files = load_of(postgres, schema, schema, proxy.port, mode="replace")
        folder = project(files, profile=profile_for("clickhouse", request, schema))
        proxy.plan()
        assert starc("load", cwd=folder).code == 0
        proxy.plan("cut-after", proxy.seen)  # the rows arrive, but not that these are all
        r = starc("load", cwd=folder)
    assert r.code == 1 and "the source of 'shop.orders'" in r.text and "loads/shop.yml" in r.text, r.text
    assert left(clickhouse, schema) == ["orders", "starc_loads"]
    assert asked(clickhouse, f"select count() from {schema}.orders") == ["20000"]


@pytest.mark.parametrize("query", [None, "select * from {}.orders"])
def test_a_table_that_is_written_anew_is_not_empty(starc, project, postgres, request, query):
    schema = "anew_query" if query else "anew"
    psql(postgres, ORDERS.format(schema))
    table = {"mode": "replace", **({"query": query.format(schema)} if query else {})}
    files = load_of(postgres, schema, schema + "_to", **table)
    folder = project(files, profile=profile_for("postgres", request, schema))
    env = {**os.environ, "PGPASSWORD": postgres.password}
    changing = subprocess.Popen(psql_args(postgres), env=env, stdin=subprocess.PIPE, text=True)
    changing.stdin.write(f"begin; alter table {schema}.orders alter column text type text using text || '';\n")
    changing.stdin.flush()
    locks = "select count(*) from pg_locks where relation = '{}.orders'::regclass and {}granted{}"
    while psql(postgres, locks.format(schema, "", " and mode = 'AccessExclusiveLock'")) != "1":
        time.sleep(0.02)
    loading = subprocess.Popen([STARC, "load"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               env={**os.environ, "NO_COLOR": "1"})  # fmt: skip
    while psql(postgres, locks.format(schema, "not ", "")) == "0":
        assert loading.poll() is None, loading.stdout.read()
        time.sleep(0.02)
    changing.communicate("commit;\n")
    text, _ = loading.communicate(timeout=60)
    assert loading.returncode == 0, text
    assert psql(postgres, f"select count(*) from {schema}_to.orders") == "20000"


def test_a_view_on_the_table_sees_each_row_once(starc, project, postgres, clickhouse, request):
    schema = "watched"
    psql(postgres, ORDERS.format(schema))
    files = load_of(postgres, schema, schema, mode="append", cursor="id")
    folder = project(files, profile=profile_for("clickhouse", request, schema))
    assert starc("load", cwd=folder).code == 0
    asked(clickhouse, f"create table {schema}.seen (id Int64) engine = MergeTree order by id")
    asked(clickhouse, f"create materialized view {schema}.seen_by to {schema}.seen as select id from {schema}.orders")
    for first in (20001, 20001, 20101):  # the second time there is nothing new
        psql(postgres, f"insert into {schema}.orders select i from generate_series({first}, {first + 99}) i "
                       "on conflict do nothing")  # fmt: skip
        assert starc("load", cwd=folder).code == 0
    assert asked(clickhouse, f"select count(), uniqExact(id), min(id), max(id) from {schema}.seen") == [
        "200", "200", "20001", "20200"]  # fmt: skip
    assert asked(clickhouse, f"select count() from {schema}.orders") == ["20200"]
    r = starc("load", "--full-refresh", cwd=folder)
    assert r.code == 0 and "do not see the rows of this load" in r.text, r.text


def test_what_a_killed_load_had_sent_is_waited_for(starc, project, postgres, clickhouse, request):
    """A view makes the insert slow; the load is killed in it, and the server does not know."""
    schema = "killed"
    psql(postgres, ORDERS.format(schema))
    files = load_of(postgres, schema, schema, mode="append", cursor="id")
    folder = project(files, profile=profile_for("clickhouse", request, schema))
    assert starc("load", cwd=folder).code == 0
    asked(clickhouse, f"create table {schema}.seen (id Int64) engine = MergeTree order by id")
    slow = "settings function_sleep_max_microseconds_per_block = 60000000"
    asked(clickhouse, f"create materialized view {schema}.seen_by to {schema}.seen as "
                      f"select id + sleepEachRow(0.1) as id from {schema}.orders {slow}")  # fmt: skip
    psql(postgres, f"insert into {schema}.orders select i from generate_series(20001, 20050) i")
    loading = subprocess.Popen([STARC, "load"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    inserts = f"select count() from system.processes where query_kind = 'Insert' and position(query, '{schema}') > 0"
    while asked(clickhouse, inserts) == ["0"]:
        assert loading.poll() is None
        time.sleep(0.02)
    loading.kill()
    loading.wait()
    assert starc("load", cwd=folder).code == 0
    assert asked(clickhouse, f"select count(), uniqExact(id) from {schema}.orders") == ["20050", "20050"]
    assert asked(clickhouse, f"select count(), uniqExact(id) from {schema}.seen") == ["50", "50"]


@pytest.mark.parametrize("to", ["clickhouse", "postgres"])
@pytest.mark.parametrize("mode", ["append", "merge"])
def test_a_load_in_batches_goes_on_where_it_was(starc, project, postgres, request, to, mode):
    schema = f"batches_{mode}_{to}"
    psql(postgres, ORDERS.format(schema))
    psql(postgres, f"insert into {schema}.orders values (20001, date '2020-01-01', 'x')")
    key = {"key": "id"} if mode == "merge" else {}
    fails = {"text": {"expression": "case when id = 20001 then (1 / (20001 - id))::text else text end"}}
    files = load_of(postgres, schema, schema + "_to", mode=mode, cursor="id", batch=6000, columns=fails, **key)
    folder = project(files, profile=profile_for(to, request, schema))
    r = starc("load", cwd=folder)
    assert r.code == 1 and "division by zero" in r.text, r.text

    def came():
        sql = f"select rows, cursor_from, cursor_to from {schema}_to.starc_loads order by ended_at"
        return [tuple(str(x) for x in row.values()) for row in rows(starc, folder, sql)]

    again = 1 if mode == "merge" else 0  # the row that the batch before ended at is brought again
    full = f"{6000 + again}"
    assert came() == [("6000", "None", "6000"), (full, "6000", "12000"), (full, "12000", "18000")]
    psql(postgres, f"delete from {schema}.orders where id = 20001")
    assert starc("load", cwd=folder).code == 0
    assert came()[3:] == [(f"{2000 + again}", "18000", "20000")]
    found = rows(starc, folder, f"select count(*) as n, count(distinct id) as ids from {schema}_to.orders")
    assert [int(x) for x in found[0].values()] == [20000, 20000]


@pytest.mark.parametrize("to", ["clickhouse", "postgres"])
def test_rows_at_the_edge_are_the_same_with_a_new_column(starc, project, postgres, request, to):
    schema = f"edge_{to}"
    psql(postgres, ORDERS.format(schema))
    files = load_of(postgres, schema, schema + "_to", mode="append", cursor="id")
    folder = project(files, profile=profile_for(to, request, schema))
    assert starc("load", cwd=folder).code == 0
    for change in (f"alter table {schema}.orders add column more int not null default 5", "select 1",
                   f"insert into {schema}.orders values (20001), (20002)"):  # fmt: skip
        psql(postgres, change)
        assert starc("load", cwd=folder).code == 0
    found = rows(starc, folder, f"select count(*) as n, sum(more) as more from {schema}_to.orders")
    # the row at the edge came again with the new column, and took the place of the one without
    assert [int(x) for x in found[0].values()] == [20002, 15]


@pytest.mark.parametrize("table, said", [({"batch": 1000}, "has no cursor that they go by"),
                                         ({"batch": 0, "mode": "append", "cursor": "id"}, "have no row")])  # fmt: skip
def test_batches_that_cannot_be(starc, project, postgres, request, table, said):
    profile = profile_for("postgres", request, "nowhere")
    folder = project(load_of(postgres, "nowhere", "nowhere", **table), profile=profile)
    r = starc("parse", cwd=folder)
    assert r.code == 2 and said in r.text and "loads/shop.yml:1:" in r.text, r.text
