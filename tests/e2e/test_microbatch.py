"""Microbatch models on Postgres: which batches are run, what each reads, side by side, failures, and retry of what
failed."""

import json, os, signal, subprocess, time
import pytest
from conftest import STARC, profile_for, rows

EVENTS = (
    "{{ config(materialized='table', event_time='at') }}\n"
    "select g as id, '2024-01-01'::timestamp + (g || ' hours')::interval as at from generate_series(0, 24 * 5 - 1) as g"
)
DAILY = (
    "{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key='id', event_time='at', "
    "begin='2024-01-01', batch_size='day'%s) }}\n"
    "select id, at, '{{ model.batch.id if model.batch else 'none' }}' as batch, {{ var('v', 1) }} as v%s from {{ "
    "ref('events') }}"
)


@pytest.fixture
def shop(project, request):
    def make(more="", column="", **files):
        schema = "mb_" + request.node.name.split("[")[0][5:40]
        files.setdefault("models/m.sql", DAILY % (more, column))
        return project(
            {"models/events.sql": EVENTS, **files}, profile=profile_for("postgres", request, schema, threads=4)
        )

    return make


SPAN = ("--event-time-start", "2024-01-01", "--event-time-end", "2024-01-06")


def run(starc, folder, *args, code=0):
    r = starc("run", *args, cwd=folder)
    assert r.code == code, r.text
    return r


def result(folder, name="m"):
    found = json.loads((folder / "target/run_results.json").read_text())["results"]
    return next(r for r in found if r["unique_id"].endswith("." + name))


def days(res, which="successful"):
    return [b[0][:10] for b in res["batch_results"][which]]


def by_batch(starc, folder):
    got = rows(starc, folder, "select batch, count(*) as n, sum(v) as v from {{ ref('m') }} group by 1 order by 1")
    return {r["batch"]: (int(r["n"]), int(r["v"])) for r in got}


WHOLE = {f"2024010{d}": (24, 24) for d in range(1, 6)}


@pytest.mark.parametrize("more", ["", ", concurrent_batches=false", ", concurrent_batches=true"])
def test_all_batches_of_a_span(shop, starc, more):
    folder = shop(more)
    run(starc, folder, *SPAN)
    assert by_batch(starc, folder) == WHOLE
    assert result(folder)["status"] == "success" and days(result(folder)) == [f"2024-01-0{d}" for d in range(1, 6)]
    assert result(folder)["batch_results"]["failed"] == []
    run(
        starc,
        folder,
        "-s",
        "m",
        "--vars",
        "v: 2",
        "--event-time-start",
        "2024-01-02T10:00:00",
        "--event-time-end",
        "2024-01-03 01:00",
    )
    assert by_batch(starc, folder) == {**WHOLE, "20240102": (24, 48), "20240103": (24, 48)}
    text = (folder / "target/compiled/shop/models/m/m_2024-01-02.sql").read_text()
    assert "at >= '2024-01-02 00:00:00+00:00' and at < '2024-01-03 00:00:00+00:00'" in text


def test_from_begin_then_lookback(shop, starc):
    folder = shop(
        ", lookback=2",
        **{
            "models/events.sql": EVENTS.replace(
                "'2024-01-01'", "(date_trunc('day', now() at time zone 'utc') - interval '4 days')"
            )
        },
    )
    m = (
        (folder / "models/m.sql")
        .read_text()
        .replace(
            "begin='2024-01-01'",
            "begin=(modules.datetime.datetime.utcnow() - modules.datetime.timedelta(days=4)).strftime('%Y-%m-%d')",
        )
    )
    (folder / "models/m.sql").write_text(m)
    run(starc, folder)
    assert len(days(result(folder))) == 5
    run(starc, folder, "--vars", "v: 2")
    assert len(days(result(folder))) == 3
    assert sorted(v for _, v in by_batch(starc, folder).values()) == [24, 24, 48, 48, 48]


