"""Packages: from a hub, git, archives and folders, with what can be wrong about each."""

import contextlib, json, os, resource, subprocess, tarfile
import pytest
from conftest import needs_embedded, profile_for, rows
from hub import Hub, tar

PROFILE = {
    "type": "postgres",
    "host": "127.0.0.1",
    "port": 1,
    "user": "u",
    "password": "p",
    "dbname": "d",
    "schema": "s",
    "threads": 1,
}
MODEL = {"models/a.sql": "select {{ util.one() }} as id"}


def package(name, extra="", **files):
    out = {
        "dbt_project.yml": f"name: {name}\nversion: '1.0'\n{extra}",
        f"macros/{name}.sql": "{% macro one() %}1{% endmacro %}",
    }
    out.update({k.replace("__", "/"): v for k, v in files.items()})
    return out


def log_of(folder):
    return "".join(f.read_text() for f in folder.glob("logs/*"))


def write(folder, files):
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@pytest.fixture
def hub():
    with Hub() as h:
        yield h


@pytest.fixture
def deps(project, starc, hub):
    """deps(packages.yml, files, *args) -> (run, folder), with the hub and a cache of its own."""

    def call(packages, files=MODEL, *args, env=None, extra=""):
        folder = project({**files, "packages.yml": packages}, profile=PROFILE, extra=extra)
        return starc(
            "deps",
            *args,
            cwd=folder,
            env={"STARC_HUB_URL": hub.url, "STARC_CACHE_DIR": str(folder / ".cache"), **(env or {})},
        ), folder

    return call


@contextlib.contextmanager
def deps_limited(bytes):
    """No file of this process or its children gets longer."""
    had = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes, had[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, had)


def test_hub_takes_the_newest_that_fits_all_who_ask(deps, starc, hub):
    for v in ("0.9.0", "1.0.0", "1.2.0", "1.10.0", "2.0.0", "1.11.0-rc1"):
        hub.add("acme/util", v, package("util", f"vars: {{v: '{v}'}}\n"))
    hub.add("acme/more", "1.0.0", package("more"), packages=[{"package": "acme/util", "version": "<1.10.0"}])
    r, folder = deps(
        "packages:\n  - package: acme/util\n    version: ['>=1.0.0', '<2.0.0']\n  - package: acme/more\n"
        "    version: 1.0.0\n"
    )
    assert r.code == 0, r.text
    lock = (folder / "package-lock.yml").read_text()
    assert "version: 1.2.0" in lock and "name: util" in lock and "sha1_hash: " in lock
    assert "Updated version available: 2.0.0" in r.out
    assert "v: '1.2.0'" in (folder / "dbt_packages/util/dbt_project.yml").read_text()
    assert starc("parse", cwd=folder).code == 0
    assert (
        sorted(os.listdir(folder / "dbt_packages")) == ["more", "util"]
        and not (folder / "dbt_packages.starc-new").exists()
    )


PROVIDERS = [
    ("", "git@github.com:", "acme/util", ".git"),
    ("github", "git@github.com:", "acme/util", ".git"),
    ("gitlab", "git@gitlab.com:", "acme/team/util", ".git"),
    ("ado", "git@ssh.dev.azure.com:v3/", "acme/team/util", ""),
]


@pytest.mark.parametrize("provider, host, path, ending", PROVIDERS)
def test_private_packages_come_over_ssh(starc, project, tmp_path, provider, host, path, ending):
    there = write(tmp_path / f"hosts/{path}{ending}", package("util"))
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "one"],
        ["tag", "v1"],
    ):
        subprocess.run(["git", *words], cwd=there, check=True, env={**os.environ, "HOME": str(tmp_path)})
    item = f"  - private: {path}\n    revision: v1\n" + (f"    provider: {provider}\n" if provider else "")
    folder = project({**MODEL, "packages.yml": f"packages:\n{item}"}, profile=PROFILE)
    (folder / ".gitconfig").write_text(f'[url "file://{tmp_path}/hosts/"]\n\tinsteadOf = {host}\n')  # the test's HOME
    r = starc("deps", cwd=folder)
    assert r.code == 0 and (folder / "dbt_packages/util/dbt_project.yml").exists(), r.text
    lock = (folder / "package-lock.yml").read_text()
    assert (
        f"private: {path}\n" in lock and "git@" not in lock and (f"provider: {provider}\n" in lock or not provider)
    ), lock
    assert starc("parse", cwd=folder).code == 0 and starc("deps", cwd=folder).code == 0  # by the lock file


