"""TCP proxies between starc and a server that count statements and break the connection at one.

    with PostgresProxy(port) as p:   or  HttpProxy(port)
        p.plan("cut-after", 7)       at the 7th statement from now on; p.seen says how many there were
        ...                          connect to 127.0.0.1, p.port

Faults: "cut-before" the server never sees the statement; "cut-after" it is done and the answer is
lost; "cut-middle" half of the statement, or of the first rows that it brings, arrives; "truncate" half of the answer's first piece arrives; "delay" the answer waits a moment;
"exception" (HTTP) status 200, some bytes, then an exception's text, as ClickHouse does.
"""

import re
import socket
import struct
import threading
import time

DELAY_S = 0.3


class Proxy:
    def __init__(self, to_port):
        self.to_port, self.lock = to_port, threading.Lock()
        self.fault, self.at, self.seen, self.hit = None, 0, 0, False
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.open = set()

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        close(self.listener)  # the shutdown wakes the thread in accept, which would else hold the port
        self.drop()

    def plan(self, fault=None, at=0):
        with self.lock:
            self.fault, self.at, self.seen, self.hit = fault, at, 0, False

    def drop(self):
        """Ends every connection."""
        for s in list(self.open):
            close(s)

    def next_statement(self):
        """The fault of the statement that begins now, or None."""
        with self.lock:
            self.seen += 1
            if self.fault and self.seen == self.at:
                self.hit = True
                return self.fault
            return None

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.guard, args=(client,), daemon=True).start()

    def guard(self, client):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = None
        try:
            server = socket.create_connection(("127.0.0.1", self.to_port))
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.open |= {client, server}
            self.serve(client, server)
        except (OSError, EOFError, ValueError):
            pass
        finally:
            self.open -= {client, server}
            close(client)
            close(server)


def close(s):
    if not s:
        return
    try:
        s.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    s.close()


def read_exact(s, n):
    out = bytearray()
    while len(out) < n:
        piece = s.recv(n - len(out))
        if not piece:
            raise EOFError
        out += piece
    return bytes(out)


class PostgresProxy(Proxy):
    SSL, CANCEL, GSS = 80877103, 80877102, 80877104

    def serve(self, client, server):
        while True:  # before the first message with a type
            head = read_exact(client, 8)
            length, code = struct.unpack("!II", head)
            rest = read_exact(client, length - 8)
            if code in (self.SSL, self.GSS):
                client.sendall(b"N")
                continue
            server.sendall(head + rest)
            if code == self.CANCEL:
                return
            break
        state = {"fault": None}
        threading.Thread(target=self.back, args=(client, server, state), daemon=True).start()
        while True:
            kind = read_exact(client, 1)
            size = read_exact(client, 4)
            body = read_exact(client, struct.unpack("!I", size)[0] - 4)
            if kind in b"QP":
                state["fault"] = self.next_statement()
                if state["fault"] == "cut-before":
                    return
            copies = kind == b"Q" and re.search(rb"(?i)\bcopy\b[^;]*\bfrom stdin", body)
            if state["fault"] == "cut-middle" and not copies:
                server.sendall((kind + size + body)[: (5 + len(body)) // 2])
                return
            server.sendall(kind + size + body)

    def back(self, client, server, state):
        """What the server says, message by message; a statement ends with ReadyForQuery."""
        try:
            while True:
                head = read_exact(server, 5)
                body = read_exact(server, struct.unpack("!I", head[1:])[0] - 4)
                fault, message = state["fault"], head + body
                if fault == "delay" and head[:1] == b"Z":
                    time.sleep(DELAY_S)
                    state["fault"] = None
                elif fault == "truncate":
                    client.sendall(message[: len(message) // 2])
                    break
                elif fault == "cut-after":
                    if head[:1] == b"Z":
                        break
                    if head[:1] in b"GH":  # COPY goes on: the answer that counts is the last one
                        client.sendall(message)
                    continue
                client.sendall(message)
        except (OSError, EOFError):
            pass
        close(client)
        close(server)


class HttpProxy(Proxy):
    def message(self, s, buffered):
        """One whole HTTP message: (head, body bytes as sent, what follows it)."""
        data = bytearray(buffered)
        while b"\r\n\r\n" not in data:
            piece = s.recv(65536)
            if not piece:
                raise EOFError
            data += piece
        head, _, rest = bytes(data).partition(b"\r\n\r\n")
        head += b"\r\n\r\n"
        length = re.search(rb"(?im)^content-length:\s*(\d+)", head)
        if length:
            n = int(length.group(1))
            rest += read_exact(s, n - len(rest)) if len(rest) < n else b""
            return head, rest[:n], rest[n:]
        if re.search(rb"(?im)^expect:\s*100-continue", head):
            s.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not re.search(rb"(?im)^transfer-encoding:\s*chunked", head):
            return head, b"", rest
        body, data = bytearray(), bytearray(rest)
        while True:
            while b"\r\n" not in data:
                data += self.more(s)
            line, _, tail = bytes(data).partition(b"\r\n")
            n = int(line.split(b";")[0], 16)
            while len(tail) < n + 2:
                tail += self.more(s)
            body += line + b"\r\n" + tail[: n + 2]
            data = bytearray(tail[n + 2 :])
            if n == 0:
                return head, bytes(body), bytes(data)

    @staticmethod
    def more(s):
        piece = s.recv(65536)
        if not piece:
            raise EOFError
        return piece

    def serve(self, client, server):
        left = back_left = b""
        while True:
            head, body, left = self.message(client, left)
            fault = self.next_statement() if head.startswith(b"POST") else None
            if fault == "cut-before":
                return
            if fault == "exception":
                return self.exception(client)
            message = re.sub(rb"(?im)^expect:[^\r]*\r\n", b"", head) + body
            if fault == "cut-middle":
                server.sendall(message[: len(message) - len(body) // 2 - 1])
                return
            server.sendall(message)
            answer, answer_body, back_left = self.message(server, back_left)
            if fault == "cut-after":
                return
            if fault == "truncate":
                client.sendall(
                    answer + answer_body[: len(answer_body) // 2] if answer_body else answer[: len(answer) // 2]
                )
                return
            if fault == "delay":
                time.sleep(DELAY_S)
            client.sendall(answer + answer_body)
            if re.search(rb"(?im)^connection:\s*close", answer):
                return

    @staticmethod
    def exception(client):
        text = b"Code: 241. DB::Exception: memory limit exceeded: a fault of the test. (MEMORY_LIMIT_EXCEEDED)\n"
        tag = b"0123456789abcdef"
        end = b"__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n" % (tag, text, len(text), tag)
        client.sendall(
            b"HTTP/1.1 200 OK\r\nX-ClickHouse-Format: TabSeparatedWithNamesAndTypes\r\nX-ClickHouse-Exception-Tag: "
            + tag
            + b"\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(end), end)
        )
