"""`starc serve`: the embedded warehouse over ClickHouse's HTTP interface."""

import http.client, json, pathlib, re, subprocess, threading, time

import pytest
from conftest import EMBEDDED, STARC
from serve import Serving

pytestmark = pytest.mark.skipif(not EMBEDDED, reason="the embedded engine is left out")
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/serve.md"
NOWHERE = dict(type="postgres", host="127.0.0.1", port=1, user="x", password="x", dbname="x", schema="x")
SALES = "{{ config(materialized='table') }} select number as id, number * 2 as amount from numbers(10)"
MODELS = {"models/sales.sql": SALES}


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


def test_a_query(serving):
    for answer in (
        serving.ask(query="select sum(amount) from analytics.sales"),
        serving.ask("select sum(amount) from analytics.sales"),
        serving.ask("from analytics.sales", query="select sum(amount)"),
        serving.ask("select sum(amount) from sales", database="analytics"),
        serving.ask("select sum(amount) from sales;\n", headers={"X-ClickHouse-Database": "analytics"}),
        serving.ask("select sum({f:Identifier}) from analytics.sales", param_f="amount"),
    ):
        assert (answer.status, answer.text) == (200, "90\n"), answer.text
    assert answer.headers["X-ClickHouse-Format"] == "TabSeparated"
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["X-ClickHouse-Query-Id"])
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["read_rows"] == "10"
    assert serving.ask("select 1", query_id="mine").headers["X-ClickHouse-Query-Id"] == "mine"


def test_ping_needs_no_password(serving):
    assert serving.ask(path="/ping", login=False).text == "Ok.\n"
    assert serving.ask(login=False).text == "Ok.\n"


def test_formats(serving):
    ask = "select toUInt8(1) as a, 'x' as b"
    assert serving.ask(ask, default_format="JSONEachRow").text == '{"a":1,"b":"x"}\n'
    assert serving.ask(ask + " format CSV", default_format="JSONEachRow").text == '1,"x"\n'
    whole = serving.ask(ask + " FORMAT JSON SETTINGS max_threads = 1", default_format="CSV")
    assert whole.code == 164  # read-only: no settings within a query
    assert json.loads(serving.ask(ask + " format JSON", max_threads=1).text)["rows"] == 1
    assert serving.ask(ask, default_format="RowBinary").body == b"\x01\x01x"
    assert serving.ask(ask, headers={"X-ClickHouse-Format": "Parquet"}).body.startswith(b"PAR1")
    assert serving.ask(ask + " format Nope").code == 73
    assert serving.ask("show databases like 'analytics'").text == "analytics\n"
    assert serving.ask("explain select 1").status == 200
    assert serving.ask("select 'a;b' -- the end").text == "a;b\n"


def test_errors(serving):
    for sql, status, code in (
        ("selec 1", 400, 62),
        ("", 400, 62),
        ("select 1; select 2", 400, 62),
        ("select * from analytics.nope", 404, 60),
        ("select nope", 404, 47),
        ("select throwIf(1)", 500, 395),
        ("select * from nope.nope", 404, 81),
    ):
        answer = serving.ask(sql)
        assert (answer.status, answer.code) == (status, code), (sql, answer.text)
        assert answer.text.startswith(f"Code: {code}. DB::Exception: ") and "(version 2" in answer.text
    answer = serving.ask("select 1", nope=1)
    assert (answer.status, answer.code) == (404, 115)
    assert serving.ask("select 1", path="/nope").status == 404
    assert serving.ask("select 1", method="DELETE").status == 405


def test_who_may_ask(serving):
    key = {"X-ClickHouse-User": "default", "X-ClickHouse-Key": serving.password}
    assert serving.ask("select 1", login=False, headers=key).status == 200
    assert serving.ask("select 1", login=False, user="default", password=serving.password).status == 200
    assert serving.ask("select 1", login=False, password=serving.password).status == 200
    for headers in ({}, {**key, "X-ClickHouse-Key": "wrong"}, {**key, "X-ClickHouse-User": "root"}):
        answer = serving.ask("select 1", login=False, headers=headers)
        assert (answer.status, answer.code) == (403, 516)
        assert serving.password not in answer.text
    assert serving.ask("select 1", headers=key).code == 516  # two ways at once
    assert serving.ask("select 1", headers={"Host": "evil.example"}).status == 403


