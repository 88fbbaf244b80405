"""What the documentation page holds. What a browser makes of it: tests/site/run.py."""

import base64, gzip, json, re, shutil

import pytest
from conftest import profile_for

YAML = """
models:
  - name: orders
    description: "First line\\nSecond"
    columns: [{name: id, description: The key, data_tests: [unique]}]
  - {name: customers, columns: [{name: customer_id}]}
  - {name: plan, config: {docs: {show: false}}, columns: [{name: hidden_column, data_tests: [unique]}]}
sources:
  - {name: x, tables: [{name: t, columns: [{name: id, data_tests: [{relationships: {arguments: {to: "source('x', \
'u')", field: id}}}]}]},
                       {name: u, columns: [{name: id}]},
                       {name: w, config: {docs: {show: false}}, columns: [{name: hidden_source}]}]}
exposures:
  - {name: board, type: dashboard, url: "https://example.com/board", owner: {name: "Ann </script>", email: \
ann@example.com}, depends_on: [ref('orders'), ref('plan')]}
"""
FILES = {
    "models/orders.sql": "select {{ used(1) }} as id, 'hush-hush' as b",
    "models/customers.sql": "select 2 as customer_id from {{ ref('plan') }}",
    "models/plan.sql": "select 1 as hidden_column",
    "models/s.yml": YAML,
    "macros/m.sql": "{% macro used(x) %}{{ helper(x) }}{% endmacro %} {% macro helper(x) %}{{ x }}{% endmacro %}",
    "tests/both.sql": "select * from {{ ref('orders') }} o join {{ ref('customers') }} c on false",
}


def inside(page, name):
    return re.search(rf'<script id="{name}" type="[a-z/]+">(.*?)</script>', page.read_text(), re.S).group(1)


def details(page, index):
    """All details, in the order of the index."""
    chunks = [inside(page, f"chunk-{i}") for i in range(len(index["chunks"]))]
    return [d for c in chunks for d in json.loads(gzip.decompress(base64.b64decode(c)))]


@pytest.fixture
def page(project, starc):
    folder = project(FILES)
    r = starc("docs", "generate", "--empty-catalog", "--no-compile", cwd=folder)
    assert r.code == 0, r.text
    return folder / "target/index.html"


def test_the_index_says_what_stands_where(page):
    index = json.loads(inside(page, "data"))
    entries = index["entries"]
    ids = [e["id"] for e in entries]
    tested = {e["test"]: ids[e["tested"]] for e in entries if "tested" in e}
    assert tested == {"unique": "model.shop.orders", "relationships": "source.shop.x.t"}
    orders = entries[ids.index("model.shop.orders")]
    assert orders["says"] == "First line" and orders["columns"] == ["id"] and orders["described"] == 1
    assert "says" not in entries[ids.index("model.shop.customers")]
    board = entries[ids.index("exposure.shop.board")]
    assert board["owner"] == "Ann </script>" and board["parents"] == [ids.index("model.shop.orders")]
    assert {"macro.shop.used", "macro.shop.helper", "macro.dbt.test_unique"} <= set(ids)
    assert "macro.dbt.snapshot_merge_sql" not in ids


def test_details_are_those_of_the_manifest(project, starc):
    folder = project({**FILES, "models/s.yml": YAML.replace("{show: false}", "{show: true}")})
    r = starc("docs", "generate", "--empty-catalog", cwd=folder)
    assert r.code == 0, r.text
    page = folder / "target/index.html"
    index = json.loads(inside(page, "data"))
    manifest = json.loads((page.parent / "manifest.json").read_text())
    for entry, detail in zip(index["entries"], details(page, index), strict=True):
        assert detail["node"]["unique_id"] == entry["id"]
        if entry["kind"] == "model":
            assert detail["node"] == manifest["nodes"][entry["id"]]


def test_a_node_that_is_not_shown_is_in_no_part(page):
    whole = page.read_text() + json.dumps(details(page, json.loads(inside(page, "data"))))
    for name in ("hidden_column", "models/plan.sql", "hidden_source", "source.shop.x.w"):
        assert name not in whole, name


