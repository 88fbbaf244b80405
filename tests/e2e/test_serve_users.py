"""Users of `starc serve`: starc_serve.yml, hashes of passwords, what each may see, do and take."""

import base64, concurrent.futures, hashlib, pathlib, re, signal, subprocess, time

import pytest
from conftest import EMBEDDED, STARC
from serve import Serving

pytestmark = pytest.mark.skipif(not EMBEDDED, reason="the embedded engine is left out")
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/serve.md"
MODELS = {
    "models/sales.sql": "{{ config(materialized='table') }} select number as id from numbers(10)",
    "models/pay.sql": "{{ config(materialized='table', schema='hr') }} select number as id from numbers(10)",
}
USERS = """max_memory: 3 GiB
users:
  - name: ana
    password_hash: {hash}
    databases: [analytics]
    max_execution_time: 4
    max_result_rows: 100
    max_memory: 64 MiB
    max_concurrent: 1
  - name: bob
    password: "{{{{ env_var('BOB_PASSWORD') }}}}"
    write: true
    databases: analytics
  - name: eve
    password: "{{{{ env_var('DBT_ENV_SECRET_EVE') }}}}"
"""
ENV = {"BOB_PASSWORD": "bobs-0012", "DBT_ENV_SECRET_EVE": "eves-word"}


def hashed(password, rounds=20000):
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), b"salt", rounds)
    return f"pbkdf2_sha256${rounds}$salt${base64.b64encode(key).decode()}"


@pytest.fixture
def shop(starc, project):
    folder = project(MODELS)
    run = starc("build", cwd=folder)
    assert run.code == 0, run.text
    return folder


def ask(s, user, password, sql, **more):
    headers = {"X-ClickHouse-User": user, "X-ClickHouse-Key": password}
    return s.ask(sql, login=False, headers=headers, **more)


def test_users_of_a_file(shop):
    (shop / "starc_serve.yml").write_text(USERS.format(hash=hashed("anas-word")))
    with Serving(STARC, shop, env=ENV) as s:
        assert "Users of starc_serve.yml: ana, bob (writes), eve" in s.said and "password" not in s.said
        ana = lambda sql, **more: ask(s, "ana", "anas-word", sql, **more)
        bob = lambda sql, **more: ask(s, "bob", "bobs-0012", sql, **more)
        eve = lambda sql, **more: ask(s, "eve", "eves-word", sql, **more)
        for who in (ana, bob, eve):
            assert who("select count() from analytics.sales").text == "10\n"
        wrong = (("ana", "eves-word"), ("ana", ""), ("default", ""), ("eve", "x"), ("", ""), ("bob", "12"))
        for user, password in wrong:
            assert ask(s, user, password, "select 1").code == 516, user
        # what they see
        assert eve("select count() from analytics_hr.pay").text == "10\n"
        for who in (ana, bob):
            assert who("select * from analytics_hr.pay").code == 497
            assert who("show databases like 'analytics%'").text == "analytics\n"
            assert who("select count() from system.tables where database = 'analytics_hr'").text == "0\n"
        # what they do
        assert ana("create table analytics.a (x Int8) engine = Memory").code in (164, 497)
        assert eve("create table analytics.a (x Int8) engine = Memory").code in (164, 497)
        assert bob("create table analytics.a (x Int8) engine = Memory").status == 200
        assert bob("insert into analytics.a values (1)").status == 200
        assert bob("insert into analytics_hr.pay values (1)").code == 497
        assert bob("create table analytics_hr.b (x Int8) engine = Memory").code == 497
        assert bob("select * from url('http://127.0.0.1:1/', 'LineAsString')").status >= 400
        # what they take
        endless = "select count() from numbers(1000000000000) where sipHash64(number) = 1"
        assert ana(endless).code == 159
        assert ana(endless, max_execution_time=100).code == 452
        assert ana("select number from numbers(200000)").code == 396
        assert ana("select number from numbers(200000)", result_overflow_mode="break").status == 200
        assert ana("select count() from (select number from numbers(30000000) group by number)").code == 241
        assert eve("select count() from (select number from numbers(3000000) group by number)").text == "3000000\n"
        assert eve("select number from numbers(200000) format Null").status == 200
        assert ana("select 1 settings profile = 'serve_2'").code == 497