def test_private_packages_that_are_wrong(starc, project):
    folder = project(
        {
            **MODEL,
            "packages.yml": "packages:\n  - private: acme/util\n    provider: githb\n  - private: acme/util\n"
            "    provider: ado\n"
            "  - private: util\n  - {private: a/b, git: file:///x}\n  - {private: a/b, revison: x}\n",
        },
        profile=PROFILE,
    )
    r = starc("deps", cwd=folder)
    for said in (
        "packages.yml:3:15: error: no provider is named 'githb'",
        "did you mean 'github'?",
        "packages.yml:4:14: error: 'acme/util' is no repository of ado",
        "as in org/project/repo",
        "packages.yml:6:14: error: 'util' is no repository of github",
        "not two",
        "did you mean 'revision'?",
    ):
        assert said in r.text, r.text
    assert (
        r.code == 2 and "dbt 1.11 has no 'private:' packages" in starc("deps", "--dbt-version", "1.11", cwd=folder).text
    )


def test_lock_file_is_kept_until_asked_or_changed(deps, starc, hub):
    hub.add("acme/util", "1.0.0", package("util"))
    r, folder = deps("packages:\n  - package: acme/util\n    version: '>=1.0.0'\n")
    env = {"STARC_HUB_URL": hub.url, "STARC_CACHE_DIR": str(folder / ".cache")}
    hub.add("acme/util", "1.1.0", package("util"))
    assert (
        starc("deps", cwd=folder, env=env).code == 0 and "version: 1.0.0" in (folder / "package-lock.yml").read_text()
    )
    assert (
        starc("deps", "--upgrade", "--lock", cwd=folder, env=env).code == 0
        and "version: 1.1.0" in (folder / "package-lock.yml").read_text()
    )
    (folder / "packages.yml").write_text("packages:\n  - package: acme/util\n    version: 1.0.0\n")
    assert (
        starc("deps", cwd=folder, env=env).code == 0 and "version: 1.0.0" in (folder / "package-lock.yml").read_text()
    )


def test_hash_of_the_lock_file_is_dbts(deps, tmp_path):
    write(tmp_path / "util", package("util"))
    r, folder = deps("packages:\n  - local: ../util\n")
    import hashlib

    assert (
        hashlib.sha1(b'{"local": "../util", "unrendered": {"local": "../util"}}').hexdigest()
        in (folder / "package-lock.yml").read_text()
    ), r.text


def test_without_network_an_earlier_download_is_used(deps, starc, hub):
    hub.add("acme/util", "1.0.0", package("util"))
    r, folder = deps("packages:\n  - package: acme/util\n    version: 1.0.0\n")
    assert r.code == 0, r.text
    url = hub.url
    hub.__exit__()
    r = starc("deps", cwd=folder, env={"STARC_HUB_URL": url, "STARC_CACHE_DIR": str(folder / ".cache")})
    assert r.code == 0 and "does not answer" in r.text and (folder / "dbt_packages/util/dbt_project.yml").exists(), (
        r.text
    )
    for f in (folder / ".cache/packages").iterdir():  # a damaged download is none
        if f.suffix != ".sha256":
            f.write_bytes(b"x" + f.read_bytes())
    r = starc("deps", cwd=folder, env={"DBT_PACKAGE_HUB_URL": url, "STARC_CACHE_DIR": str(folder / ".cache")})
    assert r.code == 2 and "acme/util" in r.out and "dbt_packages/util by hand" in r.out, r.text
    assert (folder / "dbt_packages/util/dbt_project.yml").exists(), "what was installed stays"


@pytest.mark.parametrize(
    "packages, said",
    [
        ("- package: acme/utils\n    version: 1.0.0", "did you mean 'acme/util'?"),
        ("- package: acme/util\n    version: 3.0.0", "it has 1.0.0"),
        ("- package: acme/util\n    version: 1", "is not a version"),
        ("- package: acme/util", "needs a version"),
        ("- package: util\n    version: 1.0.0", "has no owner"),
        ("- package: acme/util\n    versoin: 1.0.0", "did you mean 'version'?"),
        ("- local: ../nowhere", "there is no folder"),
        ("- tarball: http://127.0.0.1:1/x.tar.gz\n    name: x", "dbt_packages/x by hand"),
        ("- tarball: http://127.0.0.1:1/x.tar.gz\n    name: ../x", "cannot be the name of a package"),
        ("- git: /nowhere.git\n    revision: v1", "git cannot get v1"),
        ("- git: --upload-pack=evil", "cannot start with '-'"),
        *[
            (f"- git: /nowhere.git\n    revision: '{r}'", "is no revision")
            for r in ("--upload-pack=evil", "+main", "^main", "main:refs/heads/x", "a*", "v1^{}", "a b")
        ],
        ("- package: acme/old\n    version: 1.0.0", "works with dbt"),
        ("- package: acme/circle\n    version: 1.0.0", "acme/circle -> acme/back -> acme/circle"),
        (
            "- package: acme/util\n    version: 1.0.0\n  - package: other/util\n    version: 1.0.0",
            "two packages are named 'util'",
        ),
        ("- package: acme/shop\n    version: 1.0.0", "the name of this project"),
    ],
)
def test_what_is_wrong_is_said(deps, hub, packages, said):
    hub.add("acme/util", "1.0.0", package("util"))
    hub.add("other/util", "1.0.0", package("util"))
    hub.add("acme/shop", "1.0.0", package("shop"))
    hub.add("acme/old", "1.0.0", package("old"), require_dbt_version=[">=0.1.0", "<1.0.0"])
    hub.add("acme/circle", "1.0.0", package("circle"), packages=[{"package": "acme/back", "version": "1.0.0"}])
    hub.add("acme/back", "1.0.0", package("back"), packages=[{"package": "acme/circle", "version": ">=1.0.0"}])
    r, folder = deps(f"packages:\n  {packages}\n")
    assert r.code == 2 and said in r.out and "packages.yml:" in r.out, r.text
    assert not (folder / "dbt_packages").exists() and not (folder / "dbt_packages.starc-new").exists()


