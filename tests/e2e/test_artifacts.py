"""What artifacts say after a run: as tests/compat/artifacts.py finds them beside dbt-core, here without one."""

import hashlib, json, shutil
from conftest import profile_for
import pytest

FILES = {
    "models/raw.sql": "select 1 as id, 'a' as name",
    "models/middle.sql": "{{ config(materialized='ephemeral') }}\nselect id from {{ ref('raw') }}",
    "models/below.sql": "{{ config(materialized='ephemeral') }}\nselect id + 1 as id from {{ ref('middle') }}",
    "models/lonely.sql": "{{ config(materialized='ephemeral') }}\nselect 5 as five",
    "models/top.sql": "{% if execute %}{% set t = say() %}{% endif %}select * from {{ ref('below') }}",
    "models/broken.sql": "{{ config(materialized='view') }}\nselect * from nowhere_at_all",
    "models/of_broken.sql": "{{ config(materialized='ephemeral') }}\nselect * from {{ ref('broken') }}",
    "macros/say.sql": "{% macro say() %}{% do log('hello') %}{% endmacro %}",
    "models/m.yml": """
models:
- name: raw
  columns:
  - name: id
    data_tests: [unique]
  - name: name
    data_tests:
    - accepted_values:
        arguments: {values: [b]}
        config: {store_failures: true, severity: warn, limit: 3}
sources:
- name: shop
  schema: "{{ target.schema }}"
  tables:
  - name: raw
    loaded_at_query: "select {{ current_timestamp() }} from {{ this }} {{ '' if this.identifier == source_node.name \
else 'oh' }}"
    freshness: {warn_after: {count: 1, period: day}}
""",
}
HOOKS = "on-run-start: select 1 as started\non-run-end: select {{ results | length }} as ended\n"


@pytest.fixture
def built(project, starc, request):
    folder = project(FILES, profile=profile_for("postgres", request, "artifacts"), extra=HOOKS)
    r = starc("build", "--log-level", "error", cwd=folder)
    assert r.code == 1 and "nowhere_at_all" in r.text, r.text
    return folder


def read(folder, name="manifest"):
    return json.loads((folder / f"target/{name}.json").read_text())


def test_ephemeral_models_are_in_the_manifest_of_a_build(built):
    nodes = read(built)["nodes"]
    below = nodes["model.shop.below"]
    assert below["compiled"] and below["compiled_path"] == "target/compiled/shop/models/below.sql"
    assert below["compiled_code"].lstrip().startswith("with __dbt__cte__middle as (") and [
        c["id"] for c in below["extra_ctes"]
    ] == ["model.shop.middle"]
    assert (built / below["compiled_path"]).read_text() == below["compiled_code"]
    assert nodes["model.shop.lonely"]["compiled_code"].strip() == "select 5 as five"
    assert "compiled_code" not in nodes["model.shop.of_broken"]
    assert not [
        r for r in read(built, "run_results")["results"] if "below" in r["unique_id"] or "lonely" in r["unique_id"]
    ]


def test_macros_called_by_a_run_are_among_what_nodes_depend_on(built, starc):
    def macros():
        return {
            uid.rsplit(".", 1)[0] if uid.startswith("test.") else uid: n["depends_on"]["macros"]
            for uid, n in read(built)["nodes"].items()
        }

    ran = ["macro.dbt.get_limit_subquery_sql", "macro.dbt.should_store_failures"]
    after = macros()
    assert after["test.shop.unique_raw_id"] == [
        "macro.dbt.test_unique",
        "macro.dbt.get_where_subquery",
        *ran,
        "macro.dbt.statement",
    ]
    assert after["model.shop.top"] == ["macro.shop.say"]
    assert starc("parse", "-q", cwd=built).code == 0
    before = macros()
    assert before["test.shop.unique_raw_id"] == ["macro.dbt.test_unique"] and before["model.shop.top"] == []
    assert before["test.shop.accepted_values_raw_name__b"] == [
        "macro.dbt.test_accepted_values",
        "macro.dbt.get_where_subquery",
    ]


def test_stored_failures_are_in_the_catalog(built, starc):
    assert starc("docs", "generate", "-q", cwd=built).code == 0
    assert [k for k in read(built, "catalog")["nodes"] if k.startswith("test.shop.accepted_values_raw_name__b.")]
    index = {uid: n["index"] for uid, n in read(built)["nodes"].items() if n["resource_type"] == "operation"}
    assert set(index.values()) == {0}, index


