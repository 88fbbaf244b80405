#!/usr/bin/env python3
"""Is what is told of public queries' columns what others tell of them?

usage: public.py [--engine clickhouse|postgres] [--show]

The queries of TPC-H and TPC-DS in sqlglot's source package and those in sqllineage's wheel, both from PyPI when this
runs, over their tables, which are empty. Where the engine accepts a query, each column's inputs are compared with
those that sqlglot's `lineage`, or sqllineage, finds in the text. Both tell what stands in the expression of a column:
what only decides the rows is left out of ours. What differs is explained by a rule of KNOWN, or it fails.
"""

import argparse, collections, functools, pathlib, re, signal, subprocess, sys, tarfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
PACKAGES = ["sqlglot==30.30.0", "sqllineage==1.5.9"]
FOLDER = ROOT / "build/lineage-venv"

if sys.prefix != str(FOLDER):
    from dbt_venv import install

    python = install(FOLDER, [PACKAGES])
    if not (FOLDER / "source").exists():
        words = ["-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", FOLDER, PACKAGES[0]]
        subprocess.run([python, *words], check=True)
        tarfile.open(next(FOLDER.glob("sqlglot-*.tar.gz"))).extractall(FOLDER / "source")
    sys.exit(subprocess.run([python, *sys.argv]).returncode)

SOURCE = next((FOLDER / "source").iterdir())
sys.path.append(str(SOURCE))
import logging
import sqllineage
from engines import open_engine
from lineage_cases import question, told
from sqlglot import exp, parse_one
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope
from sqllineage.config import SQLLineageConfig
from sqllineage.core.metadata.dummy import DummyMetaDataProvider
from sqllineage.runner import LineageRunner
from tests.helpers import TPCDS_SCHEMA, TPCH_SCHEMA, load_sql_fixture_pairs

logging.disable(logging.CRITICAL)
TYPES = {
    "postgres": {"string": "text", "double": "numeric", "bigint": "bigint", "int": "int"},
    "clickhouse": {
        "string": "Nullable(String)",
        "double": "Nullable(Decimal(18, 4))",
        "bigint": "Nullable(Int64)",
        "int": "Nullable(Int32)",
    },
}
LONGEST = 20  # seconds that sqllineage has for a query; of some it follows each of very many paths
# Where they differ: the tool, the query, the column, why ours is right.
KNOWN = [
    ("sql.*", r"(tpc-ds |query)27", "g_state", "grouping() tells which grouping set a row is of, not a value"),
    ("sqllineage", "query28", ".*", "of several subqueries without a name it looks at one"),
    ("sqllineage", "query(47|57)", ".*", "it finds no column of a CTE that reads another one three times"),
    (
        "sqllineage",
        "query(40|49|93)",
        "sales_.*|return_ratio|.*_rank|sumsales",
        "a table joined before a comma is not seen",
    ),
]
IN_EXPRESSIONS = {"same", "computed", "aggregated", "condition", "window", "sort"}


def queries():
    """(whose, set of tables, their columns, name, text)"""
    for tables, schema in (("tpc-h", TPCH_SCHEMA), ("tpc-ds", TPCDS_SCHEMA)):
        for i, (_, sql, _) in enumerate(load_sql_fixture_pairs(f"optimizer/{tables}/{tables}.sql")):
            yield "sqlglot", tables, schema, f"{tables} {i + 1}", sql
    for path in sorted((pathlib.Path(sqllineage.__file__).parent / "data/tpcds").glob("query*.sql")):
        yield "sqllineage", "tpc-ds", TPCDS_SCHEMA, path.stem, path.read_text().strip().split(";\n")[0]


def for_engine(sql):
    """What is written for another database, in words that both engines know."""
    sql = re.sub(r"^\s*insert into query\w+\s*$", "", sql, flags=re.I | re.M).strip().rstrip(";")
    sql = re.sub(r"date_add\((cast\([^()]*\)), (\d+)\)", r"(\1 + \2)", sql, flags=re.I)
    sql = re.sub(r"\bas string\b", "as text", sql, flags=re.I)
    return re.sub(r"\bas (\d+\w*[a-z]\w*)", r"as d\1", sql, flags=re.I)


def by_sqlglot(sql, schema):
    """[{(table, column)}]"""
    scope = build_scope(qualify(parse_one(sql, dialect="postgres"), schema=schema, dialect="postgres", identify=False))
    found = []
    for column in scope.expression.named_selects:
        root = lineage(column, sql, schema, scope=scope, copy=False, dialect="postgres")
        leaves = [n for n in root.walk() if isinstance(n.expression, exp.Table)]
        found.append({(n.expression.name, n.name.rsplit(".", 1)[-1]) for n in leaves})
    return found


