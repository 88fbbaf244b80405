#!/usr/bin/env python3
"""The documentation page in a browser: Debian's Chromium, driven by Playwright (scripts/setup site-test). No engine is needed.
usage: run.py [words of the checks' names]"""

import json, os, pathlib, re, subprocess, sys, tempfile, traceback
from urllib.parse import quote

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import hostile, project
from playwright.sync_api import sync_playwright

STARC = os.environ.get("STARC", str(HERE.parent.parent / "build/starc"))
CHECKS = []


def check(f):
    CHECKS.append(f)
    return f


class Page:
    """A page of the browser, and what it complained of or asked others for."""

    def __init__(self, browser, where, **options):
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        self.page, self.where, self.trouble = self.context.new_page(), where, []
        self.page.on("console", self.said)
        self.page.on("pageerror", lambda e: self.trouble.append(str(e)))
        self.page.on("request", self.request)
        self.page.expose_function("taken", lambda: self.trouble.append("foreign code ran"))

    def said(self, m):
        # A picture beside the page that is not there is the writer's matter.
        absent = m.location["url"].endswith("/x") or "ERR_FILE_NOT_FOUND" in m.text and m.location["url"].startswith(self.where.rsplit("/", 1)[0])
        if m.type in ("error", "warning") and not absent:
            self.trouble.append(m.text)

    def request(self, r):
        own = self.where.rsplit("/", 1)[0]
        if not r.url.startswith((own, "data:", "blob:")):
            self.trouble.append(f"asked for {r.url}")

    def open(self, place="", ready="main h1"):
        self.page.goto(self.where + place)
        self.page.wait_for_selector(ready)
        return self.page

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.context.close()
        assert kind or not self.trouble, self.trouble


@check
def every_node_has_a_page(browser, page):
    ids = [(e["kind"], e["id"], e["name"]) for e in project.index(page)["entries"]]
    with Page(browser, page.as_uri()) as p:
        for kind, unique_id, name in ids:
            shown = p.open(f"#!/{kind}/{unique_id}", ready="main .part, main .facts")
            assert shown.inner_text("main h1") == name, (name, shown.inner_text("main h1"))
    assert len(ids) > 12 and not any("secret_plan" in i for _, i, _ in ids)
    assert "secret_plan" not in page.read_text() and "hidden_column" not in page.read_text()


@check
def markdown_is_shown_and_runs_nothing(browser, page):
    with Page(browser, page.as_uri()) as p:
        shown = p.open("#!/model/model.shop.orders", ready=".prose")
        html = shown.inner_html(".prose")
        for part in (
            "<h1>Status</h1>",
            "<strong>these</strong>",
            '<a href="https://example.com/a?b=1" rel="noopener noreferrer">the wiki</a>',
            "<td><code>placed</code></td>",
            "<li>two</li>",
            "select &lt;b&gt;",
        ):
            assert part in html, (part, html)
        assert "javascript" not in html and "onerror" not in html and "<script" not in html, html


@check
def search_goes_to_what_it_finds(browser, page):
    with Page(browser, page.as_uri()) as p:
        shown = p.open()
        shown.keyboard.press("/")
        shown.keyboard.type("customer_id")
        shown.wait_for_selector("#hits a")
        shown.keyboard.press("ArrowDown")
        shown.keyboard.press("ArrowUp")
        shown.keyboard.press("Enter")
        shown.wait_for_selector("main .node-head")
        assert "customer" in shown.inner_text("main h1")
        p.open("#!/search?q=nothing_like_this", ready=".results")
        assert 'Nothing has "nothing_like_this"' in shown.inner_text(".results")
        p.open("#!/search?q=custmers", ready=".hit")
        assert "near" in shown.inner_text(".results") and "customers" in shown.inner_text(".found")
        p.open("#!/search?kind=exposure", ready=".hit")
        assert shown.locator(".hit").count() == 1
        p.open("#!/search?q=plus&in=all", ready=".hit")
        shown.wait_for_function("document.querySelector('.found').innerText.includes('orders')")


