"""`load init`: the YAML that it writes of a database, and its address, whose password stands nowhere."""

import json, os, subprocess, urllib.parse

from conftest import STARC, profile_for, rows
from source_database import SourceDatabase

SHOP = """
create table orders (id bigint primary key, amount numeric(10,2) not null, note text);
insert into orders select g, g, 'n' from generate_series(1, 50) g;
create view big_orders as select * from orders where amount > 40;
analyze orders;
"""


def test_the_yaml_of_a_database(engine, starc, project, postgres):
    with SourceDatabase(postgres) as source:
        source(SHOP + "create schema nothing;")
        model = "select count(*) as n from {{ source('shop', 'orders') }}"
        folder = project({"models/orders.sql": model}, profile=engine.profile("shop"))
        address = f"postgres://{postgres.user}:{postgres.password}@127.0.0.1:{postgres.port}/{source.name}"
        run = starc("load", "init", "--from", address, "--name", "shop", cwd=folder)
        assert run.code == 0 and "loads/shop.yml" in run.text, run.text
        text = (folder / "loads/shop.yml").read_text()
        assert postgres.password not in text + run.text
        assert "- {name: orders}  # key: [id]" in text and "- {name: big_orders}" in text and "data_type" in text
        assert starc("load", "init", "--from", address, "--name", "shop", cwd=folder).code == 2  # not over a file
        empty = starc("load", "init", "--from", address + "?schema=nothing", "--name", "none", cwd=folder)
        assert empty.code == 2 and "no table in the schema 'nothing'" in empty.text, empty.text
        assert not (folder / "loads/none.yml").exists()
        env = {"DBT_ENV_SECRET_SHOP_PASSWORD": postgres.password}
        look = starc("load", "--dry-run", "--select", "load:shop.orders", cwd=folder, env=env)
        assert look.code == 0 and "about 50 rows" in look.text and "numeric(10,2)" in look.text, look.text
        assert not (folder / "target/load_results.json").exists()
        kinds = ["--resource-type", "load", "source", "--output", "name", "--quiet"]
        listed = starc("ls", *kinds, cwd=folder, env=env).out.split()
        assert sorted(listed) == ["shop.big_orders", "shop.big_orders", "shop.orders", "shop.orders"]
        run = starc("build", "--with-loads", cwd=folder, env=env)
        assert run.code == 0, run.text
        assert rows(starc, folder, "select count(*) as n from raw_shop.orders")[0]["n"] in (50, "50")
        assert rows(starc, folder, "select n from shop.orders")[0]["n"] in (50, "50")
        results = json.loads((folder / "target/load_results.json").read_text())["results"]
        assert {r["unique_id"].split(".", 2)[2]: r["status"] for r in results} == {
            "shop.orders": "success",
            "shop.big_orders": "success",
        }
        loads = json.loads((folder / "target/loads.json").read_text())["loads"]
        assert all(v["fills"] for v in loads.values()) and postgres.password not in json.dumps(loads)
        for name in ("manifest.json", "run_results.json"):
            assert '"load.' not in (folder / "target" / name).read_text()


def test_columns_to_decide_about(engine, starc, project, postgres):
    """What takes no NULL is said at its column; a type that the load names is not held against the YAML of init."""
    with SourceDatabase(postgres) as source:
        source("create table old (id int not null, opened date, tags text[]);")
        source("insert into old values (1, '1890-05-01', '{a}')")
        folder = project({"models/m.sql": "select 1 as id"}, profile=engine.profile("old_shop"))
        address = f"postgres://{postgres.user}:{postgres.password}@127.0.0.1:{postgres.port}/{source.name}"
        run = starc("load", "init", "--from", address, "--name", "old", cwd=folder)
        assert run.code == 0, run.text
        path = folder / "loads/old.yml"
        text = path.read_text()
        assert text.count("takes no NULL: if there is one, at the load's table columns: {tags:") == (
            0 if engine.name == "postgres" else 1
        ), text
        kind = "text" if engine.name == "postgres" else "String"
        path.write_text(text.replace("{name: old}", "{name: old, columns: {opened: {type: %s}}}" % kind))
        env = {"DBT_ENV_SECRET_OLD_PASSWORD": postgres.password}
        loaded = starc("load", cwd=folder, env=env)
        assert loaded.code == 0, loaded.text
        checked = starc("source", "check", cwd=folder, env=env)
        assert checked.code == 0, checked.text