def test_now_pins_the_last_batch_and_run_started_at(shop, starc):
    """A backfill or a test says what moment counts as the start; STARC_NOW does too, and a retry keeps it."""
    folder = shop()
    (folder / "models/clock.sql").write_text("select '{{ run_started_at }}' as at")
    run(starc, folder, "--now", "2024-01-02T13:57")
    assert days(result(folder)) == ["2024-01-01", "2024-01-02"]
    assert rows(starc, folder, "select at from {{ ref('clock') }}")[0]["at"] == "2024-01-02 13:57:00+00:00"
    for now, last in (("2024-01-03 00:00:00", 2), ("2024-01-04T14:57:00", 4)):
        r = starc("run", "-s", "m", cwd=folder, env={"STARC_NOW": now})
        assert r.code == 0 and days(result(folder))[-1] == f"2024-01-0{last}", r.text
    (folder / "models/m.sql").write_text(
        DAILY % ("", ", 1 / (case when '{{ model.batch.id }}' = '20240105' then {{ var('d', 0) }} else 1 end) as x")
    )
    run(starc, folder, "-s", "m", "--full-refresh", "--now", "2024-01-05T01:00", code=1)
    assert days(result(folder), "failed") == ["2024-01-05"]
    r = starc("run", "--now", "noon", cwd=folder)
    assert r.code == 2 and "--now: error: 'noon' is not a time" in r.text, r.text


def test_begin_may_be_a_datetime(shop, starc):
    """What config() is given outlives the evaluation that made it."""
    folder = shop()
    m = folder / "models/m.sql"
    m.write_text(
        m.read_text().replace(
            "begin='2024-01-01'",
            "begin=modules.datetime.datetime(2024, 1, 1), meta={'on': [modules.datetime.date(2024, 1, 2)]}",
        )
    )
    for _ in range(8):  # memory that was given back is not always written over
        run(starc, folder, "--now", "2024-01-02T13:57")
        assert days(result(folder))[-1] == "2024-01-02"
    node = json.loads((folder / "target/manifest.json").read_text())["nodes"]["model.shop.m"]
    assert node["config"]["begin"] == "2024-01-01 00:00:00" and node["meta"] == {"on": ["2024-01-02"]}


@pytest.mark.parametrize("size, n", [("hour", 120), ("month", 1), ("year", 1)])
def test_sizes(shop, starc, size, n):
    folder = shop(**{"models/m.sql": (DAILY % ("", "")).replace("'day'", f"'{size}'")})
    run(starc, folder, *SPAN)
    assert len(days(result(folder))) == n
    assert int(rows(starc, folder, "select count(*) as n from {{ ref('m') }}")[0]["n"]) == 120


def test_a_parent_can_be_read_whole(shop, starc):
    folder = shop(column=", (select count(*) from {{ ref('events').render() }}) as everything")
    run(starc, folder, *SPAN)
    assert int(rows(starc, folder, "select min(everything) as n from {{ ref('m') }}")[0]["n"]) == 120


FAILS = ", 1 / (extract(day from at)::int - {{ var('bad', 0) }}) as one"


def test_a_failed_batch_of_the_first_run_and_its_retry(shop, starc):
    folder = shop(column=FAILS)
    r = run(starc, folder, *SPAN, "--vars", "bad: 3", code=1)
    assert "division by zero" in r.out and "models/m.sql:" in r.out
    res = result(folder)
    assert res["status"] == "partial success" and days(res, "failed") == ["2024-01-03"] and "4/5" in res["message"]
    assert set(by_batch(starc, folder)) == set(WHOLE) - {"20240103"}
    (folder / "models/m.sql").write_text(DAILY % ("", ", 1 as one"))
    r = starc("retry", cwd=folder)
    assert r.code == 0 and "Batch 1 of 1" in r.out, r.text
    assert by_batch(starc, folder) == WHOLE and len(days(result(folder))) == 5


def test_a_failed_first_batch_skips_the_others(shop, starc):
    folder = shop(column=FAILS)
    run(starc, folder, *SPAN, "--vars", "bad: 1", code=1)
    assert result(folder)["status"] == "error" and len(days(result(folder), "failed")) == 5
    assert (
        rows(
            starc,
            folder,
            "select count(*) as n from pg_class where relnamespace = '{{ target.schema }}'::regnamespace and relname "
            "like 'm%'",
        )[0]["n"]
        == 0
    )


