"""`starc check`: what the database makes of each node's SQL, before anything is built, on each engine."""

import pytest
from conftest import EMBEDDED, needs_embedded, profile_for, rows

ORDERS = "{{ config(materialized='table') }}\nselect 1 as id, 'x' as kind, 2.5 as amount"
PARENTS = {
    "models/orders.sql": ORDERS,
    "models/totals.sql": "select kind, sum(amount) as total\nfrom {{ ref('orders') }} group by kind",
    "models/kinds.sql": "{{ config(materialized='ephemeral') }}\nselect kind from {{ ref('orders') }}",
    "models/top.sql": "select t.total\nfrom {{ ref('totals') }} t join {{ ref('kinds') }} k on k.kind = t.kind",
    "models/grown.sql": "{{ config(materialized='incremental', unique_key='id') }}\n"
    "select id, amount from {{ ref('orders') }}\n"
    "{% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}",
    "seeds/rates.csv": "kind,rate\nx,1.5\n",
    "models/rated.sql": "select o.id, o.amount * r.rate as rated\n"
    "from {{ ref('orders') }} o join {{ ref('rates') }} r on r.kind = o.kind",
    "snapshots/kept.yml": "snapshots:\n- {name: kept, relation: ref('orders'), config: {unique_key: id, strategy: "
    "check, check_cols: [amount]}}\n",
    "models/of_kept.sql": "select dbt_valid_to from {{ ref('kept') }}",
    "models/m.yml": "models:\n- name: orders\n  columns:\n  - name: id\n    data_tests: [unique, not_null]\n",
}


@pytest.fixture(autouse=True)
def engine_inside(request):
    """The check of a ClickHouse target is the embedded engine's, whatever the target is."""
    if not EMBEDDED and "clickhouse" in request.node.name.partition("[")[2]:
        pytest.skip("the embedded engine does not run under a sanitizer")


def schemas(starc, folder, engine):
    table = "pg_namespace" if engine.name == "postgres" else "system.databases"
    column = "nspname" if engine.name == "postgres" else "name"
    return sorted(
        r[column] for r in rows(starc, folder, f"select {column} from {table}") if not r[column].startswith("pg_t")
    )


def test_a_good_project_is_good_and_leaves_nothing(starc, project, engine):
    folder = project(PARENTS, profile=engine.profile())
    before = schemas(starc, folder, engine)
    r = starc("check", cwd=folder)
    assert r.code == 0 and "Checked 10 of 10 nodes" in r.text and "0 wrong" in r.text, r.text
    assert schemas(starc, folder, engine) == before
    assert not list((folder / "target").glob("run*")) and "starc_check" not in r.text


def test_everything_is_found_at_its_line(starc, project, engine):
    """A column that is renamed, in what reads it: a view, a join, an incremental model's second text, a test, a
    snapshot."""
    files = {**PARENTS, "models/orders.sql": ORDERS.replace("as kind", "as sort").replace("as amount", "as price")}
    files["models/grown.sql"] = PARENTS["models/grown.sql"].replace("id, amount", "id").replace("max(id)", "max(day)")
    files["models/m.yml"] = PARENTS["models/m.yml"].replace("name: id", "name: number")
    folder = project(files, profile=engine.profile())
    r = starc("check", cwd=folder)
    assert r.code == 1, r.text
    for place in ("models/totals.sql:1:8", "models/grown.sql:3:", "models/rated.sql:", "models/m.yml:4:11"):
        assert place in r.text, (place, r.text)
    assert "snapshots/kept.yml:2" in r.text and "starc_check" not in r.text, r.text
    assert "models/top.sql" not in r.text and "2 below them not checked" in r.text, r.text  # top, of_kept


def test_columns_that_a_schema_file_lists_and_nothing_makes(starc, project, engine):
    files = {
        "models/a.sql": "select 1 as id, 'x' as kind",
        "models/b.sql": "{{ config(materialized='incremental') }}select id from {{ ref('a') }}",
        "models/m.yml": "models:\n- name: a\n  columns: [{name: id}, {name: kid}]\n- name: b\n  columns:\n"
        "  - name: price\n",
    }
    folder = project(files, profile=engine.profile())
    assert starc("check", "--warn-error", cwd=folder).code == 1
    r = starc("check", cwd=folder)
    assert r.code == 0 and r.text.count("[listed-column]") == 2, r.text
    assert "models/m.yml:3:32: warning: 'a' has no column 'kid'" in r.text and "models/m.yml:6:11" in r.text, r.text


