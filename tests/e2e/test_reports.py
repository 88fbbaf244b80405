"""--report: what a command did and found, in each form, for each command, however it ends."""

import html, json, os, pathlib, re, signal, subprocess, tempfile, time
from xml.etree import ElementTree

import pytest
from conftest import STARC, needs_embedded, profile_for

SHOP = {
    "models/a.sql": "select 1 as id union all select 1 as id",
    "models/bad.sql": "select\n  nope,\n  id\nfrom {{ ref('a') }}\n",
    "models/s.yml": "models:\n  - name: nobody\n  - name: a\n    columns:\n      - name: id\n"
    "        data_tests: [unique]\n",
}


def configured(config):
    return SHOP["models/s.yml"].replace("[unique]", "[{unique: {config: {%s}}}]" % config)


def annotations(text):
    """[(level, {property: value}, message)] of GitHub's workflow commands, as its runner reads them."""
    found = []
    for line in text.splitlines():
        level, properties, message = re.fullmatch(r"::(\w+)((?: [^:]*)?)::(.*)", line).groups()
        pairs = dict(p.split("=", 1) for p in properties.strip().split(",")) if properties else {}
        plain = {k: v.replace("%3A", ":").replace("%2C", ",").replace("%25", "%") for k, v in pairs.items()}
        message = message.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
        found.append((level, plain, message))
    return found


@pytest.fixture
def repository(project, tmp_path):
    """repository(files): a project in the folder warehouse of a git repository."""

    def make(files=SHOP, **kw):
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        folder = project(files, **kw)
        return folder.rename(tmp_path / "warehouse")

    return make


@needs_embedded
def test_annotations_stand_at_lines_of_the_repository(repository, starc):
    folder = repository({**SHOP, "models/s.yml": configured("severity: warn")})
    r = starc("build", "--report", "github=-", cwd=folder)
    assert r.code == 1 and "Done. PASS=1 WARN=1 ERROR=1" in r.err, r.text
    (error, bad, said), (_, nobody, _), (_, unique, rows) = annotations(r.out)
    assert error == "error" and said == "Unknown expression identifier `nope` (UNKNOWN_IDENTIFIER)"
    assert bad == {
        "file": "warehouse/models/bad.sql",
        **{"line": "2", "col": "3", "endLine": "2", "endColumn": "6"},
        "title": "missing-column in bad",
    }
    assert (unique["file"], unique["line"], rows) == (
        "warehouse/models/s.yml",
        "6",
        "Got 1 result, configured to warn if != 0",
    )
    assert nobody["title"] == "unknown-node"
    r = starc("ls", "--report", "github=-", cwd=folder)  # its own lines stand alone
    assert r.code == 0 and r.out.splitlines() == ["shop.a", "shop.bad", "shop.unique_a_id"], r.text
    assert "::warning file=warehouse/models/s.yml,line=2," in r.err
    where = {"GITHUB_WORKSPACE": str(folder)}  # what GitHub says of it comes first
    assert "file=models/bad.sql," in starc("run", "--report", "github=-", cwd=folder, env=where).out


def test_annotations_are_escaped_and_counted(repository, starc):
    odd = "100% of: a, b\r\nand more"
    files = {f"models/m{i:02}.sql": f'{{{{ exceptions.warn("w{i}") }}}}select 1 as id' for i in range(12)}
    files["models/x.sql"] = '{{ exceptions.raise_compiler_error("%s") }}' % odd.replace("\r\n", "\\r\\n")
    files["models/s.yml"] = "models:\n" + "".join(f"  - name: none{i}\n" for i in range(13))
    folder = repository(files)
    r = starc("parse", "--report", "github=out/x.txt", cwd=folder)
    assert r.code == 2, r.text
    text = (folder / "out/x.txt").read_bytes().decode()
    assert "\r" not in text and "100%25 of: a, b%0Aand more" in text, text
    found = annotations(text)
    assert [f[0] for f in found].count("error") == 1 and found[0][0] == "error", text
    assert [f[0] for f in found].count("warning") == 10, text
    level, properties, said = found[-1]
    assert level == "notice" and re.match(r"\d+ more warnings in the log", said), said


def test_a_report_that_cannot_be_written_stops_the_work(project, starc):
    folder = project(SHOP)
    for file, why in [("models", "it is a folder"), ("dbt_project.yml/x", "would have to be a folder")]:
        r = starc("parse", "--report", f"github={file}", cwd=folder)
        assert r.code == 2 and r.text.count("the report cannot be written") == 1 and why in r.text, r.text
        assert "[file-access]" in r.text and not (folder / "target/manifest.json").exists()


