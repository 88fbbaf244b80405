"""`starc check`: each kind of node with a wrong column in each of the places that can name one."""

import re
import pytest
from conftest import EMBEDDED, needs_embedded, profile_for

TABLE = "materialized='table'"
SELECT = "select id, kind, day from {{ ref('a') }}"


@pytest.fixture(autouse=True)
def engine_inside(request):
    """The check of a ClickHouse target is the embedded engine's, whatever the target is."""
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def models_of(cases):
    """(name, config items, what the finding points at, or None for none[, query]): models."""
    files = {}
    for name, config, _, *query in cases:
        files[f"models/{name}.sql"] = (
            "{{ config(\n  " + ",\n  ".join(config) + "\n) }}\n" + (query[0] if query else SELECT)
        )
    return files


def pointed_at(r, files):
    """[file, the rest of the line that a finding points at] of each finding."""
    found = []
    for path, line, column in re.findall(r"^(\S+):(\d+):(\d+): (?:error|warning): ", r.text, re.M):
        found.append((path, files[path].split("\n")[int(line) - 1][int(column) - 1 :]))
    return found


def agrees(r, files, cases):
    """Each case's finding points at its word, in the model or in the YAML; those without one have none."""
    found = pointed_at(r, files)
    for name, _, word, *_ in cases:
        path = f"models/{name}.sql"
        mine = [text for at, text in found if at == path]
        if word is None:
            assert path not in r.text, (name, r.text)
        else:
            everywhere = mine + [text for at, text in found if at == "models/m.yml"]
            assert any(text.startswith(word) for text in everywhere), (name, word, mine, r.text)


DICTIONARY = ["materialized='dictionary'", "primary_key='id'", "layout='hashed()'", "lifetime='0'"]
VIEW = "materialized='materialized_view'"
INTO = "{{ materialization_target_table(ref('into')) }}\n"
PARTS = (
    "--one:begin\nselect id, kind from {{ ref('a') }}\n--one:end\nunion all\n--two:begin\n"
    "select id, nope as kind from {{ ref('a') }}\n--two:end"
)
CLICKHOUSE = [
    ("order_by", [TABLE, "order_by=['id', 'nope']"], "nope"),
    ("partition_by", [TABLE, "order_by='id'", "partition_by='toYYYYMM(dya)'"], "dya"),
    ("primary_key", [TABLE, "order_by='id'", "primary_key='nope'"], "nope"),
    ("ttl", [TABLE, "order_by='id'", "ttl='dya + interval 1 day'"], "dya"),
    ("engine", [TABLE, "order_by='id'", "engine='ReplacingMergeTree(ver)'"], "ver"),
    ("no_engine", [TABLE, "order_by='id'", "engine='ReplaingMergeTree()'"], "ReplaingMergeTree"),
    ("projection", [TABLE, "projections=[{'name': 'p', 'query': 'select nope, count() group by nope'}]"], "nope"),
    ("index_projection", [TABLE, "projections=[{'name': 'p', 'index': 'nope'}]"], "nope"),
    ("skip_index", [TABLE, "indexes=[{'name': 'i', 'definition': 'nope type minmax granularity 1'}]"], "nope"),
    ("setting", [TABLE, "settings={'index_granularty': 8192}"], "index_granularty"),
    ("query_setting", [TABLE, "query_settings={'max_threds': 1}"], "max_threds"),
    ("view_setting", ["materialized='view'", "query_settings={'nope': 1}"], "nope"),
    ("header", [TABLE, "sql_header='set nope = 1;'"], "nope"),
    ("codec", [TABLE, "contract={'enforced': true}"], "ZSTDD"),
    ("column_ttl", [TABLE, "contract={'enforced': true}"], "nope_ttl"),
    ("constraint", [TABLE, "contract={'enforced': true}"], "nope_check"),
    ("key", ["materialized='incremental'", "unique_key='nope'"], "nope"),
    (
        "predicate",
        [
            "materialized='incremental'",
            "unique_key='id'",
            "incremental_strategy='delete_insert'",
            "incremental_predicates=['nope > 1']",
        ],
        "nope",
    ),
    ("sharding_key", ["materialized='distributed_table'", "sharding_key='nope'"], "nope"),
    ("shards", ["materialized='distributed_table'", "order_by='nope'"], "nope"),
    ("good_shards", ["materialized='distributed_incremental'", "order_by='id'", "sharding_key=['id', 'day']"], None),
    ("view_key", [VIEW, "order_by='nope'"], "nope"),
    ("view_column", [VIEW], "nope", "select nope as id from {{ ref('a') }}"),
    ("view_part", [VIEW], "nope", PARTS),
    ("schedule", [VIEW, "refreshable={'interval': 'evry 1 hour'}"], "evry"),
    ("good_schedule", [VIEW, "refreshable={'interval': 'every 1 second'}"], None),
    ("good_view", [VIEW, "order_by='id'"], None),
    ("into", [TABLE], None, "select id, kind from {{ ref('a') }}"),
    ("view_into", [VIEW], "sort", INTO + "select id, kind as sort from {{ ref('a') }}"),
    ("good_view_into", [VIEW], None, INTO + "select id, kind from {{ ref('a') }}"),
    ("layout", DICTIONARY[:2] + ["layout='hashd()'", "lifetime='0'", "fields=[('id','UInt64')]"], "hashd"),
    ("field_type", DICTIONARY + ["fields=[('id','UInt64'), ('kind','Strng'), ('day','Date')]"], "Strng"),
    ("fields", DICTIONARY + ["fields=[('id','UInt64')]"], "fields="),
    ("order_of_fields", DICTIONARY + ["fields=[('id','UInt64'), ('day','Date'), ('kind','String')]"], "fields="),
    (
        "table_of_fields",
        DICTIONARY
        + ["fields=[('id','UInt8'), ('idd','UInt64')]", "table='a'", "connection_overrides={'database': 's'}"],
        "idd",
    ),
    ("outside", [TABLE, "engine=\"S3('http://127.0.0.1:1/x.csv', 'CSV')\"", "order_by='id'"], None),
    ("shared", [TABLE, "engine='SharedMergeTree'", "order_by='nope'"], "nope"),
    ("replacing", [TABLE, "engine='ReplacingMergeTree'", "order_by='id'"], None),
    ("final", ["materialized='view'"], None, "select id from {{ ref('replacing') }} final"),
]
CLICKHOUSE_YAML = """models:
- name: codec
  columns:
  - {name: id, data_type: UInt8}
  - {name: kind, data_type: String, codec: 'ZSTDD(3)'}
  - {name: day, data_type: Date}
- name: column_ttl
  columns:
  - {name: id, data_type: UInt8}
  - {name: kind, data_type: String, ttl: 'nope_ttl + interval 1 day'}
  - {name: day, data_type: Date}
- name: constraint
  constraints: [{type: check, name: c, expression: 'nope_check > 1'}]
  columns: [{name: id, data_type: UInt8}, {name: kind, data_type: String}, {name: day, data_type: Date}]
"""


