#!/usr/bin/env python3
"""Runs the command lines of modes.txt with dbt-core and with starc and lists every place where the two did
something else.

usage: modes.py [--starc build/starc] [--only REGEX] [--dbt] [--record] [--list] [--jobs N] [--keep DIR] [--show N]

Both work in copies of projects/modes (sections that begin with ClickHouse: of projects/modes_clickhouse), each in a
database
of its own. Compared are, for each command: the exit code; of
run_results.json the nodes with status, failures and compiled text; the states of sources.json; and what
was printed, if the command says --quiet. At the end of each section: the relations of the database with their rows.
What dbt 1.11 did is kept in modes.json, so that it is compared in seconds without dbt; with STARC_DBT_VERSION=1.12
both are dbt 1.12, and
modes-1.12.json has what it did otherwise. --record asks dbt anew for the sections that are not there as they are
written now, --dbt for all; a section that dbt 1.12 was never asked for is left out. A line of modes.txt that
begins with `!` differs on purpose: the reason stands behind it (`!1.11: reason!`: from that release only), and it
is an error when nothing differs. The last line is 'N differences'; exit 0 if none.
"""

import argparse, concurrent.futures, hashlib, json, os, pathlib, re, shlex, shutil, subprocess, sys, tempfile, threading, urllib.error, urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests/support")]
from dbt_venv import AS_DBT, VERSION, python_with_dbt
from servers import ClickHouseServer, PostgresServer

CASES = HERE / "modes.txt"
TIMES = re.compile(r"^(dbt_|_dbt)")
NOW = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+")  # what a --sample of the last days begins and ends at

# --- modes.txt


class Step:
    """A command line, or a word with @ that does something to the project; text: the lines with | below it."""

    def __init__(self, line):
        self.known = ""
        if line.startswith("!"):
            release, self.known, line = re.match(r"!(?:(\d\.\d+): )?(.*?)! (.*)", line).groups()
            if release not in (None, VERSION):
                self.known = ""
        self.line, self.words, self.text = line, shlex.split(line), ""
        # NAME=value in front of a command is put into its environment.
        self.env = {}
        while self.words and re.match(r"[A-Z_]+=", self.words[0]):
            name, value = self.words.pop(0).split("=", 1)
            self.env[name] = value


def sections():
    found, name = {}, None
    for number, line in enumerate(CASES.read_text().splitlines(), 1):
        if line.startswith("== "):
            found[name := line[3:].strip()] = []
        elif line.startswith("|"):
            found[name][-1].text += line[2:] + "\n"
        elif line.strip() and not line.startswith("#"):
            try:
                found[name].append(Step(line.strip()))
            except (ValueError, AttributeError, KeyError) as e:
                sys.exit(f"{CASES}:{number}: {e}")
            found[name][-1].number = number
    return found


def project_of(name):
    return HERE / "projects" / ("modes_clickhouse" if name.startswith("ClickHouse") else "modes")


def digest(name, steps):
    """Of everything that what dbt does comes from."""
    h, project = hashlib.sha1(), project_of(name)
    for s in steps:
        if s.line != "@end":
            h.update(f"{s.line}\n{s.text}\n".encode())
    for path in sorted(project.rglob("*")):
        if path.is_file():
            h.update(str(path.relative_to(project)).encode() + path.read_bytes())
    return h.hexdigest()


# --- the two tools


