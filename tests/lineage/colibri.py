#!/usr/bin/env python3
"""What starc and dbt-colibri (PyPI) tell of the columns of the same projects.

usage: colibri.py [--starc STARC] [--show N] [--find REGEX] [FOLDER...]

FOLDER: where `starc docs generate` wrote manifest.json, catalog.json and lineage.json. Without one the bundled project,
which is built in a temporary folder by the embedded ClickHouse. With COMPAT_PROJECTS also those of
tests/compat/corpus.py, which are built on Postgres and ClickHouse.
dbt-colibri reads the first two files and parses the compiled SQL with sqlglot. It tells what stands in the expression
of a column: what only decides the rows is left out of ours. --show: as many differing columns of each project; --find:
those alone. Prints a table, one row a project; columns of no model are left out. Exit 0: each column of which both tell
something is told the same, and starc knows all inputs of no fewer columns than dbt-colibri finds.
"""

import argparse, collections, json, os, pathlib, re, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "support")]
PACKAGES = ["dbt-colibri==0.3.7", "sqlglot==30.0.0", "sqlglotc==30.0.0"]  # with a newer sqlglot it fails at unions
FOLDER = ROOT / "build/colibri-venv"

if sys.prefix != str(FOLDER):
    from dbt_venv import install

    sys.exit(subprocess.run([install(FOLDER, [PACKAGES]), *sys.argv]).returncode)

import logging

logging.disable(logging.CRITICAL)
from dbt_colibri.lineage_extractor.extractor import DbtColumnLineageExtractor

KINDS = ("model", "snapshot")


def of_starc(folder):
    """{(node, column): inputs, or None where they are not all known}"""
    found = {}
    for node, n in json.loads((folder / "lineage.json").read_text())["nodes"].items():
        for c in n["columns"] if n["kind"] in KINDS else []:
            inputs = {(i["node"], i["column"].lower()) for i in c["inputs"] if i["column"]}
            known = not (c.get("unknown") or n.get("unknown"))
            found[node, c["name"].lower()] = inputs - {(node, i[1]) for i in inputs} if known else None
    return found


def of_colibri(folder):
    """The same; a node of which it tells no column is not there."""
    told = DbtColumnLineageExtractor(str(folder / "manifest.json"), str(folder / "catalog.json"))
    parents = told.extract_project_lineage()["lineage"]["parents"]
    return {
        (node, column.lower()): {(p["dbt_node"], p["column"].lower()) for p in inputs if p["column"]}
        for node, columns in parents.items()
        for column, inputs in columns.items()
    }


def compare(name, folder, args):
    """{word: how many columns}; prints what differs."""
    ours, theirs = of_starc(folder), of_colibri(folder)
    count, shown = collections.Counter(columns=len(ours), exact=sum(i is not None for i in ours.values())), 0
    for (node, column), inputs in ours.items():
        other = theirs.get((node, column))
        # Of a constant it tells no input, as of what it does not find: that counts as found.
        count["colibri finds"] += other is not None and (bool(other) or not inputs)
        if inputs is None:
            continue
        word = (
            "colibri: nothing" if not other and inputs
            else "same" if (other or set()) == inputs
            else "colibri: less" if other < inputs
            else "colibri: more" if other > inputs
            else "others"
        )  # fmt: skip
        count[word] += 1
        if word != "same" and (args.find or shown < args.show) and re.search(args.find, f"{word} {node}.{column}"):
            shown += 1
            print(f"  {word}: {node}.{column}\n    starc   {sorted(inputs)}\n    colibri {sorted(other or [])}")
    return count


def bundled(work, starc):
    for part in ("models", "schemas", "seeds", "macros", "checks"):
        shutil.copytree(ROOT / part, work / part)
    for part in ("project.yml", "profiles.yml"):
        shutil.copy(ROOT / part, work / part)
    for command in (["build"], ["docs", "generate"]):
        subprocess.run([starc, *command], cwd=work, check=True, capture_output=True)
    return work / "target"


def corpus(work, starc):
    """Those of the public projects: corpus.py keeps what docs generate wrote."""
    words = [sys.executable, ROOT / "tests/compat/corpus.py", "--starc", starc, "--keep", work]
    subprocess.run(words, capture_output=True)
    return {f.parents[1].name: f for f in sorted(work.glob("target-starc/*/after/docs"))}


def main():
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument("--starc", default=str(ROOT / "build/starc"), type=lambda p: str(pathlib.Path(p).resolve()))
    ap.add_argument("--show", type=int, default=0)
    ap.add_argument("--find", default="")
    ap.add_argument("folders", nargs="*", type=pathlib.Path)
    args = ap.parse_args()
    good, total = True, collections.Counter()
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        folders = {str(f): f for f in args.folders}
        if not folders:
            (work / "bundled").mkdir()
            folders["bundled"] = bundled(work / "bundled", args.starc)
            folders.update(corpus(work, args.starc) if os.environ.get("COMPAT_PROJECTS") else {})
        words = [
            "columns",
            "exact",
            "colibri finds",
            "same",
            "colibri: nothing",
            "colibri: less",
            "colibri: more",
            "others",
        ]
        print("| project | " + " | ".join(words) + " |\n|" + "---|" * (len(words) + 1))
        for name, folder in folders.items():
            if not all((folder / f"{f}.json").exists() for f in ("manifest", "catalog", "lineage")):
                print(f"{name}: not all three files are there", file=sys.stderr)
                good = False
                continue
            n = compare(name, folder, args)
            good &= n["exact"] >= n["colibri finds"] and not n["colibri: less"] + n["colibri: more"] + n["others"]
            total.update(n)
            print(f"| {name} | " + " | ".join(str(n[w]) for w in words) + " |", flush=True)
    print(
        "{columns} columns: {exact} exact with starc, {colibri finds} found by dbt-colibri, {same} the same".format(
            **total
        )
    )
    sys.exit(0 if good and total else 1)


main()
