"""Servers that drip, lie, flood or say nothing: one clear error in time, within the memory that was given; Ctrl-C
ends each phase.
The servers are real ones behind a proxy of this test; `Bad` alone is none, for what happens before a server says
who it is."""

import gzip, os, resource, signal, socket, subprocess, sys, threading, time
import pytest
from conftest import SANITIZED, STARC, profile_for
from proxy import HttpProxy, PostgresProxy, Proxy, read_exact

TEN_THOUSAND = b"x" * 10_000


def drip(client, piece, pause):
    for i in range(len(piece)):
        client.sendall(piece[i : i + 1])
        time.sleep(pause)


class BadHttp(HttpProxy):
    """Answers the statements with `mark` in them itself: bad(client)."""

    mark, bad = b"now_bad", None

    def serve(self, client, server):
        left = back = b""
        while True:
            head, body, left = self.message(client, left)
            if self.mark in body and b"KILL" not in body:
                return self.bad(client)
            server.sendall(head + body)
            answer, answer_body, back = self.message(server, back)
            client.sendall(answer + answer_body)


class BadPostgres(PostgresProxy):
    """Answers the first statement with `mark` in it itself."""

    mark, bad = b"now_bad", None

    def serve(self, client, server):
        self.pipe = client
        super().serve(client, Watched(server, self, client))


class Watched:
    def __init__(self, server, proxy, client):
        self.server, self.proxy, self.client = server, proxy, client

    def sendall(self, data):
        if data[:1] == b"Q" and self.proxy.mark in data:
            self.proxy.bad(self.client)
            raise EOFError
        self.server.sendall(data)

    def __getattr__(self, name):
        return getattr(self.server, name)


class Bad(Proxy):
    """No server: each connection goes to bad(client)."""

    def __init__(self, bad):
        super().__init__(0)
        self.bad = bad

    def guard(self, client):
        self.open.add(client)
        try:
            self.bad(client)
        except OSError:
            pass
        finally:
            client.close()


def silent(client):
    """Takes all and says nothing."""
    try:
        while client.recv(65536):
            pass
    except OSError:
        pass


HEAD = (
    b"HTTP/1.1 200 OK\r\nX-ClickHouse-Format: TabSeparatedWithNamesAndTypes\r\n"
    b"X-ClickHouse-Exception-Tag: 0123456789abcdef\r\n"
    b"Content-Length: 99999999999\r\n\r\n"
)


def http_flood(client):
    client.sendall(HEAD + b"a\nUInt8\n")
    while True:
        client.sendall(b"1\n" * 10_000)


def http_long_row(client):
    client.sendall(HEAD + b"a\nString\n")
    while True:
        client.sendall(TEN_THOUSAND)


def http_long_header(client):
    client.sendall(HEAD)
    while True:
        client.sendall(TEN_THOUSAND)


def http_long_error(client):
    client.sendall(HEAD.replace(b"200 OK", b"500 Oops") + b"<html>\n")
    while True:
        client.sendall(TEN_THOUSAND)


def http_drip(client):
    client.sendall(HEAD + b"a\nString\n")
    drip(client, TEN_THOUSAND, 0.05)


def pg(kind, body):
    return kind + (len(body) + 4).to_bytes(4, "big") + body


PG_COLUMN = pg(b"T", b"\0\1a\0" + b"\0" * 6 + (25).to_bytes(4, "big") + b"\xff\xff" + b"\xff" * 4 + b"\0\0")


def pg_flood(client):
    client.sendall(PG_COLUMN)
    while True:
        client.sendall(pg(b"D", b"\0\1\0\0\0\1x") * 1000)


def pg_long_row(client):
    length = 0x10000000
    client.sendall(PG_COLUMN + b"D" + length.to_bytes(4, "big") + b"\0\1" + (length - 10).to_bytes(4, "big"))
    for left in range(length - 10, 0, -(1 << 16)):
        client.sendall(b"x" * min(left, 1 << 16))
    silent(client)


def pg_drip(client):
    client.sendall(PG_COLUMN + b"D" + (0x100000).to_bytes(4, "big") + b"\0\1" + (0xFFF00).to_bytes(4, "big"))
    drip(client, TEN_THOUSAND, 0.0005)


def small():
    """A child with little memory for what it reads."""
    if not SANITIZED:
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


