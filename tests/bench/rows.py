"""A million rows onto a million, for `make bench rows`: each strategy of starc against the bare
statements that somebody would write by hand for the same result, on one connection.

Before each run the tables are put back: `events` (what comes in: ids 500,000 to 1,499,999, of day 2)
and the target as an earlier run over ids 0 to 999,999 of day 1 left it."""

import json, os, pathlib, shutil, subprocess

N = int(os.environ.get("BENCH_ROWS", "1000000"))
MODEL = (
    "{{{{ config(materialized='incremental', unique_key='id', incremental_strategy='{}') }}}}\n"
    "select id, value, updated_at from {{{{ source('src', 'events') }}}}\n"
)
SNAPSHOT = (
    "{% snapshot kept %}\n{{ config(unique_key='id', strategy='timestamp', updated_at='updated_at', "
    "target_schema=target.schema) }}\n"
    "select id, value, updated_at from {{ source('src', 'events') }}\n{% endsnapshot %}\n"
)


def project(folder, profile, strategies, schema):
    for sub in ("models", "snapshots"):
        (folder / sub).mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(
        "name: rows\nprofile: rows\nmodel-paths: [models]\nsnapshot-paths: [snapshots]\n"
    )
    (folder / "profiles.yml").write_text(json.dumps({"rows": {"target": "t", "outputs": {"t": profile}}}))
    (folder / "models/sources.yml").write_text(
        f"sources:\n  - name: src\n    schema: {schema}\n    tables: [{{name: events}}]\n"
    )
    for s in strategies:
        (folder / f"models/by_{s.replace('+', '_')}.sql").write_text(MODEL.format(s))
    (folder / "snapshots/kept.sql").write_text(SNAPSHOT)


