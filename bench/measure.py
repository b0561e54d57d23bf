#!/usr/bin/env python3
"""Runs every step of the measurements that is not in bench/results yet (results.py), one after the other.

    bench/measure.py [--data DIR] [--backbone DIR] [--quick] [--fresh] [--rounds N] [--pause S] [--wrapper "COMMAND ..."] [TABLE...]

TABLE: start, kernels, latency, throughput; all of them where none is named. A step is a process of its own, a few seconds
long, so that it can be put behind a command that keeps the machine quiet meanwhile (--wrapper), with pauses in between.
Latencies are measured in rounds, every engine once in each, and the report takes the fastest: a shared machine has slow minutes.
"""
import argparse
import itertools
import json
import os
import shlex
import subprocess
import sys
import time

import bert_weights
import engines
import results
import texts as real
import throughput

TABLES = ("start", "kernels", "latency", "throughput")


def python(script, *arguments):
    return [sys.executable, str(results.ROOT / "bench" / script), *map(str, arguments)]


def thread_counts():
    return sorted({1, min(2, os.cpu_count())})


def start_steps(a, here):
    yield "start", python("start.py", "--processes", 3 if a.quick else 10)


def kernel_steps(a, here):
    yield "kernels", [str(results.ROOT / "build/kernel_rates"), "0.02" if a.quick else "0.2"]


def levels_of(here):
    """The instruction sets worth a row: the best this machine has, and those below it that other machines stop at."""
    levels = ["amx", "avx512", "avx2"]
    return levels[levels.index(here["isa"]):] if here["isa"] in levels else [here["isa"]]


def own_engines(here):
    return [f"bit-{level}{eight}" for level in levels_of(here) for eight in ("", "-a8")]


def latency_steps(a, here):
    seconds = ["--seconds", 0.1 if a.quick else 0.5]
    peers = list(engines.NAMES) + (["openvino-int8-vnni"] if "amx_int8" in here["int8"] else [])
    for number, shape in itertools.product(range(1, a.rounds + 1), bert_weights.SHAPES):
        for threads in thread_counts():
            for name in own_engines(here) + peers:
                yield f"{shape} {name} {threads} {number}", python("latency.py", shape, name, "--threads", threads, *seconds)
        for bits in (1, 8):
            yield f"{shape} stages {bits} {number}", python("latency.py", shape, "stages", "--attention-bits", bits, *seconds)


def throughput_steps(a, here):
    more = ["--passes", 1 if a.quick else 3]
    more += ["--data", a.data] * bool(a.data) + ["--backbone", a.backbone] * bool(a.backbone)
    levels = levels_of(here)
    own = [f"bit-{level}-w1a1" for level in levels] + [f"bit-{levels[0]}-w1a2"]
    for name in real.names_in(a.data):
        for threads in thread_counts():
            for engine in own + list(throughput.PEERS) + list(throughput.CHEAP if threads == 1 else ()):
                yield f"{name} {engine} {threads}", python("throughput.py", name, engine, "--threads", threads, *more)


STEPS = dict(zip(TABLES, (start_steps, kernel_steps, latency_steps, throughput_steps)))


def run_table(name, a, here):
    if a.fresh:
        (results.FOLDER / f"{name}.jsonl").unlink(missing_ok=True)
    log = results.Log(name, here)
    for step, command in STEPS[name](a, here):
        if step in log.steps:
            continue
        print(f"  {name}: {step}", file=sys.stderr, flush=True)
        run = subprocess.run(shlex.split(a.wrapper) + command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if run.returncode != 0:
            sys.exit(run.stderr + f"bench/measure.py: {step} failed")
        log.add(step, [json.loads(line) for line in run.stdout.splitlines()])
        time.sleep(a.pause)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", metavar="TABLE", choices=[[], *TABLES])
    parser.add_argument("--data")
    parser.add_argument("--backbone")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--fresh", action="store_true", help="measure again what is there")
    parser.add_argument("--rounds", type=int, default=3, help="of the latencies (%(default)s)")
    parser.add_argument("--pause", type=float, default=0, help="seconds between steps")
    parser.add_argument("--wrapper", default="", help="a command to run each step with")
    a = parser.parse_args()
    results.WORK.mkdir(parents=True, exist_ok=True)
    here = results.environment()
    for name in a.tables or TABLES:
        run_table(name, a, here)


if __name__ == "__main__":
    main()
