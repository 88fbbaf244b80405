"""The connection to a load's source: one that is lost is an error, one that is to stop stops."""

import json, os, signal, subprocess, time

import pytest
from conftest import STARC, profile_for, rows
from proxy import PostgresProxy
from source_database import SourceDatabase

EVENTS = """
create table events (id int primary key, happened date not null, at timestamptz not null);
insert into events select i, date '2024-04-03' + i, timestamptz '2024-04-03 10:00:00+00' + i * interval '1 hour'
  from generate_series(1, 20) i;
"""


@pytest.fixture
def source(postgres):
    """With dates as nobody writes them, in a zone that is nobody's own."""
    with SourceDatabase(postgres) as database:
        database(f"alter database {database.name} set datestyle to 'SQL, DMY'")
        database(f"alter database {database.name} set timezone to 'Asia/Kolkata'")
        yield database


def load_through(source, port, tables, schema):
    load = {"name": "shop", "from": source.connection(port=port), "schema": schema, "tables": tables}
    return {"loads/shop.yml": json.dumps({"loads": [load]}), "models/one.sql": "select 1 as one"}


def test_a_connection_that_is_lost_is_never_made_anew(starc, project, postgres, source, request):
    """Else rows are read outside of the transaction, and days as the server's own way to write them has it."""
    source(EVENTS)
    with PostgresProxy(postgres.port) as proxy:
        table = {"name": "events", "mode": "merge", "key": "id", "cursor": "at"}
        folder = project(load_through(source, proxy.port, [table], "lost_to"),
                         profile=profile_for("postgres", request, "lost"))  # fmt: skip
        proxy.plan()
        run = starc("load", cwd=folder)
        assert run.code == 0, run.text
        statements = proxy.seen
        assert statements > 5
        source("update events set at = at + interval '100 days'")
        for at in range(1, statements + 1):
            proxy.plan("cut-before", at)
            run = starc("load", cwd=folder)
            assert proxy.hit and run.code == 1, f"statement {at}\n{run.text}"
            assert "the source of 'shop.events'" in run.text and "loads/shop.yml" in run.text, run.text
            found = rows(starc, folder, "select max(at) < '2024-05-01' as old, count(*) as n from lost_to.events")
            assert found == [{"old": True, "n": 20}], f"statement {at}\n{run.text}"
        proxy.plan()
        assert starc("load", cwd=folder).code == 0
    same = "select string_agg(happened::text || extract(epoch from at), ' ' order by id) as t from {}"
    source("reset datestyle")
    assert rows(starc, folder, same.format("lost_to.events")) == [{"t": iso(source, same.format("events"))}]


def iso(source, sql):
    return source("set datestyle to ISO; " + sql).strip()


def started(folder, *words):
    return subprocess.Popen([STARC, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            env={**os.environ, "NO_COLOR": "1"})  # fmt: skip


@pytest.mark.parametrize("waits", ["for a lock", "for the cursor"])
def test_a_stop_reaches_a_source_that_is_being_opened(starc, project, postgres, source, request, waits):
    source(EVENTS)
    slow = "create view slow as select id, at from events, pg_sleep(60) where at > now() - interval '1 hour' or id > 0"
    source(slow)
    name = "events" if waits == "for a lock" else "slow"
    table = {"name": name, "mode": "append", "cursor": "id"}
    folder = project(load_through(source, postgres.port, [table], "stopped_to"),
                     profile=profile_for("postgres", request, "stopped"))  # fmt: skip
    holder = subprocess.Popen(
        ["psql", "-X", "-qAt", "-h", "127.0.0.1", "-p", str(postgres.port), "-U", postgres.user, source.name],
        env={**os.environ, "PGPASSWORD": postgres.password}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        holder.stdin.write("begin; lock table events in access exclusive mode; select 'held';\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "held\n"
        if name == "slow":
            holder.communicate("commit;\n")
        loading = started(folder, "load")
        busy = ("select count(*) from pg_stat_activity where datname = current_database() and state = 'active' and "
                "pid <> pg_backend_pid() and (wait_event_type = 'Lock' or wait_event = 'PgSleep')")  # fmt: skip
        until = time.time() + 60
        while source(busy).strip() == "0":
            assert loading.poll() is None and time.time() < until, loading.stdout.read()
            time.sleep(0.05)
        loading.send_signal(signal.SIGINT)
        text, _ = loading.communicate(timeout=50)
        assert loading.returncode == 130, text
        assert source(busy).strip() == "0"
    finally:
        holder.kill()
        holder.wait()


def test_sql_with_a_comment_or_a_semicolon_at_its_end(engine, starc, project, postgres, source):
    source(EVENTS)
    tables = [
        {"name": "asked", "query": "select id, at from events where id <= 2 -- the first\n;\n-- of them",
         "columns": {"id": {"expression": "id + 1 -- one more"}}},
        {"name": "events", "where": "id = 3 or false -- one\n;", "columns": {"at": {"expression": "at; -- itself"}}},
        {"name": "several", "query": "select 1 as id; select 2 as id"},
        {"name": "none", "query": "-- nothing"},
    ]  # fmt: skip
    folder = project(load_through(source, postgres.port, tables, "ends"), profile=engine.profile("ends_models"))
    run = starc("load", cwd=folder)
    assert run.code == 1 and "ERROR=2" in run.text, run.text
    assert "query of 'shop.several' has several statements" in run.text, run.text
    assert "query of 'shop.none' has no SQL in it" in run.text, run.text
    assert [int(r["id"]) for r in rows(starc, folder, "select id from ends.asked order by id")] == [2, 3]
    assert [int(r["id"]) for r in rows(starc, folder, "select id from ends.events")] == [3]


def test_several_sessions_of_which_one_fails_at_once(starc, project, postgres, source, request):
    """A table that is large enough for several: all of them are open before the first one reads."""
    source("create table large as select i as id, repeat('x', 1000) as text from generate_series(1, 48000) i")
    assert int(source("select pg_relation_size('large') / 8192")) > 2 * 2048
    tables = [{"name": "large", "where": "1 / (id - 1) > -5"}]
    folder = project(load_through(source, postgres.port, tables, "several"),
                     profile=profile_for("postgres", request, "several_models"))  # fmt: skip
    for _ in range(3):
        run = starc("load", cwd=folder)
        assert run.code == 1 and "the source of 'shop.large': division by zero" in run.text, run.text
