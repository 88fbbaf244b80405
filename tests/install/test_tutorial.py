"""The tutorial word for word in a bare Debian, with the Debian package: what its first chapter asks for is installed, and the
engine by the program's own command; nothing else. Postgres is this machine's, over loopback."""

import pathlib
import shutil
import sys

import pytest
from release import ROOT
from test_machines import CHROOT, DEB, LIBCHDB, Machine, lines, needs, pytestmark  # noqa: F401

sys.path.insert(0, str(ROOT / "tests/support"))
from servers import PostgresServer
from tutorial import CHAPTERS, Reader


@needs(DEB)
@pytest.mark.skipif(not LIBCHDB, reason="there is no libchdb")
def test_the_chapters(tmp_path):
    m = Machine(tmp_path / "machine", "bookworm", "postgresql-client", "curl")
    m.call("apt-get update -qq", user="root")
    (install,) = lines("Debian and Ubuntu")
    m.call(install, user="root", DEBIAN_FRONTEND="noninteractive")
    m.call(f"starc engine install --from /engine/{pathlib.Path(LIBCHDB).name}")
    home = m.folder / "home/ana"
    for name in ("seeds", "examples"):
        shutil.copytree(ROOT / name, home / name)
    m.call("chown -R ana:ana /home/ana", user="root")
    words = [CHROOT, "run", m.folder, "-u", "ana", "-d", "/home/ana"]
    with PostgresServer() as postgres:
        wrong = Reader("/home/ana", postgres, m.env | {"PATH": "/usr/sbin:/usr/bin:/bin", "USER": "ana"}, words, m.folder).follow(CHAPTERS)
    assert not wrong, "\n".join(wrong)
