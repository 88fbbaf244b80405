"""What the tests of installation and of CI stand on: bare machines, also the first one of a fresh checkout, and ports of services."""

import os
import socket
import subprocess
import sys

import pytest
from release import ROOT

sys.path.insert(0, str(ROOT / "tests/ci"))
from machine import At

CHROOT = ROOT / "tests/support/chroot"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a bare machine")
def test_the_first_machine_wants_packages(tmp_path):
    bases, folder = tmp_path / "bases", tmp_path / "machine"
    words = [CHROOT, "new", folder, "bookworm", "ca-certificates"]
    subprocess.run(words, check=True, timeout=540, env=os.environ | {"STARC_CHROOTS": str(bases)})
    assert {p.name for p in bases.iterdir() if p.is_dir()} == {"bookworm", "bookworm+ca-certificates"}
    assert (folder / "usr/sbin/update-ca-certificates").exists()
    subprocess.run(["rm", "-rf", "--one-file-system", bases, folder], check=True)


def test_a_port_outlives_a_refused_connection():
    behind = socket.socket()
    behind.bind(("127.0.0.1", 0))
    behind.settimeout(10)
    with behind, At(5999, behind.getsockname()[1]) as port:
        call = lambda: socket.create_connection((port.address, 5999), timeout=10)
        with call() as c:
            assert c.recv(1) == b"", "nobody listens yet"
        behind.listen()
        with call() as c:
            far, _ = behind.accept()
            with far:
                far.sendall(b"!")
                assert c.recv(1) == b"!"
