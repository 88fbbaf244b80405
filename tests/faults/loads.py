#!/usr/bin/env python3
"""Breaks `starc load` in every way there is while a reader reads, and looks at what is left.

usage: loads.py, with the options of run.py. Default: 40 faults; --full: 500.

One round is that of run.py. Version n is what a source, a Postgres of its own, has; its connection has
a proxy as that of the target has. Afterwards the table must have exactly the source's rows, and
starc_loads must be true: its row of the table that is there tells how far the table's cursor is, and of
a table that is only added to, the rows of all loads together are the rows that it has.
"""

import contextlib, json, os, pathlib, subprocess, sys, threading, time
from dataclasses import dataclass

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import run
from databases import Psql
from proxy import PostgresProxy
from servers import PostgresServer

ROWS = 3000
EVERY = ("postgres", "http", "embedded")
CLICKHOUSE = ("http", "embedded")
KINDS = (
    *(k for k in run.KINDS if not k.startswith("five")),
    "cut-middle",
    "cut at random",
    "source cut-before",
    "source cut-after",
    "source cut-middle",
    "source truncate",
    "source delay",
    "source cut at random",
    "source altered",
    "source rewritten",
)

TABLE = "(id bigint not null, v bigint not null, at timestamptz not null, gone timestamptz, pad text)"
ROW = "{v}, timestamptz '2020-01-01' + interval '1 hour' * {v}, null, md5(i::text) || repeat('x', 70)"


def rows(first, count, v):
    row = ROW.format(v=v)
    return f"insert into t select i, {row} from generate_series({first}, {first + count - 1}) i"


def appended(n):
    """More rows; before them some that have the cursor that the version before ended at."""
    first = (n - 1) * ROWS
    late = f"insert into t select {first - 1}, {n}, '2020-01-01', null, 'late ' || i from generate_series(1, 3) i"
    return [late] * (n > 1) + [rows(first, ROWS, n)]


def updated(n):
    """Half of the rows have a new value, and some are new."""
    half = (
        f"update t set v = {n}, at = timestamptz '2020-01-01' + interval '1 hour' * {n}, gone = null "
        f"where id % 2 = {n % 2}"
    )
    return [half, rows(ROWS + 50 * n, 50, n)] if n > 1 else [rows(0, ROWS, 1)]


def deleted(n):
    return updated(n) + [f"delete from t where id % 20 = {n % 20}"] * (n > 1)


def flagged(n):
    gone = f"update t set gone = at where id % 20 = {n % 20} and v = {n}"
    return updated(n) + [gone] * (n > 1)


def replaced(n):
    return ["truncate t", rows(0, ROWS + n, n)]


APPEND = {"mode": "append", "cursor": {"column": "id"}}
MERGE = {"mode": "merge", "key": ["id"], "cursor": {"column": "at", "lag": "1 hour"}}


@dataclass
class Case:
    name: str
    config: dict  # of the table in the load
    becomes: object  # n -> statements that make the source's version n - 1 version n
    databases: tuple = EVERY
    args: tuple = ()
    alive: str = "true"  # of the source's rows, which are to be in the table
    beside: tuple = ("starc_loads",)
    watched: bool = False  # a view is fed by what is inserted into it after version 1
    steps: bool = False  # a reader may find it between two versions

    files = {}
    setup = during = states = None

    @property
    def tables(self):
        return {"t": (total, None), **({"seen": (total, None)} if self.watched and not self.steps else {})}


WATCH = (
    "create table {0}.seen (id Int64, v Int64) engine = MergeTree order by id",
    "create materialized view {0}.seen_by to {0}.seen as select id, v from {0}.t",
)


class Anything:
    """What a reader may see where all is allowed."""

    def __contains__(self, _):
        return True


def total(table):
    return f"select count(*), sum(id), sum(v) from {table}"


