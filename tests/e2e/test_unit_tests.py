"""Unit tests: rows in every form, overrides, incremental models, versions, what a failure shows."""

import hashlib, json

MODELS = {
    "models/orders.sql": "{{ config(materialized='table') }} select 1 as id, 'a' as kind, 10 as amount",
    "models/kinds.sql": "select 'a' as kind, 'first' as label",
    "models/labelled.sql": """
select o.id, k.label, o.amount * {{ factor() }} as amount, '{{ var("currency", "EUR") }}' as currency, '{{ \
env_var("PLACE", "here") }}' as place
from {{ ref('orders') }} o join {{ ref('kinds') }} k on k.kind = o.kind""",
    "macros/factor.sql": "{% macro factor() %}1{% endmacro %}",
}


def statuses(folder):
    results = json.loads((folder / "target/run_results.json").read_text())["results"]
    return {r["unique_id"].split(".")[-1]: r["status"] for r in results if r["unique_id"].startswith("unit_test.")}


def test_rows_in_every_form_and_overrides(project, starc, engine):
    folder = project(
        {
            **MODELS,
            "tests/fixtures/deep/some_kinds.csv": "kind,label\nb,\"second, quoted\"\nc,\n",
            "tests/fixtures/wanted.sql": "select 5 as id, 'second, quoted' as label, 14 as amount, 'USD' as currency, "
            "'there' as place",
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
""",
        },
        profile=engine.profile(),
        extra="vars: {currency: EUR}\n",
    )
    assert starc("run", cwd=folder).code == 0
    r = starc("test", cwd=folder)
    assert r.code == 0, r.text
    assert statuses(folder) == {"as_dicts": "pass", "from_files": "pass", "no_rows": "pass"}


def test_a_failure_shows_what_differs_and_stops_the_model(project, starc, engine):
    folder = project(
        {
            **MODELS,
            "models/t.yml": """
unit_tests:
  - name: differs
    model: labelled
    given:
      - {input: ref('orders'), rows: [{id: 1, kind: a, amount: 1}, {id: 2, kind: a, amount: 2}, {id: 3, kind: a, \
amount: 3}]}
      - {input: ref('kinds'), rows: [{kind: a, label: x}]}
    expect:
      rows: [{id: 1, label: x}, {id: 2, label: y}, {id: 9, label: z}]
""",
        },
        profile=engine.profile(),
    )
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
    folder = project(
        {
            "models/src.sql": "select 1 as id",
            "models/inc.sql": "{{ config(materialized='incremental'%s) }} select id from {{ ref('src') }}"
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
""",
        },
        profile=engine.profile(),
    )
    assert starc("run", cwd=folder).code == 0
    r = starc("build", cwd=folder)
    assert r.code == 0, r.text
    assert statuses(folder) == {"whole": "pass", "only_new": "pass"}


