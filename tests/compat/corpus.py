#!/usr/bin/env python3
"""Compiles and builds real dbt projects with dbt-core and with starc and prints one table.

usage: corpus.py [--projects DIR] [--dbt dbt] [--starc build/starc] [--only REGEX] [--show N] [--ci] [--keep DIR]

--projects (or COMPAT_PROJECTS): a folder of checkouts by repository name; rows whose checkout is not there
are left out. dbt's starter project (out of the dbt-core wheel) and generated projects need none: --ci runs
those alone. Packages come from a hub on loopback that is made of the checkouts. Each tool builds into a
schema of its own; compiled SQL is compared in the one that dbt built. Servers are started here; nothing of
the projects is written back. Exit 0 when every row is at its bar.
"""
import argparse, json, os, pathlib, re, shutil, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from hub import Hub
from servers import ClickHouseServer, PostgresServer

# name, checkout, folder in it, database, nodes that may differ (docs/compatibility.md says why), --vars
ROWS = [
    ("dbt-utils, integration tests", "dbt-utils", "integration_tests", "postgres", 1, None),
    ("jaffle_shop", "jaffle_shop", "", "postgres", 0, None),
    ("jaffle_shop", "jaffle_shop", "", "clickhouse", 0, None),
    ("jaffle_shop_duckdb", "jaffle_shop_duckdb", "", "postgres", 0, None),
    ("jaffle_shop_duckdb", "jaffle_shop_duckdb", "", "clickhouse", 0, None),
    ("jaffle-shop", "jaffle-shop", "", "postgres", 0, "{load_source_data: true}"),
    ("jaffle-shop", "jaffle-shop", "", "clickhouse", 0, "{load_source_data: true}"),
    ("dbt-project-evaluator, integration tests", "dbt-project-evaluator", "integration_tests", "postgres", 0, None),
    ("dbt-expectations, integration tests", "dbt-expectations", "integration_tests", "postgres", 0, None),
    ("dbt-date, integration tests", "dbt-date", "integration_tests", "postgres", 0, None),
    ("dbt-codegen, integration tests", "dbt-codegen", "integration_tests", "postgres", 0, None),
    ("dbt-audit-helper, integration tests", "dbt-audit-helper", "integration_tests", "postgres", 0, None),
]
# What those ask a hub for: package, the checkout it is made of, versions.
PACKAGES = [("dbt-labs/dbt_utils", "dbt-utils", ["1.3.3", "1.1.1"]), ("calogica/dbt_date", "dbt-date", ["0.10.1"]),
            ("godatadriven/dbt_date", "dbt-date", ["0.17.1"])]

ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
ap.add_argument("--projects", default=os.environ.get("COMPAT_PROJECTS"))
ap.add_argument("--dbt", default=os.environ.get("COMPAT_DBT") or os.environ.get("BENCH_DBT") or "dbt")
ap.add_argument("--starc", default=str(ROOT / "build/starc"))
ap.add_argument("--only", default=""); ap.add_argument("--show", type=int, default=5)
ap.add_argument("--ci", action="store_true"); ap.add_argument("--keep")
a = ap.parse_args()
a.dbt = shutil.which(a.dbt) or sys.exit(f"there is no dbt at '{a.dbt}': pip install 'dbt-core<1.12' dbt-postgres dbt-clickhouse")
work = pathlib.Path(a.keep or tempfile.mkdtemp(prefix="starc-compat-"))

def run(cmd, cwd, env, log):
    p = subprocess.run([str(c) for c in cmd], cwd=cwd, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=1200)
    with open(log, "a") as f: f.write(f"$ {' '.join(map(str, cmd))}\n{p.stdout}{p.stderr}\n")
    return p

def connection(kind, schema, servers):
    s = servers[kind]
    if kind == "postgres":
        return {"type": "postgres", "host": "127.0.0.1", "port": s.port, "user": s.user, "password": s.password, "dbname": s.dbname, "schema": schema, "threads": 4}
    return {"type": "clickhouse", "host": "127.0.0.1", "port": s.port, "user": s.user, "password": s.password, "schema": schema, "threads": 4}

def passed(folder):
    """'233 of 237' of a run_results.json."""
    try: results = json.loads((folder / "run_results.json").read_text())["results"]
    except (OSError, ValueError): return "none"
    good = sum(r["status"] in ("success", "pass", "warn", "no-op") for r in results)
    return f"{good} of {len(results)}"

