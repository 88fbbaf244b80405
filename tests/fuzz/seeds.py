#!/usr/bin/env python3
"""Writes starting points for the fuzzers that other tests hold already: the templates of
tests/template/*.test, the CSV and YAML files of the golden cases and of the bundled project.
usage: seeds.py FOLDER      (FOLDER/fuzz_template, FOLDER/fuzz_csv, FOLDER/fuzz_yaml, FOLDER/fuzz_sql)"""
import hashlib, pathlib, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
out = pathlib.Path(sys.argv[1])

def put(kind, data):
    if len(data) <= 4096:
        (out / kind).mkdir(parents=True, exist_ok=True)
        (out / kind / ("seed-" + hashlib.sha1(data).hexdigest()[:12])).write_bytes(data)

for path in sorted((ROOT / "tests/template").glob("*.test")):
    lines = [l for l in path.read_text().split("\n") if l.strip() and not l.startswith(("# ", "@vars"))]
    for line in lines:
        line = line.removeprefix("@macro ")
        if "{{" in line or "{%" in line:
            put("fuzz_template", line.replace("␤", "\n").replace("␍", "\r").replace("␉", "\t").encode())
for path in sorted([*ROOT.glob("macros/*.sql"), *ROOT.glob("compiler/macros/**/*.sql")]):
    put("fuzz_template", path.read_bytes())
for path in sorted([*ROOT.glob("seeds/*.csv"), *ROOT.glob("tests/golden/*/project/seeds/*.csv")]):
    put("fuzz_csv", b"\0" + path.read_bytes()[:4000])
for path in sorted([*ROOT.glob("schemas/*.yml"), *ROOT.glob("tests/golden/*/project/**/*.yml")]):
    put("fuzz_yaml", path.read_bytes()[:4000])
for path in sorted(ROOT.glob("compiler/macros/**/*.sql")):
    put("fuzz_sql", path.read_bytes()[:2000])