def test_addresses_that_are_none(engine, starc, project):
    folder = project({"models/one.sql": "select 1 as one"}, profile=engine.profile("none_of"))
    for address in ("", "mysql://a@b/c", "postgres://", "shop"):
        run = starc("load", "init", "--from", address, cwd=folder)
        assert run.code == 2 and "postgres://user@host" in run.text, run.text
    run = starc("load", "init", "--from", "postgres://u:secret-word@127.0.0.1:1/shop", cwd=folder)
    assert run.code == 2 and "secret-word" not in run.text and not (folder / "loads").exists(), run.text


class Trusting:
    """A database, and a role of its own whose password is unlike any other word."""

    def __init__(self, postgres, password):
        self.source, self.password = SourceDatabase(postgres), password
        self.role = f"looker_{os.getpid()}"

    def __enter__(self):
        self.source.__enter__()
        self.source(SHOP)
        quoted = self.password.replace("'", "''")
        self.source(f"drop role if exists {self.role}; create role {self.role} login password '{quoted}'")
        self.source(f"grant select on all tables in schema public to {self.role}")
        return self

    def __exit__(self, *_):
        self.source(f"drop owned by {self.role}; drop role {self.role}")
        self.source.__exit__()


def written(folder):
    """All that a run left, of any kind."""
    return "".join(f.read_bytes().decode(errors="replace") for f in folder.rglob("*") if f.is_file())


PASSWORD = "pl@in/s3cret 77"


def forms(looker, port):
    """Addresses with the password: those that are understood, and those that are not."""
    role, name, raw = looker.role, looker.source.name, PASSWORD
    percent = urllib.parse.quote(raw, safe="")
    partly = "".join(f"%{ord(c):02x}" if c in "lain@/ " else c for c in raw)
    server = f"127.0.0.1:{port}"
    return {
        "percent": (f"postgres://{role}:{percent}@{server}/{name}", True),
        "partly": (f"postgresql://{role}:{partly}@{server}/{name}?sslmode=prefer", True),
        "parameter": (f"postgres://{role}@{server}/{name}?password={percent}&schema=public", True),
        "pairs": (f"host=127.0.0.1 port={port} user={role} dbname={name} password='{raw}'", True),
        "sloppy": (f"postgres://{role}:{raw}@{server}/{name}", False),
        "no_host": (f"postgres://{role}:{raw.replace('@', '')}", False),
        "no_scheme": (f"mysql://{role}:{raw}@{server}/{name}", False),
        "unknown": (f"postgres://{role}:{percent}@{server}/{name}?sslcompression=1", False),
        "wrong_port": (f"postgres://{role}:{percent}@127.0.0.1:1/{name}", False),
    }


def test_no_password_of_an_address_is_shown(starc, project, postgres, request):
    with Trusting(postgres, PASSWORD) as looker:
        for form, (address, good) in forms(looker, postgres.port).items():
            for more in ([], ["--log-format", "json", "--debug"]):
                name = f"{form}_{len(more)}"
                folder = project(
                    {"models/one.sql": "select 1 as one"}, name=name, profile=profile_for("postgres", request, "shown")
                )
                run = starc("load", "init", "--from", address, "--name", "shop", *more, cwd=folder)
                assert run.code == (0 if good else 2), (form, run.text)
                said = run.text + written(folder)
                percent = urllib.parse.quote(PASSWORD, safe="")
                for secret in (PASSWORD, percent, percent.lower(), "s3cret", "in%2fs3", "pl%40in"):
                    assert secret not in said, (form, secret, run.text)
                if good:
                    text = (folder / "loads/shop.yml").read_text()
                    assert "{{ env_var('DBT_ENV_SECRET_SHOP_PASSWORD') }}" in text, text
        # A word that is no option either.
        run = starc("load", "init", forms(looker, postgres.port)["sloppy"][0], cwd=folder)
        assert run.code == 2 and "s3cret" not in run.text, run.text


