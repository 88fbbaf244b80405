"""clickhouse-jdbc from its registry, by Maven, in build/clients/jdbc, and the programs of tests/clients that use it.

missing() says which tool is not there; run("Rows", "127.0.0.1:8123", password, given=queries) compiles and runs one."""

import pathlib, shutil, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLACE = ROOT / "build/clients/jdbc"
TOOLS = ("java", "javac", "mvn")


def missing():
    """The tools that are not on this machine; scripts/setup jdbc installs them."""
    return [tool for tool in TOOLS if not shutil.which(tool)]


def sh(*words, given=None):
    p = subprocess.run(list(map(str, words)), cwd=PLACE, input=given, capture_output=True, text=True, timeout=300)
    if p.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))} ended with {p.returncode}\n{(p.stdout + p.stderr)[-3000:]}")
    return p.stdout


def fetch():
    """The driver and what it needs, once."""
    PLACE.mkdir(parents=True, exist_ok=True)
    if (PLACE / "lib").exists():
        return
    shutil.copy(ROOT / "tests/clients/pom.xml", PLACE)
    print("fetching clickhouse-jdbc by Maven (13 MB, once)", file=sys.stderr, flush=True)
    new = PLACE / "new"
    sh("mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={new}")
    new.rename(PLACE / "lib")


def run(program, *words, given=None):
    """What tests/clients/PROGRAM.java prints."""
    fetch()
    source = ROOT / f"tests/clients/{program}.java"
    sh("javac", "-cp", "lib/*", "-d", PLACE, source)
    return sh("java", "-cp", "lib/*:.", program, *words, given=given)