def row(name, folder, kind, allowed, variables, servers, env, log):
    project = re.search(r"(?m)^profile:\s*['\"]?([\w-]+)", (folder / "dbt_project.yml").read_text())
    profile = project[1] if project else "default"
    schema = re.sub(r"\W+", "_", folder.relative_to(work).parts[0])
    outputs = {t: connection(kind, f"{schema}_{t}", servers) for t in ("dbt", "starc")}
    (folder / "profiles.yml").write_text(json.dumps({profile: {"target": "dbt", "outputs": outputs}}))
    more = ["--vars", variables] if variables else []
    wants = (folder / "packages.yml").exists() or (folder / "dependencies.yml").exists()
    deps = run([a.starc, "deps"], folder, env, log) if wants else None
    if deps and deps.returncode:
        print(deps.stdout + deps.stderr)
        return [name, kind, "deps failed", "", "", False]
    builds = {}
    for tool, exe in (("dbt", a.dbt), ("starc", a.starc)):
        target = work / f"target-{tool}" / schema
        run([exe, "seed", "--target", tool, "--target-path", target, *more], folder, env, log)  # some read their seeds as sources
        run([exe, "build", "--target", tool, "--target-path", target, *more], folder, env, log)
        builds[tool] = passed(target)
    cmd = [sys.executable, ROOT / "tests/compat/compare.py", folder, "--target", "dbt", "--dbt", a.dbt, "--starc", a.starc, "--show", str(a.show)]
    p = run(cmd + more, folder, env, log)
    same = re.search(r"same (\d+) of (\d+) nodes", p.stdout)
    print("\n".join(f"  {line}" for line in (p.stdout + p.stderr).splitlines()[:-1]), flush=True)
    good = bool(same) and int(same[2]) - int(same[1]) <= allowed and builds["dbt"] == builds["starc"]
    return [name, kind, f"{same[1]} of {same[2]}" if same else "no manifest", builds["dbt"], builds["starc"], good]

def starter(folder):
    python = pathlib.Path(a.dbt).resolve().parent / "python"
    p = subprocess.run([python if python.exists() else sys.executable, "-c", "import dbt.include.starter_project as s; print(list(s.__path__)[0])"],
                       capture_output=True, text=True)
    if p.returncode: return False
    shutil.copytree(p.stdout.strip(), folder, ignore=shutil.ignore_patterns("__pycache__", "__init__.py"))
    file = folder / "dbt_project.yml"
    file.write_text(file.read_text().replace("{project_name}", "starter").replace("{profile_name}", "starter"))
    return True

def places():
    """(name, folder of the project, database, nodes that may differ, vars) of every row that can run."""
    def wanted(name, kind): return re.search(a.only, f"{name} {kind}")
    for n in (100, 1000):
        for kind in ("postgres", "clickhouse"):
            if wanted(f"generated, {n} models", kind):
                folder = work / f"generated_{n}_{kind}"
                subprocess.run([sys.executable, ROOT / "tests/bench/gen_project.py", folder, str(n), "--type", kind, "--tests"], check=True, capture_output=True)
                yield f"generated, {n} models", folder, kind, 0, None
    if wanted("dbt's starter project", "postgres") and starter(work / "starter"):
        yield "dbt's starter project", work / "starter", "postgres", 0, None
    for name, repository, below, kind, allowed, variables in ROWS if a.projects and not a.ci else []:
        source = pathlib.Path(a.projects) / repository
        if wanted(name, kind) and source.exists():
            copy = work / f"{repository.replace('-', '__')}_{kind}"
            shutil.copytree(source, copy, symlinks=True, ignore=shutil.ignore_patterns(".git", "target", "logs", "dbt_packages"))
            yield name, copy / below, kind, allowed, variables

rows = []
with PostgresServer() as postgres, ClickHouseServer() as clickhouse, Hub() as hub:
    env = {k: v for k, v in os.environ.items() if not k.startswith("DBT_")}
    env.update(DBT_SEND_ANONYMOUS_USAGE_STATS="false", NO_COLOR="1", DBT_PACKAGE_HUB_URL=hub.url, STARC_CACHE_DIR=str(work / "cache"))
    if a.projects:
        checkouts = pathlib.Path(a.projects).resolve()
        for package, checkout, versions in PACKAGES:
            for version in versions if (checkouts / checkout).exists() else []: hub.add(package, version, checkouts / checkout, name=package.split("/")[1])
        repositories = [(p, f"https://github.com/dbt-labs/{p.name}.git") for p in sorted(checkouts.iterdir()) if p.is_dir()]
        env.update(GIT_CONFIG_COUNT=str(len(repositories) + 1), GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*")
        for i, (path, url) in enumerate(repositories, 1): env.update({f"GIT_CONFIG_KEY_{i}": f"url.{path}.insteadOf", f"GIT_CONFIG_VALUE_{i}": url})
    for name, folder, kind, allowed, variables in places():
        print(f"{name}, {kind}", flush=True)
        rows.append(row(name, folder, kind, allowed, variables, {"postgres": postgres, "clickhouse": clickhouse}, env, work / "log.txt"))
        print("  same {2}; dbt builds {3}, starc {4}".format(*rows[-1]), flush=True)
print("\n| project | database | compiled the same | dbt builds | starc builds | |\n|---|---|---|---|---|---|")
for r in rows: print("| " + " | ".join([*r[:5], "" if r[5] else "differs"]) + " |")
if not a.keep: shutil.rmtree(work, ignore_errors=True)
sys.exit(0 if rows and all(r[5] for r in rows) else 1)
