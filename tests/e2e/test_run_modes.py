"""Partial runs: state, defer, clone, retry, results of hooks."""

import json, os, pathlib, shutil, signal, subprocess, time
import pytest
from conftest import STARC, needs_embedded, rows


def run(starc, folder, *args, code=0, **kw):
    r = starc(*args, cwd=folder, **kw)
    assert r.code == code, r.text
    return r


def results(folder, target="target"):
    found = json.loads((folder / target / "run_results.json").read_text())
    return {r["unique_id"]: r["status"] for r in found["results"]}


def names(r):
    return sorted(line.split(".")[-1] for line in r.out.split())


# --- state

STATE = {
    "models/a.sql": "select 1 as id, {{ one() }} as x",
    "models/b.sql": "select * from {{ ref('a') }}",
    "models/c.sql": "{{ config(materialized='table') }}select id from {{ ref('b') }}",
    "macros/m.sql": "{% macro one() %}{{ two() }}{% endmacro %}\n{% macro two() %}2{% endmacro %}",
    "seeds/s.csv": "id\n1\n",
    "tests/t.sql": "select * from {{ ref('c') }} where id > 5",
    "models/s.yml": "models:\n- name: a\n  columns: [{name: id, data_tests: [not_null]}]\n"
    "- name: c\n  description: x\n  config: {persist_docs: {relation: true}}\n"
    "sources:\n- name: src\n  schema: raw\n  tables: [{name: t}]\n",
}


@pytest.mark.parametrize(
    "path, text, what, expected",
    [
        ("models/a.sql", "select 2 as id, {{ one() }} as x", "modified", ["a"]),
        ("models/a.sql", "select 2 as id, {{ one() }} as x", "modified.body", ["a"]),
        ("models/a.sql", "select 2 as id, {{ one() }} as x", "modified.configs", []),
        ("models/a.sql", "{{ config(tags=['t']) }}select 1 as id, {{ one() }} as x", "modified.configs", []),
        ("models/b.sql", "{{ config(materialized='table') }}select * from {{ ref('a') }}", "modified.configs", ["b"]),
        ("models/b.sql", "{{ config(alias='bb') }}select * from {{ ref('a') }}", "modified.relation", ["b"]),
        (
            "macros/m.sql",
            "{% macro one() %}{{ two() }}{% endmacro %}\n{% macro two() %}3{% endmacro %}",
            "modified.macros",
            ["a"],
        ),
        (
            "models/s.yml",
            STATE["models/s.yml"].replace("description: x", "description: y"),
            "modified.persisted_descriptions",
            ["c"],
        ),
        ("models/s.yml", STATE["models/s.yml"].replace("description: x", "description: y"), "modified", ["c"]),
        ("models/s.yml", STATE["models/s.yml"].replace("- name: a\n", "- name: a\n  description: y\n"), "modified", []),
        ("models/s.yml", STATE["models/s.yml"].replace("schema: raw", "schema: other"), "modified", ["t"]),
        (
            "models/s.yml",
            STATE["models/s.yml"].replace("{name: t}", "{name: t, config: {tags: [x]}}"),
            "modified",
            ["t"],
        ),
        (
            "models/s.yml",
            STATE["models/s.yml"].replace("[not_null]", "[{not_null: {config: {severity: warn}}}]"),
            "modified",
            ["not_null_a_id"],
        ),
        ("models/n.sql", "select 1 as id", "new", ["n"]),
        ("seeds/s.csv", "id\n2\n", "modified.body", ["s"]),
        ("models/n.sql", "select 1 as id", "old", ["a", "b", "c", "not_null_a_id", "s", "t", "t"]),
    ],
)
def test_state_selectors(project, starc, path, text, what, expected):
    folder = project(STATE)
    run(starc, folder, "parse", "--quiet")
    shutil.copytree(folder / "target", folder / "then")
    (folder / path).write_text(text)
    assert (
        names(
            run(
                starc,
                folder,
                "ls",
                "--quiet",
                "--state",
                "then",
                "--indirect-selection",
                "empty",
                "--select",
                "state:" + what,
            )
        )
        == expected
    )
    assert names(
        run(
            starc,
            folder,
            "ls",
            "--quiet",
            "--state",
            "target",
            "--select",
            "state:unmodified",
            "--exclude",
            "resource_type:source",
            "resource_type:test",
        )
    )


def test_keys_that_an_older_manifest_has_not_are_no_change(project, starc):
    def without_nulls(v):
        return {k: without_nulls(x) for k, x in v.items() if x is not None} if isinstance(v, dict) else v

    folder = project(
        {
            **STATE,
            "models/s.yml": STATE["models/s.yml"].replace(
                "- name: a\n", "- name: a\n  config: {group: null, meta: {owner: {name: x, mail: null}}}\n"
            ),
        }
    )
    run(starc, folder, "parse", "--quiet", "--target-path", "then")
    path = folder / "then/manifest.json"
    manifest = json.loads(path.read_text())
    for nodes in ("nodes", "sources"):
        manifest[nodes] = without_nulls(manifest[nodes])
    path.write_text(json.dumps(manifest))
    assert names(run(starc, folder, "ls", "--quiet", "--state", "then", "--select", "state:modified")) == []


def test_a_broken_contract_warns_or_stops(project, starc):
    files = {
        "models/e.sql": "{{ config(contract={'enforced': true}) }}select 1 as id",
        "models/s.yml": "models:\n- name: e\n  columns: [{name: id, data_type: Int32}]\n",
    }
    folder = project(files)
    run(starc, folder, "parse")
    shutil.copytree(folder / "target", folder / "then")
    (folder / "models/s.yml").write_text(files["models/s.yml"].replace("Int32", "String"))
    r = run(starc, folder, "ls", "--state", "then", "--select", "state:modified")
    assert "column id was Int32 and is String" in r.text
    (folder / "models/e.sql").unlink()
    (folder / "models/s.yml").unlink()
    (folder / "models/f.sql").write_text("select 1 as id")
    assert (
        "the model was deleted or renamed"
        in run(starc, folder, "ls", "--state", "then", "--select", "state:modified.contract").text
    )


