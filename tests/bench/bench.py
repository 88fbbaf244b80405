#!/usr/bin/env python3
"""Prints how starc compares, side by side in one run: with reading the files, with the bare
statements on each database, with Python's jinja2, with dbt-core where it is installed.

usage: bench.py [parse] [scale] [tests] [render] [build] [rows] [node] [views] [trips] [open] [seeds] [units]
[check] [lineage] [load] [serve] [corpus] [dbt]     (none: all but load, serve, corpus, dbt)
  BENCH_DBT=/path/to/dbt adds dbt-core to `parse` and `build`. `corpus` reads COMPAT_PROJECTS
  (docs/evidence/README.md),
  as `parse` does when it is set.
   BENCH_RUNS=5 repetitions; best counts. BENCH_LONG=1 adds a seed of 1 GB.
Figures of wall time depend on the machine and what else it does; the ratios are what matters.
"""

import ctypes, json, os, pathlib, re, resource, shutil, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
STARC = os.environ.get("STARC") or str(ROOT / "build/starc")
LIB = os.environ.get("STARC_LIBCHDB") or str(ROOT / "build/chdb/libchdb.so")
RUNS = int(os.environ.get("BENCH_RUNS", "5"))
DBT = os.environ.get("BENCH_DBT") or shutil.which("dbt")
sys.path.insert(0, str(ROOT / "tests/support"))