def link(name, target, kind=tarfile.SYMTYPE):
    t = tarfile.TarInfo(name)
    t.type, t.linkname = kind, target
    return t


@pytest.mark.parametrize(
    "files, said",
    [
        ({"../../../evil.txt": "x"}, "outside of the package"),
        ({"x": link("util-1/link", "../../..")}, "points outside"),
        ({"x": link("util-1/link", "/etc")}, "points outside"),
        ({"x": link("util-1/d", "/tmp", tarfile.LNKTYPE)}, "hard link"),
        ({"x": link("util-1/fifo", "", tarfile.FIFOTYPE)}, "neither a file"),
        ({"x": link("other/file", "y")}, "must hold one folder"),
        ({"d/" * 20_000 + "f": "x"}, "begins a path that is too long"),
    ],
)
def test_archives_that_leave_their_folder_are_refused(deps, hub, tmp_path, files, said):
    body = tar(
        {
            **{f"util-1/{k}": v for k, v in package("util").items()},
            **{(k if k == "x" else f"util-1/{k}"): v for k, v in files.items()},
        },
        "",
    )
    hub.add("acme/util", "1.0.0", {}, archive=body)
    r, folder = deps("packages:\n  - package: acme/util\n    version: 1.0.0\n")
    assert r.code == 2 and said in r.out, r.text
    assert not list(tmp_path.rglob("evil.txt")) and not (folder / "dbt_packages").exists()


@pytest.mark.parametrize(
    "links, good",
    [
        ({"a/b/c/up": "../../..", "models": "a/b/c/up/../outside"}, False),  # by the letter inside
        ({"one": "two", "two": "one"}, False),
        ({"a": "b/..", "b": "sub/deep", "c": "a/../../.."}, False),
        ({"a/up": "../sub", "b": "a/up/../macros", "c": "nowhere/yet"}, True),
    ],
)
def test_links_through_links_stay_inside(deps, hub, repository, links, good):
    body = tar(
        {
            **{f"util-1/{k}": v for k, v in package("util").items()},
            "util-1/sub/deep/x": "",
            **{str(i): link(f"util-1/{k}", v) for i, (k, v) in enumerate(links.items())},
        },
        "",
    )
    hub.add("acme/util", "1.0.0", {}, archive=body)
    for k, v in links.items():
        (repository / k).parent.mkdir(parents=True, exist_ok=True)
        (repository / k).symlink_to(v)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "links")
    for wanted in ("package: acme/util\n    version: 1.0.0", f"git: {repository}"):
        r, folder = deps(f"packages:\n  - {wanted}\n")
        assert (
            (r.code == 0) == good and (good or "is a link that" in r.out) and (folder / "dbt_packages").exists() == good
        ), r.text


def test_a_link_is_not_written_through(deps, hub, tmp_path):
    (tmp_path / "outside").mkdir()
    body = tar(
        {
            **{f"util-1/{k}": v for k, v in package("util").items()},
            "x": link("util-1/in", "macros"),
            "util-1/in/more.sql": "-- more",
        },
        "",
    )
    hub.add("acme/util", "1.0.0", {}, archive=body)
    r, folder = deps("packages:\n  - package: acme/util\n    version: 1.0.0\n")
    assert not (folder / "dbt_packages/util/macros/more.sql").exists(), r.text


def test_an_archive_that_is_not_the_hubs_is_refused(deps, hub):
    hub.add("acme/util", "1.0.0", package("util"), sha1="0" * 40)
    r, folder = deps("packages:\n  - package: acme/util\n    version: 1.0.0\n")
    assert r.code == 2 and "is not the one that the hub knows" in r.out and not (folder / "dbt_packages").exists(), (
        r.text
    )
    r, folder = deps("packages:\n  - package: acme/util\n    version: 1.0.0\n", env={"STARC_PACKAGE_CHECKSUMS": "warn"})
    assert r.code == 0 and (folder / "dbt_packages/util").exists(), r.text


