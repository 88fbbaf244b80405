"""What a person and a CI job meet: exit codes, selection, artifacts, signals, secrets."""

import http.client, json, os, re, shutil, signal, socket, subprocess, sys, time, urllib.request
from xml.etree import ElementTree

import pytest
from conftest import EMBEDDED, ROOT, STARC, needs_embedded, starc_run

TWO = {
    "models/a.sql": "{{ config(materialized='table') }}select 1 as id",
    "models/b.sql": "select id from {{ ref('a') }}",
}


@needs_embedded
def test_no_profile_means_an_embedded_warehouse(project, starc):
    folder = project({**TWO, "dbt_project.yml": "name: shop\nversion: '1.0'\n"})
    r = starc("build", cwd=folder)
    assert r.code == 0, r.text
    assert ".starc/warehouse" in r.out.splitlines()[0] + r.out.splitlines()[1]
    assert starc("clean", cwd=folder).code == 0
    assert (folder / ".starc/warehouse").is_dir() and not (folder / "target").exists()


def test_exit_codes(project, starc, engine):
    folder = project({**TWO, "models/bad.sql": "select nothing_like_it from {{ ref('a') }}"}, profile=engine.profile())
    assert starc("build", "--select", "a", cwd=folder).code == 0
    r = starc("build", cwd=folder)
    assert r.code == 1 and "models/bad.sql:1:8" in r.out, r.text
    assert starc("biuld", cwd=folder).code == 2
    assert starc("build", "--selct", "a", cwd=folder).code == 2
    assert starc("build", "--target", "nope", cwd=folder).code == 2
    assert starc(cwd=folder).code == 0


def test_artifacts_of_a_build(project, starc, engine):
    folder = project(
        {
            **TWO,
            "models/t.yml": "models:\n  - name: a\n    description: one\n"
            "    columns: [{name: id, data_tests: [unique]}]\n",
        },
        profile=engine.profile(),
    )
    assert starc("build", "--junit", "report.xml", cwd=folder).code == 0
    manifest, results = (json.loads((folder / "target" / f).read_text()) for f in ("manifest.json", "run_results.json"))
    assert manifest["metadata"]["dbt_schema_version"].endswith("v12.json") and "model.shop.a" in manifest["nodes"]
    assert {r["unique_id"] for r in results["results"]} >= {"model.shop.a", "model.shop.b"} and {
        r["status"] for r in results["results"]
    } == {"success", "pass"}
    b = manifest["nodes"]["model.shop.b"]
    assert (
        b["compiled"]
        and b["compiled_code"].startswith("select id from")
        and b["compiled_path"] == "target/compiled/shop/models/b.sql"
    )
    assert (folder / "report.xml").read_text().count("<testcase") == 3
    assert "select id from" in (folder / "target/compiled/shop/models/b.sql").read_text()
    r = starc("docs", "generate", cwd=folder)
    assert r.code == 0, r.text
    catalog = json.loads((folder / "target/catalog.json").read_text())
    assert (
        set(catalog["nodes"]) == {"model.shop.a", "model.shop.b"}
        and "id" in catalog["nodes"]["model.shop.a"]["columns"]
    )
    compiled = json.loads((folder / "target/manifest.json").read_text())["nodes"]["model.shop.b"]["compiled_code"]
    assert compiled.startswith("select id from")
    results = json.loads((folder / "target/run_results.json").read_text())["results"]
    assert {len(r["timing"]) for r in results} == {2}, results
    page = (folder / "target/index.html").read_text()
    assert "model.shop.a" in page and "/*DATA*/" not in page
    assert starc("docs", "generate", "--select", "b", cwd=folder).code == 0
    assert set(json.loads((folder / "target/catalog.json").read_text())["nodes"]) == {"model.shop.b"}
    assert (
        starc("docs", "generate", "--select", "b", "--no-compile", cwd=folder).code == 0
    )  # as dbt: nothing is selected then
    assert set(json.loads((folder / "target/catalog.json").read_text())["nodes"]) == {"model.shop.a", "model.shop.b"}


DATA = [  # arguments, what standard output is: warnings and lines stand elsewhere
    (["ls"], "shop.a\n"),
    (["ls", "--output", "json", "--output-keys", "name"], '{"name": "a"}\n'),
    (
        ["show", "--inline", "select 1 as id", "--output", "json"],
        '{\n  "show": [\n    {\n      "id": 1\n    }\n  ]\n}\n',
    ),
    (["show", "--inline", "select 1 as id", "--output", "csv"], "id\n1\n"),
    (["compile", "--inline", "select {{ 1 + 1 }}"], "select 2\n"),
    (["compile", "--select", "a"], "Compiled node 'a' is:\nselect 1 as id\n"),
    (["run-operation", "says", "--quiet"], "7\n"),
]


@needs_embedded
def test_data_stands_alone_on_standard_output(project, starc):
    folder = project(
        {
            "models/a.sql": "select 1 as id",
            "macros/says.sql": "{% macro says() %}{{ print(7) }}{% endmacro %}",
            "models/s.yml": "models: [{name: nobody}]\n",
        }
    )
    for args, data in DATA:
        r = starc(*args, cwd=folder)
        assert (r.code, r.out) == (0, data), (args, r.text)
        assert (
            "--quiet" in args or "models/s.yml:1:17: warning: there is no model named 'nobody' [unknown-node]" in r.err
        ), (args, r.err)
    wrong = starc("show", "--inline", "select nope", "--output", "json", cwd=folder)
    assert wrong.code == 2 and not wrong.out and "[missing-column]" in wrong.err, wrong.text
    whole = starc("compile", cwd=folder)  # no data: all of it as a build's
    assert "[unknown-node]" in whole.out and not whole.err, whole.text
    events = starc("show", "--inline", "select 1 as id", "--log-format", "json", cwd=folder)
    assert not events.err and len([json.loads(line) for line in events.out.splitlines()]) > 2, events.text


