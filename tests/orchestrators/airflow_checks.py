"""cosmos in Airflow: a task for each node, by `starc ls` or the manifest; failing, trying again, stopping."""

import json
import signal

NODES = [
    "raw_customers_seed",
    "raw_orders_seed",
    "stg_customers.run",
    "stg_customers.test",
    "stg_orders.run",
    "stg_orders.test",
    "orders_run",
    "customers.run",
    "customers.test",
    "order_status_snapshot",
]


def airflow(p, which=1):
    p.env.update(
        AIRFLOW_HOME=str(p.folder), AIRFLOW__CORE__LOAD_EXAMPLES="False", AIRFLOW__CORE__LAZY_LOAD_PLUGINS="True"
    )
    return p.sh(p.commands(which), timeout=1800)


def state_of(p):
    """The state of each task in Airflow's own database."""
    script = (
        "import sqlite3, sys, json\nrows = sqlite3.connect('airflow.db').execute('select task_id, state, try_number from"
        " task_instance order by 1').fetchall()\nprint(json.dumps([[r[0], r[1], r[2]] for r in rows]))"
    )
    text = p.python(script).ends(0).text
    return {task: (state, tries) for task, state, tries in json.loads(text)}


def ids(p, more=""):
    p.env.update(AIRFLOW_HOME=str(p.folder), AIRFLOW__CORE__LOAD_EXAMPLES="False")
    code = (
        "import sys, json; sys.path.insert(0, 'dags'); import shop; d = shop.shop\n"
        + more
        + "print('TASKS ' + json.dumps({t.task_id: sorted(t.upstream_task_ids) for t in d.tasks}))"
    )
    return json.loads(p.python(code).ends(0).text.split("TASKS ", 1)[1].splitlines()[0])


def page_on_postgres(p):
    airflow(p).ends(0)
    assert p.sql(f"select count(*) from {p.schema}.customers") == "3"
    states = state_of(p)
    assert set(states) == set(NODES), states
    assert {s for s, _ in states.values()} == {"success"}, states
    return f"{len(states)} tasks"


def load_modes(p):
    """By ls and by the manifest: the same tasks with the same order."""
    p.env.update(AIRFLOW_HOME=str(p.folder))
    p.sh("starc parse --project-dir shop --profiles-dir shop && airflow db migrate").ends(0)
    by_ls = ids(p)
    assert by_ls["customers.run"] == ["orders_run"], by_ls
    p.change("dags/shop.py", "ProjectConfig(SHOP,", "ProjectConfig(SHOP, manifest_path=SHOP / 'target/manifest.json',")
    p.change("dags/shop.py", "LoadMode.DBT_LS", "LoadMode.DBT_MANIFEST")
    by_manifest = ids(p)
    assert by_manifest == by_ls, (by_manifest, by_ls)
    p.change("dags/shop.py", "LoadMode.DBT_MANIFEST", "LoadMode.CUSTOM")
    by_itself = ids(p)
    assert "customers.run" in by_itself or "customers_run" in by_itself, by_itself


def on_embedded(p):
    p.change("dags/shop.py", 'target_name="postgres"', 'target_name="embedded"')
    airflow(p).ends(0)
    assert {s for s, _ in state_of(p).values()} == {"success"}


def failing_test(p):
    p.change("shop/seeds/raw_orders.csv", "4,3,", "1,3,")
    p.change("dags/shop.py", '"retries": 1', '"retries": 0')
    ran = airflow(p).has(
        "Failure in test unique_stg_orders_order_id (models/schema.yml)",
        "models/schema.yml:6:",
        "Got 1 result, configured to fail if != 0",
    )
    assert p.pg.password not in ran.text
    states = state_of(p)
    assert states["stg_orders.test"][0] == "failed" and states["customers.run"][0] == "upstream_failed", states
    assert states["stg_orders.run"][0] == "success", states


def tried_again(p):
    """A model that fails the first time and is good the second."""
    p.write("shop/models/late.sql", f"select * from {p.schema}.late_source")
    p.change("dags/shop.py", "timedelta(seconds=1)", "timedelta(seconds=20)")
    p.env.update(AIRFLOW_HOME=str(p.folder), AIRFLOW__CORE__LOAD_EXAMPLES="False")
    run = p.start("bash", "-ec", p.commands(1).replace("airflow dags test", "exec airflow dags test"))
    seen = []
    for line in run.stdout:
        seen.append(line)
        if 'late_source" does not exist' in line:
            p.sql(
                f"create schema if not exists {p.schema}; create table if not exists {p.schema}.late_source as select 1 as x"
            )
    assert run.wait() == 0 and any("late_source" in line for line in seen), "".join(seen)[-3000:]
    assert state_of(p)["late_run"] == ("success", 2), state_of(p)


# What Airflow does with a task that is cleared or set to failed: on_kill() from beside what runs.
STOP = """
import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
import sys, threading; sys.path.insert(0, "dags")
import shop
op = shop.shop.task_dict["slow_run"]
threading.Thread(target=lambda: (signal.sigwait([signal.SIGUSR1]), op.on_kill()), daemon=True).start()
try:
    op.build_and_run_cmd(context={"run_id": "stop"}, cmd_flags=op.add_cmd_flags())
except Exception as e:
    print("ENDED", type(e).__name__, e)
"""


def stopped(p):
    p.slow_model()
    p.env.update(AIRFLOW_HOME=str(p.folder), AIRFLOW__CORE__LOAD_EXAMPLES="False")
    p.sh("airflow db migrate; starc build --exclude slow --project-dir shop --profiles-dir shop").ends(0)
    p.write("stop.py", STOP)
    run = p.start("python", "stop.py")
    p.until(p.sleeping)
    run.send_signal(signal.SIGUSR1)
    text = run.communicate(timeout=120)[0]
    assert "ENDED" in text and "return code 130" in text, text[-3000:]
    p.until(lambda: p.sleeping() == 0, 30)


def bundled_project(p):
    p.bundled()
    p.change("dags/shop.py", 'profile_name="shop"', 'profile_name="chinook"')
    airflow(p).ends(0)
    states = state_of(p)
    assert {s for s, _ in states.values()} == {"success"}, states
    return f"{len(states)} tasks"


CHECKS = [page_on_postgres, load_modes, on_embedded, failing_test, tried_again, stopped, bundled_project]
