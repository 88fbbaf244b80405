"""What stands between starc and a server on the way out: certificates that the machine or a variable names, and
proxies. The hub, its TLS and the proxy are real ones on loopback."""

import http.server, itertools, select, socket, subprocess, threading
import pytest
from hub import Hub
from servers import ClickHouseServer

PACKAGES = "packages:\n  - package: acme/util\n    version: 1.0.0\n"
FILES = {"dbt_project.yml": "name: util\nversion: '1.0'\n", "macros/m.sql": "{% macro m() %}1{% endmacro %}"}
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


class Relay(http.server.ThreadingHTTPServer):
    """A proxy for plain requests and for tunnels; `asked`: the first line of each; `refuses`: a status in place of
    an answer."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Asked)
        self.asked, self.refuses = [], 0
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        pass  # clients hang up


class Asked(http.server.BaseHTTPRequestHandler):
    def log_message(self, *a):
        pass

    def refused(self):
        self.server.asked.append(self.requestline)
        if self.server.refuses:
            self.send_error(self.server.refuses)
        return bool(self.server.refuses)

    def do_CONNECT(self):
        if self.refused():
            return
        host, port = self.path.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as other:
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            pump(self.connection, other)
        self.close_connection = True

    def passed_on(self):
        if self.refused():
            return
        host, _, path = self.path.removeprefix("http://").partition("/")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        head = f"{self.command} /{path} HTTP/1.1\r\n" + "".join(
            f"{k}: {v}\r\n" for k, v in self.headers.items() if k.lower() not in ("connection", "proxy-connection")
        )
        with socket.create_connection(host.rsplit(":", 1)) as other:
            other.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
            answer = other.makefile("rb")
            self.wfile.write(answer.readline() + b"Connection: close\r\n")
            while data := answer.read1(65536):
                self.wfile.write(data)
        self.close_connection = True

    do_GET = do_POST = passed_on


def pump(one, other):
    ends = {one: other, other: one}
    while True:
        for end in select.select(list(ends), [], [])[0]:
            data = end.recv(65536)
            if not data:
                return
            ends[end].sendall(data)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A private authority and a certificate of it for 127.0.0.1: ca.pem, cert.pem, key.pem."""
    folder = tmp_path_factory.mktemp("ca")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")

    def openssl(words):
        p = subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True, text=True)
        return p.stdout.strip()

    openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=shop-ca -keyout ca-key.pem -out ca.pem")
    openssl("req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout key.pem -out request.pem")
    openssl(
        "x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile names -out cert.pem"
    )
    (folder / "hashed").mkdir()
    (folder / "hashed" / (openssl("x509 -hash -noout -in ca.pem") + ".0")).write_bytes((folder / "ca.pem").read_bytes())
    return folder


@pytest.fixture
def deps(starc, project):
    """deps(hub, **variables): fetches a package of the hub into a fresh project."""

    def call(hub, **variables):
        hub.add("acme/util", "1.0.0", FILES)
        folder = project({"models/m.sql": "select 1 as a", "packages.yml": PACKAGES}, name=f"shop{next(number)}")
        env = {"STARC_HUB_URL": hub.url, "STARC_CACHE_DIR": str(folder / ".cache")}
        return starc("deps", cwd=folder, env=env | {v: "" for v in VARIABLES} | variables)

    number = itertools.count()
    return call


def test_certificates(deps, authority, tmp_path):
    """Only who knows the authority believes the server; SSL_CERT_FILE and SSL_CERT_DIR name it."""
    with Hub(tls=(authority / "cert.pem", authority / "key.pem")) as hub:
        r = deps(hub)
        assert r.code == 2 and "certificate" in r.text and "SSL_CERT_FILE" in r.text, r.text
        assert not hub.asked
        assert deps(hub, SSL_CERT_FILE=str(authority / "ca.pem")).code == 0
        assert deps(hub, SSL_CERT_DIR=str(authority / "hashed")).code == 0
        r = deps(hub, SSL_CERT_FILE=str(tmp_path / "gone.pem"))
        assert r.code == 2 and "gone.pem" in r.text, r.text


def test_certificates_of_clickhouse(starc, project, authority):
    with ClickHouseServer("--tls", authority / "cert.pem", authority / "key.pem") as server:
        target = {"type": "clickhouse", "driver": "http", "host": "127.0.0.1", "port": server.port, "user": server.user}
        target |= {"password": server.password, "schema": "network", "secure": True, "retries": 0}
        folder = project({"models/m.sql": "select 1 as a"}, profile=target)
        assert starc("run", cwd=folder).code
        r = starc("run", cwd=folder, env={"SSL_CERT_FILE": str(authority / "ca.pem")})
        assert r.code == 0, r.text
        for bad in ("gone.pem", "hashed", "names"):  # not there, a folder, no certificates
            r = starc("run", cwd=folder, env={"SSL_CERT_FILE": str(authority / bad)})
            assert r.code and f"of SSL_CERT_FILE cannot be read: {authority / bad}" in r.text, r.text
        folder = project({"models/m.sql": "select 1 as a"}, profile=target | {"ca_cert": "/gone.pem"}, name="named")
        r = starc("run", cwd=folder)
        assert r.code and "of ca_cert cannot be read: /gone.pem" in r.text, r.text


