#!/usr/bin/env python3
"""Compiles and builds real dbt projects with dbt-core and with starc and prints one table.

usage: corpus.py [--projects DIR] [--dbt dbt] [--starc build/starc] [--only REGEX] [--show N] [--ci] [--keep DIR]
[--write FILE] [--again DIR...]

--projects (or COMPAT_PROJECTS): a folder of checkouts by repository name; rows whose checkout is not there are
left out. dbt's starter project (out of the dbt-core wheel) and generated projects need none: --ci runs those alone.
--dbt: without one there is, or one is made, in build/adapter-venv-VERSION. --write: the table is put between the
marks of that file.
Packages come from a hub on loopback that is made of the checkouts. What a project's own instructions do before it is
built is done first. Each tool builds into a schema of its own (on Postgres a database); compiled SQL is compared in
the one
that dbt built. What `starc check` finds must be what starc's build found. Each artifact that starc wrote is read
with dbt-artifacts-parser. Servers are started here; nothing of the projects is written back. What differs must be in
known_differences.txt with its reason, which is printed below the table. Exit 0 when none is without.
"""

import argparse, csv, datetime, fnmatch, json, os, pathlib, re, shutil, subprocess, sys, tempfile, time, urllib.request
from typing import NamedTuple
from xml.etree import ElementTree

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests/support"), str(HERE)]
import compare
from dbt_venv import AS_DBT, python_with_dbt
from hub import Hub
from servers import ClickHouseServer, PostgresServer


class Row(NamedTuple):
    name: str
    checkout: str
    folder: str
    kind: str
    # What its instructions do first: words for dbt and for starc, or a callable (folder, server) once.
    first: tuple = ()
    build: bool = True


def taxis(folder, server):
    """The table of the example's README, with rows made up in place of those that it fetches."""
    text = (folder / "README.md").read_text()
    block = re.search(r"```sql\n(.*?)```", text, re.S)[1]
    for sql in [s.strip() for s in block.split(";") if s.strip().lower().startswith("create")] + [
        "insert into taxis.trips select * from generateRandom(1, 10) limit 5000"
    ]:
        r = urllib.request.Request(
            f"http://127.0.0.1:{server.port}/",
            data=sql.encode(),
            headers={"X-ClickHouse-User": server.user, "X-ClickHouse-Key": server.password},
        )
        urllib.request.urlopen(r).read()


def jaffles(folder, server):
    """The seeds of the larger jaffle shop that are so large that a checkout may lack them: 2,000 orders of the
    customers, stores and products there are."""
    data = folder / "seeds/jaffle-data"
    if (data / "raw_orders.csv").exists() and (data / "raw_items.csv").exists():
        return

    def column(name):
        return [line.split(",")[0] for line in (data / name).read_text().splitlines()[1:] if line]

    customers, stores, products = map(column, ("raw_customers.csv", "raw_stores.csv", "raw_products.csv"))
    prices = {row["sku"]: int(row["price"]) for row in csv.DictReader((data / "raw_products.csv").open())}
    orders, items = ["id,customer,ordered_at,store_id,subtotal,tax_paid,order_total"], ["id,order_id,sku"]
    for i in range(2000):
        when = datetime.datetime(2016, 9, 1) + datetime.timedelta(hours=4 * i)
        bought = [products[(i + k) % len(products)] for k in range(1 + i % 3)]
        subtotal = sum(prices[sku] for sku in bought)
        orders.append(
            f"order-{i},{customers[i * 7 % len(customers)]},{when.isoformat()},{stores[i % len(stores)]},{subtotal},"
            f"{i % 60},{subtotal + i % 60}"
        )
        items += [f"item-{i}-{k},order-{i},{sku}" for k, sku in enumerate(bought)]
    (data / "raw_orders.csv").write_text("\n".join(orders) + "\n")
    (data / "raw_items.csv").write_text("\n".join(items) + "\n")


