"""The database's errors are shown at the line that a person has to edit. In the files of a test `@@` marks that
place."""

import re

PROJECT = "name: shop\nprofile: shop\n"
A = {"models/a.sql": "select 1 as id, 'x' as word"}


def marked(files):
    """The files without their marks, and the marks as path:line:column."""
    clean, places = {}, []
    for path, text in files.items():
        while (at := text.find("@@")) >= 0:
            text = text[:at] + text[at + 2 :]
            places.append(f"{path}:{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}")
        clean[path] = text
    return clean, places


def shown(text):
    """The places of the findings, in the order of their files."""
    return sorted(re.findall(r"^(\S+?:\d+:\d+): error: ", text, re.M))


def check(starc, folder, places, *command, code=1):
    r = starc(*command, cwd=folder)
    assert r.code == code and shown(r.text) == sorted(places), r.text
    assert not re.search(r"^(starc|macros/\w+/|render\(\))", r.text, re.M), r.text
    return r.text


HOOKS = {
    "dbt_project.yml": PROJECT + "models:\n  shop:\n    a_folder:\n      +post-hook:\n        - select 1\n"
    "        - {sql: 'select id, ''it''''s'', @@no_column from {{ this }}', transaction: false}\n"
    "on-run-start: select 1\n"
    "on-run-end:\n  # select no_such from no_table\n  - select 1\n  - >\n    select no_such\n    from @@no_table\n",
    "models/a_folder/m.sql": "select 1 as id",
    "models/in_config.sql": "{{ config(materialized='table', post_hook=[\"select 1\",\n"
    "  \"insert into @@no_table values (1)\"]) }}\nselect 1 as id, 'no_table' as w",
    "models/escaped.sql": "{{ config(pre_hook='select \\'x\\', @@no_column from {{ ref(\"a\") }}') }}\nselect 1 as id",
    "models/a_block.sql": "{% set sql %}\n  select @@no_column\n  from (select 1 as id) as t\n{% endset %}\n"
    "{{ config(pre_hook=sql) }}\nselect 1 as id",
    "models/by_macro.sql": "{{ config(pre_hook='select 1', post_hook='{{ look() }}') }}\nselect 1 as id",
    "macros/look.sql": "{% macro look() %}select * from @@no_table{% endmacro %}",
    "models/properties.yml": "models:\n  - name: in_properties\n    config:\n      post_hook: |\n        select\n"
    "          @@no_column\n        from {{ this }}\n",
    "models/in_properties.sql": "select 1 as id",
    "seeds/s.csv": "id\n1\n",
    "seeds/s.yml": "seeds:\n  - name: s\n    config: {pre-hook: 'select * from @@no_table'}\n",
    "snapshots/n.yml": "snapshots:\n  - name: n\n    relation: ref('a')\n    config:\n      unique_key: id\n"
    "      strategy: check\n      check_cols: all\n"
    "      post_hook: select id, @@no_column from {{ this }}\n",
}


def test_hooks(starc, project, engine):
    files, places = marked({**A, **HOOKS})
    folder = project(files, profile=engine.profile())
    text = check(starc, folder, places, "build")
    assert text.count("error: pre-hook: ") == 3 and text.count("error: post-hook: ") == 5, text
    assert len(re.findall("no_table|no_column", re.sub(r"(?m)^ +\d* \|.*", "", text))) == len(places), (
        text
    )  # each is told once


def table(name, *rows, config=""):
    """A model as a table with a contract of one column `id`; `rows` are more lines of its entry in the YAML."""
    return f"  - name: {name}\n    config: {{materialized: table, contract: {{enforced: true}}{config}}}\n" + "".join(
        f"    {row}\n" for row in rows
    )


def column(*rows):
    return ["columns:", "  - name: id", "    data_type: integer", *("    " + row for row in rows)]


