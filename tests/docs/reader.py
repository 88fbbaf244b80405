"""Who follows a page: a folder, a shell's variables, the servers that the page speaks of. In: steps (page.py). Out: what
commands printed. Servers are on loopback, on free ports: 5432 and 8123 of a page are theirs here."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from servers import ClickHouseServer, PostgresServer, free_port, postgres_bin  # noqa: E402

STARC = os.environ.get("STARC") or str(ROOT / "build/starc")
LIBCHDB = os.environ.get("STARC_LIBCHDB") or str(ROOT / "build/chdb/libchdb.so")
LIMIT_S = 120
SHELL = """. "$STATE/env"; cd "$(cat "$STATE/cwd")" || exit 99
trap 'code=$?; pwd > "$STATE/cwd"; export -p > "$STATE/env"; exit $code' EXIT
{command}
"""
CHINOOK = ("models", "schemas", "seeds", "macros", "checks", "project.yml", "profiles.yml", "schemas.lock.json")
PROFILES = {
    "embedded": "type: clickhouse, driver: embedded, path: .starc/warehouse, schema: analytics, threads: 2",
    "postgres": "type: postgres, host: 127.0.0.1, port: {pg.port}, user: {pg.user}, password: {pg.password}, "
    "dbname: {pg.dbname}, schema: analytics, threads: 2",
    "clickhouse": "type: clickhouse, host: 127.0.0.1, port: {ch.port}, user: {ch.user}, password: {ch.password}, "
    "schema: analytics, threads: 2",
}


class Staying:
    """A command that stays: its lines are kept as they come."""

    def __init__(self, words, folder, env):
        self.lines = []
        self.process = subprocess.Popen(words, cwd=folder, env=env, text=True, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)  # fmt: skip
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def wait(self, enough, limit=60):
        """Until enough(lines) holds or it has ended."""
        end = time.monotonic() + limit
        while time.monotonic() < end and self.process.poll() is None and not enough(self.lines):
            time.sleep(0.05)
        return list(self.lines)

    def end(self):
        """As Ctrl-C does."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.thread.join(5)


class Reader:
    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="starc-docs-"))
        self.state = pathlib.Path(tempfile.mkdtemp(prefix="starc-docs-state-"))
        self.pg = self.ch = self.staying = None
        self.serve_port = free_port()
        self.folder = self.home
        self.projects = 0
        self.then, self.rendered = "", None
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "PG", "STARC"))}
        kept |= {"PATH": f"{os.path.dirname(STARC)}:{postgres_bin()}:{os.environ['PATH']}", "HOME": str(self.home)}
        kept |= {"NO_COLOR": "1", "STARC_LIBCHDB": LIBCHDB, "STARC_TESTS": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        self.base = kept | {"STATE": str(self.state)}
        self.at(self.home)
        (self.state / "env").write_text("")
        (self.home / ".curlrc").write_text("silent\nshow-error\n")  # as on a terminal

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        for server in (self.pg, self.ch):
            if server:
                server.__exit__(None, None, None)
        for folder in (self.home, self.state):
            shutil.rmtree(folder, ignore_errors=True)

    def at(self, folder):
        (self.state / "cwd").write_text(f"{folder}\n")

    def end(self):
        if self.staying:
            self.staying.end()
            self.staying = None

    # --- the page's numbers and those here

    def here(self, text, command=False):
        if self.pg:
            text = text.replace("5432", str(self.pg.port))
        serving = command and self.staying
        if serving or self.ch:
            text = text.replace("8123", str(self.serve_port if serving else self.ch.port))
            text = re.sub(r"\blocalhost:(?=\d)", "127.0.0.1:", text)
        return text.replace("host: localhost", "host: 127.0.0.1") if self.pg or self.ch else text

    def there(self, text):
        for port, said in (
            (self.serve_port, "8123"),
            (self.ch and self.ch.port, "8123"),
            (self.pg and self.pg.port, "5432"),
        ):
            if port:
                text = text.replace(str(port), said)
        now = (self.state / "cwd").read_text().strip()
        return text.replace(f"{now}/", "").replace(f"{self.folder}/", "").replace(str(self.home), "~")

    # --- steps

    def project(self, what):
        """`empty`, `plain` (a project file and a profile), `chinook` (the bundled project), `clone` (seeds and examples);
        behind it the servers, of which the first is plain's target."""
        kind, *servers = what.split()
        self.end()
        self.projects += 1
        self.then, self.rendered = "", None
        self.folder = self.home / f"page{self.projects}"
        self.folder.mkdir()
        self.at(self.folder)
        if "postgres" in servers and not self.pg:
            self.pg = PostgresServer().__enter__()
            self.base |= {"PGHOST": "127.0.0.1", "PGPORT": str(self.pg.port), "PGUSER": self.pg.user}
            self.base |= {"PGPASSWORD": self.pg.password}
        if "clickhouse" in servers and not self.ch:
            self.ch = ClickHouseServer(user="default", password="secret").__enter__()
            self.base |= {"CLICKHOUSE_PORT": str(self.ch.port), "CLICKHOUSE_USER": self.ch.user}
        made = shutil.ignore_patterns("target", "logs", ".starc")
        if kind == "plain":
            first = servers[0] if servers else "embedded"
            dev = PROFILES[first].format(pg=self.pg, ch=self.ch)
            self.file("dbt_project.yml", "name: shop\nversion: '1.0.0'\nprofile: shop\n")
            self.file("profiles.yml", f"shop:\n  target: dev\n  outputs:\n    dev: {{{dev}}}\n")
        elif kind == "chinook":
            for name in CHINOOK:
                copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
                copy(ROOT / name, self.folder / name)
        elif kind == "clone":
            shutil.copytree(ROOT / "seeds", self.folder / "seeds")
            shutil.copytree(ROOT / "examples", self.folder / "examples", ignore=made)
        elif kind != "empty":
            raise ValueError(f"no such project: {kind}")

    def file(self, path, text, more=False):
        target = pathlib.Path((self.state / "cwd").read_text().strip()) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "a" if more else "w") as f:
            f.write(self.here(text))

    def script(self, command):
        return ["bash", "-c", SHELL.format(command=self.here(command, command=True))]

    def command(self, command, given=""):
        """(exit code, lines) of a shell's command. What it does to folder and variables stays."""
        p = subprocess.run(self.script(command), env=self.base, input=given, text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=LIMIT_S)  # fmt: skip
        return p.returncode, self.there(p.stdout).splitlines()

    def stay(self, command, enough, meanwhile):
        """Begins a command that stays until the next such one, or the next project; its lines once enough(lines) holds. What stands
        before the colon of `meanwhile` is waited for; then the rest is run beside it."""
        self.end()
        command = re.sub(r"\bstarc serve\b", f"exec starc serve --port {self.serve_port}", command)
        self.staying = Staying(["bash", "-c", SHELL.format(command=self.here(command))], None, self.base)
        if meanwhile:
            word, _, then = meanwhile.partition(":")
            self.staying.wait(lambda lines: any(word.strip() in line for line in lines))
            time.sleep(0.3)
            subprocess.run(self.script(then), env=self.base, check=True, timeout=LIMIT_S)
        lines = self.staying.wait(lambda lines: enough(self.there("\n".join(lines)).splitlines()))
        return self.there("\n".join(lines)).splitlines()
