"""cron and systemd: the script and the units of the page, as they are run; overlap, stopping, two processes on one
embedded warehouse."""

import json, re, signal, subprocess


def script(p):
    """The page's script, with the places of this machine."""
    p.change("build-shop", "# schedule/build-shop\n", "")
    (p.folder / "build-shop").write_text((p.folder / "build-shop").read_text().replace("/srv/shop", f"{p.folder}/shop"))
    (p.folder / "build-shop").chmod(0o755)
    return p.folder / "build-shop"


def silent_when_good(p):
    p.change("shop/models/schema.yml", "[done, sent]", "[done, sent, returned]")
    ran = p.run(script(p)).ends(0)
    assert ran.text == "", ran.text
    assert p.sql(f"select count(*) from {p.schema}.customers") == "3"
    line = [w for w in (p.folder / "crontab").read_text().splitlines() if w[:1].isdigit()]
    assert re.fullmatch(r"(\S+ ){5} *shop +/srv/shop/build-shop", line[0]), line


def failing_test(p):
    p.change("shop/seeds/raw_orders.csv", "4,3,", "1,3,")
    ran = p.run(script(p)).ends(1).has("models/schema.yml:6:", "Got 1 result, configured to fail if != 0")
    assert p.pg.password not in ran.text
    p.change("shop/seeds/raw_orders.csv", "1,3,", "4,3,")
    p.run(p.folder / "build-shop").ends(0)


def one_at_a_time(p):
    p.slow_model()
    run = p.start(script(p))
    p.until(p.sleeping)
    assert p.run(p.folder / "build-shop").ends(75).text == ""
    run.send_signal(signal.SIGTERM)  # as `systemctl stop` does
    text = run.communicate(timeout=60)[0]
    assert run.returncode == 143, (run.returncode, text)
    p.until(lambda: p.sleeping() == 0, 30)
    done = {r["unique_id"] for r in json.loads((p.folder / "shop/target/run_results.json").read_text())["results"]}
    assert "model.shop.customers" in done, done


def units(p):
    """What systemd reads of them, and the service's command in its folder with its environment."""
    places = {"/usr/local/bin/starc": p.starc, "/srv/shop": f"{p.folder}/shop", "/etc/shop.env": f"{p.folder}/shop.env"}
    p.write("shop.env", f"DBT_ENV_SECRET_PASSWORD={p.pg.password}\nPGPORT={p.pg.port}\n")
    for name in ("shop.service", "shop.timer"):
        text = (p.folder / name).read_text()
        for old, new in places.items():
            text = text.replace(old, new)
        (p.folder / name).write_text(text)
    ran = p.run("systemd-analyze", "verify", "--man=no", p.folder / "shop.service", p.folder / "shop.timer").ends(0)
    assert "shop." not in ran.text, ran.text
    says = dict(w.split("=", 1) for w in (p.folder / "shop.service").read_text().splitlines() if re.match(r"\w+=", w))
    when = re.search(r"OnCalendar=(.*)", (p.folder / "shop.timer").read_text()).group(1)
    p.run("systemd-analyze", "calendar", when).ends(0).has("Next elapse")
    settings = dict(w.split("=", 1) for w in (p.folder / "shop.env").read_text().splitlines())
    env = {"PATH": "/usr/bin:/bin", "HOME": p.env["HOME"], "TZ": "UTC", **settings}
    done = subprocess.run(
        says["ExecStart"].split(), cwd=says["WorkingDirectory"], env=env, capture_output=True, text=True
    )
    assert done.returncode == 0 and "Done. PASS=" in done.stdout, done.stdout + done.stderr


def two_on_one_warehouse(p):
    """The second one waits for the whole of the first, says for whom, and goes on."""
    p.env["SHOP_TARGET"] = "embedded"
    both = [p.start("starc", "build", "--project-dir", "shop", "--profiles-dir", "shop") for _ in range(2)]
    texts = [run.communicate(timeout=300)[0] for run in both]
    assert [run.returncode for run in both] == [0, 0], texts
    assert sum("waits" in t for t in texts) == 1, texts
    return next(w for t in texts for w in t.splitlines() if "waits" in w).strip()[10:]


CHECKS = [silent_when_good, failing_test, one_at_a_time, units, two_on_one_warehouse]
