"""Materialized views and dictionaries on ClickHouse: what writes where, what a full refresh keeps, what is left of
a killed run."""

import base64, threading, time, urllib.request
import pytest
from conftest import EMBEDDED, profile_for, rows
from proxy import HttpProxy
from test_clickhouse import leftovers, made, pairs, run


@pytest.fixture(params=(["embedded"] if EMBEDDED else []) + ["clickhouse"])
def ch(request):
    return lambda schema, **more: profile_for(request.param, request, schema, **more)


@pytest.fixture
def http(request):
    return lambda schema, **more: profile_for("clickhouse", request, schema, **more)


@pytest.fixture
def sql(clickhouse):
    """sql(text): one statement to the server, beside starc."""
    token = base64.b64encode(f"{clickhouse.user}:{clickhouse.password}".encode()).decode()

    def send(text):
        r = urllib.request.Request(
            f"http://127.0.0.1:{clickhouse.port}/?wait_end_of_query=1",
            text.encode(),
            {"Authorization": "Basic " + token},
        )
        return urllib.request.urlopen(r).read().decode().strip()

    return send


SOURCE = (
    "{{ config(materialized='incremental', order_by='id') }}select toInt32(number) as id, toInt32(number * 10) as v "
    "from numbers(3)"
)


def test_a_view_with_its_table(project, starc, http, sql):
    folder = project(
        {
            "models/src.sql": SOURCE,
            "models/m.sql": "{{ config(materialized='materialized_view', order_by='id', on_schema_change=var('osc', "
            "'ignore')) }}\n"
            "select id, v + {{ var('plus', 0) }} as v{% if var('w', false) %}, id as w{% endif %} from {{ ref('src') "
            "}}",
        },
        profile=http("mv1"),
    )
    run(starc, folder)
    sql("insert into mv1.src values (7, 70)")
    assert pairs(starc, folder, "m", "id", "v") == [(0, 0), (1, 10), (2, 20), (7, 70)]
    run(starc, folder, "--select", "m", "--vars", "plus: 1")  # a new query is for what comes from now on
    sql("insert into mv1.src values (8, 80)")
    assert pairs(starc, folder, "m", "id", "v")[-2:] == [(7, 70), (8, 81)]
    run(starc, folder, "--select", "m", "--vars", "{osc: append_new_columns, w: true}")
    sql("insert into mv1.src values (9, 90)")
    assert pairs(starc, folder, "m", "id", "w")[-2:] == [(8, 0), (9, 9)]
    r = run(starc, folder, "--select", "m", "--vars", "{osc: fail}", code=1)
    assert "The source and target schemas on this materialized view model are out of sync" in r.text
    run(starc, folder, "--select", "m", "--full-refresh", "--vars", "plus: 2")
    sql("insert into mv1.src values (10, 100)")
    assert pairs(starc, folder, "m", "id", "v") == [(0, 2), (1, 12), (2, 22), (7, 72), (8, 82), (9, 92), (10, 102)]
    assert "`w`" not in made(starc, folder, "mv1", "m") and leftovers(starc, folder, "mv1") == []


def test_a_full_refresh_loses_and_doubles_nothing(project, starc, http, sql):
    folder = project(
        {
            "models/m.sql": "{{ config(materialized='materialized_view', order_by='n') }}select n from {{ "
            "target.schema }}.src"
        },
        profile=http("mv2"),
    )
    sql("create database mv2")
    sql("create table mv2.src (n UInt64) engine = MergeTree order by n")
    stop, written, seen = threading.Event(), [0], []

    def write():
        while not stop.is_set():
            sql(f"insert into mv2.src select number + {written[0]} from numbers(10)")
            written[0] += 10
            time.sleep(0.02)

    def read():
        while not stop.is_set():
            try:
                seen.append(int(sql("select count() from mv2.m")))
            except urllib.error.HTTPError:
                seen.append(None)  # before the first run
            time.sleep(0.01)

    threads = [threading.Thread(target=write), threading.Thread(target=read)]
    for t in threads:
        t.start()
    try:
        for args in ((), ("--full-refresh",), ("--full-refresh",)):
            run(starc, folder, *args)
    finally:
        stop.set()
        for t in threads:
            t.join()
    assert sql("select count(), uniqExact(n) from mv2.m") == f"{written[0]}\t{written[0]}"
    counts = [n for n in seen if n is not None]
    assert None not in seen[seen.index(counts[0]) :]  # there from then on
    filled = [n for n in counts if n]
    assert counts.index(filled[0]) + len(filled) == len(counts)
    # Never half: only an insert that is under way at the swap may be in the one table and not yet in the other.
    assert all(after >= before - 10 for before, after in zip(filled, filled[1:]))
    assert leftovers(starc, folder, "mv2") == []