def test_views_have_the_rights_of_their_reader(shop):
    """A view is not analyzed where its columns are written out; one of a definer's would be read with all rights."""
    (shop / "starc_serve.yml").write_text(
        "users:\n  - {name: bob, password: bobs-word, write: true, databases: [analytics]}\n"
        "  - {name: cleo, password: cleos-word, write: true}\n"
    )
    with Serving(STARC, shop) as s:
        bob = lambda sql, **more: ask(s, "bob", "bobs-word", sql, **more)
        cleo = lambda sql, **more: ask(s, "cleo", "cleos-word", sql, **more)
        pay, url = "select id from analytics_hr.pay", "select x as id from url('http://127.0.0.1:1/', 'TSV', 'x Int8')"
        for who, reads in ((bob, pay), (cleo, url)):
            assert who(f"create view analytics.v (id UInt64) as {reads}").status == 200
            assert who("select * from analytics.v").code == 497
            for more in ("definer = current_user sql security definer", "definer = default", "sql security none"):
                sql = f"create view analytics.w (id UInt64) {more} as {reads}"
                assert who(sql).code == 497 and who(f"explain {sql}").status >= 400
                assert who(f"alter table analytics.v modify {more}").status >= 400
            for name in ("default_normal_view_sql_security", "default_view_definer"):
                sql = f"create view analytics.w (id UInt64) as {reads}"
                assert who(sql, **{name: "DEFINER"}).code == who(f"set {name} = 'DEFINER'").code == 497
            assert who("drop view analytics.v").status == 200
        # a materialized one always is of a definer
        kept = "create materialized view analytics.m (id UInt64) engine = Memory as select id from {}"
        assert bob("create view analytics.v (id UInt64) as " + pay).status == 200
        assert bob(kept.format("analytics.sales")).code == bob(kept.format("analytics.v")).code == 497
        assert cleo(kept.format("analytics.sales")).status == 200
        assert cleo("insert into analytics.sales values (11)").status == 200
        assert cleo("select * from analytics.m").text == "11\n"
        assert bob("alter table analytics.m modify query select id from analytics.v").code == 497


def test_functions_are_of_no_database(shop):
    (shop / "starc_serve.yml").write_text(
        "users:\n  - {name: bob, password: bobs-word, write: true, databases: [analytics]}\n"
        "  - {name: cleo, password: cleos-word, write: true}\n"
    )
    with Serving(STARC, shop) as s:
        assert ask(s, "cleo", "cleos-word", "create function plus7 as (x) -> x + 7").status == 200
        for sql in ("create or replace function plus7 as (x) -> x + 8", "drop function plus7"):
            assert ask(s, "bob", "bobs-word", sql).code == 497
        assert ask(s, "bob", "bobs-word", "select plus7(1)").text == "8\n"


def test_what_others_run_is_not_seen(shop):
    (shop / "starc_serve.yml").write_text(USERS.format(hash=hashed("anas-word")))
    with Serving(STARC, shop, env=ENV) as s, concurrent.futures.ThreadPoolExecutor() as pool:
        running = pool.submit(ask, s, "eve", "eves-word", "select sleep(3), 'a literal of eve'")
        s.await_query("literal of eve", True)
        for user, word in (("ana", "anas-word"), ("bob", "bobs-0012"), ("eve", "eves-word")):
            for sql in ("select query from system.processes", "show processlist", "select * from system.errors"):
                answer = ask(s, user, word, sql)
                assert answer.status == 200 and "literal" not in answer.text and answer.text == "", answer.text
        assert ask(s, "bob", "bobs-0012", "kill query where query like '%literal%' sync").text == ""
        assert running.result().status == 200