def test_who_lists_processes_sees_no_password(starc, project, postgres, request, tmp_path):
    """The command line is overwritten as soon as it was read."""
    import socket, time

    with socket.create_server(("127.0.0.1", 0)) as silent:
        folder = project({"models/one.sql": "select 1"}, profile=profile_for("postgres", request, "listed"))
        port = silent.getsockname()[1]
        address = f"postgres://looker:pl4in-s3cret@127.0.0.1:{port}/shop"
        words = [STARC, "load", "init", "--from", address, "--name", "shop"]
        process = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            silent.settimeout(60)
            client, _ = silent.accept()  # it has begun
            with client, open(f"/proc/{process.pid}/cmdline") as f:
                line = f.read()
        finally:
            process.kill()
            process.wait()
        assert "s3cret" not in line and "looker:************" in line, line


def test_each_parameter_is_kept_or_refused(starc, project, postgres, request):
    with Trusting(postgres, "pl4in-s3cret") as looker:
        profile = profile_for("postgres", request, "kept")
        folder = project({"models/one.sql": "select 1 as one"}, profile=profile)
        base = f"postgres://{looker.role}:pl4in-s3cret@"
        (folder / "services").write_text(
            f"[mine]\nhost=127.0.0.1\nport={postgres.port}\nuser={looker.role}\ndbname={looker.source.name}\n"
        )
        (folder / "pass").write_text(f"*:*:*:{looker.role}:pl4in-s3cret\n")
        (folder / "pass").chmod(0o600)
        env = {"PGSERVICEFILE": str(folder / "services"), "PGPASSFILE": str(folder / "pass")}

        def init(address, name, **more):
            run = starc("load", "init", "--from", address, "--name", name, cwd=folder, env={**env, **more})
            path = folder / f"loads/{name}.yml"
            return run, path.read_text() if path.exists() else ""

        server, name = f"127.0.0.1:{postgres.port}", looker.source.name
        run, text = init(
            f"{base}{server}/{name}?sslmode=prefer&options=-c%20statement_timeout%3D70000&connect_timeout=7"
            "&application_name=%7B%7Bmine%7D%7D&target_session_attrs=any",
            "kept",
        )
        assert run.code == 0, run.text
        for line in (
            'sslmode: "prefer"',
            'options: "-c statement_timeout=70000"',
            "connect_timeout: 7",
            'application_name: "{% raw %}{{mine}}{% endraw %}"',
            'target_session_attrs: "any"',
        ):
            assert line in text, text
        run, text = init(f"{base}{server}/{name}?sslmode=require", "refused_tls")  # the server has no TLS
        assert run.code == 2 and "SSL" in run.text and not text, run.text
        run, text = init(f"{base}{server},{server}/{name}", "two_hosts")
        assert run.code == 0 and 'host: "127.0.0.1,127.0.0.1"' in text, run.text + text
        run, text = init(f"{base}127.0.0.1:1,{server}/{name}", "two_ports")
        assert run.code == 2 and "different ports" in run.text and not text, run.text
        run, text = init(f"{base}[::1]:1/{name}", "six")
        assert run.code == 2 and "port 1" in run.text and "could not translate" not in run.text, run.text
        run, text = init(f"{base}{server}/{name}?sslcompression=1", "unknown")
        assert run.code == 2 and "has no key 'sslcompression'" in run.text, run.text
        run, text = init(f"{base}{server}/{name}?sslpassword=w0rd-of-it", "secret")
        assert run.code == 2 and "'sslpassword' is a secret" in run.text and "w0rd" not in run.text, run.text
        run, text = init(f"{base}{server}", "nothing")
        assert run.code == 2 and "names no database" in run.text, run.text
        # Without a password: from a service, and from libpq's file of passwords, which both stay where they are.
        for address in ("service=mine", "postgres:///?service=mine", f"postgres://{looker.role}@{server}/{name}"):
            run, text = init(address, "without")
            assert run.code == 0 and "password" not in text, run.text + text
            look = starc("load", "--dry-run", "--select", "load:without", cwd=folder, env=env)
            assert look.code == 0 and "TOTAL=2" in look.text, look.text
            (folder / "loads/without.yml").unlink()
        (folder / "pass").unlink()
        run, text = init(f"postgres://{looker.role}@{server}/{name}", "without")
        assert run.code == 2 and "DBT_ENV_SECRET_WITHOUT_PASSWORD" in run.text, run.text
        run, text = init(
            f"postgres://{looker.role}@{server}/{name}", "without", DBT_ENV_SECRET_WITHOUT_PASSWORD="pl4in-s3cret"
        )
        assert run.code == 0, run.text
        look = starc("load", "--select", "load:without", cwd=folder)
        assert look.code in (1, 2) and "DBT_ENV_SECRET_WITHOUT_PASSWORD" in look.text, look.text


