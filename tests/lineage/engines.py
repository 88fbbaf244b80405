"""The real engines, in this process: Postgres by libpq, ClickHouse by libchdb. open_engine(kind) is a context; what it
gives has run(sql) -> rows of texts, use(world), and a type for each kind of column."""

import contextlib, ctypes, ctypes.util, pathlib, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import chdb
from servers import PostgresServer


class Refused(Exception):
    pass


class Postgres:
    kind = "postgres"
    types = {"int": "int", "text": "text", "date": "date", "bool": "boolean", "arr": "int[]", "json": "jsonb"}
    setup = ["set statement_timeout = '3s'", "set jit = off", "set client_min_messages = error"]

    def __init__(self, server):
        self.pq = pq = ctypes.CDLL(ctypes.util.find_library("pq"))
        pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
        for name, result, args in (
            ("connectdb", pointer, [text]), ("exec", pointer, [pointer, text]), ("resultStatus", number, [pointer]),
            ("resultErrorMessage", text, [pointer]), ("ntuples", number, [pointer]), ("nfields", number, [pointer]),
            ("getvalue", text, [pointer, number, number]), ("getisnull", number, [pointer, number, number]),
            ("clear", None, [pointer]), ("finish", None, [pointer]),
        ):  # fmt: skip
            f = getattr(pq, "PQ" + name)
            f.restype, f.argtypes = result, args
        to = f"host=127.0.0.1 port={server.port} user={server.user} password={server.password} dbname={server.dbname}"
        self.connection = pq.PQconnectdb(to.encode())

    def run(self, sql):
        pq, result = self.pq, self.pq.PQexec(self.connection, sql.encode())
        try:
            if pq.PQresultStatus(result) not in (1, 2):  # done, with or without rows
                raise Refused((pq.PQresultErrorMessage(result) or b"").decode())
            get, null, width = pq.PQgetvalue, pq.PQgetisnull, range(pq.PQnfields(result))
            return [
                tuple(None if null(result, i, k) else get(result, i, k) for k in width)
                for i in range(pq.PQntuples(result))
            ]
        finally:
            pq.PQclear(result)

    def create_world(self, world):
        self.run(f"create schema {world}")

    def drop_world(self, world):
        self.run(f"drop schema {world} cascade")

    def use(self, world):
        self.run(f"set search_path = {world}")

    def column(self, name, of):
        return f"{name} {self.types[of]}{' primary key' if name == 'id' else ''}"

    def literal(self, value, of):
        if value is None:
            return "null"
        if of == "arr":
            return f"'{{{', '.join(map(str, value))}}}'"
        if of == "json":
            return "'" + str(value).replace("'", '"') + "'"
        return str(value) if of in ("int", "bool") else f"'{value}'"

    def create(self, table, columns, rows):
        self.run(f"create table {table} ({', '.join(self.column(*c) for c in columns.items())})")
        values = [", ".join(self.literal(v, of) for v, of in zip(row, columns.values())) for row in rows]
        if values:
            self.run(f"insert into {table} values ({'), ('.join(values)})")

    def lineage(self, query, question):
        """The answer to the question of `query` as a view."""
        self.run("begin")
        try:
            self.run(f"create view viewed as {query}")
            return self.run(question("postgres", "", self.world(), "viewed"))[0][0]
        finally:
            self.run("rollback")

    def world(self):
        return self.run("select current_schema()")[0][0].decode()

    def close(self):
        self.pq.PQfinish(self.connection)


class ClickHouse:
    kind = "clickhouse"
    types = {
        "int": "Nullable(Int32)", "text": "Nullable(String)", "date": "Nullable(Date32)", "bool": "Nullable(Bool)",
        "arr": "Array(Int32)", "map": "Map(String, Int32)",
    }  # fmt: skip
    # Compiling pays for many rows only.
    compiling = ["compile_expressions", "compile_aggregate_expressions", "compile_sort_description"]
    setup = ["set max_execution_time = 3", "set max_threads = 1", *(f"set {c} = 0" for c in compiling)]

    def __init__(self, folder):
        self.connection = chdb.Library(chdb.find()).open(folder)

    def run(self, sql, form=b"TabSeparated"):
        try:
            text, _ = self.connection.run(sql.encode(), form)
        except chdb.EngineError as e:
            raise Refused(str(e)) from None
        return [tuple(line.split(b"\t")) for line in text.split(b"\n")[:-1]]

    def create_world(self, world):
        self.run(f"create database {world} engine = Memory")

    def drop_world(self, world):
        self.run(f"drop database {world}")

    def use(self, world):
        self.run(f"use {world}")

    def literal(self, value, of):
        if value is None:
            return "null"
        if of == "map":
            return "map(" + ", ".join(f"'{k}', {v}" for k, v in value.items()) + ")" if value else "map()"
        return str(value) if of in ("int", "bool", "arr") else f"'{value}'"

    def create(self, table, columns, rows):
        tuple_of = [c for c in columns if c.startswith("tu.")]
        made = [
            f"{c} {'Int32' if c in ('id', 'g') else self.types[t]}" for c, t in columns.items() if c not in tuple_of
        ]
        if tuple_of:
            made.append("tu Tuple(p Int32, q String)")
        values = []
        for row in rows:
            texts = {c: self.literal(v, of) for v, (c, of) in zip(row, columns.items())}
            parts = [texts.pop(c) for c in tuple_of]
            values.append(", ".join([*texts.values(), *([f"({', '.join(parts)})"] if parts else [])]))
        made = ", ".join(made)
        if values:
            structure = made.replace("'", "\\'")
            filled = f"select * from values('{structure}', ({'), ('.join(values)}))"
            self.run(f"create table {table} ({made}) engine = Memory as {filled}")
        else:
            self.run(f"create table {table} ({made}) engine = Memory")
        if "id" in columns:
            self.create_dictionary(
                table, {c: t for c, t in columns.items() if t in ("int", "text") and c not in tuple_of}
            )

    def create_dictionary(self, table, columns):
        """d_TABLE, over the table."""
        attributes = [f"{c} {self.types[t]}" for c, t in columns.items() if c not in ("id", "g")]
        self.run(
            f"create dictionary d_{table} (id UInt64, {', '.join(attributes)}) primary key id "
            f"source(clickhouse(table '{table}')) layout(hashed()) lifetime(0)"
        )

    def lineage(self, query, question):
        text, _ = self.connection.run(question("clickhouse", query).encode(), b"TSVRaw")
        return text

    def close(self):
        self.connection.close()


@contextlib.contextmanager
def open_engine(kind):
    if kind == "postgres":
        with PostgresServer("autovacuum=off", "shared_buffers=64MB") as server:
            engine = Postgres(server)
            for statement in engine.setup:
                engine.run(statement)
            yield engine
            engine.close()
    else:
        with tempfile.TemporaryDirectory(prefix="starc-lineage-") as folder:
            engine = ClickHouse(folder)
            for statement in engine.setup:
                engine.run(statement)
            yield engine
            engine.close()
