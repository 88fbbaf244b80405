"""Models whose rows are files: written beside and moved into place, read by others through a view."""

import json, os, random, signal, subprocess, time

import pytest
from conftest import STARC, needs_embedded, profile_for, rows

pytestmark = needs_embedded
PROFILE = {"type": "clickhouse", "driver": "embedded", "path": ".starc/warehouse", "schema": "own", "threads": 2}
ROWS = "select number as id, toString(number % 3) as name, if(number % 2 = 0, null, 'a/' || number) as part "
FILES = {
    "models/one.sql": "{{ config(materialized='external', location='exports/{name}.parquet') }}"
    + ROWS
    + "from numbers({{ var('n', 5) }})",
    "models/parts.sql": "{{ config(materialized='external', location='exports/parts', partition_by=['part', 'name'], "
    "format='CSVWithNames') }} " + ROWS + "from numbers({{ var('n', 5) }})",
    "models/packed.sql": "{{ config(materialized='external', location='exports/packed.csv.gz', format='CSVWithNames', "
    "contract={'enforced': true}) }} select id, name from {{ ref('one') }}",
    "models/reader.sql": "select a.id as id, b.name as name, c.part as part from {{ ref('one') }} as a "
    "join {{ ref('packed') }} as b on a.id = b.id join {{ ref('parts') }} as c on c.id = a.id",
    "models/s.yml": "models:\n  - name: packed\n    columns:\n"
    "      - {name: id, data_type: UInt64, data_tests: [unique]}\n      - {name: name, data_type: String}\n",
}


def run(starc, folder, *args, code=0, **kw):
    r = starc(*args, cwd=folder, **kw)
    assert r.code == code, r.text
    return r


def ask(starc, folder, sql):
    return [tuple(map(str, r.values())) for r in rows(starc, folder, sql)]


def test_they_are_built_and_read(starc, project):
    folder = project(FILES, profile=PROFILE)
    assert "0 wrong" in run(starc, folder, "check").text
    for n in (5, 3, 0, 5):
        run(starc, folder, "build", "--vars", json.dumps({"n": n}))
        for name in ("one", "parts", "packed", "reader"):
            assert ask(starc, folder, f"select count(*) from {{{{ ref('{name}') }}}}") == [(str(n),)], (name, n)
    assert ask(starc, folder, "select * from {{ ref('reader') }} where id > 2 order by id")[0] == ("3", "0", "a/3")
    assert (folder / "exports/packed.csv.gz").read_bytes()[:2] == b"\x1f\x8b"
    assert len(list((folder / "exports/parts").glob("part=*/name=*/data.csv"))) == 5
    assert (folder / "exports/parts/part=a%2F3/name=0/data.csv").exists()
    assert list((folder / ".starc/warehouse/starc_external").iterdir()) == []
    run(starc, folder, "run", "--empty", "--select", "one", "parts")
    assert "one.id" in run(starc, folder, "lineage", "reader.id").text
    assert ask(starc, folder, "select count(*) from {{ ref('one') }}") == [("5",)]  # it reads no relation
    run(starc, folder, "docs", "generate")
    catalog = json.loads((folder / "target/catalog.json").read_text())["nodes"]
    assert list(catalog["model.shop.one"]["columns"]) == ["id", "name", "part"]
    # Other columns; a table of that name before; and back.
    (folder / "models/one.sql").write_text(FILES["models/one.sql"].replace("as id,", "as id, 1 as more,"))
    run(starc, folder, "run", "--select", "one")
    assert ask(starc, folder, "select sum(more) from {{ ref('one') }}") == [("5",)]
    (folder / "models/one.sql").write_text("{{ config(materialized='table') }}" + ROWS + "from numbers(2)")
    run(starc, folder, "run", "--select", "one")
    (folder / "models/one.sql").write_text(FILES["models/one.sql"])
    run(starc, folder, "run", "--select", "one")
    assert ask(starc, folder, "select count(*) from {{ ref('one') }}") == [("5",)]


