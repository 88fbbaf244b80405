"""`starc lineage` and target/lineage.json: which columns the columns of a project are made of, on each engine."""

import json, os, pathlib, re, subprocess, venv
import pytest
from conftest import EMBEDDED, ROOT, needs_embedded, profile_for

NUMBER = {"postgres": "integer"}
SOURCES = """sources:
- name: raw
  schema: raw_of_lineage
  tables:
  - name: orders
    columns:
    - {name: id, data_type: NUMBER, description: The key.}
    - {name: buyer, data_type: NUMBER}
    - {name: cents, data_type: NUMBER, description: What was paid.}
    - {name: status, data_type: NUMBER}
  - name: lost
"""
FILES = {
    "models/s.yml": SOURCES,
    "models/stg.sql": "select id, buyer as customer, cents / 100 as amount, status from {{ source('raw', 'orders') }}\n"
    "where status > 0",
    "models/e1.sql": "{{ config(materialized='ephemeral') }}\n"
    "select customer, amount as paid from {{ ref('stg') }} where id > 1",
    "models/e2.sql": "{{ config(materialized='ephemeral') }}select customer, paid + 1 as more from {{ ref('e1') }}",
    "models/per_customer.sql": "{{ config(materialized='table') }}\n"
    "select customer, sum(more) as total, count(*) as n, 1 as one from {{ ref('e2') }} group by customer",
    "models/everything.sql": "select * from {{ ref('stg') }}",
    "models/both.sql": "select id, amount from {{ ref('stg') }} union all select id, rate from {{ ref('rates') }}",
    "models/other_amount.sql": "select rate as amount from {{ ref('rates') }}",
    "models/grown.sql": "{{ config(materialized='incremental', unique_key='id') }}\n"
    "select id, {% if is_incremental() %}status{% else %}buyer{% endif %} as who from {{ source('raw', 'orders') }}\n"
    "{% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}",
    "models/of_lost.sql": "select id from {{ source('raw', 'lost') }}",
    "seeds/rates.csv": "id,rate\n1,2\n",
    "snapshots/kept.yml": "snapshots:\n- {name: kept, relation: ref('stg'), config: {unique_key: id, strategy: check, "
    "check_cols: [amount]}}\n- {name: timed, relation: ref('dated'), config: {unique_key: id, strategy: timestamp, "
    "updated_at: at}}\n",
    "models/dated.sql": "select id, cast('2024-01-01 00:00:00' as timestamp) as at from {{ ref('stg') }}",
    "models/m.yml": "models:\n- name: per_customer\n  description: What each of them paid.\n  columns:\n"
    "  - {name: total, description: All of it., data_tests: [not_null]}\n",
    "tests/no_debt.sql": "select * from {{ ref('per_customer') }} where total < 0",
}


@pytest.fixture(autouse=True)
def engine_inside(request):
    """The check of a ClickHouse target is the embedded engine's, whatever the target is."""
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def files_for(engine, **more):
    number = NUMBER.get(engine if isinstance(engine, str) else engine.name, "Int64")
    return {k: v.replace("NUMBER", number) for k, v in {**FILES, **more}.items()}


def edges(folder):
    """{"orders.amount": {"same raw.orders.cents"}}; "orders.": what decides its rows."""
    document = json.loads((folder / "target/lineage.json").read_text())
    assert document["metadata"]["form"] == "starc lineage" and document["metadata"]["version"] == 1
    nodes, found = document["nodes"], {}
    name = lambda i: f"{nodes[i['node']]['name']}.{i['column'] or ''}"
    for node in nodes.values():
        for column in node["columns"]:
            found[f"{node['name']}.{column['name']}"] = {f"{i['step']} {name(i)}" for i in column["inputs"]}
        found[f"{node['name']}."] = {f"{i['step']} {name(i)}" for i in node["rows"]}
    return found, nodes


def agree(found, wanted):
    differ = {k: (v, found.get(k)) for k, v in wanted.items() if found.get(k) != v}
    assert not differ, differ


