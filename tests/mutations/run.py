#!/usr/bin/env python3
"""Does `starc check` find what a run finds, and nothing else?

usage: run.py [--mistakes N] [--seed N] [--engine embedded|postgres] [--starc build/starc] [--project DIR]
[--jobs N] [--show] [--rows]

A project that is good is built once. Then N mistakes are made in it, one at a time (mutate.py): each time
`starc check` looks at all of it, and the nodes that are not as before are run on a copy of what was built: from
nothing, once more (incremental models have two texts), and tested; over empty seeds, since what is wrong with
rows alone is not for `check` to find. What the two found is compared by node: place, message, excerpt and hint must be the same. What stands below a failure is looked at by `check` alone.
--engine may be repeated; both without one. --project: another one, with targets demo and postgres, these of the
environment as in profiles.yml here; --rows leaves its seeds as they are, where its texts ask for their rows. Exit 0:
there was no difference.
"""

import argparse, concurrent.futures, json, os, pathlib, random, re, shutil, subprocess, sys, tempfile
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests/support"), str(HERE)]
import mutate
from servers import PostgresServer, postgres_bin

MADE = {".git", ".starc", "target", "logs"}
LEFT_OUT = MADE | {"build", "tests", "compiler", "runtime", "docs", "scripts"}  # of this repository
# Put into the project: leaves its seeds without rows.
EMPTY_SEEDS = """{% macro empty_the_seeds() %}
  {%- for seed in graph.nodes.values() if seed.resource_type == 'seed' %}
    {%- do run_query('truncate table ' ~ api.Relation.create(seed.database, seed.schema, seed.alias)) %}
  {%- endfor %}
  {%- do run_query('commit') if target.type == 'postgres' %}
{% endmacro %}
"""


class Place:
    """Where a project is built: a folder of its own, or a database of a Postgres."""

    def __init__(self, args, engine, server, folder):
        self.args, self.engine, self.server, self.folder = args, engine, server, folder
        self.target = {"embedded": "demo"}.get(engine, engine)

    def env(self, database):
        env = {**os.environ, "TZ": "UTC", "NO_COLOR": "1"}
        if self.server:
            env |= {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(self.server.port), "POSTGRES_DB": database}
            env |= {"POSTGRES_USER": self.server.user, "DBT_ENV_SECRET_POSTGRES_PASSWORD": self.server.password}
        return env

    def emptied(self, project, database):
        return self.args.rows or self.must(project, database, "run-operation", "empty_the_seeds")

    def must(self, *words):
        r = self.starc(*words)
        assert r.returncode == 0, r.stdout + r.stderr

    def starc(self, project, database, *words):
        command = [self.args.starc, *words, "--target", self.target]
        return subprocess.run(command, cwd=project, env=self.env(database), capture_output=True, text=True)

    def postgres(self, program, *words):
        s = self.server
        to = ["-h", "127.0.0.1", "-p", str(s.port), "-U", s.user]
        env = {**os.environ, "PGPASSWORD": s.password}
        subprocess.run([f"{postgres_bin()}/{program}", *to, *words], env=env, check=True)

    def prepare(self, project):
        """Builds the project as it is; a copy of what is built is the start of each mistake's run."""
        base = self.folder / "base"
        copy_project(project, base)
        if self.server:
            self.postgres("createdb", "base")
        self.must(base, "base", "build")
        self.emptied(base, "base")
        self.must(base, "base", "run", "--full-refresh")
        self.must(base, "base", "docs", "generate")
        nodes = json.loads((base / "target/catalog.json").read_text())["nodes"]
        shutil.copytree(base / "target", self.folder / "state")
        return {
            name.split(".")[-1]: {c["name"]: c["type"] for c in node["columns"].values()}
            for name, node in nodes.items()
            if name.startswith("model.")
        }

    def built(self, name, project):
        """The name of a database with all that the base has."""
        if self.server:
            self.postgres("createdb", "-T", "base", name)
        else:
            shutil.copytree(self.folder / "base/.starc", project / ".starc", symlinks=True)
        return name

    def drop(self, name):
        if self.server:
            self.postgres("dropdb", name)


def copy_project(source, to):
    left_out = LEFT_OUT if source.resolve() == ROOT else MADE
    shutil.copytree(source, to, ignore=lambda _, names: [n for n in names if n in left_out])
    (to / "macros" / mutate.KEPT).write_text(EMPTY_SEEDS)


def found(report):
    """{node: what was said} of what failed, and the nodes that were left out."""
    said, skipped = {}, set()
    if not report.exists():
        return said, skipped
    for case in xml.parse(report).getroot().iter("testcase"):
        for error in case.iter("error"):
            said[case.get("name")] = (error.text or "").strip()
        if case.find("skipped") is not None:
            skipped.add(case.get("name"))
    return said, skipped


def words_of(text):
    """What a command said when it could not begin."""
    return [line for line in text.splitlines() if not re.match(r"\d\d:\d\d:\d\d", line)]


def look(place, project, database):
    report = project / "check.xml"
    r = place.starc(project, database, "check", "--report", f"junit={report}")
    return r, *found(report)


