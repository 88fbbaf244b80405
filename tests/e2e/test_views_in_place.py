"""Postgres: a view takes the place of a view in one statement, and what comes out is what a new view would be."""

import re, subprocess, time
import pytest
from conftest import profile_for
from servers import postgres_bin

VIEW = "{{ config(materialized='view'%s) }}select 1 as id%s"
ON_IT = "select id from {{ ref('low') }}"
OVERRIDE = """{% macro postgres__create_view_as(relation, sql) %}create view {{ relation }} with (security_barrier) as
 {{ sql }}{% endmacro %}"""


@pytest.fixture
def place(project, starc, request, postgres):
    def sql(text):
        p = subprocess.run(
            [
                f"{postgres_bin()}/psql",
                "-XAtq",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                "127.0.0.1",
                "-p",
                str(postgres.port),
                "-U",
                postgres.user,
                "-d",
                postgres.dbname,
                "-c",
                text,
            ],
            capture_output=True,
            text=True,
            env={"PGPASSWORD": postgres.password, "PATH": "/usr/bin:/bin"},
        )
        assert p.returncode == 0, p.stderr
        return p.stdout.strip()

    def make(schema, files):
        make.schema, make.folder = schema, project(files, profile=profile_for("postgres", request, schema))

    def build(*args, code=0):
        """A run; whether each relation is the one that was there before."""
        before = oids()
        r = starc("run", *args, cwd=make.folder)
        assert r.code == code, r.text
        make.text = (make.folder / "logs/dbt.log").read_text()
        return {name: before.get(name) == oid for name, oid in oids().items()}

    def oids():
        return dict(
            line.split("|")
            for line in sql(
                f"select relname, oid from pg_class where relnamespace = to_regnamespace('{make.schema}') and relkind "
                f"in ('v', 'r')"
            ).splitlines()
        )

    make.sql, make.build, make.pg = sql, build, postgres
    for role in ("place_reader", "place_owner"):
        sql(
            f"do $$ begin if not exists (select from pg_roles where rolname = '{role}') then create role {role}; end "
            f"if; end $$"
        )
    yield make
    sql("alter default privileges revoke select on tables from place_reader")


def test_a_view_that_stays_as_it_is_called_is_not_made_anew(place):
    place(
        "in_place",
        {
            "models/low.sql": VIEW % ("", ""),
            "models/mid.sql": ON_IT,
            "models/high.sql": "select * from {{ ref('mid') }}",
        },
    )
    same, where = {"low": True, "mid": True, "high": True}, place.folder / "models/low.sql"
    place.build()
    assert place.build() == same
    where.write_text(VIEW % ("", ", 2 as more"))  # a column at the end
    assert place.build() == same and place.sql("select more from in_place.low") == "2"
    # what the database refuses: a column that goes, another type, another name. What reads the view stays
    for text in ("1 as id", "1::bigint as id", "1::bigint as other"):
        where.write_text("select " + text)
        if "other" in text:
            (place.folder / "models/mid.sql").write_text("select other as id from {{ ref('low') }}")
        assert not place.build()["low"], text
        assert place.build() == same and place.sql("select count(id) from in_place.high") == "1"
    where.write_text("{{ config(materialized='table') }}select 1 as other")
    assert not place.build()["low"]
    where.write_text("select 1 as other")
    assert not place.build()["low"] and place.build() == same
    where.write_text("select 1 as other from nowhere")  # an error is told once, at its place
    assert place.build(code=1) == same and place.text.count("nowhere") >= 1


