"""Sources that are files: every command reads them, nothing loads them. What is wrong is told where YAML names them."""

import json, os, time

import pytest
from conftest import needs_embedded, profile_for, rows

pytestmark = needs_embedded
X = "id,name,at\n1,a,2024-01-01 00:00:00\n2,b,2024-02-01 00:00:00\n"
YAML = """
sources:
  - name: raw
    config:
      location: "data/{name}/*.csv"
    tables:
      - name: events
        columns:
          - name: id
            data_tests: [unique, not_null]
      - name: names
        config:
          location: data/names.tsv
          format: TSV
          structure: "id Int64, name String"
          settings: {input_format_tsv_empty_as_default: true}
      - name: duck
        identifier: names_there
        config: {location: null}
        meta: {external_location: "data/{identifier}.json"}
models:
  - name: m
    columns: [{name: id}, {name: name}, {name: n2}]
unit_tests:
  - name: joined
    model: m
    given:
      - input: source('raw', 'events')
        rows: [{id: 7, name: z}]
      - input: source('raw', 'names')
        rows: [{id: 7, name: q}]
    expect:
      rows: [{id: 7, name: z, n2: q}]
"""
FILES = {
    "models/s.yml": YAML,
    "models/m.sql": "select e.id as id, e.name as name, o.name as n2 from {{ source('raw', 'events') }} as e "
    "left join {{ source('raw', 'names') }} as o on o.id = e.id",
    "models/d.sql": "{{ config(materialized='table') }} select * from {{ source('raw', 'duck') }}",
    "data/events/x.csv": X,
    "data/events/y.csv": "id,name,at\n3,c,2024-01-05 00:00:00\n",
    "data/names.tsv": "1\tone\n3\tthree\n",
    "data/names_there.json": '{"id": 5, "what": "five"}\n',
    "snapshots/s.sql": "{% snapshot s %}{{ config(unique_key='id', strategy='check', check_cols='all', "
    "target_schema='snaps') }}"
    "select id, name from {{ source('raw', 'events') }}{% endsnapshot %}",
}
PROFILE = {"type": "clickhouse", "driver": "embedded", "path": ".starc/warehouse", "schema": "own", "threads": 2}


def run(starc, folder, *args, code=0, **kw):
    r = starc(*args, cwd=folder, **kw)
    assert r.code == code, r.text
    return r


def tuples(starc, folder, sql):
    return [tuple(map(str, r.values())) for r in rows(starc, folder, sql)]


def test_every_command_reads_them(starc, project, tmp_path):
    folder = project(FILES, profile=PROFILE)
    checked = run(starc, folder, "check")
    assert "0 wrong" in checked.text and "unknown" not in checked.text, checked.text
    wrong = folder / "models/wrong.sql"
    wrong.write_text("select nome from {{ source('raw', 'events') }}")
    assert "did you mean 'name'" in run(starc, folder, "check", "--select", "wrong", code=1).text
    wrong.unlink()

    # From another folder too: paths are those of the project.
    built = starc("build", "--project-dir", folder, "--profiles-dir", folder, cwd=tmp_path)
    assert built.code == 0 and "PASS=6" in built.text, built.text
    everything = "select id, name, n2 from {{ ref('m') }} order by id"
    assert tuples(starc, folder, everything) == [("1", "a", "one"), ("2", "b", ""), ("3", "c", "three")]
    assert tuples(starc, folder, "select * from {{ ref('d') }}") == [("5", "five")]
    assert tuples(starc, folder, "select name from {{ source('raw', 'events') }} where id = 2") == [("b",)]
    assert "5" in run(starc, folder, "show", "--inline", "select count(*) + 2 as n from {{ ref('s') }}").out
    assert "raw.events.name" in run(starc, folder, "lineage", "m.name").text

    (folder / "data/events/x.csv").write_text(X.replace("1,a", "1,changed"))
    run(starc, folder, "snapshot")
    assert tuples(starc, folder, "select count(*) from {{ ref('s') }} where id = 1") == [("2",)]

    run(starc, folder, "docs", "generate")
    catalog = json.loads((folder / "target/catalog.json").read_text())["sources"]
    assert {k.split(".", 2)[2]: list(v["columns"]) for k, v in catalog.items()} == {
        "raw.events": ["id", "name", "at"],
        "raw.names": ["id", "name"],
        "raw.duck": ["id", "what"],
    }
    names = json.loads((folder / "target/manifest.json").read_text())["sources"]
    named = {v["name"]: v["relation_name"] for v in names.values()}
    assert named["events"] == f"file('{folder}/data/events/*.csv')"
    assert named["names"].endswith("settings input_format_tsv_empty_as_default = 1)")

    run(starc, folder, "check", "--update-sources")
    assert str(folder) not in (folder / "schemas.lock.json").read_text()
    (folder / "data/names_there.json").write_text('{"id": 5, "other": 1}\n')
    text = run(starc, folder, "source", "check", code=1).text
    assert "models/s.yml" in text and "'what'" in text, text