def test_it_reads_only(serving, shop):
    (shop / "secret.txt").write_text("secret")
    for sql in (
        "create table analytics.t (a Int8) engine = Memory",
        "insert into analytics.sales values (1, 1)",
        "drop table analytics.sales",
        "select * from file('secret.txt', 'LineAsString')",
        "select * from url('http://127.0.0.1:1/', 'LineAsString')",
        "select * from remote('127.0.0.1', system.one)",
        "insert into function file('x.csv') select 1",
        "set readonly = 0",
        "system shutdown",
    ):
        assert serving.ask(sql).code == 164, sql
    assert serving.ask("select 1 into outfile 'x.csv'").status >= 400
    assert serving.ask("select 1 into outfile 'x.csv' format CSV").status >= 400
    assert not (shop / "x.csv").exists()
    assert serving.rows("select count() from analytics.sales") == [["10"]]


def test_it_writes_when_told_to(shop):
    with Serving(STARC, shop, "--write") as s:
        assert s.ask("create table analytics.t (a Int8) engine = MergeTree order by a").status == 200
        s.ask("insert into analytics.t values (1), (2)")
        s.ask("3\n4\n", query="insert into analytics.t format CSV")
        assert s.rows("select sum(a) from analytics.t") == [["10"]]
        assert s.ask(query="drop table analytics.t").code == 164  # GET changes nothing
        assert s.ask("drop table analytics.t").status == 200


def test_an_exception_among_the_rows(serving):
    c = serving.connect()
    c.request("POST", "/", "select number, throwIf(number = 1000000) from numbers(3000000)", serving.login())
    r = c.getresponse()
    with pytest.raises(http.client.IncompleteRead) as broken:
        r.read()
    tag = r.headers["X-ClickHouse-Exception-Tag"]
    form = rb"\r\n__exception__\r\n(\w+)\r\n(.*?)(\d+) (\w+)\r\n__exception__\r\n$"
    end = re.search(form, broken.value.partial, re.S)
    assert r.status == 200 and end[1] == end[4] == tag.encode()
    assert end[2].startswith(b"Code: 395.") and int(end[3]) == len(end[2])


def test_a_client_that_goes_stops_its_query(serving):
    sql = "select count() from numbers(1000000000000) where sipHash64(number) = 1"
    c = serving.connect()
    c.request("POST", "/", sql, serving.login())
    running = "select count() from system.processes where query like '%sipHash64%' and query not like '%processes%'"
    until = time.time() + 20
    while serving.rows(running) == [["0"]] and time.time() < until:
        time.sleep(0.1)
    c.close()
    while serving.rows(running) != [["0"]]:
        assert time.time() < until
        time.sleep(0.1)


def test_the_folder_is_taken(serving, shop, starc):
    for command in ("serve", "show --inline 'select 1'"):
        run = subprocess.run(f"{STARC} {command}", shell=True, cwd=shop, capture_output=True, text=True)
        assert run.returncode == 2
        assert f"in use by process {serving.process.pid} (starc serve)" in run.stdout + run.stderr


def test_it_ends_when_queries_have(serving):
    got = {}
    sql = "select sum(sleepEachRow(1)) from numbers(3)"
    thread = threading.Thread(target=lambda: got.update(a=serving.ask(sql, max_block_size=1)))
    thread.start()
    time.sleep(1)
    assert serving.stop() == 0
    thread.join()
    assert got["a"].status == 200 and "1 query still runs" in serving.rest + serving.said
    with pytest.raises(OSError):
        serving.ask("select 1")


def test_wrong_use(shop, starc, project):
    other = project({"models/a.sql": "select 1"}, name="other", profile=NOWHERE)
    for folder, options, text in (
        (shop, ["--port", "99999"], "must be between 0 and 65535"),
        (shop, ["--bind", "nowhere.invalid"], "is no address of this machine"),
        (shop, ["--bind", "0.0.0.0", "--port", "0", "--no-password"], "without a password only this machine"),
        (other, [], "is a server, which its clients ask themselves"),
    ):
        run = starc("serve", *options, cwd=folder)
        assert run.code == 2 and text in run.text, run.text


def test_the_page(shop):
    """docs/serve.md: its commands, as printed."""
    with Serving(STARC, shop) as s:
        asked = re.findall(r"^\$ (curl .*)$", PAGE.read_text(), re.M)
        assert len(asked) >= 2
        for command in asked:
            here = command.replace("localhost:8123", f"127.0.0.1:{s.port}").replace("$PASSWORD", s.password)
            run = subprocess.run(here, shell=True, capture_output=True, text=True)
            assert run.returncode == 0 and "Exception" not in run.stdout, here + run.stdout + run.stderr
