#!/usr/bin/env python3
"""Runs the examples of docs/reference/errors.md: each really gives its error or warning, at the line that the page shows. In:
blocks of the page, of files (their names before them, as `-- models/a.sql` or `# models/a.yml`), `$ ` and a command, and
the first line of what it says. They stand in a small project on the embedded engine. Out: what differs, then each code
that is not run and why; closes with "N passed, M failed".

    tests/docs/errors.py [CODE..]"""

import concurrent.futures
import os
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from compare import lines_of, same  # noqa: E402
from reader import ROOT, Reader  # noqa: E402

PAGE = ROOT / "docs/reference/errors.md"
BASE = {
    "models/orders.sql": "select 1 as order_id, 1 as customer_id, 10 as amount union all select 2, 1, 20\n",
    "models/stg_orders.sql": "select 1 as order_id, 10 as amount\n",
    "models/customers.sql": "select 1 as customer_id, 'Ann' as name\n",
    "models/sources.yml": "sources:\n  - name: raw\n    tables: [{name: orders}, {name: customers}]\n",
}
FILE = re.compile(r"(?:-- |# )((?:[\w.-]+/)*[\w-]*\.[\w.]+)$")
# Codes whose example is no example that can be run, and why.
HUB = "a hub or a repository with the package has to answer; tests/e2e/test_packages.py has some"
NOT_RUN = dict.fromkeys(
    ("package-version", "package-hub", "package-checksum", "package-unpinned", "package-moved", "package-cached",
     "package-secret"), HUB)  # fmt: skip
NOT_RUN |= dict.fromkeys(("database-unavailable", "relation-locked"), "two runs have to meet, or a server to be full")
NOT_RUN |= dict.fromkeys(("missing-library", "file-too-big"), "a library has to be missing, a file to have 2 GiB")
NOT_RUN |= dict.fromkeys(("relation-kind", "relation-name", "seed-columns", "lock-stale"),
                         "another database than the embedded one, or one that others changed")  # fmt: skip
NOT_RUN |= dict.fromkeys(("time-granularity", "osi-loss"), "a project with semantic models and a time spine is too long to show")
NOT_RUN |= dict.fromkeys(("source-stale",), "it is told in reports (--report) alone")
NOT_RUN |= dict.fromkeys(("package-materialization", "nothing-to-retry"), "the example says what is wrong in words")


def examples():
    """{code: (line of its heading, text of its block)}"""
    found, code, line = {}, None, 0
    lines = PAGE.read_text().split("\n")
    for number, text in enumerate(lines, 1):
        if text.startswith("## "):
            code, line = text[3:], number
        elif text.startswith("```") and text != "```" and code:
            end = lines.index("```", number)
            found[code] = (line, "\n".join(lines[number:end]))
            code = None
    return found


def cut(text):
    """(files, command, what it says) of an example."""
    files, name, command, said = {}, None, None, []
    for line in text.split("\n"):
        if command is not None:
            said.append(line)
        elif line.startswith("$ "):
            command = line[2:]
        elif m := FILE.match(line):
            name = m[1]
            files[name] = ""
        elif name:
            files[name] += line + "\n"
    return files, command, [s for s in said if s.strip()]


def printed(text):
    """(lines of the command, where it ran) of an example."""
    files, command, _ = cut(text)
    with Reader() as reader:
        reader.project("plain")
        for name, content in (BASE | files).items():
            reader.file(name, content)
        return reader.command(command)[1]


def wrong(code, text):
    """What is wrong with an example, or None."""
    _, command, said = cut(text)
    if not command:
        return "its example names no command, and NOT_RUN has no reason"
    if not said or f"[{code}]" not in said[0]:
        return f"its example does not show what is said of it, with [{code}]"
    lines = printed(text)
    if not any(same(lines_of([said[0]])[0], line) for line in lines_of(lines)):
        return "another message:\n    - " + said[0] + "".join(f"\n    + {line}" for line in lines[:20])
    return None


def main(codes):
    if os.environ.get("STARC_TEST_EMBEDDED") == "0":
        print("the embedded engine does not run under a sanitizer: 0 passed, 0 failed")
        return False
    found = examples()
    began = time.monotonic()
    run = {c: text for c, (_, text) in found.items() if (c in codes if codes else c not in NOT_RUN)}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        bad = {c: why for c, why in zip(run, pool.map(lambda c: wrong(c, run[c]), run)) if why}
    for code, why in bad.items():
        print(f"FAILED {PAGE.relative_to(ROOT)}:{found[code][0]}: {code}: {why}")
    gone = [c for c in NOT_RUN if c not in found or cut(found[c][1])[1]]
    for code in gone:
        print(f"FAILED {code}: stands in NOT_RUN, and is no code or has a command")
    reasons = {}
    for code, why in NOT_RUN.items():
        reasons.setdefault(why, []).append(code)
    print(f"{len(run) - len(bad)} examples of errors give their code ({time.monotonic() - began:.0f} s). Not run:")
    for why, of in reasons.items():
        print(f"    {why}: {', '.join(of)}")
    print(f"{len(run) - len(bad)} passed, {len(bad) + len(gone)} failed")
    return bool(bad or gone)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
