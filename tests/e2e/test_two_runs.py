"""Two runs of one target at the same time: the second waits, reads anew what it knew, and builds on the first one's
result."""

import json, os, re, signal, subprocess, threading, time
import pytest
from conftest import STARC, rows
from servers import postgres_bin

pytestmark = pytest.mark.skipif(
    os.environ.get("STARC_TESTS") != "1", reason="STARC_TESTS=1 runs tests against real databases"
)


def slow(engine, seconds):
    return f"(select pg_sleep({seconds})::text)" if engine.name == "postgres" else f"sleep({seconds})"


def numbers(engine, n):
    return (
        f"generate_series(1, {n}) as g(i)"
        if engine.name == "postgres"
        else f"(select number + 1 as i from numbers({n}))"
    )


def shop(project, engine, **profile):
    sleep = "{{ var('s', 0) }}"
    new = "{% if is_incremental() %} where i > (select max(i) from {{ this }}) {% endif %}"
    return project(
        {
            "seeds/towns.csv": "id,name\n1,Aa\n2,Bb\n",
            "models/added.sql": "{{ config(materialized='incremental', incremental_strategy='append') }} select i, "
            f"{slow(engine, sleep)} as z from {numbers(engine, 5)} {new}",
            "models/keyed.sql": "{{ config(materialized='incremental', unique_key='i') }} select i, "
            f"{slow(engine, sleep)} as z from {numbers(engine, 5)}",
            "models/plain.sql": f"{{{{ config(materialized='table') }}}} select i, {slow(engine, sleep)} as z from "
            f"{numbers(engine, 5)}",
            "models/seen.sql": "{{ config(materialized='view') }} select * from {{ ref('plain') }}",
            "snapshots/history.sql": "{% snapshot history %}{{ config(unique_key='i', strategy='check', "
            "check_cols=['v']) }}"
            f"select i, {{{{ var('v', 1) }}}} as v from {numbers(engine, 3)} where {slow(engine, sleep)} is not "
            f"null{{% endsnapshot %}}",
        },
        profile=engine.profile(threads=4, **profile),
        extra='on-run-end: ["grant usage on schema {{ target.schema }} to public"]\n'
        if engine.name == "postgres"
        else "",
    )


