"""Where an orchestrator is tried: its venv, a folder with its example and projects, a Postgres, and starc under its names."""

import os, pathlib, re, shlex, shutil, signal, subprocess, textwrap, time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = (ROOT / "docs/orchestrators.md").read_text()


def section(title):
    """The text below a heading, up to the next one of its depth."""
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S).group(1)


def blocks(text, language):
    return [textwrap.dedent(b) for b in re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, re.M | re.S)]


class Ran:
    def __init__(self, code, text):
        self.code, self.text = code, text

    def has(self, *words):
        for word in words:
            assert word in self.text, f"no {word!r} in:\n{self.text[-3000:]}"
        return self

    def ends(self, *codes):
        assert self.code in codes, f"exit code {self.code}, not one of {codes}:\n{self.text[-3000:]}"
        return self


class Place:
    """One orchestrator. `title` of its section, `work`: a folder for all; fresh() gives a folder for one check."""

    def __init__(self, name, title, work, starc, pg):
        self.name, self.work, self.pg = name, work, pg
        self.starc = str(pathlib.Path(starc).resolve())
        self.section = section(title)
        self.venv = ROOT / "build/orchestrators" / name

    def install(self):
        """The venv with the packages of the page's `pip install` lines; what its versions are."""
        listed = [w for line in re.findall(r"^pip install (.*)$", self.section, re.M) for w in shlex.split(line)]
        stamp = self.venv / ".packages"
        if listed and (not stamp.exists() or stamp.read_text() != "\n".join(listed)):
            uv = ROOT / "build/orchestrators/uv"
            if not (uv / "bin/uv").exists():
                subprocess.run(["python3", "-m", "venv", "--clear", uv], check=True)
                subprocess.run([uv / "bin/python", "-m", "pip", "install", "-q", "uv"], check=True)
            subprocess.run(
                [uv / "bin/uv", "venv", "-q", "--clear", "--python", "/usr/bin/python3", self.venv], check=True
            )
            subprocess.run(
                [uv / "bin/uv", "pip", "install", "-q", "--python", self.venv / "bin/python", *listed], check=True
            )
            stamp.write_text("\n".join(listed))
        names = [re.split(r"[<>=\[]", w)[0] for w in listed]
        show = "import importlib.metadata as m, sys; print(', '.join(f'{n} {m.version(n)}' for n in sys.argv[1:]))"
        return (
            subprocess.check_output([self.venv / "bin/python", "-c", show, *names], text=True).strip() if listed else ""
        )

    def fresh(self, check):
        """A new folder: the example's files, `shop`, a schema of its own, names for starc, and the environment."""
        self.folder, self.started = self.work / f"{self.name}-{check}", []
        (self.folder / "bin").mkdir(parents=True)
        (self.folder / "bin/starc").symlink_to(self.starc)
        if self.venv.exists():
            (self.folder / ".venv").symlink_to(self.venv)
        shutil.copytree(HERE / "shop", self.folder / "shop")
        profiles = self.folder / "shop/profiles.yml"
        self.schema = f"{self.name}_{check}"
        profiles.write_text(profiles.read_text().replace("schema: shop", f"schema: {self.schema}"))
        for language in ("python", "ini", "sh", "cron"):
            for text in blocks(self.section, language):
                if named := re.match(rf"# {self.name}/(\S+)\n", text):
                    self.write(named.group(1), text)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "STARC_", "POSTGRES_"))}
        self.env.update(
            PATH=f"{self.venv}/bin:{self.folder}/bin:{os.environ['PATH']}",
            HOME=str(self.folder),
            NO_COLOR="1",
            TZ="UTC",
            STARC_LIBCHDB=os.environ.get("STARC_LIBCHDB", str(ROOT / "build/chdb/libchdb.so")),
            PGPORT=str(self.pg.port),
            PGUSER=self.pg.user,
            DBT_ENV_SECRET_PASSWORD=self.pg.password,
            SHOP_WAREHOUSE=str(self.folder / "warehouse"),
        )
        return self

    def bundled(self, name="shop"):
        """The project of this repository in place of the shop, with the name that dbt's file has."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for part in ("models", "schemas", "seeds", "macros", "checks"):
            shutil.copytree(ROOT / part, folder / part)
        shutil.copy(ROOT / "project.yml", folder / "dbt_project.yml")
        shutil.copy(ROOT / "profiles.yml", folder / "profiles.yml")
        self.env.update(
            POSTGRES_PORT=str(self.pg.port),
            POSTGRES_USER=self.pg.user,
            DBT_ENV_SECRET_POSTGRES_PASSWORD=self.pg.password,
            POSTGRES_DB=self.pg.dbname,
            POSTGRES_SCHEMA=self.schema,
        )
        return folder

    def write(self, path, text):
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def change(self, path, old, new):
        text = (self.folder / path).read_text()
        assert old in text, f"{path} has no {old}"
        (self.folder / path).write_text(text.replace(old, new))

    def commands(self, which):
        """The sh block of the page's section with this place in their order, without its pip lines."""
        lines = [b for b in blocks(self.section, "sh") if not re.match(rf"# {self.name}/", b)][which].splitlines()
        return "\n".join(line for line in lines if not line.startswith("pip install "))

    def sh(self, text, timeout=600):
        return self.run("bash", "-ec", text, timeout=timeout)

    def start(self, *cmd):
        p = subprocess.Popen(
            list(map(str, cmd)),
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.started.append(p)
        return p

    def end(self):
        """Ends what a check left running, with all that it started, which may go on alone."""
        for p in self.started:
            try:
                os.killpg(p.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # all of it ended
            p.wait()

    def run(self, *cmd, timeout=600):
        p = self.start(*cmd)
        try:
            text = p.communicate(timeout=timeout)[0]
        except subprocess.TimeoutExpired:
            p.kill()
            raise AssertionError(f"{cmd} did not end within {timeout} s:\n{p.communicate()[0][-3000:]}") from None
        return Ran(p.returncode, text)

    def python(self, text, *args, timeout=600):
        """A script beside the example, in its venv."""
        (self.folder / "check.py").write_text(text)
        return self.run(self.venv / "bin/python", "check.py", *args, timeout=timeout)

    def sql(self, query):
        """What psql prints for it, rows without header."""
        return subprocess.check_output(
            ["psql", "-h", "127.0.0.1", "-p", str(self.pg.port), "-U", self.pg.user, "-Atc", query, self.pg.dbname],
            env={**os.environ, "PGPASSWORD": self.pg.password},
            text=True,
        ).strip()

    def sleeping(self):
        """How many statements of this schema sleep in the database now."""
        return int(
            self.sql(
                "select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()"
                f" and query like '%pg_sleep%' and query like '%{self.schema}%'"
            )
        )

    def slow_model(self):
        self.write("shop/models/slow.sql", "select pg_sleep(120)::text as slept")

    def until(self, what, seconds=600):
        """Waits until what() is true; meanwhile the process that was started last is to go on, if it was going."""
        end, last = time.monotonic() + seconds, self.started[-1]
        going = last.poll() is None
        while not what():
            if going and last.poll() is not None:
                raise AssertionError(f"it ended before that with {last.returncode}:\n{last.stdout.read()[-3000:]}")
            assert time.monotonic() < end, "it did not come to that in time"
            time.sleep(0.1)
