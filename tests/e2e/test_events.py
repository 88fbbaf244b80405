"""Structured logs: what tests/compat/events.json has of dbt's events, and what is starc's own."""

import json, sys
from conftest import ROOT, STARC

sys.path.insert(0, str(ROOT / "tests/compat"))
import events


def test_events_are_those_of_dbt(postgres):
    bad = events.compare(STARC, postgres)
    assert not bad, "\n".join(bad)


def lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


TWO = {
    "models/a.sql": "select 1 as id",
    "models/b.sql": "{{ log('said', info=True) }} select id from {{ ref('a') }}",
    "tests/fails.sql": "select * from {{ ref('b') }}",
}


def test_the_file_and_the_terminal_have_the_same_events(project, starc, postgres):
    profile = {
        "type": "postgres",
        "host": "127.0.0.1",
        "port": postgres.port,
        "user": postgres.user,
        "password": postgres.password,
        "dbname": postgres.dbname,
        "schema": "same_events",
        "threads": 2,
    }
    folder = project(TWO, profile=profile)
    r = starc(
        "build",
        "--log-format",
        "json",
        "--log-level",
        "debug",
        cwd=folder,
        env={"DBT_ENV_CUSTOM_ENV_RUN": "r7", "DBT_ENV_CUSTOM_ENV_A": "1=2"},
    )
    shown, written = lines(r.out), lines((folder / "logs/dbt.log").read_text())

    def at(e):
        return e["info"]["name"], e["info"]["msg"], e["data"]

    assert r.code == 1 and list(map(at, shown)) == list(map(at, written)), r.text
    assert all(e["info"]["extra"] == {"A": "1=2", "RUN": "r7"} for e in shown)
    # The result of a node: when it ended, its status; a line of its own at info level for JSON alone.
    result = next(
        e for e in shown if e["info"]["name"] == "LogModelResult" and e["data"]["node_info"]["node_name"] == "b"
    )
    info = result["data"]["node_info"]
    assert info["node_status"] == "success" and info["node_started_at"] <= info["node_finished_at"] != "", info
    assert result["data"]["description"] == "sql view model same_events.b" and result["data"]["status"] == "CREATE VIEW"
    test = next(e for e in shown if e["info"]["name"] == "LogTestResult")
    assert test["data"]["num_failures"] == 1 and test["info"]["level"] == "error", test
    stats = next(e for e in shown if e["info"]["name"] == "StatsLine")["data"]["stats"]
    assert stats == {"error": 1, "noop": 0, "pass": 2, "reused": 0, "skip": 0, "total": 3, "warn": 0}
    done = shown[-1]
    assert (
        done["info"]["name"] == "CommandCompleted"
        and done["data"]["success"] is False
        and "build" in done["data"]["command"]
    ), done
    # A finding of no node; levels are kept to in JSON as well.
    (folder / "models/c.sql").write_text("select * from {{ ref('nobody') }}")
    (folder / "models/s.yml").write_text("models: [{name: nobody_else}, {name: a, deprecation_date: 2020-01-01}]")
    project_file = folder / "dbt_project.yml"
    project_file.write_text(project_file.read_text() + "models: {shop: {nowhere: {+materialized: table}}}\n")
    wrong = lines(starc("parse", "--log-format", "json", cwd=folder).out)
    named = {e["info"]["name"]: e for e in wrong}
    assert (
        "unknown-ref" in named["MainEncounteredError"]["data"]["exc"]
        and named["NoNodeForYamlKey"]["info"]["code"] == "I058"
    ), named.keys()

    def keys(name, *words):
        return [named[name]["data"][w] for w in words]

    assert keys("NoNodeForYamlKey", "patch_name", "yaml_key", "file_path") == ["nobody_else", "models", "models/s.yml"]
    (folder / "models/c.sql").unlink()
    named = {
        e["info"]["name"]: e
        for e in lines(starc("run", "--log-format", "json", "--select", "not_there", cwd=folder).out)
    }
    assert keys("DeprecatedModel", "model_name", "deprecation_date")[0] == "a" and keys(
        "NoNodesForSelectionCriteria", "spec_raw"
    ) == ["not_there"]
    assert (
        keys("UnusedResourceConfigPath", "unused_config_paths") == [["models.shop.nowhere"]] and "NothingToDo" in named
    )
    (folder / "models/c.sql").write_text("select * from {{ ref('nobody') }}")
    quiet = lines(starc("parse", "--log-format", "json", "--quiet", cwd=folder).out)
    assert {e["info"]["level"] for e in quiet} == {"error"}, quiet


def test_a_refused_statement_has_no_status(project, starc, postgres):
    """Readers of the log take a statement with a status as done; what broke a node off is told before its result."""
    profile = {
        "type": "postgres",
        "host": "127.0.0.1",
        "port": postgres.port,
        "user": postgres.user,
        "password": postgres.password,
        "dbname": postgres.dbname,
        "schema": "refused_events",
        "threads": 1,
    }
    folder = project(
        {"models/a.sql": "{{ config(materialized='table') }} select 1 / 0 as x", "tests/fails.sql": "select 1 as one"},
        profile=profile,
    )
    r = starc("build", "--log-format", "json", "--log-level", "debug", cwd=folder)

    def of(node):
        return [e for e in lines(r.out) if e["data"].get("node_info", {}).get("node_name") == node]

    broken, names = of("a"), [e["info"]["name"] for e in of("a")]
    at = names.index("AdapterEventDebug")
    assert names[at - 1] == "SQLQuery" and names[at + 1 : at + 3] == ["CatchableExceptionOnRun", "LogModelResult"], (
        names
    )
    assert (
        broken[at]["data"]["base_msg"] == "division by zero" and "division by zero" in broken[at + 1]["data"]["exc"]
    ), broken[at]
    assert "CatchableExceptionOnRun" not in [e["info"]["name"] for e in of("fails")], r.text
