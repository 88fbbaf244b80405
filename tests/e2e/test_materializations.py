"""Views, tables, incremental models, seeds, ephemeral models and hooks on each engine."""

import json, pathlib, subprocess, time
import pytest
from conftest import SANITIZED, STARC, profile_for, rows


def build(starc, folder, *args, code=0):
    r = starc("build", *args, cwd=folder)
    assert r.code == code, r.text
    return r


def ids(starc, folder, name, column="id"):
    return sorted(int(r[column]) for r in rows(starc, folder, f"select {column} from {{{{ ref('{name}') }}}}"))


def test_view_table_and_ephemeral(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "select 1 as id union all select 2 as id",
            "models/b.sql": "{{ config(materialized='ephemeral') }}\nselect id + 10 as id from {{ ref('a') }}",
            "models/c.sql": "{{ config(materialized='table') }}\n"
            "with x as (select id from {{ ref('b') }}) select id from x",
            "models/d.sql": "{{ config(materialized='table', alias='other') }}select id from {{ ref('c') }} union all "
            "select id from {{ ref('b') }}",
        },
        profile=engine.profile(),
    )
    for _ in range(2):
        build(starc, folder)
        assert ids(starc, folder, "c") == [11, 12]
        assert ids(starc, folder, "d") == [11, 11, 12, 12]


def test_a_view_becomes_a_table_and_back(project, starc, engine):
    folder = project(
        {"models/a.sql": "{{ config(materialized=var('kind', 'view')) }}select {{ var('n', 1) }} as id"},
        profile=engine.profile(),
    )
    for n, kind in enumerate(["view", "table", "view", "incremental", "table", "view"], 1):
        build(starc, folder, "--full-refresh", "--vars", f"{{kind: {kind}, n: {n}}}")
        assert ids(starc, folder, "a") == [n]


def test_incremental_append_and_full_refresh(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "{{ config(materialized='incremental', incremental_strategy='append') }}\n"
            "select {{ var('n') }} as id\n{% if is_incremental() %}where {{ var('n') }} > (select max(id) from {{ this "
            "}}){% endif %}"
        },
        profile=engine.profile(),
    )
    for n in (1, 2, 2, 3):
        build(starc, folder, "--vars", f"n: {n}")
    assert ids(starc, folder, "a") == [1, 2, 3]
    build(starc, folder, "--full-refresh", "--vars", "n: 9")
    assert ids(starc, folder, "a") == [9]


def test_incremental_by_key(project, starc, engine):
    strategies = {"postgres": ["delete+insert", "merge"]}.get(engine.name, ["delete_insert", "legacy"])
    for strategy in strategies:
        folder = project(
            {
                "models/a.sql": f"{{{{ config(materialized='incremental', unique_key='id', "
                f"incremental_strategy='{strategy}') }}}}\n"
                "{% for id, v in var('rows', []) %}select {{ id }} as id, {{ v }} as v{% if not loop.last %} union all "
                "{% endif %}{% endfor %}"
            },
            name="p_" + strategy.replace("+", "_"),
            profile=engine.profile(schema="k_" + strategy.replace("+", "_")),
        )
        build(starc, folder, "--vars", "rows: [[1, 10], [2, 20]]")
        build(starc, folder, "--vars", "rows: [[2, 21], [3, 30]]")
        got = sorted((int(r["id"]), int(r["v"])) for r in rows(starc, folder, "select id, v from {{ ref('a') }}"))
        assert got == [(1, 10), (2, 21), (3, 30)], strategy


