#!/usr/bin/env python3
"""usage: tests/compat/plug.py --starc STARC [--dbt DBT] [--models N] [PROJECT...]

starc as the parser of dbt-core 1.12 (`dbt build --use-v2-parser --v2-parser "starc parse"`): builds the bundled project, a generated one of
N models and each PROJECT (a folder with dbt_project.yml and a profiles.yml whose port, user and password come from PGPORT, PGUSER,
PGPASSWORD) with plain dbt and with starc as its parser, each time in a database of its own, and compares what became of every node.
A mistake in a model must come out of dbt with its place. dbt is installed into build/plug-venv unless --dbt names one.
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
    postgres: {{type: postgres, host: 127.0.0.1, port: "{{{{ env_var('PGPORT') | int }}}}", user: "{{{{ env_var('PGUSER') }}}}",
               password: "{{{{ env_var('PGPASSWORD') }}}}", dbname: "{{{{ env_var('PGDATABASE') }}}}", schema: plug, threads: 4}}
"""

def bundled(folder):
    for part in ("models", "schemas", "seeds", "macros", "checks"):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / "project.yml", folder / "dbt_project.yml")
    (folder / "profiles.yml").write_text(PROFILE.format(name="chinook"))

def generated(models):
    def make(folder):
        subprocess.run([sys.executable, ROOT / "tests/bench/gen_project.py", folder, str(models)], check=True, stdout=subprocess.DEVNULL)
        (folder / "profiles.yml").write_text(PROFILE.format(name="bench"))
    return make

def broken(folder):
    (folder / "models").mkdir()
    (folder / "models/orders.sql").write_text("select 1 as id\nfrom {{ ref('custmers') }}\n")
    (folder / "models/customers.sql").write_text("select 1 as id\n")
    (folder / "dbt_project.yml").write_text("name: broken\nprofile: broken\n")
    (folder / "profiles.yml").write_text(PROFILE.format(name="broken"))

class Runs:
    def __init__(self, dbt, starc, server):
        self.dbt, self.starc, self.server = dbt, starc, server

    def build(self, project, with_starc):
        """(exit code, output, {node: what became of it}, seconds) of a build in a new database."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "STARC_"))}
        env.update(PGHOST="127.0.0.1", PGPORT=str(self.server.port), PGUSER=self.server.user, PGPASSWORD=self.server.password, NO_COLOR="1",
                   DBT_ENGINE_SEND_ANONYMOUS_USAGE_STATS="false", PYTHONWARNINGS="ignore")
        subprocess.run(["dropdb", "--if-exists", "plug"], env=env, check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["createdb", "plug"], env=env, check=True)
        env["PGDATABASE"] = "plug"
        shutil.rmtree(project / "target", ignore_errors=True)
        parser = ["--use-v2-parser", "--v2-parser", f"{self.starc} parse"] if with_starc else []
        from_s = time.monotonic()
        p = subprocess.run([self.dbt, "build", "--no-use-colors", "--profiles-dir", ".", *parser], cwd=project, env=env, capture_output=True, text=True)
        seconds = time.monotonic() - from_s
        file = project / "target/run_results.json"
        results = json.loads(file.read_text())["results"] if file.exists() else []
        return p.returncode, p.stdout + p.stderr, {r["unique_id"]: [r[k] for k in ("status", "failures", "relation_name", "message", "compiled_code")]
                                                   for r in results}, seconds

def same(runs, name, project):
    plain, plugged = (runs.build(project, with_starc) for with_starc in (False, True))
    (code, text, want, slow), (code_2, text_2, got, fast) = plain, plugged
    wrong = [f"  {n}: {want.get(n)} with dbt's parser, {got.get(n)} with starc" for n in sorted({*want, *got}) if want.get(n) != got.get(n)]
    good = bool(want) and code == code_2 and not wrong
    print(f"{'same' if good else 'DIFFERS'}: {name}, {len(want)} results; dbt {slow:.1f} s, with starc as its parser {fast:.1f} s", flush=True)
    if not good:
        print("\n".join(w[:400] for w in wrong[:20]), f"exit code {code} and {code_2}", text[-1500:], text_2[-3000:], sep="\n")
    return good

def mistake_is_shown(runs, folder):
    broken(folder)
    code, text, _, _ = runs.build(folder, True)
    good = code == 2 and all(words in text for words in (
        "models/orders.sql:2:9: error:", "   2 | from {{ ref('custmers') }}", "did you mean 'customers'?", "Finished 'parse' with 1 error"))
    print("a mistake comes out of dbt with its place" if good else f"DIFFERS: a mistake, exit code {code}\n{text}")
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
        for name, make in {"the bundled project": bundled, f"{a.models} generated models": generated(a.models)}.items():
            folder = pathlib.Path(tmp) / name.replace(" ", "_")
            folder.mkdir()
            make(folder)
            good.append(same(runs, name, folder))
        (pathlib.Path(tmp) / "broken").mkdir()
        good.append(mistake_is_shown(runs, pathlib.Path(tmp) / "broken"))
        good += [same(runs, p.name, p) for p in a.projects]
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed")
    sys.exit(not all(good))

main()