@needs_embedded
def test_clickhouse(starc, project):
    files = models_of(CLICKHOUSE) | {"models/m.yml": CLICKHOUSE_YAML}
    files["models/a.sql"] = "{{ config(materialized='table') }}\nselect 1 as id, 'x' as kind, today() as day"
    r = starc("check", cwd=project(files, profile={"type": "clickhouse", "driver": "embedded", "schema": "s"}))
    assert r.code == 1, r.text
    agrees(r, files, CLICKHOUSE)


CONTRACT = [TABLE, "contract={'enforced': true}"]
KEYS = ["materialized='incremental'", "unique_key='id'"]
DEST, SOURCE = "DBT_INTERNAL_DEST", "DBT_INTERNAL_SOURCE"
POSTGRES = [
    ("index", [TABLE, "indexes=[{'columns': ['nope']}]"], "nope"),
    ("index_type", [TABLE, "indexes=[{'columns': ['id'], 'type': 'gistt'}]"], "gistt"),
    ("good_index", [TABLE, "indexes=[{'columns': ['id'], 'unique': true}, {'columns': ['kind', 'day']}]"], None),
    ("view", [VIEW], "nope", "select nope from {{ ref('a') }}"),
    ("view_index", [VIEW, "indexes=[{'columns': ['nope']}]"], "nope"),
    ("good_view", [VIEW, "indexes=[{'columns': ['id']}]"], None),
    ("of_view", ["materialized='view'"], None, "select id from {{ ref('good_view') }}"),
    ("key", ["materialized='incremental'", "unique_key=['id', 'nope']"], "nope"),
    ("predicate", KEYS + [f"incremental_predicates=['{DEST}.nope > 1']"], "nope"),
    ("good_predicate", KEYS + [f"incremental_predicates=['{DEST}.id > 1']"], None),
    ("merge", KEYS + ["incremental_strategy='merge'", f"incremental_predicates=['{SOURCE}.nope > 1']"], SOURCE),
    ("good_merge", KEYS + ["incremental_strategy='merge'", f"incremental_predicates=['{SOURCE}.id>{DEST}.id']"], None),
    ("updated", KEYS + ["incremental_strategy='merge'", "merge_update_columns=['nope']"], "nope"),
    (
        "later",
        ["materialized='incremental'"],
        "id",
        "select id {% if not is_incremental() %}, kind{% endif %} from {{ ref('a') }}",
    ),
    ("constraint", CONTRACT, "nope_check"),
    ("column_check", CONTRACT, "idd > 0"),
    ("generated", CONTRACT, "nope_generated"),
    ("foreign_key", CONTRACT, "idd]"),
    ("foreign_type", CONTRACT, "d], to"),
    ("good_key", CONTRACT, None),
    ("parent", CONTRACT, None, "select id, kind from {{ ref('a') }}"),
]
COLUMNS = "  columns: [{name: id, data_type: integer}, {name: kind, data_type: text}, {name: day, data_type: date}]\n"
POSTGRES_YAML = f"""models:
- name: constraint
  constraints: [{{type: check, name: c, expression: 'nope_check > 1'}}]
{COLUMNS}- name: column_check
  columns: [{{name: id, data_type: integer, constraints: [{{type: check, expression: 'idd > 0'}}]}},
    {{name: kind, data_type: text}}, {{name: day, data_type: date}}]
- name: generated
  columns: [{{name: day, data_type: date, constraints: [{{type: custom,
      expression: 'generated always as (nope_generated) stored'}}]}},
    {{name: id, data_type: integer}}, {{name: kind, data_type: text}}]
- name: foreign_key
  constraints: [{{type: foreign_key, columns: [id], to: ref('parent'), to_columns: [idd]}}]
{COLUMNS}- name: foreign_type
  constraints: [{{type: foreign_key, columns: [kind], to: ref('parent'), to_columns: [id]}}]
{COLUMNS}- name: good_key
  constraints: [{{type: foreign_key, columns: [id], to: ref('parent'), to_columns: [id]}}]
{COLUMNS}- name: parent
  columns: [{{name: id, data_type: integer, constraints: [{{type: primary_key}}]}}, {{name: kind, data_type: text}}]
"""