def test_seeds_types_nulls_and_options(project, starc, engine):
    folder = project(
        {
            "seeds/plain.csv": "id,amount,day,at,flag,word\n1,1.5,2024-01-31,2024-01-31 10:00:00,true,a\n2,,,,,\n"
            "3,-2.25,2024-02-01,2024-02-01 00:00:01,false,\"x, \"\"y\"\"\"\n",
            "seeds/semi.csv": "code;n\n007;1\n010;2\n",
            "seeds/seeds.yml": "seeds:\n  - name: semi\n    config:\n      delimiter: ';'\n      column_types: {code: "
            + ("text" if engine.name == "postgres" else "String")
            + "}\n",
        },
        profile=engine.profile(),
    )
    for args in ((), (), ("--full-refresh",)):
        build(starc, folder, *args)
        got = rows(starc, folder, "select id, word, flag, day from {{ ref('plain') }} order by id")
        assert [int(r["id"]) for r in got] == [1, 2, 3]
        assert (
            got[1]["word"] == (None if engine.name == "postgres" else "") and got[1]["day"] is None
        )  # a text as dbt-clickhouse has it
        assert got[2]["word"] == 'x, "y"' and str(got[0]["day"])[:10] == "2024-01-31"
        assert [r["code"] for r in rows(starc, folder, "select code from {{ ref('semi') }} order by n")] == [
            "007",
            "010",
        ]


def test_hooks_run_in_order(project, starc, engine):
    memory = " engine = MergeTree order by tuple()" if engine.name != "postgres" else ""
    folder = project(
        {
            "models/a.sql": "{{ config(materialized='table', pre_hook=\"insert into {{ target.schema }}.audit values "
            "('pre')\", "
            "post_hook=[\"insert into {{ target.schema }}.audit values ('post {{ this.name }}')\"]) }}\nselect 1 as id",
        },
        extra="on-run-start:\n  - \"create table if not exists {{ target.schema }}.audit (what "
        + ("text" if not memory else "String")
        + ")"
        + memory
        + "\"\n"
        "on-run-end: [\"insert into {{ target.schema }}.audit values ('end {{ results | length }}')\"]\n",
        profile=engine.profile(),
    )
    build(starc, folder)
    got = sorted(r["what"] for r in rows(starc, folder, "select what from {{ target.schema }}.audit"))
    assert got == ["end 1", "post a", "pre"]


def test_a_failed_rebuild_leaves_the_old_table(project, starc, engine):
    bad = "1 / (id - id)" if engine.name == "postgres" else "throwIf(id > 0)"
    folder = project(
        {
            "models/a.sql": "{{ config(materialized='table') }}select id, {{ var('x', '1') }} as v from (select 1 as "
            "id) as q"
        },
        profile=engine.profile(),
    )
    build(starc, folder)
    r = build(starc, folder, "--vars", f"x: '{bad}'", code=1)
    assert "models/a.sql" in r.out
    assert ids(starc, folder, "a") == [1]


def test_persisted_docs_and_schema_names(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "{{ config(materialized='table', schema='extra') }}select 1 as id",
            "models/a.yml": "models:\n  - name: a\n    description: It's one row.\n"
            "    config: {persist_docs: {relation: true, columns: true}}\n"
            "    columns: [{name: id, description: \"the \\\"key\\\"\"}]\n",
        },
        profile=engine.profile(schema="named"),
    )
    build(starc, folder)
    if engine.name == "postgres":
        sql = "select obj_description('named_extra.a'::regclass) as c"
    else:
        sql = "select comment as c from system.tables where database = 'named_extra' and name = 'a'"
    assert rows(starc, folder, sql)[0]["c"] == "It's one row."


