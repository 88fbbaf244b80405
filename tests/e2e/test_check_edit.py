"""A check that goes on in a living process, as an editor's server has it: only what an edit changes is looked at."""

import os
import pathlib
import subprocess

import pytest
from conftest import EMBEDDED

ROOT = pathlib.Path(__file__).resolve().parents[2]
EDIT = ROOT / os.environ.get("BUILD", "build") / "tests/edit"


def test_edits(project, engine):
    if not EMBEDDED:
        pytest.skip("the embedded engine does not run under a sanitizer")
    table = "{{ config(materialized='table', tags=['x']) }}\n"
    files = {
        "models/a.sql": table + "select 1 as id, 'x' as kind",
        "models/b.sql": table + "select id, kind from {{ ref('a') }}",
        "models/c.sql": "select id from {{ ref('b') }}",
        "models/aside.sql": "select id from {{ ref('a') }}",
        "models/apart.sql": "select 1 as id",
        "models/m.yml": "models:\n- name: b\n  columns:\n  - name: id\n    data_tests: [not_null]\n",
        "edits/renamed": table + "select id as number, kind from {{ ref('a') }}",
        "edits/back": table + "select id, kind from {{ ref('a') }}",
        "edits/broken": table + "select id, kind from {{ ref('a') }",
        "edits/elsewhere": table + "select id, 'x' as kind from {{ ref('apart') }}",
        "edits/view": "select id, kind from {{ ref('a') }}",
    }
    folder = project(files, profile=engine.profile())
    edits = ["renamed", "back", "broken", "elsewhere", "view", "renamed", "back"]
    r = subprocess.run(
        [EDIT, "check", "--project-dir", folder, "--profiles-dir", folder],
        input="".join(f"model.shop.b {folder}/edits/{name}\n" for name in edits),
        capture_output=True,
        text=True,
        cwd=folder,
    )
    lines = [line for line in r.stdout.splitlines() if "looked at" in line or ":" not in line]
    again = ["taken: 3 looked at, 2 wrong", "taken: 3 looked at, 0 wrong"]
    assert r.returncode == 0, (r.stdout, r.stderr)
    assert lines == ["all: 6 looked at, 0 wrong", *again, "wrong", "reload", "reload", *again], r.stdout
    assert "c: " in r.stdout and "not_null_b_id: " in r.stdout, r.stdout
