#!/usr/bin/env python3
"""usage: tests/release/run.py [--short] TARGET ..

Looks at the release that `packaging/dist TARGET ..` made: each archive is unpacked elsewhere and its program runs from there, under
qemu-user where it is for another processor. In: dist/, and build/dist/TARGET of its making. Out: what does not hold, then "N passed,
N failed". --short: no suites, only the archive, the SBOM, the program and a first project on Postgres (under a minute).
Postgres and ClickHouse are this machine's."""

import argparse, hashlib, json, os, pathlib, platform, re, subprocess, sys, tarfile, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "packaging")]
import certificates, page_parts

MOST_BYTES = 15_000_000
PARTS = ["bin/starc", "share/man/man1/starc.1", "share/bash-completion/completions/starc", "share/doc/starc/LICENSE"]
PARTS += ["share/doc/starc/licenses/openssl", "share/doc/starc/licenses/npm-preact"]
SYSTEM = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"}  # of glibc; the loader besides
SUITES = "unit template golden"
E2E = ["test_network.py", "test_materializations.py", "test_snapshots.py", "-k", "network or postgres"]
counts = {"passed": 0, "failed": 0}


def check(good, *said):
    counts["passed" if good else "failed"] += 1
    if not good:
        print("failed:", *said, flush=True)
    return good


def version():
    return re.search(r'#define STARC_VERSION "(.*)"', (ROOT / "runtime/run/version.h").read_text())[1]