def test_proxy(deps, authority):
    tls = (authority / "cert.pem", authority / "key.pem")
    with Hub() as plain, Hub(tls=tls) as secure, Relay() as relay:
        assert deps(plain, http_proxy=relay.url).code == 0
        assert relay.asked and all(line.startswith(f"GET {plain.url}") for line in relay.asked), relay.asked
        del relay.asked[:]
        for name in ("https_proxy", "HTTPS_PROXY", "all_proxy"):
            assert deps(secure, SSL_CERT_FILE=str(authority / "ca.pem"), **{name: relay.url}).code == 0
            assert relay.asked and all(line.startswith("CONNECT 127.0.0.1:") for line in relay.asked), relay.asked
            del relay.asked[:]
        assert deps(plain, http_proxy=relay.url, no_proxy="127.0.0.1,other.test").code == 0 and not relay.asked
        r = deps(secure, https_proxy=relay.url)  # the tunnel does not make the certificate a good one
        assert r.code == 2 and "certificate" in r.text, r.text


def test_proxy_that_fails(deps, authority):
    with Hub() as plain, Hub(tls=(authority / "cert.pem", authority / "key.pem")) as secure, Relay() as relay:
        relay.refuses = 403
        r = deps(secure, https_proxy=relay.url)
        assert r.code == 2 and "403" in r.text and "https_proxy" in r.text, r.text
        r = deps(plain, http_proxy=relay.url)
        assert r.code == 2 and "403" in r.text, r.text
        assert f"the proxy {relay.url[7:]} (http_proxy) answered 403" in r.text, r.text
        r = deps(plain, http_proxy="http://me:s3cret@no-such-proxy.invalid:1")
        assert r.code == 2 and "the proxy no-such-proxy.invalid:1 (http_proxy)" in r.text, r.text
        assert "s3cret" not in r.text, r.text
        r = deps(plain, http_proxy=free_address("me:s3cret@"))
        assert "(http_proxy) cannot be reached: Connection refused" in r.text and "s3cret" not in r.text, r.text


def free_address(user=""):
    """The address of a proxy that is not there."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return f"http://{user}127.0.0.1:{s.getsockname()[1]}"


def test_clickhouse_behind_a_proxy_that_fails(starc, project):
    """Told as the proxy's, with its variable; never as the server's. Nothing but the proxy is asked."""
    target = {"type": "clickhouse", "driver": "http", "host": "ch.example", "port": 8443, "user": "a"}
    target |= {"password": "b", "schema": "network_proxy", "secure": True, "retries": 0, "connect_timeout": 2}
    model = {"models/m.sql": "select 1 as a"}
    secure = project(model, profile=target, name="secure")
    plain = project(model, profile=target | {"secure": False, "port": 8123}, name="plain")
    with Relay() as relay, socket.create_server(("127.0.0.1", 0)) as closing:
        threading.Thread(target=hang_up, args=[closing], daemon=True).start()
        gone = free_address("me:s3cret@")
        for folder, url, status, why in [
            (secure, relay.url, 403, "refuses with status 403"),
            (secure, relay.url, 407, "refuses with status 407: it wants a user and a password"),
            (plain, relay.url, 403, "answered with HTTP status 403"),
            (secure, gone, 0, "cannot be reached: Connection refused"),
            (plain, gone, 0, "cannot be reached: Connection refused"),
            (secure, "garbage://me:s3cret@x", 0, "has no address that can be used"),
            (secure, "http://no-such-proxy.invalid:1", 0, "is not known"),
            (secure, f"http://127.0.0.1:{closing.getsockname()[1]}", 0, "does not do as a proxy does"),
            (plain, f"http://127.0.0.1:{closing.getsockname()[1]}", 0, "does not do as a proxy does"),
        ]:
            relay.refuses = status
            variable = "https_proxy" if folder == secure else "http_proxy"
            r = starc("debug", cwd=folder, env={v: "" for v in VARIABLES} | {variable: url})
            name = url.removeprefix("http://").split("@")[-1]
            assert r.code and f"the proxy {name} ({variable})" in r.text and why in r.text, r.text
            assert "no_proxy=HOST" in r.text and "nothing listens" not in r.text, r.text
            assert "s3cret" not in r.text, r.text


def hang_up(server):
    try:
        while True:
            server.accept()[0].close()
    except OSError:
        pass  # the test is over


def test_clickhouse_through_a_proxy(starc, project, clickhouse):
    target = {"type": "clickhouse", "driver": "http", "host": "127.0.0.1", "port": clickhouse.port}
    target |= {"user": clickhouse.user, "password": clickhouse.password, "schema": "network_proxy"}
    folder = project({"models/m.sql": "select 1 as a"}, profile=target)
    with Relay() as relay:
        r = starc("run", cwd=folder, env={"http_proxy": relay.url, "no_proxy": ""})
        assert r.code == 0 and relay.asked, (relay.asked, r.text)
        del relay.asked[:]
        assert starc("run", cwd=folder, env={"http_proxy": relay.url, "no_proxy": "127.0.0.1"}).code == 0
        assert not relay.asked
