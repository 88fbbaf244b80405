#!/usr/bin/env python3
"""usage: packaging/manual/build.py [FOLDER]

Makes the site of the manual, build/manual/index.html, with what `scripts/setup manual` puts into build/. In:
README.md and what it leads to, docs/, in the order of docs/order.txt; links between pages are those of the clone, since
the pages lie beside each other as there. Out: files that need no network and no server. An unknown link, anchor or file
ends it with exit code 1. docs/internals/manual.md says why this generator."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from pages import ROOT, Wrong, parts  # noqa: E402

HERE = ROOT / "packaging/manual"
BUILD = ROOT / "build"
MKDOCS = BUILD / "manual-tools/bin/mkdocs"
# With it a page that is a file can search.
SHIM = BUILD / "manual-tools/iframe-worker.js"


def links(path):
    """What a page links to in the clone, without anchors."""
    text = re.sub(r"^( *)(```+).*?^\1\2", "", (ROOT / path).read_text(), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not re.match(r"[a-z]+:", target):
            yield (ROOT / path).parent.joinpath(target).resolve()


def gather(found, source):
    """Lays the pages, and what they link to, beside each other as in the clone. A link to a folder is one to its README."""
    waiting, seen = ["README.md", *(page for _, pages in found for page in pages)], set()
    while waiting:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        target = source / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, target)
        if path.endswith(".md"):
            for to in links(path):
                if to.is_file() and to.is_relative_to(ROOT):
                    waiting.append(str(to.relative_to(ROOT)))
            text = target.read_text()
            folders = r"\]\(([^)#\s]+?)/?\)"
            has = lambda m: ((ROOT / path).parent / m[1] / "README.md").is_file()
            text = re.sub(folders, lambda m: f"]({m[1]}/README.md)" if has(m) else m[0], text)
            target.write_text(text)
    return seen


def title(path):
    """A page's heading, without its marks."""
    heading = re.search(r"^# (.+)$", (ROOT / path).read_text(), re.M)
    return re.sub(r"[`*]|^starc: ", "", heading[1]) if heading else path


def yaml_text(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def nav(found):
    rows = ["nav:", '  - "Overview": README.md']
    for name, pages in found:
        rows.append(f"  - {yaml_text(name)}:")
        rows += [f"      - {yaml_text(title(page))}: {page}" for page in pages]
    return "\n".join(rows) + "\n"


def main(words):
    site = pathlib.Path(words[0]).resolve() if words else BUILD / "manual"
    source = BUILD / "manual-pages"
    if not MKDOCS.exists() or not SHIM.exists():
        print("the generator is not there: scripts/setup manual", file=sys.stderr)
        return 2
    shutil.rmtree(source, ignore_errors=True)
    try:
        found = parts()
    except Wrong as e:
        print(e, file=sys.stderr)
        return 1
    gather(found, source)
    (source / "assets").mkdir()
    shutil.copy(SHIM, source / "assets/iframe-worker.js")
    shutil.copy(HERE / "manual.css", source / "assets/manual.css")
    version = re.search(r'STARC_VERSION "(.*)"', (ROOT / "runtime/run/version.h").read_text())[1]
    config = BUILD / "manual.yml"
    text = (HERE / "mkdocs.yml").read_text().replace("VERSION", version)
    config.write_text(text + f"docs_dir: {source}\nsite_dir: {site}\n" + nav(found))
    env = os.environ | {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
    # Not --quiet: with it --strict counts no warnings.
    words = [MKDOCS, "build", "--strict", "--config-file", config]
    p = subprocess.run(words, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    code = p.returncode
    if code:
        said = [line for line in p.stdout.splitlines() if not re.match("INFO|DEBUG", line)]
        print("\n".join(said), file=sys.stderr)
    if code == 0:
        page = site / "index.html"
        page = page.relative_to(ROOT) if page.is_relative_to(ROOT) else page
        print(f"{page}: {sum(len(pages) for _, pages in found) + 1} pages")
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
