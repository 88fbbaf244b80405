"""The scripts of packaging/, as far as they can be tried without a release: what lies in dist/ and is not of it, a folder's name that
compilers cannot bear."""

import json
import os
import shutil
import sys

import pytest
from release import ROOT, VERSION, run, shaped

NAMES = [f"starc-{VERSION}-linux-x86_64.tar.gz", f"starc-{VERSION}-macos-aarch64.tar.gz", f"starc-{VERSION}.spdx.json"]
TOOLS = "bash sh env dirname sed cut grep sort touch xargs sha256sum printf mv cat".split()


@pytest.fixture
def tree(tmp_path):
    """A folder with the scripts, and a PATH without Debian's tools, where no Debian package can be made."""
    tree, tools = tmp_path / "tree", tmp_path / "tools"
    shutil.copytree(ROOT / "packaging", tree / "packaging")
    for name in ("LICENSE", "NOTICE", "runtime/run/version.h"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name)
    (tree / "dist").mkdir()
    tools.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(shutil.which(name))
    (tools / "python3").symlink_to(sys.executable)
    return tree, os.environ | {"PATH": str(tools)}


def listed(tree):
    run("sha256sum", "-c", "--quiet", "SHA256SUMS", cwd=tree / "dist")
    return sorted(line[66:] for line in (tree / "dist/SHA256SUMS").read_text().splitlines())


def test_what_is_not_of_this_build(tree):
    tree, env = tree
    dist = tree / "dist"
    archive = shaped(dist)
    for name in NAMES[1:]:
        (dist / name).write_text("of this build")
    run(tree / "packaging/sums", *NAMES, env=env)
    # Another build's, and what was said of a file that has changed since or is gone.
    archive.with_name(f"starc-{VERSION}-linux-musl-x86_64.tar.gz").write_bytes(archive.read_bytes())
    archive.with_name(f"starc-{VERSION}-image-x86_64.tar").write_text("old")
    with open(dist / "SHA256SUMS", "a") as f:
        f.write(f"{'0' * 64}  starc-{VERSION}-image-x86_64.tar\n{'0' * 64}  starc-{VERSION}-gone.tar.gz\n")
    run(tree / "packaging/packages", env=env)
    wheels = [f"starc-{VERSION}-py3-none-manylinux_2_28_x86_64.whl", f"starc_dbt-{VERSION}-py3-none-any.whl"]
    assert sorted(p.name for p in dist.glob("*.whl")) == wheels
    assert listed(tree) == sorted(NAMES + wheels)


def test_no_archive_of_this_build(tree):
    tree, env = tree
    shaped(tree / "dist")
    (tree / "dist/SHA256SUMS").write_text("")
    said = run(tree / "packaging/packages", env=env, fails=True)
    assert "lists no archive" in said and "make dist" in said and not list((tree / "dist").glob("*.whl"))


def test_a_path_with_blanks(tmp_path):
    """It is refused before anything is made or removed: parts of the path are files of others."""
    tree = tmp_path / "a b"
    (tmp_path / "a").write_text("not starc's")
    for name in ("packaging", "compiler", "runtime"):
        shutil.copytree(ROOT / name, tree / name)
    for script in ("deb", "dist"):
        said = run(tree / "packaging" / script, fails=True, env=os.environ | {"SOURCE_DATE_EPOCH": "1"})
        assert "has a blank" in said and str(tree) in said, said
    assert (tmp_path / "a").read_text() == "not starc's" and not (tree / "build").exists() and not (tree / "dist").exists()


def test_packages_in_the_page(tree):
    tree, env = tree
    names = [line.split()[0] for line in (tree / "packaging/sources.txt").read_text().splitlines() if line[0] != "#"]
    (tree / "build/dist/src").mkdir(parents=True)
    (tree / "build/dist/src/versions").write_text("".join(f"{name} 1.0+1\n" for name in names))
    env["SOURCE_DATE_EPOCH"] = "0"
    assert "make site" in run(tree / "packaging/sbom", VERSION, env=env, fails=True)
    parts = [{"name": "@some/part", "version": "1.2.3", "licence": "ISC", "text": "Do \u003c as you like"}]
    page = f'<script id="licences" type="application/json">{json.dumps(parts)}</script><script>1</script>'
    (tree / "build/site").mkdir()
    (tree / "build/site/site.html").write_text(page)
    document = json.loads(run(tree / "packaging/sbom", VERSION, env=env))
    part = document["packages"][-1]
    assert [p["name"] for p in document["packages"]] == ["starc", *names, "@some/part"]
    assert part["SPDXID"] == "SPDXRef-npm-some-part" and part["licenseDeclared"] == "ISC"
    assert part["externalRefs"][0]["referenceLocator"] == "pkg:npm/%40some/part@1.2.3"
    assert document["relationships"][-1]["relationshipType"] == "CONTAINS"
    run(tree / "packaging/page_parts.py", tree / "licenses", env=env)
    assert (tree / "licenses/npm-some-part").read_text() == "Do < as you like"
    assert not (tree / "packaging/__pycache__").exists()
