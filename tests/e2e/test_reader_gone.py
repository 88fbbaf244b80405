"""A build whose output nobody reads any more: who started it is gone, or is about to stop it."""

import json, os, signal, subprocess, time

import pytest

from conftest import STARC

# dagster-dbt closes the pipe first and sends SIGINT then; an orchestrator that was killed sends nothing.
WAYS = [(None, 141), (signal.SIGINT, 130)]


def start(folder, **kw):
    env = dict(os.environ, HOME=str(folder), NO_COLOR="1")
    return subprocess.Popen(
        [STARC, "build"],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **kw,
    )


@pytest.fixture
def slow(project, engine):
    query = (
        "select 1 as id from pg_sleep(60)"
        if engine.name == "postgres"
        else "select sum(sipHash64(number)) as id from numbers_mt(400000000000)"
    )
    files = {
        "models/a.sql": "{{ config(materialized='table') }}select 1 as id",
        "models/slow.sql": "{{ config(materialized='table') }}-- {{ ref('a') }}\n" + query,
    }
    return project(files, profile=engine.profile())


@pytest.mark.parametrize("number,code", WAYS)
def test_a_build_ends_with_its_reader(slow, number, code):
    """Statements are cancelled and artifacts written, as after a signal."""
    p = start(slow)
    for line in p.stdout:
        if " a " in line + " " or ".a" in line:
            break
    time.sleep(1.5)
    p.stdout.close()
    if number:
        p.send_signal(number)
    assert p.wait(20) == code
    results = json.loads((slow / "target/run_results.json").read_text())["results"]
    assert any(r["unique_id"] == "model.shop.a" and r["status"] == "success" for r in results)


def test_who_ignores_the_signal_wants_it_to_go_on(project, starc, request):
    from conftest import profile_for

    folder = project(
        {
            "models/a.sql": "{{ config(materialized='table') }}select 1 as id from pg_sleep(2)",
            "models/b.sql": "select id from {{ ref('a') }}",
        },
        profile=profile_for("postgres", request, "reader", threads=1),
    )
    p = start(folder, restore_signals=False, preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_IGN))
    p.stdout.close()
    assert p.wait(60) == 1  # its output was lost
    results = json.loads((folder / "target/run_results.json").read_text())["results"]
    assert [r["status"] for r in results] == ["success", "success"]
