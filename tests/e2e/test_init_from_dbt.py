"""starc init --from-dbt: what is said of a project is true, has its place, and nothing is written."""

import json, os, re

import pytest
from conftest import ROOT

PAGE = (ROOT / "docs/start/from-dbt.md").read_text()
POSTGRES = "{type: postgres, host: h, port: 5432, user: u, password: geheim123, dbname: d, schema: s}"


def tree(folder):
    return sorted((str(p.relative_to(folder)), p.lstat().st_mtime_ns) for p in folder.rglob("*"))


@pytest.fixture
def look(starc, project, tmp_path):
    """look({file: text}, code) -> {(weight, place): text and what to do}, of a project with a profile of Postgres."""

    def run(files, code, *more, env=None):
        files = {"profiles.yml": f"shop:\n  outputs:\n    default: {POSTGRES}\n", **files}
        folder = project({"models/a.sql": "select 1 as id", **files})
        before = tree(tmp_path)
        r = starc("init", "--from-dbt", folder, "--output", "json", *more, cwd=tmp_path, env=env)
        assert r.code == code, r.text
        assert tree(tmp_path) == before
        assert "geheim123" not in r.text
        said = json.loads(r.out)
        assert said["ready"] == (code == 0)
        found = {}
        for f in said["findings"]:
            place = f["area"] if f["file"] is None else f["file"] + (f":{f['line']}" if f["line"] else "")
            found[f["weight"], place] = found.get((f["weight"], place), "") + f["text"] + "\n" + f["todo"]
        return found

    return run


def test_a_project_that_is_ready(look):
    found = look({"dbt_project.yml": "name: shop\nprofile: shop\nrequire-dbt-version: ['>=1.7.0', '<1.12.0']\n"}, 0)
    assert not [k for k in found if k[0] != "ok"]
    assert "behaves as dbt 1.11" in found["ok", "dbt_project.yml:3"]
    assert "1 model: read" in found["ok", "project"]
    assert "(the one in use) is for dbt-postgres" in found["ok", "profiles.yml:3"]


def test_errors_and_warnings_of_the_project_stand_at_their_place(look):
    found = look(
        {
            "models/b.sql": "select *\nfrom {{ ref('aa') }}",
            "models/s.yml": "models:\n  - name: gone\n    columns: [{name: id, data_tests: [unique]}]\n",
        },
        1,
    )
    assert "'aa'" in found["to do", "models/b.sql:2"] and "did you mean 'a'" in found["to do", "models/b.sql:2"]
    assert any(place.startswith("models/s.yml:") for weight, place in found if weight == "note")


def test_python_models_and_metrics(look):
    found = look({"models/p.py": "def model(dbt, session):\n    return dbt.ref('a')\n"}, 1)
    assert "Python" in found["to do", "models/p.py:1"] and "--exclude" in found["to do", "models/p.py:1"]


def test_outputs_of_other_databases(look):
    profile = f"shop:\n  target: dev\n  outputs:\n    dev: {POSTGRES}\n    ch: {{type: clickhouse, schema: s}}\n"
    profile += "    prod: {type: snowflake, account: a}\n"
    found = look({"profiles.yml": profile}, 0)
    assert "dbt-clickhouse" in found["ok", "profiles.yml:5"] and "snowflake" in found["note", "profiles.yml:6"]
    found = look({"profiles.yml": profile}, 1, "--target", "prod")
    assert "snowflake" in found["to do", "profiles.yml:6"] and "--target" in found["to do", "profiles.yml:6"]
    assert "1 model: read" in found["ok", "project"]


def test_no_profile(starc, project, tmp_path):
    folder = project({"models/a.sql": "select 1 as id", "profiles.yml": ""})
    (folder / "profiles.yml").unlink()
    r = starc("init", "--from-dbt", cwd=folder)
    assert r.code == 0 and "no profiles.yml is found" in r.out, r.text
    assert r.out.rstrip().endswith("ready: try `starc check --embedded`, then `starc build`"), r.text


