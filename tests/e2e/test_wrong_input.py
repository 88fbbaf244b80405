"""What is wrong with a project, beyond the golden cases: the same words over HTTP, and warnings that can be errors."""

import importlib.util, json, shutil
import pytest
from conftest import ROOT, profile_for, rows

spec = importlib.util.spec_from_file_location("golden", ROOT / "tests/golden/run.py")
golden = importlib.util.module_from_spec(spec)
spec.loader.exec_module(golden)
CASES = sorted(p.name for p in (ROOT / "tests/golden").glob("ch_*"))


def over_http(case, profile, folder):
    """A copy of a golden case of the embedded engine whose target is a server."""
    shutil.copytree(ROOT / "tests/golden" / case, folder)
    (folder / "project/profiles.yml").write_text(f"p: {{target: dev, outputs: {{dev: {json.dumps(profile)}}}}}\n")
    config = folder / "project/dbt_project.yml"
    config.write_text(config.read_text().rstrip() + "\nprofile: p\n")
    for path in (folder / "cmd", folder / "expect"):
        path.write_text(path.read_text().replace("analytics", profile["schema"]))
    return folder


@pytest.mark.parametrize("case", CASES)
def test_the_same_words_over_http(case, request, tmp_path):
    schema = f"words{CASES.index(case):04}"  # as long as `analytics`: the lines are as wide
    folder = over_http(case, profile_for("clickhouse", request, schema, threads=1), tmp_path / case)
    printed, _ = golden.run_case(folder)
    expected = (folder / "expect").read_text()
    embedded = "no profile found: the target is an embedded ClickHouse in .starc/warehouse"
    assert embedded in expected
    assert printed == expected.replace(embedded, "target dev (clickhouse, http)")


KEYLESS = {"models/m.sql": "{{ config(materialized='incremental', incremental_strategy='%s') }}\nselect 1 as id"}


def keyless(project, engine, strategy):
    schema = "keyless_" + strategy.replace("+", "_")
    return project({path: text % strategy for path, text in KEYLESS.items()}, profile=engine.profile(schema))


def test_a_strategy_without_its_key_appends_and_says_so(starc, project, engine):
    folder = keyless(project, engine, "delete+insert")
    for n in (1, 2):
        ran = starc("run", cwd=folder)
        assert (
            ran.code == 0 and ran.text.count("without a unique_key the strategy delete+insert replaces nothing") == 1
        ), ran.text
        assert "models/m.sql:1:61: warning" in ran.text and "incremental_strategy: append" in ran.text
        assert len(rows(starc, folder, "select * from {{ ref('m') }}")) == n
    strict = starc("run", "--warn-error", cwd=folder)
    assert strict.code == 1 and "models/m.sql:1:61: error: without a unique_key" in strict.text
    assert len(rows(starc, folder, "select * from {{ ref('m') }}")) == 2
    silent = starc("run", "--warn-error-options", "{silence: [JinjaLogWarning]}", cwd=folder)
    assert silent.code == 0 and "unique_key" not in silent.text


@pytest.mark.parametrize("strategy", ["default", "append"])
def test_what_is_meant_to_append_says_nothing(strategy, starc, project, engine):
    folder = keyless(project, engine, strategy)
    for n in (1, 2):
        ran = starc("run", cwd=folder)
        assert ran.code == 0 and "unique_key" not in ran.text, ran.text
        assert len(rows(starc, folder, "select * from {{ ref('m') }}")) == n


@pytest.mark.parametrize("macro", ["get_incremental_merge_sql", "postgres__get_incremental_merge_sql"])
def test_a_strategy_of_the_projects_own_may_do_without_a_key(macro, starc, project, request):
    own = "{%% macro %s(arg_dict) %%}delete from {{ arg_dict['target_relation'] }}{%% endmacro %%}" % macro
    folder = project(
        {"models/m.sql": KEYLESS["models/m.sql"] % "merge", "macros/m.sql": own},
        profile=profile_for("postgres", request, "own_merge_" + macro[:8]),
    )
    for _ in (1, 2):
        ran = starc("run", cwd=folder)
        assert ran.code == 0 and "unique_key" not in ran.text, ran.text
    assert not rows(starc, folder, "select * from {{ ref('m') }}")


def test_a_state_whose_relations_are_gone(starc, project, request):
    """What clone and --defer say, and the command that they name to try again."""

    def made(schema):
        return project(
            {"models/a.sql": "select 1 as id", "models/b.sql": "select * from {{ ref('a') }}"},
            profile=profile_for("postgres", request, schema),
        )

    folder = made("gone_prod")
    assert starc("run", cwd=folder).code == 0
    shutil.copytree(folder / "target", folder / "state")
    assert starc("run-operation", "run_query", "--args", "{sql: drop schema gone_prod cascade}", cwd=folder).code == 0
    made("gone_dev")
    r = starc("clone", "--state", "state", "--select", "a", cwd=folder)
    assert r.code == 1 and "there is nothing of that name in the database: build it there first" in r.text, r.text
    assert "again:    starc clone --select a --state state\n" in r.text, r.text
    r = starc("run", "--defer", "--state", "state", "--select", "b", cwd=folder)
    assert (
        r.code == 1 and "models/b.sql:1:18: error:" in r.text and "where the state says that it was built" in r.text
    ), r.text
    assert "again:    starc run --select b --defer --state state\n" in r.text, r.text
    (folder / "models/behind.sql").write_text("select * from {{ ref('b') }}")
    r = starc("build", "--select", "b+", "--defer", "--state", "state", cwd=folder)  # what waits for it comes too
    assert "again:    starc build --select b+ --defer --state state\n" in r.text, r.text
