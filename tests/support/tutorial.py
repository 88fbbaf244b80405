"""docs/start/tutorial: its chapters are followed in their order by one reader, from an empty folder, with a
Postgres of the reader's own. Files are written, SQL without a file's name goes to the store, commands run, and what
a page shows that they print, they print. A command whose page shows an error, a failure or a
difference that is left has an exit code of one."""

import os, pathlib, re, signal, subprocess

from servers import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "docs/start/tutorial").glob("[0-9]*.md"))
# What each command says first; a page may leave it out.
COMMON = re.compile(r"^(T starc \S+ target .*|T Found \d.*|T \d+ nodes?, \d+ threads?)$")


def steps(page):
    """[(line, the line before, language, text)] of its blocks."""
    found = re.finditer(r"^(?P<before>[^\n]*)\n+```(?P<kind>\w+)\n(?P<text>.*?)^```$", page, re.M | re.S)
    return [(page.count("\n", 0, m.start()) + 1, m["before"], m["kind"], m["text"]) for m in found]


def plain(line):
    """Without what differs from run to run: times, the order of nodes, how wide columns are."""
    line = re.sub(r"\b\d\d\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?", "MOMENT", line)
    line = re.sub(r"\b\d\d:\d\d:\d\d\b", "T", line)
    line = re.sub(r"\b\d+\.\d+ ?s\b", "Ns", line)
    line = re.sub(r"^T +\d+ of ", "T N of ", line)
    return " ".join(line.split())


def lines_of(text):
    lines = (plain(line) for line in text.splitlines())
    return [line for line in lines if line and not COMMON.match(line)]


def pattern(line):
    return ".*".join(re.escape(part) for part in line.split(".."))


def missing(shown, printed):
    """Lines of the page that were not printed, and what was printed beside them. A line `..` stands for any
    lines, `..` in a line for a part of it; lines of nodes come in any order, so all may."""
    shown, left = lines_of(shown), lines_of(printed)
    gone = []
    for line in (line for line in shown if line != ".."):
        at = next((i for i, has in enumerate(left) if re.fullmatch(pattern(line), has)), None)
        gone.append("- " + line) if at is None else left.pop(at)
    return gone + ([] if ".." in shown else ["+ " + line for line in left])


class Reader:
    """Who follows the chapters. home: the reader's folder, with the clone's seeds/ and examples/ in it; postgres: a server of the
    reader's own; env: the shell's variables; words: before each command, where it runs on another machine; root: that machine's
    root folder, in which `home` stands."""

    def __init__(self, home, postgres, env, words=(), root="/"):
        self.home, self.pg, self.serving, self.serve_port = home, postgres, None, free_port()
        self.words, self.root = list(map(str, words)), str(root)
        self.put("state", f"cd '{home}'\n")
        self.state = f"{home}/state"
        self.env = env | {"HOME": str(home), "NO_COLOR": "1", "PGHOST": "127.0.0.1", "PGPORT": str(postgres.port)}
        self.env |= {"PGUSER": postgres.user, "PGPASSWORD": postgres.password}

    def outside(self, path):
        """A path of the reader's machine, seen from here."""
        return os.path.join(self.root, os.path.join(self.home, path).lstrip("/"))

    def put(self, path, text):
        """Writes a file and the folders that lead to it, as the reader's own."""
        at, home = pathlib.Path(self.outside(path)), pathlib.Path(self.outside(""))
        owner = home.stat()
        made = [at, *(p for p in at.parents if home in p.parents)]
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)
        for p in made if self.root != "/" else ():
            os.chown(p, owner.st_uid, owner.st_gid)

    def here(self, text):
        return text.replace("5432", str(self.pg.port)).replace("8123", str(self.serve_port))

    def there(self, text):
        text = text.replace(str(self.pg.port), "5432").replace(str(self.serve_port), "8123")
        return text.replace(f"{self.folder()}/", "").replace(f"{self.home}/", "")

    def folder(self):
        with open(self.outside(self.state)) as f:
            return re.search(r"^cd '(.*)'", f.read(), re.M)[1]

    def script(self, line):
        """The shell's folder and variables stay from one command to the next."""
        after = f"""code=$?; {{ export -p; echo "cd '$PWD'"; }} > {self.state}; exit $code"""
        return [*self.words, "bash", "-c", f". {self.state}\n{self.here(line)}\n{after}"]

    def run(self, line, given=""):
        if re.match(r"starc (build|load|run|test)\b", line):
            self.stop()
        p = subprocess.run(self.script(line), env=self.env, input=given, text=True, timeout=300,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
        return p.returncode, self.there(p.stdout)

    def serve(self, line):
        line = line.replace("starc serve", f"exec starc serve --port {self.serve_port}")
        self.serving = subprocess.Popen([*self.words, "bash", "-c", f". {self.state}\n{line}"], env=self.env, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)  # fmt: skip
        said = ""
        for text in self.serving.stdout:
            said += text
            if text.startswith("Press Ctrl+C"):
                return 0, self.there(said)
        return self.serving.wait(), said

    def stop(self):
        if self.serving:
            os.killpg(self.serving.pid, signal.SIGINT)  # as a terminal does
            self.serving.wait(60)
            self.serving = None

    def block(self, before, kind, text):
        """What is wrong with it, or nothing."""
        name = re.fullmatch(r"`([\w./-]+)`:", before)
        if name:
            path = os.path.join(self.folder(), name[1])
            self.put(path, self.here(text).replace("host: localhost", "host: 127.0.0.1"))
            return []
        if kind == "text" or before.startswith("<!-- docs: skip: "):
            return []
        if kind == "sql":
            code, said = self.run("psql -q -v ON_ERROR_STOP=1 -d store", text)
            return [said] if code else []
        assert kind == "console", f"a block of {kind} without a file's name"
        wrong = []
        for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
            wrong += self.command(*part.partition("\n")[::2])
        return wrong

    def command(self, line, shown):
        code, said = (self.serve if line.startswith("starc serve") else self.run)(line)
        bad = re.search(r": error: |Failure in|^\+\+\+ ", shown, re.M) is not None
        wrong = missing(shown, said) if shown.strip() else []
        return [f"`{line}` ended with {code}", *wrong, "", said] if wrong or (code != 0) != bad else []

    def follow(self, pages):
        """What is wrong in them, a text each."""
        wrong = []
        try:
            for page in pages:
                for line, before, kind, text in steps(page.read_text()):
                    wrong += [f"{page.name}:{line}: {said}" for said in self.block(before.strip(), kind, text)]
        finally:
            self.stop()
        return wrong
