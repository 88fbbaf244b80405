"""What templates can name, in an operation, in a model and while a model is parsed: context_cases.txt has a
template each and what
dbt-core 1.11 gives for it with the adapter and mode named.

    ## name
    template
    >> postgres model op, clickhouse parse
    what it gives, DB for the database's name
"""

import json, os, re
import pytest
from conftest import ROOT

MACROS = """
{% macro hello(x) %}hello {{ x }}{% endmacro %}
{% macro dprobe() %}{{ return(adapter.dispatch('dprobe')()) }}{% endmacro %}
{% macro default__dprobe() %}dflt{% endmacro %}
{% macro postgres__dprobe() %}pgd{% endmacro %}
{% macro clickhouse__dprobe() %}chd{% endmacro %}
{% macro ret_list() %}{{ return([1, 'a']) }}{% endmacro %}
{% macro ret_dict() %}{{ return({'a': 1}) }}{% endmacro %}
{% macro ret_none() %}{{ return(none) }}{% endmacro %}
{% macro ret_rel() %}{{ return(api.Relation.create(schema='s', identifier='i')) }}{% endmacro %}
{% macro with_caller() %}[{{ caller(1) }}{{ caller('b') }}]{% endmacro %}
{% macro ov_concat(f) %}{{ concat(f) }}/{{ dbt.concat(f) }}{% endmacro %}
{% macro default__concat(fields) %}ROOTCONCAT{% endmacro %}
"""
FILES = {
    "macros/m.sql": MACROS,
    "models/base.sql": "select 1 as id",
    "seeds/data.csv": "id,name\n1,a\n2,b\n",
    "seeds/data2.csv": "id\n1\n",
}
EXTRA = """
vars: {vint: 1, vstr: abc, vlist: [1, a, null], vdict: {a: 1, b: [x]}, vnone: null, vtpl: "{{ target.type }} x", \
vbool: true, probe: {pvar: pv}}
"""


def cases(adapter, mode):
    """[(name, template, expected)] of those that are there for the adapter and mode."""
    found = []
    text = (ROOT / "tests/e2e/context_cases.txt").read_text()
    for block in re.split(r"(?m)^## ", text)[1:]:
        head, *answers = re.split(r"(?m)^>> ", block)
        name, template = head.rstrip("\n").split("\n", 1)
        for answer in answers:
            where, expected = answer[:-1].split("\n", 1)
            if any(adapter == w.split()[0] and mode in w.split() for w in where.split(",")):
                found.append((name, template, re.sub(r"\bDB\b", "postgres", expected)))
    return found


def compare(text, wanted):
    got = dict(re.findall(r"(?s)<<([^>]+)>>(.*?)<</\1>>", text))
    wrong = [
        f"{name}\n  want: {want!r}\n  got:  {got.get(name)!r}" for name, _, want in wanted if got.get(name) != want
    ]
    assert not wrong, "\n".join(wrong)
    assert len(wanted) > 100


def marked(wanted):
    return "\n".join(f"{{% set out %}}{t}{{% endset %}}<<{n}>>{{{{ out }}}}<</{n}>>" for n, t, _ in wanted)


@pytest.fixture
def folder(project, starc, engine):
    folder = project(
        FILES,
        name="probe",
        extra=EXTRA + "require-dbt-version: '<1.12.0'\n",
        profile={**engine.profile(), "schema": "probe"},
    )
    r = starc("seed", cwd=folder)
    assert r.code == 0, r.text
    return folder


def adapter(engine):
    return "postgres" if engine.name == "postgres" else "clickhouse"


def test_in_an_operation(folder, starc, engine):
    wanted = cases(adapter(engine), "op")
    (folder / "macros/op.sql").write_text(
        "{% macro show_all() %}{% set all %}" + marked(wanted) + "{% endset %}{{ print(all) }}{% endmacro %}"
    )
    r = starc("run-operation", "show_all", cwd=folder)
    assert r.code == 0, r.text
    compare(r.out, wanted)


