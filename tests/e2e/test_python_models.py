"""Models in Python: nodes of the graph with what they read and their config. Nothing runs them but a
materialization of one's own."""

import json
from conftest import EMBEDDED

FILES = {
    "models/a.sql": "select 1 as id",
    "models/b.py": """# dbt.ref("commented out")
import pandas as pd

TEXT = 'dbt.ref("in a text")'

def model(dbt, session):
    dbt.config(
        alias="bee",  # ) a comment
        tags=["py", 'two'],
    )
    rows = pd.concat([dbt.ref("a"), dbt . ref("not a call")]) if False else dbt.ref("a")
    asked = dbt.config.get("limit", 10), dbt.config.meta_get('who')
    more = mydbt.ref("other")
    return rows.join(dbt.source("raw", "x"))
""",
    "models/c.sql": "select * from {{ ref('b') }}",
    "models/s.yml": """
sources: [{name: raw, tables: [{name: x}]}]
models: [{name: b, config: {meta: {limit: 3, who: me}}, columns: [{name: id, data_tests: [not_null]}]}]
""",
}


def node(folder, name="b"):
    return json.loads((folder / "target/manifest.json").read_text())["nodes"][f"model.shop.{name}"]


def test_it_is_a_node_that_cannot_be_built(project, starc, engine):
    folder = project(FILES, profile=engine.profile())
    assert starc("compile", cwd=folder).code == 0
    n = node(folder)
    assert n["language"] == "python" and n["raw_code"] == FILES["models/b.py"].strip()
    assert sorted(n["depends_on"]["nodes"]) == ["model.shop.a", "source.shop.raw.x"]
    assert (n["config"]["materialized"], n["alias"], n["tags"]) == ("table", "bee", ["py", "two"])
    assert (n["config"]["config_keys_used"], n["config"]["config_keys_defaults"]) == (["limit"], [10])
    assert (n["config"]["meta_keys_used"], n["config"]["meta_keys_defaults"]) == (["who"], [None])
    assert n["compiled_code"].startswith(n["raw_code"]) and '"raw.x": ' in n["compiled_code"]
    assert "model.shop.b" in node(folder, "c")["depends_on"]["nodes"]
    r = starc("build", cwd=folder)
    assert (
        r.code == 1 and "models/b.py:1:1: error: the materialization 'table' does not make models in python" in r.out
    ), r.out
    status = {
        x["unique_id"]: x["status"] for x in json.loads((folder / "target/run_results.json").read_text())["results"]
    }
    assert (
        status["model.shop.a"] == "success"
        and status["model.shop.b"] == "error"
        and status["model.shop.c"] == "skipped"
    )


def test_a_materialization_that_names_the_language_gets_it(project, starc, engine):
    own = """{% materialization own, default, supported_languages=['sql', 'python'] %}
{{ log('OWN ' ~ model.language ~ ' ' ~ ('# sent' in sql), info=true) }}
{% call statement('main') %}select 1{% endcall %}{{ return({'relations': []}) }}{% endmaterialization %}"""
    folder = project(
        {
            "macros/own.sql": own,
            "models/b.py": "def model(dbt, session):\n    dbt.config(materialized='own')\n    return 1  # sent\n",
        },
        profile=engine.profile(),
    )
    r = starc("build", cwd=folder)
    assert r.code == 0 and "OWN python True" in r.out, r.out
    if engine.name == "clickhouse" and not EMBEDDED:
        return
    r = starc("check", cwd=folder)
    assert r.code == 0 and "'b' is not checked: it is written in python" in r.text, r.text
