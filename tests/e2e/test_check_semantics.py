"""`starc check`: expressions of semantic models and metrics, each at its own YAML word."""

import re

import pytest
from conftest import EMBEDDED

# What is pointed at, by its line: each is wrong.
OLDER = """
semantic_models:
- name: orders
  model: ref('sales')
  defaults: {agg_time_dimension: made_on}
  entities:
  - {name: id, type: primary}
  - name: buyer
    type: foreign
    expr: byer                      # <- byer
  dimensions:
  - name: made_on
    type: time
    type_params: {time_granularity: day}
  - name: kind_day                  # <- when
    type: time
    expr: kind
    type_params: {time_granularity: day}
  - name: nope_dim                  # <- nope_dim
    type: categorical
  - {name: upper_kind, type: categorical, expr: upper(kind)}
  measures:
  - {name: many, agg: count, expr: 1, create_metric: true}
  - {name: total, agg: sum, expr: id * 2}
  - {name: days, agg: count_distinct, expr: made_on}
  - {name: flags, agg: sum_boolean, expr: id > 1}
  - {name: middle, agg: median, expr: id}
  - {name: words, agg: sum, expr: kind}
  - {name: wrong, agg: average, expr: idd, create_metric: true}
metrics:
- {name: m_total, label: total, type: simple, type_params: {measure: total}}
- {name: m_twice, label: twice, type: derived, type_params: {expr: m_total * 2, metrics: [m_total]}}
"""
NEWER = """
models:
- name: sales
  semantic_model: true
  agg_time_dimension: made_on
  columns:
  - {name: id, entity: {type: primary, name: order}}
  - {name: kind, dimension: {type: categorical}}
  - {name: made_on, granularity: day, dimension: {type: time}}
  derived_semantics:
    dimensions: [{name: loud, type: categorical, expr: upper(kindd)}]
  metrics:
  - {name: good_sum, type: simple, agg: sum, expr: id}
  - {name: bad_sum, type: simple, agg: sum, expr: idd}
  - {name: id, type: simple, agg: max}
"""
SPINE = {
    "models/spine.sql": "select made_on from {{ ref('sales') }}",
    "models/spine.yml": "models:\n- name: spine\n  time_spine: {standard_granularity_column: made_on}\n"
    "  columns: [{name: made_on, granularity: day}]\n",
}


@pytest.fixture(autouse=True)
def engine_inside(request):
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def pointed_at(r, files):
    """Of each place of the findings, notes as well: the word that stands there."""
    words = []
    for path, line, column in re.findall(r"^(models/m\w*\.yml):(\d+):(\d+): ", r.text, re.M):
        words.append(re.match(r"[\w() ]+", files[path].split("\n")[int(line) - 1][int(column) - 1 :])[0].strip())
    return words


def test_the_older_form(starc, project, engine):
    model = "select 1 as id, 'x' as kind, cast('2020-01-01' as date) as made_on"
    files = {**SPINE, "models/sales.sql": model, "models/m.yml": OLDER}
    folder = project(files, profile=engine.profile())
    r = starc("check", cwd=folder)
    assert r.code == 1 and "1 wrong" in r.text, r.text
    assert pointed_at(r, files) == ["byer", "kind", "nope_dim", "kind", "idd"], r.text
    assert "[missing-column]" in r.text, r.text
    (folder / "models/sales.sql").write_text(f"select 'x' as byer, 1 as nope_dim, 2 as idd, x.* from ({model}) as x")
    right = OLDER.replace("expr: kind}", "expr: id}").replace("expr: kind\n", "expr: made_on\n")
    (folder / "models/m.yml").write_text(right)
    r = starc("check", cwd=folder)
    assert r.code == 0 and "0 wrong" in r.text, r.text


def test_the_newer_form(starc, project, engine):
    model = "select 1 as id, 'x' as kind, cast('2020-01-01' as date) as made_on"
    files = {**SPINE, "models/sales.sql": model, "models/m.yml": NEWER}
    folder = project(files, profile=engine.profile())
    r = starc("check", cwd=folder)
    assert r.code == 1 and "2 wrong" in r.text, r.text
    assert sorted(pointed_at(r, files)) == ["idd", "upper(kindd)"], r.text
    r = starc("check", "--select", "bad_sum", cwd=folder)
    assert r.code == 1 and pointed_at(r, files).count("idd") == 1, r.text
    (folder / "models/sales.sql").write_text("select nope")
    r = starc("check", cwd=folder)
    assert r.code == 1 and "1 wrong" in r.text and "below" in r.text, r.text