@pytest.mark.parametrize(
    "config, key, cause",
    [
        ("", "materialized", "needs a `location`"),
        ("location='../out.parquet'", "../out.parquet", "not where this project may write"),
        ("location='out.parquet'", "out.parquet", "not where this project may write"),
        ("location='.git/out.parquet'", ".git/out.parquet", "not where this project may write"),
        ("location='link/out.parquet'", "link/out.parquet", "not where this project may write"),
        ("location='s3://bucket/out.parquet'", "s3://bucket", "an external model is a file of this machine"),
        ("location='models/own', partition_by='one'", "models/own", "is a folder that no external model made"),
        ("location='models/own'", "models/own", "is a folder, and the model's rows are a file"),
        ("location='models/m.sql', overwrite=false", "overwrite", "is there already"),
        ("location='exports/m.csv', settings={'nope': 1}", "exports", "nope"),
    ],
)
def test_what_cannot_be_written(starc, project, tmp_path, config, key, cause):
    model = "{{ config(materialized='external'%s) }}\n\nselect 1 as one" % (config and ", " + config)
    folder = project({"models/m.sql": model, "models/own/n.sql": "select 1 as one"}, profile=PROFILE)
    (folder / "link").symlink_to(tmp_path)
    text = run(starc, folder, "run", "--select", "m", code=1).text
    assert cause in text and "models/m.sql:" in text, text
    assert (folder / "models/m.sql").read_text() == model and not list(tmp_path.glob("*.parquet"))


@pytest.mark.parametrize("kind", ["postgres", "clickhouse"])
def test_what_a_server_does_not_write(starc, project, request, kind):
    model = "{{ config(materialized='external', location='exports/m.csv') }} select 1 as one"
    folder = project({"models/m.sql": model}, profile=profile_for(kind, request, "own"))
    text = run(starc, folder, "run", code=1).text
    assert "embedded" in text, text
    assert not (folder / "exports/m.csv").exists()


MODEL = """{{ config(materialized='external', location='exports/%s'%s) }}
select '{{ var("round") }}' as round, number as id, number %% 4 as part, repeat('x', 200) as pad from numbers(400000)"""


def whole(path):
    """The rounds and the rows that a CSV file has; a half written one ends within a line."""
    text = path.read_bytes()
    assert text.endswith(b"\n"), path
    lines = text.splitlines()
    return {line.split(b",")[0] for line in lines}, len(lines)


@pytest.mark.parametrize("parts", [False, True])
def test_a_reader_never_sees_half_of_it(starc, project, parts):
    """Killed at random moments; a reader looks at what stands there all the time."""
    name, more = ("m", ", partition_by='part', format='CSV'") if parts else ("m.csv", ", format='CSV'")
    folder = project({"models/m.sql": MODEL % (name, more)}, profile=PROFILE)
    vars_of = lambda n: json.dumps({"round": f"r{n}"})
    run(starc, folder, "run", "--vars", vars_of(0), "--no-write-json", "--target-path", ".hidden")
    place = folder / "exports" / name
    luck = random.Random(4)
    env = {**os.environ, "HOME": str(folder)}
    for n in range(1, 7):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        child = subprocess.Popen([STARC, "run", "--vars", vars_of(n)], cwd=folder, env=env, **quiet)
        end = time.monotonic() + luck.uniform(0.2, 2.5)
        while time.monotonic() < end and child.poll() is None:
            if not parts:
                rounds, count = whole(place)
                assert len(rounds) == 1 and count == 400000
            else:
                assert len(list(place.glob("part=*/data.csv"))) == 4
        child.send_signal(signal.SIGKILL)
        child.wait()
        files = list(place.glob("part=*/data.csv")) if parts else [place]
        seen = [whole(file) for file in files]
        assert sum(count for _, count in seen) == 400000
        assert len(set.union(*(rounds for rounds, _ in seen))) == 1
    run(starc, folder, "run", "--vars", vars_of(9))
    assert ask(starc, folder, "select any(round), count(*) from {{ ref('m') }}") == [("r9", "400000")]
    assert list((folder / ".starc/warehouse/starc_external").iterdir()) == []
