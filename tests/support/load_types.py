"""Columns from one real database into another: the table of types, the values that arrive, what is refused."""

import os
import pathlib
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from servers import postgres_bin

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / os.environ.get("BUILD", "build") / "tests/load_text"


class Refused(Exception):
    """A row that does not go; the text is the program's or the database's."""


def load_text(*args, data=b""):
    p = subprocess.run([str(PROGRAM), *map(str, args)], input=data, capture_output=True, timeout=300)
    if p.returncode == 1:
        raise Refused(p.stdout.decode(errors="replace").strip().splitlines()[-1])
    assert p.returncode == 0, (args, p.returncode, p.stderr)
    return p.stdout


class Postgres:
    kind = "postgres"

    def __init__(self, server):
        self.server = server
        self.session, _, self.catalog_type = load_text("rules", self.kind).decode().split("\n")[:3]

    def psql(self, *statements, data=None):
        env = {**os.environ, "PGPASSWORD": self.server.password, "PGOPTIONS": "-c client_min_messages=warning"}
        command = [f"{postgres_bin()}/psql", "-h", "127.0.0.1", "-p", str(self.server.port), "-U", self.server.user]
        command += ["-d", self.server.dbname, "-qAtX", "-v", "ON_ERROR_STOP=1"]
        for statement in statements:
            command += ["-c", statement]
        p = subprocess.run(command, input=data, capture_output=True, env=env, timeout=300)
        if p.returncode:
            raise Refused(p.stderr.decode(errors="replace"))
        return p.stdout

    run = psql

    def types(self, table):
        """Name, type and whether it takes NULL, of each column."""
        out = self.psql(
            f"select a.attname || E'\\t' || {self.catalog_type} || E'\\t' || (not a.attnotnull)::int "
            f"from pg_attribute as a where a.attrelid = '{table}'::regclass and a.attnum > 0 order by a.attnum"
        )
        return [line.split("\t") for line in out.decode().splitlines()]

    def read(self, table, expressions):
        return self.psql(self.session, f"copy (select {', '.join(expressions)} from {table} ) to stdout")

    def create(self, table, columns, *more):
        self.psql(f"drop table if exists {table}", f"create table {table} ({', '.join(columns)})", *more)

    def write(self, table, lines):
        self.psql("set client_encoding to 'UTF8'", f"copy {table} from stdin", data=lines)

    def quote(self, name):
        return '"' + name.replace('"', '""') + '"'


class ClickHouse:
    kind = "clickhouse"

    def __init__(self, server):
        self.server = server
        _, settings, self.catalog_type = load_text("rules", self.kind).decode().split("\n")[:3]
        self.settings = dict(urllib.parse.parse_qsl(settings, keep_blank_values=True))

    def run(self, statement, data=b"", **settings):
        if isinstance(statement, str):
            statement = statement.encode()
        url = f"http://127.0.0.1:{self.server.port}/?" + urllib.parse.urlencode(
            {"allow_suspicious_low_cardinality_types": 1, "input_format_tsv_detect_header": 0, "input_format_null_as_default": 0, **settings}
        )
        request = urllib.request.Request(url, statement + (b"\n" + data if data else b""), method="POST")
        request.add_header("X-ClickHouse-User", self.server.user)
        request.add_header("X-ClickHouse-Key", self.server.password)
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                return answer.read()
        except urllib.error.HTTPError as e:
            raise Refused(e.read().decode(errors="replace")) from None

    def types(self, table):
        nullable = "a.type like 'Nullable(%' or a.type like 'LowCardinality(Nullable(%'"
        out = self.run(
            f"select a.name, {self.catalog_type}, {nullable} from system.columns as a "
            f"where a.database = 'default' and a.table = '{table}' order by a.position format TabSeparatedRaw"
        )
        return [line.split("\t") for line in out.decode().splitlines()]

    def read(self, table, expressions):
        query = f"select {', '.join(expressions)} from default.{table} format TabSeparated"
        return self.run(query, **self.settings)

    def create(self, table, columns):
        self.run(f"drop table if exists default.{table}")
        self.run(f"create table default.{table} ({', '.join(columns)}) engine = MergeTree order by tuple()")

    def write(self, table, lines):
        self.run(f"insert into default.{table} format TabSeparated", lines)

    def quote(self, name):
        return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def carry(source, table, target, wanted={}):
    """Reads a table of the source, as lines for the target. `wanted`: types given by hand. Returns the names and
    types that its columns have there, and the lines."""
    columns = source.types(table)
    given = "".join(f"{type}\t{nullable}\t{wanted.get(column, '')}\n" for column, type, nullable in columns)
    answers = load_text("types", source.kind, target.kind, data=given.encode()).decode().split("\n")
    types, reads = [], []
    for (column, type, _), line in zip(columns, answers):
        to, read, why = line.split("\t")
        if not to:
            raise Refused(f"{column} {type}: {why}")
        types.append((column, to))
        reads.append(read.replace("@c@", source.quote(column)))
    lines = source.read(table, reads)
    with tempfile.NamedTemporaryFile("w") as f:
        f.write(given)
        f.flush()
        return types, load_text("lines", source.kind, target.kind, f.name, data=lines)


def move(source, table, target, name, wanted={}):
    """Brings a table of the source into the target under a name. Returns the types of its columns there."""
    types, lines = carry(source, table, target, wanted)
    target.create(name, [f"{target.quote(column)} {type}" for column, type in types])
    target.write(name, lines)
    return [type for _, type in types]