@functools.cache
def read_by_sqllineage(sql):
    """{column: {(table, column)}}; what count(*) counts is no column."""
    provider = DummyMetaDataProvider({f"main.{t}": list(c) for t, c in TPCDS_SCHEMA.items() if t in sql})
    with SQLLineageConfig(DEFAULT_SCHEMA="main"):
        signal.alarm(LONGEST)
        try:
            paths = LineageRunner(sql, dialect="ansi", metadata_provider=provider).get_column_lineage()
        finally:
            signal.alarm(0)
    found = collections.defaultdict(set)
    for path in paths:
        if path[0].parent and path[0].raw_name != "*":
            found[path[-1].raw_name.lower()].add((path[0].parent.raw_name, path[0].raw_name))
    return found


def by_sqllineage(sql, names):
    """[{(table, column)}]; None: a column without a name, which it calls otherwise than the engine."""
    found = read_by_sqllineage(sql)
    named = [re.sub(r"^\w+\.", "", name.lower()) for name in names]
    unknown = [n for n in found if n not in named]
    return [found[n] if n in found else None if unknown else set() for n in named]


def ours(engine, sql):
    """[(name, {(table, column)} in expressions, the others)]"""
    columns = told(engine.kind, engine.lineage(sql, question), "", engine.database)[""]
    columns.pop("rows")
    made = []
    for name, (words, unknown) in columns.items():
        parts = [(word.split(" ", 1)[0], tuple(word.split(" ", 1)[1].split("."))) for word in words]
        made.append((name, {c for step, c in parts if step in IN_EXPRESSIONS and c[1]}, {c for _, c in parts if c[1]}))
    return made


def kind_of(engine, column, of):
    if column.endswith("_date") or column.endswith("date") and of == "string":
        return "date" if engine.kind == "postgres" else "Nullable(Date32)"
    return TYPES[engine.kind][of]


def prepare(engine):
    if engine.kind == "clickhouse":
        engine.run("set union_default_mode = 'DISTINCT'")
    for tables, schema in (("tpc-h", TPCH_SCHEMA), ("tpc-ds", TPCDS_SCHEMA)):
        world = tables.replace("-", "_")
        engine.create_world(world)
        for table, columns in schema.items():
            made = ", ".join(f"{c} {kind_of(engine, c, t)}" for c, t in columns.items())
            engine.run(
                f"create table {world}.{table} ({made})" + (" engine = Memory" if engine.kind == "clickhouse" else "")
            )


def compare(engine, show):
    prepare(engine)
    count = collections.Counter()
    for tool, tables, schema, name, sql in queries():
        engine.database = tables.replace("-", "_")
        engine.use(engine.database)
        try:
            mine = ours(engine, for_engine(sql))
        except Exception as e:
            count[f"{tool}: refused"] += 1
            if show:
                print(f"refused {name}: {str(e)[:200]}")
            continue
        try:
            theirs = by_sqlglot(sql, schema) if tool == "sqlglot" else by_sqllineage(sql, [n for n, *_ in mine])
        except Exception as e:
            count[f"{tool}: not read by it"] += 1
            if show:
                print(f"not read {name}: {type(e).__name__} {str(e)[:100]}")
            continue
        count[f"{tool}: queries"] += 1
        for (column, expression, every), other in zip(mine, theirs):
            if other is None:
                count[f"{tool}: columns without a name"] += 1
                continue
            count[f"{tool}: columns"] += 1
            if expression == other:
                continue
            known = [k for k in KNOWN if all(map(re.fullmatch, k[:3], (tool, name, column.lower())))]
            count[f"{tool}: {'explained' if known else 'not explained'}"] += 1
            only, others = sorted(expression - other), sorted(other - expression)
            if show or not known:
                print(f"{tool} {name} {column}: only here {only}, only there {others}", flush=True)
    print(f"{engine.kind}: " + ", ".join(f"{word} {n}" for word, n in sorted(count.items())), flush=True)
    bad = sum(n for word, n in count.items() if "not explained" in word)
    return sum(n for word, n in count.items() if word.endswith("columns")) - bad, bad


def too_long(*_):
    raise TimeoutError


signal.signal(signal.SIGALRM, too_long)
ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
ap.add_argument("--engine", action="append", choices=["clickhouse", "postgres"])
ap.add_argument("--show", action="store_true", help="also what is refused, and what is explained")
args = ap.parse_args()
passed = failed = 0
for kind in args.engine or ["clickhouse", "postgres"]:
    with open_engine(kind) as engine:
        good, bad = compare(engine, args.show)
        passed, failed = passed + good, failed + bad
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
