"""Reads .test files (the form is told in ../run.c) as jobs for both sides."""

import json
import re

SIGNS = (("␤", "\n"), ("␍", "\r"), ("␉", "\t"))


def plain(text):
    for sign, char in SIGNS:
        text = text.replace(sign, char)
    return text


def shown(text):
    for sign, char in SIGNS:
        text = text.replace(char, sign)
    return text


def read(path):
    """Yields (job, wanted) of one file; wanted is the third line."""
    common, macros = {}, []
    lines = iter(path.read_text(encoding="utf-8").split("\n"))
    for line in lines:
        if not line or line.startswith("# "):
            continue
        if line.startswith("@vars "):
            common = json.loads(line[6:])
        elif line.startswith("@macro "):
            macros.append(plain(line[7:]))
        else:
            own = json.loads(next(lines))
            job = {"template": plain(line), "vars": {**common, **own}, "macros": list(macros)}
            yield job, next(lines)


def starc_only(job, wanted):
    """Cases that jinja2 cannot judge: text that dbt does not render at all, limits of starc's own,
    bytes, time zones without pytz."""
    import oracle

    return (
        not re.search("{[{%#]", job["template"])
        or "bytes" in wanted
        or wanted.startswith("error: the template ")
        or (oracle.pytz is None and re.search(r"pytz", job["template"]))
    )


def jobs(paths):
    return [job for path in paths for job, wanted in read(path) if not starc_only(job, wanted)]
