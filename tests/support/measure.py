#!/usr/bin/env python3
"""Measures the C code of a tree: a table of Markdown, one column a tree. What each row counts is said in
docs/internals/measures.md. Needs universal-ctags.  usage: measure.py [--then COMMIT] [FOLDER]"""

import argparse, collections, io, json, math, pathlib, re, statistics, subprocess, sys, tarfile, tempfile

HALVES = ("compiler", "runtime")
BRANCH = re.compile(r"\s*(?:}\s*)?(?:else\s+)?(?:if|for|while|switch|do)\b")
PROTOTYPE = re.compile(r"^(?!typedef|static|extern const|struct \w+ {|return\b)[A-Za-z_][\w\s*]*?\**(\w+)\(", re.M)


def bare(text):
    """The text with comments, strings and characters made blank: same lines, same columns."""
    blank = lambda m: re.sub(r"[^\n]", " ", m[0])
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def percentile(numbers, share):
    return sorted(numbers)[max(0, math.ceil(len(numbers) * share) - 1)] if numbers else 0


def spread(numbers):
    return f"{round(statistics.median(numbers or [0]))} / {percentile(numbers, 0.95)} / {max(numbers, default=0)}"


def share(part, whole):
    return f"{100 * part / whole:.0f} %" if whole else "-"


class File:
    def __init__(self, root, path):
        self.name, self.stem, self.folder = str(path.relative_to(root)), path.stem, path.parent
        self.header = path.suffix == ".h"
        self.text = path.read_text()
        self.bare = bare(self.text)
        self.lines, self.bare_lines = self.text.splitlines(), self.bare.splitlines()
        self.code = sum(bool(line.strip()) for line in self.bare_lines)
        self.comments = sum(bool(re.match(r"\s*(//|/\*|\*)", line)) for line in self.lines)

    def includes(self, root):
        """Files of the tree that this one includes."""
        for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', self.text, re.M):
            for at in (self.folder / name, root / name):
                if at.exists():
                    yield str(at.resolve().relative_to(root))
                    break