def test_removed_contracts_are_told_as_dbt_tells_them(project, starc):
    """Deleted, disabled, no longer enforced: a warning, which may be made an error; of a version an error."""
    held = "config: {contract: {enforced: true}}, columns: [{name: id, data_type: Int32}]"
    files = {
        f"models/{name}.sql": "select 1::Int32 as id" for name in ("gone", "idle", "loose", "kept", "ver_v1", "ver_v2")
    }
    versions = f"- {{name: ver, {held}, versions: [{{v: 1}}%s]}}\n"
    folder = project(
        {
            **files,
            "models/s.yml": "models:\n"
            + "".join(f"- {{name: {n}, {held}}}\n" for n in ("gone", "idle", "loose", "kept"))
            + versions % ", {v: 2}",
        }
    )
    run(starc, folder, "parse")
    shutil.copytree(folder / "target", folder / "then")
    (folder / "models/gone.sql").unlink()
    (folder / "models/s.yml").write_text(
        f"models:\n- {{name: idle, {held.replace('{contract', '{enabled: false, contract')}}}\n"
        f"- {{name: loose, {held.replace('true', 'false')}}}\n- {{name: kept, {held}}}\n" + versions % ", {v: 2}"
    )
    for what in ("modified", "modified.contract", "unmodified"):
        r = run(starc, folder, "ls", "--state", "then", "--select", "state:" + what)
        for name, how in (
            ("gone", "the model was deleted or renamed"),
            ("idle", "the model was disabled"),
            ("loose", "its enforcement was removed"),
        ):
            assert (
                r.text.count(
                    f"warning: the contract of 'model.shop.{name}' breaks what reads it: {how} [contract-break]"
                )
                == 1
            ), r.text
    run(
        starc,
        folder,
        "ls",
        "--state",
        "then",
        "--select",
        "state:modified",
        "--warn-error-options",
        "{error: [UnversionedBreakingChange]}",
        code=2,
    )
    (folder / "models/ver_v1.sql").unlink()
    (folder / "models/s.yml").write_text((folder / "models/s.yml").read_text().replace("[{v: 1}, ", "["))
    r = run(starc, folder, "ls", "--state", "then", "--select", "state:modified", code=2)
    assert (
        "error: the contract of 'model.shop.ver.v1' breaks what reads it: the model was deleted or renamed" in r.text
    ), r.text


def test_what_got_a_value_where_there_was_null_is_modified(project, starc):
    """A manifest writes keys without a value too: one that gets a value is a change, either way round."""
    plain, named = "{email: a@b.c}", "{name: Ann, email: a@b.c}"
    text = "exposures:\n- {name: board, type: dashboard, owner: %s, depends_on: [ref('a')]}\n"
    folder = project({"models/a.sql": "select 1 as id", "models/e.yml": text % plain})
    run(starc, folder, "parse", "--target-path", "plain")
    (folder / "models/e.yml").write_text(text % named)
    run(starc, folder, "parse", "--target-path", "named")
    ls = lambda state: names(run(starc, folder, "ls", "--quiet", "--state", state, "--select", "+state:modified"))
    assert ls("plain") == ["a", "board"] and ls("named") == []
    (folder / "models/e.yml").write_text(text % plain)
    assert ls("plain") == [] and ls("named") == ["a", "board"]


def test_a_generic_test_whose_macro_is_gone_is_an_error(project, starc):
    folder = project(
        {
            "models/a.sql": "select 1 as id",
            "models/s.yml": "models:\n- name: a\n  data_tests: [has_rows, never_was]\n"
            "  columns: [{name: id, data_tests: [not_null]}]\n",
            "tests/generic/t.sql": "{% test has_rows(model) %}select 1 where 1 = 0{% endtest %}",
        }
    )
    run(starc, folder, "parse")
    shutil.copytree(folder / "target", folder / "then")
    (folder / "tests/generic/t.sql").unlink()
    for what in ("modified", "modified.macros", "unmodified", "modified state:modified.macros"):
        r = run(starc, folder, "ls", "--state", "then", "--select", *(f"state:{what}".split()), code=2)
        assert (
            r.text.count(
                "models/s.yml:3:16: error: the generic test 'has_rows' was there in the earlier run and is not there "
                "now [lost-test]"
            )
            == 1
        ), r.text
    run(starc, folder, "ls", "--state", "then", "--select", "state:modified.body")
    run(starc, folder, "parse", "--target-path", "then")  # as it is now: nothing to compare with
    assert names(run(starc, folder, "ls", "--quiet", "--state", "then", "--select", "state:modified")) == []


# --- results and freshness


def test_result_and_source_status(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "select 1 as id",
            "models/b.sql": "select nothing from {{ ref('a') }}",
            "models/c.sql": "select * from {{ ref('b') }}",
            "models/s.yml": "sources:\n- name: src\n  schema: \"{{ target.schema }}\"\n  tables:\n  - name: t\n"
            "    identifier: seen\n"
            "    loaded_at_field: at\n    freshness: {warn_after: {count: 1, period: day}}\n",
            "models/seen.sql": "{{ config(materialized='table') }}select cast('2020-01-01 00:00:00' as timestamp) as "
            "at",
        },
        profile=engine.profile(),
    )
    run(starc, folder, "run", code=1)
    shutil.copytree(folder / "target", folder / "then")
    ls = lambda what: names(run(starc, folder, "ls", "--quiet", "--state", "then", "--select", what))
    assert ls("result:error") == ["b"] and ls("result:skipped") == ["c"] and ls("result:error+") == ["b", "c"]
    run(starc, folder, "source", "freshness", code=0)
    shutil.copy(folder / "target/sources.json", folder / "then/sources.json")
    assert ls("source_status:fresher") == []
    (folder / "models/seen.sql").write_text((folder / "models/seen.sql").read_text().replace("00:00:00", "00:00:01"))
    run(starc, folder, "run", "--select", "seen")
    run(starc, folder, "source", "freshness")
    assert ls("source_status:fresher") == ["t"]


# --- defer and clone


def test_defer(project, starc, engine):
    files = {
        "models/a.sql": "{{ config(materialized='table') }}select {{ var('n', 1) }} as id",
        "models/b.sql": "select * from {{ ref('a') }}",
        "models/e.sql": "{{ config(materialized='ephemeral') }}select * from {{ ref('b') }}",
        "models/c.sql": "select * from {{ ref('e') }}",
    }
    prod = engine.profile(schema="defer_prod")
    folder = project(files, profile=prod)
    run(starc, folder, "build")
    shutil.move(folder / "target", folder / "prod")
    dev = {**prod, "schema": "defer_dev"}
    (folder / "profiles.yml").write_text(f"shop:\n  target: dev\n  outputs:\n    dev: {json.dumps(dev)}\n")
    run(starc, folder, "run", "--select", "b", code=1)
    run(starc, folder, "run", "--select", "b", "--defer", "--state", "prod")
    got = lambda name, *more: [
        int(r["id"]) for r in rows(starc, folder, f"select id from {{{{ ref('{name}') }}}}", *more)
    ]
    assert got("b") == [1]
    run(starc, folder, "run", "--select", "a", "--vars", "n: 2")  # from here on this target has its own
    run(starc, folder, "run", "--select", "b", "--defer", "--state", "prod")
    assert got("b") == [2]
    run(starc, folder, "run", "--select", "b", "--defer", "--favor-state", "--state", "prod")
    assert got("b") == [1]
    run(starc, folder, "run", "--select", "a", "b", "--defer", "--favor-state", "--state", "prod", "--vars", "n: 3")
    assert got("b") == [3]
    # --defer-state alone, and through an ephemeral parent
    shutil.copytree(folder / "prod", folder / "other")
    run(starc, folder, "run", "--select", "c", "--defer", "--favor-state", "--defer-state", "other")
    assert got("c") == [1]
    assert (
        "defer_prod"
        in run(starc, folder, "compile", "--quiet", "--select", "c", "--defer", "--favor-state", "--state", "prod").out
    )


