"""The database's errors are shown at the line that a person has to edit. In the files of a test `@@` marks that place."""
import re

PROJECT = "name: shop\nprofile: shop\n"
A = {"models/a.sql": "select 1 as id, 'x' as word"}


def marked(files):
    """The files without their marks, and the marks as path:line:column."""
    clean, places = {}, []
    for path, text in files.items():
        while (at := text.find("@@")) >= 0:
            text = text[:at] + text[at + 2:]
            places.append(f"{path}:{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}")
        clean[path] = text
    return clean, places


def shown(text):
    """The places of the findings, in the order of their files."""
    return sorted(re.findall(r"^(\S+?:\d+:\d+): error: ", text, re.M))


def check(starc, folder, places, *command, code=1):
    r = starc(*command, cwd=folder)
    assert r.code == code and shown(r.text) == sorted(places), r.text
    assert not re.search(r"^(starc|macros/\w+/|render\(\))", r.text, re.M), r.text
    return r.text


HOOKS = {
    "dbt_project.yml": PROJECT + "models:\n  shop:\n    a_folder:\n      +post-hook:\n        - select 1\n"
                                 "        - {sql: 'select id, ''it''''s'', @@no_column from {{ this }}', transaction: false}\n"
                                 "on-run-start: select 1\n"
                                 "on-run-end:\n  # select no_such from no_table\n  - select 1\n  - >\n    select no_such\n    from @@no_table\n",
    "models/a_folder/m.sql": "select 1 as id",
    "models/in_config.sql": "{{ config(materialized='table', post_hook=[\"select 1\",\n  \"insert into @@no_table values (1)\"]) }}\nselect 1 as id, 'no_table' as w",
    "models/escaped.sql": "{{ config(pre_hook='select \\'x\\', @@no_column from {{ ref(\"a\") }}') }}\nselect 1 as id",
    "models/a_block.sql": "{% set sql %}\n  select @@no_column\n  from (select 1 as id) as t\n{% endset %}\n{{ config(pre_hook=sql) }}\nselect 1 as id",
    "models/by_macro.sql": "{{ config(pre_hook='select 1', post_hook='{{ @@look() }}') }}\nselect 1 as id",
    "macros/look.sql": "{% macro look() %}select * from no_table{% endmacro %}",
    "models/properties.yml": "models:\n  - name: in_properties\n    config:\n      post_hook: |\n        select\n          @@no_column\n        from {{ this }}\n",
    "models/in_properties.sql": "select 1 as id",
    "seeds/s.csv": "id\n1\n",
    "seeds/s.yml": "seeds:\n  - name: s\n    config: {pre-hook: 'select * from @@no_table'}\n",
    "snapshots/n.yml": "snapshots:\n  - name: n\n    relation: ref('a')\n    config:\n      unique_key: id\n      strategy: check\n      check_cols: all\n"
                       "      post_hook: select id, @@no_column from {{ this }}\n",
}


def test_hooks(starc, project, engine):
    files, places = marked({**A, **HOOKS})
    folder = project(files, profile=engine.profile())
    text = check(starc, folder, places, "build")
    assert text.count("error: pre-hook: ") == 3 and text.count("error: post-hook: ") == 5, text
    assert len(re.findall("no_table|no_column", re.sub(r"(?m)^ +\d* \|.*", "", text))) == len(places), text  # each is told once
