#!/usr/bin/env python3
"""Compares the events of --log-format json with dbt-core's, one command of STEPS after the other.

usage: events.py [--starc build/starc] [--record]

Both work in a copy of projects/events, which has one of each kind of node and of each way that one can end. What
dbt did is kept
in events.json, so that it is compared without dbt: of each event that dbt knows the code, the level and the types
of its data; of
each command the events with their level and, where they are about a node, the node and its status. --record asks
dbt anew.
tests/e2e/test_events.py runs the comparison. The last line is 'N differences'; exit 0 if none.
"""

import argparse, json, os, pathlib, re, shlex, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests/support")]
from dbt_venv import AS_DBT

RECORDED, PROJECT = HERE / "events.json", HERE / "projects/events"

DAYS = "--event-time-start 2024-01-01 --event-time-end 2024-01-04"
WHOLE = "--vars '{broken: false}'"
STEPS = [
    "deps",
    "debug",
    "parse",
    "ls --select view_m",
    "ls --select nothing_here",
    "compile --select view_m",
    "compile --inline 'select 1 as id'",
    "seed --select s",
    f"build {DAYS}",
    f"retry {WHOLE}",
    f"run {DAYS}",
    f"run {DAYS} {WHOLE} --select +inc micro",
    "test",
    "snapshot",
    f"test {WHOLE} --select good_unit",
    "source freshness",
    "docs generate",
    f"docs generate {WHOLE}",
    "show --select s",
    "show --inline 'select 1 as id'",
    "run-operation say",
    "run-operation trips",
    "run-operation no_such",
    "run --select nothing_here",
    f"run {DAYS} --fail-fast --select raises",
    "compile",
    f"clone --state saved --target other {WHOLE} --select view_m table_m s",
    f"build {WHOLE} --select exposure:* saved_query:* view_m",
    "clean",
]

# --- what a command wrote


def rows_of(text):
    """[name, level, node, status] of each event, once and in order of name."""
    seen, events = set(), []
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if "info" not in event:
            continue
        events.append(event)
        info, node = event["info"], event["data"].get("node_info", {})
        seen.add((info["name"], info["level"], node.get("unique_id", ""), node.get("node_status", "")))
    return [list(row) for row in sorted(seen)], events


