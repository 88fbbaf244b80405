"""One embedded warehouse and many processes: who has the folder lets the others in, by a socket beside its lock."""

import json, os, signal, socket, subprocess, time
import pytest
from conftest import EMBEDDED, STARC, profile_for, rows

pytestmark = [
    pytest.mark.skipif(os.environ.get("STARC_TESTS") != "1", reason="STARC_TESTS=1 runs tests against real databases"),
    pytest.mark.skipif(not EMBEDDED, reason="the engine does not start here"),
]

SLOW = (
    "{{ config(materialized='table') }} select number, sleepEachRow(0.5) as s from numbers({{ var('rows', 4) }}) "
    "settings max_block_size = 1, function_sleep_max_microseconds_per_block = 30000000"
)
FILES = {
    "models/slow.sql": SLOW,
    "models/slow_too.sql": SLOW,
    "models/a.sql": "{{ config(materialized='table') }} select number as id from numbers(1000)",
    "models/b.sql": "{{ config(materialized='incremental') }} select * from {{ ref('a') }}",
    "models/v.sql": "select count() as n from {{ ref('a') }}",
    "seeds/towns.csv": "id,name\n1,Aa\n2,Bb\n",
    "macros/m.sql": "{% macro sets() %}{% do run_query('set max_threads = 1') %}{% do run_query('select sleep(2)') %}"
    "{{ print('threads ' ~ run_query(\"select getSetting('max_threads')\").rows[0][0]) }}{% endmacro %}",
}


@pytest.fixture
def shop(project, request):
    return project(FILES, profile=profile_for("embedded", request, "shop", threads=4))


