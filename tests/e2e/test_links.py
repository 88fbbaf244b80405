"""Symbolic links among a project's files: read as dbt reads them."""

import os

KINDS = {  # search path, a file of it, what `ls` calls what is in the file
    "models": ("a.sql", "select 1 as id", "shop.deep.a"),
    "seeds": ("b.csv", "id\n1\n", "shop.deep.b"),
    "analyses": ("c.sql", "select 1", "shop.analysis.deep.c"),
    "snapshots": (
        "d.sql",
        "{% snapshot d %}{{ config(unique_key='id', strategy='check', check_cols='all') }}select 1 as id{% endsnapshot "
        "%}",
        "shop.deep.d.d",
    ),
    "tests": ("e.sql", "select 1 where 1 = 0", "shop.deep.e"),
    "macros": ("f.sql", "{% macro f() %}{% endmacro %}", ""),
    "tests/generic": ("g.sql", "{% test g(model) %}select 1 where 1 = 0{% endtest %}", ""),
}


def test_links_below_a_search_path_are_not_followed_and_files_and_paths_are(project, starc):
    folder = project(
        {"real/x.txt": ""},
        profile={
            "type": "postgres",
            "host": "127.0.0.1",
            "user": "u",
            "password": "p",
            "dbname": "d",
            "schema": "s",
            "port": 5432,
        },
    )
    for path, (name, text, _) in KINDS.items():
        deep = folder / "real" / path.replace("/", "_") / "deep"  # the search path is a link
        deep.mkdir(parents=True)
        (deep / name).write_text(text)
        os.symlink("deep", deep.parent / "again")  # a link to a sibling folder: each name would be there twice
        if path != "tests/generic":
            os.symlink(folder / "real" / path.replace("/", "_"), folder / path)
    os.symlink(folder / "real/tests_generic", folder / "tests/generic")  # below a search path, and one itself
    (folder / "real/linked.sql").write_text("select 2 as id")
    os.symlink(folder / "real/linked.sql", folder / "models/linked.sql")
    (folder / "models/deep/m.yml").write_text("models: [{name: a, data_tests: [g]}]\n")
    r = starc("ls", "-q", "--resource-types", "all", cwd=folder)
    assert r.code == 0, r.text
    assert sorted(r.out.split()) == sorted(
        [found for _, _, found in KINDS.values() if found] + ["shop.linked", "shop.deep.g_a_"]
    ), r.text