def test_freshness_carries_hooks_out_and_says_so(built, starc):
    r = starc("source", "freshness", "-q", cwd=built)
    assert r.code == 0, r.text
    end = read(built)["nodes"]["operation.shop.shop-on-run-end-0"]
    assert end["compiled_code"] == "select 1 as ended" and end["index"] == 1


def test_hooks_at_the_end_read_what_each_kind_of_result_has(project, starc, request):
    """What packages that upload results read: a unit test as the model that it ran, a source's moments, tests of
    what is off in graph."""
    folder = project(
        {
            "models/a.sql": "select id, n + 1 as n from {{ source('s', 't') }}",
            "models/off.sql": "{{ config(enabled=false) }} select 1 as id",
            "seeds/t.csv": "id,n,at\n1,2,2024-01-01 10:00:00\n",
            "macros/dump.sql": """{% macro dump(results) %}{% for r in results %}{% set d = r.to_dict() %}{% set n = \
d['node'] %}
{% do log('SAW ' ~ tojson({'id': n['unique_id'], 'keys': d.keys() | list, 'sql': n.get('compiled_code'), \
'materialized': n['config'].get('materialized'),
                           'tested': n.get('tested_node_unique_id'), 'raw': n.get('raw_code'), 'at': \
d.get('max_loaded_at'), 'year': r.max_loaded_at.year if r.max_loaded_at else none, 'age': d.get('age')}), info=True) %}
{% endfor %}{% if execute %}{% do log('GRAPH ' ~ graph.nodes.values() | selectattr('resource_type', 'equalto', 'test') \
| map(attribute='name') | join(' '), info=True) %}{% endif %}{% endmacro %}""",
            "models/m.yml": """models:
- {name: 'off', columns: [{name: id, data_tests: [unique]}]}
sources:
- {name: s, schema: '{{ target.schema }}', tables: [{name: t, config: {loaded_at_field: at, freshness: {warn_after: \
{count: 1, period: day}}}}]}
unit_tests:
- {name: u, model: a, given: [{input: "source('s', 't')", rows: [{id: 1, n: 2}]}], expect: {rows: [{id: 1, n: 3}]}}
""",
        },
        profile=profile_for("postgres", request, "results"),
        extra='on-run-end: "{{ dump(results) }}"\nseeds: {+column_types: {at: timestamp}}\n',
    )

    def saw(*args):
        r = starc(*args, cwd=folder)
        assert "SAW" in r.text, r.text
        assert "GRAPH unique_off_id" in r.text, r.text
        return {
            x["id"]: x for x in (json.loads(line.split("SAW ", 1)[1]) for line in r.text.splitlines() if "SAW " in line)
        }

    common = {"status", "timing", "thread_id", "execution_time", "adapter_response", "message", "failures", "node"}
    starc("seed", "-q", cwd=folder)
    built = saw("build")
    unit, model = built["unit_test.shop.a.u"], built["model.shop.a"]
    assert set(unit["keys"]) == set(model["keys"]) == common | {"agate_table", "batch_results"}
    assert (
        unit["materialized"] == "unit"
        and unit["tested"] == "model.shop.a"
        and "__dbt__cte__s__t" in unit["sql"]
        and unit["raw"] == model["raw"]
    )
    assert list(read(folder)["unit_tests"]["unit_test.shop.a.u"]["config"]) == [
        "enabled",
        "tags",
        "meta",
        "static_analysis",
    ]
    source = saw("source", "freshness")["source.shop.s.t"]
    assert set(source["keys"]) == common | {"max_loaded_at", "snapshotted_at", "age"}
    assert source["at"] == "2024-01-01T10:00:00+00:00" and source["year"] == 2024 and source["age"] > 1e6, source


def test_a_query_of_freshness_that_is_wrong_is_shown_in_the_yaml(built, starc):
    (built / "models/m.yml").write_text(FILES["models/m.yml"].replace("current_timestamp()", "current_time_stamp()"))
    r = starc("source", "freshness", cwd=built)
    assert (
        r.code == 1 and "models/m.yml:" in r.text and "current_time_stamp" in r.text and "statements.sql" not in r.text
    ), r.text
    (built / "models/m.yml").write_text(FILES["models/m.yml"].replace("from {{ this }}", "from nowhere"))
    r = starc("source", "freshness", cwd=built)
    assert (
        r.code == 1 and "models/m.yml:" in r.text and "does not exist" in r.text and "statements.sql" not in r.text
    ), r.text