def run(folder, *words, most_s=20, **env):
    begun = time.monotonic()
    p = subprocess.Popen(
        [STARC, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "NO_COLOR": "1", "HOME": str(folder), "STARC_TESTS": "1", **env},
        preexec_fn=small,
    )
    try:
        out, _ = p.communicate(timeout=most_s)
    except subprocess.TimeoutExpired:
        p.kill()
        raise AssertionError(f"{words} still runs: " + (p.communicate()[0] or ""))
    return p.returncode, out, time.monotonic() - begun


CASES = {
    "clickhouse": [
        (http_flood, 0, "| 1 |\n" * 5),
        (http_long_row, 1, "a row of the answer has more than 64 MiB"),
        (http_long_header, 1, "a row of the answer"),
        (http_long_error, 1, "answered with HTTP status 500: <html>"),
        (http_drip, 1, "next to nothing of its answer for send_receive_timeout"),
    ],
    "postgres": [
        (pg_flood, 0, "| x |\n" * 5),
        (pg_long_row, 1, "a row of the answer has more than 64 MiB"),
        (pg_drip, 1, "sends its answer byte by byte"),
    ],
}


@pytest.mark.parametrize("kind", ["clickhouse", "postgres"])
def test_answers_without_end(project, request, kind):
    profile = profile_for(kind, request, "bad")
    more = {"send_receive_timeout": 1} if kind == "clickhouse" else {}
    with (BadHttp if kind == "clickhouse" else BadPostgres)(profile["port"]) as proxy:
        folder = project({"models/m.sql": "select 'now_bad' as a"}, profile={**profile, **more, "port": proxy.port})
        for bad, code, words in CASES[kind]:
            proxy.bad = bad
            got, out, took = run(folder, "show", "--template-memory", "64", "--select", "m")
            assert got in (code, 2 * code) and words in out and took < 10, (bad, got, took, out)
            assert code == 0 or "models/m.sql" in out, out


def sends(*parts, again=b""):
    """Sends parts, and then the same again without end, or nothing more."""

    def bad(client):
        client.sendall(b"".join(parts))
        while again:
            client.sendall(again)
        client.shutdown(socket.SHUT_WR)
        silent(client)

    return bad


def http(body, *headers):
    length = (
        ()
        if any(h.startswith((b"Content-Length", b"Transfer")) for h in headers)
        else (b"Content-Length: %d" % len(body),)
    )
    return b"HTTP/1.1 200 OK\r\n" + b"".join(h + b"\r\n" for h in (*headers, *length)) + b"\r\n" + body


