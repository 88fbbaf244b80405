"""docs/load.md: its commands are run on a database as it describes, and its YAML is read."""

import pathlib, re

from source_database import SourceDatabase

PAGE = (pathlib.Path(__file__).resolve().parents[2] / "docs/load.md").read_text()
SHOP = """
create table orders (id bigint primary key, amount numeric(10,2));
create table customers (id int primary key, name text, mail text, price numeric, notes text, country text,
  updated_at timestamptz default now());
create table items (id int, name text);
insert into orders select g, g from generate_series(1, 20) g;
insert into customers (id, name, mail, country) values (1, 'Ada', 'ada@example.com', 'CH'),
  (2, 'Bob', 'b@example.com', 'DE');
"""


def blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.S)


def here(text, server, source):
    text = text.replace("localhost", "127.0.0.1").replace("5432", str(server.port))
    text = re.sub(r"\bapp\b", server.user, text)
    return re.sub(r"/shop\b", f"/{source.name}", text).replace("dbname: shop", f"dbname: {source.name}")


def test_the_first_one(engine, starc, project, postgres):
    with SourceDatabase(postgres) as source:
        source(SHOP)
        folder = project({"models/one.sql": "select 1 as one"}, profile=engine.profile("load_docs"))
        env = {"DBT_ENV_SECRET_SHOP_PASSWORD": postgres.password}
        commands = re.findall(r"^\$ starc (.*)$", blocks("console")[0], re.M)
        assert len(commands) == 4
        for command in commands:
            words = here(command, postgres, source).replace('"', "").split()
            run = starc(*words, cwd=folder, env=env)
            assert run.code == 0, command + run.text


def test_its_yaml(engine, starc, project, postgres):
    with SourceDatabase(postgres) as source:
        source(SHOP)
        written, all_of, shaped, files, bucket = blocks("yaml")
        text = here(written, postgres, source)
        assert text.count("mode:") == 2
        shaped = text.split("    tables:")[0] + "    tables:\n" + shaped
        all_of = text.split("    tables:")[0] + all_of
        env = {"DBT_ENV_SECRET_SHOP_PASSWORD": postgres.password}
        for name, yaml in (("written", text), ("all_of", all_of), ("shaped", shaped)):
            given = {"models/one.sql": "select 1 as one", "loads/shop.yml": yaml}
            folder = project(given, name=name, profile=engine.profile("load_docs_" + name))
            types = "String" if engine.name != "postgres" else "text"
            (folder / "loads/shop.yml").write_text(yaml.replace("type: String", "type: " + types))
            run = starc("load", cwd=folder, env=env)
            assert run.code == 0, run.text
        given = {"models/one.sql": "select 1 as one", "loads/drop.yml": files, "loads/bucket.yml": bucket}
        folder = project(given, name="files", profile=engine.profile())
        assert starc("ls", "--resource-type", "load", "--quiet", cwd=folder).out.split() == [
            "load:files.drop.events",
            "load:files.drop.people",
            "load:files.events.clicks",
        ]