REPORTED = {  # command -> (exit code, names of cases that are good, that are not)
    "parse": (0, [], []),
    "compile": (0, ["a", "s", "bad", "snap", "unique_a_id"], []),
    "build": (1, ["a", "s", "snap", "unique_a_id"], ["bad"]),
    "retry": (1, [], ["bad"]),
    "source freshness": (1, [], ["t", "gone"]),
}


@needs_embedded
def test_reports_of_each_command(project, starc):
    folder = project(
        {
            "models/a.sql": "select 1 as id",
            "models/bad.sql": "select nope from {{ ref('a') }}",
            "seeds/s.csv": "id,at\n1,2020-01-01\n",
            "models/s.yml": "models:\n  - {name: nobody}\n  - name: a\n"
            "    columns: [{name: id, data_tests: [unique]}]\n"
            "snapshots: [{name: snap, relation: ref('a'), config: {unique_key: id, strategy: check, check_cols: "
            "all}}]\n"
            "sources: [{name: x, schema: analytics, freshness: {error_after: {count: 1, period: day}}, "
            "loaded_at_field: at,\n"
            "           tables: [{name: t, identifier: s}, {name: gone}]}]\n",
        }
    )
    for command, (code, good, bad) in REPORTED.items():
        r = starc(*command.split(), "--report", "junit=-", "--report=junit=r/two.xml", cwd=folder)
        assert r.code == code, (command, r.text)
        suite = ElementTree.fromstring(r.out)
        with_trouble = {c.get("name") for c in suite.iter("testcase") if len(c)}
        assert with_trouble == set(bad), (command, r.out)
        assert {c.get("name") for c in suite.iter("testcase")} - with_trouble == set(good), (command, r.out)
        assert int(suite.get("tests")) == len(good) + len(bad) and int(suite.get("errors")) == len(bad), r.out
        assert all(c[0].get("message") and ": error: " in c[0].text for c in suite.iter("testcase") if len(c)), r.out
        assert "warning: there is no model named 'nobody' [unknown-node]" in suite.find("system-out").text, (
            command,
            r.out,
        )
        assert ElementTree.parse(folder / "r/two.xml").getroot().get("tests") == suite.get("tests")
    (folder / "models/c.sql").write_text("select * from {{ ref('zzz') }} {{ 1 < }}")
    for command in ("run", "parse"):  # what was found before anything was done
        r = starc(command, cwd=folder, env={"STARC_REPORT": "junit=-"})
        case = ElementTree.fromstring(r.out).find("testcase")
        assert r.code == 2 and (case.get("classname"), case.get("file")) == ("template-syntax", "models/c.sql"), (
            command,
            r.text,
        )
    for wrong, said in [
        ("junt=x", "did you mean 'junit'?"),
        ("x", "FORM=FILE is needed"),
        ("junit=", "FORM=FILE is needed"),
        ("=x", "FORM=FILE is needed"),
    ]:
        r = starc("run", "--report", wrong, cwd=folder)
        assert r.code == 2 and said in r.err, r.text
    assert starc("compile", "--select", "a", "--report", "junit=-", cwd=folder).code == 2
    (folder / "models/c.sql").unlink()
    r = starc("parse", "--report", "junit=models", cwd=folder)  # a folder
    assert r.code == 2 and "[file-access]" in r.text, r.text


def test_full_disk_keeps_the_old_artifacts(project, starc):
    folder = project(TWO)
    assert starc("parse", cwd=folder).code == 0
    old = (folder / "target/manifest.json").read_bytes()
    (folder / "models/c.sql").write_text("select 3 as id")
    limited = ["bash", "-c", "ulimit -f 1; trap '' XFSZ; exec \"$@\"", "x", STARC, "parse"]
    p = subprocess.run(limited, cwd=folder, capture_output=True, text=True, env=dict(os.environ, HOME=str(folder)))
    assert p.returncode != 0 and "manifest.json" in p.stdout + p.stderr
    assert (folder / "target/manifest.json").read_bytes() == old