def test_clone(project, starc, engine):
    files = {
        "models/a.sql": "{{ config(materialized='table') }}select 1 as id",
        "models/b.sql": "select * from {{ ref('a') }}",
        "seeds/s.csv": "id\n7\n",
        "models/e.sql": "{{ config(materialized='ephemeral') }}select 1 as id",
    }
    prod = engine.profile(schema="clone_prod")
    folder = project(files, profile=prod)
    run(starc, folder, "build")
    shutil.move(folder / "target", folder / "prod")
    (folder / "profiles.yml").write_text(
        f"shop:\n  target: dev\n  outputs:\n    dev: {json.dumps({**prod, 'schema': 'clone_dev'})}\n"
    )
    run(starc, folder, "clone", "--state", "prod")
    assert set(results(folder).values()) == {"success"} and len(results(folder)) == 3
    got = lambda name: [int(r["id"]) for r in rows(starc, folder, f"select id from {{{{ ref('{name}') }}}}")]
    assert got("a") == [1] and got("b") == [1] and got("s") == [7]
    # what is there stays, unless all is made anew
    run(starc, folder, "run", "--select", "a", "--full-refresh")
    assert "already exists" in run(starc, folder, "clone", "--state", "prod").out
    run(starc, folder, "clone", "--state", "prod", "--full-refresh", "--resource-type", "model", "seed")
    assert got("a") == [1]
    kinds = {"clickhouse": "table", "embedded": "table", "postgres": "view"}
    r = run(starc, folder, "run-operation", "kind_of", "--quiet", code=2)
    (folder / "macros").mkdir(exist_ok=True)
    (folder / "macros/k.sql").write_text(
        "{% macro kind_of() %}{{ print(adapter.get_relation(target.database, 'clone_dev', 'a').type) }}{% endmacro %}"
    )
    assert run(starc, folder, "run-operation", "kind_of", "--quiet").out.strip() == kinds[engine.name]


# --- retry

CHAIN = {
    "models/a.sql": "select 1 as id",
    "models/b.sql": "select {{ 'id' if env_var('GOOD', '0') == '1' else 'nothing' }} from {{ ref('a') }}",
    "models/c.sql": "{{ config(materialized='table') }}select id from {{ ref('b') }}",
    "models/d.sql": "select id from {{ ref('a') }}",
    "tests/t.sql": "select * from {{ ref('c') }} where id > 1",
}


def test_retry_after_failures(project, starc, engine):
    folder = project(CHAIN, profile=engine.profile())
    r = run(starc, folder, "retry", code=2)
    assert "there is no run to retry" in r.text
    run(starc, folder, "build", "--exclude", "d", "--vars", "{k: 1}", code=1)
    assert results(folder)["model.shop.b"] == "error"
    run(starc, folder, "retry", code=1)
    assert sorted(results(folder)) == ["model.shop.b", "model.shop.c", "test.shop.t"]
    r = run(starc, folder, "retry", env={"GOOD": "1"})
    assert set(results(folder).values()) == {"success", "pass"} and "Retrying 3 of 3" in r.out
    assert json.loads((folder / "target/run_results.json").read_text())["args"]["which"] == "build"
    assert json.loads((folder / "target/run_results.json").read_text())["args"]["vars"] in ("{k: 1}", {"k": 1})
    assert "Nothing to retry" in run(starc, folder, "retry").out


def test_retry_after_a_kill_goes_by_the_journal(project, starc, engine, tmp_path):
    """Stopped dead while the second of three models runs: the first is not run again."""
    folder = project(
        {
            "models/a.sql": "{{ config(post_hook=\"{{ log('seen', info=true) }}\") }}select 1 as id",
            "models/b.sql": "{{ starc_wait() }}select id from {{ ref('a') }}",
            "models/c.sql": "select id from {{ ref('b') }}",
            "macros/w.sql": "{% macro starc_wait() %}{% if execute and env_var('WAIT', '') %}"
            "{% for i in range(100000) %}{% for k in range(90000) %}{% set x = k * i %}{% endfor %}{% endfor %}{% "
            "endif %}{% endmacro %}",
        },
        profile=engine.profile(threads=1),
    )
    env = {**os.environ, "NO_COLOR": "1", "HOME": str(folder), "WAIT": "1"}
    p = subprocess.Popen([STARC, "build"], cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    journal = folder / "target/starc_journal.jsonl"
    for _ in range(1200):
        if journal.exists() and "model.shop.a" in "".join(journal.read_text().split("\n")[1:]):
            break
        time.sleep(0.05)
    p.send_signal(signal.SIGKILL)
    p.wait()
    assert not (folder / "target/run_results.json").exists()
    with journal.open("a") as f:
        f.write('{"unique_id":"model.shop.b","sta')  # as a kill in the middle of a line leaves it
    run(starc, folder, "retry")
    assert results(folder) == {"model.shop.b": "success", "model.shop.c": "success"}
    assert not journal.exists()


def test_what_was_not_reached_is_retried(project, starc, engine):
    folder = project(
        {**CHAIN},
        extra="flags: {skip_nodes_if_on_run_start_fails: true}\n"
        "on-run-start: \"select {{ '1' if env_var('GOOD', '0') == '1' else 'nothing' }}\"\n",
        profile=engine.profile(threads=1),
    )
    run(starc, folder, "run", code=1)
    assert [s for i, s in sorted(results(folder).items()) if i.startswith("model")] == ["skipped"] * 4
    run(starc, folder, "retry", env={"GOOD": "1"})
    assert len([i for i in results(folder) if i.startswith("model")]) == 4


def test_an_operation_leaves_a_result_and_is_retried(project, starc, engine):
    """Under the macro's id; a failed one is called again with its arguments, one that went well is left alone."""
    folder = project(
        {
            "macros/m.sql": "{% macro asks(columns, times=1) %}{% do run_query('select ' ~ (columns[0] if "
            "env_var('GOOD', '') else 'nothing')) %}"
            "{{ log('asked ' ~ columns[0] * times, info=true) }}{% endmacro %}"
        },
        profile=engine.profile(),
    )

    def left():
        found = json.loads((folder / "target/run_results.json").read_text())
        [r] = found["results"]
        assert (
            [t["name"] for t in r["timing"]] == ["compile", "execute"]
            and r["message"] is None
            and r["thread_id"] == "MainThread"
        )
        assert found["args"]["args"] == {"columns": [7], "times": 2} and found["args"]["macro"] == "shop.asks"
        return r["unique_id"], r["status"], r["failures"]

    run(starc, folder, "run-operation", "shop.asks", "--args", "{columns: [7], times: 2}", code=1)
    assert left() == ("macro.shop.asks", "error", 1)
    run(starc, folder, "run-operation", "nothing_like_it", code=2)
    run(starc, folder, "retry", code=1)
    assert left() == ("macro.shop.asks", "error", 1)
    assert "asked 14" in run(starc, folder, "retry", env={"GOOD": "1"}).text
    assert left() == ("macro.shop.asks", "success", 0)
    r = run(starc, folder, "retry")
    assert "Nothing to retry: the last `starc run-operation` went well" in r.text and "asked" not in r.text
    assert left() == ("macro.shop.asks", "success", 0)


# --- texts that ask nothing

ASKING = {
    "run_query": "{% set r = run_query('select 1') %}select 1 as x",
    "statement": "{% call statement('s', fetch_result=true) %}select 1{% endcall %}select 1 as x",
    "execute": "{% if execute %}{% do adapter.execute('select 1') %}{% endif %}select 1 as x",
    "schema_exists": "{% if execute %}{{ adapter.check_schema_exists(target.database, target.schema) }}{% endif %}",
    "columns": "-- depends_on: {{ ref('plain') }}\n"
    "{% if execute %}{% do adapter.get_columns_in_relation(ref('plain')) %}{% endif %}select 1 as x",
    "header": "{% call statement('drops') %}drop table if exists nothing_like_it{% endcall %}select 1 as x",
}


def test_without_introspection_what_asks_is_an_error(project, starc, engine):
    """At its place, in compile and show; `execute` stays true, and lists of relations are known, so that the text
    is the one that runs."""
    grown = (
        "{{ config(materialized='incremental') }}select {{ 'true' if execute else 'false' }} as e, {{ graph.nodes | "
        "length }} as n{% if is_incremental() %} -- grown{% endif %}"
    )
    folder = project(
        {
            "models/plain.sql": "select 1 as id",
            "models/grown.sql": grown,
            **{f"models/{k}.sql": v for k, v in ASKING.items()},
        },
        profile=engine.profile(),
    )
    run(starc, folder, "run", "-s", "plain", "grown")
    told = "error: the text asks the database, and --no-introspect says that it must not [no-introspect]"
    r = run(starc, folder, "compile", "--no-introspect", code=2)
    assert r.text.count(told) == len(ASKING), r.text
    for name in ASKING:
        assert f"models/{name}.sql:" in r.text and not (folder / f"target/compiled/shop/models/{name}.sql").exists()
    assert (
        f"select true as e, {len(ASKING) + 2} as n -- grown"
        in (folder / "target/compiled/shop/models/grown.sql").read_text()
    )
    assert told in run(starc, folder, "show", "-s", "run_query", code=2, env={"DBT_INTROSPECT": "0"}).text
    assert told in run(starc, folder, "show", "--no-introspect", "--inline", "{{ run_query('select 1') }}", code=2).text
    run(starc, folder, "show", "-s", "grown", "--no-introspect")
    run(starc, folder, "run", "-s", "run_query", env={"DBT_INTROSPECT": "0"})
    assert "it belongs to compile, show, docs generate" in run(starc, folder, "run", "--no-introspect", code=2).text


# --- hooks


def test_hooks_have_results_and_see_the_run(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "select 1 as id",
            "models/b.sql": "{{ config(schema='more') }}select nothing",
            "models/e.sql": "{{ config(materialized='ephemeral') }}select 1 as id",
            "macros/m.sql": "{% macro seen(results) %}{% for r in results %}{{ log('R ' ~ r.node.name ~ ' ' ~ r.status "
            "~ ' ' ~ r.thread_id[:6], info=true) }}{% endfor %}{% endmacro %}",
        },
        extra="on-run-start: [\"select 1\", \"select 2\"]\n"
        "on-run-end:\n- \"{{ seen(results) }}\"\n"
        "- \"{{ log('S ' ~ schemas ~ ' ' ~ database_schemas | length, info=true) }}\"\n",
        profile=engine.profile(schema="hooked"),
    )
    r = run(starc, folder, "run", code=1)
    assert "R a success Thread" in r.out and "R b error Thread" in r.out
    assert "S ['hooked'] 1" in r.out  # not the schema of what failed
    assert r.out.count("1 of 2  OK     operation") == 2 and r.out.count("2 of 2  OK     operation") == 2, r.out
    got = results(folder)
    assert [got[f"operation.shop.shop-on-run-{when}-{i}"] for when in ("start", "end") for i in (0, 1)] == [
        "success"
    ] * 4


