"""ClickHouse changes rows behind the scenes. A change that cannot be done ends its statement, and leaves nothing
that jams the table."""

import os, subprocess
import pytest
from conftest import EMBEDDED, rows
from servers import ClickHouseServer

INCREMENTAL = """{{ config(materialized='incremental', incremental_strategy='delete_insert', unique_key='id') }}
select number as id, '{{ var('which') }}' || randomPrintableASCII(100) as t from numbers(200000)"""
SOON = {"STARC_TESTS": "1", "STARC_TEST_STUCK": "1"}


@pytest.fixture
def small_disk(tmp_path):
    if os.getuid() != 0:
        pytest.skip("mounts a small file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("no right to mount")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


BOTH = (["embedded"] if EMBEDDED else []) + ["clickhouse"]


@pytest.mark.parametrize("kind", BOTH)
def test_a_disk_without_room_for_a_change(kind, small_disk, project, starc):
    def check(profile):
        folder = project(
            {"models/inc.sql": INCREMENTAL}, profile={"type": "clickhouse", "schema": "s", "threads": 1, **profile}
        )

        def state():
            return rows(
                starc,
                folder,
                "select count(*) n, any(left(t, 3)) w, (select countIf(not is_done) from system.mutations) m from "
                "s.inc",
                "--vars",
                "which: ''",
            )

        assert starc("run", "--vars", "which: old", cwd=folder).code == 0
        r = starc("run", "--vars", "which: new", cwd=folder, env=SOON)
        assert (
            r.code == 1
            and "error: the disk is full: to change s.inc__dbt_tmp ClickHouse needs 2" in r.text
            and "[database-unavailable]" in r.text
        ), r.text
        assert f"= free space below {small_disk}" in r.text and "run it again" in r.text, r.text
        assert state() == [{"n": 200000, "w": "old", "m": 0}]
        subprocess.run(["mount", "-o", "remount,size=300m", small_disk], check=True)
        assert starc("run", "--vars", "which: new", cwd=folder).code == 0
        assert state() == [{"n": 200000, "w": "new", "m": 0}]

    if kind == "embedded":
        return check({"driver": "embedded", "path": f"{small_disk}/w"})
    with ClickHouseServer(inside=small_disk) as server:
        check(
            {
                "driver": "http",
                "host": "127.0.0.1",
                "port": server.port,
                "user": server.user,
                "password": server.password,
            }
        )


MACRO = """{% macro q(table, sqls) %}
{% do run_query('create table ' ~ target.schema ~ '.' ~ table ~ " engine=MergeTree order by id as select number as id, \
'x' as t from numbers(10)") %}
{% for s in sqls %}{% do run_query(s.replace('@', target.schema ~ '.' ~ table)) %}{% endfor %}
{% endmacro %}
{% macro another() %}{% do run_query('delete from ' ~ target.schema ~ '.`a ``b` where id = 4') %}{% endmacro %}"""


@pytest.mark.parametrize("engine", BOTH, indirect=True)
def test_a_change_that_fails_leaves_nothing_behind(engine, project, starc):
    folder = project({"macros/q.sql": MACRO, "models/a.sql": "select 1 as id"}, profile=engine.profile())
    assert starc("run", cwd=folder).code == 0

    def q(table, *sqls):
        return starc("run-operation", "q", "--args", str({"table": table, "sqls": list(sqls)}), cwd=folder)

    for i, wrong in enumerate(
        [
            "delete from @ where throwIf(id = 5)",
            "alter table @ delete where throwIf(id = 5)",
            "ALTER TABLE @ update t = toString(throwIf(id = 5)) where 1",
            "alter table @ modify column t UInt8",
        ]
    ):
        r = q(f"t{i}", wrong)
        assert r.code == 1 and (
            "error: Value passed to 'throwIf' function is non-zero" in r.text
            or "error: Cannot parse string 'x' as UInt8" in r.text
        ), r.text
        assert "stands in the way" not in r.text, r.text
    left = (
        "select table as t, mutation_id as m from system.mutations where not is_done and database = currentDatabase()"
    )
    assert rows(starc, folder, left) == []
    # Somebody else's stays, and the user is told of it.
    r = q(
        "`a ``b`",
        "alter table @ delete where throwIf(id = 5) settings mutations_sync = 0",
        "select sleep(2.5)",
        "select sleep(1.5)",
    )
    assert r.code == 0, r.text
    r = starc("run-operation", "another", cwd=folder)
    assert r.code == 1 and "error: Value passed to 'throwIf' function" in r.text, r.text
    assert (
        "an earlier change of the table stands in the way: KILL MUTATION WHERE database = '" in r.text
        and "AND table = 'a `b' AND mutation_id = '" in r.text
    ), r.text
    assert rows(starc, folder, left) == [{"t": "a `b", "m": "mutation_2.txt"}]