def test_in_a_model(folder, starc, engine):
    wanted = cases(adapter(engine), "model")
    (folder / "models/carrier.sql").write_text(marked(wanted))
    r = starc("compile", "--select", "carrier", cwd=folder)
    assert r.code == 0, r.text
    compare((folder / "target/compiled/probe/models/carrier.sql").read_text(), wanted)


def test_while_parsing(folder, starc, engine):
    wanted = cases(adapter(engine), "parse")
    (folder / "models/carrier.sql").write_text(
        "{% set all %}" + marked(wanted) + "{% endset %}{{ config(meta={'all': all}) }}"
    )
    r = starc("parse", cwd=folder)
    assert r.code == 0, r.text
    compare(
        json.loads((folder / "target/manifest.json").read_text())["nodes"]["model.probe.carrier"]["config"]["meta"][
            "all"
        ],
        wanted,
    )


# The names of each context: what keys() gives without macros.
BASE = set(
    "otel_trace_id otel_span_id builtins context dbt_version diff_of_two_dicts env_var flags fromjson fromyaml "
    "invocation_id local_md5 log modules print return "
    "run_started_at set set_strict thread_id tojson toyaml var zip zip_strict".split()
)
PROVIDER = BASE | set(
    "_sql_results adapter adapter_macro api column config context_macro_stack database dbt_metadata_envs env "
    "exceptions "
    "execute function graph invocation_args_dict load_agate_table load_result metric model post_hooks pre_hooks "
    "project_name "
    "ref render schema selected_resources source sql sql_now store_raw_result store_result submit_python_job target "
    "try_or_compiler_error validation write".split()
)
FLAGS = set(
    "VERSION_CHECK INVOCATION_COMMAND LOG_FORMAT LOG_CACHE_EVENTS INDIRECT_SELECTION EMPTY SEND_ANONYMOUS_USAGE_STATS "
    "USE_COLORS "
    "WARN_ERROR_OPTIONS FAIL_FAST LOG_PATH INTROSPECT PRINTER_WIDTH CACHE_SELECTED_ONLY USE_EXPERIMENTAL_PARSER "
    "WRITE_JSON "
    "STATIC_PARSER QUIET PARTIAL_PARSE NO_PRINT WARN_ERROR TARGET_PATH DEBUG PROFILES_DIR FULL_REFRESH STORE_FAILURES "
    "WHICH".split()
)


def keys(label):
    return "{{ print('<<" + label + " ' ~ (context.keys() | sort | join(' ')) ~ '>>') }}"


def test_each_context_has_its_names(project, starc, engine):
    probe = (
        keys("MODEL") + "{{ print('<<CONFIG ' ~ (model.config.keys() | sort | join(' ')) ~ '>>') }}{{ print('<<AS ' ~ "
        "model.config.materialized ~ '>>') }}select 1 as id"
    )
    folder = project(
        {
            "models/m.sql": probe,
            "models/s.yml": f"""
models: [{{name: m, description: "{keys('DOCS')}", config: {{meta: {{x: "{keys('SCHEMA')}"}}}}}}]""",
            "macros/m.sql": "{% macro op() %}"
            + keys("OPERATION")
            + "{{ print('<<BUILTINS ' ~ (builtins.keys() | sort | join(' ')) ~ '>>') }}"
            "{{ print('<<FLAGS ' ~ (flags.keys() | sort | join(' ')) ~ '>>') }}{% endmacro %}"
            "{% macro comment() %}" + keys("COMMENT") + "{% endmacro %}",
        },
        name="probe",
        profile=engine.profile(),
        extra=f"""query-comment: '{{{{ comment() }}}}'
models: {{+materialized: table, +meta: {{x: "{keys('TARGET')}"}}}}
on-run-start: "{keys('HOOK')} select 1"
""",
    )
    text = starc("build", cwd=folder).text + starc("run-operation", "op", cwd=folder).text
    got = {}
    for label, names in re.findall(r"<<([A-Z]+) ([^>]*)>>", text):
        got.setdefault(label, []).append(set(names.split()))
    assert got["TARGET"][0] == BASE | {"target"}
    assert got["SCHEMA"][0] == BASE | {"target", "project_name"}
    assert got["DOCS"][0] == BASE | {"target", "project_name", "doc"}
    macros = got["OPERATION"][0] - PROVIDER
    assert PROVIDER <= got["OPERATION"][0] and {"op", "probe", "dbt", "run_query"} <= macros
    assert all(k - macros == PROVIDER | {"this", "compiled_code", "defer_relation"} for k in got["MODEL"])
    assert all(k - macros >= PROVIDER | {"this"} for k in got["HOOK"])
    assert (
        BASE | {"target", "project_name", "context_macro_stack", "op"} <= got["COMMENT"][0]
        and "ref" not in got["COMMENT"][0]
    )
    assert got["BUILTINS"][0] == PROVIDER - {"context", "builtins", "model"}
    assert got["FLAGS"][0] >= FLAGS  # and those that a project sets
    assert got["AS"] == [{"table"}] * len(got["AS"]) and all(
        {"enabled", "tags", "pre-hook"} <= k for k in got["CONFIG"]
    )


