"""`starc check` on ClickHouse: comparisons that the engine takes, of columns of different kinds."""

import re
import pytest
from conftest import EMBEDDED, needs_embedded, profile_for

A, B = "{{ ref('a') }}", "{{ ref('b') }}"
MIXED = {
    "number_text": f"select n from {A}\nwhere n in (select word from {B})",
    "text_number": f"select n from {A} where s not in (select num from {B})",
    "text_day": f"select n from {A} where s in (select d from {B} union all select d from {B})",
    "id_text": f"select n from {A} where u in (select word from {B})",
    "pair": f"select n from {A} where (n, s) in (select num, d from {B})",
    "cte": f"with vips as (select word from {B}) select n from {A} where n in vips",
    "parts": f"select a.n from {A} as a, {B} as b where a.t > b.f",
    "listed_seconds": f"select n from {A} where t in (select num from {B})",
    "optional": f"select n from {A} where o in (select low from {B})",
}
ID = "'00000000-0000-0000-0000-000000000000'"
GOOD = {
    "same": f"select n from {A} where n in (select num from {B}) and s in (select word from {B})",
    "seconds": f"select a.n from {A} as a, {B} as b where a.t >= b.num and a.t between b.num and b.num + 1",
    "joined_seconds": f"select a.n from {A} as a join {B} as b on a.n = b.num and b.num < a.t where t = num",
    "days": f"select n from {A} where day in (select d from {B}) and t > toDate(day)",
    "widths": f"select n from {A} where n in (select f from {B}) and o in (select num from {B})",
    "low": f"select n from {A} where s in (select low from {B})",
    "constants": f"select n from {A} where n in ('1', '2') and day > '2020-01-01' and t > 5 and u = {ID}",
    "listed": f"select n from {A} where s in (select '1') and n in (select 1)",
    "enums": f"select n from {A} where e in (select word from {B}) and s in (select e from {A})",
    "enum_numbers": f"select n from {A} where n in (select e from {A})",
    "cast": f"select n from {A} where toString(n) in (select word from {B}) and toDate(t) in (select d from {B})",
    "pairs": f"select n from {A} where (n, s) in (select num, word from {B})",
    "silenced": "{{ config(check={'ignore': 'mixed-types'}) }}"
    + f"select n from {A} where n in (select word from {B})",
}


@needs_embedded
def test_mixed_types(starc, project, request):
    if not EMBEDDED:
        pytest.skip("the embedded engine does not run under a sanitizer")
    files = {f"models/{name}.sql": sql for name, sql in {**MIXED, **GOOD}.items()}
    files["models/a.sql"] = (
        "select toUInt64(1) as n, 'x' as s, today() as day, now() as t, generateUUIDv4() as u, toNullable(1) as o,\n"
        "  cast('a', 'Enum8(\\'a\\' = 1)') as e"
    )
    files["models/b.sql"] = (
        "select 'x' as word, toInt32(1) as num, today() as d, 1.5 as f, toLowCardinality(toNullable('x')) as low"
    )
    folder = project(files, profile=profile_for("embedded", request, "mixed"))
    r = starc("check", cwd=folder)
    assert r.code == 0 and f"{len(MIXED)} mixed-types" in r.text and "1 silenced: 1 mixed-types" in r.text, r.text
    for name in MIXED:
        assert re.search(rf"models/{name}.sql(:\d+:\d+)?: warning: .* is compared with ", r.text), (name, r.text)
    assert not any(f"models/{name}.sql" in r.text for name in GOOD), r.text
    assert "models/number_text.sql:2:20: warning: 'n' (UInt64) is compared with 'word' (String)" in r.text, r.text
    part = starc("check", "--select", "pair", cwd=folder)
    assert "'s' (String) is compared with 'd' (Date)" in part.text and "1 mixed-types" in part.text, part.text
    assert starc("check", "--warn-error", "--select", "pair", cwd=folder).code == 1


@needs_embedded
def test_mixed_types_of_parts_and_expressions(starc, project, request):
    """In an ephemeral model it is told once, at its line, and is its to silence; two of a model are two; a build that
    has it as an error does not begin."""
    if not EMBEDDED:
        pytest.skip("the embedded engine does not run under a sanitizer")
    part = "{{ config(materialized='ephemeral'%s) }}\n"
    part += f"select num from {B} where word in (select num from {B})"
    files = {
        "models/b.sql": "select 'x' as word, toInt32(1) as num, today() as d",
        "models/part.sql": part % "",
        "models/quiet.sql": part % ", check={'ignore': ['mixed-types']}",
        "models/outer.sql": "{{ config(materialized='ephemeral') }}select num from {{ ref('part') }}",
        "models/one.sql": "select num from {{ ref('part') }} union all select num from {{ ref('outer') }}",
        "models/two.sql": "select num from {{ ref('outer') }} where num in (select num from {{ ref('quiet') }})",
        "models/both.sql": "select num from {{ ref('b') }} where num + 1 in (select upper(word) from {{ ref('b') }})\n"
        "and lower(word) in (select num + 1 from {{ ref('b') }})",
    }  # fmt: skip
    folder = project(files, profile=profile_for("embedded", request, "parts"))
    r = starc("check", cwd=folder)
    assert r.code == 0 and "3 mixed-types" in r.text and "1 silenced: 1 mixed-types" in r.text, r.text
    assert r.text.count("models/part.sql:2:38: warning: 'word' (String) is compared with 'num'") == 1, r.text
    assert r.text.count("models/both.sql: warning: a value") == 2 and "models/two.sql" not in r.text, r.text
    errors = "{error: [mixed-types]}"
    r = starc("build", "--check", "--warn-error-options", errors, cwd=folder)
    assert r.code == 1 and "models/part.sql:2:38: error" in r.text and "3 mixed-types" in r.text, r.text
    assert starc("build", "--check", cwd=folder).code == 0