def test_archive_with_50000_files(deps, starc, hub):
    files = package("util", **{f"models__m{i}.txt": "" for i in range(50000)})
    hub.add("acme/util", "1.0.0", files)
    r, folder = deps("packages:\n  - package: acme/util\n    version: 1.0.0\n")
    assert r.code == 0 and len(os.listdir(folder / "dbt_packages/util/models")) == 50000, r.text
    assert starc("parse", cwd=folder).code == 0


def test_tarball_and_its_token_is_never_shown(deps, hub):
    url = hub.put("t.tar.gz?token=s3cr3t-token", tar(package("util"), "util-7"))
    r, folder = deps("packages:\n  - tarball: \"{{ env_var('ARCHIVE') }}\"\n    name: util\n", env={"ARCHIVE": url})
    assert r.code == 0 and (folder / "dbt_packages/util/dbt_project.yml").exists(), r.text
    everything = r.text + (folder / "package-lock.yml").read_text() + log_of(folder)
    assert "s3cr3t-token" not in everything and "env_var(''ARCHIVE'')" in (folder / "package-lock.yml").read_text()


def git(folder, *args):
    subprocess.run(
        ["git", "-C", folder, "-c", "user.name=t", "-c", "user.email=t@t", *args], check=True, capture_output=True
    )


@pytest.fixture
def repository(tmp_path):
    folder = write(tmp_path / "util.git-work", package("util"))
    write(folder / "sub", package("util"))
    for args in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "1"], ["tag", "v1"]):
        git(folder, *args)
    (folder / "macros/util.sql").write_text("{% macro one() %}2{% endmacro %}")
    git(folder, "commit", "-qam", "2")
    return folder


def test_git_by_revision_and_subdirectory(deps, starc, repository):
    r, folder = deps(f"packages:\n  - git: {repository}\n    revision: v1\n")
    assert r.code == 0 and "%}1{%" in (folder / "dbt_packages/util/macros/util.sql").read_text(), r.text
    assert not (folder / "dbt_packages/util/.git").exists() and starc("parse", cwd=folder).code == 0
    commit = subprocess.run(["git", "-C", repository, "rev-parse", "v1"], capture_output=True, text=True).stdout.strip()
    assert f"revision: {commit}" in (folder / "package-lock.yml").read_text()
    r, folder = deps(f"packages:\n  - git: {repository}\n")
    assert (
        r.code == 0
        and "is not pinned" in r.out
        and "%}2{%" in (folder / "dbt_packages/util/macros/util.sql").read_text()
    ), r.text
    r, folder = deps(f"packages:\n  - git: {repository}\n    warn-unpinned: false\n    subdirectory: sub\n")
    assert r.code == 0 and "not pinned" not in r.out and (folder / "dbt_packages/util/macros").exists(), r.text


def test_a_subdirectory_stays_in_its_repository(deps, repository, tmp_path):
    """What lies outside is neither read nor moved, and no lock file names it."""
    victim = write(tmp_path / "victim", package("victim"))
    for place in (str(victim), "../../../victim", "sub/../..", ".."):
        r, folder = deps(f"packages:\n  - git: {repository}\n    revision: v1\n    subdirectory: '{place}'\n")
        assert r.code == 2 and "lies outside of the repository" in r.out and "packages.yml:2:10" in r.out, r.text
        assert (victim / "dbt_project.yml").exists() and not (folder / "package-lock.yml").exists()


def test_a_package_whose_project_file_is_a_folder(deps, hub, repository):
    git(repository, "rm", "-q", "dbt_project.yml")
    write(repository / "dbt_project.yml", {"x": "1"})
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "3")
    hub.files["/u.tgz"] = tar({"dbt_project.yml/x": "1"}, "util-1")
    for item in (f"git: {repository}\n    revision: main", f"tarball: {hub.url}u.tgz\n    name: util"):
        r, folder = deps(f"packages:\n  - {item}\n")
        assert (
            r.code == 2
            and "packages.yml:2:" in r.out
            and "/dbt_project.yml: cannot read the file: Is a directory" in r.out
        ), r.text
        assert "starc-new" not in r.out, r.text


