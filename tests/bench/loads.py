"""bench.py load: a table of 12 mixed columns, brought from one Postgres into another database by starc load, beside
`psql copy | psql copy` (the same number of sessions: one) and beside dlt and ingestr, where PyPI has them.
LOAD_ROWS: how many rows, 1,000,000 unless told."""

import json, os, pathlib, subprocess

ROWS = int(os.environ.get("LOAD_ROWS", "1000000"))
TABLE = f"""
create table big as select g::bigint as id, (g % 1000)::int as customer, (g * 1.01)::numeric(12,2) as amount,
  md5(g::text) as note, '2024-01-01'::timestamptz + g * interval '1 second' as at,
  ('2000-01-01'::date + (g % 3000)::int) as born, g % 2 = 0 as ok, g::float8 / 7 as ratio,
  md5(g::text)::uuid as uid, case when g % 10 = 0 then null else 'x' || g end as maybe, (g % 100)::smallint as small,
  ('{{"a": ' || g || '}}')::jsonb as doc from generate_series(1, {ROWS}) g;
create view big_for_ingestr as select id, customer, amount, note, at, born, ok, ratio, uid::text as uid, maybe, small,
  doc from big;
vacuum analyze big;
"""
# The same columns as starc makes there, and how they are read out of Postgres.
CLICKHOUSE = (
    "id Nullable(Int64), customer Nullable(Int32), amount Nullable(Decimal(12,2)), note Nullable(String), "
    "at Nullable(DateTime64(6)), born Nullable(Date32), ok Nullable(Bool), ratio Nullable(Float64), "
    "uid Nullable(UUID), maybe Nullable(String), small Nullable(Int16), doc Nullable(String)"
)
FOR_CLICKHOUSE = (
    "select id, customer, amount, note, at at time zone $$utc$$ as at, born, ok, ratio, uid, maybe, small, doc from big"
)
DLT = """
import sys, dlt
from dlt.sources.sql_database import sql_table
source, target = sys.argv[1:]
table = sql_table(source.replace("://", "+psycopg2://"), table="big", schema="public", backend="pyarrow", chunk_size=50000)
dlt.pipeline("bench", destination=dlt.destinations.postgres(target), dataset_name="by_dlt").run(
    table, write_disposition="replace")
"""


def bench(b, tmp):
    """b: the module of bench.py."""
    from servers import PostgresServer

    print(f"load: {ROWS:,} rows of 12 columns out of a Postgres, beside psql's copy and other programs")
    with PostgresServer() as source, PostgresServer() as target:
        env = {**os.environ, "PGPASSWORD": source.password}
        ask = lambda server, sql: subprocess.run(
            ["psql", "-qX", "-h", "127.0.0.1", "-p", str(server.port), "-U", server.user, "-c", sql, server.dbname],
            env={**os.environ, "PGPASSWORD": server.password},
            check=True,
        )
        for statement in TABLE.split(";\n"):
            if statement.strip():
                ask(source, statement)
        address = lambda s: f"postgresql://{s.user}:{s.password}@127.0.0.1:{s.port}/{s.dbname}"
        load = {
            "loads": [
                {
                    "name": "bench",
                    "from": {
                        **{"type": "postgres", "host": "127.0.0.1", "port": source.port, "user": source.user},
                        **{"password": source.password, "dbname": source.dbname},
                    },
                    "schema": "by_starc",
                    "tables": ["big"],
                }
            ]
        }
        folder = tmp / "loads"
        (folder / "loads").mkdir(parents=True)
        (folder / "loads/bench.yml").write_text(json.dumps(load))
        b.pg_folder(target, folder, "bench", {})
        ask(target, "create schema by_psql")
        ask(source, "create schema for_copy")
        definition = subprocess.run(
            ["pg_dump", "-s", "-t", "big", address(source)], check=True, capture_output=True, text=True
        ).stdout.replace("public.big", "by_psql.big")
        made = tmp / "big.sql"
        made.write_text("drop table if exists by_psql.big;\n" + definition)
        copy = (
            f"psql -qX '{address(target)}' -f {made} > /dev/null && "
            f"psql -qX '{address(source)}' -c 'copy big to stdout' | "
            f"psql -qX '{address(target)}' -c 'copy by_psql.big from stdin'"
        )
        runs = min(b.RUNS, 3)
        mine, what = b.starc(folder, "load"), "Postgres: starc load | psql copy, psql copy"
        b.row(what, mine, ["sh", "-c", copy], "<= 1.2", runs, cpu=False)
        embedded(b, tmp, load, address(source), runs)
        peers(b, tmp, mine, address(source), address(target))


def embedded(b, tmp, load, source, runs):
    """Beside psql's copy into a pipe, out of which libchdb inserts."""
    inside, data = tmp / "inside", tmp / "inside_data"
    (inside / "loads").mkdir(parents=True)
    (inside / "loads/bench.yml").write_text(json.dumps(load))
    (inside / "dbt_project.yml").write_text("name: inside\nprofile: bench\n")
    target = dict(type="clickhouse", driver="embedded", path=str(data), schema="bench", threads=2)
    (inside / "profiles.yml").write_text(json.dumps({"bench": {"target": "t", "outputs": {"t": target}}}))
    pipe, script = tmp / "pipe", tmp / "insert.json"
    os.mkfifo(pipe)
    statements = [
        "create database if not exists by_psql",
        f"create or replace table by_psql.big ({CLICKHOUSE}) engine = MergeTree order by tuple()",
        f"insert into by_psql.big select * from file('{pipe}', 'TabSeparated', '{CLICKHOUSE}')",
    ]
    script.write_text(json.dumps(statements))
    insert = " ".join(b.bare_clickhouse(script, f"{data}_bare"))
    copy = f"psql -qX '{source}' -c 'copy ({FOR_CLICKHOUSE}) to stdout' > {pipe} & {insert}"
    what = "embedded: starc load | psql copy, insert of libchdb"
    b.row(what, b.starc(inside, "load"), ["sh", "-c", copy], "<= 1.2", runs)


def peers(b, tmp, mine, source, target):
    python = b.peer("load", "dlt[postgres]", "sqlalchemy", "pyarrow", "psycopg2-binary")
    if python:
        script = tmp / "by_dlt.py"
        script.write_text(DLT)
        home = {**os.environ, "HOME": str(tmp), "RUNTIME__DLTHUB_TELEMETRY": "false"}
        other = [python, str(script), source, target]
        b.row("Postgres: starc load | dlt", mine, other, "<= 0.2", 1, other_kw={"env": home}, cpu=False)
    python = b.peer("ingestr", "ingestr<1")
    if python:
        # it has no way to write a uuid ("cannot find encode plan"): it gets a text
        command = [str(pathlib.Path(python).parent / "ingestr"), "ingest", "--yes"]
        command += ["--source-uri", source, "--source-table", "public.big_for_ingestr"]
        command += ["--dest-uri", target, "--dest-table", "by_ingestr.big"]
        home = {**os.environ, "HOME": str(tmp), "INGESTR_DISABLE_TELEMETRY": "true"}
        b.row("Postgres: starc load | ingestr", mine, command, "<= 0.2", 1, other_kw={"env": home}, cpu=False)