@pytest.mark.parametrize("number,code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals_cancel_what_runs(project, engine, number, code):
    slow = (
        "select 1 as id from pg_sleep(60)"
        if engine.name == "postgres"
        else "select sum(sipHash64(number)) as id from numbers_mt(400000000000)"
    )
    folder = project(
        {
            "models/a.sql": "{{ config(materialized='table') }}select 1 as id",
            "models/slow.sql": "{{ config(materialized='table') }}-- {{ ref('a') }}\n" + slow,
        },
        profile=engine.profile(),
    )
    env = dict(os.environ, HOME=str(folder), NO_COLOR="1")
    p = subprocess.Popen(
        [STARC, "build"],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )  # a test in the background ignores some
    for line in p.stdout:
        if " a " in line + " " or ".a" in line:
            break
    time.sleep(1.5)
    start = time.time()
    p.send_signal(number)
    rest = p.stdout.read()
    assert p.wait() == code, rest
    assert time.time() - start < 20
    results = json.loads((folder / "target/run_results.json").read_text())["results"]
    assert any(r["unique_id"] == "model.shop.a" and r["status"] == "success" for r in results)


def test_secrets_are_never_written(project, starc, engine):
    folder = project(
        {
            "models/a.sql": "select 1 as id -- {{ target.password }}{{ target.pass }}",
            "models/bad.sql": "select * from {{ ref('a') }} where",
        },
        profile=engine.profile(),
    )
    profile = (folder / "profiles.yml").read_text()
    (folder / "profiles.yml").write_text(
        profile.replace('"threads": 2', '"threads": 2, "application_name": "{{ env_var(\'DBT_ENV_SECRET_TOKEN\') }}"')
        if engine.name == "postgres"
        else profile
    )
    r = starc("build", "--debug", cwd=folder, env={"DBT_ENV_SECRET_TOKEN": "swordfish-4711"})
    everything = r.text + "".join(
        p.read_text(errors="replace")
        for p in folder.rglob("*")
        if p.is_file() and ".starc" not in p.parts and p.name != "profiles.yml"
    )
    assert "swordfish-4711" not in everything


def test_refused_connection_has_a_hint(project, starc):
    for kind in ("postgres", "clickhouse"):
        profile = {
            "type": kind,
            "host": "127.0.0.1",
            "port": 1,
            "user": "u",
            "password": "hunter2222",
            "schema": "s",
            "dbname": "d",
        }
        if kind == "clickhouse":
            profile.pop("dbname")
        folder = project(TWO, name="r_" + kind, profile=profile)
        r = starc("debug", cwd=folder)
        assert r.code == 1 and "refused" in r.text.lower() and "hunter2222" not in r.text, r.text
        r = starc("build", cwd=folder)
        assert r.code in (1, 2) and "refused" in r.text.lower(), r.text


def test_completion_and_help_know_every_command(starc, tmp_path):
    text = starc("help", cwd=tmp_path).out + starc(cwd=tmp_path).out
    for shell in ("bash", "zsh", "fish"):
        out = starc("completion", shell, cwd=tmp_path)
        assert out.code == 0
        for command in ("build", "run", "test", "seed", "ls", "show", "debug", "init", "docs"):
            assert command in out.out and command in text
    assert starc("build", "--help", cwd=tmp_path).code == 0


def test_every_option_is_read_somewhere_or_says_that_it_is_not():
    """An option whose value nobody reads does nothing: then its help has to say so."""
    table = (ROOT / "runtime/cli/options.c").read_text().split("const Option options[]")[1].split("    {0},")[0]
    rows = re.findall(r'\{"([\w-]+)", [^{}]*?F\((\w+)\),[^{}]*?\.help = "((?:[^"\\]|\\.)*)"', table)
    assert len(rows) > 70
    own = ["runtime/cli/options.c", "runtime/cli/arguments.c"]
    text = "\n".join(
        p.read_text()
        for folder in ("runtime", "compiler")
        for p in sorted((ROOT / folder).rglob("*.c"))
        if str(p.relative_to(ROOT)) not in own
    )
    read = set(re.findall(r"\b(?:o|now|options)(?:->|\.)(\w+)", text))
    silent = {
        name for name, field, help in rows if field not in read and not help.startswith("accepted, without effect")
    }
    assert silent == set()
    assert {
        name for name, field, help in rows if field in read and help.startswith("accepted, without effect")
    } == set()


@needs_embedded
def test_init_then_build(starc, tmp_path):
    assert starc("init", "shop", cwd=tmp_path).code == 0
    r = starc("build", cwd=tmp_path / "shop")
    assert r.code == 0 and "ERROR=0" in r.out, r.text


def test_run_operation_and_freshness(project, starc, engine):
    later = "now() - interval '3 hours'" if engine.name == "postgres" else "now() - toIntervalHour(3)"
    folder = project(
        {
            "models/raw_orders.sql": "{{ config(materialized='table', schema=none) }}select 1 as id, "
            + later
            + " as loaded_at",
            "models/s.yml": "sources:\n  - name: raw\n    schema: \"{{ target.schema }}\"\n    tables:\n"
            "      - name: raw_orders\n        loaded_at_field: loaded_at\n"
            "        freshness: {warn_after: {count: 1, period: hour}, error_after: {count: 1, period: day}}\n",
            "macros/say.sql": "{% macro say(word, times=1) %}{% do log(word * times, info=true) %}{% endmacro %}",
        },
        profile=engine.profile(),
    )
    assert starc("build", cwd=folder).code == 0
    r = starc("source", "freshness", cwd=folder)
    assert r.code == 0 and "WARN" in r.out, r.text
    assert json.loads((folder / "target/sources.json").read_text())["results"][0]["status"] == "warn"
    r = starc("run-operation", "say", "--args", "{word: ho, times: 2}", cwd=folder)
    assert r.code == 0 and "hoho" in r.out, r.text
    assert starc("run-operation", "sya", cwd=folder).code == 2


# The rights of files mean nothing to root, who has to give up what stands above them.
MORTAL = (
    ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search"]
    if os.getuid() == 0
    else []
)


def test_bash_completes_what_fits(project):
    folder = project(
        {
            **TWO,
            "macros/m.sql": "{% macro say_hello() %}{% endmacro %}",
            "models/s.yml": "models:\n  - {name: a, config: {tags: [daily]}}\nsources:\n"
            "  - {name: raw, tables: [{name: t}]}\n",
        },
        profile={"type": "clickhouse", "driver": "embedded", "schema": "s"},
    )
    tries = [
        ("starc bu", "build"),
        ("starc build --sel", "--select --selector"),
        ("starc build --select ", None),
        ("starc build -s a ", None),
        ("starc docs ", "generate diff serve"),
        ("starc completion ", "bash zsh fish"),
        ("starc build --target ", "dev"),
        ("starc build --target dev --sel", "--select --selector"),
        ("starc --target dev bu", "build"),
        ("starc ls --output ", "selector name path json"),
        ("starc list --output j", "json"),
        ("starc show --output ", "text json csv"),
        ("starc source freshness --output ", ""),
        ("starc build --select +a", "+a"),
        ("starc build --select 2+b", "2+b"),
        ("starc build --select tag:", "daily"),
        ("starc build --select +tag:da", "daily"),
        ("starc ls --exclude source:raw.", "raw.t"),
        ("starc run-operation ", "say_hello"),
        ("starc run-operation say_hello --ar", "--args"),
        ("starc build --full-refresh --sel", "--select --selector"),
    ]
    script = (
        """export PATH=%s:$PATH COMP_WORDBREAKS=$' \\t\\n:='; source <(starc completion bash)
try() { COMP_LINE=$1; COMP_POINT=${#1}; COMPREPLY=(); _starc_complete; echo "${COMPREPLY[*]}"; }
"""
        % os.path.dirname(os.path.abspath(STARC))
        + "".join(f"try '{line}'\n" for line, _ in tries)
    )
    p = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, env=dict(os.environ, HOME=str(folder))
    )
    got = dict(zip([line for line, _ in tries], p.stdout.splitlines()))
    assert {k: v for k, v in got.items() if v is not None} == {k: v if v is not None else got[k] for k, v in tries}, (
        p.stderr
    )
    names = got["starc build --select "].split()
    assert {"a", "b", "tag:daily", "source:raw", "source:raw.t", "config.materialized:view"} <= set(names) and got[
        "starc build -s a "
    ].split() == names
    assert not (folder / "logs").exists() and not (folder / "target").exists()