def test_an_archive_that_says_it_is_huge_is_not_written(deps, hub, tmp_path):
    """A sparse file: some bytes that stand for 5 GiB of zeros. The disk of the test would be full, or the limit of
    file sizes met."""
    subprocess.run(
        "mkdir -p util-1 && echo 'name: util' > util-1/dbt_project.yml && truncate -s 5G util-1/zeros && tar -cSzf "
        "u.tgz util-1",
        shell=True,
        check=True,
        cwd=tmp_path,
    )
    hub.files["/u.tgz"] = (tmp_path / "u.tgz").read_bytes()
    with deps_limited(1 << 20):
        r, folder = deps(f"packages:\n  - tarball: {hub.url}u.tgz\n    name: util\n")
    assert r.code == 2 and "util-1/zeros is more than 4 GiB" in r.out, r.text


def test_git_is_not_led_elsewhere(deps, repository, tmp_path):
    """Neither by the environment nor by a way of getting things that runs a program."""
    led = {
        "GIT_DIR": "/nowhere",
        "GIT_OBJECT_DIRECTORY": "/nowhere",
        "GIT_CONFIG_GLOBAL": "/nowhere",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.bare",
        "GIT_CONFIG_VALUE_0": "true",
        "GIT_TEMPLATE_DIR": "/nowhere",
        "GIT_NAMESPACE": "x",
    }
    r, folder = deps(f"packages:\n  - git: {repository}\n    revision: v1\n", env=led)
    assert r.code == 0 and (folder / "dbt_packages/util/macros").exists(), r.text
    for address in (f"ext::sh -c touch% {tmp_path}/ran", "fd::17", f"ext::touch {tmp_path}/ran"):
        r, folder = deps(f"packages:\n  - git: \"{address}\"\n    revision: v1\n")
        assert r.code == 2 and "not allowed" in r.out and not (tmp_path / "ran").exists(), r.text


