#!/usr/bin/env python3
"""Runs dbt-core and starc on one project and lists every place where their artifacts differ.

usage: artifacts.py PROJECT --target NAME [--dbt dbt] [--starc starc] [--reference FOLDER] [--show N] [--order]
[--in-place] [--known NAME]
                    [--steps parse,build,docs,freshness,compile] [--schemas PREFIX]

Both tools work in the same copy of the project, one after the other, on a database from which the schemas
that begin with PREFIX (the project's name) were dropped. After each step target/ is kept, then each JSON file
and each compiled one is compared path by path: what is a time or an id is masked, built-in macros
(tests/compat/macros.txt lists those) and the built-in overview are left out. What EXPLAINED has a reason for is
counted
and printed with the reason, once. --reference keeps what dbt wrote and uses it the next time. The last line is
'N differences, M explained'; exit 0 if N is 0.
Packages are those that the project has installed, else `dbt deps` gets them. The connection is the target's, with
the variables that the project's profiles.yml reads.
"""

import argparse, fnmatch, json, os, pathlib, re, shutil, subprocess, sys, tempfile, urllib.request

STEPS = {
    "parse": ["parse"],
    "deps": ["deps"],
    "seed": ["seed"],
    "build": ["build"],
    "rebuild": ["build"],
    "run": ["run"],
    "test": ["test"],
    "docs": ["docs", "generate"],
    "freshness": ["source", "freshness"],
    "compile": ["compile"],
}
# Times, ids and what depends on the machine.
MASKED = {
    "generated_at",
    "invocation_id",
    "invocation_started_at",
    "run_started_at",
    "created_at",
    "user_id",
    "execution_time",
    "started_at",
    "completed_at",
    "thread_id",
    "elapsed_time",
    "query_id",
    "max_loaded_at_time_ago_in_s",
    "snapshotted_at",
    "send_anonymous_usage_stats",
    "invocation_command",
    "log_path",
    "profiles_dir",
    "project_dir",
    "target_path",
    "root_path",
}
INTERNAL = re.compile(r"^macro\.(dbt|dbt_postgres|dbt_clickhouse)\.")
# What differs on purpose or cannot be the same: where, a regular expression; how, another; the reason.
EXPLAINED = [
    (
        r"/compiled/.*/snapshots?/",
        r"only in starc",
        "the query of a snapshot is written, so that an error in it has a file to point to; dbt writes none",
    ),
    (
        r"/compiled/.*\.yml/[^/]+\.sql",
        r"missing \(dbt",
        "dbt writes the given rows of unit tests too, of two tests with one input those of the last",
    ),
    (
        r"/compiled/.*\.yml/[^/]+\.sql",
        r"^\n    dbt ",
        "two tests whose names are cut to one have one compiled file: the last writes it",
    ),
    (
        r"/(run_results|sources).json/.*/adapter_response/(code|rows_affected)$",
        r"only in starc",
        "ClickHouse's answers have a code and the rows, as Postgres' have",
    ),
    (r"/unit_test\..*/message$", r"\\r\\n", "dbt ends some lines of a unit test's difference by CR LF"),
    (r"/run_results.json/.*/message$", r"Error in ", "the texts of errors are starc's own"),
    (
        r"/unit_test\.[^/]*/|/compiled/.*\.yml/models/|/unit_tests?\.",
        r"skipped|^\n    dbt   (None|\[\])|only in starc",
        "dbt leaves the other unit tests of a model out once one of them failed; starc runs them all",
    ),
]


def run(tool, exe, project, out, steps, target, reset):
    env = dict(
        os.environ,
        STARC_DBT_VERSION=os.environ.get("STARC_DBT_VERSION", "1.11"),
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
        NO_COLOR="1",
        DBT_USE_COLORS="0",
    )
    shutil.rmtree(out, ignore_errors=True)
    reset()
    for step in steps:
        shutil.rmtree(project / "target", ignore_errors=True)
        command = [exe, *STEPS[step], "--target", target, "--profiles-dir", ".", "--project-dir", "."]
        p = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True)
        folder = out / step
        folder.mkdir(parents=True)
        (folder / "exit").write_text(str(p.returncode))
        (folder / "output").write_text(p.stdout + p.stderr)
        if (project / "target").exists():
            shutil.copytree(project / "target", folder / "target")