def test_graph_summary_has_the_graph_and_what_waits_for_tests(built, starc):
    def edges(section):
        nodes = read(built, "graph_summary")[section]
        return {
            n["name"].rsplit(".", 1)[0] if n["type"] == "test" else n["name"]: [
                nodes[str(i)]["name"] for i in n.get("succ", [])
            ]
            for n in nodes.values()
        }

    linked, ordered = edges("linked"), edges("with_test_edges")
    manifest = read(built)
    assert {
        uid.rsplit(".", 1)[0] if uid.startswith("test.") else uid: sorted(below)
        for uid, below in manifest["child_map"].items()
    } == {k: sorted(v) for k, v in linked.items()}
    assert ordered["test.shop.unique_raw_id"] == ["model.shop.middle"] and linked["test.shop.unique_raw_id"] == []
    assert starc("ls", "-q", cwd=built).code == 0
    assert list(read(built, "graph_summary")) == ["_invocation_id", "linked"]
    (built / "target/graph_summary.json").unlink()
    assert starc("parse", "-q", cwd=built).code == 0
    assert not (built / "target/graph_summary.json").exists()


def test_args_are_those_of_dbt(built, starc):
    assert "failing_rows" not in read(built, "run_results")["args"]
    assert starc("compile", "-q", cwd=built).code == 0
    assert read(built, "run_results")["args"]["inject_ephemeral_ctes"] is True


def test_odd_details_of_the_manifest_are_dbts(project, starc):
    profile = {
        "type": "postgres",
        "host": "127.0.0.1",
        "port": 1,
        "user": "u",
        "password": "p",
        "dbname": "d",
        "schema": "s",
        "threads": 1,
    }
    files = {
        "models/a.sql": "select 1 as id",
        "models/s.yml": """
models:
  - name: a
    columns:
      - name: id
        data_tests:
          - accepted_values: {arguments: {values: [1]}, config: {tags: [x, y]}}
          - accepted_values: {arguments: {values: [2]}, column_name: other}
          - accepted_values: {arguments: {values: [3], column_name: mine}}
          - not_null: {config: {tags: x}}
sources: [{name: raw, schema: "{{ var('where') }}", tables: [{name: t}, {name: u, quoting: {identifier: true}}]}]
""",
        "models/b.sql": "select '{{ var('where') }}' as w, '{{ adapter.config.quoting.schema }} {{ "
        "adapter.config.quoting.database }}' as q",
    }
    folder = project(
        files,
        profile=profile,
        extra="quoting: {schema: false, identifier: false}\nvars: {where: \"{{ target.schema }}_x\"}\n",
    )
    r = starc("compile", "--no-introspect", cwd=folder)
    m = json.loads((folder / "target/manifest.json").read_text())
    tests = {n["name"]: n for n in m["nodes"].values() if n["resource_type"] == "test"}
    # the tags of a generic test that dbt renders are there twice in its config
    assert tests["accepted_values_a_id__1"]["config"]["tags"] == ["x", "y", "x", "y"] and tests[
        "accepted_values_a_id__1"
    ]["tags"] == ["x", "y"]
    assert tests["not_null_a_id"]["config"]["tags"] == ["x"]
    # the column that a test stands at wins over a column_name beside its arguments, one among them over the column
    assert {"accepted_values_a_id__2", "accepted_values_a_mine__3"} <= set(tests)
    # var() in YAML gives templates as they are, in SQL what they make; a source is named as it is read: the project's
    # quoting is not its
    sources = {n["name"]: n["relation_name"] for n in m["sources"].values()}
    assert sources == {"t": '"d"."{{ target.schema }}_x"."t"', "u": '"d"."{{ target.schema }}_x"."u"'}
    assert "select 's_x' as w, 'False True' as q" == m["nodes"]["model.shop.b"]["compiled_code"], r.text