def test_types_of_a_schema_file_stand_for_what_is_wrong(starc, project, engine):
    number = "integer" if engine.name == "postgres" else "Int64"
    files = {
        "models/bad.sql": "select nothing from {{ ref('up') }}",
        "models/up.sql": "select 1 as id",
        "models/below.sql": "select total, totl from {{ ref('bad') }}",
        "models/m.yml": f"models:\n- name: bad\n  columns: [{{name: total, data_type: {number}}}]\n",
    }
    r = starc("check", cwd=project(files, profile=engine.profile()))
    assert r.code == 1 and "models/bad.sql:1:8" in r.text and "models/below.sql:1:15" in r.text, r.text


def test_what_follows_from_an_error_above_is_none(starc, project, engine):
    """A column is renamed and readers follow, in a model that has an error: these are right, as soon as it is."""
    files = {
        "models/up.sql": "select 1 as id, 'x' as name, 'p' as phone",
        "models/cust.sql": "select id, name, phone, 1 as day from {{ ref('up') }}",
        "models/own.sql": "select c.id, c.name from {{ ref('cust') }} c",
        "models/star.sql": "{{ config(materialized='table') }}select * from {{ ref('cust') }}",
        "models/of_star.sql": "select id, name from {{ ref('star') }}",
        "models/of_own.sql": "select id, name from {{ ref('own') }}",
        "models/typed.sql": "select day + 1 as x from {{ ref('star') }}",
        "models/m.yml": "models:\n- name: cust\n  columns:\n  - {name: name, data_tests: [not_null]}\n"
        "unit_tests:\n- name: u\n  model: own\n  given:\n  - input: ref('cust')\n    rows: [{id: 1, name: x}]\n"
        "  expect: {rows: [{id: 1, name: x}]}\n",
    }
    folder = project(files, profile=engine.profile())
    assert starc("check", "--update-sources", cwd=folder).code == 0
    for name in ("own", "of_star", "m.yml"):
        path = folder / "models" / (name if "." in name else name + ".sql")
        path.write_text(path.read_text().replace("{name: name", "{name: company").replace("1, name", "1, company"))
        path.write_text(path.read_text().replace("c.name", "c.company").replace(", name from", ", company from"))
    (folder / "models/cust.sql").write_text("select id, name as company, fone, 'd' as day from {{ ref('up') }}")
    (folder / "models/typed.sql").write_text("select upper(day) as x, sqrt(day, 1, 2) as y from {{ ref('star') }}")
    (folder / "models/of_own.sql").write_text("select id, company from {{ ref('own') }} where")
    (folder / "models/certain.sql").write_text("select id, compny from {{ ref('cust') }}")
    r = starc("check", cwd=folder)
    assert r.code == 1 and "models/cust.sql:1:29" in r.text and "models/of_own.sql:1:" in r.text, r.text
    assert "models/certain.sql:1:12" in r.text and r.text.count(": error: ") <= 4, r.text
    for name in ("own.sql", "of_star", "m.yml"):
        assert f"models/{name}" not in r.text, (name, r.text)
    (folder / "models/typed.sql").write_text("select day || 'x' as x from {{ ref('star') }} where day = id || 'd'")
    (folder / "models/of_own.sql").write_text("select id, company from {{ ref('own') }}")
    (folder / "models/certain.sql").write_text("select id from {{ ref('cust') }}")
    r = starc("check", cwd=folder)
    assert r.code == 1 and r.text.count(": error: ") == 1 and " below them not checked" in r.text, r.text
    (folder / "models/cust.sql").write_text("select id, name as company, phone, 'd' as day from {{ ref('up') }}")
    assert starc("check", cwd=folder).code == 0


def test_sources(starc, project, engine):
    """Columns of the YAML, of the target; of none of them, told once."""
    number = "integer" if engine.name == "postgres" else "Int64"
    profile = engine.profile()
    schema = profile["schema"]
    files = {
        "models/s.yml": "sources:\n- name: raw\n  schema: raw_of_check\n  tables:\n"
        f"  - name: typed\n    columns: [{{name: id, data_type: {number}}}]\n  - name: lost\n"
        f"- name: here\n  schema: {schema}\n  tables: [{{name: there}}]\n",
        "models/of_typed.sql": "select id, idd from {{ source('raw', 'typed') }}",
        "models/of_lost.sql": "select id from {{ source('raw', 'lost') }}",
        "models/of_lost_too.sql": "select id from {{ source('raw', 'lost') }}",
        "models/there.sql": "{{ config(materialized='table') }}select 1 as id, 2 as day",
        "models/of_there.sql": "select day, week from {{ source('here', 'there') }}",
    }
    folder = project(files, profile=profile)
    assert starc("run", "--select", "there", cwd=folder).code == 0
    r = starc("check", "--exclude", "there", cwd=folder)
    assert r.code == 1 and "models/of_typed.sql:1:12" in r.text and "models/of_there.sql:1:13" in r.text, r.text
    assert r.text.count("[source-gone]") == 2 and "models/s.yml:5:11" in r.text, r.text  # read with the YAML's columns
    assert "models/s.yml:7:11" in r.text and "2 nodes are not checked" in r.text, r.text
    assert rows(starc, folder, f"select day from {schema}.there") == [{"day": 2}]


