"""A `bit serve` for a script: Server(models, options...) as a context; .port, .url, .metric(name)."""
import os
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Server:
    def __init__(self, models, *options, program=os.environ.get("BIT", ROOT / "build" / "bit"), wait=60):
        self.log = tempfile.NamedTemporaryFile("r", suffix=".log")
        arguments = [program, "serve", *models, "--port", "0", *options]
        self.process = subprocess.Popen([str(a) for a in arguments], stderr=open(self.log.name, "w"), cwd=ROOT)
        end = time.time() + wait
        while not (found := re.search(r"http://[^\s]*:(\d+)\n", self.text())):
            if self.process.poll() is not None or time.time() > end:
                raise RuntimeError("bit serve does not start: " + self.text())
            time.sleep(0.02)
        self.port = int(found[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def text(self):
        return pathlib.Path(self.log.name).read_text()

    def get(self, path):
        with urllib.request.urlopen(self.url + path) as answer:
            return answer.read().decode()

    def metric(self, name):
        return float(re.search(rf"^{re.escape(name)} (\S+)$", self.get("/metrics"), re.M)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(40)
