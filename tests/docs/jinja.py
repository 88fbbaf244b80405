"""Blocks of `jinja`: examples of the template language with what they come to. In: blocks of a page, each of lines like
`{{ 'a' | upper }}  {# A #}`; what stands before a comment at a line's end, from the last such comment on, comes to its
text. `{# prints: TEXT #}`: the command prints it; `{# fails: TEXT #}`: it fails and says it. Out: what differs. All blocks of
a page that do not fail are compiled by one command, as models."""

import pathlib
import re

RESULT = re.compile(r"\s*\{# (.*) #\}\s*$")
MARK = "--8<--"
FOLDER = "models/jinja"


def examples(text):
    """[(template, result)] of a block. A template without a result behind it: result None."""
    found, lines = [], []
    for line in text.splitlines():
        end = RESULT.search(line)
        lines.append(line[: end.start()] if end else line)
        if end:
            found.append(("\n".join(lines), end[1]))
            lines = []
    if any(line.strip() for line in lines):
        found.append(("\n".join(lines), None))
    return found


def squeezed(text):
    return " ".join(text.split())


class Rendered:
    """The jinja blocks of a page, compiled once."""

    def __init__(self, reader, blocks):
        """`blocks`: {name: text}."""
        self.reader, self.blocks = reader, {name: examples(text) for name, text in blocks.items()}
        for name, found in self.blocks.items():
            kept = [t for t, result in found if not (result or "").startswith("fails: ")]
            if kept:
                reader.file(f"{FOLDER}/{name}.sql", "".join(f"{t}{MARK}\n" for t in kept))
        self.code, self.lines = reader.command(f"starc compile --select path:{FOLDER}")
        self.folder = pathlib.Path((reader.state / "cwd").read_text().strip())

    def failing(self, template, said):
        self.reader.file(f"{FOLDER}/fails.sql", template)
        code, lines = self.reader.command("starc compile --select fails")
        (self.folder / FOLDER / "fails.sql").unlink()
        return [] if code and said in squeezed(" ".join(lines)) else [f"{template}: fails, but not with {said!r}:", *lines]

    def wrong(self, name):
        """What differs in a block, as lines; none: nothing."""
        if self.code:
            return self.lines
        found, bad = self.blocks[name], []
        made = next(iter(self.folder.glob(f"target/compiled/*/{FOLDER}/{name}.sql")), None)
        came = made.read_text().split(MARK) if made else []
        for template, result in found:
            if result and result.startswith("fails: "):
                bad += self.failing(template, result.removeprefix("fails: "))
                continue
            got = squeezed(came.pop(0)) if came else ""
            if result is None:
                continue
            if result.startswith("prints: "):
                if not any(result.removeprefix("prints: ") in line for line in self.lines):
                    bad.append(f"{template}: {result!r} is not printed")
            elif got != squeezed(result):
                bad.append(f"{template}: is {got!r}, not {result!r}")
        return bad
