"""Grants on Postgres: given, kept, and taken away when the config no longer names them."""

import json
import pytest
from conftest import profile_for, rows

ROLES = ["reader_one", "reader_two"]
KINDS = {
    "models/a_view.sql": "{{ config(materialized='view') }} select 1 as id",
    "models/a_table.sql": "{{ config(materialized='table') }} select 1 as id",
    "models/an_incremental.sql": "{{ config(materialized='incremental', unique_key='id') }} select 1 as id",
    "models/a_materialized_view.sql": "{{ config(materialized='materialized_view') }} select 1 as id",
    "seeds/a_seed.csv": "id\n1\n",
    "snapshots/a_snapshot.sql": "{% snapshot a_snapshot %}{{ config(strategy='check', unique_key='id', "
    "check_cols=['id']) }} select 1 as id{% endsnapshot %}",
}


@pytest.fixture
def granted(request, project, starc):
    """granted(files, schema): a project, with the two roles there."""

    def make(files, schema):
        folder = project(files, profile=profile_for("postgres", request, schema))
        for role in ROLES:
            make_role = (
                f"do $$ begin if not exists (select from pg_roles where rolname = ''{role}'') then create role {role}; "
                f"end if; end $$"
            )
            r = starc("run-operation", "run_query", "--args", f"{{sql: '{make_role}'}}", cwd=folder)
            assert r.code == 0, r.text
        return folder

    return make


def config(**grants):
    return "name: shop\nprofile: shop\n" + "".join(
        f"{kind}: {{+grants: {json.dumps(grants)}}}\n" for kind in ("models", "seeds", "snapshots", "functions")
    )


def holders(starc, folder, schema):
    found = rows(
        starc,
        folder,
        "select c.relname as name, string_agg(r.rolname || ' ' || lower(a.privilege_type), ', ' order by r.rolname "
        "collate \"C\", a.privilege_type) as who "
        "from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join aclexplode(c.relacl) a join pg_roles "
        "r on r.oid = a.grantee "
        f"where n.nspname = '{schema}' and a.grantee <> c.relowner group by 1",
    )
    return {row["name"]: row["who"] for row in found}


def test_grants_follow_the_config(starc, granted):
    folder = granted({**KINDS, "dbt_project.yml": config(select=["reader_one"])}, "grants_all")
    names = {path.split("/")[1].split(".")[0] for path in KINDS}
    steps = [
        (config(select=ROLES), "reader_one select, reader_two select"),
        (config(select=["reader_two"]), "reader_two select"),
        (config(select=["reader_one"], insert=["reader_two"]), "reader_one select, reader_two insert"),
    ]
    for project_file, who in steps:
        (folder / "dbt_project.yml").write_text(project_file)
        for _ in range(2):  # made, then as it was
            r = starc("build", cwd=folder)
            assert r.code == 0, r.text
            assert holders(starc, folder, "grants_all") == {name: who for name in names}
    (folder / "dbt_project.yml").write_text("name: shop\nprofile: shop\n")
    assert starc("build", cwd=folder).code == 0
    left = holders(starc, folder, "grants_all")  # without a config nothing is looked at: what stays keeps them
    assert "an_incremental" in left and "a_table" not in left


ODD = ["grant-me", "Grant Me", "GrantMe", 'grant"quote', "grant'quote", "1grant"]


@pytest.mark.parametrize("quoted", [False, True])
def test_roles_of_any_name(starc, granted, quoted):
    """With and without the quotes that dbt asks for; what SQL reads as it stands stays as it is: public, group x,
    capital letters of a role that has none, a list."""
    schema = f"grants_odd_{quoted}".lower()
    written = ['"' + name.replace('"', '""') + '"' for name in ODD] if quoted else ODD
    create = [
        "do $$ begin if not exists (select from pg_roles where rolname = '%s') then create role \"%s\"; end if; end $$"
        % (name.replace("'", "''"), name.replace('"', '""'))
        for name in ODD
    ]
    folder = granted({**KINDS, "dbt_project.yml": config(select=[])}, schema)
    start = "on-run-start: " + json.dumps(create) + "\n"
    everyone = ["PUBLIC", "group reader_one", "READER_TWO", '"reader_one", reader_two']
    names = {path.split("/")[1].split(".")[0] for path in KINDS}
    for grants, who in ((written, ODD), (written[1:], ODD[1:]), (everyone, ["reader_one", "reader_two"])):
        (folder / "dbt_project.yml").write_text(config(select=grants) + start)
        for _ in range(2):
            r = starc("build", cwd=folder)
            assert r.code == 0, r.text
        assert holders(starc, folder, schema) == {name: ", ".join(sorted(f"{w} select" for w in who)) for name in names}


