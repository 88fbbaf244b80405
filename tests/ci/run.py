#!/usr/bin/env python3
"""usage: tests/ci/run.py [--here] [CASE ..]

Runs the recipes of docs/ci.md as they are printed: each block that opens with the name of a file, on a bare Debian
(tests/support/chroot), with starc from a release's files over HTTP (dist/, see `make dist`), and a Postgres of its own.
The project is the bundled one. --here: on this machine, with build/starc packed like a release: a quick look that needs
neither root nor `make dist`. Closes with "N passed, N failed".
"""

import argparse, base64, contextlib, http.client, os, pathlib, re, shutil, signal, subprocess, sys, tempfile, traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import gitlab
from github import Hub
from image import Image, Services, compose
from machine import At, Bare, Failure, Here, Release, ROOT, project_into
from servers import ClickHouseServer, PostgresServer, postgres_bin

import yaml

VERSION = re.search(r'STARC_VERSION "(.*)"', (ROOT / "runtime/run/version.h").read_text())[1]


def recipe(name):
    """The block of the page whose first line is a comment with this file's name."""
    page = (ROOT / "docs/ci.md").read_text()
    found = re.search(rf"^```[a-z]+\n(?:#|--) {re.escape(name)}\n(.*?)^```$", page, re.M | re.S)
    if not found:
        raise Failure(f"docs/ci.md has no block `# {name}`")
    return found[1]


def want(truth, what):
    if not truth:
        raise Failure(what)


def schemas(pg):
    """The schemas that are not Postgres' own."""
    query = (
        "select nspname from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')"
    )
    return set(psql(pg, query).split())


def psql(pg, query):
    words = [f"{postgres_bin()}/psql", "-h", "127.0.0.1", "-p", str(pg.port), "-U", pg.user, "-d", pg.dbname, "-Atqc"]
    env = os.environ | {"PGPASSWORD": pg.password}
    return subprocess.run([*words, query], env=env, stdout=subprocess.PIPE, text=True, check=True).stdout


LAYERS = {"raw", "clean", "mart", "reports"}
PUSH = {"event_name": "push", "ref_name": "main", "event": {}}


def request(action):
    return {"event_name": "pull_request", "base_ref": "main", "event": {"number": 7, "action": action}}


def settings(release):
    return {"STARC_RELEASES": release.address, "STARC_VERSION": VERSION, "STARC_SHA256": release.sha256}


def any_shell(machine, release):
    with machine("curl", "ca-certificates", user="someone") as m:
        script = f"{m.home}/get-starc.sh"
        m.outside(script).write_text(recipe("get-starc.sh"))
        m.run(["mkdir", f"{m.home}/tmp"], {}, m.home)
        env = settings(release) | {"TMPDIR": f"{m.home}/tmp"}
        code, printed = m.run(["sh", script], env | {"STARC_SHA256": "0" * 64}, m.home)
        want(code and not m.outside(f"{m.home}/.local").exists(), "a file with another checksum is taken")
        nowhere = release.address + "/nowhere"
        code, printed = m.run(["sh", script], env | {"STARC_RELEASES": nowhere}, m.home)
        want(code and f"cannot get {nowhere}/starc-" in printed, f"the address is not named: {printed}")
        want(not list(m.outside(f"{m.home}/tmp").iterdir()), "what was fetched stays behind")
        for name in settings(release):
            code, printed = m.run(["sh", script], {k: v for k, v in env.items() if k != name}, m.home)
            want(code and f"{name}: is not set" in printed, f"nothing is said of {name}, which is not set")
        want(m.run(["sh", script], env, m.home)[0] == 0, "starc was not got")
        code, printed = m.run([f"{m.home}/.local/starc/bin/starc", "--version"], {}, m.home)
        want(code == 0 and VERSION in printed, "starc does not start")


