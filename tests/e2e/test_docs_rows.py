"""Rows of relations in the documentation page: examples, what charts are drawn from, columns that are covered."""

import json

from test_docs_page import details, inside

YAML = """
models:
  - name: people
    config: {docs: {rows: 2}}
    columns: [{name: secret_name, config: {meta: {mask: true}}}]
  - {name: months, config: {meta: {chart: {y: amount, limit: 1}}}}
  - {name: read, config: {meta: {chart: false}}}
  - {name: absent, config: {meta: {chart: true}}}
  - {name: plain}
exposures:
  - {name: board, type: dashboard, owner: {name: Ann}, depends_on: [ref('read')], config: {meta: {chart: true}}}
  - {name: wall, type: dashboard, owner: {name: Ann}, depends_on: [ref('also_read')], meta: {chart: true}}
"""
MANY = " union all ".join(f"select {i} as id, 'p{i}' as secret_name" for i in range(5))
FILES = {
    "models/people.sql": MANY,
    "models/months.sql": "select cast('2026-01-01' as date) as month_start, cast(4.20 as decimal(10, 2)) as amount, "
    "nullif(1, 1) as growth",
    "models/read.sql": "select 1 as a",
    "models/also_read.sql": "select 1 as a",
    "models/absent.sql": "select 1 as a",
    "models/plain.sql": "select 1 as a",
    "models/s.yml": YAML,
}


def test_rows_stand_in_the_page_where_they_are_asked_for(starc, project, engine):
    folder = project(FILES, profile=engine.profile())
    r = starc("run", "--exclude", "absent", cwd=folder)
    assert r.code == 0, r.text
    r = starc("docs", "generate", cwd=folder)
    assert r.code == 0, r.text
    assert "absent: its rows are not in the page" in r.text
    page = folder / "target/index.html"
    index = json.loads(inside(page, "data"))
    found = {e["name"]: d.get("rows") for e, d in zip(index["entries"], details(page, index))}
    assert {k for k, v in found.items() if v} == {"people", "months", "read", "also_read"}
    people = found["people"]
    assert people["names"] == ["id", "secret_name"] and people["more"] and len(people["rows"]) == 2
    assert {row[1] for row in people["rows"]} == {"*****"} and "p1" not in json.dumps(found)
    ((day, amount, growth),) = found["months"]["rows"]
    assert (day, float(amount), growth) == ("2026-01-01", 4.2, None) and not found["months"]["more"]
    assert [e["name"] for e in index["entries"] if e.get("chart")] == ["absent", "months", "board", "wall"]


def test_a_chart_of_names_that_are_none_is_told_at_its_line(starc, project, engine):
    chart = "{type: pie, x: nope, y: amoun, colour: a, sort: '-amount'}"
    yaml = "models:\n  - name: months\n    config:\n      meta:\n        chart: %s\n" % chart
    folder = project({"models/months.sql": FILES["models/months.sql"], "models/s.yml": yaml}, profile=engine.profile())
    r = starc("build", cwd=folder)
    assert r.code == 0, r.text
    r = starc("docs", "generate", cwd=folder)
    assert r.code == 0, r.text
    for told in (
        "models/s.yml:5:23: warning: unknown type 'pie' in the chart of months",
        "models/s.yml:5:31: warning: there is no column 'nope' in the chart of months",
        "models/s.yml:5:40: warning: there is no column 'amoun' in the chart of months",
        "did you mean 'amount'?",
        "unknown key 'colour' in the chart of months",
        "did you mean 'color'?",
    ):
        assert told in r.text, (told, r.text)
    assert r.text.count(": warning:") == 4, r.text
