"""A warehouse that cannot do it now says so once, whatever the command, the threads and the nodes: what is the
matter, and what to do."""

import fcntl, re, shutil, subprocess
from conftest import STARC, needs_embedded, profile_for, rows

FILES = {
    "models/a.sql": "select 1 as id",
    **{
        f"models/asks_{i}.sql": "select {{ run_query('select 1 as x').columns[0].values()[0] if execute }} as id"
        for i in range(4)
    },
    "models/s.yml": "models:\n  - name: a\n    columns:\n      - name: id\n        data_tests: [not_null, unique]\n"
    "sources:\n  - name: src\n    schema: busy\n    loaded_at_field: now()\n"
    "    freshness: {warn_after: {count: 1, period: day}}\n"
    "    tables: [{name: a}, {name: asks_1}]\n",
    "seeds/s.csv": "id\n1\n",
    "snapshots/n.yml": "snapshots:\n  - name: n\n    relation: ref('a')\n"
    "    config: {unique_key: id, strategy: check, check_cols: all}\n",
    "macros/op.sql": "{% macro op() %}{% do run_query('select 1') %}{% endmacro %}",
}
COMMANDS = [
    "build",
    "run",
    "test",
    "seed",
    "snapshot",
    "show --select a",
    "show --inline {{ref('a')}}",
    "compile",
    "docs generate",
    "debug",
    "source freshness",
    "clone --state kept",
    "retry",
    "run-operation op",
]


def one_trouble(r, message, hint):
    """The message and the hint, each once, and no place: no line of the project is wrong."""
    assert r.code in (1, 2) and r.text.count(message) == 1 and r.text.count(hint) == 1, r.text
    assert r.text.count("rror: ") <= 1 and not re.search(
        r"^\S+:\d+:\d+: error|^(models|seeds|snapshots|macros)/", r.text, re.M
    ), r.text


@needs_embedded
def test_another_process_has_the_folder(starc, project, request):
    folder = project(FILES, profile=profile_for("embedded", request, "busy", threads=4))
    assert starc("build", cwd=folder).code == 0
    shutil.copytree(folder / "target", folder / "kept")
    with open(folder / ".starc/warehouse/starc.lock", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write("4711 starc build\n")
        lock.flush()
        for command in COMMANDS:
            one_trouble(
                starc(*command.split(), cwd=folder, env={"STARC_WAIT": "0"}),
                "is in use by process 4711 (starc build)",
                "wait for it to end, or stop it: kill 4711",
            )
        assert starc("ls", cwd=folder).code == starc("parse", cwd=folder).code == 0  # they need no database


def test_no_more_connections(starc, project, request, postgres):
    profile = profile_for("postgres", request, "busy", threads=4)
    folder = everybody = project(FILES, profile=profile)
    limited = {**profile, "user": "one_only", "password": "only one"}
    make = "drop schema if exists busy cascade; drop owned by one_only; drop role one_only;"
    for sql in (
        make,
        "create role one_only login password ''only one'' connection limit 1",
        "grant create on database postgres to one_only",
    ):
        starc("run-operation", "run_query", "--args", f"{{sql: '{sql}'}}", cwd=folder)
    slow = {**FILES, "models/s.yml": FILES["models/s.yml"].replace("now()", "(select now() from pg_sleep(0.5))")}
    folder = project(slow, name="limited", profile=limited)  # the second thread asks while the first one waits
    for command in ("build", "compile", "docs generate", "source freshness"):  # one connection is enough
        r = starc(*command.split(), cwd=folder)
        assert r.code == 0 and r.text.count("goes on with fewer threads") == (
            command in ("build", "source freshness")
        ), r.text
    shutil.copytree(folder / "target", folder / "kept")
    holder = subprocess.Popen(
        [STARC, "show", "--inline", "select pg_sleep(60)"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        hold = "select 1 from pg_stat_activity where query like '%pg_sleep(60)%' and usename = 'one_only'"
        while not rows(starc, everybody, hold):
            assert holder.poll() is None
        folder = project(FILES, name="limited", profile={**limited, "retries": 0})
        for command in COMMANDS:
            one_trouble(
                starc(*command.split(), cwd=folder),
                'too many connections for role "one_only"',
                "raise its CONNECTION LIMIT",
            )
    finally:
        holder.kill()
        holder.wait()


def test_a_database_that_is_read_only(starc, project, request):
    """The nodes are named, the trouble is told once."""
    profile = profile_for("postgres", request, "busy_limit", threads=4)
    assert starc("build", cwd=project(FILES, profile=profile)).code == 0
    folder = project(FILES, profile={**profile, "options": "-c default_transaction_read_only=on"})
    r = starc("run", "--report", "github=r.txt", "--report", "markdown=r.md", cwd=folder)
    assert re.search(r"Database Error in 5 nodes: .*asks_3", r.text) and "again:    starc retry" in r.text, r.text
    one_trouble(r, "in a read-only transaction", "is default_transaction_read_only on?")
    for report in ("r.txt", "r.md"):  # the one thing that reports tell once for several nodes
        text = (folder / report).read_text()
        assert text.count("in a read-only transaction") == 1 and "and 4 more nodes" in text, text


def test_memory_of_a_server(starc, project, request):
    profile = profile_for("clickhouse", request, "busy", threads=4)
    assert starc("build", cwd=project(FILES, profile=profile)).code == 0
    folder = project(FILES, profile={**profile, "custom_settings": {"max_memory_usage": 1}})
    for command in ("test", "source freshness", "build"):
        r = starc(*command.split(), "--report", "github=r.txt", "--report", "junit=r.xml", cwd=folder)
        one_trouble(r, "MEMORY_LIMIT_EXCEEDED", "max_memory_usage, or fewer threads")
        told = (folder / "r.txt").read_text()  # once as on the terminal, though the sizes in the messages differ
        assert told.count("::error ") == 1 and told.count("MEMORY_LIMIT_EXCEEDED") == 1, told
