"""bench.py serve: what HTTP costs beside the engine in the process: latency, queries a second, a large result, memory."""

import http.client, os, pathlib, re, shutil, statistics, subprocess, threading, time


def latency(do, n):
    took = []
    for _ in range(n):
        start = time.perf_counter()
        do()
        took.append((time.perf_counter() - start) * 1000)
    took.sort()
    return statistics.median(took), took[int(len(took) * 0.95)]


def asker(s):
    c, login = s.connect(), s.login()

    def ask(sql="select 1"):
        c.request("POST", "/", sql, login)
        return c.getresponse().read()

    return ask


def a_second(s, clients, seconds=5):
    """Queries a second of so many clients side by side."""
    counts, until = [0] * clients, time.perf_counter() + seconds

    def go(i):
        ask = asker(s)
        while time.perf_counter() < until:
            ask()
            counts[i] += 1

    threads = [threading.Thread(target=go, args=(i,)) for i in range(clients)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    return sum(counts) / seconds


def memory(s):
    text = pathlib.Path(f"/proc/{s.process.pid}/status").read_text()
    return [int(re.search(rf"{what}:\s+(\d+)", text)[1]) // 1024 for what in ("VmRSS", "VmHWM")]


def streamed(s):
    """A gigabyte of rows: (bytes, seconds)."""
    c, total, start = s.connect(), 0, time.perf_counter()
    c.request("POST", "/", "select number, toString(number) from numbers(60000000) format TSV", s.login())
    r = c.getresponse()
    while piece := r.read(1 << 20):
        total += len(piece)
    return total, time.perf_counter() - start


def bench(b, tmp):
    from chdb import Library
    from serve import Serving

    print("serve: HTTP beside the engine in the process")
    folder = tmp / "serve"
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: shop\nversion: '1.0'\n")
    (folder / "models/a.sql").write_text("select 1 as a")
    subprocess.run([b.STARC, "build", "-q"], cwd=folder, check=True)
    with Serving(b.STARC, folder) as s:
        mid, late = latency(asker(s), 300)
        print(f"  select 1 over HTTP                             {mid:8.2f} ms, 95 of 100 below {late:.2f} ms")
        for clients in (1, 4, 16):
            print(f"  {clients:>2} clients side by side                         {a_second(s, clients):8.0f} queries a second")
        before = memory(s)[0]
        size, took = streamed(s)
        print(
            f"  {size / 1e9:.2f} GB of rows, one client                      {took:8.2f} s, {size / took / 1e6:.0f} MB/s, "
            f"memory {before} MB, at most {memory(s)[1]} MB"
        )
    conn = Library(b.LIB).open(str(folder / ".starc/warehouse"))
    mid, late = latency(lambda: conn.run(b"select 1"), 300)
    print(f"  select 1 in the process                        {mid:8.2f} ms, 95 of 100 below {late:.2f} ms")
