"""What templates see of the rows of a query: value_cases.txt has expressions with the text that dbt-core 1.11 gives
for them."""

import json, os, re, subprocess, sys
import pytest
from conftest import ROOT
import value_oracle


def adapter(engine):
    return "postgres" if engine.name == "postgres" else "clickhouse"


def macro(cases):
    lines = ["{% macro all() %}"]
    for line, kind, text, _ in cases:
        name, _, query = text.partition(" ")
        lines.append(
            "{%% set %s = run_query(%s) %%}" % (name, json.dumps(query, ensure_ascii=False))
            if kind == "rows"
            else "{{ print('<<%d>>' ~ (%s) ~ '<</%d>>') }}" % (line, text, line)
        )
    return "\n".join(lines + ["{% endmacro %}"])


def test_values_of_rows_are_those_of_dbt(project, starc, engine):
    cases = value_oracle.read(adapter(engine))
    folder = project({"macros/all.sql": macro(cases)}, name="probe", profile=engine.profile())
    r = starc("-q", "run-operation", "all", cwd=folder)
    assert r.code == 0, r.text
    got = dict(re.findall(r"(?s)<<(\d+)>>(.*?)<</\1>>", r.out))
    wanted = [c for c in cases if c[1] == "expression"]
    wrong = [
        f"value_cases.txt:{line + 1}: {text}\n  want: {want!r}\n  got:  {got.get(str(line))!r}"
        for line, _, text, want in wanted
        if got.get(str(line)) != want
    ]
    assert not wrong, "\n".join(wrong)
    assert len(wanted) > 40


@pytest.mark.skipif(not os.environ.get("STARC_ADAPTER_VENV"), reason="STARC_ADAPTER_VENV names no venv with dbt")
@pytest.mark.parametrize("name", ["clickhouse", "postgres"])
def test_the_texts_are_what_dbt_gives_today(request, name):
    server = request.getfixturevalue(name)
    python = os.path.join(os.environ["STARC_ADAPTER_VENV"], "bin/python")
    r = subprocess.run(
        [python, str(ROOT / "tests/e2e/value_oracle.py"), name, str(server.port), server.user, server.password],
        capture_output=True,
        text=True,
    )
    assert r.returncode == 0, r.stderr
    cases = [c for c in value_oracle.read(name) if c[1] == "expression"]
    wrong = [
        f"value_cases.txt:{c[0] + 1}: {c[2]}\n  file: {c[3]!r}\n  dbt:  {now!r}"
        for c, now in zip(cases, json.loads(r.stdout))
        if c[3] != now
    ]
    assert not wrong, "\n".join(wrong)


# A row of each kind of type, and the JSON that dbt shows it as.
SHOWN = {
    "postgres": (
        """select 9223372036854775807 as a, 12.50::numeric as b, 'NaN'::float8 as c, interval '1 day 2 hours' as d, \
timestamp '2024-01-02 03:04:05' as e,
        timestamptz '2024-01-02 03:04:05+00' as f, date '2024-01-02' as g, array[1,2] as h, '{"a":1}'::jsonb as i, \
true as j, null as k, time '10:00' as l,
        1e20::float8 as m, int4range(1,5) as n, 12345678901234567890::numeric as o""",
        [
            '"a": 9223372036854775807',
            '"b": 12.5',
            '"c": NaN',
            '"d": "1 day, 2:00:00"',
            '"e": "2024-01-02T03:04:05"',
            '"f": "2024-01-02T03:04:05+00:00"',
            '"g": "2024-01-02"',
            '"h": "[1, 2]"',
            r'"i": "{\"a\": 1}"',
            '"j": true',
            '"k": null',
            '"l": "10:00:00"',
            '"m": 1e+20',
            '"n": "[1, 5)"',
            '"o": 1.2345678901234567e+19',
        ],
    ),
    "clickhouse": (
        """select toUInt64(18446744073709551615) as a, toDecimal32(12.5, 2) as b, nan as c, [1, 2] as d, \
toDateTime('2024-01-02 03:04:05', 'UTC') as e,
        toDateTime64('2024-01-02 03:04:05.5', 3, 'UTC') as f, toDate('2024-01-02') as g, map('a', 1) as h, true as i, \
NULL as j, toFloat32(0.1) as k, (1, 'x') as l,
        toUUID('123e4567-e89b-12d3-a456-426614174000') as m""",
        [
            '"a": 18446744073709551615',
            '"b": 12.5',
            '"c": NaN',
            '"d": "[1, 2]"',
            '"e": "2024-01-02T03:04:05"',
            '"f": "2024-01-02T03:04:05.500000"',
            '"g": "2024-01-02"',
            r'"h": "{\"a\": 1}"',
            '"i": true',
            '"j": null',
            '"k": 0.10000000149011612',
            r'"l": "[1, \"x\"]"',
            '"m": "123e4567-e89b-12d3-a456-426614174000"',
        ],
    ),
}


def test_show_as_json_is_that_of_dbt(project, starc, engine):
    query, wanted = SHOWN[adapter(engine)]
    r = starc(
        "-q", "show", "--inline", query, "--output", "json", cwd=project({}, name="probe", profile=engine.profile())
    )
    assert r.code == 0, r.text
    assert [line.strip().rstrip(",") for line in r.out.splitlines()] == [
        "{",
        '"show": [',
        "{",
        *wanted,
        "}",
        "]",
        "}",
    ], r.out
