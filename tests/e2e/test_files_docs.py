"""docs/files.md: its YAML is read, and its files, models and commands."""

import pathlib, re, shlex

from conftest import needs_embedded, rows

pytestmark = needs_embedded
PAGE = (pathlib.Path(__file__).resolve().parents[2] / "docs/files.md").read_text()
PROFILE = {"type": "clickhouse", "driver": "embedded", "path": ".starc/warehouse", "schema": "own", "threads": 2}


def blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.S)


def test_its_sources(starc, project):
    of_files, of_bucket = blocks("yaml")[:2]
    files = {
        "models/s.yml": of_files,
        "models/b.yml": of_bucket,
        "models/one.sql": "select 1 as one",
        "data/people_1.csv": "id,name\n1,Ada\n",
        "data/people_2.csv": "id,name\n2,Bob\n",
    }
    folder = project(files, profile=PROFILE)
    (folder / "data/events").mkdir()
    made = f"insert into function file('{folder}/data/events/1.parquet') select number as id from numbers(3)"
    macro = "{% macro pack() %}{% call statement() %}" + made + "{% endcall %}{% endmacro %}"
    (folder / "macros").mkdir()
    (folder / "macros/pack.sql").write_text(macro)
    env = {"DBT_ENV_SECRET_EVENTS": "the-secret-word"}
    run = starc("run-operation", "pack", cwd=folder, env=env)
    assert run.code == 0, run.text
    ask = lambda sql: rows(lambda *a, **k: starc(*a, env=env, **k), folder, sql)
    assert ask("select count(*) as n from {{ source('raw', 'events') }}") == [{"n": 3}]
    assert ask("select name from {{ source('raw', 'people') }} order by id") == [{"name": "Ada"}, {"name": "Bob"}]


def test_its_models_and_its_command(starc, project):
    one, parts, _ = blocks("sql")
    files = {
        "models/orders.sql": "select 1 as id, 2 as amount, toDateTime('2024-01-01 00:00:00') as at",
        "models/one.sql": one,
        "models/parts.sql": parts,
        "data/people_1.csv": "id,name\n1,Ada\n",
    }
    folder = project(files, profile=PROFILE)
    run = starc("build", cwd=folder)
    assert run.code == 0, run.text
    assert (folder / "exports/one.parquet").exists() and (folder / "exports/by_day/day=2024-01-01/data.csv").exists()
    assert rows(starc, folder, "select n from {{ ref('parts') }}") == [{"n": 1}]
    (command,) = blocks("console")
    run = starc(*shlex.split(command)[2:], cwd=folder)
    assert run.code == 0 and "Ada" in run.out, run.text