def test_nodes_run_after_a_hook_that_failed(project, starc, engine):
    """With dbt 1.11; with 1.12 where the flag skip_nodes_if_on_run_start_fails is off."""
    folder = project(
        {"models/a.sql": "select 1 as id"},
        extra="on-run-start: [\"select nothing_there\", \"select 2\"]\non-run-end: [\"select 1\"]\n",
        profile=engine.profile(),
    )
    ends = {
        "operation.shop.shop-on-run-start-0": "error",
        "operation.shop.shop-on-run-start-1": "skipped",
        "model.shop.a": "success",
        "operation.shop.shop-on-run-end-0": "success",
    }
    run(starc, folder, "run", "--dbt-version", "1.11", code=1)
    assert results(folder) == ends
    run(starc, folder, "run", code=1)
    assert results(folder)["model.shop.a"] == "skipped"


def test_hooks_after_one_that_failed_are_skipped(project, starc, engine):
    folder = project(
        {"models/a.sql": "select 1 as id"},
        extra="on-run-start: [\"select 1\"]\non-run-end: [\"select 1\", \"select nothing_there\", \"select 2\", "
        "\"select 3\"]\n",
        profile=engine.profile(schema="hooked"),
    )
    r = run(starc, folder, "run", code=1)
    assert r.out.count("  SKIP   operation") == 2, r.out
    found = {x["unique_id"]: x for x in json.loads((folder / "target/run_results.json").read_text())["results"]}
    ends = [found[f"operation.shop.shop-on-run-end-{i}"] for i in range(4)]
    assert [(e["status"], e["failures"]) for e in ends] == [
        ("success", 0),
        ("error", 1),
        ("skipped", 1),
        ("skipped", 1),
    ]
    assert ends[3]["message"] == "shop.on-run-end.3 skipped" and found["model.shop.a"]["status"] == "success"


# --- less than all rows

TIMES = """{{ config(materialized='table', event_time='at') }}
{% for day in range(1, 11) %}select {{ day }} as id, {{ dbt.safe_cast("'2025-01-" ~ '%02d' % day ~ " 12:00:00'", \
'timestamp') }} as at
{{ 'union all ' if not loop.last }}{% endfor %}"""


def test_sample_and_empty(project, starc, engine):
    folder = project(
        {
            "models/src.sql": TIMES,
            "models/plain.sql": "select 1 as id",
            "models/c.sql": "{{ config(materialized='table') }}select * from {{ ref('src') }}",
            "models/d.sql": "{{ config(materialized='table') }}select id from {{ ref('plain') }}",
        },
        profile=engine.profile(),
    )
    ids = lambda name: sorted(int(r["id"]) for r in rows(starc, folder, f"select id from {{{{ ref('{name}') }}}}"))
    run(starc, folder, "run")
    assert ids("c") == list(range(1, 11))
    run(starc, folder, "run", "--select", "c", "d", "--sample", "{start: 2025-01-03, end: '2025-01-05 12:00'}")
    assert ids("c") == [3, 4] and ids("d") == [1]
    run(starc, folder, "run", "--select", "c", "--sample", "400 years")
    assert ids("c") == list(range(1, 11))
    run(starc, folder, "run", "--select", "c", "--sample=1 hour")
    assert ids("c") == []
    for wrong in ("3", "x days", "3 weeks", "0 days", "{start: 2025-01-03}", "{start: 2025-01-03, end: 2025-01-03}"):
        assert "--sample is no span of time" in run(starc, folder, "run", "--sample", wrong, code=2).text
    run(starc, folder, "run", "--select", "c", "d", "--empty")
    assert ids("c") == [] and ids("d") == []


