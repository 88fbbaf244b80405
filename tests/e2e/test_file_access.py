"""SQL of the embedded engine opens files of the project, and no others unless the profile says so."""

import json, os
import pytest
from conftest import needs_embedded

MACRO = "{% macro q(sql) %}{% do run_query(sql) %}{% endmacro %}"
HINT = (
    "the embedded engine opens files of the project only, and writes below its folders: `file_access` of the profile "
    "opens others"
)


@pytest.fixture
def shop(project, tmp_path):
    folder = project(
        {
            "models/a.sql": "{{ config(materialized='table') }} select * from file('{{ var('file') }}', "
            "'LineAsString')",
            "macros/q.sql": MACRO,
            "data/in.txt": "inside",
            "top.txt": "top",
            ".git/keep": "",
        },
        extra="profile: shop\n",
    )
    (tmp_path / "out").mkdir()
    (tmp_path / "out/secret.txt").write_text("outside")
    (folder / "data/link").symlink_to(tmp_path / "out")
    (folder / "linked").symlink_to(tmp_path / "out")
    return folder


def profile(folder, **more):
    folder.mkdir(exist_ok=True)
    (folder / "profiles.yml").write_text(
        "shop:\n  outputs:\n    default: "
        + json.dumps({"type": "clickhouse", "driver": "embedded", "schema": "s", **more})
        + "\n"
    )
    return folder


@needs_embedded
def test_files_of_the_project_alone(shop, starc, tmp_path):
    mine = profile(tmp_path / "mine")
    if "files that SQL can open: the project's\n" not in starc("debug", "--profiles-dir", mine, cwd=shop).text:
        pytest.skip("no Landlock")

    def read(path, *more, profiles=mine):
        return starc("run", "--profiles-dir", profiles, "--vars", json.dumps({"file": str(path)}), *more, cwd=shop)

    def query(sql, profiles=mine):
        return starc("run-operation", "q", "--profiles-dir", profiles, "--args", json.dumps({"sql": sql}), cwd=shop)

    out = tmp_path / "out/secret.txt"
    for good in ["data/in.txt", "top.txt", shop / "data/in.txt"]:
        assert read(good).code == 0, good
    for bad in [out, "data/link/secret.txt", "linked/secret.txt", "/proc/self/environ", "/etc/passwd"]:
        r = read(bad)
        assert r.code == 1 and "models/a.sql: error" in r.text and "Permission denied" in r.text and HINT in r.text, (
            r.text
        )
    into = "insert into function file('{}', CSV) select 1"
    assert query(into.format("data/new.csv")).code == 0 and (shop / "data/new.csv").read_text() == "1\n"
    for bad in [tmp_path / "out/new.csv", "data/link/new.csv", "new.csv", ".git/new.csv"]:
        r = query(into.format(bad))
        assert r.code == 1 and HINT in r.text, r.text
    assert (
        sorted(os.listdir(tmp_path / "out")) == ["secret.txt"]
        and os.listdir(shop / ".git") == ["keep"]
        and not (shop / "new.csv").exists()
    )
    # What the user's own profile opens is open.
    opened = profile(tmp_path / "opened", file_access=[str(tmp_path / "out")])
    assert read(out, profiles=opened).code == 0 and read("data/link/secret.txt", profiles=opened).code == 0
    assert query(into.format(tmp_path / "out/new.csv"), profiles=opened).code == 0
    assert read("/etc/passwd", profiles=opened).code == 1
    everything = profile(tmp_path / "everything", file_access="any")
    assert read("/etc/passwd", profiles=everything).code == 0
    assert "files that SQL can open: any file\n" in starc("debug", "--profiles-dir", everything, cwd=shop).text


@needs_embedded
def test_a_project_does_not_open_files_for_itself(shop, starc, tmp_path):
    for value in ["any", [str(tmp_path / "out")]]:
        profile(shop, file_access=value)
        r = starc("compile", cwd=shop)
        assert (
            r.code == 2
            and "error: a profiles.yml in the project's folder cannot open files outside of it [profile-files]"
            in r.text
            and "--allow-files" in r.text
        ), r.text
        r = starc("run", "--allow-files", "--vars", json.dumps({"file": str(tmp_path / "out/secret.txt")}), cwd=shop)
        assert r.code == 0, r.text
    profile(shop, file_access="project")
    assert starc("compile", "--vars", "file: top.txt", cwd=shop).code == 0
    profile(tmp_path / "mine", file_access=["/nowhere/at/all"])
    r = starc("compile", "--profiles-dir", tmp_path / "mine", cwd=shop)
    assert r.code == 2 and "`file_access` names a folder that is not there" in r.text, r.text
    profile(shop, path=str(tmp_path / "out"))  # all below the data folder is open
    r = starc("compile", cwd=shop)
    assert r.code == 2 and "this folder outside of the project is no data folder yet" in r.text, r.text
    profile(shop, path=str(tmp_path / "new"))
    for _ in range(2):
        assert starc("run", "--vars", "file: top.txt", cwd=shop).code == 0


@needs_embedded
def test_a_project_does_not_configure_the_engine(shop, starc, tmp_path):
    """The library reads `config.xml` of the current folder where it is told of none."""
    profile(tmp_path / "profile")
    (shop / "config.xml").write_text("<clickhouse><default_format>no xml")
    show = ["show", "--inline", "select 1 as one", "--output", "json", "--quiet"]
    r = starc(*show, "--profiles-dir", str(tmp_path / "profile"), cwd=shop)
    assert r.code == 0 and json.loads(r.out)["show"] == [{"one": 1}], r.text
