"""What artifacts say after a run: as tests/compat/artifacts.py finds them beside dbt-core, here without one."""
import json
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
    loaded_at_query: "select {{ current_timestamp() }} from {{ this }} {{ '' if this.identifier == source_node.name else 'oh' }}"
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
    assert below["compiled_code"].lstrip().startswith("with __dbt__cte__middle as (") and [c["id"] for c in below["extra_ctes"]] == ["model.shop.middle"]
    assert (built / below["compiled_path"]).read_text() == below["compiled_code"]
    assert nodes["model.shop.lonely"]["compiled_code"].strip() == "select 5 as five"
    assert "compiled_code" not in nodes["model.shop.of_broken"]
    assert not [r for r in read(built, "run_results")["results"] if "below" in r["unique_id"] or "lonely" in r["unique_id"]]

def test_macros_called_by_a_run_are_among_what_nodes_depend_on(built, starc):
    def macros(): return {uid.rsplit(".", 1)[0] if uid.startswith("test.") else uid: n["depends_on"]["macros"] for uid, n in read(built)["nodes"].items()}
    ran = ["macro.dbt.get_limit_subquery_sql", "macro.dbt.should_store_failures"]
    after = macros()
    assert after["test.shop.unique_raw_id"] == ["macro.dbt.test_unique", "macro.dbt.get_where_subquery", *ran, "macro.dbt.statement"]
    assert after["model.shop.top"] == ["macro.shop.say"]
    assert starc("parse", "-q", cwd=built).code == 0
    before = macros()
    assert before["test.shop.unique_raw_id"] == ["macro.dbt.test_unique"] and before["model.shop.top"] == []
    assert before["test.shop.accepted_values_raw_name__b"] == ["macro.dbt.test_accepted_values", "macro.dbt.get_where_subquery"]

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

def test_a_query_of_freshness_that_is_wrong_is_shown_in_the_yaml(built, starc):
    (built / "models/m.yml").write_text(FILES["models/m.yml"].replace("current_timestamp()", "current_time_stamp()"))
    r = starc("source", "freshness", cwd=built)
    assert r.code == 1 and "models/m.yml:" in r.text and "current_time_stamp" in r.text and "statements.sql" not in r.text, r.text
    (built / "models/m.yml").write_text(FILES["models/m.yml"].replace("from {{ this }}", "from nowhere"))
    r = starc("source", "freshness", cwd=built)
    assert r.code == 1 and "models/m.yml:" in r.text and "does not exist" in r.text and "statements.sql" not in r.text, r.text

def test_args_are_those_of_dbt(built, starc):
    assert "failing_rows" not in read(built, "run_results")["args"]
    assert starc("compile", "-q", cwd=built).code == 0
    assert read(built, "run_results")["args"]["inject_ephemeral_ctes"] is True

def test_odd_details_of_the_manifest_are_dbts(project, starc):
    profile = {"type": "postgres", "host": "127.0.0.1", "port": 1, "user": "u", "password": "p", "dbname": "d", "schema": "s", "threads": 1}
    files = {"models/a.sql": "select 1 as id", "models/s.yml": """
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
""", "models/b.sql": "select '{{ var('where') }}' as w, '{{ adapter.config.quoting.schema }} {{ adapter.config.quoting.database }}' as q"}
    folder = project(files, profile=profile, extra="quoting: {schema: false, identifier: false}\nvars: {where: \"{{ target.schema }}_x\"}\n")
    r = starc("compile", "--no-introspect", cwd=folder)
    m = json.loads((folder / "target/manifest.json").read_text())
    tests = {n["name"]: n for n in m["nodes"].values() if n["resource_type"] == "test"}
    # the tags of a generic test that dbt renders are there twice in its config
    assert tests["accepted_values_a_id__1"]["config"]["tags"] == ["x", "y", "x", "y"] and tests["accepted_values_a_id__1"]["tags"] == ["x", "y"]
    assert tests["not_null_a_id"]["config"]["tags"] == ["x"]
    # the column that a test stands at wins over a column_name beside its arguments, one among them over the column
    assert {"accepted_values_a_id__2", "accepted_values_a_mine__3"} <= set(tests)
    # var() in YAML gives templates as they are, in SQL what they make; the project's quoting holds for sources
    sources = {n["name"]: n["relation_name"] for n in m["sources"].values()}
    assert sources == {"t": '"d".{{ target.schema }}_x.t', "u": '"d".{{ target.schema }}_x."u"'}
    assert "select 's_x' as w, 'False True' as q" == m["nodes"]["model.shop.b"]["compiled_code"], r.text
