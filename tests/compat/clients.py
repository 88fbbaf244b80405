#!/usr/bin/env python3
"""Runs programs that call dbt, or read its artifacts, with starc under the name dbt.

usage: clients.py [--starc build/starc] [--only NAME] [--venv FOLDER]

The programs are installed from the package index into a venv under build/ (STARC_CLIENTS_VENV names one that has them), without
dbt-core where they can be. The project is tests/compat/projects/features on a Postgres that is started here. One line a check; exit 0 when all of them pass. astronomer-cosmos is tried where Airflow is installed beside it in that venv, which is
too large to fetch here; Elementary where COMPAT_PROJECTS (as in corpus.py) has checkouts of its package and of dbt-utils.
starc is the dbt that STARC_DBT_VERSION names (1.11 or 1.12).
"""

import argparse, json, os, pathlib, shutil, subprocess, sys, tempfile, venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))
from dbt_venv import AS_DBT
from hub import Hub
from servers import PostgresServer

PACKAGES = [
    "dagster",
    "dagster-dbt",
    "python-dateutil",
    "dbt-bouncer",
    "dbt-coverage",
    "dbt-artifacts-parser",
    "dbt-semantic-interfaces",
    "openlineage-dbt",
    "elementary-data",
]


def clients(named):
    folder = pathlib.Path(named or os.environ.get("STARC_CLIENTS_VENV") or ROOT / "build/clients-venv")
    stamp = folder / ".packages"
    if (
        not named
        and "STARC_CLIENTS_VENV" not in os.environ
        and (not stamp.exists() or stamp.read_text() != "\n".join(PACKAGES))
    ):
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "-q", *PACKAGES], check=True)
        stamp.write_text("\n".join(PACKAGES))
    return folder / "bin"


def run(cmd, cwd, env, **kw):
    p = subprocess.run(
        [str(c) for c in cmd],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=600,
        **kw,
    )
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
    code, text = run(
        [bin / "python", script, folder], folder, {**env, "DAGSTER_HOME": "", "DAGSTER_DISABLE_TELEMETRY": "1"}
    )
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
  - {name: check_columns_are_documented_in_public_models, severity: warn}
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
        if code:
            return code, text
    report = json.loads((folder / "doc.json").read_text())
    return (0 if report["tables"] else 1), f"{len(report['tables'])} tables"


def parser(bin, folder, env):
    code, text = run([bin / "python", HERE / "read_artifacts.py", folder / "target"], folder, env)
    return code or len(text.strip().splitlines()) != 1, text


COSMOS = """
import sys
from cosmos import ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import InvocationMode, LoadMode
from cosmos.dbt.graph import DbtGraph
project = sys.argv[1]
def nodes(how):
    g = DbtGraph(project=ProjectConfig(project, manifest_path=f"{project}/target/manifest.json"), profile_config=ProfileConfig("features", "postgres", profiles_yml_filepath=f"{project}/profiles.yml"),
                 execution_config=ExecutionConfig(dbt_executable_path="dbt", dbt_project_path=project), render_config=RenderConfig(dbt_executable_path="dbt", dbt_project_path=project, invocation_mode=InvocationMode.SUBPROCESS, dbt_deps=False))
    g.load(method=how)
    # By ls cosmos has metrics and unit tests too, by the manifest the operations of hooks and tests of what is switched off.
    kinds = ("model", "seed", "snapshot", "test", "source", "exposure")
    return {i for i, n in g.filtered_nodes.items() if i.split(".")[0] in kinds and n.config.get("enabled", True)}
a, b = nodes(LoadMode.DBT_LS), nodes(LoadMode.DBT_MANIFEST)
print(len(a), "nodes by ls,", len(b), "by the manifest")
assert a and a == b, a ^ b
"""


def cosmos(bin, folder, env):
    if run([bin / "python", "-c", "import cosmos, airflow"], folder, env)[0]:
        return None, "not installed: it needs Airflow"
    script = folder / "cosmos_check.py"
    script.write_text(COSMOS)
    return run([bin / "python", script, folder], folder, env)


def with_failures(folder):
    """A model that fails, one below it, a test that fails: what these two programs are there for."""
    (folder / "models/marts/broken.sql").write_text("{{ config(materialized='table') }} select 1 / 0 as x")
    (folder / "models/marts/of_broken.sql").write_text("select x from {{ ref('broken') }}")
    (folder / "tests/fails.sql").write_text("{{ config(severity='error') }} select 1 as x")


# --- dbt-ol: lineage events out of the artifacts, then out of the structured logs while nodes run
def lineage(bin, folder, env):
    with_failures(folder)
    counts = []
    for how in ([], ["--consume-structured-logs"]):
        said = folder / "lineage.json"
        said.unlink(missing_ok=True)
        (folder / "openlineage.yml").write_text(f"transport: {{type: file, log_file_path: {said}, append: true}}\n")
        code, text = run(
            [bin / "dbt-ol", *how, "build", "--profiles-dir", ".", "--target", "postgres"],
            folder,
            {**env, "OPENLINEAGE_CONFIG": str(folder / "openlineage.yml")},
        )
        if "Traceback" in text or not said.exists():
            return 1, text
        ends = [
            (e["eventType"], e["job"]["facets"].get("jobType", {}).get("jobType"))
            for e in map(json.loads, said.read_text().splitlines())
        ]
        counts.append(len(ends))
        wanted = {
            ("COMPLETE", "MODEL"),
            ("FAIL", "MODEL"),
            ("COMPLETE", "TEST"),
            ("FAIL", "TEST"),
            ("COMPLETE", "SNAPSHOT"),
            ("FAIL", "JOB"),
        }
        wanted |= {("ABORT", "MODEL"), ("COMPLETE", "SEED"), ("FAIL", "SQL"), ("COMPLETE", "SQL")} if how else set()
        if not wanted <= set(ends):
            return 1, f"no {wanted - set(ends)} among the events"
    return 0, f"{counts[0]} events of artifacts, {counts[1]} of logs"