def test_what_hangs_on_a_view_is_as_with_a_new_one(place):
    place("in_place_more", {"models/low.sql": VIEW % ("", ""), "models/mid.sql": ON_IT})
    place.build()
    for hang in (
        "grant select on {v} to place_reader",
        "grant select (id) on {v} to place_reader",
        "comment on view {v} is 'mine'",
        "comment on column {v}.id is 'mine'",
        "alter view {v} owner to place_owner",
        "alter view {v} alter id set default 7",
        "create rule r as on delete to {v} do instead nothing",
    ):
        place.sql(hang.format(v="in_place_more.low"))
        assert place.build()["low"] is False, hang
        assert place.build() == {"low": True, "mid": True}, hang
    assert (
        place.sql(
            "select relacl is null, relowner = current_user::regrole, obj_description(oid) is null from pg_class where "
            "oid = 'in_place_more.low'::regclass"
        )
        == "t|t|t"
    )
    # options are those of the text, with a macro of the project too
    (place.folder / "macros").mkdir(exist_ok=True)
    (place.folder / "macros/view.sql").write_text(OVERRIDE)
    assert place.build() == {"low": True, "mid": True}
    assert (
        place.sql(
            "select count(*) from pg_class where relnamespace = 'in_place_more'::regnamespace and reloptions = "
            "'{security_barrier=true}'"
        )
        == "2"
    )
    (place.folder / "macros/view.sql").unlink()
    assert (
        place.build() == {"low": True, "mid": True}
        and place.sql("select reloptions is null from pg_class where oid = 'in_place_more.low'::regclass") == "t"
    )
    # default privileges are what a new one has, and no reason to make one
    place.sql("alter default privileges grant select on tables to place_reader")
    assert place.build() == {"low": False, "mid": False}
    assert (
        place.build() == {"low": True, "mid": True}
        and place.sql("select has_table_privilege('place_reader', 'in_place_more.low', 'select')") == "t"
    )
    place.sql("alter default privileges revoke select on tables from place_reader")
    assert place.build() == {"low": False, "mid": False}
    assert (
        place.build() == {"low": True, "mid": True}
        and place.sql("select has_table_privilege('place_reader', 'in_place_more.low', 'select')") == "f"
    )


def test_what_follows_a_view_in_its_transaction(place):
    """Hooks, grants and descriptions: the view is replaced in place, and swapped where it cannot be, with them in
    one transaction."""
    props = (
        "models: [{name: low, description: a view, config: {persist_docs: {relation: true, columns: true}, grants: "
        "{select: [place_reader]}}, columns: [{name: id, description: a number}]}]"
    )
    hooks = (
        ", pre_hook='select 1', post_hook=['create table if not exists {{ target.schema }}.seen as select 1 as n', "
        "{'sql': 'select 2', 'transaction': false}]"
    )
    place(
        "in_place_hooks",
        {"models/low.sql": VIEW % (hooks, ", 2 as two"), "models/mid.sql": ON_IT, "models/p.yml": props},
    )
    said = lambda: place.sql(
        "select has_table_privilege('place_reader', c.oid, 'select'), has_table_privilege('place_owner', c.oid, "
        "'select'), obj_description(c.oid), col_description(c.oid, 1) "
        "from pg_class c where c.oid = 'in_place_hooks.low'::regclass"
    )
    place.build()
    place.sql("grant select on in_place_hooks.low to place_owner; comment on column in_place_hooks.low.two is 'old'")
    assert place.build() == {"low": True, "mid": True, "seen": True} and said() == "t|f|a view|a number"
    assert place.sql("select col_description('in_place_hooks.low'::regclass, 2) is null") == "t"
    (place.folder / "models/low.sql").write_text(VIEW % (hooks, ""))
    assert place.build() == {"low": False, "mid": True, "seen": True} and said() == "t|f|a view|a number"
    # a hook that fails leaves the view as it was
    (place.folder / "models/low.sql").write_text(
        (VIEW % (hooks.replace("select 1 as n", "select 1/0 as n").replace("seen", "not_there"), "")).replace(
            "1 as id", "9 as id"
        )
    )
    assert place.build(code=1)["low"] and place.sql("select id from in_place_hooks.low") == "1"


def sent(text, node):
    """The messages that a node sent, as its log has them."""
    return [part for part in text.split("[debug]") if f"On model.shop.{node}:" in part]


