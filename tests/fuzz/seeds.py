#!/usr/bin/env python3
"""Writes starting points for the fuzzers that other tests hold already: the templates of
tests/template/*.test, the files and command lines of the golden cases and of the bundled project;
and the artifacts of tests/fuzz/project, which STARC writes.
usage: seeds.py FOLDER STARC      (FOLDER/fuzz_template, FOLDER/fuzz_csv ...: a folder a fuzzer)"""

import hashlib, itertools, json, pathlib, shlex, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
out, starc = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()


def put(kind, data, most=4096):
    if len(data) <= most:
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
CELLS = [
    "-129",
    "1.239",
    "2026-13-02",
    "1969-12-31 23:59:59.5",
    "2024-01-01T10:00:00+02:00",
    "inf",
    "$1,234.50",
    "5%",
    "1e400",
    "1e-400",
    "007",
    "maybe",
    "[[1,300],[NULL]]",
    "{'a':('2024-01-01',5)}",
    "it's",
    "::1",
    "10:61:00",
    "null",
    "['a\\'b']",
    "1_000",
    "9" * 90,
]
for i in range(256):
    mark, cells = ",;|\t"[i % 4], [CELLS[(i + k) % len(CELLS)] for k in range(4)]
    put("fuzz_csv", bytes([i]) + (mark.join("abcd") + "\n" + mark.join(f'"{c}"' for c in cells) + "\n").encode())
for path in sorted([*ROOT.glob("schemas/*.yml"), *ROOT.glob("tests/golden/*/project/**/*.yml")]):
    put("fuzz_yaml", path.read_bytes()[:4000])
    for how in range(5):
        put("fuzz_yaml_edit", bytes([how, 2 * how, how]) + path.read_bytes()[:4000])
for path in sorted(ROOT.glob("compiler/macros/**/*.sql")):
    put("fuzz_sql", path.read_bytes()[:2000])
# Profiles: of the golden cases, and each key with a value that is a template, a list, nothing. The first byte is
# fuzz_profile.c's.
for i, path in enumerate(sorted([*ROOT.glob("tests/golden/*/project/profiles.yml"), ROOT / "profiles.yml"])):
    put("fuzz_profile", bytes([i % 16]) + path.read_bytes())
VALUES = [
    "\"{{ env_var('PLAIN') }}\"",
    "\"{{ env_var('NUMBER') | as_number }}\"",
    "\"{{ env_var('DBT_ENV_SECRET_TOKEN') }}\"",
    "\"{{ var('v') }}\"",
    "[a, b]",
    "{a: 1}",
    "",
    "'8123'",
    "yes",
]
keys = subprocess.run([starc, "reference", "profiles"], capture_output=True, text=True, check=True).stdout
keys = [line.split("`")[1] for line in keys.split("\n") if line.startswith("| `")]
for kind, rest in [
    ("postgres", "host: h, user: u, password: pass-word-17, port: 5432, dbname: d, schema: s"),
    ("clickhouse", "schema: s"),
]:
    for i, key in enumerate(keys):
        put(
            "fuzz_profile",
            f"\x0cshop: {{target: dev, outputs: {{dev: {{type: {kind}, {rest}, {key}: "
            f"{VALUES[i % len(VALUES)]}}}}}}}\n".encode(),
        )

# Command lines: an argument a line.
for path in sorted(ROOT.glob("tests/golden/*/cmd")):
    for line in path.read_text().split("\n"):
        try:
            put("fuzz_args", "\n".join(shlex.split(line)).encode())
        except ValueError:
            pass
for line in [
    "build\n--select\n@a,tag:day\n+b+1\nstate:modified+\n--exclude\nresource_type:test\n--vars\n{a: [1]}",
    "ls\n--selector\nother\n--output\njson\n--output-keys\nname",
    "run-operation\ntwice\n--args\n{x: 1}",
    "run\n--sample\n{start: 2024-01-01, end: 2024-01-02}\n--wait\n10m",
    "run\n--event-time-start\n2024-01-01\n--event-time-end\n2024-02-01",
    "test\n--warn-error-options\n{include: all, exclude: [NoNodesForSelectionCriteria]}\n--indirect-selection\n"
    "cautious",
    "help\nbuild\nall",
    "build\n--report\njunit=-\n-qd\n-t\ndev",
]:
    put("fuzz_args", line.encode())


# State files: each node of a manifest alone, results and a journal that name it. The first byte is the file's place in
# fuzz_state.c.
def artifact(place, name, version, rest):
    document = {
        "metadata": {
            "dbt_schema_version": f"https://schemas.getdbt.com/dbt/{name}/v{version}.json",
            "invocation_started_at": "2024-01-01T00:00:00Z",
        },
        **rest,
    }
    put("fuzz_state", bytes([place]) + json.dumps(document, separators=(",", ":")).encode(), most=20000)


with tempfile.TemporaryDirectory() as folder:
    subprocess.run(
        [
            starc,
            "--quiet",
            "parse",
            "--project-dir",
            ROOT / "tests/fuzz/project",
            "--target-path",
            folder,
            "--log-path",
            folder,
        ],
        check=True,
    )
    manifest = json.loads(pathlib.Path(folder, "manifest.json").read_text())
own = {
    part: {k: v for k, v in manifest[part].items() if part != "macros" or k.startswith("macro.shop.")}
    for part in [
        "nodes",
        "sources",
        "macros",
        "exposures",
        "metrics",
        "saved_queries",
        "unit_tests",
        "functions",
        "semantic_models",
    ]
}
for part, entries in own.items():
    for id, entry in entries.items():
        artifact(0, "manifest", 12, {part: {id: entry}})
artifact(0, "manifest", 12, {part: dict(itertools.islice(entries.items(), 1)) for part, entries in own.items()})
for i, status in enumerate(["success", "error", "fail", "warn", "skipped", "partial success", "runtime error", "pass"]):
    result = {
        "unique_id": list(own["nodes"])[i],
        "status": status,
        "batch_results": {"successful": [["2024-01-01", "2024-01-02"]], "failed": [["2024-01-02", "2024-01-03"]]},
    }
    args = {
        "which": ["build", "run", "test", "list", "generate", "freshness", "clone", "run-operation"][i],
        "vars": {"a": 1},
        "select": ["a"],
        "threads": i,
        "warn_error_options": {"error": ["x"]},
        "macro": "once",
    }
    artifact(1, "run-results", 6, {"results": [result], "args": args})
    lines = [
        {"version": 1, "invocation_id": "i", "args": args, "nodes": [result["unique_id"]]},
        result,
        {"batches_of": "model.shop.a", "wanted": [["a", "b"], ["b", "c"]], "before": [["0", "a"]]},
        {"batches_of": "model.shop.a", "done": ["a", "b"]},
    ]
    put("fuzz_state", b"\3" + "".join(json.dumps(line) + "\n" for line in lines).encode())
    artifact(
        2,
        "sources",
        3,
        {
            "results": [
                {
                    "unique_id": "source.shop.raw.events",
                    "status": status,
                    "max_loaded_at": f"2024-01-0{i + 1}T00:00:00Z",
                }
            ]
        },
    )
