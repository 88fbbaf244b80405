"""Fixtures: a starc to call, and one server of each kind for the whole run."""

import json, os, pathlib, re, shutil, subprocess, sys, zlib
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
STARC = os.environ.get("STARC") or str(ROOT / "build/starc")
LIMIT_S = 300


class Run:
    """What a command did."""

    def __init__(self, p):
        self.code, self.out, self.err = p.returncode, p.stdout, p.stderr
        self.text = p.stdout + p.stderr


def starc_run(*args, cwd, env=None, **kw):
    full = {k: v for k, v in os.environ.items() if not k.startswith("DBT_")}
    full.update(NO_COLOR="1", HOME=str(cwd), **(env or {}))
    return Run(
        subprocess.run(
            [STARC, *map(str, args)],
            cwd=cwd,
            env=full,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            **kw,
        )
    )


@pytest.fixture
def starc():
    return starc_run


@pytest.fixture(scope="session")
def postgres():
    from servers import PostgresServer

    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def clickhouse():
    from servers import ClickHouseServer

    with ClickHouseServer() as server:
        yield server


@pytest.fixture
def chinook(tmp_path):
    """A copy of the bundled project."""
    folder = tmp_path / "chinook"
    folder.mkdir()
    for name in ("models", "schemas", "seeds", "macros", "checks"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("project.yml", "profiles.yml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def project(tmp_path):
    """project({'models/a.sql': 'select 1 as id', ...}) writes a project and returns its folder."""

    def make(files, name="shop", extra="", profile=None):
        folder = tmp_path / name
        files = dict(files)
        files.setdefault(
            "dbt_project.yml",
            f"name: {name}\nversion: '1.0'\n"
            + (f"profile: {name}\n" if profile or "profiles.yml" in files else "")
            + extra,
        )
        if profile:
            files["profiles.yml"] = f"{name}:\n  target: dev\n  outputs:\n    dev: {json.dumps(profile)}\n"
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            if isinstance(text, bytes):
                (folder / path).write_bytes(text)
            else:
                (folder / path).write_text(text)
        return folder

    return make


def profile_for(kind, request, schema, **more):
    """Connection settings for one of the three engines."""
    if kind == "embedded":
        return {
            "type": "clickhouse",
            "driver": "embedded",
            "path": ".starc/warehouse",
            "schema": schema,
            "threads": 2,
            **more,
        }
    if kind == "clickhouse":
        ch = request.getfixturevalue("clickhouse")
        return {
            "type": "clickhouse",
            "driver": "http",
            "host": "127.0.0.1",
            "port": ch.port,
            "user": ch.user,
            "password": ch.password,
            "schema": schema,
            "threads": 2,
            **more,
        }
    pg = request.getfixturevalue("postgres")
    return {
        "type": "postgres",
        "host": "127.0.0.1",
        "port": pg.port,
        "user": pg.user,
        "password": pg.password,
        "dbname": pg.dbname,
        "schema": schema,
        "threads": 2,
        **more,
    }


EMBEDDED = os.environ.get("STARC_TEST_EMBEDDED") != "0"  # see tests/run
ENGINES = (["embedded"] if EMBEDDED else []) + ["clickhouse", "postgres"]
needs_embedded = pytest.mark.skipif(not EMBEDDED, reason="the embedded engine does not run under a sanitizer")

SANITIZED = any(
    word in os.environ.get("BUILD", "") for word in ("address", "thread")
)  # its own memory counts, and it needs terabytes of addresses


DATABASE = re.compile(r"\b(postgres|clickhouse|http|embedded)\b")
ONE_DATABASE = SANITIZED and not os.environ.get("STARC_TEST_WHOLE")  # see tests/run
ran = set()  # names of tests without their database


def without_database(nodeid):
    return DATABASE.sub("*", nodeid)


def pytest_collection_modifyitems(items):
    """Of the tests that differ in their database alone another one comes first, by turns of their names."""
    places = {}
    for i, item in enumerate(items if ONE_DATABASE else []):
        places.setdefault(without_database(item.nodeid), []).append(i)
    for name, at in places.items():
        first = zlib.crc32(name.encode()) % len(at)
        group = [items[i] for i in at]
        for i, item in zip(at, group[first:] + group[:first]):
            items[i] = item


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """The first that is not skipped (for want of the embedded engine, say) is the one that is run."""
    if ONE_DATABASE and without_database(item.nodeid) in ran:
        pytest.skip("it was run on another database")


def pytest_runtest_logreport(report):
    if report.when == "call" and not report.skipped:
        ran.add(without_database(report.nodeid))


@pytest.fixture(params=ENGINES)
def engine(request):
    """Runs a test once for each engine: engine.profile(schema=...) and engine.name."""

    class Engine:
        name = request.param

        def profile(self, schema=None, **more):
            return profile_for(request.param, request, schema or "s_" + request.node.name.split("[")[0][:40], **more)

    return Engine()


def rows(starc, folder, sql, *more):
    """The rows a statement gives, as lists of text."""
    r = starc("show", "--quiet", "--inline", sql, "--output", "json", "--limit", "-1", *more, cwd=folder)
    assert r.code == 0, r.text
    return json.loads(r.out)["show"]
