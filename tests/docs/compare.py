"""Whether a page shows what a command printed. In: lines of both. Out: the lines that are not so. One list of masks says
what differs from run to run."""

import re

MASKS = [
    (r"\x1b\[[0-9;]*m", ""),
    (r"^\d\d:\d\d:\d\d +", ""),  # the time at a line's beginning
    (r"\b\d\d\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?", "MOMENT"),
    (r"\b\d\d:\d\d:\d\d\b", "TIME"),
    (r"\b\d+(\.\d+)? ?m?s\b", "DURATION"),
    (r"\b\d+(\.\d+)? (bytes|[KMG]i?B)\b", "SIZE"),
    (r"\bstarc \d+\.\d+\.\d+", "starc VERSION"),
    (r"\bUser default, password \S+", "User default, password WORD"),  # of a start of serve
    (r"\b(clickhouse|postgres): +\d+\.\d+\.\d+$", r"\1: VERSION"),
    (r"\binstalled: 1\.\d+\.\d+", "installed: VERSION"),
    (r"\b\d+\.\d+\.\d+\.\d+(?=[ ,)])", "VERSION"),
    (r"\bPostgres(QL)? \d+(\.\d+)?", "Postgres VERSION"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "ID"),
    (r"\b(pid|process) \d+", r"\1 N"),
    (r" \(an alias of \w+\)", ""),  # newer engines say it
]
# A node's line: threads are done in any order.
NODE = re.compile(r"^ *\d+ of (\d+) +")
# Lines with which each command begins: a page may leave them out.
COMMON = re.compile(r"^(starc VERSION, target .*|Found \d+ .*|\d+ nodes?, \d+ threads?)$")
MORE = ("..", "...")


def plain(line):
    for pattern, word in MASKS:
        line = re.sub(pattern, word, line)
    line = NODE.sub(r"N of \1 ", line)
    return " ".join(line.split())


def lines_of(lines):
    return [p for p in (plain(line) for line in lines) if p]


def same(shown, printed):
    """A shown line may leave out a part: `..` or `...` stands for it."""
    if shown == printed:
        return True
    if ".." not in shown:
        return False
    parts = re.split(r"\.\.+", shown)
    return re.fullmatch(".*".join(re.escape(p) for p in parts), printed) is not None


def differences(shown, printed):
    """["- shown and not printed", "+ printed and not shown"]. Lines come in their order, those of nodes in any; a line
    `..` stands for any number of lines."""
    shown, printed = lines_of(shown), lines_of(printed)
    partly = any(line in MORE for line in shown)
    left = list(printed)
    missing, at = [], 0
    for line in shown:
        if line in MORE:
            continue
        places = range(len(left)) if line.startswith("N of ") else range(at, len(left))
        place = next((i for i in places if left[i] is not None and same(line, left[i])), None)
        if place is None:
            missing.append("- " + line)
            continue
        left[place] = None
        if not line.startswith("N of "):
            at = place + 1
    if partly:
        return missing
    common = not any(COMMON.match(line) for line in shown)
    return missing + ["+ " + line for line in left if line and not (common and COMMON.match(line))]