class Between(HttpProxy):
    """Calls `due` with each statement before the server sees it."""

    def serve(self, client, server):
        left = back = b""
        while True:
            head, body, left = self.message(client, left)
            self.due(body)
            server.sendall(head + body)
            answer, answer_body, back = self.message(server, back)
            client.sendall(answer + answer_body)


@pytest.mark.parametrize("into, ends", [("src", True), ("above", False)])
def test_an_insert_that_began_before_the_views(project, starc, http, sql, into, ends):
    """It does not see them. It ends when starc asks whether one is under way, or comes through another view."""
    profile = http("mvb")
    for text in (
        "drop database if exists mvb",
        "create database mvb",
        "create table mvb.src (n UInt64) engine = MergeTree order by n",
        "create table mvb.above (n UInt64) engine = Null",
        "create materialized view mvb.way to mvb.src as select n from mvb.above",
        "insert into mvb.src select number from numbers(10)",
    ):
        sql(text)
    insert = threading.Thread(
        target=sql, args=(f"insert into mvb.{into} select number + 10 from numbers(10) where sleep(0.6) = 0",)
    )
    views = []

    def due(statement):
        if b"create materialized view" in statement:
            views.append(statement)
            if len(views) == 2:  # the first ones show which tables feed them
                insert.start()
                while sql("select count() from system.processes where query like 'insert into mvb.%'") == "0":
                    time.sleep(0.01)
        elif b"query_kind in" in statement and ends and len(views) == 2:
            insert.join()

    with Between(profile["port"]) as between:
        between.due = due
        folder = project(
            {"models/m.sql": "{{ config(materialized='materialized_view', order_by='n') }}select n from mvb.src"},
            profile={**profile, "port": between.port},
        )
        run(starc, folder)
    insert.join()
    assert sql("select count(), uniqExact(n) from mvb.m") == "20\t20"


def test_several_views_and_one_that_goes(project, starc, http, sql):
    part = "--{0}:begin\nselect id, {1} as n from {{{{ ref('src') }}}}\n--{0}:end\n"
    folder = project(
        {
            "models/src.sql": SOURCE,
            "models/m.sql": "{{ config(materialized='materialized_view', order_by='id') }}\n"
            + part.format("one", 1)
            + "{% if var('two', true) %}union all\n"
            + part.format("two", 2)
            + "{% endif %}",
        },
        profile=http("mv3"),
    )
    run(starc, folder)
    sql("insert into mv3.src values (7, 70)")
    assert pairs(starc, folder, "m", "id", "n") == [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2), (7, 1), (7, 2)]
    run(starc, folder, "--select", "m", "--vars", "two: false")
    assert made(starc, folder, "mv3", "m_two") is None and "TO mv3.m" in made(starc, folder, "mv3", "m_one")
    sql("insert into mv3.src values (8, 80)")
    assert pairs(starc, folder, "m", "id", "n")[-3:] == [(7, 1), (7, 2), (8, 1)]


def test_a_view_into_the_table_of_another_model(project, starc, http, sql):
    view = (
        "{{ config(materialized='materialized_view', catchup=%s) }}\n{{ materialization_target_table(ref('t')) }}\n"
        "select id, v from {{ ref('src') }} where id %s 1"
    )
    folder = project(
        {
            "models/src.sql": SOURCE,
            "models/low.sql": view % ("true", "<="),
            "models/high.sql": view % ("false", ">"),
            "models/t.sql": "{{ config(materialized='table', order_by='id', mv_on_schema_change=var('osc', none), "
            "repopulate_from_mvs_on_full_refresh=var('rep', false)) }}\n"
            "select toInt32(0) as id, toInt32(0) as v{% if var('w', false) %}, 'w' as w{% endif %} where 1 = 0",
        },
        profile=http("mv4"),
    )
    run(starc, folder)
    assert pairs(starc, folder, "t", "id", "v") == [(0, 0), (1, 10)]  # catchup: false has no past
    sql("insert into mv4.src values (5, 50)")
    run(starc, folder, "--exclude", "src")  # a table that views write into stays
    assert pairs(starc, folder, "t", "id", "v") == [(0, 0), (1, 10), (5, 50)]
    r = run(starc, folder, "--select", "t", "--vars", "w: true", code=1)
    assert "mv_on_schema_change" in r.text and pairs(starc, folder, "t", "id", "v") == [(0, 0), (1, 10), (5, 50)]
    run(starc, folder, "--select", "t", "--vars", "{w: true, osc: append_new_columns}")
    assert "`w` String" in made(starc, folder, "mv4", "t")
    run(starc, folder, "--select", "t", "--full-refresh", "--vars", "rep: true")
    assert pairs(starc, folder, "t", "id", "v") == [(0, 0), (1, 10), (2, 20), (5, 50)]
    (folder / "models/low.sql").write_text(view.replace("ref('t')", "ref('src')") % ("true", "<="))
    r = run(starc, folder, "--select", "low", code=1)
    assert 'Target table mismatch for MV "low": Current target is "mv4.t"' in r.text
    assert leftovers(starc, folder, "mv4") == []