def start(folder, name, *args):
    own = [] if "--target-path" in args else ["--target-path", f"t_{name}", "--log-path", f"l_{name}"]
    return subprocess.Popen(
        [STARC, *args, *own],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "NO_COLOR": "1", "HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(folder, name, text, logs=None):
    """Until the log of a run has a text."""
    for _ in range(400):
        log = folder / (logs or f"l_{name}") / "dbt.log"
        if log.exists() and text in log.read_text(errors="replace"):
            return
        time.sleep(0.01)
    raise AssertionError(f"no {text!r} in the log of {name}")


def counts(starc, folder):
    got = rows(
        starc,
        folder,
        "select 'added' as t, count(*) as n from {{ ref('added') }} union all select 'keyed', count(*) from {{ "
        "ref('keyed') }} "
        "union all select 'seen', count(*) from {{ ref('seen') }} union all select 'towns', count(*) from {{ "
        "ref('towns') }} "
        "union all select 'current', count(*) from {{ ref('history') }} where dbt_valid_to is null",
    )
    return {r["t"]: int(r["n"]) for r in got}


GOOD = {"added": 5, "keyed": 5, "seen": 5, "towns": 2, "current": 3}


def test_two_builds_from_nothing(starc, project, engine):
    folder = shop(project, engine)
    vars = ["--vars", "{s: 0.5}"]
    a, b = start(folder, "a", "build", *vars), start(folder, "b", "build", *vars)
    (a_text, _), (b_text, _) = a.communicate(timeout=60), b.communicate(timeout=60)
    assert (a.returncode, b.returncode) == (0, 0), a_text + b_text
    assert counts(starc, folder) == GOOD
    third = starc("build", "--vars", "{v: 2}", cwd=folder)
    assert third.code == 0, third.text
    assert counts(starc, folder) == GOOD


def test_the_holder_is_named(starc, project, engine):
    folder = shop(project, engine)
    a = start(folder, "a", "run", "-s", "plain", "--vars", "{s: 3}")
    wait_for(folder, "a", "sleep")
    b = start(folder, "b", "run", "-s", "plain", "--wait", "5m")
    other = starc("run", "-s", "plain", "--wait", "0", cwd=folder)
    assert other.code and f"{a.pid}" in other.text, other.text
    assert "starc run" in other.text and "[relation-locked]" in other.text and "models/plain.sql:1:1" in other.text
    listed = json.loads(starc("locks", "--output", "json", "--quiet", cwd=folder).out)["locks"]
    assert [(l["node"], l["state"], str(a.pid) in l["holder"]) for l in listed] == [
        ("model.shop.plain", "alive", True)
    ], listed
    shown = [re.split(r" *\| *", l)[1:-1] for l in starc("locks", "--quiet", cwd=folder).out.splitlines()]
    assert shown[0] == ["id", "relation", "holder", "for", "state"] and re.fullmatch(r"\d+ s", shown[2][3]), shown
    text, _ = b.communicate(timeout=60)
    assert b.returncode == 0 and str(a.pid) in text, text
    a.communicate(timeout=60)
    assert a.returncode == 0
    wrong = starc("run", "--wait", "soon", cwd=folder)
    assert wrong.code == 2 and "--wait is not a time: 'soon'" in wrong.text, wrong.text


def test_ctrl_c_while_waiting(starc, project, engine):
    folder = shop(project, engine)
    a = start(folder, "a", "run", "-s", "plain", "--vars", "{s: 2}")
    wait_for(folder, "a", "sleep")
    b = start(folder, "b", "run", "-s", "plain")
    wait_for(folder, "b", f"{a.pid}")
    before = time.time()
    b.terminate()
    text, _ = b.communicate(timeout=60)
    assert b.returncode == 128 + 15 and time.time() - before < 0.5, text
    a.communicate(timeout=60)
    assert a.returncode == 0


def test_a_dead_holder(starc, project, engine):
    """On Postgres a lock ends with its session. On a ClickHouse server the table of a dead run stays: one of two
    takes it over."""
    if engine.name != "clickhouse":
        pytest.skip("only there a lock outlives its holder")
    folder = shop(project, engine)
    assert starc("run", "-s", "added", cwd=folder).code == 0
    a = start(folder, "a", "run", "-s", "plain", "--vars", "{s: 2}")
    wait_for(folder, "a", "sleep(2)")
    a.kill()
    for reaped in (False, True):  # its process has ended on this machine; who started it has not asked how, or has
        r = starc("run", "-s", "plain", "--wait", "0", cwd=folder)
        assert r.code == 0 and ("run that has died" in r.text) == (not reaped), r.text
        a.wait()
    schema = engine.profile()["schema"]
    dead = (
        f"create table {schema}.starc_lock_added (held_0 UInt8 comment 'starc run x@far:1|far|1|1|1|0|{schema}.added') "
        f"engine = Null"
    )
    assert starc("show", "--inline-direct", dead, cwd=folder).code == 0
    folder.joinpath("models/added.sql").write_text(
        folder.joinpath("models/added.sql").read_text().replace("where i >", "where i + 5 >")
    )
    os.environ["STARC_TEST_DEAD"] = "0.6"
    try:
        runs = [start(folder, name, "run", "-s", "added") for name in "abc"]
        texts = [p.communicate(timeout=60)[0] for p in runs]
    finally:
        del os.environ["STARC_TEST_DEAD"]
    assert [p.returncode for p in runs] == [0, 0, 0], texts
    assert sum("run that has died" in t for t in texts) == 1 and any("starc run x@far:1" in t for t in texts), texts
    left = starc(
        "show",
        "--inline",
        "select count(*) as n from system.tables where name like 'starc_lock_%'",
        "--output",
        "json",
        "--quiet",
        cwd=folder,
    )
    assert '"n": 0' in left.out, left.text


def test_a_stopped_holder_sends_nothing_more(starc, project, engine):
    """Its lock was taken over while it was stopped: it notices before its next statement."""
    if engine.name != "clickhouse":
        pytest.skip("on Postgres its session holds the lock as long as it is there")
    folder = project(
        {
            "models/m.sql": "{{ config(materialized='incremental', incremental_strategy='append', pre_hook=\"select "
            "sleep({{ var('s', 0) }})\") }} "
            "select number as i from numbers(5)"
        },
        profile=engine.profile("stopped"),
    )
    assert starc("run", cwd=folder).code == 0
    os.environ["STARC_TEST_DEAD"] = "0.6"
    try:
        a = start(folder, "a", "run", "--vars", "{s: 1}")
        wait_for(folder, "a", "sleep(1)")
        a.send_signal(signal.SIGSTOP)
        b = start(folder, "b", "run").communicate(timeout=60)[0]
        time.sleep(0.6)
        a.send_signal(signal.SIGCONT)
        text = a.communicate(timeout=60)[0]
    finally:
        del os.environ["STARC_TEST_DEAD"]
    assert "is taken over" in b and "PASS=1" in b and a.returncode == 1 and "the lock on stopped.m is lost" in text, (
        b + text
    )
    assert rows(starc, folder, "select count(*) as n from {{ ref('m') }}")[0]["n"] in (10, "10")
    assert starc("run", cwd=folder).code == 0, "nothing is left in the way"


def test_a_killed_run_holds_nothing_for_long(starc, project, engine):
    """In the middle of its statement the server looks whether it is still there."""
    if engine.name != "postgres":
        pytest.skip("client_connection_check_interval")
    folder = shop(project, engine)
    os.environ["STARC_TEST_DEAD"] = "1.2"
    try:
        a = start(folder, "a", "run", "-s", "plain", "--vars", "{s: 30}")
        wait_for(folder, "a", "sleep(30)")
        time.sleep(0.2)
        a.kill()
        begun = time.time()
        r = starc("run", "-s", "plain", "--wait", "10s", cwd=folder)
    finally:
        del os.environ["STARC_TEST_DEAD"]
    a.communicate()
    assert r.code == 0 and time.time() - begun < 5, r.text


def test_a_live_holder_of_a_strange_name(starc, project, engine):
    """A relation's name may hold what parts the holder's words: its signs of life are seen all the same."""
    if engine.name != "clickhouse":
        pytest.skip("only there a holder shows signs of life")
    folder = shop(project, engine)
    folder.joinpath("models/plain.sql").write_text(
        folder.joinpath("models/plain.sql").read_text().replace("'table'", "'table', alias='a|b'")
    )
    os.environ["STARC_TEST_DEAD"] = "1.2"
    try:
        a = start(folder, "a", "run", "-s", "plain", "--vars", "{s: 2.5}")
        wait_for(folder, "a", "sleep(2.5)")
        b = start(folder, "b", "run", "-s", "plain")
        texts = [p.communicate(timeout=60)[0] for p in (a, b)]
    finally:
        del os.environ["STARC_TEST_DEAD"]
    assert (a.returncode, b.returncode) == (0, 0) and "waits" in texts[1], texts
    assert "run that has died" not in texts[1], texts


def test_functions_of_a_server_wait_for_nobody(starc, project, engine):
    """On ClickHouse they belong to no schema: a lock of one would keep no other target away, and one statement
    makes them."""
    if engine.name != "clickhouse":
        pytest.skip("only there functions are the server's and locks are tables")
    folder = project(
        {
            "functions/starc_f.sql": "select x + 1",
            "models/a.sql": "select 1 as id",
            "functions/f.yml": "functions: [{name: starc_f, arguments: [{name: x, data_type: int}], returns: "
            "{data_type: int}}]\n",
        },
        profile=engine.profile(),
    )
    schema = engine.profile()["schema"]
    assert starc("build", cwd=folder).code == 0
    held = (
        f"create table {schema}.starc_lock_starc_f (held_0 UInt8 comment 'starc run "
        f"x@far:1|far|1|1|1|0|{schema}.starc_f') engine = Null"
    )
    assert starc("show", "--inline-direct", held, cwd=folder).code == 0
    r = starc("build", "--wait", "0", cwd=folder)
    assert r.code == 0 and "waits" not in r.text, r.text


def test_a_reader_is_not_ended_by_a_swap(starc, project, postgres, request):
    """Who reads a table and then a view on it goes on: the swap asks for both, and lets go of the view while the
    table is being read."""
    profile = {
        "type": "postgres",
        "host": "127.0.0.1",
        "port": postgres.port,
        "user": postgres.user,
        "password": postgres.password,
        "dbname": postgres.dbname,
    }
    folder = project(
        {
            "models/t.sql": "{{ config(materialized='table') }} select 1 as id",
            "models/v.sql": "select * from {{ ref('t') }}",
            "macros/m.sql": "{% macro read() %}{% do run_query(\"do $$ begin perform * from swapped.t; perform "
            "pg_sleep(0.9); perform * from swapped.v; end $$\") %}{% endmacro %}",
        },
        profile={**profile, "schema": "swapped"},
    )
    assert starc("run", cwd=folder).code == 0
    os.environ["PGOPTIONS"] = "-c deadlock_timeout=200ms"
    try:
        reader = start(folder, "r", "run-operation", "read")
        wait_for(folder, "r", "pg_sleep")
        writer = start(folder, "w", "run", "-s", "t")
        texts = [p.communicate(timeout=60)[0] for p in (reader, writer)]
    finally:
        del os.environ["PGOPTIONS"]
    assert (reader.returncode, writer.returncode) == (0, 0), texts
    assert rows(starc, folder, "select count(*) as n from {{ ref('v') }}")[0]["n"] in (1, "1")


def test_one_folder(starc, project, engine):
    """Artifacts and the journal of one run do not spoil the other's."""
    folder = shop(project, engine)
    here = ["--target-path", "target", "--log-path", "logs"]
    a = start(folder, "a", "run", "-s", "plain", "--vars", "{s: 2}", *here)
    time.sleep(0.4)
    b = start(folder, "b", "run", "-s", "added", "keyed", "--threads", "1", "--vars", "{s: 3}", *here)
    wait_for(folder, "a", "sleep(3)", "logs")
    starc("run", "-s", "seen", *here, cwd=folder)  # a third one, which ends before them
    assert (folder / "target/starc_journal.jsonl").exists()
    b.kill()
    b.communicate()
    a.communicate(timeout=60)
    assert a.returncode == 0
    assert (
        not (folder / "target/starc_journal.jsonl").exists()
        and len(list((folder / "target").glob("starc_journal.*.jsonl"))) == 1
    )
    again = starc("retry", *here, "--vars", "{}", cwd=folder)
    assert again.code == 0 and "added" in again.text and "keyed" in again.text and "plain" not in again.text, again.text
    assert not list((folder / "target").glob("starc_journal*"))
    assert all(
        line[2] == ":"
        for line in (folder / "logs/dbt.log").read_text().splitlines()
        if "[info ]" in line or "[debug]" in line
    )


def test_fail_fast_leaves_out_who_waits(starc, project, engine):
    folder = shop(project, engine)
    folder.joinpath("models/wrong.sql").write_text(
        f"select {slow(engine, '{{ var(' + chr(39) + 's' + chr(39) + ', 0) }}')} as z, no_such_column from "
        f"{numbers(engine, 1)}"
    )
    a = start(folder, "a", "run", "-s", "plain", "--vars", "{s: 2}")
    wait_for(folder, "a", "sleep")
    b = start(folder, "b", "run", "-s", "plain", "wrong", "--fail-fast")
    text, _ = b.communicate(timeout=60)
    assert b.returncode == 1 and a.poll() is None and "SKIP=1" in text, text
    a.communicate(timeout=60)


def test_a_user_who_may_not_lock(starc, project, engine):
    if engine.name != "postgres":
        pytest.skip("advisory locks")
    folder = shop(project, engine)
    run = lambda sql: starc("run-operation", "run_query", "--args", json.dumps({"sql": sql}), cwd=folder)
    run(
        "create role no_locks login password 'x'; grant create on database "
        + engine.profile()["dbname"]
        + " to no_locks; "
        "revoke execute on function pg_try_advisory_lock(int, int) from public; revoke select on pg_catalog.pg_locks "
        "from public"
    )
    text = folder.joinpath("profiles.yml").read_text()
    try:
        profile = {**engine.profile(schema="no_locks"), "user": "no_locks", "password": "x"}
        folder.joinpath("profiles.yml").write_text(
            "shop:\n  target: dev\n  outputs:\n    dev: " + json.dumps(profile) + "\n"
        )
        r = starc("run", cwd=folder)
        listed = starc("locks", cwd=folder)
    finally:
        folder.joinpath("profiles.yml").write_text(text)
        run(
            "grant execute on function pg_try_advisory_lock(int, int) to public; grant select on pg_catalog.pg_locks "
            "to public; drop owned by no_locks cascade; drop role no_locks"
        )
    assert (
        r.code == 0 and r.text.count("relations are not locked") == 1 and "permission denied for function" in r.text
    ), r.text
    assert (
        listed.code == 1
        and listed.text.count("permission denied for view pg_locks") == 1
        and "See above: 1 error" in listed.text
    ), listed.text


def test_what_came_after_the_run_looked(starc, project, engine):
    """The schema is listed before the hooks: what they make is there when the models are built. ClickHouse is not
    asked again: it refuses what is there, or was left beside."""
    storage = "" if engine.name == "postgres" else "engine = MergeTree order by tuple() "
    beside = "create table {{ target.schema }}.%s " + storage + "as select 99 as i"
    folder = project(
        {
            "models/made.sql": "{{ config(materialized='table') }} select 1 as i",
            "models/grown.sql": "{{ config(materialized='incremental') }} select 2 as i",
            "models/free.sql": "{{ config(materialized='table') }} select 3 as i",
        },
        profile=engine.profile(threads=1),
        extra="on-run-start: " + json.dumps([beside % name for name in ("made", "grown", "free__dbt_tmp")]) + "\n",
    )
    done = starc("run", cwd=folder)
    assert done.code == 0, done.text
    got = {
        m: [r["i"] for r in rows(starc, folder, "select i from {{ ref('%s') }} order by i" % m)]
        for m in ("made", "grown", "free")
    }
    assert got == {"made": [1], "grown": [2, 99], "free": [3]}
    left = (
        []
        if engine.name == "postgres"
        else [
            r["name"]
            for r in rows(
                starc,
                folder,
                "select name from system.tables where database = '{{ target.schema }}' "
                "and (name like '%\\_\\_dbt%' or name like 'starc%')",
            )
        ]
    )
    assert left == []


def test_a_first_build_asks_nothing_again(starc, project, engine):
    """On a server a table that is new costs its lock, its making and its name: what is there is asked once for the
    schema."""
    if engine.name != "clickhouse":
        pytest.skip("of a server of ClickHouse")
    folder = project(
        {"models/new.sql": "{{ config(materialized='table') }} select 1 as i"}, profile=engine.profile(threads=1)
    )
    first, again = [
        [
            e["data"]["sql"].split("*/")[-1].split()[0]
            for e in map(json.loads, done.out.splitlines())
            if e["info"]["name"] == "SQLQuery" and "node_info" in e["data"]
        ]
        for done in [starc("run", "--debug", "--log-format", "json", cwd=folder) for _ in range(2)]
    ]
    assert (first, again) == (["create", "create", "rename"], ["create", "select", "create", "exchange", "drop"])


def test_a_new_session_takes_its_locks(starc, project, postgres):
    """The session that builds a new table is ended by the server: the next table is locked in the one made anew."""
    held = "select count(*) as held from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
    files = {
        "models/a_slow.sql": "{{ config(materialized='table') }}select 1 as a from pg_sleep(30) -- ended by the server",
        "models/b_next.sql": "{{ config(materialized='table') }}" + held,
    }
    profile = {"type": "postgres", "host": "127.0.0.1", "port": postgres.port, "user": postgres.user, "threads": 1,
               "password": postgres.password, "dbname": postgres.dbname, "schema": "anew", "retries": 1}  # fmt: skip
    folder = project(files, profile=profile)
    end = (
        "select pg_terminate_backend(pid) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() "
        "and query like '%pg_sleep(30) -- ended%'"
    )
    done = threading.Event()

    def ends():
        """One try after the other, each in a session of its own."""
        env = {**os.environ, "PGPASSWORD": postgres.password}
        words = [f"{postgres_bin()}/psql", "-XAtq", "-h", "127.0.0.1", "-p", str(postgres.port), "-U", postgres.user]
        while not done.is_set():
            p = subprocess.run([*words, "-d", postgres.dbname, "-c", end], env=env, capture_output=True, text=True)
            if "t" in p.stdout:
                return
            time.sleep(0.1)

    thread = threading.Thread(target=ends)
    thread.start()
    r = starc("run", cwd=folder)
    done.set()
    thread.join()
    assert r.code == 1 and "pooler" not in r.text, r.text
    assert rows(starc, folder, "select held from anew.b_next")[0]["held"] > 0
