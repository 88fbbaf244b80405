"""`starc sync`: the columns that nodes have, in the files that describe them, with all else byte for byte."""

import difflib
import os

import pytest
import yaml
from conftest import EMBEDDED

ORDERS = "{{ config(materialized='table') }}\nselect 1 as id, 'x' as kind, 2 as amount"
READS = "select id, kind from {{ ref('orders') }}"
TYPES = {"postgres": ("integer", "text"), "clickhouse": ("UInt8", "String")}


@pytest.fixture(autouse=True)
def engine_inside(request):
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def types(engine):
    return TYPES["postgres" if engine.name == "postgres" else "clickhouse"]


def marked(text, engine):
    """A file as it is before and after: lines that start with '+' are new, '-' gone, N and T are types."""
    number, word = types(engine)
    lines = [(line[:1], line[1:].replace("<N>", number).replace("<T>", word)) for line in text.splitlines(True)]
    return "".join(t for m, t in lines if m != "+"), "".join(t for m, t in lines if m != "-")


STYLES = {
    # The usual one: comments, gaps, a block scalar, a key behind, an alias somewhere else.
    "a.yml": """\
 # The head of the file.
 version: 2
 
 models:
   - name: a # it
     description: |
       Some text.
 
     columns:
       # the key
       - name: id   # never null
+        data_type: <N>
         data_tests: &both [unique, not_null]
 
       - description: 'What it is: a kind.'
         name: kind
+        data_type: <T>
 
+      - name: amount
+        data_type: <N>
+
       - name: 'more'
         data_type: "<T>"
         data_tests: *both
 
     # the end of a
 
""",
    # Lists at the column of their key, wide dashes, nothing listed.
    "b.yml": """\
 models:
 -   name: b
     config:
         tags:
         -   x
       # a comment that belongs here
+    columns:
+    -   name: id
+        data_type: <N>
+    -   name: kind
+        data_type: <T>
 
 exposures: []
""",
    # Dicts in brackets.
    "c.yml": """\
 models:
   - name: c
-    columns: [{name: kind, description: "a, b"}]  # short
+    columns: [{name: id, data_type: <N>}, {name: kind, data_type: <T>, description: "a, b"}]  # short
   - name: d
     columns: [
-      {name: id}, # the key
+      {name: id, data_type: <N>}, # the key
+      {name: kind, data_type: <T>},
     ]
-  - {name: e, description: ''}
+  - {name: e, description: '', columns: [{name: id, data_type: <N>}, {name: kind, data_type: <T>}]}
   - name: f
     columns:
-      - {name: id}
+      - {name: id, data_type: <N>}
+      - {name: kind, data_type: <T>}
""",
    # Keys with nothing behind them.
    "g.yml": """\
 models:
   - name: g
     columns: # to do
+      - name: id
+        data_type: <N>
+      - name: kind
+        data_type: <T>
     docs: {show: true}
   - name: h
-    columns: []   # none
+    columns:   # none
+      - name: id
+        data_type: <N>
+      - name: kind
+        data_type: <T>
   - name: i
     columns:
       - name: id
-        data_type:
+        data_type: <N>
       - name: kind
-        data_type: null # later
+        data_type: <T> # later
""",
    # JSON is YAML; Jinja in texts; a name that is rendered.
    "j.yml": """\
 {"models": [
-  {"name": "j", "columns": [{"name": "id"}]}
+  {"name": "j", "columns": [{"name": "id", "data_type": "<N>"}, {"name": "kind", "data_type": "<T>"}]}
 ]}
""",
    "k.yml": """\
 models:
   - name: k
     description: "{{ doc('k') }}"
     columns:
       - name: "{{ var('key') }}"
+        data_type: <N>
         description: &d >+
           kept
 
+      - name: kind
+        data_type: <T>
   - name: l
     description: *d
+    columns:
+      - name: id
+        data_type: <N>
+      - name: kind
+        data_type: <T>
""",
}


def styled(engine, change=lambda text: text):
    before, after = {}, {}
    for name, text in STYLES.items():
        old, new = marked(text, engine)
        before[f"models/{name}"] = change(old).encode()
        after[f"models/{name}"] = change(new).encode()
    return before, after


CHANGES = {
    "as it is": lambda t: t,
    "ends of Windows": lambda t: t.replace("\n", "\r\n"),
    "a byte order mark": lambda t: "\ufeff" + t,
    "no end of line": lambda t: t.rstrip("\n"),
}


