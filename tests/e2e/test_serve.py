"""`starc serve`: the embedded warehouse over ClickHouse's HTTP interface."""

import concurrent.futures, gzip, http.client, json, pathlib, re, socket, subprocess, threading, time, zlib

import pytest
from conftest import EMBEDDED, STARC
from serve import Serving

pytestmark = pytest.mark.skipif(not EMBEDDED, reason="the embedded engine is left out")
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
    assert json.loads(whole.text)["rows"] == 1
    assert json.loads(serving.ask(ask + " format JSON", max_threads=1).text)["rows"] == 1
    assert serving.ask(ask, default_format="RowBinary").body == b"\x01\x01x"
    assert serving.ask(ask, headers={"X-ClickHouse-Format": "Parquet"}).body.startswith(b"PAR1")
    assert serving.ask(ask + " format Nope").code == 73
    assert serving.ask("show databases like 'analytics'").text == "analytics\n"
    assert serving.ask("explain select 1").status == 200
    assert serving.ask("select 'a;b' -- the end").text == "a;b\n"


def test_values_are_not_run_where_they_could_read_files(shop):
    (shop / "secret.txt").write_text("this is a secret")
    with Serving(STARC, shop, "--write", "--project-files") as s:
        assert s.ask("create table analytics.t (x String, y DateTime, z Array(Int8)) engine = Memory").status == 200
        read = "file('secret.txt')"
        hidden = "select * from format(Values, 'x String', concat('((fi', 'le(''secret.txt'')))'))"
        on = ("input_format_values_interpret_expressions", "input_format_values_deduce_templates_of_expressions")
        into = "insert into analytics.t (x)"
        for sql in (f"{into} values ({read})", f"{into} format Values ({read})", hidden):
            assert s.ask(sql).code in (344, 497), sql
            for name in on:
                assert s.ask(sql, **{name: "1"}).code == 497
        for name in on:
            assert s.ask(f"insert into analytics.t (x) settings {name} = 1 values ({read})").code == 497
            assert s.ask(f"set {name} = default", session_id="s").code == 497
        assert s.ask("insert into analytics.t values ('a', '2020-01-01 00:00:00', [1, -2])").status == 200
        assert s.rows("select * from analytics.t") == [["a", "2020-01-01 00:00:00", "[1,-2]"]]
    with Serving(STARC, shop, "--write") as s:
        assert s.ask("insert into analytics.t values (concat('b', 'c'), now(), [1 + 1])").status == 200
        assert s.ask(f"insert into analytics.t (x) values ({read})").status >= 400


def test_get_changes_nothing(shop):
    """Nor does a page that has it as an image, which sends no Origin."""
    with Serving(STARC, shop, "--write", "--no-password") as s:
        for sql in (
            "set readonly = default",
            "insert into analytics.sales settings readonly = default select 11, 11",
            "create table analytics.t engine = Memory as select 1 as x settings readonly = default",
            "drop table analytics.sales",
        ):
            answer = s.ask(query=sql, session_id="e")
            assert answer.code in (164, 497), (sql, answer.text)
        assert s.ask(query="drop table analytics.sales", session_id="e").code == 164
        for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
            assert s.ask(query="select 1", headers={"Sec-Fetch-Site": site}).status == status
        assert s.rows("select count() from analytics.sales") == [["10"]]


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
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
        assert serving.ask("select 1", headers={**key, "Origin": origin}, login=False).status == 403