class Dbt:
    """Processes that have dbt imported and one parse behind them, one for each thread that asks."""

    name = "dbt"

    def __init__(self):
        self.python, self.local = python_with_dbt(), threading.local()

    def tell(self, **order):
        p = self.local.process
        p.stdin.write(json.dumps(order) + "\n")
        p.stdin.flush()
        answer = json.loads(p.stdout.readline())
        return answer["code"], answer["out"]

    def begin(self, folder, env):
        """Parses the project as it is once, so that a command parses again what it changed only."""
        if not hasattr(self.local, "parsed"):
            self.local.parsed, self.local.processes = {}, {}
        project = folder.name
        if project not in self.local.parsed:
            self.local.processes[project] = subprocess.Popen(
                [self.python, ROOT / "tests/support/dbt_server.py"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self.local.process = self.local.processes[project]
            self.local.parsed[project] = folder.parent / f"{project}.msgpack"
            for args in (["parse"], ["build"]):
                self.tell(args=args, cwd=str(folder), env=env, warm=True)
            empty(env)
            shutil.move(folder / "target/partial_parse.msgpack", self.local.parsed[project])
            shutil.rmtree(folder / "target")
            shutil.rmtree(folder / "logs", ignore_errors=True)
        self.local.process = self.local.processes[project]
        env["DBT_PARTIAL_PARSE_FILE_PATH"] = str(self.local.parsed[project])

    def run(self, args, cwd, env):
        return self.tell(args=args, cwd=str(cwd), env=env)


class Starc:
    name = "starc"

    def begin(self, folder, env):
        pass

    def run(self, args, cwd, env):
        p = subprocess.run(
            [a.starc, *args],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return p.returncode, p.stdout


# --- what they leave


def psql(env, sql):
    p = subprocess.run(
        ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql],
        env={**env, "PGOPTIONS": "-c client_min_messages=error"},
        capture_output=True,
        text=True,
    )
    if p.returncode:
        raise RuntimeError(p.stderr)
    return p.stdout


def clickhouse(env, sql):
    r = urllib.request.Request(
        f"http://127.0.0.1:{env['CHPORT']}/",
        data=sql.encode(),
        headers={"X-ClickHouse-User": env["CHUSER"], "X-ClickHouse-Key": env["CHPASSWORD"]},
    )
    return urllib.request.urlopen(r).read().decode()


def databases(env):
    """Those of ClickHouse that a section made."""
    return [
        n
        for n in clickhouse(env, "select name from system.databases").split()
        if n == env["CHSCHEMA"] or n.startswith(env["CHSCHEMA"] + "_")
    ]


def empty(env):
    """The target's database of ClickHouse stays, since the process that dbt's commands come from knows that it is
    there."""
    psql(env, "drop schema if exists modes cascade")
    clickhouse(env, f"create database if not exists {env['CHSCHEMA']}")
    for name in databases(env):
        if name != env["CHSCHEMA"]:
            clickhouse(env, f"drop database {name}")
        else:
            for line in clickhouse(
                env,
                f"select name, engine from system.tables where database = '{name}' order by engine != "
                f"'MaterializedView'",
            ).splitlines():
                table, engine = line.split("\t")
                clickhouse(env, f"drop {'dictionary' if engine == 'Dictionary' else 'table'} {name}.`{table}`")


def masked(row):
    return {k: "-" if TIMES.match(k) and v is not None else v for k, v in row.items()}


def relations(env):
    """{relation: kind, columns, definition of a view, rows} of both servers."""
    found = {}
    for line in psql(
        env,
        """select json_build_array(n.nspname, c.relname, c.relkind, c.relpersistence,
          (select json_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) order by a.attnum) from \
pg_attribute a
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
          case when c.relkind = 'v' then pg_get_viewdef(c.oid) end, obj_description(c.oid))
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname like 'modes%' and c.relkind in \
('r', 'v', 'm')""",
    ).splitlines():
        schema, name, kind, persistence, columns, text, comment = json.loads(line)
        try:
            rows = [
                masked(json.loads(r))
                for r in psql(env, f'select row_to_json(t) from "{schema}"."{name}" t').splitlines()
            ]
        except RuntimeError:
            rows = "cannot be read"
        found[f"{schema}.{name}"] = {
            "kind": kind + persistence,
            "columns": columns,
            "text": re.sub(r"\s+", " ", text or ""),
            "comment": comment,
            "rows": sorted(rows, key=json.dumps) if isinstance(rows, list) else rows,
        }
    for database in databases(env):
        for line in clickhouse(
            env,
            f"select name, engine, comment from system.tables where database = '{database}' format JSONCompactEachRow",
        ).splitlines():
            name, engine, comment = json.loads(line)
            columns = clickhouse(
                env,
                f"select concat(name, ' ', type, if(comment = '', '', ' -- '), comment) from system.columns where "
                f"database = '{database}' and table = '{name}' order by position format TSVRaw",
            ).splitlines()
            try:
                rows = sorted(
                    (
                        masked(json.loads(r))
                        for r in clickhouse(env, f"select * from {database}.`{name}` format JSONEachRow").splitlines()
                    ),
                    key=json.dumps,
                )
            except urllib.error.HTTPError:
                rows = "cannot be read"
            found[f"{database}.{name}"] = {"kind": engine, "columns": columns, "comment": comment, "rows": rows}
    return found


def results_of(file, database):
    doc, out = json.loads(file.read_text()), []
    for r in doc["results"]:
        text = (r.get("compiled_code") or "").replace(database, "modes_db").strip()
        text = re.sub(
            r"toDateTime64\(('[-0-9: ]+'), 6, 'UTC'\)", r"\1", text
        )  # of an event_time; dbt compares with the bare text
        # The text of a test comes from built-in macros: that it is the same is enough.
        if not r["unique_id"].startswith(("model.", "snapshot.")) and text:
            text = hashlib.sha1(re.sub(r"\s+", " ", text).encode()).hexdigest()[:10]
        if r["unique_id"].startswith("unit_test."):
            text = ""
        out.append([r["unique_id"], r["status"], r.get("failures"), text])
    return out


# --- what dbt did


class Recorded:
    """{section: "of": digest of what it came from, "left": what each step left}. A later release has a file of its
    own, of those steps only
    that left something else than with the first one: "steps": {number of the step: what it left}."""

    def __init__(self, version):
        self.base = None if version == "1.11" else Recorded("1.11").sections
        self.file = HERE / ("modes.json" if self.base is None else f"modes-{version}.json")
        self.sections = json.loads(self.file.read_text()) if self.file.exists() else {}

    def of(self, name):
        return self.sections.get(name, {}).get("of")

    def left(self, name):
        if self.base is None:
            return self.sections[name]["left"]
        steps = self.sections[name]["steps"]
        return [steps.get(str(i), left) for i, left in enumerate(self.base[name]["left"])]

    def keep(self, name, of, left):
        if self.base is None:
            self.sections[name] = {"of": of, "left": left}
        else:
            first = self.base[name]["left"]
            self.sections[name] = {
                "of": of,
                "steps": {str(i): l for i, l in enumerate(json.loads(json.dumps(left))) if different("", first[i], l)},
            }
        self.file.write_text(
            json.dumps({k: self.sections[k] for k in sections() if k in self.sections}, indent=0, sort_keys=True) + "\n"
        )


# --- one section with one tool


class World:
    """A copy of the project and a database, of the thread that asks."""

    places = {}

    def __init__(self, tool, project, work, servers):
        place = self.places.setdefault((tool.name, threading.get_ident()), len(self.places))
        self.tool, self.folder = tool, work / f"{tool.name}_{place}" / project.name
        self.database = f"modes_{tool.name}_{place}"
        pg, ch = servers
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "STARC_", "PG"))}
        self.env.update(
            AS_DBT,
            DBT_SEND_ANONYMOUS_USAGE_STATS="false",
            NO_COLOR="1",
            DBT_USE_COLORS="false",
            HOME=str(work),
            PYTHONWARNINGS="ignore",
            PGHOST="127.0.0.1",
            PGPORT=str(pg.port),
            PGUSER=pg.user,
            PGPASSWORD=pg.password,
            PGDATABASE=self.database,
            CHPORT=str(ch.port),
            CHUSER=ch.user,
            CHPASSWORD=ch.password,
            CHSCHEMA=self.database,
            TZ="UTC",
        )
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(project, self.folder)
        server = {**self.env, "PGDATABASE": pg.dbname}
        psql(server, f"drop database if exists {self.database}")
        psql(server, f"create database {self.database}")
        empty(self.env)
        tool.begin(self.folder, self.env)

    def act(self, s):
        verb, *args = s.words
        path = self.folder / args[0] if args else None
        if verb == "@write":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(s.text)
        elif verb == "@append":
            path.write_text(path.read_text() + s.text)
        elif verb == "@replace":
            assert args[1] in path.read_text(), f"{path} has no {args[1]}"
            path.write_text(path.read_text().replace(args[1], args[2].replace("\\n", "\n")))
        elif verb == "@remove":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        elif verb == "@keep":  # target/ under another name
            shutil.rmtree(path, ignore_errors=True)
            shutil.copytree(self.folder / "target", path)
        elif verb == "@sql":
            psql(self.env, args[0])
        elif verb == "@clickhouse":
            clickhouse(self.env, args[0].replace("modes_db", self.database))
        elif verb == "@end":
            pass
        elif verb == "@folder":
            return sorted(p.name for p in path.iterdir()) if path.exists() else None
        else:
            raise ValueError(f"{verb}: no such word")

    def command(self, s):
        target = self.folder / "target"
        for i, w in enumerate(s.words[:-1]):
            if w == "--target-path":
                target = self.folder / s.words[i + 1]
        target = self.folder / s.env.get("DBT_TARGET_PATH", target)
        files = [target / "run_results.json", target / "sources.json"]
        before = [f.stat().st_mtime_ns if f.exists() else 0 for f in files]
        code, out = self.tool.run(
            s.words, self.folder, {**self.env, **{k: v.replace("modes_db", self.database) for k, v in s.env.items()}}
        )
        self.said = out
        new = [f.exists() and f.stat().st_mtime_ns != b for f, b in zip(files, before)]
        got = {"exit": code, "results": results_of(files[0], self.database) if new[0] else None}
        if new[1]:
            got["sources"] = sorted([r["unique_id"], r["status"]] for r in json.loads(files[1].read_text())["results"])
        if code == 0 and {"-q", "--quiet"} & set(s.words):
            got["printed"] = [
                line.rstrip()
                for line in re.sub(r"\x1b\[[0-9;]*m", "", out).replace(self.database, "modes_db").splitlines()
                if line.strip()
            ]
        return got


