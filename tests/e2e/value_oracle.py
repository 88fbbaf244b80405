#!/usr/bin/env python3
"""What dbt-core makes of the expressions in value_cases.txt: rows from the drivers that its adapters use, tables
from its agate, text from its jinja.

usage: STARC_ADAPTER_VENV/bin/python value_oracle.py clickhouse|postgres PORT USER PASSWORD [--write]

Prints a JSON list of texts, in the order of the file (none: dbt fails); with --write puts them into the file.
The file is a list of cases for the engine named last: "@rows name query" gives a table that the expressions below
it know,
and each other line is an expression, with its text in the line below it. ␤ stands for a new line.
"""

import json, pathlib, sys

FILE = pathlib.Path(__file__).with_name("value_cases.txt")


def read(engine):
    """[(number of the line, "rows" or "expression", text, wanted)] of an engine."""
    found, here = [], True
    lines = FILE.read_text(encoding="utf-8").split("\n")
    for i, line in enumerate(lines):
        word, _, rest = line.partition(" ")
        if word == "@engine":
            here = rest == engine
        elif here and word == "@rows":
            found.append((i, "rows", rest, None))
        elif here and line and line[0] not in "# ":
            wanted = lines[i + 1][4:].replace("␤", "\n") if lines[i + 1].startswith("    ") else None
            found.append((i, "expression", line, wanted))
    return found


def postgres(port, user, password):
    import psycopg2
    from dbt.adapters.sql.connections import SQLConnectionManager
    from dbt_common.clients.agate_helper import table_from_data_flat

    connection = psycopg2.connect(host="127.0.0.1", port=port, user=user, password=password, dbname="postgres")
    connection.autocommit = True

    def query(sql):
        cursor = connection.cursor()
        cursor.execute(sql)
        names = [d[0] for d in cursor.description]
        return table_from_data_flat(SQLConnectionManager.process_results(names, cursor.fetchall()), names)

    return query


def clickhouse(port, user, password):
    import clickhouse_connect
    from dbt.adapters.clickhouse.connections import ClickHouseConnectionManager

    client = clickhouse_connect.get_client(host="127.0.0.1", port=int(port), username=user, password=password)

    def query(sql):
        result = client.query(sql)
        return ClickHouseConnectionManager.get_table_from_response(result.result_set, result.column_names)

    return query


def texts(engine, query):
    """The text of each expression, by the number of its line."""
    from dbt.context.base import BaseContext, get_context_modules
    from dbt_common.clients.jinja import get_environment

    environment, context, found = (
        get_environment(None),
        {**BaseContext({}).to_dict(), "modules": get_context_modules()},
        {},
    )
    for line, kind, text, _ in read(engine):
        if kind == "rows":
            name, sql = text.split(" ", 1)
            context[name] = query(sql)
            continue
        try:
            found[line] = environment.from_string("{{ (" + text + ") }}").render(context)
        except Exception as e:
            print(f"{FILE.name}:{line + 1}: {type(e).__name__}: {e}", file=sys.stderr)
    return found


def write(found):
    lines = FILE.read_text(encoding="utf-8").split("\n")
    for line, text in sorted(found.items(), reverse=True):
        shown = "    " + text.replace("\n", "␤")
        if lines[line + 1].startswith("    "):
            lines[line + 1] = shown
        else:
            lines.insert(line + 1, shown)
    FILE.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    found = texts(sys.argv[1], globals()[sys.argv[1]](*sys.argv[2:5]))
    if "--write" in sys.argv:
        write(found)
    print(json.dumps([found.get(line) for line, kind, _, _ in read(sys.argv[1]) if kind == "expression"]))
