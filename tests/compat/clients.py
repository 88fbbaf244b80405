#!/usr/bin/env python3
"""Runs programs that call dbt, or read its artifacts, with starc under the name dbt.

usage: clients.py [--starc build/starc] [--only NAME] [--venv FOLDER]

The programs are installed from the package index into a venv under build/ (STARC_CLIENTS_VENV names one that has them), without
dbt-core where they can be. The project is tests/compat/projects/features on a Postgres that is started here. One line a check;
exit 0 when all of them pass. astronomer-cosmos is tried where Airflow is installed beside it in that venv, which is too large to fetch here.
"""
import argparse, json, os, pathlib, shutil, subprocess, sys, tempfile, venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))
from servers import PostgresServer

PACKAGES = ["dagster", "dagster-dbt", "python-dateutil", "dbt-bouncer", "dbt-coverage", "dbt-artifacts-parser", "dbt-semantic-interfaces"]

def clients(named):
    folder = pathlib.Path(named or os.environ.get("STARC_CLIENTS_VENV") or ROOT / "build/clients-venv")
    stamp = folder / ".packages"
    if not named and "STARC_CLIENTS_VENV" not in os.environ and (not stamp.exists() or stamp.read_text() != "\n".join(PACKAGES)):
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "-q", *PACKAGES], check=True)
        stamp.write_text("\n".join(PACKAGES))
    return folder / "bin"

def run(cmd, cwd, env, **kw):
    p = subprocess.run([str(c) for c in cmd], cwd=cwd, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=600, **kw)
    return p.returncode, p.stdout + p.stderr

# --- dagster-dbt: parse, then a build whose events are streamed
DAGSTER = """
import json, logging, pathlib, sys
logging.disable(logging.CRITICAL)  # it looks for dbt's adapter in its own venv, says that there is none, and goes on
from dagster import materialize, AssetExecutionContext
from dagster_dbt import DbtCliResource, dbt_assets
project = sys.argv[1]
cli = DbtCliResource(project_dir=project, profiles_dir=project, dbt_executable="dbt", target="postgres")
assert cli.cli(["parse"], target_path=pathlib.Path("target")).wait().is_successful()
manifest = pathlib.Path(project, "target/manifest.json")

@dbt_assets(manifest=manifest)
def shop(context: AssetExecutionContext, dbt: DbtCliResource):
    yield from dbt.cli(["build"], context=context, raise_on_error=False).stream()

result = materialize([shop], resources={"dbt": cli}, raise_on_error=False)
made = {e.asset_key.path[-1] for e in result.get_asset_materialization_events()}
checks = [e for e in result.get_asset_check_evaluations()]
nodes = json.loads(manifest.read_text())["nodes"].values()
built = {n["alias"] for n in nodes if n["resource_type"] in ("model", "seed", "snapshot") and n["config"]["materialized"] != "ephemeral"}
print(len(made), "assets made,", len(checks), "checks")
assert len(made) >= 0.8 * len(built) and checks, (sorted(made), sorted(built))
"""

def dagster(bin, folder, env):
    script = folder / "dagster_check.py"
    script.write_text(DAGSTER)
    code, text = run([bin / "python", script, folder], folder, {**env, "DAGSTER_HOME": "", "DAGSTER_DISABLE_TELEMETRY": "1"})
    return code, text + "\n" + "".join(line for line in text.splitlines() if "assets made" in line)

# --- dbt-bouncer: its checks of manifest, catalog and run_results
BOUNCER = """
dbt_artifacts_dir: target
manifest_checks:
  - {name: check_model_names, include: ^models/staging, model_name_pattern: ^stg_}
  - {name: check_model_has_unique_test, include: ^models/staging/stg_orders}
  - {name: check_source_description_populated, severity: warn}
run_results_checks:
  - {name: check_run_results_max_execution_time, max_execution_time_seconds: 600}
catalog_checks:
  - {name: check_columns_are_documented_in_public_models}
  - {name: check_source_columns_are_all_documented, severity: warn}
"""

