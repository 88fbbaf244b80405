#!/usr/bin/env python3
"""Renders templates with starc and with Python's jinja2 and compares byte for byte.

usage: run.py [N] [--seed S] [--start I] [--jobs J] [--show K] [--batch PROGRAM] [--no-cases]

The cases of tests/template/*.test come first, then N templates made from the seed (default 2000).
Where one side fails the other must fail too, in the same class: syntax, undefined name, other. Each side has 30
seconds
and 4 GiB a template (answers.py): starc dying or being late is a difference; what Python has no time for is not
compared.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import generate  # noqa: E402
from answers import answers  # noqa: E402

STEP = 500  # templates that a process answers before the next one starts

UNDEFINED = re.compile(
    r"is undefined|has no attribute|has no element|sequence was empty|unsafe|inline if-expression|not supported between"
)


def normal(text):
    """Without addresses, which differ from run to run."""
    return re.sub(r" at 0x[0-9a-f]*", "", text)


# jinja2 folds constants into Python code and does not know how to write these two there.
FOLDED = re.compile(r"NameError: name '(inf|nan)' is not defined")


# Limits of one side alone: starc's on text and on the width of %*d, Python's on the depth of what it prints and on its
# memory.
LIMIT = re.compile(
    r"the text is bigger than 256 MiB|^(width|precision) too big$|^RecursionError: maximum recursion depth|^MemoryError"
)


def same(python, starc):
    if {python.get("class"), starc.get("class")} & {"dead", "late"}:
        return False
    if LIMIT.search(starc.get("error", "")) or LIMIT.search(python.get("error", "")):
        return True
    if FOLDED.search(python.get("error", "")):
        return True
    if "ok" in python or "ok" in starc:
        return "ok" in python and "ok" in starc and normal(python["ok"]) == normal(starc["ok"])
    if (python["class"] == "syntax") != (starc["class"] == "syntax"):
        return False
    return python["class"] != "undefined" or bool(UNDEFINED.search(starc["error"]))


def compare(batch, jobs):
    """(what differs as (job, Python's answer, starc's), what Python could not answer, how many jobs there are)."""
    python = answers([sys.executable, str(HERE / "oracle.py")], jobs)
    starc = answers([batch], jobs)
    every = list(zip(jobs, python, starc))
    late = [x for x in every if x[1].get("class") == "late" and x[2].get("class") not in ("dead", "late")]
    return [x for x in every if x not in late and not same(*x[1:])], late, len(jobs)


def cases():
    reader = HERE / "cases.py"
    if not reader.exists():
        return []
    import cases as module

    return module.jobs(sorted(HERE.parent.glob("*.test")))


def expressions():
    """The lines of expressions.txt: no text is kept for them, since Python is asked each time."""
    import oracle

    lines = (HERE / "expressions.txt").read_text(encoding="utf-8").split("\n")
    return [
        {"template": "{{ (%s) }}" % line}
        for line in lines
        if line and not line.startswith("#") and (oracle.pytz or "pytz" not in line)
    ]


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
    work = [(i, min(STEP, a.start + a.n - i)) for i in range(a.start, a.start + a.n, STEP)]
    bad, late, total = compare(a.batch, cases() + expressions()) if not a.no_cases else ([], [], 0)

    def generated(part):
        start, n = part
        return compare(a.batch, [generate.job(a.seed, i) for i in range(start, start + n)])

    # The threads wait for processes of their own: one that dies is an answer, not a wait without end.
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for (start, n), (found, slow, done) in zip(work, pool.map(generated, work)):
            if found or slow:
                print(
                    "seed %s, templates %d to %d: %d differ, %d without an answer of Python's"
                    % (a.seed, start, start + n - 1, len(found), len(slow)),
                    flush=True,
                )
            bad += found
            late += slow
            total += done
    for job, python, starc in bad[: a.show]:
        print(
            "---- template\n%s\n---- jinja2\n%s\n---- starc\n%s"
            % (job["template"], python.get("ok", python), starc.get("ok", starc))
        )
    for job, python, _ in late[: a.show]:
        print("---- template, not compared: jinja2 has %s\n%s" % (python["error"], job["template"]))
    print("seed %s, templates %d to %d" % (a.seed, a.start, a.start + a.n - 1))
    print("%d passed, %d failed" % (total - len(bad) - len(late), len(bad)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
