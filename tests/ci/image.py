"""The container image of `make image`, and the compose file of docs/ci.md that uses it, without a daemon.

In: dist/starc-VERSION-image-ARCH.tar. Out: an Image whose `run` does what `docker run` would: umoci unpacks it, and its
own entry, user, folder and variables decide what is started, in a chroot. `compose` reads a compose file and runs one
command line of `docker compose run`; what needs the daemon (networks, restarts, health of other services) is not there.
"""

import contextlib, json, pathlib, shlex, shutil, subprocess, tempfile
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

    def run(self, words=None, env=None, volumes=(), whole=None):
        """`docker run IMAGE words`; `whole`: in place of the entry too. (exit code, what it printed)."""
        whole = whole or self.config["Entrypoint"] + (words if words is not None else self.config["Cmd"])
        env = dict(e.split("=", 1) for e in self.process["env"]) | (env or {})
        user = "{uid}:{gid}".format(**self.process["user"])
        mounts = [w for v in volumes for w in ("-m", v)]
        return start([CHROOT, "run", self.root, "-u", user, "-d", self.process["cwd"], *mounts, *whole], env=env)


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