def test_nothing_is_run(starc, project, engine):
    """A query that would take an hour, and one that fails when it is run."""
    slow = (
        "select 1 as x from pg_sleep(3600)"
        if engine.name == "postgres"
        else "select count() as x from numbers(1000000000000)"
    )
    files = {
        "models/slow.sql": "{{ config(materialized='table') }}" + slow,
        "models/fails.sql": "{{ config(materialized='table') }}select 1 / id as x from (select 0 as id) as t"
        if engine.name == "postgres"
        else "{{ config(materialized='table') }}select throwIf(number = 0) as x from numbers(1)",
    }
    r = starc("check", cwd=project(files, profile=engine.profile()))
    assert r.code == 0 and "Checked 2 of 2" in r.text, r.text


def test_a_database_that_is_not_there(starc, project, request):
    """Postgres is asked itself; ClickHouse needs no server where the columns are known."""
    files = {"models/a.sql": "select 1 as id", "models/b.sql": "select idd from {{ ref('a') }}"}
    nowhere = {"host": "127.0.0.1", "port": 1, "user": "u", "password": "p", "schema": "s", "threads": 2}
    r = starc("check", cwd=project(files, name="pg", profile={"type": "postgres", "dbname": "d", **nowhere}))
    assert r.code == 2 and "connection-failed" in r.text, r.text


@needs_embedded
def test_clickhouse_needs_no_server(starc, project):
    files = {"models/a.sql": "select 1 as id", "models/b.sql": "select idd from {{ ref('a') }}"}
    nowhere = {"host": "127.0.0.1", "port": 1, "user": "u", "password": "p", "schema": "s", "threads": 2}
    r = starc("check", cwd=project(files, profile={"type": "clickhouse", **nowhere}))
    assert r.code == 1 and "models/b.sql:1:8" in r.text and "did you mean 'id'" in r.text, r.text


def test_a_part_of_the_project_reads_the_rest(starc, project, engine):
    """What the selected nodes read is made too: it stands nowhere else."""
    r = starc("check", "--select", "top", cwd=project(PARENTS, profile=engine.profile()))
    assert r.code == 0 and "Checked 3 of 3 nodes" in r.text, r.text


def test_a_text_that_commits(starc, project, request):
    """What would end the transaction is not sent, nor what stands beside it: nothing is lost or left."""
    ends = {
        "commits": "commit; drop table public.check_victim",
        "ends": "select 1; END ; drop table public.check_victim",
        "rolls_back": "rollback",
        "aborts": "/* ; */ abort; begin",
        "goes_back": "rollback to savepoint starc_check",
        "prepares": "prepare transaction ''x''",
        "starts": "start transaction",
        "logs": "create table if not exists public.check_log (id int); "
        "insert into public.check_log values (1); commit work",
        "hides": "create function pg_temp.begin() returns int language sql as ''select 1''; end; "
        "drop table public.check_victim",
    }
    ask = "select 1 as id\n{%% do run_query('%s') %%}{%% do run_query('drop table public.check_victim') %%}"
    files = {f"models/{name}.sql": ask % sql.replace("''", "\\'") for name, sql in ends.items()} | {
        "models/a.sql": "select 1 as id, 'a; commit' as b, $$; rollback;$$ as c -- ; commit",
        "models/lone.sql": "{% do run_query('begin') %}{% do run_query('commit;') %}select id from {{ ref('a') }}",
        "models/c.sql": "select id from {{ ref('commits') }}",
        "models/wrong.sql": "select idd from {{ ref('a') }}",
        "macros/m.sql": "{% macro make() %}{% do run_query('create table if not exists public.check_victim (id int); "
        "commit') %}{% endmacro %}",
    }
    folder = project(files, profile=profile_for("postgres", request, "commits"))
    assert starc("run-operation", "make", cwd=folder).code == 0
    asked = (
        "select nspname from pg_namespace where nspname like 'starc_check%' union all "
        "select relname from pg_class where relname in ('check_victim', 'check_log') order by 1"
    )
    before = rows(starc, folder, asked)
    each_two = {"STARC_TEST_WINDOW": "2"}  # a transaction of the check ends after each two relations
    assert starc("check", cwd=folder, env=each_two).code == 1
    r = starc("check", cwd=folder)
    assert r.code == 1 and "1 wrong" in r.text and "models/wrong.sql:1:8: error" in r.text, r.text
    for name in ends:
        assert f"models/{name}.sql:2:" in r.text and f"'{name}' is not checked: it sends '" in r.text, (name, r.text)
    assert f"{len(ends)} left out" in r.text and "it sends 'END', and a check is one transaction" in r.text, r.text
    assert rows(starc, folder, asked) == before and any("check_victim" in str(row) for row in before)


