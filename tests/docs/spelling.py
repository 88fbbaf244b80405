#!/usr/bin/env python3
"""Looks for misspelt words, with codespell, in what people read: the prose of the root's pages and of docs/**/*.md (no
code), and the texts and comments of compiler/ and runtime/. Texts are British: an American form is told too. Words that
are meant to be wrong, or are names, stand in IGNORED. Closes with "N passed, M failed", a file each."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from links import prose  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Names, and words that examples get wrong on purpose.
IGNORED = "nd,colum,descripton,modle,postgress,selct"
# American forms, and how these texts write them. -ize is as good as -ise; names of an API keep theirs.
AMERICAN = """behavior->behaviour
behaviors->behaviours
color->colour
colors->colours
canceled->cancelled
canceling->cancelling
defense->defence
favor->favour
favorite->favourite
flavor->flavour
flavors->flavours
fulfill->fulfil
honor->honour
honored->honoured
labeled->labelled
labeling->labelling
neighbor->neighbour
neighbors->neighbours
skillful->skilful
traveling->travelling
"""
PIECES = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', re.S)


def of_page(text):
    lines = [""] * (text.count("\n") + 1)
    for number, line in prose(text):
        line = re.sub(r"(`+).*?\1", " ", line)
        lines[number - 1] = re.sub(r"\]\([^)]*\)|https?://\S+", " ", line)
    return "\n".join(lines)


def of_code(text):
    """Texts with a blank in them and comments, each on its line."""
    lines = text.split("\n")
    kept = [""] * len(lines)
    for m in PIECES.finditer(text):
        piece, line = m[0], text.count("\n", 0, m.start())
        if piece[0] == '"' and " " not in piece:
            continue
        piece = re.sub(r"\\n", "  ", piece)
        for part in piece.split("\n"):
            kept[line] += " " + re.sub(r"`[^`]*`|'[^' ]*'|\{\{.*?\}\}", " ", part)
            line += 1
    return "\n".join(kept)


def main():
    if not shutil.which("codespell"):
        print("FAILED codespell is not installed: scripts/setup test\n0 passed, 1 failed")
        return True
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    code = [p for d in ("compiler", "runtime") for e in ("c", "h", "def") for p in (ROOT / d).rglob(f"*.{e}")]
    with tempfile.TemporaryDirectory(prefix="starc-spelling-") as folder, tempfile.NamedTemporaryFile("w") as forms:
        for path in pages + code:
            to = pathlib.Path(folder) / path.relative_to(ROOT)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text((of_page if path.suffix == ".md" else of_code)(path.read_text()))
        forms.write(AMERICAN)
        forms.flush()
        words = ["codespell", "-D", "-", "-D", forms.name, "--ignore-words-list", IGNORED, "."]
        told = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    wrong = [line.removeprefix("./") for line in (told.stdout + told.stderr).splitlines()]
    for line in wrong:
        print("FAILED", line)
    failed = len({line.split(":")[0] for line in wrong})
    print(f"{len(pages) + len(code) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
