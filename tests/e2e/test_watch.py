"""starc build --watch: what is saved is built, and what stands below it; real files, engines and signals."""

import json, os, pathlib, queue, re, signal, subprocess, threading, time
import pytest
from conftest import STARC, needs_embedded, rows

LIMIT_S = 120  # for a line to come: never waited for where all is well


class Watch:
    """A watch that runs: its lines as they come. `said` has those of the round that ended last."""

    def __init__(self, folder, *args, env=None):
        full = {k: v for k, v in os.environ.items() if not k.startswith("DBT_")}
        full.update(NO_COLOR="1", HOME=str(folder), **(env or {}))
        self.folder, self.lines, self.said, self.all = folder, queue.Queue(), "", []
        self.p = subprocess.Popen(
            [STARC, *args, "--watch"],
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
    return sorted(re.findall(r"^\S+  \d+ of \d+  \S+ +\S+ +(?:\S+\.)?(\S+)", said, re.M))


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
    assert "Round 2: 0 built, 1 failed (a), 2 skipped" in w.said
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
    folder = project(SHOP, profile=engine.profile())
    w = watch(folder, "check").begun()
    assert "0 wrong" in w.said
    w.save("models/a.sql", "select 1 as other")
    assert "models/b.sql:1:" in w.said and "1 wrong" in w.said
    w.save("models/a.sql", "select 1 as id")
    assert "0 wrong" in w.said
    assert w.end() == 0


@needs_embedded
def test_its_page(starc, tmp_path, watch):
    page = (pathlib.Path(__file__).resolve().parents[2] / "docs/watch.md").read_text()
    (block,) = re.findall(r"```console\n(.*?)```", page, re.S)
    command, *said = block.splitlines()
    assert starc("init", "shop", cwd=tmp_path).code == 0
    w = watch(tmp_path / "shop", *command.removeprefix("$ starc ").replace(" --watch", "").split()).begun()
    got = w.said + w.save("models/orders_by_day.sql", (w.folder / "models/orders_by_day.sql").read_text() + "-- more\n")
    plain = lambda text: re.sub(r"[0-9.]+ ?s$", "N s", re.sub(r"^[0-9:]+  ", "", text).replace(f"{tmp_path}/", ""))
    assert [plain(line) for line in got.splitlines()] == [plain(line) for line in said]
