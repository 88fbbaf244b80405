#!/usr/bin/env python3
"""Checks the layers that docs/design.md draws: an #include only goes to an earlier layer, the objects
of compiler/ use no symbol of a database client, and code names no database outside of what is a
database's own.  usage: layers.py BUILD_DIR"""

import pathlib, re, subprocess, sys

# Some folders inside another one have a layer of their own: a database's answers use what is above the questions.
LAYERS = [
    "base",
    "value",
    "template",
    "dialect",
    "project",
    "graph",
    "context",
    "dialect/*",
    "macros",
    "load",
    "artifacts",
]
RUNTIME = [["engine"], ["serve"], ["history"], ["docs"], ["deps"], ["load"], ["session"], ["run"], ["check"], ["lineage"], ["sync"], ["task"], ["cli"]]
OWN = {
    "pcre2.h": ["base/regex"],
    "gmp.h": ["value/bigint"],
    "utf8proc.h": ["base/utf8"],
    "yaml.h": ["project/yaml"],
    "jansson.h": ["value/json"],
    "openssl/": ["base/hash"],
    "libpq-fe.h": ["engine/postgres"],
    "curl/": ["engine/libcurl"],
    "archive": ["deps/libarchive"],
    "microhttpd.h": ["serve/http"],
    "lz4": ["serve/codec"],
    "dlfcn.h": ["engine/library", "engine/chdb"],
}
CLIENTS = re.compile(r"^(PQ|curl_|chdb_)")
# What may name a database: its own folders. Elsewhere the dialect answers, and nobody asks who it is.
NAMES = re.compile(r"clickhouse|postgres|(?<![a-z])is_(ch|pg)(?![a-z])|^(pg|ch)_|_(pg|ch)$|database_in_names", re.I)
# serve speaks the protocol of one database, whose names stand in its headers.
OF_DATABASES = ("compiler/dialect/", "compiler/macros/", "runtime/engine/", "runtime/serve/")
TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[A-Za-z_]\w*""", re.S)
root = pathlib.Path(__file__).resolve().parents[2]
bad, checked = [], 0
sources = sorted(root.glob("compiler/**/*.[ch]")) + sorted(root.glob("runtime/**/*.[ch]"))


def rank(path):
    half, folder = path.parts[0], path.parts[1]
    if half == "compiler":
        return LAYERS.index(folder + "/*" if len(path.parts) > 3 and folder + "/*" in LAYERS else folder)
    return len(LAYERS) + next(i for i, rooms in enumerate(RUNTIME) if folder in rooms)


def names_of_databases(rel, text):
    """Words of code, and texts without a space: those for people, comments, and pages of docs/, may say what they like."""
    for m in TOKEN.finditer(text):
        word = m[0]
        if word.startswith(("//", "/*")) or (word[0] == '"' and re.search(r"\s|\\n|\.md(#[a-z-]+)?\"$", word)):
            continue
        if NAMES.search(word.strip('"')):
            yield f"{rel}:{text.count(chr(10), 0, m.start()) + 1}: {word}"


for path in sources:
    rel = path.relative_to(root)
    stem = f"{rel.parts[1]}/{rel.stem}"
    for n, line in enumerate(path.read_text().splitlines(), 1):
        m = re.match(r'\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', line)
        if not m:
            continue
        checked += 1
        if m[1]:
            to = (path.parent / m[1]).resolve()
            if not to.exists():
                to = root / m[1]
            to = to.relative_to(root)
            if to.parts[0] in ("compiler", "runtime") and rank(to) > rank(rel):
                bad.append(f"{rel}:{n}: {rel.parts[1]} must not include {to}")
        else:
            for lib, owners in OWN.items():
                if m[2].startswith(lib) and not any(stem.startswith(o) for o in owners):
                    bad.append(f"{rel}:{n}: <{m[2]}> belongs to {' '.join(owners)} alone")

named = []
for path in sources:
    rel = path.relative_to(root)
    if not str(rel).startswith(OF_DATABASES):
        named += names_of_databases(rel, path.read_text())
bad += [f"{place}: a database is named outside of {' '.join(OF_DATABASES)}" for place in named]

# Where a text of SQL ends at a `~`: messages are joined so, SQL stands in a block ({% set x %}, call).
SQL = re.compile(
    r"""(['"])(?:(?!\1)[^\\]|\\.)*\b(select|from|where|insert into|alter (table|view)|create (table|view)|drop (table|view|column)"""
    r"""|truncate|add column|modify|order by|group by|union all|limit|is null|cast\(|case when)(?:(?!\1)[^\\]|\\.)*\1\s*~|~\s*(['"])"""
    r"""(?:(?!\5)[^\\]|\\.)*\b(from|where|order by|group by|union all|limit|is null)\b""",
    re.S,
)
MESSAGES = re.compile(r"exceptions\.|log\(|^\{%-? *set (told|does|wrong)\b|The source and target")
for path in sorted(root.glob("compiler/macros/*/*.sql")):
    rel, text = path.relative_to(root), path.read_text()
    bad += [f"{rel}:{n}: longer than 120" for n, line in enumerate(text.splitlines(), 1) if len(line) > 120]
    for m in re.finditer(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", text, re.S):
        if not m[0].startswith("{#") and SQL.search(m[0]) and not MESSAGES.search(m[0]):
            bad.append(f"{rel}:{text.count(chr(10), 0, m.start()) + 1}: SQL joined with ~")

build = root / sys.argv[1]
for obj in sorted((build / "compiler").rglob("*.o")):
    out = subprocess.run(["nm", "-u", str(obj)], capture_output=True, text=True).stdout
    for symbol in (w.split()[-1] for w in out.splitlines() if w.split()):
        if CLIENTS.match(symbol):
            bad.append(f"{obj.relative_to(root)}: compiler/ must not call {symbol}")

print("\n".join(bad) or f"layers: {checked} includes go the right way, no code names a database")
sys.exit(bool(bad))