def test_a_table_filled_from_views_that_catch_up_too(project, starc, http, sql):
    """Each row comes once, whichever of them is made anew in a run; another query of a view is told."""
    view = (
        "{{ config(materialized='materialized_view', catchup=var('catchup', true)) }}\n"
        "{{ materialization_target_table(ref('t')) }}\nselect id, v from {{ ref('src') }} where id %s 1"
    )
    folder = project(
        {
            "models/src.sql": SOURCE,
            "models/low.sql": view % "<=",
            "models/high.sql": view % ">",
            "models/t.sql": "{{ config(materialized='table', order_by='id', repopulate_from_mvs_on_full_refresh=true) "
            "}}\nselect toInt32(0) as id, toInt32(0) as v where 1 = 0",
        },
        profile=http("mv6"),
    )
    run(starc, folder)
    sql("insert into mv6.src values (5, 50)")
    there = [(0, 0), (1, 10), (2, 20), (5, 50)]
    assert pairs(starc, folder, "t", "id", "v") == there
    for select in (("t",), ("t", "low", "high")):
        r = run(starc, folder, "--full-refresh", "--select", *select, "--vars", "catchup: false")
        assert pairs(starc, folder, "t", "id", "v") == there and "twice" not in r.text
        run(starc, folder, "--exclude", "src")
        assert pairs(starc, folder, "t", "id", "v") == there
    for select in (("t",), ("t", "low"), ("t", "low", "high")):
        r = run(starc, folder, "--full-refresh", "--select", *select)
        assert pairs(starc, folder, "t", "id", "v") == there and "another query" not in r.text
    (folder / "models/low.sql").write_text(view.replace("id, v", "id, toInt32(v + 1) as v") % "<=")
    r = run(starc, folder, "--full-refresh", "--select", "t", "low")
    assert "`mv6`.`low` has another query now" in r.text and pairs(starc, folder, "t", "id", "v") == there
    run(starc, folder, "--full-refresh", "--select", "t", "low")
    sql("insert into mv6.src values (0, 70)")
    assert pairs(starc, folder, "t", "id", "v") == [(0, 1), (0, 71), (1, 11), (2, 20), (5, 50)]


def test_a_full_refresh_of_a_table_its_views_and_what_they_read(project, starc, http, sql):
    """The table is done long before what its views read: the rows are those of the new one, each once."""
    view = (
        "{{ config(materialized='materialized_view') }}\n{{ materialization_target_table(ref('t')) }}\n"
        "select id, v from {{ ref('between') }} where id %s 1"
    )
    folder = project(
        {
            "models/src.sql": "{{ config(materialized='table', order_by='id') }}select toInt32(number) as id, "
            "toInt32({{ var('v', 1) }}) as v, sleepEachRow({{ var('sleep', 0) }}) as s from "
            "numbers({{ var('n', 3) }})",
            "models/between.sql": "{{ config(materialized='table', order_by='id') }}select id, v from {{ ref('src') }}",
            "models/low.sql": view % "<=",
            "models/high.sql": view % ">",
            "models/t.sql": "{{ config(materialized='table', order_by='id', repopulate_from_mvs_on_full_refresh=true) "
            "}}\nselect toInt32(0) as id, toInt32(0) as v where 1 = 0",
        },
        profile=http("mv_read", threads=4),
    )
    run(starc, folder)
    for n, v in ((6, 2), (2, 3)):
        run(starc, folder, "--full-refresh", "--vars", f"{{n: {n}, v: {v}, sleep: 0.1}}")
        assert pairs(starc, folder, "t", "id", "v") == [(i, v) for i in range(n)]
    run(starc, folder, "--full-refresh", "--select", "t+")
    assert pairs(starc, folder, "t", "id", "v") == [(0, 3), (1, 3)]