def test_packages(look):
    found = look(
        {
            "packages.yml": "packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.3.0\n"
            "  - git: https://tok:geheim123@host/x/snowflake_helpers.git\n    revision: main\n",
        },
        1,
    )
    assert "not installed" in found["to do", "packages.yml:2"] and "starc deps" in found["to do", "packages.yml:2"]
    assert "hub" in found["ok", "packages.yml:2"]
    assert "Snowflake" in found["note", "packages.yml:4"]
    found = look({"packages.yml": "", "dependencies.yml": "projects:\n  - name: finance\n"}, 1)
    assert "dbt Cloud" in found["to do", "dependencies.yml:1"]


def test_variables_are_named_and_not_shown(look):
    files = {
        "profiles.yml": "shop:\n  outputs:\n    default: "
        "{type: postgres, host: \"{{ env_var('PG_HOST') }}\", port: 1, user: u,\n"
        "      pass: \"{{ env_var('DBT_ENV_SECRET_PG') }}\", dbname: d, schema: s}\n",
        "models/b.sql": "select '{{ env_var('WHO', 'me') }}' as who",
    }
    found = look(files, 1)
    assert "'PG_HOST'" in found["to do", "profiles.yml:3"] and "'DBT_ENV_SECRET_PG'" in found["to do", "profiles.yml:4"]
    assert not [text for (weight, _), text in found.items() if "lacks" in text]
    found = look(files, 0, env={"PG_HOST": "h", "DBT_ENV_SECRET_PG": "geheim123"})
    assert "3 variables" in found["ok", "environment"]


CI = """\
name: dbt build everything
on: push
jobs:
  build:
    steps:
      - name: dbt run and test
        run: pip install dbt-postgres==1.8
      - run: dbt deps && dbt build --select state:modified+ --threads ${{ inputs.threads }} --foo 3
      - run: |
          # dbt cloud is prose
          cd dbt
          dbt cloud run
          poetry run dbt run --target $TARGET --full-refresh | tee log
          DBT_X=1 dbt --no-write-json test \\
            --indirect-selection cautious 2>&1
          echo "dbt build --nope"
          dbt build $ARGS
          dbt run --threads $N > log 2>&1
      - run: >
          dbt run
          --selct x
"""