def test_a_target_folder_that_is_read_only(project, starc):
    folder = project(TWO)
    assert starc("parse", cwd=folder).code == 0
    old = (folder / "target/manifest.json").read_bytes()
    (folder / "models/c.sql").write_text("select 3 as id")
    (folder / "target").chmod(0o555)
    p = subprocess.run(
        [*MORTAL, STARC, "parse"], cwd=folder, capture_output=True, text=True, env=dict(os.environ, HOME=str(folder))
    )
    (folder / "target").chmod(0o755)
    assert (
        p.returncode == 1
        and "manifest.json: error: cannot write the file: Permission denied [file-access]\n     = check the rights"
        in p.stdout + p.stderr
    ), p.stdout + p.stderr
    assert (folder / "target/manifest.json").read_bytes() == old and not [
        x for x in os.listdir(folder / "target") if x.startswith(("manifest.json.", ".manifest"))
    ]


@pytest.mark.skipif(os.getuid() != 0, reason="mounts a small file system")
def test_a_disk_that_is_full(project, starc):
    folder = project({f"models/m{i}.sql": "select 1 as id -- " + "x" * 2000 for i in range(30)})
    target = folder / "target"
    target.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", target], capture_output=True).returncode:
        pytest.skip("no right to mount")
    try:
        (target / "manifest.json").write_text("old")
        (target / "filler").write_bytes(b"x" * 200_000)
        r = starc("parse", cwd=folder)
        assert (
            r.code == 1
            and "manifest.json: error: cannot write the file: No space left on device [file-access]\n"
            "     = the disk is full"
            in r.text
        ), r.text
        assert (target / "manifest.json").read_text() == "old"
        assert sorted(os.listdir(target)) == ["filler", "manifest.json"]
    finally:
        subprocess.run(["umount", target], check=True)


def test_the_page_is_served_and_nothing_else(project, starc):
    folder = project(TWO)
    r = starc("docs", "serve", cwd=folder)
    assert r.code == 2 and "there is no page yet" in r.text and "starc docs generate" in r.text
    assert starc("docs", "generate", "--empty-catalog", cwd=folder).code == 0
    (folder / "target/out.json").symlink_to(folder / "dbt_project.yml")
    env = {**os.environ, "STARC_TESTS": "1", "STARC_TEST_ASK": "0.2"}
    with subprocess.Popen(
        [STARC, "docs", "serve", "--port", "0", "--no-browser"], cwd=folder, env=env, stdout=subprocess.PIPE, text=True
    ) as p:
        try:
            url = next(line.split()[-1] for line in p.stdout if "navigate to" in line)
            port = int(url.split(":")[-1])

            def get(path, method="GET", **headers):
                host = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
                host.request(method, path, headers=headers)
                answer = host.getresponse()
                return answer.status, answer.headers["Content-Type"], answer.read()

            file = folder / "target/index.html"
            page = file.read_bytes()
            # Its code comes in files; with that put in again it is the page. One of another version is given as it is.
            assert get("/") == get("/index.html")
            js, css, given = get("/starc.js"), get("/starc.css"), get("/")
            assert (js[1], css[1], given[:2]) == (
                "text/javascript; charset=utf-8",
                "text/css; charset=utf-8",
                (200, "text/html; charset=utf-8"),
            )
            assert b"<style" not in given[2] and b"<script>" not in given[2]
            whole = given[2].replace(b'<link rel="stylesheet" href="starc.css">', b"<style>" + css[2] + b"</style>")
            assert whole.replace(b'<script src="starc.js">', b"<script>" + js[2]) == page
            file.write_bytes(page.replace(b"</style>", b" </style>", 1).replace(css[2], css[2][:-1], 1))
            assert get("/") == (200, "text/html; charset=utf-8", file.read_bytes())
            file.write_bytes(page)
            assert (
                get("/manifest.json")[:2] == (200, "application/json")
                and json.loads(get("/catalog.json")[2])["nodes"] == {}
            )
            assert get("/", "HEAD") == (200, "text/html; charset=utf-8", b"") and get("/", "POST")[0] == 405
            for path in (
                "/nothing",
                "/run",
                "/../dbt_project.yml",
                "/%2e%2e/dbt_project.yml",
                "/out.json",
                "//etc/passwd",
            ):
                assert get(path)[0] == 404, path
            for name in ("localhost", "LocalHost:1", f"127.0.0.1:{port}", "[::1]:80", "10.0.0.7:80"):
                assert get("/", Host=name)[0] == 200, name
            for name in (
                "evil.example",
                f"evil.example:{port}",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "[::1].evil.example",
                "",
            ):
                assert (
                    get("/", Host=name)[:2] == (403, "text/plain; charset=utf-8")
                    and get("/manifest.json", Host=name)[0] == 403
                ), name
            with urllib.request.urlopen(url) as answer:
                assert (
                    "default-src 'none'" in answer.headers["Content-Security-Policy"]
                    and answer.headers["X-Content-Type-Options"] == "nosniff"
                )
            # Many that say nothing, one that says a byte now and then, one with headers without end: the others are
            # served.
            slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(600)]
            assert get("/")[0] == 200
            drip, cut = slow.pop(), time.monotonic() + 20
            with pytest.raises(OSError):
                for letter in "GET / HTTP/1.1\r\nX: " + "x" * 10000:
                    assert time.monotonic() < cut
                    drip.sendall(letter.encode())
                    time.sleep(0.02)
            assert get("/", X="x" * 100_000)[0] in (413, 431)
            for s in slow:
                s.close()
            taken = starc("docs", "serve", "--port", url.split(":")[-1], cwd=folder)
            assert (
                taken.code == 2 and "Address already in use" in taken.text and "--port takes another one" in taken.text
            )
        finally:
            p.send_signal(signal.SIGINT)
        assert p.wait(20) == 0


