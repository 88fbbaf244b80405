"""dbt-core with its adapters, its test classes and dbt-artifacts-parser, in a venv under build/: what starc is
compared with.
STARC_DBT_VERSION says which, 1.11 (the one when it is not set) or 1.12; starc is told to behave as the same one.
Packages come from the index that pip is set up for; nothing is installed again while the list stays as it is."""

import os, pathlib, subprocess, venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = os.environ.get("STARC_DBT_VERSION") or "1.11"
AS_DBT = {"STARC_DBT_VERSION": VERSION}  # for the environment of starc
PACKAGES = [
    "dbt-postgres",
    "dbt-clickhouse",
    "dbt-tests-adapter",
    "dbt-artifacts-parser",
    "pytest",
    "pytest-timeout",
    "pytest-xdist",
]
# dbt-core 1.12 asks for a program of another release of dbt that its package fetches from elsewhere: it is installed
# without it.
WAYS = {
    "1.11": [["dbt-core<1.12", *PACKAGES]],
    "1.12": [["dbt-core<1.12", *PACKAGES, "python-dotenv", "metricflow"], ["--no-deps", "dbt-core==1.12.*"]],
}


def install(folder, ways):
    """A venv with what a list of pip's words installs, one line after the other; its python."""
    python, stamp = folder / "bin/python", folder / ".packages"
    listed = "\n".join(" ".join(words) for words in ways)
    if not stamp.exists() or stamp.read_text() != listed:
        venv.create(folder, with_pip=True, clear=True)
        for words in ways:
            subprocess.run([python, "-m", "pip", "install", "-q", *words], check=True)
        stamp.write_text(listed)
    return python


def python_with_dbt():
    """Its python; STARC_ADAPTER_VENV names a venv that has the packages already."""
    named = os.environ.get("STARC_ADAPTER_VENV")
    return (
        pathlib.Path(named) / "bin/python" if named else install(ROOT / f"build/adapter-venv-{VERSION}", WAYS[VERSION])
    )
