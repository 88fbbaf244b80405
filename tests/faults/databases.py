"""The databases of the fault tests: a profile for starc, a way to look, a proxy in between."""

import contextlib, http.client, json, os, pathlib, socket, subprocess, sys, time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from proxy import HttpProxy, PostgresProxy
from servers import ClickHouseServer, PostgresServer, postgres_bin


class Psql:
    """A session that stays open."""

    def __init__(self, pg):
        env = {**os.environ, "PGPASSWORD": pg.password, "PGCONNECT_TIMEOUT": "10"}
        self.p = subprocess.Popen(
            [f"{postgres_bin()}/psql", "-XAtq", "-h", "127.0.0.1", "-p", str(pg.port), "-U", pg.user, "-d", pg.dbname],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=env,
        )

    def query(self, sql):
        """(rows as lists of text, error text or None)."""
        self.p.stdin.write(sql + ";\n\\echo __end__\n")
        self.p.stdin.flush()
        rows, error = [], None
        for line in self.p.stdout:
            line = line.rstrip("\n")
            if line == "__end__":
                return rows, error
            if line.startswith(("ERROR:", "FATAL:", "psql:")):
                error = error or line
            elif not error:
                rows.append(line.split("|"))
        return rows, error or "psql ended"

    def close(self):
        self.p.stdin.close()
        self.p.wait()


class Http:
    def __init__(self, ch):
        self.ch, self.conn = ch, http.client.HTTPConnection("127.0.0.1", ch.port, timeout=60)

    def query(self, sql):
        self.conn.request(
            "POST", "/", sql.encode(), {"X-ClickHouse-User": self.ch.user, "X-ClickHouse-Key": self.ch.password}
        )
        answer = self.conn.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            return [], text.strip()[:300]
        return [line.split("\t") for line in text.splitlines()], None

    def close(self):
        self.conn.close()


class Postgres:
    name, fault_kinds = "postgres", ("cut-before", "cut-after", "cut-middle", "truncate", "delay")

    def __enter__(self):
        self.server = PostgresServer().__enter__()
        self.proxy = PostgresProxy(self.server.port).__enter__()
        return self

    def __exit__(self, *_):
        self.proxy.__exit__()
        self.server.__exit__()

    def profile(self, schema, folder):
        s = self.server
        return {
            "type": "postgres",
            "host": "127.0.0.1",
            "port": self.proxy.port,
            "user": s.user,
            "password": s.password,
            "dbname": s.dbname,
            "schema": schema,
            "threads": 2,
            "retries": 0,
        }

    def session(self, folder):
        return Psql(self.server)

    def beside(self, folder):
        """A session of a reader who reads while the program works; None: there can be none."""
        return self.session(folder)

    def holder(self, subject):
        """A process that has the database while the program works; it can be killed."""
        return contextlib.nullcontext()

    def table(self, schema, name):
        return f'"{schema}"."{name}"'

    def relations(self, schema):
        return (
            f"select relname from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = '{schema}' "
            "and relkind in ('r', 'v', 'm', 'p', 'f')"
        )


class ClickHouse(Postgres):
    name, fault_kinds, more = "http", ("cut-before", "cut-after", "cut-middle", "truncate", "delay", "exception"), ()

    def __enter__(self):
        self.server = ClickHouseServer(*self.more).__enter__()
        self.proxy = HttpProxy(self.server.port).__enter__()
        return self

    def profile(self, schema, folder):
        s = self.server
        return {
            "type": "clickhouse",
            "driver": "http",
            "host": "127.0.0.1",
            "port": self.proxy.port,
            "user": s.user,
            "password": s.password,
            "schema": schema,
            "threads": 2,
        }

    def session(self, folder):
        return Http(self.server)

    def table(self, schema, name):
        return f"`{schema}`.`{name}`"

    def relations(self, schema):
        return f"select name from system.tables where database = '{schema}'"


class Cluster(ClickHouse):
    """One node that is a cluster."""

    name, more = "cluster", ("--cluster", "one")

    def profile(self, schema, folder):
        return {**super().profile(schema, folder), "cluster": "one"}


class Look:
    """Reads an embedded warehouse that nobody has open, each time by a process of its own."""

    def __init__(self, folder):
        self.folder = folder

    def queries(self, statements):
        p = subprocess.run(
            [sys.executable, str(HERE / "look.py"), str(self.folder)],
            input=json.dumps(statements),
            capture_output=True,
            text=True,
            env={k: v for k, v in os.environ.items() if k != "LD_PRELOAD"},
        )
        if p.returncode:
            return [([], p.stderr.strip()[-300:])] * len(statements)
        return [(rows, error) for rows, error in json.loads(p.stdout)]

    def query(self, sql):
        return self.queries([sql])[0]

    def close(self):
        pass


class Embedded(ClickHouse):
    """No proxy, and no reader beside the program: it has the folder."""

    name, fault_kinds, proxy = "embedded", (), None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def profile(self, schema, folder):
        return {"type": "clickhouse", "driver": "embedded", "path": ".starc/warehouse", "schema": schema, "threads": 2}

    def session(self, folder):
        return Look(folder / ".starc/warehouse")

    def beside(self, folder):
        return None


class Through:
    """Reads an embedded warehouse through the process that has it, as another starc does. Between two such processes,
    and while none is there, nothing is read."""

    def __init__(self, folder):
        self.path = folder / "starc.socket"

    def query(self, sql):
        """As Psql.query; (None, None): there was nobody to ask."""
        conn = http.client.HTTPConnection("localhost", timeout=60)
        conn.sock = socket.socket(socket.AF_UNIX)
        try:
            conn.sock.connect(str(self.path))
            conn.request("POST", "/", sql.encode())
            answer = conn.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException):
            return None, None
        finally:
            conn.close()
        if answer.getheader("X-Starc-Ending"):
            return None, None
        if answer.status != 200 or "__exception__" in text:
            return [], text.strip()[:300]
        return [line.split("\t") for line in text.splitlines()], None

    def close(self):
        pass


class Shared(Embedded):
    """The embedded warehouse while `starc serve` has it: what builds goes through that process, and a reader reads
    beside it. Either can be killed."""

    name = "shared"

    @contextlib.contextmanager
    def holder(self, subject):
        """A process that has the folder."""
        folder, socket_path = subject.folder, subject.folder / ".starc/warehouse/starc.socket"
        said = folder / "serve.txt"
        with said.open("w") as out:
            p = subprocess.Popen([subject.starc, "serve", "--port", "0", "--no-password"], cwd=folder, stdout=out, stderr=out)
        try:
            until = time.time() + 30
            while "Serving" not in said.read_text() or not socket_path.exists():
                assert p.poll() is None and time.time() < until, said.read_text()
                time.sleep(0.01)
            yield p
        finally:
            p.terminate()
            p.wait()

    def beside(self, folder):
        return Through(folder / ".starc/warehouse")


DATABASES = {d.name: d for d in (Postgres, ClickHouse, Cluster, Embedded, Shared)}