def play(tool, name, steps, work, servers):
    """[what each step left], and what was printed."""
    world, left, said = World(tool, project_of(name), work, servers), [], []
    for s in [s for s in steps if s.line != "@end"]:
        world.said = ""
        left.append(world.act(s) if s.words[0].startswith("@") else world.command(s))
        said.append(world.said)
    left.append(json.loads(json.dumps(relations(world.env)).replace(world.database, "modes_db")))
    if a.keep:
        shutil.copytree(world.folder, work / tool.name / re.sub(r"\W+", "_", name), dirs_exist_ok=True)
    return left, said


# --- the comparison


def line_of(text):
    """A line of JSON as what it says; before a run dbt leaves get_where_subquery out of what some tests depend on."""
    try:
        return list(json.loads(text.replace(', "macro.dbt.get_where_subquery"', "")).items())
    except (ValueError, AttributeError):
        return text


def different(path, want, got):
    """[(where, dbt's, starc's)]"""
    if isinstance(want, dict) and isinstance(got, dict):
        return [d for k in sorted(set(want) | set(got)) for d in different(f"{path}/{k}", want.get(k), got.get(k))]
    if isinstance(want, str) and isinstance(got, str):
        want, got = NOW.sub("NOW", want), NOW.sub("NOW", got)
    if path.endswith("/results") and want is not None and got is not None:
        return different(
            path,
            {r[0]: [NOW.sub("NOW", str(x)) for x in r[1:]] for r in want},
            {r[0]: [NOW.sub("NOW", str(x)) for x in r[1:]] for r in got},
        )
    if path.endswith("/printed") and want is not None and got is not None:
        want, got = [line_of(x) for x in want], [line_of(x) for x in got]
        return (
            []
            if want == got
            else [(path, [x for x in want if x not in got], [x for x in got if x not in want] or "in another order")]
        )
    return [] if want == got else [(path, want, got)]


