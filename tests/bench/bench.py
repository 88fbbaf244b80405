#!/usr/bin/env python3
"""Prints how starc compares, side by side in one run: with reading the files, with the bare
statements on each database, with Python's jinja2, with dbt-core where it is installed.

usage: bench.py [parse] [scale] [render] [build] [dbt]     (none: all but dbt)
  BENCH_DBT=/path/to/dbt adds dbt-core to `parse` and `build`.  BENCH_RUNS=5 repetitions; best counts.
Figures of wall time depend on the machine and what else it does; the ratios are what matters.
"""
import ctypes, json, os, pathlib, resource, shutil, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
STARC = os.environ.get("STARC") or str(ROOT / "build/starc")
LIB = os.environ.get("STARC_LIBCHDB") or str(ROOT / "build/chdb/libchdb.so")
RUNS = int(os.environ.get("BENCH_RUNS", "5"))
DBT = os.environ.get("BENCH_DBT") or shutil.which("dbt")
sys.path.insert(0, str(ROOT / "tests/support"))

def once(cmd, **kw):
    """(seconds, peak MB) of one run of a command that must succeed."""
    start = time.perf_counter()
    p = subprocess.Popen(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kw)
    out = p.stdout.read()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        sys.exit(f"{' '.join(map(str, cmd))} ended with {p.returncode}:\n{out.decode()[-2000:]}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024

def best(cmd, runs=RUNS, before=None, **kw):
    results = []
    for _ in range(runs):
        if before: before()
        results.append(once(cmd, **kw))
    return min(r[0] for r in results), max(r[0] for r in results), max(r[1] for r in results)

def row(what, mine, other, goal, unit="s"):
    ratio = mine[0] / other[0] if other and other[0] else 0
    print(f"  {what:<46} {mine[0]:8.3f} {unit}  (worst {mine[1]:.3f}, {mine[2]:.0f} MB)"
          + (f"   {other[0]:8.3f} {unit}   ratio {ratio:5.2f}" if other else " " * 32) + f"   goal {goal}", flush=True)

def generate(folder, n, *more):
    subprocess.run([sys.executable, str(ROOT / "tests/bench/gen_project.py"), str(folder), str(n), *more], check=True)

def starc(folder, *args, target=None):
    return [STARC, *args, "--project-dir", str(folder), "--profiles-dir", str(folder), "--quiet"]

def bench_parse(tmp):
    print("parse: 10,000 models, against reading their files with cat")
    folder = tmp / "p10000"
    generate(folder, 10000)
    read = best(["sh", "-c", f"find {folder}/models {folder}/macros {folder}/*.yml -type f | xargs cat > /dev/null"])
    row("starc parse, manifest written | cat", best(starc(folder, "parse")), read, "<= 5, < 200 MB")
    row("starc ls | cat", best(starc(folder, "ls")), read, "<= 5")
    parse = best(starc(folder, "parse"))
    row("starc compile --select one | starc parse", best(starc(folder, "compile", "--select", "m3_4000", "--no-introspect")), parse, "<= 1")
    row("starc --version", best([STARC, "--version"], 20), None, "< 0.005 s")
    if DBT and "dbt" in sys.argv:
        small = tmp / "p1000"
        generate(small, 1000)
        row("starc parse | dbt parse, 1,000 models", best(starc(small, "parse")),
            best([DBT, "parse", "--no-partial-parse", "--project-dir", str(small), "--profiles-dir", str(small)], 1), "")

def bench_scale(tmp):
    print("scale: starc parse by number of models")
    print(f"  {'models':>8} {'seconds':>9} {'us/model':>9} {'peak MB':>8} {'KB/model':>9}")
    for n in (100, 1000, 10000, 100000):
        folder = tmp / f"s{n}"
        generate(folder, n)
        low, _, mb = best(starc(folder, "parse"), 3 if n < 100000 else 1)
        print(f"  {n:>8} {low:>9.3f} {low / n * 1e6:>9.1f} {mb:>8.1f} {mb * 1024 / n:>9.2f}", flush=True)
        shutil.rmtree(folder)

def bench_render(_):
    print("render: 1,000 dbt-like templates, parse and render in starc, compiled and warm in Python's jinja2")
    subprocess.run([sys.executable, str(ROOT / "tests/bench/render.py")], check=True)

def statements(folder):
    """The statements of the last run, in the order they were sent, from the debug log."""
    out = []
    for line in open(folder / "logs" / "starc.log", encoding="utf-8"):
        if line.startswith("{") and '"SQLQuery"' in line:
            out.append(json.loads(line)["data"]["sql"])
    return out

LOG = ("--log-format-file", "json", "--log-level-file", "debug")

def bench_build(tmp):
    from servers import PostgresServer
    print("build: 100 models, against the same statements sent by one client")
    with PostgresServer() as pg:
        folder = tmp / "pg100"
        generate(folder, 100)
        (folder / "profiles.yml").write_text(
            f"bench:\n  target: dev\n  outputs:\n    dev: {{type: postgres, host: 127.0.0.1, port: {pg.port}, user: {pg.user}, "
            f"password: '{pg.password}', dbname: {pg.dbname}, schema: bench_100, threads: 2}}\n")
        psql = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(pg.port), "-U", pg.user, "-d", pg.dbname]
        env = dict(os.environ, PGPASSWORD=pg.password)
        clear = lambda: subprocess.run(psql + ["-c", "drop schema if exists bench_100 cascade"], env=env, check=True, stderr=subprocess.DEVNULL)
        clear()
        once(starc(folder, "build") + list(LOG))
        script = tmp / "pg.sql"
        script.write_text(";\n".join(s.rstrip().rstrip(";") for s in statements(folder)) + ";\n")
        mine = best(starc(folder, "build"), before=clear)
        bare = best(psql + ["-f", str(script)], before=clear, env=env)
        row(f"Postgres: starc build | psql -f", mine, bare, "<= 1.5")
        if DBT and "dbt" in sys.argv:
            row("Postgres: starc build | dbt build", mine, best([DBT, "build", "--project-dir", str(folder), "--profiles-dir", str(folder)], 1, before=clear), "<= 0.1")
    folder = tmp / "ch100"
    generate(folder, 100, "--type", "clickhouse")
    (folder / "profiles.yml").write_text(
        f"bench:\n  target: dev\n  outputs:\n    dev: {{type: clickhouse, driver: embedded, path: {tmp}/chdata, schema: bench_100, threads: 2}}\n")
    clear = lambda: shutil.rmtree(tmp / "chdata", ignore_errors=True)
    once(starc(folder, "build") + list(LOG))
    script = tmp / "ch.json"
    script.write_text(json.dumps(statements(folder)))
    mine = best(starc(folder, "build"), before=clear)
    bare = best([sys.executable, __file__, "--chdb", str(script), str(tmp / "chdata")], before=clear)
    row("ClickHouse: starc build | one libchdb connection", mine, bare, "<= 1.5")

