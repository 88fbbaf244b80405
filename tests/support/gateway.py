#!/usr/bin/env python3
"""ClickHouse's HTTP interface over an embedded ClickHouse, on loopback, for tests.

usage: gateway.py [--lib LIBCHDB] [--port 0] [--user default] [--password X]
                  [--exceptions tag|text] [--tls CERT KEY] [--cluster NAME] FOLDER

Prints "port N" when it listens. The SQL runs in the real engine; what is imitated is the wire:
query in the URL or the body, settings and session_id in the URL, X-ClickHouse-* headers, chunked
answers, gzip both ways, errors as status + X-ClickHouse-Exception-Code or, when rows went out
already, behind them (--exceptions: as servers from 25.11 on, or as older ones do), KILL QUERY by
query_id. With --cluster the engine is the one node of a cluster of that name: Distributed tables are
real; ON CLUSTER needs a coordinator, which the engine does not have, so the statement runs without it,
on the one node that there is.
"""

import argparse
import base64
import gzip
import os
import re
import ssl
import threading
import time
import uuid
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import chdb

# URL parameters that are not settings.
CONTROL = {
    "query",
    "database",
    "default_format",
    "user",
    "password",
    "session_id",
    "session_timeout",
    "session_check",
    "query_id",
    "compress",
    "decompress",
    "wait_end_of_query",
    "buffer_size",
    "quota_key",
    "role",
    "enable_http_compression",
    "http_zlib_compression_level",
    "send_progress_in_http_headers",
    "http_headers_progress_interval_ms",
    "client_protocol_version",
    "cancel_http_readonly_queries_on_client_close",
}
STREAMED = re.compile(
    rb"\s*(?:--[^\n]*\n\s*|/\*(?:[^*]|\*(?!/))*\*/\s*)*\(*\s*(select|with|show|"
    rb"explain)\b",
    re.I | re.S,
)
STATEFUL = re.compile(rb"\s*(set|use|create\s+(or\s+replace\s+)?temporary)\b", re.I)
# Texts and comments are passed over. DROP .. SYNC waits in the embedded engine until it is closed.
ON_CLUSTER = re.compile(
    rb"'(?:[^'\\]|\\.)*'|--[^\n]*|/\*.*?\*/|\bon\s+cluster\s+(?P<quote>[`\"']?)(?P<name>\w+)(?P=quote)(?:\s+sync\b)?",
    re.I | re.S,
)
STATUS = {60: 404, 81: 404, 159: 500, 241: 500, 516: 403, 1000: 500}


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class State:
    """An engine connection with what was set on it."""

    def __init__(self, server):
        self.conn = server.lib.open(server.folder, *server.engine_args)
        self.database, self.settings = "default", {}
        self.lock = threading.Lock()

    def prepare(self, params, headers, query_id):
        database = (
            params.get("database") or headers.get("X-ClickHouse-Database", "").encode("latin-1").decode() or "default"
        )
        if database != self.database:
            self.conn.run(b"USE `" + database.replace("`", "\\`").encode() + b"`")
            self.database = database
        wanted = {k: v for k, v in params.items() if k not in CONTROL}
        wanted["log_comment"] = query_id
        for key in set(self.settings) - set(wanted):
            self.conn.run(f"SET {key} = DEFAULT".encode())
            del self.settings[key]
        changed = {k: v for k, v in wanted.items() if self.settings.get(k) != v}
        if changed:
            pairs = ", ".join(f"{k} = {quoted(v)}" for k, v in changed.items())
            self.conn.run(f"SET {pairs}".encode())
            self.settings.update(changed)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.own = None

    def finish(self):
        try:
            super().finish()
        except OSError:
            pass
        if self.own:
            self.own.conn.close()

    def log_message(self, *args):
        pass

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            out = bytearray()
            while True:
                n = int(self.rfile.readline().split(b";")[0], 16)
                out += self.rfile.read(n)
                self.rfile.readline()
                if n == 0:
                    break
            out = bytes(out)
        else:
            out = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return gzip.decompress(out) if self.headers.get("Content-Encoding") == "gzip" else out

    def credentials(self, params):
        auth = self.headers.get("Authorization", "")
        if auth.startswith("Basic "):
            user, _, password = base64.b64decode(auth[6:]).decode().partition(":")
        elif self.headers.get("X-ClickHouse-User"):
            user = self.headers["X-ClickHouse-User"]
            password = self.headers.get("X-ClickHouse-Key", "")
        else:
            user, password = params.get("user", "default"), params.get("password", "")
        return user, password

    def fail(self, e, query_id=""):
        body = f"{e} (version 26.5.1.1)\n".encode()
        self.send_response(STATUS.get(e.code, 400))
        self.send_header("X-ClickHouse-Exception-Code", str(e.code))
        self.send_header("X-ClickHouse-Query-Id", query_id)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def state(self, params):
        """The engine connection of the request: of its session, or of this HTTP connection."""
        session = params.get("session_id")
        if session:
            with self.server.lock:
                if session not in self.server.sessions:
                    self.server.sessions[session] = State(self.server)
                return self.server.sessions[session]
        if not self.own:
            self.own = State(self.server)
        return self.own

    def do_POST(self):
        body = self.read_body() if self.command == "POST" else b""
        params = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        if urlsplit(self.path).path == "/ping":
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"Ok.\n")
            return
        if self.credentials(params) != (self.server.user, self.server.password):
            name = self.credentials(params)[0]
            self.fail(
                chdb.EngineError(
                    f"Code: 516. DB::Exception: {name}: Authentication failed: password is incorrect, "
                    "or there is no user with such name. (AUTHENTICATION_FAILED)"
                )
            )
            return
        query = params.get("query", "").encode()
        query += (b"\n" if query and body else b"") + body
        query_id = params.get("query_id") or str(uuid.uuid4())
        if re.match(rb"\s*kill\s+query\b", query, re.I):
            query = re.sub(rb"\bquery_id\s*=", b"Settings['log_comment'] =", query, flags=re.I)
        with self.server.lock:
            self.server.log.append((query_id, query[:2000], params))
        try:
            query = self.server.on_one_node(query)
            state = self.state(params)
            with state.lock:
                self.answer(state, query, params, query_id)
        except chdb.EngineError as e:
            self.fail(e, query_id)
        if STATEFUL.match(query) and not params.get("session_id") and self.own:
            self.own.conn.close()  # without a session nothing is remembered
            self.own = None

    do_GET = do_POST

    def answer(self, state, query, params, query_id):
        state.prepare(params, self.headers, query_id)
        fmt = params.get("default_format") or self.headers.get("X-ClickHouse-Format")
        own = re.search(rb"\bFORMAT\s+(\w+)\s*;?\s*$", query[-200:], re.I)
        fmt = (fmt or "TabSeparated").encode()
        headers = [
            ("X-ClickHouse-Query-Id", query_id),
            ("X-ClickHouse-Timezone", "UTC"),
            ("X-ClickHouse-Format", (own.group(1) if own else fmt).decode()),
        ]
        streamed = STREAMED.match(query) and params.get("wait_end_of_query") != "1" and not own
        if streamed:
            return self.answer_stream(state, query, fmt, headers)
        out, written = state.conn.run(query, fmt)
        headers.append(("X-ClickHouse-Summary", f'{{"read_rows":"0","written_rows":"{written}","result_rows":"0"}}'))
        self.send_response(200)
        packed = self.packer(headers)
        if packed:
            out = packed.compress(out) + packed.flush()
        for name, value in headers + [("Content-Length", str(len(out)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(out)

    def packer(self, headers):
        params = dict(parse_qsl(urlsplit(self.path).query))
        if params.get("enable_http_compression") != "1" or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return None
        headers.append(("Content-Encoding", "gzip"))
        return zlib.compressobj(1, zlib.DEFLATED, 31)

    def chunk(self, data):
        if data:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def answer_stream(self, state, query, fmt, headers):
        pieces = state.conn.stream(query, fmt)
        first = next(pieces, b"")  # an error before the first rows is a plain one
        tag = uuid.uuid4().hex[:16]
        if self.server.exceptions == "tag":
            headers.append(("X-ClickHouse-Exception-Tag", tag))
        self.send_response(200)
        packed = self.packer(headers)
        for name, value in headers + [("Transfer-Encoding", "chunked")]:
            self.send_header(name, value)
        self.end_headers()
        pack = packed.compress if packed else lambda data: data
        end, late = b"0\r\n\r\n", False
        try:
            self.chunk(pack(first))
            for piece in pieces:
                lines = 2 if fmt.endswith(b"NamesAndTypes") else 0
                for _ in range(lines):
                    piece = piece.split(b"\n", 1)[1]
                self.chunk(pack(piece))
        except chdb.EngineError as e:
            text = f"{e} (version 26.5.1.1)\n".encode()
            if self.server.exceptions == "tag":
                size = len(text)
                text = b"__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n" % (tag.encode(), text, size, tag.encode())
                end = b""
            self.chunk(pack(text))
            self.close_connection = late = True
        except OSError:
            self.close_connection = True
            pieces.close()
            return
        if packed:
            self.chunk(packed.flush())
        self.wfile.write(end)
        if late:  # the answer ended well, the end of the connection is yet to come
            self.wfile.flush()
            time.sleep(0.05)


class Gateway(ThreadingHTTPServer):
    """serve_forever() in a thread of your own; server_port says where; log lists all queries."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, lib, folder, port=0, user="default", password="", exceptions="tag", tls=None, cluster=None):
        self.lib, self.folder = chdb.Library(lib), folder
        self.cluster, self.engine_args = cluster, []
        if cluster:
            config = os.path.join(folder, "cluster.xml")
            with open(config, "w") as f:  # the node knows itself by its port; nothing listens there
                f.write(
                    f"<clickhouse><tcp_port>9000</tcp_port><remote_servers><{cluster}><shard><replica><host>"
                    f"127.0.0.1</host>"
                    f"<port>9000</port></replica></shard></{cluster}></remote_servers></clickhouse>"
                )
            self.engine_args = ["--config-file=" + config]
        self.user, self.password, self.exceptions = user, password, exceptions
        self.sessions, self.lock, self.log = {}, threading.Lock(), []
        self.keep = self.lib.open(folder, *self.engine_args)  # the engine stays up while the server does
        super().__init__(("127.0.0.1", port), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def on_one_node(self, query):
        def left(m):
            if m["name"] is None:
                return m[0]
            if m["name"].decode() != self.cluster:
                raise chdb.EngineError(
                    f"Code: 701. DB::Exception: Requested cluster '{m['name'].decode()}' not found. "
                    f"(CLUSTER_DOESNT_EXIST)"
                )
            return b""

        return ON_CLUSTER.sub(left, query) if self.cluster else query

    def handle_error(self, request, client_address):
        pass  # clients hang up in tests


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("folder")
    ap.add_argument("--lib", default=chdb.find())
    ap.add_argument("--port", type=int, default=0)
    ap.add_argument("--user", default="default")
    ap.add_argument("--password", default="")
    ap.add_argument("--exceptions", choices=("tag", "text"), default="tag")
    ap.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    ap.add_argument("--cluster")
    args = ap.parse_args()
    server = Gateway(
        args.lib, args.folder, args.port, args.user, args.password, args.exceptions, args.tls, args.cluster
    )
    print(f"port {server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
