"""The project's documentation page at /docs/ of `starc serve`: who may read it, and nothing beside it."""

import base64, re

import pytest
from conftest import EMBEDDED, STARC
from serve import Serving

pytestmark = pytest.mark.skipif(not EMBEDDED, reason="the embedded engine is left out")
MODELS = {"models/sales.sql": "select 1 as id"}
USERS = """
users:
  - {name: all, password: good}
  - {name: some, password: good, databases: [analytics]}
"""


def login(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


@pytest.fixture
def shop(starc, project):
    folder = project(MODELS)
    run = starc("docs", "generate", "--empty-catalog", cwd=folder)
    assert run.code == 0, run.text
    return folder


def test_the_page_and_nothing_else(shop):
    target = shop / "target"
    (target / "data").mkdir(exist_ok=True)
    (target / "data/0001-ab12.js").write_text("1")
    (target / "data/secret.json").write_text("{}")
    (target / "data/link.js").symlink_to("../manifest.json")
    (target / "data/a_b.js").write_text("1")
    with Serving(STARC, shop) as s:
        page = s.ask(path="/docs/")
        assert page.status == 200 and 'src="starc.js"' in page.text and not re.search(r"<script>", page.text)
        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy and "unsafe" not in policy
        assert "Access-Control-Allow-Origin" not in page.headers
        moved = s.ask(path="/docs")
        assert (moved.status, moved.headers["Location"]) == (302, "/docs/")
        for name, kind in (("starc.js", "javascript"), ("starc.css", "css"), ("data/0001-ab12.js", "javascript")):
            file = s.ask(path="/docs/" + name)
            assert file.status == 200 and kind in file.headers["Content-Type"], name
        for name in (
            "manifest.json",
            "../project.yml",
            "data/../manifest.json",
            "data/%2e%2e/manifest.json",
            "..%2f..%2fproject.yml",
            "%2e%2e/project.yml",
            "/etc/passwd",
            "data/",
            "data/secret.json",
            "data/link.js",
            "data/a_b.js",
            "data/x%00.js",
        ):
            assert s.ask(path="/docs/" + name).status == 404, name
        assert s.ask("select 1", path="/docs/").status == 405
        assert s.ask(path="/docsx").status == 404
        assert s.ask("select 1").text == "1\n"


def test_who_may_read_it(shop):
    (shop / "starc_serve.yml").write_text(USERS)
    with Serving(STARC, shop) as s:
        for path in ("/docs/", "/docs", "/docs/starc.js", "/docs/data/x.js"):
            for headers in ({}, login("all", "bad"), login("nobody", "good")):
                no = s.ask(path=path, headers=headers, login=False)
                assert no.status == 401 and no.headers["WWW-Authenticate"].startswith("Basic "), path
            assert s.ask(path=path, headers=login("some", "good"), login=False).status == 403
        good = login("all", "good")
        assert s.ask(path="/docs/", headers=good, login=False).status == 200
        for header in ({"Origin": "http://x.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "x.example"}):
            assert s.ask(path="/docs/", headers={**good, **header}, login=False).status == 403, header


def test_no_page_yet(starc, project):
    folder = project(MODELS)
    with Serving(STARC, folder) as s:
        none = s.ask(path="/docs/")
        assert none.status == 404 and "starc docs generate" in none.text
