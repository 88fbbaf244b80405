"""Sources: their quoting, what a project says over a package's, and freshness."""

import json, pathlib
import pytest
from conftest import profile_for, rows


def run(starc, folder, *args, code=0):
    r = starc(*args, cwd=folder)
    assert r.code == code, r.text
    return r


def manifest(folder):
    return json.loads((pathlib.Path(folder) / "target/manifest.json").read_text())


def test_the_quoting_of_a_project_is_not_that_of_sources(project, starc, request, postgres):
    """A source is quoted as it says itself, else as the database has it: those of packages too, in models, tests,
    freshness and the manifest."""
    folder = project(
        {
            "models/m.sql": "select s.n, o.n as own, p.n as packed from {{ source('raw', 'Order') }} s, {{ "
            "source('plain', 'Kind') }} o, {{ source('far', 'Order') }} p",
            "models/s.yml": "sources:\n- {name: raw, schema: Raw, loaded_at_field: at, freshness: {warn_after: {count: "
            "1, period: day}}, tables: [{name: Order, data_tests: [{dbt_utils_free: {at_least: "
            "5}}]}]}\n"
            "- {name: plain, schema: Raw, quoting: {schema: false}, tables: [{name: Kind, quoting: {identifier: "
            "false}}]}\n",
            "tests/generic/t.sql": "{% test dbt_utils_free(model, at_least) %}select * from {{ model }} where n < {{ "
            "at_least }}{% endtest %}",
            "macros/setup.sql": "{% macro setup() %}{% do run_query('drop schema if exists \"Raw\" cascade; drop "
            "schema if exists raw cascade; create schema \"Raw\"; create schema raw; create table "
            "\"Raw\".\"Order\" as select 5 as n, now() as at;"
            " create table raw.\"order\" as select 6 as n; create table raw.kind as select 7 as n; commit') %}{% "
            "endmacro %}",
            "packages.yml": "packages: [{local: pk}]\n",
            "pk/dbt_project.yml": "name: pk\nversion: '1.0'\nquoting: {identifier: false}\n",
            "pk/models/s.yml": "sources: [{name: far, schema: Raw, tables: [{name: Order}]}]\n",
        },
        extra="quoting: {database: false, schema: false, identifier: false}\n",
        profile=profile_for("postgres", request, "own"),
    )
    run(starc, folder, "deps")
    run(starc, folder, "run-operation", "setup")
    run(starc, folder, "build")
    run(starc, folder, "source", "freshness")
    assert [tuple(r.values()) for r in rows(starc, folder, "select n, own, packed from {{ ref('m') }}")] == [(5, 7, 5)]
    names = {k.split(".", 2)[2]: v["relation_name"].split(".", 1)[1] for k, v in manifest(folder)["sources"].items()}
    assert names == {"raw.Order": '"Raw"."Order"', "plain.Kind": "Raw.Kind", "far.Order": '"Raw"."Order"'}
    assert manifest(folder)["nodes"]["model.shop.m"]["relation_name"].endswith("own.m")


PACKAGE = """sources:
- name: shop
  schema: nowhere
  description: of the package
  tags: [theirs]
  loader: fivetran
  loaded_at_query: select 1
  tables:
  - name: t
    description: of the package
    identifier: none_such
    tags: [old]
    meta: {owner: them}
    freshness: {warn_after: {count: 1, period: day}}
    data_tests: [gone]
    columns: [{name: a, data_tests: [gone]}]
  - name: u
    columns: [{name: b, description: kept, data_tests: [kept]}]
"""
OVERRIDE = """sources:
- name: shop
  overrides: pk
  schema: real
  description: "{{ doc('ours') }}"
  tags: [mine]
  loaded_at_field: "1 = now()"
  tables:
  - name: t
    description: "of the {{ 'project' }}"
    identifier: it
    tags: [audited]
    meta: {owner: us}
    freshness: {error_after: {count: 2, period: hour}}
    data_tests: [ours]
    columns: [{name: c, description: new, data_tests: [ours]}]
"""


def overridden(project, name="shop", over=OVERRIDE, more=None):
    test = "{%% test %s(model, column_name=none) %%}select 1 from {{ model }}{%% endtest %%}"
    return project(
        {
            "models/o.yml": over,
            "models/d.md": "{% docs ours %}of the project{% enddocs %}",
            "tests/generic/t.sql": "".join(test % n for n in ("gone", "ours", "kept")),
            "packages.yml": "packages: [{local: pk}]\n",
            "pk/dbt_project.yml": "name: pk\nversion: '1.0'\n",
            "pk/models/s.yml": PACKAGE,
            **(more or {}),
        },
        name=name,
    )


