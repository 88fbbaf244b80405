"""Every macro that projects and packages may call or override is there, with its arguments and their defaults."""
import json, pathlib, re
import pytest
from conftest import ROOT

WANTED = [line.split(" ", 1) for line in (ROOT / "tests/compat/macros.txt").read_text().splitlines() if line]
HEAD = re.compile(r"\{%-?\s*(macro|test|materialization)\s+(\w+)\s*(,\s*(?:adapter\s*=\s*)?'?(\w+)|)")

def arguments(text):
    """The arguments in the brackets that `text` begins with."""
    found, depth, quote = [""], 0, False
    for c in text.lstrip():
        quote ^= c == "'"
        depth += 0 if quote else (c in "([") - (c in ")]")
        if not depth: break
        if c == "," and depth == 1 and not quote: found.append("")
        elif c != "(" or depth > 1: found[-1] += c
    return [re.sub(r"=(True|False|None)$", lambda m: m[0].lower(), re.sub(r"^(\w+)\s*=\s*", r"\1=", a.strip())) for a in found if a.strip()]

def signature(macro):
    """name(a, b=1) of a macro's text; the names of tests and materializations as they are looked up."""
    head = HEAD.search(macro["macro_sql"])
    kind, name, _, adapter = head.groups()
    if kind == "materialization": return f"materialization_{name}_{adapter}"
    return f"{'test_' if kind == 'test' else ''}{name}({', '.join(arguments(macro['macro_sql'][head.end():]))})"

@pytest.mark.parametrize("adapter", ["postgres", "clickhouse"])
def test_names_and_signatures(project, starc, adapter):
    profile = {"type": adapter, "schema": "s", "host": "127.0.0.1", "user": "u", "password": "p", "dbname": "d", "port": 5432}
    if adapter == "clickhouse": del profile["dbname"]
    folder = project({"models/a.sql": "select 1 as id"}, profile=profile)
    r = starc("parse", cwd=folder)
    assert r.code == 0, r.text
    macros = json.loads((folder / "target/manifest.json").read_text())["macros"].values()
    have = {signature(m) for m in macros if m["package_name"] in ("dbt", "dbt_" + adapter)}
    missing = [text for where, text in WANTED if where in ("default", adapter) and text not in have]
    assert not missing, "\n".join(missing)
