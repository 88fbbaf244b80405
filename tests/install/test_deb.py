"""The Debian package of dist/, looked at from outside: lintian, its fields, and the same bytes from a second build. Its
installation in bare machines: test_machines.py."""

import gzip
import os
import re
import shutil

import pytest
from release import DIST, ROOT, VERSION, run

FOUND = sorted(DIST.glob(f"starc_{VERSION}_*.deb"))
pytestmark = pytest.mark.skipif(not FOUND, reason="make deb makes it")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deb") / "tree"
    run("dpkg-deb", "-x", FOUND[0], folder)
    return folder


def field(name):
    return run("dpkg-deb", "-f", FOUND[0], name).strip()


def test_lintian_finds_nothing():
    root = ["--allow-root"] if os.getuid() == 0 else []
    assert run("lintian", *root, "--fail-on", "error,warning", FOUND[0]) == ""


def test_what_it_depends_on(tree):
    """Computed: all that the program is linked to; what it loads later is recommended, not needed for a start."""
    multiarch = run("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip()
    needs, loads = field("Depends"), field("Recommends")
    linked = re.findall(r"NEEDED +(\S+)", run("objdump", "-p", tree / "usr/bin/starc"))
    assert "libcrypto.so.3" not in linked, "loading it takes as long as a start"
    for library in linked:
        owner = run("dpkg", "-S", f"*/{multiarch}/{library}").split(":")[0]
        assert re.search(rf"\b{re.escape(owner)}\b", needs), f"{library} of {owner}: {needs}"
    for name in ("libpq5", "libcurl4", "libarchive13", "libmicrohttpd12", "ca-certificates"):
        assert name in loads and name not in needs


def test_page_and_completions(tree):
    page = gzip.decompress((tree / "usr/share/man/man1/starc.1.gz").read_bytes()).decode()
    assert page == run(tree / "usr/bin/starc", "man")
    for shell, path in [
        ("bash", "bash-completion/completions/starc"),
        ("zsh", "zsh/vendor-completions/_starc"),
        ("fish", "fish/vendor_completions.d/starc.fish"),
    ]:
        assert (tree / "usr/share" / path).read_text() == run(tree / "usr/bin/starc", "completion", shell)


def test_the_same_bytes_twice(tmp_path):
    """The second time all of it, in a folder of another name, and by another user's settings."""
    other = tmp_path / "of/another/length"
    names = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).split("\0")
    for name in filter(lambda n: n and not n.startswith(("tests/", "docs/")) and (ROOT / n).is_file(), names):
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, other / name)
    when = os.environ.get("SOURCE_DATE_EPOCH") or run("git", "log", "-1", "--format=%ct", cwd=ROOT).strip()
    env = os.environ | {"TZ": "Asia/Tokyo", "LANG": "C", "HOME": str(tmp_path), "SOURCE_DATE_EPOCH": when}
    run(other / "packaging/deb", tmp_path, env=env, umask=0o077)
    assert (tmp_path / FOUND[0].name).read_bytes() == FOUND[0].read_bytes()
    text = (other / "build/deb/tree/usr/bin/starc").read_bytes()
    assert not [p for p in (ROOT, other) if str(p).encode() in text], "a path of the folder that it was built in"
