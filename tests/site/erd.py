"""The page of tables and their relations in a browser. In: the page of project.py, and of a project that has each kind of relation."""

import pathlib, tempfile
import xml.etree.ElementTree as tree

import project
from lineage import at, boxes, count, drawn, query, row, shows, until
from run import STARC, Page

CHECKS = []


def check(f):
    CHECKS.append(f)
    return f


def refers(column, to, field, *tests):
    return f"{{name: {column}, data_tests: [{''.join(t + ', ' for t in tests)}{{relationships: {{arguments: {{to: ref('{to}'), field: {field}}}}}}}]}}"


YAML = f"""
models:
  - name: orders
    constraints: [{{type: foreign_key, columns: [shop_id], to: ref('shops'), to_columns: [id]}}]
    columns:
      - {{name: amount}}
      - {{name: id, constraints: [{{type: primary_key}}]}}
      - {refers("customer_id", "customers", "id", "not_null")}
      - {{name: shop_id}}
      - {refers("plan_id", "plan", "id")}
  - {{name: customers, columns: [{{name: id, data_tests: [unique, not_null]}}, {{name: name}}]}}
  - {{name: shops, columns: [{{name: id}}, {refers("parent_id", "shops", "id")}, {refers("last_order", "orders", "id")}]}}
  - {{name: lonely, columns: [{{name: id}}]}}
  - {{name: plan, config: {{docs: {{show: false}}}}, columns: [{{name: id}}]}}
"""
FILES = {"dbt_project.yml": "name: shop\nversion: '1.0'\n", "models/s.yml": YAML,
         **{f"models/{name}.sql": "select 1 as id" for name in ("orders", "customers", "shops", "lonely", "plan")}}  # fmt: skip
LINES = "document.querySelector('.g-canvas').view.scene.wires.length"


@check
def relations_are_drawn_and_listed(browser, page):
    with tempfile.TemporaryDirectory(prefix="starc-erd-") as folder:
        page = project.make(pathlib.Path(folder), FILES, STARC)
        with Page(browser, page.as_uri(), accept_downloads=True) as p:
            shown = p.open("#!/")
            shown.click(".top .pages a:has-text('Relations')")
            shows(shown, {"orders", "customers", "shops"})
            b = boxes(shown)
            assert b["orders"][0] + b["orders"][2] < b["customers"][0], "who refers stands left"
            marks = "Object.fromEntries(document.querySelector('.g-canvas').view.scene.items.map(i => [i.box.name, i.rows.map(r => r.name + ' ' + r.mark)]))"
            assert shown.evaluate(marks)["orders"] == ["id PK", "customer_id FK", "shop_id FK"]
            assert shown.evaluate(LINES) == 4
            shown.click(".g-menu summary")
            with shown.expect_download() as d:
                shown.click("text=Picture as SVG")
            texts = [t.text for t in tree.fromstring(pathlib.Path(d.value.path()).read_bytes()).iter("{http://www.w3.org/2000/svg}text")]
            assert d.value.suggested_filename == "relations-shop.svg" and {"orders", "customer_id", "PK", "FK"} <= set(texts), texts
            shown.click("[role=tab]:has-text('List')")
            shown.wait_for_selector(".erd-list")
            said = ["|".join(r.split("\t")) for r in shown.inner_text(".erd-list tbody").split("\n")]
            assert [s.replace(" . ", ".") for s in said] == [
                "orders.shop_id|n : 0..1|shops.id|a constraint",
                "orders.customer_id|n : 1|customers.id|relationships",
                "shops.parent_id|n : 0..1|shops.id|relationships",
                "shops.last_order|n : 0..1|orders.id|relationships",
            ], said
            shown = p.open("#!/model/model.shop.orders", ready=".columns .refers")
            assert shown.inner_text(".columns tr:has-text('customer_id') .refers") == "→ customers.id"
            shown.click(".g-button:has-text('Relations')")
            shows(shown, {"orders", "customers", "shops"})
            assert "model.shop.plan" not in page.read_text()


@check
def relations_are_walked_by_keys_and_pointer(browser, page):
    with tempfile.TemporaryDirectory(prefix="starc-erd-") as folder:
        page = project.make(pathlib.Path(folder), FILES, STARC)
        with Page(browser, page.as_uri()) as p:
            shown = drawn(p, "#!/erd/model.shop.customers")
            shows(shown, {"orders", "customers"})
            shown.focus(".g-canvas")
            shown.keyboard.press("ArrowRight")
            until(shown, "document.querySelector('.g-card header')?.innerText.includes('customers')")
            assert "orders.customer_id refers to customers.id" in shown.inner_text(".g-view .g-say")
            shown.keyboard.press("ArrowLeft")
            until(shown, "document.querySelector('.g-card header')?.innerText.includes('orders')")
            shown.keyboard.press("e")
            until(shown, "document.querySelector('.g-canvas').view.scene.items.find(i => i.box.name === 'orders').rows.length === 5")
            assert "wide=model.shop.orders" in query(shown)
            until(shown, "document.querySelector('.g-canvas').view.lit?.items.size === 2")
            shown.keyboard.press("f")
            shows(shown, {"orders", "customers", "shops"})
            shown.mouse.move(*row(shown, "orders", "shop_id"))
            until(shown, "document.querySelector('.g-canvas').view.lit?.wires.size === 1")
            shown.mouse.click(*at(shown, "customers"))
            until(shown, "document.querySelector('.g-card header')?.innerText.includes('customers')")
            shown.keyboard.press("Enter")
            until(shown, "document.querySelector('main h1')?.innerText === 'customers'")
            shown = drawn(p, "#!/erd?select=cust")
            count(shown, 1)
            shown = p.open("#!/erd/model.shop.lonely", ready=".g-word")
            assert "Nothing says what lonely refers to" in shown.inner_text(".g-word")