def test_show_and_check_of_sources(starc, project):
    """`show` prints their rows by --select, and leads there; `check` says which file is missing, and where."""
    yaml = (
        "sources:\n  - name: raw\n    tables:\n      - name: people\n        config: {location: data/p.csv}\n"
        "      - name: none\n        config: {location: data/none.csv}\n      - name: table\n"
    )
    files = {
        "models/s.yml": yaml,
        "data/p.csv": X,
        "models/m.sql": "select * from {{ source('raw', 'none') }}",
        "models/t.sql": "select * from {{ source('raw', 'table') }}",
        "models/p.sql": "select nome from {{ source('raw', 'people') }}",
    }
    folder = project(files, profile=PROFILE)
    starc("run-operation", "--sql", "create database raw", cwd=folder)
    assert "| 2 | b " in run(starc, folder, "show", "--select", "source:raw.people").out.replace("  ", " ")
    hint = """did you mean --inline "select * from 'data/p.csv'"?"""
    assert hint in run(starc, folder, "show", "data/p.csv", code=2).text
    assert "did you mean --select?" in run(starc, folder, "show", "models/m.sql", code=2).text
    text = run(starc, folder, "check", code=1).text
    assert "models/s.yml:7:28: warning: source 'raw.none' cannot be read" in text and "was not asked" not in text, text
    assert "no file is there: looked for" in text and "--update-sources" not in text, text
    assert "models/p.sql:1:8" in text and "did you mean 'name'" in text, text
    assert "source 'raw.table' is not there" in text and "without rights" not in text, text


def test_how_old_they_are(starc, project):
    limits = "freshness: {warn_after: {count: 1, period: day}}"
    of_rows = limits + ", loaded_at_field: at"
    yaml = f"""sources:
  - name: raw
    config: {{location: "data/{{name}}/*.csv"}}
    tables:
      - name: events
        config: {{{limits}}}
      - name: again
        config: {{location: "data/events/*.csv", {of_rows}}}
"""
    folder = project({"models/s.yml": yaml, "data/events/x.csv": X}, profile=PROFILE)
    text = run(starc, folder, "source", "freshness").text
    assert "PASS freshness of raw.events" in text and "WARN freshness of raw.again" in text, text
    day = time.time() - 2 * 86400
    os.utime(folder / "data/events/x.csv", (day, day))
    assert "WARN freshness of raw.events: last changed 2" in run(starc, folder, "source", "freshness").text


@pytest.mark.parametrize(
    "config, at, cause",
    [
        ("location: data/none.csv", "data/none.csv", "no file is there: looked for"),
        ('location: "data/no*.csv"', "data/no*.csv", "no file is there: looked for"),
        ("location: data/x.csv, format: Parquet", "data/x.csv", "`format` is not that of the file"),
        ("location: data/x.csv, format: Nope", "data/x.csv", "ClickHouse's name of one"),
        ("location: data/x.csv, structure: 'id Int64, name DateTime'", "data/x.csv", "`structure` says the columns"),
        ('location: "/etc/host?"', "/etc/host?", "need `file_access` in the profile"),
        ("location: /etc/hostname", "/etc/hostname", "need `file_access` in the profile"),
    ],
)
def test_what_is_wrong_is_told_where_it_was_written(starc, project, config, at, cause):
    yaml = f"sources:\n  - name: raw\n    tables:\n      - name: x\n        config: {{{config}}}\n"
    model = "{{ config(materialized='table') }}\n\nselect *\nfrom {{ source('raw', 'x') }}"
    folder = project({"models/s.yml": yaml, "models/m.sql": model, "data/x.csv": X}, profile=PROFILE)
    text = run(starc, folder, "run", code=1).text
    assert "models/s.yml:5:" in text and "source 'raw.x' cannot be read" in text and cause in text, text
    assert at in text


@pytest.mark.parametrize("kind", ["postgres", "clickhouse"])
def test_what_a_server_cannot_read(starc, project, request, kind):
    yaml = "sources:\n  - name: raw\n    config: {%s: data/x.csv}\n    tables: [{name: x}]\n"
    files = {"models/s.yml": yaml % "location", "models/m.sql": "select 1 as one"}
    folder = project(files, profile=profile_for(kind, request, "own"))
    text = run(starc, folder, "run", code=2).text
    assert "models/s.yml:3:" in text and "starc load" in text, text
    (folder / "models/s.yml").write_text(yaml % "external_location")
    run(starc, folder, "run", code=0 if kind == "postgres" else 2)  # dbt's other adapters know nothing of that key


def test_the_engine_looks_into_files_by_their_names(starc, project, tmp_path):
    files = {"models/one.sql": "select 1 as one", "data/x.csv": "id,name\n1,a\n2,b\n"}
    folder = project(files, profile=PROFILE)
    assert rows(starc, folder, "select 1 + id as n from 'data/x.csv' where id = 2") == [{"n": 3}]
    run(starc, folder, "build")  # the target's schema is there from now on
    assert rows(starc, folder, "select name from 'data/x.csv' where id = 2") == [{"name": "b"}]
    assert rows(starc, folder, "select count(*) as n from 'data/*.csv'") == [{"n": 2}]
    (tmp_path / "y.csv").write_text("id\n1\n")
    text = run(starc, folder, "show", "--inline", f"select * from '{tmp_path}/y.csv'", code=2).text
    assert "file_access" in text, text


