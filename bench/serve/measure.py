#!/usr/bin/env python3
"""measure.py DATA.tsv MODEL SECONDS: the measurements of bench/serve/run.sh, as JSON lines."""
import json
import os
import pathlib
import shlex
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "serve"))
from server import Server  # noqa: E402

WRAPPER = shlex.split(os.environ.get("WRAPPER", ""))
CORES = os.cpu_count()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def output(*command):
    return subprocess.run([*WRAPPER, *map(str, command)], check=True, capture_output=True, text=True, cwd=ROOT).stdout


def load(port, texts, seconds, clients=16):
    return json.loads(output(ROOT / "build/tests/serve_load", port, texts, "--seconds", seconds, "--clients", clients))


def without_http(data, model, threads):
    """`bit eval` of the texts some times over, so that starting it does not count."""
    def seconds(path):
        begin = time.perf_counter()
        output(ROOT / "build/bit", "eval", model, "--data", path, "--threads", threads)
        return time.perf_counter() - begin
    many = data.with_suffix(".many.tsv")
    header, *rows = data.read_text().splitlines(keepends=True)
    many.write_text(header + "".join(rows) * 10)
    least = min(seconds(data) for _ in range(3))
    return 9 * len(rows) / (min(seconds(many) for _ in range(3)) - least)


def main():
    source, model, seconds = pathlib.Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    work = ROOT / "build" / "bench-serve"
    work.mkdir(parents=True, exist_ok=True)
    data, texts = work / "data.tsv", work / "texts.txt"
    data.write_text(source.read_text())
    texts.write_text("".join(row.split("\t")[0] + "\n" for row in data.read_text().splitlines()[1:]))
    plain = without_http(data, model, CORES)
    print(json.dumps({"what": f"bit eval --threads {CORES}", "texts_per_second": round(plain)}), flush=True)
    with Server([model]) as server:
        for clients in (1, 16, 64):
            load(server.port, texts, 1, clients)
            served = load(server.port, texts, seconds, clients)
            print(json.dumps({"what": f"bit serve, {clients} clients", "texts_per_second": round(served["per_second"]),
                              "share": round(served["per_second"] / plain, 3), "p50_ms": round(served["p50_ms"], 2),
                              "p99_ms": round(served["p99_ms"], 2), "statuses": served["statuses"]}), flush=True)
    vocabulary = work / "vocab.txt"
    script = ("import json,struct,sys; f=open(sys.argv[1],'rb'); n=struct.unpack('<Q',f.read(8))[0]; h=json.loads(f.read(n)); "
              "a,b=h['vocabulary']['data_offsets']; f.seek(8+n+a); open(sys.argv[2],'wb').write(f.read(b-a))")
    subprocess.run([sys.executable, "-c", script, model, vocabulary], check=True, cwd=ROOT)
    port = free_port()
    other = subprocess.Popen([sys.executable, ROOT / "bench/serve/onnx_server.py", str(port), vocabulary, str(CORES)])
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health")
                break
            except OSError:
                time.sleep(0.2)
        for clients in (1, 16, 64):
            load(port, texts, 1, clients)
            served = load(port, texts, seconds, clients)
            print(json.dumps({"what": f"onnxruntime int8, FastAPI + uvicorn, {clients} clients",
                              "texts_per_second": round(served["per_second"]), "p50_ms": round(served["p50_ms"], 2),
                              "p99_ms": round(served["p99_ms"], 2), "statuses": served["statuses"]}), flush=True)
    finally:
        other.terminate()


if __name__ == "__main__":
    main()