KEPT = {
    "models/base.sql": TIMES,
    "models/src.sql": "{{ config(materialized='table', event_time='at') }}select * from {{ ref('base') }}",
    "macros/feed.sql": "{% macro feed() %}{% do run_query(\"insert into \" ~ ref('src') ~ \" select 11, '2025-01-11 "
    "12:00:00'\") %}{% endmacro %}",
    "models/by_key.sql": "{{ config(materialized='incremental', unique_key='id') }}select 1 as id, count(*) as n from "
    "{{ ref('src') }}",
    "models/added.sql": "{{ config(materialized='incremental', incremental_strategy='append') }}select count(*) as n "
    "from {{ ref('src') }}"
    "{% if is_incremental() %} where 1 = 0{% endif %} having count(*) > 0",
    "models/batches.sql": "{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key=KEY, "
    "event_time='at', begin='2025-01-01', batch_size='day') }}"
    "select * from {{ ref('src') }}",
    "models/own.sql": "{{ config(materialized='incremental', incremental_strategy='all_of_it', unique_key='id') "
    "}}select id from {{ ref('src') }}",
    "macros/own.sql": "{% macro get_incremental_all_of_it_sql(arg_dict) %}delete from {{ arg_dict['target_relation'] "
    "}} where id is not null{% endmacro %}",
    "snapshots/s.yml": "snapshots:\n"
    + "".join(
        f"- {{name: {name}, relation: ref('{of}'), config: {{strategy: check, check_cols: all, unique_key: id, "
        f"hard_deletes: {deletes}}}}}\n"
        for name, of, deletes in [
            ("ends", "src", "invalidate"),
            ("records", "src", "new_record"),
            ("ignores", "src", "ignore"),
        ]
    ),
    "snapshots/counts.sql": "{% snapshot counts %}{{ config(strategy='check', check_cols='all', unique_key='id', "
    "hard_deletes='invalidate') }}"
    "select 1 as id, count(*) as n from {{ ref('src') }}{% endsnapshot %}",
}
SAMPLE = "{start: '2025-01-03 18:00', end: '2025-01-05 18:00'}"


def test_what_is_there_outlives_empty_and_sample(project, starc, engine):
    files = dict(KEPT)
    postgres = engine.name == "postgres"
    files["models/batches.sql"] = files["models/batches.sql"].replace("KEY", "'id'" if postgres else "none")
    names = ["by_key", "added", "batches", "own", "ends", "records", "ignores", "counts"]
    if postgres:
        names.remove("own")
        del files["models/own.sql"], files["macros/own.sql"]
    else:
        files["models/parts.sql"] = (
            "{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partition_by='id % 2', "
            "order_by='id') }}select id from {{ ref('src') }}"
        )
        files["models/fed.sql"] = "{{ config(materialized='materialized_view') }}select id from {{ ref('src') }}"
        files["models/told.sql"] = (
            "{{ config(materialized='dictionary', primary_key='id', fields=[('id', 'UInt64'), ('n', 'Int64')], "
            "layout='hashed()', lifetime='0') }}select 1 as id, 2 as n"
        )
        names += ["parts", "fed"]
    folder = project(files, profile=engine.profile())
    span = ("--event-time-start", "2025-01-01", "--event-time-end", "2025-01-11")
    content = lambda name: sorted(map(str, rows(starc, folder, f"select * from {{{{ ref('{name}') }}}}")))
    run(starc, folder, "build", *span, "--exclude", "counts")
    run(starc, folder, "snapshot", "--select", "counts", "--empty")
    assert content("counts") == []  # a count of no rows is no state
    run(starc, folder, "snapshot", "--select", "counts")
    before = {name: content(name) for name in names}
    assert all(before.values()) and len(before["batches"]) == 10
    run(starc, folder, "build", "--empty", "--exclude", "src", *span)
    assert {name: content(name) for name in names} == before
    r = run(starc, folder, "build", "--sample", SAMPLE, "--exclude", "src", "counts", "own", "by_key", *span)
    assert {name: content(name) for name in names} == before
    assert ("would take the place of all that is in their partitions" in r.text) == (not postgres)
    if not postgres:
        run(starc, folder, "run-operation", "feed")  # the view still takes what is inserted
        assert len(content("fed")) == 11
        before["fed"] = content("fed")
    run(starc, folder, "build", "--empty", *span)  # the table that they read too
    assert {name: content(name) for name in names} == before and content("src") == []


def test_a_failed_test_holds_up_what_is_built_and_no_exposure(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "select 1 as id",
            "models/b.sql": "select * from {{ ref('a') }}",
            "models/s.yml": "models: [{name: a, columns: [{name: id, data_tests: [{accepted_values: {arguments: "
            "{values: ['2']}}}]}]}]\n"
            "exposures:\n- {name: of_a, type: dashboard, owner: {name: x}, depends_on: [ref('a')]}\n"
            "- {name: of_b, type: dashboard, owner: {name: x}, depends_on: [ref('b')]}\n",
        },
        profile=engine.profile(),
    )
    run(starc, folder, "build", code=1)
    got = {uid.split(".")[-1]: status for uid, status in results(folder).items() if not uid.startswith("test.")}
    assert got == {"a": "success", "b": "skipped", "of_a": "no-op", "of_b": "skipped"}


def test_a_seed_says_how_it_was_loaded(project, starc, engine):
    folder = project({"seeds/s.csv": "id\n1\n2\n"}, profile=engine.profile())
    for args, code in ((["seed"], "INSERT"), (["build"], "INSERT"), (["seed", "-f"], "CREATE")):
        run(starc, folder, *args)
        [r] = json.loads((folder / "target/run_results.json").read_text())["results"]
        assert r["message"] == f"{code} 2" and r["adapter_response"] == {
            "_message": f"{code} 2",
            "code": code,
            "rows_affected": 2,
        }


# --- what ls and selectors say


def test_selectors_are_templates_and_kinds_have_a_default(project, starc):
    folder = project(
        {
            "models/m_v1.sql": "select 1 as id",
            "analyses/x.sql": "select 1 as id",
            "models/s.yml": "models:\n- name: m\n  versions: [{v: 1}]\nunit_tests:\n- name: u\n  model: m\n"
            "  given: []\n  expect: {rows: [{id: 1}]}\n"
            "sources:\n- name: src\n  freshness: {warn_after: {count: 1, period: day}, error_after: {count: 2, period: "
            "day}}\n"
            "  loaded_at_field: at\n  tables: [{name: t, freshness: {warn_after: null}}]\n",
            "selectors.yml": "selectors:\n- name: mine\n  default: \"{{ target.name == 'other' }}\"\n"
            "  definition: {method: fqn, value: m}\n"
            "- name: chosen\n  default: \"{{ var('all', true) }}\"\n"
            "  definition: {method: resource_type, value: \"{{ var('kind', 'source') }}\"}\n",
        }
    )
    ls = lambda *args: run(starc, folder, "ls", "--quiet", *args).out.split()
    assert ls() == ["source:shop.src.t"] and ls("--vars", "{kind: model}") == ["shop.m.v1", "unit_test:shop.u_v1"]
    every = ["--select", "fqn:*", "source:*", "unit_test:*"]
    assert ls(*every, "--resource-type", "default") == ["shop.m.v1", "source:shop.src.t", "unit_test:shop.u_v1"]
    assert "shop.analysis.x" in ls(*every, "--resource-type", "all")
    assert (
        ls(*every, "--resource-type", "unit_test source") == ls(*every, "--resource-type", "unit_test", "source") != []
    )  # words of one argument
    one = run(
        starc,
        folder,
        "ls",
        "--quiet",
        "--resource-type",
        "source",
        "--output",
        "json",
        "--output-keys",
        "name resource_type",
    ).out
    assert json.loads(one.splitlines()[0]).keys() == {"name", "resource_type"}
    keys = json.loads(
        run(
            starc, folder, "ls", "--quiet", "--select", "source:*", "--output", "json", "--output-keys", "freshness"
        ).out
    )
    assert keys["freshness"] == {"warn_after": None, "error_after": {"count": 2, "period": "day"}, "filter": None}


