"""Loads where people look for where a column comes from: `starc lineage` and the documentation page. What tools of dbt
read has no loads in it."""

import json, re

import pytest
from conftest import EMBEDDED
from source_database import SourceDatabase
from test_docs_page import details, inside

SHOP = """
create table orders (id bigint primary key, total numeric(10,2), mail text, note text);
insert into orders select g, g, 'a@b', 'n' from generate_series(1, 3) g;
create table "Items" ("ItemId" int, name text);
create table later (id int);
"""
TABLES = [
    {
        "name": "orders",
        "mode": "merge",
        "key": ["id"],
        "cursor": {"column": "id", "lag": 2},
        "columns": {"total": {"name": "amount"}, "mail": {"expression": "md5(mail)"}, "note": {"omit": True}},
    },
    {"name": "Items", "alias": "items"},
    {"name": "later", "tags": ["late"]},
]
YAML = """
sources:
  - name: raw
    schema: lined_up
    tables:
      - {name: orders, columns: [{name: amount, description: Dollars.}]}
      - {name: items}
      - {name: later}
"""
FILES = {
    "models/sums.sql": "select id as order_id, amount * 2 as twice, mail from {{ source('raw', 'orders') }}",
    "models/things.sql": "select * from {{ source('raw', 'items') }}",
    "models/late.sql": "select * from {{ source('raw', 'later') }}",
    "models/s.yml": YAML,
}


@pytest.fixture(autouse=True)
def columns_are_known(request):
    """Of ClickHouse the embedded engine tells them."""
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


@pytest.fixture
def shop(engine, starc, project, postgres):
    """The folder of a project that was loaded once, but for one table."""
    with SourceDatabase(postgres) as source:
        source(SHOP)
        loads = json.loads(source.load(TABLES, schema="lined_up"))
        loads["loads"][0]["naming"] = "dlt"
        loads["loads"][0]["prefix"] = "x"
        yaml = YAML.replace("orders,", "orders, identifier: x___orders,")
        for table in ("items", "later"):
            yaml = yaml.replace(table + "}", f"{table}, identifier: x___{table}}}")
        given = {**FILES, "models/s.yml": yaml, "loads/shop.yml": json.dumps(loads)}
        folder = project(given, profile=engine.profile("lined_up_models"))
        run = starc("load", "--exclude", "tag:late", cwd=folder)
        assert run.code == 0, run.text
        yield folder


def test_columns_come_from_their_load(starc, shop):
    run = starc("lineage", "sums.twice", "--quiet", cwd=shop)
    assert run.code == 0, run.text
    assert re.search(r"raw\.orders\.amount +computed", run.out), run.out
    assert re.search(r"load shop\.orders\.total +same +numeric\(10,2\)", run.out), run.out
    run = starc("lineage", "sums.mail", "--quiet", cwd=shop)
    assert re.search(r"load shop\.orders\.mail +computed +text", run.out), run.out
    assert "load shop.orders.note" not in run.out
    run = starc("lineage", "things.item_id", "--quiet", cwd=shop)
    assert re.search(r"load shop\.Items\.ItemId +same +integer", run.out), run.out
    for name in ("load:shop.orders.total", "load.shop.shop.orders.total"):
        run = starc("lineage", name, "--downstream", "--quiet", cwd=shop)
        assert run.code == 0 and "raw.orders.amount" in run.out and "sums.twice" in run.out, run.text
    run = starc("lineage", "load:shop.orders.totl", cwd=shop)
    assert run.code == 2 and "did you mean 'total'" in run.text, run.text
    kept = shop / "target/loads.json"
    kept.rename(shop / "kept.json")  # as in a fresh clone
    run = starc("lineage", "sums.twice", "--quiet", cwd=shop)
    assert run.code == 0 and "raw.orders.amount" in run.out and "load shop.orders" not in run.out, run.text


def page_data(folder):
    """The page's text, and each node's entry of the index with its detail."""
    page = folder / "target/index.html"
    entries = json.loads(inside(page, "data"))["entries"]
    ids = [e["id"] for e in entries]
    both = zip(entries, details(page, {"chunks": json.loads(inside(page, "data"))["chunks"]}), strict=True)
    return page.read_text(), {
        e["id"]: {**e, **d, "parents": [ids[p] for p in e.get("parents", [])]} for e, d in both
    }


def test_the_page_has_loads(starc, shop, postgres):
    run = starc("docs", "generate", cwd=shop)
    assert run.code == 0, run.text
    text, nodes = page_data(shop)
    load = nodes["load.shop.shop.orders"]["load"]
    config = load["config"]
    assert (config["mode"], config["key"], config["cursor"]["column"]) == ("merge", ["id"], "id")
    assert load["from"]["type"] == "postgres" and load["from"]["port"] == str(postgres.port)
    run = load["last_run"]
    assert run["status"] == "success" and run["rows"] == 3 and run["cursor_to"] == "3" and run["bytes"] > 0
    assert [(c["name"], c["from_name"], c["expression"]) for c in load["columns"]] == [
        ("id", "id", None),
        ("amount", "total", None),
        ("mail", "mail", "md5(mail)"),
    ]
    assert "last_run" not in nodes["load.shop.shop.later"]["load"]
    assert nodes["source.shop.raw.orders"]["parents"] == ["load.shop.shop.orders"]
    for path in ("index.html", "loads.json", "load_results.json", "lineage.json"):
        assert postgres.password not in (shop / "target" / path).read_text(), path
    for path in ("manifest.json", "catalog.json", "run_results.json"):
        assert '"load.' not in (shop / "target" / path).read_text(), path
    # A load that fails keeps the columns that are known.
    file = shop / "loads/shop.yml"
    file.write_text(file.read_text().replace('"dbname": "', '"dbname": "no_'))
    assert starc("load", "--exclude", "tag:late", cwd=shop).code == 1
    entry = json.loads((shop / "target/loads.json").read_text())["loads"]["load.shop.shop.orders"]
    assert entry["last_run"]["status"] == "error" and len(entry["columns"]) == 3, entry