def test_git_gets_no_password_on_its_command_line(deps, tmp_path):
    """Every user sees what a program was started with."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/words\nenv >> {tmp_path}/env\n')
    (tmp_path / "bin/git").chmod(0o755)
    deps(
        'packages:\n  - git: "https://me:p%40ss@127.0.0.1:1/x.git"\n    revision: v1\n',
        env={"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"},
    )
    words, env = (tmp_path / "words").read_text(), (tmp_path / "env").read_text()
    assert (
        "fetch" in words
        and "p%40ss" not in words + env
        and "=https://127.0.0.1:1/x.git" in env
        and "Basic bWU6cEBzcw==" in env
    )


def test_tokens_of_git_addresses_are_never_shown(deps):
    r, folder = deps(
        "packages:\n  - git: \"http://{{ env_var('TOKEN') }}@127.0.0.1:1/x.git\"\n", env={"TOKEN": "s3cr3t-token"}
    )
    assert r.code == 2 and "s3cr3t-token" not in r.text + log_of(folder), r.text


def test_add_package_keeps_comments(deps, hub):
    hub.add("acme/util", "1.0.0", package("util"))
    hub.add("acme/more", "1.0.0", package("more"))
    r, folder = deps(
        "# mine\npackages:\n  - package: acme/util  # why\n    version: 1.0.0\n",
        MODEL,
        "--add-package",
        "acme/more@>=1.0.0,<2.0.0",
    )
    assert r.code == 0 and sorted(os.listdir(folder / "dbt_packages")) == ["more", "util"], r.text
    text = (folder / "packages.yml").read_text()
    assert text.startswith("# mine\npackages:\n  - package: acme/util  # why\n") and "acme/more" in text
    r, folder = deps(text, MODEL, "--add-package", "acme/util@1.0.0", "--lock")
    assert r.code == 0 and (folder / "packages.yml").read_text().count("acme/util") == 1, r.text


def test_install_path_that_is_the_projects_own_is_refused(deps):
    for path in (".", "models", ".."):
        r, folder = deps("packages:\n  - local: ../util\n", extra=f"packages-install-path: '{path}'\n")
        assert r.code == 2 and "packages-install-path" in r.out and (folder / "models/a.sql").exists(), r.text


def test_a_hub_names_no_file_of_this_machine(deps, hub, tmp_path):
    (tmp_path / "own.tgz").write_bytes(tar(package("util"), "util-1"))
    for url in (f"file://{tmp_path}/own.tgz", str(tmp_path / "own.tgz")):
        hub.add("acme/util", "1.0.0", package("util"), downloads={"tarball": url})
        r, folder = deps("packages:\n  - package: acme/util\n    version: 1.0.0\n")
        assert r.code == 2 and "package-hub" in r.out and not (folder / "dbt_packages").exists(), r.text


def test_only_a_folder_of_packages_is_replaced(deps, starc, tmp_path):
    write(tmp_path / "util", package("util"))
    write(tmp_path / "mine", {"notes.txt": "x"})
    write(tmp_path / "deep", {"folder/notes.txt": "x"})
    local = "packages:\n  - local: ../util\n"
    for path, kept in (
        ("../mine", "notes.txt"),
        ("../deep", "folder/notes.txt"),
        ("models/deep", "a.sql"),
        ("packages.yml", ""),
    ):
        r, folder = deps(
            local, {**MODEL, "models/deep/a.sql": "select 1 as id"}, extra=f"packages-install-path: '{path}'\n"
        )
        assert r.code == 2 and "package-folder" in r.out and (folder / path / kept).exists(), r.text
        assert ("which is no package" in r.out) == bool(kept), r.text
    r, folder = deps(local, {**MODEL, "dbt_packages/.gitkeep": "kept", "dbt_packages/old/dbt_project.yml": "name: old"})
    assert r.code == 0 and sorted(os.listdir(folder / "dbt_packages")) == [".gitkeep", "util"], r.text
    assert starc("deps", cwd=folder).code == 0 and (folder / "dbt_packages/.gitkeep").read_text() == "kept"


def test_lock_file_that_does_not_fit(deps, starc, hub):
    hub.add("acme/util", "1.0.0", package("util"))
    r, folder = deps("packages:\n  - package: acme/util\n    version: 1.0.0\n")
    lock = folder / "package-lock.yml"
    env = {"STARC_HUB_URL": hub.url, "STARC_CACHE_DIR": ""}
    lock.write_text(lock.read_text().replace("version: 1.0.0", "version: 9.0.0"))
    r = starc("deps", cwd=folder, env=env)
    assert r.code == 2 and "package-lock.yml:" in r.out and "starc deps --upgrade" in r.out, r.text
    lock.write_text("packages: [\n")
    assert starc("deps", cwd=folder, env=env).code == 2
    assert starc("deps", "--upgrade", cwd=folder, env=env).code == 0 and "1.0.0" in lock.read_text()


def test_what_packages_bring(deps, starc, hub):
    hub.add(
        "acme/util",
        "1.0.0",
        package(
            "util",
            "vars: {a: of_util, b: of_util}\nrequire-dbt-version: ['>=1.3.0', '<3.0.0']\n"
            "models: {util: {+schema: own}}\n",
            **{
                "macros__t.sql": "{% test odd(model, column_name) %}select 1{% endtest %}",
                "models__u.sql": "select '{{ var('a') }}' as a, '{{ var('b') }}' as b",
                "models__u.yml": "models:\n  - name: u\n    description: \"{{ doc('util', 'd') }}\"\n"
                "    columns: [{name: a, data_tests: [odd]}]\n",
                "models__d.md": "{% docs d %}of util{% enddocs %}",
                "seeds__s.csv": "id\n1\n",
                "macros__d.sql": "{% macro what() %}{{ return(adapter.dispatch('what', 'util')()) }}{% endmacro %}{% "
                "macro default__what() %}util{% endmacro %}",
            },
        ),
    )
    r, folder = deps(
        "packages:\n  - package: acme/util\n    version: 1.0.0\n",
        {
            "models/a.sql": "select '{{ util.what() }}' as w from {{ ref('u') }}",
            "macros/w.sql": "{% macro default__what() %}shop{% endmacro %}",
        },
        extra="vars: {util: {a: of_shop}}\ndispatch: [{macro_namespace: util, search_order: [shop, util]}]\n",
    )
    assert r.code == 0, r.text
    r = starc("parse", cwd=folder)
    assert r.code == 0, r.text
    m = json.loads((folder / "target/manifest.json").read_text())
    u = m["nodes"]["model.util.u"]
    assert (
        u["schema"] == "s_own"
        and u["description"] == "of util"
        and "seed.util.s" in m["nodes"]
        and "test.util.odd_u_a" in " ".join(m["nodes"])
    )
    (folder / "dbt_packages/util/dbt_project.yml").write_text("name: util\nrequire-dbt-version: '>=2.0.0'\n")
    r = starc("parse", cwd=folder)
    assert r.code == 2 and "require-dbt-version" in r.out and "1.12" in r.out, r.text


def test_a_version_that_does_not_fit_is_used_when_nobody_looks_at_it(deps, starc, hub):
    """--no-version-check, the variable, the project's flag; what the command line says wins. The hub's versions too."""
    hub.add("acme/old", "1.0.0", package("old", "require-dbt-version: '<1.0.0'\n"), require_dbt_version="<1.0.0")
    asked = "packages: [{package: acme/old, version: 1.0.0}]\n"
    assert deps(asked)[0].code == 2
    r, folder = deps(asked, MODEL, "--no-version-check", extra="require-dbt-version: ['>=9.0.0']\n")
    assert r.code == 0, r.text
    r = starc("parse", cwd=folder)
    assert (
        r.code == 2
        and "dbt_project.yml:4:23: error: 'shop' does not work with this version" in r.text
        and "--no-version-check" in r.text
    ), r.text
    for args, env in (
        (["--no-version-check", "parse"], {}),
        (["parse", "--no-version-check"], {"DBT_VERSION_CHECK": "1"}),
        (["ls"], {"DBT_VERSION_CHECK": "false"}),
        (["ls"], {"DBT_ENGINE_VERSION_CHECK": "0", "DBT_VERSION_CHECK": "1"}),
    ):
        r = starc(*args, cwd=folder, env=env)
        assert r.code == 0, r.text
    with (folder / "dbt_project.yml").open("a") as f:
        f.write("flags: {version_check: false}\n")
    assert starc("parse", cwd=folder).code == 0
    r = starc("parse", "--version-check", cwd=folder)
    assert r.code == 2 and r.text.count("does not work with this version") == 1, r.text
    text = (folder / "dbt_project.yml").read_text()
    (folder / "dbt_project.yml").write_text(text.replace("['>=9.0.0']", "nine"))
    r = starc("parse", cwd=folder)
    assert r.code == 2 and "is not a version requirement: 'nine'" in r.text, r.text


def test_deps_needs_no_profile_and_target_is_empty(project, starc, tmp_path):
    write(tmp_path / "util", package("util", "models: {util: {+enabled: \"{{ target.type in ['postgres'] }}\"}}\n"))
    folder = project(
        {**MODEL, "packages.yml": "packages: [{local: ../util}]\n"},
        extra="models: {shop: {+enabled: \"{{ target.type in ('postgres') and target['x'] == '' and not "
        "target.get('x') }}\"}}\n",
    )
    r = starc("deps", cwd=folder)
    assert r.code == 0 and (folder / "dbt_packages/util").is_symlink(), r.text


def test_what_a_package_says_of_its_seed_goes_to_the_one_that_takes_its_place(project, starc):
    folder = project(
        {
            "packages.yml": "packages: [{local: util}]\n",
            "seeds/rates.csv": "id\n1\n",
            "seeds/own.csv": "id\n1\n",
            "seeds/s.yml": "seeds: [{name: nowhere, columns: [{name: id, data_tests: [unique]}]}]\n",
            "util/dbt_project.yml": "name: util\nversion: '1.0'\n",
            "util/seeds/rates.csv": "id\n2\n",
            "util/seeds/own.csv": "id\n2\n",
            "util/seeds/s.yml": """
