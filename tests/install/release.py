"""The files of a release, for the tests of their installation. What `make dist` and `make deb` left in dist/ is taken
as it is; `shaped` gives the program of this build the shape of a release's archive, where its libraries do not matter."""

import os
import pathlib
import re
import subprocess
import tarfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIST = pathlib.Path(os.environ.get("STARC_DIST", ROOT / "dist"))
STARC = pathlib.Path(os.environ.get("STARC", ROOT / "build/starc"))
VERSION = re.search(r'^#define STARC_VERSION "(.*)"', (ROOT / "runtime/run/version.h").read_text(), re.M)[1]


def run(*words, fails=False, **more):
    """A command's standard output and error; a failure is the test's, unless `fails`: then so is a success."""
    p = subprocess.run([str(w) for w in words], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    assert (p.returncode != 0) == fails, f"{' '.join(map(str, words))}: exit code {p.returncode}\n{p.stdout}"
    return p.stdout


def shaped(folder, version=VERSION, system="linux-x86_64"):
    """The program of this build as folder/starc-VERSION-SYSTEM.tar.gz, as packaging/dist lays a release out."""
    path = folder / f"starc-{version}-{system}.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        add = lambda file, inside: tar.add(file, f"starc-{version}-{system}/{inside}")
        add(STARC, "bin/starc")
        add(ROOT / "LICENSE", "share/doc/starc/licenses/zlib")
        page = folder / "starc.1"
        page.write_text(run(STARC, "man"))
        add(page, "share/man/man1/starc.1")
    return path


def renamed(archive, folder, version):
    """The same archive as one of another version: folder/starc-VERSION-SYSTEM.tar.gz."""
    old = archive.name.removesuffix(".tar.gz")
    new = old.replace(f"-{VERSION}-", f"-{version}-")
    run("tar", "-C", folder, "-xzf", archive)
    (folder / old).rename(folder / new)
    run("tar", "-C", folder, "-czf", folder / f"{new}.tar.gz", new)
    return folder / f"{new}.tar.gz"


def files(folder):
    """All files in a folder, but what Python compiles by itself. Not folders: pip leaves those that it made for `share`."""
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if "__pycache__" not in p.parts and not p.is_dir()}
