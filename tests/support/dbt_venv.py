"""dbt-core 1.11 with its adapters, its test classes and dbt-artifacts-parser, in a venv under build/: what starc is compared with.
Packages come from the index that pip is set up for; nothing is installed again while the list stays as it is."""
import os, pathlib, subprocess, venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ["dbt-core<1.12", "dbt-postgres", "dbt-clickhouse", "dbt-tests-adapter", "dbt-artifacts-parser", "pytest", "pytest-timeout", "pytest-xdist"]

def python_with_dbt():
    """Its python; STARC_ADAPTER_VENV names a venv that has the packages already."""
    named = os.environ.get("STARC_ADAPTER_VENV")
    folder = pathlib.Path(named or ROOT / "build/adapter-venv")
    python, stamp = folder / "bin/python", folder / ".packages"
    if not named and (not stamp.exists() or stamp.read_text() != "\n".join(PACKAGES)):
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
        stamp.write_text("\n".join(PACKAGES))
    return python
