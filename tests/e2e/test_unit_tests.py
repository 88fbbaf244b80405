"""Unit tests: rows in every form, overrides, incremental models, versions, what a failure shows."""
import hashlib, json

MODELS = {
    "models/orders.sql": "{{ config(materialized='table') }} select 1 as id, 'a' as kind, 10 as amount",
    "models/kinds.sql": "select 'a' as kind, 'first' as label",
    "models/labelled.sql": """
select o.id, k.label, o.amount * {{ factor() }} as amount, '{{ var("currency", "EUR") }}' as currency, '{{ env_var("PLACE", "here") }}' as place
from {{ ref('orders') }} o join {{ ref('kinds') }} k on k.kind = o.kind""",
    "macros/factor.sql": "{% macro factor() %}1{% endmacro %}",
}

def statuses(folder):
    results = json.loads((folder / "target/run_results.json").read_text())["results"]
    return {r["unique_id"].split(".")[-1]: r["status"] for r in results if r["unique_id"].startswith("unit_test.")}

def test_rows_in_every_form_and_overrides(project, starc, engine):
    folder = project({**MODELS,
                      "tests/fixtures/deep/some_kinds.csv": "kind,label\nb,\"second, quoted\"\nc,\n",
                      "tests/fixtures/wanted.sql": "select 5 as id, 'second, quoted' as label, 14 as amount, 'USD' as currency, 'there' as place",
                      "models/t.yml": """
unit_tests:
  - name: as_dicts
    model: labelled
    given:
      - input: ref('orders')
        rows: [{ID: 3, kind: b, amount: 7}, {id: 4, kind: c}]
      - input: ref('kinds')
        format: csv
        rows: |
          kind,label
          b,it's b
    expect:
      rows: [{id: 3, label: "it's b", amount: 7, currency: EUR, place: here}]
  - name: from_files
    model: labelled
    overrides: {macros: {factor: 2}, vars: {currency: USD}, env_vars: {PLACE: there}}
    given:
      - {input: ref('orders'), format: sql, rows: "select 5 as id, 'b' as kind, 7 as amount"}
      - {input: ref('kinds'), format: csv, fixture: some_kinds}
    expect: {format: sql, fixture: wanted}
  - name: no_rows
    model: labelled
    given: [{input: ref('orders'), rows: []}, {input: ref('kinds'), rows: []}]
    expect: {rows: []}
"""}, profile=engine.profile(), extra="vars: {currency: EUR}\n")
    assert starc("run", cwd=folder).code == 0
    r = starc("test", cwd=folder)
    assert r.code == 0, r.text
    assert statuses(folder) == {"as_dicts": "pass", "from_files": "pass", "no_rows": "pass"}

def test_a_failure_shows_what_differs_and_stops_the_model(project, starc, engine):
    folder = project({**MODELS, "models/t.yml": """
unit_tests:
  - name: differs
    model: labelled
    given:
      - {input: ref('orders'), rows: [{id: 1, kind: a, amount: 1}, {id: 2, kind: a, amount: 2}, {id: 3, kind: a, amount: 3}]}
      - {input: ref('kinds'), rows: [{kind: a, label: x}]}
    expect:
      rows: [{id: 1, label: x}, {id: 2, label: y}, {id: 9, label: z}]
"""}, profile=engine.profile())
    r = starc("build", cwd=folder)
    assert r.code == 1, r.text
    assert "@@ ,id,label\n   ,1 ,x\n→  ,2 ,y→x\n+++,3 ,x\n---,9 ,z\n" in r.out, r.text
    line = {w: l for l in r.out.splitlines() for w in ("orders", "labelled") if f".{w} " in l}
    assert "OK" in line["orders"] and "SKIP" in line["labelled"], r.text
    results = json.loads((folder / "target/run_results.json").read_text())["results"]
    one = next(x for x in results if x["unique_id"] == "unit_test.shop.labelled.differs")
    assert one["status"] == "fail" and one["failures"] == 1 and "actual differs from expected" in one["message"]

