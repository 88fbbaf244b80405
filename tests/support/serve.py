"""A `starc serve` for tests: started on a free port, asked over HTTP, ended by its process id."""

import base64, http.client, os, re, signal, socket, subprocess, time
from urllib.parse import urlencode


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def code(self):
        return int(self.headers.get("X-ClickHouse-Exception-Code", 0))


class Serving:
    def __init__(self, starc, folder, *options, env=None):
        full = {k: v for k, v in os.environ.items() if not k.startswith("DBT_")}
        full.update(NO_COLOR="1", HOME=str(folder), **(env or {}))
        self.process = subprocess.Popen(
            [starc, "serve", "--port", "0", *map(str, options)],
            cwd=folder,
            env=full,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Press Ctrl+C"):
                break
        found = re.search(r"http://(\S+):(\d+)", self.said)
        assert found, self.said + self.process.stderr.read()
        self.folder = folder
        self.host, self.port = found[1], int(found[2])
        self.user = "default"
        word = re.search(r"User default, password (\S+)", self.said)
        self.password = word[1] if word else ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, sig=signal.SIGTERM, timeout=60):
        """Ends it, and gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            self.rest, self.err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode

    def connect(self, timeout=60):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def login(self):
        word = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Authorization": "Basic " + word}

    def ask(self, body=None, method=None, path="/", headers=None, login=True, connection=None, **arguments):
        """One request: a query in the body, the address's arguments by name."""
        c = connection or self.connect()
        full = {**(self.login() if login else {}), **(headers or {})}
        address = path + ("?" + urlencode(arguments) if arguments else "")
        c.request(method or ("POST" if body is not None else "GET"), address, body=body, headers=full)
        r = c.getresponse()
        answer = Answer(r.status, r.headers, r.read())
        if not connection:
            c.close()
        return answer

    def inside(self, sql):
        """The text that the project's own processes are told: they see what all run."""
        c = http.client.HTTPConnection("localhost", timeout=60)
        c.sock = socket.socket(socket.AF_UNIX)
        here = os.open(self.folder / ".starc/warehouse", os.O_PATH)  # a socket's path is short
        try:
            c.sock.connect(f"/proc/self/fd/{here}/starc.socket")
        finally:
            os.close(here)
        c.request("POST", "/", sql.encode())
        r = c.getresponse()
        text = r.read().decode()
        c.close()
        assert r.status == 200, text
        return text

    def await_query(self, text, there):
        """Until a statement with this text runs, or none does."""
        sql = f"select count() from system.processes where query like '%{text}%' and query not like '%processes%'"
        until = time.time() + 20
        while (self.inside(sql) != "0\n") != there:
            assert time.time() < until
            time.sleep(0.1)

    def rows(self, sql, **more):
        answer = self.ask(sql, **more)
        assert answer.status == 200, answer.text
        return [line.split("\t") for line in answer.text.splitlines()]