def test_edges_of_each_kind_of_node(starc, project, engine):
    folder = project(files_for(engine), profile=engine.profile())
    r = starc("lineage", cwd=folder)
    assert r.code == 0, r.text
    found, nodes = edges(folder)
    agree(
        found,
        {
            "raw.orders.cents": set(),
            "stg.customer": {"same raw.orders.buyer"},
            "stg.amount": {"computed raw.orders.cents"},
            "stg.": {"filter raw.orders.status"},
            "e1.paid": {"same stg.amount"},
            "e1.": {"filter stg.id"},
            "e2.more": {"computed e1.paid"},
            "per_customer.customer": {"same e2.customer"},
            "per_customer.total": {"aggregated e2.more"},
            "per_customer.n": {"aggregated e2."},
            "per_customer.one": set(),
            "everything.amount": {"same stg.amount"},
            "everything.status": {"same stg.status"},
            "both.amount": {"same stg.amount", "same rates.rate"},
            "other_amount.amount": {"same rates.rate"},
            "grown.who": {"same raw.orders.buyer", "same raw.orders.status"},
            "grown.id": {"same raw.orders.id"},
            "kept.amount": {"same stg.amount"},
            "kept.id": {"same stg.id"},
            "timed.dbt_valid_from": {"same dated.at"},
            "timed.at": {"same dated.at"},
        },
    )
    assert "filter raw.orders.id" in found["grown."] and "filter grown.id" in found["grown."], found["grown."]
    assert "computed stg.id" in found["kept.dbt_scd_id"], found["kept.dbt_scd_id"]
    assert {"computed dated.id", "computed dated.at"} <= found["timed.dbt_scd_id"], found["timed.dbt_scd_id"]
    test = next(n for n in nodes.values() if n["name"].startswith("not_null_per_customer"))
    assert {(i["column"], i["step"]) for i in test["rows"]} >= {("total", "filter")}, test
    assert next(n for n in nodes.values() if n["name"] == "no_debt")["rows"], nodes
    assert nodes["model.shop.of_lost"]["unknown"] == "the columns of source 'raw.lost' are not known"
    assert nodes["model.shop.e2"]["materialized"] == "ephemeral" and "starc_check" not in json.dumps(nodes)
    number = NUMBER.get(engine.name, "Int64")
    assert nodes["source.shop.raw.orders"]["columns"][0]["type"] == number
    assert "it is known what they are made of" in r.out and "raw.lost" in r.out, r.out


def test_the_file_is_of_the_whole_project_and_check_writes_it_too(starc, project, engine):
    folder = project(files_for(engine), profile=engine.profile())
    file = folder / "target/lineage.json"
    assert starc("lineage", "stg.amount", cwd=folder).code == 0 and not file.exists()
    assert starc("check", "--select", "stg", cwd=folder).code == 0 and not file.exists()
    assert starc("check", "--no-write-json", cwd=folder).code == 0 and not file.exists()
    assert starc("check", cwd=folder).code == 0 and file.exists()
    found, _ = edges(folder)
    file.unlink()
    assert starc("lineage", cwd=folder).code == 0
    assert edges(folder)[0] == found


def test_docs_generate_writes_it_too(starc, project, engine):
    folder = project(files_for(engine), profile=engine.profile())
    file = folder / "target/lineage.json"
    assert starc("build", "--select", "rates", cwd=folder).code == 0  # what is embedded is opened after the check
    assert starc("lineage", cwd=folder).code == 0
    wanted = edges(folder)
    file.unlink()
    for part in (["--no-compile"], ["--empty-catalog"], ["--select", "stg"], ["--no-write-json"]):
        assert starc("docs", "generate", *part, cwd=folder).code == 0 and not file.exists(), part
    r = starc("docs", "generate", cwd=folder)
    assert r.code == 0 and edges(folder) == wanted, r.text
    assert "rates" in (folder / "target/catalog.json").read_text()
    (folder / "models/wrong.sql").write_text("select nothing from {{ ref('stg') }}")
    r = starc("docs", "generate", cwd=folder)
    assert r.code == 0 and r.text.count("could not be checked") == 1, r.text
    assert edges(folder)[1]["model.shop.wrong"]["unknown"] == "it failed its check", r.text


@needs_embedded
def test_docs_generate_without_an_engine_for_it(starc, project, request):
    folder = project(files_for("clickhouse"), profile=profile_for("clickhouse", request, "s_no_engine"))
    r = starc("docs", "generate", cwd=folder, env={"STARC_LIBCHDB": "/nowhere/libchdb.so"})
    assert r.code == 0 and not (folder / "target/lineage.json").exists(), r.text
    said = [line for line in r.text.split("\n") if "lineage" in line]
    assert len(said) == 1 and "lineage.json is not written: cannot load" in said[0] and "/nowhere" in said[0], r.text


