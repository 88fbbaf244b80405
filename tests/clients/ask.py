"""clickhouse-connect: queries, parameters, settings, inserts, a session, tables that come along, errors."""

import datetime, sys

import clickhouse_connect
from clickhouse_connect.driver.external import ExternalData

port, password = int(sys.argv[1]), sys.argv[2]
for compress in (False, True, "lz4", "gzip"):
    c = clickhouse_connect.get_client(
        host="127.0.0.1", port=port, username="default", password=password, database="analytics", compress=compress
    )
    assert c.ping() and c.query("select sum(amount) from sales").result_rows == [(90,)]
    text = "it's\n\\ ä"
    asked = c.query("select {s:String}, {x:Int32} + 1", parameters={"s": text, "x": 4}, settings={"max_threads": 2})
    assert asked.result_rows == [(text, 5)]
    c.command("create or replace table rows (a Int32, b String, d DateTime) engine = MergeTree order by a")
    day = datetime.datetime(2024, 1, 1)
    c.insert("rows", [[i, f"row {i}", day] for i in range(100000)], column_names=["a", "b", "d"])
    assert c.query("select count(), sum(a), max(d) from rows").result_rows == [(100000, 4999950000, day)]
    c.command("create temporary table t (a Int8)")
    c.command("insert into t values (1)")
    assert c.command("select count() from t") == 1
    along = ExternalData(file_name="e.csv", fmt="CSV", structure="id Int32, n String", data=b'1,"q"\n2,w\n')
    assert c.query("select * from e order by id", external_data=along).result_rows == [(1, "q"), (2, "w")]
    for sql in ("select nope", "select number, throwIf(number = 3000000) from numbers(5000000)"):
        try:
            c.query(sql)
            sys.exit("no error of " + sql)
        except clickhouse_connect.driver.exceptions.Error as e:
            assert "nope" in str(e) or "395" in str(e), e
    c.close()
print("good")