def report(name, steps, want, got, said):
    n = 0
    end = next((s for s in steps if s.line == "@end"), None)
    steps = [s for s in steps if s.line != "@end"]
    # What the hook at the end noted is compared command by command.
    want[-1], got[-1] = ({k: v for k, v in left[-1].items() if not k.endswith(".ended")} for left in (want, got))
    for i, (w, g) in enumerate(zip(want, got)):
        s = steps[i] if i < len(steps) else end
        found = different("", w, g)
        # These leave the results of the command before: a retry goes on with that.
        if s in steps and s.words[0] in ("show", "run-operation"):
            found = [d for d in found if not d[0].startswith("/results")]
        if s and s.known:
            if found:
                continue
            found = [("", "this line is said to differ: " + s.known, "it does not")]
        if found and not a.list:
            print(f"\n{name}: {s.number if s in steps else ''}: {s.line if s in steps else 'relations at the end'}")
        for where, dbt, starc in found[: a.show] if not a.list else []:
            print(f"  {where}\n    dbt   {dbt!r:.1200}\n    starc {starc!r:.1200}")
        if found and said and s in steps and isinstance(w, dict) and w.get("exit") != g.get("exit"):
            print("    said: " + said[i][-1500:].replace("\n", "\n    "))
        n += len(found)
    return n


ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
ap.add_argument("--starc", default=str(ROOT / "build/starc"))
ap.add_argument("--only", default="")
ap.add_argument("--dbt", action="store_true")
ap.add_argument("--record", action="store_true")
ap.add_argument("--list", action="store_true")
ap.add_argument("--keep")
ap.add_argument("--jobs", type=int, default=2)
ap.add_argument("--show", type=int, default=8)
ap.add_argument("--say", action="store_true")
a = ap.parse_args()
a.starc = str(pathlib.Path(a.starc).resolve())


