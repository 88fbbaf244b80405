"""starc build --watch: what is saved is built, and what stands below it; real files, engines and signals."""

import json, os, queue, re, signal, subprocess, threading, time
import pytest
from conftest import EMBEDDED, ENGINES, STARC, profile_for, rows

LIMIT_S = 120  # for a line to come: never waited for where all is well


class Watch:
    """A watch that runs: its lines as they come. `said` has those of the round that ended last."""

    def __init__(self, folder, *args, env=None, under=()):
        full = {k: v for k, v in os.environ.items() if not k.startswith("DBT_")}
        full.update(NO_COLOR="1", HOME=str(folder), **(env or {}))
        self.folder, self.lines, self.said, self.all = folder, queue.Queue(), "", []
        self.p = subprocess.Popen(
            [*under, STARC, *args, "--watch"],
            cwd=folder,
            env=full,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.p.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def until(self, pattern):
        """The lines up to one that the pattern is found in."""
        got, end = [], time.monotonic() + LIMIT_S
        while True:
            try:
                line = self.lines.get(timeout=max(0.1, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no line with {pattern!r} came:\n" + "".join(self.all)) from None
            assert line is not None, f"it ended before {pattern!r}:\n" + "".join(self.all)
            got.append(line)
            self.all.append(line)
            if re.search(pattern, line):
                return "".join(got)

    def begun(self):
        self.said = self.until("Watching ")
        return self

    def save(self, path, text):
        """As editors do: a new file, moved into place. Returns what the round said."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(file.name + "~")
        new.write_text(text)
        new.rename(file)
        return self.round()

    def round(self):
        self.said = self.until(r"Round \d+: ")
        return self.said

    def end(self, sig=signal.SIGINT):
        self.p.send_signal(sig)
        return self.p.wait(LIMIT_S)


@pytest.fixture
def watch():
    begun = []

    def start(folder, *args, **kw):
        begun.append(Watch(folder, *(args or ("build",)), **kw))
        return begun[-1]

    yield start
    for w in begun:
        if w.p.poll() is None:
            w.p.kill()
        w.p.wait()


SHOP = {
    "models/a.sql": "{{ config(materialized='table') }} select 1 as id",
    "models/b.sql": "{{ config(materialized='table') }} select id + 1 as id from {{ ref('a') }}",
    "models/c.sql": "{{ config(materialized='table') }} select 7 as id",
    "models/schema.yml": "models:\n  - name: b\n    columns:\n      - name: id\n        data_tests: [not_null]\n",
}


def built(said):
    """The nodes that a round worked on."""
    return sorted(re.findall(r"^\S+ +\d+ of \d+  \S+ +\S+ +(?:\S+\.)?(\S+)", said, re.M))


def test_what_is_saved_and_what_stands_below_it_is_built(project, engine, starc, watch):
    folder = project(SHOP, profile=engine.profile())
    w = watch(folder).begun()
    assert built(w.said) == ["a", "b", "c", "not_null_b_id"]
    w.save("models/a.sql", SHOP["models/a.sql"].replace("1 as", "41 as"))
    assert built(w.said) == ["a", "b", "not_null_b_id"]
    assert "Saved: models/a.sql\n" in w.said and "Round 2: 3 built in" in w.said
    assert built(w.save("models/c.sql", SHOP["models/c.sql"].replace("7", "8"))) == ["c"]
    assert w.end() == 0
    assert rows(starc, folder, "select b.id as b, c.id as c from {{ ref('b') }} b cross join {{ ref('c') }} c") == [
        {"b": 42, "c": 8}
    ]


def test_a_description_builds_nothing_and_is_in_the_artifacts(project, engine, watch):
    folder = project(SHOP, profile=engine.profile())
    w = watch(folder).begun()
    said = w.save("models/schema.yml", SHOP["models/schema.yml"].replace("name: b", "name: b\n    description: better"))
    assert built(said) == [] and "Round 2: nothing to do" in said
    manifest = json.loads((folder / "target/manifest.json").read_text())
    assert manifest["nodes"]["model.shop.b"]["description"] == "better"


def test_what_failed_is_built_again_with_what_was_skipped(project, engine, watch):
    folder = project(SHOP, profile=engine.profile())
    w = watch(folder).begun()
    w.save("models/a.sql", "{{ config(materialized='table') }} select nothing_like_it as id")
    assert "Round 2: 0 built, 1 failed (a), 2 skipped" in w.said and "again:" not in w.said
    assert built(w.save("models/c.sql", SHOP["models/c.sql"].replace("7", "8"))) == ["a", "b", "c", "not_null_b_id"]
    assert "Round 3: 1 built, 1 failed (a), 2 skipped" in w.said
    assert built(w.save("models/a.sql", SHOP["models/a.sql"])) == ["a", "b", "not_null_b_id"]
    assert "Round 4: 3 built in" in w.said
    assert w.end() == 0


def test_a_file_that_cannot_be_read_stops_nothing(project, engine, watch):
    folder = project(SHOP, profile=engine.profile())
    w = watch(folder).begun()
    said = w.save("models/a.sql", "select 1 as id from {{ ref('nowhere') }}")
    assert "models/a.sql:1:" in said and "nowhere" in said and built(said) == []
    assert "the project cannot be read, nothing was done" in said
    w.save("models/c.sql", SHOP["models/c.sql"].replace("7", "8"))  # still broken: remembered
    w.save("models/a.sql", SHOP["models/a.sql"].replace("1 as", "5 as"))
    assert built(w.said) == ["a", "b", "c", "not_null_b_id"]
    w.save("models/schema.yml", "models: [")
    assert w.end() == 1


def test_check_watch_checks_what_changed(project, engine, watch):
    if engine.name == "clickhouse" and not EMBEDDED:
        pytest.skip("a check for a ClickHouse server uses the embedded engine")
    folder = project(SHOP, profile=engine.profile())
    w = watch(folder, "check").begun()
    assert "0 wrong" in w.said
    w.save("models/a.sql", "select 1 as other")
    assert "models/b.sql:1:" in w.said and "1 wrong" in w.said
    w.save("models/a.sql", "select 1 as id")
    assert "0 wrong" in w.said
    assert "Round 4: 2 checked in" in w.save("models/b.sql", SHOP["models/b.sql"].replace("+ 1", "+ 2"))
    assert w.end() == 0


EMB = pytest.mark.parametrize("engine", [e for e in ENGINES if e != "clickhouse"], indirect=True)


@EMB
def test_a_macro_builds_who_calls_it(project, engine, watch):
    folder = project(
        {
            **SHOP,
            "macros/m.sql": "{% macro seven() %}7{% endmacro %}{% macro far() %}{{ seven() }}{% endmacro %}",
            "models/c.sql": "{{ config(materialized='table') }} select {{ far() }} as id",
            "macros/own.sql": "{% macro other() %}1{% endmacro %}",
        },
        profile=engine.profile(),
    )
    w = watch(folder).begun()
    w.save("macros/m.sql", (folder / "macros/m.sql").read_text().replace(">7<", "").replace("}7{", "}8{"))
    assert built(w.said) == ["c"]
    w.save("macros/own.sql", "{% macro other() %}2{% endmacro %}")
    assert "nothing to do" in w.said
    # one that stands in for starc's own is in what builds every node
    w.save("macros/own.sql", "{% macro default__get_where_subquery(relation) %}{{ relation }}{% endmacro %}")
    assert built(w.said) == ["a", "b", "c", "not_null_b_id"]


@EMB
def test_variables_and_the_project_file(project, engine, watch):
    project_file = "name: shop\nversion: '1.0'\nprofile: shop\nvars:\n  n: 1\n"
    files = {**SHOP, "dbt_project.yml": project_file, "models/c.sql": "select {{ var('n') }} as id"}
    w = watch(project(files, profile=engine.profile())).begun()
    assert built(w.save("dbt_project.yml", project_file.replace("n: 1", "n: 2"))) == ["a", "b", "c", "not_null_b_id"]
    more = project_file.replace("n: 1", "n: 2") + "models:\n  shop:\n    c:\n      +materialized: table\n"
    assert built(w.save("dbt_project.yml", more)) == ["c"]


@EMB
def test_files_that_come_go_and_move(project, engine, watch):
    folder = project({**SHOP, "seeds/s.csv": "id\n1\n"}, profile=engine.profile())
    w = watch(folder).begun()
    assert built(w.save("models/new/deep/d.sql", "select id from {{ ref('s') }}")) == ["d"]
    assert built(w.save("seeds/s.csv", "id\n2\n")) == ["d", "s"]
    (folder / "models/new").rename(folder / "models/newer")
    assert built(w.round()) == ["d"]  # whose place decides which configs it has
    (folder / "models/newer/deep/d.sql").rename(folder / "models/e.sql")
    assert built(w.round()) == ["e"]
    (folder / "models/e.sql").unlink()
    assert "nothing to do" in w.round() and "Saved: models/e.sql\n" in w.said
    assert built(w.save("snapshots/snap.yml", SNAPSHOT)) == ["snap"]  # the folder was not there
    (folder / "models/c.sql").write_text("select 8 as id")  # in place
    assert built(w.round()) == ["c"]
    (folder / "models/.c.sql.swp").write_text("no file of a project")
    (folder / "models/c.sql~").write_text("nor this one")
    assert built(w.save("models/a.sql", SHOP["models/a.sql"] + " ")) == []


@EMB
def test_files_that_others_read(project, engine, watch):
    """What a watch does not take over is said where it is saved: a .env that was not there, users of serve."""
    folder = project(SHOP, profile=engine.profile())
    w = watch(folder).begun()
    w.save(".env", "A=1\n")
    assert ".env is read when starc starts" in w.said
    w.save("starc_serve.yml", "users: []\n")
    assert "starc_serve.yml is read by `starc serve` alone: kill -HUP" in w.said
    assert w.end() == 0


def test_a_large_seed_saved_while_the_project_is_broken(project, engine, watch):
    """Its rows are not compared, so that it was saved is kept until a round can read the project."""
    rows = lambda first: "id\n" + f"{first}\n" + "1234567\n" * 140000
    folder = project({**SHOP, "seeds/big.csv": rows(1)}, profile=engine.profile())
    w = watch(folder).begun()
    w.save("models/s.yml", "models: [")
    w.save("seeds/big.csv", rows(2))
    assert "big" in built(w.save("models/s.yml", "models: []\n"))


SNAPSHOT = """snapshots:
  - name: snap
    relation: ref('s')
    config: {unique_key: id, strategy: check, check_cols: all}
"""


def test_a_checkout_of_500_files_is_one_round(project, request, watch):
    many = {f"models/many/m{i}.sql": f"select {i} as id" for i in range(500)}
    folder = project({**SHOP, **many}, profile=profile_for("postgres", request, "checkout"))
    name = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    git = lambda *args: subprocess.run([*name, *args], cwd=folder, check=True)
    git("init", "-q"), git("add", "models"), git("commit", "-qm", "one")
    for path in many:
        (folder / path).unlink()
    git("commit", "-qam", "none of them")
    w = watch(folder).begun()
    git("checkout", "-q", "HEAD~1")
    assert len(built(w.round())) == 500 and "Round 2: 500 built" in w.said
    assert w.end() == 0


@EMB
def test_a_link_to_a_file_elsewhere(project, engine, watch, tmp_path):
    folder = project(SHOP, profile=engine.profile())
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/l.sql").write_text("select 1 as id")
    (folder / "models/l.sql").symlink_to(tmp_path / "elsewhere/l.sql")
    w = watch(folder).begun()
    (tmp_path / "elsewhere/l.sql").write_text("select 2 as id")
    assert built(w.round()) == ["l"]


@EMB
def test_saves_while_a_round_runs_make_one_round(project, engine, watch):
    """The first round is held up by a statement that waits; what comes meanwhile is one round."""
    wait = "select pg_sleep(2)::text as t" if engine.name == "postgres" else "select sleepEachRow(2)::String as t"
    slow = {"models/slow.sql": "{{ config(materialized='table') }} " + wait}
    folder = project({**SHOP, **slow}, profile=engine.profile())
    w = watch(folder, "build", "--debug", env={"STARC_LOG_LEVEL": "debug"})
    w.until("slow")
    for text in ("2 as", "3 as", "4 as"):
        (folder / "models/a.sql").write_text(SHOP["models/a.sql"].replace("1 as", text))
    (folder / "models/c.sql").write_text(SHOP["models/c.sql"].replace("7", "8"))
    w.begun()
    w.round()
    assert "Saved: models/a.sql, models/c.sql\n" in w.said and "Round 2: 4 built" in w.said
    assert w.end() == 0


@EMB
def test_ctrl_c_while_a_round_runs(project, engine, watch):
    sleep = "pg_sleep(100)::text as t" if engine.name == "postgres" else "sleepEachRow(3) as t from numbers(90)"
    folder = project(SHOP, profile=engine.profile())
    w = watch(folder).begun()
    (folder / "models/a.sql").write_text("{{ config(materialized='table') }} select " + sleep)
    w.until("Saved: ")
    sent, end = folder / "target/run/shop/models/a.sql", time.monotonic() + LIMIT_S
    while "sleep" not in sent.read_text() and time.monotonic() < end:
        time.sleep(0.02)
    assert w.end() == 130
    assert "cancelled" in w.until("starc retry")


def test_it_ends_when_nobody_reads_it(project, engine):
    folder = project(SHOP, profile=engine.profile())
    p = subprocess.Popen([STARC, "build", "--watch"], cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        while "Watching" not in p.stdout.readline():
            pass
        p.stdout.close()
        assert p.wait(LIMIT_S) == 128 + signal.SIGPIPE
    finally:
        p.kill()


@EMB
def test_poll(project, engine, watch):
    w = watch(project(SHOP, profile=engine.profile()), "build", "--poll").begun()
    assert built(w.save("models/c.sql", "select 9 as id")) == ["c"]
    assert w.end(signal.SIGTERM) == 0


@EMB
def test_no_watch_is_left(project, engine, watch):
    """As where too many programs of a user watch files: said once, and looked at every second."""
    limit = ["unshare", "-Ur", "sh", "-c", 'echo 1 > /proc/sys/user/max_inotify_watches && exec "$@"', "sh"]
    if subprocess.run([*limit, "true"], capture_output=True).returncode:
        pytest.skip("no namespace of users can be made here")
    w = watch(project(SHOP, profile=engine.profile()), under=limit)
    assert "Files are looked at every second: the system watches no more folders" in w.until("Watching ")
    assert built(w.save("models/c.sql", "select 9 as id")) == ["c"]
    assert not re.search("every second", w.said)


def test_what_cannot_be_opened_at_all_is_no_watch(tmp_path, starc, project, engine):
    run = starc("build", "--watch", cwd=tmp_path)
    assert run.code == 2 and "Watching" not in run.text
    run = starc("build", "--watch", "--target", "nowhere", cwd=project(SHOP, profile=engine.profile()))
    assert run.code == 2 and "nowhere" in run.text and "Watching" not in run.text


@EMB
def test_build_check_watch(project, engine, watch):
    w = watch(project(SHOP, profile=engine.profile()), "build", "--check").begun()
    w.save("models/a.sql", "select 1 as other")
    assert "Nothing was built: --check found errors" in w.said and built(w.said) == []
    w.save("models/a.sql", "{{ config(materialized='table') }} select 3 as id")
    assert built(w.said) == ["a", "b", "not_null_b_id"]
    assert w.end() == 0


@EMB
def test_the_selection_stays_the_selection(project, engine, watch):
    w = watch(project(SHOP, profile=engine.profile()), "run", "--select", "a", "c").begun()
    assert built(w.said) == ["a", "c"]
    assert built(w.save("models/a.sql", SHOP["models/a.sql"].replace("1 as", "2 as"))) == ["a"]
    assert "nothing to do" in w.save("models/b.sql", "select 3 as id from {{ ref('a') }}")


@EMB
def test_json_lines(project, engine, watch):
    w = watch(project(SHOP, profile=engine.profile()), "build", "--log-format", "json")
    w.until('"name": "Watching"')
    (w.folder / "models/c.sql").write_text("select 9 as id")
    said = [json.loads(line) for line in w.until('"name": "WatchRound"').splitlines()]
    names = [line["info"]["name"] for line in said]
    assert names[0] == "WatchSaved" and "FinishedRunningStats" in names


@EMB
def test_a_warning_is_told_once(project, engine, watch):
    more = "models:\n  shop:\n    nowhere:\n      +materialized: table\n"
    w = watch(project(SHOP, profile=engine.profile(), extra=more)).begun()
    assert w.said.count("warning: ") == 1
    assert "warning: " not in w.save("models/c.sql", "select 9 as id")
    w.save("models/c.sql", "{{ config(materialised='table') }} select 9 as id")
    assert "warning: " not in w.save("models/c.sql", "select 10 as id")
