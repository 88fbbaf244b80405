"""`starc check` where rights are missing, names are hostile, processes are killed or meet."""

import json, os, signal, subprocess, time
from conftest import EMBEDDED, STARC, needs_embedded, profile_for, rows

import pytest

EMBEDDED_PROFILE = {"type": "clickhouse", "driver": "embedded", "schema": "s"}
LOW = {"user": "check_low", "password": "low"}
MODELS = {
    "models/s.yml": "sources:\n- name: raw\n  schema: check_hidden\n  tables: [{name: orders}]\n- name: seeded\n"
    "  schema: check_low\n  tables: [{name: rates}]\n"
    "models:\n- name: orders\n  columns: [{name: id, data_tests: [unique]}]\n",
    "seeds/rates.csv": "kind,rate\nx,1.5\n",
    "models/orders.sql": "select id, day from {{ source('raw', 'orders') }}",
    "models/mart_orders.sql": "{{ config(schema='mart', alias='orders') }}select id from {{ ref('orders') }}",
    "models/t.sql": "{{ config(materialized='table', indexes=[{'columns': ['id']}]) }}"
    "select * from {{ ref('orders') }}",
    "models/mv.sql": "{{ config(materialized='materialized_view', indexes=[{'columns': ['id']}]) }}"
    "select * from {{ ref('t') }}",
    "models/grown.sql": "{{ config(materialized='incremental', unique_key='id') }}select id from {{ ref('mv') }}",
    "models/of_seed.sql": "select rate, kind from {{ source('seeded', 'rates') }}",
    "models/wrong.sql": "select id, dayy from {{ ref('mart_orders') }}",
}


def admin(starc, project, request):
    """run(sql) as the server's own user."""
    folder = project({"models/a.sql": "select 1 as id"}, name="admin", profile=profile_for("postgres", request, "s"))

    def run(sql):
        r = starc("run-operation", "run_query", "--args", f'{{sql: "{sql}"}}', cwd=folder)
        assert r.code == 0, r.text

    return folder, run


def same_names(starc, project, profile, run):
    """Relations of one name: messages and lineage have the project's names, and what the check cannot tell is left."""
    run("create table check_hidden.t1 (i int); create schema check_hidden2; create table check_hidden2.t1 (j int); "
        "create table check_hidden2.t2 (k int)")
    raw = "- name: {0}\n  schema: {0}\n  tables: [{{name: t1}}, {{name: t2}}]\n"
    files = {
        "models/s.yml": "sources:\n" + raw.format("check_hidden") + raw.format("check_hidden2"),
        "models/first.sql": "select t1.i from {{ source('check_hidden', 't1') }}",
        "models/second.sql": "select j from {{ source('check_hidden2', 't1') }}",
        "models/bare.sql": "select t1.j from {{ source('check_hidden2', 't1') }}",
        "models/row.sql": "select count(t1) as n from {{ source('check_hidden2', 't1') }}",
        "models/typo.sql": "select jj from {{ source('check_hidden2', 't1') }}",
        "models/call.sql": "select {{ source('check_hidden2', 't1') }}(1) as c",
        "models/other.sql": "select {{ source('check_hidden', 't1') }}(1) as c",
    }
    try:
        folder = project(files, name="same_names", profile=profile)
        r = starc("lineage", cwd=folder)
        document = json.loads((folder / "target/lineage.json").read_text())
        nodes = {n: document["nodes"][f"model.same_names.{n}"] for n in ("first", "second")}
        inputs = {n: node["columns"][0]["inputs"][0]["node"] for n, node in nodes.items()}
        assert inputs["first"] == "source.same_names.check_hidden.t1", r.text
        assert inputs["second"] == "source.same_names.check_hidden2.t1", r.text
        r = starc("check", cwd=folder)
        assert "'bare' is not checked: several relations are named 't1'" in r.text, r.text
        assert "'row' is not checked" in r.text and "3 wrong" in r.text and "pg_temp" not in r.text, r.text
        assert "models/typo.sql:1:8: error" in r.text and "check_hidden2.t1(integer) does not" in r.text, r.text
        assert "check_hidden.t1(integer) does not" in r.text, r.text
    finally:
        run("drop schema check_hidden2 cascade; drop table check_hidden.t1")


