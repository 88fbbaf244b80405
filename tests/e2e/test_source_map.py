"""An error of the database in what a macro made is shown where the macro writes it, with the calls that led there."""

import pytest

MACROS = """{% macro cents(col) %}
  ({{ col }} / 100.0
   + nope_in_macro)
{%- endmacro %}

{% macro outer(col) %}{% set x %}coalesce({{ cents(col) }}, 0){% endset %}{{ return(x) }}{% endmacro %}
{% macro glued(col) %}{{ return('sum(' ~ col ~ ')') }}{% endmacro %}
{% macro wrap() %}( {{ caller() }} ){% endmacro %}
"""

# the model; lines that are printed; lines that are not
CASES = {
    "in_a_macro": (
        "select 1 as id, {{ outer('amount') }} as x\nfrom (select 5 as amount) t",
        [
            "macros/m.sql:3:6: error: ",
            "macros/m.sql:6:46: note: in macro 'cents' called here",
            "models/in_a_macro.sql:1:20: note: in macro 'outer' called here",
        ],
        [],
    ),
    "argument": (
        "select 1 as id,\n  {{ glued('amont') }} as x\nfrom (select 5 as amount) t",
        ["models/argument.sql:2:13: error: "],
        ["note:"],
    ),
    "call_block": (
        "select * from\n{% call wrap() %}\n  select 5 as amount, missing_col\n{% endcall %} t",
        ["models/call_block.sql:3:23: error: "],
        ["note:"],
    ),
    "set_block": (
        "{% set inner %}select\n  5 as amount, missing_col{% endset %}\nselect * from ({{ inner }}) t",
        ["models/set_block.sql:2:16: error: "],
        ["note:"],
    ),
    "sliced": (
        "select * from ({{ (' select missing_col ' ~ 'from (select 5 as amount) u ') | trim }}) t",
        ["models/sliced.sql:1:29: error: "],
        ["note:"],
    ),
    "grown": (
        "{% set ns = namespace(sql='select ') %}{% for c in ['amount', 'wrong_one'] %}{% set ns.sql = ns.sql ~ ('' if "
        "loop.first else ', ') ~ c %}"
        "{% endfor %}\n{{ ns.sql }} from (select 5 as amount) t",
        ["models/grown.sql:1:64: error: "],
        ["note:"],
    ),
    "changed": (
        "select {{ 'wrong_one, 2 as x' | replace('2', '3') }} from (select 5 as amount) t",
        ["models/changed.sql:1:"],
        [],
    ),
}


def test_places(project, starc, engine):
    folder = project(
        {"macros/m.sql": MACROS, **{f"models/{name}.sql": case[0] for name, case in CASES.items()}},
        profile=engine.profile(),
    )
    r = starc("run", cwd=folder)
    assert r.code == 1
    for name, (_, printed, not_printed) in CASES.items():
        text = r.text[r.text.index(f"Database Error in model {name} ") :].split("compiled:")[0]
        for line in printed:
            assert line in text, text
        for line in not_printed:
            assert line not in text, text


def test_a_second_statement(project, starc, engine):
    folder = project(
        {
            "macros/m.sql": "{% macro two() %}\nselect 1 as a;\nselect 2 as b{% endmacro %}",
            "models/m.sql": "{{ two() }}",
        },
        profile=engine.profile(),
    )
    r = starc("run", cwd=folder)
    assert (
        r.code == 1
        and "macros/m.sql:3:1: error: 'm' has two statements" in r.text
        and "models/m.sql:1:4: note: in macro 'two' called here" in r.text
    ), r.text