# --- variables of the environment

# All that dbt reads for its options: name, command to try it with, value, key of run_results' args, what it becomes.
# With key None the option has no effect here, but a value that is none is an error.
ENVIRONMENT = """
CACHE_SELECTED_ONLY       compile  0          cache_selected_only    false
CLEAN_PROJECT_FILES_ONLY  clean    0          -                      -
DEBUG                     compile  1          debug                  true
DEFER                     compile  1          defer                  true
DEFER_STATE               compile  then       defer_state            "then"
DEFER_TO_STATE            compile  1          defer                  true
FAVOR_STATE_MODE          compile  1          favor_state            true
NO_PRINT                  compile  1          print                  false
ARTIFACT_STATE_PATH       compile  then       state                  "then"
EMPTY                     build    1          empty                  true
EVENT_TIME_END            build    2024-01-02 event_time_end         "2024-01-02"
EVENT_TIME_START          build    2024-01-01 event_time_start       "2024-01-01"
EXCLUDE_RESOURCE_TYPES    build    seed       exclude_resource_types ["seed"]
EXPORT_SAVED_QUERIES      build    1          -                      -
FAIL_FAST                 compile  1          fail_fast              true
FAVOR_STATE               compile  1          favor_state            true
FULL_REFRESH              build    true       full_refresh           true
INCLUDE_SAVED_QUERY       build    1          -                      -
HINTS_ENABLED             compile  0          -                      -
INDIRECT_SELECTION        build    empty      indirect_selection     "empty"
INTROSPECT                compile  0          introspect             false
LOG_CACHE_EVENTS          compile  1          -                      -
LOG_FILE_MAX_BYTES        compile  4096       log_file_max_bytes     4096
LOG_FORMAT                compile  json       log_format             "json"
LOG_FORMAT_FILE           compile  json       log_format_file        "json"
LOG_LEVEL                 compile  warn       log_level              "warn"
LOG_LEVEL_FILE            compile  info       log_level_file         "info"
LOG_PATH                  compile  logged     log_path               "logged"
MACRO_DEBUGGING           compile  1          -                      -
MAXIMUM_SEED_SIZE_MIB     compile  3          maximum_seed_size_mib  3
PARTIAL_PARSE             compile  0          -                      -
PARTIAL_PARSE_FILE_DIFF   compile  0          -                      -
PARTIAL_PARSE_FILE_PATH   compile  x          -                      -
POPULATE_CACHE            compile  0          populate_cache         false
SNOWFLAKE_PROJECTS_OTEL   compile  1          -                      -
USE_V2_PARSER             compile  0          -                      -
V2_PARSER                 compile  x          -                      -
PRINT                     compile  0          print                  false
PRINTER_WIDTH             compile  99         printer_width          99
PROFILE                   compile  around     profile                "around"
PROFILES_DIR              compile  .          profiles_dir           "."
PROJECT_DIR               compile  .          project_dir            "."
QUIET                     compile  1          quiet                  true
RESOURCE_TYPES            build    model:seed resource_types         ["model","seed"]
SAMPLE                    build    3_days     sample                 "3_days"
SEND_ANONYMOUS_USAGE_STATS compile 0          -                      -
SHOW_ALL_DEPRECATIONS     compile  1          -                      -
SHOW_RESOURCE_REPORT      compile  1          -                      -
SINGLE_THREADED           build    1          single_threaded        true
SQLPARSE                  compile  {}         -                      -
STATE                     compile  then       state                  "then"
STATIC_PARSER             compile  0          -                      -
STORE_FAILURES            build    1          store_failures         true
TARGET                    compile  dev        target                 "dev"
TARGET_PATH               compile  elsewhere  target_path            "elsewhere"
UPLOAD_TO_ARTIFACTS_INGEST_API compile 1      -                      -
USE_COLORS                compile  1          use_colors             true
USE_COLORS_FILE           compile  1          use_colors_file        true
USE_EXPERIMENTAL_PARSER   compile  1          -                      -
USE_FAST_TEST_EDGES       compile  1          -                      -
VERSION_CHECK             compile  0          -                      -
WARN_ERROR                compile  1          warn_error             true
WARN_ERROR_OPTIONS        compile  {"error":"all"} warn_error_options {"error":"all","warn":[],"silence":[]}
"""


