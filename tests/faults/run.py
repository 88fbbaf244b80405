#!/usr/bin/env python3
"""Breaks `starc build` in every way there is while a reader reads, and looks at what is left.

usage: run.py [--full] [--faults N] [--seed S] [--databases postgres,http,cluster,embedded,shared] [--cases WORD,..]
              [--kinds kill,cut-before,..] [--verbose]
Default: 60 faults, spread over all materializations, kinds and databases; --full: 1,200.

One round: version n - 1 of a materialization stands (cases.py), version n is built, a fault comes,
then the same is built again without one. All the time a reader asserts that each table is there and
is version n - 1 or n as a whole. Afterwards it must be version n, row by row, with no relation left
over, and the artifacts must be readable. Two or five runs at once
are a fault too: all of them must end well. shared: the embedded warehouse while another process has it, which is
killed in the middle, or the build that goes through it is. Prints a table, what went wrong, then "N passed, N failed".
"""

import argparse, collections, contextlib, json, os, pathlib, random, re, shutil, signal, subprocess, sys, tempfile
import threading, time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from cases import CASES, MACROS
from databases import DATABASES

ROOT = HERE.parents[1]
STARC = os.environ.get("STARC") or str(ROOT / os.environ.get("BUILD", "build") / "starc")
HANGS_S = 90
KINDS = (
    "kill",
    "kill at random",
    "holder killed",
    "cut-before",
    "cut-after",
    "truncate",
    "delay",
    "exception",
    "ctrl-c",
    "ctrl-c twice",
    "disk full",
    "two at once",
    "five at once",
    "two from nothing",
    "five from nothing",
)
AT_ONCE = {"two": 2, "five": 5}
AT_STATEMENTS = ("cut-before", "cut-after", "cut-middle", "truncate", "delay", "exception")


def build_env(folder, **more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("DBT_")}
    env.update(NO_COLOR="1", HOME=str(folder), STARC_TESTS="1", **more)
    return env


class Reader(threading.Thread):
    """Reads every table again and again; says what it saw that is neither the old nor the new."""

    def __init__(self, subject, allowed):
        super().__init__(daemon=True)
        self.subject, self.allowed, self.done, self.reads, self.gaps = subject, allowed, threading.Event(), 0, []
        self.session = subject.db.beside(subject.folder)

    def run(self):
        while not self.done.is_set() and self.session:
            for table, sql in self.subject.queries():
                rows, error = self.session.query(sql)
                if rows is None:
                    continue
                got = error or tuple(int(float(x or 0)) for x in rows[0])
                self.reads += 1
                if got not in self.allowed[table] and len(self.gaps) < 5:
                    self.gaps.append(f"{table}: {got}, expected one of {self.allowed[table]}")
            time.sleep(0.002)

    def end(self):
        self.done.set()
        if self.session:
            self.join()
            self.session.close()
        return self.gaps


