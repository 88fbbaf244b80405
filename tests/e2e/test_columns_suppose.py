"""`starc check --drop`, `--retype` and `--unused`: what becomes of a project without a column, on each engine."""

import json
import pytest
from conftest import EMBEDDED

NUMBER, BIG, TEXT = ({"postgres": a}.get for a in ("integer", "bigint", "text"))
FILES = {
    "models/s.yml": """sources:
- name: raw
  schema: raw_of_suppose
  tables:
  - name: orders
    columns: [{name: id, data_type: NUMBER}, {name: cents, data_type: NUMBER}, {name: note, data_type: TEXT},
      {name: unread, data_type: NUMBER}, {name: passed, data_type: NUMBER}, {name: status, data_type: NUMBER}]
exposures:
- {name: board, type: dashboard, owner: {name: a, email: a@b.c}, depends_on: [ref('totals')]}
models:
- name: stg
  columns: [{name: amount, data_tests: [not_null]}]
- name: all_of
  columns: [{name: passed}]
- name: agreed
  config: {contract: {enforced: true}}
  columns: [{name: id, data_type: NUMBER}]
""",
    "models/stg.sql": "select id, cents as amount, note, status from {{ source('raw', 'orders') }}",
    "models/all_of.sql": "{{ config(materialized='table') }}select * from {{ source('raw', 'orders') }}",
    "models/below.sql": "select * from {{ ref('all_of') }}",
    "models/totals.sql": "{{ config(materialized='table') }}\nselect status, sum(amount) as total\n"
    "from {{ ref('stg') }} group by status",
    "models/same.sql": "select count(*) as n from (select distinct * from {{ ref('below') }}) as d",
    "models/grown.sql": "{{ config(materialized='incremental', unique_key='id') }}\n"
    "select id, amount from {{ ref('stg') }}",
    "models/agreed.sql": "select id from {{ ref('grown') }}",
    "models/inline_one.sql": "{{ config(materialized='ephemeral') }}select id from {{ ref('stg') }}",
    "models/inlined.sql": "select id from {{ ref('inline_one') }}",
    "models/by_hand.sql": "select rate from HAND.rates",
    "seeds/rates.csv": "id,rate,other\n1,2,3\n",
    "models/rated.sql": "select rate from {{ ref('rates') }}",
    "snapshots/kept.yml": "snapshots:\n- {name: kept, relation: ref('stg'), config: {unique_key: id, strategy: check, "
    "check_cols: [amount]}}\n",
}


@pytest.fixture(autouse=True)
def engine_inside(request):
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def files_for(engine):
    words = {"NUMBER": NUMBER(engine.name, "Int32"), "TEXT": TEXT(engine.name, "String")}
    words["HAND"] = engine.profile()["schema"]
    out = {}
    for name, text in FILES.items():
        for word, by in words.items():
            text = text.replace(word, by)
        out[name] = text
    return out


def test_drop_and_retype(starc, project, engine):
    folder = project(files_for(engine), profile=engine.profile())
    big, number = BIG(engine.name, "Int64"), NUMBER(engine.name, "Int32")
    assert starc("seed", cwd=folder).code == 0  # what is named by hand is there
    for name in ("schemas.lock.json", "target/lineage.json"):
        assert not (folder / name).exists()

    def check(*words, code):
        r = starc("check", *words, cwd=folder)
        assert r.code == code, r.text
        r.rows = [line.strip() for line in r.out.splitlines() if line.startswith("  ")]
        return r

    r = check("--drop", "raw.orders.unread", code=0)
    assert {" ".join(row.split()) for row in r.rows} == {
        "gone all_of.unread (from raw.orders.unread)",
        "gone below.unread (from all_of.unread)",
        "rows model same (it reads below.unread without naming it)",
    }, r.text
    assert "Without raw.orders.unread: nothing fails, 2 columns go with it, 1 more may be touched" in r.out, r.text
    r = check("--drop", "raw.orders.NOTE", "--drop", "raw.orders.passed", "--select", "stg", "all_of", code=1)
    assert "fails        model stg" in r.rows and "models/stg.sql:1:" in r.text, r.text
    assert "gone         all_of.passed  (from raw.orders.passed)" in r.rows and "below" not in r.out, r.text
    assert "models/s.yml:14:" in r.text and "listed-column" in r.text, r.text
    # A model's own tests, keys and what reads it.
    r = check("--drop", "stg.amount", code=1)
    fails = {row.split()[-1] for row in r.rows if row.startswith("fails")}
    assert fails == {"totals", "grown", "kept", "not_null_stg_amount"}, r.text
    assert "tested-column" in r.text and "may read     exposure board" in r.text, r.text
    few = starc("check", "--drop", "stg.amount", cwd=folder, env={"STARC_TEST_WINDOW": "3"})  # many transactions
    assert [line.strip() for line in few.out.splitlines() if line.startswith("  ")] == r.rows, few.text
    r = check("--drop", "grown.id", code=1)
    assert {row.split()[-1] for row in r.rows if row.startswith("fails")} == {"grown", "agreed"}, r.text
    r = check("--drop", "totals.total", code=0)
    assert [row.split()[0] for row in r.rows] == ["may"] and "board" in r.out, r.text
    r = check("--drop", "rates.other", "--drop", "kept.note", code=0)
    assert "Nothing reads rates.other, kept.note: they may go" in r.out and not r.rows, r.text
    r = check("--drop", "rates.rate", code=1)
    assert "model rated" in r.out and "model by_hand" in r.out, r.text
    # Types, and the way that they go.
    r = check("--retype", f"grown.id={big}", code=1)
    assert "fails        model agreed" in r.rows and "contract-mismatch" in r.text, r.text
    r = check("--retype", f"raw.orders.cents={big}", "--output", "json", code=0)
    found = [json.loads(line) for line in r.out.splitlines()]
    assert {
        "effect": "retyped",
        "node": "model.shop.stg",
        "column": "amount",
        "was": number,
        "now": big,
        "why": "from raw.orders.cents",
    } in found, r.text
    r = check("--retype", f"rates.rate={big}", code=0)
    hand = "by hand      model by_hand  (it reads rates.rate by the relation's name)"
    changed = f"retyped      by_hand.rate  {big}, was {number}  (from rates.rate)"
    assert (hand if engine.name == "postgres" else changed) in r.rows, r.text  # there it reads the target's
    # What is silenced fails nonetheless.
    r = check("--drop", "stg.amount", "--warn-error-options", "{silence: [missing-column, tested-column]}", code=1)
    assert "fails        model totals" in r.rows, r.text
    # What is not there, and what cannot be.
    for words, said in (
        (("--drop", "raw.ordres.id"), "did you mean 'raw.orders'?"),
        (("--drop", "raw.orders.nid"), "did you mean 'id'?"),
        (("--drop", "stg"), "write NODE.COLUMN"),
        (("--drop", "inline_one.id"), "no relation"),
        (("--retype", "stg.id"), "write NODE.COLUMN=TYPE"),
        (("--retype", "stg.id=no_such_type"), "--retype: error: 'no_such_type' is no type"),
        (("--retype", f"stg.id={number}, x {number}"), "is no type of the database"),
        (("--drop", "stg.id", "--retype", f"stg.ID={big}"), "by --drop 'stg.id' already"),
        (("--retype", f"stg.id={number}", "--retype", f"stg.id={big}"), "to be another thing"),
        (("--drop", "stg.id", "--update-sources"), "asks what would be"),
        (("--drop", "stg.id", "--unused"), "does not go with"),
    ):
        assert said in check(*words, code=2).text
    for name in ("schemas.lock.json", "target/lineage.json"):
        assert not (folder / name).exists()


def test_unused(starc, project, engine):
    folder = project(files_for(engine), profile=engine.profile())
    assert starc("seed", cwd=folder).code == 0
    r = starc("check", "--unused", cwd=folder)
    lines = [" ".join(line.split()) for line in r.out.splitlines() if line[2:3] != ":"]
    assert r.code == 0 and lines == ["rates: id, other", "grown: amount"], r.text
    assert "nodes are not looked at: no model or exposure reads them" in r.text, r.text
    r = starc("check", "--unused", "--output", "json", "--select", "grown", cwd=folder)
    found = [json.loads(line) for line in r.out.splitlines()]
    assert [(c["node"], c["column"]) for c in found] == [("model.shop.grown", "amount")], r.text
    assert found[0]["type"] == NUMBER(engine.name, "Int32") and (folder / "target").exists(), r.text
