"""Keys of a target that no project's result shows: who connects, how, and with which settings."""

import re, socket, subprocess, threading
import pytest
from conftest import profile_for, rows
from proxy import Proxy, close
from servers import ClickHouseServer

MODELS = {"models/a.sql": "select 1 as id", "models/b.sql": "select 2 as id"}


class Relay(Proxy):
    """Passes all on and keeps what the clients sent, a text for each connection; refuses the first ones if told to."""

    def __init__(self, to_port, refuse=0):
        super().__init__(to_port)
        self.sent, self.refuse, self.refused = [], refuse, 0

    def guard(self, client):
        if self.refused < self.refuse:
            self.refused += 1
            return close(client)
        super().guard(client)

    def serve(self, client, server):
        mine = len(self.sent)
        self.sent.append(b"")
        threading.Thread(target=self.copy, args=(server, client, None), daemon=True).start()
        self.copy(client, server, mine)

    def copy(self, source, target, mine):
        try:
            while data := source.recv(65536):
                if mine is not None:
                    self.sent[mine] += data
                target.sendall(data)
        except OSError:
            pass
        close(source), close(target)

    @property
    def text(self):
        return b"\n".join(self.sent).decode("utf-8", "replace")


def over(kind, request, relay, schema, **more):
    return {**profile_for(kind, request, schema, **more), "port": relay.port}


# --- Postgres


def test_who_a_session_is_on_postgres(starc, project, request):
    admin = project(MODELS, name="admin", profile=profile_for("postgres", request, "keys_admin"))
    for sql in (
        "drop role if exists builder",
        "create role builder",
        "grant create on database postgres to builder",
        'create schema if not exists "odd place"',
    ):
        r = starc("run-operation", "run_query", "--args", f"{{sql: '{sql}'}}", cwd=admin)
        assert r.code == 0, r.text
    folder = project(
        MODELS,
        profile=profile_for(
            "postgres",
            request,
            "keys_pg",
            role="builder",
            search_path='"odd place", public',
            application_name="nightly",
            options="-c statement_timeout=7s",
            keepalives_idle=9,
        ),
    )
    assert rows(
        starc,
        folder,
        "select current_user as u, current_setting('search_path') as s, current_setting('application_name') as a, "
        "current_setting('statement_timeout') as t",
    ) == [{"u": "builder", "s": '"odd place", public', "a": "nightly", "t": "7s"}]
    assert starc("run", cwd=folder).code == 0
    assert rows(starc, folder, "select viewowner from pg_views where schemaname = 'keys_pg' and viewname = 'a'") == [
        {"viewowner": "builder"}
    ]


@pytest.mark.parametrize(
    "more, said",
    [
        ({"role": "nobody_there"}, 'role "nobody_there" does not exist'),
        ({"sslmode": "require"}, "does not support SSL"),
        ({"search_path": "two words"}, "search_path"),
        ({"sslmode": "sometimes"}, "sometimes"),
    ],
)
def test_keys_of_postgres_that_cannot_connect(more, said, starc, project, request):
    folder = project(MODELS, profile=profile_for("postgres", request, "keys_wrong", **more))
    r = starc("run", cwd=folder)
    assert r.code and said in r.text, r.text
    assert r.text.count("error: ") == 1, r.text
    shown = starc(
        "show", "--inline", "select current_setting('search_path'), 'role'", cwd=folder
    )  # no word of it is to blame
    assert shown.code and "--inline:1" not in shown.text, shown.text


def test_autocommit_is_told_to_have_no_effect(starc, project, request):
    r = starc("parse", cwd=project(MODELS, profile=profile_for("postgres", request, "keys_auto", autocommit=True)))
    assert r.code == 0 and "profiles.yml:4:" in r.text and "'autocommit' has no effect" in r.text
    r = starc("parse", cwd=project(MODELS, profile=profile_for("postgres", request, "keys_auto", autocommit=False)))
    assert "autocommit" not in r.text


@pytest.mark.parametrize("kind", ["postgres", "clickhouse"])
def test_connecting_is_tried_again(kind, starc, project, request):
    to = request.getfixturevalue(kind).port
    for retries, refuse, code in ((2, 2, 0), (0, 1, 1)):
        with Relay(to, refuse) as relay:
            r = starc(
                "run", cwd=project(MODELS, profile=over(kind, request, relay, "keys_again", retries=retries, threads=1))
            )
            assert (r.code != 0) == (code != 0) and relay.refused == refuse, r.text


def test_a_server_that_does_not_answer(starc, project, request):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        for kind in ("postgres", "clickhouse"):
            profile = {
                **profile_for(kind, request, "keys_deaf", connect_timeout=1, send_receive_timeout=1, retries=0),
                "port": deaf.getsockname()[1],
            }
            if kind == "postgres":
                del profile["send_receive_timeout"]
            r = starc("run", cwd=project(MODELS, profile=profile))
            assert r.code and re.search("no answer|timeout|timed out", r.text), r.text


# --- ClickHouse over HTTP


