#!/usr/bin/env python3
"""Runs the golden cases: each folder NAME/ here is one.

  NAME/project/   the input, copied to a temporary folder for each run (may be missing)
  NAME/setup      optional shell commands run in that folder first (make a file binary, unreadable...)
  NAME/cmd        one starc command a line, without the program's name; "VAR=x" words may stand
                  before it, "@pg" / "@http" alone on the first line asks for that server
  NAME/expect     what all commands printed on standard output and error, and their exit codes,
                  with times, ids, ports and paths masked
  NAME/expect.d/  optional: files that must be there afterwards, with this content (masked)

usage: run.py [--update] [NAME ...]     --update writes expect instead of comparing
"""

import difflib, os, pathlib, re, shlex, shutil, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STARC = os.environ.get("STARC") or str(ROOT / os.environ.get("BUILD", "build") / "starc")
LIMIT_S = 120

MASKS = [
    (r"\x1b\[[0-9;]*m", ""),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?", "TIME"),
    (r"^\d\d:\d\d:\d\d  ", "HH:MM:SS  "),
    (r"\b\d+\.\d+ ?s\b", "N.NNs"),
    (r"\b\d+ ms\b", "N ms"),
    (r"(127\.0\.0\.1|localhost)([: ]|, port )\d{4,5}", r"\1\2PORT"),
    (r"\bport(:? +)\d{4,5}\b", r"port\1PORT"),
    (r"\bpid \d+|process \d+", "pid N"),
    (r"(library: ).*, called by .*", r"\1THE ENGINE"),
    (r"(ClickHouse|PostgreSQL|postgres|clickhouse)([ :=v]+)\d+\.\d+[.\d]*", r"\1\2VERSION"),
    (
        r"(files that SQL can open): (the project's|any file: this system has no Landlock.*)",
        r"\1: AS THE SYSTEM CAN LIMIT IT",
    ),
]


def mask(text, folder):
    for path in {str(folder), os.path.realpath(folder)}:
        text = text.replace(path, "PROJECT")
    for pattern, to in MASKS:
        text = re.sub(pattern, to, text, flags=re.M)
    return text


def run_case(case):
    """Returns (what was printed, {file: content} of expect.d)."""
    with tempfile.TemporaryDirectory(prefix="golden-") as tmp:
        folder = pathlib.Path(tmp) / "p"
        if (case / "project").exists():
            shutil.copytree(case / "project", folder, symlinks=True)
        else:
            folder.mkdir()
        env = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "STARC_PROFILES", "STARC_TARGET"))}
        env.update(HOME=tmp, NO_COLOR="1", TZ="UTC", GOLDEN=str(folder))
        if (case / "setup").exists():
            subprocess.run(
                ["bash", "-e", str(case / "setup")], cwd=folder, env=env, check=True, stdin=subprocess.DEVNULL
            )
        out = []
        for line in (case / "cmd").read_text().splitlines():
            if not line.strip() or line.startswith(("#", "@")):
                continue
            words = shlex.split(line)
            local = dict(env)
            while words and re.match(r"^[A-Z][A-Z0-9_]*=", words[0]):
                k, _, v = words.pop(0).partition("=")
                local[k] = v
            try:
                p = subprocess.run(
                    [STARC] + words,
                    cwd=folder,
                    env=local,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=LIMIT_S,
                )
                code, so, se = p.returncode, p.stdout, p.stderr
            except subprocess.TimeoutExpired as e:
                code, so, se = "timed out", e.stdout or b"", e.stderr or b""
            out.append(f"$ starc {line}\n")
            so, se = so.decode("utf-8", "replace"), se.decode("utf-8", "replace")
            out.append(so)
            if se:
                out.append("--- standard error\n" + se)
            out.append(f"--- exit {code}\n")
        files = {}
        for want in sorted((case / "expect.d").rglob("*")) if (case / "expect.d").exists() else []:
            if want.is_file():
                rel = want.relative_to(case / "expect.d")
                got = folder / rel
                files[rel] = mask(got.read_text("utf-8", "replace"), folder) if got.exists() else "(no such file)\n"
        subprocess.run(["chmod", "-R", "u+rwX", tmp], check=False)
        return mask("".join(out), folder), files


def check(case, update):
    got, files = run_case(case)
    expect = case / "expect"
    if update:
        expect.write_text(got)
        for rel, text in files.items():
            (case / "expect.d" / rel).write_text(text)
        return ""
    want = expect.read_text() if expect.exists() else ""
    diff = list(difflib.unified_diff(want.splitlines(True), got.splitlines(True), "expected", "printed", n=2))
    for rel, text in files.items():
        diff += difflib.unified_diff(
            (case / "expect.d" / rel).read_text().splitlines(True),
            text.splitlines(True),
            f"expected {rel}",
            f"written {rel}",
            n=2,
        )
    return "".join(diff)


def main():
    args = [a for a in sys.argv[1:] if a != "--update"]
    update = "--update" in sys.argv
    cases = sorted(p.parent for p in HERE.glob("*/cmd") if not args or p.parent.name in args)
    if os.environ.get("STARC_TEST_EMBEDDED") == "0":  # see tests/run
        cases = [
            c
            for c in cases
            if not re.search(r"^(\w+=\S+ )*(build|run|test|seed|show|debug|compile)\b", (c / "cmd").read_text(), re.M)
        ]
    needs = [c for c in cases if (c / "cmd").read_text().startswith("@")]
    if needs and "STARC_TEST_PG_PORT" not in os.environ:
        # Some cases talk to servers: start them around this same run.
        os.execv(
            sys.executable,
            [sys.executable, str(ROOT / "tests/support/with_servers.py"), "--", sys.executable, *sys.argv],
        )
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        for case, diff in zip(cases, pool.map(lambda c: check(c, update), cases)):
            if diff:
                failed += 1
                print(f"FAILED {case.name}\n{diff}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return failed != 0 or not cases


if __name__ == "__main__":
    sys.exit(main())
