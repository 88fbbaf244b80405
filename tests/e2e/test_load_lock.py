"""schemas.lock.json follows what loads do to the tables that sources name."""

import json

import pytest
from conftest import EMBEDDED
from source_database import SourceDatabase

SHOP = "create table {0} (id int primary key, a int not null); insert into {0} values (1, 1);"
TABLES = ["orders", "items", "parts", "notes"]
SOURCE = {"name": "raw", "schema": "locked_in", "tables": [{"name": t} for t in TABLES]}
MODEL = "select * from {{{{ source('raw', '{0}') }}}}"


def columns(folder, target="dev"):
    lock = json.loads((folder / "schemas.lock.json").read_text())
    found = {k.split(".")[-1]: v["columns"] for k, v in lock["targets"][target]["sources"].items()}
    return lock, found


@pytest.fixture(autouse=True)
def columns_are_known(request):
    """Of ClickHouse the embedded engine tells them."""
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def test_columns_that_a_load_changed(engine, starc, project, postgres):
    with SourceDatabase(postgres) as source:
        for table in TABLES:
            source(SHOP.format(table))
        tables = [{"name": t, "mode": "append", "cursor": "id"} for t in TABLES[:3]] + ["notes"]
        given = {f"models/{t}_m.sql": MODEL.format(t) for t in TABLES}
        given["models/s.yml"] = json.dumps({"sources": [SOURCE]})
        given["loads/shop.yml"] = source.load(tables, schema="locked_in")
        folder = project(given, profile=engine.profile("locked_models", threads=4))
        run = starc("load", cwd=folder)
        assert run.code == 0 and not (folder / "schemas.lock.json").exists(), run.text
        run = starc("check", "--update-sources", cwd=folder)
        assert run.code == 0, run.text
        lock, before = columns(folder)
        assert set(before) == set(TABLES)
        lock["targets"]["other"] = {"type": "postgres", "sources": {}, "nodes": {}}
        (folder / "schemas.lock.json").write_text(json.dumps(lock, indent=2))

        run = starc("load", cwd=folder)  # nothing changed
        assert run.code == 0 and "schemas.lock.json" not in run.text, run.text
        for table in TABLES[:3]:
            source(f"alter table {table} add fresh text; alter table {table} alter a type bigint")
            source(f"insert into {table} values (2, 3000000000, 'x')")
        run = starc("load", "--dry-run", cwd=folder)
        assert run.code == 0 and columns(folder)[1] == before, run.text
        run = starc("load", cwd=folder)
        assert run.code == 0, run.text
        said = [line for line in run.text.splitlines() if "schemas.lock.json" in line]
        assert len(said) == 1 and "as they are now" in said[0], run.text
        assert all(t in said[0] for t in TABLES[:3]) and "notes" not in said[0], said
        lock, after = columns(folder)
        big = "bigint" if engine.name == "postgres" else "Int64"
        for table in TABLES[:3]:
            assert "fresh" in after[table] and after[table]["a"] == big, after
        assert after["notes"] == before["notes"]
        assert lock["targets"]["other"] == {"type": "postgres", "sources": {}, "nodes": {}}
        assert starc("source", "check", cwd=folder).code == 0

        # A file that cannot be used hinders no load.
        (folder / "schemas.lock.json").write_text("{")
        source("insert into orders values (3, 3, 'y')")
        run = starc("load", cwd=folder)
        assert run.code == 0 and "schemas.lock.json" in run.text and "warning" in run.text, run.text
        assert (folder / "schemas.lock.json").read_text() == "{"


def test_another_target_has_its_own_section(starc, project, postgres, engine):
    with SourceDatabase(postgres) as source:
        source(SHOP.format("orders"))
        given = {
            "models/orders_m.sql": MODEL.format("orders"),
            "models/s.yml": json.dumps({"sources": [{**SOURCE, "tables": [{"name": "orders"}]}]}),
            "loads/shop.yml": source.load(["orders"], schema="locked_in"),
        }
        folder = project(given, profile=engine.profile("locked_models"))
        kind = "postgres" if engine.name == "postgres" else "clickhouse"
        lock = {"version": 1, "project": "shop", "targets": {"prod": {"type": kind, "sources": {}, "nodes": {}}}}
        (folder / "schemas.lock.json").write_text(json.dumps(lock))
        run = starc("load", cwd=folder)
        assert run.code == 0, run.text
        assert json.loads((folder / "schemas.lock.json").read_text()) == lock
