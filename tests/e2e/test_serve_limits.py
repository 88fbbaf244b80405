"""What clients of `starc serve` may take: memory, time, rows; and how a query is stopped."""

import concurrent.futures, pathlib, re, socket, time

import pytest
from conftest import EMBEDDED, STARC
from serve import Serving

pytestmark = pytest.mark.skipif(not EMBEDDED, reason="the embedded engine is left out")
MODELS = {"models/sales.sql": "{{ config(materialized='table') }} select number as id from numbers(10)"}
ENDLESS = "select count() from numbers(1000000000000) where sipHash64(number) = 1"


@pytest.fixture
def shop(starc, project):
    folder = project(MODELS)
    run = starc("build", cwd=folder)
    assert run.code == 0, run.text
    return folder


@pytest.fixture
def serving(shop):
    with Serving(STARC, shop) as s:
        yield s


def memory(s, what="VmRSS"):
    """In MiB."""
    text = pathlib.Path(f"/proc/{s.process.pid}/status").read_text()
    return int(re.search(what + r":\s+(\d+)", text)[1]) // 1024


def test_a_reader_takes_less_and_not_more(serving):
    ask = "select getSetting('max_memory_usage') > 0, getSetting('max_execution_time') > 0"
    assert serving.rows(ask) == [["1", "1"]]
    for name in ("max_memory_usage", "max_execution_time"):
        for value in ("0", "100000000000"):
            assert serving.ask("select 1", **{name: value}).code == 452
            assert serving.ask(f"select 1 settings {name} = {value}").code == 452
            serving.ask(f"set {name} = {value}", session_id="s")
            assert serving.ask(f"select getSetting('{name}')", session_id="s").text != value + "\n"
    for other in ("default", "serve_0"):
        assert serving.ask("select 1", profile=other).code == 497
        assert serving.ask(f"select 1 settings profile = '{other}', max_memory_usage = 0").code == 497
        assert serving.ask(f"set profile = '{other}'").code == 497
        assert serving.ask(f"set \\x70rofile = '{other}'").status >= 400
    much = "select count() from (select number from numbers(30000000) group by number)"
    assert serving.ask(much, max_memory_usage=50000000).code == 241
    assert serving.ask(ENDLESS, max_execution_time=1).code == 159
    assert serving.ask("select number from numbers(100000)", max_result_rows=10).code == 396
    assert serving.rows("select profile = 'x' from (select 'x' as profile)") == [["1"]]


def test_no_value_is_a_limit_done_away_with(serving):
    """The engine takes DEFAULT for any setting, whatever its constraints."""
    for name in ("max_memory_usage", "max_execution_time", "max_result_rows", "readonly"):
        ask = f"select getSetting('{name}')"
        before = serving.ask(ask, session_id="s").text
        for sql in (
            f"{ask} settings {name} = default",
            f"{ask} settings max_threads = 1, `{name}` /* */ = /* */ DEFAULT",
            f"select * from ({ask} settings {name} = default)",
            f"set {name} = default",
            f"set max_threads = 2, {name} = default",
            f"set \\x{ord(name[0]):x}{name[1:]} = default",
            f"create temporary table t engine = Memory as {ask} as a settings {name} = default",
        ):
            answer = serving.ask(sql, session_id="s")
            assert answer.code in (62, 497), (sql, answer.text)
        assert serving.ask("select 1", **{name: "default"}).status >= 400
        assert serving.ask(ask, session_id="s").text == before
    assert serving.ask("set max_threads = default").status == 200
    assert serving.rows("select 'default', 1 as readonly where readonly = 1") == [["default", "1"]]


def test_a_writer_may_take_more(shop):
    with Serving(STARC, shop, "--write") as s:
        assert s.rows("select getSetting('max_execution_time')") == [["0"]]
        assert s.ask("select 1", max_memory_usage=0).status == 200
        assert s.ask("select 1 settings profile = 'default'").code == 497


def test_who_does_not_read_holds_little(serving):
    """32 clients, of whom none takes the rows of an endless answer."""
    serving.rows("select 1")
    before = memory(serving)
    sql = b"select number, repeat('x', 300) from numbers(1000000000000)"
    login = serving.login()["Authorization"].encode()
    clients = []
    for _ in range(32):
        c = socket.create_connection(("127.0.0.1", serving.port))
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n"
        c.sendall(head % (login, len(sql)) + sql)
        clients.append(c)
    time.sleep(8)
    grown = memory(serving) - before
    for c in clients:
        c.close()
    assert grown < 32 * 60, grown
    assert serving.rows("select 1") == [["1"]]


def test_a_long_statement(serving):
    before = memory(serving, "VmHWM")
    sql = "select length('" + "x" * 200_000_000 + "')"
    with pytest.raises((OSError, AssertionError)):
        assert serving.ask(sql, max_query_size=0).status == 200
    kept = serving.ask("select length('" + "x" * 16_900_000 + "')", max_query_size=0)
    assert kept.code == 229, kept.text[:300]
    assert serving.ask("select length('" + "x" * 1_000_000 + "')", max_query_size=0).text == "1000000\n"
    assert memory(serving, "VmHWM") - before < 700


def test_a_comment_of_ones_own_stops_nothing(serving):
    """A query is stopped when its client goes, whatever the client calls it."""
    for n, more in enumerate(({"log_comment": "mine"}, {"session_id": "x"})):
        sql = ENDLESS + f" and {n} = {n} settings log_comment = 'my own'"
        with concurrent.futures.ThreadPoolExecutor() as pool:
            c = serving.connect()
            asked = pool.submit(lambda: serving.ask(sql, connection=c, **more))
            serving.await_query(f"and {n} = {n}", True)
            c.sock.shutdown(socket.SHUT_RDWR)
            serving.await_query(f"and {n} = {n}", False)
            with pytest.raises(Exception):
                asked.result()
    assert serving.ask("select 1", chdb_client_name="x").code == 497


def test_a_session_outlives_a_query_that_was_stopped(serving):
    assert serving.ask("create temporary table kept as select 7 as x", session_id="s", method="POST").status == 200
    c = serving.connect()
    c.request("POST", "/?session_id=s", ENDLESS, serving.login())
    serving.await_query("sipHash64", True)
    c.close()
    serving.await_query("sipHash64", False)
    until = time.time() + 10
    while (answer := serving.ask("select x from kept", session_id="s")).code == 373:  # it is let go of soon
        assert time.time() < until
        time.sleep(0.1)
    assert answer.text == "7\n"


def test_who_comes_while_it_ends_is_told_so(serving):
    kept = serving.connect()
    assert serving.ask("select 1", connection=kept).status == 200
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = pool.submit(serving.ask, "select sum(sleepEachRow(1)) from numbers(6)", max_block_size=1)
        serving.await_query("sleepEachRow", True)
        serving.process.terminate()
        answer = serving.ask("select 1", connection=kept)
        while answer.status == 200:  # until the signal has come
            answer = serving.ask("select 1", connection=kept)
        assert answer.status == 503 and "about to end" in answer.text and "too many" not in answer.text
        assert running.result().text == "0\n"


def test_a_client_that_goes_stops_nobody_else(serving):
    """Nor what the project's own processes run meanwhile, which have connections of their own."""
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        asleep = [pool.submit(serving.inside, f"select sleep(3), {i}") for i in range(6)]
        clients = [serving.connect() for _ in range(6)]
        for c in clients:
            c.request("POST", "/", ENDLESS, serving.login())
        time.sleep(1.5)
        for c in clients:
            c.close()
        assert [a.result() for a in asleep] == [f"0\t{i}\n" for i in range(6)]
