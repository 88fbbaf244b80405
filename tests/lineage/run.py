#!/usr/bin/env python3
"""Is what is told of a query's columns true? Found by changing the values of one column at a time.

usage: run.py [--queries N] [--seed N] [--engine clickhouse|postgres] [--show N] [--query SQL]

For each random query (generate.py) the engine says how it resolved it, over tables without rows, and the reader says
which output is made of which columns. Then the query is run over small random tables, and over the same tables with
one column changed, in several ways. Where that column is not among what decides the rows, the outputs that are not
said to be made of it must be the same, as a multiset of rows. A query whose result also changes with the order of
rows in the tables is left out; so is one that the engine refuses.

The other way is counted: what was said to matter and changed nothing (--show N: the N shortest such queries of each
kind of step). --query: only this query, with all that is told of it. Both engines without --engine. Exit 0: no
contradiction.
"""

import argparse, collections, pathlib, random, re, subprocess, sys, time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import generate
from engines import Refused, open_engine
from lineage_cases import question, told

WAYS = 4  # how often columns are changed, each time otherwise
ORDERS = 2  # the same rows in other orders
SAMPLE = 8  # of so many queries, in one each column that is said to matter is changed alone
TOGETHER = 60  # queries over the same tables
LARGEST = 3000  # rows


class Tables:
    """The tables in all their variants: t as it is, t_1 .. with other values or in another order. Those without rows
    are in a schema of their own."""

    def __init__(self, engine, rng):
        self.engine, self.rng, self.variants = engine, rng, {}
        self.tables = generate.tables(engine.kind)
        self.base = {table: self.rows(columns) for table, columns in self.tables.items()}
        for world in ("empty", "base"):
            engine.create_world(world)
            engine.use(world)
            for table, columns in self.tables.items():
                engine.create(table, columns, self.base[table] if world == "base" else [])

    def rows(self, columns):
        rng = self.rng
        n = rng.randint(4, 9)
        ids = rng.sample(range(12), n)
        return [tuple(ids[i] if c == "id" else generate.value(rng, c, t) for c, t in columns.items()) for i in range(n)]

    def variant(self, table, what, rows):
        """The name of a table with such rows; made once for each `what`."""
        name = self.variants.get((table, what))
        if not name:
            name = self.variants[table, what] = f"{table}_{len(self.variants)}"
            self.engine.create(name, self.tables[table], rows())
        return name

    def ordered(self, table, way):
        rows = self.base[table]
        return self.variant(table, way, lambda: rows[::-1] if not way else self.rng.sample(rows, len(rows)))

    def changed(self, table, columns, way):
        return self.variant(table, (columns, way), lambda: self.change(table, columns, way))

    def change(self, table, columns, way):
        types = self.tables[table]
        kept = dict(zip(types, zip(*self.base[table])))
        for column in columns:
            kept[column] = generate.changed(self.rng, column, types[column], list(kept[column]), way)
        return list(zip(*kept.values()))

    def drop(self):
        for world in ("empty", "base"):
            self.engine.drop_world(world)


class Case:
    """One query, what was told of it, the columns that it could read."""

    def __init__(self, query, outputs, rows, tables):
        self.query, self.outputs, self.rows = query, outputs, rows  # inputs: {(table, column): step}
        self.tables = sorted(set(re.findall(NAMED, query)))
        self.inputs = [(t, c) for t in self.tables for c in tables[t]]
        self.base = None  # its rows


# A table and its alias, a dictionary over one, as generate.py writes them.
NAMED = r"\b[tuw](?= t\d)|(?<='d_)[tuw](?=')"


def inputs_of(words):
    """{(table, column): step}; a column of a tuple may be told as t.tu or t.tu.p."""
    found = {}
    for word in words:
        step, _, name = word.partition(" ")
        table, _, column = name.partition(".")
        of_dictionary = table.startswith("d_")  # which keys it has is the column `id` of what it is made of
        found[table.removeprefix("d_"), column or ("id" if of_dictionary else "")] = step
    return found


def step_of(inputs, table, column):
    """How the column is said to be in it; '': it is not."""
    for name, step in inputs.items():
        if name[0] == table and name[1] and f"{column}.".startswith(name[1] + "."):
            return step
        if name[0] == table and f"{name[1]}.".startswith(column + "."):
            return step
    return ""


def projected(rows, columns):
    return collections.Counter(tuple(row[i] for i in columns) for row in rows)