def github_push(machine, release):
    with Hub(machine, settings(release), {}) as hub:
        job = hub.run("warehouse.yml", recipe(".github/workflows/warehouse.yml"), PUSH)["build"]
        want(job.good, "the job failed")
        want(
            job.steps["starc"]["outputs"] == {"exit-code": "0", "junit": "./target/junit.xml"},
            f"outputs: {job.steps['starc']}",
        )
        kept = next(hub.folder.glob("warehouse.yml/*/starc"))
        want((kept / "junit.xml").exists() and (kept / "manifest.json").exists(), "no report or manifest was kept")
        # Again, with what the cache has (nobody serves the file any more) and a model that fails.
        hub.vars |= {"STARC_RELEASES": "http://127.0.0.1:9"}
        job = hub.run("warehouse.yml", recipe(".github/workflows/warehouse.yml"), PUSH, change=break_model)["build"]
        want(not job.good and job.steps["starc"]["outputs"].get("exit-code") == "1", "a failed model is no failed job")
        want("::error file=models/reports/top_tracks.sql,line=1," in job.printed, "no annotation at the model's line")
        want("build: 1 error" in job.summary and "missing-column" in job.summary, f"summary: {job.summary}")
        # Another file than the one that was pinned.
        hub.vars |= settings(release) | {"STARC_SHA256": "0" * 64}
        job = hub.run("warehouse.yml", recipe(".github/workflows/warehouse.yml"), PUSH)["build"]
        want(
            not job.good and "is not the file that the input 'sha256' stands for" in job.printed,
            "a wrong file is taken",
        )
        for name in settings(release):
            hub.vars = {k: v for k, v in settings(release).items() if k != name}
            try:
                hub.run("warehouse.yml", recipe(".github/workflows/warehouse.yml"), PUSH)
            except Failure as e:
                want(f"vars.{name}" in str(e), str(e))
            else:
                raise Failure(f"a job without {name} runs")


ACTION = """
on: push
jobs:
  words:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - id: starc
        uses: ./.github/actions/starc
        with:
          version: ${{ vars.STARC_VERSION }}
          releases: ${{ vars.STARC_RELEASES }}
          sha256: ${{ vars.STARC_SHA256 }}
          command: ${{ vars.COMMAND }}
          junit: ${{ vars.JUNIT }}
"""


def github_action(machine, release):
    """The words of the action's input `command`, and where its report is."""
    with Hub(machine, settings(release), {}) as hub, tempfile.TemporaryDirectory() as folder:

        def words(command, junit="target/junit.xml"):
            hub.vars |= {"COMMAND": command, "JUNIT": junit}
            job = hub.run("words.yml", ACTION, PUSH)["words"]
            return job, job.steps["starc"]["outputs"]

        names = lambda job: {line.strip() for line in job.printed.splitlines() if line.strip() in both}
        both = {"chinook.reports.top_tracks", "chinook.mart.fct_invoice_line"}
        job, outputs = words(
            """ls --select "top_tracks fct_invoice_line" --vars '{a: $(touch here), b: "*"}' --resource-type model"""
        )
        want(job.good and names(job) == both, f"quoted words are parted: {job.printed}")
        want(outputs == {"exit-code": "0", "junit": "./target/junit.xml"}, f"outputs: {outputs}")
        job, outputs = words("ls\n--select $(touch${IFS}/tmp/here) `id`")
        want("uid=" not in job.printed and "touch${IFS}" in job.printed, "the input is run as code")
        job, outputs = words("ls --select 'top_tracks")
        want(not job.good and "::error::starc: the input 'command'" in job.printed, "an open quote is taken")
        want(outputs == {"exit-code": "2", "junit": ""}, f"outputs: {outputs}")
        pathlib.Path(folder).chmod(0o777)
        elsewhere = f"{folder}/more/junit.xml"
        job, outputs = words("parse", elsewhere)
        want(job.good and outputs["junit"] == elsewhere, f"outputs: {outputs}")


def github_check(machine, release):
    """Code scanning: what is found reaches it, by a job that may write it."""
    text = recipe(".github/workflows/check.yml")
    with Hub(machine, settings(release), {}) as hub:
        for change, count in ((None, 0), (break_model, 1)):
            job = hub.run("check.yml", text, PUSH, change)["check"]
            want(job.good == (count == 0), f"the job with {count} findings")
            found = [r["level"] for r in hub.findings["runs"][0]["results"]]
            want(found.count("error") == count, f"findings: {hub.findings['runs'][0]['results']}")