def test_what_cannot_be_compiled_ends_with_dbts_code(built, starc):
    (built / "models/wrong.sql").write_text("{% if execute %}{{ not_there() }}{% endif %}select 1 as id")
    for command in (
        ["compile"],
        ["docs", "generate"],
        ["show", "-s", "wrong"],
        ["show", "--inline", "select * from nowhere"],
    ):
        r = starc(*command, cwd=built)
        assert r.code == 2, (command, r.code, r.text)
    assert (built / "target/catalog.json").exists()  # what can be told is told
    assert starc("run", "-s", "wrong", cwd=built).code == 1


def test_results_of_what_passed_and_what_was_skipped(project, starc, request):
    folder = project(
        {
            "models/a.sql": "select 1 as id union all select 1",
            "models/bad.sql": "select nope",
            "models/below.sql": "select * from {{ ref('bad') }}",
            "models/a.yml": "models:\n- name: a\n  columns:\n  - name: id\n    data_tests:\n"
            "    - unique: {config: {warn_if: '>5', error_if: '>5'}}\n"
            "unit_tests:\n- {name: u, model: below, given: [{input: ref('bad'), format: sql, rows: select 1 as x}], "
            "expect: {format: sql, rows: select 1 as x}}\n",
        },
        profile=profile_for("postgres", request, "artifacts_results"),
    )
    assert starc("build", "-q", cwd=folder).code == 1
    found = {
        r["unique_id"].split(".")[2] if r["unique_id"].startswith("test.") else r["unique_id"]: r
        for r in read(folder, "run_results")["results"]
    }
    assert (found["unique_a_id"]["status"], found["unique_a_id"]["failures"]) == ("pass", 0)
    assert (found["model.shop.below"]["status"], found["model.shop.below"]["relation_name"]) == (
        "skipped",
        '"postgres"."artifacts_results"."below"',
    )
    assert (
        found["unit_test.shop.below.u"]["status"] == "skipped" and found["unit_test.shop.below.u"]["compiled"] is None
    )


MACROS = """{% macro first(a, b=1) %}{{ a }}{% endmacro %}

{%- macro second(x) -%}{{ adapter.dispatch('third', 'shop')(x) }}{%- endmacro -%}

{% macro third(x) %}{% endmacro %}
{% macro default__third(x) %}{{ x }}{% endmacro %}
"""
SCHEMA = """
macros:
- name: first
  arguments: [{name: a, type: "list[str]"}, {name: c, type: "list[strange]"}, {name: d}]
sources: [{name: s, tables: [{name: t}]}]
models:
- name: m
  data_tests: [{shop.unique_combination_of_columns: {arguments: {combination_of_columns: [b, a]}}}]
- name: days
  columns: [{name: day, granularity: day}]
  time_spine: {standard_granularity_column: day}
"""


def test_macros_and_models_in_the_manifest(project, starc, request):
    def made(extra):
        folder = project(
            {
                "macros/m.sql": MACROS,
                "models/days.sql": "select 1 as day",
                "models/m.yml": SCHEMA,
                "models/m.sql": "-- {{ source('s', 't') }} {{ source('s', 't') }}\nselect 1 as a, 2 as b",
                "macros/t.sql": "{% test unique_combination_of_columns(model, combination_of_columns) %}select 1 where "
                "false{% endtest %}",
            },
            profile=profile_for("postgres", request, "artifacts_parse"),
            extra=extra,
        )
        r = starc("parse", cwd=folder)
        assert r.code == 0, r.text
        return r.text, read(folder)

    text, m = made("flags: {validate_macro_args: false}\n")
    assert "in its text" not in text and m["macros"]["macro.shop.second"]["arguments"] == []
    # the white space that the tags take away belongs to the block, as in dbt's manifest
    assert m["macros"]["macro.shop.second"]["macro_sql"].startswith("\n\n{%- macro second") and m["macros"][
        "macro.shop.second"
    ]["macro_sql"].endswith("-%}\n\n")
    assert m["macros"]["macro.shop.second"]["depends_on"]["macros"] == ["macro.shop.third", "macro.shop.default__third"]
    model = m["nodes"]["model.shop.m"]
    assert model["sources"] == [["s", "t"]] and model["primary_key"] == ["b", "a"]
    assert m["nodes"]["model.shop.days"]["time_spine"]["custom_granularities"] == []
    text, m = made("")  # as dbt 1.12 has it
    assert m["macros"]["macro.shop.second"]["arguments"] == [{"name": "x", "type": None, "description": ""}]
    for words in (
        "argument 2 of the macro 'first' is 'c' here, 'b' in its text",
        "has the type 'list[strange]'",
        "has 3 arguments here and 2 in its text",
    ):
        assert words in text, text