def test_postgres(starc, project, request):
    files = models_of(POSTGRES) | {"models/m.yml": POSTGRES_YAML}
    files["models/a.sql"] = "{{ config(materialized='table') }}\nselect 1 as id, 'x' as kind, current_date as day"
    r = starc("check", cwd=project(files, profile=profile_for("postgres", request, "check_kinds")))
    assert r.code == 1, r.text
    agrees(r, files, POSTGRES)


UNIT_TEST = """- name: {name}
  model: {model}
  overrides: {{macros: {{is_incremental: true}}}}
  given:
  - {{input: ref('a'), rows: [{given}]}}
{this}  expect: {{rows: [{expect}]}}
"""


def unit_test(name, given, expect, model="grown", this="{id: 0}"):
    return UNIT_TEST.format(
        name=name, model=model, given=given, expect=expect, this=f"  - {{input: this, rows: [{this}]}}\n"
    )


def test_unit_tests_and_analyses(starc, project, engine):
    """Columns that are given or expected and are not there, values that a type does not take."""
    files = {
        "models/a.sql": "{{ config(materialized='table') }}\nselect 1 as id, 'x' as kind",
        "models/grown.sql": "{{ config(materialized='incremental') }}\nselect id, id + 1 as next from {{ ref('a') }}\n"
        "{% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}",
        "models/m.yml": "unit_tests:\n"
        + unit_test("good", "{id: 1}", "{next: 2}")
        + unit_test("given", "{id: 1, kindd: x}", "{next: 2}")
        + unit_test("expected", "{id: 1}", "{nxt: 2}")
        + unit_test("value", "{id: one}", "{next: 2}")
        + unit_test("result", "{id: 1}", "{next: two}")
        + unit_test("this", "{id: 1}", "{next: 2}", this="{idd: 0}"),
        "analyses/look.sql": "select id,\n  nope from {{ ref('grown') }}",
        "analyses/good.sql": "select id from {{ ref('grown') }}",
    }
    folder = project(files, profile=engine.profile())
    r = starc("check", cwd=folder)
    assert r.code == 1 and "6 wrong" in r.text, r.text
    found = pointed_at(r, files)
    for word in ("kindd", "nxt", "one", "two", "idd", "nope"):
        assert any(text.startswith(word) for _, text in found), (word, r.text)
    assert "did you mean 'kind'" in r.text, r.text
    alone = starc("check", "--select", "expected", cwd=folder)
    assert alone.code == 1 and "Checked 3 of 3 nodes" in alone.text, alone.text