def start(folder, *args, out=None):
    name = out or f"o{len(list(folder.glob('o*.txt')))}"
    path = folder / f"{name}.txt"
    with path.open("w") as f:
        p = subprocess.Popen(
            [STARC, *args, "--target-path", f"t_{name}", "--log-path", f"l_{name}"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=f,
            stderr=subprocess.STDOUT,
            env={**os.environ, "NO_COLOR": "1", "HOME": str(folder)},
        )
    p.out = path
    return p


def until(what, why, seconds=60):
    end = time.time() + seconds
    while not what():
        assert time.time() < end, why() if callable(why) else why
        time.sleep(0.01)


def sent(p, text):
    """Until a run has sent a statement with this text."""
    log = p.out.parent / p.out.name.replace("o", "l_o", 1).removesuffix(".txt") / "dbt.log"
    until(lambda: log.exists() and text in log.read_text(errors="replace"), lambda: p.out.read_text())


def ends(p, *codes):
    assert p.wait(timeout=120) in (codes or (0,)), p.out.read_text()
    return p.out.read_text()


def holder(folder):
    return (folder / ".starc/warehouse/starc.lock").read_text().split()[0]


def table(starc, folder, sql):
    return rows(starc, folder, sql)


def test_a_second_build_goes_through_the_first(shop, starc):
    first = start(shop, "run", "-s", "slow", "--vars", "{rows: 12}")
    sent(first, "sleepEachRow")
    second = start(shop, "build", "--exclude", "slow", "slow_too")
    text = ends(second)
    assert first.poll() is None and "PASS=4" in text and "in use by" not in text
    assert holder(shop) == str(first.pid)
    assert table(starc, shop, "select n from {{ ref('v') }}") == [{"n": 1000}]
    assert "PASS=1" in ends(first)


def test_the_next_takes_over(shop, starc):
    """The first one's end loses no statement of the second, and no setting of its session."""
    first = start(shop, "run", "-s", "slow", "--vars", "{rows: 3}")
    sent(first, "sleepEachRow")
    asks = start(shop, "run-operation", "sets")
    sent(asks, "select sleep(2)")
    second = start(shop, "run", "-s", "a", "slow", "--vars", "{rows: 6}")
    assert "PASS=1" in ends(first)
    assert "threads 1" in ends(asks)
    assert "PASS=2" in ends(second)
    assert table(starc, shop, "select count() as n from {{ ref('slow') }}") == [{"n": 6}]
    assert not (shop / ".starc/warehouse/starc.socket").exists()


def test_who_has_the_folder_waits_for_others(shop, starc):
    first = start(shop, "run", "-s", "a")
    first.wait()
    first = start(shop, "run-operation", "sets")
    sent(first, "select sleep(2)")
    second = start(shop, "run", "-s", "slow", "--vars", "{rows: 12}")
    text = ends(first)
    assert "still runs here: waiting" in text and second.poll() in (None, 0), text
    assert "PASS=1" in ends(second)


@pytest.mark.parametrize("who", ["owner", "guest"])
def test_a_killed_process(shop, starc, who):
    """Of the other one fails what was being done at that moment, and nothing else; the warehouse is whole."""
    assert starc("build", cwd=shop).code == 0
    owner = start(shop, "run", "-s", "slow", "--vars", "{rows: 12}")
    sent(owner, "sleepEachRow")
    guest = start(shop, "build", "--exclude", "slow", *(["slow_too"] if who == "guest" else []), "--threads", "1")
    sent(guest, "sleepEachRow" if who == "owner" else "create")
    killed, other = (owner, guest) if who == "owner" else (guest, owner)
    killed.kill()
    killed.wait()
    if who == "guest":
        assert "PASS=1" in ends(other)
    else:
        text = ends(other, 0, 1)
        if other.returncode:  # it had been taken
            assert "has ended while it ran the statement" in text and "ERROR=1" in text and "PASS=4" in text, text
    assert starc("build", cwd=shop).code == 0
    got = table(starc, shop, "select (select count() from {{ ref('b') }}) % 1000 as b, n from {{ ref('v') }}")
    assert got == [{"b": 0, "n": 1000}]
    names = table(starc, shop, "select name from system.tables where database = '{{ target.schema }}' order by name")
    assert [n["name"] for n in names] == ["a", "b", "slow", "slow_too", "towns", "v"]


def test_ctrl_c_stops_its_own_work_alone(shop, starc):
    owner = start(shop, "run", "-s", "slow", "--vars", "{rows: 8}")
    sent(owner, "sleepEachRow")
    guest = start(shop, "run-operation", "sets")
    sent(guest, "select sleep(2)")
    owner.send_signal(signal.SIGINT)
    assert "threads 1" in ends(guest) and "Interrupted" in ends(owner, 130)
    owner = start(shop, "run-operation", "sets")
    sent(owner, "select sleep(2)")
    guest = start(shop, "run", "-s", "slow", "--vars", "{rows: 40}")
    sent(guest, "sleepEachRow")
    guest.send_signal(signal.SIGINT)
    assert "Interrupted" in ends(guest, 130) and "threads 1" in ends(owner)
    assert starc("locks", "--quiet", cwd=shop).out.strip() == "no run writes anything here now"


def test_five_builds_at_once(shop, starc):
    runs = [start(shop, "build", "--vars", "{rows: 1}", out=f"o{i}") for i in range(5)]
    for p in runs:
        assert "ERROR=0" in ends(p)
    assert table(starc, shop, "select count() as n from {{ ref('slow') }}") == [{"n": 1}]
    assert table(starc, shop, "select n from {{ ref('v') }}") == [{"n": 1000}]


def test_serve_waits_for_a_build(shop, starc):
    """Nobody finds its port open meanwhile; it ends when it is told to, or serves when the build has ended."""
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    port = s.getsockname()[1]
    s.close()
    first = start(shop, "run", "-s", "slow", "--vars", "{rows: 10}")
    sent(first, "sleepEachRow")
    serving, gone = (start(shop, "serve", "--port", p, "--no-password") for p in (str(port), "0"))
    until(lambda: "waits" in serving.out.read_text() and "waits" in gone.out.read_text(), serving.out.read_text)
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    gone.terminate()
    ends(gone)
    ends(first)
    until(lambda: "Serving" in serving.out.read_text(), serving.out.read_text)
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    serving.terminate()
    ends(serving)


def test_files_through_another_process(shop, starc):
    """An engine opens the files of its project; that of `starc serve` none, unless it is told to."""
    (shop / "data").mkdir()
    (shop / "data/orders.csv").write_text("id,amount\n1,5\n2,7\n")
    (shop / "models/raw.yml").write_text(
        'sources: [{name: raw, config: {location: "data/{name}.csv"}, tables: [{name: orders}]}]'
    )
    (shop / "models/o.sql").write_text("{{ config(materialized='table') }} select * from {{ source('raw', 'orders') }}")
    for more, code in (["--project-files"], 0), ([], 1):
        serving = start(shop, "serve", "--port", "0", "--no-password", *more)
        until(lambda: "Serving" in serving.out.read_text(), lambda: serving.out.read_text())
        r = starc("run", "-s", "o", cwd=shop)
        assert r.code == code and ("start that one with --project-files" in r.text) == bool(code), r.text
        shown = starc("show", "--inline", "select sum(amount) as n from 'data/orders.csv'", cwd=shop)
        assert bool(shown.code) == bool(code) and ("12" if not code else "--project-files") in shown.text, shown.text
        serving.terminate()
        ends(serving)


def test_many_at_the_same_moment(shop, starc):
    """Who comes while another one has the folder but has not said so yet waits for its word."""
    assert starc("run", "-s", "a", cwd=shop).code == 0
    for _ in range(3):
        for p in [start(shop, "show", "--inline", "select 1 as n") for _ in range(6)]:
            ends(p)


def test_a_process_that_is_stopped(shop, starc):
    first = start(shop, "run", "-s", "slow", "--vars", "{rows: 8}")
    sent(first, "sleepEachRow")
    first.send_signal(signal.SIGSTOP)
    r = starc("show", "--inline", "select 1 as n", cwd=shop, env={"STARC_TEST_ANSWERS": "1"})
    first.send_signal(signal.SIGCONT)
    said = f"process {first.pid} (starc run) has the warehouse open, and does not answer"
    assert r.code == 2 and said in r.text, r.text
    ends(first)


def test_a_socket_that_nobody_listens_at(shop, starc):
    assert starc("run", "-s", "a", cwd=shop).code == 0
    s = socket.socket(socket.AF_UNIX)
    os.chdir(shop / ".starc/warehouse")  # a socket's path is short
    s.bind("starc.socket")
    s.close()
    assert starc("run", "-s", "a", cwd=shop).code == 0
    assert not (shop / ".starc/warehouse/starc.socket").exists()


def test_a_folder_whose_name_is_long(project, request, starc):
    """A socket's address has room for 107 bytes."""
    deep = "/".join(["a-folder-with-a-name-of-forty-characters"] * 4)
    folder = project(FILES, profile={**profile_for("embedded", request, "shop"), "path": f"{deep}/warehouse"})
    first = start(folder, "run", "-s", "slow", "--vars", "{rows: 8}")
    sent(first, "sleepEachRow")
    assert "PASS=1" in ends(start(folder, "run", "-s", "a"))
    assert first.poll() is None
    ends(first)


def test_a_folder_of_another_user(shop, starc):
    """Who may write there still does not come through another user's process."""
    if os.getuid():
        pytest.skip("root alone can become another user")
    first = start(shop, "run", "-s", "slow", "--vars", "{rows: 20}")
    sent(first, "sleepEachRow")
    assert (shop / ".starc/warehouse/starc.socket").stat().st_mode & 0o777 == 0o600
    other = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", STARC]
    subprocess.run(["chmod", "-R", "a+rwX", str(shop)], check=True)
    (shop / ".starc/warehouse/starc.socket").chmod(0o600)
    folder = shop
    while folder != folder.parent:  # pytest's are closed to others
        folder = folder.parent
        if os.stat(folder).st_uid == 0 and not os.stat(folder).st_mode & 1:
            folder.chmod(0o711)
    r = subprocess.run(
        [*other, "run", "-s", "a", "--wait", "0", "--target-path", "t_other", "--log-path", "l_other"],
        cwd=shop,
        capture_output=True,
        text=True,
    )
    assert r.returncode == 2 and f"process {first.pid} (starc run) of another user" in r.stdout, r.stdout + r.stderr
    first.terminate()
    ends(first, 143)


def test_a_folder_that_cannot_be_written(shop, starc, tmp_path):
    if not os.getuid():
        pytest.skip("root writes everywhere")
    assert starc("run", "-s", "a", cwd=shop).code == 0
    (shop / ".starc/warehouse/starc.lock").chmod(0o400)
    r = starc("run", "-s", "a", cwd=shop)
    assert r.code == 2 and "cannot write in the data folder" in r.text


def test_locks_of_a_killed_run(shop, starc):
    owner = start(shop, "run", "-s", "slow", "--vars", "{rows: 20}")
    sent(owner, "sleepEachRow")
    owner.kill()
    owner.wait()
    listed = json.loads(starc("locks", "--output", "json", "--quiet", cwd=shop).out)["locks"]
    assert [(l["node"], l["state"]) for l in listed] == [("model.shop.slow", "dead")], listed
    r = starc("locks", "--remove", cwd=shop)
    assert r.code == 0 and "removed" in r.text, r.text
    assert starc("locks", "--quiet", cwd=shop).out.strip() == "no run writes anything here now"


def test_a_folder_for_locks_that_leads_nowhere(shop, starc):
    assert starc("run", "-s", "a", cwd=shop).code == 0
    locks = shop / ".starc/warehouse/starc.locks"
    locks.rmdir()
    locks.symlink_to("/nowhere")
    r = starc("run", "-s", "a", cwd=shop)
    assert r.code == 0 and "relations are not locked" in r.text, r.text


def test_a_living_lock_is_not_removed(shop, starc):
    owner = start(shop, "run", "-s", "slow", "--vars", "{rows: 12}")
    sent(owner, "sleepEachRow")
    held = json.loads(starc("locks", "--output", "json", "--quiet", cwd=shop).out)["locks"][0]["id"]
    r = starc("locks", "--remove", held, cwd=shop)
    assert r.code == 1 and "which is alive" in r.text and str(owner.pid) in r.text, r.text
    for odd in ("../starc.lock", "nothing"):
        r = starc("locks", "--remove", odd, cwd=shop)
        assert r.code == 1 and "there is no lock" in r.text, r.text
    ends(owner)