ESCAPES = b"\x1b]0;t\x07\x1b[2J"
FORMAT, TAG = b"X-ClickHouse-Format: TabSeparatedWithNamesAndTypes", b"X-ClickHouse-Exception-Tag: 0123456789abcdef"
ROWS = b"a\nString\nx\n"
PG_ROW, PG_DONE, PG_READY = pg(b"D", b"\0\1\0\0\0\1x"), pg(b"C", b"SELECT 1\0"), pg(b"Z", b"I")
PG_WIDE = pg(b"T", (65535).to_bytes(2, "big") + b"".join(b"c%d\0" % i + PG_COLUMN[9:] for i in range(65535)))
NONSENSE = {  # what is sent, the exit code of show, what is said
    "clickhouse": [
        (sends(http(b"<html>\n<body>\n<h1>Sign in</h1>\n</html>\n")), 1, "answered with HTTP status 200: <html>"),
        (
            sends(
                http(
                    ROWS
                    + b"__exception__\r\n0123456789abcdef\r\nCode: 395. DB::Exception: boom"
                    + ESCAPES
                    + b"\n61 0123456789abcdef\r\n__exception__\r\n",
                    FORMAT,
                    TAG,
                )
            ),
            1,
            "boom\\x1b]0;t\\x07\\x1b[2J",
        ),
        (sends(http(b"zz\r\nno\r\n", FORMAT, b"Transfer-Encoding: chunked")), 1, "was lost while the statement ran"),
        (
            sends(http(b"b\r\n" + ROWS[:5], FORMAT, b"Transfer-Encoding: chunked")),
            1,
            "was lost while the statement ran",
        ),
        (sends(http(ROWS, FORMAT, b"Content-Length: 500")), 1, "was lost while the statement ran"),
        (
            sends(http(gzip.compress(b"x" * (1 << 27), 1), FORMAT, b"Content-Encoding: gzip")),
            1,
            "something else than rows",
        ),
        (sends(http(b"a\tb\nString\nx\ty\n", FORMAT)), 1, "something else than rows"),
        (
            sends(b"HTTP/1.1 307 T\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"),
            1,
            "it leads to file:///etc/passwd",
        ),
        (sends(b"HTTP/1.1 200 OK\r\n", again=b"X-A: " + b"b" * 1000 + b"\r\n"), 1, "was lost while the statement ran"),
        (sends(http(b"", b"X-ClickHouse-Exception-Code: 99999999999999999999")), 1, ""),
        (sends(http(ROWS, FORMAT, b'X-ClickHouse-Summary: {"written_rows":"' + b"9" * 5000)), 0, "| x |"),
    ],
    "postgres": [
        (sends(PG_READY), 1, "says neither that the statement ran nor that it failed"),
        (sends(pg(b"W", b"\0\0\0")), 1, ""),
        (sends(PG_ROW, PG_DONE, PG_READY), 1, 'without prior row description'),
        (sends(b"T\xff\xff\xff\xff"), 1, "lost synchronization"),
        (sends(pg(b"T", b"\xff\xff"), PG_DONE, PG_READY), 1, "insufficient data"),
        (sends(PG_COLUMN, pg(b"D", b"\0\1\x7f\xff\xff\xff"), PG_DONE, PG_READY), 1, "insufficient data"),
        (sends(PG_WIDE, PG_DONE, PG_READY), 0, ""),
        (sends(pg(b"E", b"C42P01\0\0"), PG_READY), 1, "the server gives no reason"),
        (sends(pg(b"E", b"\0"), PG_READY), 1, "no error message available"),
        (
            sends(pg(b"E", b"SERROR\0C42601\0M" + ESCAPES + b"oh\xff\0P99999999999999999999\0\0"), PG_READY),
            1,
            "\\x1b]0;t\\x07\\x1b[2Joh\\xff",
        ),
        (sends(pg(b"E", b"SERROR\0C42601\0M" + b"y" * 5_000_000 + b"\0\0"), PG_READY), 1, "y… (5000000 bytes)"),
        (
            sends(
                pg(b"S", b"server_version\0" + ESCAPES + b"\0"),
                pg(b"N", b"SNOTICE\0C00000\0M" + ESCAPES + b"\0\0"),
                PG_COLUMN,
                PG_ROW,
                PG_DONE,
                PG_READY,
            ),
            0,
            "| x |",
        ),
        (sends(again=pg(b"S", b"name\0value\0") * 500), 1, ""),
    ],
}


@pytest.mark.parametrize("kind", ["clickhouse", "postgres"])
def test_answers_that_are_nonsense(project, request, kind):
    profile = profile_for(kind, request, "bad")
    with (BadHttp if kind == "clickhouse" else BadPostgres)(profile["port"]) as proxy:
        folder = project(
            {"models/m.sql": "select 'now_bad' as a"}, profile={**profile, "port": proxy.port, "retries": 0}
        )
        for number, (bad, code, words) in enumerate(NONSENSE[kind]):
            proxy.bad = bad
            got, out, took = run(folder, "show", "--template-memory", "64", "--select", "m")
            assert got in (code, 2 * code) and words in out and took < 10, (number, got, took, out[:3000])
            assert "\x1b" not in out and profile["password"] not in out and (code == 0 or len(out) < 70_000), (
                number,
                out[:3000],
            )


def test_downloads_that_drip(project):
    def bad(client):
        client.recv(65536)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        drip(client, TEN_THOUSAND, 0.05)

    with Bad(bad) as server:
        url = f"http://127.0.0.1:{server.port}/"
        for package, words in (
            ("package: acme/util\n    version: 1.0.0", "Operation too slow"),
            (f"tarball: {url}a.tgz\n    name: a", "Operation too slow"),
            (f"git: {url}a.git\n    revision: main", "too slow"),
        ):
            folder = project({"packages.yml": f"packages:\n  - {package}\n"})
            code, out, took = run(folder, "deps", STARC_TEST_SLOW="1", STARC_HUB_URL=url)
            assert code in (1, 2) and words in out and took < 8, (code, took, out)


