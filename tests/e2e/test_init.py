"""starc init --example: each project is written as it lies in examples/, builds twice, does what its README says."""

import os, re, subprocess

import pytest
from conftest import ROOT, STARC, needs_embedded

EXAMPLES = ["chinook", "incremental", "snapshot", "unit-tests", "load"]
LEFT_BY_RUNS = {"target", "logs", ".starc"}


def files_of(folder):
    files = (p for p in folder.rglob("*") if p.is_file())
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in files
        if not LEFT_BY_RUNS & set(p.relative_to(folder).parts)
    }


def shell(line, folder):
    """A line as a person types it, with starc on the path."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("DBT_")}
    env |= {"PATH": f"{os.path.dirname(STARC)}:{env['PATH']}", "HOME": str(folder), "NO_COLOR": "1"}
    return subprocess.run(
        ["bash", "-euc", line],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def commands_of(readme):
    block = re.search(r"^```\n(.*?)^```$", readme, re.M | re.S)[1]
    return [line.split("  #")[0].strip() for line in block.splitlines()]


@needs_embedded
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_builds_twice_and_its_readme_is_true(starc, tmp_path, name):
    assert starc("init", "--example", name, cwd=tmp_path).code == 0
    folder = tmp_path / name
    assert files_of(folder) == files_of(ROOT / "examples" / name)
    r = starc("check", cwd=folder)
    assert r.code == 0 and "0 wrong" in r.out and "warning" not in r.text, r.text
    for _ in range(2):
        r = starc("build", cwd=folder)
        assert r.code == 0 and "WARN=0 ERROR=0 SKIP=0" in r.out, r.text
    said = ""
    commands = commands_of((folder / "README.md").read_text())
    assert len(commands) > 1
    for line in commands:
        p = shell(line, folder)
        assert p.returncode == 0 and "warning" not in p.stdout + p.stderr, line + "\n" + p.stdout + p.stderr
        said += f"$ {line}\n{p.stdout}"
    wanted = {
        "chinook": [r"2007-0\d-01 .*Americas", r"store\.invoice_lines\.unit_price"],
        "incremental": [r"visits_by_day +1 row", r"2026-03-03 \| +2 \| +94"],
        "snapshot": [r"1 \| free +\| team"],
        "unit-tests": [r"PASS=3 "],
        "load": [r"raw\.orders +1 row", r"US +\| +2 \| +270"],
    }
    for pattern in wanted[name]:
        assert re.search(pattern, said), (pattern, said)


@pytest.mark.parametrize("name", ["incremental", "snapshot", "unit-tests"])
def test_an_example_builds_on_postgres(starc, postgres, tmp_path, name):
    assert starc("init", "--example", name, "shop", "--type", "postgres", cwd=tmp_path).code == 0
    env = {
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": str(postgres.port),
        "POSTGRES_USER": postgres.user,
        "DBT_ENV_SECRET_POSTGRES_PASSWORD": postgres.password,
    }
    for _ in range(2):
        r = starc("build", cwd=tmp_path / "shop", env=env)
        assert r.code == 0 and "WARN=0 ERROR=0 SKIP=0" in r.out, r.text


@needs_embedded
def test_amounts_of_the_first_project_are_exact(starc, tmp_path):
    """A seed's amount is a decimal from the start: by way of a float 4.20 was 4.19."""
    assert starc("init", "shop", cwd=tmp_path).code == 0
    seed = tmp_path / "shop/seeds/raw_orders.csv"
    seed.write_text(seed.read_text() + "5,Ada,2026-01-04,4.20\n")
    r = starc("build", cwd=tmp_path / "shop")
    assert r.code == 0, r.text
    sql = "select amount from {{ ref('orders') }} where order_id = 5"
    shown = starc("show", "--inline", sql, cwd=tmp_path / "shop")
    assert "4.20" in shown.out, shown.text


def test_a_folder_with_files_stays_as_it_is(starc, tmp_path):
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "mine.txt").write_text("mine")
    r = starc("init", "--example", "chinook", "shop", cwd=tmp_path)
    assert r.code == 2 and "has files already" in r.text and "init --example chinook FOLDER" in r.text
    assert files_of(shop) == {"mine.txt": b"mine"}
    (tmp_path / "file").write_text("mine")
    r = starc("init", "--example", "chinook", "file", cwd=tmp_path)
    assert r.code == 2 and (tmp_path / "file").read_text() == "mine"
    empty = tmp_path / "empty"
    empty.mkdir()
    r = starc("init", "--example", "load", ".", cwd=empty)
    assert r.code == 0 and (empty / "loads/shop.yml").is_file() and "cd " not in r.out


def test_what_cannot_be_written_is_said(starc, tmp_path):
    (tmp_path / "file").write_text("")
    r = starc("init", "--example", "load", "file/shop", cwd=tmp_path)
    assert r.code == 1 and "file/shop" in r.text, r.text


def test_the_examples_are_listed(starc, tmp_path):
    page = (ROOT / "docs/start/examples.md").read_text()
    r = starc("init", "--example", cwd=tmp_path)
    shown = re.search(r"^\$ starc init --example\n(.*?)^```$", page, re.M | re.S)[1]
    assert r.code == 0 and r.out == shown, r.text
    assert re.findall(r"^  (\S+)", r.out, re.M) == EXAMPLES
    assert starc("init", "--example", "list", cwd=tmp_path).out == r.out
    assert not list(tmp_path.iterdir())
    r = starc("init", "--example", "chinok", cwd=tmp_path)
    assert r.code == 2 and "chinook|incremental|snapshot|unit-tests|load" in r.text
    r = starc("init", "--example", "load", "--type", "postgres", cwd=tmp_path)
    assert r.code == 2 and "embedded engine" in r.text and not (tmp_path / "load").exists()


@needs_embedded
def test_the_page_of_examples(tmp_path):
    """docs/start/examples.md: its second block, as it stands."""
    page = (ROOT / "docs/start/examples.md").read_text()
    lines = [b for b in re.findall(r"^```console\n(.*?)^```$", page, re.M | re.S)][1]
    script = "\n".join(line.removeprefix("$ ") for line in lines.splitlines())
    p = shell(script, tmp_path)
    assert p.returncode == 0 and re.search(r"shop \| +2", p.stdout), p.stdout + p.stderr