def once(cmd, before=None, **kw):
    """(seconds, processor seconds, peak MB) of one run of a command that must succeed."""
    if before:
        before()
    start = time.perf_counter()
    p = subprocess.Popen(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kw)
    out = p.stdout.read()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        sys.exit(f"{' '.join(map(str, cmd))} ended with {p.returncode}:\n{out.decode()[-2000:]}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def row(what, mine, other=None, goal="", runs=RUNS, before=None, mine_kw={}, other_kw={}, cpu=True):
    """Runs the two commands in turn, so that both meet the same load, and prints the best of each.
    cpu: whether processor time is all theirs (not where a server does the work)."""
    m, o = [], []
    for _ in range(runs):
        m.append(once(mine, before, **mine_kw))
        if other:
            o.append(once(other, before, **other_kw))
    best = lambda runs, k: min(r[k] for r in runs)
    text = (
        f"  {what:<46} {best(m, 0):8.4f} s (worst {max(r[0] for r in m):.3f}, cpu {best(m, 1):.3f}, "
        f"{max(r[2] for r in m):.0f} MB)"
    )
    if other:
        text += f" | {best(o, 0):8.4f} s, {max(r[2] for r in o):.0f} MB   ratio {best(m, 0) / best(o, 0):5.2f}"
        if cpu:
            text += f", cpu {best(m, 1) / max(best(o, 1), 1e-9):5.2f}"
    print(text + (f"   goal {goal}" if goal else ""), flush=True)


def generate(folder, n, *more):
    subprocess.run([sys.executable, str(ROOT / "tests/bench/gen_project.py"), str(folder), str(n), *more], check=True)


def starc(folder, *args, target=None):
    return [STARC, *args, "--project-dir", str(folder), "--profiles-dir", str(folder), "--quiet"]


def bench_parse(tmp):
    print("parse: 10,000 models, against reading their files with cat")
    folder = tmp / "p10000"
    generate(folder, 10000)
    read = ["sh", "-c", f"find {folder}/models {folder}/macros {folder}/*.yml -type f | xargs cat > /dev/null"]
    row("starc parse, manifest written | cat", starc(folder, "parse"), read, "<= 5, < 200 MB")
    tested = tmp / "p10000t"
    generate(tested, 10000, "--tests")
    row("+ 20,000 tests: starc parse", starc(tested, "parse"), None, "cpu <= 0.45 s, < 200 MB")
    shutil.rmtree(tested)
    row("starc ls | cat", starc(folder, "ls"), read, "<= 5")
    row(
        "starc compile --select one | starc parse",
        starc(folder, "compile", "--select", "m3_4000", "--no-introspect"),
        starc(folder, "parse"),
        "about 1",
    )
    row("starc --version", [STARC, "--version"], None, "< 0.005 s", runs=20)
    if DBT and "dbt" in sys.argv:
        small = tmp / "p1000"
        generate(small, 1000)
        row(
            "starc parse | dbt parse, 1,000 models",
            starc(small, "parse"),
            [DBT, "parse", "--no-partial-parse", "--project-dir", str(small), "--profiles-dir", str(small)],
            runs=1,
        )

    if utils := dbt_utils(tmp):
        (utils / "profiles.yml").write_text(
            json.dumps(
                {
                    "integration_tests": {
                        "target": "dev",
                        "outputs": {
                            "dev": {
                                "type": "postgres",
                                "host": "127.0.0.1",
                                "port": 5432,
                                "user": "nobody",
                                "password": "",
                                "dbname": "none",
                                "schema": "utils",
                            }
                        },
                    }
                }
            )
        )
        row("starc parse, dbt-utils' integration tests", starc(utils, "parse"), None, "< 0.050 s", runs=20)


def dbt_utils(tmp):
    """A copy of dbt-utils' integration tests with their package installed, from COMPAT_PROJECTS; None: not there."""
    source = pathlib.Path(os.environ.get("COMPAT_PROJECTS", "")) / "dbt-utils"
    if not os.environ.get("COMPAT_PROJECTS") or not source.exists():
        return None
    if not (tmp / "dbt-utils").exists():
        shutil.copytree(
            source, tmp / "dbt-utils", ignore=shutil.ignore_patterns(".git", "target", "logs", "dbt_packages")
        )
        once(starc(tmp / "dbt-utils/integration_tests", "deps"))
    return tmp / "dbt-utils/integration_tests"


def bench_scale(tmp):
    print("scale: starc parse by number of models")
    print(f"  {'models':>8} {'seconds':>9} {'cpu s':>8} {'cpu us/model':>13} {'peak MB':>8} {'KB/model':>9}")
    for n, *tests in (100,), (1000,), (10000,), (100000,), (10000, "--tests"), (100000, "--tests"):
        folder = tmp / f"s{n}"
        generate(folder, n, *tests)
        runs = [once(starc(folder, "parse")) for _ in range(3 if n < 100000 else 1)]
        wall, cpu, mb = (min(r[k] for r in runs) for k in range(3))
        print(
            f"  {n:>8} {wall:>9.3f} {cpu:>8.3f} {cpu / n * 1e6:>13.1f} {mb:>8.1f} {mb * 1024 / n:>9.2f}"
            + (f"   two tests a model{'   goal < 1,200 MB' if n == 100000 else ''}" if tests else ""),
            flush=True,
        )
        shutil.rmtree(folder)


REMEMBER = "{% macro remember(x) %}{% do graph.setdefault('seen', {}).update({x: [1, 2, 3]}) %}{% endmacro %}\n"


def bench_tests(tmp):
    """Five generic tests a model; and nodes that put something into `graph`, as packages of tests do."""
    print("tests: five tests a model, microseconds of processor time for each test; nodes that keep data in `graph`")
    print(
        f"  {'models':>8} {'parse':>8} {'ls':>8} {'ls --select +last':>18} {'compile, graph kept, us/node':>30}   "
        f"goal: the same in every line"
    )
    for n in (500, 1000, 2000, 4000):
        folder, keeping = tmp / f"t{n}", tmp / f"k{n}"
        generate(folder, n, "--tests")
        for f in folder.glob("models/*/_*.yml"):
            f.write_text(
                f.read_text()
                .replace("A value.\n", "A value.\n        data_tests: [not_null, unique]\n")
                .replace("in units.\n", "in units.\n        data_tests: [not_null]\n")
            )
        cpu = lambda where, *args: min(once(starc(where, *args))[1] for _ in range(3))
        row = [cpu(folder, *args) / (5 * n) * 1e6 for args in (("parse",), ("ls",), ("ls", "--select", f"+m7_{n - 1}"))]
        (keeping / "models").mkdir(parents=True)
        (keeping / "macros").mkdir()
        (keeping / "macros/remember.sql").write_text(REMEMBER)
        (keeping / "dbt_project.yml").write_text("name: keeping\nprofile: bench\n")
        shutil.copy(folder / "profiles.yml", keeping)
        for i in range(n):
            (keeping / f"models/m{i}.sql").write_text(f"{{{{ remember('m{i}') }}}}select {i} as x\n")
        kept = cpu(keeping, "compile", "--no-introspect") / n * 1e6
        print(f"  {n:>8} {row[0]:>8.1f} {row[1]:>8.1f} {row[2]:>18.1f} {kept:>30.1f}", flush=True)
        shutil.rmtree(folder)
        shutil.rmtree(keeping)


def bench_render(_):
    print("render: 1,000 dbt-like templates, parse and render in starc, compiled and warm in Python's jinja2")
    subprocess.run([sys.executable, str(ROOT / "tests/bench/render.py")], check=True)


# What starc sends of its own accord, so that two runs keep out of each other's way and a view is as new.
OWN = re.compile(r"(prepare starc_\w+\(.*?;\n|execute starc_\w+\([^\n]*\);\n)", re.S)


def statements(folder):
    """The statements of the last run without starc's own, in the order they were sent, from the debug log."""
    out = []
    for line in open(folder / "logs" / "dbt.log", encoding="utf-8"):
        if line.startswith("{") and '"SQLQuery"' in line:
            sql = json.loads(line)["data"]["sql"]
            if "advisory_lock(" not in sql:
                out.append(OWN.sub("", sql))
    return out


LOG = ("--log-format-file", "json", "--log-level-file", "debug")


def bench_build(tmp):
    from servers import PostgresServer

    print("build: 100 models, against the same statements sent by one client")
    with PostgresServer() as pg:
        folder = tmp / "pg100"
        generate(folder, 100)
        (folder / "profiles.yml").write_text(
            f"bench:\n  target: dev\n  outputs:\n"
            f"    dev: {{type: postgres, host: 127.0.0.1, port: {pg.port}, user: {pg.user}, "
            f"password: '{pg.password}', dbname: {pg.dbname}, schema: bench_100, threads: 2}}\n"
        )
        psql = [
            "psql",
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            str(pg.port),
            "-U",
            pg.user,
            "-d",
            pg.dbname,
        ]
        env = dict(os.environ, PGPASSWORD=pg.password)
        clear = lambda: subprocess.run(
            psql + ["-c", "drop schema if exists bench_100 cascade"], env=env, check=True, stderr=subprocess.DEVNULL
        )
        clear()
        once(starc(folder, "build") + list(LOG))
        script = tmp / "pg.sql"
        script.write_text(";\n".join(s.rstrip().rstrip(";") for s in statements(folder)) + ";\n")
        row(
            "Postgres: starc build | psql -f",
            starc(folder, "build"),
            psql + ["-f", str(script)],
            "<= 1.5",
            before=clear,
            other_kw={"env": env},
            cpu=False,
        )
        if DBT and "dbt" in sys.argv:
            row(
                "Postgres: starc build | dbt build",
                starc(folder, "build"),
                [DBT, "build", "--project-dir", str(folder), "--profiles-dir", str(folder)],
                "<= 0.1",
                runs=1,
                before=clear,
                cpu=False,
            )
    folder = tmp / "ch100"
    generate(folder, 100, "--type", "clickhouse")
    (folder / "profiles.yml").write_text(
        f"bench:\n  target: dev\n  outputs:\n"
        f"    dev: {{type: clickhouse, driver: embedded, path: {tmp}/chdata, schema: bench_100, threads: 2}}\n"
    )
    clear = lambda: shutil.rmtree(tmp / "chdata", ignore_errors=True)
    once(starc(folder, "build") + list(LOG))
    script = tmp / "ch.json"
    script.write_text(json.dumps(statements(folder)))
    row(
        "ClickHouse: starc build | one libchdb connection",
        starc(folder, "build"),
        bare_clickhouse(script, tmp / "chdata"),
        "<= 1.5",
        before=clear,
    )


def bare_clickhouse(script, data):
    return [sys.executable, __file__, "--chdb", str(script), str(data)]


def bench_rows(tmp):
    print("rows: a million rows onto a million, against hand-written statements")
    import rows

    rows.postgres(sys.modules[__name__], tmp)
    rows.clickhouse(sys.modules[__name__], tmp)


def bench_corpus(tmp):
    """dbt-utils' integration tests: a real project with a package."""
    from servers import PostgresServer

    folder = dbt_utils(tmp)
    if not folder:
        return print("corpus: left out, COMPAT_PROJECTS has no dbt-utils")
    print("corpus: dbt-utils' integration tests")
    with PostgresServer() as pg:
        profile = {
            "type": "postgres",
            "host": "127.0.0.1",
            "port": pg.port,
            "user": pg.user,
            "password": pg.password,
            "dbname": pg.dbname,
            "threads": 4,
        }
        outputs = {t: {**profile, "schema": f"utils_{t}"} for t in ("starc", "dbt")}
        (folder / "profiles.yml").write_text(json.dumps({"integration_tests": {"target": "starc", "outputs": outputs}}))
        theirs = (
            [DBT, "build", "--project-dir", str(folder), "--profiles-dir", str(folder), "--target", "dbt", "--quiet"]
            if DBT
            else None
        )
        row(
            "starc build | dbt-core build",
            starc(folder, "build"),
            theirs,
            "<= 0.10",
            runs=1,
            cpu=False,
            other_kw={"env": {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}},
        )


def bench_node(tmp):
    """What a node costs above its statements: 200 views `select 1`, a run of them against psql."""
    from servers import PostgresServer

    n = 200
    print(f"node: {n} views of `select 1` on Postgres, against their statements")
    with PostgresServer() as pg:
        folder = tmp / "nodes"
        (folder / "models").mkdir(parents=True)
        for i in range(n):
            (folder / f"models/v{i}.sql").write_text("select 1 as one\n")
        (folder / "dbt_project.yml").write_text("name: nodes\nprofile: nodes\n")
        (folder / "profiles.yml").write_text(
            json.dumps(
                {
                    "nodes": {
                        "target": "t",
                        "outputs": {
                            "t": dict(
                                type="postgres",
                                host="127.0.0.1",
                                port=pg.port,
                                user=pg.user,
                                password=pg.password,
                                dbname=pg.dbname,
                                schema="nodes",
                                threads=1,
                            )
                        },
                    }
                }
            )
        )
        once(starc(folder, "run"))
        shutil.rmtree(folder / "logs")
        once(starc(folder, "run") + list(LOG))  # as every later run: over what is there
        script = tmp / "nodes.sql"
        script.write_text(";\n".join(s.rstrip().rstrip(";") for s in statements(folder)) + ";\n")
        psql = [
            "psql",
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            str(pg.port),
            "-U",
            pg.user,
            "-d",
            pg.dbname,
            "-o",
            os.devnull,
            "-f",
            str(script),
        ]
        mine, bare = [], []
        for _ in range(RUNS):
            mine.append(once(starc(folder, "run"))[0])
            bare.append(once(psql, env=dict(os.environ, PGPASSWORD=pg.password))[0])
        print(
            f"  a node costs {(min(mine) - min(bare)) / n * 1e3:.2f} ms above its statements "
            f"({min(bare) / n * 1e3:.2f} ms)   goal <= 2 ms"
        )


def pg_folder(pg, folder, schema, files, threads=4):
    """A project with a Postgres target; psql for its bare statements, and its environment."""
    for path, text in {
        **files,
        **({} if (folder / "dbt_project.yml").exists() else {"dbt_project.yml": "name: bench\nprofile: bench\n"}),
        "profiles.yml": json.dumps(
            {
                "bench": {
                    "target": "t",
                    "outputs": {
                        "t": dict(
                            type="postgres",
                            host="127.0.0.1",
                            port=pg.port,
                            user=pg.user,
                            password=pg.password,
                            dbname=pg.dbname,
                            schema=schema,
                            threads=threads,
                        )
                    },
                }
            }
        ),
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return (
        [
            "psql",
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            str(pg.port),
            "-U",
            pg.user,
            "-d",
            pg.dbname,
            "-o",
            os.devnull,
        ],
        dict(os.environ, PGPASSWORD=pg.password, PGOPTIONS="-c client_min_messages=warning"),
    )


def model_sql(folder, schema):
    """(name, compiled query) of each model of the generator, parents first."""
    once(starc(folder, "compile", "--no-introspect"))
    found = sorted((folder / "target/compiled").rglob("m*.sql"), key=lambda f: int(f.stem.split("_")[1]))
    return [(f"{schema}.{f.stem}", f.read_text().strip()) for f in found]


def bench_views(tmp):
    from servers import PostgresServer

    print("views: views on views on Postgres, built again, against `create or replace view` alone")
    with PostgresServer() as pg:
        chain, wide = tmp / "chain", tmp / "wide"
        texts = ["select 1 as id, 2 as v"] + [f"select id, v from {{{{ ref('v{i}') }}}}" for i in range(399)]
        psql, env = pg_folder(pg, chain, "chain", {f"models/v{i}.sql": t for i, t in enumerate(texts)})
        generate(wide, 1000)
        pg_folder(pg, wide, "wide", {})
        for f in wide.glob("models/*/*.sql"):
            f.write_text(f.read_text().replace("'table'", "'view'"))
        for name, folder, made in (
            (
                "a chain of 400",
                chain,
                [(f"chain.v{i}", t.replace("{{ ref('v", "chain.v").replace("') }}", "")) for i, t in enumerate(texts)],
            ),
            ("1,000 of the generator", wide, model_sql(wide, "wide")),
        ):
            script = tmp / "bare.sql"
            script.write_text("".join(f"create or replace view {view} as ({text}\n);\n" for view, text in made))
            once(starc(folder, "run"))
            row(
                f"{name}: starc run | psql -f",
                starc(folder, "run"),
                psql + ["-f", str(script)],
                "<= 1.5",
                other_kw={"env": env},
                cpu=False,
            )


def bench_trips(tmp):
    from servers import PostgresServer

    print("trips: 1,000 models and 2,000 tests on Postgres, built first and again; against the statements alone")
    with PostgresServer() as pg:
        folder = tmp / "trips"
        generate(folder, 1000, "--tests")
        psql, env = pg_folder(pg, folder, "trips", {})
        once(starc(folder, "build"))
        models = model_sql(folder, "trips")
        tests = [
            f.read_text().strip()
            for f in sorted((folder / "target/compiled").rglob("*.sql"))
            if f.parent.name.endswith(".yml")
        ]
        first, tested = tmp / "first.sql", tmp / "tests.sql"
        first.write_text(
            "create schema trips;\n"
            + "".join(
                f"create {'view' if '.m0_' in name else 'table'} {name} as ({text}\n);\n" for name, text in models
            )
        )
        tested.write_text(
            "".join(
                f"select count(*) as failures, count(*) <> 0, count(*) <> 0 from (\n{text}\n) t;\n" for text in tests
            )
        )
        clear = lambda: subprocess.run(psql + ["-c", "drop schema if exists trips cascade"], env=env, check=True)
        row(
            "first build: starc build | psql -f",
            starc(folder, "build"),
            psql + ["-f", str(first), "-f", str(tested)],
            "<= 1.15",
            before=clear,
            other_kw={"env": env},
            cpu=False,
        )
        row(
            "tests alone: starc test | psql -f",
            starc(folder, "test"),
            psql + ["-f", str(tested)],
            "<= 1.5",
            other_kw={"env": env},
            cpu=False,
        )


def bench_open(tmp):
    """What a command waits for the embedded engine; most of it is the library's own loading of tables, on all cores."""
    print("open: a statement on the embedded ClickHouse, against one libchdb connection that is not closed")
    script = tmp / "one.json"
    script.write_text('["select 1"]')
    for n in (1, 1100):
        folder, data = tmp / f"open{n}", tmp / f"opened{n}"
        generate(folder, n, "--type", "clickhouse")
        for f in folder.glob("models/layer0/*.sql"):
            f.write_text(f.read_text().replace("'view'", "'table'"))
        (folder / "profiles.yml").write_text(
            json.dumps(
                {
                    "bench": {
                        "target": "t",
                        "outputs": {
                            "t": dict(type="clickhouse", driver="embedded", path=str(data), schema="open", threads=2)
                        },
                    }
                }
            )
        )
        once(starc(folder, "build"))
        row(
            f"starc show | select 1, tables: {n}",
            starc(folder, "show", "--inline", "select 1"),
            bare_clickhouse(script, data),
            "<= 1.5",
        )


def write_seed(folder, rows):
    (folder / "seeds").mkdir(parents=True)
    with open(folder / "seeds/big.csv", "w") as f:
        f.write("id,name,amount,day,flag,note\n")
        for i in range(rows):
            f.write(
                f"{i},the name of number {i},{i % 1000}.25,2024-{i % 12 + 1:02}-{i % 28 + 1:02},"
                f"{'true' if i % 2 else 'false'},some words that say nothing {i * 7 % 1000}\n"
            )
    (folder / "dbt_project.yml").write_text("name: bench\nprofile: bench\n")


def bench_seeds(tmp):
    from servers import PostgresServer

    print(
        "seeds: a CSV file, against the bare insert of the same file: `insert .. select from file()` of libchdb, "
        "`\\copy` of psql"
    )
    for size, rows in (("100 MB", 1_140_000), *((("1 GB", 11_000_000),) if os.environ.get("BENCH_LONG") else ())):
        folder, runs = tmp / f"seeds{rows}", RUNS if rows < 2_000_000 else 1
        write_seed(folder, rows)
        data = tmp / f"seeded{rows}"
        (folder / "profiles.yml").write_text(
            json.dumps(
                {
                    "bench": {
                        "target": "t",
                        "outputs": {
                            "t": dict(type="clickhouse", driver="embedded", path=str(data), schema="seeds", threads=2)
                        },
                    }
                }
            )
        )
        script = tmp / "seeds.json"
        script.write_text(
            json.dumps(
                [
                    "create database if not exists bare",
                    "create or replace table bare.big (id Int64, name String, amount Float64, day Date, flag Bool, "
                    "note String) engine = MergeTree order by tuple()",
                    f"insert into bare.big select * from file('{folder}/seeds/big.csv', 'CSVWithNames')",
                ]
            )
        )
        row(
            f"embedded, {size}: starc seed | libchdb",
            starc(folder, "seed"),
            bare_clickhouse(script, f"{data}_bare"),
            "<= 1.5",
            runs,
        )
        with PostgresServer() as pg:
            psql, env = pg_folder(pg, folder, "seeds", {})
            bare = tmp / "copy.sql"
            bare.write_text(
                "drop table if exists big; create table big (id integer, name text, amount double precision, day date, "
                "flag boolean, note text);\n"
                f"\\copy big from '{folder}/seeds/big.csv' csv header\n"
            )
            row(
                f"Postgres, {size}: starc seed | psql",
                starc(folder, "seed", "--full-refresh"),
                psql + ["-f", str(bare)],
                "<= 1.5",
                runs,
                other_kw={"env": env},
                cpu=False,
            )
        shutil.rmtree(folder)


def bench_units(tmp):
    """200 unit tests of 20 models, two inputs each, rows as dicts."""
    from servers import PostgresServer

    print("units: 200 unit tests on Postgres")
    with PostgresServer() as pg:
        folder, tests = tmp / "units", []
        (folder / "models").mkdir(parents=True)
        for side in ("left_rows", "right_rows"):
            (folder / f"models/{side}.sql").write_text("select 1 as id, 'x' as word\n")
        for m in range(20):
            (folder / f"models/m{m}.sql").write_text(
                "select l.id, r.word from {{ ref('left_rows') }} l join {{ ref('right_rows') }} r on r.id = l.id\n"
            )
            for t in range(10):
                given = [
                    {"input": f"ref('{side}')", "rows": [{"id": i, "word": f"{side}{i}"} for i in range(t, t + 3)]}
                    for side in ("left_rows", "right_rows")
                ]
                tests.append(
                    {
                        "name": f"t{m}_{t}",
                        "model": f"m{m}",
                        "given": given,
                        "expect": {"rows": [{"id": i, "word": f"right_rows{i}"} for i in range(t, t + 3)]},
                    }
                )
        (folder / "models/units.yml").write_text(json.dumps({"unit_tests": tests}))
        (folder / "dbt_project.yml").write_text("name: units\nprofile: units\n")
        (folder / "profiles.yml").write_text(
            json.dumps(
                {
                    "units": {
                        "target": "t",
                        "outputs": {
                            "t": dict(
                                type="postgres",
                                host="127.0.0.1",
                                port=pg.port,
                                user=pg.user,
                                password=pg.password,
                                dbname=pg.dbname,
                                schema="units",
                                threads=4,
                            )
                        },
                    }
                }
            )
        )
        once(starc(folder, "run"))
        theirs = (
            [DBT, "test", "--project-dir", str(folder), "--profiles-dir", str(folder), "--quiet"]
            if DBT and "dbt" in sys.argv
            else None
        )
        row(
            "starc test" + (" | dbt test" if theirs else ""),
            starc(folder, "test"),
            theirs,
            "< 3 s",
            runs=1 if theirs else RUNS,
            cpu=False,
        )


def bench_check(tmp):
    """Nothing of a project is built: a check beside the views of its models alone, and beside rendering their text."""
    from servers import PostgresServer

    print("check: all of a project's SQL, against `create view` of each model alone, and dbt compile")
    for n, tested in (1000, False), (1000, True), (10000, False):
        what, runs = f"{n:,} models{' and 2 tests each' if tested else ''}", RUNS if n < 10000 else 1
        schema, more = f"bench_{n}", ["--tests"] if tested else []
        folder, data, script = tmp / f"check{n}{tested}", tmp / "checked", tmp / "views.json"
        generate(folder, n, "--type", "clickhouse", *more)
        views = [f"create view {name} as ({text}\n)" for name, text in model_sql(folder, schema)]
        script.write_text(json.dumps([f"create database {schema}", *views]))
        row(
            f"ClickHouse, {what}: starc check | libchdb",
            starc(folder, "check"),
            bare_clickhouse(script, data),
            {1000: "" if tested else "< 2 s", 10000: "< 20 s, < 500 MB"}[n],
            runs,
            before=lambda: shutil.rmtree(data, ignore_errors=True),
        )
        shutil.rmtree(folder)
        generate(folder, n, *more)
        with PostgresServer() as pg:
            psql, env = pg_folder(pg, folder, schema, {})
            bare = tmp / "views.sql"
            views = "".join(f"create view {name} as {text}\n;\n" for name, text in model_sql(folder, schema))
            bare.write_text(f"create schema {schema};\n" + views.replace(f'"{pg.dbname}".', ""))
            again = psql + ["-d", "postgres", "-c", "drop database if exists bare", "-c", "create database bare"]
            row(
                f"Postgres, {what}: starc check | psql -f",
                starc(folder, "check"),
                psql + ["-d", "bare", "-f", str(bare)],
                {1000: "" if tested else "< 3 s", 10000: "< 30 s, < 500 MB"}[n],
                runs,
                before=lambda: subprocess.run(again, env=env, check=True),
                other_kw={"env": env},
                cpu=False,
            )
            if DBT and "dbt" in sys.argv:
                where = ["--project-dir", str(folder), "--profiles-dir", str(folder)]
                row(
                    f"Postgres, {what}: starc check | dbt compile",
                    starc(folder, "check"),
                    [DBT, "compile", "--no-partial-parse", *where],
                    runs=1,
                    cpu=False,
                )
        shutil.rmtree(folder)


def peer(name, *packages):
    """The Python of a virtual environment below build/ that has these packages of PyPI; None: they cannot be had."""
    folder = ROOT / "build/peers" / name
    python = folder / "bin/python"
    if not (folder / "ready").exists():
        made = subprocess.run([sys.executable, "-m", "venv", str(folder)], stdout=subprocess.DEVNULL).returncode == 0
        got = made and subprocess.run([str(python), "-m", "pip", "-q", "install", *packages]).returncode == 0
        if not got:
            print(f"  {name} is left out: pip could not install {' '.join(packages)}")
            return None
        (folder / "ready").touch()
    return str(python)


def bench_lineage(tmp):
    """The columns of all models, each with what it is made of in the models above it."""
    from servers import PostgresServer

    print("lineage: all columns of a project, against sqlglot's lineage of its compiled SQL, and against starc check")
    python = peer("sqlglot", "sqlglot")
    script = str(ROOT / "tests/bench/sqlglot_lineage.py")
    for n in 1000, 10000:
        runs, goal = RUNS if n < 10000 else 1, "" if n < 10000 else "< 500 MB, <= 2 times the check"
        for kind, dialect in ("ClickHouse", "clickhouse"), ("Postgres", "postgres"):
            folder = tmp / f"lineage_{dialect}{n}"
            generate(folder, n, "--type", dialect)
            with PostgresServer() if dialect == "postgres" else open(os.devnull) as server:
                if dialect == "postgres":
                    pg_folder(server, folder, f"bench_{n}", {})
                model_sql(folder, f"bench_{n}")
                theirs = [python, script, str(folder / "target/compiled"), dialect, f"bench_{n}"] if python else None
                mine = starc(folder, "lineage", "--output", "json")
                row(f"{kind}, {n:,} models: starc lineage | sqlglot", mine, theirs, goal, runs)
                row(f"{kind}, {n:,} models: starc lineage | starc check", mine, starc(folder, "check"), "", runs)
            shutil.rmtree(folder)


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
        if error:
            sys.exit(error.decode() + "\nin: " + sql.decode())
        lib.chdb_destroy_query_result(result)
    os._exit(0)


def bench_serve(tmp):
    import serving

    serving.bench(sys.modules[__name__], tmp)


def bench_load(tmp):
    import loads

    loads.bench(sys.modules[__name__], tmp)


def main():
    if sys.argv[1:2] == ["--chdb"]:
        return run_chdb(*sys.argv[2:])
    wanted = [a for a in sys.argv[1:] if a != "dbt"] or [
        "parse",
        "scale",
        "tests",
        "render",
        "build",
        "rows",
        "node",
        "views",
        "trips",
        "open",
        "seeds",
        "units",
        "check",
        "lineage",
    ]
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores, best of {RUNS}")
    with tempfile.TemporaryDirectory(prefix="starc-bench-") as tmp:
        for name in wanted:
            globals()["bench_" + name](pathlib.Path(tmp))


if __name__ == "__main__":
    main()