def test_a_comment_that_fails_fails_what_it_was_for(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "select 1 as a",
            "models/b.sql": "select 1 as b",
            "macros/m.sql": "{% macro comment(node) %}{% if (node and node.name == 'a') or var('all', false) %}{{ "
            "exceptions.raise_compiler_error('no comment today') }}{% endif %}{% endmacro %}",
        },
        profile=engine.profile(),
        extra="query-comment: '{{ comment(node) }}'\n",
    )
    r = starc("build", cwd=folder)
    status = {
        n["unique_id"][-1]: n["status"] for n in json.loads((folder / "target/run_results.json").read_text())["results"]
    }
    assert r.code == 1 and status == {"a": "error", "b": "success"} and "macros/m.sql:1:" in r.text, r.text
    for words in (
        ["build"],
        ["show", "--inline", "select 1 as a"],
        ["run-operation", "run_query", "--args", "{sql: select 1}"],
    ):
        r = starc(*words, "--vars", "{all: true}", cwd=folder)
        assert r.code in (1, 2) and "no comment today" in r.text, (words, r.code, r.text)


# What packages that watch a project do: data kept in `graph` from one node to the next, the project's
# own configuration, results at the end of a run.
KEPT = """
{% macro note(what) %}{% if execute %}{% do graph.setdefault('mine', {}).setdefault('seen', []).append(what) %}{% \
endif %}{% endmacro %}
{% macro at_end(results) %}{% if execute %}
  {{ print('<<SEEN ' ~ (graph['mine'].seen | sort | join(' ')) ~ '>>') }}
  {{ print('<<PHASES ' ~ (results | map(attribute='timing') | map('first') | map(attribute='name') | unique | join(' \
')) ~ '>>') }}
  {{ print('<<TEXT ' ~ (results[0].timing[0].to_dict().started_at is string) ~ (results[0].node.to_dict().name is \
string) ~ '>>') }}
  {{ print('<<UNSET ' ~ results[0].node.config.nobody_set_it ~ ' ' ~ results[0].node.config.enabled ~ ' ' ~ \
results[0].node.config.get('alias', 3) ~ '>>') }}
{% endif %}{% endmacro %}
{% macro op() %}
  {% set c = builtins.ref.config %}
  {{ print('<<CONFIG ' ~ c.project_name ~ ' ' ~ c.dependencies['probe'].version ~ ' ' ~ c.vars.to_dict().v ~ ' ' ~ \
c.cli_vars ~ '>>') }}
  {% do context.update({'sql': 'changed'}) %}{{ print('<<SQL ' ~ sql ~ '>>') }}
  {% do graph.nodes['model.probe.a'].update({'name': 'a'}) %}
{% endmacro %}
{% macro change() %}{% do graph.nodes['model.probe.a'].update({'name': 'b'}) %}{% endmacro %}
"""