seeds:
  - {name: rates, description: of the package, config: {tags: [theirs]}, columns: [{name: id, data_tests: [not_null]}]}
  - {name: own, description: of the package}
""",
        },
        profile=PROFILE,
        extra="seeds: {util: {rates: {+enabled: false}, own: {+schema: util}}}\n",
    )
    for command in ("deps", "parse"):
        r = starc(command, cwd=folder)
        assert r.code == 0, r.text
    m = json.loads((folder / "target/manifest.json").read_text())
    mine = m["nodes"]["seed.shop.rates"]
    assert (mine["description"], mine["patch_path"], mine["tags"]) == (
        "of the package",
        "util://seeds/s.yml",
        ["theirs"],
    )
    assert (m["nodes"]["seed.shop.own"]["description"], m["nodes"]["seed.util.own"]["description"]) == (
        "",
        "of the package",
    )
    assert m["disabled"]["seed.util.rates"][0]["description"] == ""
    (test,) = (
        n
        for n in m["nodes"].values()
        if n["resource_type"] == "test" and n["column_name"] == "id" and n["package_name"] == "util"
    )
    assert test["attached_node"] == "seed.shop.rates" and test["depends_on"]["nodes"] == ["seed.shop.rates"]
    # a description of nothing: its test is a node that is never run
    (lost,) = (n for n in m["nodes"].values() if n["resource_type"] == "test" and n["package_name"] == "shop")
    assert (
        lost["config"]["enabled"] is False
        and lost["attached_node"] is None
        and lost["file_key_name"] == "seeds.nowhere"
    )


def test_of_models_of_one_name_the_enabled_one_is_tested(project, starc):
    model = "{{{{ config(enabled=on('{0}')) }}}}select 1 as id".format
    files = {
        "models/a/m.sql": model("x"),
        "models/b/m.sql": model("y"),
        "macros/m.sql": "{% macro on(x) %}{{ return(x == var('pick')) }}{% endmacro %}",
        "models/s.yml": "models: [{name: m, columns: [{name: id, data_tests: [not_null]}], data_tests: [{unique: "
        "{arguments: {column_name: id}}}]}]\n",
    }
    folder = project(files, profile=PROFILE)
    for on, path in (("x", "models/a/m.sql"), ("y", "models/b/m.sql")):
        r = starc("parse", "--vars", "{pick: " + on + "}", cwd=folder)
        assert r.code == 0, r.text
        m = json.loads((folder / "target/manifest.json").read_text())
        assert m["nodes"]["model.shop.m"]["original_file_path"] == path and len(m["disabled"]) == 1
        tests = [n for n in m["nodes"].values() if n["resource_type"] == "test"]
        assert [n["attached_node"] for n in tests] == ["model.shop.m"] * 2 and all(
            n["depends_on"]["nodes"] == ["model.shop.m"] for n in tests
        )


def test_a_local_package_that_is_only_in_the_install_folder_is_read_there(project, starc, tmp_path):
    packages = "packages: [{local: ../gone/first}, {local: ../gone/second}]\n"
    folder = project(
        {**MODEL, "packages.yml": packages, **{f"dbt_packages/util/{k}": v for k, v in package("util").items()}}
    )
    r = starc("parse", cwd=folder)
    assert r.code == 2 and "gone/first" in r.out and "there is no folder" in r.out, r.text
    write(folder / "dbt_packages/more", package("more"))
    assert starc("parse", cwd=folder).code == 0
    write(tmp_path / "gone/first", {"README.md": ""})  # a folder without a project
    assert starc("parse", cwd=folder).code == 0


@needs_embedded
def test_macros_of_a_generic_test_know_each_other_while_it_is_read(project, starc):
    """A package's test reads bare names of its own package, in a branch for parsing alone; when it runs, a bare
    name is the root's."""
    folder = project(
        {
            "packages.yml": "packages: [{local: util}]\n",
            "models/a.sql": "select 1 as id",
            "models/a.yml": "models: [{name: a, data_tests: [util.odd]}]\n",
            "util/dbt_project.yml": "name: util\nversion: '1.0'\n",
            "util/macros/t.sql": "{% test odd(model) %}{% if execute %}select 1 where false{% else %}{{ util.shape() "
            "}}{% endif %}{% endtest %}"
            "{% macro shape() %}select {{ kind_of() }}{% endmacro %}{% macro kind_of() %}1{% endmacro %}"
            "{% macro broken() %}{{ kind_of() }}{% endmacro %}",
        }
    )
    r = starc("build", cwd=folder)
    assert r.code == 0, r.text
    (folder / "models/a.sql").write_text("select {{ util.broken() }} as id")
    r = starc("parse", cwd=folder)
    assert r.code == 2 and "'kind_of' is undefined" in r.out, r.text


