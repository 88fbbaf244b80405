"""Where a released program finds the certificates that a machine trusts. In: the program, Linux on this processor. It runs in an empty
folder as its root, where one file has a private authority: that of Debian, Fedora, SUSE or Alpine. A package is fetched over TLS from
a hub on loopback that has a certificate of this authority. Out: (place, whether it was as it must be, what was said) of each."""

import os, pathlib, re, shutil, subprocess, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
PLACES = {
    "Debian": "etc/ssl/certs/ca-certificates.crt",
    "Fedora": "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "Fedora's older kin": "etc/pki/tls/certs/ca-bundle.crt",
    "SUSE": "etc/ssl/ca-bundle.pem",
    "Alpine": "etc/ssl/cert.pem",
}
PROJECT = {
    "dbt_project.yml": "name: shop\nversion: 1.0.0\n",
    "packages.yml": "packages: [{package: acme/util, version: 1.0.0}]\n",
}


def authority(folder):
    """A private authority and a certificate of it for 127.0.0.1: ca.pem, cert.pem, key.pem."""
    openssl = lambda words: subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=shop-ca -keyout ca-key.pem -out ca.pem")
    openssl("req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout key.pem -out request.pem")
    words = "x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile names -out cert.pem"
    openssl(words)


def machine(root, program):
    """The program, what loads it, and a project; nothing else."""
    for part in ("bin", "tmp", "shop"):
        (root / part).mkdir(parents=True)
    shutil.copy(program, root / "bin/starc")
    loaded = subprocess.run(["ldd", program], capture_output=True, text=True).stdout  # of a static one: none
    for library in re.findall(r"(/\S+) \(0x", loaded):
        (root / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, root / library[1:])
    for name, text in PROJECT.items():
        (root / "shop" / name).write_text(text)


def found(program):
    from hub import Hub

    with tempfile.TemporaryDirectory(prefix="starc-certificates-") as folder:
        folder = pathlib.Path(folder)
        authority(folder)
        with Hub(tls=(folder / "cert.pem", folder / "key.pem")) as hub:
            hub.add("acme/util", "1.0.0", {"dbt_project.yml": "name: util\nversion: '1.0'\n"})
            for name, place in [("nowhere", None), *PLACES.items()]:
                root = folder / re.sub(r"\W", "_", name)
                machine(root, program)
                if place:
                    (root / place).parent.mkdir(parents=True)
                    shutil.copy(folder / "ca.pem", root / place)
                env = {"PATH": os.environ["PATH"], "HOME": "/tmp", "STARC_HUB_URL": hub.url}
                env["STARC_CACHE_DIR"] = "/tmp/cache"
                words = ["chroot", root, "/bin/starc", "deps", "--project-dir", "/shop"]
                p = subprocess.run(words, env=env, capture_output=True, text=True, timeout=60)
                text = p.stdout + p.stderr
                there = (root / "shop/dbt_packages/util/dbt_project.yml").exists()
                good = p.returncode == 0 and there if place else p.returncode == 2 and "certificate" in text
                yield name, good, text