def test_command_lines_are_read_by_the_command_line(look, tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/ci.yml").write_text(CI)
    found = look(
        {
            "Dockerfile": "FROM python\nRUN pip install dbt-core\n"
            'CMD ["dbt", "build", "--wrong", "--profiles-dir", "."]\n',
            "scripts/run.sh": "#!/bin/sh\nexec /venv/bin/dbt run-operation x --args '{a: 1}'\n"
            "docker run img dbt build --vars '{\"x\": 1}' --target=prod\n"
            "if ! dbt test --store-failures --severity error; then exit 1; fi\n",
            "dags/shop.py": 'BashOperator(bash_command="dbt run --select {{ params.what }} --bad")\n'
            "dbtRunner().invoke()\n",
            "Makefile": "build:\n\t@dbt build --select tag:daily # dbt build --no\n",
        },
        1,
    )
    ci = "../.github/workflows/ci.yml"
    todo = {place: text for (weight, place), text in found.items() if weight == "to do"}
    assert set(todo) == {f"{ci}:8", f"{ci}:12", f"{ci}:20", "Dockerfile:3", "scripts/run.sh:4", "dags/shop.py:1"}, todo
    assert "no option --foo of starc build" in todo[f"{ci}:8"]
    assert "dbt Cloud" in todo[f"{ci}:12"]
    assert "did you mean --select" in todo[f"{ci}:20"]
    assert "--wrong" in todo["Dockerfile:3"] and "--severity" in todo["scripts/run.sh:4"]
    assert "dbtRunner" in found["note", "dags/shop.py:2"]
    assert "dbt-postgres" in found["note", f"{ci}:7"] and "dbt-core" in found["note", "Dockerfile:2"]
    assert "8 lines" in found["ok", "commands"]


def test_hostile_files_end_well(look, project, tmp_path):
    folder = tmp_path / "shop"
    (folder / "scripts").mkdir(parents=True)
    (folder / "scripts/noise").write_bytes(os.urandom(200_000))
    (folder / "scripts/big.sh").write_text("dbt run --x\n" * 200_000)
    os.mkfifo(folder / "scripts/pipe")
    os.mkfifo(folder / "pipe.sh")
    (folder / "scripts/loop").symlink_to("../scripts")
    (folder / "self.sh").symlink_to("self.sh")
    (folder / "gone.sh").symlink_to("nowhere")
    (folder / "scripts/many.sh").write_text("dbt run --x\n" * 80_000)
    (folder / "scripts/line.sh").write_text("dbt run --x; " * 75_000)
    (folder / "scripts/prose.sh").write_text("dbt as " * 140_000)
    (folder / "scripts/open.sh").write_text("dbt run --vars '{a: ")
    (folder / "scripts/end.sh").write_text('["dbt", "run", "')
    (folder / "scripts/words.sh").write_text("dbt run " + "x " * 5000 + "\n" + "dbt ${{ " * 100 + "\ndbt run \\")
    found = look({}, 1)
    assert "cannot be read" in found["note", "gone.sh"] and "cannot be read" in found["note", "self.sh"]
    assert not [place for _, place in found if "big.sh" in place or "noise" in place]
    many = [text for (_, place), text in found.items() if "many.sh" in place]
    assert len(many) == 20 and "not looked at" in many[-1]


def test_what_is_no_project(starc, tmp_path):
    r = starc("init", "--from-dbt", tmp_path, cwd=tmp_path)
    assert r.code == 2 and "dbt_project.yml" in r.text
    (tmp_path / "dbt_project.yml").write_text("name: [")
    r = starc("init", "--from-dbt", cwd=tmp_path)
    assert r.code == 2 and "dbt_project.yml:1" in r.text
    r = starc("init", "shop", "--from-dbt", cwd=tmp_path)
    assert r.code == 2 and "makes none" in r.text and not (tmp_path / "shop").exists()
    r = starc("init", "shop", "--target", "postgres", cwd=tmp_path)
    assert r.code == 2 and "--type chooses" in r.text and not (tmp_path / "shop").exists()
    r = starc("init", "--from-dbt", "--example", "load", cwd=tmp_path)
    assert r.code == 2 and not (tmp_path / "load").exists()


def test_the_page(starc, project, tmp_path):
    """docs/start/from-dbt.md: its output is that of this project."""
    project(
        {
            "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\n"
            "require-dbt-version: ['>=1.7.0', '<1.12.0']\n",
            "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev:\n      type: postgres\n"
            "      host: localhost\n      port: 5432\n      user: u\n"
            "      password: geheim123\n      dbname: d\n      schema: s\n    prod: {type: snowflake}\n",
            "models/a.sql": "select 1 as id",
            "models/b.sql": "select * from {{ ref('a') }}",
            "models/s.yml": "models: [{name: a, columns: [{name: id, data_tests: [unique]}]}]\n",
            ".github/workflows/ci.yml": "on: push\njobs:\n  build:\n    steps:\n      - run: dbt deps\n"
            "      - run: pip install dbt-postgres\n"
            "      - run: dbt build --select state:modified+ --defer-to state\n      - run: dbt docs generate\n",
        }
    )
    shown = re.search(r"^\$ starc init --from-dbt shop\n(.*?)^```$", PAGE, re.M | re.S)[1]
    r = starc("init", "--from-dbt", "shop", cwd=tmp_path)
    assert r.code == 1 and r.out.replace(str(tmp_path), "...") == shown, r.text