TABLE = (
    "{%% materialization table, %s %%}{%% do exceptions.raise_compiler_error('table of the %s') %%}{%% "
    "endmaterialization %%}"
)


@pytest.mark.parametrize("of", ["default", "adapter='postgres'"])
def test_a_package_does_not_replace_what_is_built_in(project, starc, request, postgres, of):
    """Not with adapter= either, unless the project calls it or sets the flag; what is not built in is taken from
    the package."""
    flag = "flags: {require_explicit_package_overrides_for_builtin_materializations: false}\n"
    folder = project(
        {
            "models/t.sql": "{{ config(materialized='table') }}select 1 as id",
            "models/o.sql": "{{ config(materialized='own') }}select 1 as id",
            "packages.yml": "packages: [{local: pk}]\n",
            "pk/dbt_project.yml": "name: pk\nversion: '1.0'\n",
            "pk/macros/t.sql": TABLE
            % (of, "package")
            + "{% materialization own, adapter='postgres' %}{% call statement('main') %}select 1{% endcall %}{{ "
            "return({'relations': []}) }}{% endmaterialization %}",
        },
        profile=profile_for("postgres", request, "built_in"),
    )
    assert starc("deps", cwd=folder).code == 0
    r = starc("run", cwd=folder)
    assert r.code == 0 and rows(starc, folder, "select id from {{ ref('t') }}") == [{"id": 1}], r.text
    text = (folder / "dbt_project.yml").read_text()
    (folder / "dbt_project.yml").write_text(text + flag)
    r = starc("run", cwd=folder)
    assert (
        r.code == 1
        and "table of the package" in r.text
        and "warning: the package 'pk' replaces a built-in materialization" in r.text
        and "[package-materialization]" in r.text
    ), r.text
    assert (
        starc("parse", "--warn-error-options", "{error: [PackageMaterializationOverrideDeprecation]}", cwd=folder).code
        == 2
    )
    (folder / "dbt_project.yml").write_text(text)
    (folder / "macros").mkdir()
    (folder / "macros/t.sql").write_text(
        "{%% materialization table, adapter='postgres' %%}{{ return(pk.materialization_table_%s()) }}{%% "
        "endmaterialization %%}" % ("default" if of == "default" else "postgres")
    )
    r = starc("run", cwd=folder)
    assert r.code == 1 and "table of the package" in r.text and "replaces" not in r.text, r.text
    (folder / "macros/t.sql").write_text(TABLE % ("default", "project"))
    r = starc("run", cwd=folder)
    assert r.code == 1 and "table of the project" in r.text, r.text