def bouncer(bin, folder, env):
    (folder / "dbt-bouncer.yml").write_text(BOUNCER)
    code, text = run([bin / "dbt-bouncer", "run", "--config-file", "dbt-bouncer.yml"], folder, env)
    done = [line for line in text.splitlines() if line.startswith("Done. SUCCESS=")]
    return (0 if done and not code and "SUCCESS=0" not in done[0] else 1), text + "\n" + "".join(done)

def coverage(bin, folder, env):
    for kind in ("doc", "test"):
        code, text = run([bin / "dbt-coverage", "compute", kind, "--cov-report", f"{kind}.json"], folder, env)
        if code: return code, text
    report = json.loads((folder / "doc.json").read_text())
    return (0 if report["tables"] else 1), f"{len(report['tables'])} tables"

def parser(bin, folder, env):
    return run([bin / "python", HERE / "read_artifacts.py", folder / "target"], folder, env)

COSMOS = """
import sys
from cosmos import ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import InvocationMode, LoadMode
from cosmos.dbt.graph import DbtGraph
project = sys.argv[1]
def nodes(how):
    g = DbtGraph(project=ProjectConfig(project, manifest_path=f"{project}/target/manifest.json"), profile_config=ProfileConfig("features", "postgres", profiles_yml_filepath=f"{project}/profiles.yml"),
                 execution_config=ExecutionConfig(dbt_executable_path="dbt"), render_config=RenderConfig(dbt_executable_path="dbt", invocation_mode=InvocationMode.SUBPROCESS, dbt_deps=False))
    g.load(method=how)
    return set(g.filtered_nodes)
a, b = nodes(LoadMode.DBT_LS), nodes(LoadMode.DBT_MANIFEST)
print(len(a), "nodes by ls,", len(b), "by the manifest")
assert a and a == b, a ^ b
"""

def cosmos(bin, folder, env):
    if run([bin / "python", "-c", "import cosmos, airflow"], folder, env)[0]: return None, "not installed: it needs Airflow"
    script = folder / "cosmos_check.py"
    script.write_text(COSMOS)
    return run([bin / "python", script, folder], folder, env)

CHECKS = {"dbt-artifacts-parser": parser, "dagster-dbt": dagster, "dbt-bouncer": bouncer, "dbt-coverage": coverage, "astronomer-cosmos": cosmos}

def main():
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument("--starc", default=str(ROOT / "build/starc")); ap.add_argument("--only", default=""); ap.add_argument("--venv")
    a = ap.parse_args()
    bin, bad = clients(a.venv), 0
    with tempfile.TemporaryDirectory(prefix="starc-clients-") as work, PostgresServer() as pg:
        folder, names = pathlib.Path(work, "features"), pathlib.Path(work, "bin")
        shutil.copytree(HERE / "projects/features", folder)
        names.mkdir()
        (names / "dbt").symlink_to(pathlib.Path(a.starc).resolve())
        env = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "STARC_"))}
        env.update(PATH=f"{names}:{env['PATH']}", HOME=work, NO_COLOR="1", PGPORT=str(pg.port), PGUSER=pg.user, PGPASSWORD=pg.password)
        for command in (["deps"], ["build"], ["docs", "generate"], ["source", "freshness"]):
            code, text = run(["dbt", *command, "-q", "--target", "postgres", "--profiles-dir", "."], folder, env)
            if command[0] == "deps" and code: sys.exit(text)
        for name, check in CHECKS.items():
            if a.only not in name: continue
            code, text = check(bin, folder, env)
            last = (text.strip().splitlines() or [""])[-1]
            print(f"{name}: {'left out' if code is None else 'ok' if code == 0 else 'FAILED'}: {last}", flush=True)
            if code: print(text[-3000:])
            bad += bool(code)
    return 1 if bad else 0

if __name__ == "__main__":
    sys.exit(main())
