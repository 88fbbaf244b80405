"""A third database, SQLite, in files of its own (tests/database/sqlite): the whole program works on it."""

import json, os, sqlite3, subprocess
import pytest
from conftest import ROOT

PROGRAM = ROOT / os.environ.get("BUILD", "build") / "tests/starc-sqlite"
FILES = {
    "seeds/people.csv": "id,name,paid,since,good\n1,Ada,12.5,2026-01-02,true\n"
    "2,\"Grace, \"\"H\"\"\",7.25,2026-01-03,false\n3,,30,2026-01-04,\n",
    "models/names.sql": "select id, name, paid from {{ ref('people') }}",
    "models/totals.sql": "{{ config(materialized='table', strict=false) }} select count(*) as n, sum(paid) as total "
    "from {{ ref('names') }}",
    "models/grown.sql": "{{ config(materialized='incremental', unique_key='id') }} select id, name from {{ "
    "ref('people') }}"
    "{% if is_incremental() %} where id > (select max(id) - 2 from {{ this }}){% endif %}",
    "models/schema.yml": """
models:
  - {name: names, columns: [{name: id, data_tests: [unique, not_null]}, {name: name, data_tests: [not_null]}]}
unit_tests:
  - name: adds
    model: totals
    given: [{input: ref('names'), rows: [{id: 1, paid: 2}, {id: 2, paid: 3}]}]
    expect: {rows: [{n: 2, total: 5}]}
""",
    "snapshots/s.yml": """
snapshots:
  - {name: history, relation: ref('people'), config: {strategy: check, check_cols: [name], unique_key: id}}
""",
}


@pytest.fixture
def shop(project):
    folder = project(FILES, profile={"type": "sqlite", "path": "data", "schema": "shop"})

    def run(*args, code=0):
        p = subprocess.run(
            [PROGRAM, *args],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "NO_COLOR": "1"},
        )
        assert p.returncode == code, p.stdout + p.stderr
        return p.stdout + p.stderr

    def rows(query):
        db = sqlite3.connect(":memory:")
        db.execute("attach ? as shop", [str(folder / "data/shop.db")])
        return db.execute(query).fetchall()

    run.folder, run.rows = folder, rows
    return run


def test_what_it_answers_of_itself(shop):
    assert "server version: " + sqlite3.sqlite_version in shop("debug")
    assert "sqlite" in shop("--version")
    text = shop("init", "fresh", "--type", "sqlite")
    assert (
        "Made the project fresh (sqlite)" in text and "type: sqlite" in (shop.folder / "fresh/profiles.yml").read_text()
    )
    assert "embedded|clickhouse|postgres|sqlite" in shop("init", "other", "--type", "oracle", code=2)
    (shop.folder / "profiles.yml").write_text("shop: {target: dev, outputs: {dev: {type: sqlite, pth: data}}}")
    assert "did you mean 'path', which is needed?" in shop("debug", code=1)
    assert "the database, one of those below" in shop("reference", "profiles") and "## SQLite" in shop(
        "reference", "profiles"
    )
    assert "| SQLite | [`strict`](#strict) |" in shop("reference", "config")
    assert "{{ config(strict=true) }}" in shop("reference", "config")


def test_build_and_build_again(shop):
    shop("seed")
    assert shop.rows("select id, name, paid, typeof(paid), since, good from shop.people") == [
        (1, "Ada", 12.5, "real", "2026-01-02", "true"),
        (2, 'Grace, "H"', 7.25, "real", "2026-01-03", "false"),
        (3, None, 30.0, "real", "2026-01-04", None),
    ]
    shop("run")
    shop("snapshot")
    seed = shop.folder / "seeds/people.csv"
    seed.write_text(seed.read_text().replace("Ada", "Eve") + "4,Barbara,1,2026-01-05,true\n")
    shop("seed")
    shop("run")
    shop("snapshot")
    assert shop.rows("select * from shop.totals") == [(4, 50.75)]
    assert shop.rows("select id, name from shop.grown order by id") == [
        (1, "Ada"),
        (2, 'Grace, "H"'),
        (3, None),
        (4, "Barbara"),
    ]
    assert shop.rows("select id, name, dbt_valid_to is null from shop.history order by 1, 3") == [
        (1, "Ada", 0),
        (1, "Eve", 1),
        (2, 'Grace, "H"', 1),
        (3, None, 1),
        (4, "Barbara", 1),
    ]
    left = shop.rows("select type, name from shop.sqlite_master order by name")
    assert left == [
        ("table", "grown"),
        ("table", "history"),
        ("view", "names"),
        ("table", "people"),
        ("table", "totals"),
    ]


def test_tests_and_documentation(shop):
    shop("seed")
    shop("run")
    text = shop("test", code=1)
    assert "PASS=3 WARN=0 ERROR=1" in text and "models/schema.yml:3" in text and "not_null_names_name" in text
    shop("docs", "generate")
    catalog = json.loads((shop.folder / "target/catalog.json").read_text())
    names = catalog["nodes"]["model.shop.names"]
    assert (
        names["metadata"]["type"] == "view"
        and list(names["columns"]) == ["id", "name", "paid"]
        and not catalog["errors"]
    )
    assert json.loads((shop.folder / "target/manifest.json").read_text())["metadata"]["adapter_type"] == "sqlite"


def test_an_error_has_its_place(shop):
    (shop.folder / "models/totals.sql").write_text(
        "{{ config(materialized='table') }}select\n  nme\nfrom {{ ref('names') }}"
    )
    shop("seed")
    assert "models/totals.sql:2:3: error: no such column: nme" in shop("run", code=1)
