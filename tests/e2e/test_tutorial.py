"""docs/start/tutorial, followed by a reader with the program of this build. With an installed package in a bare Debian:
tests/install/test_tutorial.py."""

import os

from conftest import ROOT, STARC, needs_embedded
from servers import PostgresServer, postgres_bin
from tutorial import CHAPTERS, Reader

pytestmark = needs_embedded


def test_the_chapters(tmp_path):
    for name in ("seeds", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "PG"))}
    kept |= {"PATH": f"{os.path.dirname(STARC)}:{postgres_bin()}:{os.environ['PATH']}"}
    with PostgresServer() as postgres:
        wrong = Reader(tmp_path, postgres, kept).follow(CHAPTERS)
    assert not wrong, "\n".join(wrong)


def test_each_chapter_leads_to_the_next():
    for page, following in zip(CHAPTERS, CHAPTERS[1:]):
        last = page.read_text().rstrip().rpartition("\n")[2]
        assert last.startswith("Next: ") and f"]({following.name})" in last, page.name
        assert "At the end of this chapter you " in page.read_text(), page.name
        assert page.read_text().count("## Exercise") == page.read_text().count("<details><summary>Solution") == 1
