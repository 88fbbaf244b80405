"""How far a load is, as a person at a terminal sees it."""

import re

import pytest
from conftest import EMBEDDED
from source_database import SourceDatabase
from test_terminal import on_terminal

pytestmark = pytest.mark.skipif(not EMBEDDED, reason="needs the embedded engine")


def test_in_batches_the_whole_table_is_counted(project, postgres):
    with SourceDatabase(postgres) as source:
        source("create table t (id int primary key); insert into t select generate_series(1, 12000); analyze t")
        slow = {"slow": {"expression": "pg_sleep(0.0002)::text || id"}}
        source("alter table t add slow text")
        tables = [{"name": "t", "mode": "append", "cursor": "id", "batch": 1500, "columns": slow}]
        folder = project({"models/one.sql": "select 1 as one", "loads/shop.yml": source.load(tables)})
        code, out = on_terminal(folder, "load", columns=120)
    assert code == 0, out
    counts = [int(n.replace(",", "")) for n in re.findall(r"shop\.t \d+s ([0-9,]+) rows", out)]
    assert counts == sorted(counts) and counts[-1] > 3000, out
    assert len(set(counts)) > 3 and re.search(r"\d+ MB/s \d+s left|\d\.\d MB/s \d+s left", out), out