@check
def links_of_sql_lead_to_nodes_and_macros(browser, page):
    with Page(browser, page.as_uri()) as p:
        shown = p.open("#!/model/model.shop.orders?sql=raw&line=3", ready=".code .marked")
        assert "plus" in shown.inner_text(".code .marked")
        shown.click(".code a:has-text('plus')")
        shown.wait_for_function("document.querySelector('main h1')?.innerText === 'plus'")
        assert "macro" in shown.inner_text(".node-head")
        shown.go_back()
        shown.wait_for_function("document.querySelector('main h1')?.innerText === 'orders'")
        shown.click(".code a:has-text('customers')")
        shown.wait_for_function("document.querySelector('main h1')?.innerText === 'customers'")
        assert shown.title() == "customers · shop"


@check
def it_fits_narrow_windows_dark_and_light(browser, page):
    for width in (360, 420, 1280):
        for scheme in ("light", "dark"):
            with Page(browser, page.as_uri(), viewport={"width": width, "height": 800}, color_scheme=scheme) as p:
                for place in ("", "#!/model/model.shop.orders", "#!/search?q=o", "#!/unit_test/unit_test.shop.orders.one_row", "#!/erd", "#!/erd?view=list"):
                    shown = p.open(place, ready="main .page, main .g-page")
                    wide = shown.evaluate("document.scrollingElement.scrollWidth")
                    assert wide <= width, f"{place} is {wide} px wide in {width}"


@check
def paper_is_white(browser, page):
    """Printed from a dark screen: dark letters on white, without what only a screen needs."""
    for theme in ("", "document.documentElement.dataset.theme = 'dark'"):
        with Page(browser, page.as_uri(), color_scheme="dark") as p:
            shown = p.open("#!/model/model.shop.orders", ready="main pre")
            shown.evaluate(theme)
            dark = shown.evaluate("getComputedStyle(document.body).backgroundColor")
            shown.emulate_media(media="print")
            white = shown.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (dark, white) == ("rgb(20, 25, 31)", "rgb(255, 255, 255)"), (dark, white)
            assert not shown.is_visible(".side") and not shown.is_visible(".top") and shown.is_visible("main h1")
            assert shown.evaluate("document.querySelector('.all').scrollHeight >= document.querySelector('main').scrollHeight")
            import lineage  # it uses Page of this file

            lineage.until(shown, "document.querySelector('.g-canvas').view.colours.ink === '#1c2530'")


@check
def charts_are_drawn_from_rows(browser, page):
    months = [[f"2026-{m:02}-01", f"{m}.20", "a" if m % 2 else "b", None] for m in range(1, 13)]
    rows = {"names": ["month", "amount", "kind", "growth"], "rows": months, "more": True, "at": "2026-12-01T00:00:00Z"}
    with Page(browser, project.with_rows(page, "model.shop.customers", rows).as_uri()) as p:
        shown = p.open("#!/", ready=".chart svg")
        assert shown.inner_text(".chart figcaption a") == "Who buys"
        assert shown.locator(".chart svg path").count() > 1
        label = shown.get_attribute(".chart [role=img]", "aria-label")
        assert label == "Who buys: amount by month, 12 values", label
        assert "The first 12 rows" in shown.inner_text(".chart .when")
        shown.click(".chart button")
        assert "2026-03-01" in shown.inner_text(".chart .numbers") and "null" in shown.inner_text(".chart .numbers")
        shown.click(".chart figcaption a")
        shown.wait_for_function("document.querySelector('main h1')?.innerText === 'customers'")
        shown.wait_for_selector(".chart svg")
    few = {"names": ["tier", "people"], "rows": [["<b>low", 40], ["high", 5]], "more": False, "at": "2026-12-01T00:00:00Z"}
    with Page(browser, project.with_rows(page, "model.shop.customers", few).as_uri()) as p:
        shown = p.open("#!/model/model.shop.customers", ready=".chart svg rect")
        assert "<b>low" in shown.text_content(".chart svg")
    with Page(browser, project.with_rows(page, "model.shop.orders", few).as_uri()) as p:
        shown = p.open("#!/model/model.shop.orders", ready=".values")
        assert "<b>low" in shown.inner_text("section[aria-label=Rows]")