def test_tables_that_starc_made_are_left_out(starc, project, postgres, request):
    with SourceDatabase(postgres) as source:
        source("create table starc_loads (load text); create table orders__dbt_new_data (id int)" + ";" + SHOP)
        folder = project({"models/one.sql": "select 1 as one"}, profile=profile_for("postgres", request, "own_of"))
        address = f"postgres://{postgres.user}:{postgres.password}@127.0.0.1:{postgres.port}/{source.name}"
        run = starc("load", "init", "--from", address, "--name", "shop", cwd=folder)
        assert run.code == 0 and "a load of 2 tables" in run.text, run.text
        assert "left out, since starc made them: orders__dbt_new_data, starc_loads" in run.text, run.text
        text = (folder / "loads/shop.yml").read_text()
        assert "starc_loads" not in text and "__dbt" not in text


def test_no_password_of_a_connection_is_shown(starc, project, postgres, request):
    """Also where the file is wrong beside it, or is no YAML."""
    one_line = (
        "loads: [{name: shop, fron: x, from: {type: postgres, host: 127.0.0.1, port: 1, user: me, "
        "password: pl4in-s3cret, dbname: x, nokey: 1}, tables: [{name: a, cursr: id}]}]\n"
    )
    forms = {
        "one_line": one_line,
        "no_yaml": one_line.replace("tables: [", "tables: [[").replace("}]}]", "}]}"),
        "no_load": one_line.replace("name: shop, ", ""),
        "files": "loads: [{name: shop, fron: x, from: {type: files, path: 'http://me:pl4in-s3cret@127.0.0.1:1/', "
        "secret: other-s3cret}, tables: [a]}]\n",
    }
    for form, text in forms.items():
        given = {"models/one.sql": "select 1 as one", "loads/shop.yml": text}
        folder = project(given, name=form, profile=profile_for("postgres", request, "hidden"))
        for words in (["ls"], ["load"], ["load", "--log-format", "json", "--debug"]):
            if form == "files" and "load" in words:
                words = [*words, "--dry-run", "--select", "load:nothing"]  # a server that is not there is asked again
            run = starc(*words, cwd=folder)
            (folder / "loads/shop.yml").unlink()
            said = run.text + written(folder)
            (folder / "loads/shop.yml").write_text(text)
            assert "loads/shop.yml" in said and "s3cret" not in said, (form, words, said)