def test_how_many_queries_a_user_has_at_once(shop):
    """The second of a user waits for the first one; others do not."""
    text = USERS.format(hash=hashed("anas-word")).replace("max_execution_time: 4\n", "max_execution_time: 60\n")
    (shop / "starc_serve.yml").write_text(text)
    with Serving(STARC, shop, env=ENV) as s, concurrent.futures.ThreadPoolExecutor() as pool:
        first = pool.submit(ask, s, "ana", "anas-word", "select sleep(3)")
        time.sleep(0.7)
        started = time.time()
        assert ask(s, "eve", "eves-word", "select 1").status == 200
        assert time.time() - started < 1.5
        assert ask(s, "ana", "anas-word", "select 1").status == 200
        assert time.time() - started > 1.5 and first.result().status == 200
        long = "select sum(sleepEachRow(1)) from numbers(14)"
        first = pool.submit(ask, s, "ana", "anas-word", long, max_block_size=1)
        time.sleep(0.7)
        assert ask(s, "ana", "anas-word", "select 1").code == 202
        first.result()


def test_the_hash_of_a_password(starc, shop):
    """What the command makes is a hash of what it reads, with a salt of its own."""
    def made(text):
        return subprocess.run([STARC, "serve", "--hash-password"], cwd="/", input=text, capture_output=True, text=True)

    one, other = made("it's mine\n"), made("it's mine")
    assert one.returncode == 0 and one.stdout != other.stdout and "mine" not in one.stdout + one.stderr
    word, rounds, salt, sum_ = one.stdout.strip().split("$")
    key = hashlib.pbkdf2_hmac("sha256", b"it's mine", salt.encode(), int(rounds))
    assert (word, base64.b64encode(key).decode()) == ("pbkdf2_sha256", sum_) and int(rounds) >= 600000
    assert made("").returncode == 2 and "has no password" in made("\n").stdout
    (shop / "other.yml").write_text(f"users:\n  - name: ana\n    password_hash: {one.stdout.strip()}\n")
    with Serving(STARC, shop, "--users", "other.yml") as s:
        assert ask(s, "ana", "it's mine", "select 1").status == 200
        assert ask(s, "ana", "its mine", "select 1").code == 516


def test_a_wrong_password_takes_as_long_as_no_user(shop):
    (shop / "starc_serve.yml").write_text(
        f"users:\n  - {{name: ana, password_hash: '{hashed('anas-word', 400000)}'}}\n"
        f"  - {{name: few, password_hash: '{hashed('fews-word', 1000)}'}}\n  - {{name: eve, password: eves-word}}\n"
    )
    with Serving(STARC, shop) as s:
        def seconds(user, password):
            took = []
            for _ in range(5):
                started = time.perf_counter()
                ask(s, user, password, "select 1")
                took.append(time.perf_counter() - started)
            return min(took[1:])

        assert ask(s, "ana", "anas-word", "select 1").status == 200
        known = seconds("ana", "anas-word")
        wrong = [seconds(user, "wrong") for user in ("ana", "few", "eve", "nobody", "")]
        assert min(wrong) > known and max(wrong) < 3 * min(wrong), (known, wrong)


def test_many_wrong_passwords(shop):
    """Guesses are looked at one after the other; who is known already is served all the while."""
    text = f"users:\n  - {{name: ana, password_hash: '{hashed('anas-word', 600000)}'}}\n"
    (shop / "starc_serve.yml").write_text(text)
    with Serving(STARC, shop) as s, concurrent.futures.ThreadPoolExecutor(80) as pool:
        assert ask(s, "ana", "anas-word", "select 1").status == 200
        guesses = [pool.submit(ask, s, "ana", f"guess {i}", "select 1") for i in range(80)]
        started = time.time()
        assert ask(s, "ana", "anas-word", "select 1").text == "1\n"
        assert time.time() - started < 5
        codes = {g.result().code for g in guesses}
        assert codes <= {516, 202} and 202 in codes


