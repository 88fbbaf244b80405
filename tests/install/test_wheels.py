"""The Python wheels: `starc`, and `starc-dbt` beside dbt-core. In environments of their own, with this machine's pip;
dbt-core is PyPI's, without what it needs: it is there to be installed, not to run."""

import os
import subprocess
import sys
import zipfile

import pytest
from release import ROOT, VERSION, files, run, shaped


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """A folder with the wheels of two versions, and with dbt-core's."""
    folder = tmp_path_factory.mktemp("wheels")
    for version in (VERSION, "99.0"):
        run(ROOT / "packaging/wheel", "--into", folder, shaped(folder, version))
    run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, "dbt-core==1.11.*")
    return folder


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """An environment with pip alone."""
    folder = tmp_path_factory.mktemp("venv") / "empty"
    run(sys.executable, "-m", "venv", folder)
    return folder


@pytest.fixture
def venv(empty, wheels):
    """Calls pip in an environment that is as it was when the test ends; venv.folder."""
    before = files(empty)

    def pip(*words, **more):
        find = ["--no-index", "--no-deps", "--find-links", wheels, "-q"] if words[0] == "install" else ["-y", "-q"]
        return run(empty / "bin/python", "-m", "pip", words[0], *find, *words[1:], **more)

    pip.folder = empty
    yield pip
    is_there = lambda name: list(empty.glob(f"lib/*/site-packages/{name.replace('-', '_')}-*"))
    if there := list(filter(is_there, ("starc-dbt", "starc", "dbt-core"))):
        pip("uninstall", *there)
    assert files(empty) == before, "installing and removing leave nothing behind"


def dbt(pip, *words, **env):
    return subprocess.run([pip.folder / "bin/dbt", *words], capture_output=True, text=True, env=os.environ | env)


def is_dbt_core(pip):
    return "dbt.cli" in (pip.folder / "bin/dbt").read_text()


def test_the_same_bytes_twice(wheels, tmp_path):
    for name in [f"starc-{VERSION}-py3-none-manylinux_2_28_x86_64.whl", f"starc_dbt-{VERSION}-py3-none-any.whl"]:
        archive = wheels / f"starc-{VERSION}-linux-x86_64.tar.gz"
        run(ROOT / "packaging/wheel", "--into", tmp_path, archive, umask=0o077)
        assert (tmp_path / name).read_bytes() == (wheels / name).read_bytes()
        with zipfile.ZipFile(wheels / name) as z:
            assert z.testzip() is None
            assert {i.external_attr >> 16 for i in z.infolist()} == {0o100644, 0o100755}


def test_what_is_no_archive(tmp_path):
    (tmp_path / "starc-1-windows.tar.gz").write_bytes(b"")
    said = run(ROOT / "packaging/wheel", "--into", tmp_path, tmp_path / "starc-1-windows.tar.gz", fails=True)
    assert "not an archive of packaging/dist" in said and not list(tmp_path.glob("*.whl"))


def test_the_program_itself_and_its_next_version(venv):
    venv("install", f"starc=={VERSION}")
    program = venv.folder / "bin/starc"
    assert program.read_bytes()[:4] == b"\x7fELF" and os.access(program, os.X_OK)
    assert run(program, "--version").endswith(f"starc {VERSION}\n")
    assert (venv.folder / "share/man/man1/starc.1").exists()
    meta = run(venv.folder / "bin/python", "-c", "import importlib.metadata as m; print(m.metadata('starc').json)")
    assert "chdb-core" in meta and "embedded" in meta
    venv("install", "--upgrade", "starc")
    assert [p.name for p in venv.folder.glob("lib/*/site-packages/starc-*")] == ["starc-99.0.dist-info"]


def test_dbt_is_starc(venv, tmp_path):
    venv("install", f"starc=={VERSION}", f"starc-dbt=={VERSION}")
    said = dbt(venv, "--version")
    assert said.returncode == 0 and f"made by:   starc {VERSION}" in said.stdout
    assert "Usage: dbt COMMAND" in dbt(venv, "help").stdout
    p = dbt(venv, "buidl")
    assert p.returncode == 2 and "build" in p.stderr, p.stderr  # its exit code, and words as they were given
    link = tmp_path / "dbt"  # as uv and pipx put it on the PATH
    link.symlink_to(venv.folder / "bin/dbt")
    assert run(link, "--version") == said.stdout
    (venv.folder / "bin/starc").unlink()
    p = dbt(venv, "--version")
    assert p.returncode == 2 and "bin/starc: No such file" in p.stderr and "pip install starc" in p.stderr


ORDERS = [(first, gone) for first in ("starc-dbt", "dbt-core") for gone in ("starc-dbt", "dbt-core")]


@pytest.mark.parametrize("first, gone", ORDERS)
def test_beside_dbt_core(venv, first, gone):
    """Who comes last has the command; starc-dbt says so and stops. Who leaves takes it along, until a reinstall."""
    last = "dbt-core" if first == "starc-dbt" else "starc-dbt"
    venv("install", "starc==" + VERSION)
    for name in (first, last):
        venv("install", name + ("==" + VERSION if name == "starc-dbt" else ""))
    assert is_dbt_core(venv) == (last == "dbt-core")
    if last == "starc-dbt":
        p = dbt(venv, "--version")
        assert p.returncode == 2 and p.stderr.startswith("dbt: dbt-core 1.") and not p.stdout
        assert "pip install --force-reinstall --no-deps dbt-core==1." in p.stderr
        assert "STARC_DBT_OVER_DBT_CORE=1" in p.stderr
        assert "made by:   starc" in dbt(venv, "--version", STARC_DBT_OVER_DBT_CORE="1").stdout
    venv("uninstall", gone)
    assert not (venv.folder / "bin/dbt").exists(), "pip knows one owner of a file for each package that lists it"
    left = "dbt-core" if gone == "starc-dbt" else "starc-dbt==" + VERSION
    venv("install", "--force-reinstall", left)
    assert is_dbt_core(venv) == (gone == "starc-dbt")
    if gone == "dbt-core":
        assert dbt(venv, "--version").returncode == 0
