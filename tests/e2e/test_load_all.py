"""Loads of all tables that a source has, or of those that a pattern stands for: which, when they come and go, and which
commands ask the source for them."""

import json

from conftest import profile_for, rows
from source_database import SourceDatabase

SHOP = """
create table orders (id int primary key, a int); insert into orders values (1, 1), (2, 2);
create table items (id int); insert into items values (1);
create table audit_log (id int); create table audit_mail (id int);
create view big as select * from orders where id > 1;
create table parts (id int) partition by range (id);
create table parts_low partition of parts for values from (0) to (10); insert into parts values (5);
create table starc_loads (id int);
"""
SOURCES = {
    "sources": [
        {
            "name": "raw",
            "schema": "all_of",
            "tables": [{"name": "orders"}, {"name": "things", "config": {"load": "shop.items"}}],
        }
    ]
}


def shop(source, **keys):
    """The text of a load of all tables."""
    text = json.loads(source.load("all", schema="all_of"))
    text["loads"][0].update(keys)
    return json.dumps(text)


def names(starc, folder, *more):
    run = starc("ls", "--resource-type", "load", "--output", "name", "--quiet", *more, cwd=folder)
    assert run.code == 0, run.text
    return run.out.split()


def test_all_tables(engine, starc, project, postgres):
    with SourceDatabase(postgres) as source:
        source(SHOP)
        given = {
            "models/orders_m.sql": "select * from {{ source('raw', 'orders') }}",
            "models/s.yml": json.dumps(SOURCES),
            "loads/shop.yml": shop(source, exclude=["audit_*"]),
        }
        folder = project(given, profile=engine.profile("all_models"))
        # Before the first load nobody knows them: no command but a load asks, nor fails for that.
        run = starc("parse", cwd=folder)
        assert run.code == 0 and names(starc, folder) == [], run.text
        assert "which tables 'shop' has is not known yet" in run.text and "loads/shop.yml:1:" in run.text, run.text
        run = starc("load", "--dry-run", cwd=folder)
        assert run.code == 0 and "shop.big" in run.text and not (folder / "target/load_results.json").exists(), run.text
        run = starc("load", cwd=folder)
        assert run.code == 0 and "PASS=4 " in run.text, run.text
        wanted = ["shop.big", "shop.items", "shop.orders", "shop.parts"]
        count = lambda table: int(rows(starc, folder, f"select count(*) as n from all_of.{table}")[0]["n"])
        assert [count(t) for t in ("big", "items", "orders", "parts")] == [1, 1, 2, 1]
        assert sorted(names(starc, folder)) == wanted
        assert starc("build", cwd=folder).code == 0  # a plain one asks no source

        # Some tables otherwise than the others; new ones come, and one goes.
        some = [{"name": "orders", "mode": "append", "cursor": "id"}, {"name": "*", "tags": ["rest"]}]
        (folder / "loads/shop.yml").write_text(shop(source, tables=some, exclude=["audit_*", "parts"]))
        source("create table extras (id int); drop table items; insert into orders values (3, 3)")
        assert sorted(names(starc, folder)) == ["shop.big", "shop.items", "shop.orders"]  # as far as is known
        run = starc("build", "--with-loads", cwd=folder)
        assert run.code == 0 and "warning: the source of 'shop' has items no more" in run.text, run.text
        assert "1 row" in run.text, run.text
        assert count("orders") == 3 and count("extras") == 0 and count("items") == 1
        assert sorted(names(starc, folder, "--select", "tag:rest")) == ["shop.big", "shop.extras"]
        kept = json.loads((folder / "target/loads.json").read_text())["loads"]
        assert {v["table"]: v["listed"] for v in kept.values()} == {"orders": False, "big": True, "extras": True}
        assert starc("retry", cwd=folder).code == 0

        # The source cannot be asked: which is told at its place, and hinders nothing else.
        away = shop(source).replace(f'"port": {postgres.port}', '"port": 9')
        (folder / "loads/shop.yml").write_text(away)
        run = starc("load", cwd=folder)
        assert run.code == 2 and "the tables of 'shop' cannot be listed: " in run.text, run.text
        assert "loads/shop.yml:1:" in run.text and postgres.password not in run.text
        assert starc("build", "--select", "orders_m", cwd=folder).code == 0
        (folder / "loads/shop.yml").write_text(shop(source).replace('"public"', '"nowhere"'))
        run = starc("load", cwd=folder)
        assert run.code == 2 and "has no table in the schema 'nowhere'" in run.text and "is `schema:`" in run.text


def test_names_that_look_like_patterns(starc, project, postgres, request):
    """What `load init` writes of them; a pattern that stands for no table; a model whose name has `load` in it."""
    with SourceDatabase(postgres) as source:
        source('create table "a[1]" (id int); create table "what?" (id int); create table whats (id int);')
        profile = profile_for("postgres", request, "odd_models")
        folder = project({"models/payload.sql": "select 1 as one"}, profile=profile)
        address = f"postgres://{postgres.user}:{postgres.password}@127.0.0.1:{postgres.port}/{source.name}"
        assert starc("load", "init", "--from", address, "--name", "odd", cwd=folder).code == 0
        env = {"DBT_ENV_SECRET_ODD_PASSWORD": postgres.password}
        run = starc("load", cwd=folder, env=env)
        assert run.code == 0 and "PASS=3 " in run.text and "named like" not in run.text, run.text
        text = (folder / "loads/odd.yml").read_text()
        (folder / "loads/odd.yml").write_text(text.replace("- {name: whats}", '- {name: "whatz*"}'))
        run = starc("load", cwd=folder, env=env)
        assert run.code == 0 and "has no table that is named like whatz*" in run.text, run.text
    run = starc("build", "--select", "payload", cwd=folder, env=env)  # the source is gone: nobody asks it
    assert run.code == 0, run.text


def test_all_of_what_has_no_list(starc, project, postgres):
    with SourceDatabase(postgres) as source:
        files = {"loads": [{"name": "drop", "from": {"type": "files", "path": "x"}, "tables": "all"}]}
        wrong = {
            json.dumps(files): "'drop' loads files, which are no tables that could be listed",
            shop(source, tables=["orders"], exclude=["x"]): "takes tables out of a list that names each of them",
            shop(source, exclude="x"): "`exclude:` of a load must be a list",
            shop(source, tables="every"): "`tables:` must be a list, or the word all",
        }
        for number, (text, said) in enumerate(wrong.items()):
            given = {"models/one.sql": "select 1 as one", "loads/shop.yml": text}
            folder = project(given, name=f"wrong_{number}")
            run = starc("parse", cwd=folder)
            assert run.code == 2 and said in run.text and "loads/shop.yml:1:" in run.text, run.text