def test_refreshable_views(project, starc, http):
    folder = project(
        {
            "models/a.sql": "{{ config(materialized='materialized_view', refreshable={'interval': 'every ' ~ var('h', "
            "1) ~ ' year', 'randomize': '10 minute', 'append': var('app', true)}"
            " if var('on', true) else none) }}select 1 as id",
            "models/b.sql": "{{ config(materialized='materialized_view', catchup=false, refreshable={'interval': "
            "'every 1 year', 'depends_on': [target.schema ~ '.a_mv'], 'depends_on_validation': true}) "
            "}}\n"
            "-- depends_on: {{ ref('a') }}\nselect 2 as id",
        },
        profile=http("mv5"),
    )
    run(starc, folder)
    assert "REFRESH EVERY 1 YEAR RANDOMIZE FOR 10 MINUTE APPEND TO mv5.a" in made(starc, folder, "mv5", "a_mv")
    assert "REFRESH EVERY 1 YEAR DEPENDS ON mv5.a_mv TO mv5.b" in made(starc, folder, "mv5", "b_mv")
    assert pairs(starc, folder, "a", "id") == [(1,)]  # once: by the catch-up
    run(starc, folder, "--select", "a", "--vars", "h: 2")
    assert "REFRESH EVERY 2 YEAR" in made(starc, folder, "mv5", "a_mv")
    assert (
        "APPEND setting of materialized view"
        in run(starc, folder, "--select", "a", "--vars", "app: false", code=1).text
    )
    assert (
        "is refreshable, but the model does not define"
        in run(starc, folder, "--select", "a", "--vars", "'on': false", code=1).text
    )
    run(starc, folder, "--select", "a", "--vars", "'on': false", "--full-refresh")
    assert "REFRESH" not in made(starc, folder, "mv5", "a_mv")
    assert "is not refreshable, but the model defines" in run(starc, folder, "--select", "a", code=1).text


def test_a_model_that_is_no_view_any_more(project, starc, ch):
    folder = project(
        {
            "models/src.sql": SOURCE,
            "models/m.sql": "{{ config(materialized=var('kind', 'materialized_view')) }}select id, v from {{ "
            "ref('src') }}",
        },
        profile=ch("mv6"),
    )
    for kind in ("table", "view"):
        run(starc, folder, "--full-refresh")
        assert "TO mv6.m" in made(starc, folder, "mv6", "m_mv")
        run(starc, folder, "--select", "m", "--vars", f"kind: {kind}")
        assert made(starc, folder, "mv6", "m_mv") is None and pairs(starc, folder, "m", "id", "v") == [
            (0, 0),
            (1, 10),
            (2, 20),
        ]


def test_what_a_killed_run_left(project, starc, http, sql):
    folder = project(
        {
            "models/src.sql": SOURCE,
            "models/m.sql": "{{ config(materialized='materialized_view', order_by='id') }}select id, v from {{ "
            "ref('src') }}",
            "models/i.sql": "{{ config(materialized='incremental', unique_key='id', "
            "incremental_strategy='delete_insert') }}select toInt32(1) as id, toInt32(5) as v",
        },
        profile=http("mv7"),
    )
    run(starc, folder)
    # died while it was filled anew: the table and the view beside, which still catches
    sql("create table mv7.m__dbt_tmp as mv7.m")
    sql("create materialized view mv7.m_mv__dbt_tmp to mv7.m__dbt_tmp as select id, v from mv7.src")
    sql("create table mv7.i__dbt_new_data as mv7.i")
    sql("create table mv7.i__dbt_tmp clone as mv7.i")
    run(starc, folder, "--exclude", "src")
    assert leftovers(starc, folder, "mv7") == []
    sql("insert into mv7.src values (9, 90)")
    assert (9, 90) in pairs(starc, folder, "m", "id", "v")
    # died on the first run, before the table was filled
    for text in (
        "drop table mv7.m_mv",
        "drop table mv7.m",
        "create table mv7.m (id Int32, v Int32) engine = MergeTree order by id comment 'starc: not yet filled'",
        "create materialized view mv7.m_mv to mv7.m as select id, v from mv7.src",
    ):
        sql(text)
    run(starc, folder, "--select", "m")
    assert pairs(starc, folder, "m", "id", "v") == [(0, 0), (1, 10), (2, 20), (9, 90)]
    # died between the delete and the insert of a table that views watch: the rows are put back
    sql("create materialized view mv7.watch to mv7.m as select id, v from mv7.i")
    sql("create table mv7.i__dbt_new_data as mv7.i")
    sql("insert into mv7.i__dbt_new_data values (3, 33)")
    sql("alter table mv7.i__dbt_new_data modify comment 'starc: these rows are on their way into the table'")
    run(starc, folder, "--select", "i")
    assert pairs(starc, folder, "i", "id", "v") == [(1, 5), (3, 33)] and leftovers(starc, folder, "mv7") == []


