"""Every macro that projects and packages may call or override is there, with its arguments and their defaults."""

import json, pathlib, re
import pytest
from conftest import ROOT, needs_embedded

WANTED = [line.split(" ", 1) for line in (ROOT / "tests/compat/macros.txt").read_text().splitlines() if line]
HEAD = re.compile(r"\{%-?\s*(macro|test|materialization)\s+(\w+)\s*(,\s*(?:adapter\s*=\s*)?'?(\w+)|)")


def arguments(text):
    """The arguments in the brackets that `text` begins with."""
    found, depth, quote = [""], 0, False
    for c in text.lstrip():
        quote ^= c == "'"
        depth += 0 if quote else (c in "([") - (c in ")]")
        if not depth:
            break
        if c == "," and depth == 1 and not quote:
            found.append("")
        elif c != "(" or depth > 1:
            found[-1] += c
    return [
        re.sub(r"=(True|False|None)$", lambda m: m[0].lower(), re.sub(r"^(\w+)\s*=\s*", r"\1=", a.strip()))
        for a in found
        if a.strip()
    ]


def signature(macro):
    """name(a, b=1) of a macro's text; the names of tests and materializations as they are looked up."""
    head = HEAD.search(macro["macro_sql"])
    kind, name, _, adapter = head.groups()
    if kind == "materialization":
        return f"materialization_{name}_{adapter}"
    return f"{'test_' if kind == 'test' else ''}{name}({', '.join(arguments(macro['macro_sql'][head.end() :]))})"


def built_in(project, starc, adapter):
    """The macros that come with starc, as the manifest has them."""
    profile = {
        "type": adapter,
        "schema": "s",
        "host": "127.0.0.1",
        "user": "u",
        "password": "p",
        "dbname": "d",
        "port": 5432,
    }
    if adapter == "clickhouse":
        del profile["dbname"]
    folder = project({"models/a.sql": "select 1 as id"}, profile=profile)
    r = starc("parse", cwd=folder)
    assert r.code == 0, r.text
    macros = json.loads((folder / "target/manifest.json").read_text())["macros"].values()
    return [m for m in macros if m["package_name"] in ("dbt", "dbt_" + adapter)]


@pytest.mark.parametrize("adapter", ["postgres", "clickhouse"])
def test_names_and_signatures(project, starc, adapter):
    have = {signature(m) for m in built_in(project, starc, adapter)}
    missing = [text for where, text in WANTED if where in ("default", adapter) and text not in have]
    assert not missing, "\n".join(missing)


def without_adapter(name):
    return re.sub(r"^(default|postgres|clickhouse)__", "", name)


@pytest.mark.parametrize("adapter", ["postgres", "clickhouse"])
def test_a_name_that_dbt_has_not_is_starcs(project, starc, adapter):
    """A project's macro takes the place of a built-in one of its name, so a helper of starc's needs a name that
    nobody takes."""
    of_dbt = {without_adapter(text.split("(")[0]) for _, text in WANTED}
    kinds = re.compile(
        r"materialization_(\w+?)_\w+|test_(\w+)"
    )  # the manifest's names of what no project calls by name
    of_dbt |= {a or b for a, b in (kinds.fullmatch(n).groups() for n in list(of_dbt) if kinds.fullmatch(n))}
    ours = [
        m["name"]
        for m in built_in(project, starc, adapter)
        if not m["name"].startswith(("materialization_", "test_")) and without_adapter(m["name"]) not in of_dbt
    ]
    wrong = [n for n in ours if not without_adapter(n).startswith("starc_")]
    assert ours and not wrong, "\n".join(wrong)


@needs_embedded
def test_a_macro_of_any_helpers_old_name_changes_nothing(project, starc):
    names = [
        "swap_in",
        "drop_leftovers",
        "finish_relation",
        "store_failures",
        "snapshot_check_keys",
        "microbatch_begin",
    ]
    macros = "".join(
        "{% macro " + n + "() %}{{ exceptions.raise_compiler_error('mine') }}{% endmacro %}" for n in names
    )
    folder = project(
        {"models/a.sql": "{{ config(materialized='table') }} select 1 as id", "macros/m.sql": macros},
        profile={"type": "clickhouse", "driver": "embedded", "path": ".starc/w", "schema": "s"},
    )
    assert starc("build", cwd=folder).code == 0
    assert starc("build", "--full-refresh", cwd=folder).code == 0
