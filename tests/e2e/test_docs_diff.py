"""What `docs diff` finds, prints and writes into its page. No database is asked. In a browser: tests/site/diff.py."""

import base64, gzip, json, re, shutil

import pytest
from conftest import needs_embedded

BEFORE = {
    "models/orders.sql": "{{ config(materialized='view') }}\n"
    "select id, {{ euros('cents') }} as amount from {{ ref('raw_orders') }}",
    "models/customers.sql": "select 1 as id from {{ ref('orders') }}",
    "models/totals.sql": "select 1 as total, 'hush-hush' as b from {{ ref('orders') }}",
    "models/report.sql": "select * from {{ ref('totals') }}",
    "models/plan.sql": "{{ config(docs={'show': false}) }}select 1 as hidden_then from {{ ref('orders') }}",
    "models/s.yml": """
models:
  - name: orders
    description: An order a row
    columns: [{name: id, data_type: int, data_tests: [unique]}, {name: amount, data_type: int}]
  - {name: plan, columns: [{name: hidden_then, data_tests: [unique]}]}
exposures: [{name: mail, type: application, owner: {name: Ann}, depends_on: [ref('customers')]}]
""",
    "macros/m.sql": "{% macro euros(c) %}{{ c }} / 100{% endmacro %}{% macro old() %}{% endmacro %}",
    "seeds/raw_orders.csv": "id,cents\n1,100\n",
}
AFTER = {
    "models/orders.sql": "{{ config(materialized='table') }}\n"
    "select id, {{ euros('cents') }} as amount, 1 as n from {{ ref('raw_orders') }}",
    "models/report.sql": "select * from {{ ref('by_day') }}",
    "models/by_day.sql": "select 1 as day from {{ ref('orders') }}",
    "models/s.yml": """
models:
  - name: orders
    description: A paid order a row
    columns: [{name: ID, data_type: bigint, data_tests: [not_null]}, {name: n, data_type: int}]
  - {name: customers, config: {tags: [daily]}}
exposures:
  - {name: mail, type: application, owner: {name: Bob}, depends_on: [ref('customers')]}
  - {name: board, type: dashboard, owner: {name: Ann}, depends_on: [ref('customers')]}
""",
    "macros/m.sql": "{% macro euros(c) %}{{ c }} / 100.0{% endmacro %}",
}
WORDS = ("docs", "diff", "--empty-catalog", "--no-compile", "--quiet")


def data(page):
    """The index by unique id, and details with it."""
    text = page.read_text()
    inside = lambda name: re.search(rf'<script id="{name}" type="[a-z/]+">(.*?)</script>', text, re.S).group(1)
    index = json.loads(inside("data"))
    chunks = [json.loads(gzip.decompress(base64.b64decode(inside(f"chunk-{i}")))) for i in range(len(index["chunks"]))]
    details = [d for c in chunks for d in c]
    return index, {e["id"]: {**e, "detail": d} for e, d in zip(index["entries"], details, strict=True)}


@pytest.fixture
def changed(project, starc):
    """A project that is not what it was, and the earlier manifest in prod/."""
    folder = project(BEFORE)
    assert starc("parse", cwd=folder).code == 0
    (folder / "target").rename(folder / "prod")
    for gone in ("totals", "plan"):
        (folder / f"models/{gone}.sql").unlink()
    for path, text in AFTER.items():
        (folder / path).write_text(text)
    return folder


def test_it_finds_what_is_new_other_and_gone(changed, starc):
    r = starc(*WORDS, "--state", "prod", cwd=changed)
    assert (r.code, r.out) == (
        0,
        """\
Against prod: 1 model, 1 test, 1 exposure added; 3 models, 1 exposure changed; 2 models, 2 tests removed
  + model by_day
  + exposure board
  ~ model customers: config
  ~ model orders: sql, config, macros, description, columns, tests
  ~ model report: sql
  ~ exposure mail: definition
  - model plan
  - model totals
Page written: target/diff/index.html
""",
    )
    assert sorted(p.name for p in (changed / "target").iterdir()) == ["diff"]
    index, of = data(changed / "target/diff/index.html")
    assert index["against"]["state"] == "prod" and index["against"]["made"]
    orders, place = of["model.shop.orders"], [e["id"] for e in index["entries"]].index
    assert orders["diff"]["what"] == ["sql", "config", "macros", "description", "columns", "tests"]
    assert orders["diff"]["modified"]
    before = orders["detail"]["before"]
    assert before["macros"] == ["macro.shop.euros"]
    assert before["raw_code"] == BEFORE["models/orders.sql"] and before["description"] == "An order a row"
    assert before["config"] == [{"key": "materialized", "was": "view", "is": "table"}]
    assert before["columns"] == [
        {"name": "ID", "how": "changed", "was": "int", "is": "bigint"},
        {"name": "n", "how": "added", "is": "int"},
        {"name": "amount", "how": "removed", "was": "int"},
    ]
    owners = [{"email": None, "name": name} for name in ("Ann", "Bob")]
    mail = of["exposure.shop.mail"]["detail"]["before"]
    assert mail["definition"] == [{"key": "owner", "was": owners[0], "is": owners[1]}]
    # dbt's state:modified does not count tags: the page shows them all the same, and says so.
    customers = of["model.shop.customers"]["diff"]
    assert customers == {"how": "changed", "what": ["config"]}
    assert of["macro.shop.euros"]["diff"]["how"] == "changed" and of["macro.shop.old"]["diff"]["how"] == "removed"
    assert "diff" not in of["seed.shop.raw_orders"]
    totals, report = of["model.shop.totals"], of["model.shop.report"]
    assert totals["diff"] == {"how": "removed"} and totals["parents"] == [place("model.shop.orders")]
    assert report["parents"] == [place("model.shop.by_day")] and report["lost"] == [place("model.shop.totals")]
    assert report["gained"] == report["parents"] and "gained" not in orders
    at_orders = [e for e in of.values() if e["kind"] == "test" and e.get("tested") == place("model.shop.orders")]
    tests = {e["test"]: e["diff"]["how"] for e in at_orders}
    assert tests == {"unique": "removed", "not_null": "added"}


