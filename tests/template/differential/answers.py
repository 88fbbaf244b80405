"""What a program answers to jobs, a line of JSON each: also one that dies, hangs or wants all memory.

The program reads jobs from its standard input and writes an answer to each before it takes the next. A job that it
does not answer gets {"error": why, "class": "dead" or "late"}, and a new process goes on behind it.
"""

import json
import os
import re
import resource
import select
import signal
import subprocess
import tempfile
import time


def ended(code):
    """'exit 3', 'SIGKILL'."""
    return signal.Signals(-code).name if code < 0 else "exit %d" % code


def lines(process, seconds):
    """The lines that the process writes, each at most `seconds` after the one before; None: one is late."""
    line, by = bytearray(), time.monotonic() + seconds  # a line can be of hundreds of MB: nothing is copied twice
    while True:
        if not select.select([process.stdout], [], [], max(0, by - time.monotonic()))[0]:
            yield None
            return
        part = os.read(process.stdout.fileno(), 1 << 16)
        if not part:
            return
        *ends, rest = part.split(b"\n")
        for end in ends:
            yield bytes(line + end)
            line, by = bytearray(), time.monotonic() + seconds
        line += rest


def of_one_process(command, jobs, seconds, memory):
    """The answers until the process is done, or to the job that it had no answer to."""
    found = []
    with tempfile.TemporaryFile("w+") as asked, tempfile.TemporaryFile("w+", errors="replace") as said:
        asked.writelines(json.dumps(job) + "\n" for job in jobs)
        asked.seek(0)
        process = subprocess.Popen(
            command,
            stdin=asked,
            stdout=subprocess.PIPE,
            stderr=said,
            preexec_fn=lambda: memory and resource.setrlimit(resource.RLIMIT_AS, (memory, memory)),
        )
        try:
            for line in lines(process, seconds):
                if line is None:
                    found.append({"error": "no answer in %g s" % seconds, "class": "late"})
                    return found
                found.append(json.loads(line))
        finally:
            process.kill()
            process.stdout.close()
            code = process.wait()
        if len(found) < len(jobs):
            said.seek(0)
            found.append({"error": "%s %s" % (ended(code), said.read()[-2000:]), "class": "dead"})
    return found


# Bytes; a sanitizer's shadow alone is larger.
MEMORY = 0 if re.search("address|thread", os.environ.get("BUILD", "")) else 4 << 30


def answers(command, jobs, seconds=30, memory=MEMORY):
    """One answer a job. The job at which a process died is asked once more, alone: something else may have killed
    it."""
    found = []
    while len(found) < len(jobs):
        found += of_one_process(command, jobs[len(found) :], seconds, memory)
        if found[-1].get("class") == "dead":
            found[-1] = of_one_process(command, [jobs[len(found) - 1]], seconds, memory)[0]
    return found
