#!/usr/bin/env python3
"""How long a packed BERT takes to open, and its peak of memory at 128 tokens: a JSON line for each shape on stdout.

A packed file of random weights is written first; each number is from a process of its own, the best of several.
"""
import argparse
import json
import subprocess

import bert_weights
import results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=10)
    arguments = parser.parse_args()
    for shape in bert_weights.SHAPES:
        path = results.WORK / f"{shape}.safetensors"
        subprocess.run([results.ROOT / "build/random_model", shape, path], check=True)
        command = [results.BIT, "bench", path, "--seq", "128", "--seconds", "0.2", "--json"]
        runs = [json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
                for _ in range(arguments.processes)]
        results.emit(shape=shape, file_mb=round(path.stat().st_size / 1e6, 2),
                     open_ms=round(min(run["open_ms"] for run in runs), 2),
                     peak_memory_mb=round(min(run["peak_memory_mb"] for run in runs), 1))


if __name__ == "__main__":
    main()
