"""What the documentation page holds. What a browser makes of it: tests/site/run.py."""

import base64, gzip, json, re

import pytest

YAML = """
models:
  - name: orders
    description: "First line\\nSecond"
    columns: [{name: id, description: The key, data_tests: [unique]}]
  - {name: customers, columns: [{name: customer_id}]}
  - {name: plan, config: {docs: {show: false}}, columns: [{name: hidden_column, data_tests: [unique]}]}
sources:
  - {name: x, tables: [{name: t, columns: [{name: id, data_tests: [{relationships: {arguments: {to: "source('x', \
'u')", field: id}}}]}]},
                       {name: u, columns: [{name: id}]}]}
exposures:
  - {name: board, type: dashboard, url: "https://example.com/board", owner: {name: "Ann </script>", email: \
ann@example.com}, depends_on: [ref('orders'), ref('plan')]}
"""
FILES = {
    "models/orders.sql": "select {{ used(1) }} as id, 'hush-hush' as b",
    "models/customers.sql": "select 2 as customer_id from {{ ref('plan') }}",
    "models/plan.sql": "select 1 as hidden_column",
    "models/s.yml": YAML,
    "macros/m.sql": "{% macro used(x) %}{{ helper(x) }}{% endmacro %} {% macro helper(x) %}{{ x }}{% endmacro %}",
    "tests/both.sql": "select * from {{ ref('orders') }} o join {{ ref('customers') }} c on false",
}


def inside(page, name):
    return re.search(rf'<script id="{name}" type="[a-z/]+">(.*?)</script>', page.read_text(), re.S).group(1)


def details(page, index):
    """All details, in the order of the index."""
    chunks = [inside(page, f"chunk-{i}") for i in range(len(index["chunks"]))]
    return [d for c in chunks for d in json.loads(gzip.decompress(base64.b64decode(c)))]


@pytest.fixture
def page(project, starc):
    folder = project(FILES)
    r = starc("docs", "generate", "--empty-catalog", "--no-compile", cwd=folder)
    assert r.code == 0, r.text
    return folder / "target/index.html"


def test_the_index_says_what_stands_where(page):
    index = json.loads(inside(page, "data"))
    entries = index["entries"]
    ids = [e["id"] for e in entries]
    tested = {e["test"]: ids[e["tested"]] for e in entries if "tested" in e}
    assert tested == {"unique": "model.shop.orders", "relationships": "source.shop.x.t"}
    orders = entries[ids.index("model.shop.orders")]
    assert orders["says"] == "First line" and orders["columns"] == ["id"] and orders["described"] == 1
    assert "says" not in entries[ids.index("model.shop.customers")]
    board = entries[ids.index("exposure.shop.board")]
    assert board["owner"] == "Ann </script>" and board["parents"] == [ids.index("model.shop.orders")]
    assert {"macro.shop.used", "macro.shop.helper", "macro.dbt.test_unique"} <= set(ids)
    assert "macro.dbt.snapshot_merge_sql" not in ids


def test_details_are_those_of_the_manifest(project, starc):
    folder = project(FILES)
    r = starc("docs", "generate", "--empty-catalog", cwd=folder)
    assert r.code == 0, r.text
    page = folder / "target/index.html"
    index = json.loads(inside(page, "data"))
    manifest = json.loads((page.parent / "manifest.json").read_text())
    for entry, detail in zip(index["entries"], details(page, index), strict=True):
        assert detail["node"]["unique_id"] == entry["id"]
        if entry["kind"] == "model":
            assert detail["node"] == manifest["nodes"][entry["id"]]


def test_a_node_that_is_not_shown_is_in_no_part(page):
    whole = page.read_text() + json.dumps(details(page, json.loads(inside(page, "data"))))
    for name in ("hidden_column", "models/plan.sql"):
        assert name not in whole, name


def test_a_secret_is_masked(project, starc):
    folder = project(FILES)
    r = starc("docs", "generate", "--empty-catalog", cwd=folder, env={"DBT_ENV_SECRET_TOKEN": "hush-hush"})
    page = folder / "target/index.html"
    assert r.code == 0, r.text
    whole = page.read_text() + json.dumps(details(page, json.loads(inside(page, "data"))))
    assert "hush" not in whole and "*****" in whole


def test_many_nodes_take_many_chunks(project, starc):
    files = {f"models/m{i:03}.sql": f"select {i} as c{i}" for i in range(150)}
    folder = project(files)
    r = starc("docs", "generate", "--empty-catalog", "--no-compile", cwd=folder)
    assert r.code == 0, r.text
    page = folder / "target/index.html"
    index = json.loads(inside(page, "data"))
    assert len(index["chunks"]) > 2
    assert [d["node"]["unique_id"] for d in details(page, index)] == [e["id"] for e in index["entries"]]