def test_project_flags_are_among_the_args(project, starc, request):
    folder = project(
        {"models/a.sql": "select 1 as id"},
        profile=profile_for("postgres", request, "artifacts_flags"),
        extra="flags: {validate_macro_args: true, state_modified_compare_vars: true}\n",
    )
    assert starc("run", "-q", cwd=folder).code == 0
    args = read(folder, "run_results")["args"]
    assert (
        args["validate_macro_args"] is True
        and args["state_modified_compare_vars"] is True
        and args["require_nested_cumulative_type_params"] is True
    )


PARTS = {
    "models/d.md": "{% docs moment %}when it came in{% enddocs %}",
    "macros/m.sql": "{% macro m(x) %}{{ x }}{% endmacro %}\n",
    "macros/m.yml": "macros: [{name: m, arguments: [{name: x, description: \"an {{ doc('moment') }}\"}]}]",
    "models/parent.sql": "{{ config(materialized='table') }} select 1 as id, 2 as amount, now()::timestamp as ts",
    "models/child.sql": "{{ config(materialized='table') }} select 1 as id, 1 as other",
    "models/p.yml": """
models:
- name: parent
  config: {contract: {enforced: true}}
  constraints: [{type: primary_key, columns: [id]}]
  columns: [{name: id, data_type: int}, {name: amount, data_type: int}, {name: ts, data_type: timestamp, granularity: \
day}]
  time_spine: {standard_granularity_column: ts}
- name: child
  config: {contract: {enforced: true}}
  constraints: [{type: foreign_key, columns: [id], to: ref('parent'), to_columns: [id]}]
  columns:
  - {name: id, data_type: int}
  - {name: other, data_type: int, constraints: [{type: foreign_key, to: "source('shop', 'parent')", to_columns: [id]}]}
sources: [{name: shop, schema: "{{ target.schema }}", tags: [a], tables: [{name: parent, tags: [b]}, {name: bare}]}]
semantic_models:
- name: sem
  model: ref('parent')
  defaults: {agg_time_dimension: ts}
  entities: [{name: order_key, type: primary, expr: id, description: "{{ doc('moment') }}"}]
  dimensions: [{name: ts, type: time, type_params: {time_granularity: day}, description: "{{ doc('moment') }}"}]
  measures: [{name: amount, agg: sum, description: "{{ doc('moment') }}"}]
metrics: [{name: total, label: Total, type: simple, type_params: {measure: amount}}]
exposures:
- {name: beside, type: ml, owner: {name: o}, tags: [own], meta: {own: 1}}
- {name: within, type: ml, owner: {name: o}, config: {tags: [own], meta: {own: 1}}}
""",
}
TREES = """
exposures: {shop: {+tags: [all], +meta: {all: 1}}}
metrics: {shop: {+tags: [all]}}
sources: {shop: {+tags: [all], +meta: {all: 1}}}
on-run-start: select 1
models: {shop: {+tags: [all]}}
"""


def test_keys_and_descriptions_and_tags_are_as_dbt_has_them(project, starc, request):
    folder = project(PARTS, profile=profile_for("postgres", request, "parts"), extra=TREES)
    read = lambda: json.loads((folder / "target/manifest.json").read_text())
    keys = lambda m: [
        c["to"]
        for c in (
            m["nodes"]["model.shop.child"]["constraints"]
            + m["nodes"]["model.shop.child"]["columns"]["other"]["constraints"]
        )
    ]
    assert starc("parse", cwd=folder).code == 0
    m = read()
    assert keys(m) == ["ref('parent')", "source('shop', 'parent')"]
    sem = m["semantic_models"]["semantic_model.shop.sem"]
    assert [sem[part][0]["description"] for part in ("entities", "dimensions", "measures")] == ["when it came in"] * 3
    assert m["macros"]["macro.shop.m"]["arguments"][0]["description"] == "an when it came in"
    beside, within = (m["exposures"]["exposure.shop." + name] for name in ("beside", "within"))
    assert (beside["tags"], beside["meta"], beside["config"]["tags"]) == (
        ["all", "own"],
        {"own": 1, "all": 1},
        ["all", "own"],
    )
    assert (within["tags"], within["meta"], within["config"]["meta"]) == (["own"], {"own": 1}, {"own": 1})
    assert [m["sources"]["source.shop.shop." + name]["tags"] for name in ("parent", "bare")] == [["a", "b"], ["a"]]
    metric = m["metrics"]["metric.shop.total"]
    assert (metric["tags"], metric["config"]["tags"]) == ([], ["all"])
    assert m["nodes"]["operation.shop.shop-on-run-start-0"]["tags"] == ["on-run-start", "all"]
    for more in ([], ["--empty"]):
        r = starc("build", *more, cwd=folder)
        assert r.code == 0, r.text
        assert keys(read()) == ['"%s"."parts"."parent"' % profile_for("postgres", request, "parts")["dbname"]] * 2