JAFFLES = (jaffles, ("seed", "--full-refresh", "--vars", "{load_source_data: true}"))
ROWS = [
    Row("dbt-utils, integration tests", "dbt-utils", "integration_tests", "postgres"),
    Row("jaffle_shop", "jaffle_shop", "", "postgres"),
    Row("jaffle_shop", "jaffle_shop", "", "clickhouse"),
    Row("jaffle_shop_duckdb", "jaffle_shop_duckdb", "", "postgres"),
    Row("jaffle_shop_duckdb", "jaffle_shop_duckdb", "", "clickhouse"),
    Row("jaffle-shop", "jaffle-shop", "", "postgres", JAFFLES),
    Row("jaffle-shop", "jaffle-shop", "", "clickhouse", JAFFLES),
    Row("dbt-project-evaluator, integration tests", "dbt-project-evaluator", "integration_tests", "postgres"),
    Row(
        "dbt-codegen, integration tests",
        "dbt-codegen",
        "integration_tests",
        "postgres",
        (("run-operation", "create_source_table"), ("seed", "--full-refresh")),
    ),
    Row("dbt-audit-helper, integration tests", "dbt-audit-helper", "integration_tests", "postgres"),
    Row("dbt-clickhouse, examples: taxis", "dbt-clickhouse", "examples/taxis", "clickhouse", (taxis,)),
    Row("dbt-date, integration tests", "dbt-date", "integration_tests", "postgres"),
    Row("dbt-expectations, integration tests", "dbt-expectations", "integration_tests", "postgres"),
    Row("dbt-date of godatadriven, integration tests", "godatadriven-dbt-date", "integration_tests", "postgres"),
    Row(
        "dbt-expectations of metaplane, integration tests",
        "metaplane-dbt-expectations",
        "integration_tests",
        "postgres",
    ),
    Row(
        "dbt-project-evaluator, integration tests 2",
        "dbt-project-evaluator",
        "integration_tests_2",
        "postgres",
        (("seed", "--full-refresh"),),
    ),
    # Not integration_tests_sl of dbt-project-evaluator: its metrics are written for dbt 1.12, 1.11 stops while it reads
    # them.
]
# What those ask a hub for: package, the checkout it is made of, versions.
PACKAGES = [
    ("dbt-labs/dbt_utils", "dbt-utils", ["1.3.3", "1.1.1"]),
    ("calogica/dbt_date", "dbt-date", ["0.10.1"]),
    ("godatadriven/dbt_date", "dbt-date", ["0.17.1"]),
    ("godatadriven/dbt_date", "godatadriven-dbt-date", ["0.21.0"]),
]
COLUMNS = (
    "project",
    "database",
    "compiled the same",
    "dbt builds",
    "starc builds",
    "check finds",
    "artifacts read",
    "dbt, s",
    "starc, s",
    "",
)
MARKS = "<!-- made by make compat -->", "<!-- end -->"

ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
ap.add_argument("--projects", default=os.environ.get("COMPAT_PROJECTS"))
ap.add_argument("--dbt", default=os.environ.get("COMPAT_DBT") or os.environ.get("BENCH_DBT"))
ap.add_argument("--starc", default=str(ROOT / "build/starc"))
ap.add_argument("--only", default="")
ap.add_argument("--show", type=int, default=5)
ap.add_argument("--ci", action="store_true")
ap.add_argument("--keep")
ap.add_argument("--write")
ap.add_argument("--again", nargs="+", help="the table of earlier runs with --keep DIR, nothing is run")
a = ap.parse_args()
a.starc = str(pathlib.Path(a.starc).resolve())
a.dbt = a.dbt or shutil.which("dbt") or python_with_dbt().parent / "dbt"
a.dbt = pathlib.Path(shutil.which(str(a.dbt)) or sys.exit(f"there is no dbt at '{a.dbt}'")).resolve()
python = a.dbt.parent / "python"
work = pathlib.Path(a.keep or tempfile.mkdtemp(prefix="starc-compat-")).resolve()
work.mkdir(parents=True, exist_ok=True)


class Known:
    """known_differences.txt: project | database | node, result or check | unique_id (check: name), a shell pattern |
    reason."""

    def __init__(self):
        lines = (HERE / "known_differences.txt").read_text().splitlines()
        self.rows = [
            [c.strip() for c in line.split("|", 4)] for line in lines if line.strip() and not line.startswith("#")
        ]
        self.notes = []

    def number(self, project, kind, what, uid):
        """The number of the note that explains it; None: nothing does."""
        for p, k, w, pattern, reason in self.rows:
            if k in (kind, "*") and w == what and fnmatch.fnmatch(project, p) and fnmatch.fnmatch(uid, pattern):
                if reason not in self.notes:
                    self.notes.append(reason)
                return self.notes.index(reason) + 1
        return None


