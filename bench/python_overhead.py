"""What a call from Python costs over the runtime itself, on one thread.

bench/python_overhead.py BIT MODEL TEXTS.tsv     TEXTS.tsv: a header, then a text first in every line

The runtime's own time for a text of as many tokens is `bit bench MODEL --seq N`; `bit run` over all texts is timed as a
process, its start (of a run over one text) taken off.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bitcpp


def seconds(work, times=5):
    """Median of a few runs."""
    measured = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        measured.append(time.perf_counter() - started)
    return statistics.median(measured)


def main(bit: str, path: str, texts_path: str) -> None:
    texts = [line.split("\t")[0] for line in Path(texts_path).read_text().splitlines()[1:]]
    model = bitcpp.load(path)
    model(texts[:50])
    tokens = statistics.median(len(model.tokenize(text)) for text in texts)
    one_by_one = seconds(lambda: [model(text) for text in texts]) / len(texts)
    batch = seconds(lambda: model(texts)) / len(texts)
    stream = seconds(lambda: list(model(iter(texts)))) / len(texts)
    empty = seconds(lambda: [model._model.classify([], None) for _ in range(10_000)]) / 10_000

    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for name, some in (("all", texts), ("one", texts[:1])):
            files[name] = Path(folder) / name
            files[name].write_text("".join(text + "\n" for text in some))
        run = {
            name: seconds(lambda: subprocess.run([bit, "run", path, file], capture_output=True, check=True))
            for name, file in files.items()
        }
    bench = subprocess.run(
        [bit, "bench", path, "--seq", str(int(tokens)), "--json"], capture_output=True, check=True
    )
    own = json.loads(bench.stdout)["latency_ms"]["median"] / 1000
    print(f"{len(texts)} texts, median {tokens:.0f} tokens; microseconds a text")
    for name, value in (
        (f"bit bench --seq {tokens:.0f} (without tokenizing)", own),
        ("bit run, 64 lines at a time", (run["all"] - run["one"]) / (len(texts) - 1)),
        ("model(text), one by one", one_by_one),
        ("model(list)", batch),
        ("model(iterator)", stream),
        ("an empty call from Python to the runtime", empty),
    ):
        print(f"{name:45} {value * 1e6:8.1f}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: python_overhead.py BIT MODEL TEXTS.tsv")
    main(*sys.argv[1:])
