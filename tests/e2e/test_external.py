"""Models whose rows are files: written beside and moved into place, read by others through a view."""

import gzip, json, os, pathlib, random, re, signal, subprocess, time

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
        ("location='https://host/out.parquet'", "https://host", "is a file of this machine or of a bucket"),
        ("location='s3://bucket/out', partition_by='one'", "s3://bucket", "partitions cannot be written into a bucket"),
        ("location='s3://bucket/out.csv', key_id='x'", "key_id", "a `key_id` needs its `secret`"),
        ("location='s3://b/o.csv', key_id='x', secret='{{ env_var(\"NOT_SET\") }}'", "secret", "'NOT_SET'"),
        ("location='exports/own', partition_by='one'", "exports/own", "is a folder that no external model made"),
        ("location='exports/own'", "exports/own", "is a folder, and the model's rows are a file"),
        ("location='exports/old.csv', overwrite=false", "overwrite", "is there already"),
        ("location='exports/old.csv'", "exports/old.csv", "no external model of this warehouse made it"),
        ("location='exports/m.csv', settings={'nope': 1}", "exports", "nope"),
    ],
)
def test_what_cannot_be_written(starc, project, tmp_path, config, key, cause):
    model = "{{ config(materialized='external'%s) }}\n\nselect 1 as one" % (config and ", " + config)
    files = {"models/m.sql": model, "exports/own/n.csv": "1\n", "exports/old.csv": "mine\n"}
    folder = project(files, profile=PROFILE)
    (folder / "link").symlink_to(tmp_path)
    text = run(starc, folder, "run", "--select", "m", code=1).text
    assert cause in text and "models/m.sql:" in text, text
    assert all((folder / name).read_text() == text for name, text in files.items())
    assert not list(tmp_path.glob("*.parquet"))


EXTERNAL = "{{ config(materialized='external', location='%s'%s) }} select 1 as one"
READ = """sources:
  - {name: raw, tables: [{name: cities, config: {location: 'data/*.{csv,tsv}', format: CSVWithNames}}]}
loads:
  - name: files
    from: {type: files, path: 'in'}
    tables: [{name: people, files: 'people_{1..9}.csv'}]
"""


@pytest.mark.parametrize(
    "location, cause",
    [
        ("models/by_city.sql", "in what the project reads (model-paths)"),
        ("models", "in what the project reads (model-paths)"),
        ("exports/../models/new.csv", "in what the project reads (model-paths)"),
        ("link/new.csv", "in what the project reads (model-paths)"),
        ("seeds/x.csv", "in what the project reads (seed-paths)"),
        ("own_macros/x.csv", "in what the project reads (macro-paths)"),
        ("target/x.csv", "in the folder of artifacts (target-path)"),
        ("logs/x.csv", "in the folder of logs (log-path)"),
        ("dbt_packages/x.csv", "in the folder of packages"),
        ("dbt_project.yml", "it is the project file"),
        ("data/cities.csv", "the source 'cities' reads it"),
        ("exports/../data/new.tsv", "the source 'cities' reads it"),
        ("in/people_7.csv", "the load 'files.people' reads it"),
    ],
)
def test_what_is_not_its_own_is_refused_before_a_build(starc, project, location, cause):
    files = {"models/m.sql": EXTERNAL % (location, ""), "models/by_city.sql": "select 1 as one", "models/s.yml": READ}
    files |= {"data/cities.csv": "city\nBasel\n", "in/people_1.csv": "name\nAda\n"}
    folder = project(files, profile=PROFILE, extra="macro-paths: [own_macros]\n")
    (folder / "link").symlink_to(folder / "models")
    for command in ("parse", "check", "build"):
        r = starc(command, cwd=folder)
        assert r.code in (1, 2) and cause in r.text and "models/m.sql:1:" in r.text, r.text
    assert all((folder / name).read_text() == text for name, text in files.items())


def test_places_of_their_own_are_none_of_those(starc, project):
    """Beside what a source and a load read; a source that reads the folder of partitions."""
    reads = READ + "  - {name: x, from: {type: files, path: models}, tables: [a]}\n"
    reads = reads.replace("raw, tables: [", "raw, tables: [{name: p, config: {location: 'exports/p/**/*.parquet'}}, ")
    places = ("data/sub/cities.csv", "data/cities.json", "in/people_x.csv", "modelsx/a.csv", "in/sub/people_1.csv")
    files = {f"models/m{i}.sql": EXTERNAL % (place, "") for i, place in enumerate(places)}
    files["models/p.sql"] = EXTERNAL % ("exports/p", ", partition_by='one'")
    run(starc, project(files | {"models/s.yml": reads}, profile=PROFILE), "parse")


