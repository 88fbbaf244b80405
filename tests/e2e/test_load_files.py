"""Files that are no good source, each with its cause and what to do; which format a name says; files outside of the
project."""

import gzip, json, os, random, threading, time

import pytest
from conftest import needs_embedded, rows

pytestmark = needs_embedded


def load(tables, path="incoming", **more):
    source = {"type": "files", "path": str(path)}
    return json.dumps({"loads": [{"name": "drop", "from": source, "schema": "dropped", "tables": tables, **more}]})


@pytest.fixture
def shop(engine, project, request):
    """shop(tables): a project whose folder `incoming` is empty."""

    def make(tables, schema="files_models", **more):
        given = {"models/one.sql": "select 1 as one", "loads/drop.yml": load(tables, **more)}
        folder = project(given, profile=engine.profile(schema))
        (folder / "incoming").mkdir(exist_ok=True)
        return folder

    return make


def test_a_csv_has_names_in_its_first_line(starc, shop):
    names = ["texts", "numbers", "packed", "tabs", "said"]
    tables = [{"name": n, "files": f"{n}*"} for n in names[:4]]
    folder = shop([*tables, {"name": "said", "files": "said.csv", "format": "CSV", "structure": "a String, b String"}])
    place = folder / "incoming"
    (place / "texts_1.csv").write_text("a,b\nx,y\n")
    (place / "texts_2.csv").write_text("b,a\nv,u\n")
    (place / "numbers.csv").write_text("a,b\n1,2\n")
    (place / "packed.csv.gz").write_bytes(gzip.compress(b"a,b\nx,y\n"))
    (place / "tabs.tsv").write_text("a\tb\nx\ty\n")
    (place / "said.csv").write_text("x,y\n")
    run = starc("load", "--full-refresh", "--threads", "1", cwd=folder)
    assert run.code == 0, run.text
    ask = lambda n: [tuple(r.values()) for r in rows(starc, folder, f"select a, b from dropped.{n} order by a")]
    assert ask("texts") == [("u", "v"), ("x", "y")]
    assert [tuple(map(int, r)) for r in ask("numbers")] == [(1, 2)]
    assert ask("packed") == ask("tabs") == ask("said") == [("x", "y")]
    (place / "texts_2.csv").unlink()
    (place / "texts_1.csv").write_text("a,b\n")
    run = starc("load", "--select", "load:drop.texts", cwd=folder)
    assert run.code == 1 and "structure:" in run.text, run.text
    assert ask("texts") == [("u", "v"), ("x", "y")]


def test_columns_of_all_files(starc, shop):
    folder = shop([{"name": "wide", "files": "wide_*.csv"}, {"name": "lines", "files": "*.jsonl"}])
    for i in range(4):  # in whatever order the folder lists them
        (folder / f"incoming/wide_{i}.csv").write_text("id,v\n1,10\n" if i != 2 else "extra,id\nzz,2\n")
        (folder / f"incoming/{i}.jsonl").write_text('{"id": 1}\n' if i != 2 else '{"id": 2, "extra": "zz"}\n')
    assert starc("load", cwd=folder).code == 0
    for name in ("wide", "lines"):
        found = rows(starc, folder, f"select extra from dropped.{name} order by id")
        assert [r["extra"] for r in found] == [None] * 3 + ["zz"], name


