"""Functions of the database: made by build, called by function(), in the graph, the manifest, selection and state."""

import json
import pytest
from conftest import ENGINES, profile_for

YAML = """
functions:
  - name: twice
    description: Two times the price
    config: {tags: [maths], meta: {owner: shop}}
    arguments: [{name: price, data_type: int, description: what it costs}]
    returns: {data_type: int}
  - name: twice_and_one
    arguments: [{name: price, data_type: int}]
    returns: {data_type: int}
"""
FILES = {
    "functions/twice.sql": "select price * 2",
    "functions/f.yml": YAML,
    "functions/more/twice_and_one.sql": "{{ config(alias=target.schema ~ '_plus') }}\n"
    "select {{ function('twice') }}(price) + 1",
    "models/prices.sql": "select 7 as price",
    "models/totals.sql": "select {{ function('shop', 'twice_and_one') }}(price) as total from {{ ref('prices') }}",
}


def rows(starc, folder, query):
    r = starc("show", "--inline", query, "--output", "json", "--quiet", cwd=folder)
    assert r.code == 0, r.text
    return [list(row.values()) for row in json.loads(r.out)["show"]]


def statuses(folder):
    results = json.loads((folder / "target/run_results.json").read_text())["results"]
    return {r["unique_id"]: r["status"] for r in results}


@pytest.mark.parametrize("kind", ENGINES)
def test_a_function_is_built_before_what_calls_it_and_can_be_replaced(kind, request, project, starc):
    folder = project(FILES, profile=profile_for(kind, request, f"functions_{kind}"))
    for factor in (2, 3):
        (folder / "functions/twice.sql").write_text(f"select price * {factor}")
        r = starc("build", cwd=folder)
        assert r.code == 0, r.text
        assert rows(starc, folder, "select total from {{ ref('totals') }}") == [[7 * factor + 1]]
    assert statuses(folder)["function.shop.twice_and_one"] == "success"
    node = json.loads((folder / "target/manifest.json").read_text())["functions"]["function.shop.twice"]
    made = next(
        r
        for r in json.loads((folder / "target/run_results.json").read_text())["results"]
        if r["unique_id"] == "function.shop.twice"
    )
    assert made["relation_name"] == node["relation_name"] and "twice" in made["relation_name"]
    assert node["arguments"] == [
        {"name": "price", "data_type": "int", "description": "what it costs", "default_value": None}
    ]
    assert node["returns"] == {"data_type": "int", "description": None}
    assert node["config"]["materialized"] == "function" and node["config"]["type"] == "scalar"
    model = json.loads((folder / "target/manifest.json").read_text())["nodes"]["model.shop.totals"]
    assert model["functions"] == [["shop", "twice_and_one"]]
    assert model["depends_on"]["nodes"] == ["model.shop.prices", "function.shop.twice_and_one"]


def test_selection_state_and_commands_know_functions(request, project, starc):
    folder = project(FILES, profile=profile_for("postgres", request, "functions_chosen"))

    def ls(*args):
        r = starc("ls", "--quiet", *args, cwd=folder)
        assert r.code == 0, r.text
        return r.out.split()

    assert ls("--resource-type", "function") == ["shop.twice", "shop.more.twice_and_one"]
    assert ls("--select", "resource_type:function,tag:maths") == ["shop.twice"]
    assert set(ls("--select", "twice+")) == {"shop.more.twice_and_one", "shop.totals", "shop.twice"}
    assert starc("build", cwd=folder).code == 0
    assert starc("run", cwd=folder).code == 0
    assert set(statuses(folder)) == {"model.shop.prices", "model.shop.totals"}  # as dbt: run makes models
    (folder / "target").rename(folder / "before")
    (folder / "functions/f.yml").write_text(YAML.replace("description: what it costs", "default_value: 5"))
    assert ls("--select", "state:modified", "--state", "before") == ["shop.twice"]
    r = starc("build", "--select", "state:modified", "--state", "before", cwd=folder)
    assert r.code == 0, r.text
    assert rows(starc, folder, "select {{ function('twice') }}()") == [[10]]
    # --defer: another schema has no function, the earlier run's is called
    other = (folder / "profiles.yml").read_text().replace("functions_chosen", "functions_deferred")
    (folder / "profiles.yml").write_text(other)
    r = starc("compile", "--inline", "{{ function('twice') }}", "--defer", "--state", "before", "--quiet", cwd=folder)
    assert '"functions_chosen"."twice"' in r.out, (r.out, r.text)


@pytest.mark.parametrize("volatility, word", [("deterministic", "i"), ("stable", "s"), ("non-deterministic", "v")])
def test_volatility_of_the_project_file(volatility, word, request, postgres, project, starc):
    folder = project(
        FILES,
        extra=f"functions: {{+volatility: {volatility}}}\n",
        profile=profile_for("postgres", request, f"functions_volatile_{word}"),
    )
    assert starc("build", cwd=folder).code == 0
    assert rows(
        starc,
        folder,
        "select provolatile::text from pg_proc where proname = 'twice' and pronamespace::regnamespace::text = '{{ "
        "target.schema }}'",
    ) == [[word]]


def test_a_function_that_fails_leaves_out_what_calls_it(request, project, starc):
    folder = project(
        {**FILES, "functions/twice.sql": "select prise * 2"},
        profile=profile_for("postgres", request, "functions_broken"),
    )
    r = starc("build", cwd=folder)
    assert r.code == 1 and "prise" in r.text, r.text
    assert statuses(folder) == {
        "function.shop.twice": "error",
        "function.shop.twice_and_one": "skipped",
        "model.shop.prices": "success",
        "model.shop.totals": "skipped",
    }


