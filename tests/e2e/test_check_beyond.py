"""What a check sees of a node besides its first error: where that is silenced, where only the text of a later run is
wrong; and what the lock file keeps of a node that is wrong."""

import json

import pytest
from conftest import EMBEDDED, profile_for


@pytest.fixture(params=["postgres", "clickhouse"])
def kind(request):
    if request.param == "clickhouse" and not EMBEDDED:
        pytest.skip("the embedded engine does not run under a sanitizer")
    return request.param


def profile_of(kind, request, schema):
    own = {"type": "clickhouse", "driver": "embedded", "schema": schema}
    return own if kind == "clickhouse" else profile_for("postgres", request, schema)


YAML = """models:
- name: later
  columns: [{name: id, data_tests: [unique]}, {name: listed}]
- name: agreed
  config: {contract: {enforced: true}, check: {ignore: [contract-mismatch]}}
  columns:
  - {name: id, data_type: TEXT}
  - {name: kind, data_type: TEXT, data_tests: [unique]}
  - {name: listed, data_type: TEXT}
"""


def test_what_else_a_node_has(starc, project, request, kind):
    """Its columns are its own: what its YAML lists in vain is told, and readers are checked with them."""
    text = "String" if kind == "clickhouse" else "text"
    folder = project(
        {
            "models/m.yml": YAML.replace("TEXT", text),
            "models/later.sql": "{{ config(materialized='incremental', unique_key='id') }}\n"
            "select 1 as id, cast('x' as TEXT) as kind\n{% if is_incremental() %}where gone > 1{% endif %}".replace(
                "TEXT", text
            ),
            "models/agreed.sql": f"select 1 as id, cast('x' as {text}) as kind",
            "models/of_later.sql": "select id, kind, nope from {{ ref('later') }}",
            "models/of_agreed.sql": "select id, kind, nope from {{ ref('agreed') }}",
        },
        profile=profile_of(kind, request, "beyond"),
    )
    r = starc("check", cwd=folder)
    assert r.code == 1 and "Checked 6 of 6 nodes" in r.text and "3 wrong" in r.text, r.text
    assert "1 silenced: 1 contract-mismatch" in r.text and "not taken" not in r.text, r.text
    for place in ("m.yml:3:54", "m.yml:9:12"):
        assert f"models/{place}: warning" in r.text, (place, r.text)
    for place in ("later.sql:3:", "of_later.sql:1:18", "of_agreed.sql:1:18"):
        assert f"models/{place}" in r.text, (place, r.text)
    (folder / "models/agreed.sql").write_text("select lost as id")  # the silenced one is not all that is wrong
    r = starc("check", "--select", "agreed", cwd=folder)
    assert r.code == 1 and "models/agreed.sql:1:8: error" in r.text, r.text


def test_the_lock_file_keeps_what_a_wrong_node_had(starc, project, request, kind):
    files = {
        "models/a.sql": "select 1 as id, 2 as old",
        "models/b.sql": "select id, old from {{ ref('a') }}",
        "models/c.sql": "{{ config(materialized='incremental') }}select id from {{ ref('b') }}",
    }
    folder = project(files, profile=profile_of(kind, request, "keeps"))

    def nodes():
        section = json.loads((folder / "schemas.lock.json").read_text())["targets"]["dev"]
        return {id.split(".")[-1]: list(of["columns"]) for id, of in section["nodes"].items()}

    assert starc("check", "--update-sources", cwd=folder).code == 0
    assert nodes() == {"a": ["id", "old"], "b": ["id", "old"], "c": ["id"]}
    (folder / "models/a.sql").write_text("select 1 as id, 2 as young")
    (folder / "models/c.sql").write_text(
        files["models/c.sql"].replace("select id", "select id, 1 as more") + "{% if is_incremental() %} wher{% endif %}"
        " where x.y"
    )
    r = starc("check", "--update-sources", cwd=folder)
    assert r.code == 1 and "models/b.sql:1:12: error" in r.text and "2 wrong" in r.text, r.text
    assert nodes() == {"a": ["id", "young"], "b": ["id", "old"], "c": ["id"]}, r.text
    assert "'a' had it when schemas.lock.json was written; did it become 'young'?" in r.text, r.text
