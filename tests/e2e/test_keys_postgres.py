"""Keys on Postgres: foreign keys to what is built anew, and named keys of a table that is built again."""

import pytest
from conftest import profile_for, rows

PARENT = (
    "{{ config(materialized='%s', unique_key='id'%s, indexes=[{'columns': ['id'], 'unique': true}, {'columns': ['id', "
    "'kind'], 'unique': true}]) }}"
    "select g as id, 'k'::text as kind, 1 as above, '2025-01-01'::timestamp as at from generate_series(1, {{ var('n', "
    "3) }}) g"
)
MODELS = {
    "whole": ("table", ""),
    "grows": ("incremental", ""),
    "merges": ("incremental", ", incremental_strategy='merge'"),
    "batches": (
        "incremental",
        ", incremental_strategy='microbatch', event_time='at', begin='2025-01-01', batch_size='year'",
    ),
}
# What other tables refer to each parent by; {p} is the parent.
KEYS = [
    "create table {p}_plain (id int constraint {p}_plain_fk references {p} (id)); insert into {p}_plain values (1), "
    "(2), (null)",
    "create table {p}_two (id int, kind text, constraint {p}_two_fk foreign key (id, kind) references {p} (id, kind) "
    "match full on update cascade); insert into {p}_two values (1, 'k')",
    "create table {p}_gone (id int constraint \"{p} Gone\" references {p} (id) on delete cascade deferrable initially "
    "deferred); insert into {p}_gone values (2)",
    "create table {p}_old (id int); insert into {p}_old values (77); alter table {p}_old add constraint {p}_old_fk "
    "foreign key (id) references {p} (id) not valid",
    "create schema if not exists {s}_other; create table {s}_other.{p} (id int); alter table {s}_other.{p} add "
    "constraint {p}_far_fk foreign key (id) references {p} (id) on delete set null; "
    "insert into {s}_other.{p} values (3); comment on constraint {p}_far_fk on {s}_other.{p} is 'far'",
    "alter table {p} add constraint {p}_self_fk foreign key (above) references {p} (id)",
]


@pytest.fixture
def shop(project, starc, request):
    schema = "k_" + request.node.name.split("[")[0][5:30]

    def make(files):
        files["macros/sql.sql"] = (
            "{% macro send(q) %}{% do run_query('set search_path to ' ~ target.schema ~ ';' ~ q ~ ';commit') %}{% "
            "endmacro %}"
        )
        make.folder = project(files, profile=profile_for("postgres", request, schema))
        return make.folder

    def run(*args, code=0):
        r = starc(*args, cwd=make.folder)
        assert r.code == code, r.text
        return r

    def sql(text):
        run("run-operation", "send", "--args", "{q: '" + text.replace("'", "''") + "'}")

    def keys():
        return [
            tuple(r.values())
            for r in rows(
                starc,
                make.folder,
                f"select conname, conrelid::regclass::text, pg_get_constraintdef(oid), obj_description(oid), "
                f"convalidated from pg_constraint "
                f"where contype = 'f' and connamespace::regnamespace::text like '{schema}%' order by 1",
            )
        ]

    def count(table):
        return int(rows(starc, make.folder, f"select count(*) as n from {schema}{table}")[0]["n"])

    make.run, make.sql, make.keys, make.count, make.schema, make.starc = run, sql, keys, count, schema, starc
    return make


def test_foreign_keys_to_what_is_built_anew_stay(shop):
    files = {f"models/{name}.sql": PARENT % how for name, how in MODELS.items()}
    shop(
        {
            **files,
            "seeds/loaded.csv": "id,kind,above\n1,k,1\n2,k,1\n3,k,2\n",
            "models/s.yml": "seeds: [{name: loaded, config: {indexes: [{columns: [id], unique: true}, {columns: [id, "
            "kind], unique: true}]}}]\n",
        }
    )
    shop.run("build")
    shop.sql("; ".join(k.format(p=p, s=shop.schema) for p in [*MODELS, "loaded"] for k in KEYS))
    before = shop.keys()
    assert len(before) == 30 and sum(not k[4] for k in before) == 5
    for command in (["build"], ["build", "--full-refresh"], ["seed"], ["seed", "--full-refresh"]):
        shop.run(*command)
        assert shop.keys() == before, command
        for p in (*MODELS, "loaded"):
            assert [shop.count(f".{p}_{t}") for t in ("plain", "two", "gone", "old")] == [3, 1, 1, 1] and shop.count(
                f"_other.{p} where id is not null"
            ) == 1, (command, p)

    # Rows that a key refers to are gone: refused by its name, and nothing is changed.
    r = shop.run("run", "--select", "whole", "--vars", "n: 1", code=1)
    assert (
        "models/whole.sql:1:" in r.text
        and "the foreign key 'whole Gone'" in r.text
        and "Key (id)=(2) is not present" in r.text
    ), r.text
    (shop.folder / "models/whole.sql").write_text(
        (PARENT % MODELS["whole"]).replace("materialized='table'", "materialized='view'")
    )
    r = shop.run("run", "--select", "whole", code=1)
    assert "the foreign key 'whole Gone'" in r.text and "is not a table" in r.text, r.text
    (shop.folder / "seeds/loaded.csv").write_text("id,kind,above\n1,k,1\n")
    assert shop.run("seed", code=1).text.count("the foreign key 'loaded Gone'") == 1
    assert shop.run("seed", "--full-refresh", code=1).text.count("the foreign key 'loaded Gone'") == 1
    assert shop.keys() == before and shop.count(".whole") == 3 and shop.count(".loaded") == 3