@pytest.mark.parametrize("how", CHANGES)
def test_all_else_stays_byte_for_byte(starc, project, engine, how):
    before, after = styled(engine, CHANGES[how])
    files = {f"models/{n}.sql": READS for n in "bcdefghijkl"}
    files["models/a.sql"] = "select id, kind, amount, kind as more from {{ ref('orders') }}"
    files |= {"models/base/orders.sql": ORDERS, "models/k.md": "{% docs k %}K{% enddocs %}"}
    folder = project({**files, **before}, profile=engine.profile(), extra="vars: {key: id}\n")
    r = starc("sync", "--select", "path:models/*.sql", cwd=folder)
    assert r.code == 0, r.text
    for name, text in after.items():
        now = (folder / name).read_bytes()
        assert now == text, "\n".join(difflib.unified_diff(text.decode().split("\n"), now.decode().split("\n"), name))
        yaml.safe_load(now)
    r = starc("sync", "--select", "path:models/*.sql", cwd=folder)
    assert r.code == 0 and "Nothing to do" in r.text, r.text


def test_dry_run_shows_a_patch_and_says_so_by_its_code(starc, project, engine):
    before, after = styled(engine)
    files = {f"models/{n}.sql": READS for n in "gh"} | {"models/base/orders.sql": ORDERS}
    files["models/i.sql"] = files["models/m.sql"] = READS
    files["models/g.yml"] = before["models/g.yml"]
    folder = project(files, profile=engine.profile())
    r = starc("sync", "--dry-run", "--quiet", "--exclude", "orders", cwd=folder)
    assert r.code == 1 and (folder / "models/g.yml").read_bytes() == before["models/g.yml"], r.text
    patch = r.out
    assert "--- a/models/g.yml\n+++ b/models/g.yml\n@@ -" in patch and "\033[" not in patch, patch
    assert os.system(f"cd {folder} && git init -q . && git apply --check - <<'END'\n{patch}END") == 0, patch
    assert "\033[32m+" in starc("--use-colors", "sync", "--dry-run", cwd=folder).out
    assert starc("sync", "--exclude", "orders", cwd=folder).code == 0
    again = starc("sync", "--dry-run", "--exclude", "orders", cwd=folder)
    assert again.code == 0 and "Nothing to do" in again.text, again.text
    written = yaml.safe_load((folder / "models/g.yml").read_text())["models"]
    assert [m["name"] for m in written] == ["g", "h", "i", "m"] and len(written[3]["columns"]) == 2


def test_where_a_node_is_described_that_no_file_describes(starc, project, engine):
    """Beside the nodes of its folder; in a file of its own where these have one each; else in a new one."""
    files = {
        "models/orders.sql": ORDERS,
        "models/staging/a.sql": READS,
        "models/staging/b.sql": READS,
        "models/staging/schema.yml": "models:\n  - name: a\n\n# sources follow\n",
        "models/each/one.sql": READS,
        "models/each/two.sql": READS,
        "models/each/_one.yml": "models:\n- name: one\n  columns:\n  - name: id\n",
        "models/none/c.sql": READS,
        "models/none/d.sql": READS,
        "models/empty/e.sql": READS,
        "models/empty/_empty__models.yml": "# nothing yet\n",
        "seeds/rates.csv": "kind,rate\nx,1\n",
        "snapshots/kept.sql": "{% snapshot kept %}"
        + "{{ config(unique_key='id', strategy='check', check_cols=['kind']) }}\n"
        + READS
        + "{% endsnapshot %}",
    }
    folder = project(files, profile=engine.profile())
    r = starc("sync", cwd=folder)
    assert r.code == 0, r.text
    found = {
        str(path.relative_to(folder)): {
            e["name"]: [c["name"] for c in e["columns"]] for entries in read.values() for e in entries
        }
        for path in sorted(folder.rglob("*.yml"))
        if path.name not in ("dbt_project.yml", "profiles.yml")
        for read in [yaml.safe_load(path.read_text())]
    }
    assert found["models/staging/schema.yml"] == {"a": ["id", "kind"], "b": ["id", "kind"]}
    assert found["models/each/_two.yml"] == {"two": ["id", "kind"]} and list(found["models/each/_one.yml"]) == ["one"]
    assert found["models/none/_none__models.yml"] == {"c": ["id", "kind"], "d": ["id", "kind"]}
    assert found["models/empty/_empty__models.yml"] == {"e": ["id", "kind"]}
    assert found["models/_models.yml"] == {"orders": ["id", "kind", "amount"]}
    assert found["seeds/_seeds.yml"] == {"rates": ["kind", "rate"]}
    assert found["snapshots/_snapshots.yml"]["kept"][:3] == ["id", "kind", "dbt_scd_id"], found
    assert (folder / "models/staging/schema.yml").read_text().endswith("# sources follow\n")
    assert "Nothing to do" in starc("sync", cwd=folder).text