def test_a_role_that_may_little(starc, project, request):
    """No schemas: temporary relations; not these either: what to grant. Nothing is left in any case."""
    own, run = admin(starc, project, request)
    profile = profile_for("postgres", request, "check_low") | LOW
    base = profile["dbname"]
    run(f"drop schema if exists check_hidden cascade; create schema check_hidden; create table check_hidden.orders (id "
        f"int, day date); drop role if exists check_low; create role check_low login password 'low'; "
        f"revoke temporary on database {base} from public; grant temporary on database {base} to check_low; "
        "alter role check_low set default_transaction_read_only = on; "
        "alter role check_low set quote_all_identifiers = on; alter role check_low set datestyle = 'German'")
    try:
        folder = project(MODELS, profile=profile)
        before = rows(starc, own, "select nspname from pg_namespace where nspname not like 'pg_t%' order by 1")
        r = starc("check", cwd=folder)
        assert r.code == 1 and "Checked 9 of 9 nodes" in r.text and "1 wrong" in r.text, r.text
        assert "models/wrong.sql:1:12: error" in r.text and "pg_temp" not in r.text, r.text
        same_names(starc, project, profile, run)
        run(f"revoke temporary on database {base} from check_low")
        r = starc("check", cwd=folder)
        assert r.code == 2 and "may create neither schemas nor temporary tables" in r.text, r.text
        assert "--check-target" in r.text and "grant temporary on database" in r.text, r.text
        assert rows(starc, own, "select nspname from pg_namespace where nspname not like 'pg_t%' order by 1") == before
    finally:
        run(f"grant temporary on database {base} to public; drop schema check_hidden cascade; "
            f"revoke all on database {base} from check_low; drop role check_low")


def test_functions_with_side_effects(starc, project, request):
    """No text of a node is run, whatever makes it: nothing counts on, nothing is written."""
    calls = "nextval('effects.counter') as n, effects.put() as put"
    wanted = f"select 1 as id, {calls}"
    files = {
        "models/v.sql": wanted,
        "models/t.sql": "{{ config(materialized='table') }}" + wanted,
        "models/i.sql": "{{ config(materialized='incremental', unique_key='id') }}" + wanted,
        "models/m.sql": "{{ config(materialized='materialized_view') }}" + wanted,
        "models/bad.sql": wanted + ", gone",
        "snapshots/s.sql": "{% snapshot s %}{{ config(unique_key='id', strategy='check', check_cols=['id']) }}"
        + wanted + "{% endsnapshot %}",
        "tests/t.sql": wanted,
        "analyses/a.sql": wanted,
        "models/y.yml": "unit_tests:\n- {name: u, model: v, given: [], expect: {rows: [{id: 1}]}}\n",
    }
    folder = project(files, profile=profile_for("postgres", request, "effects_of"))
    for sql in (
        "drop schema if exists effects cascade",
        "create schema effects",
        "create sequence effects.counter",
        "create table effects.written (i int)",
        "create function effects.put() returns int language sql as "
        "'insert into effects.written values (1) returning i'",
    ):
        assert starc("run-operation", "--sql", sql, cwd=folder).code == 0, sql
    r = starc("check", cwd=folder)
    assert r.code == 1 and "models/bad.sql:1:" in r.text and "1 wrong" in r.text, r.text
    assert "Checked 9 of 9" in r.text, r.text
    assert rows(starc, folder, "select last_value, is_called from effects.counter") == [
        {"last_value": 1, "is_called": False}
    ]
    assert rows(starc, folder, "select count(*) as n from effects.written") == [{"n": 0}]