def run(place, project, database):
    """What a run finds: from nothing, once more, and the tests; each node's first error counts."""
    chosen = ["--select", "state:modified+", "--state", str(place.folder / "state")]
    said, skipped, first = {}, set(), None
    for words in (["seed", "--full-refresh"], ["run", "--full-refresh"], ["run"], ["test"]):
        report = project / "run.xml"
        report.unlink(missing_ok=True)
        r = place.starc(project, database, *words, *chosen, "--report", f"junit={report}")
        first = first or r
        if r.returncode == 2:
            return r, said, skipped
        more, left = found(report)
        said = {**more, **said}
        skipped |= left
        if words[0] == "seed" and report.exists():
            place.emptied(project, database)
    return first, said, skipped


def graph_of(project):
    """{view: names of what reads it}: some errors come out in a run when a view is read, and stand at the view in check.
    {node: names of all above it}: what is below a failure is looked at with the columns that this last had, and in
    a run with what there is."""
    manifest = json.loads((project / "target/manifest.json").read_text())
    nodes, above = manifest["nodes"], {}
    views = [n for n, node in nodes.items() if node["config"].get("materialized") == "view"]

    def ancestors(node):
        if node not in above:
            above[node] = set()
            for parent in manifest["parent_map"].get(node, ()):
                above[node] |= {parent.split(".")[2]} | ancestors(parent)
        return above[node]

    readers = {nodes[v]["name"]: {c.split(".")[2] for c in manifest["child_map"][v]} for v in views}
    return readers, {node["name"]: ancestors(n) for n, node in nodes.items()}


# A hint of the check about what the project had before: a run has no lock file to tell it.
EARLIER = "when schemas.lock.json was written"


# One finding of the check for all tests of a column that is not there, each of which fails in a run.
TESTED, MISSING = "[tested-column]", "[missing-column]"


def place_and_excerpt(said):
    first, *others = said.splitlines()
    return [first.split(" ")[0], *others[:-1]]


def same_words(by_run, by_check):
    """The last line of each is its hint, behind the caret."""
    if TESTED in by_check.splitlines()[0] and MISSING in by_run.splitlines()[0]:
        return place_and_excerpt(by_run) == place_and_excerpt(by_check)
    if EARLIER in by_check.splitlines()[-1]:
        by_run, by_check = ("\n".join(said.splitlines()[:-1]) for said in (by_run, by_check))
    return by_run == by_check


def differences(place, project, database):
    checked, by_check, below = look(place, project, database)
    ran, by_run, skipped = run(place, project, database)
    if 2 in (checked.returncode, ran.returncode):
        same = words_of(checked.stdout + checked.stderr) == words_of(ran.stdout + ran.stderr)
        return [] if same else [
            f"check {checked.returncode}: {checked.stderr}\nrun {ran.returncode}: {ran.stderr}"
        ], "parse"
    readers, above = graph_of(project)
    late = {n for n in by_run if above.get(n, set()) & by_check.keys()}
    bad = [f"{n}: only a run says\n{by_run[n]}" for n in by_run if n not in by_check.keys() | below | late]
    early = {n for n in by_check if readers.get(n, set()) & by_run.keys()}
    bad += [f"{n}: only check says\n{by_check[n]}" for n in by_check if n not in by_run.keys() | skipped | early]
    both = [n for n in by_run if n in by_check and not same_words(by_run[n], by_check[n])]
    bad += [f"{n}: other words\nrun:   {by_run[n]}\ncheck: {by_check[n]}" for n in both]
    return bad, "found" if by_run else "nothing"


def one(place, number, seed, source, types):
    """(what was done, differences, kind of outcome) of one mistake."""
    rng = random.Random(f"{seed}/{number}")
    project, name = place.folder / f"m{number}", f"m{number}"
    copy_project(source, project)
    what, path, text = mutate.one(rng, project, types)
    (project / path).write_text(text)
    place.built(name, project)
    try:
        bad, outcome = differences(place, project, name)
    finally:
        place.drop(name)
        shutil.rmtree(project)
    return f"{number}: {what} in {path}", bad, outcome


def prove(args, engine, server):
    with tempfile.TemporaryDirectory(prefix="starc-mutations-") as folder:
        place = Place(args, engine, server, pathlib.Path(folder))
        types = place.prepare(args.project)
        counts, passed, failed = {}, 0, 0
        numbers = args.only or range(args.mistakes)
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for what, bad, outcome in pool.map(lambda n: one(place, n, args.seed, args.project, types), numbers):
                counts[outcome] = counts.get(outcome, 0) + 1
                passed, failed = passed + (not bad), failed + bool(bad)
                if args.show or bad:
                    print(f"{engine} {what} [{outcome}]", *bad, sep="\n    ", flush=True)
    print(f"{engine}: " + ", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items())), flush=True)
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mistakes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", action="append", choices=["embedded", "postgres"])
    parser.add_argument("--starc", default=str(ROOT / "build/starc"), type=os.path.abspath)
    parser.add_argument("--project", default=ROOT, type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", action="append", type=int, help="this mistake alone, by its number")
    parser.add_argument("--rows", action="store_true", help="seeds keep their rows")
    parser.add_argument("--show", action="store_true", help="each mistake, not only those with a difference")
    args = parser.parse_args()
    os.environ.setdefault("STARC_LIBCHDB", str(ROOT / "build/chdb/libchdb.so"))
    passed = failed = 0
    for engine in args.engine or ["embedded", "postgres"]:
        with PostgresServer() if engine == "postgres" else open(os.devnull) as server:
            p, f = prove(args, engine, server if engine == "postgres" else None)
            passed, failed = passed + p, failed + f
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