def change_model(folder):
    with open(folder / "models/reports/top_tracks.sql", "a") as f:
        f.write("\n-- ten of them\n")


def fail_model(folder):
    """What no check sees."""
    with open(folder / "models/reports/top_tracks.sql", "a") as f:
        f.write('\n{{ config(post_hook="select 1 / 0") }}\n')


def break_model(folder):
    (folder / "models/reports/top_tracks.sql").write_text("select no_such_column from {{ ref('fct_invoice_line') }}\n")


def two_roles(pg):
    """Who builds production and who builds requests, neither of them a superuser."""
    psql(pg, f"create role warehouse login password '{pg.password}'; create role request login password '{pg.password}'")
    psql(pg, f"grant create on database {pg.dbname} to warehouse")


def github_fork(machine, release):
    """A request from a fork: no settings of the repository, so the file has the three values."""
    text = recipe(".github/workflows/fork.yml")
    for name, value in settings(release).items():
        text = re.sub(rf": {name.removeprefix('STARC_')}$", f": '{value}'", text, flags=re.M)
    with Hub(machine, {}, {}) as hub:
        for change, good in ((change_model, True), (break_model, False)):
            job = hub.run("fork.yml", text, request("opened"), change)["build"]
            want(job.good == good, "the job of a fork's request")
        want("::error file=models/reports/top_tracks.sql,line=1," in job.printed, "no annotation at the model's line")
        want("1 wrong" in job.printed and "OK     " not in job.printed, "something was built of a wrong project")


def after_a_build(machine, release):
    """What a later job does: it repeats what failed, publishes the page, and shows what a change does."""
    with PostgresServer() as pg, machine("curl", "ca-certificates", user="someone") as m:
        work = f"{m.home}/project"
        m.make(work)
        project_into(m.outside(work))
        env = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(pg.port), "POSTGRES_DB": pg.dbname}
        env |= {"DBT_ENV_SECRET_POSTGRES_PASSWORD": pg.password} | settings(release)
        m.outside(f"{m.home}/get-starc.sh").write_text(recipe("get-starc.sh"))
        want(m.run(["sh", f"{m.home}/get-starc.sh"], env, m.home)[0] == 0, "starc was not got")
        path = f"export PATH={m.home}/.local/starc/bin:$PATH\n"
        run = lambda text: m.run(["bash", "-euc", path + text], env, work)
        model = m.outside(work) / "models/reports/top_tracks.sql"
        was = model.read_text()
        break_model(m.outside(work))
        want(run("starc build --profiles-dir . --target postgres")[0] == 1, "a broken model is built")
        model.write_text(was)
        want(run("mv target kept && starc retry --profiles-dir . --target postgres")[0] == 2, "retry has no run")
        code, printed = run(recipe("retry.sh"))
        want(code == 0 and "top_tracks" in printed and "fct_invoice_line " not in printed, "the retry")
        want(run(recipe("publish.sh"))[0] == 0, "no page was made")
        want(len((m.outside(work) / "public/index.html").read_text()) > 100_000, "the page is empty")
        want(run("cp -r target state")[0] == 0, "no artifacts are kept")
        model.write_text(was + "\n-- and more")
        code, printed = run(recipe("diff.sh"))
        want(code == 0 and "~ model top_tracks: sql" in printed, f"what the change does: {printed}")
        want((m.outside(work) / "target/diff/index.html").exists(), "there is no page of what the change does")


