"""`starc engine`: libchdb, or the engine of chdb-core, where every project finds it. What is fetched from a registry
is tried by hand: 170 MB each."""

import fcntl, os, pathlib, resource, shutil, signal as signals, subprocess, tarfile, time, zipfile
import pytest
import chdb
from conftest import STARC, needs_embedded

LIBCHDB = chdb.find()
WHEEL, ADBC = chdb.find_wheel(), chdb.find_adbc()
IN_WHEEL = "chdb-core/chdb/_chdb.abi3.so"


@pytest.fixture
def home(tmp_path):
    """A program away from its build, with a data folder of its own: (call, folder)."""
    program = tmp_path / "bin/starc"
    program.parent.mkdir()
    os.link(STARC, program) if os.stat(STARC).st_dev == os.stat(tmp_path).st_dev else shutil.copy(STARC, program)
    env = {k: v for k, v in os.environ.items() if k != "STARC_LIBCHDB"} | {"XDG_DATA_HOME": str(tmp_path / "data")}

    def call(*words, before=None, **more):
        words = [program, "engine", *words]
        p = subprocess.run(words, env=env | more, capture_output=True, text=True, preexec_fn=before)
        return p.returncode, p.stdout + p.stderr

    call.program, call.env = program, env
    return call, tmp_path / "data/starc"


def left(folder):
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