HUSH = """
models:
  - name: seen
    columns:
      - name: id
        constraints: [{type: foreign_key, to: ref('hush_model'), to_columns: [hush_id]}]
        data_tests: [{relationships: {name: hush_test, arguments: {to: ref('hush_model'), field: hush_id}}}]
  - name: hush_model
    description: hush words
    config: {docs: {show: false}, meta: {chart: {title: hush chart}}, tags: [hush_tag], group: hush_group}
    columns: [{name: hush_id, data_tests: [unique]}]
groups: [{name: hush_group, owner: {name: hush owner}}]
seeds: [{name: hush_seed, config: {docs: {show: false}}}]
analyses: [{name: hush_analysis, config: {docs: {show: false}}}]
macros: [{name: hush_macro, config: {docs: {show: false}}}]
sources: [{name: hush_source, tables: [{name: t, config: {docs: {show: false}}, columns: [{name: hush_id}]}]}]
exposures:
  - {name: board, type: dashboard, owner: {name: Ann}, depends_on: [ref('seen'), ref('hush_model')]}
  - {name: hush_board, type: dashboard, owner: {name: hush}, depends_on: [ref('seen')], config: {docs: {show: false}}}
unit_tests:
  - {name: hush_unit, model: hush_model, given: [{input: "source('hush_source', 't')", rows: []}], expect: {rows: []}}
"""


def test_nothing_of_any_kind_that_is_not_shown_is_told(project, starc):
    folder = project(
        {
            "models/seen.sql": "select 1 as id",
            "models/hush_model.sql": "select {{ hush_macro() }} as hush_id from {{ source('hush_source', 't') }}",
            "macros/m.sql": "{% macro hush_macro() %}1{% endmacro %}",
            "seeds/hush_seed.csv": "id\n1\n",
            "analyses/hush_analysis.sql": "select 1 as id",
            "models/s.yml": HUSH,
        }
    )
    r = starc("docs", "generate", "--empty-catalog", cwd=folder)
    assert r.code == 0, r.text
    page = folder / "target/index.html"
    kinds = {e["id"] for e in json.loads(inside(page, "data"))["entries"] if e["kind"] != "macro"}
    assert kinds == {"model.shop.seen", "exposure.shop.board"}
    assert "hush" not in whole(page)


KEYS = """
models:
  - name: orders
    constraints: [{type: foreign_key, columns: [shop_id], to: "ref('shops', v=1)", to_columns: [id]}]
    columns:
      - {name: id, constraints: [{type: primary_key}]}
      - {name: shop_id, constraints: [{type: not_null}, {type: check, expression: shop_id > 0}]}
      - {name: plan_id, constraints: [{type: foreign_key, to: ref('plan'), to_columns: [id]}]}
      - {name: raw_id, data_tests: [{relationships: {arguments: {to: "source('x', 't')", field: key}}}]}
  - {name: shops, latest_version: 2, versions: [{v: 1}, {v: 2}]}
  - {name: plan, config: {docs: {show: false}}}
sources: [{name: x, tables: [{name: t}]}]
"""


def test_keys_lead_to_tables_that_are_shown(project, starc):
    models = {f"models/{name}.sql": "select 1 as id" for name in ("orders", "shops_v1", "shops_v2", "plan")}
    folder = project({**models, "models/s.yml": KEYS})
    r = starc("docs", "generate", "--empty-catalog", "--no-compile", cwd=folder)
    assert r.code == 0, r.text
    page = folder / "target/index.html"
    entries = json.loads(inside(page, "data"))["entries"]
    ends = {}
    for e in entries:
        where = e["id"].rsplit(".", 1)[0] if e["kind"] == "test" else e["id"]
        for k in e.get("keys", []):
            to = [entries[k["to"]]["id"], k["fields"]] if "to" in k else []
            ends.setdefault(where, []).append((k["type"], k["columns"], *to))
    assert ends == {
        "model.shop.orders": [
            ("foreign_key", ["shop_id"], "model.shop.shops.v1", ["id"]),
            ("primary_key", ["id"]),
            ("not_null", ["shop_id"]),
        ],
        "test.shop.relationships_orders_raw_id__key__source_x_t_": [
            ("foreign_key", ["raw_id"], "source.shop.x.t", ["key"])
        ],
    }
    assert "ref('plan')" not in whole(page) and "foreign_key" in whole(page)