def test_folders_may_be_named_in_full(project, starc, tmp_path):
    """An absolute path into the project, also under another name of it, is what it is below the project; another
    one is an error."""
    kinds = {
        "model": ("models/sub/a.sql", "select {{ one() }} as id"),
        "seed": ("seeds/s.csv", "id\n1\n"),
        "macro": ("macros/m.sql", "{% macro one() %}1{% endmacro %}"),
        "test": ("tests/t.sql", "select 1"),
        "analysis": ("analyses/b.sql", "select 1"),
        "snapshot": (
            "snapshots/n.sql",
            "{% snapshot n %}{{ config(unique_key='id', strategy='check', check_cols='all') }}select 1 as id{% "
            "endsnapshot %}",
        ),
    }
    root = tmp_path / "shop"
    (tmp_path / "link").symlink_to(root)
    paths = "".join(
        f"{kind}-paths: ['{tmp_path / ('link' if kind == 'seed' else 'shop')}/{path.split('/')[0]}/']\n"
        for kind, (path, _) in kinds.items()
    )
    folder = project(dict(kinds.values()), extra=paths + f"target-path: {root}/out\nlog-path: {root}/said\n")
    run(starc, folder, "parse")
    m = json.loads((root / "out/manifest.json").read_text())
    found = {n["original_file_path"] for n in m["nodes"].values()} | {
        n["original_file_path"] for n in m["macros"].values() if n["package_name"] == "shop"
    }
    assert (
        found == {path for path, _ in kinds.values()}
        and m["nodes"]["model.shop.a"]["fqn"] == ["shop", "sub", "a"]
        and (root / "said/dbt.log").exists()
    )
    text = (folder / "dbt_project.yml").read_text()
    (folder / "dbt_project.yml").write_text(text.replace(f"{root}/models/", f"{tmp_path}/other"))
    assert "'model-paths' takes folders of the project, not" in run(starc, folder, "parse", code=2).text


def test_lists_in_one_argument(project, starc):
    folder = project(
        {
            "models/a.sql": "select 1 as id",
            "models/b.sql": "select 1 as id",
            "seeds/s.csv": "id\n1\n",
            "models/s.yml": "models: [{name: a, columns: [{name: id, data_tests: [unique]}]}]\n",
        }
    )
    ls = lambda *args: run(starc, folder, "ls", "-q", *args).out.split("\n")[:-1]
    assert (
        ls("--select", "a b", "--resource-type", "model seed")
        == ls("--select", "a", "b", "--resource-type", "model")
        == ["shop.a", "shop.b"]
    )
    assert (
        ls("--resource-types=seed  test")
        == ls("--resource-type", "test", "--resource-type", "seed")
        == ["shop.s", "shop.unique_a_id"]
    )
    assert ls("--exclude-resource-type", "model test", "seed") == [] and ls("--exclude", "a b s") == []
    assert ls("--output", "json", "--output-keys", "alias name", "-s", "s") == ['{"alias": "s", "name": "s"}']


def test_a_query_of_its_own(project, starc, engine):
    """It may read what is private; --inline-direct is sent as it is; a selection beside it says two things."""
    folder = project(
        {
            "models/p.sql": "select 1 as a",
            "models/s.yml": "groups: [{name: g, owner: {name: x}}]\nmodels: [{name: p, group: g, access: private}]\n",
        },
        profile=engine.profile(),
    )
    run(starc, folder, "run")
    assert "42" in run(starc, folder, "show", "-q", "--inline", "select a + 41 as v from {{ ref('p') }}").out
    assert "from" in run(starc, folder, "compile", "-q", "--inline", "select a from {{ ref('p') }}").out
    assert "{{ x }}" in run(starc, folder, "show", "-q", "--inline-direct", "select '{{ x }}' as v").out
    assert (
        "--inline-direct:1:8: error: " in run(starc, folder, "show", "--inline-direct", "select nothing", code=2).text
    )
    for args in (
        ["show", "--inline", "select 1", "-s", "p"],
        ["compile", "--inline", "select 1", "--selector", "p"],
        ["show", "--inline-direct", "select 1", "-s", "p"],
    ):
        assert "give one of them" in run(starc, folder, *args, code=2).text


def test_variables_of_older_names_and_of_none_are_told(project, starc):
    folder = project({"models/a.sql": "select 1 as id"})
    for env, said in (
        (
            {"DBT_NO_PRINT": "1"},
            "the variable DBT_NO_PRINT is DBT_PRINT, with the opposite value, now [renamed-variable]",
        ),
        (
            {"DBT_ENGINE_DEFER_TO_STATE": "0"},
            "the variable DBT_ENGINE_DEFER_TO_STATE is DBT_ENGINE_DEFER now [renamed-variable]",
        ),
        ({"DBT_ENGINE_FULL_REFESH": "1"}, "no option reads the variable DBT_ENGINE_FULL_REFESH [strange-variable]"),
    ):
        assert f"warning: {said}" in run(starc, folder, "parse", env=env).text
        name = "EnvironmentVariableRenamed" if "renamed" in said else "EnvironmentVariableNamespaceDeprecation"
        run(starc, folder, "parse", "--warn-error-options", f"{{error: [{name}]}}", code=2, env=env)
        assert (
            said not in run(starc, folder, "parse", "--warn-error-options", "{silence: [Deprecations]}", env=env).text
        )
    assert (
        "warning"
        not in run(
            starc,
            folder,
            "parse",
            env={"DBT_ENGINE_PRINT": "1", "DBT_DEFER": "0", "DBT_ENGINE_TEST_STATE_MODIFIED": "1"},
        ).text
    )


# --- warnings as errors, what is printed