def test_what_no_rollback_undoes(starc, project, request, tmp_path):
    """A text that sends it is left: nothing is written beside the transaction of the check."""
    out = tmp_path / "out"
    out.mkdir()
    out.chmod(0o777)
    copy = f"copy (select 1) to ''{out}/FILE''"
    sends = {
        "file": copy,
        "program": f"copy (select 1) to program $$cat > {out}/FILE$$",
        "reads": f"create temp table x (t text); copy x from program $$touch {out}/FILE; echo 1$$",
        "with_options": f"copy /* it */ (select 1) TO ''{out}/FILE'' with (format csv)",
        "block": f"do $$ begin {copy}; end $$",
        "loop": f"do $a$ begin for i in 1..1 loop {copy}; end loop; end $a$",
        "by_text": f"do $a$ begin execute $b${copy}$b$; end $a$",
        "counts": "select nextval(''lasting.counter'')",
        "sets": "select pg_catalog.setval(''lasting.counter'', 7)",
        "block_counts": "do $$ begin perform nextval(''lasting.counter''); end $$",
        "locks": "select pg_try_advisory_lock(4711)",
    }
    harmless = "select 'copy x to program y', substring('abc' from 'b'), 1 as copy"
    files = {
        f"models/{name}.sql": "{% if execute %}{% set sql %}" + sql.replace("''", "'").replace("FILE", name)
        + "{% endset %}{% do run_query(sql) %}{% endif %}select 1 as id"
        for name, sql in sends.items()
    }
    files["models/harmless.sql"] = f'{{% do run_query("{harmless}") %}}select nextval(\'lasting.counter\') as n'
    folder = project(files, profile=profile_for("postgres", request, "lasts"))
    for sql in ("drop schema if exists lasting cascade", "create schema lasting", "create sequence lasting.counter"):
        assert starc("run-operation", "--sql", sql, cwd=folder).code == 0, sql
    r = starc("check", cwd=folder)
    assert r.code == 0 and not list(out.iterdir()), (r.text, list(out.iterdir()))
    for name in sends:
        assert f"'{name}' is not checked: it runs '" in r.text, (name, r.text)
    assert "'harmless'" not in r.text and f"{len(sends)} left out" in r.text, r.text
    assert rows(starc, folder, "select last_value, is_called from lasting.counter") == [
        {"last_value": 1, "is_called": False}
    ]
    for command in (["check", "--unused"], ["docs", "generate"], ["ls", "--select", "column:harmless.n"]):
        starc(*command, cwd=folder)
        assert not list(out.iterdir()), command


def test_what_another_session_has_locked(starc, project, request):
    """A check does not wait for it, and says so; the rest of the project is looked at."""
    own, run = admin(starc, project, request)
    run("drop schema if exists locked cascade; create schema locked; create table locked.tb (id int)")
    files = {
        "models/by_hand.sql": "{{ config(check={'ignore': 'hand-written-name'}) }}select id from locked.tb",
        "models/asks.sql": "{% if execute %}{% do run_query('select id from locked.tb') %}{% endif %}select 1 as id",
        "models/good.sql": "select 1 as id",
        "models/wrong.sql": "select idd from {{ ref('good') }}",
    }
    folder = project(files, profile=profile_for("postgres", request, "locked_of"))
    hold = "lock table locked.tb in access exclusive mode; select pg_sleep(30), 4712"
    holder = start(own, command=("run-operation", "--sql", hold))
    asked = "select count(*) as n from pg_stat_activity where query like '%(30), 4712%' and pid <> pg_backend_pid()"
    try:
        until(lambda: rows(starc, own, asked)[0]["n"] > 0)
        began = time.time()
        env = {"STARC_TESTS": "1", "STARC_TEST_CHECK_LIMIT": "2"}
        r = starc("check", cwd=folder, env=env)
        assert time.time() - began < 8 and r.code == 1, r.text
        for name in ("by_hand", "asks"):
            assert f"'{name}' is not checked: another session has locked what it reads" in r.text, r.text
        assert "models/wrong.sql" in r.text and "2 left out" in r.text, r.text
    finally:
        holder.send_signal(signal.SIGINT)
        holder.communicate()
        run("drop schema locked cascade")


