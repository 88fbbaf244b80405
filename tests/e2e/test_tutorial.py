"""docs/start/tutorial: its chapters are followed in their order by one reader, from an empty folder, with a
Postgres of the reader's own. Files are written, SQL without a file's name goes to the store, commands run, and what
a page shows that they print, they print. A command whose page shows an error, a failure or a
difference that is left has an exit code of one."""

import os, re, signal, subprocess

from conftest import ROOT, STARC, needs_embedded
from servers import PostgresServer, free_port, postgres_bin

pytestmark = needs_embedded
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
    def __init__(self, home, postgres):
        self.home, self.pg, self.serving, self.serve_port = home, postgres, None, free_port()
        for name in ("seeds", "examples"):
            (home / name).symlink_to(ROOT / name)
        self.state = home / "state"
        self.state.write_text(f"cd '{home}'\n")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "PG"))}
        self.env = kept | {"PATH": f"{os.path.dirname(STARC)}:{postgres_bin()}:{os.environ['PATH']}"}
        self.env |= {"HOME": str(home), "NO_COLOR": "1", "PGHOST": "127.0.0.1", "PGPORT": str(postgres.port)}
        self.env |= {"PGUSER": postgres.user, "PGPASSWORD": postgres.password}

    def here(self, text):
        return text.replace("5432", str(self.pg.port)).replace("8123", str(self.serve_port))

    def there(self, text):
        text = text.replace(str(self.pg.port), "5432").replace(str(self.serve_port), "8123")
        return text.replace(f"{self.folder()}/", "").replace(f"{self.home}/", "")

    def folder(self):
        return re.search(r"^cd '(.*)'", self.state.read_text(), re.M)[1]

    def script(self, line):
        """The shell's folder and variables stay from one command to the next."""
        after = f"""code=$?; {{ export -p; echo "cd '$PWD'"; }} > {self.state}; exit $code"""
        return ["bash", "-c", f". {self.state}\n{self.here(line)}\n{after}"]

    def run(self, line, given=""):
        if re.match(r"starc (build|load|run|test)\b", line):
            self.stop()
        p = subprocess.run(self.script(line), env=self.env, input=given, text=True, timeout=300,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
        return p.returncode, self.there(p.stdout)

    def serve(self, line):
        line = line.replace("starc serve", f"exec starc serve --port {self.serve_port}")
        self.serving = subprocess.Popen(["bash", "-c", f". {self.state}\n{line}"], env=self.env, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
        said = ""
        for text in self.serving.stdout:
            said += text
            if text.startswith("Press Ctrl+C"):
                return 0, self.there(said)
        return self.serving.wait(), said

    def stop(self):
        if self.serving:
            self.serving.send_signal(signal.SIGINT)
            self.serving.wait(60)
            self.serving = None

    def block(self, before, kind, text):
        """What is wrong with it, or nothing."""
        name = re.fullmatch(r"`([\w./-]+)`:", before)
        if name:
            path = os.path.join(self.folder(), name[1])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(self.here(text).replace("host: localhost", "host: 127.0.0.1"))
            return []
        if kind == "text":
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


def test_the_chapters(tmp_path):
    wrong = []
    with PostgresServer() as postgres:
        reader = Reader(tmp_path, postgres)
        try:
            for page in CHAPTERS:
                for line, before, kind, text in steps(page.read_text()):
                    wrong += [f"{page.name}:{line}: {said}" for said in reader.block(before.strip(), kind, text)]
        finally:
            reader.stop()
    assert not wrong, "\n".join(wrong)


def test_each_chapter_leads_to_the_next():
    for page, following in zip(CHAPTERS, CHAPTERS[1:]):
        last = page.read_text().rstrip().rpartition("\n")[2]
        assert last.startswith("Next: ") and f"]({following.name})" in last, page.name
        assert "At the end of this chapter you " in page.read_text(), page.name
        assert page.read_text().count("## Exercise") == page.read_text().count("<details><summary>Solution") == 1