def test_a_model_may_have_the_name_of_a_function(request, project, starc):
    """The relation is made beside the function, which stays; dbt would take the one for the other."""
    folder = project(
        {**FILES, "models/lib.sql": "{{ config(alias='twice', materialized='table') }} select 1 as x"},
        profile=profile_for("postgres", request, "functions_twins"),
    )
    for _ in range(2):
        r = starc("build", "--full-refresh", cwd=folder)
        assert r.code == 0, r.text
    assert rows(starc, folder, "select x + {{ function('twice') }}(2) from {{ ref('lib') }}") == [[5]]


def test_what_clickhouse_has_not_is_told(request, project, starc):
    folder = project(
        {**FILES, "functions/f.yml": YAML.replace("description: what it costs", "default_value: 5")},
        profile=profile_for("clickhouse", request, "functions_default"),
    )
    r = starc("build", "--select", "twice", cwd=folder)
    assert r.code == 1 and "the argument 'price' of the function 'twice' has a default_value" in r.text


OVERLOADS = """
functions:
  - name: shown
    arguments: [{name: a, data_type: int}]
    returns: {data_type: int}
    overloads:
      - defined_in: shown_text
        arguments: [{name: a, data_type: text}, {name: ending, data_type: text, default_value: "'!'"}]
        returns: {data_type: text}
      - {defined_in: shown_sum, arguments: [{name: a, data_type: int}, {name: b, data_type: int}]}
  - {name: one, returns: {data_type: int}}
"""
OVERLOADED = {
    "functions/f.yml": OVERLOADS,
    "functions/shown.sql": "{{ config(alias='displayed') }} select a + 1",
    "functions/one.sql": "select 1",
    "functions/shown_text.sql": "select a || ending -- {{ target.name }}",
    "functions/shown_sum.sql": "select a + b + {{ function('one') }}()",
    "models/m.sql": "select {{ function('shown') }}(1) as x, {{ function('shown') }}('q'::text) as y, {{ "
    "function('shown') }}(1, 2) as z",
}


def test_overloads_are_made_with_their_function(request, project, starc):
    folder = project(OVERLOADED, profile=profile_for("postgres", request, "functions_overloads"))
    r = starc("build", cwd=folder)
    assert r.code == 0, r.text
    assert rows(starc, folder, "select * from {{ ref('m') }}") == [[2, "q!", 4]]
    assert starc("build", cwd=folder).code == 0
    results = {r["unique_id"]: r for r in json.loads((folder / "target/run_results.json").read_text())["results"]}
    assert results["function.shop.shown"]["overload_results"] == {
        "successful": ["shown_text", "shown_sum"],
        "failed": [],
    }
    assert (
        results["function.shop.one"]["overload_results"] == {"successful": [], "failed": []}
        and results["model.shop.m"]["overload_results"] is None
    )
    manifest = json.loads((folder / "target/manifest.json").read_text())
    assert set(manifest["functions"]) == {"function.shop.shown", "function.shop.one"}
    shown = manifest["functions"]["function.shop.shown"]
    assert shown["depends_on"]["nodes"] == ["function.shop.one"]  # of an overload's body
    assert shown["overloads"][1] == {
        "defined_in": "shown_sum",
        "returns": None,
        "description": None,
        "compiled_body": None,
        "arguments": [{"name": n, "data_type": "int", "description": None, "default_value": None} for n in "ab"],
        "raw_body": "select a + b + {{ function('one') }}()",
    }
    (folder / "target").rename(folder / "before")
    assert starc("ls", "--select", "state:modified", "--state", "before", "--quiet", cwd=folder).out == ""
    (folder / "functions/shown_text.sql").write_text("select a")
    assert starc("ls", "--select", "state:modified", "--state", "before", "--quiet", cwd=folder).out == "shop.shown\n"


def test_overloads_that_are_wrong(request, project, starc):
    files = {
        **OVERLOADED,
        "functions/f.yml": OVERLOADS.replace("shown_sum,", "shown_sums,").replace(
            "returns: {data_type: int}}\n",
            "returns: {data_type: int}, overloads: [{defined_in: one}, {arguments: []}, {defined_in: shown_text}]}\n",
        ),
    }
    folder = project(files, profile=profile_for("postgres", request, "functions_wrong"))
    r = starc("parse", cwd=folder)
    for said in ("there is no file of functions named 'shown_sums'", "an overload needs `defined_in:`"):
        assert said in r.text, r.text
    (folder / "functions/f.yml").write_text(files["functions/f.yml"].replace("{arguments: []}, ", ""))
    r = starc("parse", cwd=folder)
    for said in ("the function 'one' is no overload of itself", "'shown_text' is an overload already"):
        assert said in r.text, r.text
    (folder / "functions/shown_text.sql").write_text("select nowhere")
    (folder / "functions/f.yml").write_text(OVERLOADS)
    r = starc("build", cwd=folder)
    assert (
        r.code == 1
        and 'column "nowhere" does not exist' in r.text
        and statuses(folder)["function.shop.shown"] == "error"
    ), r.text


def test_overloads_are_no_thing_of_clickhouse(request, project, starc):
    folder = project(OVERLOADED, profile=profile_for("clickhouse", request, "functions_overloads"))
    r = starc("build", "--select", "shown", cwd=folder)
    assert r.code == 1 and "has overloads, and functions of ClickHouse have none" in r.text, r.text