def reset_of(kind, prefix):
    def postgres():
        sql = (
            "do $$ declare s text; begin for s in select nspname from pg_namespace where nspname like '%s%%' loop "
            "execute format('drop schema %%I cascade', s); end loop; end $$" % prefix
        )
        subprocess.run(
            ["psql", "-q", "-c", sql],
            check=True,
            env=dict(os.environ, PGHOST="127.0.0.1", PGOPTIONS="-c client_min_messages=error"),
        )

    def clickhouse():
        e = os.environ

        def ask(sql):
            r = urllib.request.Request(
                f"http://127.0.0.1:{e['CHPORT']}/",
                data=sql.encode(),
                headers={"X-ClickHouse-User": e["CHUSER"], "X-ClickHouse-Key": e["CHPASSWORD"]},
            )
            return urllib.request.urlopen(r).read().decode()

        for name in ask("select name from system.databases format TSV").split():
            if name.startswith(prefix):
                ask(f"drop database `{name}`")  # SYNC waits in the embedded engine until it is closed

    return {"postgres": postgres, "clickhouse": clickhouse}[kind]


def masked(v):
    if isinstance(v, dict):
        return {k: "-" if k in MASKED else masked(x) for k, x in v.items()}
    return [masked(x) for x in v] if isinstance(v, list) else v


def without_own_macros(doc, dbt_macros):
    """starc's helpers of materializations, which dbt does not have, among what nodes depend on."""
    for node in doc["nodes"].values():
        on = node.get("depends_on", {})
        if "macros" in on:
            on["macros"] = [m for m in on["macros"] if not INTERNAL.match(m) or m in dbt_macros]


def prepared(name, doc, dbt_macros=None):
    doc = masked(doc)
    if name == "manifest.json" and dbt_macros is not None:
        without_own_macros(doc, dbt_macros)
    if name == "manifest.json":
        for node in doc["nodes"].values():  # dbt's are sets, in another order in each run
            if "primary_key" in node:
                node["primary_key"] = sorted(node["primary_key"])
            if node["resource_type"] == "model":
                node["sources"].sort()
                parents = node["depends_on"]["nodes"]
                sources = iter(sorted(p for p in parents if p.startswith("source.")))
                node["depends_on"]["nodes"] = [next(sources) if p.startswith("source.") else p for p in parents]
        doc["group_map"] = {k: sorted(v) for k, v in doc["group_map"].items()}
        doc["macros"] = {k: v for k, v in doc["macros"].items() if not INTERNAL.match(k)}
        doc["docs"].get("doc.dbt.__overview__", {})["block_contents"] = "-"
    if name == "semantic_manifest.json":  # in dbt's in the order in which the disk lists the files
        doc.update({k: {x["name"]: x for x in v} for k, v in doc.items() if isinstance(v, list)})
    if name in ("run_results.json", "sources.json"):
        doc["results"] = {r["unique_id"]: r for r in doc["results"]}
    return doc


class Report:
    def __init__(self, show, order):
        self.n, self.show, self.order, self.explained, self.known = 0, show, order, {}, []

    def add(self, path, what):
        for where, how, reason in [*self.known, *EXPLAINED]:
            if re.search(where, path) and re.search(how, what):
                self.explained[reason] = self.explained.get(reason, 0) + 1
                return
        self.n += 1
        if self.n <= self.show:
            print(f"{path}: {what}")

    def compare(self, path, a, b):
        if isinstance(a, dict) and isinstance(b, dict):
            for k in a:
                if k not in b:
                    self.add(f"{path}/{k}", f"missing (dbt: {a[k]!r:.300})")
                else:
                    self.compare(f"{path}/{k}", a[k], b[k])
            for k in b:
                if k not in a:
                    self.add(f"{path}/{k}", f"only in starc: {b[k]!r:.300}")
            if self.order and list(a) != list(b) and set(a) == set(b):
                at = next(i for i, (x, y) in enumerate(zip(a, b)) if x != y)
                self.add(path, f"order of keys from {list(a)[at]!r} on")
        elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
            for i, (x, y) in enumerate(zip(a, b)):
                self.compare(f"{path}/{i}", x, y)
        elif a != b or type(a) is not type(b):
            self.add(path, f"\n    dbt   {a!r:.1500}\n    starc {b!r:.1500}")