def test_a_secret_is_masked(project, starc):
    folder = project(FILES)
    r = starc("docs", "generate", "--empty-catalog", cwd=folder, env={"DBT_ENV_SECRET_TOKEN": "hush-hush"})
    page = folder / "target/index.html"
    assert r.code == 0, r.text
    whole = page.read_text() + json.dumps(details(page, json.loads(inside(page, "data"))))
    assert "hush" not in whole and "*****" in whole


def test_many_nodes_take_many_chunks(project, starc):
    files = {f"models/m{i:03}.sql": f"select {i} as c{i}" for i in range(150)}
    folder = project(files)
    r = starc("docs", "generate", "--empty-catalog", "--no-compile", cwd=folder)
    assert r.code == 0, r.text
    page = folder / "target/index.html"
    index = json.loads(inside(page, "data"))
    assert len(index["chunks"]) > 2
    assert [d["node"]["unique_id"] for d in details(page, index)] == [e["id"] for e in index["entries"]]


OUTCOME = {
    "models/good.sql": "{{ config(materialized='table') }}\nselect 1 as id",
    "models/bad.sql": "select 1/0 as id",
    "models/after.sql": "{{ config(materialized='table') }}select * from {{ ref('bad') }}",
    "models/s.yml": """
models: [{name: good, columns: [{name: id, data_tests: [unique, {accepted_values: {arguments: {values: [2]}}}]}]}]
sources:
  - name: raw
    schema: "{{ target.schema }}"
    config: {loaded_at_field: at, freshness: {warn_after: {count: 1, period: hour}}}
    tables: [{name: old}, {name: gone}]
""",
}


def entries(page):
    return {e["id"]: e for e in json.loads(inside(page, "data"))["entries"]}


def history(page):
    index = json.loads(inside(page, "data"))
    return {d["node"]["unique_id"]: d.get("history") for d in details(page, index)}


def test_the_page_shows_the_last_run(request, project, starc):
    """Of models, tests and sources; not what `docs generate` compiled; of another folder where that is asked for."""
    profile = profile_for("postgres", request, "outcome")
    folder = project(OUTCOME, profile=profile)
    old = "create table if not exists outcome.old as select now() - interval '3 hours' as at"
    assert starc("run-operation", "--sql", "create schema if not exists outcome", cwd=folder).code == 0
    assert starc("run-operation", "--sql", old, cwd=folder).code == 0
    assert starc("source", "freshness", cwd=folder).code == 1
    assert starc("build", cwd=folder).code == 1
    kept = folder / "kept"
    kept.mkdir()
    for name in ("run_results.json", "sources.json"):
        (kept / name).write_bytes((folder / "target" / name).read_bytes())
    page = folder / "target/index.html"

    def generate(*more, code=0):
        r = starc("docs", "generate", "--empty-catalog", *more, cwd=folder)
        assert r.code == code, r.text
        return r

    def check():
        index = json.loads(inside(page, "data"))
        of = {e["id"]: e for e in index["entries"]}
        good, bad = of["model.shop.good"]["last"], of["model.shop.bad"]["last"]
        assert good["status"] == "success" and good["seconds"] > 0 and good["at"].endswith("Z"), good
        assert bad["status"] == "success", bad  # a view divides when it is read
        tests = {e["test"]: e["last"] for e in of.values() if e["kind"] == "test"}
        assert tests["unique"]["status"] == "pass" and tests["accepted_values"]["status"] == "fail", tests
        assert tests["accepted_values"]["failures"] == 1
        after = [d for d in details(page, index) if d["node"]["unique_id"] == "model.shop.after"][0]
        assert after["history"][0]["command"] == "build" and "division by zero" in after["history"][0]["message"], after
        assert of["source.shop.raw.old"]["fresh"]["status"] == "warn" and "loaded" in of["source.shop.raw.old"]["fresh"]
        assert of["source.shop.raw.gone"]["fresh"]["status"] == "runtime error"

    generate()
    check()
    generate()  # its own results stand there now; the run history has those of the build
    check()
    assert starc("test", "--select", "test_name:unique", cwd=folder).code == 0
    generate()
    check()
    (unique,) = [h for id, h in history(page).items() if ".unique_" in id]
    assert [run["command"] for run in unique] == ["test", "build"], unique
    shutil.move(folder / ".starc/history", folder / "elsewhere")
    generate()
    assert '"last"' not in inside(page, "data") and '"fresh"' in inside(page, "data")
    generate("--results", "kept")
    check()
    assert "results" not in json.loads((folder / "target/run_results.json").read_text())["args"]
    r = generate("--results", "nowhere", code=2)
    assert "'nowhere' has no run_results.json and no sources.json" in r.text and "give the folder" in r.text, r.text
    (kept / "run_results.json").write_text("{")
    assert "kept/run_results.json" in generate("--results", "kept", code=2).text
    (folder / "target/run_results.json").write_text("[1")
    r = generate()
    assert "target/run_results.json" in r.text and "without the results of the last run" in r.text


