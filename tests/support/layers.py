#!/usr/bin/env python3
"""Checks the layers that docs/design.md draws: an #include only goes to an earlier layer, and the
objects of compiler/ use no symbol of a database client.  usage: layers.py BUILD_DIR"""
import pathlib, re, subprocess, sys

LAYERS = ["base", "template", "project", "graph", "dialect", "context", "macros", "load", "artifacts"]
RUNTIME = ["engine", "docs", "deps", "run", "cli"]
OWN = {"pcre2.h": ["base/regex"], "gmp.h": ["base/bigint"], "utf8proc.h": ["base/utf8"], "yaml.h": ["project/yaml"],
       "jansson.h": ["base/json"], "openssl/": ["base/hash"], "libpq-fe.h": ["engine/postgres"],
       "curl/": ["engine/libcurl"], "archive": ["deps/libarchive"], "microhttpd.h": ["docs/server"], "dlfcn.h": ["engine/library", "engine/chdb"]}
CLIENTS = re.compile(r"^(PQ|curl_|chdb_)")
root = pathlib.Path(__file__).resolve().parents[2]
bad, checked = [], 0

def rank(path):
    half, folder = path.parts[0], path.parts[1]
    if half == "compiler": return LAYERS.index(folder)
    return len(LAYERS) + RUNTIME.index(folder)

for path in sorted(root.glob("compiler/*/*.[ch]")) + sorted(root.glob("runtime/*/*.[ch]")):
    rel = path.relative_to(root)
    stem = f"{rel.parts[1]}/{rel.stem}"
    for n, line in enumerate(path.read_text().splitlines(), 1):
        m = re.match(r'\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', line)
        if not m: continue
        checked += 1
        if m[1]:
            to = (path.parent / m[1]).resolve()
            if not to.exists(): to = root / m[1]
            to = to.relative_to(root)
            if to.parts[0] in ("compiler", "runtime") and rank(to) > rank(rel):
                bad.append(f"{rel}:{n}: {rel.parts[1]} must not include {to}")
        else:
            for lib, owners in OWN.items():
                if m[2].startswith(lib) and not any(stem.startswith(o) for o in owners):
                    bad.append(f"{rel}:{n}: <{m[2]}> belongs to {' '.join(owners)} alone")

build = root / sys.argv[1]
for obj in sorted((build / "compiler").rglob("*.o")):
    out = subprocess.run(["nm", "-u", str(obj)], capture_output=True, text=True).stdout
    for symbol in (w.split()[-1] for w in out.splitlines() if w.split()):
        if CLIENTS.match(symbol): bad.append(f"{obj.relative_to(root)}: compiler/ must not call {symbol}")

print("\n".join(bad) or f"layers: {checked} includes go the right way")
sys.exit(bool(bad))