def test_what_was_hidden_and_what_is_secret_stay_so(changed, starc):
    r = starc(*WORDS, "--state", "prod", cwd=changed, env={"DBT_ENV_SECRET_TOKEN": "hush-hush"})
    page = changed / "target/diff/index.html"
    whole = page.read_text() + json.dumps(data(page)[1])
    assert r.code == 0 and "hush" not in whole and "hidden_then" not in whole and "model.shop.plan" not in whole
    assert starc(*WORDS, "--state", "prod", "--light", "--output-dir", "out", cwd=changed).code == 0
    assert "cents" not in json.dumps(data(changed / "out/index.html")[1])


def test_what_it_finds_is_what_state_modified_selects(changed, starc):
    words = ("--select", "state:modified", "--state", "prod", "--output", "json", "--output-keys", "unique_id")
    chosen = starc("ls", *words, "--quiet", cwd=changed)
    ids = {json.loads(line)["unique_id"] for line in chosen.out.splitlines()}
    assert starc(*WORDS, "--state", "prod", cwd=changed).code == 0
    _, of = data(changed / "target/diff/index.html")
    assert ids and {i for i, e in of.items() if e.get("diff", {}).get("modified")} == ids


def test_the_target_folder_can_be_the_state(changed, starc):
    (changed / "prod").rename(changed / "target")
    manifest = (changed / "target/manifest.json").read_bytes()
    for _ in range(2):  # the second finds the same
        r = starc("docs", "diff", "--state", "target", "--empty-catalog", cwd=changed)
        assert r.code == 0 and "3 models, 1 exposure changed" in r.text and "same" not in r.text, r.text
    assert (changed / "target/manifest.json").read_bytes() == manifest


def test_nothing_changed(changed, starc):
    assert starc("parse", cwd=changed).code == 0
    r = starc(*WORDS, "--state", "target", cwd=changed)
    assert (r.code, r.out.splitlines()[0]) == (0, "Against target: nothing is added, changed or removed")
    _, of = data(changed / "target/diff/index.html")
    assert not [e["id"] for e in of.values() if {"diff", "lost", "gained"} & e.keys()]


def test_a_part_has_nothing_of_the_rest(changed, starc):
    r = starc(*WORDS, "--state", "prod", "--select", "orders", cwd=changed)
    assert r.code == 0 and r.out.splitlines()[:-1] == [
        "Against prod: 1 test added; 1 model changed",
        "  ~ model orders: sql, config, macros, description, columns, tests",
    ]
    assert "totals" not in json.dumps(data(changed / "target/diff/index.html")[1])


def test_a_state_that_cannot_be_compared(changed, starc):
    r = starc(*WORDS, cwd=changed)
    assert r.code == 2 and "docs diff needs the artifacts of an earlier run" in r.text
    r = starc(*WORDS, "--state", "models", cwd=changed)
    assert r.code == 2 and "the folder 'models' has no manifest.json, which docs diff needs" in r.text
    manifest = json.loads((changed / "prod/manifest.json").read_text())
    manifest["metadata"]["dbt_schema_version"] = "https://schemas.getdbt.com/dbt/manifest/v99.json"
    (changed / "prod/manifest.json").write_text(json.dumps(manifest))
    r = starc(*WORDS, "--state", "prod", cwd=changed)
    assert r.code == 2 and "this file has version 99, and starc reads 4 to 12" in r.text
    assert not (changed / "target").exists()


def test_another_page_is_left_alone(changed, starc):
    (changed / "site").mkdir()
    (changed / "site/index.html").write_text("mine")
    r = starc(*WORDS, "--state", "prod", "--output-dir", "site", cwd=changed)
    assert r.code == 2 and (changed / "site/index.html").read_text() == "mine"
    shutil.rmtree(changed / "site")


@needs_embedded
def test_columns_are_those_of_the_queries_where_both_states_know_them(project, starc):
    """Nothing is described, and nothing built now: the catalog knows only what was there before."""
    folder = project(
        {
            "models/a.sql": "select 1 as id, 'x' as name, toInt32(2) as n",
            "models/s.yml": "models: [{name: a, config: {contract: {enforced: true}}, columns: "
            "[{name: id, data_type: UInt8}, {name: name, data_type: String}, {name: n, data_type: Int32}]}]\n",
        }
    )
    assert starc("docs", "generate", cwd=folder).code == 0
    (folder / "target").rename(folder / "prod")
    (folder / "models/a.sql").write_text("select 1 as id, toInt64(2) as n, today() as day")
    (folder / "models/s.yml").unlink()
    r = starc("docs", "diff", "--state", "prod", "--quiet", cwd=folder)
    assert r.code == 0 and "  ~ model a: sql, config, contract, columns\n" in r.out, r.text
    _, of = data(folder / "target/diff/index.html")
    a = of["model.shop.a"]
    assert a["detail"]["before"]["from"] == "lineage"
    assert a["detail"]["before"]["columns"] == [
        {"name": "n", "how": "changed", "was": "Int32", "is": "Int64"},
        {"name": "day", "how": "added", "is": "Date"},
        {"name": "name", "how": "removed", "was": "String"},
    ]
    assert "its enforcement was removed" in a["diff"]["breaks"] and "warning" not in r.text
