"""What a person at a terminal sees: the live line, the width, colours, Ctrl-C."""

import fcntl, os, pty, re, select, signal, struct, subprocess, termios, time

import pytest
from conftest import STARC, EMBEDDED

pytestmark = pytest.mark.skipif(not EMBEDDED, reason="needs the embedded engine")


def project(folder, models):
    (folder / "dbt_project.yml").write_text("name: shop\n")
    (folder / "models").mkdir()
    for name, sql in models.items():
        (folder / "models" / (name + ".sql")).write_text(sql)


def on_terminal(folder, *args, columns=80, env=None, until=None, then=()):
    """Runs starc on a terminal of that width. Once the text `until` has been printed, `then` signals are sent.
    Returns (exit code, everything written)."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    full = {k: v for k, v in os.environ.items() if not k.startswith("DBT_") and k != "NO_COLOR"}
    full.update({"TERM": "xterm-256color", "HOME": str(folder), **(env or {})})
    p = subprocess.Popen(
        [STARC, *args], cwd=folder, env=full, stdin=child, stdout=child, stderr=child, start_new_session=True
    )
    os.close(child)
    out, then = b"", list(then)
    while True:
        ready, _, _ = select.select([parent], [], [], 120)
        assert ready, f"nothing for two minutes after {out[-500:]!r}"
        try:
            piece = os.read(parent, 65536)
        except OSError:
            break
        if not piece:
            break
        out += piece
        if then and until.encode() in out:
            p.send_signal(then.pop(0))
            out += b"<signal>"
            until = "stopping"
    os.close(parent)
    return p.wait(), out.decode()


def screen(text):
    """The lines as they stand at the end."""
    lines = []
    for line in re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r\n", "\n").split("\n"):
        lines.append(re.split(r"\r\x1b\[K", line)[-1])
    return lines


SLOW = (
    "{{ config(materialized='table') }}select sleepEachRow(0.4) as s from system.numbers limit 4 settings "
    "max_block_size = 1"
)


def test_live_line_names_what_runs_and_leaves_nothing(tmp_path):
    long = "a_model_with_a_name_that_is_quite_a_bit_longer_than_any_terminal_that_has_eighty_columns_is_wide"
    project(tmp_path, {"slow": SLOW, long: "select 1 as id"})
    code, out = on_terminal(tmp_path, "build", "--threads", "1")
    assert code == 0, out
    assert re.search(r"\r\x1b\[K\x1b\[2m1 of 2 done, running: slow \d+s\x1b\[0m", out), out
    lines = screen(out)
    assert not [l for l in lines if "running:" in l]
    assert max(len(l) for l in lines if " of 2  " in l) <= 80, lines
    assert [l for l in lines if "…" in l], lines


def test_no_color_and_dumb_terminals(tmp_path):
    project(tmp_path, {"a": SLOW})
    _, out = on_terminal(tmp_path, "build", env={"NO_COLOR": "1"})
    assert not re.search(r"\x1b\[[0-9;]*m", out) and "running: a" in out, out
    _, out = on_terminal(tmp_path, "build", "--full-refresh", env={"TERM": "dumb"})
    assert "\x1b[K" not in out and "running:" not in out, out


def test_the_log_file_has_no_colours(tmp_path):
    project(tmp_path, {"a": "select 1 as id"})
    on_terminal(tmp_path, "build")
    assert "\x1b" not in (tmp_path / "logs/dbt.log").read_text()


@pytest.mark.parametrize("sig,code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupt_cancels_and_writes_artifacts(tmp_path, sig, code):
    project(tmp_path, {"slow": SLOW.replace("limit 4", "limit 1000")})
    got, out = on_terminal(tmp_path, "build", until="running: slow", then=[sig])
    assert got == code, out
    assert (tmp_path / "target/run_results.json").exists()
    assert "running:" not in screen(out)[-2], out


def test_second_interrupt_leaves_at_once(tmp_path):
    project(tmp_path, {"slow": SLOW.replace("limit 4", "limit 1000").replace("0.4", "2.9")})
    got, out = on_terminal(tmp_path, "build", until="running: slow", then=[signal.SIGINT, signal.SIGINT])
    assert got == 130, out


def test_a_narrow_terminal_has_one_line_for_each_node(tmp_path):
    project(
        tmp_path,
        {
            "a": "select 1 as id",
            "a_name_that_is_longer_than_the_line_has_room_for_it_here": "select nope from {{ ref('a') }}",
        },
    )
    code, out = on_terminal(tmp_path, "build", "--threads", "1", columns=60)
    lines = [l for l in screen(out) if re.match(r"\d\d:\d\d:\d\d  \d of 2", l)]
    assert (
        code == 1
        and len(lines) == 2
        and all(len(l) <= 60 for l in lines)
        and lines[1].rstrip().endswith("s")
        and "…" in lines[1]
    ), out


def widths(text):
    """How many columns each line takes: wide letters take two."""
    import unicodedata

    return [
        sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in l.rstrip())
        for l in screen(text)
    ]


def test_names_have_the_room_at_80_columns(tmp_path):
    long, wide, bad = "stg_group6_chinook___customer_orders_2024", "表" * 18 + "_orders_by_day", "fct_" + "long_" * 14
    project(
        tmp_path,
        {
            long: "select 1 as id",
            wide: "select 1 as id",
            bad: "select nope",
            "below": "select * from {{ ref('%s') }}" % bad,
        },
    )
    (tmp_path / "profiles.yml").write_text(
        "default: {target: dev, outputs: {dev: {type: clickhouse, driver: embedded, schema: "
        "a_schema_with_a_long_name}}}"
    )
    (tmp_path / "dbt_project.yml").write_text("name: shop\nprofile: default\n")
    code, out = on_terminal(tmp_path, "build", "--threads", "1")
    lines = [l for l in screen(out) if re.match(r"\d\d:\d\d:\d\d  \d of 4", l)]
    assert (
        code == 1 and len(lines) == 4 and max(widths(out)[i] for i, l in enumerate(screen(out)) if l in lines) <= 79
    ), out
    assert any(re.search(rf"OK     {long}  ", l) for l in lines), out  # whole, without its schema
    assert any(re.search("OK     表{18}_\\w+…", l) for l in lines) and any(
        re.search(r"SKIP   \S*below .*fct_long_\S*…$", l.rstrip()) for l in lines
    ), out
    code, out = on_terminal(tmp_path, "build", "--threads", "1", columns=140)
    assert (
        any("view         a_schema_with_a_long_name.stg_group6_chinook" in l for l in screen(out))
        and max(widths(out)[4:8]) <= 139
    ), out


def test_rows_of_a_failed_test_fit(tmp_path):
    columns = ", ".join(f"repeat('x', 14) as column_{i}" for i in range(5))
    project(tmp_path, {"a": "select 1 as id"})
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/t.sql").write_text(f"select {columns} from {{{{ ref('a') }}}}")
    code, out = on_terminal(tmp_path, "build", "--threads", "1")
    rows = [l.rstrip() for l in screen(out) if "      | " in l]
    assert code == 1 and len(rows) == 3 and len(set(map(len, rows))) == 1 and 70 < len(rows[0]) <= 80, out


def test_a_dumb_terminal_has_no_colours(tmp_path):
    project(tmp_path, {"a": "select nope"})
    _, out = on_terminal(tmp_path, "build", env={"TERM": "dumb"})
    assert "\x1b" not in out, out


@pytest.mark.parametrize("option", [("--log-level", "warn"), ("--brief",)])
def test_brief_keeps_the_live_line_and_the_totals(tmp_path, option):
    project(tmp_path, {"a": SLOW, "b": "select nope"})
    code, out = on_terminal(tmp_path, "build", *option)
    lines = [l for l in screen(out) if l.strip()]
    assert code == 1 and "running: a" in out and not any("OK " in l or "Found" in l for l in lines), out
    assert any(" ERROR  " in l for l in lines) and "PASS=1 WARN=0 ERROR=1" in lines[-1], out


def test_an_interrupt_is_told_with_what_it_met(tmp_path):
    project(
        tmp_path,
        {"a": "select 1 as id", "slow": SLOW.replace("limit 4", "limit 1000"), "z": "select * from {{ ref('slow') }}"},
    )
    code, out = on_terminal(tmp_path, "build", "--threads", "1", until="running: slow", then=[signal.SIGINT])
    assert (
        code == 130
        and "Interrupted: 0 of 3 done, cancelled while running: slow, 2 not started. `starc retry` goes on."
        in " ".join(out.split())
    ), out
    assert max(widths(out)) <= 80, out


def test_a_watch_shows_how_things_stand(tmp_path):
    project(tmp_path, {"good": "select 1 as id", "bad": "select nothing_like_it as id"})
    waits = "watching, after round 1: 1 failed (bad)"
    code, out = on_terminal(tmp_path, "build", "--watch", until=waits, then=[signal.SIGINT])
    assert code == 1
    lines = screen(out.replace("<signal>", ""))
    assert not any(waits in line for line in lines)  # it stood in place, and is gone
    assert lines[-2].endswith("Ctrl-C: the watch ends after 1 round")
