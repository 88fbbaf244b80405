"""Times in zones: what a batch reads and replaces, whatever the column's type and the session's zone."""
import pytest
from conftest import needs_embedded, profile_for, rows

def run(starc, folder, *args, command="run", code=0):
    r = starc(command, *args, cwd=folder)
    assert r.code == code, r.text
    return r

# An hour a row, over the days of 2024 on which New York has 23 and 25 hours.
HOURS = "select {0} + number as id, cast(toDateTime64('{1} 00:00:00', 0, 'UTC') + toIntervalHour(number) as {2}) as at from numbers(72)"
TYPES = {"d": "Date", "lc": "LowCardinality(Nullable(Date32))", "dt": "DateTime", "dz": "DateTime('America/New_York')", "d64": "Nullable(DateTime64(3, 'Asia/Kolkata'))"}
BATCH = ("{{{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at', begin='2024-03-09', batch_size=var('size', 'day'), order_by='id'{0}) }}}}\n"
         "select id, at, {{{{ var('v', 1) }}}} as v from {{{{ ref('src_{1}') }}}}")

@pytest.mark.parametrize("kind, zone", [pytest.param("embedded", z, marks=needs_embedded) for z in ("UTC", "America/New_York")] + [("clickhouse", "Asia/Kolkata")])
def test_batches_are_of_utc(project, starc, request, kind, zone):
    """Each row is there once after the first run and after its batch is built again."""
    files = {}
    for name, type in TYPES.items():
        files[f"models/src_{name}.sql"] = "{{ config(materialized='table', event_time='at') }}\n" + HOURS.format(0, "2024-03-09", type) + " union all " + HOURS.format(100, "2024-11-02", type)
        files[f"models/m_{name}.sql"] = BATCH.format(", unique_key='id'" if name == "d64" else "", name)
    files["models/t.sql"] = "{{ config(materialized='table') }}select " + ", ".join(f"(select count() from {{{{ ref('src_{n}') }}}}) as {n}" for n in TYPES)
    folder = project(files, profile=profile_for(kind, request, "zo", threads=4, custom_settings={"session_timezone": zone, "allow_suspicious_low_cardinality_types": 1}))
    def state():
        parts = " union all ".join(f"select '{n}' as m, v, count() as n, min(id) as a, max(id) as b, uniqExact(id) as u from {{{{ ref('m_{n}') }}}} group by v" for n in TYPES)
        found = {}
        for r in rows(starc, folder, parts):
            assert int(r["n"]) == int(r["u"]), r
            found.setdefault(r["m"], {})[int(r["v"])] = (int(r["a"]), int(r["b"]), int(r["n"]))
        return found
    def batches(start, end, *more): run(starc, folder, *more, "--event-time-start", start, "--event-time-end", end)
    batches("2024-03-10", "2024-03-12")
    assert state() == {n: {1: (24, 71, 48)} for n in TYPES}
    batches("2024-03-10", "2024-03-11", "-s", "m_*", "--vars", "v: 2")
    assert state() == {n: {1: (48, 71, 24), 2: (24, 47, 24)} for n in TYPES}
    for v in (3, 4): batches("2024-11-03T05:00", "2024-11-03T07:00", "-s", "m_dz", "--vars", f"{{size: hour, v: {v}}}")
    assert state()["dz"] == {1: (48, 71, 24), 2: (24, 47, 24), 4: (129, 130, 2)}
    run(starc, folder, "-s", "t", "--sample", "{start: '2024-11-03T05:00', end: '2024-11-03T06:30'}")
    assert {n: int(v) for n, v in rows(starc, folder, "select * from {{ ref('t') }}")[0].items()} == {n: 0 if n in ("d", "lc") else 2 for n in TYPES}