def test_keys_and_contracts_are_no_views(starc, project, engine):
    """Relations that are made as tables, for their keys: the query is asked about all the same."""
    number = NUMBER.get(engine.name, "Int64")
    files = files_for(engine)
    files["models/firm.sql"] = (
        "{{ config(materialized='table', contract={'enforced': true}) }}select id, amount * 2 as twice "
        "from {{ ref('typed') }}"
    )
    files["models/typed.sql"] = (
        f"select cast(id as {number}) as id, cast(amount as {number}) as amount from {{{{ ref('stg') }}}}"
    )
    files["models/f.yml"] = (
        f"models:\n- name: firm\n  columns: [{{name: id, data_type: {number}}}, {{name: twice, data_type: {number}}}]\n"
    )
    indexes = "indexes=[{'columns': ['id']}]" if engine.name == "postgres" else "order_by='id'"
    files["models/indexed.sql"] = "{{ config(materialized='table', " + indexes + ") }}select id from {{ ref('firm') }}"
    folder = project(files, profile=engine.profile())
    assert starc("lineage", cwd=folder).code == 0
    agree(
        edges(folder)[0],
        {"firm.twice": {"computed typed.amount"}, "firm.id": {"same typed.id"}, "indexed.id": {"same firm.id"}},
    )


DICTIONARY = (
    "{{ config(materialized='dictionary', primary_key='id', layout='hashed()', lifetime='0', fields=[('id', 'UInt64'), "
    "('title', 'String')]) }}"
)


@needs_embedded
def test_dictionaries_and_views_into_tables(starc, project, request):
    files = files_for("clickhouse")
    files.update(
        {
            "models/names.sql": DICTIONARY + "select id, toString(status) as title from {{ ref('stg') }}",
            "models/named.sql": "-- depends_on: {{ ref('names') }}\nselect id, "
            "dictGet('names_of_lineage.names', 'title', toUInt64(id)) as title from {{ ref('stg') }}",
            "models/into.sql": "{{ config(materialized='table', order_by='id') }}\n"
            "select id, amount from {{ ref('stg') }} where 0",
            "models/writer.sql": "{{ config(materialized='materialized_view') }}\n"
            "{{ materialization_target_table(ref('into')) }}\nselect id, rate as amount from {{ ref('rates') }}",
            "models/parts.sql": "{{ config(materialized='materialized_view', order_by='id') }}\n--one:begin\n"
            "select id from {{ ref('into') }}\n--one:end\nunion all\n--two:begin\n"
            "select id from {{ ref('rates') }}\n--two:end",
        }
    )
    folder = project(files, profile=profile_for("embedded", request, "names_of_lineage"))
    r = starc("lineage", cwd=folder)
    assert r.code == 0, r.text
    found, _ = edges(folder)
    assert found["named.title"] == {"same names.title", "join stg.id", "join names."}, found["named.title"]
    agree(
        found,
        {
            "names.title": {"computed stg.status"},
            "into.amount": {"same stg.amount", "same writer.amount"},
            "writer.amount": {"same rates.rate"},
            "parts.id": {"same into.id", "same rates.id"},
        },
    )


def test_the_tree(starc, project, engine):
    folder = project(files_for(engine), profile=engine.profile())
    lines = starc("lineage", "--quiet", "per_customer.total", cwd=folder).out.rstrip().split("\n")
    assert lines[0].startswith("per_customer.total  ") and lines[2] == "  All of it." and lines[4] == "made of", lines
    tree = [re.split(r"  +", l.rstrip()) for l in lines[5:9]]
    assert tree[0][:2] == ["└─ e2.more", "aggregated"], lines
    assert tree[-1][1:3] == ["└─ raw.orders.cents", "computed"] and tree[-1][-1] == "What was paid.", lines
    assert "more by influence alone" in lines[-1], lines
    all_of_it = starc("lineage", "--quiet", "per_customer.total", "--influence", cwd=folder).out
    assert "rows of stg" in all_of_it and "raw.orders.status" in all_of_it, all_of_it
    down = starc("lineage", "-q", "raw.orders.status", "--downstream", "--influence", cwd=folder).out
    assert "rows of stg" in down and "test no_debt" in down and "gets into" in down and "made of" not in down, down
    one = starc("lineage", "-q", "raw.orders.cents", "--both", "--depth", "1", cwd=folder).out
    assert "stg.amount" in one and "e1.paid" not in one and "(a source: nothing in the project makes it)" in one, one
    whole = starc("lineage", "-q", "shop.both", cwd=folder).out
    assert "├─ id" in whole and "└─ amount" in whole and "rates.rate" in whole, whole
    assert "raw.orders" not in whole, whole
    by_id = starc("lineage", "-q", "model.shop.e2.more", cwd=folder).out  # an ephemeral model is known by its readers
    assert "e1.paid" in by_id and "raw.orders.cents" in by_id, by_id


