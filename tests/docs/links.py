#!/usr/bin/env python3
"""Looks after the links of README.md, CHANGELOG.md, CONTRIBUTING.md and docs/**/*.md within the clone, without a network:
the file is there, and so is the heading behind `#`; and links lead from the pages of the clone's root to every page of docs/.
Closes with "N passed, M failed", a link or page each."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+(?:\([^()]*\))?)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def prose(text):
    """[(line, text)] outside of blocks of code and comments, without what stands in backquotes."""
    fence, comment, lines = None, False, []
    for number, line in enumerate(text.split("\n"), 1):
        if comment:
            comment = "-->" not in line
        elif fence:
            fence = None if line.strip() == fence else fence
        elif mark := re.match(r" *(```+)", line):
            fence = mark[1]
        elif line.lstrip().startswith("<!--"):
            comment = "-->" not in line
        else:
            lines.append((number, line))
    return lines


def anchor(heading):
    """A heading as sites and forges name it in a link."""
    heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def anchors(text):
    found = set()
    for _, line in prose(text):
        if title := re.match(r"#{1,6} +(.*?)#* *$", line):
            name, n = anchor(title[1]), 0
            while (name if not n else f"{name}-{n}") in found:
                n += 1
            found.add(name if not n else f"{name}-{n}")
        found.update(re.findall(r'<a (?:id|name)="([^"]+)"', line))
    return found


def wrong(page, target, seen):
    """What is wrong with a link, or None."""
    path, _, heading = target.partition("#")
    to = (page.parent / path).resolve() if path else page
    if not to.exists():
        return f"no {path}"
    if not to.is_relative_to(ROOT):
        return f"{path} lies outside of the clone"
    if heading and to.suffix == ".md":
        if to not in seen:
            seen[to] = anchors(to.read_text())
        if heading not in seen[to]:
            return f"{to.relative_to(ROOT)} has no heading #{heading}"
    return None


def found_from(pages, leads):
    """The pages that links lead to from these, themselves among them."""
    left = list(pages)
    found = set(left)
    while left:
        for to in leads.get(left.pop(), ()):
            if to not in found:
                found.add(to)
                left.append(to)
    return found


def main():
    passed = failed = 0
    seen, leads = {}, {}
    for page in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]:
        for number, line in prose(page.read_text()):
            for match in LINK.finditer(re.sub(r"(`+).*?\1", "x", line)):
                target = match[1] or match[2]
                if re.match(r"[a-z]+:", target):
                    continue
                leads.setdefault(page, []).append((page.parent / target.partition("#")[0]).resolve())
                what = wrong(page, target, seen)
                passed, failed = passed + (not what), failed + bool(what)
                if what:
                    print(f"FAILED {page.relative_to(ROOT)}:{number}: {what}")
    found = found_from(ROOT.glob("*.md"), leads)
    for page in sorted((ROOT / "docs").rglob("*.md")):
        passed, failed = passed + (page in found), failed + (page not in found)
        if page not in found:
            print(f"FAILED {page.relative_to(ROOT)}: no link leads there")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
