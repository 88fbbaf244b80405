"""The page's lineage in a browser: what is shown, by mouse, keys, touch and address. In: the page of project.py; for columns
the one of examples/chinook, built on the embedded engine where that is there."""

import json, os, pathlib, re, shutil, subprocess, tempfile, time
import xml.etree.ElementTree as tree

import project
from run import STARC, Page

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CHECKS = []


def check(f):
    CHECKS.append(f)
    return f


def until(shown, what, arg=None):
    """Waits until an expression holds. Playwright's own way makes code of a text in the page, which its policy forbids."""
    end = time.monotonic() + 15
    while not shown.evaluate(f"arg => ({what})", arg):
        assert time.monotonic() < end, f"never so: {what} {arg}"
        shown.wait_for_timeout(30)


def shows(shown, names):
    """Waits until these boxes are drawn, no others."""
    until(shown, "JSON.stringify((document.querySelector('.g-canvas')?.view?.scene?.items ?? []).map(i => i.box.name).sort()) === JSON.stringify(arg)",
          sorted(names))


def count(shown, n):
    until(shown, "(document.querySelector('.g-canvas')?.view?.scene?.items ?? []).length === arg", n)


def drawn(p, place):
    """Opens a graph and waits until it is laid out."""
    shown = p.open(place, ready=".g-canvas")
    until(shown, "document.querySelector('.g-canvas')?.view?.scene && !document.querySelector('.g-word')")
    return shown


def boxes(shown):
    """What is drawn: name -> [x, y, width, height] on the screen."""
    shown.wait_for_timeout(300)  # moves are gentle
    return shown.evaluate("""() => {
      const c = document.querySelector('.g-canvas'), v = c.view, r = c.getBoundingClientRect();
      return Object.fromEntries((v.scene?.items ?? []).map(i =>
        [i.box.name, [r.left + (i.x - v.x) * v.zoom, r.top + (i.y - v.y) * v.zoom, i.w * v.zoom, i.h * v.zoom]]));
    }""")


def at(shown, name, dx=0.5, dy=None):
    """A point of a box: by default the middle of its head."""
    x, y, w, _ = boxes(shown)[name]
    zoom = shown.evaluate("document.querySelector('.g-canvas').view.zoom")
    return x + w * dx, y + (23 if dy is None else dy) * zoom


def row(shown, name, column):
    """The middle of a column in a box."""
    n = shown.evaluate(
        "([name, column]) => document.querySelector('.g-canvas').view.scene.items.find(i => i.box.name === name).rows.findIndex(r => r.name === column)",
        [name, column],
    )
    assert n >= 0, f"{name} shows no {column}"
    return at(shown, name, 0.4, 46 + 21 * n + 10)


def query(shown):
    return shown.evaluate("decodeURIComponent(location.hash)")


ALL = {"x.t", "x.u", "customers", "orders", "board"}


@check
def lineage_shows_all_and_filters(browser, page):
    with Page(browser, page.as_uri()) as p:
        shown = drawn(p, "#!/lineage")
        assert set(boxes(shown)) == ALL, boxes(shown)
        b = boxes(shown)
        assert b["x.t"][0] + b["x.t"][2] < b["customers"][0] < b["orders"][0] < b["board"][0]
        for text, names in (
            ("+orders", {"x.t", "customers", "orders"}),
            ("orders+ x.u", {"orders", "board", "x.u"}),
            ("+board,resource_type:model", {"customers", "orders"}),
            ("cust", {"customers"}),
            ("tag:daily+1", {"orders", "board"}),
        ):
            shown.fill(".g-filter input", text)
            shows(shown, names)
            assert shown.evaluate("document.activeElement.type") == "search"
        shown.fill(".g-filter input", "colour:red")
        shown.wait_for_selector(".g-fault")
        assert "knows no 'colour:'" in shown.inner_text(".g-fault")
        shown.fill(".g-filter input", "orders+")
        count(shown, 2)
        again = shown.url
        shown.click("text=Reset")
        count(shown, 5)
        shown.uncheck(".g-kind:has-text('source') input")
        count(shown, 3)
        shown.goto("about:blank")
        shown.goto(again)
        count(shown, 2)
        assert shown.input_value(".g-filter input") == "orders+"