def whole(page):
    return page.read_text() + json.dumps(details(page, json.loads(inside(page, "data"))))


PART = {
    "models/kept.sql": "select id from {{ ref('dropped') }}",
    "models/dropped.sql": "select 1 as id",
    "models/s.yml": """
models:
  - name: kept
    columns: [{name: id, data_tests: [not_null, {relationships: {arguments: {to: ref('dropped'), field: id}}}]}]
  - {name: dropped, description: nobody sees this}
exposures:
  - {name: board, type: dashboard, owner: {email: a@example.com}, depends_on: [ref('kept'), ref('dropped')]}
""",
    "macros/m.sql": "{% macro unused() %}{% endmacro %}",
}


def test_a_page_of_a_part_does_not_tell_of_the_rest(project, starc):
    folder = project(PART)
    args = ("docs", "generate", "--empty-catalog", "--select", "kept", "exposure:board", "--light")
    for more in ((), ("--no-compile",)):
        r = starc(*args, *more, cwd=folder)
        assert r.code == 0, r.text
        page = folder / "target/index.html"
        entries = json.loads(inside(page, "data"))["entries"]
        ids = {e["id"].rsplit(".", 1)[0] if e["kind"] == "test" else e["id"] for e in entries}
        assert ids - {"macro.dbt.test_not_null", "macro.dbt.default__test_not_null"} == {
            "model.shop.kept", "test.shop.not_null_kept_id", "exposure.shop.board"}, ids  # fmt: skip
        assert "dropped" not in whole(page) and "nobody sees" not in whole(page)
    assert "model.shop.dropped" in (folder / "target/manifest.json").read_text()


def test_a_light_page_has_no_sql(project, starc):
    folder = project(FILES)
    r = starc("docs", "generate", "--empty-catalog", "--light", cwd=folder)
    assert r.code == 0, r.text
    page = folder / "target/index.html"
    index = inside(page, "data")
    assert "hush-hush" not in whole(page) and "macro.dbt." not in index and "macro.shop.used" in index
    assert starc("docs", "generate", "--empty-catalog", cwd=folder).code == 0
    assert "hush-hush" in whole(page)


