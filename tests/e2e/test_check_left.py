"""`starc check`: what it leaves, and says so: what opens the outside, what takes long, what hooks make."""

import socket, threading
import pytest
from conftest import EMBEDDED, needs_embedded

EMBEDDED_PROFILE = {"type": "clickhouse", "driver": "embedded", "schema": "s"}
SOON = {"STARC_TESTS": "1", "STARC_TEST_CHECK_LIMIT": "1"}


@pytest.fixture(autouse=True)
def engine_inside(request):
    """The check of a ClickHouse target is the embedded engine's, whatever the target is."""
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


@pytest.fixture
def ear():
    """A port of loopback, and the connections that it saw."""
    server = socket.create_server(("127.0.0.1", 0))
    seen = []

    def listen():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            seen.append(connection)
            connection.close()

    thread = threading.Thread(target=listen)
    thread.start()
    yield server.getsockname()[1], seen
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


@needs_embedded
def test_nothing_outside_is_opened(starc, project, ear):
    port, seen = ear
    place = f"127.0.0.1:{port}"
    opens = {
        "url": f"select *\nfrom url('http://{place}/x.csv', 'CSV')",
        "quoted": f"select * from \"url\"('http://{place}/a', 'CSV')",
        "quoted_back": f"select * from `s3`('http://{place}/x.csv', 'CSV')",
        "escaped": f"select * from `\\x75rl`('http://{place}/a', 'CSV')",
        "typeset": f"select * from \u201curl\u201d('http://{place}/a', 'CSV')",
        "s3": f"select * from s3('http://{place}/x.csv', 'CSV')",
        "remote": f"select * from REMOTE('{place}', system.one)",
        "mysql": f"select * from mysql('{place}', 'd', 't', 'u', 'p')",
        "postgresql": f"select * from postgresql('{place}', 'd', 't', 'u', 'p')",
        "file": "select * from file('x.csv')",
        "text": "select file('x.txt') as text",
        "by_macro": "select * from {{ outside() }}",
        "asks": f"{{% set x = run_query(\"select * from url('http://{place}/x.csv')\") %}}select 1 as x",
        "table_of": "{{ config(materialized='table', contract={'enforced': true}) }}"
        f"select * from url('http://{place}/x', 'CSV', 'x Int64')",
    }
    files = {f"models/{name}.sql": sql for name, sql in opens.items()} | {
        "macros/m.sql": f"{{% macro outside() %}}\n  url('http://{place}/x.csv', 'CSV')\n{{% endmacro %}}",
        "models/s.yml": "sources:\n- name: lake\n  schema: s\n  tables:\n"
        "  - {name: orders, columns: [{name: id, data_type: Int64}]}\n"
        "models: [{name: table_of, columns: [{name: x, data_type: Int64}]}]\n",
        "models/of_source.sql": "select id, idd from {{ source('lake', 'orders') }}",
        "models/below.sql": "select * from {{ ref('url') }}",
        "models/merge.sql": "{{ config(materialized='table') }}select 1 as `s3`",
        "models/good.sql": "select 'url(x)' as x, URLHash('s') as y -- url(",
        "models/meant.sql": "{{ config(check={'ignore': ['not-checked']}) }}"
        f"select * from url('http://{place}/x.csv', 'CSV')",
        "models/kept.sql": f"{{{{ config(materialized='table', engine=\"URL('http://{place}/x.csv', 'CSV')\") }}}}"
        "select 1 as x",
    }
    folder = project(files, profile=EMBEDDED_PROFILE)
    r = starc("check", cwd=folder)
    assert r.code == 1 and not seen, r.text
    for name in opens:
        assert f"'{name}' is not checked: it reads " in r.text, (name, r.text)
    assert r.text.count("[not-checked]") == len(opens) and f"{len(opens) + 1} left out, 1 below them" in r.text
    assert "1 silenced: 1 not-checked" in r.text and "'meant'" not in r.text, r.text
    assert "models/url.sql:2:6: warning: 'url' is not checked: it reads url(..) by itself" in r.text, r.text
    assert "macros/m.sql:2:3: " in r.text and "models/of_source.sql:1:12: error" in r.text and "1 wrong" in r.text
    silent = starc("check", "--exclude", "of_source", "--warn-error", cwd=folder)
    assert silent.code == 1 and not seen, silent.text


def test_what_takes_long(starc, project, engine):
    """What is run while a query is looked at ends after a while, and the next nodes are looked at."""
    postgres = engine.name == "postgres"
    hour, number, constant = "select pg_sleep(3600)", "bigint", "select count(*) from generate_series(1, 100000000000)"
    if not postgres:
        hour = "select sleepEachRow(1) from numbers(3600) settings max_block_size=1"
        number, constant = "UInt64", "select count() from numbers(10000000000000)"
    files = {
        "models/asks.sql": f"select 1 as id\n{{% set x = run_query('{hour}') %}}",
        "models/slow.sql": "{{ config(materialized='table', contract={'enforced': true}) }}"
        + f"select ({constant}) as x",
        "models/m.yml": f"models: [{{name: slow, columns: [{{name: x, data_type: {number}}}]}}]",
        "models/wrong.sql": "select idd from {{ ref('good') }}",
        "models/good.sql": "select 1 as id",
    }
    r = starc("check", cwd=project(files, profile=engine.profile()), env=SOON)
    assert r.code == 1 and "models/wrong.sql:1:8" in r.text and "1 wrong" in r.text, r.text
    assert "models/asks.sql:2:" in r.text and "'asks' is not checked: it took longer than 1 s" in r.text, r.text
    left = 1 if postgres else 2  # Postgres looks at a query without running any of it
    assert f"{left} left out" in r.text and r.text.count("took longer") == left, r.text


def test_what_hooks_make(starc, project, engine):
    """Names that a hook, or a macro that one calls, has: told once, by name."""
    function = (
        "create function add_one(x integer) returns integer as $$ select x + 1 $$ language sql"
        if engine.name == "postgres"
        else "create function add_one as (x) -> x + 1"
    )
    files = {
        "macros/m.sql": "{% macro make_functions() %}" + function + "{% endmacro %}",
        "models/one.sql": "select add_one(id) as next from {{ ref('good') }}",
        "models/two.sql": "select add_one(1) as next",
        "models/table.sql": "select * from raw.made_before",
        "models/good.sql": "{{ config(post_hook='create table raw.made_after (id int)') }}select 1 as id",
        "models/after.sql": "select * from raw.made_after -- {{ ref('good') }}",
        "models/wrong.sql": "select no_such(id) as x from {{ ref('good') }}",
        "models/missing.sql": "select * from raw.no_such",
        "models/below.sql": "select next from {{ ref('one') }}",
    }
    extra = "on-run-start: ['{{ make_functions() }}', 'create table raw.made_before (id int)']\n"
    r = starc("check", cwd=project(files, profile=engine.profile(), extra=extra))
    assert r.code == 1 and "2 wrong, 4 left out, 1 below them not checked" in r.text, r.text
    assert r.text.count("'add_one' is made by on-run-start, which a check does not run") == 1, r.text
    assert "models/table.sql:1:" in r.text and "'made_before' is made by on-run-start" in r.text, r.text
    assert "models/after.sql:1:" in r.text and "'made_after' is made by a hook" in r.text, r.text
    assert "models/wrong.sql:1:8: error" in r.text and "models/missing.sql:1:" in r.text, r.text