def test_the_file_is_read_again(shop):
    path = shop / "starc_serve.yml"
    bob = "  - {name: bob, password: bobs-word, write: true}\n"
    path.write_text("users:\n  - {name: ana, password: anas-word}\n" + bob)
    with Serving(STARC, shop) as s:
        def again(text):
            path.write_text(text)
            s.process.send_signal(signal.SIGHUP)
            said = ""
            for line in s.process.stdout:
                said += line
                if "read again" in line or "stays as it was" in line:
                    return said

        assert ask(s, "ana", "anas-word", "select 1", session_id="x").status == 200
        cleo = "  - {name: cleo, password: cleos-word}\n"
        assert "read again: ana, cleo" in again("users:\n  - {name: ana, password: new-word}\n" + cleo)
        assert ask(s, "ana", "anas-word", "select 1").code == 516
        assert ask(s, "bob", "bobs-word", "select 1").code == 516
        assert ask(s, "ana", "new-word", "select 1").status == 200
        assert ask(s, "cleo", "cleos-word", "drop table analytics.sales").code in (164, 497)
        # wrong, or with rights that the engine has not begun with: nothing changes
        for text, word in (
            ("users: [", "error"),
            ("users:\n  - {name: ana}\n", "has no password"),
            ("users:\n  - {name: ana, password: other-word, databases: [analytics]}\n", "start serve anew"),
        ):
            said = again(text)
            assert word in said and "-word" not in said, said
            assert ask(s, "ana", "new-word", "select 1").status == 200
        # rights that another one had may be given; a session of theirs is another one then
        assert "ana (writes)" in again("users:\n  - {name: ana, password: new-word, write: true}\n")
        create = "create table analytics.x (a Int8) engine = Memory"
        assert ask(s, "ana", "new-word", create, session_id="x").status == 200


def test_a_limit_that_shuts_drivers_out(shop):
    """A small max_result_rows is warned of; a changed right is refused at its own key."""
    path = shop / "starc_serve.yml"
    ana = "users:\n  - name: ana\n    password: anas-word\n    max_result_rows: {}\n"
    path.write_text(ana.format(1000))
    with Serving(STARC, shop, env={"STARC_SERVE_PASSWORD": "unused-word"}) as s:
        path.write_text(ana.format(3000))
        s.process.send_signal(signal.SIGHUP)
        told = ""
        for line in s.process.stdout:
            told += line
            if "stays as it was" in line:
                break
        s.stop()
        said = s.said + told + s.rest + s.err
        assert "starc_serve.yml:4:22: warning: with so few rows some drivers cannot connect" in said
        assert "warning: the variable is not used" in said and "unused-word" not in said
        assert "starc_serve.yml:4:5: error: the engine has begun without such rights" in said
    with Serving(STARC, shop) as s:
        s.stop()
        assert "with so few rows" not in s.said + s.rest + s.err


def test_errors_name_who_asks(shop):
    """The engine has one user for all; its messages name the client."""
    (shop / "starc_serve.yml").write_text(USERS.format(hash=hashed("anas-word")))
    with Serving(STARC, shop, env=ENV) as s:
        for user, word, sql in (
            ("ana", "anas-word", "select * from analytics_hr.pay"),
            ("bob", "bobs-0012", "insert into analytics_hr.pay values (1)"),
            ("eve", "eves-word", "drop table analytics.sales"),
        ):
            got = ask(s, user, word, sql)
            assert got.code in (164, 497) and "default" not in got.text, got.text
            assert got.code != 497 or f"DB::Exception: {user}: Not enough privileges" in got.text
        assert "DB::Exception: nina: Authentication failed" in ask(s, "nina", "x", "select 1").text


def test_own_queries_are_stopped_by_their_id(shop):
    """KILL QUERY WHERE query_id, as JDBC's drivers cancel: one's own, and nobody else's."""
    (shop / "starc_serve.yml").write_text(USERS.format(hash=hashed("anas-word")))
    long = "select sum(sleepEachRow(0.02)) from numbers(3000) settings max_block_size = 10"
    kill = "KILL QUERY WHERE query_id = 'long-1'"
    with Serving(STARC, shop, env=ENV) as s, concurrent.futures.ThreadPoolExecutor() as pool:
        eve = lambda sql, **more: ask(s, "eve", "eves-word", sql, **more)
        assert eve(kill + " ASYNC").text == ""  # nothing has this name
        started = time.monotonic()
        running = pool.submit(eve, long, query_id="long-1")
        time.sleep(1)
        assert ask(s, "bob", "bobs-0012", kill).text == ""
        assert eve("KILL QUERY WHERE user = 'eve'").code == 497
        assert eve(None, query=kill).code == 497  # GET changes nothing
        assert not running.done()
        assert eve(kill + " SYNC FORMAT JSONEachRow").text == (
            '{"kill_status":"waiting","query_id":"long-1","user":"eve"}\n'
        )
        assert running.result().code == 394, running.result().text
        assert time.monotonic() - started < 20
        # one's only place in line is free again for who stops what has it
        running = pool.submit(ask, s, "ana", "anas-word", long, query_id="long-1")
        time.sleep(1)
        assert "long-1" in ask(s, "ana", "anas-word", kill).text
        assert running.result().code == 394


