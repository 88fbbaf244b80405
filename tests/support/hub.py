"""A hub of packages on a free port of loopback: its JSON index as dbt asks for it, and the archives.

with Hub() as hub:
    hub.add("acme/util", "1.0.0", {"dbt_project.yml": "name: util\\n", "macros/m.sql": ...})
    env = {"STARC_HUB_URL": hub.url}
"""

import hashlib, http.server, io, json, pathlib, ssl, tarfile, threading


def tar(files, top):
    """A tar.gz of {path: text or bytes, or a TarInfo that is taken as it is}, below one folder."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as t:
        for path, text in files.items():
            if isinstance(text, tarfile.TarInfo):
                t.addfile(text)
                continue
            data = text.encode() if isinstance(text, str) else text
            info = tarfile.TarInfo(f"{top}/{path}" if top else path)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def folder_files(folder):
    """The files of a folder, links left out, as tar() wants them."""
    folder = pathlib.Path(folder)
    skip = {".git", "target", "logs", "dbt_packages"}
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not p.is_symlink() and not skip & set(p.relative_to(folder).parts)
    }


class Hub:
    def __init__(self, tls=None):
        """tls: files with the certificate and its key, for https."""
        self.packages, self.files, self.asked = {}, {}, []
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                hub.asked.append(self.path)
                body = hub.answer(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *a):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server.server_port}/"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)

    def answer(self, path):
        if path == "/api/v1/index.json":
            return json.dumps(sorted(self.packages)).encode()
        if path.startswith("/api/v1/") and path.endswith(".json"):
            versions = self.packages.get(path[len("/api/v1/") : -len(".json")])
            if versions is None:
                return None
            name = path[len("/api/v1/") : -len(".json")]
            return json.dumps(
                {"name": name.split("/")[1], "namespace": name.split("/")[0], "versions": versions}
            ).encode()
        return self.files.get(path)

    def add(self, package, version, files, packages=(), sha1=None, archive=None, name=None, **more):
        """files: a dict or a folder. `archive`: other bytes in place of what tar() makes."""
        if not isinstance(files, dict):
            files = folder_files(files)
        name = name or package.split("/")[1]
        body = archive if archive is not None else tar(files, f"{name}-{version}")
        where = f"/archives/{package}/{version}.tar.gz"
        self.files[where] = body
        self.packages.setdefault(package, {})[version] = {
            "id": f"{package}/{version}",
            "name": name,
            "version": version,
            "packages": list(packages),
            "works_with": [],
            "downloads": {
                "tarball": self.url + where[1:],
                "format": "tgz",
                "sha1": sha1 or hashlib.sha1(body).hexdigest(),
            },
            **more,
        }

    def put(self, path, body):
        """Serves bytes at a path; gives its URL."""
        self.files["/" + path] = body
        return self.url + path

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *a):
        self.server.shutdown()
        self.server.server_close()