POSTGRES = {
    "models/t.yml": "models:\n"
    + table(
        "check_column",
        *column(),
        "constraints:",
        "  - type: check",
        "    columns: [id]",
        "    expression: '@@nope > 0'",
    )
    + table("check_operator", *column("constraints:", "  - {type: check, expression: 'id @@>>> 3'}"))
    + table("to_nowhere", *column("constraints:", "  - {type: foreign_key, expression: '@@nowhere (id)'}"))
    + table("too_small", *column("constraints:", "  - type: not_null", "  - {type: @@check, expression: id > 5}"))
    + table("twice", *column("constraints:", "  - type: @@primary_key")),
    **{
        f"models/{name}.sql": "select 1 as id" for name in ("check_column", "check_operator", "to_nowhere", "too_small")
    },
    "models/twice.sql": "select 1 as id union all select 1",
    "models/an_index.sql": "{{ config(materialized='table', @@indexes=[{'columns': ['id'], 'unique': true}]) }}\n"
    "select 1 as id union all select 1",
    "models/an_index_column.sql": "{{ config(materialized='table', indexes=[{'columns': ['id']}, {'columns': "
    "['@@nope']}]) }}\nselect 1 as id",
    "models/a_cast.sql": "{{ config(materialized='table') }}\nselect word::@@date as d from {{ ref('a') }}",
    "models/division.sql": "{{ config(materialized='table') }}\nselect\n  id @@/ (id - 1) as n\nfrom {{ ref('a') }}",
    "functions/f.sql": "x + 1",
    "functions/f.yml": "functions:\n  - name: f\n    arguments:\n      - {name: x, data_type: @@intt}\n"
    "    returns: {data_type: integer}\n",
}
CLICKHOUSE = {
    "models/t.yml": "models:\n"
    + table("a_codec", "columns:", "  - {name: id, data_type: UInt8, codec: @@ZSTDD}")
    + "  - name: an_engine\n    config:\n      materialized: table\n      engine: \"@@MergeTreee()\"\n",
    "models/a_codec.sql": "select 1 as id",
    "models/an_engine.sql": "select 1 as id",
    "models/a_setting.sql": "{{ config(materialized='table', settings={'@@index_granularityy': 1}) }}\nselect 1 as id",
    "models/a_query_setting.sql": "{{ config(materialized='table', query_settings={'@@max_threadss': 1}) }}\n"
    "select 1 as id",
    "models/a_key.sql": "{{ config(materialized='table', order_by='(id, w)', primary_key='@@w') }}\n"
    "select 1 as id, 2 as w",
    "models/twice.sql": "{{ config(materialized='table') }}\nselect 1 as id, @@2 as id",
    "models/a_version.sql": "{{ config(materialized='table', engine='ReplacingMergeTree(@@ver)', order_by='id') }}\n"
    "select 1 as id",
    "models/parts.sql": "{{ config(materialized='table', order_by='id', partition_by='@@id') }}\n"
    "select number as id from numbers(1000)",
    "models/a_type.sql": "select 1 as id, cast('x' as @@nosuchtype) as t",
    "models/a_union.sql": "select 1 as id\n@@union all\nselect 1, 2",
}
ANY = {
    "models/a_header.sql": "{% call set_sql_header(config) %}\ndrop table @@no_such_table;\n{% endcall %}\n"
    "select 1 as id",
    "models/nothing.sql": "@@{{ config(materialized='ephemeral') }}\n-- later",
    "models/of_nothing.sql": "select * from {{ ref('nothing') }}",
}


def test_config_and_properties(starc, project, engine):
    files, places = marked({**A, **ANY, **(POSTGRES if engine.name == "postgres" else CLICKHOUSE)})
    text = check(starc, project(files, profile=engine.profile()), places, "build")
    assert "Code: " not in text and "(version" not in text, text


TESTS = {
    "models/b.sql": "select 1 as id",
    "models/t.yml": "models:\n  - name: a\n    columns:\n      - name: @@nope\n        data_tests: [not_null]\n"
    "      - name: id\n        data_tests:\n"
    "          - relationships:\n              arguments: {to: ref('b'), field: @@idd}\n"
    "          - accepted_values:\n              arguments:\n                values: [\"1\", '@@x y']\n"
    "          - not_null:\n              config: {where: \"id = 1 and @@wordd = 'x'\"}\n"
    "          - unique:\n              config:\n                fail_calc: sum(@@no_such)\n"
    "          - of_macro\n",
    "tests/generic/of_macro.sql": "{% test of_macro(model, column_name) %}select * from {{ model }} where @@nothing = "
    "{{ column_name }}{% endtest %}",
    "tests/alone.sql": "{{ config(fail_calc='max(@@nope)') }}\nselect * from {{ ref('a') }}",
}


def test_arguments_of_tests(starc, project, engine):
    files, places = marked({**A, **TESTS})
    check(starc, project(files, profile=engine.profile()), places, "build")