def test_versions_seeds_sources_and_ephemeral_inputs(project, starc, engine):
    folder = project(
        {
            "seeds/colors.csv": "code,color\n1,red\n2,blue\n",
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
""",
        },
        profile=engine.profile(),
    )
    r = starc("build", cwd=folder)
    assert r.code == 0, r.text
    assert statuses(folder) == {"all_of_them_v1": "pass", "all_of_them_v2": "pass", "not_one_v2": "pass"}


def test_what_is_wrong_with_the_rows_is_told(project, starc, engine):
    folder = project(
        {
            **MODELS,
            "models/t.yml": """
unit_tests:
  - name: odd_input
    model: labelled
    given: [{input: ref('orders'), rows: [{idd: 1}]}, {input: ref('kinds'), rows: []}]
    expect: {rows: [{id: 1}]}
  - name: odd_expectation
    model: labelled
    given: [{input: ref('orders'), rows: [{id: 1}]}, {input: ref('kinds'), rows: []}]
    expect: {rows: [{labell: x}, {ID: 1, labell: y}, {idd: 1, label: z}]}
  - name: not_given
    model: labelled
    given: [{input: ref('orders'), rows: []}]
    expect: {rows: []}
""",
        },
        profile=engine.profile(),
    )
    assert starc("run", cwd=folder).code == 0
    r = starc("test", cwd=folder)
    assert r.code == 1
    assert "Invalid column name: 'idd' in unit test fixture for 'orders'" in r.out, r.text
    assert "Invalid column name: 'labell' in unit test fixture for expected output" in r.out, r.text
    assert "for expected output. 2 rows have it. Invalid too: 'idd'." in r.out, r.text
    assert "unit test 'not_given' gives no rows for ref('kinds'), which 'labelled' reads" in r.out, r.text


def test_a_changed_unit_test_is_modified_by_dbts_checksum(project, starc):
    def tests(label):
        return {
            "models/t.yml": f"""
unit_tests:
  - name: one
    model: labelled
    description: left as {{{{ it }}}} is
    overrides: {{vars: {{currency: "it's"}}}}
    given:
      - {{input: ref('orders'), format: sql, rows: "select 1 as id\\n"}}
      - {{input: ref('kinds'), format: csv, fixture: some}}
    expect: {{rows: [{{id: null, label: x}}, {{id: 1, label: y}}, {{id: 1.5, label: {label}}}]}}
""",
            "tests/fixtures/some.csv": "kind,label\na,\n",
        }

    folder = project(
        {**MODELS, **tests("z")},
        profile={
            "type": "postgres",
            "host": "127.0.0.1",
            "port": 1,
            "user": "u",
            "password": "p",
            "dbname": "d",
            "schema": "s",
        },
    )
    r = starc("parse", "--target-path", "old", cwd=folder)
    assert r.code == 0, r.text
    test = json.loads((folder / "old/manifest.json").read_text())["unit_tests"]["unit_test.shop.labelled.one"]
    given = (
        "[UnitTestInputFixture(input=\"ref('orders')\", rows='select 1 as id', format=<UnitTestFormat.SQL: 'sql'>, "
        "fixture=None), "
        "UnitTestInputFixture(input=\"ref('kinds')\", rows=[{'kind': 'a', 'label': None}], format=<UnitTestFormat.CSV: "
        "'csv'>, fixture='some')]"
    )
    expect = (
        "UnitTestOutputFixture(rows=[{'id': 1, 'label': 'y'}, {'id': None, 'label': 'x'}, {'id': 1.5, 'label': 'z'}], "
        "format=<UnitTestFormat.Dict: 'dict'>, fixture=None)"
    )
    whole = (
        f"labelled-None-{given}-{expect}-UnitTestOverrides(macros={{}}, vars={{'currency': \"it's\"}}, "
        f"env_vars={{}})-[{{'kind': 'a', 'label': None}}]"
    )
    assert test["checksum"] == hashlib.sha256(whole.encode()).hexdigest()
    assert test["description"] == "left as {{ it }} is" and test["overrides"] == {
        "macros": {},
        "vars": {"currency": "it's"},
        "env_vars": {},
    }
    modified = lambda: starc("--quiet", "ls", "--select", "state:modified", "--state", "old", cwd=folder).out.split()
    assert modified() == []
    project({**MODELS, **tests("zz")})
    assert [name.split(".")[-1] for name in modified()] == ["one"]


def test_a_column_that_an_expected_row_leaves_out_is_null(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "select 1 as id, 5 as v",
            "models/b.sql": "select id, nullif(v, 7) as v from {{ ref('a') }}",
            "models/t.yml": """
unit_tests:
  - name: left_out
    model: b
    given: [{input: ref('a'), rows: [{id: 1, v: 5}, {id: 2, v: 7}]}]
    expect: {rows: [{id: 1, v: 5}, {id: 2}]}
  - name: not_null
    model: b
    given: [{input: ref('a'), rows: [{id: 1, v: 5}, {id: 2, v: 8}]}]
    expect: {rows: [{id: 1, v: 5}, {id: 2}]}
""",
        },
        profile=engine.profile(),
    )
    starc("run", cwd=folder)
    starc("test", cwd=folder)
    assert statuses(folder) == {"left_out": "pass", "not_null": "fail"}


def test_types_of_given_rows_come_from_the_state_where_nothing_is_built(project, starc, request):
    from conftest import profile_for

    files = {
        "models/a.sql": "{{ config(materialized='table') }} select 1 as id, 'x' as word",
        "models/b.sql": "select id, word from {{ ref('a') }}",
        "models/t.yml": """
unit_tests:
  - name: deferred
    model: b
    given: [{input: ref('a'), rows: [{id: 1, word: y}]}]
    expect: {rows: [{id: 1, word: y}]}
""",
    }
    folder = project(files, profile=profile_for("postgres", request, "unit_prod"))
    assert starc("run", cwd=folder).code == 0
    (folder / "target").rename(folder / "state")
    project(files, profile=profile_for("postgres", request, "unit_dev"))
    r = starc("test", cwd=folder)
    assert r.code == 1 and "which is not in the database" in r.text, r.text
    r = starc("test", "--defer", "--state", "state", cwd=folder)
    assert r.code == 0 and statuses(folder) == {"deferred": "pass"}, r.text


PARTS = {  # what a column is made with, a value in the YAML, another that is not equal
    "postgres": [
        ("array[1, 2]", "[3, 4]", "[3]"),
        ("array['a']::varchar(1)[]", "[x, \"it's\", null, 'a\"b\\c']", "[x]"),
        ("array[array[1]]", "[[1, 2], [3, 4]]", "[[1, 2], [3, 5]]"),
        ("'{}'::jsonb", "{a: [1, \"it's\"], b: null}", "{a: []}"),
        ("'{}'::json", "[1, {a: b}]", "[]"),
        ("array['{}'::jsonb]", "[{a: 1}, [2]]", "[{a: 2}, [2]]"),
        ("'x'::text", "{a: 1}", "{a: 2}"),
        ("now()::timestamp(0)", "2024-02-29 10:00:00", "2024-02-29 10:00:01"),
        ("now()::date", "2024-02-29", "2024-02-28"),
        ("'ab'::char(3)", "'ab'", "'abcd'"),
        ("'ab'::varchar(3)", "'ab'", "abcd"),
        ("B'101'::bit(3)", "'111'", "'1111'"),
        ("'1 day'::interval", "1 day", "2 days"),
        ("1.5::numeric(9,2)", "1.5", "1.6"),
        ("true", "false", "true"),
        ("'[1,5)'::int4range", "'[1,3)'", "'[1,4)'"),
    ],
    "clickhouse": [
        ("map('a', 1)", "{a: 1, \"it's\": 2}", "{a: 2}"),
        ("map('a', 1)", "\"{'a':1}\"", "\"{'a':2}\""),
        ("[1, 2]", "[3, 4]", "[3]"),
        ("['a']::Array(LowCardinality(Nullable(String)))", "[x, \"it's\", null, 'a\\b']", "[x]"),
        ("(1, 'x')::Tuple(a Int8, `b c` String)", "{'b c': \"it's\", a: 2}", "{'b c': x, a: 3}"),
        ("(1, 'x')", "[2, y]", "[2, z]"),
        ("map('a', [(1, 'x')])", "{k: [[2, y], [3, z]]}", "{k: []}"),
        ("'{}'::JSON", "{a: [1, 2]}", "{a: [1]}"),
        ("[1.5]::Array(Decimal(9, 2))", "[1.25, 2]", "[1.25]"),
        ("[today()]", "[2024-02-29]", "[2024-02-28]"),
        ("'x'", "{a: 1}", "{a: 2}"),
        ("now64(3, 'UTC')", "2024-02-29 10:00:00", "2024-02-29 10:00:01"),
        ("today()", "2024-02-29", "2024-02-28"),
        ("'a'::Enum8('a' = 1, 'b' = 2)", "b", "a"),
        ("toFixedString('abc', 3)", "ab", "abc"),
        ("null::Nullable(String)", "null", "x"),
        ("true", "false", "true"),
        ("[[(1., 2.)]]::Polygon", "[[[1, 2], [3, 4]]]", "[]"),
    ],
}


def test_values_of_every_type_as_yaml_writes_them(project, starc, engine):
    """Left out, given and expected, in a table, a view, a materialized view and an ephemeral model; a row that
    differs is seen."""
    pg = engine.name == "postgres"
    parts = PARTS["postgres" if pg else "clickhouse"]
    names = [f"C{i}" for i in range(len(parts))]
    query = "select 1 as id, " + ", ".join(f"{made} as {name}" for name, (made, _, _) in zip(names, parts))
    row = lambda k: "{id: 1, " + ", ".join(f"{name}: {part[k]}" for name, part in zip(names, parts)) + "}"
    kinds = ["table", "view", "ephemeral"] + ["materialized_view"] * pg
    files, tests = {}, "unit_tests:\n"
    for kind in kinds:
        files[f"models/in_{kind}.sql"] = "{{ config(materialized='%s') }} %s" % (kind, query)
        files[f"models/m_{kind}.sql"] = "select id, %s from {{ ref('in_%s') }}" % (", ".join(names), kind)
        for name, given, expected in (
            ("left_out", "{id: 1}", "{id: 1}"),
            ("same", row(1), row(1)),
            ("other", row(1), row(2)),
        ):
            if kind == "table" or name != "other":
                tests += (
                    f"  - name: {kind}_{name}\n    model: m_{kind}\n"
                    f"    given: [{{input: ref('in_{kind}'), rows: [{given}]}}]\n    expect: {{rows: [{expected}]}}\n"
                )
    folder = project({**files, "models/t.yml": tests}, profile=engine.profile())
    assert starc("run", "--exclude", "m_*", cwd=folder).code == 0
    r = starc("test", cwd=folder)
    want = {f"{kind}_{name}": "pass" for kind in kinds for name in ("left_out", "same")}
    assert statuses(folder) == {**want, "table_other": "fail"}, r.text
    changed = next(line for line in r.out.splitlines() if line.startswith("→"))
    assert changed.count("→") == len(parts) + 1, r.text


def test_inputs_of_any_name_and_both_versions_of_a_model(project, starc, engine):
    pg = engine.name == "postgres"
    quoted = ('"', '"') if pg else ("`", "`")
    sources = ["pay-ments", "Other Table", "o'c.x"]
    make = ["create %s if not exists raw" % ("schema" if pg else "database")] + [
        f"create table if not exists raw.{quoted[0]}{s}{quoted[1]} (id int)" + ("" if pg else " engine = Memory")
        for s in sources
    ]
    if pg:
        make += ["create table if not exists raw.parts (id int, a int[]) partition by list (id)"]
    given = "".join(
        "      - " + json.dumps({"input": f"source('raw', {s!r})", "rows": [{"id": 1}, {"id": i + 2}]}) + "\n"
        for i, s in enumerate(sources + ["parts"] * pg)
    )
    join = " ".join(
        f"join {{{{ source('raw', {s!r}) }}}} s{i} on s{i}.id = v1.id" for i, s in enumerate(sources + ["parts"] * pg)
    )
    folder = project(
        {
            "models/my_v1.sql": "select 1 as id, 1 as a",
            "models/my_v2.sql": "select 1 as id, 2 as a",
            "seeds/odd-seed.csv": "id\n1\n",
            "models/odd.eph.sql": "{{ config(materialized='ephemeral') }} select id from {{ ref('odd-seed') }}",
            "models/m.sql": f"select v1.id as id, v1.a as a1, v2.a as a2 from {{{{ ref('my', v=1) }}}} v1 join {{{{ "
            f"ref('my', v=2) }}}} v2 on v1.id = v2.id join {{{{ ref('odd-seed') }}}} o on o.id = v1.id "
            f"join {{{{ ref('odd.eph') }}}} e on e.id = v1.id {join}",
            "models/t.yml": "models: [{name: my, versions: [{v: 1}, {v: 2}]}]\n"
            "sources: [{name: raw, schema: raw, tables: "
            + json.dumps([{"name": s} for s in sources + ["parts"] * pg])
            + "}]\n"
            "unit_tests:\n  - name: odd\n    model: m\n    given:\n"
            "      - {input: \"ref('my', v=1)\", rows: [{id: 1, a: 5}]}\n"
            "      - {input: \"ref('my', v=2)\", rows: [{id: 1, a: 6}]}\n"
            "      - {input: ref('odd-seed'), rows: [{id: 1}]}\n      - {input: ref('odd.eph'), rows: [{id: 1}]}\n"
            + given
            + "    expect: {rows: [{id: 1, a1: 5, a2: 6}]}\n",
        },
        profile=engine.profile(),
        extra="on-run-start: " + json.dumps(make) + "\n",
    )
    r = starc("build", cwd=folder)
    assert r.code == 0 and statuses(folder) == {"odd": "pass"}, r.text


def test_unit_tests_of_what_is_off_private_or_not_there(project, starc, engine):
    def unit(name, model, given="[{input: ref('kinds'), rows: [{kind: b, label: x}]}]", more=""):
        return f"  - {{name: {name}, model: {model}, given: {given}, expect: {{rows: [{{kind: b}}]}}{more}}}\n"

    names = "select kind from {{ ref('kinds') }}"
    folder = project(
        {
            "models/kinds.sql": MODELS["models/kinds.sql"],
            "models/names.sql": names,
            "models/by_yaml.sql": names,
            "models/other.sql": "select 1 as id",
            "models/by_sql.sql": "{{ config(enabled=false) }}" + names,
            "models/deep/by_project.sql": names,
            "models/by_version_v1.sql": names,
            "models/by_version_v2.sql": names,
            "models/t.yml": """
groups: [{name: closed, owner: {name: us}}]
models:
  - {name: by_yaml, config: {enabled: "{{ var('on', false) }}"}}
  - {name: by_version, latest_version: 2, versions: [{v: 1, config: {enabled: false}}, {v: 2}]}
  - {name: names, config: {group: closed, access: private}}
  - {name: kinds, config: {group: closed, access: private}}
unit_tests:
""".replace("{name: by_version,", "{name: by_version, config: {group: closed},")
            + "".join(unit(f"of_{m}", m) for m in ("by_yaml", "by_sql", "by_project", "by_version", "names"))
            + unit("switched_off", "names", more=", config: {enabled: false}")
            + unit("no_such", "names", "[{input: ref('kindz'), rows: []}]")
            + unit("of_off", "names", "[{input: ref('by_sql'), rows: []}]")
            + unit("no_input", "names", "[{input: kinds, rows: []}]"),
        },
        profile=engine.profile(),
        extra="models: {shop: {deep: {+enabled: false}}}\n",
    )
    r = starc("parse", cwd=folder)
    assert r.code == 0, r.text
    r = starc("build", cwd=folder)
    assert r.code == 1 and r.text.count("t.yml:") == 6, r.text  # 3 warnings, 3 results
    assert statuses(folder) == {
        "of_names": "pass",
        "of_by_version_v2": "pass",
        "no_such": "error",
        "of_off": "error",
        "no_input": "error",
    }
    models = {
        x["unique_id"]: x["status"]
        for x in json.loads((folder / "target/run_results.json").read_text())["results"]
        if x["unique_id"].startswith("model")
    }
    assert (
        models["model.shop.names"] == "skipped"
        and models["model.shop.by_version.v2"] == "success"
        and models["model.shop.other"] == "success"
    )
    manifest = json.loads((folder / "target/manifest.json").read_text())
    assert {i for i in manifest["disabled"] if i.startswith("unit_test.")} == {
        "unit_test.shop.by_yaml.of_by_yaml",
        "unit_test.shop.by_sql.of_by_sql",
        "unit_test.shop.by_project.of_by_project",
        "unit_test.shop.by_version.of_by_version_v1",
        "unit_test.shop.names.switched_off",
    }
    assert not [i for i in manifest["nodes"] if i.startswith("unit_test.")]


def test_selection_finds_unit_tests(project, starc):
    rows = "given: [{input: ref('b'), rows: []}], expect: {rows: []}"
    folder = project(
        {
            "models/b.sql": "select 1 as a",
            "models/m.sql": "select a from {{ ref('b') }}",
            "models/sub/n.sql": "select a from {{ ref('b') }}",
            "models/sub/v_v1.sql": "select a from {{ ref('b') }}",
            "models/sub/v_v2.sql": "select a from {{ ref('b') }}",
            "models/p.yml": f"""
models: [{{name: m, config: {{tags: [tagged]}}}}]
unit_tests:
  - {{name: u1, model: m, config: {{tags: [quick, slow.one], meta: {{owner: me}}}}, {rows}}}
  - {{name: u2, model: m, config: {{tags: quick2}}, {rows}}}
""",
            "models/sub/p.yml": f"""
models: [{{name: v, latest_version: 2, versions: [{{v: 1}}, {{v: 2}}]}}]
unit_tests: [{{name: u3, model: n, config: {{tags: [quick]}}, {rows}}}, {{name: uv, model: v, {rows}}}]
""",
        },
        extra="unit_tests: {+tags: all, shop: {sub: {+tags: [deep], n: {+tags: below}}}}\n",
    )
    for criterion, want in {  # what dbt 1.11 lists
        "tag:quick": "u1 u3",
        "tag:quick2": "u2",
        "tag:all": "u1 u2 u3 uv_v1 uv_v2",
        "tag:deep": "u3 uv_v1 uv_v2",
        "tag:below": "u3",
        "tag:slow.*": "u1",
        "tag:tagged": "u1 u2",
        "tag:quick,path:models/sub": "u3",
        "config.tags:quick": "",
        "config.meta.owner:me": "",
        "uv": "uv_v1 uv_v2",
        "uv_v1": "",
        "v.v1": "uv_v1",
        "v.uv": "",
        "shop.sub.v.uv": "uv_v1 uv_v2",
        "u*": "u1 u2 u3 uv_v1 uv_v2",
        "m.u1": "u1",
        "unit_test:uv": "uv_v1 uv_v2",
        "test_type:unit,package:this": "u1 u2 u3 uv_v1 uv_v2",
        "version:latest": "uv_v2",
        "file:p.yml,resource_type:unit_test": "u1 u2 u3 uv_v1 uv_v2",
    }.items():
        r = starc("ls", "--resource-type", "unit_test", "--select", criterion, "-q", cwd=folder)
        assert " ".join(sorted(r.out.replace("unit_test:shop.", "").split())) == want, criterion