def test_a_failed_full_refresh_keeps_the_table_until_it_is_whole(shop, starc):
    folder = shop(column=FAILS)
    run(starc, folder, *SPAN)
    r = run(starc, folder, *SPAN, "--full-refresh", "--vars", "{v: 2, bad: 3}", code=1)
    assert by_batch(starc, folder) == WHOLE
    assert "the table is as it was" in result(folder)["message"]
    (folder / "models/m.sql").write_text(DAILY % ("", ", 1 as one"))
    r = starc("retry", "--vars", "v: 2", cwd=folder)
    assert r.code == 0 and "Batch 1 of 1" in r.out, r.text
    assert by_batch(starc, folder) == {k: (24, 48) for k in WHOLE}
    assert leftovers(starc, folder) == []


def leftovers(starc, folder):
    return rows(
        starc,
        folder,
        "select relname from pg_class where relnamespace = '{{ target.schema }}'::regnamespace and relname like "
        "'%\\_\\_dbt\\_%'",
    )


def test_a_failed_full_refresh_that_is_not_retried_is_forgotten(shop, starc):
    folder = shop(column=FAILS)
    run(starc, folder, *SPAN)
    run(starc, folder, *SPAN, "--full-refresh", "--vars", "{v: 2, bad: 3}", code=1)
    assert leftovers(starc, folder) != []
    run(starc, folder, *SPAN, "--vars", "v: 3")
    assert by_batch(starc, folder) == {k: (24, 72) for k in WHOLE} and leftovers(starc, folder) == []