def run(cmd, cwd, env, log):
    p = subprocess.run(
        [str(c) for c in cmd], cwd=cwd, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=1800
    )
    with open(log, "a") as f:
        f.write(f"$ {' '.join(map(str, cmd))}\n{p.stdout}{p.stderr}\n")
    return p


def connection(kind, tool, schema, servers, env):
    s = servers[kind]
    both = {
        "type": kind,
        "host": "127.0.0.1",
        "port": s.port,
        "user": s.user,
        "password": s.password,
        "schema": f"{schema}_{tool}",
        "threads": 4,
    }
    if kind == "clickhouse":
        return both
    database = f"{schema}_{tool}"
    subprocess.run(
        ["createdb", "-h", "127.0.0.1", "-p", str(s.port), "-U", s.user, database],
        check=True,
        env={**env, "PGPASSWORD": s.password},
    )
    return {**both, "dbname": database}


def results(folder):
    try:
        found = json.loads((folder / "run_results.json").read_text())["results"]
    except (OSError, ValueError):
        return {}
    return {r["unique_id"]: r["status"] for r in found}


def passed(statuses):
    """'233 of 237'."""
    return (
        f"{sum(s in ('success', 'pass', 'warn', 'no-op') for s in statuses.values())} of {len(statuses)}"
        if statuses
        else "none"
    )


def results_that_differ(dbt, starc):
    """{unique_id: (dbt's status, starc's)}. dbt leaves the other unit tests of a model out once one of them failed;
    starc runs them all."""
    out = {}
    for uid in sorted(set(dbt) | set(starc)):
        w, g = dbt.get(uid), starc.get(uid)
        if w != g and not (w == "skipped" and uid.startswith("unit_test.")):
            out[uid] = (w, g)
    return out


def errors(report):
    """{node: what was said} of the errors in a JUnit file, and the nodes that were left out."""
    said, skipped = {}, set()
    for case in ElementTree.parse(report).getroot().iter("testcase") if report.exists() else ():
        said.update({case.get("name"): (e.text or "").strip() for e in case.iter("error")})
        skipped |= {case.get("name")} if case.find("skipped") is not None else set()
    return said, skipped


def check_that_differs(built, checked):
    """{node: how} where `starc check` says what the build did not, or the other way round. What stands below a
    failure is left out by either."""
    (run, not_run), (check, not_checked) = errors(built), errors(checked)
    out = {n: f"only the build says: {run[n]}" for n in run if n not in check and n not in not_checked}
    out |= {n: f"only check says: {check[n]}" for n in check if n not in run and n not in not_run}
    return out | {n: f"{run[n]}\nand check: {check[n]}" for n in run if n in check and run[n] != check[n]}


