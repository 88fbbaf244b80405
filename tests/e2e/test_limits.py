"""What a template, and a machine with little left, may take: an error with its place, never a crash or a wait."""

import json, os, resource, subprocess
import pytest
from conftest import SANITIZED, STARC


def test_waiting_for_the_database_is_no_work_and_its_rows_are_memory(project, starc, engine):
    pg = engine.name == "postgres"
    sleep = "select pg_sleep(1.3)" if pg else "select sleep(1.3)"
    many = "select repeat('x', 1000) as x from " + ("generate_series(1, 60000)" if pg else "numbers(60000)")
    folder = project(
        {
            "models/a.sql": "{% if execute %}{% do run_query(\"" + sleep + "\") %}{% endif %}select 1 as a",
            "models/b.sql": "{% if execute %}\n{% do run_query(\"" + many + "\") %}{% endif %}select 1 as b",
            "models/c.sql": "select 1 as c",
        },
        profile=engine.profile(threads=1),
    )
    r = starc("run", "--template-time", "1", "--template-memory", "32", cwd=folder)
    status = {
        n["unique_id"][-1]: n["status"] for n in json.loads((folder / "target/run_results.json").read_text())["results"]
    }
    assert r.code == 1 and status == {"a": "success", "b": "error", "c": "success"}, r.text
    assert "models/b.sql:2:7: error: the template uses more than 32 MiB of memory" in r.out, r.text


def limited(folder, *words, **limits):
    def set_limits():
        for name, n in limits.items():
            resource.setrlimit(getattr(resource, "RLIMIT_" + name), (n, n))

    return subprocess.run(
        [STARC, *words], cwd=folder, capture_output=True, text=True, preexec_fn=set_limits, timeout=60
    )


def test_small_stack(project):
    folder = project(
        {
            "models/a.sql": "select {{ " + "(" * 20000 + "1" + ")" * 20000 + " }}",
            "models/b.yml": "x: " + "[" * 900 + "]" * 900,
        }
    )
    r = limited(folder, "parse", STACK=256 << 10)
    assert r.returncode == 2 and "models/a.sql:1:" in r.stdout and "nested" in r.stdout, r.stdout + r.stderr


@pytest.mark.skipif(SANITIZED, reason="a sanitizer's own memory counts too")
def test_no_memory_is_said(project):
    folder = project({"models/a.sql": "{% for i in range(3000) %}\n{% set x = 'a' * 1000000 %}{% endfor %}"})
    r = limited(folder, "parse", "--template-memory", "100000", AS=400 << 20)
    assert (
        r.returncode == 2 and "models/a.sql:2:12: error: the system has no memory left for the template" in r.stdout
    ), r.stdout + r.stderr


@pytest.mark.skipif(SANITIZED, reason="a sanitizer's own memory counts too")
def test_metrics_of_metrics_take_what_they_write(project):
    """Each derived metric of a chain has a filter of its own, so that none is under the filters of another."""
    metrics = ["  - {name: m0, label: l0, type: simple, type_params: {measure: amount}}"]
    metrics += [
        f"  - {{name: m{i}, label: l{i}, type: derived, filter: \"{{{{ Dimension('order_key__kind') }}}} = 'k{i}'\", "
        f"type_params: {{expr: m{i - 1} + 1, metrics: [m{i - 1}]}}}}"
        for i in range(1, 400)
    ]
    folder = project(
        {
            "models/o.sql": "select 1 as id",
            "models/days.sql": "select 1 as date_day",
            "models/s.yml": """models:
  - name: days
    columns: [{name: date_day, granularity: day}]
    time_spine: {standard_granularity_column: date_day}
semantic_models:
  - name: orders
    model: ref('o')
    defaults: {agg_time_dimension: ordered_at}
    entities: [{name: order_key, type: primary, expr: id}]
    dimensions: [{name: ordered_at, type: time, type_params: {time_granularity: day}}, {name: kind, type: categorical}]
    measures: [{name: amount, agg: sum}]
metrics:
"""
            + "\n".join(metrics),
        }
    )
    r = limited(folder, "parse", AS=1 << 30)
    assert r.returncode == 0, r.stdout + r.stderr
    last = json.loads((folder / "target/osi_document.json").read_text())["semantic_model"][0]["metrics"][-1][
        "expression"
    ]["dialects"][0]["expression"]
    assert last.startswith(
        "(" * 398 + "SUM(CASE WHEN " + "(" * 398 + "order_key__kind = 'k399') AND (order_key__kind = 'k398')"
    ) and last.endswith("THEN orders.amount END) + 1" + ") + 1" * 398), last[-900:]


def test_files_that_cannot_grow_and_full_disks(project):
    folder = project({f"models/m{i}.sql": "select 1 as a" for i in range(60)})
    r = limited(folder, "parse", FSIZE=1024)
    assert r.returncode == 1 and "manifest.json: error: cannot write the file: File too large" in r.stdout, (
        r.stdout + r.stderr
    )
    for words in (["ls"], ["parse"], ["help"], ["ls", "--output", "json"]):
        with open("/dev/full", "w") as full:
            r = subprocess.run([STARC, *words], cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        assert r.returncode == 1 and "standard output cannot be written" in r.stderr, (words, r.stderr)


def test_findings_of_one_kind_do_not_bury_the_others(project, starc):
    """A terminal gets the first hundred of a file; counts, the log, JSON lines and reports are of all."""
    folder = project(
        {
            "models/a.sql": "select 1 as a\n" + "".join(f"{{{{ ref('x{i}') }}}}\n" for i in range(250)),
            "models/b.sql": "select {{ ref('other') }}",
            "models/y.yml": "models:\n" + "".join(f"  - name: y{i}\n" for i in range(120)),
        }
    )
    r = starc("parse", "--report", "junit=all.xml", cwd=folder)
    assert r.code == 2 and r.text.count("models/a.sql:") == 101 and "'other'" in r.text, r.text
    assert "models/a.sql: and 150 more errors [unknown-ref]: the log file has them all\n" in r.text
    assert (
        "See above: 251 errors, 51 warnings" in r.text
        and "there is nothing named 'y50'; of 69 more entries neither" in r.text
    )
    everything = "".join(f.read_text() for f in folder.glob("logs/*"))
    assert everything.count("models/a.sql:") == 250 and (folder / "all.xml").read_text().count("models/a.sql") >= 250
    assert starc("parse", "--log-format", "json", cwd=folder).text.count('models/a.sql:') >= 250
    assert starc("--debug", "parse", cwd=folder).text.count("models/a.sql:") == 250
    assert "--debug shows them all" in starc("parse", "--log-level-file", "none", cwd=folder).text
    many = {f"models/m{i}.sql": "select {{ ref('gone') }}" for i in range(1010)}
    r = starc("parse", cwd=project(many))
    assert (
        "\nand 111 more errors [unknown-ref]: the log file has them all\n" in r.text
        and "See above: 1261 errors" in r.text
    ), r.text[-900:]
