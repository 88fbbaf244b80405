"""Cuts a Markdown page into steps. In: its text. Out: a list of Step in the page's order, each with its line: blocks of
code, and what comments (`<!-- docs: .. -->`) ask for. docs/internals/manual.md has the convention. Leaves the running to
reader.py."""

import dataclasses
import re

# What a comment may say, for the next block, or by itself.
OF_BLOCKS = ("skip", "by", "into", "append", "shows", "pipe", "exit", "meanwhile", "keep")
ALONE = ("page", "project", "file", "run", "console", "then")
FILE_NAME = r"[\w.+-]+(?:/[\w.+-]+)*\.\w+|Makefile|\.env"


class Unreadable(Exception):
    pass


@dataclasses.dataclass
class Step:
    """`kind`: project, file, run or then of a comment, or block. A block's `asked` has what comments said of it."""

    line: int
    kind: str
    text: str
    language: str = ""
    path: str = ""
    asked: dict = dataclasses.field(default_factory=dict)


def named(info, before, text, language):
    """The file that a block is: by `title=".."` behind the language, the line before it, or its own first line."""
    if title := re.search(r'\btitle="([^"]+)"', info):
        return title[1]
    if language in ("console", "text"):
        return ""
    if line := re.search(rf"`({FILE_NAME})`(?: \([^()]*\))?:$", before):
        return line[1]
    mark = {"sql": "-- ", "yaml": "# ", "python": "# ", "sh": "# ", "ini": "# "}.get(language)
    first = text.partition("\n")[0]
    if mark and re.fullmatch(re.escape(mark) + rf"({FILE_NAME})", first):
        return first.removeprefix(mark)
    return ""


def comment(line, text):
    """(word, what) of a comment's inside."""
    word, _, what = text.lstrip().partition(":")
    word = word.strip()
    if word not in OF_BLOCKS + ALONE:
        raise Unreadable(f"{line}: no such comment: docs: {word}")
    what = what.strip("\n").rstrip() if word in ("file", "console") else what.strip()
    return word, what


def cut(text):
    """(steps, what the comment for the whole page says or None)."""
    steps, asked, whole, before = [], {}, None, ""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        line, number = lines[at], at + 1
        at += 1
        if start := re.match(r"\s*<!-- docs:(?: |$)", line):
            said = line[start.end() :]
            while "-->" not in said:
                said += "\n" + lines[at]
                at += 1
            word, what = comment(number, said.partition("-->")[0])
            if word == "page":
                whole = comment(number, what)
            elif word == "file":
                path, _, rest = what.strip().partition("\n")
                steps.append(Step(number, word, rest + "\n", path=path.strip()))
            elif word == "console":
                steps.append(Step(number, "block", what + "\n", word, asked={"hidden": ""}))
            elif word in ALONE:
                steps.append(Step(number, word, what))
            else:
                asked[word] = what
        elif fence := re.match(r"( *)(```+)(.*)$", line):
            indent, marks, info = fence.groups()
            body = []
            while lines[at].strip() != marks:
                body.append(lines[at].removeprefix(indent))
                at += 1
                if at == len(lines):
                    raise Unreadable(f"{number}: the block has no end")
            at += 1
            inside = "".join(part + "\n" for part in body)
            language = info.split()[0] if info.split() else ""
            path = asked.get("into") or asked.get("append") or named(info, before, inside, language)
            steps.append(Step(number, "block", inside, language, path, asked))
            asked, before = {}, ""
        elif line.strip():
            before = line.strip()
    if asked:
        raise Unreadable(f"a comment without a block behind it: docs: {', '.join(asked)}")
    return steps, whole


def commands(text):
    """[(command, what it shows)] of a console block. A command goes on in the next line behind a backslash."""
    found = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append([line[2:], []])
        elif not found:
            raise Unreadable("a console block begins with `$ ` and a command")
        elif found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1][0] += "\n" + line.removeprefix("> ")
        else:
            found[-1][1].append(line)
    return found