def test_a_wrong_command_line_is_in_the_report(project, starc):
    folder = project(SHOP)
    for words in (
        ["run", "--threads", "many"],
        ["run", "--selct", "a"],
        ["run", "--warn-error", "--warn-error-options", "{}"],
        ["biuld"],
    ):
        r = starc(*words, "--report", "junit=r.xml", "--report=github=-", cwd=folder, env={"STARC_REPORT": "junit=no"})
        assert r.code == 2 and not (folder / "no").exists(), r.text
        ((level, properties, said),) = annotations(r.out)
        assert level == "error" and properties == {"title": "option-value"} and said + "\n" == r.err, r.text
        case = ElementTree.parse(folder / "r.xml").find("testcase")
        assert case[0].get("message") == said and case.get("classname") == "option-value"
    r = starc("run", "--threads", "many", cwd=folder, env={"STARC_REPORT": "github=-"})
    assert r.code == 2 and r.out.startswith("::error title=option-value::"), r.text


@needs_embedded
def test_failing_rows_are_in_the_report_as_on_the_terminal(project, starc):
    folder = project({**SHOP, "models/s.yml": configured("store_failures: true")})
    r = starc("build", "--exclude", "bad", "--report", "junit=-", cwd=folder)
    (failure,) = ElementTree.fromstring(r.out).iter("failure")
    assert failure.get("message") == "Got 1 result, configured to fail if != 0"
    assert "models/s.yml:6:23: error: Got 1 result" in failure.text and "| unique_field |" in failure.text, r.out
    assert "rows are kept in: " in failure.text and "compiled: target/compiled/" in failure.text
    r = starc("test", "--report", "junit=-", "--failing-rows", "0", cwd=folder)
    assert "Got 1 result" in r.out and "unique_field" not in ElementTree.fromstring(r.out).find(".//failure").text


FORMS = {"github": "r.txt", "junit": "r.xml", "markdown": "r.md", "sarif": "r.sarif"}
ALL_FORMS = {"STARC_REPORT": " ".join(f"{form}={file}" for form, file in FORMS.items())}


def read_all(folder):
    """The four reports, each read as its readers do, and gone: (annotations, test cases, page, SARIF's run)."""
    texts = {form: (folder / file).read_bytes().decode() for form, file in FORMS.items()}
    for file in FORMS.values():
        (folder / file).unlink()
    (run,) = json.loads(texts["sarif"])["runs"]
    cases = list(ElementTree.fromstring(texts["junit"]).iter("testcase"))
    return annotations(texts["github"]), cases, texts["markdown"], run


EVERY = {  # command: exit code, the titles of its errors
    "deps": (0, []),
    "seed": (0, []),
    "run": (1, ["missing-column in bad"]),
    "test": (1, ["test-failed in unique_a_id"]),
    "snapshot": (0, []),
    "build --full-refresh": (1, ["test-failed in unique_a_id"]),
    "retry": (1, ["test-failed in unique_a_id"]),
    "source freshness": (1, ["missing-relation in gone", "source-stale in t"]),
    "check": (1, ["missing-column in bad"]),
    "source check": (1, ["source-gone"]),
    "parse": (0, []),
    "compile": (0, []),
    "docs generate": (0, []),
    "docs diff": (2, ["state-missing"]),
    "lineage a": (0, []),
    "ls": (0, []),
    "show --select a": (0, []),
    "run-operation good": (0, []),
    "run-operation bad": (1, ["raised-error"]),
    "run-operation nobody": (2, ["unknown-macro"]),
    "run --select nobody": (0, []),
    "sync --dry-run": (1, ["missing-column in bad"]),
    "debug": (0, []),
    "locks": (0, []),
    "clone": (2, ["state-missing"]),
    "clean": (0, []),
}