def test_wrong_files(shop, starc):
    """Each mistake is shown at its place, all at once, and nobody can come."""
    good = "    password: a-good-word\n"
    ana = "users:\n  - name: ana\n"
    for text, *told in (
        ("", "is a dict"),
        ("- a", "is a dict"),
        ("users:\n", "lists no users"),
        ("users: []\n", "lists no users"),
        ("usres:\n" + good, "starc_serve.yml:1:1: error: unknown key 'usres'", "did you mean 'users'?"),
        ("users:\n  - ana\n", "a user is a dict"),
        (ana + "    pasword: a-good-word\n", ":3:5: error: unknown key 'pasword'", "did you mean 'password'?"),
        (ana, "starc_serve.yml:2:5: error: the user has no password"),
        (ana + "    password: ''\n", "the password is empty"),
        (ana + "    password:\n", "the password is empty"),
        (ana + "    password: \"{{ env_var('NOT_THERE') }}\"\n", "NOT_THERE"),
        (ana + "    password_hash: a-good-word\n", "this is no hash of a password", "--hash-password"),
        (ana + "    password_hash: x\n" + good, "two passwords of one user"),
        ("users:\n  - password: a-good-word\n", "the user has no `name:`"),
        ("users:\n  - name: a:b\n" + good, "no colon"),
        (ana + good + "  - name: ana\n" + good, ":4:11: error: there is a user of this name already"),
        (ana + "    write: perhaps\n" + good, "'write' must be true or false"),
        (ana + "    databases: []\n" + good, "would see no database"),
        (ana + "    databases: [1]\n" + good, "the name of a database is wanted"),
        (ana + "    max_memory: much\n" + good, "a size of memory is wanted", "2 GiB"),
        (ana + "    max_memory: -1\n" + good, "a size of memory is wanted"),
        (ana + "    max_concurrent: -1\n" + good, "not negative"),
        ("max_memory: [1]\nusers:\n  - name: ana\n" + good, "'max_memory' must be"),
        (ana + "    write: 7\n    max_memory: x\n    nope: 1\n" + good, "'write'", "a size of", "unknown key 'nope'"),
        (ana + "    password: a-good-word\n   x: 1\n", "error"),
    ):
        (shop / "starc_serve.yml").write_text(text)
        run = starc("serve", "--port", "0", cwd=shop)
        assert run.code == 2 and "Serving" not in run.text, text + run.text
        for word in told:
            assert word in run.text, text + run.text
        assert "a-good-word" not in run.text, run.text
    (shop / "starc_serve.yml").write_text("users:\n  - name: ana\n" + good)
    for option in ("--write", "--no-password"):
        run = starc("serve", "--port", "0", option, cwd=shop)
        assert run.code == 2 and "stands in starc_serve.yml" in run.text, run.text
    run = starc("serve", "--users", "missing.yml", cwd=shop)
    assert run.code == 2 and "missing.yml" in run.text, run.text


def test_the_page(shop):
    """docs/serve.md: its file of users lets them in."""
    text = re.search(r"```yaml\n(max_memory.*?)```", PAGE.read_text(), re.S)[1]
    (shop / "starc_serve.yml").write_text(text)
    with Serving(STARC, shop, env={"DBT_ENV_SECRET_SERVE": "a-good-word"}) as s:
        assert "metabase, dbt (writes)" in s.said
        assert ask(s, "dbt", "a-good-word", "select 1").status == 200
