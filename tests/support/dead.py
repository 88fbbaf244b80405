#!/usr/bin/env python3
"""Names each function and table of the program that nothing in it uses: what the linker leaves out when every
one has a section of its own.  usage: dead.py BUILD_DIR CC [LIBRARY...], with the objects in BUILD_DIR"""

import re, subprocess, sys, tempfile

# What only the tests and fuzzers call.
FOR_TESTS = {"secret_forget"}
# What the library has for a program that lives longer than one command (tests/check/edit.c drives it).
FOR_LIVING = ["edit_node", "check_forget"]

build, cc, *libraries = sys.argv[1:]
with tempfile.NamedTemporaryFile() as out:
    said = subprocess.run(
        [
            cc,
            "-pthread",
            "-Wl,--gc-sections",
            "-Wl,--print-gc-sections",
            *(f"-Wl,-u,{name}" for name in FOR_LIVING),
            "-o",
            out.name,
            f"{build}/runtime/cli/main.o",
            "-Wl,--whole-archive",
            f"{build}/libstarc.a",
            "-Wl,--no-whole-archive",
            *libraries,
            "-lm",
            "-ldl",
        ],
        capture_output=True,
        text=True,
    )
if said.returncode:
    sys.exit(said.stderr)
found = re.findall(r"'\.(\w+)[.\w]*?\.(\w+)' in file '[^']*libstarc\.a\((\w+)\.o\)'", said.stderr)
names = subprocess.run(
    ["nm", "-g", "--defined-only", f"{build}/libstarc.a"], capture_output=True, text=True, check=True
).stdout
public = {
    line.split()[-1] for line in names.splitlines() if line.count(" ") == 2
}  # of a file's own constants the compiler folds some
found = {(file, name) for kind, name, file in found if kind == "text" or name in public}
dead = sorted((file, name) for file, name in found if name not in FOR_TESTS)
dead += [
    ("-", f"{name} is used: take it off the list in dead.py")
    for name in sorted(FOR_TESTS - {name for _, name in found})
]
print(
    "\n".join(f"{file}.c: nothing uses {name}" for file, name in dead)
    or "dead: each function and table of the program is used"
)
sys.exit(bool(dead))
