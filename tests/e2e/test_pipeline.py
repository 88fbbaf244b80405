"""examples/pipeline: `make demo-pipeline` asks its five questions, and says when an answer is not what the Postgres
has; the project is one that a newcomer can copy: check, docs and lineage have nothing to say against it."""

import shutil, subprocess, sys

from conftest import ROOT, needs_embedded

pytestmark = needs_embedded
EXAMPLE = ROOT / "examples/pipeline"


def demo(folder, *options):
    words = [sys.executable, ROOT / "scripts/demo-pipeline", "--curl", "--folder", folder, *options]
    return subprocess.run(words, capture_output=True, text=True, timeout=300)


def test_the_answers_are_those_of_the_postgres(tmp_path, starc):
    r = demo(tmp_path / "demo")
    assert r.returncode == 0, r.stdout + r.stderr
    assert r.stdout.count("The same as the Postgres says") == 5 and "WRONG" not in r.stdout, r.stdout
    assert "raw.chinook___invoice_line" in r.stdout and "The Semicolons" in r.stdout
    # What it leaves is a warehouse, of which check, docs and lineage have nothing bad to say.
    for command in ("check", "docs generate", "lineage top_tracks.revenue"):
        r = starc(*command.split(), cwd=tmp_path / "demo")
        assert r.code == 0 and "warning" not in r.text and "not be checked" not in r.text, r.text
    assert "load chinook.invoice_line.quantity" in r.out


def test_a_wrong_answer_is_told(tmp_path):
    made = shutil.ignore_patterns("target", "logs", ".starc")
    shutil.copytree(EXAMPLE, tmp_path / "wrong", ignore=made)
    model = tmp_path / "wrong/models/reports/customers_per_tier.sql"
    model.write_text(model.read_text().replace("spent >= 45", "spent >= 47"))
    r = demo(tmp_path / "demo", "--project", tmp_path / "wrong")
    assert r.returncode == 1, r.stdout + r.stderr
    assert r.stdout.count("The same as the Postgres says") == 4
    assert "WRONG: row 1 is high, " in r.stdout and "1 of 5 answers" in r.stderr, r.stdout + r.stderr


def test_a_command_that_fails_ends_it(tmp_path):
    made = shutil.ignore_patterns("target", "logs", ".starc")
    shutil.copytree(EXAMPLE, tmp_path / "wrong", ignore=made)
    (tmp_path / "wrong/tests/no_sales.sql").write_text("select * from {{ ref('fct_sales') }} limit 1")
    r = demo(tmp_path / "demo", "--project", tmp_path / "wrong")
    assert r.returncode == 1 and "`starc build` ended with exit code 1" in r.stderr, r.stdout + r.stderr
    assert "no_sales" in r.stdout
