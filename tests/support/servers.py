"""The servers that tests talk to: a Postgres of their own and ClickHouse's HTTP interface over an
embedded engine, both on loopback, on free ports, in temporary folders.

    with PostgresServer() as pg: pg.port, pg.user, pg.password, pg.dbname
    with ClickHouseServer() as ch: ch.port, ch.user, ch.password
"""

import glob
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def postgres_bin():
    """The folder of the newest Postgres programs there are."""
    found = glob.glob("/usr/lib/postgresql/*/bin") + [os.path.dirname(shutil.which("postgres") or "/")]
    found = [f for f in found if os.path.exists(os.path.join(f, "initdb"))]
    if not found:
        raise RuntimeError("no Postgres server is installed: scripts/setup test installs one")
    return max(
        found, key=lambda f: float((f.split("/")[-2] or "0")) if f.split("/")[-2].replace(".", "").isdigit() else 0
    )


class PostgresServer:
    """Started as a user that is not root, since Postgres refuses to run as root. `settings`: more of them, "name=value"."""

    user, password, dbname = "postgres", "s3cr3t-pg", "postgres"

    def __init__(self, *settings):
        self.settings = settings

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="starc-pg-")
        data, secret = os.path.join(self.folder, "data"), os.path.join(self.folder, "pw")
        pathlib.Path(secret).write_text(self.password)
        self.ids = {}
        if os.getuid() == 0:
            other = next(u for u in ("postgres", "nobody") if any(p.pw_name == u for p in pwd.getpwall()))
            entry = pwd.getpwnam(other)
            self.ids = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
            for path in (self.folder, secret):
                os.chown(path, entry.pw_uid, entry.pw_gid)
        env = {**os.environ, "HOME": self.folder, "LC_ALL": "C.UTF-8"}
        run = dict(check=True, cwd=self.folder, env=env, stdout=subprocess.DEVNULL, **self.ids)
        subprocess.run(
            [
                f"{postgres_bin()}/initdb",
                "-D",
                data,
                "-U",
                self.user,
                "--auth=scram-sha-256",
                f"--pwfile={secret}",
                "-E",
                "UTF8",
                "--no-sync",
            ],
            **run,
        )
        self.port = free_port()
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.process = subprocess.Popen(
            [
                f"{postgres_bin()}/postgres",
                "-D",
                data,
                "-p",
                str(self.port),
                "-k",
                self.folder,
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "fsync=off",
                "-c",
                "synchronous_commit=off",
                "-c",
                "full_page_writes=off",
                *(word for setting in self.settings for word in ("-c", setting)),
            ],
            cwd=self.folder,
            env=env,
            stdout=self.log,
            stderr=self.log,
            stdin=subprocess.DEVNULL,
            **self.ids,
        )
        for _ in range(300):
            ready = (
                subprocess.run(
                    [f"{postgres_bin()}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
                ).returncode
                == 0
            )
            if ready or self.process.poll() is not None:
                break
            time.sleep(0.05)
        if not ready:
            raise RuntimeError("Postgres did not start:\n" + pathlib.Path(self.folder, "log").read_text())
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)  # fast shutdown
        self.process.wait(30)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class ClickHouseServer:
    """gateway.py in a process of its own. `more`: further arguments of it; `inside`: the folder that its own is
    made in."""

    def __init__(self, *more, user="tester", password="s3cr3t-ch", inside=None):
        self.more, self.user, self.password, self.inside = more, user, password, inside

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="starc-ch-", dir=self.inside)
        self.process = subprocess.Popen(
            [
                sys.executable,
                str(HERE / "gateway.py"),
                self.folder,
                "--user",
                self.user,
                "--password",
                self.password,
                *self.more,
            ],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env={k: v for k, v in os.environ.items() if k != "LD_PRELOAD"},
        )
        line = self.process.stdout.readline()
        if not line.startswith("port "):
            raise RuntimeError("the ClickHouse gateway did not start: " + line + self.process.stdout.read())
        self.port = int(line.split()[1])
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