def test_warnings_as_errors_by_name(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "select 1 as id",
            "tests/t.sql": "{{ config(severity='warn') }}select * from {{ ref('a') }}",
            "macros/m.sql": "{% macro says() %}{% do exceptions.warn('said so') %}{% endmacro %}",
        },
        profile=engine.profile(),
    )
    run(starc, folder, "run")
    run(starc, folder, "test")
    for options in ("error: all", '{"error": ["LogTestResult"]}'):
        run(starc, folder, "test", "--warn-error-options", options, code=1)
        assert results(folder) == {"test.shop.t": "fail"}
    run(starc, folder, "test", "--warn-error-options", "{error: all, warn: [LogTestResult]}")
    assert "said so" in run(starc, folder, "run-operation", "says").text
    assert "said so" in run(starc, folder, "run-operation", "says", "--warn-error", code=1).text
    assert (
        "said so"
        in run(
            starc, folder, "run-operation", "says", "--warn-error-options", "{error: [JinjaLogWarning]}", code=1
        ).text
    )
    assert (
        "said so"
        not in run(starc, folder, "run-operation", "says", "--warn-error-options", "{silence: [JinjaLogWarning]}").text
    )
    assert (
        "give one of them"
        in run(starc, folder, "test", "--warn-error", "--warn-error-options", "error: all", code=2).err
    )


def test_quiet_prints_what_was_named_alone(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "select 1 as id",
            "models/b.sql": "select 2 as id",
            "tests/t.sql": "select * from {{ ref('a') }} where id > 1",
        },
        profile=engine.profile(),
    )
    assert run(starc, folder, "compile", "--quiet", "--select", "a").out == "select 1 as id\n"
    assert "Compiled node 'a' is:" in run(starc, folder, "compile", "--select", "a").out
    run(starc, folder, "compile", "--quiet", "--inline", "{{ ref('no') }}", code=2)
    assert run(starc, folder, "show", "--quiet", "--select", "a").out.startswith("| id |")
    run(starc, folder, "show", "--inline", "select nothing", code=2)
    run(starc, folder, "docs", "generate", "--select", "a")
    assert sorted(results(folder)) == ["model.shop.a", "test.shop.t"]


def test_what_waits_for_nothing_goes_before_tests(project, starc, engine):
    """A test may read what a model of its package writes, which no edge tells: seeds, then what waits for nothing,
    then tests of sources."""
    folder = project(
        {
            "seeds/s.csv": "id\n1\n",
            "models/kept.sql": "select 1 as id",
            "models/below.sql": "select * from {{ source('raw', 's') }}",
            "models/more.sql": "select * from {{ ref('below') }}",
            "models/most.sql": "select * from {{ ref('more') }}",
            "models/m.yml": "sources: [{name: raw, schema: \"{{ target.schema }}\", tables: [{name: s, data_tests: "
            "[reads_kept]}]}]\n",
            "macros/t.sql": "{% test reads_kept(model) %}select 1 from {{ target.schema }}.kept where id > 1{% endtest "
            "%}",
        },
        profile=engine.profile(threads=1),
    )
    r = starc("build", cwd=folder)
    assert r.code == 0, r.text
    names = ("seed ", "kept", "source_reads_kept", "below", "more", "most")
    places = [
        next(i for i, line in enumerate(r.out.splitlines()) if " of 6 " in line and name in line) for name in names
    ]
    assert places == sorted(places), r.out


@needs_embedded
def test_warnings_are_retried_where_they_are_errors(project, starc):
    folder = project(
        {"models/a.sql": "select 1 as id", "tests/t.sql": "{{ config(severity='warn') }} select * from {{ ref('a') }}"}
    )
    run(starc, folder, "build")
    assert results(folder)["test.shop.t"] == "warn"
    assert "Nothing to retry" in run(starc, folder, "retry").text
    run(starc, folder, "build")
    r = run(starc, folder, "retry", "--warn-error", code=1)
    assert "Retrying 1 of 2 nodes" in r.text and results(folder) == {"test.shop.t": "fail"}


def test_a_clone_onto_itself_leaves_it(project, starc, engine):
    folder = project(
        {"models/a.sql": "{{ config(materialized='table') }} select 1 as id", "models/b.sql": "select 2 as id"},
        profile=engine.profile(),
    )
    run(starc, folder, "run")
    shutil.copytree(folder / "target", folder / "then")
    r = run(starc, folder, "clone", "--state", "then", "--full-refresh")
    assert r.text.count("Target relation and defer relation are the same") == 2
    assert [rows(starc, folder, "select * from {{ ref('%s') }}" % name) for name in "ab"] == [[{"id": 1}], [{"id": 2}]]


def test_seeds_without_rows(project, starc, engine):
    """`seed --empty`, and `build --empty` as dbt 1.12 has it: tables with the columns and types of the files."""
    folder = project({"seeds/s.csv": "id,name\n1,x\n2,y\n"}, profile=engine.profile())

    def count():
        return [r["n"] for r in rows(starc, folder, "select count(*) as n from {{ ref('s') }}")]

    run(starc, folder, "build")
    assert count() == [2]
    run(starc, folder, "seed", "--empty")
    assert count() == [0]
    run(starc, folder, "build", "--empty", "--dbt-version", "1.11")
    assert count() == [2]
    run(starc, folder, "build", "--empty")
    assert count() == [0]


def test_a_failure_that_may_go_on(project, starc, engine):
    """on_error: continue, as dbt 1.12 has it: what reads the model runs all the same."""
    sql = "{{ config(materialized='table', on_error='continue') }} select nothing_there as x"
    below = {
        "models/b.sql": "-- depends_on: {{ ref('a') }}\nselect 1 as y",
        "models/c.sql": "select * from {{ ref('b') }}",
    }
    folder = project({"models/a.sql": sql, **below}, profile=engine.profile())

    def ended(*more):
        run(starc, folder, "run", *more, code=1)
        return {k.split(".")[-1]: v for k, v in results(folder).items()}

    assert ended() == {"a": "error", "b": "success", "c": "success"}
    assert ended("--dbt-version", "1.11") == {"a": "error", "b": "skipped", "c": "skipped"}
    assert ended("--fail-fast", "--threads", "1") == {"a": "error", "b": "skipped", "c": "skipped"}
    (folder / "models/a.sql").write_text(sql.replace("continue", "nope"))
    r = run(starc, folder, "run", code=2)
    assert "models/a.sql:1:" in r.out and "continue" in r.out and "skip_children" in r.out


def test_run_operation_sends_a_statement(project, starc, engine):
    folder = project({"models/a.sql": "select 1 as x"}, profile=engine.profile())
    run(starc, folder, "run")
    made = "create or replace view {{ target.schema }}.zz as select * from {{ ref('a') }}"
    run(starc, folder, "run-operation", "--sql", made)
    assert results(folder) == {"sql_operation.shop.inline_query": "success"}
    done = json.loads((folder / "target/run_results.json").read_text())["results"][0]
    assert (
        done["adapter_response"]["_message"]
        and "query_id" in done["adapter_response"]
        and done["compiled"] is False
        and done["compiled_code"] is None
    )
    assert [r["x"] for r in rows(starc, folder, "select x from {{ target.schema }}.zz")] == [1]
    r = run(starc, folder, "run-operation", "--sql", "select 1 as x\nfrom {{ target.schema }}.nowhere", code=1)
    assert (
        "--sql:2:" in r.out and "nowhere" in r.out and results(folder) == {"sql_operation.shop.inline_query": "error"}
    )
    for wrong, said in (
        (["m", "--sql", "x"], "give one of them"),
        (["--sql", "x", "--args", "{a: 1}"], "--args are those of a macro"),
        ([], "MACRO or --sql"),
    ):
        assert said in run(starc, folder, "run-operation", *wrong, code=2).err