CASES = [
    Case("append", APPEND, appended),
    Case("append, full refresh", APPEND, appended, args=("--full-refresh",)),
    Case("append in batches", {**APPEND, "batch": 1000}, appended, steps=True),
    Case("merge", MERGE, updated),
    Case("merge in batches", {**MERGE, "batch": 1000, "deletes": "compare"}, deleted, steps=True),
    Case("merge with a flag of deleted rows", {**MERGE, "deleted_at": "gone"}, flagged, alive="gone is null"),
    Case("merge, deleted rows are found out", {**MERGE, "deletes": "compare"}, deleted),
    Case("merge without a cursor", {"mode": "merge", "key": ["id"]}, updated),
    Case(
        "append, a view reads it", APPEND, appended, CLICKHOUSE, beside=("starc_loads", "seen_by"), watched=True
    ),
    Case(
        "merge, a view reads it",
        {**MERGE, "deletes": "compare"},
        deleted,
        CLICKHOUSE,
        beside=("starc_loads", "seen", "seen_by"),
        watched=True,
        steps=True,
    ),
    Case("replace", {"mode": "replace"}, replaced),
    Case("replace by a query", {"mode": "replace", "query": "select * from {schema}.t"}, replaced),
]


class Source:
    """The Postgres that is loaded from."""

    def __enter__(self):
        self.server = PostgresServer().__enter__()
        self.proxy = PostgresProxy(self.server.port).__enter__()
        return self

    def __exit__(self, *_):
        self.proxy.__exit__()
        self.server.__exit__()

    def run(self, schema, *statements):
        """The rows of the last of them; all in one transaction."""
        session = Psql(self.server)
        try:
            for sql in ("begin", f"set local search_path = {schema}", *statements):
                found, error = session.query(sql)
                assert not error, f"{sql}: {error}"
            session.query("commit")
            return found
        finally:
            session.close()