def test_what_reads_a_replaced_relation_stays(project, starc, request, postgres):
    """Views on a table, their views, a materialized view with its index, comments and grants: all read the new rows."""
    import subprocess
    from conftest import profile_for
    from servers import postgres_bin

    env = {"PGPASSWORD": postgres.password, "PATH": "/usr/bin:/bin"}

    def sql(text):
        p = subprocess.run(
            [
                f"{postgres_bin()}/psql",
                "-XAtq",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                "127.0.0.1",
                "-p",
                str(postgres.port),
                "-U",
                postgres.user,
                "-d",
                postgres.dbname,
                "-c",
                text,
            ],
            capture_output=True,
            text=True,
            env=env,
        )
        assert p.returncode == 0, p.stderr
        return p.stdout.strip()

    folder = project(
        {
            "models/t.sql": "{{ config(materialized=var('kind', 'table')) }}select {{ var('n') }}{% if var('wide', "
            "false) %}::bigint{% endif %} as id, "
            "1 as {{ var('other', 'x') }}"
        },
        profile=profile_for("postgres", request, "readers"),
    )
    build(starc, folder, "--vars", "{n: 1}")
    sql(
        "create view readers.a with (security_barrier=true) as select id, x from readers.t; create view readers.b as "
        "select id from readers.a;"
        "create materialized view readers.m as select id from readers.b; create index m_id on readers.m (id); create "
        "view readers.c as select x from readers.t;"
        "comment on view readers.b is 'two'; grant select on readers.b to public; grant select on readers.m to public"
    )
    for n, more in enumerate(["", ", kind: view", ", kind: incremental", ", wide: true"], 2):
        build(starc, folder, "--full-refresh", "--vars", f"{{n: {n}{more}}}")
        assert sql("select a.id, b.id, m.id from readers.a, readers.b, readers.m") == f"{n}|{n}|{n}"
    assert sql("select obj_description('readers.b'::regclass)") == "two"
    assert sql("select count(*) from pg_indexes where indexname = 'm_id'") == "1"
    assert sql("select count(*) from pg_class where relname in ('b', 'm') and relacl::text like '%=r/%'") == "2"
    assert sql("select reloptions from pg_class where oid = 'readers.a'::regclass") == "{security_barrier=true}"
    # a column that is gone takes along what reads it, and only that
    # (with a warning; where warnings are errors all stays as it was)
    gone = ["--full-refresh", "--vars", "{n: 9, other: y}"]
    r = starc("--warn-error", "run", *gone, cwd=folder)
    assert r.code == 1 and sql("select count(x) from readers.c") == "1", r.text
    r = starc("run", *gone, cwd=folder)
    said, log = r.text.replace('"postgres".', ""), (folder / "logs/dbt.log").read_text()
    assert r.code == 0 and said.count("was dropped with the old") == 4, r.text
    assert 'the view "readers"."c" was dropped with the old "readers"."t"' in said, r.text
    assert 'the materialized view "readers"."m" was dropped' in said, r.text
    assert "create view readers.c as" in log and "create materialized view readers.m as" in log
    assert (
        sql(
            "select string_agg(relname, ',' order by relname) from pg_class where relnamespace = "
            "'readers'::regnamespace and relkind in ('r', 'v', 'm')"
        )
        == "t"
    )


@pytest.mark.skipif(SANITIZED, reason="a sanitizer's own memory counts too")
def test_a_large_seed_takes_little_memory(project, starc, postgres, request):
    lines = 600_000
    text = "id,name,amount\n" + "".join(f"{i},the name of number {i},{i}.25\n" for i in range(lines))
    folder = project({"seeds/large.csv": text}, profile=profile_for("postgres", request, "large"))
    size = (folder / "seeds/large.csv").stat().st_size >> 20
    p, peak = subprocess.Popen([STARC, "seed", "--quiet"], cwd=folder), 0
    while p.poll() is None:  # not the rusage of the ended process: that counts this one before exec, too
        status = pathlib.Path(f"/proc/{p.pid}/status").read_text()
        peak = max([peak] + [int(line.split()[1]) >> 10 for line in status.splitlines() if line.startswith("VmHWM")])
        time.sleep(0.01)
    assert p.returncode == 0
    assert 0 < peak < size, f"{peak} MB for a file of {size} MB"
    assert rows(starc, folder, "select count(*) as n, max(id) as last from large.large") == [
        {"n": lines, "last": lines - 1}
    ]


