"""Prefect: DbtCoreOperation and ShellOperation, which start a shell; retries, cancelling."""

import json, signal


def flow(p, file="flow.py"):
    p.env.update(
        PREFECT_HOME=str(p.folder / ".prefect"),
        PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS="300",
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
        DO_NOT_TRACK="1",
    )
    return p.sh(p.commands(1).replace("flow.py", file))


def results(p):
    return json.loads((p.folder / "shop/target/run_results.json").read_text())


def page_on_postgres(p):
    flow(p).ends(0).has(
        "Finished in state Completed", "shop.customers".replace("shop", p.schema), "Done. PASS=14 WARN=1 ERROR=0"
    )
    assert p.sql(f"select count(*) from {p.schema}.customers") == "3"


def on_embedded(p):
    p.env["SHOP_TARGET"] = "embedded"
    flow(p).ends(0).has("Done. PASS=14 WARN=1 ERROR=0")


def shell_operation(p):
    flow(p, "shell_flow.py").ends(0).has("Finished in state Completed", "Done. PASS=14")


def failing_test(p):
    """The task fails with starc's words, its retry runs `starc retry`, and once mended a new run is good."""
    p.change("shop/seeds/raw_orders.csv", "4,3,", "1,3,")
    ran = (
        flow(p)
        .ends(1)
        .has(
            "Failure in test unique_stg_orders_order_id (models/schema.yml)",
            "models/schema.yml:6:",
            "Got 1 result, configured to fail if != 0",
            "failed with return code 1",
        )
    )
    assert ran.text.count("Failure in test unique_stg_orders_order_id") >= 2 and p.pg.password not in ran.text
    again = {r["unique_id"] for r in results(p)["results"]}
    assert "model.shop.customers" in again and "seed.shop.raw_orders" not in again, again
    p.change("shop/seeds/raw_orders.csv", "1,3,", "4,3,")
    flow(p).ends(0)


def mended_while_waiting(p):
    """What a retry does: only what failed or was skipped."""
    p.write("shop/models/late.sql", "select * from late_source")
    p.change("flow.py", "retry_delay_seconds=1", "retry_delay_seconds=15")
    p.env.update(PREFECT_HOME=str(p.folder / ".prefect"), PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS="300")
    p.write("shop/models/late.sql", "select * from " + p.schema + ".late_source")
    run = p.start("python", "flow.py")
    p.until(lambda: (p.folder / "shop/target/run_results.json").exists())
    p.sql(f"create table {p.schema}.late_source as select 1 as x")
    text = run.communicate(timeout=300)[0]
    assert run.returncode == 0 and 'relation "' in text, text[-3000:]
    assert [r["unique_id"] for r in results(p)["results"]] == ["model.shop.late"], text[-2000:]


def cancelled(p):
    p.slow_model()
    p.env.update(PREFECT_HOME=str(p.folder / ".prefect"), PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS="300")
    run = p.start("python", "flow.py")
    p.until(p.sleeping)
    run.send_signal(signal.SIGTERM)
    ended = run.wait(timeout=60)
    p.until(lambda: p.sleeping() == 0, 30)
    p.end()  # Prefect's own server, which keeps the output open
    text = run.communicate(timeout=60)[0]
    assert ended == -signal.SIGTERM and "Crashed('Execution was aborted by a termination signal.')" in text, text[-3000:]
    assert "cancelled while running: slow" in text, text[-3000:]
    assert "model.shop.customers" in {r["unique_id"] for r in results(p)["results"]}, "no artifacts were written"


def bundled_project(p):
    p.bundled()
    p.env["DBT_TARGET"] = "postgres"
    flow(p).ends(0).has("ERROR=0")
    return next(line.split(" Done. ")[-1] for line in flow(p).ends(0).text.splitlines() if " Done. " in line)


CHECKS = [
    page_on_postgres,
    on_embedded,
    shell_operation,
    failing_test,
    mended_while_waiting,
    cancelled,
    bundled_project,
]
