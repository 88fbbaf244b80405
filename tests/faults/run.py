#!/usr/bin/env python3
"""Kills `starc build` of the bundled project at random moments and rebuilds.

Afterwards the answers must be those of an undisturbed build, and no temporary relation may be left.
usage: run.py [--kills N] [--seed S] [--targets demo,postgres]      default: 6 kills a target, seed 1
Prints a table, then "N passed, N failed".
"""
import argparse, os, pathlib, random, shutil, signal, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "tests/e2e")]
from conftest import rows, starc_run, STARC

ap = argparse.ArgumentParser()
ap.add_argument("--kills", type=int, default=6)
ap.add_argument("--seed", type=int, default=1)
ap.add_argument("--targets", default="demo,postgres")
a = ap.parse_args()

LEFTOVERS = {
    "demo": "select database || '.' || name as n from system.tables where name like '%\\_\\_dbt\\_%'",
    "postgres": "select n.nspname || '.' || c.relname as n from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                "where c.relname like '%\\_\\_dbt\\_%' and c.relkind in ('r', 'v', 'm')",
}
REPORTS = ["revenue_by_genre_and_country", "customers_per_tier", "revenue_by_month", "top_tracks", "average_unit_price_by_country", "fct_invoice_line",
           "dim_customer", "dim_track", "bridge_playlist_track"]

def answers(starc, folder):
    out = {}
    for name in REPORTS:
        got = rows(starc, folder, f"select * from {{{{ ref('{name}') }}}}")
        out[name] = sorted(repr(sorted(r.items())) for r in got)
    return out

def bare_env(folder, env):
    full = {k: v for k, v in os.environ.items() if not k.startswith("DBT_")}
    full.update(env, HOME=str(folder), NO_COLOR="1")
    return full

def try_target(target, env, tmp):
    folder = pathlib.Path(tmp) / target
    folder.mkdir()
    for name in ("models", "schemas", "seeds", "macros", "checks"): shutil.copytree(ROOT / name, folder / name)
    for name in ("project.yml", "profiles.yml"): shutil.copy(ROOT / name, folder / name)
    run = lambda *x, cwd: starc_run(*x, "--target", target, cwd=cwd, env=env)
    start = time.time()
    r = run("build", cwd=folder)
    if r.code: return [f"{target}: the undisturbed build failed:\n{r.text[-3000:]}"], 0
    whole = time.time() - start
    want, bad, rnd = answers(run, folder), [], random.Random(a.seed)
    for k in range(a.kills):
        wait = rnd.uniform(0.02, whole)
        full = ["--full-refresh"] if k % 2 else []
        p = subprocess.Popen([STARC, "build", "--target", target, *full], cwd=folder, env=bare_env(folder, env), stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        p.send_signal(signal.SIGKILL if k % 3 else signal.SIGINT)
        p.wait()
        # Whatever was killed: everything that was there can still be read, whole.
        try: seen = answers(run, folder)
        except AssertionError as e: bad.append(f"{target}: kill {k} after {wait:.2f} s: a reader failed: {e}"); seen = want
        if seen != want: bad.append(f"{target}: kill {k} after {wait:.2f} s: a reader saw other rows in {[n for n in want if seen[n] != want[n]]}")
        r = run("build", cwd=folder)
        if r.code: bad.append(f"{target}: kill {k} after {wait:.2f} s: the rebuild failed:\n{r.text[-2000:]}"); continue
        if answers(run, folder) != want: bad.append(f"{target}: kill {k}: the rebuild gives other answers")
        left = rows(run, folder, LEFTOVERS[target])
        if left: bad.append(f"{target}: kill {k}: left behind: {[r['n'] for r in left]}")
    return bad, a.kills

def main():
    from servers import PostgresServer
    bad, total = [], 0
    with tempfile.TemporaryDirectory(prefix="faults-") as tmp:
        for target in a.targets.split(","):
            if target == "postgres":
                with PostgresServer() as pg:
                    b, n = try_target(target, {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(pg.port), "POSTGRES_USER": pg.user,
                                               "POSTGRES_PASSWORD": pg.password, "POSTGRES_DB": pg.dbname}, tmp)
            else:
                b, n = try_target(target, {}, tmp)
            print(f"{target:<10} {n:>3} kills, seed {a.seed}: {len(b)} findings")
            bad += b; total += max(n, 1)
    print("\n".join(bad))
    print(f"{max(total - len(bad), 0)} passed, {len(bad)} failed")
    return bool(bad)

if __name__ == "__main__":
    sys.exit(main())
