"""The queries of tests/lineage/*.txt with what was found by reading them, and what `edges` finds: cases() and
differences(). What a case looks like is said at the top of each file."""

import os, pathlib, re, subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
EDGES = ROOT / os.environ.get("BUILD", "build") / "tests/edges"


def cases(kind):
    """(setup, [(query, what CTEs to stop at, wanted lines)])"""
    setup, queries = [], []
    for paragraph in (ROOT / f"tests/lineage/{kind}.txt").read_text().split("\n\n"):
        first, *lines = [l for l in paragraph.strip("\n").split("\n") if not l.startswith("#")] or [""]
        if first == "setup":
            setup = lines
        elif first:
            stop, query = first.split(" ", 2)[1:] if first.startswith("stop ") else ("", first)
            queries.append((query, stop, lines))
    return setup, queries


def question(kind, query="", schema="", name=""):
    """The statement whose answer tells the columns of a query that relation schema.name was made of."""
    command = [EDGES, kind, "--ask", schema, name]
    return subprocess.run(command, input=query, capture_output=True, check=True, text=True).stdout


def wanted(lines):
    """{query: {column: (inputs, words of what is unknown)}}; the query itself is ''."""
    found, query = {"": {"rows": (set(), "")}}, ""
    for line in lines:
        if line.startswith("query "):
            query = line.removeprefix("query ")
            found[query] = {"rows": (set(), "")}
            continue
        inputs, _, unknown = line.partition(" ! ")
        name, inputs = inputs.rsplit(" = ", 1) if " = " in inputs else (inputs.removesuffix(" ="), "")
        steps = r"same|computed|aggregated|condition|window|join|filter|group|sort"
        found[query][name] = ({i for i in re.split(rf", (?=(?:{steps}) )", inputs) if i}, unknown)
    return found


def told(kind, answer, stop, schema):
    """The same form of what the reader found. A schema other than `schema` is a part of the name."""
    text = subprocess.run([EDGES, kind, stop], input=answer, capture_output=True, check=True, timeout=60).stdout
    found = {}
    for line in text.decode().rstrip("\n").split("\n"):
        word, *fields = [f.replace("\\\\", "\\") for f in line.split("\t")]
        if word == "query":
            query = found[fields[0]] = {}
        elif word in ("column", "rows"):
            inputs = set()
            query[fields[0] if word == "column" else "rows"] = (inputs, fields[-1])
        else:
            inputs.add(f"{word} " + ".".join(fields[fields[0] in ("", schema) :]))
    return found


def differences(kind, query, stop, lines, answer, schema):
    """A text for each column that is not as wanted."""
    want, got = wanted(lines), told(kind, answer, stop, schema)
    for part in sorted(want.keys() | got.keys()):
        for name in sorted(want.get(part, {}).keys() | got.get(part, {}).keys()):
            w, g = want.get(part, {}).get(name), got.get(part, {}).get(name)
            if not w or not g or w[0] != g[0] or bool(w[1]) != bool(g[1]) or w[1] not in g[1]:
                yield f"{query}\n  {part} {name}\n    wanted {w}\n    got    {g}"
