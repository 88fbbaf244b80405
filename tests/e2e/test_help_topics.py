"""The guides of docs/ in the terminal: what is listed, one of them, names that are none, and a pager."""

import os, pty, re, subprocess

import pytest
from conftest import ROOT, STARC

FOLDERS = ("docs", "docs/start", "docs/start/tutorial", "docs/guides", "docs/from-dbt")


@pytest.fixture
def guide(starc, tmp_path):
    return lambda *words: starc("help", *words, cwd=tmp_path)


def listed(text):
    return re.findall(r"(?m)^  (\S+) {2,}\S", text)


def on_a_terminal(*words, **env):
    """What is seen, and the exit code."""
    ours, theirs = pty.openpty()
    env = dict(os.environ, TERM="dumb", **env)
    p = subprocess.Popen([STARC, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 65536):
            seen += piece
    except OSError:  # the terminal's other end is closed
        pass
    os.close(ours)
    return seen.decode().replace("\r\n", "\n"), p.wait(20)


def test_each_guide_is_listed_under_one_name_and_shown(guide):
    r = guide("topics")
    names = listed(r.out)
    pages = [p for f in FOLDERS for p in (ROOT / f).glob("*.md") if p.name != "design.md"]
    assert r.code == 0 and len(names) == len(pages) == len(set(names)), r.text
    assert {"hooks", "guides", "from-dbt", "guides/macros", "from-dbt/macros", "01-load"} <= set(names)
    for name in names:
        r = guide("topic", name)
        first = r.out.splitlines()[0]
        assert r.code == 0 and first and not r.err and "<!--" not in r.out, (name, r.text)
    for page in pages:
        topic = str(page.relative_to(ROOT / "docs").with_suffix("")).replace("/README", "")
        heading = re.search(r"(?m)^# (.+)$", page.read_text())[1].replace("`", "")
        assert re.sub(r"[`\n ]", "", guide("topic", topic).out).startswith(re.sub(r"[` ]", "", heading)), topic


def test_a_guide_is_plain_lines_and_its_code_is_as_it_is(guide):
    r = guide("topic", "hooks")
    assert r.out.startswith("Hooks and operations\n====================\n\n")
    assert "\n    {{ config(\n" in r.out and "```" not in r.out and "](" not in r.out
    assert guide("topic", "guides/hooks").out == guide("hooks").out == r.out


def test_names_that_are_no_guide(guide):
    r = guide("topic", "hoks")
    assert r.code == 2 and not r.out and "did you mean 'hooks'?" in r.err and "help topics lists them" in r.err
    for words in (("topic", "macros"), ("macros",)):
        r = guide(*words)
        assert r.code == 2 and re.search("from-dbt/macros(, |' or ')guides/macros", r.err), r.text
    r = guide("topic", "hooks", "more")
    assert r.code == 2 and "there is no topic 'hooks more'" in r.err
    assert guide("hoks").code == 2 and "did you mean 'hooks'?" in guide("hoks").err
    r = guide("load")
    assert r.code == 0 and r.out.startswith("Usage: starc load") and "starc help topic load" in r.out


def test_a_word_of_a_title_finds_the_guide(guide):
    page = guide("topic", "contracts-and-versions").out
    assert guide("contracts").out == page and guide("Access").out.startswith(page), guide("contracts").text
    r = guide("tables")
    assert r.code == 2 and re.search("guides about it: .*files.*, load", r.err) and "help topic NAME" in r.err, r.text
    assert "did you mean" in guide("contrcat").err and "guides about" not in guide("s").err


def test_a_pager_is_for_a_terminal(guide, tmp_path):
    os.environ["STARC_PAGER"] = f"touch {tmp_path}/paged; cat"
    try:
        text = guide("topic", "hooks").out
    finally:
        del os.environ["STARC_PAGER"]
    assert not (tmp_path / "paged").exists()
    seen, code = on_a_terminal("help", "topic", "hooks", STARC_PAGER="sed s/^/:/", PAGER="false")
    assert code == 0 and seen == "".join(f":{line}\n" for line in text.splitlines())
    # One that ends early, one that is not there, and none.
    assert on_a_terminal("help", "topic", "compatibility", STARC_PAGER="true") == ("", 0)
    seen, code = on_a_terminal("help", "topic", "hooks", STARC_PAGER="no-such-pager-here")
    assert code == 0 and "no-such-pager-here" in seen and seen.endswith(text)
    for pager in ("", "cat"):
        assert on_a_terminal("help", "topic", "hooks", STARC_PAGER=pager) == (text, 0)


def test_the_manual_page_names_the_guides(starc, tmp_path, guide):
    page = starc("man", cwd=tmp_path).out
    part = page[page.index(".SH TOPICS") : page.index(".SH OPTIONS OF EVERY COMMAND")].replace("\\-", "-")
    assert [name for name in listed(guide("topics").out) if name not in part] == []


def test_a_command_or_guide_says_that_a_key_or_name_is_called_so_too(guide):
    for name in ("engine", "check", "files", "load"):
        assert guide(name).out.endswith(f"\nThe config key: starc help config {name}\n")
    assert "help config" not in guide("sync").out and "help config" not in guide("two-runs").out
