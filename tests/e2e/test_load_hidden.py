"""A password that is written in a load's file: findings about the line that has it do not show it."""

import pytest
from conftest import needs_embedded

FROM = "from: {type: postgres, host: h, password: 'the-secret-word', secret: 'other-secret'}"
FILES = {
    "an unknown key": f"loads: [{{name: shop, tabels: [a], {FROM}}}]",
    "no name": f"loads: [{{tables: [a], {FROM}}}]",
    "no list": f"loads: {{name: shop, tables: [a], {FROM}}}",
    "no YAML": f"loads: [{{name: shop, tables: [a, {FROM}}}]",
    "no tables": f"loads: [{{name: shop, {FROM}}}]",
    "no such key": "loads: [{name: shop, tables: [a], from: {hots: h, type: postgres, password: 'the-secret-word'}}]",
}


@needs_embedded
@pytest.mark.parametrize("case", FILES)
def test_a_line_with_a_password(case, starc, project):
    folder = project({"models/one.sql": "select 1 as one", "loads/shop.yml": FILES[case]})
    run = starc("load", cwd=folder)
    assert run.code in (1, 2) and "loads/shop.yml:1:" in run.text, run.text
    assert "the-secret" not in run.text and "other-secret" not in run.text, run.text