def test_names_that_are_not_there(starc, project, engine):
    folder = project(files_for(engine), profile=engine.profile())
    for name, words in (
        ("per_custmer.total", "did you mean 'per_customer'?"),
        ("per_customer.totl", "did you mean 'total'?"),
        ("raw.ordrs.cents", "did you mean 'raw.orders'?"),
        ("of_lost.id", "the columns of source 'raw.lost' are not known"),
    ):
        r = starc("lineage", name, cwd=folder)
        assert r.code == 2 and words in r.text and "[lineage-name]" in r.text, (name, r.text)
    assert starc("lineage", "stg", "--depth", "-1", cwd=folder).code == 2
    assert starc("lineage", "stg.AMOUNT", cwd=folder).code == 0


ODD = ['a.b', 'two words', "it's", 'br[ac]ket', 'naïve', 'q"uote', 'b`ack', 'x<y>', 'ba\\ck']


def test_odd_names_of_columns(starc, project, engine):
    quote = lambda n: (
        '"' + n.replace('"', '""') + '"'
        if engine.name == "postgres"
        else "`" + n.replace("\\", "\\\\").replace("`", "\\`") + "`"
    )
    files = {
        "models/odd.sql": "select " + ", ".join(f"{i} as {quote(n)}" for i, n in enumerate(ODD)),
        "models/reads.sql": "select "
        + ", ".join(f"{quote(n)} as {quote(n + '2')}" for n in ODD)
        + " from {{ ref('odd') }}",
    }
    folder = project(files, profile=engine.profile())
    r = starc("lineage", cwd=folder)
    assert r.code == 0, r.text
    agree(edges(folder)[0], {f"reads.{n}2": {f"same odd.{n}"} for n in ODD})
    for n in ODD:
        r = starc("lineage", "-q", f"reads.{n}2", "--file", "target/lineage.json", cwd=folder)
        assert r.code == 0 and f"odd.{n}" in r.out, (n, r.text)
        chart = starc(
            "lineage", "-q", f"reads.{n}2", "--file", "target/lineage.json", "--output", "mermaid", cwd=folder
        ).out
        assert all(l.count('"') in (0, 2) for l in chart.split("\n")), chart


@needs_embedded
def test_parts_of_columns(starc, project, request):
    """ClickHouse names what is inside a tuple, a map, a nested column, JSON by a path: it is the column's."""
    whole = (
        "select 1 as id, cast((1, 'x'), 'Tuple(a Int8, b String)') as t, map('k', 1) as m, "
        """[(1, 'y')]::Nested(p Int8, q String) as n, '{"z": {"w": 1}}'::JSON as j, 2 as `t.z`, 3 as `t.z.u`"""
    )
    read = (
        "select t.a as ta, t.b, tupleElement(t, 'a') as te, t.1 as t1, m['k'] as mk, m.keys as ks, n.p as np, "
        "j.z.w as jw, `t.z` as tz, `t.z.u` as tzu from {{ ref('%s') }} where t.a > 0"
    )
    files = {
        "models/base.sql": whole,
        "models/inside.sql": "{{ config(materialized='ephemeral') }}" + whole,
        "models/reads.sql": read % "base",
        "models/around.sql": read % "inside",
        "models/grouped.sql": "select id, grouping(id) as g, count(*) as n from {{ ref('base') }} group by rollup(id)",
    }
    folder = project(files, profile=profile_for("embedded", request, "parts"))
    assert starc("lineage", cwd=folder).code == 0
    found, nodes = edges(folder)
    parts = {"ta": "t", "t.b": "t", "te": "t", "t1": "t", "mk": "m", "ks": "m", "np": "n", "jw": "j"}
    for reads, of in (("reads", "base"), ("around", "inside")):
        agree(found, {f"{reads}.{c}": {f"computed {of}.{p}"} for c, p in parts.items()})
        agree(found, {f"{reads}.tz": {f"same {of}.t.z"}, f"{reads}.tzu": {f"same {of}.t.z.u"}})
        agree(found, {f"{reads}.": {f"filter {of}.t"}})
    for node in ("base", "inside"):
        assert [c["name"] for c in nodes[f"model.shop.{node}"]["columns"]] == ["id", "t", "m", "n", "j", "t.z", "t.z.u"]
    agree(found, {"grouped.g": set(), "grouped.": {"group base.id"}})


