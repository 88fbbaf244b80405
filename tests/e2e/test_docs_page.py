"""What the documentation page holds, and what a browser makes of it where there is one."""

import json, re, shutil, subprocess

import pytest

NOTE = """{% docs note %}
# Status

One of **these**, see *the list*, [the wiki](https://example.com/a?b=1) and order_id_x; not [bad](javascript:alert(1)).
<img src=x onerror="document.title='taken'"> <script>document.title='taken'</script>

| status | meaning |
|---|---|
| `placed` | a \\| b |

- one
- two
  goes on

```sql
select <b>
```
{% enddocs %}"""
YAML = """
models:
  - name: orders
    description: "{{ doc('note') }}"
    columns:
      - {name: id, description: "**The** key", data_tests: [unique]}
      - {name: customer_id, data_tests: [{relationships: {arguments: {to: ref('customers'), field: customer_id}}}]}
  - {name: customers, columns: [{name: customer_id}]}
sources:
  - {name: x, tables: [{name: t, columns: [{name: id, data_tests: [{relationships: {arguments: {to: "source('x', \
'u')", field: id}}}]}]},
                       {name: u, columns: [{name: id}]}]}
exposures:
  - {name: board, type: dashboard, maturity: high, url: "https://example.com/board", owner: {name: "Ann <b>", email: \
ann@example.com}, depends_on: [ref('orders')]}
"""
FILES = {
    "models/orders.sql": "select 1 as id, 2 as customer_id",
    "models/customers.sql": "select 2 as customer_id",
    "models/n.md": NOTE,
    "models/s.yml": YAML,
    "tests/both.sql": "select * from {{ ref('orders') }} o join {{ ref('customers') }} c on false",
}


@pytest.fixture
def page(project, starc):
    folder = project(FILES)
    r = starc("docs", "generate", "--empty-catalog", "--no-compile", cwd=folder)
    assert r.code == 0, r.text
    return folder / "target/index.html"


def test_a_test_stands_at_what_it_tests(page):
    data = json.loads(
        re.search(r'<script id="data" type="application/json">(.*?)</script>', page.read_text(), re.S).group(1)
    )
    tests = {n["label"]: n.get("tested") for n in data["nodes"] if n["kind"] == "test"}
    assert {k.split("_")[0] + "_" + k.split("_")[1]: v for k, v in tests.items() if v} == {
        "unique_orders": "model.shop.orders",
        "relationships_orders": "model.shop.orders",
        "source_relationships": "source.shop.x.t",
    }
    assert not tests["both"]
    board = next(n for n in data["nodes"] if n["kind"] == "exposure")
    assert board["exposure"] == {
        "type": "dashboard",
        "maturity": "high",
        "url": "https://example.com/board",
        "owner": "Ann <b>",
        "email": "ann@example.com",
    }


@pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium")
def test_a_browser_shows_markdown_and_runs_none_of_it(page, tmp_path):
    ids = ["model.shop.orders", "model.shop.customers", "exposure.shop.board"]
    tour = tmp_path / "tour.html"  # one start of the browser for all of them
    tour.write_text(
        page.read_text().replace(
            "</body>",
            """<script>
      const seen = []; for (const id of %s) { history.replaceState(null, "", "#" + id); page(); \
seen.push(document.querySelector("main").outerHTML); }
      document.body.innerHTML = seen.join("<hr>");</script></body>"""
            % json.dumps(ids),
        )
    )
    out = subprocess.run(
        [
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={tmp_path / 'browser'}",
            "--dump-dom",
            f"file://{tour}",
        ],
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    assert "<title>shop - docs</title>" in out, out[:500]
    orders, customers, board = out[out.index("<main>") :].split("<hr>")
    for shown in (
        "<h4>Status</h4>",
        "<strong>these</strong>",
        "<em>the list</em>",
        '<a href="https://example.com/a?b=1" rel="noopener noreferrer">the wiki</a>',
        "order_id_x",
        "not <span>bad</span>.",
        "&lt;img src=x",
        "&lt;script&gt;",
        "<td><code>placed</code></td><td>a | b</td>",
        "<li>one</li><li>two\ngoes on</li>",
        "<pre>select &lt;b&gt;</pre>",
        "<strong>The</strong> key",
        '<td class="check">relationships</td>',
        "<li><code>both</code></li>",
    ):
        assert shown in orders, (shown, orders)
    assert "javascript:" not in orders and "null" not in orders
    assert "relationships" not in customers and "<li><code>both</code></li>" in customers
    assert (
        '<a href="mailto:ann@example.com" rel="noopener noreferrer">Ann &lt;b&gt;</a>' in board
        and ">high</td>" in board
    )
    assert '<a href="https://example.com/board" rel="noopener noreferrer">https://example.com/board</a>' in board
