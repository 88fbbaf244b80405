"""Each way of docs/install.md, by its own line, in a bare Debian (tests/support/chroot): a first project on Postgres and on the
embedded engine, an upgrade, and a removal that leaves nothing behind. In: the files of dist/. Postgres is this machine's, over loopback."""

import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from release import DIST, ROOT, VERSION, renamed, run

sys.path.insert(0, str(ROOT / "tests/support"))
import chdb
from servers import PostgresServer

CHROOT = ROOT / "tests/support/chroot"
SUITES = os.environ.get("STARC_SUITES", "bookworm trixie").split()
PATH = "/home/ana/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ARCHIVE, DEB = DIST / f"starc-{VERSION}-linux-x86_64.tar.gz", DIST / f"starc_{VERSION}_amd64.deb"
WHEEL = DIST / f"starc-{VERSION}-py3-none-manylinux_2_28_x86_64.whl"
needs = lambda file: pytest.mark.skipif(not file.exists(), reason=f"there is no {file.name}: make dist")
pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can make a bare machine")


@functools.cache
def lines(heading):
    """The commands of a section of docs/install.md, a block each."""
    text = (ROOT / "docs/install.md").read_text()
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.M | re.S)[1]
    return re.findall(r"^```sh\n(.*?)\n```$", section, re.M | re.S)


class Machine:
    """A Debian of its own in a folder, with the release's files in /release and a user, ana."""

    def __init__(self, folder, suite, *packages):
        self.folder, self.suite = folder, suite
        run(CHROOT, "new", folder, suite, *packages)
        run(CHROOT, "run", folder, "useradd", "-m", "ana")
        # What this machine trusts, told as any proxy's certificate is told.
        trust = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
        shutil.copy(trust, folder / "etc/trust.crt")
        names = ("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")
        proxies = {k: v for k, v in os.environ.items() if k.lower() in ("http_proxy", "https_proxy", "no_proxy")}
        self.env = {"LANG": "C.UTF-8", **dict.fromkeys(names, "/etc/trust.crt"), **proxies}

    def call(self, command, user="ana", cwd=None, fails=False, around=(), **env):
        """What a shell command of ana's prints, where the release's files are. `around`: words before what enters the machine."""
        home = "/root" if user == "root" else f"/home/{user}"
        env = self.env | {"PATH": PATH, "HOME": home, "USER": user} | env
        words = [*around, CHROOT, "run", self.folder, "-u", user, "-d", cwd or "/release", "-m", f"{DIST}:/release"]
        words += ["-m", f"{pathlib.Path(LIBCHDB).parent}:/engine"] if LIBCHDB else []
        return run(*words, "/usr/bin/env", "-i", *[f"{k}={v}" for k, v in env.items()], "/bin/sh", "-c", command, fails=fails)

    def files(self):
        """All of its files, but what apt and dpkg note for themselves and what was open to all before."""
        own = "var/lib/dpkg var/lib/apt var/cache var/log release engine tmp proc home/ana/.cache home/ana/.local/state".split()
        found = set()
        for base, folders, names in os.walk(self.folder):
            inside = "" if base == str(self.folder) else os.path.relpath(base, self.folder) + "/"
            folders[:] = [f for f in folders if not (inside + f).startswith(tuple(own))]
            found |= {inside + n for n in (*names, *folders)}
        return {f for f in found if "__pycache__" not in f and not f.startswith(tuple(own))}


LIBCHDB = chdb.find()


@pytest.fixture
def machine(tmp_path, request):
    def make(suite, *packages):
        return Machine(tmp_path / "machine", suite, *packages)

    yield make
    shutil.rmtree(tmp_path / "machine", ignore_errors=True)


@pytest.fixture(scope="module")
def postgres():
    with PostgresServer() as server:
        yield {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(server.port), "POSTGRES_USER": server.user,
               "DBT_ENV_SECRET_POSTGRES_PASSWORD": server.password, "POSTGRES_DB": server.dbname}  # fmt: skip


def first_projects(m, postgres, starc="starc"):
    """What the README's first project does, on both targets."""
    call = functools.partial(m.call, cwd="/home/ana")
    assert call(f"{starc} --version").endswith(f"starc {VERSION}\n")
    call(f"{starc} init pg --type postgres")
    said = call(f"cd pg && {starc} debug && {starc} build && {starc} docs generate", **postgres)
    assert "revenue" in call(f"cd pg && {starc} show --select orders_by_day", **postgres)
    for name in ("catalog.json", "run_results.json", "manifest.json"):
        assert (m.folder / "home/ana/pg/target" / name).exists(), said
    call(f"{starc} init shop")
    said = call(f"cd shop && {starc} build", fails=True)
    assert "starc engine install" in said and "make" not in said.split(), said
    if LIBCHDB:
        call(f"{starc} engine install --from /engine/{pathlib.Path(LIBCHDB).name}")
        call(f"cd shop && {starc} build && {starc} docs generate && {starc} check")
        assert "revenue" in call(f"cd shop && {starc} show --select orders_by_day")
        call(f"{starc} engine remove")
    call("rm -rf pg shop .local/share/starc .cache")