@pytest.mark.parametrize("kind", ["clickhouse", "postgres"])
def test_ctrl_c_where_a_server_says_nothing(project, request, kind):
    profile = profile_for(kind, request, "bad")

    def stop(folder, times):
        p = subprocess.Popen(
            [STARC, "show", "--select", "m"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "NO_COLOR": "1", "HOME": str(folder)},
        )
        assert reached.wait(20)
        begun = time.monotonic()
        for _ in range(times):
            p.send_signal(signal.SIGINT)
            time.sleep(0.2)
        out = p.communicate(timeout=20)[0]
        return p.returncode, time.monotonic() - begun, out

    reached = threading.Event()

    def mute(client):
        reached.set()
        silent(client)

    with Bad(mute) as server:  # before it says who it is
        folder = project({"models/m.sql": "select 1 as a"}, profile={**profile, "port": server.port})
        code, took, out = stop(folder, 1)
        assert code == 130 and took < 2, (code, took, out)
    reached.clear()
    with (BadHttp if kind == "clickhouse" else BadPostgres)(profile["port"]) as proxy:  # in a statement
        proxy.bad = mute
        folder = project({"models/m.sql": "select 'now_bad' as a"}, profile={**profile, "port": proxy.port})
        code, took, out = stop(folder, 2)  # once: it gets some seconds to obey
        assert code == 130 and took < 2, (code, took, out)


def says(answer):
    def bad(client):
        client.recv(65536)
        client.sendall(answer)
        client.shutdown(socket.SHUT_WR)
        silent(client)

    return bad


def body(data, *more):
    return b"".join([b"HTTP/1.1 200 OK\r\n", *more, b"Connection: close\r\n\r\n", data])


FOREIGN = [  # what answers, the profile besides, what is said and advised on ClickHouse, on Postgres
    (
        body(b"<html>\n<h1>Hi</h1>\n</html>"),
        {},
        "does not answer as ClickHouse does",
        "ClickHouse's HTTP port",
        "invalid response to SSL",
        "is a Postgres server at that port?",
    ),
    (
        body(b"<html>"),
        {"secure": True, "sslmode": "require"},
        "SSL connect error",
        "`secure: false`",
        "invalid response to SSL",
        "is a Postgres server",
    ),
    (
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        {},
        "Unsupported protocol",
        "ClickHouse's HTTP port",
        "",
        "is a Postgres server at that port?",
    ),
    (
        b"\xdb\xff\x1b[31m",
        {},
        "",
        "ClickHouse's HTTP port",
        r"SSL negotiation: \xdb",
        "is a Postgres server at that port?",
    ),
    (
        body(gzip.compress(b"x" * (1 << 26), 1), b"Content-Encoding: gzip\r\n"),
        {},
        "does not answer as ClickHouse does",
        "ClickHouse's HTTP port",
        "",
        "",
    ),
    (
        b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n",
        {},
        "302: it leads to http://elsewhere.example/",
        "another server at that port?",
        "",
        "",
    ),
    (body(b"zz\r\nno\r\n", b"Transfer-Encoding: chunked\r\n"), {}, "cannot connect", "ClickHouse's HTTP port", "", ""),
    (
        body(b"version()\nString\n26.1\n", b"Content-Length: 999\r\n"),
        {},
        "cannot connect",
        "ClickHouse's HTTP port",
        "",
        "",
    ),
]


@pytest.mark.parametrize("kind", ["clickhouse", "postgres"])
def test_other_servers(project, request, kind):
    profile = {**profile_for(kind, request, "bad"), "connect_timeout": 5, "retries": 0}
    for answer, more, *words in FOREIGN:
        message, hint = words[:2] if kind == "clickhouse" else words[2:]
        with Bad(says(answer)) as server:
            keys = {k: v for k, v in more.items() if (k == "secure") == (kind == "clickhouse")}
            folder = project({"models/m.sql": "select 1 as a"}, profile={**profile, **keys, "port": server.port})
            code, out, took = run(folder, "run")
            assert (
                code == 2
                and message in out
                and hint in out
                and str(server.port) in out
                and "See above: 1 error" in out
                and took < 5
            ), (answer[:60], code, took, out)
            assert profile["password"] not in out and "models/" not in out and "\x1b" not in out, out
