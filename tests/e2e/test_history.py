"""The run history: what each command leaves, that clean leaves it, runs at once, kills, a folder that cannot be
written, and what `starc history` says of it."""

import json, os, shutil, signal, subprocess, time

import pytest
from conftest import STARC, profile_for

SHOP = {
    "seeds/raw.csv": "id\n1\n2\n3\n",
    "models/orders.sql": "{{ config(materialized='table') }} select * from {{ ref('raw') }}",
    "models/wrong.sql": "select no_such_column from {{ ref('orders') }}",
    "models/below.sql": "select * from {{ ref('wrong') }}",
    "models/s.yml": "models: [{name: orders, columns: [{name: id, data_tests: [unique]}]}]",
}
KEPT = ".starc/history"


@pytest.fixture
def shop(project, request):
    return project(SHOP, profile=profile_for("postgres", request, "history"))


def records(folder):
    return sorted((folder / KEPT).glob("*.jsonl"))


def read(path):
    head, *nodes = [json.loads(line) for line in path.read_text().splitlines()]
    assert head["nodes"] == len(nodes), path
    return head, {n["id"].split(".")[2]: n for n in nodes}


def history(starc, folder, *args):
    r = starc("history", "--output", "json", *args, cwd=folder)
    assert r.code == 0, r.text
    return json.loads(r.out)


def test_a_run_is_kept_with_what_it_did(starc, shop):
    def git(*args):
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *args]
        return subprocess.run(git, cwd=shop, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q"), git("add", "models"), git("commit", "-q", "-m", "all")
    assert starc("build", "--exclude", "source:none", cwd=shop).code == 1
    head, nodes = read(records(shop)[0])
    assert (head["command"], head["selection"], head["target"]) == ("build", "--exclude source:none", "dev")
    assert (head["database"], head["exit_code"]) == ("postgres", 1) and head["seconds"] > 0 and head["version"]
    assert head["commit"] == git("rev-parse", "HEAD")
    assert [head[k] for k in ("passed", "warned", "failed", "skipped")] == [3, 0, 1, 1]
    assert nodes["orders"]["rows"] == 3 and nodes["unique_orders_id"]["failures"] == 0
    assert "no_such_column" in nodes["wrong"]["message"] and nodes["below"]["status"] == "skipped"
    assert KEPT not in git("status", "--porcelain", "--untracked-files=all")


def test_each_command_that_runs_nodes_and_no_other(starc, shop):
    (shop / "models/wrong.sql").unlink(), (shop / "models/below.sql").unlink()
    for command in ("seed", "run", "test", "build"):
        assert starc(command, cwd=shop).code == 0
    others = (("parse",), ("compile",), ("ls",), ("run", "--no-history"), ("run", "--no-write-json"), ("clean",))
    for command in others:
        assert starc(*command, cwd=shop).code == 0, command
    assert starc("run", cwd=shop, env={"STARC_HISTORY": "false"}).code == 0
    assert [r["command"] for r in history(starc, shop)] == ["build", "test", "run", "seed"]
    assert not (shop / "target/run_results.json").exists() or len(records(shop)) == 4


def test_a_retry_is_one(starc, shop):
    assert starc("build", cwd=shop).code == 1
    (shop / "models/wrong.sql").write_text("select id from {{ ref('orders') }}")
    assert starc("retry", cwd=shop).code == 0
    newest = history(starc, shop)[0]
    assert (newest["command"], newest["passed"], newest["failed"]) == ("retry", 2, 0)


def test_so_many_are_kept(starc, shop):
    (shop / "dbt_project.yml").write_text((shop / "dbt_project.yml").read_text() + "history: {keep: 2}\n")
    for _ in range(4):
        assert starc("seed", cwd=shop).code == 0
    assert len(records(shop)) == 2
    (shop / "dbt_project.yml").write_text((shop / "dbt_project.yml").read_text().replace("keep: 2", "keep: 0"))
    assert starc("seed", cwd=shop).code == 0
    assert len(records(shop)) == 2


@pytest.mark.parametrize("text", ["{keep: -1}", "{keep: many}", "{where: cloud}", "{kept: 1}", "3"])
def test_a_wrong_key_is_an_error_at_its_place(starc, shop, text):
    (shop / "dbt_project.yml").write_text((shop / "dbt_project.yml").read_text() + f"history: {text}\n")
    r = starc("parse", cwd=shop)
    assert r.code == 2 and "dbt_project.yml:" in r.text and "history" in r.text, r.text


def test_nodes_by_name_and_the_nearest(starc, shop):
    starc("build", cwd=shop), starc("build", "--select", "orders", cwd=shop)
    all_, failed = history(starc, shop, "orders"), history(starc, shop, "--failed", "wrong")
    assert [r["unique_id"] for r in all_] == ["model.shop.orders"] * 2 and len(failed) == 1
    assert len(history(starc, shop, "--limit", "1", "model.shop.orders")) == 1
    assert history(starc, shop, "unique_orders_id")[0]["failures"] == 0
    text = starc("history", "wrong", cwd=shop).out
    assert "model.shop.wrong" in text and "no_such_column" in text and "error" in text
    r = starc("history", "ordrs", cwd=shop)
    assert r.code == 2 and "did you mean 'orders'?" in r.text
    assert "2 good" in starc("history", cwd=shop).out


@pytest.mark.parametrize("runs", [2, 5])
def test_runs_at_once_keep_all_their_records(starc, shop, runs):
    env = {**os.environ, "NO_COLOR": "1"}
    started = [subprocess.Popen([STARC, "seed"], cwd=shop, env=env, stdout=subprocess.DEVNULL) for _ in range(runs)]
    assert [p.wait(timeout=120) for p in started] == [0] * runs
    assert len({read(p)[0]["invocation_id"] for p in records(shop)}) == runs


def test_a_kill_leaves_whole_records_only(starc, shop):
    for i in range(12):
        p = subprocess.Popen([STARC, "seed"], cwd=shop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.04 * i)
        p.send_signal(signal.SIGKILL)
        p.wait()
    for path in records(shop):
        read(path)
    assert starc("seed", cwd=shop).code == 0
    r = starc("history", cwd=shop)
    assert r.code == 0 and "passed over" not in r.text


def test_where_it_cannot_be_written_the_run_stays_good(starc, shop):
    (shop / ".starc").write_text("a file\n")
    r = starc("seed", cwd=shop)
    assert r.code == 0 and r.text.count("not kept in the run history") == 1, r.text
    assert starc("seed", "--warn-error", cwd=shop).code == 0
    r = starc("history", cwd=shop)
    assert r.code == 0 and "no run is kept here" in r.out, r.text


def test_what_cannot_be_read_is_passed_over(starc, shop):
    assert starc("seed", cwd=shop).code == 0
    whole = records(shop)[0]
    broken = {"1Z-torn": whole.read_text()[:-9], "2Z-foreign": "\0\xff{]", "3Z-newer": '{"starc_history": 99}\n'}
    for name, text in broken.items():
        (whole.parent / f"20300101T000000.00000{name}.jsonl").write_text(text)
    os.mkfifo(whole.parent / "20300101T000000.000004Z-pipe.jsonl")
    (whole.parent / "20300101T000000.000005Z-folder.jsonl").mkdir()
    for args in ((), ("raw",)):
        r = starc("history", *args, cwd=shop)
        assert r.code == 0 and "passed over" in r.text and "seed" in r.out, r.text
    shutil.rmtree(whole.parent)
