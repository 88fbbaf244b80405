"""docs/pipeline.md, the chapter of services: compose.yml by hand, on servers of its own; what
its commands print is what the page says. tests/docs runs the other chapters."""

import os, re, shlex, shutil, signal, subprocess

import pytest, yaml
from conftest import ROOT, STARC, needs_embedded
from servers import ClickHouseServer, PostgresServer, free_port, postgres_bin

pytestmark = needs_embedded
PAGE = (ROOT / "docs/pipeline.md").read_text()


def blocks(page):
    """(language, text) of each, in order."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page, re.M | re.S)


def plain(line):
    """Without what differs from run to run: times, the order of nodes, how wide columns are."""
    line = re.sub(r"\b\d\d:\d\d:\d\d\b", "T", line)
    line = re.sub(r"\b\d+\.\d+ ?s\b", "Ns", line)
    line = re.sub(r"^T +\d+ of ", "T N of ", line)
    return " ".join(line.split())


class Reader:
    """Who follows the page: a shell's folder and variables, and a `starc serve` in another terminal."""

    def __init__(self, folder, postgres, clickhouse):
        self.folder, self.pg, self.ch, self.serving = folder, postgres, clickhouse, None
        self.serve_port = free_port()
        path = f"{os.path.dirname(STARC)}:{postgres_bin()}:{os.environ['PATH']}"
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "PG"))}
        self.env |= {"PATH": path, "HOME": str(folder), "NO_COLOR": "1", "CLICKHOUSE_PORT": str(clickhouse.port)}
        self.env |= {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGUSER": postgres.user}
        self.env |= {"PGPASSWORD": postgres.password, "CLICKHOUSE_USER": clickhouse.user}

    def here(self, text):
        text = text.replace("5432", str(self.pg.port)).replace("localhost:8123", f"127.0.0.1:{self.serve_port}")
        return text.replace("host: localhost", "host: 127.0.0.1")

    def there(self, text):
        """What was printed, as on the page."""
        text = text.replace(str(self.serve_port), "8123").replace(str(self.pg.port), "5432")
        return text.replace(f"{self.folder}/", "")

    def sql(self, text):
        self.command("psql -q -v ON_ERROR_STOP=1 -d store", given=text)

    def command(self, line, given=None):
        words = shlex.split(line)
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self.env[name] = value
            return ""
        if words[0] == "cd":
            self.folder = self.folder / words[1]
            return ""
        if words[:2] == ["docker", "compose"]:
            return self.compose(*words[2:])
        if words[:2] == ["starc", "serve"]:
            return self.serve(words[2:])
        p = subprocess.run(["bash", "-c", self.here(line)], cwd=self.folder, env=self.env, input=given or "",
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)  # fmt: skip
        assert p.returncode == 0, f"{line}\n{p.stdout}"
        return p.stdout

    def serve(self, options, env={}):
        self.serving = subprocess.Popen([STARC, "serve", "--port", str(self.serve_port), *options], cwd=self.folder,
                                        env=self.env | env, stdout=subprocess.PIPE, text=True)  # fmt: skip
        said = ""
        for line in self.serving.stdout:
            said += line
            if line.startswith("Press Ctrl+C"):
                return said
        raise AssertionError(said)

    # --- compose.yml, by hand: the commands of its services, with their variables, on this machine

    def compose(self, verb, *words):
        name = next(w for w in words if not w.startswith("-"))
        if verb == "run":
            return self.service(name, words[words.index(name) + 1 :])
        assert verb == "up", verb
        return self.service(name)

    def service(self, name, command=()):
        """Starts a service after those that it depends on; what it prints."""
        service = yaml.safe_load((self.folder / "compose.yml").read_text())["services"][name]
        for other in service.get("depends_on", {}) if not self.serving else ():
            self.service(other)
        filled = lambda v: re.sub(r"\$\{(\w+):-(.*?)\}", lambda m: self.env.get(m[1], m[2]), v)
        if service["image"].startswith("postgres:"):
            return self.database(service)
        if service["image"].startswith("clickhouse/"):
            return ""  # self.ch, with the same password
        env = {k: filled(v) for k, v in service["environment"].items()}
        for variable, port in (("STORE", self.pg.port), ("CLICKHOUSE", self.ch.port)):
            if variable + "_HOST" in env:
                env |= {variable + "_HOST": "127.0.0.1", variable + "_PORT": str(port)}
        words = list(command) or service["command"].split()
        assert service["image"].startswith("starc:") and service["volumes"] == [".:/project"]
        if words[0] == "serve":
            at = words.index("--bind")
            assert words[at + 1] == name  # the one name, beside localhost, under which it may be asked
            return self.serve(words[1:at], env)
        p = subprocess.run([STARC, *words], cwd=self.folder, env=self.env | env, capture_output=True, text=True)
        assert p.returncode == 0, p.stdout + p.stderr
        return p.stdout

    def database(self, service):
        """What the image of Postgres does when its data folder is empty: a user, a database, the scripts."""
        env = service["environment"]
        user, place = env["POSTGRES_USER"], dict(reversed(v.split(":")[:2]) for v in service["volumes"])
        psql = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        run = lambda *a, **more: subprocess.run([*psql, *a], env=self.env | more, check=True, capture_output=True)
        asked = subprocess.run([*psql, "-Atc", f"select 1 from pg_roles where rolname = '{user}'"], env=self.env,
                               capture_output=True, text=True)  # fmt: skip
        if asked.stdout.strip():
            return ""
        run("-c", f"create role {user} superuser login password '{env['POSTGRES_PASSWORD']}'")
        run("-c", f"create database {env['POSTGRES_DB']} owner {user}")
        who = {"PGUSER": user, "PGPASSWORD": env["POSTGRES_PASSWORD"], "PGDATABASE": env["POSTGRES_DB"]}
        script = next(k for k in place if k.startswith("/docker-entrypoint-initdb.d/"))
        run("-v", f"seeds={self.folder / place['/seeds']}", "-f", str(self.folder / place[script]), **who)
        return ""


@pytest.fixture
def reader(tmp_path):
    with PostgresServer() as pg, ClickHouseServer(user="default", password="secret") as ch:
        r = Reader(tmp_path, pg, ch)
        (tmp_path / "seeds").symlink_to(ROOT / "seeds")
        made = shutil.ignore_patterns("target", "logs", ".starc")
        shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=made)
        yield r
        if r.serving:
            r.serving.send_signal(signal.SIGINT)
            r.serving.wait(60)