def test_a_node_of_one_statement_is_one_message(place):
    """Its lock goes with it, once a session has had one; what is wrong then is found out, and the node done again
    with the lock."""
    place(
        "in_one",
        {
            "models/low.sql": "select 1 as id",
            "models/mid.sql": ON_IT,
            "models/made.sql": "{{ config(materialized='table') }}select id from {{ ref('mid') }}",
            "models/late.sql": "{{ config(materialized='table') }}{% if not load_relation(this) %}select 1 as n{% else "
            "%}select 2 as n{% endif %} from {{ ref('made') }}",
        },
    )
    place.build("--threads", "1")
    for node, made in (("mid", "create view"), ("made", "create table"), ("late", "create table")):
        (one,) = sent(place.text, node)
        assert "execute starc_lock(" in one and made in " ".join(one.split()), one
    (place.folder / "logs/dbt.log").unlink()
    assert place.build("--threads", "1", "-s", "low", "mid") == {"low": True, "mid": True, "made": True, "late": True}
    (one,) = sent(place.text, "mid")
    assert one.index("starc_lock") < one.index("execute starc_as_new") < one.index("create or replace view"), one
    # what stands there is not what the run knew: it looked before a hook made it
    (place.folder / "models/made.sql").write_text(
        "{{ config(materialized='table', post_hook='create table {{ target.schema }}.late as select 7 as n') }}select "
        "id from {{ ref('mid') }}"
    )
    place.sql("drop table in_one.late; drop table in_one.made")
    (place.folder / "logs/dbt.log").unlink()
    assert place.build("--threads", "1")["late"] is False and place.sql("select n from in_one.late") == "2"
    assert [("starc_lock" in m, "starc_names" in m) for m in sent(place.text, "late")][:2] == [
        (True, False),
        (False, True),
    ]
    # an error of the query itself is told at its place, and sent once
    (place.folder / "models/low.sql").write_text("select 1 as id, nowhere")
    place.build("--threads", "1", "-s", "mid", "low", code=1)
    place.sql("drop table in_one.made cascade")
    (place.folder / "models/made.sql").write_text(
        "{{ config(materialized='table') }}select 1/(id-1) as id from {{ ref('mid') }}"
    )
    (place.folder / "logs/dbt.log").unlink()
    place.build("--threads", "1", "-s", "mid", "made", code=1)
    assert "models/made.sql:1:" in place.text and len(sent(place.text, "made")) == 1


def test_a_lock_of_another_is_waited_for(place):
    """The other one is a session that holds the lock of a view; the run has had a lock before, and meets it with
    its statement."""
    place("in_wait", {"models/low.sql": "select 1 as id", "models/mid.sql": ON_IT})
    place.build("--threads", "1")
    key = re.search(r"starc_lock\((-?\d+)\)", sent(place.text, "mid")[0]).group(1)
    other = subprocess.Popen(
        [
            f"{postgres_bin()}/psql",
            "-XAtq",
            "-h",
            "127.0.0.1",
            "-p",
            str(place.pg.port),
            "-U",
            place.pg.user,
            "-d",
            place.pg.dbname,
            "-c",
            f"select pg_advisory_lock(1937011299, {key}), pg_sleep(1.5)",
        ],
        env={"PGPASSWORD": place.pg.password, "PATH": "/usr/bin:/bin"},
    )
    while (
        place.sql(f"select count(*) from pg_locks where locktype = 'advisory' and objid = ({key})::bigint & 4294967295")
        != "1"
    ):
        time.sleep(0.01)
    (place.folder / "logs/dbt.log").unlink()
    assert place.build("--threads", "1") == {"low": True, "mid": True}
    assert "mid waits: in_wait.mid is being written" in place.text and other.wait(10) == 0
    assert place.sql("select count(*) from pg_locks where locktype = 'advisory'") == "0"