class Release:
    """One target's archive, unpacked in a folder."""

    def __init__(self, target, folder):
        self.target, self.folder = target, folder
        self.arch, _, system = target.partition("-")
        self.musl = "musl" in system
        self.name = f"starc-{version()}-{system.split('.')[0].removesuffix('-gnu')}-{self.arch}"
        self.archive = ROOT / f"dist/{self.name}.tar.gz"
        self.emulator = []
        if self.arch != platform.machine():
            self.emulator = [f"qemu-{self.arch}"] + ([] if self.musl else ["-L", f"/usr/{self.arch}-linux-gnu"])

    def wrapper(self, program, path):
        """A script at `path` that runs the program as this machine can."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\nexec {" ".join([*self.emulator, str(program)])} "$@"\n')
        path.chmod(0o755)
        return path

    def unpack(self):
        with tarfile.open(self.archive) as t:
            members = t.getmembers()
            t.extractall(self.folder)
        names = [m.name for m in members]
        check(names == sorted(names), self.name, "files are not in order")
        check(len({m.mtime for m in members}) == 1, self.name, "files are of several times")
        check({(m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, "", "")}, self.name, "owners")
        check({oct(m.mode) for m in members} == {"0o755", "0o644"}, self.name, {oct(m.mode) for m in members})
        for part in PARTS:
            check((self.folder / self.name / part).is_file(), self.name, "has no", part)
        self.program = self.folder / self.name / "bin/starc"
        self.starc = self.wrapper(self.program, self.folder / f"run-{self.target}/starc")

    def look(self):
        """The program's file: what it needs, how large it is, what it tells of the machine that built it."""
        told = lambda *words: subprocess.run(["readelf", "-W", *words, self.program], capture_output=True, text=True).stdout
        data = self.program.read_bytes()
        check(len(data) < MOST_BYTES, self.name, len(data), "bytes")
        check({"x86_64": "X86-64", "aarch64": "AArch64"}[self.arch] in told("-h"), self.name, "is for another processor")
        check(".symtab" not in told("-S"), self.name, "is not stripped")
        needs = set(re.findall(r"NEEDED.*\[(.*)\]", told("-d")))
        allowed = set() if self.musl else SYSTEM
        check({n for n in needs if not n.startswith("ld-linux")} <= allowed, self.name, "needs", needs)
        symbols = {tuple(map(int, v.split("."))) for v in re.findall(r"GLIBC_([\d.]+)", told("--dyn-syms"))}
        check(not symbols or max(symbols) <= (2, 28), self.name, "needs glibc", max(symbols or [0]))
        check(str(ROOT).encode() not in data, self.name, "has a path of this machine in it")
        check(str(pathlib.Path.home()).encode() + b"/" not in data, self.name, "has a path of this user in it")

    def run(self, *words, cwd=None, **env):
        full = os.environ | {"NO_COLOR": "1", "HOME": str(self.folder)} | env
        p = subprocess.run([self.starc, *words], cwd=cwd or self.folder, env=full, capture_output=True, text=True)
        return p.returncode, p.stdout + p.stderr

    def first_project(self, server):
        code, text = self.run("--version")
        check(code == 0 and version() in text, self.name, "--version", code, text)
        shop = self.folder / ("shop_" + re.sub(r"\W", "_", self.target))
        code, text = self.run("init", shop.name)
        check(code == 0, self.name, "init", text)
        code, text = self.run("parse", cwd=shop)
        check(code == 0, self.name, "parse", text)
        profile = re.search(r"^(?:name|profile): *['\"]?(\w+)", next(shop.glob("*project.yml")).read_text(), re.M)[1]
        output = {"type": "postgres", "host": "127.0.0.1", "port": server.port, "user": server.user, "password": server.password}
        output |= {"dbname": server.dbname, "schema": "release_" + re.sub(r"\W", "_", self.target), "threads": 2}
        (shop / "profiles.yml").write_text(f"{profile}:\n  target: pg\n  outputs:\n    pg: {json.dumps(output)}\n")
        code, text = self.run("build", cwd=shop)
        check(code == 0, self.name, "build on Postgres", text)
        if self.musl:
            code, text = self.run("build", "--embedded", cwd=shop)
            check(code == 2 and "another C library" in text and "glibc" in text, self.name, "the embedded engine:", code, text)
            code, text = self.run("engine", "install")
            check(code in (1, 2) and "another C library" in text, self.name, "engine install:", code, text)

    def certificates(self):
        for place, good, said in certificates.found(self.program):
            check(good, self.name, "certificates of", place, said)

    def start_time(self):
        """Milliseconds of `starc --version` from the outside: the least of many, since other work only adds to it."""

        def once():
            start = time.perf_counter()
            pid = os.posix_spawn(self.program, [self.program, "--version"], {}, file_actions=quiet)
            assert os.waitpid(pid, 0)[1] == 0
            return (time.perf_counter() - start) * 1000

        quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
        return min(once() for _ in range(200))

    def suites(self):
        build = self.folder / f"run-{self.target}"
        names = sorted(p.stem for p in (ROOT / "tests/unit").glob("test_*.c")) + ["run"]
        made = subprocess.run([ROOT / "packaging/program", self.target, *(f"tests/{n}" for n in names)])
        if not check(made.returncode == 0, self.name, "the test programs do not compile"):
            return
        for n in names:
            self.wrapper(ROOT / f"build/dist/{self.target}/obj/tests/{n}", build / f"tests/{n}")
        env = os.environ | {"BUILD": str(build), "STARC": str(self.starc), "STARC_TESTS": "1"}
        env |= {"TZ": "UTC", "LC_ALL": "C.UTF-8"}
        embedded = {} if not self.musl and not self.emulator else {"STARC_TEST_EMBEDDED": "0"}
        self.counted(["tests/run", *SUITES.split()], env | embedded)
        files = [f"tests/e2e/{w}" if w.endswith(".py") else w for w in E2E]
        self.counted(["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", *files], env | embedded)

    def counted(self, words, env):
        print(f"== {self.target}: {' '.join(words[:4])} ..", flush=True)
        p = subprocess.run(words, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        last = [line for line in p.stdout.splitlines() if re.search(r"\d+ (passed|failed)", line)][-1:] or [""]
        passed, failed = (int((re.search(rf"(\d+) {w}", last[0]) or [0, 0])[1]) for w in ("passed", "failed"))
        counts["passed"] += passed
        counts["failed"] += failed or p.returncode != 0
        if failed or p.returncode:
            print(p.stdout[-20000:])
        print(f"{self.target}: {' '.join(words[:4])}: {passed} passed, {failed} failed", flush=True)


def lists():
    """The SBOM and the sums of all files."""
    document = json.loads((ROOT / f"dist/starc-{version()}.spdx.json").read_text())
    linked = [p["name"] for p in document["packages"]]
    wanted = [line.split()[0] for line in (ROOT / "packaging/sources.txt").read_text().splitlines() if line[0] != "#"]
    wanted += [part["name"] for part in page_parts.parts()]
    check(linked == ["starc", *wanted], "the SBOM lists", linked)
    for line in (ROOT / "dist/SHA256SUMS").read_text().splitlines():
        sum, name = line.split()
        check(hashlib.sha256((ROOT / "dist" / name).read_bytes()).hexdigest() == sum, name, "is not what SHA256SUMS says")


def main():
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument("targets", nargs="+", metavar="TARGET")
    ap.add_argument("--short", action="store_true")
    a = ap.parse_args()
    from servers import PostgresServer

    lists()
    figures = []
    with tempfile.TemporaryDirectory(prefix="starc-dist-") as folder, PostgresServer() as server:
        for target in a.targets:
            r = Release(target, pathlib.Path(folder))
            r.unpack()
            r.look()
            r.first_project(server)
            if not r.emulator:
                took = r.start_time()
                check(took < 5, r.name, f"--version takes {took:.1f} ms")
            if not r.emulator and os.getuid() == 0:  # who can make an empty folder the root
                r.certificates()
            size = r.archive.stat().st_size, r.program.stat().st_size
            figures.append(f"{r.name}: archive {size[0] / 1e6:.1f} MB, program {size[1] / 1e6:.1f} MB"
                           + ("" if r.emulator else f", --version {took:.1f} ms"))
            if not a.short:
                r.suites()
    print(*figures, sep="\n")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    sys.exit(1 if counts["failed"] else 0)


main()
