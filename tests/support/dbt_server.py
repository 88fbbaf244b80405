"""Runs dbt commands, each in a child of a process that has imported dbt once: a command costs what it does, not the
imports.

Reads one JSON object a line ({"args": [..], "cwd": .., "env": {..}}) and answers with one ({"code": .., "out":
..}). With
"warm": true the command is run in the process itself, so that those after it find dbt's classes and templates
compiled.
STARC_NOW in env is the moment at which the command finds the clock, as with starc.
Run with the python of a venv that has dbt: dbt_venv.python_with_dbt.
"""

import importlib, json, os, sys, tempfile, traceback


def child(order, out):
    os.dup2(out.fileno(), 1)
    os.dup2(out.fileno(), 2)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = ["dbt", *order["args"]]
    from dbt.cli.main import cli

    if "STARC_NOW" in order["env"]:
        import freezegun

        freezegun.freeze_time(order["env"]["STARC_NOW"], tick=True).start()
    try:
        cli(order["args"], prog_name="dbt")
        code = 0
    except SystemExit as e:
        code = e.code if isinstance(e.code, int) else int(e.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def warm(order):
    from dbt.cli.main import dbtRunner

    kept, here = dict(os.environ), os.getcwd()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    dbtRunner().invoke(["--log-level", "none", "--log-level-file", "none", *order["args"]])
    os.chdir(here)
    os.environ.clear()
    os.environ.update(kept)


# dbt's static parser keeps threads, which a fork loses and then waits for. In its place templates are rendered, and the
# inputs of unit tests read here.
def rendered_instead(_text):
    from dbt_extractor import ExtractionError

    raise ExtractionError("")


def inputs(text):
    found = {"refs": [], "sources": set(), "configs": []}

    def ref(*names, v=None, version=None):
        version = v if version is None else version
        found["refs"].append(
            {
                "name": names[-1],
                **({"package": names[0]} if len(names) > 1 else {}),
                **({} if version is None else {"version": version}),
            }
        )

    try:
        eval(text.strip("{} "), {"ref": ref, "source": lambda *names: found["sources"].add(names)})
    except Exception:
        rendered_instead(text)
    return found


def main():
    for name in (
        "dbt.cli.main",
        "dbt.task.build",
        "dbt.adapters.postgres",
        "dbt.adapters.clickhouse",
        "metricflow_semantic_interfaces",
    ):
        try:
            importlib.import_module(name)
        except ImportError:
            pass
    import dbt.parser.models as models, dbt.parser.unit_tests as unit_tests

    models.py_extract_from_source = rendered_instead
    unit_tests.py_extract_from_source = inputs
    for line in sys.stdin:
        order = json.loads(line)
        if order.get("warm"):
            warm(order)
            print(json.dumps({"code": 0, "out": ""}), flush=True)
            continue
        with tempfile.TemporaryFile() as out:
            pid = os.fork()
            if pid == 0:
                child(order, out)
            _, status = os.waitpid(pid, 0)
            out.seek(0)
            answer = {"code": os.waitstatus_to_exitcode(status), "out": out.read().decode("utf-8", "replace")}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
