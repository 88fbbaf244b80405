#!/usr/bin/env python3
"""What answers.py makes of programs that die, hang or want all memory: no wait without end, each job with an answer."""

import pathlib
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from answers import answers  # noqa: E402

PROGRAM = """
import json, os, signal, sys, time
for line in sys.stdin:
    job = json.loads(line)
    if job == "kill" or (job == "kill once" and not os.path.exists(sys.argv[1])):
        open(sys.argv[1], "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    if job == "exit":
        sys.exit("it is over")
    if job == "hang":
        time.sleep(1000)
    if job == "memory":
        job = len(bytearray(1 << 40))
    print(json.dumps({"ok": job}), flush=True)
"""
CASES = [  # jobs, what their answers begin with
    (["a", "b"], [{"ok": "a"}, {"ok": "b"}]),
    (
        ["a", "kill", "b", "kill"],
        [{"ok": "a"}, {"error": "SIGKILL", "class": "dead"}, {"ok": "b"}, {"error": "SIGKILL", "class": "dead"}],
    ),
    (["kill once", "b"], [{"ok": "kill once"}, {"ok": "b"}]),
    (["exit", "b"], [{"error": "exit 1 it is over", "class": "dead"}, {"ok": "b"}]),
    (["a", "hang", "b"], [{"ok": "a"}, {"error": "no answer in 3 s", "class": "late"}, {"ok": "b"}]),
    (["memory", "b"], [{"error": "exit 1 Traceback", "class": "dead"}, {"ok": "b"}]),
    (["long" * 5000000, "b"], [{"ok": "long" * 5000000}, {"ok": "b"}]),
]


def main():
    failed = 0
    for jobs, wanted in CASES:
        once = pathlib.Path("/tmp/starc-answers-%d" % time.monotonic_ns())
        found = answers([sys.executable, "-c", PROGRAM, str(once)], jobs, seconds=3, memory=2 << 30)
        once.unlink(missing_ok=True)
        good = len(found) == len(wanted) and all(
            f.get("ok") == w.get("ok")
            and f.get("class") == w.get("class")
            and f.get("error", "").startswith(w.get("error", ""))
            for f, w in zip(found, wanted)
        )
        if not good:
            failed += 1
            print("%.80r: %.400r" % (jobs, found))
    print("%d passed, %d failed" % (len(CASES) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
