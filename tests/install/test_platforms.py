"""The wheels of dist/ run where their names say: auditwheel reads what the program asks of the system. And SHA256SUMS is of the files of one build."""

import json
import re
import subprocess
import sys

import pytest
from release import DIST, ROOT, VERSION, run

WHEELS = sorted(DIST.glob(f"starc-{VERSION}-py3-none-*linux_*.whl"))


@pytest.fixture(scope="module")
def auditwheel():
    """The command, in an environment that is made once."""
    folder = ROOT / "build/auditwheel"
    if not (folder / "bin/auditwheel").exists():
        run(sys.executable, "-m", "venv", folder)
        run(folder / "bin/pip", "install", "-q", "auditwheel==6.8.2")
    return folder / "bin/auditwheel"


@pytest.mark.skipif(not WHEELS, reason="make dist makes them")
@pytest.mark.parametrize("wheel", WHEELS, ids=lambda w: w.name.split("-")[-1])
def test_platform(auditwheel, wheel):
    platform = re.search(r"none-(.*)\.whl", wheel.name)[1]
    p = subprocess.run([auditwheel, "show", "--json", wheel], capture_output=True, text=True)
    assert p.returncode == 0, p.stdout + p.stderr
    assert json.loads(p.stdout)["overall_tag"] == platform, p.stdout


@pytest.mark.skipif(not WHEELS, reason="make dist makes them")
def test_checksums():
    run("sha256sum", "-c", "--quiet", "SHA256SUMS", cwd=DIST)
    listed = {line.split()[1] for line in (DIST / "SHA256SUMS").read_text().splitlines()}
    assert {w.name for w in WHEELS} | {f"starc-{VERSION}.spdx.json", f"starc_dbt-{VERSION}-py3-none-any.whl"} <= listed
    assert listed <= {p.name for p in DIST.iterdir() if VERSION in p.name}
