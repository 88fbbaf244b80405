"""What templates see of the rows of a query: value_cases.txt has expressions with the text that dbt-core 1.11 gives for them."""
import json, os, re, subprocess, sys
import pytest
from conftest import ROOT
import value_oracle

def adapter(engine): return "postgres" if engine.name == "postgres" else "clickhouse"

def macro(cases):
    lines = ["{% macro all() %}"]
    for line, kind, text, _ in cases:
        name, _, query = text.partition(" ")
        lines.append("{%% set %s = run_query(%s) %%}" % (name, json.dumps(query, ensure_ascii=False)) if kind == "rows"
                     else "{{ print('<<%d>>' ~ (%s) ~ '<</%d>>') }}" % (line, text, line))
    return "\n".join(lines + ["{% endmacro %}"])

def test_values_of_rows_are_those_of_dbt(project, starc, engine):
    cases = value_oracle.read(adapter(engine))
    folder = project({"macros/all.sql": macro(cases)}, name="probe", profile=engine.profile())
    r = starc("-q", "run-operation", "all", cwd=folder)
    assert r.code == 0, r.text
    got = dict(re.findall(r"(?s)<<(\d+)>>(.*?)<</\1>>", r.out))
    wanted = [c for c in cases if c[1] == "expression"]
    wrong = [f"value_cases.txt:{line + 1}: {text}\n  want: {want!r}\n  got:  {got.get(str(line))!r}" for line, _, text, want in wanted if got.get(str(line)) != want]
    assert not wrong, "\n".join(wrong)
    assert len(wanted) > 40

@pytest.mark.skipif(not os.environ.get("STARC_ADAPTER_VENV"), reason="STARC_ADAPTER_VENV names no venv with dbt")
@pytest.mark.parametrize("name", ["clickhouse", "postgres"])
def test_the_texts_are_what_dbt_gives_today(request, name):
    server = request.getfixturevalue(name)
    python = os.path.join(os.environ["STARC_ADAPTER_VENV"], "bin/python")
    r = subprocess.run([python, str(ROOT / "tests/e2e/value_oracle.py"), name, str(server.port), server.user, server.password], capture_output=True, text=True)
    assert r.returncode == 0, r.stderr
    cases = [c for c in value_oracle.read(name) if c[1] == "expression"]
    wrong = [f"value_cases.txt:{c[0] + 1}: {c[2]}\n  file: {c[3]!r}\n  dbt:  {now!r}" for c, now in zip(cases, json.loads(r.stdout)) if c[3] != now]
    assert not wrong, "\n".join(wrong)