@needs(ARCHIVE)
@pytest.mark.parametrize("suite", SUITES)
def test_archive(machine, postgres, suite):
    m = machine(suite)
    before = m.files()
    unpack, remove = lines("The archive")
    m.call(unpack)
    first_projects(m, postgres)
    m.call(unpack)  # a newer one over it
    m.call(remove)
    left = [p for p in m.files() - before if not (m.folder / p).is_dir()]
    assert left == [], "an archive's folders may stay, none of its files"


@needs(DEB)
@pytest.mark.parametrize("suite", SUITES)
def test_debian_package(machine, postgres, suite):
    m = machine(suite)
    m.call("apt-get update -qq", user="root")
    (install,) = lines("Debian and Ubuntu")
    m.call(install, user="root", DEBIAN_FRONTEND="noninteractive")
    first_projects(m, postgres)
    m.call("test -e /usr/bin/starc -a -e /usr/share/bash-completion/completions/starc")
    before = m.files()
    run(ROOT / "packaging/deb", m.folder / "opt", env=os.environ | {"STARC_VERSION": "99.0"})
    m.call("apt-get install -y -qq /opt/starc_99.0_amd64.deb && rm /opt/starc_99.0_amd64.deb", user="root")
    assert m.call("starc --version").endswith("starc 99.0\n") and m.files() == before
    m.call("apt-get remove -y -qq starc", user="root")
    assert [p for p in m.files() if re.search(r"(^|/)_?starc(\.|$|/)", p)] == []


@needs(DEB)
def test_debian_package_without_what_it_recommends(machine, postgres):
    m = machine(SUITES[0])
    m.call("apt-get update -qq", user="root")
    m.call(f"apt-get install -y -qq --no-install-recommends ./{DEB.name}", user="root", DEBIAN_FRONTEND="noninteractive")
    m.call("starc init pg --type postgres", cwd="/home/ana")
    said = m.call("starc build", cwd="/home/ana/pg", fails=True, **postgres)
    assert "libpq.so.5" in said and "install libpq5" in said, said
    m.call("starc init shop", cwd="/home/ana")
    if LIBCHDB:
        m.call(f"STARC_LIBCHDB=/engine/{pathlib.Path(LIBCHDB).name} starc build", cwd="/home/ana/shop")


PYTHON = {"pip": 0, "uv": 1, "pipx": 2}
PLACES = {"pip": "/home/ana/env/bin", "uv": "/home/ana/.local/bin", "pipx": "/home/ana/.local/bin"}


@needs(WHEEL)
@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("tool", PYTHON)
def test_wheel(machine, postgres, tmp_path, tool, suite):
    m = machine(suite, "python3-venv")
    m.call("python3 -m venv ~/env" + (f" && ~/env/bin/pip install -q {tool}" if tool != "pip" else ""))
    before = m.files()
    on_path = {"PATH": f"{PLACES[tool]}:/home/ana/env/bin:{PATH}"}
    m.call(lines("Python")[PYTHON[tool]], **on_path)
    first_projects(m, postgres, f"{PLACES[tool]}/starc")
    with_starc = m.files()
    run(ROOT / "packaging/wheel", "--into", m.folder / "opt", renamed(ARCHIVE, tmp_path, "99.0"))
    upgrade = {"pip": "pip install", "uv": "uv tool install", "pipx": "pipx install --force"}[tool]
    m.call(f"{upgrade} /opt/{WHEEL.name.replace(VERSION, '99.0')}", **on_path)
    stays = lambda found: {f for f in found if "dist-info" not in f and not f.startswith("opt/")}
    assert stays(m.files()) == stays(with_starc) and f"-{VERSION}.dist-info" not in " ".join(f for f in m.files() if "starc" in f)
    remove = {"pip": "pip uninstall -y starc", "uv": "uv tool uninstall starc", "pipx": "pipx uninstall starc"}[tool]
    m.call(remove, **on_path)
    own = "home/ana/.local/share/pipx/venvs/.starc.lock"  # pipx's, of each name that it was ever asked for
    left = {p for p in m.files() - before - {own} if "starc" in p and not p.startswith("opt/")}
    assert left == set()


@needs(WHEEL)
@pytest.mark.parametrize("suite", SUITES)
def test_the_command_dbt(machine, postgres, suite):
    m = machine(suite, "python3-venv")
    m.call("python3 -m venv ~/env && ~/env/bin/pip install -q uv")
    with_pip, with_uv = lines("The command dbt")
    taken = "mkdir -p ~/.local/bin && touch ~/.local/bin/dbt"
    said = m.call(f"{taken} && {with_uv}", PATH=f"/home/ana/env/bin:{PATH}", fails=True)
    assert "Executable already exists: dbt" in said
    m.call("rm ~/.local/bin/dbt")
    for install, place in [(with_pip, "/home/ana/env/bin"), (with_uv, "/home/ana/.local/bin")]:
        on_path = {"PATH": f"{place}:/home/ana/env/bin:{PATH}"}
        m.call(install, **on_path)
        assert f"made by:   starc {VERSION}" in m.call(f"{place}/dbt --version", **on_path)
        m.call("starc init pg --type postgres" if place.endswith("env/bin") else "true", cwd="/home/ana", **on_path)
        m.call(f"{place}/dbt build", cwd="/home/ana/pg", **on_path, **postgres)