@pytest.mark.parametrize(
    "one, two",
    [
        (("exports/x.csv", ""), ("exports/../exports/x.csv", "")),
        (("exports/x", ", partition_by='one'"), ("exports/x/one.csv", "")),
        (("exports/x/one.csv", ""), ("exports/x", ", partition_by='one'")),
        (("s3://b/x.csv", ""), ("s3://b/x.csv", "")),
    ],
)
def test_two_models_have_two_places(starc, project, one, two):
    folder = project({"models/a.sql": EXTERNAL % one, "models/b.sql": EXTERNAL % two}, profile=PROFILE)
    text = run(starc, folder, "parse", code=2).text
    assert "there are two external models that write" in text and "'a' and 'b'" in text, text
    assert "models/b.sql:1:" in text and "models/a.sql:1:" in text, text
    (folder / "models/b.sql").write_text(EXTERNAL % ("exports/y.csv", ""))
    run(starc, folder, "parse")


def test_a_csv_has_its_names(starc, project):
    """Both ways: an external model writes them, and who reads a CSV without them is told how."""
    files = {f"models/m{i}.sql": EXTERNAL % (f"exports/m{i}.{end}", "") for i, end in enumerate(("csv", "csv.gz"))}
    files["models/plain.sql"] = EXTERNAL % ("exports/plain.csv", ", format='CSV'")
    files["data/people.csv"] = "name,city\nAda,Basel\n"
    files["models/reader.sql"] = "{{ config(materialized='table') }} select name from {{ source('raw', 'people') }}"
    files["models/s.yml"] = "sources:\n  - {name: raw, tables: [{name: people, config: {location: data/people.csv}}]}\n"
    folder = project(files, profile=PROFILE)
    text = run(starc, folder, "run", code=1).text
    assert "format: CSVWithNames" in text and "source 'people'" in text and "models/reader.sql:1:" in text, text
    assert (folder / "exports/m0.csv").read_text() == '"one"\n1\n'
    assert gzip.decompress((folder / "exports/m1.csv.gz").read_bytes()) == b'"one"\n1\n'
    assert (folder / "exports/plain.csv").read_text() == "1\n"
    for name in ("m0", "m1", "plain"):
        assert ask(starc, folder, "select * from {{ ref('%s') }}" % name) == [("1",)]
    yaml = files["models/s.yml"].replace("people.csv", "people.csv, format: CSVWithNames")
    (folder / "models/s.yml").write_text(yaml)
    run(starc, folder, "run")
    assert ask(starc, folder, "select * from {{ ref('reader') }}") == [("Ada",)]


def test_a_file_of_somebody_else_is_replaced_where_that_is_said(starc, project):
    folder = project({"models/m.sql": EXTERNAL % ("exports/m.csv", ""), "exports/m.csv": "mine\n"}, profile=PROFILE)
    file = folder / "exports/m.csv"
    text = run(starc, folder, "run", code=1).text
    assert "overwrite: true" in text and "--full-refresh" in text and file.read_text() == "mine\n", text
    run(starc, folder, "run", "--full-refresh")
    assert file.read_text() != "mine\n"
    # Another place, where somebody's file is, though the model is built; and back to its own.
    (folder / "exports/n.csv").write_text("mine\n")
    (folder / "models/m.sql").write_text(EXTERNAL % ("exports/n.csv", ""))
    run(starc, folder, "run", code=1)
    assert (folder / "exports/n.csv").read_text() == "mine\n"
    (folder / "models/m.sql").write_text(EXTERNAL % ("exports/n.csv", ", overwrite=true"))
    run(starc, folder, "run")
    (folder / "models/m.sql").write_text(EXTERNAL % ("exports/m.csv", ""))
    run(starc, folder, "run")


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
                # A listing that began in the folder before may see that one being removed.
                before = place.stat().st_ino
                files = list(place.glob("part=*/data.csv"))
                assert len(files) == 4 or place.stat().st_ino != before
        child.send_signal(signal.SIGKILL)
        child.wait()
        files = list(place.glob("part=*/data.csv")) if parts else [place]
        seen = [whole(file) for file in files]
        assert sum(count for _, count in seen) == 400000
        assert len(set.union(*(rounds for rounds, _ in seen))) == 1
    run(starc, folder, "run", "--vars", vars_of(9))
    assert ask(starc, folder, "select any(round), count(*) from {{ ref('m') }}") == [("r9", "400000")]
    assert list((folder / ".starc/warehouse/starc_external").iterdir()) == []


@pytest.fixture(scope="module")
def store():
    from object_store import NoStore, ObjectStore

    try:
        with ObjectStore() as server:
            server.send("PUT", "out")
            yield server
    except NoStore as e:
        pytest.skip(str(e))


BUCKET = """{{ config(materialized='external', location='s3://out/%s/{name}.parquet', endpoint='%s', key_id='an-id',
    secret="{{ env_var('DBT_ENV_SECRET_STORE') }}"%s) }}
select number as id, toString(number) as name from numbers({{ var('n', 5) }})"""


