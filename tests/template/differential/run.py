#!/usr/bin/env python3
"""Renders templates with starc and with Python's jinja2 and compares byte for byte.

usage: run.py [N] [--seed S] [--start I] [--jobs J] [--show K] [--batch PROGRAM] [--no-cases]

The cases of tests/template/*.test come first, then N templates made from the seed (default 2000).
Where one side fails the other must fail too, in the same class: syntax, undefined name, other.
"""
import argparse
import copy
import json
import multiprocessing
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import generate  # noqa: E402
import oracle  # noqa: E402

UNDEFINED = re.compile(r"is undefined|has no attribute|has no element|sequence was empty|unsafe|inline if-expression|not supported between")


def normal(text):
    """Without addresses, which differ from run to run."""
    return re.sub(r" at 0x[0-9a-f]*", "", text)


# jinja2 folds constants into Python code and does not know how to write these two there.
FOLDED = re.compile(r"NameError: name '(inf|nan)' is not defined")


# Limits of one side alone: starc's on text and on the width of %*d, Python's on the depth of what it prints.
LIMIT = re.compile(r"the text is bigger than 256 MiB|^(width|precision) too big$|^RecursionError: maximum recursion depth")


def same(python, starc):
    if LIMIT.search(starc.get("error", "")) or LIMIT.search(python.get("error", "")):
        return True
    if FOLDED.search(python.get("error", "")):
        return True
    if "ok" in python or "ok" in starc:
        return "ok" in python and "ok" in starc and normal(python["ok"]) == normal(starc["ok"])
    if (python["class"] == "syntax") != (starc["class"] == "syntax"):
        return False
    return python["class"] != "undefined" or bool(UNDEFINED.search(starc["error"]))


def starc_results(batch, jobs):
    """One result per job; a crash is a result too, and the rest goes on behind it."""
    results = []
    while len(results) < len(jobs):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as f:
            for j in jobs[len(results):]:
                f.write(json.dumps(j) + "\n")
            f.flush()
            run = subprocess.run([batch, f.name], capture_output=True, text=True)
        lines = run.stdout.split("\n")[:-1]
        results += [json.loads(x) for x in lines]
        if len(results) < len(jobs):
            results.append({"error": "CRASH %s %s" % (run.returncode, run.stderr[-2000:]), "class": "crash"})
    return results


def compare(args):
    batch, jobs = args
    # A template may change its variables, which the jobs of a process share.
    python = [oracle.render(copy.deepcopy(j)) for j in jobs]
    starc = starc_results(batch, jobs)
    return [(j, p, s) for j, p, s in zip(jobs, python, starc) if not same(p, s)], len(jobs)


def generated(args):
    batch, seed, start, n = args
    return compare((batch, [generate.job(seed, i) for i in range(start, start + n)]))


def cases():
    reader = HERE / "cases.py"
    if not reader.exists():
        return []
    import cases as module
    return module.jobs(sorted(HERE.parent.glob("*.test")))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("n", nargs="?", type=int, default=int(os.environ.get("DIFFERENTIAL", "2000")))
    p.add_argument("--seed", default="1")
    p.add_argument("--start", type=int, default=0)
    p.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    p.add_argument("--show", type=int, default=10)
    p.add_argument("--batch", default=os.path.join(os.environ.get("BUILD", "build"), "tests", "template_batch"))
    p.add_argument("--no-cases", action="store_true")
    a = p.parse_args()
    step = 250
    work = [(a.batch, a.seed, i, min(step, a.start + a.n - i)) for i in range(a.start, a.start + a.n, step)]
    bad, total = [], 0
    if not a.no_cases:
        bad, total = compare((a.batch, cases()))
    with multiprocessing.Pool(a.jobs) as pool:
        for found, n in pool.imap(generated, work):
            bad += found
            total += n
    for job, python, starc in bad[:a.show]:
        print("---- template\n%s\n---- jinja2\n%s\n---- starc\n%s" % (job["template"], python.get("ok", python), starc.get("ok", starc)))
    print("seed %s, templates %d to %d" % (a.seed, a.start, a.start + a.n - 1))
    print("%d passed, %d failed" % (total - len(bad), len(bad)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
