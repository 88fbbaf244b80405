"""The page of `docs diff` in a browser: what changed in a list, on nodes' pages and in the graph."""

import os, pathlib, shutil, subprocess, tempfile

import hostile, project
from lineage import until
from run import BAD, HERE, STARC, Page

CHECKS = []
YAML = project.YAML.replace("description: \"**The** key\", data_tests: [unique]", 'description: "**A** key", data_tests: [not_null]')
AFTER = {
    "models/orders.sql": project.FILES["models/orders.sql"].replace("select 1 as id,", "select 1 as id, 2 as n,"),
    "models/by_day.sql": "select n from {{ ref('orders') }}",
    "models/s.yml": YAML.replace("config: {tags: [daily],", "config: {tags: [daily, new],"),
    "macros/plus.sql": "{% macro plus(c) %}{{ c }} + 1{% endmacro %}",
}
GONE = "select id from {{ ref('orders') }}"


def check(f):
    CHECKS.append(f)
    return f


def made(folder, before, after, gone=()):
    """The page of what became of a project's files; its path."""
    env = {**os.environ, "NO_COLOR": "1", "HOME": str(folder)}

    def starc(*words):
        p = subprocess.run([STARC, *words], cwd=folder, env=env, capture_output=True, text=True)
        assert p.returncode == 0, p.stdout + p.stderr

    def write(files):
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)

    write(before)
    starc("parse")
    shutil.move(folder / "target", folder / "prod")
    for path in gone:
        (folder / path).unlink()
    write(after)
    starc("docs", "diff", "--state", "prod", "--empty-catalog", "--no-compile")
    return folder / "target/diff/index.html"


def shop(folder):
    return made(folder, {**project.FILES, "models/totals.sql": GONE}, AFTER, ["models/totals.sql"])


@check
def what_changed_is_listed_shown_and_drawn(browser, page):
    with tempfile.TemporaryDirectory(prefix="starc-diff-") as folder:
        page = shop(pathlib.Path(folder))
        with Page(browser, page.as_uri()) as p:
            shown = p.open(ready=".changes")
            assert [shown.inner_text(f".card.{how} .big") for how in ("added", "changed", "removed")] == ["2", "2", "2"]
            text = shown.inner_text("section[aria-label=Models]")
            for word in ("by_day", "orders", "totals", "sql", "macros", "tests", "2 nodes, 1 exposure"):
                assert word in text, (word, text)
            shown.click(".changes a:has-text('orders')")
            shown.wait_for_selector(".diff .added")
            lines = [shown.locator(f".diff .{how} .of").first.inner_text().strip() for how in ("removed", "added")]
            assert lines[0].startswith("− select 1 as id, {{") and lines[1].startswith("+ select 1 as id, 2 as n,"), lines
            part = shown.inner_text("section[aria-label=Changes]")
            for word in ("plus", "not_null", "unique", "The** key", "A** key", "daily, new"):
                assert word in part, (word, part)
            assert shown.locator("section[aria-label=Tests] .struck").count() == 0
            shown = p.open("#!/model/model.shop.totals", ready="main h1.struck")
            assert "It is gone" in shown.inner_text("main") and GONE in shown.inner_text(".code").replace("\n", "")
            shown = p.open("#!/search?change=removed", ready=".hit")
            assert shown.locator(".hit b.struck").count() == 2
            # Lineage begins with what changed and one step around; all is a click away.
            shown = p.open("#!/lineage", ready=".g-bar")
            until(shown, "document.querySelector('.g-bar [role=status]').innerText.startsWith('5 of')")
            shown.click("text=changes only")
            until(shown, r"/^(\d+) of \1$/.test(document.querySelector('.g-bar [role=status]').innerText)")
            p.open("#!/lineage?select=state:new", ready=".g-bar")
            until(shown, "document.querySelector('.g-bar [role=status]').innerText.startsWith('1 of')")


@check
def changes_fit_and_keep_nobody_out(browser, page):
    axe = (HERE.parent.parent / "runtime/docs/site/node_modules/axe-core/axe.min.js").read_text()
    places = ("#!/", "#!/overview", "#!/lineage", "#!/model/model.shop.orders", "#!/model/model.shop.totals", "#!/macro/macro.shop.plus")
    serious = []
    with tempfile.TemporaryDirectory(prefix="starc-diff-") as folder:
        page = shop(pathlib.Path(folder))
        for scheme, width in (("light", 1280), ("dark", 360)):
            with Page(browser, page.as_uri(), color_scheme=scheme, viewport={"width": width, "height": 800}) as p:
                for place in places:
                    shown = p.open(place, ready="main .part, main .cards, main .g-page")
                    shown.wait_for_timeout(200)
                    wide = shown.evaluate("document.scrollingElement.scrollWidth")
                    assert wide <= width, f"{place} is {wide} px wide in {width}"
                    shown.evaluate(axe)
                    found = shown.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
                    serious += [
                        f"{scheme} {place}: {v['id']}: {v['nodes'][0]['html'][:200]}"
                        for v in found
                        if v["impact"] in ("serious", "critical")
                    ]
    assert not serious, "\n".join(serious)


@check
def hostile_changes_run_nothing(browser, page):
    with tempfile.TemporaryDirectory(prefix="starc-diff-") as folder:
        folder = pathlib.Path(folder)
        files = hostile.project({})
        sql = [path for path in files if path.startswith("models/") and path.endswith(".sql")]
        # All of it was there: half of the models are gone, the others are other and no more described.
        after = {**{path: "select 1 as other" for path in sql[1::2]}, "models/hostile.yml": "models: []"}
        page = made(folder, files, after, sql[::2])
        with Page(browser, page.as_uri()) as p:
            p.open("", ready=".changes")
            assert not p.page.evaluate(BAD), p.page.evaluate(BAD)
            some = [e for e in project.index(page)["entries"] if e.get("diff") and e["kind"] == "model"]
            assert len(some) == len(sql), len(some)
            for e in some:
                p.open(f"#!/{e['kind']}/{e['id']}", ready="section[aria-label=Changes]")
                assert not p.page.evaluate(BAD), (e["id"], p.page.evaluate(BAD))
                assert p.page.inner_text("main h1") == e["name"]
