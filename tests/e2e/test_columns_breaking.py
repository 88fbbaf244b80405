"""Breaking changes name who reads the column, and stand where it was changed, on each engine."""

import os
import pytest
from conftest import EMBEDDED

FILES = {
    "models/base.sql": "select 1 as id, 2 as amount, 3 as other, 4 as kept",
    "models/stg.sql": "select * from {{ ref('base') }}",
    "models/mart.sql": "select id, kept from {{ ref('stg') }} where other > 0",
    "models/fails.sql": "select amount from {{ ref('stg') }}",
    "models/apart.sql": "select kept from {{ ref('stg') }}",
    "models/s.yml": "models:\n- name: stg\n  columns:\n  - {name: amount, data_tests: [not_null]}\n"
    "  - {name: other, data_tests: [not_null]}\n  - {name: kept, data_tests: [not_null]}\n"
    "exposures:\n- {name: board, type: dashboard, owner: {name: a, email: a@b.c}, depends_on: [ref('stg')]}\n",
}


@pytest.fixture(autouse=True)
def engine_inside(request):
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def finding(r, words):
    """Its line and the three below it."""
    lines = r.text.splitlines()
    at = next((i for i, line in enumerate(lines) if words in line), None)
    assert at is not None, r.text
    return "\n".join(lines[at : at + 3])


def test_readers_by_column_and_the_place(starc, project, engine):
    folder = project(FILES, profile=engine.profile())
    assert starc("check", "--update-sources", cwd=folder).code == 0
    big = "bigint" if engine.name == "postgres" else "Int64"
    (folder / "models/base.sql").write_text(f"select 1 as id,\n  cast(3 as {big}) as other, 4 as kept")
    r = starc("check", cwd=folder)
    gone = finding(r, "'base' has no column 'amount' any more")
    assert gone.startswith("models/base.sql:1:1: warning"), r.text
    assert "the same in 'stg'; model fails, test not_null_stg_amount read it, exposure board may" in gone, r.text
    now = finding(r, "'other' of 'base' is now")
    assert now.startswith("models/base.sql:2:3: warning"), r.text
    assert "model mart, test not_null_stg_other, exposure board read it" in now, r.text
    assert "apart" not in r.text and "not_null_stg_kept" not in r.text, r.text
    assert r.text.count("[breaking-change]") == 2 and "of 'stg'" not in r.text, r.text
    # Of a part of the project no graph of columns is made: who reads the node may read it.
    r = starc("check", "--select", "stg", cwd=folder)
    assert "apart" in finding(r, "'other' of 'base' is now") and "may read it" in r.text, r.text
    # What it became, at its own alias; several in one, each with its readers.
    (folder / "models/base.sql").write_text("select 1 as id,\n  2 as total, 3 as third, 4 as kept")
    (folder / "models/fails.sql").write_text("select amount, nothing from {{ ref('stg') }}")
    lock = folder / "schemas.lock.json"
    was = lock.read_text()
    lock.write_text(was.replace('"amount": ', '"totals": ').replace('"other": ', '"thirds": '))
    r = starc("check", cwd=folder)
    gone = finding(r, "'base' has no columns 'totals' (now 'total'?), 'thirds' (now 'third'?) any more")
    assert gone.startswith("models/base.sql:2:8: warning"), r.text
    assert "the same in 'stg'; 'totals': exposure board may read it" in gone and "not_null" not in gone, r.text
    assert r.text.count("[breaking-change]") == 1 and "mart may" not in r.text, r.text
