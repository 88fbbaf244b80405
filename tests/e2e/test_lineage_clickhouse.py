"""What columns are made of, as the real ClickHouse tells it: the queries of tests/lineage/clickhouse.txt."""

import urllib.error, urllib.parse, urllib.request
from lineage_cases import cases, differences, question

SCHEMA = 'mäde "here"'


def ask(server, sql, database=SCHEMA):
    headers = {"X-ClickHouse-User": server.user, "X-ClickHouse-Key": server.password}
    query = urllib.parse.urlencode({"database": database, "default_format": "TSVRaw"})
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/?{query}", sql.encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as e:
        raise AssertionError(f"{sql}\n{e.read().decode()}") from None


def test_edges_are_those_that_a_reader_of_the_query_finds(clickhouse):
    setup, queries = cases("clickhouse")
    assert len(queries) >= 80
    ask(clickhouse, f"create database `{SCHEMA}`", "default")
    for statement in setup:
        ask(clickhouse, statement)
    wrong = []
    for query, stop, lines in queries:
        answer = ask(clickhouse, question("clickhouse", query + " -- a comment"))
        wrong += differences("clickhouse", query, stop, lines, answer, SCHEMA)
    ask(clickhouse, f"drop database `{SCHEMA}`", "default")
    assert not wrong, "\n".join(wrong)