def github_request(machine, release):
    with PostgresServer() as pg:
        variables = settings(release) | {
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(pg.port),
            "POSTGRES_DB": pg.dbname,
            "PRODUCTION_USER": "warehouse",
            "REQUEST_USER": "request",
        }
        two_roles(pg)
        with Hub(machine, variables, {f"{w}_PASSWORD": pg.password for w in ("PRODUCTION", "REQUEST")}) as hub:
            production = lambda: hub.run("production.yml", recipe(".github/workflows/production.yml"), PUSH)["build"]
            of = lambda action, change: hub.run(
                "request.yml", recipe(".github/workflows/request.yml"), request(action), change
            )
            want(
                not of("opened", change_model)["build"].good, "a request is built without a manifest of the main branch"
            )
            want(production().good, "production failed")
            want(schemas(pg) == LAYERS, f"production made {schemas(pg)}")
            psql(pg, recipe("request.sql"))
            want(production().good, "production failed the second time: its new tables are read below")

            jobs = of("opened", change_model)
            want(jobs["build"].good and not jobs["closed"].ran, "the job of a request failed")
            want(
                "pr_7_reports.top_tracks" in jobs["build"].printed,
                "the changed model was not built in a schema of its own",
            )
            want("fct_invoice_line" not in jobs["build"].printed, "more was built than what changed")
            want("dropped pr_7_reports" in jobs["build"].printed and schemas(pg) == LAYERS, f"left: {schemas(pg)}")

            jobs = of("synchronize", break_model)
            want(
                not jobs["build"].good and "no_such_column" in jobs["build"].printed, "a broken model is no failed job"
            )
            want("dropped" not in jobs["build"].printed and schemas(pg) == LAYERS, "something was built of it")
            jobs = of("synchronize", fail_model)
            want(not jobs["build"].good and "division by zero" in jobs["build"].printed, "a failure is no failed job")
            want(
                "dropped pr_7_reports" in jobs["build"].printed and schemas(pg) == LAYERS,
                f"left after a failure: {schemas(pg)}",
            )

            # A machine that died has left what it built, and the request's last commit cannot be read any more.
            psql(pg, "set role request; create schema pr_7; create schema pr_7_mart; create schema pr_77_mart")
            jobs = of("closed", lambda folder: (folder / "project.yml").write_text("models: ["))
            want(jobs["closed"].good and not jobs["build"].ran, "the job of a closed request failed")
            want(schemas(pg) == LAYERS | {"pr_77_mart"}, f"left after closing: {schemas(pg)}")


def gitlab_ci(machine, release):
    text = recipe(".gitlab-ci.yml")
    with gitlab.Server(machine, settings(release)) as server:
        job = server.run(text, "push")["warehouse"]
        want(job.good, "the job failed")
        want({"report.xml", "target/manifest.json"} <= set(job.kept), f"kept: {sorted(job.kept)[:9]}")
        server.variables["STARC_RELEASES"] = "http://127.0.0.1:9"
        job = server.run(text, "push", change=break_model)["warehouse"]
        want("no_such_column" in job.printed, "the cache was not used")
        want(not job.good and "report.xml" in job.kept, "a failed model is no failed job")
        del server.variables["STARC_SHA256"]
        want(not server.run(text, "push")["warehouse"].good, "a job without STARC_SHA256 runs")


def gitlab_request(machine, release):
    text = recipe(".gitlab-ci.yml with requests")
    with PostgresServer() as pg:
        shared = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(pg.port), "POSTGRES_DB": pg.dbname}
        variables = settings(release) | shared | {f"{w}_PASSWORD": pg.password for w in ("PRODUCTION", "REQUEST")}
        variables |= {"PRODUCTION_USER": "warehouse", "REQUEST_USER": "request"}
        two_roles(pg)
        with gitlab.Server(machine, variables) as server:
            asked = lambda change: server.run(text, "merge_request_event", {"CI_MERGE_REQUEST_IID": "7"}, change)
            want(not asked(change_model)["request"].good, "a request is built without a manifest of the main branch")
            jobs = server.run(text, "push", {"CI_COMMIT_BRANCH": "main"})
            want(list(jobs) == ["production"] and jobs["production"].good, "the job of the main branch failed")
            psql(pg, recipe("request.sql"))
            jobs = asked(change_model)
            want(list(jobs) == ["request"] and jobs["request"].good, "the job of a request failed")
            want("pr_7_reports.top_tracks" in jobs["request"].printed, "no schema of its own")
            want("fct_invoice_line" not in jobs["request"].printed, "more was built than what changed")
            want(schemas(pg) == LAYERS, f"left: {schemas(pg)}")
            want(jobs["request"].group == "request-7", "two jobs of a request may drop each other's schemas")
            jobs = asked(break_model)
            want(
                not jobs["request"].good and "no_such_column" in jobs["request"].printed,
                "a broken model is no failed job",
            )
            jobs = asked(fail_model)
            want(not jobs["request"].good and "division by zero" in jobs["request"].printed, "a failure is no failed job")
            want("dropped pr_7_reports" in jobs["request"].printed and schemas(pg) == LAYERS, f"left: {schemas(pg)}")


