"""GitHub Actions, as far as the recipes of docs/ci.md use it: the jobs of a workflow, run step by step on a machine of
tests/ci/machine.py.

In: a workflow's text, an event, variables and secrets. Out: per job whether it went well, and what its steps
printed; artifacts and caches stay in the Hub for later runs. `run` steps and local composite actions are executed;
actions of GitHub's own are stand-ins of what they do (USES), and so is the program `gh`. A key, an action or an
input that is not known here is an error: it would be one there too, or the recipe needs a stand-in. Not there:
containers of jobs, matrices, expressions beyond expressions.py.
"""

import contextlib, dataclasses, hashlib, json, os, pathlib, shutil, tempfile
import yaml
from expressions import fill, holds, text_of
from machine import Failure, project_into
from servers import PostgresServer

KEYS = {
    "workflow": {"name", "on", True, "permissions", "concurrency", "env", "jobs", "defaults"},
    "job": {
        "name",
        "runs-on",
        "timeout-minutes",
        "services",
        "steps",
        "env",
        "if",
        "needs",
        "permissions",
        "concurrency",
    },
    "step": {"name", "id", "uses", "with", "run", "env", "if", "working-directory", "shell", "continue-on-error"},
    "service": {"image", "env", "ports", "options"},
    "action": {"name", "description", "inputs", "outputs", "runs", "author", "branding"},
}

# What the hosted machines have of what the recipes call. gh is a stand-in.
PACKAGES = ("curl", "git", "ca-certificates")

GH = """#!/bin/bash
# Stands for GitHub's program: runs and their artifacts are folders.
set -eu
: "${GH_TOKEN:?gh: set the GH_TOKEN environment variable}"
words="$*"
case $words in
  "run list "*) [[ $words == *"--json databaseId --jq .[0].databaseId"* ]] || exit 1
    [[ $words =~ --workflow\\ ([^ ]+) ]]; ls "@STORE@/${BASH_REMATCH[1]}" 2> /dev/null | sort -nr | head -n 1 ;;
  "run download "*) [ -n "$3" ] || exit 1
    [[ $words =~ --name\\ ([^ ]+)\\ --dir\\ ([^ ]+) ]] || exit 1
    from=$(echo @STORE@/*/"$3"/"${BASH_REMATCH[1]}")
    [ -d "$from" ] || { echo "no artifact matches any of the names or patterns provided" >&2; exit 1; }
    mkdir -p "${BASH_REMATCH[2]}"; cp -r "$from/." "${BASH_REMATCH[2]}" ;;
  *) echo "gh: not known here: $words" >&2; exit 1 ;;
esac
"""


def known(kind, thing):
    for key in thing:
        if key not in KEYS[kind]:
            raise Failure(f"no key `{key}` in a {kind}")


class Hub:
    """What outlives a job: artifacts by run, caches. `vars`, `secrets`: as set in the repository's settings."""

    def __init__(self, machine, variables, secrets):
        self.machine, self.vars, self.secrets, self.runs = machine, variables, secrets, 100
        self.caches, self.findings = {}, None  # findings: what code scanning was given last

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="starc-hub-"))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def run(self, name, text, event, change=None):
        """Runs a workflow; {job: Result}. `change(folder)`: what the commit changes in the checkout."""
        workflow = yaml.safe_load(text)
        known("workflow", workflow)
        on = workflow.get("on", workflow.get(True))
        if event["event_name"] not in on:
            raise Failure(f"{name} does not run on {event['event_name']}")
        kinds = (on[event["event_name"]] or {}).get("types") if isinstance(on, dict) else None
        if kinds and event["event"].get("action") not in kinds:
            raise Failure(f"{name} does not run when a request is {event['event'].get('action')}")
        self.runs += 1
        results = {}
        for job, spec in workflow["jobs"].items():
            results[job] = Job(self, name, job, spec, workflow, event, change, results).run()
        return results


@dataclasses.dataclass
class Result:
    ran: bool = False
    good: bool = True
    printed: str = ""
    summary: str = ""
    steps: dict = dataclasses.field(default_factory=dict)