def postgres(b, tmp):
    from servers import PostgresServer

    with PostgresServer() as pg:
        folder = tmp / "rows_pg"
        project(
            folder,
            dict(
                type="postgres",
                host="127.0.0.1",
                port=pg.port,
                user=pg.user,
                password=pg.password,
                dbname=pg.dbname,
                schema="rows",
                threads=1,
            ),
            ["merge", "delete+insert"],
            "rows",
        )
        psql = [
            "psql",
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            str(pg.port),
            "-U",
            pg.user,
            "-d",
            pg.dbname,
        ]
        env = dict(os.environ, PGPASSWORD=pg.password)

        def send(sql):
            subprocess.run(psql + ["-f", "-"], input=sql.encode(), env=env, check=True)

        events = (
            "drop table if exists rows.events; create table rows.events as select i as id, 'v' || i as value, "
            "timestamp '2026-01-0{1}'"
            " as updated_at from generate_series({0}, {0} + {2} - 1) i; analyze rows.events;"
        )
        first, second = events.format(0, 1, N), events.format(N // 2, 2, N)
        send("create schema rows;" + first)
        b.once(b.starc(folder, "build"))
        tables = ["by_merge", "by_delete_insert", "kept"]
        for t in tables:
            send(f"create table rows.was_{t} as select * from rows.{t}")
        send(second)

        def reset():
            send(
                "".join(
                    f"truncate rows.{t}; insert into rows.{t} select * from rows.was_{t}; analyze rows.{t};"
                    for t in tables
                )
                + "checkpoint;"
            )

        batch = "create temporary table batch as select id, value, updated_at from rows.events;"
        bare = {
            "by_merge": batch
            + "merge into rows.by_merge d using batch s on s.id = d.id when matched then update set id = s.id, value = "
            "s.value,"
            " updated_at = s.updated_at when not matched then insert (id, value, updated_at) values (s.id, s.value, "
            "s.updated_at);",
            "by_delete_insert": batch + "delete from rows.by_delete_insert where id in (select id from batch);"
            " insert into rows.by_delete_insert (id, value, updated_at) select id, value, updated_at from batch;",
            "kept": "create temporary table batch as select s.id, s.value, s.updated_at, md5(s.id::text || '|' || "
            "s.updated_at::text) as scd, k.dbt_scd_id as old"
            " from rows.events s left join rows.kept k on k.id = s.id and k.dbt_valid_to is null where k.id is null or "
            "k.dbt_valid_from < s.updated_at;"
            " update rows.kept k set dbt_valid_to = b.updated_at from batch b where k.dbt_scd_id = b.old and "
            "k.dbt_valid_to is null;"
            " insert into rows.kept (id, value, updated_at, dbt_scd_id, dbt_updated_at, dbt_valid_from, dbt_valid_to)"
            " select id, value, updated_at, scd, updated_at, updated_at, null from batch;",
        }
        for name, sql in bare.items():
            script = tmp / f"{name}.sql"
            script.write_text(f"begin; {sql} commit;")
            b.row(
                f"Postgres {name}: starc | psql -f",
                b.starc(folder, "build", "--select", name),
                psql + ["-f", str(script)],
                "<= 1.2",
                runs=3,
                before=reset,
                other_kw={"env": env},
                cpu=False,
            )


def clickhouse(b, tmp):
    folder, data = tmp / "rows_ch", tmp / "rows_chdata"
    project(
        folder,
        dict(type="clickhouse", driver="embedded", path=str(data), schema="rows", threads=1),
        ["delete+insert"],
        "rows",
    )
    kept = tmp / "rows_kept"

    def send(*sql):
        script = tmp / "send.json"
        script.write_text(json.dumps(sql))
        subprocess.run(b.bare_clickhouse(script, data), check=True)

    events = (
        "create or replace table rows.events engine = MergeTree order by id as select number + {0} as id, concat('v', "
        "toString(number)) as value,"
        " toDateTime('2026-01-0{1} 00:00:00') as updated_at from numbers({2})"
    )
    send("create database rows engine = Atomic", events.format(0, 1, N))
    b.once(b.starc(folder, "build"))
    send(events.format(N // 2, 2, N))
    shutil.copytree(data, kept, symlinks=True)

    def reset():
        shutil.rmtree(data)
        shutil.copytree(kept, data, symlinks=True)

    bare = {
        "by_delete_insert": [
            "create table rows.batch engine = MergeTree order by tuple() as select id, value, updated_at from "
            "rows.events",
            "delete from rows.by_delete_insert where id in (select id from rows.batch)",
            "insert into rows.by_delete_insert select id, value, updated_at from rows.batch",
            "drop table rows.batch sync",
        ],
        "kept": [
            "create table rows.batch engine = MergeTree order by tuple() as select s.id as id, s.value as value, "
            "s.updated_at as updated_at from rows.events s"
            " left join (select id, dbt_valid_from from rows.kept where dbt_valid_to is null) k on k.id = s.id where "
            "k.dbt_valid_from < s.updated_at",
            "create table rows.beside as rows.kept",
            "insert into rows.beside select k.* replace(if(b.updated_at > toDateTime(0) and k.dbt_valid_to is null, "
            "b.updated_at, k.dbt_valid_to) as dbt_valid_to)"
            " from rows.kept k left join rows.batch b on b.id = k.id",
            "insert into rows.beside (id, value, updated_at, dbt_scd_id, dbt_updated_at, dbt_valid_from) select id, "
            "value, updated_at,"
            " halfMD5(concat(toString(id), '|', toString(updated_at))), updated_at, updated_at from rows.batch",
            "exchange tables rows.beside and rows.kept",
            "drop table rows.beside sync",
            "drop table rows.batch sync",
        ],
    }
    for name, sql in bare.items():
        script = tmp / f"{name}.json"
        script.write_text(json.dumps(sql))
        b.row(
            f"ClickHouse {name}: starc | one libchdb connection",
            b.starc(folder, "build", "--select", name),
            b.bare_clickhouse(script, data),
            "<= 1.2",
            runs=3,
            before=reset,
        )