def test_it_reads_only(serving, shop):
    (shop / "secret.txt").write_text("this is a secret")
    for sql in (
        "create table analytics.t (a Int8) engine = Memory",
        "insert into analytics.sales values (1, 1)",
        "drop table analytics.sales",
        "select * from file('secret.txt', 'LineAsString')",
        "select file('secret.txt')",
        "select `\\x66ile`('secret.txt')",
        "select * apply(file) from (select 'secret.txt')",
        "select 1 settings additional_result_filter = 'length(file(\\'secret.txt\\')) > 0'",
        "select * from default.`secret.txt`",
        "select * from url('http://127.0.0.1:1/', 'LineAsString')",
        "select * from remote('127.0.0.1', system.one)",
        "insert into function file('x.csv') select 1",
        "set readonly = 0",
        "set role none",
        "set role serve_0",
        "set default role serve_0 to default",
        "create user u",
        "grant all on *.* to default",
        "kill query where 1 = 1",
        "system shutdown",
        "select 1 into outfile 'x.csv'",
        "select 1 into outfile 'x.csv' format CSV",
        "select 1 /* */ into /* */ outfile 'x.csv' truncate",
    ):
        answer = serving.ask(sql)
        assert answer.code in (60, 62, 164, 358, 497), (sql, answer.text)
    assert serving.ask("select 1", additional_result_filter="file('secret.txt') = ''").code == 497
    hidden = "concat('(fi', 'le(''secret.txt''))')"  # the word stands nowhere
    for sql in (
        f"select * from format(Values, 'x String', {hidden})",
        "select arrayMap(file, ['secret.txt'])",
        "select 1 format Template settings format_template_row='secret.txt'",
    ):
        answer = serving.ask(sql)
        assert answer.status >= 400 and "is a secret" not in answer.text, (sql, answer.text)
    assert not (shop / "x.csv").exists()
    assert serving.rows("select count() from analytics.sales") == [["10"]]
    assert serving.rows("select 'profile', 'a\\\\b'") == [["profile", "a\\\\b"]]


def test_it_writes_when_told_to(shop):
    with Serving(STARC, shop, "--write") as s:
        assert s.ask("create table analytics.t (a Int8) engine = MergeTree order by a").status == 200
        s.ask("insert into analytics.t values (1), (2)")
        s.ask("3\n4\n", query="insert into analytics.t format CSV")
        assert s.rows("select sum(a) from analytics.t") == [["10"]]
        assert s.ask(query="drop table analytics.t").code == 164  # GET changes nothing
        assert s.ask("drop table analytics.t").status == 200
        for sql in (
            "insert into analytics.sales from infile 'secret.txt' format CSV",
            "create dictionary analytics.d (id UInt64) primary key id source(executable(command 'id' format 'CSV')) "
            "layout(flat()) lifetime(1)",
            "create table analytics.u (a Int8) engine = URL('http://127.0.0.1:1', 'CSV')",
            "create function leak as x -> file(x)",
            "insert into analytics.sales values (length(file('secret.txt')), 1)",
        ):
            assert s.ask(sql).status >= 400, sql
        assert s.ask("insert into analytics.sales values (11, toUInt64('7'))").status == 200
        assert s.ask("insert into analytics.sales format JSONEachRow {\"id\": 12, \"amount\": 1}").status == 200
        assert s.rows("select count() from analytics.sales") == [["12"]]