BAD = """() => [...document.querySelectorAll("#app *")].flatMap(e => {
  const names = e.getAttributeNames(), tag = e.tagName.toLowerCase();
  const wrong = names.filter(n => n.startsWith("on") || /^(href|src|action|data|xlink:href)$/.test(n) &&
    /^[\\s\\x00-\\x20]*(java|vb)script:|^[\\s]*data:text/i.test(e.getAttribute(n)));
  return /^(script|iframe|object|embed|form|style|base|link|meta|frame)$/.test(tag) || wrong.length ? [e.outerHTML.slice(0, 200)] : [];
})"""


@check
def hostile_texts_run_nothing(browser, page):
    assert len(hostile.strings()) == 300
    with tempfile.TemporaryDirectory(prefix="starc-hostile-") as folder:
        page = project.make(pathlib.Path(folder), hostile.project({}), STARC)
        entries = project.index(page)["entries"]
        with Page(browser, page.as_uri()) as p:
            for place in ["", "#!/lineage", "#!/search?q=taken", "#!/about", "#!/search?tag=" + quote("<img src=x onerror=taken()>"),
                          "#!/model/" + quote("<img src=x onerror=taken()>")]:  # fmt: skip
                p.open(place, ready="main .page, main canvas, main svg")
                assert not p.page.evaluate(BAD), (place, p.page.evaluate(BAD))
            for e in entries:
                if e["kind"] in ("model", "exposure", "unit_test"):
                    p.open(f"#!/{e['kind']}/{e['id']}", ready="main .node-head")
                    p.page.wait_for_selector("main .part, main .prose, main [role=alert]", state="attached")
                    bad = p.page.evaluate(BAD)
                    assert not bad, (e["id"], bad)
                    assert p.page.inner_text("main h1") == e["name"]
                    assert p.page.locator("main [role=alert]").count() == 0, e["id"]
                assert not p.trouble, (e["id"], p.trouble[:5])


@check
def it_is_served_without_code_inside(browser, page):
    """docs serve gives script and style as files, under a policy that allows no other; each kind of page works under it."""
    args = [STARC, "docs", "serve", "--port", "0", "--no-browser"]
    with subprocess.Popen(args, cwd=page.parent.parent, stdout=subprocess.PIPE, text=True, env={**os.environ, "HOME": str(page.parent)}) as server:
        try:
            where = next(m for m in (re.search(r"http://\S+", line) for line in server.stdout) if m).group(0) + "/"
            with Page(browser, where) as p:
                answer = p.page.goto(where)
                policy, html = answer.headers["content-security-policy"], answer.text()
                assert "script-src 'self';" in policy and "style-src 'self';" in policy and "unsafe" not in policy, policy
                assert "<style" not in html and not re.search(r"<script>|<script (?!src|id)", html)
                for place in ("", "#!/lineage", "#!/search?q=o", "#!/about", *(f"#!/{e['kind']}/{e['id']}" for e in project.index(page)["entries"])):
                    p.open(place, ready="main .page, main canvas, main svg")
                p.page.reload()
                p.page.wait_for_selector("main h1")
        finally:
            server.terminate()


@check
def a_large_page_reads_files_beside_it(browser, page):
    """From the disk too; where the folder was not copied a node's page says so, and the rest works."""
    target = page.parent.parent / "large"
    words = ["--empty-catalog", "--no-compile", "--output-dir", str(target)]
    env = {**os.environ, "HOME": str(page.parent), "STARC_TESTS": "1", "STARC_TEST_PAGE_BYTES": "10"}
    made = subprocess.run([STARC, "docs", "generate", *words], cwd=page.parent.parent, env=env, text=True, capture_output=True)
    assert made.returncode == 0, made.stdout + made.stderr
    place = "#!/model/model.shop.customers"
    with Page(browser, (target / "index.html").as_uri()) as p:
        assert "select" in p.open(place, ready="main pre").inner_text("main pre")
    (target / "data").rename(target / "elsewhere")
    with Page(browser, (target / "index.html").as_uri()) as p:
        shown = p.open(place)
        shown.wait_for_selector("text=Copy the folder data/ too")
        assert shown.inner_text("main h1") == "customers"
        p.open("#!/search?q=customers", ready="main .results")


