"""`starc check` on Postgres: a view stands for a table that a build makes, and nobody can tell."""

import json
from conftest import profile_for
from test_lineage_postgres import psql

TABLE = "{{ config(materialized='table') }}\n"
ONE = "from {{ ref('one') }}"
# What a table answers and a view does not, and the other way round.
GOOD = {
    "places": f"select n, ctid::text as place, xmin::text as made, tableoid::int as it {ONE}",
    "sample": f"select n {ONE} tablesample system (10)",
    "through": "select n, place from {{ ref('places') }}",
    "emptied": "{% if execute %}{% do run_query('truncate ' ~ ref('one')) %}{% endif %}\n" + f"select n {ONE}",
    "indexed": "{% if execute %}{% do run_query('create index on ' ~ ref('one') ~ ' (n)') %}{% endif %}\n"
    + f"select n {ONE}",
    "returned": f"with kept as (insert into {{{{ ref('one') }}}} select 1, 'x' returning n) select n from kept",
    # a view has the rows of its query, and a table here has none: nothing is computed of them
    "kept": f"select 1 / n as x, word::int as y {ONE} where n <> 0 and word ~ '^[0-9]' and 1 + 1 = 2",
    "below": "select a.x + b.n as z, 1 + 1 as w from {{ ref('kept') }} as a, {{ ref('seen_one') }} as b",
    "divided": "select 1 / n as x, 1 + 1 as w from {{ ref('seen_one') }} where n <> 0",
}
# What a build finds where it runs a query, and a view of it does not.
WRONG = {
    "constant": f"select 1 / 0 as x {ONE}",
    "folded": f"select 'abc'::text::int as x {ONE}",
    "joined": "select a.n from {{ ref('one') }} as a full join {{ ref('one') }} as b on a.n < b.n",
    "pattern": f"select n {ONE} where word ~ '('",
    "stable": f"select n {ONE} where day > to_date('2020-13-45', 'YYYY-MM-DD')",
    "element": f"select array_fill(1, array[-1]) as x {ONE}",
    "system": f"select n as xmin {ONE}",
    "above": "select * from {{ ref('seen') }}",
    "cut": "select a.n from {{ ref('one') }} as a join {{ ref('one') }} as b",
}
# A build makes a view without a plan.
VIEWS = {
    "seen": "select 1 / 0 as x",
    "seen_one": f"select n {ONE}",
    "seen_system": f"select n as xmin {ONE}",
}


def test_as_a_build(starc, project, request):
    files = {f"models/{name}.sql": TABLE + sql for name, sql in {**GOOD, **WRONG}.items()}
    files |= {f"models/{name}.sql": sql for name, sql in VIEWS.items()}
    files["models/one.sql"] = TABLE + "select 0 as n, 'x' as word, date '2020-01-01' as day where false"
    files["models/later.sql"] = (
        "{{ config(materialized='incremental') }}\nselect n "
        + ONE
        + "{% if is_incremental() %} where 1 / 0 > (select max(n) from {{ this }}){% endif %}"
    )
    files["models/first.sql"] = (
        "{{ config(materialized='incremental') }}\nselect {{ 'n' if is_incremental() else '1 / 0' }} as n " + ONE
    )
    files["snapshots/s.sql"] = (
        "{% snapshot s %}{{ config(unique_key='n', strategy='check', check_cols=['n'], target_schema=schema) }}\n"
        f"select n {ONE} where 1 / 0 = n{{% endsnapshot %}}"
    )
    files["tests/t.sql"] = "select 1 where 1 / 0 = 1"
    files["tests/good.sql"] = "select 1 / n {ONE} where n <> 0".replace("{ONE}", ONE)
    files["analyses/twice.sql"] = "select a.n, b.n from {{ ref('one') }} as a, {{ ref('one') }} as b"
    folder = project(files, profile=profile_for("postgres", request, "exact"))
    checked = starc("check", cwd=folder)
    starc("build", cwd=folder)
    built = starc("build", cwd=folder)  # the second text of incremental models
    wrong = {f"models/{name}.sql" for name in WRONG} | {"models/first.sql", "snapshots/s.sql", "tests/t.sql"}
    for path in files:
        finding = f"{path}: error" if f"{path}: error" in built.text else f"{path}:"
        later = path == "models/later.sql"
        assert (f"{path}:" in built.text) == (path in wrong or later), (path, built.text)
        assert (finding in checked.text) == (path in wrong or later), (path, checked.text)
        said = [line for line in checked.text.splitlines() if line.startswith(f"{path}:")]
        assert all(line in built.text for line in said), (said, built.text)
    assert f"{len(wrong) + 1} wrong" in checked.text, checked.text
    nodes = json.loads((folder / "target/lineage.json").read_text())["nodes"]
    for name, column, source in [("places", "n", "one"), ("through", "place", "places"), ("below", "z", "kept")]:
        said = next(c for c in nodes[f"model.shop.{name}"]["columns"] if c["name"] == column)
        assert any(i["node"] == f"model.shop.{source}" for i in said["inputs"]), (name, said)
    assert "starc_view" not in json.dumps(nodes) + checked.text