@pytest.fixture
def env_project(project, starc):
    profile = {"type": "clickhouse", "driver": "embedded", "path": ".starc/warehouse", "schema": "s", "threads": 2}
    folder = project(
        {"models/a.sql": "{{ config(materialized='ephemeral') }}select 1 as id"}, name="around", profile=profile
    )
    r = starc("parse", cwd=folder)
    assert r.code == 0, r.text
    (folder / "target").rename(folder / "then")
    return folder


@pytest.mark.parametrize("line", ENVIRONMENT.strip().splitlines(), ids=lambda line: line.split()[0])
def test_an_option_is_read_from_the_environment(env_project, starc, line):
    name, command, value, key, expected = line.split()
    value = value.replace(":", " ") if name == "RESOURCE_TYPES" else value.replace("3_days", "3 days")
    more = {
        "DEFER": {"STARC_STATE": "then"},
        "DEFER_TO_STATE": {"STARC_STATE": "then"},
        "EVENT_TIME_START": {"STARC_EVENT_TIME_END": "2024-02-01"},
        "EVENT_TIME_END": {"STARC_EVENT_TIME_START": "2023-01-01"},
    }.get(name, {})
    for prefix in ("STARC_", "DBT_ENGINE_", "DBT_"):
        r = starc(command, cwd=env_project, env={prefix + name: value, **more})
        assert r.code == 0, r.text
        if key != "-":
            args = json.loads(
                (env_project / ("elsewhere" if name == "TARGET_PATH" else "target") / "run_results.json").read_text()
            )["args"]
            assert args[key] == json.loads(expected.replace("3_days", "3 days")), prefix
    if value in ("0", "1", "true"):
        r = starc(command, cwd=env_project, env={"DBT_" + name: "perhaps", **more})
        assert r.code == 2 and f"DBT_{name} is 'perhaps': it must be 1, 0, true or false" in r.err


def test_the_command_line_wins_over_the_environment(env_project, starc):
    def args(*more, **env):
        assert starc("compile", *more, cwd=env_project, env=env).code == 0
        return json.loads((env_project / "target/run_results.json").read_text())["args"]

    assert args("--no-fail-fast", DBT_FAIL_FAST="1").get("fail_fast") is not True
    assert args(STARC_PRINTER_WIDTH="1", DBT_ENGINE_PRINTER_WIDTH="2", DBT_PRINTER_WIDTH="3")["printer_width"] == 1
    assert args(DBT_ENGINE_PRINTER_WIDTH="2", DBT_PRINTER_WIDTH="3")["printer_width"] == 2
    # What dbt does not read, projects use for their own ends.
    found = args(
        DBT_VARS="{", DBT_THREADS="many", DBT_JUNIT="x", DBT_FAILING_ROWS="x", DBT_NOW="x", STARC_VARS="{a: 1}"
    )
    assert found["vars"] == {"a": 1} and not (env_project / "x").exists()


def test_debug_says_what_people_look_for(project, starc, engine):
    folder = project({"models/a.sql": "select 1 as id"}, profile=engine.profile())
    r = starc("debug", cwd=folder)
    assert r.code == 0
    for words in (
        "dbt version: 1.12.",
        "profiles.yml file [OK found and valid]",
        "dbt_project.yml file [OK found and valid]",
        "adapter type: " + ("postgres" if engine.name == "postgres" else "clickhouse"),
        "Connection test: [OK connection ok]",
        "All checks passed!",
    ):
        assert words in r.out
    r = starc("debug", "--config-dir", cwd=folder)
    assert r.code == 0 and str(folder / "profiles.yml") in r.out and "Connection test" not in r.out


def test_as_dbt_cores_parser(project, starc, tmp_path):
    """What dbt-core asks of a program that parses in its place: options, records of OpenTelemetry, the manifest."""
    an_id, asked = (
        "0f3a8c1e-5b7d-4e2a-9c46-d1b8f7a02e35",
        ["--log-format", "otel", "--log-level-file", "off", "--vars", "{}", "--packages-install-path", "there"],
    )
    folder = project(
        {
            "models/a.sql": "select 1 as id from {{ u_name() }}",
            "there/u/dbt_project.yml": "name: u\n",
            "seeds/s.csv": "id\n" + "1\n" * 600000,
            "there/u/macros/m.sql": "{% macro u_name() %}{{ return('x') }}{% endmacro %}",
        }
    )

    def parse(*more):
        r = starc("parse", "--target-path", tmp_path / "handoff", *asked, *more, cwd=folder)
        return r, [json.loads(line) for line in r.out.splitlines()]

    r, records = parse("--invocation-id", an_id)
    assert r.code == 0 and not (folder / "logs").exists() and not (folder / "target").exists() and not r.err, r.text
    assert {x["record_type"] for x in records[:-1]} == {"LogRecord"} and {x["trace_id"] for x in records} == {
        an_id.replace("-", "")
    }
    end = records[-1]
    assert (
        end["record_type"] == "SpanEnd"
        and end["event_type"].endswith(".Invocation")
        and end["attributes"]["eval_args"]["command"] == "parse"
    )
    assert int(end["start_time_unix_nano"]) < int(end["end_time_unix_nano"]) and end["attributes"]["metrics"] == {
        "total_warnings": "0",
        "total_errors": "0",
    }
    manifest = lambda: json.loads((tmp_path / "handoff/manifest.json").read_text())
    assert (
        manifest()["metadata"]["invocation_id"] == an_id
        and manifest()["nodes"]["seed.shop.s"]["checksum"]["name"] == "path"
    )
    assert (
        parse("--maximum-seed-size-mib", "2")[0].code == 0
        and manifest()["nodes"]["seed.shop.s"]["checksum"]["name"] == "sha256"
    )
    (folder / "models/a.sql").write_text("select 1 as id\nfrom {{ ref('b') }}")
    r, records = parse("--invocation-id", an_id)
    found = [x for x in records if x.get("severity_number") == 17]
    assert (
        r.code == 2
        and len(found) == 1
        and found[0]["body"].startswith("models/a.sql:2:9: error:")
        and "\n   2 | from {{ ref('b') }}\n" in found[0]["body"]
    )
    assert records[-1]["attributes"]["metrics"]["total_errors"] == "1"
    r = starc("parse", "--invocation-id", "mine */", cwd=folder)
    assert r.code == 2 and "is not the id of an invocation" in r.out