def test_what_an_override_says_is_in_the_place_of_the_packages(project, starc):
    folder = overridden(project)
    run(starc, folder, "deps")
    run(starc, folder, "parse")
    m = manifest(folder)
    t, u = (m["sources"][f"source.pk.shop.{name}"] for name in "tu")
    assert {
        k: t[k]
        for k in (
            "schema",
            "identifier",
            "description",
            "source_description",
            "tags",
            "meta",
            "loaded_at_field",
            "loaded_at_query",
            "loader",
        )
    } == {
        "schema": "real",
        "identifier": "it",
        "description": "of the project",
        "source_description": "of the project",
        "tags": ["audited", "mine"],
        "meta": {"owner": "us"},
        "loaded_at_field": "1 = now()",
        "loaded_at_query": None,
        "loader": "fivetran",
    }
    assert t["freshness"]["error_after"] == {"count": 2, "period": "hour"} and t["freshness"]["warn_after"] == {
        "count": None,
        "period": None,
    }
    assert list(t["columns"]) == ["c"] and t["columns"]["c"]["description"] == "new" and list(u["columns"]) == ["b"]
    tests = {n["name"]: n for n in m["nodes"].values() if n["resource_type"] == "test"}
    assert sorted(tests) == ["source_kept_shop_u_b", "source_ours_shop_t_", "source_ours_shop_t_c"]
    ours = tests["source_ours_shop_t_c"]
    assert (
        ours["package_name"] == "pk"
        and sorted(ours["tags"]) == ["audited", "mine"]
        and ours["original_file_path"] == "models/s.yml"
    )


def test_the_places_of_an_overrides_errors_are_in_its_own_file(project, starc):
    folder = overridden(project, over=OVERRIDE.replace("[ours]}]", "[{ours: {severity: grave}}, not_ther]}]"))
    run(starc, folder, "deps")
    text = starc("parse", cwd=folder).text
    line = OVERRIDE[: OVERRIDE.index("columns:")].count("\n") + 1
    assert text.count(f"models/o.yml:{line}:") >= 2 and "models/s.yml" not in text, text


def test_an_override_of_nothing_or_a_second_one_is_told(project, starc):
    wrong = {
        "no_table": OVERRIDE.replace("- name: t\n", "- name: tt\n"),
        "no_source": OVERRIDE.replace("- name: shop", "- name: shoop"),
        "no_package": OVERRIDE.replace("overrides: pk", "overrides: kp"),
    }
    words = {
        "no_table": "has no table named 'tt'",
        "no_source": "the package 'pk' has no source named 'shoop'",
        "no_package": "there is no package named 'kp'",
    }
    for kind, over in wrong.items():
        folder = overridden(project, kind, over)
        run(starc, folder, "deps")
        r = run(starc, folder, "parse")
        assert (
            "warning: " in r.text and words[kind] in r.text and "models/o.yml:" in r.text and "did you mean" in r.text
        ), r.text
    folder = overridden(project, "twice", more={"models/p.yml": OVERRIDE})
    run(starc, folder, "deps")
    r = run(starc, folder, "parse", code=2)
    assert "overridden twice" in r.text and "models/o.yml:2:" in r.text and "models/p.yml:2:" in r.text


# What stands at the source, at its table, in the project file -> error_after, column and query that hold.
DAYS = "{error_after: {count: %d, period: day}}"
FRESHNESS = {
    "config_wins": (f"freshness: {DAYS % 1}, config: {{freshness: {DAYS % 2}}}", "", 2, "f", None),
    "table_config_wins": (
        f"freshness: {DAYS % 1}",
        f"freshness: {DAYS % 2}, config: {{freshness: {DAYS % 3}}}",
        3,
        "f",
        None,
    ),
    "table_over_source_config": (f"config: {{freshness: {DAYS % 1}}}", f"freshness: {DAYS % 2}", 2, "f", None),
    "parts_are_joined": (
        "freshness: {warn_after: {count: 9, period: day}}",
        f"config: {{freshness: {DAYS % 2}}}",
        2,
        "f",
        None,
    ),
    "null_at_the_table": (f"freshness: {DAYS % 1}", "freshness: null", None, "f", None),
    "null_in_its_config": (
        f"freshness: {DAYS % 1}",
        f"freshness: {DAYS % 2}, config: {{freshness: null}}",
        None,
        "f",
        None,
    ),
    "null_and_then_config": (
        f"freshness: {DAYS % 1}",
        f"freshness: null, config: {{freshness: {DAYS % 2}}}",
        2,
        "f",
        None,
    ),
    "field_over_query": (f"freshness: {DAYS % 1}, loaded_at_query: q", "loaded_at_field: g", 1, "g", None),
    "field_in_config_over_query": (
        f"freshness: {DAYS % 1}, loaded_at_query: q",
        "config: {loaded_at_field: g}",
        1,
        "g",
        None,
    ),
    "query_stays": (f"freshness: {DAYS % 1}, loaded_at_query: q", "config: {loaded_at_field: null}", 1, None, "q"),
    "null_in_config_is_the_sources": (f"freshness: {DAYS % 1}", "config: {loaded_at_field: null}", 1, "f", None),
    "null_is_no_field": (f"freshness: {DAYS % 1}", "loaded_at_field: null", 1, None, None),
}


