"""What columns are made of, as the real Postgres tells it: the queries of tests/lineage/postgres.txt."""

import os, pathlib, subprocess
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EDGES = ROOT / os.environ.get("BUILD", "build") / "tests/edges"
NO_ROWS = ("rows", set(), "")


def cases():
    """(setup, [(query, what CTEs to stop at, wanted lines)])"""
    setup, queries = [], []
    for paragraph in (ROOT / "tests/lineage/postgres.txt").read_text().split("\n\n"):
        first, *lines = [l for l in paragraph.strip("\n").split("\n") if not l.startswith("#")] or [""]
        if first == "setup":
            setup = lines
        elif first:
            stop, query = first.split(" ", 2)[1:] if first.startswith("stop ") else ("", first)
            queries.append((query, stop, lines))
    return setup, queries


def wanted(lines):
    """{query: {column: (inputs, words of what is unknown)}}; the query itself is ''."""
    found, query = {"": {"rows": (set(), "")}}, ""
    for line in lines:
        if line.startswith("query "):
            query = line.removeprefix("query ")
            found[query] = {"rows": (set(), "")}
            continue
        inputs, _, unknown = line.partition(" ! ") if " ! " in line else (line, "", "")
        name, inputs = inputs.rsplit(" = ", 1) if " = " in inputs else (inputs.removesuffix(" ="), "")
        found[query][name] = ({i for i in inputs.split(", ") if i}, unknown)
    return found


def told(answer, stop):
    """The same form of what the reader found."""
    text = subprocess.run([EDGES, "postgres", stop], input=answer, capture_output=True, check=True, timeout=60).stdout
    found = {}
    for line in text.decode().rstrip("\n").split("\n"):
        kind, *fields = line.split("\t")
        fields = [f.replace("\\\\", "\\") for f in fields]
        if kind == "query":
            query = found[fields[0]] = {}
        elif kind in ("column", "rows"):
            name = fields[0] if kind == "column" else "rows"
            inputs, unknown = set(), fields[-1]
            query[name] = (inputs, unknown)
        else:
            inputs.add(f"{kind} {fields[1]}.{fields[2]}")
    return found


def differences(query, want, got):
    for part in sorted(want.keys() | got.keys()):
        for name in sorted(want.get(part, {}).keys() | got.get(part, {}).keys()):
            w, g = want.get(part, {}).get(name), got.get(part, {}).get(name)
            if not w or not g or w[0] != g[0] or bool(w[1]) != bool(g[1]) or w[1] not in g[1]:
                yield f"{query}\n  {part} {name}\n    wanted {w}\n    got    {g}"


def psql(server, script):
    env = {**os.environ, "PGPASSWORD": server.password, "PGOPTIONS": "-c client_min_messages=warning"}
    arguments = ["psql", "-X", "-qAt0", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(server.port)]
    done = subprocess.run(
        [*arguments, "-U", server.user, server.dbname], input=script.encode(), capture_output=True, env=env, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.split(b"\0")[:-1]


def test_edges_are_those_that_a_reader_of_the_query_finds(postgres):
    setup, queries = cases()
    assert len(queries) >= 60
    script = ["begin", 'create schema "made \' here\\"', 'set local search_path = "made \' here\\"', *setup]
    for i, (query, _, _) in enumerate(queries):
        ask = subprocess.run(
            [EDGES, "postgres", "--ask", "made ' here\\", f"v{i}"], capture_output=True, check=True, text=True
        ).stdout
        script += [f"create view v{i} as {query}", ask]
    answers = psql(postgres, ";\n".join([*script, "rollback;"]))
    assert len(answers) == len(queries)
    wrong = [
        line
        for (query, stop, lines), answer in zip(queries, answers)
        for line in differences(query, wanted(lines), told(answer, stop))
    ]
    assert not wrong, "\n".join(wrong)