def project_row(r, folder, servers, env, log):
    """{cells of the table, what differs as (node or result, unique_id, how), whether all else is well}."""
    profile = re.search(r"(?m)^profile:\s*['\"]?([\w-]+)", (folder / "dbt_project.yml").read_text())
    schema = re.sub(r"\W+", "_", folder.relative_to(work).parts[0])
    outputs = {t: connection(r.kind, t, schema, servers, env) for t in ("dbt", "starc")}
    (folder / "profiles.yml").write_text(
        json.dumps({profile[1] if profile else "default": {"target": "dbt", "outputs": outputs}})
    )

    def tell(text):
        print("  " + text.replace("\n", "\n  "), flush=True)

    cells = dict.fromkeys(COLUMNS, "")
    cells.update({"project": r.name, "database": r.kind})
    if (folder / "packages.yml").exists() or (folder / "dependencies.yml").exists():
        p = run([a.starc, "deps"], folder, env, log)
        if p.returncode:
            tell(p.stdout + p.stderr)
            return {"cells": {**cells, "": "deps failed"}, "found": [], "good": False}
    for step in r.first:
        if callable(step):
            step(folder, servers[r.kind])
    found, seconds, targets = {}, {}, {}
    for tool, exe in (("dbt", a.dbt), ("starc", a.starc)) if r.build else ():
        targets[tool] = work / f"target-{tool}" / schema
        common = ["--target", tool, "--target-path", targets[tool]]
        for step in r.first:
            if isinstance(step, tuple):
                run([exe, *step, *common], folder, env, log)
        started = time.monotonic()
        report = ["--report", f"junit={targets[tool]}/build.xml"] if tool == "starc" else []
        run([exe, "build", *common, *report], folder, env, log)
        seconds[tool] = time.monotonic() - started
        found[tool] = results(targets[tool])
    differs, good = [], True
    args = ["--project-dir", folder, "--profiles-dir", folder, "--target", "dbt"]
    try:
        want, got, fails, codes = compare.compiled(a.dbt, a.starc, "compile", args, env)
        out, total = compare.differences(want, got, fails)
        differs += [("node", uid, how) for uid, how in out.items()]
        if fails:
            print(f"  dbt cannot compile {', '.join(sorted(fails))}")
        if not codes:
            tell("exit codes of compile differ")
            good = False
        cells["compiled the same"] = f"{total - len(out)} of {total}"
    except compare.NoManifest as e:
        tell(str(e))
        return {"cells": {**cells, "": "no manifest"}, "found": [], "good": False}
    if r.build:
        differs += [
            ("result", uid, f"dbt {w}, starc {g}")
            for uid, (w, g) in results_that_differ(found["dbt"], found["starc"]).items()
        ]
        built, checked = (targets["starc"] / f"{name}.xml" for name in ("build", "check"))
        at = ["--target", "starc", "--target-path", targets["starc"] / "after/check"]
        run([a.starc, "check", *at, "--report", f"junit={checked}"], folder, env, log)
        wrong = check_that_differs(built, checked)
        differs += [("check", node, how) for node, how in wrong.items()]
        said = errors(built)[0]
        cells["check finds"] = f"{len(said) - len(wrong.keys() & said.keys())} of {len(said)}"
        for command in (["docs", "generate"], ["source", "freshness"]):
            # docs generate writes a run_results.json of its own, freshness a sources.json
            keep = targets["starc"] / "after" / command[0]
            run([a.starc, *command, "--target", "starc", "--target-path", keep], folder, env, log)
        p = run(
            [python, HERE / "read_artifacts.py", targets["starc"], *(targets["starc"] / "after").iterdir()],
            folder,
            env,
            log,
        )
        *wrong, last = (p.stdout + p.stderr).strip().splitlines() or ["none"]
        for line in wrong:
            tell(line)
        good = good and not p.returncode and not wrong
        cells.update(
            {
                "artifacts read": last,
                "dbt builds": passed(found["dbt"]),
                "starc builds": passed(found["starc"]),
                "dbt, s": f"{seconds['dbt']:.1f}",
                "starc, s": f"{seconds['starc']:.2f}",
            }
        )
    return {"cells": cells, "found": differs, "good": good}


def table(rows, show=0):
    """The table and its notes as Markdown, whether every row is explained; prints what is not, at most `show` of
    each row."""
    known, lines, good = Known(), [], True
    for r in rows:
        cells, numbers, left = r["cells"], set(), []
        for what, uid, how in r["found"]:
            n = known.number(cells["project"], cells["database"], what, uid)
            numbers.add(n) if n else left.append(f"{what} {uid}: {how}")
        for text in left[:show]:
            print("  " + text.replace("\n", "\n  "), flush=True)
        good = good and r["good"] and not left
        note = " ".join(
            [*(f"({n})" for n in sorted(numbers)), *([] if r["good"] and not left else [cells[""] or "differs"])]
        )
        lines.append("| " + " | ".join([*(cells.get(c, "") for c in COLUMNS[:-1]), note]) + " |")
    return "\n".join(
        [
            "| " + " | ".join(COLUMNS) + " |",
            "|" + "---|" * len(COLUMNS),
            *lines,
            "",
            *(f"({n}) {note}" + "\n" for n, note in enumerate(known.notes, 1)),
        ]
    ), good