def main():
    cases = {n: s for n, s in sections().items() if re.search(a.only, n)}
    recorded = Recorded(VERSION)
    ask = [n for n, s in cases.items() if a.dbt or a.record and recorded.of(n) != digest(n, s)]
    unasked = [n for n in cases if n not in ask and recorded.base is not None and not recorded.of(n)]
    for n in unasked:
        del cases[n]
    stale = [n for n, s in cases.items() if n not in ask and recorded.of(n) != digest(n, s)]
    if stale:
        sys.exit(
            f"{recorded.file.name} does not have these sections as they are now, --record asks dbt: {', '.join(stale)}"
        )
    work = pathlib.Path(a.keep or tempfile.mkdtemp(prefix="starc-modes-")).resolve()
    work.mkdir(parents=True, exist_ok=True)
    commands = n = 0
    with PostgresServer() as pg, ClickHouseServer() as ch:
        if ask:
            dbt = Dbt()
            keep = threading.Lock()

            def one(name):
                left, said = play(dbt, name, cases[name], work, (pg, ch))
                with keep:
                    recorded.keep(name, digest(name, cases[name]), left)
                    print(f"dbt: {name}", flush=True)
                    if a.say:
                        print("\n".join(f"$ {s.line}\n{t}" for s, t in zip(cases[name], said)))

            with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
                for done in [pool.submit(one, n) for n in ask]:
                    done.result()
        starc = Starc()
        for name, steps in cases.items():
            left, said = play(starc, name, steps, work, (pg, ch))
            if a.say:
                print(f"== {name}\n" + "\n".join(f"$ {s.line}\n{t}" for s, t in zip(steps, said)))
            n += report(name, steps, recorded.left(name), json.loads(json.dumps(left)), said)
            commands += sum(not s.words[0].startswith("@") for s in steps)
    if not a.keep:
        shutil.rmtree(work, ignore_errors=True)
    if unasked:
        print(f"\nleft out, since dbt {VERSION} was not asked (--record): {', '.join(unasked)}")
    print(f"\n{len(cases)} sections, {commands} commands: {n} differences")
    return 1 if n else 0


if __name__ == "__main__":
    sys.exit(main())