def test_views_that_come_to_many(starc, project, request):
    """Each reads the last one twice, through views: a plan of the last would not end."""
    files = {"models/m0.sql": "select 1 as id"}
    for i in range(1, 40):
        last = "{{ ref('m%d') }}" % (i - 1)
        files[f"models/m{i}.sql"] = f"select a.id, 1 + 1 as two from {last} as a join {last} as b on a.id = b.id"
    files["models/end.sql"] = TABLE + "select id, 1 + 1 as x from {{ ref('m39') }}"
    files["models/short.sql"] = TABLE + "select id, 1 / 0 as x from {{ ref('end') }}"
    r = starc("check", cwd=project(files, profile=profile_for("postgres", request, "many_views")))
    assert "Checked 42 of 42 nodes" in r.text and "1 wrong" in r.text and "models/short.sql" in r.text, r.text


def test_questions_over_views_that_come_to_many(starc, project, request):
    """A build makes these tables, so its questions are about one; a view of them all would not come back."""
    ask = "{% if execute %}{% do run_query('select * from ' ~ ref('LAST') ~ ' limit 1') %}{% endif %}\n"
    files = {"models/t0.sql": TABLE + "select 1 as id", "models/v0.sql": "select 1 as id"}
    for i in range(1, 30):
        for kind, head in (("t", TABLE), ("v", "")):
            last = "{{ ref('%s%d') }}" % (kind, i - 1)
            files[f"models/{kind}{i}.sql"] = head + f"select a.id from {last} as a join {last} as b on a.id = b.id"
    files["models/of_tables.sql"] = ask.replace("LAST", "t29") + "select id from {{ ref('t29') }}"
    files["models/of_views.sql"] = ask.replace("LAST", "v29") + "select id from {{ ref('v29') }}"
    files["models/of_others.sql"] = ask.replace("ref('LAST')", "'pg_class'") + "select id from {{ ref('v29') }}"
    r = starc("check", cwd=project(files, profile=profile_for("postgres", request, "many_asked")))
    assert r.code == 0 and r.text.count("not-checked") == 2, r.text  # the warning, and the summary
    assert "'of_views' is not checked: its text asks over views that come to" in r.text, r.text


OWN = """drop schema if exists shop_own cascade;
create schema shop_own;
create sequence shop_own.said;
create function shop_own.tick(int) returns int language plpgsql stable
  as $$ begin perform nextval('shop_own.said'); return 1; end $$;
create function shop_own.less(int, int) returns bool language plpgsql stable
  as $$ begin perform nextval('shop_own.said'); return true; end $$;
create operator shop_own.<<< (leftarg = int, rightarg = int, function = shop_own.less);
create view shop_own.seen as select 1 as n where 1 > shop_own.tick(1)"""