def image_file(engine=False):
    return ROOT / f"dist/starc-{VERSION}-image{'-engine' if engine else ''}-{os.uname().machine}.tar"


def for_image(folder):
    """Gives a folder to the image's user."""
    folder.parent.chmod(0o755)
    subprocess.run(["chown", "-R", "1000:1000", folder], check=True)
    return f"{folder}:/project"


def image_alone(machine, release):
    """What the image is, and the bundled project built by it on Postgres, under both names."""
    with tempfile.TemporaryDirectory() as folder, PostgresServer() as pg, Image(image_file()) as image:
        project = pathlib.Path(folder, "project")
        project.mkdir()
        project_into(project)
        seen = [for_image(project)]
        config = image.config
        want(config["User"] == "starc" and config["WorkingDir"] == "/project", f"{config}")
        want(image.run(whole=config["Healthcheck"]["Test"][1:])[0] == 0, "the health check fails")
        want("Usage: starc COMMAND" in image.run()[1], "without a command no help is shown")
        want("uid=1000(starc)" in image.run(["sh", "-c", "id; touch ~/mine /project/mine"])[1], "not its own user")
        own = Image.inspect("--format", "{{.Name}} {{.Architecture}}", f"docker-archive:{image_file()}")
        want("amd64" in own or "arm64" in own, f"docker would not read it: {own}")
        env = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(pg.port), "POSTGRES_DB": pg.dbname}
        env |= {"DBT_ENV_SECRET_POSTGRES_PASSWORD": pg.password}
        for words in (["build"], ["dbt", "test"]):
            code, printed = image.run([*words, "--brief", "--profiles-dir", ".", "--target", "postgres"], env, seen)
            want(code == 0 and " ERROR=0 " in printed, f"{words} failed")


def image_engine(machine, release):
    """The image with the embedded engine builds the bundled project without any server."""
    if not image_file(engine=True).exists():
        raise Failure(f"{image_file(True).name} is not there: `make image ENGINE=build/chdb/libchdb.so`")
    with tempfile.TemporaryDirectory() as folder, Image(image_file(engine=True)) as image:
        project = pathlib.Path(folder, "project")
        project.mkdir()
        project_into(project)
        code, printed = image.run(["build", "--brief", "--profiles-dir", "."], {}, [for_image(project)])
        want(code == 0 and " ERROR=0 " in printed, "the build failed")


def docker_compose(machine, release):
    command = re.search(r"^docker compose run .*$", (ROOT / "docs/ci.md").read_text(), re.M)[0]
    with tempfile.TemporaryDirectory() as folder:
        project = pathlib.Path(folder, "shop")
        project.mkdir()
        with Image(image_file()) as image:
            want(image.run(["init", "shop"], {}, [for_image(project)])[0] == 0, "no project was made")
        project = project / "shop"
        (project / "profiles.yml").write_text(recipe("profiles.yml"))
        code, printed = compose(recipe("compose.yml"), command, image_file(), project)
        want(code == 0 and " ERROR=0 " in printed, "the command failed")