def test_freshness_of_config_of_tables_and_null(project, starc):
    yaml = "sources:\n"
    for name, (source, table, *_) in FRESHNESS.items():
        field = "" if "loaded_at_query" in source else "loaded_at_field: f, "
        yaml += f"- {{name: {name}, {field}{source}, tables: [{{name: t{', ' + table if table else ''}}}]}}\n"
    folder = project({"models/s.yml": yaml})
    run(starc, folder, "parse")
    sources = manifest(folder)["sources"]
    found = {}
    for name in FRESHNESS:
        s = sources[f"source.shop.{name}.t"]
        limit = (s["freshness"] or {}).get("error_after") or {}
        found[name] = (limit.get("count"), s["loaded_at_field"], s["loaded_at_query"])
    assert found == {name: rest for name, (_, _, *rest) in FRESHNESS.items() for rest in [tuple(rest)]}
    assert sources["source.shop.parts_are_joined.t"]["freshness"]["warn_after"] == {"count": 9, "period": "day"}


def test_a_limit_without_a_field_is_an_error_of_its_source(project, starc, engine):
    yaml = """sources:
- name: raw
  schema: "{{ target.schema }}"
  config: {freshness: {warn_after: {count: 1, period: day}, error_after: null}}
  tables:
  - {name: bare}
  - {name: seen, loaded_at_field: at}
  - {name: quiet, freshness: null}
"""
    now = "now()" if engine.name == "postgres" else "now64()"
    folder = project(
        {"models/s.yml": yaml, "models/seen.sql": "{{ config(materialized='table') }}select %s as at" % now},
        profile=engine.profile(),
    )
    run(starc, folder, "run")
    r = run(starc, folder, "source", "freshness", code=1)
    assert (
        "models/s.yml:6:12: error: 'raw.bare' has limits of freshness and no loaded_at_field: the database has no such "
        "relation" in r.text
        and "PASS=1 WARN=0 ERROR=1 TOTAL=2" in r.text
    ), r.text
    results = {x["unique_id"]: x for x in json.loads((folder / "target/sources.json").read_text())["results"]}
    assert (
        results["source.shop.raw.bare"]["status"] == "runtime error"
        and "loaded_at_field" in results["source.shop.raw.bare"]["error"]
    )
    assert results["source.shop.raw.seen"]["criteria"] == {
        "warn_after": {"count": 1, "period": "day"},
        "error_after": None,
        "filter": None,
    }
    assert "source.shop.raw.quiet" not in results
    run(starc, folder, "source", "freshness", "--select", "source:raw.seen")


@pytest.mark.parametrize(
    "options, code",
    [
        (("--warn-error",), 1),
        (("--warn-error", "--dbt-version", "1.11"), 0),
        (("--warn-error-options", "{error: [LogFreshnessResult]}"), 1),
        (("--warn-error-options", "{error: all, silence: [LogFreshnessResult]}"), 0),
    ],
)
def test_an_old_source_is_an_error_where_warnings_are(project, starc, engine, options, code):
    """With dbt 1.12, not with 1.11."""
    old = "now() - interval '3 days'" if engine.name == "postgres" else "now64() - interval 3 day"
    folder = project(
        {
            "models/seen.sql": f"{{{{ config(materialized='table') }}}}select {old} as at",
            "models/s.yml": """sources:
- name: raw
  schema: "{{ target.schema }}"
  loaded_at_field: at
  freshness: {warn_after: {count: 1, period: day}}
  tables: [{name: seen}]
""",
        },
        profile=engine.profile(),
    )
    run(starc, folder, "run")
    r = run(starc, folder, "source", "freshness", *options, code=code)
    assert f"PASS=0 WARN={1 - code} ERROR={code} TOTAL=1" in r.text, r.text
