"""An S3 server in the process of a Python of its own, from PyPI's moto, in a venv under build/.

with ObjectStore() as store: store.put("drop/people.csv", b"..."); store.guard() -> (key id, secret), and none else may read
"""

import json, os, pathlib, subprocess, time, urllib.error, urllib.request

from dbt_venv import install
from servers import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = [["moto[s3]>=5,<6", "flask", "flask-cors"]]
USER = """
import boto3, json, sys
iam = boto3.client("iam", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
iam.create_user(UserName="loader")
rights = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName="loader", PolicyName="read", PolicyDocument=json.dumps(rights))
key = iam.create_access_key(UserName="loader")["AccessKey"]
print(json.dumps([key["AccessKeyId"], key["SecretAccessKey"]]))
"""


class NoStore(Exception):
    """Its packages cannot be had; the text says why."""


class ObjectStore:
    def __enter__(self):
        try:
            self.python = install(ROOT / "build/object-store-venv", PACKAGES)
        except subprocess.CalledProcessError as e:
            raise NoStore(f"PyPI's moto cannot be installed: {e}")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        server = self.python.parent / "moto_server"
        env = {**os.environ, "MOTO_PORT": str(self.port)}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([server, "-H", "127.0.0.1", "-p", str(self.port)], env=env, **quiet)
        for _ in range(300):
            try:
                urllib.request.urlopen(self.url + "/moto-api/", timeout=5).read()
                return self
            except OSError:
                time.sleep(0.1)
        self.__exit__()
        raise NoStore("moto's server does not answer")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def send(self, method, path, body=b""):
        request = urllib.request.Request(f"{self.url}/{path}", body, {"Content-Type": "application/octet-stream"}, method=method)
        return urllib.request.urlopen(request, timeout=30).read()

    def get(self, path):
        """An object that somebody wrote with a key."""
        request = urllib.request.Request(f"{self.url}/{path}", headers={"Authorization": "AWS any:one"})
        return urllib.request.urlopen(request, timeout=30).read()

    def put(self, path, body):
        """An object, and its bucket."""
        self.send("PUT", path.split("/")[0])
        self.send("PUT", path, body)

    def guard(self):
        """From now on keys are looked at: (id, secret) of one that may read."""
        made = subprocess.run([self.python, "-c", USER, self.url], check=True, capture_output=True, text=True)
        self.send("POST", "moto-api/reset-auth", b"0")
        return json.loads(made.stdout)
