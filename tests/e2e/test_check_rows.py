"""`starc check` before anything was built: texts that ask for rows which nobody has are left, not wrong."""

import pytest
from conftest import EMBEDDED

ASK = """{% set all = ref('kinds') %}
{% set kinds = run_query('select distinct kind from ' ~ all).columns[0].values() if execute else [] %}
"""
FILES = {
    "seeds/raw.csv": "kind,id\na,1\n",
    "models/kinds.sql": "{{ config(materialized='table') }}select kind, id from {{ ref('raw') }}",
    # without rows: no statement, a text that the database refuses, one that the template refuses
    "models/parts.sql": ASK
    + "{% for k in kinds %}select '{{ k }}' as k{% if not loop.last %} union all {% endif %}{% endfor %}",
    "models/inside.sql": ASK + "select id from {{ ref('kinds') }} where id > {{ kinds | length or '' }}",
    "models/raises.sql": ASK
    + "{% if execute and not kinds %}{{ exceptions.raise_compiler_error('no kinds') }}{% endif %}select 1 as id",
    # without rows: a column less
    "models/pivot.sql": ASK + "select id{% for k in kinds %}, '{{ k }}' as {{ k }}{% endfor %} from {{ ref('kinds') }}",
    "models/through.sql": "{{ config(materialized='ephemeral') }}select * from {{ ref('pivot') }}",
    "models/below.sql": "select a from {{ ref('through') }}",
    "models/m.yml": "models:\n- name: pivot\n  columns:\n  - {name: id}\n  - {name: a, data_tests: [not_null]}\n",
}


@pytest.fixture(autouse=True)
def engine_inside(request):
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def test_rows_that_nobody_has(starc, project, engine):
    folder = project(FILES, profile=engine.profile())
    r = starc("check", cwd=folder)
    assert r.code == 0 and "0 wrong, 5 left out" in r.text, r.text
    assert "listed-column" not in r.text and "without them: no kinds" in r.text, r.text
    (folder / "models/kinds.sql").write_text("select kind, id as idd from {{ ref('raw') }}")
    (folder / "models/other.sql").write_text("select id from {{ ref('kinds') }}")
    r = starc("check", cwd=folder)
    assert r.code == 1 and "models/other.sql:1:8: error" in r.text and "1 wrong" in r.text, r.text
