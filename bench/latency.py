#!/usr/bin/env python3
"""Milliseconds of one forward pass, batch 1, over lengths, for every engine side by side -> results/latency.jsonl.

Random weights and tokens of the right shape. Each number: the fastest and the median of the passes of half a
second, after a warm-up. Engines take turns at every length, so that a machine which slows down slows down all of them.
"""
import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

import bert_weights
import engines
import results

LENGTHS = (16, 32, 64, 128, 256)


def measure(call, seconds):
    for _ in range(3):
        call()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    times.sort()
    return {"min_ms": round(times[0] * 1e3, 4), "median_ms": round(times[len(times) // 2] * 1e3, 4)}


def peer(name, bert, length, threads, arguments):
    with contextlib.redirect_stdout(sys.stderr):  # converters chatter
        engine = engines.open_engine(name, bert, threads, arguments.work, length)
    ids = np.random.default_rng(0).integers(1000, 20000, (1, length))
    mask = np.ones_like(ids)
    return measure(lambda: engine.run(ids, mask), arguments.seconds)


def own(isa, shape, length, threads, arguments, *more):
    command = [arguments.bit, "bench", f"random:{shape}", "--seq", str(length), "--threads", str(threads),
               "--seconds", str(arguments.seconds), "--json", *more]
    run = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=os.environ | {"BIT_CPU": isa})
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bit", default=str(results.ROOT / "build/bit"))
    parser.add_argument("--work", type=pathlib.Path, default=results.ROOT / "build/bench-work", help="converted models")
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--engines", default=",".join(engines.NAMES))
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    out = results.Results("latency", arguments.bit)
    isa = out.lines[0]["environment"]["isa"]
    isas = {isa, "avx2"} if isa == "avx512" else {isa}
    for shape in bert_weights.SHAPES:
        bert = bert_weights.random_bert(shape)
        for threads in sorted({1, min(2, os.cpu_count())}):
            for length in LENGTHS:
                where = {"shape": shape, "threads": threads, "length": length}
                for name in sorted(isas):
                    took = own(name, shape, length, threads, arguments)["latency_ms"]
                    out.add(engine=f"bit-{name}", **where, min_ms=took["min"], median_ms=took["median"])
                for name in arguments.engines.split(","):
                    out.add(engine=name, **where, **peer(name, bert, length, threads, arguments))
    for shape in bert_weights.SHAPES:
        stages = own(isa, shape, 128, 1, arguments, "--stages")
        out.add(engine=f"bit-{isa}", shape=shape, threads=1, length=128, stages=stages["stages"],
                limits=stages["limits"])
    out.write()


if __name__ == "__main__":
    main()
