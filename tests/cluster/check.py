"""Scores texts by examples/python in a real local Ray and a real local Spark, and compares every row with one process.

check.py MODEL TEXTS [COUNT]     TEXTS: AG News' test.csv.gz (class, title, description), or a TSV with a header and a text
first; COUNT: only so many of them
"""

import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bitcpp

EXAMPLES = Path(__file__).parents[2] / "examples/python"


def read_texts(path: str) -> list[str]:
    if path.endswith(".csv.gz"):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            return [f"{title}. {description}" for _, title, description in csv.reader(file)]
    lines = Path(path).read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t")[0] for line in lines]


def read_scored(folder: Path) -> dict[int, tuple[str, float]]:
    rows = {}
    for file in sorted(folder.glob("*.json")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows[row["id"]] = (row["label"], row["score"])
    return rows


def main(model: str, texts_path: str, count: str | None = None) -> None:
    model = str(Path(model).resolve())
    texts = read_texts(texts_path)[: int(count) if count else None]
    started = time.monotonic()
    found = bitcpp.load(model)(texts)
    seconds = time.monotonic() - started
    print(f"one process: {len(texts)} texts, {seconds:.1f} s, {len(texts) / seconds:.0f} texts/s")
    expected = dict(enumerate(zip(found.labels, found.scores.max(axis=1).tolist())))
    failed = False
    environment = {**os.environ, "RAY_worker_niceness": "0"}  # Ray's 15 starves beside other work
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "texts.jsonl"
        with open(source, "w", encoding="utf-8") as file:
            for id, text in enumerate(texts):
                print(json.dumps({"id": id, "text": text}), file=file)
        for name in ("ray", "spark"):
            out = Path(folder) / name
            started = time.monotonic()
            command = [sys.executable, str(EXAMPLES / f"{name}_score.py"), model, str(source), str(out)]
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
            if done.returncode != 0:
                sys.exit(f"{name}: {done.stderr[-3000:]}")
            scored = read_scored(out)
            same = sum(
                id in scored
                and scored[id][0] == label
                and abs(scored[id][1] - score) < 1e-6  # Spark prints floats with fewer digits
                for id, (label, score) in expected.items()
            )
            print(
                f"{name}: {len(scored)} rows, {same} as in one process, "
                f"{time.monotonic() - started:.1f} s, start included"
            )
            failed |= same != len(expected) or len(scored) != len(expected)
    if failed:
        sys.exit("rows differ")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: check.py MODEL TEXTS [COUNT]")
    main(*sys.argv[1:])
