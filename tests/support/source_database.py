"""A database of a Postgres that loads read, and the answers of psql in it.

with SourceDatabase(server) as source: source("insert into ..."), source.rows("select ..."), source.load(tables)
"""

import itertools, json, os, subprocess

_numbers = itertools.count(1)


class SourceDatabase:
    def __init__(self, server):
        self.server, self.name = server, f"source_{os.getpid()}_{next(_numbers)}"

    def __enter__(self):
        self("create database " + self.name, database=self.server.dbname)
        return self

    def __exit__(self, *_):
        self(f"drop database {self.name} with (force)", database=self.server.dbname)

    def __call__(self, script, database=None, **more):
        """What psql prints."""
        env = {**os.environ, "PGPASSWORD": self.server.password, "PGOPTIONS": "-c client_min_messages=warning"}
        done = subprocess.run(
            ["psql", "-X", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.server.port)]
            + ["-U", self.server.user, database or self.name],
            input=script,
            capture_output=True,
            text=True,
            env=env,
            timeout=120,
            **more,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, query):
        """As starc's own answers: a dict for each row."""
        text = self(f"select coalesce(json_agg(to_json(q)), '[]') from ({query}) as q")
        return json.loads(text)

    def connection(self, **more):
        """`from:` of a load."""
        return {
            "type": "postgres",
            "host": "127.0.0.1",
            "port": self.server.port,
            "user": self.server.user,
            "password": self.server.password,
            "dbname": self.name,
            "schema": "public",
            **more,
        }

    def load(self, tables, name="shop", schema="raw", **more):
        """The text of a file of loads."""
        return json.dumps(
            {"loads": [{"name": name, "from": self.connection(), "schema": schema, "tables": tables, **more}]}
        )