class Proof:
    def __init__(self, engine, args):
        self.engine, self.args = engine, args
        self.rng = random.Random(f"{args.seed} {engine.kind}")
        self.count = collections.Counter()
        self.wrong, self.unknown = [], []
        self.claims = collections.defaultdict(lambda: [0, 0, []])  # kind of step: claimed, never seen, queries

    def read(self, query):
        """A Case, or None with the reason counted."""
        try:
            answer = self.engine.lineage(query, question)
        except Exception as e:
            self.count["refused"] += 1
            if self.args.query or self.args.refused:
                print(f"{query}\n  {e}")
            return None
        lineage = told(self.engine.kind, answer, "", "empty")[""]
        rows, rows_unknown = lineage.pop("rows")
        if rows_unknown or any(why for _, why in lineage.values()):
            self.count["not known whole"] += 1
            self.unknown.append(query)
            return None
        outputs = [inputs_of(words) for words, _ in lineage.values()]
        return Case(query, outputs, inputs_of(rows), generate.tables(self.engine.kind))

    def result(self, query, names):
        """Its rows over these tables, {table: name}; None: the engine failed, or there are too many."""
        try:
            rows = self.engine.run(re.sub(NAMED, lambda m: names.get(m[0], m[0]), query))
            return rows if len(rows) <= LARGEST else None
        except Refused as e:
            if self.args.query or self.args.refused:
                print(f"{query}\n  {e}")
            return None

    def together(self, tables, queries):
        """Looks at some queries over the same tables."""
        self.engine.use("empty")
        cases = [case for case in map(self.read, queries) if case]
        self.engine.use("base")
        for case in cases:
            case.base = self.result(case.query, {})
            if case.base is None:
                self.count["failed"] += 1
            elif self.depends_on_order(tables, case):
                self.count["not one result"] += 1
            else:
                self.judge(tables, case)

    def depends_on_order(self, tables, case):
        for way in range(ORDERS):
            rows = self.result(case.query, {t: tables.ordered(t, way) for t in case.tables})
            if rows is None or collections.Counter(rows) != collections.Counter(case.base):
                return True
        return False

    def judge(self, tables, case):
        """Changes all at once that is not said to matter to some outputs; each alone where that mattered."""
        self.count["looked at"] += 1
        groups = collections.defaultdict(list)
        for i, inputs in enumerate(case.outputs):
            free = tuple(c for c in case.inputs if not step_of(case.rows, *c) and not step_of(inputs, *c))
            groups[free].append(i)
        found = [self.contradiction(tables, case, free, columns) for free, columns in groups.items() if free]
        self.count["failures"] += any(found)
        if self.count["looked at"] % SAMPLE == 0:
            self.judge_claims(tables, case)

    def contradiction(self, tables, case, free, columns):
        for way in range(WAYS):
            if self.differs(tables, case, free, way, columns):
                alone = [c for c in free if any(self.differs(tables, case, (c,), w, columns) for w in range(WAYS))]
                self.wrong.append((case, alone or free, columns))
                return True
        return False

    def differs(self, tables, case, inputs, way, columns):
        """Whether these outputs are other rows when these inputs are changed."""
        by_table = collections.defaultdict(list)
        for table, column in inputs:
            by_table[table].append(column)
        names = {t: tables.changed(t, tuple(some), way) for t, some in by_table.items()}
        rows = self.result(case.query, names)
        return rows is not None and projected(rows, columns) != projected(case.base, columns)

    def judge_claims(self, tables, case):
        """Counts what is said to matter and does not."""
        for changed in case.inputs:
            step = step_of(case.rows, *changed)
            if step:
                self.claim(tables, f"rows {step}", case, changed, range(len(case.outputs)))
                continue
            for i, inputs in enumerate(case.outputs):
                step = step_of(inputs, *changed)
                if step:
                    self.claim(tables, step, case, changed, [i])

    def claim(self, tables, step, case, changed, columns):
        claimed = self.claims[step]
        claimed[0] += 1
        if not any(self.differs(tables, case, (changed,), way, columns) for way in range(WAYS)):
            claimed[1] += 1
            claimed[2].append((case.query, changed, list(columns)))

    def run(self):
        while self.count["looked at"] < self.args.queries:
            tables = Tables(self.engine, self.rng)
            some = min(TOGETHER, self.args.queries - self.count["looked at"])
            self.together(tables, [self.args.query] if self.args.query else [self.generated() for _ in range(some)])
            tables.drop()
            if self.args.query:
                break
        self.report()

    def generated(self):
        return generate.Generator(self.rng, self.engine.kind).query(self.rng.choice([0, 0, 1, 1, 2]))

    def report(self):
        print(
            f"{self.engine.kind}, seed {self.args.seed}: " + ", ".join(f"{n} {word}" for word, n in self.count.items())
        )
        print("said to matter, and never seen to, in so many tries:")
        for step, (claimed, unseen, queries) in sorted(self.claims.items()):
            print(f"  {step:16} {claimed:6} {unseen:6} {100 * unseen / claimed:5.1f} %")
            for query, changed, columns in sorted(queries, key=lambda q: len(q[0]))[: self.args.show]:
                print(f"      {'.'.join(changed)} {columns or ''}: {query}")
        for query in sorted(self.unknown, key=len)[: self.args.show]:
            print(f"not known whole: {query}")
        for case, changed, columns in sorted(self.wrong, key=lambda w: len(w[0].query))[: max(self.args.show, 5)]:
            print(f"\nCONTRADICTION: {', '.join(map('.'.join, changed))} changed columns {columns} of\n{case.query}")
            print(f"  rows {case.rows}")
            for i, inputs in enumerate(case.outputs):
                print(f"  {i} {inputs}")


def one_engine(args):
    began = time.monotonic()
    with open_engine(args.engine[0]) as engine:
        proof = Proof(engine, args)
        proof.run()
    print(f"{args.engine[0]} took {time.monotonic() - began:.0f} s")
    failed = proof.count["failures"]
    print(f"{proof.count['looked at'] - failed} passed, {failed} failed", flush=True)
    return failed, proof.count["looked at"]


def main():
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument("--queries", type=int, default=2000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--engine", action="append", choices=["clickhouse", "postgres"])
    ap.add_argument("--show", type=int, default=0)
    ap.add_argument("--refused", action="store_true", help="show what the engine refuses")
    ap.add_argument("--query", default="")
    args = ap.parse_args()
    if args.engine and len(args.engine) == 1:
        failed, _ = one_engine(args)
        sys.exit(1 if failed else 0)
    # A process each, side by side.
    running = []
    for engine in args.engine or ["clickhouse", "postgres"]:
        words = [sys.executable, __file__, *sys.argv[1:], "--engine", engine]
        running.append(subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
    passed = failed = 0
    for process in running:
        text = process.communicate()[0]
        print(text, end="")
        last = text.rstrip().rsplit("\n", 1)[-1].split()
        counted = len(last) == 4 and last[1] == "passed,"
        passed, failed = passed + (int(last[0]) if counted else 0), failed + (int(last[2]) if counted else 1)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