@check
def lineage_grows_and_is_walked_by_keys(browser, page):
    with Page(browser, page.as_uri()) as p:
        shown = drawn(p, "#!/lineage?focus=model.shop.orders")
        assert set(boxes(shown)) == {"customers", "orders", "board"}
        shown.mouse.click(boxes(shown)["customers"][0] - 6, at(shown, "customers")[1])
        shows(shown, ALL - {"x.u"})
        assert "more=<model.shop.customers" in query(shown)
        shown.focus(".g-canvas")
        for key, word in (("ArrowRight", "orders, 1 parent, 1 child"), ("ArrowLeft", "customers"), ("ArrowLeft", "source x.t, 0 parents")):
            shown.keyboard.press(key)
            until(shown, "document.querySelector('.g-view .g-say').innerText.includes(arg)", word)
        shown.keyboard.press("ArrowRight")
        shown.keyboard.press("f")
        until(shown, "location.hash.includes('focus=model.shop.customers')")
        before = shown.evaluate("[document.querySelector('.g-canvas').view.zoom, document.querySelector('.g-canvas').view.x]")
        shown.keyboard.press("-")
        shown.keyboard.press("Shift+ArrowLeft")
        zoom, x = shown.evaluate("[document.querySelector('.g-canvas').view.zoom, document.querySelector('.g-canvas').view.x]")
        assert zoom < before[0] and x < before[1]
        shown.keyboard.press("0")
        boxes(shown)
        shown.keyboard.press("Enter")
        until(shown, "document.querySelector('main h1')?.innerText === 'customers'")


@check
def a_column_is_reached_by_keys(browser, page):
    """From the graph by Tab into the card of what is chosen: its list of columns opens, Enter keeps one's way."""
    with Page(browser, page.as_uri()) as p:
        shown = drawn(p, "#!/lineage?focus=model.shop.orders")
        shown.focus(".g-canvas")
        shown.keyboard.press("ArrowRight")
        shown.wait_for_selector(".g-card details")

        def tab_to(what):
            for _ in range(20):
                shown.keyboard.press("Tab")
                if shown.evaluate("arg => document.activeElement.matches(arg)", what):
                    return
            raise AssertionError(f"Tab does not reach {what}")

        tab_to(".g-card summary")
        shown.keyboard.press("Enter")
        tab_to(".g-column")
        shown.keyboard.press("Enter")
        shown.wait_for_selector(".g-legend")
        assert shown.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
        name = shown.evaluate("document.activeElement.innerText")
        assert f"column=model.shop.orders/{name}" in query(shown) and f"orders.{name}" in shown.inner_text(".g-legend header")
        shown.keyboard.press("Enter")
        until(shown, "!document.querySelector('.g-legend')")


@check
def lineage_is_moved_by_mouse_and_touch(browser, page):
    with Page(browser, page.as_uri(), has_touch=True) as p:
        shown = drawn(p, "#!/lineage")
        x0, y0, *_ = boxes(shown)["orders"]
        shown.mouse.move(700, 700)
        shown.mouse.down()
        shown.mouse.move(760, 650, steps=4)
        shown.mouse.up()
        x1, y1, w1, _ = boxes(shown)["orders"]
        assert abs(x1 - x0 - 60) < 3 and abs(y1 - y0 + 50) < 3, (x0, y0, x1, y1)
        shown.mouse.move(x1, y1)
        shown.mouse.wheel(0, 300)
        x2, y2, w2, _ = boxes(shown)["orders"]
        assert w2 < w1 * 0.8 and abs(x2 - x1) < 3 and abs(y2 - y1) < 3, "the wheel zooms around the pointer"
        touch = p.context.new_cdp_session(shown)
        fingers = lambda kind, *points: touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b, "id": i} for i, (a, b) in enumerate(points)]})
        fingers("touchStart", (600, 400), (700, 400))
        for d in (20, 40, 60, 80, 100):
            fingers("touchMove", (600 - d, 400), (700 + d, 400))
        fingers("touchEnd")
        w3 = boxes(shown)["orders"][2]
        assert w3 > w2 * 2, ("two fingers zoom", w2, w3)
        shown.click("[aria-label=Everything]")
        shown.touchscreen.tap(*at(shown, "orders"))
        shown.wait_for_selector(".g-card")
        assert "orders" in shown.inner_text(".g-card header") and shown.locator(".g-card a:has-text('customers')").count() == 1


