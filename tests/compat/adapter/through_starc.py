"""pytest plugin: the test classes of dbt-tests-adapter call starc instead of dbt in their own process.

Their calls go through dbtRunner.invoke; here that starts the program named by STARC with the same arguments, and
results are made
from its exit code, its output and the artifacts it wrote. What the classes check in the database, in files and in
messages is starc's.
STARC=dbt is the control: dbt-core itself, with no more of it to be seen than of starc.
"""

import contextlib, datetime, json, os, pathlib, subprocess, sys, tempfile, time, unittest.mock
from types import SimpleNamespace

import pytest
import yaml

import dbt.adapters.exceptions
import dbt.cli.main as cli
import dbt.exceptions
import dbt.tests.util as util
import dbt_common.exceptions
from dbt.artifacts.schemas.catalog import CatalogArtifact
from dbt.materializations.incremental.microbatch import MicrobatchBuilder
from dbt.contracts.graph.manifest import Manifest, WritableManifest

HERE = pathlib.Path(__file__).resolve().parent
STARC = os.environ["STARC"]
LIMIT_S = float(os.environ.get("STARC_LIMIT_S", "60"))
COMMANDS = {
    "run",
    "build",
    "test",
    "seed",
    "snapshot",
    "compile",
    "parse",
    "ls",
    "list",
    "docs",
    "source",
    "run-operation",
    "retry",
    "clone",
    "show",
    "debug",
    "deps",
    "clean",
    "init",
}
last_output = ""


class CommandFailed(Exception):
    """A command that ended with 2: which of dbt's exceptions it would be is not told, its words are."""


# pytest.raises(SomeDbtException) is content with a failed command.
expect_raise = pytest.raises


@contextlib.wraps(expect_raise)
def raises(expected_exception, *args, **kwargs):
    wanted = expected_exception if isinstance(expected_exception, tuple) else (expected_exception,)
    if any(
        isinstance(e, type) and (e.__module__.split(".")[0] in ("dbt", "dbt_common") or e is Exception) for e in wanted
    ):
        wanted += (CommandFailed,)
    return expect_raise(wanted, *args, **kwargs)


pytest.raises = raises


def option(args, *names):
    for i, arg in enumerate(args):
        if arg in names and i + 1 < len(args):
            return args[i + 1]
        name, _, value = arg.partition("=")
        if value and name in names:
            return value
    return None


def target_folder(args):
    root = pathlib.Path(option(args, "--project-dir") or ".")
    named = option(args, "--target-path") or os.environ.get("DBT_TARGET_PATH")
    if not named:
        with contextlib.suppress(OSError, yaml.YAMLError):
            named = (yaml.safe_load((root / "dbt_project.yml").read_text()) or {}).get("target-path")
    return root / (named or "target")


def read_manifest(folder):
    path = pathlib.Path(folder) / "manifest.json"
    if not path.exists():
        return None
    return Manifest.from_writable_manifest(WritableManifest.upgrade_schema_version(json.loads(path.read_text())))


def node_of(manifest, result):
    unique_id = result["unique_id"]
    for part in ("nodes", "sources", "unit_tests", "functions", "exposures"):
        node = getattr(manifest, part, {}).get(unique_id) if manifest else None
        if node is not None:
            if result.get("compiled_code") and hasattr(node, "compiled_code"):
                node.compiled_code = result["compiled_code"]
            return node
    if unique_id.startswith("operation."):
        return SimpleNamespace(unique_id=unique_id, name=unique_id.split(".")[-1], resource_type="operation")
    return None


class Results(list):
    """A list of results that also answers to .results, as dbt's do."""

    @property
    def results(self):
        return self


ABSENT = {"failures": None, "message": None, "adapter_response": {}, "agate_table": None, "batch_results": None}


def read_results(path, manifest, since):
    if not path.exists() or path.stat().st_mtime < since - 1:
        return None
    raw = json.loads(path.read_text())
    results = Results(SimpleNamespace(**{**ABSENT, **r, "node": node_of(manifest, r)}) for r in raw.get("results", []))
    for r in results:
        if r.batch_results:
            r.batch_results = SimpleNamespace(**r.batch_results)
    results.args, results.metadata, results.elapsed_time = (
        raw.get("args", {}),
        raw.get("metadata", {}),
        raw.get("elapsed_time"),
    )
    return results


