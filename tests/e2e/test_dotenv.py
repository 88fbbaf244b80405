"""A file .env beside the project or above it: its variables reach options, templates, the profile and git, and its
secrets nobody."""

import os
import pytest
from conftest import profile_for

MODEL = {"models/a.sql": "select '{{ env_var('TEAM') }}' as team"}


def compiled(starc, folder, *args, **kw):
    r = starc("compile", "--select", "a", *args, cwd=folder, **kw)
    return r, r.out.rsplit("is:\n", 1)[-1].strip()


def test_a_file_above_and_what_the_shell_says(starc, project, tmp_path):
    folder = project(MODEL)
    assert "'TEAM' is not set" in starc("parse", cwd=folder).text
    (tmp_path / ".env").write_text(
        '# of all projects\nexport TEAM="red ${NONE:-&} white"\nDBT_QUIET=1\nDBT_NO_SUCH=1\n'
    )
    r, sql = compiled(starc, folder)
    assert r.code == 0 and sql == "select 'red & white' as team"
    assert "Found" not in r.text  # --quiet by the file
    assert compiled(starc, folder, env={"TEAM": "blue"})[1] == "select 'blue' as team"
    assert compiled(starc, folder, "--dbt-version", "1.11")[0].code == 2  # which reads no such file
    (folder / ".env").mkdir()  # a virtual environment of Python may be named so
    assert compiled(starc, folder)[1] == "select 'red & white' as team"
    (folder / ".env").rmdir()
    (folder / ".env").write_text("OTHER=1")  # the nearest file alone is read
    assert compiled(starc, folder)[0].code == 2
    (folder / ".env").unlink()
    assert compiled(starc, folder, env={"PYTHON_DOTENV_DISABLED": "1"})[0].code == 2


def test_the_profile_sees_it_and_a_secret_is_masked(starc, project, request):
    profile = profile_for("postgres", request, "dotenv_pg")
    password = profile["password"]
    profile["password"] = "{{ env_var('DBT_ENV_SECRET_PG') }}"
    folder = project({"models/a.sql": f"select '{password}' as leaked"}, profile=profile)
    (folder / ".env").write_text(f"DBT_ENV_SECRET_PG='{password}'\n")
    r = starc("debug", cwd=folder)
    assert r.code == 0 and f"Using .env file at {folder / '.env'}" in r.text, r.text
    r, sql = compiled(starc, folder)
    assert sql == "select '*****' as leaked" and password not in r.text


def test_lines_that_are_none_are_told_without_their_text(starc, project):
    folder = project({"models/a.sql": "select '{{ env_var('A') }}' as a"})
    (folder / ".env").write_text("A=1\nTOKEN='s3cr3t-never-shown\n\nTOKEN_2 s3cr3t-neither\n")
    r, sql = compiled(starc, folder)
    assert r.code == 0 and sql == "select '1' as a"
    for line in (2, 4):
        assert f"{folder / '.env'}:{line}: warning: this is no variable" in r.text, r.text
    assert "s3cr3t" not in r.text


@pytest.mark.parametrize(
    "content, said",
    [(b"A=\xff\n", ".env:1: error: this is not UTF-8"), (b"A=1\n" * 300000, "at most 1 MiB")],
    ids=["coding", "size"],
)
def test_a_file_that_is_none(starc, project, content, said):
    folder = project({"models/a.sql": "select 1 as a"})
    (folder / ".env").write_bytes(content)
    r = starc("parse", cwd=folder)
    assert r.code == 2 and said in r.text, r.text


def test_what_makes_programs_run_is_not_taken_from_it(starc, project):
    folder = project(
        {"models/a.sql": "select '{{ env_var('GIT_SHA') }}' as a, '{{ env_var('LD_PRELOAD', 'none') }}' as b"}
    )
    (folder / ".env").write_text("GIT_SHA=abc\nLD_PRELOAD=./evil.so\nSTARC_ALLOW_LIBRARY=1\n")
    r, sql = compiled(starc, folder)
    assert sql == "select 'abc' as a, 'none' as b"
    for name in ("LD_PRELOAD", "STARC_ALLOW_LIBRARY"):
        assert f"{name} is not taken from a file" in r.text, r.text


def test_a_folder_of_profiles_that_it_names_is_the_project_s(starc, project, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "profiles.yml").write_text(
        "shop: {outputs: {dev: {type: clickhouse, driver: embedded, schema: s, library: ./evil.so}}}"
    )
    folder = project({"models/a.sql": "select 1 as a"}, extra="profile: shop\n")
    (folder / ".env").write_text(f"DBT_PROFILES_DIR={elsewhere}\n")
    r = starc("parse", cwd=folder)
    assert r.code == 2 and "cannot name a library to load" in r.text, r.text
    (folder / ".env").unlink()
    assert "cannot name" not in starc("parse", cwd=folder, env={"DBT_PROFILES_DIR": str(elsewhere)}).text
