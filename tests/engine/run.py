#!/usr/bin/env python3
"""Runs test_engine against each engine: embedded ClickHouse, ClickHouse over HTTP (with the way of
telling errors of newer servers and of older ones), Postgres.  Prints "N passed, N failed" last.

usage: run.py [--texts N] [--seed S] [--embedded]
    texts that the scanner of SQL and the engine are given (1000); --embedded: that engine alone"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from servers import ClickHouseServer, PostgresServer  # noqa: E402

SCANNER = ROOT / os.environ.get("BUILD", "build") / "tests/test_scanner"
PROGRAM = ROOT / os.environ.get("BUILD", "build") / "tests/test_engine"
ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
ap.add_argument("--texts", type=int, default=1000)
ap.add_argument("--seed", type=int)
ap.add_argument("--embedded", action="store_true")
a = ap.parse_args()
texts = [f"count={a.texts}"] + ([f"seed={a.seed}"] if a.seed is not None else [])
passed = failed = 0


def run(name, *args, program=PROGRAM):
    global passed, failed
    p = subprocess.run([str(program), *args], capture_output=True, text=True, timeout=3600)
    last = (p.stdout.strip().splitlines() or [""])[-1]
    m = re.fullmatch(r"(\d+) passed, (\d+) failed", last)
    passed += int(m[1]) if m else 0
    failed += int(m[2]) if m else 1
    print(f"{name}: {last}")
    if p.returncode or not m:
        print(p.stdout[-3000:] + p.stderr[-3000:])
        failed += bool(m) and int(m[2]) == 0


with tempfile.TemporaryDirectory(prefix="starc-engine-") as tmp:
    if os.environ.get("STARC_TEST_EMBEDDED") != "0":  # see tests/run
        run("embedded", "clickhouse", "embedded", f"path={tmp}/data", "schema=eng")
        run(
            "embedded, the scanner",
            "clickhouse",
            "embedded",
            f"path={tmp}/scanner",
            "schema=eng",
            *texts,
            program=SCANNER,
        )


def servers():
    for how in ("tag", "text"):
        with ClickHouseServer("--exceptions", how) as ch:
            run(
                f"http, errors as {how}",
                "clickhouse",
                "http",
                "host=127.0.0.1",
                f"port={ch.port}",
                f"user={ch.user}",
                f"password={ch.password}",
                "schema=default",
            )
    with PostgresServer() as pg:
        target = (
            "postgres",
            "",
            "host=127.0.0.1",
            f"port={pg.port}",
            f"user={pg.user}",
            f"password={pg.password}",
            f"database={pg.dbname}",
            "schema=public",
        )
        run("postgres", *target)
        run("postgres, the scanner", *target, *texts, program=SCANNER)


if not a.embedded:
    servers()
print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0)