def test_what_templates_and_lists_have_of_dbt_1_12(project, starc, engine):
    pg = engine.name == "postgres"
    unit = "unit_tests:\n  - name: u\n    model: a\n    given: []\n    expect: {rows: [{x: 1}]}\n"
    header = "set statement_timeout = '5s';" if pg else "/* header */"
    data_test = (
        f'models:\n  - name: a\n    columns: [{{name: x, data_tests: [{{not_null: {{config: {{sql_header: '
        f'"{header}"}}}}}}]}}]\n'
    )
    folder = project(
        {
            "models/a.sql": "select 1 as x -- {{ graph.unit_tests.keys() | list if execute }} {{ otel_trace_id() }} {{ "
            "otel_span_id() }}",
            "models/b.sql": "select * from {{ ref('a') }}",
            "models/s.yml": data_test + unit,
        },
        profile=engine.profile(),
    )
    run(starc, folder, "build")
    assert (
        f"-- ['unit_test.shop.a.u'] {'0' * 32} {'0' * 16}" in (folder / "target/compiled/shop/models/a.sql").read_text()
    )

    def sent():
        return next((folder / "target/run/shop/models/s.yml").glob("not_null*")).read_text()

    assert header not in sent()
    (folder / "dbt_project.yml").write_text(
        (folder / "dbt_project.yml").read_text() + "flags: {require_sql_header_in_test_configs: true}\n"
    )
    run(starc, folder, "test", "--select", "test_type:generic")
    assert sent().startswith(header)
    listed = json.loads(starc("ls", "-q", "--output", "json", "--select", "b", cwd=folder).out)
    assert listed["direct_parents"] == ["model.shop.a"] and "on_error" in listed["config"]
    assert (
        "direct_parents"
        not in starc("ls", "-q", "--output", "json", "--select", "b", "--dbt-version", "1.11", cwd=folder).out
    )


def test_what_is_ignored_is_said(project, starc, engine):
    """--select beside --selector, and config.get() of a key that only meta has."""
    folder = project(
        {
            "models/a.sql": "{{ config(meta={'owner': 'me'}) }} select '{{ config.get('owner', 'nobody') }}' as x, '{{ "
            "config.get('other', 'none') }}' as y",
            "models/b.sql": "select 1 as x",
            "selectors.yml": "selectors: [{name: one, definition: a}]\n",
        },
        profile=engine.profile(),
    )
    r = starc("ls", "--selector", "one", "--select", "b", cwd=folder)
    assert r.out.split() == ["shop.a"] and "--select selector:one" in r.err
    assert "ignored" not in starc("ls", "--selector", "one", cwd=folder).err
    r = run(starc, folder, "compile", "--select", "a")
    assert (
        "models/a.sql:1:" in r.err and "config.meta_get('owner')" in r.err and "config.meta_get('other')" not in r.err
    )
    r = run(starc, folder, "run", "--select", "a", "--warn-error", code=1)
    assert "config.get('owner')" in r.out and "models/a.sql:1:" in r.out
    assert (
        "meta_get"
        not in run(
            starc, folder, "run", "--select", "a", "--warn-error-options", "{error: all, silence: [GetMetaKeyWarning]}"
        ).text
    )


VERSIONED = (
    "models:\n  - name: dim\n    latest_version: 2\n    config: {latest_version_pointer: %s}\n"
    "    versions: [{v: 1}, {v: 2}]\n"
)


def test_the_view_of_the_latest_version(project, starc, engine):
    """latest_version_pointer, as dbt 1.12 has it: a view under the model's name, which moves with the latest
    version."""
    macro = (
        "{% macro generate_latest_version_pointer_alias(custom_alias_name=none, node=none) %}{{ (custom_alias_name or "
        "node.name) ~ '_now' }}{% endmacro %}"
    )
    table = "{{ config(materialized='table', post_hook='{{ refuse(this) }}') }} select 2 as id, 'x' as more"
    folder = project({"models/dim.sql": "{{ config(materialized='table') }} select 0 as id"}, profile=engine.profile())

    def read(name):
        return rows(starc, folder, "select * from {{ target.schema }}.%s" % name)

    def says(text, name="dim"):
        (folder / f"models/{name}.yml").write_text(VERSIONED % text)

    run(starc, folder, "run")  # a table of the name of the model, from before it had versions
    (folder / "models/dim.sql").unlink()
    (folder / "models/dim_v1.sql").write_text("select 1 as id")
    (folder / "models/dim_v2.sql").write_text(table)
    (folder / "macros").mkdir()
    (folder / "macros/refuse.sql").write_text(
        "{% macro refuse(of) %}{% if execute and 'dim_v2' not in of | string %}{{ exceptions.raise_compiler_error('not "
        "its hook') }}{% endif %}{% endmacro %}"
    )
    says("{enabled: true}")
    for _ in range(2):
        run(starc, folder, "run")
        assert read("dim") == [{"id": 2, "more": "x"}] and results(folder) == {
            "model.shop.dim.v1": "success",
            "model.shop.dim.v2": "success",
        }
    assert "dim_v2" in (folder / "target/compiled/shop/models/dim_v2__latest_version_pointer.sql").read_text()
    (folder / "models/dim.yml").write_text(
        (folder / "models/dim.yml").read_text().replace("latest_version: 2", "latest_version: 1")
    )
    run(starc, folder, "run", "--select", "dim.v1")
    assert read("dim") == [{"id": 1}]
    says("true")
    (folder / "macros/m.sql").write_text(macro)
    run(starc, folder, "run")
    assert read("dim_now") == [{"id": 2, "more": "x"}] and read("dim") == [{"id": 1}]
    config = json.loads((folder / "target/manifest.json").read_text())["nodes"]["model.shop.dim.v2"]["config"]
    assert config["latest_version_pointer"] == {"enabled": True, "alias": None}
    says("{alias: ' mine '}")
    (folder / "dbt_project.yml").write_text(
        (folder / "dbt_project.yml").read_text() + "flags: {latest_version_pointer_enabled_by_default: true}\n"
    )
    run(starc, folder, "run", "--dbt-version", "1.11")
    run(starc, folder, "show", "--inline", "select * from {{ target.schema }}.mine_now", code=2)
    run(starc, folder, "run")
    assert read("mine_now") == [{"id": 2, "more": "x"}]
    says("{enabled: true, alias: taken}")
    (folder / "models/taken_now.sql").write_text("select 1 as id")
    r = run(starc, folder, "run", code=2)
    assert "models/dim.yml:4:" in r.out and "would take the place of" in r.out and "models/taken_now.sql:1" in r.out
    says("{enabled: false}")
    run(starc, folder, "run")
    says("{alias: '" + "x" * 300 + "'}")  # longer than a name may be
    assert "the version is built, its view 'xxx" in run(
        starc, folder, "run", "--select", "dim.v2", code=1
    ).text and results(folder) == {"model.shop.dim.v2": "error"}
