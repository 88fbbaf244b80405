"""--report: what a command did and found, in each form, for each command, however it ends."""

import re, subprocess
from xml.etree import ElementTree

import pytest
from conftest import needs_embedded

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
    assert "models/s.yml:6:22: error: Got 1 result" in failure.text and "| unique_field |" in failure.text, r.out
    assert "rows are kept in: " in failure.text and "compiled: target/compiled/" in failure.text
    r = starc("test", "--report", "junit=-", "--failing-rows", "0", cwd=folder)
    assert "Got 1 result" in r.out and "unique_field" not in ElementTree.fromstring(r.out).find(".//failure").text