def run_chdb(script, data):
    """The bare client for ClickHouse: every statement through one connection of libchdb."""
    lib = ctypes.CDLL(LIB)
    lib.chdb_connect.restype = ctypes.POINTER(ctypes.c_void_p)
    lib.chdb_connect.argtypes = [ctypes.c_int, ctypes.POINTER(ctypes.c_char_p)]
    lib.chdb_query_n.restype = ctypes.c_void_p
    lib.chdb_query_n.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    lib.chdb_result_error.restype = ctypes.c_char_p
    lib.chdb_result_error.argtypes = lib.chdb_destroy_query_result.argtypes = [ctypes.c_void_p]
    conn = lib.chdb_connect(2, (ctypes.c_char_p * 2)(b"clickhouse", b"--path=" + data.encode()))
    for sql in json.load(open(script)):
        sql = sql.encode()
        result = lib.chdb_query_n(conn[0], sql, len(sql), b"TabSeparated", 12)
        error = lib.chdb_result_error(result)
        if error: sys.exit(error.decode() + "\nin: " + sql.decode())
        lib.chdb_destroy_query_result(result)
    os._exit(0)

def main():
    if sys.argv[1:2] == ["--chdb"]: return run_chdb(*sys.argv[2:])
    wanted = [a for a in sys.argv[1:] if a != "dbt"] or ["parse", "scale", "render", "build"]
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores, best of {RUNS}")
    with tempfile.TemporaryDirectory(prefix="starc-bench-") as tmp:
        for name in wanted:
            globals()["bench_" + name](pathlib.Path(tmp))

if __name__ == "__main__":
    main()