def test_what_is_put_into_graph_stays_for_the_run(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "{{ note('a') }}select 1 as id",
            "models/b.sql": "{{ note('b') }}select * from {{ ref('a') }}",
            "macros/m.sql": KEPT,
        },
        name="probe",
        profile=engine.profile(),
        extra="""vars: {v: 7}
on-run-start: "{{ note('start') }}"
on-run-end: "{{ at_end(results) }}"
""",
    )
    r = starc("build", cwd=folder)
    assert (
        r.code == 0
        and "<<SEEN a b start>>" in r.text
        and "<<PHASES compile>>" in r.text
        and "<<TEXT TrueTrue>>" in r.text
        and "<<UNSET None True None>>" in r.text
    ), r.text
    r = starc("run-operation", "op", "--vars", "{v: 8}", cwd=folder)
    assert r.code == 0 and re.search(r"<<CONFIG probe \S+ 7 \{'v': 8\}>>", r.text) and "<<SQL changed>>" in r.text, (
        r.text
    )
    r = starc("run-operation", "change", cwd=folder)
    assert r.code == 1 and "belongs to the project" in r.text, r.text


def test_an_error_in_a_text_that_a_template_made_is_shown(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "{{ config(post_hook=\"{{ fail() }}\") }}select 1 as id",
            "macros/m.sql": "{% macro fail() %}{% if execute %}{{ exceptions.raise_compiler_error('no') }}{% endif "
            "%}{% endmacro %}",
        },
        name="probe",
        profile=engine.profile(),
    )
    r = starc("build", cwd=folder)
    assert r.code == 1 and "error: no" in r.text and "fail()" in r.text, r.text


def test_print_table_writes_numbers_as_agate_does(project, starc, engine):
    rows = "select {0} as n, 'aaaaaaaaaaaaaaaaaaaaaaaaa' as a_name_of_more_than_20_characters, {1} as i".format
    folder = project(
        {
            "macros/m.sql": "{% macro show() %}{% set t = run_query(\"select * from ("
            + " union all ".join([rows("1234567.5", 3), rows("0.123456", 1234), rows("-0.1235", 0)])
            + ") as three order by 1 desc\") %}"
            "{% do t.print_table() %}{% do t.print_table(max_precision=none) %}{% do t.print_table(max_rows=1, "
            "max_columns=2, max_column_width=6, max_precision=1) %}{% endmacro %}"
        },
        name="probe",
        profile=engine.profile(),
    )
    r = starc("run-operation", "show", cwd=folder)
    assert (
        r.code == 0
        and """
|              n | a_name_of_more_th... |     i |
| -------------- | -------------------- | ----- |
| 1,234,567.500… | aaaaaaaaaaaaaaaaa... |     3 |
|         0.123… | aaaaaaaaaaaaaaaaa... | 1,234 |
|        -0.124… | aaaaaaaaaaaaaaaaa... |     0 |
|                n | a_name_of_more_th... |     i |
| ---------------- | -------------------- | ----- |
| 1,234,567.500000 | aaaaaaaaaaaaaaaaa... |     3 |
|         0.123456 | aaaaaaaaaaaaaaaaa... | 1,234 |
|        -0.123500 | aaaaaaaaaaaaaaaaa... |     0 |
|      n | a_n... | ... |
| ------ | ------ | --- |
| 1,2... | aaa... | ... |
|    ... | ...    | ... |
"""
        in r.out
    ), r.out


def test_a_return_in_a_call_block_ends_the_called_macro(project, starc, engine):
    folder = project(
        {
            "macros/m.sql": "{% macro inner() %}<{{ caller() }}>{% endmacro %}"
            "{% macro pick() %}{% call inner() %}{{ return([1]) }}{% endcall %}{{ return('after') }}{% endmacro %}"
            "{% macro outer() %}{{ pick() }}{% endmacro %}"
            "{% macro joined() %}{% call inner() %}{{ return([1]) }}{% endcall %}{% endmacro %}"
        },
        name="probe",
        profile=engine.profile(),
    )
    for early in ("pick", "outer"):
        r = starc("run-operation", early, cwd=folder)
        assert r.code == 0, r.text
    r = starc("run-operation", "joined", cwd=folder)
    assert r.code == 1 and "sequence item 0: expected str instance, list found" in r.text, r.text