def pipeline(machine, release):
    """The services of examples/pipeline/compose.yml, in the image with the engine, as docs/pipeline.md starts them."""
    page = (ROOT / "docs/pipeline.md").read_text()
    lines = re.findall(r"^\$ docker compose run --rm (\S+) ?(.*)$", page, re.M)
    want(("dbt", "build --profiles-dir . --target remote") in lines, f"the page runs {lines}")
    with contextlib.ExitStack() as stack:
        project = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()), "pipeline")
        shutil.copytree(ROOT / "examples/pipeline", project, ignore=shutil.ignore_patterns("target", "logs", ".starc"))
        for_image(project)
        pg = stack.enter_context(PostgresServer())
        services = yaml.safe_load((project / "compose.yml").read_text())["services"]
        store, password = (
            services["postgres"]["environment"],
            services["clickhouse"]["environment"]["CLICKHOUSE_PASSWORD"],
        )
        user, database = store["POSTGRES_USER"], store["POSTGRES_DB"]
        psql(pg, f"create role {user} superuser login password '{store['POSTGRES_PASSWORD']}'")
        psql(pg, f"create database {database} owner {user}")
        words = [f"{postgres_bin()}/psql", "-Xq", "-h", "127.0.0.1", "-p", str(pg.port), "-U", user, "-d", database]
        env = os.environ | {"PGPASSWORD": store["POSTGRES_PASSWORD"]}
        psql_of_store = lambda *more: subprocess.run([*words, *more], env=env, check=True)
        psql_of_store("-v", f"seeds={ROOT}/seeds", "-f", project / "store/store.sql")
        ch = stack.enter_context(ClickHouseServer(user="default", password=password))
        at = lambda port, to: stack.enter_context(At(port, to)).address
        hosts = {"postgres": at(5432, pg.port), "clickhouse": at(8123, ch.port), "serve": "127.0.0.77"}
        image = stack.enter_context(Image(image_file(engine=True), hosts))
        run = Services(project / "compose.yml", image)
        good = lambda done: done[0] == 0 and " ERROR=0 " in done[1]
        newest = "select max(month) from reports.revenue_by_month"
        want(good(run.run("build")), "the service build failed")
        with run.up("serve", "Press Ctrl+C"):
            want(ask_serve(hosts["serve"], newest) == "2011-12-01\n", "serve says otherwise")
            psql_of_store("-f", project / "store/day.sql")
            want(good(run.run("build")), "the service build failed beside serve")
            want(ask_serve(hosts["serve"], newest) == "2012-01-01\n", "serve has not the new rows")
        for service, words in lines:
            if service == "dbt":
                want(good(run.run(service, words.split())), f"{words} failed")


def ask_serve(address, query):
    """As another service of the compose file asks: by the name `serve`."""
    c = http.client.HTTPConnection(address, 8123, timeout=30)
    login = base64.b64encode(b"default:dashboards").decode()
    c.request("POST", "/", query, {"Host": "serve:8123", "Authorization": "Basic " + login})
    return c.getresponse().read().decode()


CASES = {
    "any-shell": any_shell,
    "github-push": github_push,
    "github-action": github_action,
    "github-check": github_check,
    "github-request": github_request,
    "github-fork": github_fork,
    "after": after_a_build,
    "gitlab": gitlab_ci,
    "gitlab-request": gitlab_request,
    "image": image_alone,
    "image-engine": image_engine,
    "compose": docker_compose,
    "pipeline": pipeline,
}
NOT_HERE = {"image", "image-engine", "compose", "pipeline"}  # they need `make image`


def main():
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument("--here", action="store_true")
    ap.add_argument("cases", nargs="*", metavar="CASE")
    a = ap.parse_args()
    if unknown := set(a.cases) - set(CASES):
        ap.error(f"no such case: {', '.join(unknown)}; there are {', '.join(CASES)}")
    os.chdir(ROOT)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers and machines are taken away then too
    passed = failed = 0
    try:
        with Release(VERSION, ROOT / "build/starc" if a.here else None) as release:
            for name in a.cases or [c for c in CASES if not (a.here and c in NOT_HERE)]:
                try:
                    print(f"\n### {name}", flush=True)
                    CASES[name](Here if a.here else Bare, release)
                    passed += 1
                except Exception as e:
                    failed += 1
                    print(f"FAILED {name}: {e}" if isinstance(e, Failure) else traceback.format_exc())
    except Failure as e:
        print(e)
        failed += 1
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
