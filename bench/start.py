#!/usr/bin/env python3
"""How long a packed BERT-base takes to open, and its peak of memory at 128 tokens -> results/start.jsonl.

A packed file of random weights is written first; each number is from a process of its own, the best of several.
"""
import argparse
import json
import pathlib
import subprocess

import bert_weights
import results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bit", default=str(results.ROOT / "build/bit"))
    parser.add_argument("--random-model", default=str(results.ROOT / "build/random_model"))
    parser.add_argument("--work", type=pathlib.Path, default=results.ROOT / "build/bench-work")
    parser.add_argument("--processes", type=int, default=10)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    out = results.Results("start", arguments.bit)
    for shape in bert_weights.SHAPES:
        path = arguments.work / f"{shape}.safetensors"
        subprocess.run([arguments.random_model, shape, path], check=True)
        command = [arguments.bit, "bench", path, "--seq", "128", "--seconds", "0.2", "--json"]
        runs = [json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
                for _ in range(arguments.processes)]
        out.add(shape=shape, file_mb=round(path.stat().st_size / 1e6, 2),
                open_ms=round(min(run["open_ms"] for run in runs), 2),
                peak_memory_mb=round(min(run["peak_memory_mb"] for run in runs), 1))
    out.write()


if __name__ == "__main__":
    main()
