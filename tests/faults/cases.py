"""The table of what is built while things break: a row a materialization.

A case is a small project whose content is a function of var('n'). Version n - 1 stands when a
fault comes, version n is being built; a reader may see the one or the other and nothing else.
"""

from dataclasses import dataclass, field

ROWS = 400
EVERY = ("postgres", "http", "embedded")
CLICKHOUSE = ("http", "embedded")
CLUSTER = ("cluster",)

# Columns id and v; `first`: the first id.
MACROS = """{% macro rows(count, first=0) %}
  {%- if target.type == 'postgres' -%}
    select i + {{ first }} as id, cast({{ var('n') }} as bigint) as v from generate_series(0, {{ count - 1 }}) as s(i)
  {%- else -%}
    select toInt64(number + {{ first }}) as id, toInt64({{ var('n') }}) as v from numbers({{ count }})
  {%- endif -%}
{% endmacro %}
{% macro day() %}
  {%- if target.type == 'postgres' -%} cast('2020-01-01' as timestamp) + interval '1 day' * {{ var('n') }}
  {%- else -%} toDateTime('2020-01-01 00:00:00', 'UTC') + toIntervalDay({{ var('n') }}) {%- endif -%}
{% endmacro %}"""


def total(table):
    return f"select count(*), sum(id), sum(v) from {table}"


