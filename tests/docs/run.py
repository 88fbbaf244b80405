#!/usr/bin/env python3
"""Runs what README.md and docs/**/*.md show: files are written, commands run in the page's order, and what they print is
compared with what the page shows. docs/internals/manual.md has the convention. Closes with what was not run and why,
and "N passed, M failed", a block each.

    tests/docs/run.py [--update] [PAGE..]

--update writes what a command printed into the page where all of it is shown and it is another."""

import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import jinja  # noqa: E402
import page as pages  # noqa: E402
from compare import MORE, differences  # noqa: E402
from reader import ROOT, Reader  # noqa: E402

# What is a file's text, or a listing, and no command.
TEXTS = ("text", "mermaid")
# Commands that do not end by themselves.
STAYS = re.compile(r"(?!.*>).*\bstarc (serve\b|docs serve\b|[^|]*--watch\b)")
EMBEDDED = os.environ.get("STARC_TEST_EMBEDDED") != "0"


class Wrong(Exception):
    pass


class Followed:
    """A page that was followed: how many blocks ran, which not and why, which are wrong."""

    def __init__(self, path):
        self.path, self.ran, self.left, self.wrong, self.new, self.took = path, 0, [], [], {}, 0.0

    def fail(self, step, text):
        self.wrong.append(f"{self.path}:{step.line}: {text}")


def check_lines(followed, step, command, shown, printed):
    different = differences(shown, printed)
    if not different:
        return
    if shown and not any(line.strip() in MORE for line in shown):
        followed.new[(step.line, command)] = printed
    lines = "\n    ".join(different[:30])
    raise Wrong(f"`{command}` prints something else (- on the page, + printed)\n    {lines}")


def run_command(reader, followed, step, command, shown, code, given=""):
    got, printed = reader.command(command, given)
    if got != code:
        text = "\n    ".join(printed[-30:])
        raise Wrong(f"`{command}` ended with exit code {got}, not {code}\n    {text}")
    if shown:
        check_lines(followed, step, command, shown, printed)


def console(reader, followed, step):
    found = pages.commands(step.text)
    codes = [int(c) for c in step.asked.get("exit", "0").split()]
    codes = [0] * (len(found) - len(codes)) + codes
    for i, (command, shown) in enumerate(found):
        shown = [line for line in shown if line.strip()]
        if STAYS.match(command):
            enough = lambda lines: not [d for d in differences(shown, lines) if d.startswith("-")]
            printed = reader.stay(command, enough, step.asked.get("meanwhile"))
            if kept := re.match(r"(\w+)=(.*)", step.asked.get("keep", "")):
                value = next((m[1] for line in printed if (m := re.search(kept[2], line))), "")
                run_command(reader, followed, step, f"export {kept[1]}={shlex.quote(value)}", [], 0)
            if shown:
                check_lines(followed, step, command, shown, printed)
        else:
            run_command(reader, followed, step, command, shown, codes[i])


def reason(step, whole):
    """Why a block is not run here, or None."""
    for word in ("skip", "by"):
        if word in step.asked:
            return word, step.asked[word]
    if whole and not step.asked:
        return whole
    if step.language in TEXTS and not step.asked and not step.path:
        if any(line.lstrip().startswith(("$ ", "starc ")) for line in step.text.splitlines()):
            raise Wrong("a block of text has a command: make it `console`")
        return "skip", "text"
    return None


def block(reader, followed, step, whole):
    why = reason(step, whole)
    if why:
        word, what = why
        if not what:
            raise Wrong(f"docs: {word}: the reason is missing")
        if word == "by" and not (ROOT / what.split()[0].rstrip(":")).exists():
            raise Wrong(f"docs: by: there is no {what.split()[0]}")
        followed.left.append((step.line, step.language, f"run by {what}" if word == "by" else what))
        return
    hidden = "hidden" in step.asked
    code = int(step.asked.get("exit", "0").split()[-1])
    if "shows" in step.asked:
        run_command(reader, followed, step, step.asked["shows"], step.text.splitlines(), code)
    elif "pipe" in step.asked:
        run_command(reader, followed, step, step.asked["pipe"], [], code, step.text)
    elif step.path:
        reader.file(step.path, step.text, more="append" in step.asked)
        if reader.then:
            run_command(reader, followed, step, reader.then, [], code)
    elif step.language == "console":
        console(reader, followed, step)
    elif step.language in ("sh", "bash"):
        run_command(reader, followed, step, "set -e\n" + step.text, [], code)
    elif step.language == "sql":
        run_command(reader, followed, step, 'starc show --quiet --inline "$(cat)"', [], code, step.text)
    elif step.language == "jinja":
        if wrong := reader.rendered.wrong(f"line_{step.line}"):
            raise Wrong("\n    ".join(wrong[:30]))
    else:
        kind = step.language or "no language"
        raise Wrong(f"a block of {kind} that is no file, no console, and does not say why it is not run")
    followed.ran += not hidden


def parts(path):
    """A page as [(followed, steps, what is said of the whole page)]: each project of it is a part, run by itself."""
    followed = Followed(path)
    try:
        steps, whole = pages.cut((ROOT / path).read_text())
    except pages.Unreadable as e:
        followed.wrong.append(f"{path}:{e}")
        return [(followed, [], None)]
    found = [[]]
    for step in steps:
        if step.kind == "project":
            found.append([])
        found[-1].append(step)
    return [(Followed(path), part, whole) for part in found if part]


def on_servers(steps):
    """Nothing of the part needs the embedded engine."""
    return steps and steps[0].kind == "project" and re.match(r"plain (postgres|clickhouse)", steps[0].text)


def follow(part):
    followed, steps, whole = part
    if not EMBEDDED and not on_servers(steps):
        steps = [dataclasses.replace(s, asked={}) for s in steps if s.kind == "block" and "hidden" not in s.asked]
        whole = whole or ("skip", "the embedded engine does not run under a sanitizer")
    began = time.monotonic()
    with Reader() as reader:
        for step in steps:
            try:
                if step.kind == "project":
                    reader.project(step.text)
                elif step.kind == "file":
                    reader.file(step.path, step.text)
                elif step.kind == "then":
                    reader.then = step.text
                elif step.kind == "run":
                    run_command(reader, followed, step, step.text, [], 0)
                else:
                    if step.language == "jinja" and not reader.rendered:
                        blocks = [s for s in steps if s.language == "jinja" and not reason(s, whole)]
                        reader.rendered = jinja.Rendered(reader, {f"line_{s.line}": s.text for s in blocks})
                    block(reader, followed, step, whole)
            except (Wrong, pages.Unreadable) as e:
                followed.fail(step, str(e))
            except subprocess.TimeoutExpired as e:
                followed.fail(step, f"did not end in {e.timeout} s")
            except Exception:
                followed.fail(step, traceback.format_exc())
    followed.took = time.monotonic() - began
    return followed


def together(followed):
    """The parts of one page as one."""
    whole = Followed(followed[0].path)
    for f in followed:
        whole.ran, whole.took = whole.ran + f.ran, whole.took + f.took
        whole.left, whole.wrong, whole.new = whole.left + f.left, whole.wrong + f.wrong, whole.new | f.new
    return whole


def update(followed):
    """Writes what was printed into the page."""
    path = ROOT / followed.path
    lines = path.read_text().split("\n")
    for (line, command), printed in sorted(followed.new.items(), reverse=True):
        start = line
        if lines[line].startswith("$ "):
            start = next(i for i in range(line, len(lines)) if lines[i] == "$ " + command) + 1
        end = next(i for i in range(start, len(lines)) if lines[i].startswith(("```", "$ ")))
        lines[start:end] = printed
    path.write_text("\n".join(lines))


def main(words):
    writes = "--update" in words
    given = [w for w in words if not w.startswith("--")]
    found = given or ["README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]
    for path in given:
        if not os.path.isfile(path):
            print(f"no such page: {path}", file=sys.stderr)
            return 2
    found = [str(pathlib.Path(p).resolve().relative_to(ROOT)) if p in given else p for p in found]
    work = [part for path in found for part in parts(path)]
    # Those with most commands first.
    work.sort(key=lambda part: -sum(s.text.count("$ ") or s.language == "sh" for s in part[1]))
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        done = list(pool.map(follow, work))
    results = [together(of) for path in found if (of := [f for f in done if f.path == path])]
    ran = left = wrong = 0
    for followed in results:
        ran, left, wrong = ran + followed.ran, left + len(followed.left), wrong + len(followed.wrong)
        if followed.ran or followed.left:
            print(f"{followed.path}: {followed.ran} blocks run, {len(followed.left)} not ({followed.took:.0f} s)")
        by_reason = {}
        for line, language, why in followed.left:
            by_reason.setdefault(why, []).append(f"{line} {language}".strip())
        for why, where in by_reason.items():
            print(f"    {why}: {len(where)} (line {', '.join(where[:6])}{', ..' if len(where) > 6 else ''})")
        if writes and followed.new:
            update(followed)
    for text in (t for followed in results for t in followed.wrong):
        print("FAILED", text)
    print(f"{ran} blocks run, {left} not run")
    print(f"{ran} passed, {wrong} failed")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
