"""Times in zones: what a batch reads and replaces, whatever the column's type and the session's zone."""

import json
import pytest
from conftest import needs_embedded, profile_for, rows


def run(starc, folder, *args, command="run", code=0):
    r = starc(command, *args, cwd=folder)
    assert r.code == code, r.text
    return r


# An hour a row, over the days of 2024 on which New York has 23 and 25 hours.
HOURS = (
    "select {0} + number as id, cast(toDateTime64('{1} 00:00:00', 0, 'UTC') + toIntervalHour(number) as {2}) as at "
    "from numbers(72)"
)
TYPES = {
    "d": "Date",
    "lc": "LowCardinality(Nullable(Date32))",
    "dt": "DateTime",
    "dz": "DateTime('America/New_York')",
    "d64": "Nullable(DateTime64(3, 'Asia/Kolkata'))",
}
BATCH = (
    "{{{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at', begin='2024-03-09', "
    "batch_size=var('size', 'day'), order_by='id'{0}) }}}}\n"
    "select id, at, {{{{ var('v', 1) }}}} as v from {{{{ ref('src_{1}') }}}}"
)


@pytest.mark.parametrize(
    "kind, zone",
    [pytest.param("embedded", z, marks=needs_embedded) for z in ("UTC", "America/New_York")]
    + [("clickhouse", "Asia/Kolkata")],
)
def test_batches_are_of_utc(project, starc, request, kind, zone):
    """Each row is there once after the first run and after its batch is built again."""
    files = {}
    for name, type in TYPES.items():
        files[f"models/src_{name}.sql"] = (
            "{{ config(materialized='table', event_time='at') }}\n"
            + HOURS.format(0, "2024-03-09", type)
            + " union all "
            + HOURS.format(100, "2024-11-02", type)
        )
        files[f"models/m_{name}.sql"] = BATCH.format(", unique_key='id'" if name == "d64" else "", name)
    files["models/t.sql"] = "{{ config(materialized='table') }}select " + ", ".join(
        f"(select count() from {{{{ ref('src_{n}') }}}}) as {n}" for n in TYPES
    )
    folder = project(
        files,
        profile=profile_for(
            kind,
            request,
            "zo",
            threads=4,
            custom_settings={"session_timezone": zone, "allow_suspicious_low_cardinality_types": 1},
        ),
    )

    def state():
        parts = " union all ".join(
            f"select '{n}' as m, v, count() as n, min(id) as a, max(id) as b, uniqExact(id) as u from {{{{ "
            f"ref('m_{n}') }}}} group by v"
            for n in TYPES
        )
        found = {}
        for r in rows(starc, folder, parts):
            assert int(r["n"]) == int(r["u"]), r
            found.setdefault(r["m"], {})[int(r["v"])] = (int(r["a"]), int(r["b"]), int(r["n"]))
        return found

    def batches(start, end, *more):
        run(starc, folder, *more, "--event-time-start", start, "--event-time-end", end)

    batches("2024-03-10", "2024-03-12")
    assert state() == {n: {1: (24, 71, 48)} for n in TYPES}
    batches("2024-03-10", "2024-03-11", "-s", "m_*", "--vars", "v: 2")
    assert state() == {n: {1: (48, 71, 24), 2: (24, 47, 24)} for n in TYPES}
    for v in (3, 4):
        batches("2024-11-03T05:00", "2024-11-03T07:00", "-s", "m_dz", "--vars", f"{{size: hour, v: {v}}}")
    assert state()["dz"] == {1: (48, 71, 24), 2: (24, 47, 24), 4: (129, 130, 2)}
    run(starc, folder, "-s", "t", "--sample", "{start: '2024-11-03T05:00', end: '2024-11-03T06:30'}")
    assert {n: int(v) for n, v in rows(starc, folder, "select * from {{ ref('t') }}")[0].items()} == {
        n: 0 if n in ("d", "lc") else 2 for n in TYPES
    }


CLICKHOUSE_TIMES = {
    "plain": "now() - 7200",
    "tokyo": "toTimeZone(now() - 7200, 'Asia/Tokyo')",
    "fine": "toNullable(now64(9, 'America/New_York') - toIntervalHour(2))",
    "low": "toLowCardinality(toNullable(toTimeZone(now() - 7200, 'Asia/Tokyo')))",
}
POSTGRES_TIMES = {
    "plain": "(now() at time zone 'utc') - interval '2 hours'",
    "zoned": "now() - interval '2 hours'",
    "fine": "(now() - interval '2 hours')::timestamptz(3)",
}


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_freshness_is_the_age_of_the_instant(project, starc, engine, zone):
    """Two hours, whatever zone the column and the session have; a date or a text is an error where the YAML names
    it."""
    postgres = engine.name == "postgres"
    times = POSTGRES_TIMES if postgres else CLICKHOUSE_TIMES
    table = "  - name: {0}\n    loaded_at_{1}\n    freshness: {{warn_after: {{count: 1, period: hour}}}}\n"
    tables = "".join(
        table.format(n, "field: at")
        + table.format("by_" + n, f'query: "select max(at) from {{{{ target.schema }}}}.{n}"\n    identifier: {n}')
        for n in times
    )
    tables += table.format("day", "field: day") + table.format("word", "query: \"select 'now'\"")
    files = {
        f"models/{n}.sql": f"{{{{ config(materialized='table') }}}}select {text} as at" for n, text in times.items()
    }
    folder = project(
        {
            **files,
            "models/day.sql": "select {} as day".format("current_date" if postgres else "today()"),
            "models/word.sql": "select 1 as id",
            "sources/s.yml": "sources:\n- name: raw\n  schema: \"{{ target.schema }}\"\n  tables:\n" + tables,
        },
        extra="model-paths: [models, sources]\n",
        profile=engine.profile(
            "fresh",
            **(
                {}
                if postgres
                else {"custom_settings": {"session_timezone": zone, "allow_suspicious_low_cardinality_types": 1}}
            ),
        ),
    )
    env = {"PGTZ": zone}
    assert starc("run", cwd=folder, env=env).code == 0
    r = starc("source", "freshness", cwd=folder, env=env)
    lines = (folder / "sources/s.yml").read_text().splitlines()
    for what, given in (
        ("loaded_at_field: day", "the loaded_at_field of 'raw.day' gives a date" if postgres else "Illegal type Date"),
        (
            "loaded_at_query: \"select 'now'\"",
            "the loaded_at_query of 'raw.word' gives " if postgres else "Illegal type String",
        ),
    ):
        at = next(i for i, line in enumerate(lines, 1) if what in line)
        assert f"sources/s.yml:{at}:" in r.text and given in r.text and "cast(" in r.text, r.text
    found = {
        x["unique_id"].split(".")[-1]: x for x in json.loads((folder / "target/sources.json").read_text())["results"]
    }
    for name in times:
        for one in (found[name], found["by_" + name]):
            assert one["status"] == "warn" and 7190 < one["max_loaded_at_time_ago_in_s"] < 7400, one
    assert found["day"]["status"] == "runtime error"
