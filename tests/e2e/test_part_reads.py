"""Tables that are read in part (--empty, --sample, a microbatch's span) and queries that get a limit
(show, a test's `limit`), in every way that a query can be written."""

import json
from conftest import rows

SRC = "select 1 as id, cast('2025-01-03' as %s) as at union all select 2, cast('2020-01-03' as %s)"
ANY = {
    "plain": "select id from {{ ref('x') }}",
    "alias": "select a.id from {{ ref('x') }} as a join {{ ref('x') }} b on a.id = b.id",
    "quoted": 'select "A".id from {{ ref("x") }} "A" where "A".id > 0',
    "name": "select x.id from {{ ref('x') }} where x.id > 0 -- end",
    "relation": "select {{ ref('x') }}.id from {{ ref('x') }} where {{ ref('x') }}.id > 0",
    "comma": "select a.id from {{ ref('x') }} a, {{ ref('x') }} as b where a.id = b.id",
    "using": "select id from {{ ref('x') }} inner join {{ ref('x') }} z using (id)",
    "joined": "select y.id from {{ ref('y') }} left join {{ ref('x') }} on x.id = y.id where x.id is not null or x.id "
    "is null",
    "inner": "select id from (select * from {{ ref('x') }} as i where i.id in (select id from {{ ref('x') }})) as o",
    "cte": "/* {{ ref('x') }} */ with x as (select * from {{ ref('x') }}), z as (select * from x) select z.id from z",
    "set": "{% set r = ref('x') %}select t.id from {{ r }} t union all select id from {{ ref('x') }}",
    "text": "select id, '{{ ref(\"x\") }}' as read_from from {{ ref('x') }} order by id",
    "hooked": "{{ config(post_hook=\"insert into {{ this }} select id from {{ ref('x') }} h\") }} select id from {{ "
    "ref('x') }}",
}
ONE = {
    "postgres": {
        "lateral": "select a.id from {{ ref('x') }} a cross join lateral (select * from {{ ref('x') }} l where l.id = "
        "a.id) c",
        "part": "select t.id from {{ ref('x') }} as t tablesample bernoulli (100) repeatable (1) where t.id > 0",
        "columns": "select t.i as id from {{ ref('x') }} as t (i, j)",
        "row": "select count(x) + max(x.id) as id from {{ ref('x') }} group by x.id",
    },
    "clickhouse": {
        "part": "select id from {{ ref('x') }} final where id > 0",
        "part_alias": "select t.id as id from {{ ref('x') }} as t final",
        "arrays": "select id from {{ ref('x') }} array join [1] as k",
        "listed": "select id from {{ ref('x') }} where id in {{ ref('x') }}",
        "unnamed": "select id from {{ ref('x') }} any left join {{ ref('y') }} using (id)",
    },
}


def test_part_of_a_table(project, starc, engine):
    pg = engine.name == "postgres"
    time = "timestamp" if pg else "DateTime"
    models = {**ANY, **ONE["postgres" if pg else "clickhouse"]}
    if not pg:
        models["listed"] = "select id from {{ ref('x') }} where id in (select id from {{ ref('x') }} as u)"
        models["in_table"] = "select id from {{ ref('ids') }} where id in {{ ref('ids') }}"
    files = {
        f"models/{n}.sql": f"{{{{ config(materialized='{'table' if n == 'hooked' else 'view'}') }}}}\n" + t
        for n, t in models.items()
    }
    keyed = "" if pg else ", engine='ReplacingMergeTree', order_by='id'"
    files["models/x.sql"] = "{{ config(materialized='table', event_time='at'" + keyed + ") }}\n" + SRC % (time, time)
    files["models/y.sql"] = "{{ config(materialized='table') }}\n" + SRC % (time, time)
    files["models/ids.sql"] = "{{ config(materialized='table') }}\nselect 1 as id"
    folder = project(files, profile=engine.profile())
    r = starc("run", cwd=folder)
    assert r.code == 0, r.text
    full = {n: len(rows(starc, folder, f"select id from {{{{ ref('{n}') }}}}")) for n in ("plain", "joined", "hooked")}
    assert full == {"plain": 2, "joined": 2, "hooked": 4}
    every = " union all ".join(f"select '{n}' as n from {{{{ ref('{n}') }}}}" for n in models if n != "row")
    r = starc("run", "--sample", "{start: 2025-01-01, end: 2025-01-08}", "--select", *models, cwd=folder)
    assert r.code == 0, r.text
    found = [row["n"] for row in rows(starc, folder, every)]
    assert {n: found.count(n) for n in ("plain", "joined", "hooked", "name", "comma", "part")} == {
        "plain": 1,
        "joined": 2,
        "hooked": 2,
        "name": 1,
        "comma": 1,
        "part": 1,
    }
    r = starc("run", "--empty", "--select", *models, cwd=folder)
    assert r.code == 0, r.text
    assert rows(starc, folder, every) == []


def test_limits(project, starc, engine):
    pg = engine.name == "postgres"
    gen = "generate_series(1, 20) as g(n)" if pg else "(select number + 1 as n from numbers(20)) as g"
    queries = [
        "select n from %s order by n limit 5",
        "select n from %s order by n limit 5 offset 1 -- limit 1",
        "select n from %s union all select n from %s;",
        "(select n from %s) -- end",
        "with a as (select n from %s) select n from a order by n",
    ]
    queries += (
        [
            "select n from %s order by n fetch first 5 rows only",
            "select n from t for update",
            "select n from t limit 4 for update",
            "table t",
            "values (1), (2), (3), (4)",
            "with a as (insert into t values (0), (0), (0), (0) returning n) select * from a",
        ]
        if pg
        else [
            "select n from %s order by n limit 1 by n",
            "select n from %s settings max_threads = 1",
            "select n from %s limit 5 settings max_threads = 1",
            "select n from %s format JSON",
            "select n from %s order by n limit 5 with ties",
            "# comment\nselect n from %s // end",
        ]
    )
    tests = {
        f"tests/t{i}.sql": "{{ config(limit=2, severity='warn') }}\n"
        + q.replace("%s", gen).replace("from t", "from {{ ref('t') }}")
        for i, q in enumerate(queries)
        if q not in ("table t",) and "insert" not in q and "format" not in q
    }
    folder = project(
        {"models/t.sql": "{{ config(materialized='table') }}\nselect n from " + gen, **tests}, profile=engine.profile()
    )
    r = starc("build", cwd=folder)
    assert r.code == 0, r.text
    assert r.text.count("Got 2 results") == len(tests), r.text
    schema = engine.profile()["schema"]
    for q in queries:
        sql = (
            q.replace("%s", gen)
            .replace("from t", f"from {schema}.t")
            .replace("table t", f"table {schema}.t")
            .replace("into t", f"into {schema}.t")
        )
        r = starc("show", "--quiet", "--inline", sql, "--output", "json", "--limit", "3", cwd=folder)
        assert r.code == 0, sql + "\n" + r.text
        assert len(json.loads(r.out)["show"]) == 3, sql
    others = {
        "postgres": ["show search_path", "explain select 1"],
        "embedded": ["show databases", "-- x\ndescribe system.one", "explain select 1", "exists system.one"],
    }
    for q in others.get(engine.name, []):  # the server that stands in for ClickHouse's cannot stream them
        r = starc("show", "--quiet", "--inline", q, "--output", "json", cwd=folder)
        assert r.code == 0 and json.loads(r.out)["show"], q + r.text
    r = starc("show", "--inline", "select 1 as a; select 2", cwd=folder)
    assert r.code != 0 and "two statements" in r.text
