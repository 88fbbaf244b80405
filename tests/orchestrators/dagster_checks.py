"""dagster-dbt: assets and checks out of the manifest, events out of the log, cancelling."""

import json, signal

# Materializes what is selected and prints one line of JSON: what dagster recorded.
RECORD = """
import json, sys
from dagster import DagsterInstance, AssetSelection, materialize
import definitions as d
keys = [k for k in sys.argv[1:]]
with DagsterInstance.ephemeral() as instance:
    r = materialize([d.shop], instance=instance, resources=d.defs.resources, raise_on_error=False,
                    selection=AssetSelection.keys(*keys) if keys else None)
    value = lambda m: {k: v.value for k, v in m.items()}
    made = {e.asset_key.to_user_string(): value(e.materialization.metadata) for e in r.get_asset_materialization_events()}
    checks = {c.check_name: [c.passed, c.severity.value, value(c.metadata)] for c in r.get_asset_check_evaluations()}
    failed = [e.step_failure_data.error.to_string() for e in r.get_step_failure_events()]
    print("RECORD " + json.dumps([r.success, made, checks, failed]))
"""


def record(p, *keys):
    p.sh(p.commands(0)).ends(0)
    ran = p.python(RECORD, *keys).ends(0)
    return json.loads(ran.text.split("RECORD ", 1)[1].splitlines()[0]), ran.text


def page_on_postgres(p):
    """What stands on the page, as it stands there."""
    p.sh(p.commands(0)).ends(0)
    p.sh(p.commands(1)).ends(0).has("RUN_SUCCESS", "ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION")
    assert p.sql(f"select count(*) from {p.schema}.customers") == "3"


def metadata(p):
    (success, made, checks, failed), _ = record(p)
    assert success and not failed
    assert set(made) == {
        "raw_customers",
        "raw_orders",
        "stg_customers",
        "stg_orders",
        "orders",
        "customers",
        "order_status",
    }, made
    for name, m in made.items():
        assert m["unique_id"].split(".")[-1] == name and m["status"] == "success" and m["Execution Duration"] > 0, m
    assert len(checks) == 7, checks  # the test on two models too: it is of the model that it stands below
    warned = checks.pop("accepted_values_stg_orders_status__done__sent")
    assert warned[:2] == [False, "WARN"] and warned[2]["dagster_dbt/failed_row_count"] == 1, warned
    assert all(passed and m["dagster_dbt/failed_row_count"] == 0 for passed, _, m in checks.values()), checks
    return f"{len(made)} assets, {len(checks) + 1} checks"


def on_embedded(p):
    p.env["SHOP_TARGET"] = "embedded"
    (success, made, checks, failed), _ = record(p)
    assert success and len(made) == 7 and len(checks) == 7, (made, checks, failed)


def some_assets(p):
    """A selection is the nodes themselves and their tests, which may read what was built before; what is below is left alone."""
    record(p)
    (success, made, checks, failed), _ = record(p, "raw_orders", "stg_orders")
    assert success and set(made) == {"raw_orders", "stg_orders"}, (made, failed)


def failing_test(p):
    p.change("shop/seeds/raw_orders.csv", "4,3,", "1,3,")
    (success, made, checks, failed), text = record(p)
    assert not success and "customers" not in made, made
    unique = checks["unique_stg_orders_order_id"]
    assert unique[:2] == [False, "ERROR"] and unique[2]["dagster_dbt/failed_row_count"] == 1, unique
    for said in (failed[0], text):
        assert "Failure in test unique_stg_orders_order_id (models/schema.yml)" in said, said[-3000:]
        assert "Got 1 result, configured to fail if != 0" in said, said[-3000:]
    p.change("shop/seeds/raw_orders.csv", "1,3,", "4,3,")  # mended: the next run goes through
    (success, made, _, failed), _ = record(p)
    assert success and "customers" in made, failed


def failing_model(p):
    p.write("shop/models/broken.sql", "select\n  nothing\nfrom {{ ref('orders') }}\n")
    (success, made, _, failed), _ = record(p)
    assert not success and "customers" in made and "broken" not in made
    assert "models/broken.sql:2" in failed[0] and 'column "nothing" does not exist' in failed[0], failed[0][-3000:]
    assert p.pg.password not in failed[0]


def cancelled(p):
    p.slow_model()
    p.sh(p.commands(0)).ends(0)
    run = p.start("dagster", "asset", "materialize", "--select", "*", "-f", "definitions.py")
    p.until(p.sleeping)
    run.send_signal(signal.SIGINT)
    text = run.communicate(timeout=120)[0]
    assert run.returncode != 0 and "Execution was interrupted" in text, text[-3000:]
    p.until(lambda: p.sleeping() == 0, 30)
    left = list((p.folder / "shop/target").glob("shop-*/run_results.json"))
    status = {r["unique_id"]: r["status"] for r in json.loads(left[0].read_text())["results"]}
    assert status["seed.shop.raw_orders"] == "success" and status["model.shop.slow"] == "skipped", status


def under_dagster_dev(p):
    """prepare_if_dev() makes the manifest through the name dbt."""
    p.sh(p.commands(0).rsplit("\n", 1)[0]).ends(0)
    assert not (p.folder / "shop/target/manifest.json").exists()
    p.env["DAGSTER_IS_DEV_CLI"] = "1"
    p.python("import definitions; print(len(definitions.defs.resolve_asset_graph().get_all_asset_keys()))").ends(0).has(
        "7"
    )


def many_assets(p):
    """So many that dagster-dbt writes a file of selectors into a copy of the project."""
    for i in range(210):
        p.write(f"shop/models/many/m{i}.sql", "{{ config(materialized='view') }} select 1 as x")
    p.sh(p.commands(0)).ends(0)
    (success, made, _, failed), text = record(p, *(f"m{i}" for i in range(210)))
    assert success and len(made) == 210 and "--selector" in text, (len(made), failed, text[-1000:])


def bundled_project(p):
    p.bundled()
    p.change("definitions.py", "project=project)\n", "project=project, dagster_dbt_translator=SourcesApart())\n")
    p.change("definitions.py", "from pathlib", "from keys import SourcesApart\nfrom pathlib")
    p.env["DBT_TARGET"] = "postgres"
    (success, made, checks, failed), _ = record(p)
    manifest = json.loads((p.folder / "shop/target/manifest.json").read_text())["nodes"].values()
    assets = [n for n in manifest if n["resource_type"] in ("seed", "model", "snapshot")]
    assert success and len(made) == len(assets) and len(checks) > 50, (len(made), len(assets), len(checks), failed)
    return f"{len(made)} assets, {len(checks)} checks"


CHECKS = [
    page_on_postgres,
    metadata,
    on_embedded,
    some_assets,
    failing_test,
    failing_model,
    cancelled,
    under_dagster_dev,
    many_assets,
    bundled_project,
]