def test_types_that_differ_are_told_and_changed_when_asked(starc, project, engine):
    number, word = types(engine)
    other = "varchar" if engine.name == "postgres" else "Int64"
    same = "int4" if engine.name == "postgres" else "UInt8"
    files = {
        "models/orders.sql": ORDERS,
        "models/m.yml": f"models:\n  - name: orders\n    columns:\n      - {{name: id, data_type: '{other}'}}  # it\n"
        f"      - name: kind\n        data_type: string\n      - name: amount\n        data_type: {same}\n"
        f"      - name: gone\n        data_type: {word}\n",
    }
    folder = project(files, profile=engine.profile())
    r = starc("sync", cwd=folder)
    assert r.code == 0 and "Nothing to do" in r.text and r.text.count("[listed-type]") == 1, r.text
    assert f"models/m.yml:4:31: warning: the type of 'orders.id' is {number}" in r.text, r.text
    assert "models/m.yml:9:15: warning: 'orders' has no column 'gone'" in r.text, r.text
    assert (folder / "models/m.yml").read_text() == files["models/m.yml"]
    r = starc("sync", "--update-types", cwd=folder)
    assert r.code == 0 and "1 changed type" in r.text, r.text
    assert (folder / "models/m.yml").read_text() == files["models/m.yml"].replace(other, number, 1)


def test_versions_have_what_they_share_at_the_top(starc, project, engine):
    number, word = types(engine)
    files = {
        "models/v_v1.sql": "select 1 as id, 'x' as old",
        "models/v_v2.sql": "select 1 as id, 'x' as fresh",
        "models/v_v3.sql": "select 1 as id",
        "models/m.yml": "models:\n  - name: v\n    latest_version: 3\n    columns:\n      - name: old\n    versions:\n"
        "      - v: 1\n      - v: 2\n        columns:\n          - include: all\n            exclude: [old]\n"
        "      - v: 3\n        columns: [{include: [id]}]\n",
    }
    folder = project(files, profile=engine.profile())
    r = starc("sync", "--select", "v.v2", cwd=folder)
    assert r.code == 0, r.text
    assert (folder / "models/m.yml").read_text() == (
        f"models:\n  - name: v\n    latest_version: 3\n    columns:\n      - name: id\n        data_type: {number}\n"
        f"      - name: old\n        data_type: {word}\n    versions:\n"
        "      - v: 1\n      - v: 2\n        columns:\n          - include: all\n            exclude: [old]\n"
        f"          - name: fresh\n            data_type: {word}\n"
        "      - v: 3\n        columns: [{include: [id]}]\n"
    )
    assert "Nothing to do" in starc("sync", cwd=folder).text


def test_sources_packages_and_nodes_that_are_wrong(starc, project, engine):
    number, word = types(engine)
    files = {
        "models/raw.sql": ORDERS.replace("'table'", "'table', alias='raw_orders'"),
        "models/wrong.sql": "select nothing from {{ ref('raw') }}",
        "models/below.sql": "select * from {{ ref('wrong') }}",
        "models/held.sql": "{{ config(materialized='table', contract={'enforced': true}) }}\n"
        + READS.replace("orders", "raw"),
        "models/m.yml": f"models:\n  - name: held\n    columns:\n      - {{name: id, data_type: {number}}}\n",
        "models/s.yml": "sources:\n  - name: lake\n    schema: SCHEMA\n    tables:\n      - name: raw_orders\n"
        "      - name: nowhere\n",
        "packages.yml": "packages: [{local: pack}]\n",
        "pack/dbt_project.yml": "name: pack\n",
        "pack/models/packed.sql": "select 1 as id",
        "pack/models/p.yml": "models: [{name: packed}]\n",
    }
    profile = engine.profile()
    files["models/s.yml"] = files["models/s.yml"].replace("SCHEMA", profile["schema"])
    folder = project(files, profile=profile)
    assert starc("deps", cwd=folder).code == 0 and starc("run", "--select", "raw", cwd=folder).code == 0
    r = starc("sync", cwd=folder)
    assert r.code == 1 and "models/wrong.sql:1:8" in r.text and "below is left" in r.text, r.text
    assert "1 node is of packages" in r.text and "'lake.nowhere' are not known" in r.text, r.text
    assert (folder / "pack/models/p.yml").read_text() == files["pack/models/p.yml"]
    columns = [{"name": "id", "data_type": number}, {"name": "kind", "data_type": word}]
    assert yaml.safe_load((folder / "models/m.yml").read_text())["models"][0]["columns"] == columns
    tables = yaml.safe_load((folder / "models/s.yml").read_text())["sources"][0]["tables"]
    assert tables[0]["columns"] == columns + [{"name": "amount", "data_type": number}] and len(tables[1]) == 1


