#!/usr/bin/env python3
"""The HTTP of serve in front of a backend of texts (serve_texts.c), which a sanitizer can watch: BUILD=build/v-address-undefined.
usage: run.py"""

import concurrent.futures, gzip, http.client, os, random, re, signal, socket, subprocess, sys, tempfile, time

BUILD = os.environ.get("BUILD", "build")
passed = failed = 0


def check(what, good):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print("FAILED", what)


def ask(port, sql, body=None, path="/", **more):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    address = path + ("?query=" + sql.replace(" ", "+") if body is not None else "")
    c.request("POST", address, body=sql if body is None else body, **more)
    r = c.getresponse()
    try:
        data = r.read()
    except http.client.IncompleteRead as e:
        data = e.partial
    return r.status, data


def garbage(port, seed):
    """A good request, broken at some places."""
    rng = random.Random(seed)
    text = bytearray(
        b"POST /?query=echo+x&session_id=s&compress=1&max_threads=2 HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\n"
        b"Accept-Encoding: gzip\r\nContent-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n0\r\n\r\n"
    )
    for _ in range(rng.randrange(1, 12)):
        at = rng.randrange(len(text))
        if rng.random() < 0.5:
            text[at] = rng.randrange(256)
        else:
            del text[at : at + rng.randrange(1, 9)]
    c = socket.create_connection(("127.0.0.1", port))
    c.settimeout(0.05)
    try:
        c.sendall(text)
        c.recv(1000)
    except OSError:
        pass
    c.close()


HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n"


def connect(path):
    c = socket.socket(socket.AF_UNIX)
    c.settimeout(30)
    c.connect(path)
    return c


def answer(c):
    """The next answer, with its body (its length is told)."""
    text = b""
    while b"\r\n\r\n" not in text:
        more = c.recv(1)
        if not more:
            return text
        text += more
    lengths = [l.split(b":")[1] for l in text.lower().splitlines() if l.startswith(b"content-length:")]
    for _ in range(int(lengths[0]) if lengths else 0):
        text += c.recv(1)
    return text


def processes():
    """What a process of starc was let in for is done before this one ends; what it was not is told to go elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/s"
        p = subprocess.Popen(
            [f"{BUILD}/tests/serve_texts", "0", "0", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        p.stdout.readline()
        kept, taken = connect(path), connect(path)
        kept.sendall(HEAD)
        check("it is taken", answer(kept).startswith(b"HTTP/1.1 100"))
        kept.sendall(b"echo a")
        check("and done", answer(kept).endswith(b"a"))
        taken.sendall(HEAD)
        check("another one is taken", answer(taken).startswith(b"HTTP/1.1 100"))
        p.send_signal(signal.SIGTERM)
        late = b"HTTP/1.1 100"
        while late.startswith(b"HTTP/1.1 100"):  # until the signal has come
            kept.sendall(HEAD)
            late = answer(kept)
            if late.startswith(b"HTTP/1.1 100"):
                kept.sendall(b"echo b")
                answer(kept)
        check(f"a late one is not: {late}", late.startswith(b"HTTP/1.1 503") and b"\r\nX-Starc-Ending: 1\r\n" in late)
        taken.sendall(b"echo c")
        check("what was taken is done", answer(taken).endswith(b"c"))
        _, said = p.communicate(timeout=60)
        check(f"its end: {p.returncode} {said[-3000:]}", p.returncode == 0 and "Sanitizer" not in said)


def main():
    processes()
    p = subprocess.Popen([f"{BUILD}/tests/serve_texts", "0", "8"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    port = int(p.stdout.readline().rsplit(":", 1)[1])
    check("a text", ask(port, "echo hello") == (200, b"hello"))
    check("an exception", ask(port, "fail")[0] == 404)
    status, data = ask(port, "rows 1000000")
    check("many rows", status == 200 and data.endswith(b"row 999999\n"))
    status, data = ask(port, "rows 1000001")
    check("rows that break off", status == 200 and data.endswith(b"__exception__\r\n"))
    told = [ask(port, f"echo {i}", path="/?session_id=s")[1] for i in range(300)]
    check("a session is free behind its answer", told == [b"%d" % i for i in range(300)])
    for origin, good in (("https://page.example", True), ("https://other.example", False), ("null", False)):
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for method, status in (("OPTIONS", 204), ("POST", 200)):
            c.request(method, "/", body=b"echo x", headers={"Origin": origin})
            r = c.getresponse()
            r.read()
            allowed = r.headers["Access-Control-Allow-Origin"]
            right = (r.status, allowed) == ((status, origin) if good else (403, None))
            check(f"origin {origin} {method} {r.status} {allowed}", right)
            if good:
                check("what a page may read", "X-ClickHouse-Summary" in r.headers["Access-Control-Expose-Headers"])
            if good and method == "OPTIONS":
                check("what a page may send", "Authorization" in r.headers["Access-Control-Allow-Headers"])
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    c.request("OPTIONS", "/")
    check("OPTIONS of no page", c.getresponse().status == 405)
    big = b"x" * 5000000
    check("many data", ask(port, "insert into t format CSV", big) == (200, b"%d\n" % len(big)))
    status, data = ask(port, "rows 1000000", path="/?wait_end_of_query=1")
    check("more than is kept", status == 500 and b"MEMORY_LIMIT_EXCEEDED" in data)
    for _ in range(50):  # a request is let go of some time after its answer
        status, data = ask(port, "rows 200000", path="/?wait_end_of_query=1")
        if status == 200:
            break
        time.sleep(0.1)
    check(f"and what is kept is given back {status} {data[-99:]}", status == 200 and data.endswith(b"row 199999\n"))
    check("a long statement", ask(port, "echo " + "x" * 20000000)[0] in (413, 500))
    packed = gzip.compress(b"insert into t format CSV\n" + bytes(300000000))
    told = ask(port, packed, headers={"Content-Encoding": "gzip"})
    check("data that were small", told == (200, b"300000000\n"))
    memory = int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{p.pid}/status").read())[1]) // 1024
    most = 900 if "address" in BUILD else 300  # who watches memory keeps what is freed for a while
    check(f"memory {memory}", memory < most)
    gone = socket.create_connection(("127.0.0.1", port))
    gone.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nsleep")
    gone.close()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        got = list(pool.map(lambda i: ask(port, f"echo {i}")[1] == b"%d" % i, range(400)))
        check("many at once", all(got))
        list(pool.map(lambda i: garbage(port, i), range(400)))
    check("after all that", ask(port, "echo still") == (200, b"still"))
    p.send_signal(signal.SIGTERM)
    _, said = p.communicate(timeout=60)
    check(f"its end: {p.returncode} {said[-3000:]}", p.returncode == 0 and "Sanitizer" not in said)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
