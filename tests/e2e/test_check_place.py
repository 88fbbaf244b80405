"""`starc check`: the engine inside: which version it is, and a folder without room."""

import os, re
import shutil
import subprocess

import pytest
from conftest import EMBEDDED, STARC, needs_embedded, profile_for
from proxy import HttpProxy

MODEL = "{{ config(materialized='table', order_by='a') }}\nselect 1 as a"
FULL = 'mount -t tmpfs -o nr_inodes=9 none "$TMPDIR" && exec "$@"'


@needs_embedded
def test_the_version_inside(starc, project, request):
    """What stands for a server is told once; it is the warehouse's own engine elsewhere."""
    folder = project({"models/a.sql": MODEL}, profile=profile_for("clickhouse", request, "version_inside"))
    r = starc("check", cwd=folder)
    assert r.code == 0 and r.text.count("inside starc stands for the server of the target") == 1, r.text
    r = starc("check", cwd=project({"models/a.sql": MODEL}, profile={"type": "clickhouse", "driver": "embedded"}))
    assert r.code == 0 and "stands for" not in r.text, r.text


class Older(HttpProxy):
    """A server that says it is of an earlier release."""

    def serve(self, client, server):
        left = back = b""
        while True:
            head, body, left = self.message(client, left)
            server.sendall(head + body)
            answer, answer_body, back = self.message(server, back)
            if b"SELECT version()" in body:
                answer_body = re.sub(rb"\d\d\.\d+\.", lambda m: b"21.3.".ljust(len(m.group()), b"."), answer_body)
            client.sendall(answer + answer_body)


@needs_embedded
def test_a_server_of_another_version(starc, project, request):
    """Told once, where the server was asked for something."""
    profile = profile_for("clickhouse", request, "another_version")
    raw = "sources: [{name: raw, schema: nowhere, tables: [{name: t}]}]"
    files = {"models/a.sql": MODEL, "models/b.sql": "select * from {{ source('raw', 't') }}", "models/s.yml": raw}
    words = "the target's server is ClickHouse 21.3."
    with Older(profile["port"]) as older:
        folder = project(files, profile={**profile, "port": older.port})
        r = starc("check", cwd=folder)
        assert r.code == 0 and r.text.count(words) == 1 and "is not found" in r.text, r.text
        r = starc("check", "--offline", cwd=folder)
        assert r.code == 0 and words not in r.text, r.text
    r = starc("check", cwd=project(files, profile=profile, name="served"))
    version = lambda folder: re.search(r"server version: (\S+)", starc("debug", cwd=folder).text)[1]
    inside = version(project({}, profile={"type": "clickhouse", "driver": "embedded"}, name="inside"))
    told = "the target's server is" in r.text
    assert r.code == 0 and told == (version(project({}, profile=profile, name="served")) != inside), r.text


@needs_embedded
def test_a_full_disk(project, tmp_path):
    """No node is wrong: one error, with the folder, and nothing is left in it."""
    small = tmp_path / "small"
    small.mkdir()
    inside = ["unshare", "-Urm", "sh", "-c", FULL, "sh"]
    env = {**os.environ, "TMPDIR": str(small), "HOME": str(tmp_path)}
    if not shutil.which("unshare") or subprocess.run([*inside, "true"], env=env, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    files = {f"models/m{i}.sql": MODEL for i in range(20)}
    folder = project(files, profile={"type": "clickhouse", "driver": "embedded", "schema": "s"})
    count = ["sh", "-c", '"$@"; code=$?; ls -A "$TMPDIR"; exit $code', "sh"]
    r = subprocess.run([*inside, *count, STARC, "check"], cwd=folder, env=env, capture_output=True, text=True)
    text = r.stdout + r.stderr
    assert r.returncode == 2 and text.count("[database-unavailable]") == 1 and "No space left" in text, text
    assert f"below {small}, or where TMPDIR says" in text and "starc-check-" not in text.splitlines()[-1], text