def test_the_page_goes_where_it_is_asked_to(project, starc):
    folder = project({**FILES, "assets/a.txt": "a"}, extra="asset-paths: [assets]\n")
    r = starc("docs", "generate", "--empty-catalog", "--no-compile", "--output-dir", "public", cwd=folder)
    assert r.code == 0 and "public/index.html" in r.text, r.text
    assert sorted(p.name for p in (folder / "public").rglob("*") if p.is_file()) == ["a.txt", "index.html"]
    assert not (folder / "target/index.html").exists() and (folder / "target/catalog.json").exists()
    assert starc("docs", "generate", "--empty-catalog", "--no-compile", "--output-dir", "public", cwd=folder).code == 0
    (folder / "public/index.html").write_text("<h1>mine</h1>")
    r = starc("docs", "generate", "--empty-catalog", "--no-compile", "--output-dir", "public", cwd=folder)
    assert r.code == 2 and "public/index.html" in r.text and "stays as it is" in r.text, r.text
    assert (folder / "public/index.html").read_text() == "<h1>mine</h1>"


CONFIG = """{title: "A <b> & co", repository: "https://example.com/x/", logo: logo.svg}"""


@pytest.mark.parametrize("extra", [f"docs: {CONFIG}\n", f"vars: {{starc: {{docs: {CONFIG}}}}}\n"])
def test_the_project_says_how_the_page_is_called(project, starc, extra):
    folder = project({**FILES, "logo.svg": "<svg/>"}, extra=extra)
    r = starc("docs", "generate", "--empty-catalog", "--no-compile", cwd=folder)
    assert r.code == 0, r.text
    page = folder / "target/index.html"
    of = json.loads(inside(page, "data"))["project"]
    assert of["title"] == "A <b> & co" and of["repository"] == "https://example.com/x"
    assert base64.b64decode(of["logo"].removeprefix("data:image/svg+xml;base64,")) == b"<svg/>"
    assert "<title>A &lt;b&gt; &amp; co</title>" in page.read_text()


@pytest.mark.parametrize(
    "value, words",
    [
        ("{title: [a]}", "'title' of 'docs' must be text"),
        ("{repository: 'javascript:alert(1)'}", "'repository' of 'docs' is no address"),
        ("{logo: ../outside.svg}", "'logo' of 'docs' is outside of the project"),
        ("{logo: dbt_project.yml}", "'logo' of 'docs' is no picture"),
        ("{logo: absent.png}", "absent.png"),
        ("{logo: large.png}", "'logo' of 'docs' is too large"),
    ],
)
def test_what_the_project_says_wrong_has_a_place(project, starc, value, words):
    folder = project({**FILES, "large.png": b"x" * 300_000}, extra=f"docs: {value}\n")
    (folder.parent / "outside.svg").write_text("<svg/>")
    r = starc("docs", "generate", "--empty-catalog", "--no-compile", cwd=folder)
    assert r.code == 2 and words in r.text, r.text
    assert "dbt_project.yml:3:" in r.text or "absent" in words, r.text
    assert not (folder / "target/index.html").exists()


def test_a_large_project_has_files_beside_the_page(project, starc):
    folder = project(FILES)
    data = folder / "target/data"
    docs = lambda **env: starc("docs", "generate", "--empty-catalog", "--no-compile", cwd=folder, env=env)
    assert docs(STARC_TEST_PAGE_BYTES="10").code == 0
    page = folder / "target/index.html"
    index = json.loads(inside(page, "data"))
    assert 'id="chunk-' not in page.read_text()
    assert sorted(f"data/{p.name}" for p in data.iterdir()) == sorted(index["files"])
    for i, name in enumerate(index["files"]):
        called = re.fullmatch(rf'starc_chunk\({i},"([A-Za-z0-9+/=]+)"\);\n', (folder / "target" / name).read_text())
        assert json.loads(gzip.decompress(base64.b64decode(called[1])))[0]["node"]
    # What an earlier page had goes, what only looks like it stays.
    like = "0000-0123456789abcdef"
    kept = {f"{like}.js": "mine()", "0000.js": "starc_chunk(0", f"{like}.txt": "starc_chunk(0"}
    for name, text in kept.items():
        (data / name).write_text(text)
    old = data / "0007-fedcba9876543210.js"
    old.write_text('starc_chunk(7,"");')
    (folder / "models/orders.sql").write_text("select 12345 as id")
    assert docs(STARC_TEST_PAGE_BYTES="10").code == 0
    now = json.loads(inside(page, "data"))["files"]
    assert now != index["files"] and not old.exists()
    assert sorted(p.name for p in data.iterdir()) == sorted([*kept, *(n.removeprefix("data/") for n in now)])
    assert docs().code == 0 and 'id="chunk-0"' in page.read_text()
    assert sorted(p.name for p in data.iterdir()) == sorted(kept)


