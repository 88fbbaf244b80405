"""The image of `make image`: the same bytes from a second build. That it runs, and what is in it: tests/ci."""

import hashlib
import os
import tarfile

import pytest
from release import DIST, ROOT, VERSION, run

ARCHIVE = DIST / f"starc-{VERSION}-linux-{os.uname().machine}.tar.gz"
pytestmark = [
    pytest.mark.skipif(os.getuid() != 0, reason="only root can make a Debian in a folder"),
    pytest.mark.skipif(not ARCHIVE.exists(), reason=f"there is no {ARCHIVE.name}: make dist"),
]


def contents(image):
    """{what: digest} of the layout's files and of the files in the layer."""
    found = {}
    with tarfile.open(image) as layout:
        for part in filter(tarfile.TarInfo.isfile, layout):
            data = layout.extractfile(part).read()
            found[part.name] = hashlib.sha256(data).hexdigest()
            if data[:2] == b"\x1f\x8b":
                with tarfile.open(fileobj=layout.extractfile(part), mode="r:gz") as layer:
                    for f in layer:
                        body = layer.extractfile(f).read() if f.isreg() else b""
                        found["/" + f.name] = (f.mode, f.uid, f.gid, f.mtime, f.linkname, hashlib.sha256(body).hexdigest())
    return found


def test_the_same_bytes_twice(tmp_path):
    when = os.environ.get("SOURCE_DATE_EPOCH") or run("git", "log", "-1", "--format=%ct", cwd=ROOT).strip()
    env = os.environ | {"SOURCE_DATE_EPOCH": when}
    images = tmp_path / "one.tar", tmp_path / "other.tar"
    run(ROOT / "packaging/container/image", "--output", images[0], env=env)
    run(ROOT / "packaging/container/image", "--output", images[1], env=env | {"TZ": "Asia/Tokyo", "HOME": str(tmp_path)}, umask=0o077)
    if images[0].read_bytes() != images[1].read_bytes():
        one, other = map(contents, images)
        assert {p: (one.get(p), other.get(p)) for p in sorted(one.keys() | other.keys()) if one.get(p) != other.get(p)} == {}
    assert images[0].read_bytes() == images[1].read_bytes()