class Subject(run.Subject):
    task, retries = "load", False
    source = None  # a Source, for all

    def __init__(self, case, db, folder, number):
        super().__init__(case, db, folder, number)
        self.known = {}  # n -> (total, all rows, the cursor) of the source
        self.place = f"{db.name}_{self.schema}"
        server = self.source.server
        connection = {
            "type": "postgres",
            "host": "127.0.0.1",
            "port": self.source.proxy.port,
            "user": server.user,
            "password": server.password,
            "dbname": server.dbname,
            "schema": self.place,
        }
        table = {"name": "t", **case.config}
        if "query" in table:
            table["query"] = table["query"].format(schema=self.place)
        load = {"name": "shop", "from": connection, "schema": self.schema, "tables": [table]}
        self.write("loads/shop.yml", json.dumps({"loads": [load]}))
        named = "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}"
        self.write("macros/names.sql", named)

    def version(self, n):
        if n == 1:
            self.source.run("public", f"create schema {self.place}", f"create table {self.place}.t {TABLE}")
        self.source.run(self.place, *self.case.becomes(n))
        self.note(n)

    def note(self, n):
        alive = f"(select * from t where {self.case.alive}) as r"
        (sums,) = self.source.run(self.place, total(alive))
        every = self.source.run(self.place, f"select id, v, pad from {alive} order by id, v, pad collate \"C\"")
        cursor = self.case.config.get("cursor")
        if cursor:
            ((to,),) = self.source.run(self.place, f"select {self.cursor_of('max')} from t")
        self.known[n] = (tuple(int(x) for x in sums), every, to if cursor else "")

    def cursor_of(self, function):
        """The cursor's greatest value as seconds or as it is."""
        column = self.case.config["cursor"]["column"]
        return f"extract(epoch from {function}({column}))::bigint" if column == "at" else f"{function}({column})"

    def expected(self, n):
        t = self.known[n][0] if n else (0, 0, 0)
        before = self.known[1][0] if n else (0, 0, 0)
        return {"t": t, "seen": tuple(x - y for x, y in zip(t, before))}

    def allowed(self, n):
        return {"t": Anything()} if self.case.steps else super().allowed(n)

    def others(self, n):
        if n == 1 and self.case.watched:
            session = self.db.session(self.folder)
            errors = [session.query(sql.format(self.schema))[1] for sql in WATCH]
            session.close()
            assert errors == [None, None], errors

    def first(self):
        why = super().first()
        self.boundaries += 2  # the source is opened between two
        if why is None:
            self.source.proxy.plan()
            code, text = self.build(2)
            self.source_statements = self.source.proxy.seen
            why = text if code else None
        return why

    # --- what is told

    def record(self, midway=False):
        """What is wrong with starc_loads and the table that is there. midway: rows may have come, and no word of it."""
        name, record = (self.db.table(self.schema, t) for t in ("t", "starc_loads"))
        postgres = self.db.name == "postgres"
        cursor = self.case.config.get("cursor", {}).get("column")
        to = "cursor_to"
        if cursor == "at":
            to = "extract(epoch from cursor_to::timestamptz)::bigint" if postgres else (
                "toUnixTimestamp(parseDateTime64BestEffort(cursor_to, 6, 'UTC'))"
            )
        ours = f"'{name}'::regclass::oid::text" if postgres else (
            f"(select toString(uuid) from system.tables where database = '{self.schema}' and name = 't')"
        )
        known = f"(select max(ended_at) from {record} where relation_id = {ours})"
        statements = [
            f"select count(*) from {record} where relation_id = {ours}",
            f"select {to} from {record} where relation_id = {ours} order by ended_at desc limit 1",
            f"select sum(rows), (select count(*) from {name}) from {record} where ended_at <= {known}",
            f"select id, v, pad from {name} order by id, v, pad" + (' collate "C"' if postgres else ""),
        ]
        session = self.db.session(self.folder)
        answers = (
            session.queries(statements) if hasattr(session, "queries") else [session.query(s) for s in statements]
        )
        session.close()
        errors = [f"record: {e}" for _, e in answers if e]
        if errors:
            return errors, None
        (own,), to, (sums,), every = (rows for rows, _ in answers)
        wrong = [] if int(own[0]) else ["record: the table that is there has no row in starc_loads"]
        for version, (_, theirs, at) in self.known.items():
            if every == theirs and cursor and to and to[0][0] != at and self.case.alive == "true" and not midway:
                wrong.append(f"record: cursor_to is {to[0][0]}, and the table is at {at}")
        if self.case.config["mode"] == "append" and not self.case.args and not self.case.watched and sums[0] != sums[1]:
            wrong.append(f"record: loads brought {sums[0]} rows, and the table has {sums[1]}")
        return wrong, every

    def look(self):
        wrong = super().look()
        more, every = self.record()
        if every is not None and every != self.known[self.n][1]:
            wrong.append(f"rows: not those of the source: {len(every)}, not {len(self.known[self.n][1])}")
        return wrong + more

    def after_fault(self, n, kind):
        wrong = super().after_fault(n, kind)
        more, every = self.record(midway=self.case.watched)
        self.note(n)  # the source may have other columns since
        if every is not None and not self.case.steps and every not in (self.known[n - 1][1], self.known[n][1]):
            wrong.append(f"gap: the table is neither the old one nor the new one: {len(every)} rows")
        return wrong + more

    # --- faults

    def plans(self, kind):
        if kind == "disk full" and self.db.name != "embedded":
            return []
        if kind.removeprefix("source ") in run.AT_STATEMENTS and kind.startswith("source "):
            return range(1, self.source_statements + 1)
        return super().plans(kind)

    @contextlib.contextmanager
    def fault(self, kind, where, rng):
        what = kind.removeprefix("source ")
        if what == kind:
            with super().fault(kind, where, rng) as env:
                yield env
            return
        change = None
        if what in run.AT_STATEMENTS:
            self.source.proxy.plan(what, where)
        elif what in ("altered", "rewritten"):
            change = threading.Thread(target=self.change, args=(what, where, rng.uniform(0, self.seconds)))
            change.start()
            if where % 2:  # the load comes while it is being changed
                time.sleep(0.2)
        try:
            yield {}
        finally:
            self.source.proxy.plan()
            if change:
                change.join()

    def change(self, what, where, moment):
        """Somebody changes the source's table: at a moment, or for a while that began before."""
        if where % 2 == 0:
            time.sleep(moment)
        column = f"c{time.monotonic_ns()}"
        sql = "alter table t alter column pad type text using pad || ''"
        if what == "altered":
            sql = f"alter table t add column {column} int default 5"
        self.source.run(self.place, sql, *["select pg_sleep(1)"] * (where % 2))

    def at_a_moment(self, kind, process, rng, holder):
        if kind == "source cut at random":
            time.sleep(rng.uniform(0, self.seconds))
            self.source.proxy.drop()
        else:
            super().at_a_moment(kind, process, rng, holder)


def main():
    with Source() as Subject.source:
        return run.main(CASES, Subject, KINDS, few=40, many=500, few_cases=2)


if __name__ == "__main__":
    sys.exit(main())