def start(folder, env=None, command=("check",)):
    return subprocess.Popen(
        [STARC, *command],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until(true):
    for _ in range(100):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come true")


def test_a_check_that_is_stopped(project, engine):
    """Of a part of the project nothing can be said, and no file is written of it."""
    if not EMBEDDED and engine.name != "postgres":
        pytest.skip("the embedded engine does not run under a sanitizer")
    ask = "select pg_sleep(60)"
    if engine.name != "postgres":
        ask = "select sleepEachRow(1) from numbers(60) settings max_block_size=1"
    files = {
        "models/a.sql": "select 1 as id, 2 as n",
        "models/b.sql": "select id from {{ ref('a') }}",
        "models/slow.sql": f"select id from {{{{ ref('b') }}}} {{% set x = run_query('{ask}') %}}",
        "models/last.sql": "select id from {{ ref('slow') }}",
    }
    folder = project(files, profile=engine.profile())
    commands = (
        (["check"], signal.SIGTERM, 143),
        (["check", "--drop", "a.n"], signal.SIGINT, 130),
        (["check", "--retype", "a.n=text" if engine.name == "postgres" else "a.n=String"], signal.SIGTERM, 143),
        (["check", "--unused"], signal.SIGINT, 130),
        (["ls", "--select", "column:a.id"], signal.SIGINT, 130),
    )
    for command, number, code in commands:
        running = start(folder, command=command)
        time.sleep(0.8)
        running.send_signal(number)
        said = running.communicate(timeout=20)[0]
        assert running.returncode == code, (command, running.returncode, said)
        assert "a.n" not in said.replace("--drop a.n", "") and "nothing" not in said.lower(), (command, said)
        assert not (folder / "target/lineage.json").exists(), command


def test_a_check_that_is_killed(starc, project, request):
    """Its transaction ends with it."""
    folder = project(
        {
            "models/a.sql": "select 1 as id",
            "models/b.sql": "select id from {{ ref('a') }} {% set x = run_query('select pg_sleep(1), 4711') %}",
        },
        profile=profile_for("postgres", request, "killed"),
    )
    asked = "select count(*) as n from pg_stat_activity where query like '%sleep(1), 4711%' and pid <> pg_backend_pid()"
    running = start(folder)
    until(lambda: rows(starc, folder, asked)[0]["n"] > 0)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    left = "select count(*) as n from pg_namespace where nspname like 'starc_check%'"
    until(lambda: rows(starc, folder, asked)[0]["n"] == 0)
    assert rows(starc, folder, left) == [{"n": 0}]


@needs_embedded
def test_a_folder_that_was_left(starc, project, tmp_path):
    """What a killed check left is removed by a later one, and not what another one works in."""
    temp = tmp_path / "temp"
    temp.mkdir()
    env = {"TMPDIR": str(temp)}
    slow = {"models/a.sql": "select 1 as id {% set x = run_query('select sleep(3)') %}"}
    folder = project(slow, name="slow", profile=EMBEDDED_PROFILE)
    quick = project({"models/a.sql": "select 1 as id"}, name="quick", profile=EMBEDDED_PROFILE)

    def folders():
        return sorted(temp.glob("starc-check-*"))

    def age():
        for lock in temp.glob("*/check.lock"):
            os.utime(lock, (0, 0))

    killed = start(folder, env)
    until(lambda: list(temp.glob("*/check.lock")))
    age()
    assert starc("check", cwd=quick, env=env).code == 0 and len(folders()) == 1  # somebody is in it
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert len(folders()) == 1
    assert starc("check", cwd=quick, env=env).code == 0 and not folders()
    r = starc("check", cwd=quick, env={"TMPDIR": str(temp / "nowhere")})
    assert r.code == 2 and "cannot make a folder for the check" in r.text and "TMPDIR" in r.text, r.text


@pytest.mark.parametrize("kind", ["clickhouse", "postgres"])
def test_files_that_cannot_be_written(starc, project, request, kind):
    """What was asked for was done: a word about the file, and the exit code of the findings."""
    kind == "clickhouse" and needs_embedded.args[0] and pytest.skip("no embedded engine under a sanitizer")
    files = {"models/a.sql": "select 1 as id", "target": "no folder", "logs": "no folder"}
    profile = EMBEDDED_PROFILE if kind == "clickhouse" else profile_for("postgres", request, "unwritten")
    folder = project(files, profile=profile)
    r = starc("check", cwd=folder)
    assert r.code == 0 and "target/lineage.json: warning: cannot write" in r.text and "0 wrong" in r.text, r.text
    assert (folder / "target").read_text() == "no folder"
    (folder / "models/a.sql").write_text("select gone as id")
    r = starc("check", cwd=folder)
    assert r.code == 1 and "target/lineage.json: warning" in r.text and "1 wrong" in r.text, r.text
    r = starc("lineage", cwd=folder)  # the file is what it makes
    assert r.code != 0 and "target/lineage.json: error" in r.text, r.text
    r = starc("check", "--report", "junit=target/x.xml", cwd=folder)
    assert r.code == 2 and "cannot be written: it is a file" in r.text and "junit=target/x.xml" in r.text, r.text


def test_two_checks_at_once(project, request):
    folder = project(
        {f"models/m{i}.sql": "{{ config(materialized='table') }}select 1 as id" for i in range(20)},
        profile=profile_for("postgres", request, "at_once"),
    )
    both = [start(folder), start(folder)]
    for process in both:
        out, _ = process.communicate()
        assert process.returncode == 0 and "Checked 20 of 20" in out, out


HOSTILE = ['we"ird', "it's", "100%s %d", "naïve 表", "a.b", "x" * 63, "semi;colon --", "back\\slash"]
HOSTILE += ["back`tick", "a/b", "..", "select", "two\nlines", "{{ x }}"]


@pytest.mark.parametrize("kind", ["postgres", "embedded"])
def test_hostile_names(starc, project, request, kind):
    if kind == "embedded":
        needs_embedded.args[0] and pytest.skip("the embedded engine does not run under a sanitizer")
    files = {}
    for i, name in enumerate(HOSTILE):
        alias = name.replace("\\", "\\\\").replace('"', '\\"')
        above = f"{{{{ ref('m{i - 1}') }}}}" if i else "(select 1 as id) as t"
        made = ("table", "view", "incremental")[i % 3]
        files[f"models/m{i}.sql"] = (
            f'{{{{ config(materialized="{made}", alias="{alias}", schema="{alias}") }}}}\nselect id from {above}'
        )
    files["models/wrong.sql"] = f"select id, idd from {{{{ ref('m{len(HOSTILE) - 1}') }}}}"
    macro = "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}"
    profile = EMBEDDED_PROFILE if kind == "embedded" else profile_for("postgres", request, 'hos"tile %s')
    folder = project({**files, "macros/m.sql": macro}, profile=profile)
    r = starc("check", cwd=folder)
    assert r.code == 1 and "models/wrong.sql:1:12: error" in r.text and "1 wrong" in r.text, r.text
    for name, made in (("ü" * 120, "view"), ("y" * 300, "table")):
        config = f"{{{{ config(alias='{name}', materialized='{made}') }}}}"
        (folder / "models/wrong.sql").write_text(config + "select 1 as id")
        r = starc("check", "--select", "wrong", cwd=folder)
        assert r.code == 1 and "1 wrong" in r.text and "models/wrong.sql" in r.text, r.text
        assert ("has room for 213" if kind == "embedded" else "longer than 63 bytes") in r.text, r.text


@needs_embedded
def test_no_engine(starc, project):
    """A ClickHouse server is there maybe; the engine that checks is not."""
    r = starc(
        "check",
        cwd=project({"models/a.sql": "select 1 as id"}, profile=EMBEDDED_PROFILE),
        env={"STARC_LIBCHDB": "/nowhere/libchdb.so"},
    )
    assert r.code == 2 and "libchdb.so" in r.text and "STARC_LIBCHDB" in r.text, r.text


@needs_embedded
def test_settings_hold(starc, project):
    """Of the profile, of a model, of the text: they change types."""
    joined = "select a.id, b.kind from {{ ref('a') }} a left join {{ ref('b') }} b on a.id = b.id"
    files = {
        "models/a.sql": "select 1 as id",
        "models/b.sql": "select 1 as id, 'x' as kind",
        "models/joined.sql": "{{ config(materialized='table') }}" + joined,
        "models/plain.sql": "{{ config(materialized='table') }}" + joined + " settings join_use_nulls = 0",
        "models/own.sql": "{{ config(materialized='table', query_settings={'join_use_nulls': 0}) }}" + joined,
        "models/m.yml": "models:\n"
        + "".join(
            f"- name: {name}\n  config: {{contract: {{enforced: true}}}}\n"
            f"  columns: [{{name: id, data_type: UInt8}}, {{name: kind, data_type: {type}}}]\n"
            for name, type in [("joined", "Nullable(String)"), ("plain", "String"), ("own", "String")]
        ),
    }
    for nulls, code in ((1, 0), (0, 1)):
        profile = {**EMBEDDED_PROFILE, "custom_settings": {"join_use_nulls": nulls}}
        r = starc("check", cwd=project(files, profile=profile, name=f"shop{nulls}"))
        assert r.code == code, r.text
    assert "models/m.yml:4:50: error" in r.text and "1 wrong" in r.text, r.text