@check
def groups_open_and_close(browser, page):
    with Page(browser, page.as_uri()) as p:
        shown = drawn(p, "#!/lineage?group=folder")
        assert set(boxes(shown)) == {"models", "sources: x", "board"}, boxes(shown)
        shown.mouse.dblclick(*at(shown, "models"))
        shows(shown, {"orders", "customers", "sources: x", "board"})
        assert "open=models" in query(shown)
        x, y, zoom = shown.evaluate("""() => { const c = document.querySelector('.g-canvas'), v = c.view, f = v.scene.frames[0], r = c.getBoundingClientRect();
          return [r.left + (f.x + f.w / 2 - v.x) * v.zoom, r.top + (f.y - v.y) * v.zoom, v.zoom]; }""")
        shown.mouse.click(x, y + 12 * zoom)
        count(shown, 3)


@check
def pictures_and_select_are_taken_away(browser, page):
    with Page(browser, page.as_uri(), accept_downloads=True, permissions=["clipboard-read", "clipboard-write"]) as p:
        shown = drawn(p, "#!/lineage?focus=model.shop.orders&up=2")
        got = {}
        for ending in ("SVG", "PNG"):
            shown.click(".g-menu summary")
            with shown.expect_download() as d:
                shown.click(f"text=Picture as {ending}")
            got[ending] = pathlib.Path(d.value.path()).read_bytes()
            assert d.value.suggested_filename == f"lineage-orders.{ending.lower()}"
        texts = [t.text for t in tree.fromstring(got["SVG"]).iter("{http://www.w3.org/2000/svg}text")]
        assert {"orders", "customers", "x.t", "board"} <= set(texts) and got["PNG"][:4] == b"\x89PNG", texts
        for place, wanted in (
            ("#!/lineage?focus=model.shop.orders&up=2", '--select "2+orders+1"'),
            ("#!/lineage?focus=model.shop.orders&up=all&down=0", '--select "+orders"'),
            ("#!/lineage?select=%2Bcust", '--select "+customers"'),
            ("#!/lineage?hide=source", '--select "orders customers exposure:board"'),
        ):
            drawn(p, place)
            shown.wait_for_timeout(300)
            shown.click(".g-menu summary")
            shown.click("text=Copy as --select")
            shown.wait_for_selector("summary:has-text('Copied')")
            copied = shown.evaluate("navigator.clipboard.readText()")
            assert sorted(copied.replace('"', "").split()) == sorted(wanted.replace('"', "").split()), (place, copied)


@check
def names_stay_in_their_boxes(browser, page):
    names = ("i" * 60, "w" * 30, "average_unit_price_by_country", "orders_and_customers_of_the_last_years_by_month_and_country")
    texts = {f"models/{n}.sql": "select 1 as id" for n in names}
    runs = [{"unique_id": f"model.shop.{n}", "status": "success", "execution_time": 1, "timing": [], "message": ""} for n in names]
    given = {"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/run-results/v6.json", "generated_at": "2026-01-01T00:00:00Z",
                          "invocation_id": "x", "invocation_started_at": "2026-01-01T00:00:00Z"}, "args": {"which": "run"}, "results": runs}
    results = page.parent.parent / "results"
    results.mkdir()
    (results / "run_results.json").write_text(json.dumps(given))
    folder = page.parent.parent / "names"
    made = project.make(folder, {"dbt_project.yml": project.FILES["dbt_project.yml"], **texts}, STARC, "--results", str(results))
    with Page(browser, made.as_uri()) as p:
        free = drawn(p, "#!/lineage").evaluate("""() => {
          const pen = document.createElement('canvas').getContext('2d');
          pen.font = "550 13px system-ui, -apple-system, 'Segoe UI', sans-serif";
          return document.querySelector('.g-canvas').view.scene.items.map(i => [i.box.name, i.status, i.w - 14 - 18 - pen.measureText(i.name).width]);
        }""")
        assert len(free) == 4 and all(status == "good" and room >= 0 for _, status, room in free), free