class Subject:
    """A case on a database: its project, and the version that stands."""

    task, retries, starc = "build", True, STARC

    def __init__(self, case, db, folder, number):
        self.case, self.db, self.folder, self.n = case, db, folder, 0
        self.schema = f"faults_{number}"
        self.boundaries = self.statements = 0
        self.seconds = 1.0
        folder.mkdir(parents=True)
        self.write("dbt_project.yml", "name: shop\nversion: '1.0'\nprofile: shop\n")
        self.write("macros/rows.sql", MACROS)
        self.write(
            "profiles.yml",
            "shop:\n  target: dev\n  outputs:\n    dev: " + json.dumps(db.profile(self.schema, folder)) + "\n",
        )

    def write(self, path, text):
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def version(self, n):
        """Makes the project's files and what it reads those of version n."""
        for path, text in self.case.files.items():
            self.write(path, text(n) if callable(text) else text)
        if self.case.setup and self.case.setup(n, self.schema):
            if n == 1:
                (self.folder / ".starc/warehouse").mkdir(parents=True, exist_ok=True)
            session = self.db.session(self.folder)
            create = "database" if self.db.name != "postgres" else "schema"
            for sql in [f"create {create} if not exists {self.schema}"] * (n == 1) + self.case.setup(n, self.schema):
                _, error = session.query(sql)
                assert not error, error
            session.close()

    def others(self, n):
        """What somebody else does while version n is built."""
        if self.case.during:
            session = self.db.session(self.folder)
            _, error = session.query(self.case.during(n, self.schema))
            session.close()
            assert not error, error

    def allowed(self, n):
        old, new = self.expected(n - 1), self.expected(n)
        return self.case.states(n) if self.case.states else {t: (old[t], new[t]) for t in old}

    def queries(self):
        return [(t, query(self.db.table(self.schema, t))) for t, (query, _) in self.case.tables.items()]

    def expected(self, n):
        return {t: want(n) for t, (_, want) in self.case.tables.items()}

    def command(self, n, *more):
        return [STARC, self.task, "--vars", f"{{n: {n}}}", *self.case.args, *more]

    def start(self, n, *more, **env):
        return subprocess.Popen(
            self.command(n, *more),
            cwd=self.folder,
            env=build_env(self.folder, **env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def build_at_once(self, n, count, apart):
        """Version n by several runs; `apart`: each with a folder of artifacts. The worst exit code and what was
        said."""
        own = [("--target-path", f"target{i}", "--log-path", f"logs{i}") if apart and i else () for i in range(count)]
        runs = [self.start(n, *more) for more in own]
        texts = [p.communicate(timeout=HANGS_S * count)[0] for p in runs]
        for i in range(1, count):
            shutil.rmtree(self.folder / f"target{i}", ignore_errors=True)
        bad = [(p.returncode, text) for p, text in zip(runs, texts) if p.returncode]
        return bad[0] if bad else (0, "".join(texts))

    def build(self, n, *command):
        p = subprocess.run(
            list(command) or self.command(n),
            cwd=self.folder,
            env=build_env(self.folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=HANGS_S,
        )
        return p.returncode, p.stdout + p.stderr

    def first(self):
        """Version 1, then an undisturbed version 2 that says how many statements there are. None: it does not build."""
        for n in (1, 2):
            self.version(n)
            shutil.rmtree(self.folder / "logs", ignore_errors=True)
            if self.db.proxy:
                self.db.proxy.plan()
            from_s = time.time()
            code, text = self.build(n)
            self.seconds = time.time() - from_s
            if code:
                return text
            self.others(n)
            self.n = n
        log = (self.folder / "logs/dbt.log").read_text()
        self.boundaries = 2 * len(re.findall(r"SQL status: ", log))
        self.statements = self.db.proxy.seen if self.db.proxy else 0
        wrong = self.look()
        return "; ".join(wrong) or None

    def look(self):
        """What is wrong with the finished version n."""
        session, wrong = self.db.session(self.folder), []
        statements = self.queries() + [("", self.db.relations(self.schema))]
        found = (
            session.queries([sql for _, sql in statements])
            if hasattr(session, "queries")
            else [session.query(sql) for _, sql in statements]
        )
        for (table, _), (rows, error) in zip(statements, found):
            if table:
                got = error or tuple(int(float(x or 0)) for x in rows[0])
                if got != self.expected(self.n)[table]:
                    wrong.append(f"rows: {table} is {got}, not {self.expected(self.n)[table]}")
            else:
                left = {r[0] for r in rows} - set(self.case.tables) - set(self.case.beside)
                if left or error:
                    wrong.append("leftover: " + (error or ", ".join(sorted(left))))
        session.close()
        return wrong

    def artifacts(self):
        wrong = []
        for name in ("manifest.json", "run_results.json"):
            path = self.folder / "target" / name
            try:
                if path.exists():
                    json.loads(path.read_text())
            except ValueError as e:
                wrong.append(f"artifact: {name}: {e}")
        return wrong

    def anew(self, folder, number):
        """The same case where nothing is."""
        return type(self)(self.case, self.db, folder, number)

    def after_fault(self, n, kind):
        """What is wrong before anything is done again, where no reader looked on."""
        if self.db.beside(self.folder):
            return []
        wrong, allowed = [], self.allowed(n)
        found = self.db.session(self.folder).queries([q for _, q in self.queries()])
        for (table, _), (rows, error) in zip(self.queries(), found):
            got = error or tuple(int(float(x or 0)) for x in rows[0])
            if got not in allowed[table]:
                wrong.append(f"gap: {table}: {got}, expected one of {allowed[table]}")
        return wrong

    # --- faults

    def plans(self, kind):
        """Every way to apply a kind of fault: a list of where."""
        if kind == "kill":
            return range(1, self.boundaries + 1)
        if kind in AT_STATEMENTS:
            return range(1, self.statements + 1) if kind in self.db.fault_kinds else []
        if kind == "cut at random" and not self.db.proxy:
            return []
        if kind == "holder killed" and self.db.name != "shared":
            return []
        if kind == "disk full" and (os.getuid() != 0 or not can_mount()):
            return []
        return range(12)

    @contextlib.contextmanager
    def fault(self, kind, where, rng):
        """Makes a fault ready and takes it away; gives variables for the run."""
        target = self.folder / "target"
        if kind in AT_STATEMENTS:
            self.db.proxy.plan(kind, where)
        elif kind == "disk full":
            target.mkdir(exist_ok=True)
            mount(target, rng.choice([16, 64, 512, 1500, 3000]))
        try:
            yield {"STARC_TEST_KILL": str(where)} if kind == "kill" else {}
        finally:
            if self.db.proxy:
                self.db.proxy.plan()
            if kind == "disk full":
                subprocess.run(["umount", str(target)], check=True)

    def at_a_moment(self, kind, run, rng, holder):
        """What a fault does while the run goes on."""
        if kind not in ("kill at random", "holder killed", "ctrl-c", "ctrl-c twice", "cut at random"):
            return
        time.sleep(rng.uniform(0, self.seconds))
        if kind == "holder killed":
            holder.kill()
            return
        if kind == "cut at random":
            self.db.proxy.drop()
            return
        run.send_signal(signal.SIGKILL if kind == "kill at random" else signal.SIGINT)
        if kind == "ctrl-c twice":
            time.sleep(rng.uniform(0, 0.05))
            run.send_signal(signal.SIGINT)


# --- faults


def mount(folder, kilobytes, options="size"):
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"{options}={kilobytes}k", "tmpfs", str(folder)], check=True)


def can_mount():
    if not hasattr(can_mount, "answer"):
        with tempfile.TemporaryDirectory() as d:
            can_mount.answer = (
                subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", d], capture_output=True).returncode
                == 0
            )
            if can_mount.answer:
                subprocess.run(["umount", d], check=True)
    return can_mount.answer


def disturb(subject, n, kind, where, rng, holder):
    """Builds version n with a fault; the exit code and what was said."""
    if kind in ("two at once", "five at once"):
        try:
            return subject.build_at_once(n, AT_ONCE[kind.split()[0]], where % 2)
        except subprocess.TimeoutExpired:
            return "hangs", ""
    with subject.fault(kind, where, rng) as env:
        p = subject.start(n, **env)
        try:
            subject.at_a_moment(kind, p, rng, holder)
            text, _ = p.communicate(timeout=HANGS_S)
        except subprocess.TimeoutExpired:
            p.kill()
            p.communicate()
            return "hangs", ""
    return p.returncode, text


def ended_as_said(kind, code):
    """Whether an exit code fits the fault: killed, interrupted, failed or not reached at all."""
    good = {0} if kind.split()[0] in AT_ONCE else {0, 1, 2}
    if kind.startswith("kill"):
        good.add(-signal.SIGKILL)
    if kind.startswith("ctrl-c"):
        good |= {130, -signal.SIGINT}
    return code in good


def from_nothing(subject, kind, where):
    """Version 1 where nothing is, not even the schema, by several runs. A list of what went wrong."""
    fresh = subject.anew(
        subject.folder.parent / f"new{subject.folder.name}_{kind[:2]}{where}",
        f"{subject.schema}_{kind[:2]}{where}",
    )
    fresh.version(1)
    code, text = fresh.build_at_once(1, AT_ONCE[kind.split()[0]], where % 2)
    fresh.others(1)
    fresh.n = 1
    return ([f"end: exit code {code}: {text[-500:]}"] if code else []) + fresh.look() + fresh.artifacts()


def round_of(subject, kind, where, rng):
    """One fault. A list of what went wrong."""
    if kind.endswith("from nothing"):
        return from_nothing(subject, kind, where)
    n = subject.n + 1
    subject.version(n)
    allowed = subject.allowed(n)
    reader, wrong = Reader(subject, allowed), []
    with subject.db.holder(subject) as holder:
        reader.start()
        if subject.db.proxy:
            other = threading.Timer(rng.uniform(0, subject.seconds), subject.others, [n])
            other.start()
        code, text = disturb(subject, n, kind, where, rng, holder)
    if subject.db.proxy:
        other.join()
    else:
        subject.others(n)
    if not ended_as_said(kind, code):
        wrong.append(f"end: exit code {code}: {text[-300:]}")
    wrong += subject.after_fault(n, kind)
    wrong += subject.artifacts()
    if subject.retries and rng.random() < 0.5:  # what is not done, by retry; then the rest
        code, text = subject.build(n, STARC, "retry")
        if code not in (0, 2) or (code == 2 and "no run to retry" not in text):
            wrong.append(f"retry: exit code {code}: {text[-500:]}")
    code, text = subject.build(n)
    if code:
        wrong.append(f"rebuild: exit code {code}: {text[-500:]}")
    subject.n = n
    wrong += ["gap: " + g for g in reader.end()]
    wrong += subject.look() + subject.artifacts()
    return wrong


# --- the whole


def pick(subjects, kinds, count, rng):
    """`count` faults, as even over subjects and kinds as they go."""
    piles = []
    for s in subjects:
        for kind in kinds:
            pile = list(s.plans(kind))
            rng.shuffle(pile)
            if pile:
                piles.append([(s, kind, where) for where in pile])
    rng.shuffle(piles)
    out = []
    while len(out) < count and piles:
        for pile in list(piles):
            if len(out) == count:
                break
            out.append(pile.pop())
            if not pile:
                piles.remove(pile)
    out.sort(key=lambda f: subjects.index(f[0]))
    return out


def sample(rows, most, rng):
    return rng.sample(rows, min(most, len(rows)))


def table_of(tally):
    rows = [("materialization", "database", "fault", "runs", "gaps", "rows lost", "leftovers", "other")]
    for (case, db, kind), c in sorted(tally.items()):
        rows.append((case, db, kind, c["runs"], c["gap"], c["rows"], c["leftover"], c["other"]))
    widths = [max(len(str(r[i])) for r in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(str(x).ljust(w) if i < 3 else str(x).rjust(w) for i, (x, w) in enumerate(zip(r, widths)))
        for r in rows
    )


def main(cases=CASES, make=Subject, kinds=KINDS, few=60, many=1200, few_cases=None):
    """cases: rows with name and databases; make: a Subject of (case, db, folder, number); few, many: how many faults
    there are; few_cases: so many of the cases are enough for few."""
    ap = argparse.ArgumentParser()
    ap.add_argument("--full", action="store_true")
    ap.add_argument("--faults", type=int)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument(
        "--databases",
        default="postgres,http,cluster" + (",embedded,shared" if os.environ.get("STARC_TEST_EMBEDDED") != "0" else ""),
    )
    ap.add_argument("--cases", default="")
    ap.add_argument("--kinds", default=",".join(kinds))
    ap.add_argument("--verbose", action="store_true")
    args = ap.parse_args()
    rng = random.Random(args.seed)
    kinds = args.kinds.split(",")
    tally, failures, absent = collections.defaultdict(collections.Counter), [], []
    work = pathlib.Path(tempfile.mkdtemp(prefix="starc-faults-"))
    done = 0
    names = args.databases.split(",")
    count = args.faults or (many if args.full else few)
    wanted = [
        (c, d)
        for d in names
        for c in cases
        if (d if d != "shared" else "embedded") in c.databases
        and (not args.cases or any(w in c.name for w in args.cases.split(",")))
    ]
    if few_cases and not (args.full or args.faults or args.cases):
        wanted = [w for d in names for w in sample([w for w in wanted if w[1] == d], few_cases, rng)]
    for k, name in enumerate(names):
        with DATABASES[name]() as db:
            subjects = []
            for i, (case, d) in enumerate(wanted):
                if d != name:
                    continue
                s = make(case, db, work / name / str(i), i)
                why = s.first()
                if why is None:
                    subjects.append(s)
                else:
                    absent.append(f"{case.name} on {name} does not build undisturbed: {why.strip()[-400:]}")
            share = (count - done) // (len(names) - k)
            for subject, kind, where in pick(subjects, kinds, share, rng):
                began = time.time()
                wrong = round_of(subject, kind, where, rng)
                cell = tally[(subject.case.name, name, kind)]
                cell["runs"] += 1
                done += 1
                for what in {w.split(":")[0] for w in wrong}:
                    cell[what if what in ("gap", "rows", "leftover") else "other"] += 1
                if wrong:
                    failures.append(f"{subject.case.name} on {name}, {kind} {where}: " + "\n    ".join(wrong))
                if args.verbose:
                    print(
                        f"{subject.case.name}, {name}, {kind} {where}: {time.time() - began:.1f} s",
                        *wrong,
                        sep="\n    ",
                        flush=True,
                    )
                if any(w.startswith(("rebuild", "rows", "leftover")) for w in wrong):  # go on from a clean state
                    fresh = subject.anew(work / name / f"again{done}", f"again{done}")
                    if fresh.first() is None:
                        subject.__dict__.update(fresh.__dict__)
    shutil.rmtree(work, ignore_errors=True)
    print(table_of(tally))
    for text in absent + failures:
        print("\n" + text)
    print(f"\n{done} faults")
    print(f"{done - len(failures)} passed, {len(failures) + len(absent)} failed")
    return 1 if failures or absent else 0


if __name__ == "__main__":
    sys.exit(main())