def follow(reader, page):
    """Runs the page; (command, line) of each line that the page shows and the command did not print."""
    missing = []
    for language, text in blocks(page):
        first, _, rest = text.partition("\n")
        file = re.fullmatch(r"(?:#|--) ([\w./]+\.\w+)", first)
        if language in ("yaml", "sql") and file:
            path = reader.folder / file[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(reader.here(rest))
        elif language == "sql":
            reader.sql(text)
        elif language == "console":
            for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
                command, _, shown = part.partition("\n")
                printed = {plain(line) for line in reader.there(reader.command(command)).splitlines()}
                lines = [line for line in shown.splitlines() if line.strip() not in ("", "..")]
                missing += [(command, line) for line in lines if plain(line) not in printed]
        else:
            raise AssertionError(f"nobody knows what to do with a block of {language}: {first}")
    return missing


AS_SERVICES = PAGE.split("\n## 8. ")[1]


def test_as_services(reader):
    assert follow(reader, AS_SERVICES) == []


def test_its_compose_file_is_one():
    """Where docker compose is there, it says so itself."""
    file = ROOT / "examples/pipeline/compose.yml"
    for words in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(words[0]) and subprocess.run([*words, "version"], capture_output=True).returncode == 0:
            p = subprocess.run([*words, "-f", file, "config", "-q"], capture_output=True, text=True)
            assert p.returncode == 0, p.stderr
            return
    pytest.skip("there is no docker compose here")