CONTRACT = (
    "models:\n- {name: dim, config: {contract: {enforced: true}}, constraints: [{type: primary_key, columns: [id], "
    "name: dim_key}], columns: [{name: id, data_type: int}]}\n"
    "- name: fact\n  config: {contract: {enforced: true}}\n"
    "  columns: [{name: id, data_type: int}, {name: nm, data_type: text}]\n"
    "  constraints:\n  - {type: foreign_key, columns: [id], to: ref('dim'), to_columns: [id], name: fact_dim}\n"
    "  - {type: unique, columns: [id, nm], name: Fact_Once}\n"
    "  - {type: check, columns: [id], expression: id > 0, name: fact_check}\n"
    "  - {type: custom, expression: 'constraint fact_more exclude (id with =)'}\n"
)


@pytest.mark.parametrize("how", ["table", "incremental", "microbatch"])
def test_named_keys_of_a_contract_are_built_again(shop, how):
    config = {
        "table": "materialized='table'",
        "incremental": "materialized='incremental', on_schema_change='fail', unique_key='id'",
        "microbatch": "materialized='incremental', on_schema_change='fail', incremental_strategy='microbatch', "
        "unique_key='id', event_time='id', begin='2025-01-01', batch_size='year'",
    }[how]
    shop(
        {
            "models/dim.sql": "{{ config(materialized='table') }}select g as id from generate_series(1, {{ var('n', 3) "
            "}}) g",
            "models/s.yml": CONTRACT,
            "models/fact.sql": "{{ config("
            + config
            + ") }}select id, 'x'::text as nm from {{ ref('dim') }}{% if is_incremental() and not var('all', false) %} "
            "where false{% endif %}",
        }
    )
    names = [("dim_key",), ("fact_check",), ("fact_dim",), ("fact_more",), ("fact_once",)]
    for more in (
        [],
        [],
        ["--full-refresh"],
        ["--full-refresh"],
        [],
        ["--full-refresh", "--vars", "n: 2"],
        ["--full-refresh"],
    ):
        shop.run("run", *more)
        found = [k[0] for k in shop.keys()]
        assert found == ["fact_dim"] and shop.keys()[0][4], more
        assert shop.count(".fact") == (2 if "n: 2" in more else 3)
        assert [(c,) for c in sorted(constraints(shop))] == names
    # The dimension alone may not lose what the facts have.
    assert "the foreign key 'fact_dim'" in shop.run("run", "--select", "dim", "--vars", "n: 1", code=1).text


def constraints(shop):
    from conftest import starc_run

    return [
        r["conname"]
        for r in rows(
            starc_run,
            shop.folder,
            f"select conname from pg_constraint where connamespace::regnamespace::text = '{shop.schema}' and contype "
            f"<> 'n'",
        )
    ]


def test_a_foreign_key_whose_unique_key_comes_with_a_hook(shop):
    shop(
        {
            "models/p.sql": "{{ config(materialized='table', post_hook='alter table {{ this }} add constraint p_key "
            "primary key (id)') }}select 1 as id",
            "models/v.sql": "{{ config(materialized='view') }}select * from {{ ref('p') }}",
        }
    )
    shop.run("run")
    shop.sql("create table c (id int constraint c_p references p); insert into c values (1)")
    before = shop.keys()
    shop.run("run")
    shop.run("run")
    assert shop.keys() == before
    (shop.folder / "models/p.sql").write_text("{{ config(materialized='table') }}select 1 as id")
    r = shop.run("run", code=1)
    assert "the foreign key 'c_p'" in r.text and "no unique constraint" in r.text and shop.keys() == before


def test_siblings_that_refer_to_one_table_are_built_at_once(shop):
    # Each reads the parent in its transaction, and an old key to it goes.
    child = (
        "{{ config(materialized='table', indexes=[{'columns': ['id'], 'unique': true}], post_hook='alter table {{ this "
        "}} add foreign key (id) references {{ ref(\"parent\") }} (id)') }} select id, pg_sleep(0.2)::text as t from "
        "(select min(id) as id from {{ ref('parent') }}) p"
    )
    files = {f"models/child{i}.sql": child for i in range(3)}
    shop(
        {
            **files,
            "models/parent.sql": "{{ config(materialized='table', indexes=[{'columns': ['id'], 'unique': true}]) }} "
            "select 1 as id",
        }
    )
    shop.run("run")
    shop.sql(
        "create table below (id int constraint below_fk references child0 (id)); insert into below values (1); create "
        "view seen as select id from child1"
    )
    before = shop.keys()
    assert len(before) == 4
    for command in (["run", "--threads", "4"], ["run", "--threads", "4", "--select", "child0", "child1", "child2"]):
        shop.run(*command)
        assert shop.keys() == before and shop.count(".seen") == 1
    assert rows(
        shop.starc,
        shop.folder,
        f"select count(*) as n from pg_tables where schemaname = '{shop.schema}' and tablename like '%backup%'",
    )[0]["n"] in (0, "0")
