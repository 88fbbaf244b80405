#!/usr/bin/env python3
"""usage: tests/orchestrators/run.py [--starc build/starc] [NAME ...]

The examples of docs/orchestrators.md, done as the page says with the packages that it says, each in a venv under
build/orchestrators/: a section's `pip install` line is what the venv has, its other lines of ```sh blocks are commands, a block
that begins with "# FOLDER/FILE" is the file. Built are the shop beside this file and the bundled project, on Postgres and on
the embedded engine. NAME: dagster ...; default: all. One line a check; the last one is "N passed, N failed".
"""

import argparse, pathlib, sys, tempfile, traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tests/support")]
import airflow_checks, dagster_checks, prefect_checks, schedule_checks
from place import Place
from servers import PostgresServer

PARTS = {
    "dagster": dagster_checks,
    "prefect": prefect_checks,
    "airflow": airflow_checks,
    "schedule": schedule_checks,
}
TITLES = {"schedule": "Cron and systemd"}


def main():
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument("names", nargs="*", metavar="NAME")
    ap.add_argument("--starc", default=str(HERE.parents[1] / "build/starc"))
    ap.add_argument("--only", default="", help="checks whose name has this")
    a = ap.parse_args()
    if set(a.names) - PARTS.keys():
        sys.exit(f"no such part: {', '.join(set(a.names) - PARTS.keys())}; there are {', '.join(PARTS)}")
    good = bad = 0
    with tempfile.TemporaryDirectory(prefix="starc-orchestrators-") as work, PostgresServer() as pg:
        for name in a.names or PARTS:
            place = Place(name, TITLES.get(name, name.capitalize()), pathlib.Path(work), a.starc, pg)
            print(f"{name}: {place.install()}", flush=True)
            for check in PARTS[name].CHECKS:
                if a.only not in check.__name__:
                    continue
                try:
                    said = check(place.fresh(check.__name__))
                except Exception as e:
                    bad += 1
                    print(f"{name}.{check.__name__}: FAILED: {e}", flush=True)
                    if not isinstance(e, AssertionError):
                        traceback.print_exc()
                else:
                    good += 1
                    print(f"{name}.{check.__name__}: ok{f': {said}' if said else ''}", flush=True)
                finally:
                    place.end()
    print(f"{good} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