def keep_run(folder, target, day, results):
    """A record of the run history, as runtime/history/record.c has it."""
    start = {"starc_history": 1, "invocation_id": f"run-{day}", "command": "build", "target": target, "nodes": len(results)}
    head = {**start, "started_us": (1767225600 + 86400 * day) * 1000000, "seconds": 1.0}
    kept = folder / ".starc/history"
    kept.mkdir(parents=True, exist_ok=True)
    lines = [head, *({"id": unique_id, "seconds": 0.1, **r} for unique_id, r in results.items())]
    (kept / f"202601{day + 1:02}T000000.000000Z-{day}.jsonl").write_text("".join(json.dumps(x, separators=(",", ":")) + "\n" for x in lines))


@check
def a_test_says_since_when_it_fails(browser, page):
    first = project.index(page)
    test = next(e["id"] for e in first["entries"] if e.get("test") == "unique")
    ended = [{"status": "pass", "failures": 0}, {"status": "fail", "failures": 2}, {"status": "fail", "failures": 9}]
    with tempfile.TemporaryDirectory() as folder:
        for day, result in enumerate(ended):
            keep_run(pathlib.Path(folder), first["project"]["target"], day, {test: result})
        again = project.make(pathlib.Path(folder), project.FILES, STARC)
        with Page(browser, again.as_uri()) as p:
            shown = p.open("#!/model/model.shop.orders", ready="section[aria-label='Tests'] svg")
            row = shown.locator("section[aria-label='Tests'] tr", has_text="unique")
            assert row.locator("svg").get_attribute("aria-label") == "the last 3 runs, of which 2 failed"
            assert [b.get_attribute("class") for b in row.locator("rect").all()] == ["good", "bad", "bad"]
            assert row.locator("time").last.get_attribute("datetime").startswith("2026-01-02"), row.inner_html()
            assert "since" in row.inner_text() and "9" in row.inner_text() and "all runs" not in row.inner_text()


@check
def nobody_is_kept_out(browser, page):
    """axe-core finds nothing serious, on each kind of page, in light and dark."""
    axe = (HERE.parent.parent / "runtime/docs/site/node_modules/axe-core/axe.min.js").read_text()
    months = [[f"2026-{m:02}-01", m, "a" if m % 2 else "b"] for m in range(1, 13)]
    rows = {"names": ["month", "amount", "kind"], "rows": months, "more": False, "at": "2026-12-01T00:00:00Z"}
    drawn = project.with_rows(page, "model.shop.customers", rows)
    kinds = {e["kind"]: f"#!/{e['kind']}/{e['id']}" for e in project.index(page)["entries"]}
    serious = []
    for scheme in ("light", "dark"):
        with Page(browser, drawn.as_uri(), color_scheme=scheme) as p:
            for place in ("#!/", "#!/search?q=o", "#!/lineage", "#!/erd", "#!/erd?view=list", "#!/about", "#!/model/model.shop.customers", *kinds.values()):
                shown = p.open(place, ready="main h1, main .g-page, main .results")
                shown.wait_for_timeout(200)
                shown.evaluate(axe)
                found = shown.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
                serious += [
                    f"{scheme} {place}: {v['id']}: {v['nodes'][0]['html'][:200]}"
                    for v in found
                    if v["impact"] in ("serious", "critical")
                ]
    assert not serious, "\n".join(serious)


def main():
    import diff, erd, lineage  # they use Page of this file

    words = sys.argv[1:]
    failed = passed = 0
    with tempfile.TemporaryDirectory(prefix="starc-site-") as folder, sync_playwright() as play:
        page = project.make(pathlib.Path(folder), project.FILES, STARC)
        browser = play.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        for f in CHECKS + lineage.CHECKS + diff.CHECKS + erd.CHECKS:
            if words and not any(w in f.__name__ for w in words):
                continue
            try:
                f(browser, page)
                passed += 1
            except Exception:
                failed += 1
                print(f"FAILED {f.__name__.replace('_', ' ')}\n{traceback.format_exc()}")
        browser.close()
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
