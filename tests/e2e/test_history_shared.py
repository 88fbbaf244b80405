"""The run history in a table of the target, which machines share: on each engine, several runs at once, without the
right to make it, and without a target."""

import json, os, subprocess

import pytest
from conftest import STARC, profile_for, rows
from source_database import SourceDatabase

SHOP = {
    "seeds/raw.csv": "id\n1\n2\n3\n",
    "models/orders.sql": "{{ config(materialized='table') }} select * from {{ ref('raw') }}",
    "models/wrong.sql": "select no_such_column as \"it's \\\\ a\ttab\" from {{ ref('orders') }}",
    "models/s.yml": "models: [{name: orders, columns: [{name: id, data_tests: [unique]}]}]",
}
SHARED = "history: {where: warehouse}\n"


def history(starc, folder, *args):
    r = starc("history", "--output", "json", *args, cwd=folder)
    assert r.code == 0, r.text
    return json.loads(r.out)


def kept(starc, folder):
    return int(list(rows(starc, folder, "select count(*) as n from {{ target.schema }}.starc_history")[0].values())[0])


def at_once(folders, *args):
    env = {**os.environ, "NO_COLOR": "1"}
    run = lambda folder: subprocess.Popen([STARC, *args], cwd=folder, env=env, stdout=-1, stderr=-2, text=True)
    return [(p.communicate(timeout=120)[0], p.returncode) for p in [run(folder) for folder in folders]]


def test_runs_are_rows_of_a_table(starc, project, engine):
    shop = project(SHOP, extra=SHARED, profile=engine.profile())
    assert history(starc, shop) == []
    assert starc("seed", cwd=shop).code == 0
    r = starc("build", cwd=shop)
    assert r.code == 1 and "not kept" not in r.text, r.text
    assert not (shop / ".starc/history").exists()
    assert starc("clean", cwd=shop).code == 0
    newest, oldest = history(starc, shop)
    assert (newest["command"], newest["passed"], newest["failed"]) == ("build", 3, 1)
    assert (oldest["command"], oldest["target"], oldest["exit_code"]) == ("seed", "dev", 0)
    assert [r["run"]["command"] for r in history(starc, shop, "raw")] == ["build", "seed"]
    assert history(starc, shop, "unique_orders_id")[0]["failures"] == 0
    wrong = history(starc, shop, "wrong")[0]
    assert wrong["status"] == "error" and "no_such_column" in wrong["message"]
    assert kept(starc, shop) == 2


def test_so_many_are_kept(starc, project, engine):
    shop = project(SHOP, extra="history: {where: warehouse, keep: 2}\n", profile=engine.profile())
    for i in range(4):
        assert starc("seed", *["--full-refresh"] * (i % 2), cwd=shop).code == 0
    assert kept(starc, shop) == 2
    assert [r["selection"] for r in history(starc, shop)] == ["--full-refresh", ""]
    assert starc("seed", "--no-history", cwd=shop).code == 0
    assert [r["selection"] for r in history(starc, shop)] == ["--full-refresh", ""]


@pytest.mark.parametrize("kind", ["postgres", "clickhouse"])
def test_machines_share_it_from_the_first_run_on(starc, project, request, kind):
    folders = []
    for i in range(5):
        seed = {f"seeds/raw_{i}.csv": "id\n1\n"}
        profile = profile_for(kind, request, f"shared_history_{kind}")
        folders.append(project(seed, name=f"shop_{i}", extra=SHARED, profile=profile))
    for text, code in at_once(folders, "seed"):
        assert code == 0 and "not kept" not in text, text
    assert len({r["invocation_id"] for r in history(starc, folders[0])}) == 5
    assert history(starc, folders[1], "raw_3")[0]["status"] == "success"


@pytest.fixture
def database(postgres):
    with SourceDatabase(postgres) as database:
        database("drop role if exists narrow; create role narrow login password 'narrow'")
        database("create schema h; grant usage on schema h to narrow")
        yield database
    SourceDatabase.__call__(database, "drop role if exists narrow", database=postgres.dbname)


def test_without_the_right_the_run_stays_and_says_what_to_send(starc, project, request, database):
    profile = profile_for("postgres", request, "h", dbname=database.name, user="narrow", password="narrow")
    shop = project({"tests/none.sql": "select 1 as n where false"}, extra=SHARED, profile=profile)
    r = starc("test", cwd=shop)
    assert r.code == 0 and r.text.count("not kept in the run history") == 1, r.text
    made = r.text[r.text.index("create table if not exists") :].split(";")[0]
    database(made + "; grant select, insert, delete on h.starc_history to narrow")
    r = starc("test", cwd=shop)
    assert r.code == 0 and "not kept" not in r.text, r.text
    assert len(history(starc, shop)) == 1


def test_a_target_that_is_not_there_is_an_error_of_history(starc, project):
    server = {"type": "postgres", "host": "127.0.0.1", "port": 1, "dbname": "d", "schema": "s"}
    profile = {**server, "user": "u", "password": "hidden-word", "connect_timeout": 2, "retries": 0}
    shop = project(SHOP, extra=SHARED, profile=profile)
    r = starc("history", cwd=shop)
    assert r.code == 1 and "127.0.0.1" in r.text and "hidden-word" not in r.text, r.text
