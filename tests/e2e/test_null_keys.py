"""NULL in the unique_key of incremental models: it replaces nothing, and the rows that have it are counted where
the key is written."""

from conftest import rows


def test_keys_that_are_null_are_told(project, starc, engine):
    """By every strategy; nothing is said of keys that are there, nor by what replaces nothing by key."""
    postgres = engine.name == "postgres"
    names = {
        "delete": "delete+insert",
        "batch": "microbatch",
        "append": "append",
        **({"merge": "merge", "unnamed": ""} if postgres else {"legacy": "legacy"}),
    }

    def model(strategy, key, query):
        named = f", incremental_strategy='{strategy}'" if strategy else ""
        return (
            f"{{{{ config(materialized='incremental'{named}, unique_key={key}, event_time='at', begin='2024-01-01', "
            f"batch_size='day') }}}}\n" + query
        )

    text = "text" if postgres else "Nullable(String)"
    query = "select id, kind, at from {{ ref('src') }}"
    source = " union all ".join(
        f"select {i} as id, cast({k} as {text}) as kind, cast('2024-01-01 10:00:00' as timestamp) as at"
        for i, k in ((1, "'a'"), (2, "null"), (3, "null"))
    )
    files = {"models/src.sql": "{{ config(materialized='table', event_time='at') }}" + source}
    files.update({f"models/{n}.sql": model(s, "['id', 'kind']", query) for n, s in names.items()})
    files["models/whole.sql"] = model("delete+insert", "'id'", query)
    files["models/word.sql"] = model("delete+insert", "\"lower(kind)\"", query + " where id < 3")
    folder = project(files, profile=engine.profile("nulls"))
    span = ("--event-time-start", "2024-01-01", "--event-time-end", "2024-01-02")
    first = starc("run", *span, cwd=folder)
    assert first.code == 0 and "NULL" not in first.text, first.text
    r = starc("run", "-s", "config.materialized:incremental", *span, cwd=folder)
    assert r.code == 0, r.text
    for n in names:
        said = f"2 new rows of '{n}' have NULL in the unique_key (" + ("id, kind)" if postgres else "kind)")
        assert (said in r.text) == (n != "append"), (n, r.text)
        count = rows(starc, folder, f"select count(*) as n from {{{{ ref('{n}') }}}}")[0]["n"]
        assert int(count) == (6 if n == "append" else 5), n
    assert "1 new row of 'word' has NULL in the unique_key (lower(kind))" in r.text and "of 'whole'" not in r.text, (
        r.text
    )
    assert "models/delete.sql:1:" in r.text
    strict = starc("--warn-error", "run", "-s", "delete", cwd=folder)
    assert strict.code == 1 and "2 new rows" in strict.text, strict.text
    assert int(rows(starc, folder, "select count(*) as n from {{ ref('delete') }}")[0]["n"]) == 5