def test_what_dbt_reads_of_schema_files_it_is_lenient_with(project, starc):
    folder = project(
        {
            "models/m.sql": "select 1 as a",
            "macros/mm.sql": "{% macro mm(x) %}1{% endmacro %}{% macro m2() %}{% endmacro %}",
            "models/p.yml": """
version: [any, value]
models:
  - name: m
    doc_blocks: 2
    columns:
      - name: a
        doc_blocks: [hello, 2]
        data_tests:
          - not_null:
              config:
                severity: |
                  warn
                where: |
                  a = 1
                warn_if: |
                  > 1
                fail_calc: |
                  count(*)
                limit: |
                  5
                tags: [quick]
                meta: {text: "kept\\n"}
macros:
  - {name: mm, meta: {a: 1, b: 1}, docs: {show: true, node_color: red}, config: {meta: {b: 2, c: 3}, docs: {show: \
false}}}
  - {name: m2, meta: {a: 1}, docs: {show: false}}
data_tests:
  - description: of no test
""",
        }
    )
    r = starc("parse", cwd=folder)
    assert r.code == 0, r.text
    manifest = json.loads((folder / "target/manifest.json").read_text())
    test = next(n for i, n in manifest["nodes"].items() if i.startswith("test."))
    assert {k: test["config"][k] for k in ("severity", "where", "warn_if", "fail_calc", "limit", "meta")} == {
        "severity": "warn",
        "where": "a = 1",
        "warn_if": "> 1",
        "fail_calc": "count(*)",
        "limit": 5,
        "meta": {"text": "kept\n"},
    }
    assert '{{ config(severity="warn",tags=[\'quick\'],where="a = 1"' in test["raw_code"], test["raw_code"]
    assert manifest["nodes"]["model.shop.m"]["columns"]["a"]["doc_blocks"] == []
    mm, m2 = manifest["macros"]["macro.shop.mm"], manifest["macros"]["macro.shop.m2"]
    assert mm["meta"] == mm["config"]["meta"] == {"a": 1, "b": 2, "c": 3} and mm["docs"] == mm["config"]["docs"] == {
        "show": False,
        "node_color": None,
    }
    assert m2["meta"] == m2["config"]["meta"] == {"a": 1} and m2["docs"] == {"show": False, "node_color": None}


def test_folders_of_the_project_may_be_given_whole(project, starc):
    folder = project(
        {
            "models/m.sql": "select 1 as a",
            "models/p.yml": "models: [{name: m, description: \"{{ doc('x') }}\"}]",
            "alt/x.md": "{% docs x %}hey{% enddocs %}",
        }
    )
    with open(folder / "dbt_project.yml", "a") as f:
        f.write(f'docs-paths: ["{folder}/alt"]\nmodel-paths: ["{folder}/models/"]\n')
    r = starc("ls", "-q", "--output", "json", "--output-keys", "description original_file_path", cwd=folder)
    assert r.code == 0 and json.loads(r.out) == {"description": "hey", "original_file_path": "models/m.sql"}, r.text