def write(rows):
    """Keeps the rows, so that --again prints them without a run, and puts the table into --write's file."""
    if a.keep and not a.again:
        (work / "rows.json").write_text(json.dumps(rows))
    if not a.write:
        return
    file = pathlib.Path(a.write)
    before, _, rest = file.read_text().partition(MARKS[0])
    file.write_text(f"{before}{MARKS[0]}\n{table(rows)[0]}{MARKS[1]}{rest.partition(MARKS[1])[2]}")


def starter(folder):
    p = subprocess.run(
        [python, "-c", "import dbt.include.starter_project as s; print(list(s.__path__)[0])"],
        capture_output=True,
        text=True,
    )
    if p.returncode:
        return False
    shutil.copytree(p.stdout.strip(), folder, ignore=shutil.ignore_patterns("__pycache__", "__init__.py"))
    file = folder / "dbt_project.yml"
    file.write_text(file.read_text().replace("{project_name}", "starter").replace("{profile_name}", "starter"))
    return True


def places():
    """(row, folder of the project) of every row that can run."""

    def wanted(name, kind):
        return re.search(a.only, f"{name} {kind}")

    for i, r in enumerate(ROWS if a.projects and not a.ci else []):
        source = pathlib.Path(a.projects) / r.checkout
        if wanted(r.name, r.kind) and source.exists():
            copy = work / re.sub(r"\W+", "_", f"{r.checkout}_{i}_{r.kind}")
            shutil.copytree(
                source, copy, symlinks=True, ignore=shutil.ignore_patterns(".git", "target", "logs", "dbt_packages")
            )
            yield r, copy / r.folder
    for kind in ("postgres", "clickhouse"):
        name = "dbt's starter project"
        if wanted(name, kind) and starter(work / f"starter_{kind}"):
            yield Row(name, "", "", kind), work / f"starter_{kind}"
    for n in (100, 1000):
        for kind in ("postgres", "clickhouse"):
            if wanted(f"generated, {n} models", kind):
                folder = work / f"generated_{n}_{kind}"
                subprocess.run(
                    [sys.executable, ROOT / "tests/bench/gen_project.py", folder, str(n), "--type", kind, "--tests"],
                    check=True,
                    capture_output=True,
                )
                yield Row(f"generated, {n} models", "", "", kind, build=n == 100), folder


def hub_of_checkouts(hub, env):
    checkouts = pathlib.Path(a.projects).resolve()
    for package, checkout, versions in PACKAGES:
        for version in versions if (checkouts / checkout).exists() else []:
            hub.add(package, version, checkouts / checkout, name=package.split("/")[1])
    repositories = [(p, f"https://github.com/dbt-labs/{p.name}.git") for p in sorted(checkouts.iterdir()) if p.is_dir()]
    env["HOME"] = str(work)  # starc's git takes a user's settings from there, not from GIT_CONFIG_...
    (work / ".gitconfig").write_text(
        "[safe]\n  directory = *\n" + "".join(f'[url "{path}"]\n  insteadOf = {url}\n' for path, url in repositories)
    )


if a.again:
    every = [r for folder in a.again for r in json.loads(pathlib.Path(folder, "rows.json").read_text())]
    rows = list({(r["cells"]["project"], r["cells"]["database"]): r for r in every}.values())  # the later of two
    text, good = table(rows, a.show)
    write(rows)
    print(text)
    sys.exit(0 if good else 1)

rows = []
with PostgresServer() as postgres, ClickHouseServer() as clickhouse, Hub() as hub:
    env = {k: v for k, v in os.environ.items() if not k.startswith("DBT_")}
    env.update(
        AS_DBT,
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
        NO_COLOR="1",
        DBT_PACKAGE_HUB_URL=hub.url,
        STARC_CACHE_DIR=str(work / "cache"),
    )
    if a.projects:
        hub_of_checkouts(hub, env)
    for r, folder in places():
        print(f"{r.name}, {r.kind}", flush=True)
        rows.append(project_row(r, folder, {"postgres": postgres, "clickhouse": clickhouse}, env, work / "log.txt"))
        table(rows[-1:], a.show)
        print(
            "  "
            + ", ".join(f"{k} {v}" for k, v in rows[-1]["cells"].items() if v and k not in ("project", "database")),
            flush=True,
        )
        write(rows)
text, good = table(rows)
print("\n" + text)
if not a.keep:
    shutil.rmtree(work, ignore_errors=True)
sys.exit(0 if rows and good else 1)