def test_a_node_that_failed_its_check(starc, project, engine):
    files = files_for(engine)
    files["models/bad.sql"] = "select nothing from {{ ref('stg') }}"
    files["models/below.sql"] = "select nothing from {{ ref('bad') }}"
    folder = project(files, profile=engine.profile())
    r = starc("lineage", cwd=folder)
    assert r.code == 0 and "3 nodes could not be checked" in r.text and "starc check" in r.text, r.text
    found, nodes = edges(folder)
    assert nodes["model.shop.bad"]["unknown"] == "it failed its check"
    assert nodes["model.shop.below"]["unknown"] == "'bad' failed its check"
    assert found["stg.amount"] == {"computed raw.orders.cents"}
    r = starc("lineage", "bad", cwd=folder)
    assert r.code == 0 and "it failed its check" in r.out, r.text


def test_readers_that_failed_their_check_are_told_downstream(starc, project, engine):
    """ "Nobody reads it" is said of what is known alone."""
    files = files_for(engine)
    files["models/bad.sql"] = "select customer, nothing from {{ ref('stg') }}"
    files["models/below.sql"] = "select customer from {{ ref('bad') }}"
    files["models/e3.sql"] = "{{ config(materialized='ephemeral') }}select amount from {{ ref('everything') }}"
    files["models/bad_too.sql"] = "select nothing from {{ ref('e3') }}"
    files["models/apart.sql"] = "select nothing from {{ ref('rates') }}"
    folder = project(files, profile=engine.profile())
    told = [
        "bad reads stg and failed its check",
        "below reads bad: 'bad' failed its check",
        "e3 reads everything and has no reader that could be checked",
        "bad_too reads e3 and failed its check",
    ]
    assert starc("lineage", cwd=folder).code == 0
    for more in ((), ("--file", "target/lineage.json")):
        ask = lambda *words: starc("lineage", "-q", *words, "--downstream", *more, cwd=folder).out
        down = ask("stg.status")
        lines = [l.removeprefix("not known: ") for l in down.split("\n") if l.startswith("not known: ")]
        assert sorted(lines) == sorted(told) and "(no column" not in down, down
        answer = json.loads(ask("stg.status", "--output", "json"))
        assert sorted(answer["unknown"].split("; ")) == sorted(told), answer
        alone = ask("everything.status")
        assert "(no column" not in alone and "e3 reads everything" in alone and "bad reads" not in alone, alone
        near = ask("raw.orders.status", "--depth", "2")
        assert "bad reads stg" in near and "below" not in near and "e3" not in near, near
        nobody = ask("other_amount.amount")
        assert "(no column takes its value)" in nobody and "not known" not in nobody, nobody
    up = starc("lineage", "-q", "stg.status", cwd=folder).out
    assert "not known" not in up, up


def test_readers_that_write_the_name_by_hand_are_found(starc, project, engine):
    files = files_for(engine)
    files["models/by_hand.sql"] = "select id as number from {{ target.schema }}.stg"
    files["models/first.sql"] = "select 1 as id"
    files["models/stg.sql"] = (
        "select id, 2 as customer, 3 as amount, 4 as status from {{ ref('first') }}"
        if engine.name == "postgres"
        else "select 1 as id, 2 as customer, 3 as amount, 4 as status"
    )
    folder = project(files, profile=engine.profile())
    assert starc("run", "--select", "+stg", cwd=folder).code == 0  # on Postgres the name is the target's
    if engine.name == "postgres":  # and upward through the name to what the node is made of
        up = starc("lineage", "-q", "by_hand.number", cwd=folder).out
        assert re.search(r"stg\.id +same +integer\n +└─ first\.id +same +integer", up), up
    down = starc("lineage", "-q", "stg.id", "--downstream", cwd=folder).out
    assert "by_hand.number" in down, down
    down = starc("lineage", "-q", "stg.id", "--both", "--output", "json", cwd=folder).out
    assert "model.shop.by_hand" in {v["node"] for v in json.loads(down)["downstream"]}, down


