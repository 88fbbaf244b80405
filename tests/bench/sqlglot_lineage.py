#!/usr/bin/env python3
"""Column lineage of a project's compiled SQL by sqlglot: all columns of each model of gen_project.py, one step up.

usage: sqlglot_lineage.py COMPILED DIALECT DATABASE      (COMPILED: target/compiled of the project)
Prints how many columns and edges it found. Models come parents first, so that the columns of what they read are known.
"""

import pathlib, sys

from sqlglot import MappingSchema, exp
from sqlglot.lineage import lineage

folder, dialect, database = sys.argv[1:]
files = sorted(pathlib.Path(folder).rglob("m*.sql"), key=lambda f: int(f.stem.split("_")[1]))
schema, columns, edges = MappingSchema(dialect=dialect), 0, 0
for f in files:
    found = lineage(None, f.read_text(), schema=schema, dialect=dialect)
    for node in found.values():
        columns += 1
        edges += sum(isinstance(leaf.source, exp.Table) for leaf in node.walk() if not leaf.downstream)
    schema.add_table(exp.table_(f.stem, db=database), {name: "int" for name in found}, dialect=dialect)
print(f"{columns} columns, {edges} edges")
