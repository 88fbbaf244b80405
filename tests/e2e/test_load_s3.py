"""Loads from an object store: which files, by which key, and what is said where that does not go. No key is shown."""

import json, os, pathlib, subprocess, time

import pytest
from conftest import STARC, needs_embedded, rows

pytestmark = needs_embedded
PEOPLE = {"people_1.csv": b"id,name\n1,a\n2,b\n", "people_2.csv": b"id,name\n3,c\n"}


@pytest.fixture(scope="module")
def store():
    from object_store import NoStore, ObjectStore

    try:
        with ObjectStore() as server:
            for name, body in PEOPLE.items():
                server.put("drop/in/" + name, body)
            yield server
    except NoStore as e:
        pytest.skip(str(e))


def drop(connection, tables, name="drop"):
    load = {"name": name, "from": {"type": "files", **connection}, "schema": "dropped", "tables": tables}
    return json.dumps({"loads": [load]})


def of_store(store, **more):
    return {"path": "s3://drop/in", "endpoint": store.url, "key_id": "the-key-id", "secret": "the-secret-word", **more}


def test_files_of_a_bucket(engine, starc, project, store):
    tables = [
        {"name": "people", "files": "people_*.csv"},
        {"name": "first", "files": "people_1.csv", "format": "CSVWithNames", "structure": "id Int64, name String"},
        {"name": "numbers", "files": "*.parquet"},
    ]
    secret = "{{ env_var('DBT_ENV_SECRET_STORE') }}"
    env = {"DBT_ENV_SECRET_STORE": "the-secret-word"}
    given = {
        "models/one.sql": "select 1 as one",
        "loads/drop.yml": drop(of_store(store, secret=secret), tables),
        # `key_id` tells an object store from a server that has files.
        "loads/plain.yml": drop(
            {"path": store.url + "/drop/in", "key_id": "k", "secret": "kkkkkkkk"},
            [{"name": "people", "files": "people_{1,2}.csv", "alias": "again"}],
            name="plain",
        ),
    }
    folder = project(given, profile=engine.profile("bucket_of", threads=1))
    made = "select number as n, toString(number) as s from numbers(1000)"
    place = f"s3('{store.url}/drop/in/numbers.parquet', 'k', 'kkkkkkkk', 'Parquet')"
    sql = f"insert into function {place} settings s3_truncate_on_insert = 1 {made}"
    (folder / "macros").mkdir()
    macro = "{% macro pack() %}{% call statement() %}" + sql + "{% endcall %}{% endmacro %}"
    (folder / "macros/pack.sql").write_text(macro)
    run = starc("run-operation", "pack", "--embedded", cwd=folder, env=env)
    assert run.code == 0, run.text

    run = starc("load", "--dry-run", "--select", "load:drop", cwd=folder, env=env)
    assert run.code == 0 and "2 files" in run.text and "1 file" in run.text, run.text
    shown = run.text
    for _ in range(2):
        run = starc("load", "--debug", cwd=folder, env=env)
        assert run.code == 0, run.text
        shown += run.text
    ask = lambda sql: [tuple(map(str, r.values())) for r in rows(starc, folder, sql)]
    assert ask("select id, name from dropped.people order by id") == [("1", "a"), ("2", "b"), ("3", "c")]
    assert ask("select id from dropped.again order by id") == [("1",), ("2",), ("3",)]
    assert ask("select id, name from dropped.first order by id") == [("1", "a"), ("2", "b")]
    assert ask("select count(*) as c, cast(max(n) as int) as m from dropped.numbers") == [("1000", "999")]
    written = [p for f in ("logs", "target") for p in (folder / f).rglob("*") if p.is_file()]
    assert len(written) > 3
    for text in [shown, *(p.read_text(errors="replace") for p in written)]:
        assert "the-secret-word" not in text and "kkkkkkkk" not in text