def result_of(command, args, out, code, since):
    folder = target_folder(args)
    if command in ("ls", "list"):
        return [line for line in out.splitlines() if line.strip()]
    if command == "parse":
        return read_manifest(folder)
    if command == "docs":
        path = folder / "catalog.json"
        return (
            CatalogArtifact.upgrade_schema_version(json.loads(path.read_text()))
            if "generate" in args and path.exists()
            else None
        )
    if command == "source":
        named = option(args, "-o", "--output")
        return read_results(pathlib.Path(named) if named else folder / "sources.json", read_manifest(folder), since)
    if command == "debug":
        return code == 0
    if command in ("deps", "clean", "init", None):
        return None
    return read_results(folder / "run_results.json", read_manifest(folder), since)


def as_options(kwargs):
    for key, value in kwargs.items():
        name = key.replace("_", "-")
        yield from (
            [f"--{name}"] if value is True else [f"--no-{name}"] if value is False else [f"--{name}", str(value)]
        )


def stopped_clock():
    """The moment at which a test holds the clock of its own process, for STARC_NOW; None: the clock goes on."""
    try:
        import freezegun

        if freezegun.api.freeze_factories:
            return datetime.datetime.now(datetime.timezone.utc)
    except ImportError:
        pass
    end = MicrobatchBuilder.build_end_time
    return end() if isinstance(end, unittest.mock.Mock) else None


def environment():
    now = stopped_clock()
    return {
        **os.environ,
        "NO_COLOR": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        **({"STARC_NOW": now.strftime("%Y-%m-%dT%H:%M:%S")} if now else {}),
    }


def run_starc(args):
    try:
        done = subprocess.run(
            [STARC, *args], capture_output=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL, env=environment()
        )
        return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as late:
        return 124, (late.stdout or b"").decode("utf-8", "replace"), "took too long"


class Control:
    """dbt-core in children of a process that has imported it and built a model once (tests/support/dbt_server.py)."""

    def __init__(self, profiles):
        self.process = subprocess.Popen(
            [sys.executable, HERE.parents[1] / "support/dbt_server.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "models").mkdir()
            (root / "dbt_project.yml").write_text(
                "name: warm\nprofile: test\nmodels: {+schema: warm, +materialized: table}\n"
            )
            (root / "models/warm.sql").write_text("select 1 as a")
            self.run(["build", "--profiles-dir", profiles], folder, warm=True)

    def run(self, args, folder, **more):
        self.process.stdin.write(json.dumps({"args": args, "cwd": folder, "env": environment(), **more}) + "\n")
        self.process.stdin.flush()
        done = json.loads(self.process.stdout.readline())
        return done["code"], done["out"], ""


control = None


def run_dbt(args):
    global control
    control = control or Control(option(args, "--profiles-dir"))
    return control.run(args, os.getcwd())


def invoke(self, args, **kwargs):
    global last_output
    args = [str(a) for a in args] + list(as_options(kwargs))
    since = time.time()
    code, out, err = (run_dbt if STARC == "dbt" else run_starc)(args)
    last_output = out + err
    print(out)
    print(err, file=sys.stderr)
    command = next((a for a in args if a in COMMANDS), None)
    result = result_of(command, args, out, code, since) if code in (0, 1) else None
    if code not in (0, 1) or (code == 1 and result is None):
        return cli.dbtRunnerResult(success=False, exception=CommandFailed(out + err))
    return cli.dbtRunnerResult(success=code == 0, result=result)


def run_dbt_and_capture(args=None, expect_pass=True):
    return util.run_dbt(args, expect_pass=expect_pass), last_output


cli.dbtRunner.invoke = invoke
util.dbtRunner = cli.dbtRunner
util.run_dbt_and_capture = run_dbt_and_capture
util.get_manifest = lambda project_root: read_manifest(pathlib.Path(project_root) / "target")
