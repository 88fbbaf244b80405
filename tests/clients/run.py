#!/usr/bin/env python3
"""Asks a `starc serve` with the clients that people use, each from its registry: clickhouse-connect and dbt-clickhouse (PyPI),
@clickhouse/client (npm), clickhouse-jdbc (Maven, the version and the properties of Metabase's driver), curl.
They are put into build/clients. A client whose tools (npm, mvn) are not there is left out, and told.

usage: run.py [NAME ...]
"""

import os, pathlib, shutil, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/clients"
PLACE = ROOT / "build/clients"
STARC = os.environ.get("STARC") or str(ROOT / "build/starc")
sys.path.insert(0, str(ROOT / "tests/support"))
import jdbc as driver  # noqa: E402
from serve import Serving  # noqa: E402

SALES = "{{ config(materialized='table') }} select number as id, number * 2 as amount from numbers(10)"
DBT = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\n",
    "seeds/names.csv": "id,name\n1,one\n2,two\n",
    "models/named.sql": "{{ config(materialized='table', order_by='id') }} select id, name from {{ ref('names') }}",
    "models/more.sql": "{{ config(materialized='incremental', unique_key='id', order_by='id') }} "
    "select * from {{ ref('named') }}",
    "models/counted.sql": "select count() as n from {{ ref('named') }}",
    "models/tests.yml": "models:\n  - name: named\n    columns:\n      - name: id\n        tests: [unique, not_null]\n",
}


def sh(*words, cwd=None, env=None):
    p = subprocess.run([str(w) for w in words], cwd=cwd, env=env, capture_output=True, text=True, timeout=900)
    if p.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))} ended with {p.returncode}\n{(p.stdout + p.stderr)[-3000:]}")
    return p.stdout


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def venv(name, *packages):
    """The programs of a Python environment with these packages."""
    place = PLACE / name
    if not (place / "done").exists():
        sh(sys.executable, "-m", "venv", place)
        sh(place / "bin/pip", "install", "-q", *packages)
        (place / "done").touch()
    return place / "bin"


def curl(s, tmp):
    out = sh("curl", "-sf", "-u", f"default:{s.password}", f"http://127.0.0.1:{s.port}/?query=select+42")
    assert out == "42\n", out


def connect(s, tmp):
    python = venv("connect", "clickhouse-connect==1.12.0") / "python"
    assert sh(python, HERE / "ask.py", s.port, s.password).endswith("good\n")


def dbt(s, tmp):
    """It builds into the warehouse, twice."""
    program = venv("dbt", "dbt-core==1.10.*", "dbt-clickhouse") / "dbt"
    target = f"type: clickhouse, driver: http, host: 127.0.0.1, port: {s.port}, user: default, schema: by_dbt"
    write(tmp / "dbt", DBT)
    profile = f"shop: {{target: dev, outputs: {{dev: {{{target}, password: '{s.password}'}}}}}}\n"
    (tmp / "dbt/profiles.yml").write_text(profile)
    for _ in range(2):
        sh(program, "build", "--profiles-dir", ".", cwd=tmp / "dbt")
    assert s.rows("select n from by_dbt.counted") == [["2"]]


def npm(s, tmp):
    place = PLACE / "npm"
    place.mkdir(parents=True, exist_ok=True)
    if not (place / "node_modules").exists():
        sh("npm", "install", "--silent", "--no-audit", "--no-fund", "@clickhouse/client@1", cwd=place)
    shutil.copy(HERE / "ask.mjs", place)
    assert sh("node", "ask.mjs", f"http://127.0.0.1:{s.port}", s.password, cwd=place).endswith("good\n")


def jdbc(s, tmp):
    assert driver.run("Ask", f"127.0.0.1:{s.port}", s.password).endswith("good\n")


CLIENTS = {
    "curl": (curl, "curl"),
    "connect": (connect, ""),
    "dbt": (dbt, ""),
    "npm": (npm, "npm"),
    "jdbc": (jdbc, "mvn"),
}


def main():
    names = sys.argv[1:] or list(CLIENTS)
    good = bad = 0
    with tempfile.TemporaryDirectory(prefix="starc-clients-") as tmp:
        folder = pathlib.Path(tmp) / "shop"
        write(folder, {"dbt_project.yml": "name: shop\nversion: '1.0'\n", "models/sales.sql": SALES})
        sh(STARC, "build", cwd=folder)
        for name in names:
            ask, tool = CLIENTS[name]
            if tool and not shutil.which(tool):
                print(f"left out: {name}: there is no {tool}")
                continue
            # As a BI tool has it, and, for who writes, with --write.
            with Serving(STARC, folder, *([] if name in ("curl", "jdbc") else ["--write"])) as s:
                try:
                    ask(s, pathlib.Path(tmp))
                    good += 1
                    print(f"good: {name}", flush=True)
                except (AssertionError, RuntimeError, OSError, subprocess.TimeoutExpired) as e:
                    bad += 1
                    print(f"FAILED {name}: {e}", flush=True)
    print(f"{good} passed, {bad} failed")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
