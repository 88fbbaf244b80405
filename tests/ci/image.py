"""The container image of `make image`, and the compose file of docs/ci.md that uses it, without a daemon.

In: dist/starc-VERSION-image-ARCH.tar. Out: an Image whose `run` does what `docker run` would: umoci unpacks it, and its
own entry, user, folder and variables decide what is started, in a chroot. `compose` reads a compose file and runs one
command line of `docker compose run`; what needs the daemon (networks, restarts, health of other services) is not there.
"""

import contextlib, json, os, pathlib, re, shlex, shutil, signal, subprocess, tempfile
import yaml
from machine import At, CHROOT, Failure, start
from servers import ClickHouseServer


class Image:
    def __init__(self, file, hosts=None):
        self.file, self.hosts = file, hosts or {}

    def __enter__(self):
        if not self.file.exists():
            raise Failure(f"{self.file.name} is not there: `make image` makes it")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="starc-image-"))
        (self.folder / "layout").mkdir()
        subprocess.run(["tar", "-xf", self.file, "-C", self.folder / "layout"], check=True)
        manifest = json.loads((self.folder / "layout/index.json").read_text())["manifests"][0]
        name = manifest["annotations"]["org.opencontainers.image.ref.name"]
        words = ["umoci", "unpack", "--image", f"{self.folder}/layout:{name}", self.folder / "bundle"]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        self.root = self.folder / "bundle/rootfs"
        self.process = json.loads((self.folder / "bundle/config.json").read_text())["process"]
        (self.root / "etc/hosts").write_text(
            "".join(f"{a} {n}\n" for n, a in (self.hosts | {"localhost": "127.0.0.1"}).items())
        )
        self.config = json.loads(self.inspect("--config", "--raw", f"oci:{self.folder}/layout:{name}"))["config"]
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    @staticmethod
    def inspect(*words):
        return subprocess.run(["skopeo", "inspect", *words], check=True, capture_output=True, text=True).stdout

    def words(self, words=None, volumes=(), whole=None, user=None):
        """The command line of `docker run IMAGE words`."""
        whole = whole or self.config["Entrypoint"] + (words if words is not None else self.config["Cmd"])
        user = user or "{uid}:{gid}".format(**self.process["user"])
        mounts = [w for v in volumes for w in ("-m", v)]
        return [CHROOT, "run", self.root, "-u", user, "-d", self.process["cwd"], *mounts, *whole]

    def env(self, more=None):
        return dict(e.split("=", 1) for e in self.process["env"]) | (more or {})

    def run(self, words=None, env=None, volumes=(), whole=None, user=None):
        """`docker run IMAGE words`; `whole`: in place of the entry too. (exit code, what it printed)."""
        return start(self.words(words, volumes, whole, user), env=self.env(env))


def compose(text, command, file, folder):
    """Runs `docker compose run --rm SERVICE WORDS` beside a compose file in `folder`; (exit code, what it printed)."""
    words = shlex.split(command)
    if words[:4] != ["docker", "compose", "run", "--rm"]:
        raise Failure(f"not known here: {command}")
    services = yaml.safe_load(text)["services"]
    service = services[words[4]]
    known = {"image", "depends_on", "environment", "volumes", "profiles", "user"}
    if unknown := set(service) - known:
        raise Failure(f"no key {', '.join(unknown)} in the service {words[4]}")
    with contextlib.ExitStack() as stack:
        hosts = {}
        for name in service.get("depends_on", {}):
            if not services[name]["image"].startswith("clickhouse/clickhouse-server:"):
                raise Failure(f"no image {services[name]['image']} is known here")
            password = services[name]["environment"]["CLICKHOUSE_PASSWORD"]
            server = stack.enter_context(ClickHouseServer(user="default", password=password))
            hosts[name] = stack.enter_context(At(8123, server.port)).address
        image = stack.enter_context(Image(file, hosts))
        volumes = []
        for volume in service.get("volumes", []):
            near, _, far = volume.partition(":")
            volumes.append(f"{(folder / near).resolve()}:{far}")
        return image.run(words[5:], {k: str(v) for k, v in service.get("environment", {}).items()}, volumes)


class Services:
    """Those of a compose file that run starc, in its image, one command after the other; the servers that they name are
    of this machine, at the addresses of `hosts`."""

    def __init__(self, file, image):
        self.folder, self.image = file.parent, image
        self.services = yaml.safe_load(file.read_text())["services"]

    def of(self, name):
        """(its variables, its volumes, its user), with the defaults of ${NAME:-default}."""
        service = self.services[name]
        known = {"image", "user", "command", "depends_on", "environment", "volumes", "profiles", "ports"}
        if unknown := set(service) - known:
            raise Failure(f"no key {', '.join(unknown)} in the service {name}")
        filled = lambda v: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", v)
        volumes = []
        for volume in service["volumes"]:
            near, _, far = volume.partition(":")
            volumes.append(f"{(self.folder / near).resolve()}:{far}")
        user = filled(service["user"])
        return {k: filled(v) for k, v in service["environment"].items()}, volumes, f"{user}:{user}"

    def run(self, name, words=None):
        """`docker compose run --rm NAME words`: (exit code, what it printed)."""
        env, volumes, user = self.of(name)
        return self.image.run(words or self.services[name]["command"].split(), env, volumes, user=user)

    @contextlib.contextmanager
    def up(self, name, ready):
        """A service that stays, once it has printed `ready`."""
        env, volumes, user = self.of(name)
        words = self.image.words(self.services[name]["command"].split(), volumes, user=user)
        p = subprocess.Popen(words, env=self.image.env(env), stdout=subprocess.PIPE, text=True)
        try:
            for line in p.stdout:
                print("    " + line, end="", flush=True)
                if ready in line:
                    break
            else:
                raise Failure(f"{name} did not start")
            yield
        finally:
            # unshare takes no signal but the last one; what it started does, and is the first of its namespace.
            for child in pathlib.Path(f"/proc/{p.pid}/task/{p.pid}/children").read_text().split():
                os.kill(int(child), signal.SIGTERM)
            p.wait()