def test_a_table_function_is_told(starc, project, engine):
    """What cannot be followed says why."""
    function = "generate_series(1, 3)" if engine.name == "postgres" else "numbers(3)"
    files = {"models/a.sql": f"select * from {function} as t", "models/b.sql": "select * from {{ ref('a') }}"}
    folder = project(files, profile=engine.profile())
    assert starc("lineage", cwd=folder).code == 0
    document = json.loads((folder / "target/lineage.json").read_text())
    assert document["metadata"]["columns_made"] == 2
    b = document["nodes"]["model.shop.b"]
    assert b["columns"][0]["inputs"][0]["node"] == "model.shop.a" and "unknown" not in b["columns"][0]


@needs_embedded
def test_a_reason_lasts(starc, project, request):
    """Why the database does not tell a query is in the summary and the file, however many are asked after it."""
    files = {f"models/m{i}.sql": "select * from format(JSONEachRow, '{\"a\":1}')" for i in range(9)}
    folder = project(files, profile=profile_for("embedded", request, "reasons"))
    r = starc("lineage", cwd=folder)
    why = "the table function format() is read"
    assert r.code == 0 and f" 9  {why}\n" in r.text, r.text
    document = json.loads((folder / "target/lineage.json").read_text())
    assert {c["unknown"] for n in document["nodes"].values() for c in n["columns"]} == {why}


# --- lineage.json read back


