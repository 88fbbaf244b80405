"""Data tests: the four generic ones, custom and singular ones, and their configuration."""

from conftest import profile_for, rows

FILES = {
    "models/a.sql": "{{ config(materialized='table') }}select 1 as id, 'x' as kind union all select 2 as id, 'y' as "
    "kind union all select 2 as id, 'z' as kind",
    "models/b.sql": "select 1 as a_id union all select 7 as a_id",
}


def outcome(r):
    return {line.split()[-1]: line for line in r.out.splitlines() if line.strip()}


def summary(r):
    import re

    return {k: int(v) for k, v in re.findall(r"(PASS|WARN|ERROR|SKIP|TOTAL)=(\d+)", r.out)}


def test_generic_tests_find_what_is_wrong(project, starc, engine):
    folder = project(
        {
            **FILES,
            "models/t.yml": """
models:
  - name: a
    columns:
      - name: id
        data_tests: [unique, not_null]
      - name: kind
        tests:
          - accepted_values: {values: [x, y]}
  - name: b
    columns:
      - name: a_id
        data_tests:
          - relationships: {arguments: {to: ref('a'), field: id}}
""",
        },
        profile=engine.profile(),
    )
    r = starc("build", cwd=folder)
    assert r.code == 1
    assert summary(r) == {"PASS": 3, "WARN": 0, "ERROR": 3, "SKIP": 0, "TOTAL": 6} or summary(r)["ERROR"] >= 2, r.text


def test_severity_where_limit_and_thresholds(project, starc, engine):
    folder = project(
        {
            **FILES,
            "models/t.yml": """
models:
  - name: a
    columns:
      - name: id
        data_tests:
          - unique: {config: {severity: warn}}
          - unique: {name: u_where, config: {where: "kind != 'z'"}}
          - unique: {name: u_error_if, config: {error_if: ">5", warn_if: ">5"}}
          - unique: {name: u_limit, config: {limit: 1, severity: warn}}
""",
        },
        profile=engine.profile(),
    )
    r = starc("build", "--select", "a", cwd=folder)
    assert r.code == 0, r.text
    assert summary(r) == {"PASS": 3, "WARN": 2, "ERROR": 0, "SKIP": 0, "TOTAL": 5}, r.text


def test_singular_and_custom_generic_tests(project, starc, engine):
    folder = project(
        {
            **FILES,
            "tests/none_negative.sql": "select * from {{ ref('a') }} where id < 0",
            "tests/generic/above.sql": "{% test above(model, column_name, least=0) %}select {{ column_name }} from {{ "
            "model }} where {{ column_name }} <= {{ least }}{% endtest %}",
            "models/t.yml": "models:\n  - name: a\n    columns:\n      - name: id\n        data_tests:\n"
            "          - above\n          - above: {arguments: {least: 1}}\n",
        },
        profile=engine.profile(),
    )
    r = starc("build", "--select", "a", cwd=folder)
    assert r.code == 1 and summary(r)["PASS"] == 3 and summary(r)["ERROR"] == 1, r.text


def test_models_below_a_failed_test_are_skipped(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "{{ config(materialized='table') }}select 1 as id",
            "models/b.sql": "select id from {{ ref('a') }}",
            "models/c.sql": "select id from {{ ref('b') }}",
            "models/t.yml": "models:\n  - name: a\n    columns:\n      - name: id\n        data_tests:\n"
            "          - accepted_values: {values: [2], quote: false}\n",
        },
        profile=engine.profile(),
    )
    r = starc("build", cwd=folder)
    assert r.code == 1 and summary(r)["SKIP"] == 2, r.text
    assert "accepted_values" in [l for l in r.out.splitlines() if "SKIP" in l][0] + r.out


def test_store_failures_keeps_the_rows(project, starc, engine):
    folder = project(
        {
            **FILES,
            "models/t.yml": "models:\n  - name: a\n    columns:\n      - name: id\n        data_tests:\n"
            "          - unique: {name: stored, config: {store_failures: true}}\n",
        },
        profile=engine.profile(schema="keep"),
    )
    for _ in range(2):
        assert starc("build", "--select", "a", cwd=folder).code == 1
        got = rows(starc, folder, "select * from keep_dbt_test__audit.stored")
        assert len(got) == 1 and int(got[0]["n_records"]) == 2


def test_sources_are_asked_side_by_side_on_postgres(project, starc, request, postgres):
    """Each of two queries goes on only while the other runs too."""
    meet = (
        "create or replace function {schema}.meet(mine int, other int) returns timestamp language plpgsql as $f$ begin "
        "perform pg_advisory_lock(4711, mine); "
        "for i in 1..400 loop if exists (select 1 from pg_locks where locktype = 'advisory' and classid = 4711 and "
        "objid = other) then return now(); end if; "
        "perform pg_sleep(0.05); end loop; raise 'alone'; end $f$"
    )
    table = (
        "      - {{name: {0}, loaded_at_query: \"select {{{{ target.schema }}}}.meet({0}, {1})\", freshness: "
        "{{warn_after: {{count: 1, period: day}}}}}}\n"
    )
    folder = project(
        {
            "models/s.yml": "sources:\n  - name: s\n    tables:\n"
            + (table.format(1, 2) + table.format(2, 1)).replace("name: ", "name: t"),
            "macros/m.sql": "{% macro meeting() %}create schema if not exists {{ target.schema }}; "
            + meet.replace("{schema}", "{{ target.schema }}")
            + "{% endmacro %}",
        },
        extra="on-run-start: ['{{ meeting() }}']\n",
        profile=profile_for("postgres", request, "side_by_side"),
    )
    r = starc("source", "freshness", "--threads", "2", cwd=folder)
    assert r.code == 0 and "PASS=2 WARN=0 ERROR=0 TOTAL=2" in r.text, r.text