def test_incremental_models_both_ways(project, starc, engine):
    order = ", order_by='id'" if engine.name != "postgres" else ""
    folder = project({"models/src.sql": "select 1 as id", "models/inc.sql": "{{ config(materialized='incremental'%s) }} select id from {{ ref('src') }}"
                      "{%% if is_incremental() %%} where id > (select max(id) from {{ this }}){%% endif %%}" % order,
                      "models/t.yml": """
unit_tests:
  - name: whole
    model: inc
    overrides: {macros: {is_incremental: false}}
    given: [{input: ref('src'), rows: [{id: 1}, {id: 5}]}]
    expect: {rows: [{id: 5}, {id: 1}]}
  - name: only_new
    model: inc
    overrides: {macros: {is_incremental: true}}
    given: [{input: ref('src'), rows: [{id: 1}, {id: 5}]}, {input: this, rows: [{id: 3}]}]
    expect: {rows: [{id: 5}]}
"""}, profile=engine.profile())
    assert starc("run", cwd=folder).code == 0
    r = starc("build", cwd=folder)
    assert r.code == 0, r.text
    assert statuses(folder) == {"whole": "pass", "only_new": "pass"}

def test_versions_seeds_sources_and_ephemeral_inputs(project, starc, engine):
    folder = project({"seeds/colors.csv": "code,color\n1,red\n2,blue\n",
                      "models/eph.sql": "{{ config(materialized='ephemeral') }} select 1 as code",
                      "models/m_v1.sql": "select c.color from {{ ref('colors') }} c join {{ ref('eph') }} e on c.code = e.code",
                      "models/m_v2.sql": "select c.color from {{ ref('colors') }} c join {{ ref('eph') }} e on c.code = e.code",
                      "models/t.yml": """
models:
  - name: m
    latest_version: 2
    versions: [{v: 1}, {v: 2}]
unit_tests:
  - name: all_of_them
    model: m
    given: [{input: ref('colors')}, {input: ref('eph'), format: sql, rows: select 2 as code}]
    expect: {rows: [{color: blue}]}
  - name: not_one
    model: m
    versions: {exclude: [1]}
    given: [{input: ref('colors')}, {input: ref('eph'), format: sql, rows: select 1 as code}]
    expect: {rows: [{color: red}]}
"""}, profile=engine.profile())
    r = starc("build", cwd=folder)
    assert r.code == 0, r.text
    assert statuses(folder) == {"all_of_them_v1": "pass", "all_of_them_v2": "pass", "not_one_v2": "pass"}

def test_what_is_wrong_with_the_rows_is_told(project, starc, engine):
    folder = project({**MODELS, "models/t.yml": """
unit_tests:
  - name: odd_input
    model: labelled
    given: [{input: ref('orders'), rows: [{idd: 1}]}, {input: ref('kinds'), rows: []}]
    expect: {rows: [{id: 1}]}
  - name: odd_expectation
    model: labelled
    given: [{input: ref('orders'), rows: [{id: 1}]}, {input: ref('kinds'), rows: []}]
    expect: {rows: [{labell: x}]}
  - name: not_given
    model: labelled
    given: [{input: ref('orders'), rows: []}]
    expect: {rows: []}
"""}, profile=engine.profile())
    assert starc("run", cwd=folder).code == 0
    r = starc("test", cwd=folder)
    assert r.code == 1
    assert "Invalid column name: 'idd' in unit test fixture for 'orders'" in r.out, r.text
    assert "Invalid column name: 'labell' in unit test fixture for expected output" in r.out, r.text
    assert "unit test 'not_given' gives no rows for ref('kinds'), which 'labelled' reads" in r.out, r.text