def test_constraints_of_a_contract_hold_on_postgres(project, starc, request, postgres):
    """All five kinds are in the CREATE; rows that break one are refused and the old table stays."""
    folder = project(
        {
            "models/parent.sql": "{{ config(materialized='table') }}select 1 as id union all select 2",
            "models/child.sql": "-- depends_on: {{ ref('parent') }}\n"
            "{{ config(materialized='table') }}select {{ var('id', 1) }} as id, {{ var('of', 1) }} "
            "as parent_id, {{ var('code', \"'a'\") }}::text as code",
            "models/m.yml": "models:\n  - name: parent\n    config: {contract: {enforced: true}}\n"
            "    constraints: [{type: primary_key, columns: [id]}]\n"
            "    columns: [{name: id, data_type: integer}]\n"
            "  - name: child\n    config: {contract: {enforced: true}}\n    constraints:\n"
            "      - {type: check, name: positive, expression: id > 0}\n"
            "      - {type: foreign_key, columns: [parent_id], to: ref('parent'), to_columns: [id]}\n"
            "      - {type: unique, columns: [code]}\n"
            "    columns:\n      - {name: id, data_type: integer, constraints: [{type: primary_key}]}\n"
            "      - {name: parent_id, data_type: integer, constraints: [{type: not_null}]}\n"
            "      - {name: code, data_type: text}\n",
        },
        profile=profile_for("postgres", request, "constr"),
    )
    assert starc("run", cwd=folder).code == 0
    kinds = rows(
        starc,
        folder,
        "select contype::text as k from pg_constraint where conrelid = '{{ ref('child') }}'::regclass order by 1",
    )
    assert [r["k"] for r in kinds] == ["c", "f", "p", "u"]
    for broken, words in (
        ("id: 0", 'violates check constraint "positive"'),
        ("of: 7", "violates foreign key constraint"),
        ("of: 'null::integer'", "violates not-null constraint"),
    ):
        r = starc("run", "--select", "child", "--vars", "{" + broken + "}", cwd=folder)
        assert r.code == 1 and words in r.text and "models/child.sql" in r.text, r.text
        assert [
            tuple(v.values()) for v in rows(starc, folder, "select id, parent_id, code from {{ ref('child') }}")
        ] == [(1, 1, "a")]


def test_numbers_of_seeds_are_read_as_dbt_reads_them(project, starc, engine):
    """A column of whole numbers is whole however they are written ("01", "100.00", "1e2", "$7"); ClickHouse ends a
    number behind a leading zero."""
    whole, real, text = {"postgres": ("integer", "float8", "text")}.get(
        engine.name, ("Int32", "Nullable(Float64)", "String")
    )
    folder = project(
        {
            "seeds/n.csv": 'id,zeros,flat,sci,money,part,zip\n1,01,100.000000,1e2,"1,000%",00.50,01234\n'
            '2,-007,0.0,25e1,$7,-01.5,x\n3,+5,-3.00,-0,5%,7,00000\n',
            "seeds/typed.csv": "a,b,c\n01,01234,01.5\n2,+5,\n",
            "seeds/wide.csv": "n\n3000000000.0\n1\n",
        },
        extra=f"seeds: {{shop: {{typed: {{+column_types: {{a: {whole}, b: {text}, c: {real}}}}}}}}}\n",
        profile=engine.profile(),
    )
    r = starc("seed", cwd=folder)
    assert r.code == 0, r.text
    got = [list(row.values()) for row in rows(starc, folder, "select * from {{ ref('n') }} order by id")]
    assert got == [[1, 1, 100, 100, 1000, 0.5, "01234"], [2, -7, 0, 250, 7, -1.5, "x"], [3, 5, -3, 0, 5, 7, "00000"]], (
        got
    )
    assert [list(row.values()) for row in rows(starc, folder, "select * from {{ ref('typed') }} order by a")] == [
        [1, "01234", 1.5],
        [2, "+5", None],
    ]
    assert rows(starc, folder, "select n from {{ ref('wide') }} order by n")[1]["n"] == 3000000000
    types = {
        "postgres": "select column_name as c, data_type as t from information_schema.columns where table_name = 'n' "
        "and table_schema = '{{ target.schema }}'"
    }.get(
        engine.name,
        "select name as c, type as t from system.columns where table = 'n' and database = '{{ target.schema }}'",
    )
    kinds = {row["c"]: row["t"] for row in rows(starc, folder, types)}
    assert {kinds[c] for c in ("zeros", "flat", "sci", "money")} == {
        "integer" if engine.name == "postgres" else "Int32"
    }, kinds
    assert kinds["part"] in ("double precision", "Float32"), kinds


