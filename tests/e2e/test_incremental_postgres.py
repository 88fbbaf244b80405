"""Incremental models and materialized views on Postgres: strategies, keys, predicates, columns that change, indexes."""

import zlib
import pytest
from conftest import profile_for, rows


@pytest.fixture
def shop(project, starc, request):
    def make(files, name="shop"):
        folder = project(
            files, name=name, profile=profile_for("postgres", request, f"inc_{zlib.crc32(request.node.name.encode())}")
        )

        def run(*args, code=0, **v):
            r = starc("run", *args, "--vars", str(v).replace("'", '"') if v else "{}", cwd=folder)
            assert r.code == code, r.text
            return r

        def get(sql):
            return [tuple(r.values()) for r in rows(starc, folder, sql)]

        return run, get

    return make


def model(config, text):
    return {"models/a.sql": "{{ config(materialized='incremental', " + config + ") }}\n" + text}


VALUES = "select * from (values {{ var('rows') }}) as t (id, part, v)"


@pytest.mark.parametrize(
    "config, expected",
    [
        ("incremental_strategy='append'", [(1, 1, 10), (1, 1, 11), (1, 2, 20), (3, 3, 30)]),
        ("incremental_strategy='delete+insert', unique_key='id'", [(1, 1, 11), (3, 3, 30)]),
        ("incremental_strategy='delete+insert', unique_key=['id', 'part']", [(1, 1, 11), (1, 2, 20), (3, 3, 30)]),
        ("incremental_strategy='merge', unique_key=['id', 'part']", [(1, 1, 11), (1, 2, 20), (3, 3, 30)]),
        (
            "incremental_strategy='merge', unique_key=['id', 'part'], merge_exclude_columns=['v']",
            [(1, 1, 10), (1, 2, 20), (3, 3, 30)],
        ),
        (
            "incremental_strategy='merge', unique_key=['id', 'part'], merge_update_columns=['part']",
            [(1, 1, 10), (1, 2, 20), (3, 3, 30)],
        ),
        (
            "incremental_strategy='delete+insert', unique_key='id', incremental_predicates=['part = 2']",
            [(1, 1, 10), (1, 1, 11), (3, 3, 30)],
        ),
        ("unique_key='id'", [(1, 1, 11), (3, 3, 30)]),
    ],
)
def test_strategies(shop, config, expected):
    run, get = shop(model(config, VALUES))
    run(rows="(1, 1, 10), (1, 2, 20)")
    run(rows="(1, 1, 11), (3, 3, 30)")
    assert get("select id, part, v from {{ ref('a') }} order by 1, 2, 3") == expected


@pytest.mark.parametrize("written", ["v", "V"])
def test_columns_a_merge_leaves_are_named_in_any_case(shop, written):
    run, get = shop(
        model(
            f"incremental_strategy='merge', unique_key='id', merge_exclude_columns=['{written}']",
            'select {{ var(\'n\') }} as "V", {{ var(\'n\') }} as w, 1 as id',
        )
    )
    run(n=1)
    run(n=2)
    assert get("select \"V\", w from {{ ref('a') }}") == [(1, 2)]


def test_a_strategy_of_the_project(shop):
    run, get = shop(
        {
            **model("incremental_strategy='newest'", VALUES),
            "macros/m.sql": "{% macro get_incremental_newest_sql(arg_dict) %}delete from {{ "
            "arg_dict['target_relation'] }}; "
            "insert into {{ arg_dict['target_relation'] }} select * from {{ arg_dict['temp_relation'] }}{% endmacro %}",
        }
    )
    run(rows="(1, 1, 1)")
    run(rows="(2, 2, 2)")
    assert get("select id from {{ ref('a') }}") == [(2,)]


@pytest.mark.parametrize(
    "mode, columns",
    [("ignore", ["id", "old"]), ("append_new_columns", ["id", "new", "old"]), ("sync_all_columns", ["id", "new"])],
)
def test_schema_changes(shop, mode, columns):
    run, get = shop(
        model(
            f"on_schema_change='{mode}'",
            "{% if is_incremental() %}select 2 as id, "
            + ("4 as old, " if mode == "ignore" else "")
            + "5 as new{% else %}select 1 as id, 3 as old{% endif %}",
        )
    )
    run()
    run()
    assert (
        sorted(
            c[0]
            for c in get(
                "select column_name from information_schema.columns where table_schema = '{{ target.schema }}' and "
                "table_name = 'a'"
            )
        )
        == columns
    )
    assert get("select id from {{ ref('a') }} order by 1") == [(1,), (2,)]


def test_text_columns_are_widened(shop):
    """Whatever on_schema_change says; never made narrower."""
    run, get = shop(
        model("unique_key='id'", "select {{ var('id') }} as id, '{{ var(\"text\") }}'::varchar({{ var('n') }}) as t")
    )
    width = (
        "select character_maximum_length from information_schema.columns where table_schema = '{{ target.schema }}' "
        "and table_name = 'a' and column_name = 't'"
    )
    for number, (text, n, wide) in enumerate([("abc", 3, 3), ("abcdefghi", 9, 9), ("a", 2, 9)]):
        run(id=number, text=text, n=n)
        assert [int(row[0]) for row in get(width)] == [wide]
    assert get("select t from {{ ref('a') }} order by id") == [("abc",), ("abcdefghi",), ("a",)]


def test_full_refresh_by_config(shop):
    run, get = shop(model("full_refresh=false", "select {{ var('n') }} as id"))
    run(n=1)
    run("--full-refresh", n=2)
    assert get("select id from {{ ref('a') }} order by 1") == [(1,), (2,)]