def test_what_cannot_be_written_is_left_and_told(starc, project, engine):
    """What an anchor shares; a file that may not be written. Links are followed, rights are kept."""
    shared = "models:\n  - name: a\n    columns: &c\n      - name: id\n  - name: b\n    columns: *c\n"
    merged = "models:\n  - name: c\n    columns:\n      - &id\n        name: id\n      - <<: *id\n        name: kind\n"
    files = {f"models/{n}.sql": READS for n in "abcd"} | {"models/base/orders.sql": ORDERS}
    files |= {"models/ab.yml": shared, "models/c.yml": merged, "elsewhere/d.yml": "models: [{name: d}]\n"}
    folder = project(files, profile=engine.profile())
    (folder / "models/d.yml").symlink_to("../elsewhere/d.yml")
    (folder / "elsewhere/d.yml").chmod(0o640)
    r = starc("sync", "--exclude", "orders", cwd=folder)
    assert r.code == 0 and "models/ab.yml:4:9: warning: " in r.text and "[yaml-edit]" in r.text, r.text
    assert (folder / "models/ab.yml").read_text() == shared
    assert (folder / "models/c.yml").read_text() == merged + f"        data_type: {types(engine)[1]}\n"
    assert (folder / "models/d.yml").is_symlink() and (folder / "elsewhere/d.yml").stat().st_mode & 0o777 == 0o640
    assert "data_type" in (folder / "elsewhere/d.yml").read_text()


def test_names_that_need_quotes(starc, project, engine):
    q = '"' if engine.name == "postgres" else "`"
    names = ["yes", "1", "a: b", "x #y", "- z", "it's", "null", "é", "{a}", "[b], c", "*d", "%e", "tab\there"]
    sql = "select " + ", ".join(f"{i} as {q}{n}{q}" for i, n in enumerate(names))
    files = {"models/m.sql": sql, "models/n.sql": sql, "models/n.yml": "models: [{name: n}]\n"}
    folder = project(files, profile=engine.profile())
    r = starc("sync", cwd=folder)
    assert r.code == 0, r.text
    models = yaml.safe_load((folder / "models/n.yml").read_text())["models"]
    for path in ("models/n.yml", "models/m.yml"):
        models = yaml.safe_load((folder / path).read_text())["models"]
        assert [c["name"] for c in models[0]["columns"]] == names
    assert "Nothing to do" in starc("sync", cwd=folder).text


def test_descriptions_are_taken_over_where_the_value_is_the_same(starc, project, engine):
    """Renamed, through models and a file that say nothing, and a union; not where computed, or where two differ."""
    files = {
        "models/orders.sql": ORDERS,
        "models/a.sql": "select id as order_id, amount + 1 as amount, kind from {{ ref('orders') }}",
        "models/b.sql": "select order_id as no, amount, kind as sort from {{ ref('a') }} where amount > 0",
        "models/c.sql": "select no, sort from {{ ref('b') }} union all select id, kind from {{ ref('orders') }}",
        "models/d.sql": "select id as x from {{ ref('orders') }} union all select amount from {{ ref('orders') }}",
        "models/o.yml": "models:\n  - name: orders\n    columns:\n      - name: id\n"
        "        description: '{{ doc(\"key\") }}'\n"
        "      - name: kind\n        description: |\n          What it is: one of\n          two.\n"
        "      - name: amount\n        description: Money.\n",
        "models/z.yml": "models:\n  - name: b\n    columns:\n      - name: 'no'\n        description: ''\n"
        "      - {name: sort, description: Own.}\n",
        "models/key.md": "{% docs key %}The key.{% enddocs %}",
    }
    folder = project(files, profile=engine.profile())
    r = starc("sync", cwd=folder)
    assert r.code == 0, r.text
    said = {}
    for name in ("o", "z"):
        for model in yaml.safe_load((folder / f"models/{name}.yml").read_text())["models"]:
            said[model["name"]] = [c.get("description") for c in model["columns"]]
    key, kind = '{{ doc("key") }}', "What it is: one of\ntwo.\n"
    assert said["a"] == [key, None, kind] and said["b"] == [key, None, "Own."], said
    assert said["c"] == [key, None] and said["d"] == [None], said
    assert "Nothing to do" in starc("sync", cwd=folder).text