def test_a_plan_runs_nothing_of_people(starc, project, request, postgres):
    """A planner estimates with stable functions: what they do is done. So their queries have no plan, under whatever
    name they are called, through views of the project and of others; nor have those that join too many."""
    half = "1 / 2 as x"
    many = TABLE + "select o.n, 1 / 0 as x from {{ ref('one') }} as o"
    files = {
        "models/one.sql": TABLE + "select 1 as n",
        "models/called.sql": TABLE + f"select n, {half} {ONE} where n > shop_own.tick(1)",
        "models/operated.sql": TABLE + f"select n, {half} {ONE} where n operator(shop_own.<<<) 1",
        "models/view.sql": f"select n {ONE} where n > shop_own.tick(1)",
        "models/through.sql": TABLE + f"select n, {half} from {{{{ ref('view') }}}}",
        "models/by_hand.sql": TABLE + f"select n, {half} from shop_own.seen",
        "models/kept.sql": TABLE + "with kept as (insert into {{ ref('one') }} select 1 where 1 > shop_own.tick(1) "
        f"returning n)\nselect n, {half} from kept",
        "models/many.sql": many + "".join(f" join {{{{ ref('one') }}}} as j{i} on j{i}.n = o.n" for i in range(110)),
        "models/fewer.sql": many + "".join(f" join {{{{ ref('one') }}}} as j{i} on j{i}.n = o.n" for i in range(40)),
        "tests/t.sql": f"select 1 {ONE} where n > shop_own.tick(1) and 1 / 2 = 3",
    }
    psql(postgres, OWN)
    try:
        r = starc("check", cwd=project(files, profile=profile_for("postgres", request, "called")))
        assert r.code == 1 and "1 wrong" in r.text and "models/fewer.sql" in r.text, r.text
        assert "not-checked" not in r.text, r.text
        assert psql(postgres, "select is_called from shop_own.said") == [b"f"]
    finally:
        psql(postgres, "drop schema shop_own cascade")


def test_statements_over_views_that_come_to_many(starc, project, request):
    """Whatever a text does with them: what it makes is read by its next statement."""
    sends = {
        "explains": "explain select * from {}",
        "makes": "create table made as select * from {}",
        "shows": "create materialized view shown as select * from {}",
        "declares": "declare c cursor for select * from {}",
        "copies": "copy (select * from {}) to stdout",
        "prepares": "prepare p as select * from {}; execute p",
        "blocks": "do $$ begin perform * from {}; end $$",
        "views": "create view seen as select * from {}; select * from seen",
    }
    files = {"models/t0.sql": TABLE + "select 1 as id", "models/v0.sql": "select 1 as id"}
    for i in range(1, 11):
        for kind, head in (("t", TABLE), ("v", "")):
            last = "{{ ref('%s%d') }}" % (kind, i - 1)
            files[f"models/{kind}{i}.sql"] = head + f"select a.id from {last} as a join {last} as b on a.id = b.id"
    for name, sql in sends.items():
        asks = sql.replace("{}", "' ~ ref('v10') ~ '")
        files[f"models/{name}.sql"] = f"{{% if execute %}}{{% do run_query('{asks}') %}}{{% endif %}}\n" + (
            "select id from {{ ref('v10') }}"
        )
    asks = "{% call statement('s') %}create view by_call as select * from {{ ref('v10') }}{% endcall %}"
    files["models/calls.sql"] = asks + "select id from {{ ref('v10') }}"
    named = "this.incorporate(path={'identifier': 'v10'})"
    files["models/names.sql"] = (
        "{% if execute %}{% do run_query('select * from ' ~ NAMED) %}{% endif %}".replace("NAMED", named)
        + "select id from {{ ref('v1') }}"
    )
    files["models/of_table.sql"] = (
        "{% if execute %}{% do run_query('explain select * from ' ~ ref('t10')) %}{% endif %}"
        "select id from {{ ref('t10') }}"
    )
    r = starc("check", cwd=project(files, profile=profile_for("postgres", request, "many_sent")))
    assert r.code == 0, r.text
    for name in [*sends, "calls", "names"]:
        assert f"'{name}' is not checked: its text asks over views that come to" in r.text, (name, r.text)
    assert f"{len(sends) + 2} left out" in r.text and "'of_table'" not in r.text, r.text