def test_much_that_comes_in(shop):
    """An INSERT is taken as it comes: its rows are more than the server keeps of a body."""
    rows = b"".join(b"%d\t1\n" % i for i in range(300000))
    with Serving(STARC, shop, "--write") as s:
        create = "create table analytics.much (id UInt64, one UInt8) engine = MergeTree order by id"
        assert s.ask(create).status == 200
        into = "insert into analytics.much format TabSeparated"
        pieces = (rows[i : i + 50000] for i in range(0, len(rows), 50000))
        for answer in (
            s.ask(rows, query=into),
            s.ask(into.encode() + b"\n" + rows),
            s.ask(gzip.compress(rows), query=into, headers={"Content-Encoding": "gzip"}),
            s.ask(zlib.compress(rows), query=into, headers={"Content-Encoding": "deflate"}),
            s.ask(pieces, query=into),
        ):
            assert answer.status == 200, answer.text
        assert s.rows("select count(), sum(id) from analytics.much") == [["1500000", str(5 * 300000 * 299999 // 2)]]
        broken = s.ask(rows + b"x\ty\n", query=into)
        assert broken.status == 400 and broken.code in (26, 27, 72), broken.text
        cut = s.ask(gzip.compress(rows)[:-20], query=into, headers={"Content-Encoding": "gzip"})
        assert cut.code == 271, cut.text
        assert s.ask(b"x", query="select 1", headers={"Content-Encoding": "br"}).code == 48


def test_answers_are_compressed_when_asked(serving):
    sql = "select number from numbers(300000)"
    plain = serving.ask(sql).body
    for encoding, expand in (("gzip", gzip.decompress), ("deflate", zlib.decompress)):
        for query in (sql, sql + " limit 10"):
            answer = serving.ask(query, headers={"Accept-Encoding": encoding}, enable_http_compression=1)
            assert answer.headers["Content-Encoding"] == encoding
            assert plain.startswith(expand(answer.body)) and expand(answer.body)
    assert serving.ask(sql, headers={"Accept-Encoding": "gzip"}).body == plain
    none = serving.ask(sql, headers={"Accept-Encoding": "gzip;q=0, br"}, enable_http_compression=1)
    assert none.body == plain and not none.headers["Content-Encoding"]
    blocks = serving.ask(sql, compress=1).body
    assert blocks[16] == 0x82 and len(blocks) < len(plain)


def test_blocks_of_clickhouse_go_both_ways(shop):
    with Serving(STARC, shop, "--write") as s:
        s.ask("create table analytics.b (n UInt64) engine = Memory")
        blocks = s.ask("select number as n from numbers(400000)", compress=1, default_format="Native").body
        assert s.ask(blocks, query="insert into analytics.b format Native", decompress=1).status == 200
        assert s.rows("select count(), sum(n) from analytics.b") == [["400000", str(400000 * 399999 // 2)]]
        wrong = bytearray(blocks)
        wrong[40] ^= 1
        assert s.ask(bytes(wrong), query="insert into analytics.b format Native", decompress=1).code == 271


def test_sessions(serving):
    def ask(sql, **more):
        return serving.ask(sql, session_id="s", **more)

    assert ask("create temporary table t (a Int8)").status == 200
    assert ask("insert into t values (1), (2)").status == 200
    assert ask("select sum(a) from t").text == "3\n"
    assert serving.ask("select sum(a) from t").code == 60
    assert serving.ask("select sum(a) from t", session_id="other").code == 60
    assert ask("set max_threads = 3").status == 200
    asked = "select getSetting('max_threads'), currentDatabase()"
    assert ask(asked).text == "3\tdefault\n"
    assert ask(asked, max_threads=7, database="analytics").text == "7\tanalytics\n"
    assert ask(asked).text == "3\tdefault\n"
    ask("use analytics")
    assert ask(asked).text == "3\tanalytics\n"
    assert serving.ask("select 1", session_id="none", session_check=1).code == 372
    assert serving.ask("select 1", session_id="x", session_timeout=99999).code == 374
    with concurrent.futures.ThreadPoolExecutor() as pool:
        slow = pool.submit(ask, "select sleep(1)")
        time.sleep(0.4)
        assert ask("select 1").code == 373
        assert slow.result().status == 200
    assert serving.ask("select 1", session_id="short", session_timeout=1).status == 200
    time.sleep(1.2)
    assert serving.ask("select 1", session_id="short", session_check=1).code == 372


def test_tables_that_come_with_a_query(serving):
    edge = "edge"
    body = (
        f'--{edge}\r\nContent-Disposition: form-data; name="ids"; filename="ids.tsv"\r\n\r\n'
        f"1\tone\n2\ttwo\n\r\n--{edge}\r\n"
        f'Content-Disposition: form-data; name="param_least"\r\n\r\n2\r\n--{edge}--\r\n'
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    sql = "select s.amount, ids.n from analytics.sales s join ids using id where id >= {least:Int8}"
    for more in ({"ids_structure": "id UInt64, n String"}, {"session_id": "m", "ids_structure": "id UInt64, n String"}):
        answer = serving.ask(body, query=sql, headers=headers, **more)
        assert (answer.status, answer.text) == (200, "4\ttwo\n"), answer.text
    typed = serving.ask(body, query="select sum(_1) from ids", headers=headers, ids_types="UInt64,String")
    assert typed.text == "3\n", typed.text
    assert serving.ask(body, query=sql, headers=headers).code == 36
    for wrong in ("id UInt64, n String default file('secret.txt')", "id Int8) engine = Memory; set role none --"):
        assert serving.ask(body, query=sql, headers=headers, ids_structure=wrong).status >= 400


def test_what_builds_work_in_is_not_listed(shop):
    create = "create table analytics.sales__dbt_tmp (a Int8) engine = MergeTree order by a"
    listed = "select count() from system.columns where table like '%dbt%'"
    with Serving(STARC, shop, "--write") as s:
        assert s.ask(create).status == 200
        assert s.rows(listed) == [["1"]]  # who writes may be dbt
    with Serving(STARC, shop) as s:
        assert s.rows("show tables from analytics") == [["sales"]]
        assert s.rows(listed) == [["0"]]
        assert s.rows("select count() from information_schema.tables where table_name like '%dbt%'") == [["0"]]


def test_a_password_of_ones_own(shop):
    with Serving(STARC, shop, env={"STARC_SERVE_PASSWORD": "pass-of-mine"}) as s:
        assert "pass-of-mine" not in s.said and s.ask("select 1", login=False).code == 516
        s.password = "pass-of-mine"
        assert s.ask("select 1").text == "1\n"
    with Serving(STARC, shop, "--no-password") as s:
        assert s.ask("select 1", login=False).text == "1\n"


def test_errors_of_statements_that_are_looked_at(serving):
    answer = serving.ask("select 'file' +")
    assert answer.code == 62 and "formatQuery" not in answer.text, answer.text


def test_hostile_clients(shop):
    """Broken requests, clients that dribble, very many connections: others are served all the while."""
    broken = [
        b"\0" * 100,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /?query=" + b"%" * 50 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /" + b"a" * 2000000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100000 + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic ////\r\nContent-Length: 5\r\n\r\nab",
    ]
    with Serving(STARC, shop, env={"STARC_TESTS": "1", "STARC_TEST_ASK": "2"}) as s:

        def memory():
            text = pathlib.Path(f"/proc/{s.process.pid}/status").read_text()
            return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) // 1024

        def raw(data=b""):
            c = socket.create_connection(("127.0.0.1", s.port))
            try:
                c.sendall(data)
            except OSError:
                pass  # it has been refused already
            return c

        before = memory()
        for i in range(200):
            raw(broken[i % len(broken)]).close()
        assert s.ask("select 1").text == "1\n"
        slow = [raw(b"POST / HTTP/1.1\r\nHost: localhost\r\nX-") for _ in range(20)]
        started = time.time()
        while slow and time.time() - started < 15:
            for c in slow[:]:
                try:
                    c.send(b"a")
                except OSError:
                    slow.remove(c)
            time.sleep(0.2)
        assert not slow  # each has been cut, although it went on sending
        many = [raw() for _ in range(1000)]
        assert s.ask("select 1").text == "1\n"
        for c in many:
            c.close()
        big = raw(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000000\r\n\r\n")
        with pytest.raises(OSError):
            for _ in range(10000):
                big.sendall(b"x" * 1000000)
        assert s.ask("select 1").text == "1\n"
        assert memory() < before + 300


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
    serving.await_query("sipHash64", True)
    c.close()
    serving.await_query("sipHash64", False)


def test_one_serves_at_a_time(serving, shop):
    run = subprocess.run([STARC, "serve", "--port", "0"], cwd=shop, capture_output=True, text=True, timeout=60)
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


def test_data_of_an_insert_are_no_sql(project, starc):
    """A semicolon in them ends nothing, in few rows as in many, from a client as from a build."""
    words = "id,word\n1,a;b\n2,;\n3,c;\n"
    folder = project({"models/a.sql": "select 1 as id", "seeds/words.csv": words})
    with Serving(STARC, folder, "--write") as s:
        s.ask("create database d")
        s.ask("create table d.t (a String) engine = MergeTree order by a")
        into = "insert into d.t format TSV"
        for n in (1, 100000):
            data = "".join(f"{i};x\n" for i in range(n)) + ";\n'"
            for asked in (dict(body=data, query=into), dict(body=into + "\n" + data)):
                assert s.ask(**asked).status == 200
                assert s.rows("select count(), countIf(a like '%;%') from d.t") == [[str(n + 2), str(n + 1)]]
                s.ask("truncate table d.t")
        s.ask("insert into d.t values ('a;b'), (';');")
        assert s.rows("select count() from d.t") == [["2"]]
        two = s.ask("insert into d.t values ('c'); insert into d.t values ('d')")
        assert two.status == 400 and "one statement at a time" in two.text, two.text
        r = starc("seed", cwd=folder)
        assert r.code == 0, r.text
        assert s.rows("select word from analytics.words order by id") == [["a;b"], [";"], ["c;"]]