# What a later run may give in the place of (id, name), and the column that is told of.
BROKEN = [("2 as id", "name"), ("2 as id, 'b' as name, 5 as extra", "extra"), ("2.5 as id, 'b' as name", "id")]


def test_a_contract_holds_in_each_run_of_an_incremental_model(project, starc, engine):
    """dbt looks before it writes, in later runs too: whatever the strategy, whatever on_schema_change."""
    pg = engine.name == "postgres"
    kinds = [
        {"incremental_strategy": s}
        for s in (
            ["append", "delete+insert", "merge"] if pg else ["append", "delete_insert", "insert_overwrite", "legacy"]
        )
    ]
    kinds += [{"on_schema_change": s} for s in ("fail", "append_new_columns")]
    types = ("int", "text") if pg else ("Int32", "String")
    files, yaml = {}, "models:\n"
    for i, kind in enumerate(kinds):
        config = {"materialized": "incremental", "unique_key": "id", "on_schema_change": "append_new_columns", **kind}
        if config.get("incremental_strategy") in ("append", "insert_overwrite"):
            del config["unique_key"]
        if config.get("incremental_strategy") == "insert_overwrite":
            config["partition_by"] = "id"
        files[f"models/m{i}.sql"] = "{{ config(**%r) }}select {{ var('columns', \"1 as id, 'a' as name\") }}" % config
        yaml += (
            f"- {{name: m{i}, config: {{contract: {{enforced: true}}}}, columns: [{{name: id, data_type: {types[0]}}}, "
            f"{{name: name, data_type: {types[1]}}}]}}\n"
        )
    folder = project({**files, "models/m.yml": yaml}, profile=engine.profile())
    good = "cast(%d as " + types[0] + ") as id, cast('%s' as " + types[1] + ") as name"
    run = lambda columns: starc("run", "--vars", json.dumps({"columns": columns}), cwd=folder)
    r = run(good % (1, "a"))
    assert r.code == 0, r.text
    for columns, named in BROKEN:
        r = run(columns if pg else columns.replace("2 as id", "2::Int32 as id"))
        assert (
            r.code == 1
            and f"ERROR={len(kinds)} " in r.text
            and r.text.count("mismatch_reason") == len(kinds)
            and f"| {named} " in r.text
        ), r.text
    r = run(good % (2, "b"))
    assert r.code == 0, r.text
    every = " union all ".join("select * from {{ ref('m%d') }}" % i for i in range(len(kinds)))
    found = rows(starc, folder, f"select id, name, count(*) as n from ({every}) x group by id, name order by id")
    assert [(int(x["id"]), x["name"], int(x["n"])) for x in found] == [(1, "a", len(kinds)), (2, "b", len(kinds))], (
        found
    )


# What a materialization of the project's own gives back.
GIVEN = {
    "nothing": "",
    "text": "{{ return('done') }}",
    "other": "{{ return({'tables': [this]}) }}",
    "no_list": "{{ return({'relations': this}) }}",
    "no_relation": "{{ return({'relations': ['a.b']}) }}",
    "none": "{{ return({'relations': []}) }}",
    "right": "{{ return({'relations': [this.incorporate(type='table')]}) }}",
}


