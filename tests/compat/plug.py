#!/usr/bin/env python3
"""usage: tests/compat/plug.py --starc STARC [--dbt DBT] [--models N] [PROJECT...]

starc as the parser of dbt-core 1.12 (`dbt build --use-v2-parser --v2-parser "starc parse"`): builds the bundled
project, projects/features, a
generated one of N models and each PROJECT (a folder with dbt_project.yml and a profiles.yml whose port, user and
password come from PGPORT, PGUSER,
PGPASSWORD) with plain dbt and with starc as its parser, each time in a database of its own, and compares what
became of every node.
Mistakes of each kind must come out of dbt with their places. dbt is installed into build/plug-venv unless --dbt
names one.
Closes with "N passed, N failed".
"""

import argparse, json, os, pathlib, shutil, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests/support")]
from dbt_venv import install
from servers import PostgresServer

# dbt-core 1.12 asks for a parser of its own that is fetched from elsewhere: it is installed without.
WAYS = [["dbt-core<1.12", "dbt-postgres", "python-dotenv", "metricflow"], ["--no-deps", "dbt-core==1.12.*"]]
PROFILE = """{name}:
  target: postgres
  outputs:
    postgres: {{type: postgres, host: 127.0.0.1, port: "{{{{ env_var('PGPORT') | int }}}}", user: "{{{{ \
env_var('PGUSER') }}}}",
               password: "{{{{ env_var('PGPASSWORD') }}}}", dbname: "{{{{ env_var('PGDATABASE') }}}}", schema: plug, \
threads: 4}}
"""


def bundled(folder):
    for part in ("models", "schemas", "seeds", "macros", "checks"):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / "project.yml", folder / "dbt_project.yml")
    (folder / "profiles.yml").write_text(PROFILE.format(name="chinook"))


def generated(models):
    def make(folder):
        subprocess.run(
            [sys.executable, ROOT / "tests/bench/gen_project.py", folder, str(models)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (folder / "profiles.yml").write_text(PROFILE.format(name="bench"))

    return make


def features(starc):
    def make(folder):
        shutil.copytree(HERE / "projects/features", folder, dirs_exist_ok=True)
        subprocess.run([starc, "deps", "-q", "--project-dir", folder, "--profiles-dir", folder], check=True)

    return make


# What is wrong: files, words after `parse`, what dbt must say and whether it goes on.
A = {"models/a.sql": "select 1 as id\n"}
MISTAKES = {
    "a ref": (
        {**A, "models/b.sql": "select 1\nfrom {{ ref('aa') }}\n"},
        [],
        ["models/b.sql:2:9: error: ", "did you mean 'a'?", "with 1 error"],
    ),
    "YAML": ({**A, "models/s.yml": "models:\n\t- name: a\n"}, [], ["models/s.yml:2:1: error: a tab"]),
    "a template": ({"models/a.sql": "select 1\n{% if true %}\n"}, [], ["models/a.sql:2:", "'endif'"]),
    "a circle": (
        {"models/a.sql": "select {{ ref('b') }}", "models/b.sql": "select {{ ref('a') }}"},
        [],
        ["models/a.sql:1:11: error: ", "a -> b -> a"],
    ),
    "one name twice": (
        {"models/x/a.sql": "select 1", "models/y/a.sql": "select 2"},
        [],
        ["models/y/a.sql:1:1: error: ", "models/x/a.sql:1:1: note: "],
    ),
    "a config": (
        {**A, "models/s.yml": "models:\n  - name: a\n    config: {enabled: maybe}\n"},
        [],
        ["models/s.yml:3:", "true or false"],
    ),
    "a package": (
        {**A, "packages.yml": "packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.3.0\n"},
        [],
        ["packages.yml:2:5: error: ", "deps"],
    ),
    "a source": ({"models/a.sql": "select {{ source('raw', 'o') }}"}, [], ["models/a.sql:1:11: error: "]),
    "a variable of the environment": (
        {"models/a.sql": "select {{ env_var('NO_SUCH') }}"},
        [],
        ["models/a.sql:1:11: error: ", "NO_SUCH"],
    ),
    "a profile": (A, ["--target", "nope"], ["does not have a target named 'nope'"]),
    "values of --vars": (A, ["--vars", "{a:[}"], ["--vars argument is not valid"]),
    "a warning": (
        {**A, "models/s.yml": "models:\n  - name: aa\n"},
        [],
        ["models/s.yml:2:11: warning: ", "with 1 warning"],
    ),
}
# One process of dbt for all of them: most of its time goes into starting.
ASK = """
import json, os, sys
from dbt.cli.main import dbtRunner
said = {}
for name, folder, args in json.load(sys.stdin):
    os.chdir(folder)
    said[name] = out = []
    result = dbtRunner(callbacks=[lambda e: out.append(e.info.msg) if e.info.level != "debug" else None]).invoke(args)
    out += [] if result.success else ["FAILED " + str(result.exception)]
print("SAID" + json.dumps(said))
"""


def mistakes_are_shown(runs, tmp):
    asked = []
    for name, (files, args, _) in MISTAKES.items():
        folder = tmp / name.replace(" ", "_").replace("-", "")
        for file, text in {
            **files,
            "dbt_project.yml": "name: p\nprofile: p\n",
            "profiles.yml": PROFILE.format(name="p"),
        }.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text)
        asked.append(
            (
                name,
                str(folder),
                [
                    "parse",
                    "--profiles-dir",
                    ".",
                    "--no-use-colors",
                    "--quiet",
                    *args,
                    "--use-v2-parser",
                    "--v2-parser",
                    f"{runs.starc} parse",
                ],
            )
        )
    p = subprocess.run(
        [pathlib.Path(runs.dbt).parent / "python", "-c", ASK],
        input=json.dumps(asked),
        env=runs.environment(),
        capture_output=True,
        text=True,
    )
    said = json.loads(p.stdout.partition("SAID")[2].splitlines()[0])
    good = []
    for name, (_, _, words) in MISTAKES.items():
        text = "\n".join(said[name])
        good.append(all(w in text for w in words) and ("FAILED" in text) == ("a warning" != name))
        print(
            f"{'shown with its place' if good[-1] else 'DIFFERS'}: {name}" + ("" if good[-1] else "\n" + text),
            flush=True,
        )
    return good


class Runs:
    def __init__(self, dbt, starc, server):
        self.dbt, self.starc, self.server = dbt, starc, server

    def environment(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "STARC_"))}
        env.update(
            PGHOST="127.0.0.1",
            PGPORT=str(self.server.port),
            PGUSER=self.server.user,
            PGPASSWORD=self.server.password,
            PGDATABASE="plug",
            NO_COLOR="1",
            DBT_ENGINE_SEND_ANONYMOUS_USAGE_STATS="false",
            PYTHONWARNINGS="ignore",
        )
        return env

    def build(self, project, with_starc):
        """(exit code, output, {node: what became of it}, seconds) of a build in a new database."""
        env = self.environment()
        subprocess.run(["dropdb", "--if-exists", "plug"], env=env, check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["createdb", "plug"], env=env, check=True)
        shutil.rmtree(project / "target", ignore_errors=True)
        parser = ["--use-v2-parser", "--v2-parser", f"{self.starc} parse"] if with_starc else []
        from_s = time.monotonic()
        p = subprocess.run(
            [self.dbt, "build", "--no-use-colors", "--profiles-dir", ".", *parser],
            cwd=project,
            env=env,
            capture_output=True,
            text=True,
        )
        seconds = time.monotonic() - from_s
        file = project / "target/run_results.json"
        results = json.loads(file.read_text())["results"] if file.exists() else []
        return (
            p.returncode,
            p.stdout + p.stderr,
            {
                r["unique_id"]: [r[k] for k in ("status", "failures", "relation_name", "message", "compiled_code")]
                for r in results
            },
            seconds,
        )