def test_what_cannot_be_in_a_transaction(starc, project, request):
    files = {
        "models/vacuums.sql": "select 1 as id\n{% do run_query('vacuum') %}",
        "models/commits.sql": "select 1 as id\n{% do run_query('do $$ begin commit; end $$') %}",
        "models/wrong.sql": "select idd from {{ ref('good') }}",
        "models/good.sql": "select 1 as id",
    }
    r = starc("check", cwd=project(files, profile=profile_for("postgres", request, "alone")))
    assert r.code == 1 and "1 wrong, 2 left out" in r.text, r.text
    for name in ("vacuums", "commits"):
        assert f"models/{name}.sql:2:7: warning: '{name}' is not checked: it cannot be done in" in r.text, r.text


def test_a_connection_that_is_lost(starc, project, request):
    """Nothing is sent outside of the transaction of the check, which stops."""
    files = {
        "models/a.sql": "select 1 as id",
        "models/b.sql": "select id from {{ ref('a') }}"
        "{% do run_query(\"do $$ begin execute 'select pg_terminate_' || 'backend(pg_backend_pid())'; end $$\") %}",
        "models/c.sql": "{% do run_query('create schema check_lost_left') %}select id from {{ ref('a') }}",
    }
    folder = project(files, profile=profile_for("postgres", request, "lost"))
    r = starc("check", cwd=folder)
    assert r.code == 2 and "ended before the check did" in r.text, r.text
    assert not rows(starc, folder, "select 1 as one from pg_namespace where nspname = 'check_lost_left'")


def test_columns_of_types_of_ones_own(starc, project, request):
    """A source's columns are asked with their whole types, also those that information_schema does not name."""
    profile = profile_for("postgres", request, "own_types")
    files = {
        "models/s.yml": "sources:\n- name: raw\n  schema: own_types_raw\n  tables: [{name: t}]\n",
        "models/m.sql": "select mood, tags[1] as tag, gone from {{ source('raw', 't') }}",
    }
    folder = project(files, profile=profile)
    make = (
        "create schema if not exists own_types_raw; create type own_types_raw.mood as enum (''a''); "
        "create table own_types_raw.t (mood own_types_raw.mood, tags text[])"
    )
    assert starc("run-operation", "run_query", "--args", f"{{sql: '{make}'}}", cwd=folder).code == 0
    r = starc("check", cwd=folder)
    assert r.code == 1 and "models/m.sql:1:30" in r.text and 'column "gone" does not exist' in r.text, r.text


@needs_embedded
def test_what_a_cluster_or_a_server_has(starc, project):
    """Replicated engines, storage policies and dictionaries are checked as what stands for them here."""
    replicated = "ReplicatedMergeTree('/clickhouse/{shard}/t', '{replica}')"
    dictionary = (
        "{{ config(materialized='dictionary', fields=[('id', 'UInt64'), ('name', 'String')], primary_key='id',"
        " layout='hashed()', lifetime='0') }}select id, name from {{ ref('a') }}"
    )
    files = {
        "models/a.sql": "{{ config(materialized='table', order_by='id', engine=\"" + replicated + "\","
        " settings={'storage_policy': 'hot_cold', 'index_granularity': 1024}) }}select 1::UInt64 as id, 'x' as name",
        "models/plain.sql": "{{ config(materialized='table', engine='ReplicatedMergeTree') }}select 1 as id",
        "models/d.sql": dictionary,
        "models/asks.sql": "select dictGet('{{ ref('d').schema }}.{{ ref('d').identifier }}', 'name', id) as name from "
        "{{ ref('a') }}",
    }
    r = starc("check", cwd=project(files, profile={"type": "clickhouse", "driver": "embedded", "schema": "s"}))
    assert r.code == 0 and "Checked 4 of 4 nodes" in r.text, r.text


def test_a_relation_that_is_reached_only_when_compiled(starc, project, engine):
    """Whatever the check renders in the node's place: a build says the same at the same line."""
    hidden = "{% if execute %}{% do ref('hra') %}{% endif %}\nselect 1 as x"
    made = {
        "of_view": "",
        "of_table": "{{ config(materialized='table') }}",
        "of_more": "{{ config(materialized='incremental') }}",
        "later": "{{ config(materialized='incremental') }}{% if is_incremental() %}" + hidden + "{% else %}",
    }
    files = {f"models/{name}.sql": head + hidden for name, head in made.items()}
    files["models/later.sql"] += "{% endif %}"
    files["models/hra.sql"] = "select 1 as id"
    folder = project(files, profile=engine.profile())
    checked = starc("check", cwd=folder)
    assert checked.code == 1 and "4 wrong" in checked.text, checked.text
    for name in made:
        assert f"unable to infer all dependencies of '{name}'" in checked.text, (name, checked.text)