def test_selected_resources_of_compile_and_docs(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "select 1 as id",
            "models/s.yml": "models: [{name: a, columns: [{name: id, data_tests: [not_null]}]}]",
        },
        name="probe",
        profile=engine.profile(),
        extra="on-run-start: \"{{ log('SEL ' ~ (selected_resources | sort | map('truncate', 25, true, '') | join(' "
        "')), info=true) }}\"\n",
    )
    for command in (["compile"], ["docs", "generate"]):
        r = starc(*command, cwd=folder)
        assert r.code == 0 and "SEL model.probe.a operation.probe.probe-on- test.probe.not_null_a_id." in r.out, r.text


def test_the_adapter_calls_a_packages_macro_before_the_built_in_one(project, starc, engine):
    folder = project(
        {
            "packages.yml": "packages: [{local: util}]",
            "util/dbt_project.yml": "name: util\n",
            "util/macros/m.sql": "{% macro get_columns_in_relation(relation) %}{{ return(['of util']) }}{% endmacro %}",
            "macros/op.sql": "{% macro op() %}{{ print(adapter.get_columns_in_relation(api.Relation.create(schema='s', "
            "identifier='i'))) }}{% endmacro %}",
        },
        name="probe",
        profile=engine.profile(),
    )
    assert starc("deps", cwd=folder).code == 0
    r = starc("run-operation", "op", cwd=folder)
    assert r.code == 0 and "['of util']" in r.out, r.text
    (folder / "macros/own.sql").write_text(
        "{% macro get_columns_in_relation(relation) %}{{ return(['of the root']) }}{% endmacro %}"
    )
    r = starc("run-operation", "op", cwd=folder)
    assert r.code == 0 and "['of the root']" in r.out, r.text


# Each macro as its users may have it: with rows of another kind than the built-in one's.
ADAPTER_MACROS = """
{% macro told(text) %}{{ log('CALLED ' ~ text, info=true) }}{% endmacro %}
{% macro list_schemas(database) %}{% do told('list_schemas') %}{{ return([['public'], ['MINE']]) }}{% endmacro %}
{% macro create_schema(relation) %}{% do told('create_schema ' ~ relation.schema) %}{{ \
return(adapter.dispatch('create_schema', 'dbt')(relation)) }}{% endmacro %}
{% macro drop_schema(relation) %}{% do told('drop_schema ' ~ relation.schema) %}{% endmacro %}
{% macro check_schema_exists(information_schema, schema) %}{{ return([[(schema == 'MINE') | int]]) }}{% endmacro %}
{% macro list_relations_without_caching(schema_relation) %}
  {% do told('list_relations') %}
  {{ return([[target.database, 'odd', 'mine', 'dynamic'], [target.database, 'v', 'mine', 'view']] if target.type == \
'postgres'
            else [['odd', 'mine', 'dynamic', 'Atomic', '[]', 0, 0, 0], ['v', 'mine', 'view', 'Atomic', '[]', 0, 0, \
0]]) }}
{% endmacro %}
{% macro get_columns_in_relation(relation) %}
  {{ return({'number': 5, 'none': none, 'dicts': [{'name': 'a'}], 'rows': run_query('select 7 as \
n')}.get(relation.identifier)) }}
{% endmacro %}
{% macro get_catalog(information_schema, schemas) %}{% do told('get_catalog') %}{{ \
return(adapter.dispatch('get_catalog', 'dbt')(information_schema, schemas)) }}{% endmacro %}
{% macro get_catalog_relations(information_schema, relations) %}
  {% do told('get_catalog_relations ' ~ relations | map(attribute='identifier') | sort | join(',')) %}
  {{ return(adapter.dispatch('get_catalog_relations', 'dbt')(information_schema, relations)) }}
{% endmacro %}
{% macro collect_freshness(source, loaded_at_field, filter) %}{% do told('collect_freshness') %}{{ \
return(run_query('select ' ~ loaded_at_field ~ ' as a, ' ~ current_timestamp() ~ ' as b')) }}{% endmacro %}
{% macro op() %}
  {% do print([adapter.check_schema_exists(target.database, 'MINE'), adapter.check_schema_exists(target.database, \
'other')]) %}
  {% for name in ['number', 'none', 'dicts', 'rows'] %}
    {% set got = adapter.get_columns_in_relation(api.Relation.create(schema='s', identifier=name)) %}
    {% do print(name ~ ' ' ~ (got.rows[0][0] if name == 'rows' else got)) %}
  {% endfor %}
  {% set odd = adapter.get_relation(target.database, 'mine', 'odd') %}
  {% do print('odd ' ~ odd.type ~ ', v ' ~ adapter.get_relation(target.database, 'mine', 'v').type) %}
  {% do adapter.drop_schema(api.Relation.create(database=target.database, schema='gone')) %}
{% endmacro %}
"""