# Values that macros put into a statement: by loops, filters, blocks, dispatch, from variables, config and arguments.
MACROS = """{% macro cut() %}where id > {{ var('cutoff') }}{% endmacro %}
{% macro columns() %}{% for c in var('columns') %}{{ c }}{{ ', ' if not loop.last }}{% endfor %}{% endmacro %}
{% macro joined(columns) %}{{ columns | join(', ') }}{% endmacro %}
{% macro replaced(x) %}{{ x | replace('a', 'b') }}{% endmacro %}
{% macro shouted(x) %}{{ @@x | upper }}{% endmacro %}
{% macro environment() %}{{ @@env_var('NO_SUCH_COLUMN') }}{% endmacro %}
{% macro answer() %}{% set r = run_query("select 'nope' as a") %}{% if execute %}{{ @@r.rows[0][0] }}{% endif %}{% \
endmacro %}
{% macro constant() %}{{ return('@@nope') }}{% endmacro %}
{% macro of_constant() %}{{ constant() }}{% endmacro %}
{% macro sent(x='@@nope') %}{{ return(adapter.dispatch('sent', 'shop')(x)) }}{% endmacro %}
{% macro default__sent(x) %}{{ x }}{% endmacro %}
{% macro meta_of() %}{{ config.get('meta').sql }}{% endmacro %}
{% macro asked() %}{% call statement('x', fetch_result=true) %}select {{ var('made') }}{% endcall %}{% endmacro %}
{% macro inner() %}( {{ caller() }} ){% endmacro %}
{% macro ask(of, what) %}{% do run_query('select ' ~ what ~ ' from (select 1 as ' ~ of ~ ') t') %}{% endmacro %}
{% macro outer() %}{% set x = caller() %}{% call inner() %}{{ x }}{% endcall %}{% endmacro %}
"""
VALUES = {
    "macros/m.sql": MACROS,
    "dbt_project.yml": PROJECT
    + "vars:\n  cutoff: @@nope_cutoff\n  columns: [id, @@nope_column]\n  made: \"{{ '@@nope' }}_made\"\n",
    "models/t.yml": "models:\n  - name: by_meta\n    config:\n      meta:\n        other: nope_meta\n        sql: >\n"
    "          id +\n          @@nope_meta\n"
    "  - name: b\n    columns:\n      - name: id\n        data_tests:\n"
    "          - holds: {name: t1, arguments: {expression: 'id = 1 or ''x'' = @@nope_quoted'}}\n"
    "          - holds: {name: t2, arguments: {expression: @@\"id > {{ var('cutoff') }}\"}}\n"
    "          - holds: {name: t3, arguments: {expression: @@\"var('cutoff')\"}}\n"
    "          - not_null: {name: t4, config: {where: @@\"id > {{ var('cutoff') }}\"}}\n",
    "tests/generic/g.sql": "{% test holds(model, column_name, expression) %}select * from {{ model }} where not ({{ "
    "expression }}){% endtest %}",
    "snapshots/s.yml": "snapshots:\n  - {name: s, relation: ref('a'), config: {unique_key: id, strategy: check, "
    "check_cols: [word, @@nope]}}\n",
    "models/b.sql": "select 1 as id",
    "models/by_var.sql": "select *\nfrom {{ ref('a') }}\n{{ cut() }}",
    "models/by_list.sql": "select {{ columns() }} from {{ ref('a') }}",
    "models/by_join.sql": "select {{ joined(['id',\n  '@@nope']) }} from {{ ref('a') }}",
    "models/by_replace.sql": "select id, {{ replaced('@@nope_a') }} from {{ ref('a') }}",
    "models/by_upper.sql": "select id, {{ shouted('nope') }} from {{ ref('a') }}",
    "models/by_env.sql": "select id, {{ environment() }} from {{ ref('a') }}",
    "models/by_query.sql": "select id, {{ answer() }} from {{ ref('a') }}",
    "models/by_constant.sql": "select id, {{ of_constant() }} from {{ ref('a') }}",
    "models/by_default.sql": "select id, {{ sent() }} from {{ ref('a') }}",
    "models/by_argument.sql": "select id,\n {{ sent('@@nope') }} from {{ ref('a') }}",
    "models/by_meta.sql": "select {{ meta_of() }} from {{ ref('a') }}",
    "models/by_call.sql": "select * from\n{% call outer() %}\n select id,\n  @@nope from {{ ref('a') }}\n"
    "{% endcall %} t",
    "models/by_statement.sql": "{{ asked() }}select 1 as id",
    "models/in_loop.sql": "select {% for c in var('columns') %}{{ @@c }}, {% endfor %} 1 as x from {{ ref('a') }}",
}