def test_plain_calls_of_doc_are_blocks_and_functions_in_python_are_templates(project, starc):
    folder = project(
        {
            "functions/f.py": "# {{ var('n') }}\ndef main(x):\n    return x + {{ var('n') }}\n",
            "functions/f.yml": "functions: [{name: f, arguments: [{name: x, data_type: integer}], returns: {data_type: "
            "integer}}]\n",
            "models/a.sql": "select 1 as id",
            "models/d.md": "{% docs d %}aaa{% enddocs %}{% docs e %}eee{% enddocs %}",
            "models/m.yml": """models:
- name: a
  description: "{{ doc('d').replace('a', 'b') }}"
  columns:
  - {name: id, description: "{{ doc('d') }} and {{ doc('e') | upper }}"}
  - {name: other, description: "{{ doc('shop', 'e') }}"}
""",
        },
        extra="vars: {n: 3}\n",
    )
    assert starc("compile", "-q", cwd=folder).code == 0
    manifest = read(folder)
    model = manifest["nodes"]["model.shop.a"]
    assert model["doc_blocks"] == [] and model["description"] == "bbb"
    assert {c["name"]: (c["doc_blocks"], c["description"]) for c in model["columns"].values()} == {
        "id": (["doc.shop.d"], "aaa and EEE"),
        "other": (["doc.shop.e"], "eee"),
    }
    assert manifest["functions"]["function.shop.f"]["compiled_code"] == "# 3\ndef main(x):\n    return x + 3"


def test_plain_tags_and_meta_of_all_exposures_are_joined(project, starc):
    folder = project(
        {
            "models/a.sql": "select 1 as id",
            "models/e.yml": "exposures:\n- {name: e, type: ml, owner: {name: o}, config: {tags: [l, c], meta: {a: "
            "3}}}\n",
        },
        extra="exposures:\n  tags: [g, c]\n  meta: {a: 1, b: 2}\n",
    )
    assert starc("parse", "-q", cwd=folder).code == 0
    e = read(folder)["exposures"]["exposure.shop.e"]
    assert e["tags"] == e["config"]["tags"] == ["c", "g", "l"] and e["meta"] == e["config"]["meta"] == {"a": 3, "b": 2}


def test_checksums_and_files_of_snapshots_by_release_of_dbt(starc, project):
    text = "\n select 1 as id,\n\t 'a  b' as\u00a0name -- é\n\n"
    folder = project(
        {
            "models/m.sql": text,
            "snapshots/s.yml": "snapshots:\n  - {name: kept, relation: ref('m'), config: {strategy: check, unique_key: "
            "id, check_cols: all}}\n",
            "snapshots/b.sql": "{% snapshot block %}{{ config(strategy='check', unique_key='id', check_cols='all') "
            "}}select * from {{ ref('m') }}{% endsnapshot %}",
        },
        extra="on-run-end: select 1\n",
    )
    hook = (folder / "dbt_project.yml").read_text()
    expected = {
        "1.11": (str.strip, "s.yml/kept.sql", "b.sql"),
        "1.12": (lambda t: " ".join(t.split()), "kept.sql", "b.sql/block.sql"),
    }
    for release, (counted, path, compiled) in expected.items():
        r = starc("compile", "--dbt-version", release, cwd=folder)
        assert r.code == 0, r.text
        nodes = json.loads((folder / "target/manifest.json").read_text())["nodes"]
        for node, source in (("model.shop.m", text), ("operation.shop.shop-on-run-end-0", hook)):
            assert nodes[node]["checksum"]["checksum"] == hashlib.sha256(counted(source).encode()).hexdigest(), (
                release,
                node,
            )
        assert nodes["snapshot.shop.kept"]["path"] == path
        assert (folder / "target/compiled/shop/snapshots" / compiled).is_file()
        shutil.rmtree(folder / "target")


def test_a_manifest_that_many_threads_write_is_whole_and_in_order(project, starc):
    n = 700
    files = {f"models/m{i:03}.sql": f"{{{{ config(meta={{'n': {i}}}) }}}}select {i} as id" for i in range(n)}
    files["models/m.yml"] = "models:\n" + "".join(
        f"- {{name: m{i:03}, description: hidden-words d{i}}}\n" for i in range(n)
    )
    folder = project(files)
    assert starc("parse", "-q", cwd=folder, env={"DBT_ENV_SECRET_X": "hidden-words"}).code == 0
    nodes = read(folder)["nodes"]
    assert list(nodes) == [f"model.shop.m{i:03}" for i in range(n)]
    assert [(x["meta"], x["description"]) for x in nodes.values()] == [({"n": i}, f"***** d{i}") for i in range(n)]