@pytest.fixture(scope="module")
def store():
    from object_store import NoStore, ObjectStore

    try:
        with ObjectStore() as server:
            server.put("drop/in/x.csv", X.encode())
            yield server
    except NoStore as e:
        pytest.skip(str(e))


@pytest.mark.parametrize("kind", ["embedded", "clickhouse"])
def test_files_of_a_bucket_and_of_a_server(starc, project, request, store, kind):
    yaml = f"""sources:
  - name: raw
    tables:
      - name: x
        config:
          location: "s3://drop/in/{{name}}.csv"
          endpoint: {store.url}
          key_id: "{{{{ env_var('KEY') }}}}"
          secret: "{{{{ env_var('DBT_ENV_SECRET_STORE') }}}}"
      - name: web
        config: {{location: "{store.url}/drop/in/x.csv?X-Amz-Signature=secret-signature-of-an-address"}}
"""
    files = {
        "models/s.yml": yaml,
        "models/m.sql": "{{ config(materialized='table') }} select a.id, b.name from {{ source('raw', 'x') }} a "
        "join {{ source('raw', 'web') }} b on a.id = b.id",
    }
    folder = project(files, profile=profile_for(kind, request, "own"))
    env = {"KEY": "the-key-id", "DBT_ENV_SECRET_STORE": "the-secret-word"}
    shown = run(starc, folder, "build", "--debug", env=env).text
    shown += run(starc, folder, "compile", "--select", "m", env=env).text
    shown += run(starc, folder, "docs", "generate", env=env).text
    shown += run(starc, folder, "check", "--update-sources", env=env).text
    with_keys = lambda *a, **k: starc(*a, env=env, **k)
    assert tuples(with_keys, folder, "select * from {{ ref('m') }} order by id") == [("1", "a"), ("2", "b")]
    written = [p for f in ("logs", "target") for p in (folder / f).rglob("*") if p.is_file()]
    assert len(written) > 3
    for text in [shown, *(p.read_text(errors="replace") for p in [*written, folder / "schemas.lock.json"])]:
        assert "the-secret-word" not in text and "secret-signature" not in text
    missing = yaml.replace("{name}.csv", "nothing.csv")
    (folder / "models/s.yml").write_text(missing)
    text = run(starc, folder, "run", env=env, code=1).text
    assert "models/s.yml:6:" in text and "no such file" in text, text


@needs_embedded
def test_a_delta_folder_is_read_as_its_newest_version(starc, project):
    yaml = "sources:\n  - name: raw\n    tables:\n      - name: d\n        config: {location: data/d, format: delta}\n"
    made = "insert into function file('{0}/data/d/{1}.parquet', 'Parquet', 'id Int64') select {1}"
    macro = "{%% macro pack(n) %%}{%% call statement() %%}%s{%% endcall %%}{%% endmacro %%}"
    folder = project({"models/s.yml": yaml, "models/m.sql": "select id from {{ source('raw', 'd') }}"}, profile=PROFILE)
    (folder / "data/d/_delta_log").mkdir(parents=True)
    (folder / "macros").mkdir()
    (folder / "macros/pack.sql").write_text(macro % made.replace("{0}", str(folder)).replace("{1}", "{{ n }}"))
    for n in (1, 2, 3):
        run(starc, folder, "run-operation", "pack", "--args", json.dumps({"n": n}))
    field = {"name": "id", "type": "long", "nullable": True, "metadata": {}}
    schema = json.dumps({"type": "struct", "fields": [field]})
    size = lambda n: (folder / f"data/d/{n}.parquet").stat().st_size
    add = lambda n: {
        "add": {
            "path": f"{n}.parquet",
            "partitionValues": {},
            "size": size(n),
            "modificationTime": 1,
            "dataChange": True,
        }
    }
    kept = {"id": "one", "format": {"provider": "parquet", "options": {}}, "schemaString": schema}
    versions = [
        [
            {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
            {"metaData": {**kept, "partitionColumns": [], "configuration": {}}},
            add(1),
            add(2),
        ],
        [{"remove": {"path": "1.parquet", "deletionTimestamp": 2, "dataChange": True}}, add(3)],
    ]
    for n, lines in enumerate(versions):
        (folder / f"data/d/_delta_log/{n:020}.json").write_text("".join(json.dumps(line) + "\n" for line in lines))
    run(starc, folder, "build")
    assert tuples(starc, folder, "select id from {{ ref('m') }} order by id") == [("2",), ("3",)]
    (folder / "models/s.yml").write_text(yaml.replace("data/d,", "data/none,"))
    text = run(starc, folder, "build", code=1).text
    assert "models/s.yml:5:" in text and "no file is there: looked for" in text, text
