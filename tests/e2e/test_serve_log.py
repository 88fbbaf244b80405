"""`starc serve --query-log`, and --allow-origin as options."""

import json, os, signal, stat, time

import pytest
from conftest import EMBEDDED, STARC
from serve import Serving

pytestmark = pytest.mark.skipif(not EMBEDDED, reason="the embedded engine is left out")


@pytest.fixture
def shop(starc, project):
    folder = project({"models/sales.sql": "{{ config(materialized='table') }} select number as id from numbers(10)"})
    run = starc("build", cwd=folder)
    assert run.code == 0, run.text
    return folder


def lines(path, n):
    """At least so many, of those that come within some seconds."""
    until = time.time() + 10
    while True:
        found = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        if len(found) >= n or time.time() > until:
            return found
        time.sleep(0.1)


def test_each_query_is_a_line(shop):
    log = shop / "queries.log"
    with Serving(STARC, shop, "--write", "--query-log", "queries.log") as s:
        s.ask("select id from analytics.sales", query_id="mine")
        s.ask("select nope")
        s.ask("select 1", login=False)
        s.ask("create user u identified by 'geheim'")
        s.ask("insert into analytics.sales format CSV 7\n")
        s.ask("select number from numbers(1000000)")
        found = lines(log, 6)
        assert [x["exception_code"] for x in found] == [0, 47, 516, found[3]["exception_code"], 0, 0]
        first, wrong, stranger, user, insert, many = found
        assert (first["user"], first["query_id"], first["status"]) == ("default", "mine", 200)
        assert first["sql"] == "select id from analytics.sales" and first["result_rows"] == 10
        assert first["time"].endswith("Z") and 0 < first["seconds"] < 60
        assert wrong["status"] == 404 and wrong["sql"] == "select nope"
        assert stranger["user"] == "" and stranger["status"] == 403
        assert "geheim" not in log.read_text() and user["exception_code"] > 0 and "[HIDDEN]" in user["sql"]
        assert insert["written_rows"] == 1 and "7" not in insert["sql"]
        assert many["result_rows"] == 1000000
        assert s.password not in log.read_text()
        assert stat.S_IMODE(os.stat(log).st_mode) == 0o600
        log.rename(shop / "old.log")  # as programs do that rotate logs
        s.process.send_signal(signal.SIGHUP)
        until = time.time() + 10
        while not log.exists() and time.time() < until:
            time.sleep(0.1)
        s.ask("select 2")
        assert [x["sql"] for x in lines(log, 1)] == ["select 2"]
        assert len(lines(shop / "old.log", 6)) == 6
    with Serving(STARC, shop, "--query-log", "-") as s:
        s.ask("select 3")
        assert json.loads(s.process.stdout.readline())["sql"] == "select 3"


def test_a_query_whose_client_goes_is_a_line(shop):
    """Once, whether rows flow, the answer is kept, or none is there yet."""
    log = shop / "queries.log"
    rows = "select number, 'x' from numbers(3000000000)"
    none = "select count() from numbers(1000000000000) where sipHash64(number) = 1"
    cases = (rows, 3000000, ""), (rows, 1, ""), (none, 0, ""), (none, 0, "&session_id=s")
    with Serving(STARC, shop, "--query-log", "queries.log") as s:
        for n, (sql, taken, more) in enumerate(cases, 1):
            c = s.connect()
            c.request("POST", f"/?query_id=gone{n}{more}", f"{sql} settings log_comment = 'gone{n}'", s.login())
            if taken:
                answer = c.getresponse()
                answer.read(taken)
                answer.close()
            else:
                s.await_query(f"gone{n}", True)
            c.close()
            found = lines(log, n)
            assert len(found) == n and found[-1]["query_id"] == f"gone{n}"
            assert found[-1]["exception_code"] > 0 and found[-1]["user"] == "default" and "numbers" in found[-1]["sql"]
        s.ask("select 1")
        assert len(lines(log, 6)) == 5


def test_wrong_options(shop, starc):
    for options, text in (
        (["--query-log", "no/such/folder/x.log"], "cannot be opened: No such file"),
        (["--allow-origin", "example.com"], "is no origin"),
        (["--allow-origin", "https://example.com/x"], "is no origin"),
        (["--allow-origin", "*", "--no-password"], "pages of every site"),
    ):
        run = starc("serve", "--port", "0", *options, cwd=shop)
        assert run.code == 2 and text in run.text, run.text


def test_pages_of_other_sites(shop):
    with Serving(STARC, shop, "--allow-origin", "https://app.example", "--allow-origin", "http://b.example:81") as s:
        for origin in ("https://app.example", "http://b.example:81"):
            answer = s.ask("select 1", headers={"Origin": origin})
            assert answer.status == 200 and answer.headers["Access-Control-Allow-Origin"] == origin
            assert s.ask("select 1", headers={"Origin": origin}, login=False).status == 403
        for origin in ("https://app.example.evil", "https://app.example:444", "http://app.example", "null"):
            assert s.ask("select 1", headers={"Origin": origin}).status == 403
    with Serving(STARC, shop, "--allow-origin", "*") as s:
        assert s.ask("select 1", headers={"Origin": "https://any.example"}).status == 200