@needs_embedded
def test_each_command_writes_each_form(project, starc):
    folder = project(
        {
            **SHOP,
            "seeds/s.csv": "id,at\n1,2020-01-01\n",
            "macros/m.sql": "{% macro good() %}{% endmacro %}"
            "{% macro bad() %}{{ exceptions.raise_compiler_error('no') }}{% endmacro %}",
            "models/sources.yml": "sources: [{name: x, schema: analytics, loaded_at_field: toDateTime(at),\n"
            "  freshness: {error_after: {count: 1, period: day}}, tables: [{name: t, identifier: s}, {name: gone}]}]\n",
        }
    )
    for command, (code, errors) in EVERY.items():
        r = starc(*command.split(), cwd=folder, env=ALL_FORMS)
        assert r.code == code, (command, r.text)
        found, cases, page, run = read_all(folder)
        told = sorted(properties["title"] for level, properties, _ in found if level == "error")
        named = [t for t in told if not t.startswith("starc")]  # a bad end is told where nothing else is
        assert named == sorted(errors), (command, told, r.text)
        assert bool(told) == bool(code), (command, told)
        bad = [c for c in cases if c.find("error") is not None or c.find("failure") is not None]
        assert len(bad) == len(told), (command, bad, told)
        assert page.startswith(f"### {'❌' if code else '⚠️' if found else '✅'} starc "), (command, page)
        assert page.count("| error |") == len(told), (command, page)
        (invocation,) = run["invocations"]
        assert (invocation["exitCode"], invocation["executionSuccessful"]) == (code, code == 0), command
        levels = [x["level"] for x in run["results"] + invocation["toolExecutionNotifications"]]
        assert levels.count("error") == len(told) and len(levels) == len(found), (command, run)


BROKEN = {  # file: text, code
    "dbt_project.yml": ("name: [\n", "yaml-syntax"),
    "models/x.yml": ("models: [\n", "yaml-syntax"),
    "profiles.yml": ("shop: {target: a, outputs: {}}\n", "profile-value"),
    "packages.yml": ("packages: [{package: a/b, version: 1.0.0}]\n", "package-not-installed"),
    "models/x.sql": ("{{ 1 < }}", "template-syntax"),
}


def test_a_project_that_cannot_be_read_is_in_each_report(project, starc):
    nowhere = "shop:\n  target: x\n  outputs:\n    x: {type: postgres, host: 127.0.0.1, port: 1, user: u, password: p, "
    nowhere += "dbname: d, schema: s}\n"
    folder = project({**SHOP, "profiles.yml": nowhere})
    r = starc("build", cwd=folder, env=ALL_FORMS)
    found, cases, page, run = read_all(folder)
    assert r.code == 2 and found[0][1] == {"title": "connection-failed"} and "Connection refused" in found[0][2], r.text
    assert cases[0].get("classname") == "connection-failed" and "Connection refused" in page
    (told,) = (n for n in run["invocations"][0]["toolExecutionNotifications"] if n["level"] == "error")
    assert told["associatedRule"]["id"] == "connection-failed"
    for file, (text, code) in BROKEN.items():
        kept = (folder / file).read_text() if (folder / file).exists() else None
        (folder / file).write_text(text)
        for command in ("build", "check", "parse"):
            r = starc(command, cwd=folder, env=ALL_FORMS)
            found, cases, page, run = read_all(folder)
            (first,) = [properties for level, properties, _ in found if level == "error"]
            assert r.code == 2 and first["title"] == code and first["file"] == file, (file, command, r.text)
            assert [c.get("classname") for c in cases] == [code] and f"<code>{code}</code>" in page, (file, command)
            (wrong,) = [x for x in run["results"] if x["level"] == "error"]
            place = wrong["locations"][0]["physicalLocation"]
            assert wrong["ruleId"] == code and place["artifactLocation"]["uri"] == file
        (folder / file).unlink() if kept is None else (folder / file).write_text(kept)


