#!/usr/bin/env python3
"""usage: packaging/page_parts.py FOLDER

The npm packages that the documentation page holds. In: the page's shell, where the bundler wrote name, version, licence and its text of each
package that it took something of (runtime/docs/site/build.mjs). Out: a file npm-NAME in FOLDER with the licence of each; parts() for the SBOM."""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHELLS = ("runtime/docs/site/site.html", "build/site/site.html")  # as the Makefile prefers them


def parts():
    """A dict of name, version, licence and text for each package, by name."""
    shell = next((ROOT / s for s in SHELLS if (ROOT / s).exists()), None)
    if not shell:
        sys.exit("the documentation page is not built: make site")
    found = re.search(r'<script id="licences" type="application/json">(.*?)</script>', shell.read_text(), re.S)
    if not found:
        sys.exit(f"{shell}: no list of licences is in it: make site")
    return json.loads(found[1])


def plain(name):
    """The name as a file and an SPDX identifier can have it."""
    return "npm-" + re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-")


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for part in parts():
        (folder / plain(part["name"])).write_text(part["text"])
