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
# Cells that some type changes or refuses, in each column in turn: the first byte picks types and delimiter.
CELLS = ["-129", "1.239", "2026-13-02", "1969-12-31 23:59:59.5", "2024-01-01T10:00:00+02:00", "inf", "$1,234.50", "5%", "1e400", "1e-400", "007", "maybe", "[[1,300],[NULL]]",
         "{'a':('2024-01-01',5)}", "it's", "::1", "10:61:00", "null", "['a\\'b']", "1_000", "9" * 90]
for i in range(256):
    mark, cells = ",;|\t"[i % 4], [CELLS[(i + k) % len(CELLS)] for k in range(4)]
    put("fuzz_csv", bytes([i]) + (mark.join("abcd") + "\n" + mark.join(f'"{c}"' for c in cells) + "\n").encode())
for path in sorted([*ROOT.glob("schemas/*.yml"), *ROOT.glob("tests/golden/*/project/**/*.yml")]):
    put("fuzz_yaml", path.read_bytes()[:4000])
for path in sorted(ROOT.glob("compiler/macros/**/*.sql")):
    put("fuzz_sql", path.read_bytes()[:2000])