@needs_embedded
def test_an_interrupted_run_and_a_failed_hook_are_in_each_report(project, starc):
    slow = "select sum(sipHash64(number)) as id from numbers_mt(400000000000)"
    folder = project({"models/a.sql": "{{ config(materialized='table') }}" + slow, "models/b.sql": "select 1 as id"})
    p = subprocess.Popen(
        [STARC, "run"],
        cwd=folder,
        env=ALL_FORMS | {"HOME": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for line in p.stdout:  # b is done, a goes on
        if "analytics.b" in line:
            break
    p.send_signal(signal.SIGINT)
    p.communicate(timeout=60)
    found, cases, page, run = read_all(folder)
    assert p.returncode == 130 and "interrupted by signal 2" in found[0][2] and "interrupted by signal 2" in page
    assert {c.get("name") for c in cases if c.find("skipped") is not None} >= {"a"}
    assert [c.get("classname") for c in cases if c.find("error") is not None] == ["starc"]
    assert run["invocations"][0]["exitCode"] == 130
    (folder / "models/a.sql").write_text("select 1 as id")
    with open(folder / "dbt_project.yml", "a") as f:
        f.write('on-run-start: ["select 1", "select no_such_thing"]\n')
    r = starc("run", cwd=folder, env=ALL_FORMS)
    found, cases, page, run = read_all(folder)
    assert r.code == 1 and found[0][1]["file"] == "dbt_project.yml" and "no_such_thing" in found[0][2], r.text
    assert "no_such_thing" in html.unescape(page) and run["results"][0]["ruleId"] == "missing-column"


@needs_embedded
def test_fingerprints_stay_when_lines_move(repository, starc):
    folder = repository()

    def prints():
        starc("check", "--report", "sarif=r.sarif", cwd=folder)
        (run,) = json.loads((folder / "r.sarif").read_text())["runs"]
        return {x["ruleId"]: x["partialFingerprints"]["primaryLocationLineHash"] for x in run["results"]}, run

    before, run = prints()
    assert set(before) == {"missing-column", "unknown-node"}, before
    place = next(x for x in run["results"] if x["ruleId"] == "missing-column")["locations"][0]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "warehouse/models/bad.sql", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 7},
    }
    assert place["logicalLocations"] == [{"name": "bad", "fullyQualifiedName": "model.shop.bad"}]
    (folder / "models/bad.sql").write_text("-- one line more\n\n" + SHOP["models/bad.sql"])
    assert prints()[0] == before
    (folder / "models/bad.sql").write_text(SHOP["models/bad.sql"].replace("nope,", "nope, nope as again,"))
    assert prints()[0]["missing-column"] != before["missing-column"]


@needs_embedded
def test_odd_texts_and_secrets(project, starc):
    big = "x" * 1_000_000
    said = "a|b `c` <img src=x> *d* [e](f) @g ]]> \x01\x1b[31m\u202e 100%\r\nlast " + big
    macro = "{% macro bad() %}{{ exceptions.raise_compiler_error(env_var('SECRET_NOT') ~ var('said')) }}{% endmacro %}"
    folder = project({"macros/m.sql": macro, "models/a.sql": "select 1 as id"})
    with open(folder / "dbt_project.yml", "a") as f:
        f.write(f"vars: {{said: {json.dumps(said)}}}\n")
    r = starc("run-operation", "bad", cwd=folder,
              env=ALL_FORMS | {"DBT_ENV_SECRET_WORD": "hunter22", "SECRET_NOT": "hunter22 "})  # fmt: skip
    assert r.code == 1, r.text[:2000]
    texts = {form: (folder / file).read_bytes() for form, file in FORMS.items()}
    found, cases, page, run = read_all(folder)
    for form, text in texts.items():
        assert b"hunter22" not in text and b"\x1b" not in text and b"\x01" not in text, form
        assert b"\xe2\x80\xae" not in text and b"\r" not in text and len(text) < 200_000, form
    assert "<img" not in page and "`c`" not in page and "](f)" not in page and "@g" not in page
    (row,) = [line for line in page.splitlines() if line.startswith("| error |")]
    assert row.count("|") == 4 and "100%<br>last" in row, row
    assert "more bytes" in found[0][2] and "100%\nlast" in found[0][2]


def test_a_file_is_written_by_the_way_that_is_open(project, starc, tmp_path):
    """As an ordinary user: root may write everywhere."""
    folder = project({"models/a.sql": "select 1 as id"})
    asked = {"ro/new.xml": "Permission denied", "ro/kept.xml": "Permission denied",
             "ro/deep/x.xml": "Permission denied",
             "x" * 300: "File name too long", "pipe": "nobody reads", "gone/folder/x.xml": None,
             "ro/own.xml": None, "out/readonly.xml": None,
             "y" * 250: None}  # fmt: skip
    for name in ("ro", "out"):
        (folder / name).mkdir()
    for name, mode in (("ro/own.xml", 0o666), ("ro/kept.xml", 0o444), ("out/readonly.xml", 0o444)):
        (folder / name).write_text("old " * 1000)
        (folder / name).chmod(mode)
    os.mkfifo(folder / "pipe")
    (folder / "pipe").chmod(0o666)
    everybody(tmp_path)
    (folder / "ro").chmod(0o555)
    user = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
    for file, why in asked.items():
        r = starc("parse", "--report", f"junit={file}", cwd=folder, **user)
        wrong = starc("parse", "--bogus", "--report", f"junit={file}", cwd=folder, **user)
        if why:
            assert r.code == 2 and why in r.text and r.text.count("report cannot be written") == 1, (file, r.text)
            assert not (folder / "target/manifest.json").exists(), (file, r.text)
            assert wrong.code == 2 and why in wrong.err, wrong.err
            continue
        assert r.code == 0 and wrong.code == 2 and "cannot be" not in wrong.err, (file, r.text, wrong.text)
        starc("parse", "--report", f"junit={file}", cwd=folder, **user)
        assert ElementTree.parse(folder / file).getroot().get("errors") == "0"
        (folder / "target/manifest.json").unlink()
    assert sorted(x.name for x in (folder / "ro").iterdir()) == ["kept.xml", "own.xml"]
    (folder / "ro").chmod(0o755)