def test_killed_in_the_middle(shop, starc):
    """A reader never sees some batches only; retry goes on from the journal."""
    folder = shop(
        ", concurrent_batches=false",
        column=", pg_sleep(case when extract(hour from at) = 0 then 0.3 else 0 end)::text as nap",
    )
    run(starc, folder, "-s", "events")
    env = {k: v for k, v in os.environ.items() if not k.startswith("DBT_")}
    p = subprocess.Popen(
        [STARC, "run", "-s", "m", *SPAN], cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    journal = folder / "target/starc_journal.jsonl"
    until = time.monotonic() + 60
    while time.monotonic() < until and not (journal.exists() and journal.read_text().count('"done"') >= 2):
        time.sleep(0.02)
    p.send_signal(signal.SIGKILL)
    p.wait()
    assert rows(starc, folder, "select to_regclass('{{ ref('m') }}') is null as gone")[0]["gone"]
    r = starc("retry", cwd=folder)
    assert r.code == 0, r.text
    assert "of 5" not in r.out and by_batch(starc, folder) == WHOLE and leftovers(starc, folder) == []


def test_hooks_once_and_with_the_tables_name(shop, starc):
    folder = shop(
        ", pre_hook=\"create table if not exists {{ target.schema }}.audit (what text); insert into {{ target.schema "
        "}}.audit values ('pre {{ this.name }}')\""
        ", post_hook=\"insert into {{ target.schema }}.audit select 'post {{ this.name }} ' || count(*) from {{ this "
        "}}\""
    )
    run(starc, folder, *SPAN)
    assert [r["what"] for r in rows(starc, folder, "select what from {{ target.schema }}.audit")] == [
        "pre m",
        "post m 120",
    ]


def test_a_project_with_its_own_macro_is_not_batched(shop, starc):
    folder = shop(
        **{
            "macros/x.sql": "{% macro get_incremental_microbatch_sql(arg_dict) %}{{ "
            "return(get_incremental_append_sql(arg_dict)) }}{% endmacro %}"
        }
    )
    text = (folder / "dbt_project.yml").read_text()
    (folder / "dbt_project.yml").write_text(
        text + "flags: {require_batched_execution_for_custom_microbatch_strategy: false}\n"
    )
    run(starc, folder)
    assert by_batch(starc, folder) == {"none": (120, 120)} and result(folder)["batch_results"] is None
    (folder / "dbt_project.yml").write_text(text)  # as dbt 1.12 has it
    run(starc, folder, *SPAN, "--full-refresh")
    assert set(by_batch(starc, folder)) == set(WHOLE)


@pytest.mark.parametrize("name", ["get_incremental_microbatch_sql", "postgres__get_incremental_microbatch_sql"])
def test_what_its_own_macro_needs_is_its_own_to_say(shop, starc, name):
    """A merge needs a key, an append needs none."""
    append = "{% macro " + name + "(arg_dict) %}{{ return(get_incremental_append_sql(arg_dict)) }}{% endmacro %}"
    folder = shop(**{"macros/x.sql": append, "models/m.sql": (DAILY % ("", "")).replace("unique_key='id', ", "")})
    run(starc, folder, *SPAN, "--full-refresh")
    run(starc, folder, *SPAN)
    assert by_batch(starc, folder) == {day: (2 * n, 2 * v) for day, (n, v) in WHOLE.items()}


@pytest.mark.parametrize(
    "args, said",
    [
        (("--event-time-start", "2024-01-01"), "without --event-time-end"),
        (("--event-time-end", "2024-01-01"), "without --event-time-start"),
        (("--event-time-start", "2024-01-02", "--event-time-end", "2024-01-01"), "must be less than"),
        (("--event-time-start", "soon", "--event-time-end", "2024-01-01"), "is not a time: 'soon'"),
    ],
)
def test_wrong_spans(shop, starc, args, said):
    assert said in run(starc, shop(), *args, code=2).text


def test_a_model_that_reads_itself_takes_one_batch_after_another(shop, starc):
    """Each row counts the days that are there already."""
    seen = (
        ", {% if is_incremental() %}(select count(distinct t.batch) from {{ this }} t, pg_sleep(0.05)){% else %}0{% "
        "endif %} as seen"
    )
    folder = shop("", seen)
    run(starc, folder, "--event-time-start", "2024-01-01", "--event-time-end", "2024-01-02")
    run(starc, folder, "-s", "m", "--event-time-start", "2024-01-02", "--event-time-end", "2024-01-06")
    assert [
        r["seen"] for r in rows(starc, folder, "select distinct batch, seen from {{ ref('m') }} order by batch")
    ] == [0, 1, 2, 3, 4]


def test_fail_fast_stops_at_the_batch_that_failed(shop, starc):
    folder = shop(", concurrent_batches=false", ", 1 / (case when at::date = '2024-01-03' then 0 else 1 end) as fails")
    r = run(starc, folder, *SPAN, "--fail-fast", code=1)
    assert [line.split("Batch ")[1].split()[3] for line in r.out.splitlines() if "  batch 2024" in line] == [
        "OK",
        "OK",
        "ERROR",
        "SKIP",
        "SKIP",
    ]
    assert days(result(folder)) == ["2024-01-01", "2024-01-02"] and len(days(result(folder), "failed")) == 3


def test_retry_when_what_was_done_is_gone(shop, starc):
    """Four batches made the table, somebody dropped it: all five are to be done."""
    folder = shop("", "")
    good = (folder / "models/m.sql").read_text()
    (folder / "models/m.sql").write_text(
        good.replace(" as v", " / (case when at::date = '2024-01-04' then 0 else 1 end) as v")
    )
    run(starc, folder, *SPAN, code=1)
    assert len(days(result(folder))) == 4 and "20240104" not in by_batch(starc, folder)
    schema = json.loads((folder / "target/manifest.json").read_text())["nodes"]["model.shop.m"]["schema"]
    dropped = starc(
        "run-operation", "run_query", "--target-path", "other", "--args", f"{{sql: drop table {schema}.m}}", cwd=folder
    )
    assert dropped.code == 0, dropped.text
    (folder / "models/m.sql").write_text(good)
    assert starc("retry", cwd=folder).code == 0
    assert by_batch(starc, folder) == WHOLE and len(days(result(folder))) == 5