def test_a_materialization_says_which_relations_it_made(project, starc, engine):
    files = {f"models/{name}.sql": "{{ config(materialized='by_%s') }}select 1 as id" % name for name in GIVEN}
    files["macros/m.sql"] = "".join(
        "{%% materialization by_%s, default %%}{%% call statement('main') %%}select 1{%% endcall %%}%s{%% "
        "endmaterialization %%}\n" % g
        for g in GIVEN.items()
    )
    r = build(starc, project(files, profile=engine.profile()), code=1)
    assert "PASS=2 WARN=0 ERROR=5" in r.text and r.text.count("did not return a list of relations") == 5, r.text
    assert all(
        f"macros/m.sql:{i + 1}:20: error: the materialization of '{name}'" in r.text
        for i, name in enumerate(GIVEN)
        if name not in ("none", "right")
    ), r.text


# The config of a test, what it comes to, and what is said. A text as warn_if or error_if is the whole verdict: see the
# macro.
VERDICTS = {
    "none_of": ({"fail_calc": "max(nullif(id, 1))"}, "ERROR", "is NULL, not a whole number"),
    "half": ({"fail_calc": "1.5"}, "ERROR", "is 1.5, not a whole number"),
    "text": ({"fail_calc": "'x'", "warn_if": "= 'y'", "error_if": "= 'y'"}, "ERROR", "is 'x', not a whole number"),
    "whole": ({"fail_calc": "cast(2.00 as decimal(9, 2))"}, "FAIL", ""),
    "maybe": ({"error_if": "'maybe'"}, "ERROR", "error_if of 'maybe' gives 'maybe'"),
    "perhaps": ({"warn_if": "'perhaps'"}, "ERROR", "warn_if of 'perhaps' gives 'perhaps'"),
    "yes": ({"error_if": "'Yes'"}, "FAIL", ""),
    "off": ({"error_if": "'off'", "warn_if": "= 2"}, "PASS", ""),
}
VERDICT_SQL = """{% macro get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) %}
select {{ fail_calc }} as failures, {{ warn_if if warn_if[0] == "'" else fail_calc ~ ' ' ~ warn_if }} as should_warn, \
{{ error_if if error_if[0] == "'" else fail_calc ~ ' ' ~ error_if }} as should_error
from ({{ main_sql }}) x{% endmacro %}"""


def test_a_verdict_that_is_none_is_an_error(project, starc, engine):
    """A text that is no boolean, a NULL, half a failure: never PASS."""
    files = {
        f"tests/{name}.sql": "{{ config(**%r) }}select * from {{ ref('m') }}" % config
        for name, (config, *_) in VERDICTS.items()
    }
    r = build(
        starc,
        project({"models/m.sql": "select 1 as id", "macros/t.sql": VERDICT_SQL, **files}, profile=engine.profile()),
        code=1,
    )
    for name, (_, status, said) in VERDICTS.items():
        assert (
            f"{status:<6} test         {name} " in r.text
            and said in r.text
            and (not said or f"tests/{name}.sql:1:" in r.text)
        ), (name, r.text)


def test_an_index_is_unique_when_true_says_so(project, starc, request, postgres):
    """A text is no boolean: 'no' made a unique index."""
    files = {
        f"models/{name}.sql": "{{ config(materialized='%s', indexes=[{'columns': ['id'], 'unique': %s}]) }}\n"
        "select 1 as id" % (name.split("_")[0], value)
        for name, value in {
            "table_no": "'no'",
            "incremental_one": "1",
            "table_null": "none",
            "table_false": "false",
            "table_true": "true",
        }.items()
    }
    folder = project(files, profile=profile_for("postgres", request, "uniq"))
    r = build(starc, folder, code=1)
    assert (
        r.text.count("error: `unique` of an index is true or false, not ") == 2
        and "models/table_no.sql:1:" in r.text
        and "models/incremental_one.sql:1:" in r.text
    ), r.text
    found = rows(
        starc,
        folder,
        "select c.relname as name, x.indisunique as u from pg_index x join pg_class c on c.oid = x.indrelid join "
        "pg_namespace n on n.oid = c.relnamespace where n.nspname = 'uniq' order by 1",
    )
    assert [tuple(r.values()) for r in found] == [("table_false", False), ("table_null", False), ("table_true", True)]