@needs_embedded
def test_files_that_are_read(starc, project, request):
    folder = project(files_for("clickhouse"), profile=profile_for("embedded", request, "read_back"))
    assert starc("lineage", cwd=folder).code == 0
    text = (folder / "target/lineage.json").read_text()
    ask = lambda: starc("lineage", "-q", "per_customer.total", "--file", "l.json", cwd=folder)
    (folder / "l.json").write_text(text)
    r = ask()
    assert r.code == 0 and r.out == starc("lineage", "-q", "per_customer.total", cwd=folder).out, r.text
    document = json.loads(text)
    broken = {
        "version 2, and this starc reads version 1": {**document, "metadata": {**document["metadata"], "version": 2}},
        "no lineage file of starc": {"metadata": {"dbt_schema_version": "x"}, "nodes": {}},
        "it has no nodes": {**document, "nodes": [1]},
        "a node has no list of columns: a": {**document, "nodes": {"a": {"name": "a", "kind": "model"}}},
        "inputs are no list: a": {
            **document,
            "nodes": {"a": {"name": "a", "kind": "model", "columns": [{"name": "b"}]}},
        },
        "an input is a column that is not there: model.shop.": {
            **document,
            "nodes": {k: v for k, v in document["nodes"].items() if k != "source.shop.raw.orders"},
        },
    }
    for words, content in broken.items():
        (folder / "l.json").write_text(json.dumps(content))
        r = ask()
        assert r.code == 2 and words in r.text and "[lineage-file]" in r.text and "starc lineage" in r.text, (
            words,
            r.text,
        )
    for content in (text[: len(text) // 2], "", "[" * 100000, "\0\xff"):
        (folder / "l.json").write_text(content)
        r = ask()
        assert r.code == 2 and "this is no JSON" in r.text, r.text
    r = starc("lineage", "--file", "nothing.json", cwd=folder)
    assert r.code == 2 and "nothing.json" in r.text, r.text


# --- forms for other programs


def test_json_of_a_column(starc, project, engine):
    folder = project(files_for(engine), profile=engine.profile())
    r = starc("lineage", "-q", "e1.paid", "--both", "--output", "json", cwd=folder)
    answer = json.loads(r.out)
    assert [(v["node"], v["column"], v["step"], v["depth"]) for v in answer["upstream"]] == [
        ("model.shop.stg", "amount", "same", 1),
        ("source.shop.raw.orders", "cents", "computed", 2),
    ], answer
    assert [(v["node"], v["column"], v["from"]["column"]) for v in answer["downstream"]] == [
        ("model.shop.e2", "more", "paid"),
        ("model.shop.per_customer", "total", "more"),
    ], answer
    chart = starc("lineage", "-q", "e1.paid", "--output", "mermaid", cwd=folder).out
    assert chart.startswith("flowchart LR\n") and "-->|computed|" in chart and chart.count("subgraph") == 3, chart


@pytest.fixture(scope="session")
def openlineage():
    """The Python of a venv with OpenLineage's own classes; without a network there is none."""
    folder = ROOT / "build/openlineage-venv"
    python = folder / "bin/python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        done = subprocess.run(
            [python, "-m", "pip", "install", "-q", "openlineage-python"], capture_output=True, text=True
        )
        if done.returncode:
            pytest.skip(f"openlineage-python cannot be installed: {done.stderr[-200:]}")
        (folder / "ready").write_text("")
    return python


READ = r"""
import json, sys
from openlineage.client import event_v2, facet_v2
FACETS = {
    "schema": (facet_v2.schema_dataset.SchemaDatasetFacet, facet_v2.schema_dataset.SchemaDatasetFacetFields),
    "documentation": (facet_v2.documentation_dataset.DocumentationDatasetFacet, None),
}
lineage = facet_v2.column_lineage_dataset
plain = lambda d: {k: v for k, v in d.items() if not k.startswith("_")}
def field(d):
    return lineage.InputField(**{**d, "transformations": [lineage.Transformation(**t) for t in d["transformations"]]})
def dataset(d, kind):
    facets = {}
    for name, f in d.get("facets", {}).items():
        assert f["_producer"] and f["_schemaURL"]
        f = plain(f)
        if name == "columnLineage":
            fields = {
                k: lineage.Fields(inputFields=[field(i) for i in v["inputFields"]]) for k, v in f["fields"].items()
            }
            facets[name] = lineage.ColumnLineageDatasetFacet(fields=fields, dataset=[field(i) for i in f["dataset"]])
        elif name == "schema":
            facets[name] = FACETS[name][0](fields=[FACETS[name][1](**x) for x in f["fields"]])
        else:
            facets[name] = FACETS[name][0](**f)
    return kind(namespace=d["namespace"], name=d["name"], facets=facets)
for line in sys.stdin:
    e = json.loads(line)
    common = dict(eventTime=e["eventTime"], producer=e["producer"])
    if "run" in e:
        event = event_v2.RunEvent(
            eventType=event_v2.RunState[e["eventType"]], run=event_v2.Run(**e["run"]), job=event_v2.Job(**e["job"]),
            inputs=[dataset(d, event_v2.InputDataset) for d in e["inputs"]],
            outputs=[dataset(d, event_v2.OutputDataset) for d in e["outputs"]], **common)
        out = event.outputs[0]
        kind = lambda i: (i.transformations[0].type, i.transformations[0].subtype)
        found = {k: sorted((i.name, i.field, *kind(i)) for i in v.inputFields)
                 for k, v in out.facets["columnLineage"].fields.items()}
        rows = sorted((i.name, i.field, i.transformations[0].subtype) for i in out.facets["columnLineage"].dataset)
        print(json.dumps([out.name, sorted(i.name for i in event.inputs), found, rows]))
    else:
        event = event_v2.DatasetEvent(dataset=dataset(e["dataset"], event_v2.StaticDataset), **common)
        print(json.dumps([event.dataset.name, [], {}, []]))
"""


def test_openlineage(starc, project, engine, openlineage):
    """What OpenLineage's classes read: an ephemeral model's inputs stand in its place."""
    profile = engine.profile()
    folder = project(files_for(engine), profile=profile)
    r = starc("lineage", "-q", "--output", "openlineage", cwd=folder)
    assert r.code == 0, r.text
    done = subprocess.run([openlineage, "-c", READ], input=r.out, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    events = {name: more for name, *more in map(json.loads, done.stdout.splitlines())}
    first = f"{profile['dbname']}." if engine.name == "postgres" else ""
    at = lambda name: f"{first}{profile['schema']}.{name}"
    inputs, fields, rows = events[at("per_customer")]
    assert inputs == [at("stg")] and fields["one"] == [], (inputs, fields)
    assert fields["total"] == [[at("stg"), "amount", "DIRECT", "AGGREGATION"]], fields
    assert [at("stg"), "customer", "GROUP_BY"] in rows and [at("stg"), "id", "FILTER"] in rows, rows
    source = f"{first}raw_of_lineage.orders"
    assert events[at("stg")][1]["customer"] == [[source, "buyer", "DIRECT", "IDENTITY"]], events[at("stg")]
    assert events[source] == [[], {}, []] and at("e1") not in events, events.keys()
