"""`pip install starc[embedded]`: the engine comes with it, from PyPI, and is found. In an environment of its own."""

import os
import subprocess
import sys

import pytest
from release import DIST, VERSION, run

WHEEL = DIST / f"starc-{VERSION}-py3-none-manylinux_2_28_x86_64.whl"


@pytest.mark.skipif(not WHEEL.exists() or os.uname().machine != "x86_64", reason="make dist")
def test_the_extra_brings_the_engine(tmp_path):
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    run(tmp_path / "venv/bin/python", "-m", "pip", "install", "-q", f"starc[embedded] @ {WHEEL.as_uri()}")
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}

    def starc(*words, folder=tmp_path):
        words = [tmp_path / "venv/bin/starc", *words]
        p = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=300)
        assert p.returncode == 0, p.stdout + p.stderr
        return p.stdout

    assert starc("engine", "path").endswith("/site-packages/chdb/_chdb.abi3.so\n")
    assert starc("engine", "version").endswith(" (ADBC)\n")
    starc("init", "shop")
    for command in ("debug", "build", "check"):
        starc(command, folder=tmp_path / "shop")
    starc("docs", "generate", folder=tmp_path / "shop")