def test_dictionaries(project, starc, ch):
    folder = project(
        {
            "models/t.sql": "{{ config(materialized='table') }}select toUInt64(1) as id, 'one' as name, "
            "toDate('2024-01-01') as first, toDate('2024-12-31') as last, now() as at",
            "models/d.sql": "-- depends_on: {{ ref('t') }}\n"
            "{{ config(materialized='dictionary', fields=[['id', 'UInt64'], ['name', 'String']], "
            "primary_key='id', layout='flat()', lifetime='min 0 max 10') }}\n"
            "select id, name || '{{ var('x', '') }}' as name from {{ ref('t') }}",
            "models/e.sql": "{{ config(materialized='dictionary', fields=[['id', 'UInt64'], ['first', 'Date'], "
            "['last', 'Date'], ['name', 'String']], primary_key='id', layout='range_hashed()',"
            " range='min first max last', lifetime=0, table='t', update_field='at', update_lag=15, "
            "connection_overrides={'database': target.schema}) }}-- depends_on: {{ ref('t') }}\nselect 1",
            "models/h.sql": "{{ config(materialized='dictionary', fields=[['id', 'UInt64'], ['name', 'String']], "
            "primary_key=['id', 'name'], layout='complex_key_direct()', source_type='http',"
            " url='http://127.0.0.1:1/x.csv', format='CSV') }}select 1",
        },
        profile=ch("dic"),
    )
    for x in ("", "!"):
        run(starc, folder, "--vars", f"x: '{x}'")
    assert "x.csv" in made(starc, folder, "dic", "h") and "FORMAT 'CSV'" in made(starc, folder, "dic", "h").replace(
        "\\", ""
    ).replace("format", "FORMAT")
    e = made(starc, folder, "dic", "e")
    for part in (
        "RANGE(MIN first MAX last)",
        "UPDATE_FIELD 'at'",
        "UPDATE_LAG 15",
        "TABLE 't'",
        "LIFETIME(MIN 0 MAX 0)",
    ):
        assert part in e, e
    assert "LIFETIME(MIN 0 MAX 10)" in made(starc, folder, "dic", "d") and "|| '!'" in made(
        starc, folder, "dic", "d"
    ).replace("\\", "")
    assert leftovers(starc, folder, "dic") == []
    r = (
        rows(starc, folder, "select toString(dictGet('dic.d', 'name', toUInt64(1))) as n")
        if "password" not in ch("dic")
        else [{"n": "one!"}]
    )
    assert r[0]["n"] == "one!"


def test_the_password_of_a_dictionary_is_sent_and_not_shown(project, starc, http, sql):
    folder = project(
        {
            "models/d.sql": "{{ config(materialized='dictionary', fields=[['id', 'UInt64']], primary_key='id', "
            "layout='flat()', lifetime='0') }}select 1 as id",
            "macros/m.sql": "{% macro show() %}{% do log(adapter.get_credentials({}).password, info=true) %}{% do "
            "log(run_query(\"select '\" ~ adapter.get_credentials({}).password ~ \"' as "
            "p\").rows[0][0], info=true) %}{% endmacro %}",
        },
        profile=http("dip"),
    )
    secret = http("dip")["password"]
    run(starc, folder)
    shown = run(starc, folder, "show", command="run-operation").text
    assert secret not in shown and "__starc_profile_password__" in shown
    assert all(
        secret not in p.read_text(errors="replace")
        for p in folder.rglob("*")
        if p.is_file() and p.name != "profiles.yml"
    )