def everybody(folder):
    """Lets every user of the machine work in the folder, and pass those above it."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | (0o777 if path.is_dir() else 0))
    for path in folder.parents:
        if path.owner() == pathlib.Path(folder).owner() and path.is_relative_to(tempfile.gettempdir()):
            path.chmod(path.stat().st_mode | 0o011)


@pytest.mark.skipif(subprocess.run(["unshare", "-m", "true"]).returncode != 0, reason="nothing may be mounted here")
def test_a_file_that_is_mounted_alone(project):
    folder = project({"models/a.sql": "select 1 as id"})
    for name in ("host.xml", "mounted.xml"):
        (folder / name).write_text("old " * 1000)
    script = 'mount --bind host.xml mounted.xml && "$0" parse --report junit=mounted.xml'
    r = subprocess.run(["unshare", "-m", "sh", "-c", script, STARC], cwd=folder, capture_output=True, text=True)
    assert r.returncode == 0, r.stdout + r.stderr
    assert ElementTree.parse(folder / "host.xml").getroot().tag == "testsuite"
    assert (folder / "mounted.xml").read_text() == "old " * 1000
    assert not list(folder.glob("*.tmp"))


def test_a_pipe_waits_for_its_report(project, starc):
    folder = project({"models/a.sql": "select 1 as id"})
    os.mkfifo(folder / "pipe")
    with subprocess.Popen(["cat", folder / "pipe"], stdout=subprocess.PIPE, text=True) as cat:
        deadline = time.monotonic() + 60
        while starc("parse", "--report", "junit=pipe", cwd=folder).code == 2 and time.monotonic() < deadline:
            time.sleep(0.1)  # cat has not opened it yet
        assert ElementTree.fromstring(cat.communicate(timeout=60)[0]).tag == "testsuite"


def test_each_report_has_a_file_of_its_own(project, starc):
    folder = project({"models/a.sql": "select 1 as id"})
    (folder / "there.xml").touch()
    (folder / "link.xml").symlink_to("there.xml")
    (folder / "out").mkdir()
    (folder / "way").symlink_to("out")
    for one, other in [("a.xml", "a.xml"), ("a.xml", "./a.xml"), ("there.xml", "link.xml"), ("-", "/dev/stdout"),
                       ("out/n.xml", "way/n.xml"), ("/dev/fd/1", "-")]:  # fmt: skip
        r = starc("parse", "--report", f"junit={one}", "--report", f"github={other}", cwd=folder)
        assert r.code == 2 and "one report alone can go to" in r.err, (one, other, r.text)
    r = starc("parse", "--report", "github=a.xml", cwd=folder, env={"STARC_JUNIT": "a.xml"})
    assert r.code == 2 and "STARC_JUNIT: one report alone can go to a.xml" in r.err, r.err
    same = {"STARC_JUNIT": "/dev/null"}
    r = starc("parse", "--report", "junit=/dev/null", "--report", "sarif=/dev/null", cwd=folder, env=same)
    assert r.code == 0, r.text


def test_a_stream_that_is_open_keeps_its_lines(project, starc):
    folder = project({"models/a.sql": "select 1 as id"})
    assert starc("parse", "--report", "junit=x=-", cwd=folder).code == 0
    assert ElementTree.parse(folder / "x=-").getroot().tag == "testsuite"
    for file, fds in [("/dev/stdout", {1}), ("log", {1}), ("/dev/stderr", {2}), ("log", {2}), ("log", {1, 2})]:
        with open(folder / "log", "w") as log:
            print("before", file=log, flush=True)
            out, err = (log if fd in fds else subprocess.DEVNULL for fd in (1, 2))
            words = [STARC, "parse", "--report", f"markdown={file}"]
            assert subprocess.run(words, cwd=folder, stdout=out, stderr=err).returncode == 0, file
        text = (folder / "log").read_text()
        assert text.startswith("before\n") and "starc parse: all good" in text, (file, fds, text)
    with open(folder / "log", "w") as log:
        print("before", file=log, flush=True)
        words = [STARC, "parse", "--report", f"markdown=/dev/fd/{log.fileno()}"]
        assert subprocess.run(words, cwd=folder, pass_fds=[log.fileno()], stdout=subprocess.DEVNULL).returncode == 0
    assert re.match(r"before\n### . starc parse: all good", (folder / "log").read_text())
    r = starc("parse", "--report", "junit=/dev/fd/77", cwd=folder)
    assert r.code == 2 and "the report cannot be written" in r.text, r.text


def obeyed(text):
    """The lines that a runner of CI jobs takes for commands."""
    return [x for x in text.splitlines() if re.match(r"\s*::[\w-]+( .*)?::", x) or re.search(r"##\w*\[", x)]


def test_what_data_and_packages_say_is_no_command_to_the_runner(project, starc, request):
    said = "1\\n::error file=a.sql,line=1::no\\n  ::add-mask::OK\\n##[add-mask]OK and ##vso[x]"
    said += "\\n::stop-commands::x\\x1b[31mred"
    cast = "{{ config(materialized='table') }} select cast(x as int) as a from (select E'%s' as x) t"
    macros = "{% macro hook() %}{{ exceptions.warn(var('said')) }}{{ log(var('said'), info=true) }}{% endmacro %}"
    folder = project(
        {
            "models/cast.sql": cast % said.replace("OK", "{{ var('ok') }}"),
            "models/raised.sql": "{% if execute %}{{ exceptions.raise_compiler_error(var('said')) }}{% endif %}",
            "macros/m.sql": macros,
        },
        profile=profile_for("postgres", request, "heard"),
    )
    with open(folder / "dbt_project.yml", "a") as f:
        f.write('on-run-start: "{{ hook() }}"\nvars: {ok: OK, said: "%s"}\n' % said)
    for words in ([], ["--debug"], ["--log-format", "json"]):
        r = starc("run", *words, cwd=folder)
        assert r.code == 1 and r.text.count("stop-commands") >= 4 and "invalid input syntax" in r.text, r.text
        assert not obeyed(r.text), obeyed(r.text)
    assert "##[add-mask]OK" in "".join(json.loads(line)["info"]["msg"] for line in r.out.splitlines())
    assert not obeyed((folder / "logs/dbt.log").read_text())
    r = starc("run", "::add-mask::x", "a\n::add-mask::x\x1b[31m", cwd=folder)
    assert r.code == 2 and "add-mask" in r.err and not obeyed(r.err) and "\x1b" not in r.err, r.err


@needs_embedded
def test_a_report_in_the_log_of_a_job_is_no_command_and_the_same_data(project, starc):
    said = ["::add-mask::x", "  ::error file=a.sql::no", "1 ##[group]g", "##vso[x]y", "a::b # ##"]
    raised = "{%% if execute %%}{{ exceptions.raise_compiler_error(%r) }}{%% endif %%}" % "\n".join(said)
    rows = "select '##[group]row' as x union all select '::notice::' as x"
    folder = project({"models/a.sql": raised, "tests/t.sql": rows})
    for form in ("junit", "sarif", "markdown"):
        r = starc("build", "--report", f"{form}=-", cwd=folder)
        assert r.code == 1 and "add-mask" in r.out and not obeyed(r.out), (form, obeyed(r.out))
        assert ("group]row" in r.out) == (form != "sarif"), r.out
        data = {
            "junit": lambda text: "".join(ElementTree.fromstring(text).itertext()),
            "sarif": lambda text: "\n".join(x["message"]["text"] for x in json.loads(text)["runs"][0]["results"]),
            "markdown": lambda text: html.unescape(text.replace("<br>", "\n")),
        }[form](r.out)
        assert all(line in data for line in said), (form, data)
    assert obeyed(starc("build", "--report", "github=-", cwd=folder).out)


def test_a_case_without_a_node_has_a_line_as_name_and_a_file_that_is_one(project, starc):
    macro = "{% macro bad() %}{{ exceptions.raise_compiler_error('one\ntwo') }}{% endmacro %}"
    folder = project({**SHOP, "macros/m.sql": macro})
    for words, name, file in (
        (["run", "--threads", "many"], None, None),
        (["run-operation", "bad"], "macros/m.sql:1:32", "macros/m.sql"),
        (["build", "--project-dir=rel/none"], "rel/none", None),
        (["run", "--selct", "a\nb"], None, None),
        (["clone"], None, None),
    ):
        r = starc(*words, "--report", "junit=r.xml", cwd=folder)
        cases = [c for c in ElementTree.parse(folder / "r.xml").iter("testcase") if c.find("error") is not None]
        assert r.code and cases, (words, r.text)
        for c in cases:
            said = c.find("error").get("message")
            assert c.get("name") == (name or said.split("\n")[0]) and c.get("file") == file, (words, c.attrib)


def test_colors_of_a_message_stay_out(project, starc):
    folder = project({"models/a.sql": "{{ exceptions.raise_compiler_error('red \\x1b[31m') }}"})
    r = starc("compile", cwd=folder)
    assert r.code and "red \\x1b[31m" in r.text and "\x1b" not in r.text, r.text
    assert "\x1b" not in (folder / "logs/dbt.log").read_text()


def test_secrets_of_a_refused_command_line(project, starc):
    folder = project(SHOP)
    for words in (["build", "tok_hidden"], ["build", "--threads", "tok_hidden"], ["build", "--tok_hidden"],
                  ["tok_hidden"], ["help", "tok_hidden"], ["help", "error", "tok_hidden"], ["completion", "tok_hidden"],
                  ["reference", "tok_hidden"], ["ls", "--report", "tok_hidden=x"]):  # fmt: skip
        r = starc(*words, cwd=folder, env={"DBT_ENV_SECRET_Y": "tok_hidden"})
        assert r.code == 2 and "*****" in r.err and "tok_hidden" not in r.text, (words, r.text)
    (folder / ".env").write_text("DBT_ENV_SECRET_DOT=tok_hidden\nSTARC_THREADS=tok_hidden\n")
    r = starc("build", cwd=folder)
    assert r.code == 2 and "*****" in r.err and "tok_hidden" not in r.text, r.text


@needs_embedded
def test_the_summary_of_a_step_is_added_to(project, starc):
    folder = project({"models/a.sql": "select 1 as id"})
    env = {"GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    for _ in range(2):
        starc("parse", "--report", f"markdown={folder}/summary.md", "--report", "markdown=own.md", cwd=folder, env=env)
    assert (folder / "summary.md").read_text().count("### ✅ starc parse: all good") == 2
    assert (folder / "own.md").read_text().count("###") == 1
    (folder / "link.md").symlink_to("summary.md")
    starc("parse", "--report", "markdown=link.md", cwd=folder, env=env)
    assert (folder / "summary.md").read_text().count("### ✅ starc parse: all good") == 3
    env = {"GITHUB_STEP_SUMMARY": str(folder / "no/folder/sum.md")}
    assert starc("parse", "--report", "markdown=no/folder/sum.md", cwd=folder, env=env).code == 0
    assert (folder / "no/folder/sum.md").read_text().count("###") == 1
    where = {"GITHUB_SERVER_URL": "https://github.example", "GITHUB_REPOSITORY": "me/shop", "GITHUB_SHA": "abc"}
    (folder / "models/ä b#.yml").write_text("models: [{name: nobody}]\n")
    page = starc("parse", "--report", "markdown=-", cwd=folder, env=where).out
    assert '<a href="https://github.example/me/shop/blob/abc/models/%C3%A4%20b%23.yml#L1">' in page, page


def everywhere(found, cases, page, run):
    """{(level, code, node or ''): how often} as the four forms have it, which must agree; JUnit of errors alone."""
    by_github = sorted((level, *f["title"].partition(" in ")[::2]) for level, f, _ in found)
    by_sarif = sorted(
        (x["level"], x["ruleId"], x["locations"][0].get("logicalLocations", [{"name": ""}])[0]["name"])
        for x in run["results"]
    )
    assert by_github == by_sarif, (by_github, by_sarif)
    rows = [line for line in page.splitlines() if re.match(r"\| (error|warning) \|", line)]
    codes = sorted((row.split()[1], re.findall(r"<code>([\w-]+)</code> \|$", row)[0]) for row in rows)
    assert codes == [(level, code) for level, code, _ in by_github], page
    bad = [c for c in cases if c.find("error") is not None or c.find("failure") is not None]
    return by_github, bad


@needs_embedded
def test_each_failure_has_its_own_problem(project, starc):
    files = {f"tests/{name}_check.sql": f"select '{name}' as x" for name in ("first", "second", "third")}
    files["macros/m.sql"] = "{% macro broken() %}\nselect nope_here\n{% endmacro %}"
    files |= {f"models/{m}.sql": "{{ broken() }}" for m in "ab"}  # one line, two nodes
    folder = project(files)
    r = starc("build", cwd=folder, env=ALL_FORMS)
    told, bad = everywhere(*read_all(folder))
    assert r.code == 1 and told == [
        *[("error", "missing-column", m) for m in "ab"],
        *[("error", "test-failed", f"{t}_check") for t in ("first", "second", "third")],
    ], r.text
    assert len(bad) == 5


def test_each_file_that_cannot_be_read_is_in_each_form(project, starc):
    folder = project({f"models/{m}.yml": "models: [\n" for m in ("a", "b", "c")})
    for name in ("x", "y"):  # reading it fails for root too
        (folder / f"models/{name}.sql").symlink_to("/proc/self/mem")
    r = starc("parse", cwd=folder, env=ALL_FORMS)
    told, bad = everywhere(*read_all(folder))
    assert r.code == 2 and [code for _, code, _ in told] == ["file-access"] * 2 + ["yaml-syntax"] * 3, (told, r.text)
    assert sorted(c.get("file") for c in bad) == [f"models/{f}" for f in ("a.yml", "b.yml", "c.yml", "x.sql", "y.sql")]


def test_what_is_not_there_is_named_in_each_form(project, starc):
    folder = project(SHOP)
    for option, name in (("--project-dir=rel/none", "rel/none"), ("--profiles-dir=/none", "/none/profiles.yml")):
        r = starc("build", option, cwd=folder, env=ALL_FORMS)
        found, cases, page, run = read_all(folder)
        (told,) = run["invocations"][0]["toolExecutionNotifications"]
        assert r.code == 2 and found[0][2].startswith(name + ": there is no such "), (found, r.text)
        assert told["message"]["text"].startswith(name + ": there is no such ")
        assert f"<code>{name}</code> | there is no such " in page and cases[0].get("name") == name, page
    outside = folder.parent / "far.sql"
    outside.write_text("")
    r = starc("parse", "--report", f"junit={outside}/x", "--report", "github=-", cwd=folder)
    assert f"::{outside}: the report cannot be written" in r.out, r.text  # without a line that is none


@needs_embedded
def test_warnings_of_templates_are_in_each_form_once(project, starc):
    folder = project(
        {
            "models/a.sql": "select 1 as id\n{{ exceptions.warn('careful | %') }}",
            "models/b.sql": "{{ tools.old() }}select 1 as id",
            "dbt_packages/tools/dbt_project.yml": "name: tools\nversion: 1.0.0\n",
            "dbt_packages/tools/macros/m.sql": "{% macro old() %}{{ exceptions.warn('is old') }}{% endmacro %}",
            "packages.yml": "packages: [{local: dbt_packages/tools}]\n",
        }
    )
    r = starc("build", cwd=folder, env=ALL_FORMS)
    found, cases, page, run = read_all(folder)
    told, bad = everywhere(found, cases, page, run)
    assert r.code == 0 and told == [("warning", "raised-warning", m) for m in "ab"], (told, r.text)
    places = {f["file"]: (f["line"], said) for _, f, said in found}
    assert places == {"models/a.sql": ("2", "careful | %"), "models/b.sql": ("1", "is old")}, places
    assert page.startswith("### ⚠️ starc build: 2 warnings") and not bad
    out = ElementTree.fromstring(starc("build", "--report", "junit=-", cwd=folder).out).findtext("system-out")
    assert out.count("careful | %") == 2 and out.count("warning: is old [raised-warning]") == 1, out  # its line too
    r = starc("build", "--warn-error-options", "{silence: [raised-warning]}", cwd=folder, env=ALL_FORMS)
    assert r.code == 0 and everywhere(*read_all(folder)) == ([], []), r.text


def test_secrets_in_paths_are_masked_in_each_form(project, starc):
    folder = project({"models/tok_s3cr3t word.sql": "{{ 1 < }}"})
    env = {"GITHUB_SERVER_URL": "https://h", "GITHUB_REPOSITORY": "me/shop", "GITHUB_SHA": "abc"}
    r = starc("parse", cwd=folder, env=ALL_FORMS | env | {"DBT_ENV_SECRET_Y": "tok_s3cr3t word"})
    texts = [(folder / file).read_text() for file in FORMS.values()]
    found, cases, page, run = read_all(folder)
    assert r.code == 2 and not any("s3cr3t" in text for text in [*texts, r.text]), texts
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert found[0][1]["file"] == place["uri"] == "models/*****.sql", (found, place)
    assert "blob/abc/models/*****.sql#L1" in page, page
