"""The bundled project gives the same answers on all three targets, first run and second."""

from decimal import Decimal

import pytest
from conftest import EMBEDDED, rows


def environment(target, request):
    if target == "clickhouse":
        ch = request.getfixturevalue("clickhouse")
        return {
            "CLICKHOUSE_HOST": "127.0.0.1",
            "CLICKHOUSE_PORT": str(ch.port),
            "CLICKHOUSE_USER": ch.user,
            "DBT_ENV_SECRET_CLICKHOUSE_PASSWORD": ch.password,
        }
    if target == "postgres":
        pg = request.getfixturevalue("postgres")
        return {
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(pg.port),
            "POSTGRES_USER": pg.user,
            "DBT_ENV_SECRET_POSTGRES_PASSWORD": pg.password,
            "POSTGRES_DB": pg.dbname,
        }
    return {}


@pytest.mark.parametrize("target", (["demo"] if EMBEDDED else []) + ["clickhouse", "postgres"])
def test_the_answers(target, request, chinook, starc):
    env = environment(target, request)
    run = lambda *a, cwd: starc(*a, "--target", target, cwd=cwd, env=env)
    for attempt in ("first", "again"):
        r = run("build", cwd=chinook)
        assert r.code == 0, f"{attempt}:\n{r.text}"
        ask = lambda sql: rows(run, chinook, sql)
        assert Decimal(str(ask("select sum(line_total) as n from {{ ref('fct_invoice_line') }}")[0]["n"])) == Decimal(
            "2328.60"
        )
        tiers = {
            r["tier"]: int(r["customers"]) for r in ask("select tier, customers from {{ ref('customers_per_tier') }}")
        }
        assert tiers == {"high": 5, "medium": 9, "low": 45}
        top = ask(
            "select country, genre_name, revenue from {{ ref('revenue_by_genre_and_country') }} order by revenue desc "
            "limit 5"
        )
        assert [(t["country"], t["genre_name"], Decimal(str(t["revenue"]))) for t in top] == [
            ("USA", "Rock", Decimal("155.43")),
            ("Canada", "Rock", Decimal("105.93")),
            ("USA", "Latin", Decimal("90.09")),
            ("Brazil", "Rock", Decimal("80.19")),
            ("France", "Rock", Decimal("64.35")),
        ]
        months = ask("select count(*) as n, sum(revenue) as revenue from {{ ref('revenue_by_month') }}")[0]
        assert (int(months["n"]), Decimal(str(months["revenue"]))) == (60, Decimal("2328.60"))
        assert int(ask("select count(*) as n from {{ ref('top_tracks') }}")[0]["n"]) == 20
