"""The pages of the manual, in their parts. In: docs/order.txt (its head says what a line means) and the folder docs/.
Out: [(title, [path from the root of the clone])]. A page that the order does not name comes behind those of its folder;
a folder that it does not name is a part of its own. So moving a page needs no work here."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


class Wrong(Exception):
    """What is wrong in docs/order.txt, with its place."""


def lines():
    for number, line in enumerate((DOCS / "order.txt").read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.strip()


def below(folder, named):
    """The pages of a folder of docs/ and those in it that are no part, "." for docs/ itself."""
    found = DOCS.glob("*.md") if folder == "." else (DOCS / folder).rglob("*.md")
    inner = [DOCS / other for other in named if other.startswith(folder + "/")]
    mine = (p for p in found if not any(p.is_relative_to(i) for i in inner))
    return sorted(mine, key=lambda p: (p.name != "README.md", str(p)))


def parts():
    found, at, seen = [], None, set()
    for number, line in lines():
        if line.endswith(".md"):
            path = (DOCS / line).resolve()
            path = path if path.is_file() else next(iter(DOCS.rglob(line)), None)
            if at is None or path is None or not path.is_relative_to(ROOT):
                raise Wrong(f"docs/order.txt:{number}: there is no page {line}")
            at["pages"].append(path)
            seen.add(path)
        elif part := re.fullmatch(r"(\* )? *(\S+) +(.+)", line):
            at = next((p for p in found if p["title"] == part[3]), None)
            if at is None:
                found.append(at := {"title": part[3], "folders": [], "pages": []})
            at["folders"].append(part[2])
        else:
            raise Wrong(f"docs/order.txt:{number}: neither a page nor a folder with its title: {line}")
    named = {f for p in found for f in p["folders"]}
    for folder in sorted(p.name for p in DOCS.iterdir() if p.is_dir() and p.name not in named):
        if below(folder, named):
            found.append({"title": folder.replace("-", " ").capitalize(), "folders": [folder], "pages": []})
    for part in found:
        for folder in part["folders"]:
            part["pages"] += [p for p in below(folder, named) if p not in seen]
    return [(p["title"], [str(page.relative_to(ROOT)) for page in p["pages"]]) for p in found if p["pages"]]
