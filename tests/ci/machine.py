"""What the recipes of docs/ci.md are run on: machines, a place with a release's files, services.

In: nothing but this checkout. Out: a machine whose `run` starts a program and gives (exit code, all that it
printed), a release served over HTTP on loopback, TCP ports at addresses of their own. What a job, a step or an
image means is left to github.py, gitlab.py and compose.py.
"""

import functools, hashlib, http.server, os, pathlib, shutil, socket, subprocess, sys, tarfile, tempfile, threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHROOT = ROOT / "tests/support/chroot"
sys.path.insert(0, str(ROOT / "tests/support"))


class Failure(Exception):
    """A recipe that cannot be run as it is written, or does not do what the page says."""


def start(words, **options):
    """Runs a program and shows what it prints; (exit code, what it printed)."""
    p = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        **options,
    )
    printed = []
    for line in p.stdout:
        print("    " + line, end="", flush=True)
        printed.append(line)
    return p.wait(), "".join(printed)


class Bare:
    """A Debian with nothing but `packages` (tests/support/chroot), removed at the end."""

    def __init__(self, *packages, suite="bookworm", user="root", hosts=None):
        self.packages, self.suite, self.user, self.hosts = packages, suite, user, hosts or {}

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="starc-machine-"))
        self.root = self.folder / "root"
        subprocess.run([CHROOT, "new", self.root, self.suite, *self.packages], check=True)
        with open(self.root / "etc/hosts", "a") as f:
            f.writelines(f"{address} {name}\n" for name, address in self.hosts.items())
        if self.user != "root":
            subprocess.run(
                [CHROOT, "run", self.root, "useradd", "--create-home", "--shell", "/bin/bash", self.user], check=True
            )
        self.home = "/root" if self.user == "root" else f"/home/{self.user}"
        self.path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def hosts_as_variables(self, variables):
        """Those that have to name a host otherwise: none, /etc/hosts knows them."""
        return {}

    def outside(self, path):
        """Where this machine's path is for the tests."""
        return self.root / str(path).lstrip("/")

    def program(self, name, text):
        """Puts a program on the PATH."""
        file = self.root / "usr/local/bin" / name
        file.write_text(text)
        file.chmod(0o755)

    def make(self, path):
        """A folder of the user's."""
        subprocess.run([CHROOT, "run", self.root, "-u", self.user, "mkdir", "-p", path], check=True)

    def own(self, path):
        """Gives a folder that the tests made to the user."""
        subprocess.run([CHROOT, "run", self.root, "chown", "-R", self.user, path], check=True)

    def run(self, words, env, folder, user=None):
        env = {"PATH": self.path, "HOME": self.home, "LANG": "C.UTF-8", **env}
        return start([CHROOT, "run", self.root, "-u", user or self.user, "-d", folder, *words], env=env)


class Here:
    """This machine, with a home folder of its own: for a quick look. `apt-get` only looks what is there."""

    APT = """#!/bin/sh
# Stands for apt-get: nothing is installed on this machine; what is asked for must be there.
[ "$1" = install ] || exit 0
for p in "$@"; do
  case $p in install | -*) ;; *) dpkg-query -W "$p" > /dev/null || { echo "not installed here: $p"; exit 1; } ;; esac
done
"""

    def __init__(self, *_, user="root", hosts=None, **__):
        self.user, self.hosts = user, hosts or {}

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="starc-machine-"))
        for name in ("home", "bin", "tmp"):
            (self.folder / name).mkdir()
        self.home = str(self.folder / "home")
        self.path = f"{self.folder}/bin:/usr/local/bin:/usr/bin:/bin"
        self.program("apt-get", self.APT)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def hosts_as_variables(self, variables):
        """Names of hosts are not known here: their addresses."""
        return {k: self.hosts[v] for k, v in variables.items() if k.endswith("HOST") and v in self.hosts}

    def outside(self, path):
        return pathlib.Path(path)

    def program(self, name, text):
        (self.folder / "bin" / name).write_text(text)
        (self.folder / "bin" / name).chmod(0o755)

    def make(self, path):
        pathlib.Path(path).mkdir(parents=True, exist_ok=True)

    def own(self, path):
        pass

    def run(self, words, env, folder, user=None):
        env = {"PATH": self.path, "HOME": self.home, "TMPDIR": str(self.folder / "tmp"), "LANG": "C.UTF-8", **env}
        return start(words, env=env, cwd=folder)


def project_into(folder):
    """The files of this checkout, as a checkout of a user's project: the bundled one."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "compiler/", "runtime/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Release:
    """The files of a release, over HTTP: those of dist/, or of a program that runs on this machine (`plain`)."""

    def __init__(self, version, plain=None):
        self.version, self.plain = version, plain
        self.file = f"starc-{version}-linux-{os.uname().machine}.tar.gz"

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="starc-release-"))
        if self.plain:
            with tarfile.open(self.folder / self.file, "w:gz", compresslevel=1) as t:
                t.add(self.plain.resolve(), f"starc-{self.version}/bin/starc")
        elif (ROOT / "dist" / self.file).exists():
            shutil.copy(ROOT / "dist" / self.file, self.folder)
        else:
            raise Failure(f"dist/{self.file} is not there: `make dist` builds it")
        self.sha256 = hashlib.sha256((self.folder / self.file).read_bytes()).hexdigest()
        handler = functools.partial(Quiet, directory=self.folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder)


class At:
    """A port at an address of its own: `postgres:5432` of a job, wherever the server of the tests listens."""

    next = 10

    def __init__(self, port, to):
        self.port, self.to = port, to

    def __enter__(self):
        for _ in range(200):
            At.next += 1
            self.address = f"127.0.{os.getpid() % 200 + 1}.{At.next}"
            try:
                self.listener = socket.create_server((self.address, self.port))
                break
            except OSError:
                pass
        else:
            raise Failure(f"no address of loopback has a free port {self.port}")
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:  # the listener is closed
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.to))
            except OSError:  # a server that does not answer yet: so is this connection, the next one may be
                near.close()
                continue
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    @staticmethod
    def pump(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass
