"""Rows that a failed test found: five of them, readable, of any size, and none where nobody wants to see them."""

import pytest
from conftest import ENGINES, profile_for

MODEL = {
    "postgres": "select g as id, repeat('wide ', 100000) as text, null::int as empty from generate_series(1, 20) as g",
    "other": "select number as id, repeat('wide ', 100000) as text, cast(null as Nullable(Int32)) as empty from "
    "numbers(20)",
}
YAML = """
models:
  - name: m
    columns:
      - name: id
        data_tests:
          - accepted_values: {arguments: {values: [1], quote: false}}
          - not_null
      - name: empty
        data_tests:
          - not_null: {config: {severity: warn, store_failures: true}}
"""


def after(text, start):
    """The lines of the table below a line that holds `start`."""
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if start in line)
    at += next(i for i, line in enumerate(lines[at:]) if "rows that it found" in line)
    return [line for line in lines[at + 1 : at + 12] if "|" in line]


@pytest.mark.parametrize("kind", ENGINES)
def test_five_rows_are_shown(kind, request, project, starc):
    folder = project(
        {"models/m.sql": MODEL.get(kind, MODEL["other"]), "models/m.yml": YAML},
        profile=profile_for(kind, request, f"rows_{kind}"),
    )
    r = starc("build", cwd=folder)
    assert r.code == 1, r.text
    table = after(r.text, "Failure in test accepted_values_m_id__False__1")
    assert "value_field" in table[0] and len(table) == 2 + 5, r.text  # head, line, rows
    wide = after(r.text, "Warning in test not_null_m_empty")
    assert len(wide) == 2 + 5 and "wide" in wide[2] and max(map(len, r.text.splitlines())) < 200, r.text
    assert r.text.count("rows that it found") == 2  # not of the test that passed
    assert len(after(starc("test", "--failing-rows", "1", cwd=folder).text, "Failure in test accepted")) == 3
    r = starc("test", cwd=folder, env={"STARC_FAILING_ROWS": "0"})
    assert r.code == 1 and "rows that it found" not in r.text and "wide" not in r.text
