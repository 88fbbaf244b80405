"""`starc check`: where it looks. What stands for a table, many relations in one transaction, two texts that are one."""

import pytest
from conftest import EMBEDDED, needs_embedded, profile_for


@pytest.fixture(autouse=True)
def engine_inside(request):
    """The check of a ClickHouse target is the embedded engine's, whatever the target is."""
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


@needs_embedded
def test_what_only_the_real_table_has(starc, project):
    """A plain table is one of the engine Null, until somebody reads it in a way of its own: what is told, and what is
    right, is as with the table itself."""
    files = {
        "models/t.sql": "{{ config(materialized='table') }}select 1 as id",
        "models/m.sql": "select id, _part, _partition_id from {{ ref('t') }}",
        "models/e.sql": "{{ config(materialized='ephemeral') }}select * from {{ ref('t') }}",
        "models/f.sql": "select * from {{ ref('t') }} final",
        "models/through.sql": "select id from {{ ref('e') }}\nwhere id in (select id from {{ ref('t') }} "
        "prewhere id > 0)",
        "models/wrong.sql": "select idd, _part from {{ ref('t') }}",
    }
    r = starc("check", cwd=project(files, profile={"type": "clickhouse", "driver": "embedded", "schema": "s"}))
    assert r.code == 1 and "2 wrong" in r.text, r.text
    assert "MergeTree doesn't support FINAL" in r.text and "Null" not in r.text, r.text
    assert "models/wrong.sql:1:8" in r.text and "did you mean 'id'" in r.text, r.text


def test_more_relations_than_one_transaction_holds(starc, project, request):
    """A transaction ends after so many: what is read in the next one is made again of its columns."""
    files = {
        "models/first.sql": "select 1::numeric(12,2) as amount, array['x']::varchar(7)[] as tags",
        "models/e.sql": "{{ config(materialized='ephemeral') }}select * from {{ ref('first') }}",
        "seeds/rates.csv": "kind,rate\nx,1.5\n",
        "models/s.yml": "sources:\n- name: raw\n  schema: raw\n  tables:\n  - name: t\n"
        "    columns: [{name: id, data_type: bigint}]\n",
        "models/last.sql": "-- depends_on: {{ ref('m49') }}\nselect e.amount, e.tags, r.rate, t.id, e.gone\n"
        "from {{ ref('e') }} e, {{ ref('rates') }} r, {{ source('raw', 't') }} t",
    }
    for i in range(50):
        files[f"models/m{i}.sql"] = "select amount from {{ ref('%s') }}" % ("first" if i < 25 else f"m{i - 1}")
    folder = project(files, profile=profile_for("postgres", request, "windows"))
    r = starc("check", "--log-level-file", "debug", cwd=folder, env={"STARC_TEST_WINDOW": "20"})
    assert r.code == 1 and "Checked 53 of 53 nodes" in r.text and "1 wrong" in r.text, r.text
    assert "models/last.sql:2:" in r.text and "column e.gone does not exist" in r.text, r.text
    log = (folder / "logs/dbt.log").read_text()
    assert log.count("rollback; begin read write") >= 2 and "create table" in log, log[-2000:]