def test_the_key_is_in_no_list_of_processes(starc, project, store):
    table = {"name": "people", "files": "people_*.csv", "query": "select sleep(2) as n from numbers(1)"}
    folder = project({"models/one.sql": "select 1 as one", "loads/drop.yml": drop(of_store(store), [table])})
    with subprocess.Popen([STARC, "load"], cwd=folder, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as load:
        looked = 0
        while load.poll() is None:
            for p in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    text = (p / "cmdline").read_bytes() + (p / "environ").read_bytes()
                except OSError:
                    continue
                assert int(p.name) == os.getpid() or b"the-secret-word" not in text, p
            looked += 1
            time.sleep(0.1)
    assert load.returncode == 0 and looked > 5


WRONG = {
    "no bucket": ({"path": "s3://not-there/in"}, {}, "NoSuchBucket", "is the bucket's name right"),
    "no file": ({}, {"files": "nobody_*.csv"}, "'drop.people' has no file to read", "looked for http://127.0.0.1:"),
    "no file, typed": (
        {},
        {"files": "nobody_*.csv", "format": "CSV", "structure": "id Int64"},
        "'drop.people' has no file to read",
        "in/nobody_*.csv",
    ),
    "one file": ({}, {"files": "nobody.csv"}, "404", "no such file or no such bucket: check `path` and `files`"),
    "nobody": ({"endpoint": "http://127.0.0.1:9"}, {}, "Connection refused", "check `endpoint` and `path`"),
    "no host": ({"endpoint": "nowhere.invalid"}, {}, "Not found address", "is the host's name right?"),
    "half a key": ({"secret": ""}, {}, "a `key_id` needs its `secret`", "is its variable set?"),
    "no id": ({"key_id": None}, {}, "a `secret` needs its `key_id`", "as anybody may read them"),
    "a list": ({"key_id": ["a"]}, {}, "a text is wanted here", ""),
    "a token": ({"key_id": None, "secret": None, "session_token": "the-secret-word"}, {}, "needs its `key_id`", ""),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong(case, starc, project, store):
    connection, table, said, hint = WRONG[case]
    text = drop(of_store(store, **connection), [{"name": "people", "files": "people_*.csv", **table}])
    folder = project({"models/one.sql": "select 1 as one", "loads/drop.yml": text})
    run = starc("load", cwd=folder)
    assert run.code == 1, run.text
    assert "loads/drop.yml:1:" in run.text and said in run.text and hint in run.text, run.text
    assert "the-secret-word" not in run.text and "Stack trace" not in run.text


def test_a_bucket_that_is_empty_by_now_takes_no_rows_away(starc, project, store):
    """A replacing load of no file would be a table without rows."""
    table = {"name": "people", "files": "people_*.csv", "format": "CSVWithNames", "structure": "id Int64, name String"}
    folder = project({"models/one.sql": "select 1 as one", "loads/drop.yml": drop(of_store(store), [table])})
    run = starc("load", cwd=folder)
    assert run.code == 0, run.text
    file = folder / "loads/drop.yml"
    for path, said in (("s3://drop/elsewhere", "has no file to read"), ("loads", "no file is named like")):
        file.write_text(drop({**of_store(store), "path": path}, [table]))
        run = starc("load", cwd=folder)
        assert run.code == 1 and said in run.text, run.text
    assert [int(r["n"]) for r in rows(starc, folder, "select count(*) as n from dropped.people")] == [3]


def test_a_key_that_is_wrong(starc, project, store):
    """The last one: from then on the store looks at keys."""
    key_id, secret = store.guard()
    tries = [
        ({"key_id": key_id, "secret": secret}, None, ""),
        ({"key_id": key_id, "secret": "not-the-secret"}, "SignatureDoesNotMatch", "check `secret` in `from:`"),
        ({"key_id": "AKIANOBODY", "secret": secret}, "InvalidAccessKeyId", "check `key_id` in `from:`"),
        ({"key_id": None, "secret": None}, "the source of 'drop.people'", "does it want a `key_id` and a `secret`?"),
    ]
    for connection, said, hint in tries:
        text = drop(of_store(store, **connection), [{"name": "people", "files": "people_*.csv"}])
        folder = project({"models/one.sql": "select 1 as one", "loads/drop.yml": text})
        run = starc("load", cwd=folder)
        assert run.code == (1 if said else 0), run.text
        assert not said or (said in run.text and hint in run.text), run.text
        assert secret not in run.text and "not-the-secret" not in run.text
