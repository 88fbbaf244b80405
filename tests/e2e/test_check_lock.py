"""schemas.lock.json: what `starc check` knows of sources without asking the target, on each engine."""

import json
import os
import stat

import pytest
from conftest import EMBEDDED, needs_embedded, profile_for

SOURCES = "sources:\n- name: raw\n  schema: {schema}\n  tables: [{{name: orders}}, {{name: lost}}]\n"
FILES = {
    "models/a.sql": "select id, gone from {{ source('raw', 'orders') }}",
    "models/b.sql": "select id, cost from {{ source('raw', 'orders') }}",
    "models/c.sql": "select id from {{ source('raw', 'lost') }}",
}


@pytest.fixture(autouse=True)
def engine_inside(request):
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def send(starc, folder, *statements):
    for sql in statements:
        r = starc("run-operation", "--sql", sql, cwd=folder)
        assert r.code == 0, r.text


def lock_of(folder):
    return json.loads((folder / "schemas.lock.json").read_text())


def written(project_name="shop", version=1, type="clickhouse", **section):
    return json.dumps(
        {"version": version, "project": project_name, "targets": {"dev": {"type": type, "sources": {}, **section}}}
    )


EMBEDDED_PROFILE = {"type": "clickhouse", "driver": "embedded", "schema": "s"}
AWAY = {"type": "clickhouse", "host": "127.0.0.1", "port": 1, "user": "u", "password": "p", "schema": "s"}


def test_the_lock_file(starc, project, engine):
    """Written from the target, the same again, and all that a check needs when the target is another."""
    schema = engine.profile()["schema"]
    folder = project({**FILES, "models/s.yml": SOURCES.format(schema=schema)}, profile=engine.profile())
    number = "numeric(10,2)" if engine.name == "postgres" else "Decimal(10, 2)"
    end = "" if engine.name == "postgres" else " engine = MergeTree order by id"
    quote = '"' if engine.name == "postgres" else "`"
    strange = f"{quote}a 'b' ü{quote}"
    send(
        starc,
        folder,
        f"create {'schema' if engine.name == 'postgres' else 'database'} if not exists {schema}",
        f"create table {schema}.orders (id {'bigint' if end == '' else 'Int64'}, cost {number}, {strange} "
        f"{'text' if end == '' else 'String'}){end}",
    )
    r = starc("check", "--update-sources", cwd=folder)
    assert r.code == 1 and "models/a.sql:1:12" in r.text, r.text
    assert "models/s.yml:4:35: warning: the target 'dev' has no table" in r.text and "[lock-stale]" in r.text, r.text
    assert r.text.count("[unknown-columns]") == 1 and "starc check --update-sources" in r.text, r.text
    text = (folder / "schemas.lock.json").read_text()
    section = lock_of(folder)["targets"]["dev"]
    assert list(section["sources"]) == ["source.shop.raw.orders"], text
    columns = section["sources"]["source.shop.raw.orders"]["columns"]
    assert list(columns) == ["id", "cost", "a 'b' ü"] and columns["cost"] == number, text
    assert list(section["nodes"]) == ["model.shop.b"] and text.endswith("}\n")
    assert f'\n            "cost": "{number}",\n' in text, text
    assert starc("check", "--update-sources", cwd=folder).code == 1
    assert (folder / "schemas.lock.json").read_text() == text

    send(starc, folder, f"drop table {schema}.orders")
    offline = ["--offline"] if engine.name != "postgres" else []
    r = starc("check", *offline, cwd=folder)
    assert r.code == 1 and "models/a.sql:1:12" in r.text and "1 wrong" in r.text, r.text
    r = starc("check", "--update-sources", "--select", "c", cwd=folder)
    assert lock_of(folder)["targets"]["dev"]["sources"], "what was not asked for stays"
    profiles = json.loads((folder / "profiles.yml").read_text().split("dev:", 2)[-1])
    outputs = {"outputs": {"dev": profiles, "ci": {**profiles, "host": "127.0.0.1", "port": 1}}, "target": "dev"}
    (folder / "profiles.yml").write_text(json.dumps({"shop": outputs}))
    r = starc("check", "--target", "ci", *(offline or ["--check-target", "dev"]), cwd=folder)
    assert "nothing of target ci: what it has of target dev counts" in r.text, r.text
    assert r.code == 1 and "models/a.sql:1:12" in r.text and "1 wrong" in r.text, r.text
    before = (folder / "schemas.lock.json").read_text()
    if engine.name != "embedded":
        r = starc("check", "--target", "ci", "--update-sources", cwd=folder)
        assert r.code == 2 and "connection-failed" in r.text, r.text
        assert (folder / "schemas.lock.json").read_text() == before

    r = starc("check", "--update-sources", cwd=folder)
    assert "[lock-stale]" in r.text and not lock_of(folder)["targets"]["dev"]["sources"], r.text