@needs_embedded
def test_from_a_file(home, tmp_path):
    call, folder = home
    assert call("path")[0] == 1 and "`starc engine install` gets it" in call("path")[1]
    assert call("install", "--from", LIBCHDB) == (0, f"Installed {folder}/libchdb.so\n")
    assert call("install") == (0, f"It is there already: {folder}/libchdb.so\n")
    assert call("path") == (0, f"{folder}/libchdb.so\n") and left(folder) == ["engine.lock", "libchdb.so"]
    code, text = call("version")
    assert code == 0 and text.startswith("26.") and text.endswith(" (C functions)\n"), text
    project = tmp_path / "shop"
    subprocess.run([call.program, "init", "shop"], cwd=tmp_path, env=call.env, check=True, capture_output=True)
    debug = subprocess.run([call.program, "debug"], cwd=project, env=call.env, capture_output=True, text=True)
    assert f"  library: {folder}/libchdb.so, called by C functions\n" in debug.stdout, debug.stdout
    built = subprocess.run([call.program, "build"], cwd=project, env=call.env, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout
    assert call("remove")[0] == 0 and not folder.exists()
    assert call("remove") == (0, f"There is no embedded ClickHouse in {folder}\n")


@pytest.mark.skipif(not (WHEEL and LIBCHDB), reason="scripts/setup chdb adbc")
def test_from_a_wheel(home, tmp_path):
    call, folder = home
    assert call("install", "--from", WHEEL) == (0, f"Installed {folder}/{IN_WHEEL}\n")
    assert call("install", "--with", "pip") == (0, f"It is there already: {folder}/{IN_WHEEL}\n")
    assert call("path") == (0, f"{folder}/{IN_WHEEL}\n") and left(folder) == ["chdb-core", "engine.lock"]
    code, text = call("version")
    assert code == 0 and text.startswith("26.9.") and text.endswith(" (ADBC)\n"), text
    project = tmp_path / "shop"
    subprocess.run([call.program, "init", "shop"], cwd=tmp_path, env=call.env, check=True, capture_output=True)
    debug = subprocess.run([call.program, "debug"], cwd=project, env=call.env, capture_output=True, text=True)
    assert f"  library: {folder}/{IN_WHEEL}, called by ADBC\n" in debug.stdout, debug.stdout
    # a wheel that is cut short: the one before stays; then one form takes the other's place
    with open(WHEEL, "rb") as f:
        (tmp_path / "cut.whl").write_bytes(f.read(30 << 20))
    code, text = call("install", "--from", str(tmp_path / "cut.whl"))
    assert code == 1 and "the package is broken" in text and left(folder) == ["chdb-core", "engine.lock"], text
    assert call("version")[0] == 0
    assert call("install", "--from", WHEEL)[0] == 0  # over the one that is there
    assert call("install", "--from", LIBCHDB)[0] == 0 and left(folder) == ["engine.lock", "libchdb.so"]
    assert call("remove") == (0, f"Removed {folder}/libchdb.so\n") and not folder.exists()


@pytest.mark.skipif(not ADBC, reason="scripts/setup adbc")
def test_the_package_in_a_python_environment(home, tmp_path):
    """As `pip install starc[embedded]` leaves it: beside the program, or in the environment that is active."""
    call, folder = home
    for root in (tmp_path, tmp_path / "venv"):
        site = root / "lib/python3.12/site-packages"
        for name in ("chdb", "chdb_core.libs"):
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            os.symlink(pathlib.Path(ADBC).parent.parent / name, site / name)
        file = "lib/python3.12/site-packages/chdb/_chdb.abi3.so"
        code, text = call("path", VIRTUAL_ENV=str(tmp_path / "venv"))
        assert code == 0 and text.endswith(f"{file}\n") and str(root) in text, text
        assert call("version", VIRTUAL_ENV=str(tmp_path / "venv"))[1].startswith("26.9.")
        shutil.rmtree(root / "lib")
    assert call("path", VIRTUAL_ENV=str(tmp_path / "venv"))[0] == 1


def test_what_is_no_engine(home, tmp_path):
    call, folder = home
    other = bytearray(pathlib.Path(STARC).read_bytes()[:4096])
    other[18] = 183 if other[18] == 62 else 62  # the other processor
    (tmp_path / "other.so").write_bytes(other)
    (tmp_path / "empty.so").write_text("")
    (tmp_path / "text.so").write_text("no library" * 100)
    wheel(tmp_path / "other.whl", {"chdb/_chdb.abi3.so": bytes(other)})
    wheel(tmp_path / "none.whl", {"chdb/../chdb/_chdb.abi3.so": b"", "chdb_core.libs/a/b.so": b""})
    for name, why in [
        ("other.so", "is for another processor"),
        ("empty.so", "cannot read"),
        ("text.so", "is no shared library"),
        ("other.whl", "is for another processor"),
        ("none.whl", "the package has no chdb/_chdb.abi3.so"),
        ("gone.so", "No such file"),
        (".", "cannot read"),
    ]:
        code, text = call("install", "--from", str(tmp_path / name))
        assert code == 1 and why in text and "[engine-install]" in text and left(folder) in ([], ["engine.lock"]), text
    code, text = call("install", "--from", "")  # a variable that is not set: nothing is fetched
    assert code == 2 and "--from needs the name of a file" in text, text
    if ADBC:
        code, text = call("install", "--from", ADBC)
        assert code == 1 and "without the files beside it" in text and left(folder) == ["engine.lock"], text
    assert call("install", "--with", "curl")[0] == 2
    code, text = call("instal")
    assert code == 2 and "it is install, path, version or remove" in text


@needs_embedded
@pytest.mark.skipif(os.uname().sysname != "Linux", reason="files of another kind are left to the loader")
def test_a_library_that_is_broken_or_another(starc, project, tmp_path):
    """Told before the loader gets it: at a file that is cut short it would crash."""
    libc = pathlib.Path(next(l.split()[-1] for l in open("/proc/self/maps") if "/libc.so" in l or "/libc-2" in l))
    with open(LIBCHDB, "rb") as f:
        (tmp_path / "head.so").write_bytes(f.read(100000))
    (tmp_path / "tail.so").write_bytes(libc.read_bytes()[:-64])  # all that is loaded is there
    folder = project({"models/m.sql": "select 1 as a"})
    for file, why in [
        (tmp_path / "head.so", "is cut short"),
        (tmp_path / "tail.so", "is cut short"),
        (libc, "is no embedded ClickHouse"),
        (pathlib.Path(shutil.which("gzip")), "is no embedded ClickHouse"),
    ]:
        r = starc("build", "--report", "junit=j.xml", cwd=folder, env={"STARC_LIBCHDB": str(file)})
        assert r.code == 2 and f"{file} {why}" in r.text and why in (folder / "j.xml").read_text(), r.text
        (folder / "j.xml").unlink()


def fake(folder, name, text):
    """Stands for a registry's client where it fails, or brings what it should not."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n" + text)
    (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def wheel(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in files.items():
            z.writestr(name, text)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the registry has it for x86-64 only")
def test_a_registry_that_fails(home, tmp_path):
    call, folder = home
    folder.mkdir(parents=True)
    (folder / "libchdb.so").write_text("the one before")
    bad = tmp_path / "bad"
    (bad / "package").mkdir(parents=True)
    (bad / "package/libchdb.so").write_text("not that")
    with tarfile.open(bad / "bad.tgz", "w:gz") as archive:
        archive.add(bad / "package", "package")
    (bad / "none.tgz").write_text("no archive")
    into = 'while [ "$1" != --pack-destination ]; do shift; done; '
    e403 = "npm error code E403\\nnpm error 403 403 Forbidden - GET http://x\\nnpm error A complete log"
    nospc = "nospc ENOSPC: no space left on device, write"
    full = [f"npm ERR! {x}" for x in ("code ENOSPC", "syscall write", "errno -28", nospc)]
    notice = 'echo "npm notice New minor version of npm available!" >&2'  # also behind the file's name
    cases = [
        (None, "one of the programs npm, pip and uv is needed"),
        (f"printf '{e403}'; exit 1", "npm error 403 403 Forbidden - GET http://x [engine-install]\n"),
        ("printf '%s\\n' '" + "' '".join(full) + "'; exit 1", f"26.5.3: npm ERR! {nospc}"),
        (into + f'cp {bad}/bad.tgz "$2" && echo bad.tgz; {notice}', "not the file that it should be"),
        ("echo 'npm error reason: no route'; exit 1", "26.5.3: no route [engine-install]\n"),
        (into + f'cp {bad}/bad.tgz "$2" && echo bad.tgz', "not the file that it should be"),
        (into + f'cp {bad}/none.tgz "$2" && echo none.tgz', "the package has no package/libchdb.so"),
        ("echo gone.tgz", "npm brought 0 files"),
    ]
    for text, why in cases:
        path = fake(tmp_path / "npm", "npm", text) if text else str(tmp_path)
        code, said = call("install", PATH=path)
        assert code == 1 and why in said, said
        assert (folder / "libchdb.so").read_text() == "the one before", why
        assert left(folder) == ["engine.lock", "libchdb.so"], why
    # the same by the Python package, whose wheel is known before it is opened; uv runs pip
    wheel(bad / "bad.whl", {"chdb/_chdb.abi3.so": b"not that"})
    into = 'while [ "$1" != --dest ]; do shift; done; '
    retry = "WARNING: Retrying after connection broken by 'NewConnectionError(no route)': /simple/"
    for name, words in [("pip", "--with pip"), ("uv", "--with uv"), ("pip3", "")]:
        for text, why in [
            (f'echo "{retry}"; echo "ERROR: No matching distribution"; exit 1', "26.9.0: NewConnectionError(no route)"),
            (into + f'/bin/cp {bad}/bad.whl "$2"', "not the file that it should be"),
        ]:
            fake(tmp_path / name, name, text)
            code, said = call("install", *words.split(), PATH=str(tmp_path / name))
            assert code == 1 and why in said, said
            assert (folder / "libchdb.so").read_text() == "the one before", why
            assert left(folder) == ["engine.lock", "libchdb.so"], why


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="only Linux ends a child with its parent")
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the registry has it for x86-64 only")
@pytest.mark.parametrize("signal", ["SIGTERM", "SIGKILL"])
def test_npm_ends_with_starc(home, tmp_path, signal):
    call, folder = home
    text = f"echo $$ > {tmp_path}/part; mv {tmp_path}/part {tmp_path}/pid; exec sleep 60"
    path = fake(tmp_path / "npm", "npm", text)
    p = subprocess.Popen([call.program, "engine", "install"], env=call.env | {"PATH": path}, stdout=subprocess.DEVNULL)
    wait_until((tmp_path / "pid").exists)
    p.send_signal(getattr(signals, signal))
    assert p.wait() == -getattr(signals, signal)
    npm = int((tmp_path / "pid").read_text())
    wait_until(lambda: not is_running(npm))
    assert (folder / "engine-parts").exists()  # nobody was left to take it away
    assert call("remove")[0] == 0 and not folder.exists()


@needs_embedded
def test_what_the_engine_cannot_be_without(starc, project):
    """The library would end the whole process, without a word of starc's."""
    folder = project({"models/m.sql": "select 1 as a"})

    def build(*before):
        words = [*before, STARC, "build", "--report", "junit=j.xml"]
        env = os.environ | {"STARC_LIBCHDB": LIBCHDB}
        p = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True)
        assert (folder / "j.xml").exists(), p.stderr
        (folder / "j.xml").unlink()
        return p.returncode, p.stdout + p.stderr

    code, text = build("prlimit", "--nofile=32:32")
    assert code == 2 and "needs 64 open files at least, and 32 are allowed" in text and "ulimit -n" in text, text
    code, text = build("prlimit", "--nofile=32:4096")  # the limit can be raised
    assert code == 0, text
    bare = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    if subprocess.run([*bare, "true"], capture_output=True).returncode == 0:
        code, text = build(*bare)
        assert code == 2 and "needs /proc/self/fd, which is not there" in text and "mount -t proc" in text, text