@pytest.mark.parametrize("kind", ["embedded", "clickhouse"])
def test_an_object_of_a_bucket(starc, project, request, store, kind):
    files = {
        "models/m.sql": BUCKET % (kind, store.url, ""),
        "models/once.sql": BUCKET % (kind, store.url, ", overwrite=false"),
        "models/reader.sql": "{{ config(materialized='table') }} select count() as n from {{ ref('m') }}",
    }
    folder = project(files, profile=profile_for(kind, request, "bucket"))
    env = {"DBT_ENV_SECRET_STORE": "the-secret-word"}
    with_key = lambda *a, **k: starc(*a, env={**env, **k.pop("env", {})}, **k)
    shown = run(with_key, folder, "build", "--debug").text
    for n in (3, 0, 4):
        shown += run(with_key, folder, "build", "--select", "m+", "--vars", json.dumps({"n": n}), "--debug").text
        assert ask(with_key, folder, "select count(*) from {{ ref('m') }}") == [(str(n),)]
        assert ask(with_key, folder, "select n from {{ ref('reader') }}") == [(str(n),)]
    assert store.get(f"out/{kind}/m.parquet")[:4] == b"PAR1"
    text = run(with_key, folder, "run", "--select", "once", code=1).text
    assert f"'s3://out/{kind}/once.parquet' is there already" in text and "models/once.sql:" in text, text
    run(with_key, folder, "run", "--select", "once", "--full-refresh")
    (folder / "models/once.sql").write_text(BUCKET.replace("s3://out/", "s3://no-such-bucket/") % (kind, store.url, ""))
    shown += run(with_key, folder, "run", "--select", "once", "--debug", code=1).text
    assert "models/once.sql:" in shown and "bucket does not exist" in shown, shown
    written = [p for f in ("logs", "target") for p in (folder / f).rglob("*") if p.is_file()]
    for text in [shown, *(p.read_text(errors="replace") for p in written)]:
        assert "the-secret-word" not in text


def test_its_page(starc, project, store):
    page = (pathlib.Path(__file__).resolve().parents[2] / "docs/files.md").read_text()
    (model,) = [block for block in re.findall(r"```sql\n(.*?)```", page, re.S) if "s3://" in block]
    store.send("PUT", "company-exports")
    model = model.replace("key_id=", f"endpoint='{store.url}', key_id=")
    folder = project({"models/page.sql": model, "models/orders.sql": "select 1 as id, 2 as amount"}, profile=PROFILE)
    run(starc, folder, "build", env={"DBT_ENV_SECRET_EXPORTS": "exported"})
    assert store.get("company-exports/page.parquet")[:4] == b"PAR1"


def test_a_secret_that_is_written_out_is_shown_nowhere(starc, project, store):
    model = BUCKET.replace("\"{{ env_var('DBT_ENV_SECRET_STORE') }}\"", "'a-written-secret'")
    folder = project({"models/m.sql": model % ("plain", store.url, "")}, profile=PROFILE)
    for command in ("parse", "compile", "build"):
        shown = run(starc, folder, command, "--debug").text
        files = [p for f in ("logs", "target") for p in (folder / f).rglob("*") if p.is_file()]
        for text in [shown, *(p.read_text(errors="replace") for p in files)]:
            assert "a-written-secret" not in text, command


def test_an_object_is_whole_or_the_old_one(starc, project, store):
    """Killed at random moments, while a reader gets the object all the time."""
    keys = f"endpoint='{store.url}', key_id='a', secret='b'"
    model = "{{ config(materialized='external', location='s3://out/k/{name}.csv', format='CSV', %s) }}" % keys
    model += MODEL.split("}}", 1)[1].replace("%%", "%")
    folder = project({"models/m.sql": model}, profile=PROFILE)
    vars_of = lambda n: json.dumps({"round": f"r{n}"})
    run(starc, folder, "run", "--vars", vars_of(0))
    seen = folder / "seen.csv"
    luck = random.Random(5)
    for n in range(1, 5):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        child = subprocess.Popen([STARC, "run", "--vars", vars_of(n)], cwd=folder, **quiet)
        end = time.monotonic() + luck.uniform(0.5, 3)
        while time.monotonic() < end and child.poll() is None:
            seen.write_bytes(store.get("out/k/m.csv"))
            rounds, count = whole(seen)
            assert len(rounds) == 1 and count == 400000
        child.send_signal(signal.SIGKILL)
        child.wait()
        seen.write_bytes(store.get("out/k/m.csv"))
        rounds, count = whole(seen)
        assert len(rounds) == 1 and count == 400000
    run(starc, folder, "run", "--vars", vars_of(9))
    assert ask(starc, folder, "select any(round), count(*) from {{ ref('m') }}") == [("r9", "400000")]