def test_what_dbt_1_12_writes_of_configs(project, starc):
    """Each value as dbt-core 1.12.6 wrote it for this project; that of 1.11 where it is another one."""
    folder = project(
        {
            "models/a_v1.sql": "select 1 as id",
            "models/a_v2.sql": "{{ config(tags=['own']) }} select 2 as id",
            "models/days.sql": "select 1 as day",
            "models/b.sql": "select 1 as id",
            "functions/plus.sql": "a + 1",
            "seeds/s.csv": "id\n1\n",
            "functions/plus.yml": "functions: [{name: plus, arguments: [{name: a, data_type: int}], returns: "
            "{data_type: int}}]",
            "macros/t.sql": "{% test positive(model, column_name) %}select 1 from {{ model }} where false{% endtest %}",
            "tests/one.sql": "select 1 where false",
            "tests/s.yml": "data_tests: [{name: one, config: {tags: [x]}}]",
            "models/s.yml": """
seeds: [{name: s, config: {tags: [raw], meta: {list: [1], deep: {of: [a]}}}}]
models:
  - name: a
    config: {tags: [both]}
    versions: [{v: 1, config: {tags: [old]}}, {v: 2}]
    columns: [{name: id, data_tests: [{positive: {config: {limit: 10, store_failures: true, tags: [n], severity: \
warn}}}, {not_null: {config: {limit: 10}}}]}]
  - name: b
    docs: {show: false}
    config: {tags: one, freshness: {build_after: {count: 1, period: day}}}
  - {name: days, time_spine: {standard_granularity_column: day, custom_granularities: [{name: fiscal}]}, columns: \
[{name: day, granularity: day}, {name: fiscal}]}
sources:
  - name: raw
    tables: [{name: t, external: {location: here, partitions: [{name: p, data_type: date, extra: 3}]}}]
""",
        }
    )

    def manifest(*args):
        r = starc("parse", *args, cwd=folder)
        assert r.code == 0, r.text
        m = json.loads((folder / "target/manifest.json").read_text())
        test = next(n for k, n in m["nodes"].items() if ".positive_a_v1_id." in k)
        plain = next(n for k, n in m["nodes"].items() if ".not_null_a_v1_id." in k)

        def written(name):
            return m["nodes"][name]["unrendered_config"]

        return {
            "seed": written("seed.shop.s"),
            "old": written("model.shop.a.v1"),
            "new": written("model.shop.a.v2"),
            "b": written("model.shop.b"),
            "one": written("test.shop.one"),
            "test": {k: v for k, v in test["unrendered_config"].items() if k != "alias"},
            "plain": plain["unrendered_config"],
            "version": test["refs"][0]["version"],
            "function": m["functions"]["function.shop.plus"]["config"].get("snowflake"),
            "partitions": m["sources"]["source.shop.raw.t"]["external"]["partitions"],
            "spine": m["nodes"]["model.shop.days"]["time_spine"]["custom_granularities"],
            "fresh": m["nodes"]["model.shop.b"]["config"]["freshness"],
        }

    newer, older = manifest(), manifest("--dbt-version", "1.11")
    assert newer == {
        "seed": {"meta": {"deep": {"of": ["a", "a"]}, "list": [1, 1]}, "tags": ["raw", "raw"]},
        "old": {"tags": ["old", "old", "both"]},
        "new": {"tags": ["own"]},
        "b": {"docs": {"show": False}, "freshness": {"build_after": {"count": 1, "period": "day"}}, "tags": "one"},
        "one": {"tags": ["x"]},
        "test": {"limit": "10", "severity": "warn", "store_failures": "True", "tags": "['n']"},
        "plain": {"limit": 10},
        "version": 1,
        "function": {"quote_args": True},
        "partitions": [{"name": "p", "description": "", "data_type": "date", "meta": {}, "extra": 3}],
        "spine": [{"name": "fiscal", "column_name": None}],
        "fresh": {"build_after": {"count": 1, "period": "day", "updates_on": "any"}},
    }
    assert {k: v for k, v in older.items() if v != newer[k]} == {
        "seed": {"meta": {"deep": {"of": ["a"]}, "list": [1]}, "tags": ["raw"]},
        "old": {"tags": ["old", "both"]},
        "test": {"limit": 10, "severity": "warn", "store_failures": True, "tags": ["n", "n"]},
        "version": "1",
        "function": None,
        "partitions": [{"name": "p", "data_type": "date", "extra": 3}],
    }