def test_a_changed_unit_test_is_modified_by_dbts_checksum(project, starc):
    def tests(label):
        return {"models/t.yml": f"""
unit_tests:
  - name: one
    model: labelled
    description: left as {{{{ it }}}} is
    overrides: {{vars: {{currency: "it's"}}}}
    given:
      - {{input: ref('orders'), format: sql, rows: "select 1 as id\\n"}}
      - {{input: ref('kinds'), format: csv, fixture: some}}
    expect: {{rows: [{{id: null, label: x}}, {{id: 1, label: y}}, {{id: 1.5, label: {label}}}]}}
""", "tests/fixtures/some.csv": "kind,label\na,\n"}
    folder = project({**MODELS, **tests("z")}, profile={"type": "postgres", "host": "127.0.0.1", "port": 1, "user": "u", "password": "p", "dbname": "d", "schema": "s"})
    r = starc("parse", "--target-path", "old", cwd=folder)
    assert r.code == 0, r.text
    test = json.loads((folder / "old/manifest.json").read_text())["unit_tests"]["unit_test.shop.labelled.one"]
    given = ("[UnitTestInputFixture(input=\"ref('orders')\", rows='select 1 as id', format=<UnitTestFormat.SQL: 'sql'>, fixture=None), "
             "UnitTestInputFixture(input=\"ref('kinds')\", rows=[{'kind': 'a', 'label': None}], format=<UnitTestFormat.CSV: 'csv'>, fixture='some')]")
    expect = ("UnitTestOutputFixture(rows=[{'id': 1, 'label': 'y'}, {'id': None, 'label': 'x'}, {'id': 1.5, 'label': 'z'}], "
              "format=<UnitTestFormat.Dict: 'dict'>, fixture=None)")
    whole = f"labelled-None-{given}-{expect}-UnitTestOverrides(macros={{}}, vars={{'currency': \"it's\"}}, env_vars={{}})-[{{'kind': 'a', 'label': None}}]"
    assert test["checksum"] == hashlib.sha256(whole.encode()).hexdigest()
    assert test["description"] == "left as {{ it }} is" and test["overrides"] == {"macros": {}, "vars": {"currency": "it's"}, "env_vars": {}}
    modified = lambda: starc("--quiet", "ls", "--select", "state:modified", "--state", "old", cwd=folder).out.split()
    assert modified() == []
    project({**MODELS, **tests("zz")})
    assert [name.split(".")[-1] for name in modified()] == ["one"]


def test_a_column_that_an_expected_row_leaves_out_is_null(project, starc, engine):
    folder = project({"models/a.sql": "select 1 as id, 5 as v", "models/b.sql": "select id, nullif(v, 7) as v from {{ ref('a') }}", "models/t.yml": """
unit_tests:
  - name: left_out
    model: b
    given: [{input: ref('a'), rows: [{id: 1, v: 5}, {id: 2, v: 7}]}]
    expect: {rows: [{id: 1, v: 5}, {id: 2}]}
  - name: not_null
    model: b
    given: [{input: ref('a'), rows: [{id: 1, v: 5}, {id: 2, v: 8}]}]
    expect: {rows: [{id: 1, v: 5}, {id: 2}]}
"""}, profile=engine.profile())
    starc("run", cwd=folder)
    starc("test", cwd=folder)
    assert statuses(folder) == {"left_out": "pass", "not_null": "fail"}

def test_types_of_given_rows_come_from_the_state_where_nothing_is_built(project, starc, request):
    from conftest import profile_for
    files = {"models/a.sql": "{{ config(materialized='table') }} select 1 as id, 'x' as word", "models/b.sql": "select id, word from {{ ref('a') }}", "models/t.yml": """
unit_tests:
  - name: deferred
    model: b
    given: [{input: ref('a'), rows: [{id: 1, word: y}]}]
    expect: {rows: [{id: 1, word: y}]}
"""}
    folder = project(files, profile=profile_for("postgres", request, "unit_prod"))
    assert starc("run", cwd=folder).code == 0
    (folder / "target").rename(folder / "state")
    project(files, profile=profile_for("postgres", request, "unit_dev"))
    r = starc("test", cwd=folder)
    assert r.code == 1 and "which is not in the database" in r.text, r.text
    r = starc("test", "--defer", "--state", "state", cwd=folder)
    assert r.code == 0 and statuses(folder) == {"deferred": "pass"}, r.text