class Job:
    def __init__(self, hub, workflow, name, spec, whole, event, change, earlier):
        known("job", spec)
        self.hub, self.workflow, self.name, self.spec, self.change = hub, workflow, name, spec, change
        self.result, self.later, self.env = Result(), [], {}
        needs = spec.get("needs", [])
        needs = [needs] if isinstance(needs, str) else needs
        self.contexts = {
            "github": {"run_id": str(hub.runs), "token": "t0ken", "workflow": workflow, "job": name, **event},
            "vars": hub.vars,
            "secrets": hub.secrets,
            "needs": {n: {"result": "success" if earlier[n].good else "failure"} for n in needs},
            "job": {"status": "success", "services": {}},
            "runner": {"os": "Linux", "arch": "X64"},
            "steps": {},
            "env": {},
        }
        self.functions = {
            "success": lambda: self.result.good and all(earlier[n].good for n in needs),
            "failure": lambda: not self.result.good,
            "always": lambda: True,
            "cancelled": lambda: False,
            "hashFiles": self.hash_files,
        }
        self.whole = whole

    def run(self):
        print(f"== {self.workflow}, job {self.name}", flush=True)
        if not holds(self.spec.get("if"), self.contexts, self.functions):
            print("   not run")
            return self.result
        self.result.ran = True
        with contextlib.ExitStack() as stack:
            self.services(stack)
            m = self.machine = stack.enter_context(self.hub.machine(*PACKAGES, user="runner"))
            self.work, self.temp = f"{m.home}/jobs/project", f"{m.home}/jobs/_temp"
            m.make(self.work)
            m.make(self.temp)
            store = f"{m.home}/hub"
            shutil.copytree(self.hub.folder, m.outside(store))
            m.own(store)
            m.program("gh", GH.replace("@STORE@", store))
            github = self.contexts["github"] | {"workspace": self.work}
            self.contexts["github"] = github
            self.env = {
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_WORKSPACE": self.work,
                "RUNNER_TEMP": self.temp,
                **{f"GITHUB_{k.upper()}": v for k, v in github.items() if isinstance(v, str) and k != "token"},
            }
            given = {}
            for env in (self.whole.get("env"), self.spec.get("env")):
                given |= self.fill(env or {}, env=given)
            self.env |= given
            self.steps(self.spec["steps"], {}, {})
            for action in reversed(self.later):
                action()
        return self.result

    def services(self, stack):
        for name, spec in self.spec.get("services", {}).items():
            known("service", spec)
            if not spec["image"].startswith("postgres:"):
                raise Failure(f"no service {spec['image']} is known here")
            server = PostgresServer()
            server.password = self.fill(spec["env"])["POSTGRES_PASSWORD"]
            stack.enter_context(server)
            ports = {}
            for port in map(str, spec.get("ports", [])):
                outside, _, inside = port.rpartition(":")
                if outside:
                    raise Failure(
                        f"ports: [{port}] may be taken: publish a port of GitHub's choice, and ask job.services for it"
                    )
                ports[inside] = str(server.port)
            self.contexts["job"]["services"][name] = {"ports": ports}

    def fill(self, words, **more):
        return {k: fill(text_of(v), self.contexts | more, self.functions) for k, v in words.items()}

    def hash_files(self, *patterns):
        found = sorted({f for p in patterns for f in self.machine.outside(self.work).glob(p) if f.is_file()})
        return hashlib.sha256(b"".join(f.read_bytes() for f in found)).hexdigest() if found else ""

    def steps(self, steps, outer, action):
        """Runs steps of the job, or of a composite action: `action` has its contexts then. Whether all went well."""
        good = True
        for i, step in enumerate(steps):
            known("step", step)
            contexts = self.contexts | action
            functions = (
                self.functions | {"success": lambda: good, "failure": lambda: not good} if action else self.functions
            )
            name = fill(step.get("name") or step.get("uses") or step["run"].splitlines()[0], contexts, functions)
            if not holds(step.get("if"), contexts | {"env": self.env | outer}, functions):
                continue
            print(f"-- {name}", flush=True)
            env = self.env | outer
            env |= {k: fill(text_of(v), contexts | {"env": env}, functions) for k, v in (step.get("env") or {}).items()}
            contexts["env"] = env
            given = {k: fill(text_of(v), contexts, functions) for k, v in (step.get("with") or {}).items()}
            outputs = {}
            if "uses" in step:
                code = self.uses(step["uses"], given, env, outputs)
            elif action and "shell" not in step:
                raise Failure(f"the step {name} of an action has no `shell`")
            else:
                folder = fill(step.get("working-directory", "."), contexts, functions)
                code = self.script(fill(step["run"], contexts, functions), env, folder, step.get("shell"), outputs)
            outcome = {"outputs": outputs, "outcome": "failure" if code else "success"}
            if "id" in step:
                contexts["steps"][step["id"]] = outcome
            if not action:
                self.result.steps[step.get("id") or name] = outcome
            if code and not step.get("continue-on-error"):
                print(f"   exit code {code}")
                good = False
                if not action:
                    self.result.good, self.contexts["job"]["status"] = False, "failure"
        return good

    def script(self, text, env, folder, shell, outputs):
        if shell not in (None, "bash"):
            raise Failure(f"no shell {shell} is known here")
        files = {
            v: f"{self.temp}/{v.lower()}" for v in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
        }
        for file in files.values():
            self.machine.outside(file).write_text("")
        self.machine.outside(f"{self.temp}/step.sh").write_text(text)
        self.machine.own(self.temp)
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail"] if shell else ["bash", "-e"]
        env = env | files | ({"PATH": f"{env['PATH_MORE']}:{self.machine.path}"} if env.get("PATH_MORE") else {})
        code, printed = self.machine.run([*words, f"{self.temp}/step.sh"], env, os.path.join(self.work, folder))
        self.result.printed += printed
        read = lambda variable: self.machine.outside(files[variable]).read_text().splitlines()
        outputs |= dict(line.split("=", 1) for line in read("GITHUB_OUTPUT"))
        self.env |= dict(line.split("=", 1) for line in read("GITHUB_ENV"))
        for folder in read("GITHUB_PATH"):
            self.env["PATH_MORE"] = ":".join(filter(None, (folder, self.env.get("PATH_MORE"))))
        self.result.summary += self.machine.outside(files["GITHUB_STEP_SUMMARY"]).read_text()
        return code

    def uses(self, name, given, env, outputs):
        if name.startswith("./"):
            return self.composite(name, given, env, outputs)
        action = USES.get(name)
        if not action:
            raise Failure(f"no action {name} is known here")
        function, inputs = action
        if more := set(given) - inputs:
            raise Failure(f"{name} has no input {', '.join(more)}")
        return function(self, given, outputs)

    def composite(self, name, given, env, outputs):
        path = os.path.normpath(os.path.join(self.work, name))
        action = yaml.safe_load((self.machine.outside(path) / "action.yml").read_text())
        known("action", action)
        if action["runs"]["using"] != "composite":
            raise Failure(f"{name} is no composite action")
        inputs = {}
        for key, spec in action["inputs"].items():
            if spec.get("required") and not given.get(key):
                raise Failure(f"{name}: the input {key} is required, and empty")
            inputs[key] = given.pop(key, text_of(spec.get("default")))
        if given:
            raise Failure(f"{name} has no input {', '.join(given)}")
        contexts = {"inputs": inputs, "steps": {}, "github": self.contexts["github"] | {"action_path": path}}
        good = self.steps(action["runs"]["steps"], env | {"GITHUB_ACTION_PATH": path}, contexts)
        contexts["steps"] = {s["id"]: {} for s in action["runs"]["steps"] if "id" in s} | contexts["steps"]
        for key, spec in (action.get("outputs") or {}).items():
            outputs[key] = fill(spec["value"], self.contexts | contexts, self.functions)
        return 0 if good else 1

    # What actions of GitHub's own do.

    def checkout(self, given, outputs):
        folder = self.machine.outside(self.work)
        project_into(folder)
        action = folder / ".github/actions/starc"
        action.mkdir(parents=True, exist_ok=True)
        (folder / "action.yml").rename(action / "action.yml")
        if self.change and "ref" not in given:
            self.change(folder)
        self.machine.own(self.work)
        return 0

    def cache(self, given, outputs):
        paths = [os.path.expanduser(p.replace("~", self.machine.home, 1)) for p in given["path"].split()]
        hit = self.hub.caches.get(given["key"])
        outputs["cache-hit"] = "true" if hit else ""
        if hit:
            for path, copy in zip(paths, hit):
                if copy.exists():
                    shutil.copytree(copy, self.machine.outside(path), dirs_exist_ok=True)
            self.machine.own(self.machine.home)
        else:
            self.later.append(lambda: self.save(given["key"], paths))
        return 0

    def save(self, key, paths):
        if not self.result.good:
            return
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.hub.folder, prefix=".cache-"))
        copies = [folder / str(i) for i, _ in enumerate(paths)]
        for path, copy in zip(paths, copies):
            if self.machine.outside(path).exists():
                shutil.copytree(self.machine.outside(path), copy)
        self.hub.caches[key] = copies

    def upload_sarif(self, given, outputs):
        may = self.spec.get("permissions", self.whole.get("permissions", {}))
        if may.get("security-events") != "write":
            print("    Resource not accessible by integration")
            return 1
        file = self.machine.outside(self.work) / given["sarif_file"]
        if not file.is_file():
            print(f"    Path does not exist: {given['sarif_file']}")
            return 1
        self.hub.findings = json.loads(file.read_text())
        return 0

    def upload(self, given, outputs):
        """One folder: what is in it; several paths: each under the name that it has in the checkout."""
        to = self.hub.folder / self.workflow / str(self.hub.runs) / given["name"]
        work = self.machine.outside(self.work)
        patterns = given["path"].split()
        found = [f for p in patterns for f in sorted(work.glob(p.rstrip("/")))]
        for file in found:
            target = to / file.relative_to(work) if len(found) > 1 else to if file.is_dir() else to / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(file, target, dirs_exist_ok=True) if file.is_dir() else shutil.copy(file, target)
        if not found and given.get("if-no-files-found") == "error":
            print(f"    no files were found with the provided path: {given['path']}")
            return 1
        return 0


USES = {
    "actions/checkout@v4": (Job.checkout, {"ref", "fetch-depth"}),
    "actions/cache@v4": (Job.cache, {"path", "key"}),
    "github/codeql-action/upload-sarif@v3": (Job.upload_sarif, {"sarif_file"}),
    "actions/upload-artifact@v4": (Job.upload, {"name", "path", "if-no-files-found", "retention-days"}),
}