def test_settings_of_replicated_targets(starc, project, request, clickhouse):
    sync, quorum, latest = (
        "database_replicated_enforce_synchronous_settings=1",
        "insert_quorum=auto",
        "select_sequential_consistency=1",
    )
    cases = [
        ({}, []),
        ({"cluster_mode": True}, [sync, quorum]),
        ({"custom_settings": {"insert_quorum": 3}, "cluster_mode": True}, [sync, "insert_quorum=3"]),
    ]
    for more, there in cases:
        with Relay(clickhouse.port) as relay:
            r = starc("run", cwd=project(MODELS, profile=over("clickhouse", request, relay, "keys_cluster", **more)))
            assert r.code == 0, r.text
            for setting in (sync, quorum, latest, "insert_quorum=3"):
                assert (setting in relay.text) == (setting in there), (more, setting)
    for engine, there in (
        ("Replicated", [sync, quorum]),
        ("Shared", [latest]),
    ):  # the server has no such databases, but it was asked
        with Relay(clickhouse.port) as relay:
            starc(
                "run",
                cwd=project(MODELS, profile=over("clickhouse", request, relay, "keys_other", database_engine=engine)),
            )
            for setting in (sync, quorum, latest):
                assert (setting in relay.text) == (setting in there), (engine, setting)


def test_connections_are_kept_or_not(starc, project, request, clickhouse):
    """Each node after the first has a connection of its own, which no statement of another uses."""
    files = {f"models/m{n}.sql": f"select {n} as id" for n in range(4)}
    for reuse in (True, False):
        with Relay(clickhouse.port) as relay:
            profile = over("clickhouse", request, relay, "keys_reuse", reuse_connections=reuse, threads=1)
            assert starc("run", cwd=project(files, profile=profile)).code == 0
            nodes = [set(re.findall(rb"view `keys_reuse`\.`(m\d)`", text)) for text in relay.sent]
            assert sum(map(len, nodes)) == 4
            assert (max(map(len, nodes)) == 1) == (not reuse), nodes


def test_answers_are_compressed(starc, project, request, clickhouse):
    for compression, asked in (("", False), ("gzip", True), ("false", False)):
        with Relay(clickhouse.port) as relay:
            folder = project(MODELS, profile=over("clickhouse", request, relay, "keys_gzip", compression=compression))
            assert rows(starc, folder, "select number from numbers(2000) where number > 1997") == [
                {"number": 1998},
                {"number": 1999},
            ]
            assert bool(re.search("Accept-Encoding:.*gzip", relay.text)) == asked


def test_a_statement_that_stays_silent(starc, project, request, clickhouse):
    folder = project(
        {"models/a.sql": "{{ config(materialized='table') }} select sleepEachRow(1) as id from numbers(3)"},
        profile=profile_for("clickhouse", request, "keys_silent", send_receive_timeout=1),
    )
    r = starc("run", cwd=folder)
    assert r.code == 1 and "send_receive_timeout" in r.text and "models/a.sql" in r.text, r.text


def test_the_default_strategy_is_the_targets(starc, project, engine):
    """Predicates go with delete_insert, not with legacy."""
    if engine.name == "postgres":
        return
    model = (
        "{{ config(materialized='incremental', unique_key='id', incremental_predicates=['id > 0']) }} select 1 as id"
    )
    for light in (True, False):
        r = starc(
            "run",
            cwd=project(
                {"models/m.sql": model},
                name=f"light_{light}",
                profile=engine.profile("keys_light", use_lw_deletes=light),
            ),
        )
        assert (r.code == 0) == light and ("'legacy'" in r.text) == (not light), r.text


def test_inserts_that_the_server_takes_for_doubled(starc, project, engine):
    if engine.name == "postgres":
        return
    model = {"models/m.sql": "{{ config(materialized='table') }} select 1 as id"}
    for keep in (True, False):
        folder = project(
            model, name=f"keep_{keep}", profile=engine.profile(f"keys_keep_{keep}", allow_automatic_deduplication=keep)
        )
        assert starc("run", cwd=folder).code == 0
        created = rows(
            starc,
            folder,
            f"select create_table_query as q from system.tables where database = 'keys_keep_{keep}' and name = 'm'",
        )[0]["q"]
        assert ("replicated_deduplication_window = '0'" in created) == (not keep), created


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=warehouse.test",
            "-addext",
            "subjectAltName=DNS:warehouse.test",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder


def test_tls(starc, project, certificate):
    with ClickHouseServer("--tls", certificate / "cert.pem", certificate / "key.pem") as server:
        target = {
            "type": "clickhouse",
            "driver": "http",
            "host": "127.0.0.1",
            "port": server.port,
            "user": server.user,
            "password": server.password,
            "schema": "keys_tls",
            "secure": True,
            "retries": 0,
        }
        ca = str(certificate / "cert.pem")
        good = [{"verify": False}, {"ca_cert": ca, "server_host_name": "warehouse.test"}]
        for more in good:
            r = starc("run", cwd=project(MODELS, profile={**target, **more}))
            assert r.code == 0 and "warning" not in r.text, r.text
        bad = [
            ({}, "ca_cert"),
            ({"ca_cert": ca}, "server_host_name"),
            ({"ca_cert": "gone.pem"}, "ca_cert"),
            ({"secure": False}, ""),
            ({"verify": False, "client_cert": "gone.pem"}, "client_cert"),
        ]
        for more, said in bad:
            r = starc("run", cwd=project(MODELS, profile={**target, **more}))
            assert r.code and said in r.text and r.text.count("error: ") == 1, r.text
