#!/usr/bin/env python3
"""Milliseconds of one forward pass, batch 1, over lengths, of one engine: a JSON line for each length on stdout.

    bench/latency.py SHAPE ENGINE --threads N [--seconds S]
    bench/latency.py SHAPE stages [--attention-bits 8]     where our time goes at 128 tokens

Random weights and tokens of the right shape. Each number: the fastest and the median of the passes of S seconds, after
a warm-up. ENGINE: one of engines.NAMES, or bit-ISA, bit-ISA-a8 (attention in 8 bits).
"""
import argparse
import contextlib
import json
import os
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


def peer(name, shape, threads, seconds):
    bert = bert_weights.random_bert(shape)
    engine = None
    for length in LENGTHS:
        with contextlib.redirect_stdout(sys.stderr):  # converters chatter
            if engine is None or engine.fixed_length:
                engine = engines.open_engine(name, bert, threads, results.WORK, length)
        ids = np.random.default_rng(0).integers(1000, 20000, (1, length))
        mask = np.ones_like(ids)
        yield {"length": length, **measure(lambda: engine.run(ids, mask), seconds)}


def own(isa, shape, *options):
    command = [results.BIT, "bench", f"random:{shape}", "--json", *map(str, options)]
    run = subprocess.run(command, stdout=subprocess.PIPE, check=True,
                         env=os.environ | ({"BIT_CPU": isa} if isa else {}))
    return [json.loads(line) for line in run.stdout.splitlines()]


def own_lines(name, shape, threads, seconds):
    _, isa, *eight = name.split("-")
    bits = ["--attention-bits", 8] if eight else []
    lengths = ",".join(map(str, LENGTHS))
    for line in own(isa, shape, "--seq", lengths, "--threads", threads, "--seconds", seconds, *bits):
        took = line["latency_ms"]
        yield {"length": line["seq"], "min_ms": round(took["min"], 4), "median_ms": round(took["median"], 4)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=list(bert_weights.SHAPES))
    parser.add_argument("engine")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--attention-bits", default="1")
    a = parser.parse_args()
    if a.engine == "stages":
        for line in own("", a.shape, "--stages", "--seconds", a.seconds, "--attention-bits", a.attention_bits):
            results.emit(shape=a.shape, attention_bits=a.attention_bits, stages=line["stages"], limits=line["limits"])
        return
    lines = own_lines if a.engine.startswith("bit-") else peer
    for line in lines(a.engine, a.shape, a.threads, a.seconds):
        results.emit(engine=a.engine, shape=a.shape, threads=a.threads, **line)


if __name__ == "__main__":
    main()