def test_values(starc, project, engine, monkeypatch):
    monkeypatch.setenv("NO_SUCH_COLUMN", "nope_env")
    files, places = marked({**A, **VALUES})
    folder = project(files, profile=engine.profile())
    r = starc("build", cwd=folder)
    assert r.code == 1 and sorted(set(shown(r.text))) == sorted(places), r.text
    for use in (
        "macros/m.sql:1:32: note: its value is used here",
        "models/by_var.sql:3:4: note: in macro 'cut' called here",
    ):
        assert use in r.text, r.text
    r = starc("run-operation", "ask", "--args", "{of: id, what: nope}", cwd=folder)
    assert r.code == 1 and shown(r.text) == ["--args:1:16"], r.text
    r = starc("run", "-s", "by_var", "--vars", "{cutoff: nope_given}", cwd=folder)
    assert r.code == 1 and shown(r.text) == ["--vars:1:10"], r.text


FRESHNESS = {
    "models/s.yml": "sources:\n  - name: src\n    schema: SCHEMA\n    loaded_at_field: now()\n"
    "    freshness: {warn_after: {count: 1, period: day}}\n    tables:\n"
    "      - {name: a, freshness: {filter: id = 1 and @@nope = 1}}\n"
    "      - name: b\n        identifier: a\n        config: {loaded_at_field: @@no_such}\n"
    "      - name: c\n        identifier: a\n        config:\n"
    "          loaded_at_query: select max(@@no_such) from {{ this }}\n"
    "      - name: @@no_table\n"
    "      - name: d\n        identifier: a\n        loaded_at_field: @@word\n",
}


def test_freshness(starc, project, engine):
    files, places = marked(
        {**A, **{path: text.replace("SCHEMA", engine.profile()["schema"]) for path, text in FRESHNESS.items()}}
    )
    folder = project(files, profile=engine.profile())
    assert starc("run", cwd=folder).code == 0
    check(starc, folder, places, "source", "freshness")


def test_schemas(starc, project, engine):
    """A schema that cannot be made is shown where it is named: in the config of a node, else in the profile."""
    whole = (
        "{% macro generate_schema_name(custom_schema_name, node) %}{{ target.schema if custom_schema_name is none else "
        "custom_schema_name }}{% endmacro %}"
    )
    files, places = marked({"macros/m.sql": whole, "models/m.sql": "{{ config(@@schema='') }}\nselect 1 as id"})
    check(starc, project(files, name="one", profile=engine.profile()), places, "run", code=2)
    files, places = marked(
        {
            "macros/m.sql": whole,
            "dbt_project.yml": "name: two\nprofile: two\nmodels: {two: {+schema: @@' '}}\n",
            "models/m.sql": "select 1 as id",
        }
    )
    check(starc, project(files, name="two", profile=engine.profile()), places, "run", code=2)
    folder = project(A, name="three", profile={**engine.profile(), "schema": " "})
    for command in ("build", "show --select a", "debug", "docs generate"):
        r = starc(*command.split(), cwd=folder)
        assert (
            r.code in (1, 2)
            and len(re.findall(r"^profiles.yml:4:\d+: error: the schema of the target 'dev' is empty", r.text, re.M))
            == 1
        ), r.text


def test_a_parent_that_is_not_built_is_not_its_alias(project, starc, engine):
    folder = project(
        {"models/orders.sql": "select 1 as id", "models/x.sql": "select orders.id from {{ ref('orders') }} as orders"},
        profile=engine.profile(),
    )
    r = starc("run", "-s", "x", cwd=folder)
    assert (
        r.code == 1
        and "models/x.sql:1:2" in r.text
        and "if it is not built yet: starc build --select +orders" in r.text
    ), r.text


def test_a_method_that_the_adapter_lacks_has_a_nearest_name(project, starc, engine):
    folder = project(
        {
            "models/m.sql": "{% set r = adapter.get_relatoin('a', 'b', 'c') %}select 1 as a",
            "models/t.sql": "[{{ target.nme }}{{ adapter.nope }}]",
        },
        profile=engine.profile(),
    )
    r = starc("compile", "-s", "m", cwd=folder)
    assert r.code != 0 and "models/m.sql:1:20: error" in r.text and "did you mean 'get_relation'?" in r.text, r.text
    r = starc("compile", "-s", "t", cwd=folder)  # what is not there stays empty
    assert r.code == 0 and (folder / "target/compiled/shop/models/t.sql").read_text() == "[]"