def tags(root):
    """Functions and local variables, as ctags sees them."""
    out = subprocess.run(
        [
            "ctags",
            "--output-format=json",
            "--languages=C",
            "--langmap=C:.c.h",
            "--c-kinds=fl",
            "--fields=+neS",
            "-R",
            "-f",
            "-",
            *HALVES,
        ],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [json.loads(line) for line in out.splitlines()]


def params(signature):
    inner = signature.strip()[1:-1].strip()
    if inner in ("", "void"):
        return 0
    depth, n = 0, 1
    for c in inner:
        depth += c in "([" or -(c in ")]")
        n += c == "," and not depth
    return n


def nesting(lines):
    """The depth of if, for, while, switch and do inside a function, by indentation."""
    open_at, deepest = [], 0
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if not line.strip():
            continue
        while open_at and open_at[-1] >= indent:
            open_at.pop()
        if BRANCH.match(line) and not re.match(r"\s*}\s*while\b.*;\s*$", line):
            open_at.append(indent)
        deepest = max(deepest, len(open_at))
    return deepest


def prototypes(header):
    """(name, has a comment on its line or above, stands in a run that a comment begins) for each prototype."""
    for m in PROTOTYPE.finditer(header.bare):
        n = header.bare.count("\n", 0, m.start())
        end = header.bare.find(";", m.end())
        if end < 0 or "{" in header.bare[m.end() : end]:
            continue
        last = header.bare.count("\n", 0, end)
        above = n > 0 and header.lines[n - 1].lstrip().startswith(("//", "*", "/*"))
        on = any("//" in line for line in header.lines[n : last + 1])
        first = n
        while first > 0 and header.lines[first - 1].strip() and not header.lines[first - 1].lstrip().startswith("//"):
            first -= 1
        yield m[1], above or on, above or on or (first > 0 and header.lines[first - 1].lstrip().startswith("//"))


def cycles(edges):
    """How many files stand in a circle of includes (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        for w in edges.get(v, ()):
            if w not in index:
                visit(w)
            if w in stack:
                low[v] = min(low[v], low[w])
        if low[v] == index[v]:
            circle = [stack.pop()]
            while circle[-1] != v:
                circle.append(stack.pop())
            if len(circle) > 1:
                found.append(circle)

    for v in list(edges):
        v in index or visit(v)
    return len(found)


def mutable_statics(file):
    n = 0
    for line in re.findall(
        r"^\s*(?:static|_Thread_local static|static _Thread_local) [^(){};=]*[;=\[]", file.bare, re.M
    ):
        pointer = line.rpartition("*")
        n += "const" not in (pointer[2] if pointer[1] else line)
    return n


def measure(root):
    root = root.resolve()
    files = [File(root, p) for half in HALVES for p in sorted((root / half).rglob("*.[ch]"))]
    sources, headers = [f for f in files if not f.header], [f for f in files if f.header]
    by_name = {f.name: f for f in files}
    seen = [t for t in tags(root) if t["path"] in by_name]
    functions = [t for t in seen if t["kind"] == "function" and "end" in t and t["path"].endswith(".c")]
    local = [len(t["name"]) for t in seen if t["kind"] == "local"]
    length = [t["end"] - t["line"] + 1 for t in functions]
    count = [params(t.get("signature", "()")) for t in functions]
    depth = [nesting(by_name[t["path"]].bare_lines[t["line"] : t["end"]]) for t in functions]
    told = sum(
        by_name[t["path"]].lines[t["line"] - 2].lstrip().startswith(("//", "*/")) for t in functions if t["line"] > 1
    )
    defined = {t["name"]: t["path"] for t in functions if not t.get("file")}
    protos = [(h, *p) for h in headers for p in prototypes(h) if p[0] in defined]
    own = sum(h.name[:-2] == defined[name][:-2] for h, name, *_ in protos)
    public = collections.Counter(path for path in defined.values())
    homeless = [f for f in sources if public[f.name] and f.name[:-2] + ".h" not in by_name]
    code, kloc = sum(f.code for f in files), sum(f.code for f in files) / 1000
    every = "\n".join(f.bare for f in files)
    per = lambda pattern: f"{len(re.findall(pattern, every, re.M)) / kloc:.1f}"
    edges = {f.name: list(f.includes(root)) for f in files}
    statics = collections.Counter(t["name"] for t in functions if t.get("file"))
    return {
        ".c / .h": f"{len(sources)} / {len(headers)}",
        "code lines (thousands)": f"{kloc:.0f}",
        "lines of a .c: median / p95 / longest": spread([len(f.lines) for f in sources]),
        "functions": str(len(functions)),
        "lines of a function: median / p95 / longest": spread(length),
        "functions of 20 lines or less / of more than 60": f"{share(sum(n <= 20 for n in length), len(length))} / {sum(n > 60 for n in length)}",
        "parameters: mean / p95 / most": f"{statistics.mean(count):.2f} / {percentile(count, 0.95)} / {max(count)}",
        "functions with six parameters or more": f"{sum(n >= 6 for n in count)} "
        f"({100 * sum(n >= 6 for n in count) / len(count):.1f} %)",
        "nesting: mean / p95 / deepest": f"{statistics.mean(depth):.2f} / {percentile(depth, 0.95)} / {max(depth)}",
        "prototypes with a comment / in a commented run": f"{share(sum(p[2] for p in protos), len(protos))} / {share(sum(p[3] for p in protos), len(protos))}",
        "bodies with a comment just above": share(told, len(functions)),
        "comment lines: all / .c / .h": " / ".join(
            share(sum(f.comments for f in g), sum(len(f.lines) for f in g)) for g in (files, sources, headers)
        ),
        "static functions": share(sum(bool(t.get("file")) for t in functions), len(functions)),
        "static names that stand in more than one file": f"{sum(n > 1 for n in statics.values())} ({sum(n for n in statics.values() if n > 1)} functions)",
        "prototypes in the header of their own .c": f"{share(own, len(protos))} ({own} of {len(protos)})",
        ".c with a public function and no header of its name": f"{len(homeless)} of {len(sources)}",
        "most prototypes of one internal.h": str(
            max(
                (n for h, n in collections.Counter(p[0].name for p in protos).items() if h.endswith("internal.h")),
                default=0,
            )
        ),
        "own includes of a .c, median": f"{statistics.median([len(edges[f.name]) for f in sources]):.0f}",
        "circles of includes": str(cycles(edges)),
        "macros / #if, in a thousand lines": f"{per(r'^ *# *define')} / {per(r'^ *# *if')}",
        "goto in a thousand lines; setjmp, longjmp": f"{per(r'[^_]goto ')}; {len(re.findall(r'setjmp[(]', every))}, {len(re.findall(r'longjmp[(]', every))}",
        "variables that can change, of a file or static in a function": str(sum(mutable_statics(f) for f in files)),
        "decimal numbers of two digits or more, in a thousand lines": per(r"(?<![\w.])[1-9][0-9]+(?![\w.])"),
        "names of locals: one letter / one or two": f"{share(sum(n == 1 for n in local), len(local))} / {share(sum(n <= 2 for n in local), len(local))}",
    }


def at_commit(root, commit, into):
    archive = subprocess.run(["git", "archive", commit, *HALVES], cwd=root, capture_output=True, check=True).stdout
    tarfile.open(fileobj=io.BytesIO(archive)).extractall(into)
    return measure(pathlib.Path(into))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--then", metavar="COMMIT", help="a column for this commit before the tree's own")
    p.add_argument("folder", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    args = p.parse_args()
    columns = {}
    with tempfile.TemporaryDirectory() as tmp:
        if args.then:
            columns[f"then ({args.then})"] = at_commit(args.folder, args.then, tmp)
    columns["now"] = measure(args.folder)
    print("| | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    for row in columns["now"]:
        print(f"| {row} | " + " | ".join(c[row] for c in columns.values()) + " |")


if __name__ == "__main__":
    sys.exit(main())