def test_a_role_that_is_not_there(starc, granted):
    folder = granted(
        {"models/a.sql": "{{ config(materialized='table', grants={'select': ['nobody_there']}) }}\nselect 1 as id"},
        "grants_wrong",
    )
    r = starc("run", cwd=folder)
    assert r.code == 1 and 'role "nobody_there" does not exist' in r.text and "models/a.sql:1:" in r.text, r.text
    assert holders(starc, folder, "grants_wrong") == {}


def test_grants_of_functions(starc, granted):
    """One of two functions of a name, told by its arguments. Everyone may call a function until that is taken away:
    that stays."""
    yaml = "functions:\n  - {name: twice, arguments: [{name: price, data_type: int}], returns: {data_type: int}}\n"
    files = {"functions/twice.sql": "select price * 2", "functions/f.yml": yaml}
    folder = granted({**files, "dbt_project.yml": config(execute=ROLES)}, "grants_functions")
    other = (
        "create schema if not exists grants_functions; create or replace function grants_functions.twice(text) returns "
        "text language sql as ''select $1''"
    )
    assert starc("run-operation", "run_query", "--args", f"{{sql: '{other}'}}", cwd=folder).code == 0
    who = (
        "select coalesce(r.rolname, 'everyone') as who, f.pronargs, f.proargtypes[0]::regtype::text as arg from "
        "pg_proc f cross join aclexplode(f.proacl) a "
        "left join pg_roles r on r.oid = a.grantee where f.pronamespace = 'grants_functions'::regnamespace and "
        "a.grantee <> f.proowner order by 1"
    )
    for roles in (ROLES, ROLES, ["reader_two"]):
        (folder / "dbt_project.yml").write_text(config(execute=roles))
        r = starc("build", cwd=folder)
        assert r.code == 0, r.text
        found = rows(starc, folder, who)
        assert [row["who"] for row in found] == ["everyone", *roles] and {row["arg"] for row in found} == {"integer"}


def test_functions_of_clickhouse_have_none(starc, project, request):
    yaml = (
        "functions:\n  - {name: twice, config: {grants: {execute: [ann]}}, arguments: [{name: price, data_type: int}], "
        "returns: {data_type: int}}\n"
    )
    folder = project(
        {"functions/twice.sql": "select price * 2", "functions/f.yml": yaml},
        profile=profile_for("clickhouse", request, "grants_functions"),
    )
    r = starc("build", cwd=folder)
    assert r.code == 1 and "functions/f.yml:2:" in r.text and "functions of ClickHouse have none" in r.text, r.text


CALLS = {  # config() calls of one model over what the project file grants: {select: [p]}
    "adds": ([{"+select": "a"}, {"+select": ["b"]}], {"select": ["p", "a", "b"]}),
    "replaces": ([{"+select": "a"}, {"select": "b"}], {"select": ["b"]}),
    "replaces_and_adds": ([{"select": "a"}, {"+select": ["b"]}, {"+select": "c"}], {"select": ["a", "b", "c"]}),
    "others": (
        [{"insert": "a"}, {"+insert": "b"}, {"update": "c"}],
        {"select": ["p"], "insert": ["a", "b"], "update": ["c"]},
    ),
    "twice": ([{"select": "a"}, {"select": "b"}], {"select": ["b"]}),
}


def test_grants_of_several_calls_add_up(project, starc):
    files = {
        f"models/{name}.sql": "".join("{{ config(grants=%r) }}" % call for call in calls) + "select 1 as id"
        for name, (calls, _) in CALLS.items()
    }
    folder = project(files, extra="models: {+grants: {select: p}}\n")
    r = starc("parse", cwd=folder)
    assert r.code == 0, r.text
    nodes = json.loads((folder / "target/manifest.json").read_text())["nodes"]
    assert {name: nodes[f"model.shop.{name}"]["config"]["grants"] for name in CALLS} == {
        name: grants for name, (_, grants) in CALLS.items()
    }