def same(runs, name, project):
    plain, plugged = (runs.build(project, with_starc) for with_starc in (False, True))
    (code, text, want, slow), (code_2, text_2, got, fast) = plain, plugged
    wrong = [
        f"  {n}: {want.get(n)} with dbt's parser, {got.get(n)} with starc"
        for n in sorted({*want, *got})
        if want.get(n) != got.get(n)
    ]
    good = bool(want) and code == code_2 and not wrong
    print(
        f"{'same' if good else 'DIFFERS'}: {name}, {len(want)} results; dbt {slow:.1f} s, with starc as its parser "
        f"{fast:.1f} s",
        flush=True,
    )
    if not good:
        print(
            "\n".join(w[:400] for w in wrong[:20]),
            f"exit code {code} and {code_2}",
            text[-1500:],
            text_2[-3000:],
            sep="\n",
        )
    return good


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    ap.add_argument("--starc", required=True, type=pathlib.Path)
    ap.add_argument("--dbt")
    ap.add_argument("--models", type=int, default=1000)
    ap.add_argument("projects", nargs="*", type=pathlib.Path)
    a = ap.parse_args()
    dbt = a.dbt or install(ROOT / "build/plug-venv", WAYS).parent / "dbt"
    with PostgresServer() as server, tempfile.TemporaryDirectory(prefix="plug-") as tmp:
        runs, good = Runs(str(dbt), a.starc.resolve(), server), []
        for name, make in {
            "the bundled project": bundled,
            "projects/features": features(runs.starc),
            f"{a.models} generated models": generated(a.models),
        }.items():
            folder = pathlib.Path(tmp) / name.replace(" ", "_").replace("/", "_")
            folder.mkdir()
            make(folder)
            good.append(same(runs, name, folder))
        good += mistakes_are_shown(runs, pathlib.Path(tmp) / "mistakes")
        good += [same(runs, p.name, p) for p in a.projects]
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed")
    sys.exit(not all(good))


main()
