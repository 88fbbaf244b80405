"""What starc says on a machine that does not let it: no network, a proxy that refuses, a home that is full or read-only, files for another
processor. A clear error each, and nothing half there. The program is the Debian package's, in a bare machine."""

import os
import pathlib
import subprocess

import pytest
from release import ROOT, run, shaped
from test_machines import DEB, LIBCHDB, SUITES, Machine, needs

pytestmark = [needs(DEB), pytest.mark.skipif(os.getuid() != 0, reason="only root can make a bare machine")]
REFUSES = "http://127.0.0.1:9"  # where nobody listens


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    m = Machine(tmp_path_factory.mktemp("bad") / "machine", SUITES[0], "python3-venv", "npm")
    m.call("apt-get update -qq && apt-get install -y -qq ./" + DEB.name, user="root", DEBIAN_FRONTEND="noninteractive")
    yield m
    subprocess.run(["rm", "-rf", "--one-file-system", m.folder])


def a_home(m, options):
    """ana's home as a file system of its own, which ends with the command, and the files that are left in it are listed."""
    mount = f'mount -t tmpfs -o {options} none "{m.folder}/home/ana" && exec "$@"'
    return ["unshare", "--mount", "--", "sh", "-c", mount, "sh"]


def engine_install(m, words="", around=(), **env):
    """What it says where it fails; it leaves no part of an engine."""
    said = m.call(f"starc engine install {words}; code=$?; echo; find ~ -name '*chdb*'; exit $code", fails=True, around=around, **env)
    error, _, left = said.rpartition("\n\n")
    assert left.strip() == "", said
    assert "[engine-install]" in error or "[file" in error, said
    return error


def test_without_a_network(machine):
    said = engine_install(machine, around=["unshare", "--net", "--"])
    assert "cannot fetch" in said and "--from" in said, said


def test_a_proxy_that_refuses(machine):
    said = engine_install(machine, HTTPS_PROXY=REFUSES, HTTP_PROXY=REFUSES, npm_config_fetch_retries="0")
    assert "cannot fetch" in said and "proxy" in said and "ECONNREFUSED" in said, said


def test_a_full_home(machine):
    full = a_home(machine, "size=512k,uid=1000")
    if LIBCHDB:
        said = engine_install(machine, f"--from /engine/{pathlib.Path(LIBCHDB).name}", around=full)
        assert "No space left on device" in said and "libchdb.so" in said, said
    said = engine_install(machine, around=full)
    assert "No space left" in said or "ENOSPC" in said, said
    said = machine.call("cd && head -c 500k /dev/zero > rest; dd if=/dev/zero of=more 2>&1; starc init shop", fails=True, around=full)
    assert "No space left on device" in said.rpartition("copied")[2], said


def test_a_home_that_cannot_be_written(machine):
    for options in ("ro,size=1m", "size=1m,uid=0,mode=755"):
        read_only = a_home(machine, options)
        why = "Read-only file system" if options.startswith("ro") else "Permission denied"
        said = engine_install(machine, around=read_only)
        assert why in said and "/home/ana/.local" in said, said
        said = machine.call("cd && starc init shop", fails=True, around=read_only)
        assert why in said and "shop" in said, said
        # a project elsewhere is built all the same
        machine.call("rm -rf /tmp/shop && cd /tmp && starc init shop && cd shop && starc parse", around=read_only)


def test_another_processor(machine, tmp_path):
    archive = shaped(tmp_path, system="linux-aarch64")
    run(ROOT / "packaging/wheel", "--into", tmp_path, archive)
    wheel = next(tmp_path.glob("starc-*aarch64.whl"))
    (machine.folder / "home/ana" / wheel.name).write_bytes(wheel.read_bytes())
    said = machine.call(f"python3 -m venv ~/env && ~/env/bin/pip install ~/{wheel.name}", fails=True)
    assert "is not a supported wheel on this platform" in said
    program = bytearray(pathlib.Path(machine.folder / "usr/bin/starc").read_bytes())
    program[18] = 183 if program[18] == 62 else 62  # e_machine
    (machine.folder / "home/ana/other.so").write_bytes(program)
    assert "is for another processor" in engine_install(machine, "--from ~/other.so")
    machine.call("dpkg --print-architecture | grep -qx amd64 && rm -rf ~/env ~/other.so")


def test_no_client_of_a_registry(machine):
    machine.call("mkdir -p ~/few && for p in sh find starc; do ln -sf $(command -v $p) ~/few/$p; done")
    said = engine_install(machine, PATH="/home/ana/few")
    assert "needed" in said and "--from" in said, said