@pytest.mark.parametrize(
    "require, said, level, why",
    [
        ("", {}, "1.12.", "the newest"),
        (">=1.6.0", {}, "1.12.", "allows"),
        ("<1.12.0", {}, "1.11.", "allows"),
        ("", {"STARC_DBT_VERSION": "1.11"}, "1.11.", "STARC_DBT_VERSION says"),
    ],
)
def test_the_release_of_dbt_is_one_value_everywhere(project, starc, require, said, level, why):
    """What the project allows, or what is asked for: in templates, artifacts, --version, debug, the defaults of
    flags."""
    folder = project(
        {"models/a.sql": "select '{{ dbt_version }}' as v"},
        extra=f"require-dbt-version: '{require}'\n" if require else "",
    )
    assert starc("compile", cwd=folder, env=said).code == 0
    manifest, results = (json.loads((folder / "target" / f).read_text()) for f in ("manifest.json", "run_results.json"))
    assert manifest["metadata"]["dbt_version"].startswith(level) and results["metadata"]["dbt_version"].startswith(
        level
    )
    assert f"select '{level}" in manifest["nodes"]["model.shop.a"]["compiled_code"]
    assert results["args"]["validate_macro_args"] == (level == "1.12.") and ("use_catalogs_v2" in results["args"]) == (
        level == "1.12."
    )
    assert f"- installed: {level}" in starc("--version", cwd=folder, env=said).out
    shown = starc("debug", cwd=folder, env=said).out
    assert f"dbt version: {level}" in shown and why in shown


def test_a_release_of_dbt_that_does_not_fit_says_which_does(project, starc):
    folder = project({"models/a.sql": "select 1 as id"}, extra="require-dbt-version: ['>=1.0.0', '<1.12.0']\n")
    r = starc("parse", "--dbt-version", "1.12", cwd=folder)
    assert r.code == 2 and "dbt 1.11 fits: leave out --dbt-version" in r.out
    r = starc("parse", "--dbt-version", "1.10", cwd=folder)
    assert r.code == 2 and "1.11, 1.12" in r.err.replace("|", ", ").replace(" or ", ", "), r.text
    (folder / "dbt_project.yml").write_text("name: shop\nrequire-dbt-version: '>=2.0.0'\n")
    r = starc("parse", cwd=folder)
    assert r.code == 2 and "this is 1.12." in r.out and "--no-version-check" in r.out


def test_help_shows_a_commands_own_options_and_all_on_request(starc, tmp_path):
    own, every = starc("build", "--help", cwd=tmp_path), starc("build", "--help", "all", cwd=tmp_path)
    assert (
        own.code == every.code == 0
        and "--full-refresh" in own.out
        and "--profiles-dir" not in own.out
        and "starc build --help all" in own.out
    )
    assert "--full-refresh" in every.out and "--profiles-dir" in every.out
    assert (
        starc("help", "build", cwd=tmp_path).out == own.out
        and starc("help", "build", "all", cwd=tmp_path).out == every.out
    )
    assert (
        starc("help", "docs", "generate", "all", cwd=tmp_path).out
        == starc("docs", "generate", "--help", "all", cwd=tmp_path).out
    )
    assert starc("help", "bild", "all", cwd=tmp_path).code == 2


def test_help_fits_a_terminal(starc, tmp_path):
    short = starc("help", cwd=tmp_path).out
    commands = [c for c in re.findall(r"(?m)^  ([a-z][a-z -]*?)(?: [A-Z[].*?| bash.*?)?  +[A-Z]", short)]
    assert {"build", "docs generate", "locks", "man"} <= set(commands), commands
    for page in [
        short,
        starc("help", "error", cwd=tmp_path).out,
        *(starc("help", *c.split(), "all", cwd=tmp_path).out for c in commands),
    ]:
        assert page and [l for l in page.splitlines() if len(l) > 80] == []
    assert "do not keep two runs" in starc("help", "run", cwd=tmp_path).out


def test_hints_name_the_program_as_it_was_called(tmp_path):
    (tmp_path / "dbt").symlink_to(os.path.abspath(STARC))

    def called(*args, **more):
        return subprocess.run(
            [tmp_path / "dbt", *args],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env=dict(os.environ, HOME=str(tmp_path), **more),
        )

    def said(*args, **more):
        p = called(*args, **more)
        return p.stdout + p.stderr

    assert (
        "`dbt init`" in said("build")
        and "dbt help lists the commands" in said("bild")
        and "dbt help build lists" in said("build", "-Z")
    )
    assert said("build", "--help").startswith("Usage: dbt build") and "dbt docs needs one of" in said("docs")
    assert "complete -o default -F _starc_complete dbt" in said("completion", "bash")
    # Hints that a database's driver and the evaluator bring along are no formats of the message.
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    (tmp_path / "models").mkdir()
    (tmp_path / "models/a.sql").write_text("select {{ some_package.macro() }}")
    text = said("compile")
    assert "then run `dbt deps`" in text and "starc deps" not in text, text
    if EMBEDDED:
        assert "`dbt engine install` gets the right one" in said("engine", "path", STARC_LIBCHDB="libm.so.6")
    # no client of a registry
    assert "or bring the file: `dbt engine install --from FILE`" in said("engine", "install", PATH="/nowhere")
    text = said("init", "shop", "--type", "postgres")
    assert "  dbt debug\n  dbt build\n  dbt show" in text, text