def known(project):
    """The rows of known_differences.txt for the nodes of a project."""
    rows = [
        line.split("|", 4)
        for line in (pathlib.Path(__file__).parent / "known_differences.txt").read_text().splitlines()
        if "|" in line and line[0] != "#"
    ]
    return [
        (rf"[./]{re.escape(r[3].strip().rsplit('.', 1)[1])}(/|\.sql|$)", "", r[4].strip())
        for r in rows
        if r[2].strip() == "node" and fnmatch.fnmatch(project, r[0].strip())
    ]


def texts(folder):
    """The compiled files."""
    root = folder / "compiled"
    return (
        {str(p.relative_to(root)): p.read_text() for p in sorted(root.rglob("*")) if p.is_file()}
        if root.exists()
        else {}
    )


def main():
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument("project", type=pathlib.Path)
    ap.add_argument("--target", required=True)
    ap.add_argument("--dbt", default="dbt")
    ap.add_argument("--starc", default="starc")
    ap.add_argument("--reference", type=pathlib.Path)
    ap.add_argument("--steps", default="parse,seed,build,rebuild,docs,freshness")
    ap.add_argument("--schemas")
    ap.add_argument("--show", type=int, default=1000)
    ap.add_argument("--order", action="store_true", help="compare the order of keys too")
    ap.add_argument("--known", help="the project's name in known_differences.txt, its folder's else")
    ap.add_argument("--in-place", action="store_true", help="run in the project's own folder, not in a copy")
    ap.add_argument("--keep", type=pathlib.Path, help="where starc's files are kept")
    a = ap.parse_args()
    steps = a.steps.split(",")
    work = a.project.resolve()
    if not a.in_place:
        work = pathlib.Path(tempfile.gettempdir()) / ("artifacts-" + re.sub(r"\W", "_", str(work))[-60:])
    if not a.in_place:
        shutil.rmtree(work, ignore_errors=True)
    if not a.in_place:
        shutil.copytree(a.project, work, ignore=shutil.ignore_patterns("target", "logs"), symlinks=True)
    reset = reset_of(a.target, a.schemas or a.project.name)
    want, got = a.reference or work / "target-dbt", a.keep or work / "target-starc"
    if any((work / f).exists() for f in ("packages.yml", "dependencies.yml")) and not (work / "dbt_packages").exists():
        subprocess.run([a.dbt, "deps", "--project-dir", str(work), "--quiet"], check=True)
    if not all((want / s).exists() for s in steps):
        run("dbt", a.dbt, work, want, steps, a.target, reset)
    run("starc", a.starc, work, got, steps, a.target, reset)

    r = Report(a.show, a.order)
    r.known = known(a.known or a.project.name)
    for step in steps:
        codes = [(folder / step / "exit").read_text() for folder in (want, got)]
        r.compare(f"{step}/exit", *codes)
        if codes == ["2", "2"] and step in ("compile", "docs"):
            print(f"{step}: dbt stops at the first node that cannot be compiled, starc goes on: not compared")
            continue
        w, g = want / step / "target", got / step / "target"
        for path in sorted({p.name for p in w.glob("*.json")} - {"graph_summary.json", "perf_info.json"}):
            if not (g / path).exists():
                r.add(f"{step}/{path}", "is not written")
                continue
            dbts, starcs = json.loads((w / path).read_text()), json.loads((g / path).read_text())
            r.compare(f"{step}/{path}", prepared(path, dbts), prepared(path, starcs, dbts.get("macros", {})))
        r.compare(f"{step}/compiled", texts(w), texts(g))
    for reason, n in r.explained.items():
        print(f"explained, {n} times: {reason}")
    print(f"{r.n} differences, {sum(r.explained.values())} explained")
    if not a.in_place:
        shutil.rmtree(work, ignore_errors=True)
    return 1 if r.n else 0


if __name__ == "__main__":
    sys.exit(main())