def test_files_that_cannot_be_read(starc, shop):
    typed = {"structure": "id Int64", "format": "CSVWithNames"}
    tables = [
        {"name": "gone", "files": "gone.csv", **typed},
        {"name": "none_like", "files": "none_*.csv", **typed},
        {"name": "no_folder", "files": "nowhere/*.csv", **typed},
        {"name": "folder", "files": "folder.csv", **typed},
        {"name": "pipe", "files": "pipe.csv", **typed},
        {"name": "cut", "files": "cut.csv.gz", **typed},
        {"name": "good", "files": "good.csv", **typed},
    ]
    folder = shop(tables)
    place = folder / "incoming"
    number = random.Random(1)
    many = gzip.compress(b"id\n" + b"".join(b"%d\n" % number.getrandbits(60) for _ in range(50000)))
    for t in tables:
        file = place / t["files"].replace("*", "1").replace("/", "_")
        file.write_text("id\n1\n") if t["name"] != "cut" else file.write_bytes(many)
    (place / "nowhere").mkdir()
    (place / "nowhere/1.csv").write_text("id\n1\n")
    run = starc("load", "--full-refresh", cwd=folder)
    assert run.code == 0, run.text
    for name in ("gone.csv", "none_1.csv", "nowhere/1.csv", "folder.csv", "pipe.csv"):
        (place / name).unlink()
    (place / "nowhere").rmdir()
    (place / "folder.csv").mkdir()
    os.mkfifo(place / "pipe.csv")
    (place / "cut.csv.gz").write_bytes(many[: len(many) // 2])
    run = starc("load", "--threads", "1", cwd=folder)
    assert run.code == 1, run.text
    for words in (
        f"there is no file {place}/gone.csv",
        f"no file is named like {place}/none_*.csv",
        f"there is no folder {place}/nowhere",
        f"{place}/folder.csv is a folder, not a file",
        f"{place}/pipe.csv is a pipe or a device",
        "a packed file is cut off",
    ):
        assert words in run.text.replace("\n          ", " "), (words, run.text)
    assert "ERROR=6" in run.text and "loads/drop.yml:1:" in run.text, run.text
    for t in tables:
        n = int(rows(starc, folder, f"select count(*) as n from dropped.{t['name']}")[0]["n"])
        assert n == (50000 if t["name"] == "cut" else 1), t["name"]


def test_a_file_that_grows_while_it_is_read(starc, shop):
    folder = shop([{"name": "log", "files": "log_*.csv", "structure": "id Int64", "format": "CSVWithNames"}])
    (folder / "incoming/log_1.csv").write_text("id\n1\n")
    assert starc("load", "--full-refresh", cwd=folder).code == 0
    stop = threading.Event()

    def write():
        with open(folder / "incoming/log_1.csv", "a") as f:
            while not stop.is_set():
                f.write("2\n")
                f.flush()
                time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        run = starc("load", cwd=folder)
    finally:
        stop.set()
        writer.join()
    assert run.code == 1 and "log_1.csv changed while it was read" in run.text, run.text
    assert int(rows(starc, folder, "select count(*) as n from dropped.log")[0]["n"]) == 1
    assert starc("load", cwd=folder).code == 0


def test_files_outside_of_the_project(engine, starc, shop, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "people.csv").write_text("id,name\n1,Ada\n")
    typed = {"structure": "id Int64, name String"}
    folder = shop(
        [
            {"name": "absolute", "files": str(out / "people.csv"), **typed},
            {"name": "above", "files": "../../out/*.csv", **typed},
            {"name": "linked", "files": "link/people.csv"},
            {"name": "one_link", "files": "people*.csv", **typed},
        ]
    )
    (folder / "incoming/link").symlink_to(out)
    (folder / "incoming/people_1.csv").symlink_to(out / "people.csv")
    run = starc("load", "--full-refresh", "--threads", "1", cwd=folder)
    assert run.code == 1 and "ERROR=4" in run.text, run.text
    assert run.text.count("outside of the project") + run.text.count("opens files of the project only") == 4, run.text
    assert "file_access" in run.text
    # The profile of who runs it opens the folder, for each kind of target.
    mine = tmp_path / "mine"
    mine.mkdir()
    settings = {**engine.profile("files_models"), "file_access": [str(out)]}
    if engine.name == "embedded":
        settings["path"] = str(folder / ".starc/warehouse")
    text = f"shop:\n  target: dev\n  outputs:\n    dev: {json.dumps(settings)}\n"
    (mine / "profiles.yml").write_text(text)
    run = starc("load", "--full-refresh", "--profiles-dir", mine, cwd=folder)
    assert run.code == 0 and "unknown key" not in run.text, run.text
    for name in ("absolute", "above", "linked", "one_link"):
        assert rows(starc, folder, f"select name from dropped.{name}") == [{"name": "Ada"}]
    # A project does not open it for itself.
    (folder / "profiles.yml").write_text(text)
    run = starc("load", cwd=folder)
    assert run.code == 2 and "cannot open files outside of it" in run.text, run.text
    assert starc("load", "--allow-files", cwd=folder).code == 0


def test_temporary_folders_of_any_length(starc, shop, tmp_path):
    """Two loads one after the other, so that the engine is opened twice."""
    folder = shop([{"name": "a", "files": "a.csv"}, {"name": "b", "files": "a.csv"}])
    (folder / "incoming/a.csv").write_text("id\n1\n")
    long = tmp_path / ("l" * 200)
    long.mkdir()
    run = starc("load", "--threads", "1", cwd=folder, env={"TMPDIR": str(long)})
    assert run.code == 0 and "PASS=2" in run.text, run.text
    assert not list(long.iterdir())
