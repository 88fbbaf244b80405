"""What docs/versions.md promises of the files that one starc leaves and another one reads: a number too new is
refused, with what to do, and the file stays as it is; keys that were added are no matter. What --version says."""

import json, os, pathlib, re

import pytest

from conftest import needs_embedded, profile_for

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/versions.md"
FILES = {
    "models/a.sql": "select 1 as id",
    "models/b.sql": "select id from {{ ref('a') }}",
    "models/schema.yml": "version: 2\nsources:\n  - name: raw\n    tables: [{name: t}]\n",
}


def artifact(name, version):
    return f"https://schemas.getdbt.com/dbt/{name}/v{version}.json"


# The file, what makes a document of it newer, the command that reads it, what is said.
NEWER = {
    "manifest.json": (artifact("manifest", 13), ["ls", "--select", "state:modified", "--state", "old"], "4 to 12"),
    "run_results.json": (artifact("run-results", 7), ["retry", "--state", "old"], "4 to 6"),
    "sources.json": (
        artifact("sources", 4),
        ["build", "--select", "source_status:fresher+", "--state", "old"],
        "3 to 3",
    ),
    "catalog.json": (artifact("catalog", 2), ["check", "--state", "old"], "1 to 1"),
}


@pytest.fixture
def shop(project, request):
    return project(FILES, profile=profile_for("postgres", request, "versions"))


def document(schema):
    empty = {"results": [], "nodes": {}, "sources": {}, "args": {"which": "run"}}
    return {"metadata": {"dbt_schema_version": schema}, **empty}


@pytest.mark.parametrize("name", NEWER)
def test_a_newer_artifact_is_refused(shop, starc, name):
    schema, command, reads = NEWER[name]
    old = shop / "old" / name
    old.parent.mkdir()
    text = json.dumps(document(schema))
    old.write_text(text)
    r = starc(*command, cwd=shop)
    number = re.search(r"/v(\d+)", schema).group(1)
    assert r.code != 0 and f"this file has version {number}, and starc reads {reads}" in r.text, r.text
    assert f"old/{name}" in r.text and "a newer program wrote it" in r.text, r.text
    assert old.read_text() == text
    assert f"`{name}`" in PAGE.read_text()


@pytest.mark.parametrize("name", ["manifest.json", "run_results.json", "catalog.json"])
def test_what_is_added_to_an_artifact_is_no_matter(shop, starc, name):
    starc("build", cwd=shop)
    starc("docs", "generate", cwd=shop)
    (shop / "target").rename(shop / "old")
    path = shop / "old" / name
    path.write_text(json.dumps({**json.loads(path.read_text()), "later": {"key": 1}}))
    command = {"run_results.json": ["retry", "--state", "old"], "catalog.json": ["check", "--state", "old"]}
    r = starc(*command.get(name, ["ls", "--select", "state:modified", "--state", "old"]), cwd=shop)
    assert r.code == 0, r.text


def test_a_newer_journal_is_refused(shop, starc):
    journal = shop / "target/starc_journal.jsonl"
    journal.parent.mkdir()
    journal.write_text('{"version":2,"args":{"which":"build"},"nodes":["model.shop.a"]}\n')
    r = starc("retry", cwd=shop)
    assert r.code != 0 and "this journal has version 2, and this starc reads version 1" in r.text, r.text
    assert "a newer starc wrote it" in r.text and journal.exists()
    journal.write_text('{"version":1,"later":{},"args":{"which":"build"},"nodes":["model.shop.a"]}\n{"later":"x"}\n')
    r = starc("retry", cwd=shop)
    assert r.code == 0 and "versions.a" in r.text and "versions.b" not in r.text, r.text


@needs_embedded
def test_a_newer_lock_file_is_refused_and_kept(project, starc, request):
    shop = project(FILES, profile=profile_for("embedded", request, "versions"))
    lock = shop / "schemas.lock.json"
    text = '{"version": 2, "project": "shop", "targets": {}, "later": []}\n'
    lock.write_text(text)
    for more in ([], ["--update-sources"]):
        r = starc("check", *more, cwd=shop)
        assert r.code == 2 and "it has version 2, and this starc reads version 1" in r.text, r.text
        assert "use that version of starc" in r.text and lock.read_text() == text


@needs_embedded
def test_a_newer_lineage_file_is_refused(project, starc, request):
    shop = project(FILES, profile=profile_for("embedded", request, "versions"))
    newer = {"metadata": {"form": "starc lineage", "version": 2}, "nodes": {}}
    (shop / "lineage.json").write_text(json.dumps(newer))
    r = starc("lineage", "--file", "lineage.json", "b.id", cwd=shop)
    assert r.code == 2 and "the lineage file has version 2, and this starc reads version 1" in r.text, r.text
    assert "a newer starc wrote it" in r.text


def test_a_project_pins_its_starc(shop, starc):
    now = re.search(r"^starc (\S+)$", starc("--version", cwd=shop).out, re.M).group(1)
    text = (shop / "dbt_project.yml").read_text()
    (shop / "dbt_project.yml").write_text(text + f"require-starc-version: ['>={now}', '<{now}9.0.0']\n")
    assert starc("parse", cwd=shop).code == 0
    (shop / "dbt_project.yml").write_text(text + "require-starc-version: '>=9.0.0'\n")
    r = starc("parse", cwd=shop)
    assert r.code == 2 and "dbt_project.yml:" in r.text and "9.0.0" in r.text and now in r.text, r.text


def test_what_tools_read_of_the_version(shop, starc, tmp_path):
    """dagster-dbt takes the first three numbers with dots, Lightdash what stands behind `installed: `; by either name
    it is the dbt that starc behaves as, and the program's own stands on its last line."""
    said = starc("--version", cwd=shop)
    assert said.code == 0 and said.err == ""
    first = re.search(r"(\d+\.\d+\.\d+)", said.out).group(1)
    assert first.startswith("1.12.") and re.search(r"installed: +(\S+)", said.out).group(1) == first
    assert re.fullmatch(r"starc \d+\.\d+\.\d+\S*", said.out.strip().splitlines()[-1])
    assert "fusion" not in said.out.lower()
    from conftest import STARC
    import subprocess

    (tmp_path / "dbt").symlink_to(STARC)
    env = {**os.environ, "NO_COLOR": "1"}
    as_dbt = subprocess.run([tmp_path / "dbt", "--version"], cwd=shop, env=env, capture_output=True, text=True)
    assert as_dbt.stdout == said.out and as_dbt.returncode == 0


def test_the_page_shows_what_is_printed(shop, starc):
    block = re.search(r"\$ starc --version\n(.*?)```", PAGE.read_text(), re.S).group(1)
    assert starc("--version", cwd=shop).out == block
    pin = re.search(r"  ```yaml\n  (.*?)\n", PAGE.read_text()).group(1)
    (shop / "dbt_project.yml").write_text((shop / "dbt_project.yml").read_text() + pin + "\n")
    assert starc("parse", cwd=shop).code == 0


def test_an_older_starc_writes_a_journal_over_a_newer_one(shop, starc):
    """A new run is a new journal: nothing of the old one is needed."""
    journal = shop / "target/starc_journal.jsonl"
    journal.parent.mkdir()
    journal.write_text('{"version":2}\n')
    assert starc("build", cwd=shop).code == 0 and not journal.exists()
