#!/usr/bin/env python3
"""The embedded engine by its two faces, in turn in one run: libchdb.so by its C functions, the engine of the Python
package by ADBC (scripts/setup chdb adbc). Prints for each the best seconds, the least processor time and the most memory.

usage: faces.py     BENCH_RUNS=5 repetitions
"""

import json, os, pathlib, sys, tempfile

from bench import ROOT, RUNS, STARC, once, write_seed

sys.path.insert(0, str(ROOT / "tests/support"))
import chdb

FACES = {"C functions": chdb.find(), "ADBC": chdb.find_adbc()}
MILLION = "select number, toString(number) as t, toDate('2020-01-01') + number % 1000 as d from numbers(1000000)"


def project(folder, face, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    target = {"type": "clickhouse", "driver": "embedded", "path": str(folder / face), "schema": "s", "threads": 2}
    profiles = folder / f"profiles {face}"
    profiles.mkdir(exist_ok=True)
    (profiles / "profiles.yml").write_text(json.dumps({"bench": {"target": "t", "outputs": {"t": target}}}))
    return profiles


def compare(what, folder, files, *args):
    """One line for each face; a first run, which makes the warehouse, is not counted."""
    runs = {face: [] for face in FACES}
    for turn in range(RUNS + 1):
        for face, library in FACES.items():
            words = ["--project-dir", folder, "--profiles-dir", project(folder, face, files), "--quiet"]
            run = once([STARC, *args, *map(str, words)], env=os.environ | {"STARC_LIBCHDB": library}, cwd=folder)
            runs[face] += [run] if turn else []
    for face, all_of_it in runs.items():
        wall, cpu, memory = zip(*all_of_it)
        print(f"{what:<34} {face:<12} {min(wall):8.2f} s {min(cpu):8.2f} s cpu {max(memory):7.0f} MB", flush=True)


def main():
    if not all(FACES.values()):
        sys.exit("scripts/setup chdb adbc brings both engines")
    named = {"dbt_project.yml": "name: bench\nprofile: bench\n"}
    with tempfile.TemporaryDirectory(prefix="starc-faces-") as tmp:
        tmp = pathlib.Path(tmp)
        views = {f"models/v{i}.sql": f"select {i} as id, 'x' as name" for i in range(300)}
        compare("select 1", tmp / "one", named, "show", "--inline", "select 1")
        compare("300 views", tmp / "views", named | views, "run")
        compare("check of 300 views", tmp / "views", named | views, "check")
        rows = "show", "--inline", MILLION, "--limit", "-1", "--output", "json"
        compare("1,000,000 rows of 3 columns, shown", tmp / "one", named, *rows)
        write_seed(tmp / "seed", 1_140_000)
        compare("a seed of 100 MB", tmp / "seed", {}, "seed", "--full-refresh")
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores, best of {RUNS}")


main()