@pytest.mark.parametrize(
    "target,named",
    [
        ("models", "models"),
        ("./seeds/", "seeds"),
        ("models/../macros", "macros"),
        ("link_to_tests", "tests"),
        ("parts", "parts/snapshots"),
        ("analyses", "analyses"),
        ("functions", "functions"),
        (".", "models"),
        ("..", "models"),
    ],
)
def test_clean_keeps_the_projects_own_files(project, starc, target, named):
    folder = project(
        {
            **TWO,
            "target/keep": "",
            **{f"{f}/keep": "" for f in ("seeds", "macros", "tests", "parts/snapshots", "analyses", "functions")},
        },
        extra=f"snapshot-paths: [parts/snapshots]\nclean-targets: [target, '{target}']\n",
    )
    (folder / "link_to_tests").symlink_to("tests")
    files = sorted(folder.rglob("*"))
    for options in ([], ["--no-clean-project-files-only"]):
        r = starc("clean", *options, cwd=folder)
        assert (
            r.code == 2
            and f"clean-targets names {target}" in r.text
            and named in r.text
            and sorted(folder.rglob("*")) == files
        ), r.text


def test_clean_removes_folders_outside_only_when_asked(project, starc):
    folder = project(
        {**TWO, "target/keep": "", "logs/keep": "", "../beside/x": ""},
        extra="clean-targets: [target, logs, ../beside, nowhere]\n",
    )
    beside = folder.parent / "beside"
    assert starc("clean", cwd=folder).code == 2 and beside.exists() and (folder / "target").exists()
    assert starc("clean", "--no-clean-project-files-only", cwd=folder).code == 0
    assert (
        not beside.exists()
        and not (folder / "target").exists()
        and not (folder / "logs").exists()
        and (folder / "models/a.sql").exists()
    )


def test_clean_names_only_what_it_removed(project, starc):
    folder = project({**TWO, "target/keep": ""}, extra="clean-targets: [/proc/version, target]\n")
    r = starc("clean", "--no-clean-project-files-only", cwd=folder)
    assert (
        r.code == 1
        and "Removed target" in r.text
        and "Removed /proc" not in r.text
        and "/proc/version: error: cannot remove it" in r.text
    ), r.text


def test_the_projects_flags_say_how_lines_look(project, starc):
    flags = "flags: {log_format: json, log_level_file: none}\n"
    folder = project({**TWO, "dbt_project.yml": "name: shop\nversion: '1.0'\n" + flags})
    r = starc("parse", cwd=folder)
    assert (
        r.code == 0 and all(json.loads(line)["info"] for line in r.out.splitlines()) and not (folder / "logs").exists()
    ), r.text
    assert not starc("parse", "--log-format", "text", cwd=folder).out.startswith("{")


def test_secrets_of_the_command_line_are_masked(project, starc):
    folder = project(
        {"models/a.sql": "select {{ var('DBT_ENV_SECRET_KEY') }} as id", "models/b.sql": "select {{ nope.it }}"},
        profile={
            "type": "postgres",
            "host": "127.0.0.1",
            "user": "u",
            "password": "p",
            "dbname": "d",
            "schema": "s",
            "port": 1,
        },
    )
    for value in ('tulip-4711', '[5551234, {in: tulip-4711}]', '"tulip-4711'):
        r = starc("build", "--debug", "--vars", "{DBT_ENV_SECRET_KEY: %s, plain: shown}" % value, cwd=folder)
        written = r.text + "".join(
            f.read_text() for f in folder.rglob("*") if f.is_file() and f.suffix in (".json", ".log", ".sql", ".jsonl")
        )
        leaks = re.findall(r".{30}(?:tulip|5551234).{10}", written)
        assert not leaks and "*****" in written and r.code == 2, leaks
    assert starc("build", "--vars", "{DBT_ENV_SECRET_KEY: 5551234}", cwd=folder).code == 2
    r = starc("retry", cwd=folder)
    assert r.code == 2 and "the secret 'DBT_ENV_SECRET_KEY', which no artifact holds" in r.text, r.text
    assert "secret 'DBT" not in starc("retry", "--vars", "{DBT_ENV_SECRET_KEY: 5551234}", cwd=folder).text


def test_what_a_user_says_once_for_all_projects(project, starc):
    """~/.dbt/user_settings.yml of dbt 1.12: behind the command line, the environment and the project's flags."""
    folder = project({"models/a.sql": "select 1 as id", ".dbt/user_settings.yml": "flags: {write_json: false}\n"})

    def written(*args, **env):
        shutil.rmtree(folder / "target", ignore_errors=True)
        r = starc("parse", *args, cwd=folder, env=env)
        assert r.code == 0, r.text
        return (folder / "target/manifest.json").exists(), r.text

    assert not written()[0] and written("--write-json")[0] and written(DBT_WRITE_JSON="true")[0]
    assert written("--dbt-version", "1.11")[0]
    (folder / "dbt_project.yml").write_text((folder / "dbt_project.yml").read_text() + "flags: {write_json: true}\n")
    assert written()[0]
    for text in ("flags: [", "flags: 3"):  # set nothing
        (folder / ".dbt/user_settings.yml").write_text(text)
        good, said = written()
        assert good and "~/.dbt/user_settings.yml:1:" in said and "warning" in said