def test_the_commit_of_the_page_and_of_runs(project, starc, request):
    folder = project({"models/a.sql": "select 1 as id"}, profile=profile_for("postgres", request, "commits"))
    git, page = folder / ".git", folder / "target/index.html"
    git.mkdir()
    commits = ["1" * 40, "2" * 40]
    for commit in commits:
        (git / "HEAD").write_text(commit + "\n")
        assert starc("run", cwd=folder).code == 0
    r = starc("docs", "generate", cwd=folder)
    assert r.code == 0, r.text
    index = json.loads(inside(page, "data"))
    assert index["project"]["commit"] == commits[1]
    model = next(d for d in details(page, index) if d["node"]["unique_id"] == "model.shop.a")
    assert [run["commit"] for run in model["history"]] == commits[::-1]
    assert "create" in model["ran"] and "select 1 as id" in model["ran"]
    entry = lambda: next(e for e in json.loads(inside(page, "data"))["entries"] if e["id"] == "model.shop.a")
    assert "changed" not in entry()
    for commit, sql in (("3" * 40, "select 2 as id"), ("4" * 40, "select 2 as id")):
        (git / "HEAD").write_text(commit + "\n")
        (folder / "models/a.sql").write_text(sql)
        assert starc("run", cwd=folder).code == 0
    assert starc("docs", "generate", cwd=folder).code == 0
    index = json.loads(inside(page, "data"))
    third = next(d for d in details(page, index) if d["node"]["unique_id"] == "model.shop.a")["history"][1]
    assert entry()["changed"] == {"at": third["at"], "commit": "3" * 40}
    assert starc("docs", "generate", "--light", cwd=folder).code == 0
    assert not any("ran" in d for d in details(page, json.loads(inside(page, "data"))))


SNAPSHOTS = """
snapshots:
  - {name: kept, description: TEXT, relation: ref('text'), config: {unique_key: id, strategy: check, check_cols: [id]}}
"""


def test_what_changed_lately(project, starc, request):
    """What a node is made of: its text, a seed's rows, config; not a description, not keys in another order."""
    files = {
        "models/text.sql": "select 1 as id",
        "models/config.sql": "select 1 as id",
        "models/same.sql": "select 1 as id",
        "seeds/rows.csv": "id\n1\n",
        "snapshots/s.yml": SNAPSHOTS.replace("TEXT", "one"),
        "models/s.yml": "models: [{name: same, description: one, config: {materialized: view, meta: {a: b}}}]",
    }
    folder = project(files, profile=profile_for("postgres", request, "lately"))
    git, page = folder / ".git", folder / "target/index.html"
    git.mkdir()

    def build(commit, changes):
        (git / "HEAD").write_text(commit * 40 + "\n")
        for name, text in changes.items():
            (folder / name).write_text(text)
        assert starc("build", cwd=folder).code == 0

    def changed():
        r = starc("docs", "generate", "--empty-catalog", "--no-compile", cwd=folder)
        assert r.code == 0, r.text
        return {e["name"]: e["changed"]["commit"][0] for e in entries(page).values() if "changed" in e}

    build("1", {})
    assert changed() == {}
    other = "models: [{name: same, description: two, config: {meta: {a: b}, materialized: view}}]"
    build("2", {"models/text.sql": "select 2 as id", "models/s.yml": other})
    build("2", {"snapshots/s.yml": SNAPSHOTS.replace("TEXT", "two")})
    build("3", {"models/s.yml": other[:-1] + ", {name: config, config: {materialized: table}}]"})
    build("4", {"seeds/rows.csv": "id\n2\n"})
    assert changed() == {"text": "2", "config": "3", "rows": "4"}
