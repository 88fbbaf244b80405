#!/usr/bin/env python3
"""What --report sarif=FILE writes is valid for @microsoft/sarif-multitool: by the schema of SARIF 2.1.0, the tool's own rules
and those of GitHub's code scanning. In: projects of all kinds of endings. Out: a line for each that is not valid, and
how many are. The tool comes from npm, once,
into build/sarif (44 MB packed).
"""
import json, os, pathlib, shutil, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
STARC = os.environ.get("STARC") or str(ROOT / "build/starc")
TOOL = ROOT / "build/sarif/package/Sarif.Multitool"
PACKAGE = "@microsoft/sarif-multitool-linux@5.7.0"

GOOD = {"dbt_project.yml": "name: shop\nversion: '1.0'\n", "models/a.sql": "select 1 as id"}
CASES = {  # name: files, command
    "good": (GOOD, "build"),
    "nothing there": ({}, "build"),
    "wrong command line": (GOOD, "build --threads many"),
    "broken project file": ({**GOOD, "dbt_project.yml": "name: [\n"}, "parse"),
    "warnings": ({**GOOD, "models/ä b#.yml": "models: [{name: nobody}, {name: none}]\n"}, "parse"),
    "errors with calls of macros": (
        {
            **GOOD,
            "macros/m.sql": "{% macro wrong() %}\n  nope\n{% endmacro %}",
            "models/b.sql": "select\n  {{ wrong() }}\nfrom {{ ref('a') }}",
            "models/a.yml": "models: [{name: a, columns: [{name: id, data_tests: [{accepted_values: {values: [2]}}]}]}]\n",
        },
        "build",
    ),
    "check": ({**GOOD, "models/b.sql": "select nope, neither from {{ ref('a') }}"}, "check"),
    "no connection": (
        {
            **GOOD,
            "profiles.yml": "default: {target: x, outputs: {x: {type: postgres, host: 127.0.0.1, port: 1, user: u, "
            "password: p, dbname: d, schema: s}}}\n",
            "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: default\n",
        },
        "run",
    ),
}


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def fetch():
    """npm is there where libchdb was fetched (scripts/setup chdb)."""
    if os.access(TOOL, os.X_OK):
        return
    folder = TOOL.parents[1]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (packed,) = folder.glob("*.tgz")
    subprocess.run(["tar", "xzf", packed], cwd=folder, check=True)
    packed.unlink()
    TOOL.chmod(0o755)


def invalid(report, work):
    """What the tool says is wrong with a report, a line each."""
    out = work / "validated.sarif"
    env = dict(os.environ, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="1", DOTNET_BUNDLE_EXTRACT_BASE_DIR=str(work), HOME=str(work))
    words = ["validate", report, "--rule-kind", "Sarif;Ghas", "--output", out, "--log", "ForceOverwrite", "--level", "Error;Warning"]
    p = subprocess.run([TOOL, *words], env=env, capture_output=True, text=True)
    if not out.exists():
        return [f"exit code {p.returncode}: {p.stdout}{p.stderr}"]
    (run,) = json.loads(out.read_text(encoding="utf-8-sig"))["runs"]
    out.unlink()
    wrong = [x for x in run["results"] if x.get("level", "warning") == "error"]
    return [f"{x['ruleId']}: {json.dumps(x['message'])}" for x in wrong]


def main():
    fetch()
    failed = 0
    with tempfile.TemporaryDirectory() as place:
        work = pathlib.Path(place)
        write(work / "broken", {"r.sarif": '{"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]}'})
        if not invalid(work / "broken/r.sarif", work):
            print("the tool takes what is not valid")
            failed += 1
        for name, (files, command) in CASES.items():
            folder = work / "project"
            write(folder, files)
            folder.mkdir(exist_ok=True)
            env = dict(os.environ, HOME=str(work), STARC_REPORT="sarif=r.sarif")
            subprocess.run([STARC, *command.split()], cwd=folder, env=env, capture_output=True)
            wrong = invalid(folder / "r.sarif", work) if (folder / "r.sarif").exists() else ["no report"]
            failed += bool(wrong)
            for line in wrong:
                print(f"FAILED {name}: {line}")
            shutil.rmtree(folder)
    print(f"{len(CASES) + 1 - failed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