@needs_embedded
@pytest.mark.parametrize(
    "text, place, words",
    [
        ('{"version": 1,\n "project" "shop"}', "schemas.lock.json:2:12", "make it anew"),
        ("<<<<<<< a\n{}\n=======\n", "schemas.lock.json:1:1", "make it anew"),
        ('{\n<<<<<<< a\n"version": 1}', "schemas.lock.json:2:1", "one side of the merge"),
        ("[]", "schemas.lock.json:1", "no lock file of schemas"),
        ("", "schemas.lock.json", "error"),
        (written(version=2), "schemas.lock.json:1", "a later version"),
        (written("other"), "schemas.lock.json:1:28", "another project: 'other'"),
        (written(sources=[]), "schemas.lock.json", "not an object: 'sources'"),
        (written(sources={"source.shop.raw.orders": {}}), "schemas.lock.json:1:", "there are no columns"),
        (written(sources={"source.shop.raw.o": {"columns": {"id": 1}}}), "schemas.lock.json:1:", "is no text: 'id'"),
        (written(type=1), "schemas.lock.json:1:", "has no type: 'dev'"),
    ],
)
def test_a_file_that_cannot_be_used(starc, project, text, place, words):
    folder = project({**FILES, "models/s.yml": SOURCES.format(schema="r"), "schemas.lock.json": text}, profile=AWAY)
    for options in ([], ["--update-sources"], ["--offline"]):
        r = starc("check", *options, cwd=folder)
        assert r.code == 2 and place in r.text and words in r.text, (options, r.text)
    assert (folder / "schemas.lock.json").read_text() == text


@needs_embedded
def test_a_file_that_cannot_be_read(starc, project):
    folder = project({**FILES, "models/s.yml": SOURCES.format(schema="r")}, profile=AWAY)
    (folder / "schemas.lock.json").mkdir()
    r = starc("check", cwd=folder)
    assert r.code == 2 and "schemas.lock.json" in r.text, r.text
    (folder / "schemas.lock.json").rmdir()
    os.mkfifo(folder / "schemas.lock.json")
    r = starc("check", cwd=folder)
    assert r.code == 2 and "schemas.lock.json" in r.text, r.text


def test_options_that_ask_for_too_much(starc, project, request):
    """Nodes are looked at in Postgres itself, and ClickHouse's inside starc."""
    postgres = profile_for("postgres", request, "agree")
    clickhouse = {**AWAY, "port": 2}
    outputs = {"dev": postgres, "away": {**postgres, "port": 1}, "ch": clickhouse}
    profiles = json.dumps({"shop": {"target": "dev", "outputs": outputs}})
    files = {**FILES, "models/s.yml": SOURCES.format(schema="r"), "profiles.yml": profiles}
    folder = project(files)
    for options, words in (
        (["--offline"], "looked at in Postgres itself"),
        (["--offline", "--update-sources"], "--offline asks nobody"),
        (["--check-target", "deva"], "does not have a target named 'deva'"),
        (["--check-target", "ch"], "another database than the one that is built"),
        (["--check-target", "away"], "connection-failed"),
        (["--target", "ch", "--check-target", "dev"], "looked at inside starc"),
    ):
        r = starc("check", *options, cwd=folder)
        assert r.code == 2 and words in r.text, (options, r.text)
    r = starc("check", "--target", "away", "--offline", "--check-target", "dev", cwd=folder)
    assert r.code == 0 and r.text.count("[unknown-columns]") == 2, r.text