def whole(n, rows=ROWS):
    """All rows are of version n."""
    return (rows, rows * (rows - 1) // 2, rows * n)


@dataclass
class Case:
    name: str
    files: dict  # path -> text, or a function from n to text
    tables: dict = field(default_factory=lambda: {"t": (total, whole)})  # name -> (its query, what that gives for n)
    databases: tuple = EVERY
    args: tuple = ()
    setup: object = None  # (n, schema) -> statements that are run before version n is built
    during: object = None  # (n, schema) -> a statement that somebody else runs while version n is built
    states: object = None  # n -> what a reader may see then, in place of versions n - 1 and n
    beside: tuple = ()  # relations that belong to it but are not read
    first_args: tuple = ()


def model(config, body="{{ rows(400) }}"):
    return "{{ config(" + config + ") }}\n" + body


def appended(n):
    ids = 50 * n
    return (ids, ids * (ids - 1) // 2, 50 * n * (n + 1) // 2)


def history(table):
    return f"select count(*), sum(v), sum(case when dbt_valid_to is null then 1 else 0 end) from {table}"


APPEND = (
    "{{ rows(50, 50 * (var('n') - 1)) }}\n"
    "{% if is_incremental() %} where {{ var('n') }} > (select coalesce(max(v), 0) from {{ this }}){% endif %}"
)
SNAPSHOT = (
    "{% snapshot t %}{{ config(unique_key='id', strategy='timestamp', updated_at='at') }}select id, v, {{ day() }} as "
    "at from ({{ rows(100) }}) as r{% endsnapshot %}"
)


def csv(n):
    return "id,v\n" + "".join(f"{i},{n}\n" for i in range(ROWS))


def source(n, schema):
    """400 rows that materialized views read."""
    return (
        [
            f"create table if not exists `{schema}`.src (id Int64) engine = MergeTree order by id",
            f"insert into `{schema}`.src select number from numbers(400)",
        ]
        if n == 1
        else []
    )


def arriving(n, schema):
    """50 more of them, while version n is built."""
    return f"insert into `{schema}`.src select number + {350 + 50 * n} from numbers(50)"


def arrived(n):
    return 400 + 50 * n


MV = "select id, toInt64({}) as v from {{{{ target.schema }}}}.src"
MV_REFRESHED = model("materialized='materialized_view', order_by='id'", MV.format("{{ var('n') }}"))
MV_KEPT = model("materialized='materialized_view', order_by='id'", MV.format("7"))
DICTIONARY = model(
    "materialized='dictionary', fields=[['id', 'UInt64'], ['v', 'UInt64']], primary_key='id', layout='hashed()', "
    "lifetime='0', connection_overrides={'user': 'default', 'password': ''}",
    "select toUInt64(number) as id, toUInt64({{ var('n') }}) as v from numbers(400)",
)

MICROBATCH = model(
    "materialized='incremental', incremental_strategy='microbatch', unique_key='id', event_time='at', "
    "begin='2020-01-01', batch_size='day', order_by='id'",
    """{%- set b = model.batch.event_time_start.day if execute and model.batch else 1 -%}
select id, v, {% if target.type == 'postgres' %}cast('2020-01-{{ '%02d' % b }}' as timestamp){% else \
%}toDateTime('2020-01-{{ '%02d' % b }} 00:00:00', 'UTC'){% endif %} as at
from ({{ rows(80, 80 * (b - 1)) }}) as r""",
)


def called(table):
    """A function's answer; ClickHouse's functions belong to the server."""
    name = table.split(".")[1] if "`" in table else table
    return f"select {name}(3), 0, 0"


def other_columns(n):
    """A column comes with each version, and the one of the version before goes."""
    return model(
        "materialized='incremental', unique_key='id', order_by='id', on_schema_change='sync_all_columns'",
        "select id, v, 1 as c%d from ({{ rows(400) }}) as r" % n,
    )


CASES = [
    Case("view", {"models/t.sql": model("materialized='view'")}),
    # `create or replace view` cannot: a column is named otherwise
    Case(
        "view that is swapped",
        {
            "models/t.sql": lambda n: model(
                "materialized='view'", "select id, v, 1 as x%d from ({{ rows(400) }}) as r" % n
            ),
            "models/w.sql": "select id, v from {{ ref('t') }}",
        },
        {"t": (total, whole), "w": (total, whole)},
    ),
    Case(
        "views on views",
        {"models/t.sql": model("materialized='view'"), "models/w.sql": "select id, v from {{ ref('t') }}"},
        {"t": (total, whole), "w": (total, whole)},
    ),
    Case("table", {"models/t.sql": model("materialized='table'")}),
    Case(
        "table with a view on it",
        {"models/t.sql": model("materialized='table'"), "models/w.sql": "select id, v from {{ ref('t') }}"},
        {"t": (total, whole), "w": (total, whole)},
    ),
    Case("table and view in turn", {"models/t.sql": lambda n: model(f"materialized='{('table', 'view')[n % 2]}'")}),
    Case(
        "table with indexes",
        {"models/t.sql": model("materialized='table', indexes=[{'columns': ['id'], 'unique': true}]")},
        databases=("postgres",),
    ),
    Case(
        "incremental append",
        {"models/t.sql": model("materialized='incremental', incremental_strategy='append'", APPEND)},
        {"t": (total, appended)},
    ),
    Case(
        "incremental delete+insert",
        {"models/t.sql": model("materialized='incremental', incremental_strategy='delete+insert', unique_key='id'")},
        databases=("postgres",),
    ),
    Case(
        "incremental merge",
        {"models/t.sql": model("materialized='incremental', incremental_strategy='merge', unique_key='id'")},
        databases=("postgres",),
    ),
    Case(
        "incremental delete_insert",
        {
            "models/t.sql": model(
                "materialized='incremental', incremental_strategy='delete_insert', unique_key='id', order_by='id'"
            )
        },
        databases=CLICKHOUSE,
    ),
    Case(
        "incremental legacy",
        {
            "models/t.sql": model(
                "materialized='incremental', incremental_strategy='legacy', unique_key='id', order_by='id'"
            )
        },
        databases=CLICKHOUSE,
    ),
    Case(
        "incremental insert_overwrite",
        {
            "models/t.sql": model(
                "materialized='incremental', incremental_strategy='insert_overwrite', partition_by='id % 5', "
                "order_by='id'"
            )
        },
        databases=CLICKHOUSE,
    ),
    Case(
        "distributed table",
        {"models/t.sql": model("materialized='distributed_table', sharding_key='id', order_by='id'")},
        databases=CLUSTER,
        beside=("t_local",),
    ),
    Case(
        "distributed incremental append",
        {
            "models/t.sql": model(
                "materialized='distributed_incremental', incremental_strategy='append', order_by='id'", APPEND
            )
        },
        {"t": (total, appended)},
        CLUSTER,
        beside=("t_local",),
    ),
    Case(
        "distributed incremental delete_insert",
        {
            "models/t.sql": model(
                "materialized='distributed_incremental', incremental_strategy='delete_insert', unique_key='id', "
                "order_by='id'"
            )
        },
        databases=CLUSTER,
        beside=("t_local",),
    ),
    Case(
        "distributed incremental insert_overwrite",
        {
            "models/t.sql": model(
                "materialized='distributed_incremental', incremental_strategy='insert_overwrite', partition_by='id % "
                "5', order_by='id'"
            )
        },
        databases=CLUSTER,
        beside=("t_local",),
    ),
    Case(
        "distributed incremental, full refresh",
        {"models/t.sql": model("materialized='distributed_incremental', unique_key='id', order_by='id'")},
        databases=CLUSTER,
        args=("--full-refresh",),
        beside=("t_local",),
    ),
    Case("incremental, other columns", {"models/t.sql": other_columns}),
    Case(
        "incremental, full refresh",
        {"models/t.sql": model("materialized='incremental', unique_key='id'")},
        args=("--full-refresh",),
    ),
    Case("seed", {"seeds/t.csv": csv}),
    Case("seed, full refresh", {"seeds/t.csv": csv}, args=("--full-refresh",)),
    Case(
        "seed with a view on it, full refresh",
        {"seeds/t.csv": csv, "models/w.sql": "select id, v from {{ ref('t') }}"},
        {"t": (total, whole), "w": (total, whole)},
        args=("--full-refresh",),
    ),
    Case("snapshot", {"snapshots/t.sql": SNAPSHOT}, {"t": (history, lambda n: (100 * n, 100 * n * (n + 1) // 2, 100))}),
    Case(
        "materialized view",
        {"models/t.sql": MV_KEPT},
        {"t": (total, lambda n: whole(7, arrived(n)))},
        CLICKHOUSE,
        setup=source,
        during=arriving,
        beside=("src", "t_mv"),
    ),
    Case(
        "materialized view, full refresh",
        {"models/t.sql": MV_REFRESHED},
        {"t": (total, lambda n: whole(n, arrived(n)))},
        CLICKHOUSE,
        args=("--full-refresh",),
        setup=source,
        during=arriving,
        beside=("src", "t_mv"),
        # what arrives before the new view stands is what the old one makes of it
        states=lambda n: {
            "t": [whole(v, arrived(r)) for v in (n - 1, n) for r in (n - 1, n)]
            + [whole(n, arrived(n))[:2] + (n * arrived(n - 1) + 50 * (n - 1),)]
        },
    ),
    Case("dictionary", {"models/t.sql": DICTIONARY}, databases=CLICKHOUSE),
    Case(
        "materialized view on Postgres, refresh",
        {"models/t.sql": "{{ config(materialized='materialized_view') }}select id, v from {{ target.schema }}.src"},
        databases=("postgres",),
        setup=lambda n, schema: [
            f"create table if not exists {schema}.src (id bigint, v bigint); truncate {schema}.src; "
            f"insert into {schema}.src select i, {n} from generate_series(0, 399) i"
        ],
        beside=("src",),
    ),
    Case(
        "materialized view on Postgres, full refresh",
        {"models/t.sql": model("materialized='materialized_view'")},
        databases=("postgres",),
        args=("--full-refresh",),
    ),
    # five batches of 80 rows: each is old or new as a whole
    Case(
        "incremental microbatch",
        {"models/t.sql": MICROBATCH},
        args=("--event-time-start", "2020-01-01", "--event-time-end", "2020-01-06"),
        states=lambda n: {"t": [whole(n)[:2] + (400 * (n - 1) + 80 * k,) for k in range(6)]},
    ),
    Case(
        "incremental microbatch, full refresh",
        {"models/t.sql": MICROBATCH},
        args=("--full-refresh", "--event-time-start", "2020-01-01", "--event-time-end", "2020-01-06"),
    ),
    Case(
        "function",
        {
            "functions/f.sql": "select x + {{ var('n') }}",
            "functions/f.yml": "functions: [{name: f, arguments: [{name: x, data_type: int}], returns: {data_type: "
            "int}}]\n",
        },
        {"f": (called, lambda n: (3 + n, 0, 0))},
    ),
]