def run(program, line, folder, env):
    words = shlex.split(line)
    p = subprocess.run(
        [*program, *words, "--log-format", "json", "--log-level", "debug"],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if line == "parse":  # what clone looks at
        shutil.copytree(folder / "target", folder / "saved", dirs_exist_ok=True)
    return p.returncode, p.stdout + p.stderr


def sql(server, text):
    subprocess.run(
        ["psql", "-qX", "-h", "127.0.0.1", "-p", str(server.port), "-U", server.user, "-d", server.dbname, "-c", text],
        env={**os.environ, "PGPASSWORD": server.password},
        check=True,
        stderr=subprocess.DEVNULL,
    )


def all_steps(program, server, name):
    """(line, exit code, rows, events) of each step, in a database of its own."""
    sql(server, f"create database {name}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="events"))
    env = {k: v for k, v in os.environ.items() if not k.startswith("DBT_")}
    env.update(
        AS_DBT,
        NO_COLOR="1",
        DBT_PROFILES_DIR=".",
        EVENTS_DB=name,
        PGPORT=str(server.port),
        PGUSER=server.user,
        PGPASSWORD=server.password,
        DBT_ENV_CUSTOM_ENV_RUN="r77",
        DO_NOT_TRACK="1",
    )
    try:
        shutil.copytree(
            PROJECT,
            folder,
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("target", "logs", "dbt_packages", "package-lock.yml"),
        )
        for line in STEPS:
            code, text = run(program, line, folder, env)
            yield (line, code, *rows_of(text))
    finally:
        shutil.rmtree(folder)
        sql(server, f"drop database {name} with (force)")


# --- what dbt knows

DEFINITIONS = r'''
import json, inspect
from google.protobuf.descriptor import FieldDescriptor as F
import dbt.events.types, dbt.adapters.events.types, dbt_common.events.types
from dbt_common.events.base_types import BaseEvent, DynamicLevel
NAMES = {F.CPPTYPE_STRING: "str", F.CPPTYPE_INT32: "int", F.CPPTYPE_UINT32: "int", F.CPPTYPE_INT64: "str", F.CPPTYPE_UINT64: "str",
         F.CPPTYPE_DOUBLE: "float", F.CPPTYPE_FLOAT: "float", F.CPPTYPE_BOOL: "bool", F.CPPTYPE_ENUM: "str", F.CPPTYPE_MESSAGE: "dict"}
def shape(field):
    many = field.is_repeated if hasattr(field, "is_repeated") else field.label == F.LABEL_REPEATED
    message = field.message_type
    if message and message.GetOptions().map_entry: return "dict"
    if many: return "list"
    if message and message.full_name == "google.protobuf.Timestamp": return "str?"
    return NAMES[field.cpp_type] + ("?" if field.has_presence else "")
out = {}
for module in (dbt_common.events.types, dbt.adapters.events.types, dbt.events.types):
    for name, c in inspect.getmembers(module, inspect.isclass):
        if not issubclass(c, BaseEvent) or name.endswith("Level") or name == "BaseEvent": continue
        fields = getattr(c.PROTO_TYPES_MODULE, name).DESCRIPTOR.fields
        event = c.__new__(c)
        level = "any" if issubclass(c, DynamicLevel) else c.level_tag(event).value
        out[name] = [c.code(event), level, {f.name: shape(f) for f in fields}]
print(json.dumps(out))
'''


def record(server):
    from dbt_venv import python_with_dbt

    python = python_with_dbt()
    known = json.loads(subprocess.check_output([python, "-c", DEFINITIONS]))
    steps, keys = {}, {}
    for line, code, rows, events in all_steps([python.parent / "dbt"], server, "events_dbt"):
        print(code, line, len(rows), flush=True)
        steps[line] = [code, [row for row in rows if is_compared(row)]]
        for e in events:
            for name in ("node_info", "run_result", "group"):
                if e["data"].get(name):
                    keys[name] = sorted({*keys.get(name, []), *e["data"][name]})
    write({"keys": keys, "known": known, "steps": steps})


def write(found):
    """An event and a row of a step a line, so that a change is seen in a diff."""

    def lines(items):
        return "{\n" + ",\n".join(f"{json.dumps(k)}: {v}" for k, v in sorted(items)) + "\n}"

    def step(s):
        return f"[{s[0]}, [\n" + ",\n".join(json.dumps(r) for r in s[1]) + "\n]]"

    RECORDED.write_text(
        lines(
            [
                ("keys", json.dumps(found["keys"])),
                ("known", lines((k, json.dumps(v)) for k, v in found["known"].items())),
                ("steps", lines((k, step(s)) for k, s in found["steps"].items())),
            ]
        )
        + "\n"
    )


# --- comparing

# dbt's rows that starc does not have on purpose: (name or *, node or *) -> why. NODE_STATUS: where dbt's is of no use.
WITHOUT = {
    "UnableToPartialParse": "there is no parse cache",
    "ParsePerfInfoPath": "no perf_info.json is written",
    "Formatting": "blank lines are those of starc's own terminal",
    "MainStackTrace": "a trace of Python's",
    "GenericExceptionOnRun": "of a batch: LogBatchResult and RunResultError say it, once",
    "LogCancelLine": "--fail-fast lets what runs come to its end",
}
KNOWN = {
    ("show --select s", "LogStartLine"): "show loads no seed",
    ("show --select s", "LogSeedResult"): "show loads no seed",
    ("compile", "MainEncounteredError"): "each node has its own RunResultError",
    (f"docs generate", "MainEncounteredError"): "likewise",
    ("run-operation no_such", "RunningOperationCaughtError"): "one error, told once",
}

TOLD_ONCE = ("Log", "SkippingDetails", "RunResult")  # what is about a node and is not dbt's is an error here
MORE = {
    ("clone", "LogStartLine"): "dbt's clone says nothing of nodes",
    ("clone", "LogModelResult"): "",
    ("clone", "LogSeedResult"): "",
    ("compile", "RunResultError"): "each failure is told at its node",
    ("docs", "RunResultError"): "",
    ("model.proj.micro", "RunResultFailure"): "a partial success is told with its reason",
    ("model.proj.micro", "RunResultError"): "",
}


def json_type(v):
    return (
        "float"
        if isinstance(v, float)
        else "bool"
        if isinstance(v, bool)
        else "int"
        if isinstance(v, int)
        else type(v).__name__
    )


def wrong_data(known, keys, event):
    """What of one event's data is not as dbt's has it."""
    info, data = event["info"], event["data"]
    if info["name"] not in known:
        bad = [] if re.fullmatch(r"S\d\d\d", info["code"]) else ["a code of dbt's form"]
        return bad + [f"extra {info['extra']}"] * (info["extra"] != {"RUN": "r77"})
    code, level, fields = known[info["name"]]
    bad = [f"code {info['code']}"] * (info["code"] != code) + [f"level {info['level']}"] * (
        level not in ("any", info["level"])
    )
    bad += [f"has {k}" for k in data if k not in fields]
    for key, kind in fields.items():
        if key not in data:
            bad += [] if kind.endswith("?") else [f"lacks {key}"]
        elif json_type(data[key]) != kind.rstrip("?") and not (kind == "float" and isinstance(data[key], int)):
            bad.append(f"{key} is {json_type(data[key])}, not {kind}")
    for name, want in keys.items():
        if data.get(name) and not set(want) - {"package_name"} <= set(data[name]):
            bad.append(f"{name} lacks {sorted(set(want) - set(data[name]))}")
    return bad + [f"extra {info['extra']}"] * (info["extra"] != {"RUN": "r77"})


def is_compared(row):
    name, level = row[0], row[1]
    return level != "debug" or name in (
        "NodeStart",
        "NodeCompiling",
        "NodeExecuting",
        "NodeFinished",
        "CommandCompleted",
    )


def stands_for(row, rows):
    """Whether starc has dbt's row. Where dbt names no node, or no status (it makes another node of a unit test),
    starc may."""
    name, level, node, status = row
    if name == "JinjaLogInfo":
        status = ""  # dbt renders the text of a unit test when it is executed
    return any(
        name == r[0] and level == r[1] and node in ("", r[2]) and (status in ("", "None") or status == r[3])
        for r in map(list, rows)
    )


def compare(starc, server):
    found = json.loads(RECORDED.read_text())
    bad = []
    for line, code, rows, events in all_steps([starc], server, "events_starc"):
        dbts_code, dbts = found["steps"][line]
        if code != dbts_code:
            bad.append(f"{line}: exit code {code}, dbt's is {dbts_code}")
        for row in filter(is_compared, dbts):
            if row[0] not in WITHOUT and (line, row[0]) not in KNOWN and not stands_for(row, rows):
                bad.append(f"{line}: no {' '.join(row)}")
        said = {(r[0], r[2]) for r in dbts}
        for name, level, node, status in rows:
            if (
                node
                and name.startswith(TOLD_ONCE)
                and (name, node) not in said
                and not {(line.split()[0], name), (node, name)} & MORE.keys()
            ):
                bad.append(f"{line}: {name} of {node} is not dbt's")
        for text in sorted(
            {f"{e['info']['name']}: {b}" for e in events for b in wrong_data(found["known"], found["keys"], e)}
        ):
            bad.append(f"{line}: {text}")
    return bad


def main():
    from servers import PostgresServer

    p = argparse.ArgumentParser()
    p.add_argument("--starc", default=ROOT / "build/starc")
    p.add_argument("--record", action="store_true")
    a = p.parse_args()
    with PostgresServer() as server:
        if a.record:
            return record(server)
        bad = compare(a.starc, server)
    print(*bad, f"{len(bad)} differences", sep="\n")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