# --- Elementary: its package uploads what ran, edr reads it back by run-operation and writes its report
def elementary(bin, folder, env):
    checkouts = pathlib.Path(os.environ.get("COMPAT_PROJECTS", "nowhere"))
    found = {
        name: next((p for p in (checkouts / name, checkouts / name.replace("_", "-")) if p.exists()), None)
        for name in ("dbt_utils", "elementary")
    }
    if None in found.values():
        return None, "COMPAT_PROJECTS has no elementary and dbt_utils"
    shop = folder.with_name("watched")
    shutil.copytree(folder, shop, ignore=shutil.ignore_patterns("target", "dbt_packages", "logs"))
    with_failures(shop)
    asked = (bin.parent / "lib").glob("python*/site-packages/elementary/monitor/dbt_project/packages.yml")
    version = next(
        line.split()[-1]
        for line in next(asked).read_text().splitlines()
        if line.strip().startswith("version: ") and "[" not in line
    )

    def add(name, text):
        (shop / name).write_text((shop / name).read_text() + text)

    add("packages.yml", f"  - package: elementary-data/elementary\n    version: {version}\n")
    project = (shop / "dbt_project.yml").read_text()
    (shop / "dbt_project.yml").write_text(
        project.replace(
            "  helper:\n    +schema: helped", "  helper:\n    +schema: helped\n  elementary:\n    +schema: elementary"
        )
    )
    add(
        "profiles.yml",
        "\n"
        + (shop / "profiles.yml")
        .read_text()
        .replace("features:", "elementary:", 1)
        .replace("schema: features", "schema: features_elementary"),
    )
    with Hub() as hub:
        for v in ("0.8.6", "1.3.0"):
            hub.add("dbt-labs/dbt_utils", v, found["dbt_utils"])
        hub.add("elementary-data/elementary", version, found["elementary"])
        env = {**env, "DBT_PACKAGE_HUB_URL": hub.url, "DBT_RUNNER_METHOD": "subprocess"}
        for command in (["deps"], ["run", "--select", "elementary"], ["build"]):
            code, text = run(["dbt", *command, "--profiles-dir", "."], shop, env)
            if code and command != ["build"]:
                return code, text
        report = shop / "report.html"
        code, text = run(
            [
                bin / "edr",
                "report",
                "--profiles-dir",
                shop,
                "--project-dir",
                shop,
                "--file-path",
                report,
                "--open-browser",
                "false",
            ],
            shop,
            env,
        )
        if code or not report.exists():
            return 1, text
        code, text = run(
            [
                "dbt",
                "show",
                "--inline",
                "select resource_type, status, count(*) as n from features_elementary.dbt_run_results group by 1, 2",
                "--limit",
                "50",
                "--output",
                "json",
                "--quiet",
                "--profiles-dir",
                ".",
            ],
            shop,
            env,
        )
        rows = {(r["resource_type"], r["status"]): r["n"] for r in json.loads(text[text.index("{") :])["show"]}
    lacking = [
        k
        for k in (
            ("model", "success"),
            ("model", "error"),
            ("model", "skipped"),
            ("test", "fail"),
            ("unit_test", "pass"),
            ("exposure", "no-op"),
        )
        if not rows.get(k)
    ]
    return (
        1 if lacking else 0
    ), f"no {lacking} among {rows}" if lacking else f"{sum(rows.values())} results uploaded and reported"


CHECKS = {
    "dbt-artifacts-parser": parser,
    "dagster-dbt": dagster,
    "dbt-bouncer": bouncer,
    "dbt-coverage": coverage,
    "astronomer-cosmos": cosmos,
    "dbt-ol": lineage,
    "elementary": elementary,
}


def main():
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument("--starc", default=str(ROOT / "build/starc"))
    ap.add_argument("--only", default="")
    ap.add_argument("--venv")
    a = ap.parse_args()
    bin, good, bad = clients(a.venv), 0, 0
    with tempfile.TemporaryDirectory(prefix="starc-clients-") as work, PostgresServer() as pg:
        folder, names = pathlib.Path(work, "features"), pathlib.Path(work, "bin")
        shutil.copytree(HERE / "projects/features", folder)
        names.mkdir()
        (names / "dbt").symlink_to(pathlib.Path(a.starc).resolve())
        env = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "STARC_"))}
        env.update(
            AS_DBT,
            PATH=f"{names}:{env['PATH']}",
            HOME=work,
            NO_COLOR="1",
            PGPORT=str(pg.port),
            PGUSER=pg.user,
            PGPASSWORD=pg.password,
        )
        for command in (["deps"], ["build"], ["docs", "generate"], ["source", "freshness"]):
            code, text = run(["dbt", *command, "-q", "--target", "postgres", "--profiles-dir", "."], folder, env)
            if command[0] == "deps" and code:
                sys.exit(text)
        for name, check in CHECKS.items():
            if a.only not in name:
                continue
            code, text = check(bin, folder, env)
            last = (text.strip().splitlines() or [""])[-1]
            print(f"{name}: {'left out' if code is None else 'ok' if code == 0 else 'FAILED'}: {last}", flush=True)
            if code:
                print(text[-3000:])
            good += code == 0
            bad += bool(code)
    print(f"{good} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