@needs_embedded
def test_what_only_the_plan_knows(starc, project):
    """Keys of a join and lists of IN have types only in the plan of a query, and what no build plans has none: a view
    that nobody reads. A chain of views is not planned anew with each of its views; what a node made before it was
    refused does not stand in its own way; a query whose plan cannot be refused is not planned."""
    chain = {f"models/v{i}.sql": f"select a + 1 as a from {{{{ ref('v{i - 1}') }}}} where a > 1" for i in range(1, 120)}
    files = {
        **chain,
        "models/v0.sql": "select 1 as a",
        "models/text.sql": "{{ config(materialized='table') }}select 'x' as b, null as nothing, [] as list",
        "models/words.sql": "select 'x' as b, null as nothing, [] as list",
        "models/joined.sql": "select v.a\nfrom {{ ref('v0') }} as v\njoin {{ ref('words') }} as w on v.a = w.b",
        "models/unread.sql": "select v.a\nfrom {{ ref('v0') }} as v\njoin {{ ref('words') }} as w on v.a = w.b",
        "models/reader.sql": "{{ config(materialized='table') }}select a from {{ ref('joined') }}",
        "models/fits.sql": "{{ config(materialized='table') }}select a.a from {{ ref('v0') }} as a "
        "join {{ ref('v1') }} as b on a.a = b.a",
        "models/nested.sql": "{{ config(materialized='table') }}select a.a from {{ ref('v0') }} as a\n"
        "join {{ ref('v1') }} as b on a.a = b.a\njoin {{ ref('words') }} as w on w.b = b.a",
        "models/given.sql": "{{ config(materialized='table') }}select toInt32(x) as y from (select 'x' as x) as one",
        "models/listed.sql": "{{ config(materialized='table') }}select a from {{ ref('v0') }}\nwhere a in ('x')",
        "models/framed.sql": "{{ config(materialized='table') }}select sum(a) over (\n"
        "order by toString(a) range between 1 preceding and current row) as s from {{ ref('v0') }}",
        "models/keyed.sql": "{{ config(materialized='incremental', unique_key='gone', "
        "incremental_strategy='delete+insert') }}\nselect a from {{ ref('v3') }}",
        "models/s.yml": "models:\n- name: v1\n  columns:\n  - name: a\n    data_tests:\n"
        "    - accepted_values: {arguments: {values: [one, two]}}\n",
    }
    folder = project(files, profile={"type": "clickhouse", "driver": "embedded", "schema": "s"})
    r = starc("check", "--log-level-file", "debug", cwd=folder)
    planned = (folder / "logs/dbt.log").read_text().count("explain pipeline")
    assert planned < 12, planned
    assert "models/unread.sql:3:41: warning:" in r.text and r.text.count("models/unread.sql") == 1, r.text
    assert "models/nested.sql:" in r.text, r.text
    assert "models/given.sql:1:" in r.text, r.text
    assert r.code == 1 and "8 wrong, 1 below" in r.text and "[not-checked]" not in r.text, r.text
    assert "JOIN cannot infer common type" in r.text and "models/listed.sql:2:14" in r.text, r.text
    assert "models/keyed.sql:1:" in r.text and "ALREADY_EXISTS" not in r.text and "models/s.yml:6:" in r.text, r.text
    assert "models/framed.sql:" in r.text and "RANGE OFFSET frame" in r.text, r.text
    assert "cannot be used in tables" in r.text and "models/words.sql" not in r.text, r.text


def test_a_second_text_that_is_the_first(starc, project, engine):
    """An incremental model without is_incremental() is looked at once."""
    files = {
        "models/one.sql": "{{ config(materialized='incremental') }}select 1 as id_of_one",
        "models/two.sql": "{{ config(materialized='incremental') }}select 1 as id_of_two\n"
        "{% if is_incremental() %}where gone > 0{% endif %}",
    }
    folder = project(files, profile=engine.profile())
    r = starc("check", "--log-level-file", "debug", cwd=folder)
    assert r.code == 1 and "models/two.sql:2:" in r.text and "1 wrong" in r.text, r.text
    log = (folder / "logs/dbt.log").read_text()
    looked = [line for line in log.splitlines() if "query tree" not in line]  # that is for lineage
    one, two = (sum(f"1 as id_of_{name}" in line for line in looked) for name in ("one", "two"))
    assert "where gone" in log and one == two - 1, log


@needs_embedded
def test_constants_that_a_function_refuses(starc, project):
    """A pattern, a format, a time zone: they are looked at when a build binds the function, as in a check."""
    wrong = {
        "pattern": "extractAll(s, '(')",
        "replaced": "replaceRegexpAll(s, '(', '')",
        "split": "splitByRegexp('(', s)",
        "format": "formatDateTime(d, '%!')",
        "parsed": "parseDateTime(s, '%!')",
        "zone": "toTimeZone(toDateTime(d), 'Nowhere')",
        "text_zone": "toString(toDateTime(d), 'Nowhere')",
        "part": "dateTrunc('foo', d)",
    }
    table = "{{ config(materialized='table') }}"
    files = {f"models/{name}.sql": f"{table}select {sql} as x from {{{{ ref('one') }}}}" for name, sql in wrong.items()}
    files["models/one.sql"] = table + "select 'x' as s, today() as d"
    files["models/good.sql"] = table + "select extractAll(s, 'a') as x, if(s = 'a', 1, 2) as y from {{ ref('one') }}"
    folder = project(files, profile={"type": "clickhouse", "driver": "embedded", "schema": "s"})
    checked, built = starc("check", cwd=folder), starc("build", cwd=folder)
    assert f"{len(wrong)} wrong" in checked.text, checked.text
    for name in wrong:
        assert f"models/{name}.sql:" in checked.text and f"models/{name}.sql:" in built.text, (name, checked.text)