def test_a_batch_with_one_key_twice_changes_nothing(shop):
    run, get = shop(model("incremental_strategy='merge', unique_key='id'", VALUES))
    run(rows="(1, 1, 1)")
    assert "2 rows have id = 2" in run(rows="(2, 1, 1), (2, 2, 2)", code=1).out
    assert get("select id from {{ ref('a') }}") == [(1,)]


INDEXES = "select indexdef from pg_indexes where schemaname = '{{ target.schema }}' and tablename = 'a'"


def test_indexes_and_unlogged(shop):
    run, get = shop(
        {
            "models/a.sql": "{{ config(materialized='table', unlogged=true, indexes=[{'columns': ['id'], 'unique': "
            "true}, {'columns': ['v', 'id'], 'type': 'btree'}]) }}select 1 as id, 2 as v"
        }
    )
    for _ in range(2):
        run()
        assert sorted(" unique " in i[0].lower() for i in get(INDEXES)) == [False, True]
    assert get("select relpersistence from pg_class where oid = '{{ ref('a') }}'::regclass") == [("u",)]


VIEW = {
    "models/src.sql": "{{ config(materialized='table') }}select 1 as id",
    "models/a.sql": "{{ config(materialized=var('kind', 'materialized_view'), indexes=var('indexes', []), "
    "on_configuration_change=var('change', 'apply')) }}"
    "select id + {{ var('plus', 0) }} as id from {{ source('s', 'src') }}",
    "models/s.yml": "sources: [{name: s, schema: '{{ target.schema }}', tables: [{name: src}]}]",
}
KIND = "select relkind::text from pg_class where relnamespace = '{{ target.schema }}'::regnamespace and relname = 'a'"


def test_materialized_view_is_refreshed_and_replaces_others(shop):
    run, get = shop(VIEW)
    run("-s", "src")
    for kind, is_kind in (
        ("table", "r"),
        ("materialized_view", "m"),
        ("view", "v"),
        ("materialized_view", "m"),
        ("table", "r"),
    ):
        run("-s", "a", kind=kind)
        assert get(KIND) == [(is_kind,)] and get("select id from {{ ref('a') }}") == [(1,)]
    run("-s", "a")
    get("insert into {{ target.schema }}.src values (2) returning id")
    assert get("select count(*) from {{ ref('a') }}") == [(1,)]
    run("-s", "a")
    assert get("select count(*) from {{ ref('a') }}") == [(2,)]


@pytest.mark.parametrize(
    "change, code, indexes, ids", [("apply", 0, 1, [(6,)]), ("continue", 0, 0, [(1,)]), ("fail", 1, 0, [(1,)])]
)
def test_materialized_view_whose_configuration_changes(shop, change, code, indexes, ids):
    run, get = shop(VIEW)
    run("-s", "src")
    run("-s", "a")
    index = [{"columns": ["id"], "unique": True}]
    r = run("-s", "a", code=code, change=change, indexes=index)
    assert ("Configuration changes" in r.out) == (change != "apply")
    assert len(get(INDEXES)) == indexes
    run("-s", "a", code=code, change=change, indexes=index, plus=5)  # another query
    assert get("select id from {{ ref('a') }}") == ids and len(get(INDEXES)) == indexes


def test_a_transaction_that_a_text_began_itself_ends_with_its_node(project, starc, request):
    """begin; ...; commit in one text: what fails between leaves the connection in it, and the next node must not
    find it so."""
    bad = (
        "{% if execute %}{% do run_query('begin transaction; create table MADE as select 1 as id; select * from "
        "nowhere_at_all; commit;') %}{% endif %}"
    )
    folder = project(
        {
            "models/a.sql": bad.replace("MADE", "of_model") + "select 1 as id",
            "tests/t.sql": bad.replace("MADE", "of_test") + "select 1 where false",
            "models/b.sql": "select 2 as id",
            "tests/u.sql": "select 1 where false",
        },
        profile=profile_for("postgres", request, "own_transaction", threads=1),
    )
    r = starc("build", cwd=folder)
    assert r.code == 1 and r.text.count('relation "nowhere_at_all" does not exist') == 2 and "aborted" not in r.text, (
        r.text
    )
    assert "PASS=2 WARN=0 ERROR=2" in r.text, r.text


def test_what_the_text_of_a_model_writes_in_a_transaction_stays(project, starc, request):
    """`call statement` begins a transaction while the model's text is rendered; what it wrote is there when the
    model is built, and not after compile."""
    writes = (
        "{% if execute %}{% call statement('find', fetch_result=true) %}select 1{% endcall %}"
        "{% do run_query('insert into ' ~ ref('kept') ~ ' values (2)') %}{% endif %}select 3 as id -- {{ ref('kept') }}"
    )
    folder = project(
        {
            "models/kept.sql": "{{ config(materialized='incremental') }}select 1 as id where {{ not is_incremental() "
            "}}",
            "models/w.sql": "{{ config(pre_hook={'sql': 'vacuum', 'transaction': false}) }}" + writes,
        },
        profile=profile_for("postgres", request, "text_writes"),
    )

    def kept():
        return sorted(int(r["id"]) for r in rows(starc, folder, "select id from {{ ref('kept') }}"))

    r = starc("run", cwd=folder)
    assert r.code == 0 and kept() == [1, 2], r.text
    assert starc("compile", cwd=folder).code == 0 and kept() == [1, 2]
