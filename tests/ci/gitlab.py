"""GitLab CI, as far as the recipes of docs/ci.md use it: the jobs of a .gitlab-ci.yml, each in its image.

In: the text, what started the pipeline, the project's variables. Out: per job whether it went well, what it printed
and which files it kept; caches stay in the Server for later pipelines. All lines of a job's scripts are executed. A
key that is not known here is an error.
"""

import contextlib, dataclasses, functools, http.server, pathlib, re, shutil, tempfile, threading
import yaml
from machine import At, Failure, project_into
from servers import PostgresServer

KEYS = {
    "extends",
    "image",
    "services",
    "variables",
    "cache",
    "before_script",
    "script",
    "after_script",
    "artifacts",
    "rules",
    "resource_group",
    "environment",
}


@dataclasses.dataclass
class Result:
    good: bool = True
    group: str = ""  # resource_group: jobs that have it in common run one after the other
    printed: str = ""
    kept: list = dataclasses.field(default_factory=list)


class Server:
    """`variables`: those of the project's settings."""

    def __init__(self, machine, variables):
        self.machine, self.variables = machine, variables

    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Packages, {}))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="starc-gitlab-"))
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder)

    def run(self, text, source, more=None, change=None):
        """Runs the jobs that `source` (push, merge_request_event ..) starts; {job: Result}."""
        results = {}
        given = self.variables | {"CI": "true", "CI_PIPELINE_SOURCE": source} | (more or {})
        given |= {
            "CI_API_V4_URL": f"http://127.0.0.1:{self.server.server_port}",
            "CI_PROJECT_ID": "1",
            "CI_JOB_TOKEN": Packages.TOKEN,
        }
        jobs = yaml.safe_load(text)
        for name, job in jobs.items():
            if name.startswith("."):
                continue
            if "extends" in job:
                job = merged(jobs[job["extends"]], job)
            if unknown := set(job) - KEYS:
                raise Failure(f"no key {', '.join(unknown)} in the job {name}")
            if starts(job, given):
                results[name] = self.job(name, job, given, change)
        return results

    def job(self, name, job, given, change):
        print(f"== job {name}", flush=True)
        result = Result()
        variables = dict(given)
        for key, value in job.get("variables", {}).items():
            variables[key] = re.sub(r"\$(\w+)", lambda m: variables.get(m[1], ""), str(value))
        filled = lambda text: re.sub(r"\$(\w+)", lambda m: variables.get(m[1], ""), text)
        result.group = filled(job.get("resource_group", ""))
        with contextlib.ExitStack() as stack:
            hosts = {}
            for image in job.get("services", []):
                if not image.startswith("postgres:"):
                    raise Failure(f"no service {image} is known here")
                server = PostgresServer()
                server.password = variables["POSTGRES_PASSWORD"]
                stack.enter_context(server)
                hosts["postgres"] = stack.enter_context(At(5432, server.port)).address
            image = job["image"]
            if image != "debian:12":
                raise Failure(f"no image {image} is known here")
            m = stack.enter_context(self.machine(hosts=hosts))
            variables |= m.hosts_as_variables(variables)
            work = f"{m.home}/builds/project"
            m.make(work)
            project_into(m.outside(work))
            if change:
                change(m.outside(work))
            cache = job.get("cache", {})
            store = self.folder / re.sub(r"\W", "_", filled(cache.get("key", "")))
            if cache and store.exists():
                shutil.copytree(store, m.outside(work), dirs_exist_ok=True)

            def script(lines):
                m.outside(f"{work}.sh").write_text("set -eo pipefail\n" + "\n".join(lines) + "\n")
                code, printed = m.run(["bash", f"{work}.sh"], variables, work)
                result.printed += printed
                return code

            result.good = not script(job.get("before_script", []) + job["script"])
            if "after_script" in job:
                script(job["after_script"])
            if cache and result.good:
                for path in cache["paths"]:
                    shutil.copytree(m.outside(work) / path, store / path, dirs_exist_ok=True)
            artifacts = job.get("artifacts", {})
            if artifacts and (result.good or artifacts.get("when") == "always"):
                paths = artifacts.get("paths", []) + list(artifacts.get("reports", {}).values())
                for path in paths:
                    found = m.outside(work) / path
                    files = [found] if found.is_file() else found.rglob("*")
                    result.kept += [str(f.relative_to(m.outside(work))) for f in files if f.is_file()]
        return result


class Packages(http.server.BaseHTTPRequestHandler):
    """The project's registry of generic packages: what a job's token puts there, it gives back."""

    TOKEN = "j0b"

    def __init__(self, files, *words):
        self.files = files
        super().__init__(*words)

    def log_message(self, *_):
        pass

    def answer(self, status, body=b""):
        allowed = self.headers.get("JOB-TOKEN") == self.TOKEN and "/packages/generic/" in self.path
        self.send_response(status if allowed else 401)
        self.send_header("Content-Length", str(len(body) if allowed else 0))
        self.end_headers()
        self.wfile.write(body if allowed else b"")

    def do_PUT(self):
        self.files[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(201)

    def do_GET(self):
        self.answer(200 if self.path in self.files else 404, self.files.get(self.path, b""))


def merged(base, job):
    """What `extends` makes: maps are joined, all else is the job's."""
    both = {
        k: base[k] | job[k] if isinstance(base.get(k), dict) and isinstance(job.get(k), dict) else job[k] for k in job
    }
    return base | both


def starts(job, variables):
    """Whether a rule of the job holds; `if: $A == "b"` alone."""
    rules = job.get("rules")
    if rules is None:
        return True
    for rule in rules:
        m = re.fullmatch(r'\$(\w+) (==|!=) (?:"([^"]*)"|\$(\w+))', rule["if"])
        if not m:
            raise Failure(f"not understood: {rule['if']}")
        other = m[3] if m[3] is not None else variables.get(m[4], "")
        if (variables.get(m[1], "") == other) == (m[2] == "=="):
            return rule.get("when") != "never"
    return False