@check
def the_filter_means_what_select_means(browser, page):
    """What the page picks is what `starc ls` picks, for each kind of word."""
    starc, folder = os.environ.get("STARC", str(ROOT / "build/starc")), page.parent.parent
    with Page(browser, page.as_uri()) as p:
        for text in ("+orders", "customers+", "@customers", "tag:daily", "path:models", "source:x+", "source:x.t", "2+exposure:board", "*ers", "orders,tag:daily",
                     "models/orders.sql", "shop", "file:orders.sql", "config.materialized:table", "package:shop,resource_type:model", "source:x.u board"):
            ls = subprocess.run([starc, "ls", "--quiet", "--output", "json", "--output-keys", "unique_id resource_type", "--select", *text.split()], cwd=folder,
                                capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1", "HOME": str(folder)})
            ids = set(re.findall(r'"unique_id": ?"((?!test|unit_test)[^"]*)"', ls.stdout)) - {"model.shop.secret_plan"}
            shown = p.open("#!/lineage?select=" + text.replace("+", "%2B").replace(" ", "+"), ready=".g-canvas")
            shown.wait_for_timeout(250)
            got = set(shown.evaluate("(document.querySelector('.g-canvas').view.scene?.items ?? []).map(i => i.box.key)"))
            assert got == ids, (text, got, ids, ls.stdout[-300:], ls.stderr[-300:])


@check
def a_columns_way_lights_up(browser, page):
    library = os.environ.get("STARC_LIBCHDB", str(ROOT / "build/chdb/libchdb.so"))
    if not os.path.exists(library):
        return print("left out: columns' ways need the embedded engine")
    starc = os.environ.get("STARC", str(ROOT / "build/starc"))
    with tempfile.TemporaryDirectory(prefix="starc-lineage-") as folder:
        shutil.copytree(ROOT / "examples/chinook", folder + "/p", ignore=shutil.ignore_patterns("target", ".starc"))
        for command in (["build", "--quiet"], ["docs", "generate", "--quiet"]):
            r = subprocess.run([starc, *command], cwd=folder + "/p", capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1", "STARC_LIBCHDB": library})
            assert r.returncode == 0, r.stdout + r.stderr
        with Page(browser, pathlib.Path(folder, "p/target/index.html").as_uri()) as p:
            columns(p, json.loads(pathlib.Path(folder, "p/target/lineage.json").read_text())["nodes"])


def busiest(lineage):
    """The model's column with most steps to and from it, and those steps as (node, column) pairs, from lineage.json."""
    steps = {}
    for unique_id, node in lineage.items():
        for c in node["columns"]:
            for i in c["inputs"]:
                if i["step"] in ("same", "computed", "aggregated") and i["column"] and i["node"] != unique_id:
                    ends = ((i["node"].split(".")[-1], i["column"]), (unique_id.split(".")[-1], c["name"]))
                    steps.setdefault((i["node"], i["column"]), ([], []))[1].append(ends)
                    steps.setdefault((unique_id, c["name"]), ([], []))[0].append(ends)
    (unique_id, column), (up, down) = max(
        (s for s in steps.items() if s[0][0].startswith("model.")), key=lambda s: min(map(len, s[1])) * 100 + len(s[1][0]) + len(s[1][1])
    )
    assert up and down, steps
    return unique_id, column, up + down


def columns(p, lineage):
    """On a built project: a column by hover, by click, by address."""
    threads = "(document.querySelector('.g-canvas').view.%s?.threads ?? []).map(t => [t.from.node.name, t.from.column, t.step, t.to.node.name, t.to.column, t.value])"
    name, column, steps = busiest(lineage)
    shown = drawn(p, f"#!/lineage?focus={name}&columns=1")
    own = name.split(".")[-1]
    shown.mouse.move(*row(shown, own, column))
    until(shown, "document.querySelector('.g-canvas').view.trail?.threads.length")
    hovered = shown.evaluate(threads % "trail")
    assert all(s[2] for s in hovered), hovered
    shown.mouse.click(*row(shown, own, column))
    shown.wait_for_selector(".g-legend details")
    until(shown, "document.querySelector('.g-canvas').view.scene.threads.length")
    clicked = shown.evaluate(threads % "scene")
    near = {(*map(tuple, ends),) for ends in steps}
    drawn_near = {((f.split(".")[-1], a), (t.split(".")[-1], b)) for f, a, _, t, b, value in clicked if value and column in (a, b) and own in (f.split(".")[-1], t.split(".")[-1])}
    assert near <= drawn_near and len(clicked) >= len(hovered), (near - drawn_near, clicked)
    assert f"column={name}/{column}" in query(shown)
    shown.keyboard.press("Escape")
    until(shown, "!document.querySelector('.g-legend')")
    shown = drawn(p, f"#!/lineage?focus={name}&column={name}/{column}")
    until(shown, "document.querySelector('.g-canvas')?.view?.scene?.threads.length === arg", len(clicked))