def test_remove_waits_for_an_install(home):
    """And the next install for both, though the file of the lock is another one then."""
    call, folder = home
    folder.mkdir(parents=True)
    begin = lambda *words: subprocess.Popen(
        [call.program, "engine", *words], env=call.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    with (folder / "engine.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        both = [begin("remove"), begin("install", "--from", "/bin/sh"), begin("remove")]
        time.sleep(1)
        assert [p.poll() for p in both] == [None] * 3 and left(folder) == ["engine.lock"]
    assert [p.wait(timeout=30) for p in both] == [0, 1, 0]
    assert call("remove")[0] == 0 and not folder.exists()


def wait_until(done, seconds=20):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@needs_embedded
def test_disks_rights_and_kills(home, tmp_path):
    call, folder = home
    small = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    code, text = call("install", "--from", LIBCHDB, before=small)
    assert code != 0 and left(folder) == ["engine.lock"], text
    # killed in the middle, and what that left is taken away by the next; two at once
    begin = lambda: subprocess.Popen(
        [call.program, "engine", "install", "--from", LIBCHDB], env=call.env, stdout=subprocess.DEVNULL
    )
    p = begin()
    while "engine-parts" not in left(folder) and p.poll() is None:
        time.sleep(0.001)
    p.kill()
    p.wait()
    two = [begin(), begin()]
    assert [p.wait() for p in two] == [0, 0] and left(folder) == ["engine.lock", "libchdb.so"]
    file = tmp_path / "file"
    file.write_text("")
    code, text = call("install", "--from", LIBCHDB, XDG_DATA_HOME=str(file))
    assert code == 1 and "file" in text, text
