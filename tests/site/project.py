"""A small project for the browser's tests: what people write, and what somebody might who means harm."""

import base64, gzip, json, os, pathlib, re, subprocess

NOTE = """{% docs note %}
# Status

One of **these**, see *the list*, [the wiki](https://example.com/a?b=1) and order_id_x; not [bad](javascript:alert(1)).
<img src=x onerror="taken()"> <script>taken()</script>

| status | meaning |
|---|---|
| `placed` | a \\| b |

- one
- two

```sql
select <b>
```
{% enddocs %}
{% docs __overview__ %}
# The shop

Orders are [here](#!/model/model.shop.orders).
{% enddocs %}"""

YAML = """
models:
  - name: orders
    description: "{{ doc('note') }}"
    config: {tags: [daily], meta: {owner: Ann}, docs: {rows: 2}}
    columns:
      - {name: id, description: "**The** key", data_tests: [unique]}
      - {name: customer_id, data_tests: [{relationships: {arguments: {to: ref('customers'), field: customer_id}}}]}
  - {name: customers, columns: [{name: customer_id}], config: {meta: {chart: {title: Who buys, y: amount}}}}
  - {name: secret_plan, config: {docs: {show: false}}}
sources:
  - {name: x, tables: [{name: t, columns: [{name: id, data_tests: [{relationships: {arguments: {to: "source('x', \
'u')", field: id}}}]}]},
                       {name: u, columns: [{name: id}]}]}
exposures:
  - {name: board, type: dashboard, maturity: high, url: "https://example.com/board", owner: {name: "Ann <b>", email: \
ann@example.com}, depends_on: [ref('orders')]}
unit_tests:
  - {name: one_row, model: orders, given: [{input: ref('customers'), rows: [{customer_id: 7}]}], expect: {rows: [{id: 1, customer_id: 7}]}}
"""
FILES = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\n",
    "models/orders.sql": "{{ config(materialized='table') }}\n-- all of them\nselect 1 as id, {{ plus('customer_id') }} as customer_id\nfrom {{ ref('customers') }}",
    "models/customers.sql": "select id as customer_id from {{ source('x', 't') }}",
    "models/secret_plan.sql": "select 1 as hidden_column",
    "models/n.md": NOTE,
    "models/s.yml": YAML,
    "macros/plus.sql": "{% macro plus(c) %}{{ c }} + 0{% endmacro %}",
    "tests/both.sql": "select * from {{ ref('orders') }} o join {{ ref('customers') }} c on false",
}


def make(folder, files, starc, *more):
    """Writes the files and makes the page without a database; the page's path."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    env = {**os.environ, "NO_COLOR": "1", "HOME": str(folder)}
    p = subprocess.run(
        [starc, "docs", "generate", "--empty-catalog", "--no-compile", *more], cwd=folder, env=env, capture_output=True, text=True
    )
    assert p.returncode == 0, p.stdout + p.stderr
    return pathlib.Path(folder) / "target/index.html"


def index(page):
    """The index of a page, as runtime/docs/site/src/data.ts says."""
    return json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', page.read_text(), re.S).group(1))


def with_rows(page, unique_id, rows):
    """The page with rows of a node in it, as an engine would have given them; its path."""
    text, entries = page.read_text(), index(page)["entries"]
    at = next(i for i, e in enumerate(entries) if e["id"] == unique_id)
    first = max(c for c in index(page)["chunks"] if c <= at)
    name = f'<script id="chunk-{index(page)["chunks"].index(first)}" type="text/plain">'
    packed = text[text.index(name) + len(name) :].split("</script>", 1)[0]
    details = json.loads(gzip.decompress(base64.b64decode(packed)))
    details[at - first]["rows"] = rows
    again = base64.b64encode(gzip.compress(json.dumps(details).encode())).decode()
    other = page.with_name("with_rows.html")
    other.write_text(text.replace(packed, again))
    return other