def test_the_projects_macros_are_called_where_dbts_adapter_calls_them(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "select 1 as id",
            "models/s.yml": "sources: [{name: src, schema: \"{{ target.schema }}\", tables: [{name: a, "
            "loaded_at_field: 'now()', freshness: {warn_after: {count: 1, period: day}}}]}]",
            "macros/m.sql": ADAPTER_MACROS,
        },
        name="probe",
        profile=engine.profile(),
    )
    schema = engine.profile()["schema"]

    def called(*words):
        r = starc(*words, cwd=folder)
        assert r.code == 0, r.text
        return [line.split("CALLED ")[1].strip() for line in r.text.splitlines() if "CALLED " in line]

    assert called("run") == ["list_schemas", f"create_schema {schema}", "list_relations"]
    assert called("source", "freshness") == ["collect_freshness"]
    assert called("docs", "generate") == ["get_catalog_relations a"]
    assert "model.probe.a" in json.loads((folder / "target/catalog.json").read_text())["nodes"]
    assert called("docs", "generate", "--no-compile") == ["get_catalog"]
    r = starc("run-operation", "op", cwd=folder)
    assert r.code == 0, r.text
    kind = "external" if engine.name == "postgres" else "table"
    for said in (
        "[True, False]",
        "number 5",
        "none None",
        "dicts [{'name': 'a'}]",
        "rows 7",
        f"odd {kind}, v view",
        "CALLED drop_schema gone",
    ):
        assert said in r.out, (said, r.text)


METRICS = """
models: [{name: spine, time_spine: {standard_granularity_column: d}, columns: [{name: d, granularity: day}]}]
semantic_models:
  - {name: sem, model: ref('orders'), defaults: {agg_time_dimension: ts}, entities: [{name: order_key, type: primary, \
expr: id}],
     dimensions: [{name: ts, type: time, type_params: {time_granularity: day}}], measures: [{name: amount, agg: sum}]}
metrics:
  - {name: total, label: Total, type: simple, type_params: {measure: amount}}
  - {name: share, label: Share, type: ratio, type_params: {numerator: total, denominator: total}}
"""


def test_metric_gives_an_object_that_knows_its_node(project, starc):
    m = (
        "{% set m = metric('share') %}{{ [m ~ '', m.metric_name, m.package_name, m.label, m.type, "
        "m.full_metric_dependency(), m.base_metric_dependency(), m.derived_metric_dependency_depth()] }}"
    )
    folder = project(
        {
            "models/m.sql": m,
            "models/orders.sql": "select 1 as id, 2 as amount, now() as ts",
            "models/spine.sql": "select now() as d",
            "models/s.yml": METRICS,
        },
        name="probe",
        profile={"type": "clickhouse", "driver": "embedded", "path": ".starc/w", "schema": "s"},
    )
    r = starc("compile", "-s", "m", cwd=folder)
    assert r.code == 0, r.text
    assert (
        folder / "target/compiled/probe/models/m.sql"
    ).read_text() == "['share', 'share', 'probe', 'Share', 'ratio', ['share', 'total'], ['total'], [{'share': 1}]]"
