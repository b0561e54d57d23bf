#!/usr/bin/env python3
"""The server under load and attack, with figures: make test-serve-load, some 10 minutes of a quiet machine.

Each line is a check; the exit status is 1 where one fails. --quick makes less of everything, to try the script."""
import argparse
import json
import os
import pathlib
import subprocess
import sys

from server import ROOT, Server

SENTIMENT = ROOT / "models" / "sst2-minilm-w1a2.safetensors"
TINY = ROOT / "build" / "Testing" / "tiny_models" / "classification.safetensors"
failed = []


def load(server, texts, *options):
    command = [ROOT / "build" / "tests" / "serve_load", server.port, texts, *options]
    return json.loads(subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True).stdout)


def check(what, holds, figures):
    print(f"{'ok  ' if holds else 'FAIL'} {what}: {figures}", flush=True)
    if not holds:
        failed.append(what)


def memory(server):
    return server.metric("process_resident_memory_bytes") / 1e6


def idle_connections(texts, seconds):
    with Server([SENTIMENT]) as server:
        alone = load(server, texts, "--seconds", seconds)
        beside = load(server, texts, "--seconds", seconds, "--idle", 1000)
        share = beside["per_second"] / alone["per_second"]
        check("throughput beside 1,000 idle connections", share > 0.9,
              f"{beside['per_second']:.0f} texts/s, {alone['per_second']:.0f} without them ({100 * share:.0f} %)")
        return alone["per_second"]


def best_round(rounds):
    return min(rounds, key=lambda one: one["p99_of_seconds_ms"])


def latency(texts, seconds, capacity, rounds):
    """At two loads, a check each: 70 % of what the server reaches with 16 clients, in batches; and 70 % as queues count it,
    requests a second times one text's own time, over the threads that compute, which is less where batches are faster.

    The least of some rounds, each of which is the median of its seconds' p99: a shared machine is stopped now and then,
    and the queue behind one such stop would be the p99 of a whole run."""
    threads = len(os.sched_getaffinity(0))
    with Server([SENTIMENT], "--threads", threads) as server:
        own = best_round([load(server, texts, "--clients", 1, "--seconds", seconds / 2) for _ in range(rounds)])
        rates = {"threads' own time": 0.7 * threads * own["per_second"], "capacity": 0.7 * capacity}
        busy = {of: best_round([load(server, texts, "--clients", 256, "--rate", rate, "--seconds", seconds)
                                for _ in range(rounds)]) for of, rate in rates.items()}
    for of, one in busy.items():
        p99 = one["p99_of_seconds_ms"]
        check(f"p99 at 70 % of the {of} below 3 times one text's own time", p99 < 3 * own["p99_of_seconds_ms"],
              f"p50 {one['p50_ms']:.2f} ms, p99 {p99:.2f} ms ({p99 / own['p99_of_seconds_ms']:.1f} times) at "
              f"{one['per_second']:.0f} texts/s; one text alone p50 {own['p50_ms']:.2f} ms, "
              f"p99 {own['p99_of_seconds_ms']:.2f} ms, {own['per_second']:.0f} texts/s")


def overload(texts, seconds):
    with Server([SENTIMENT], "--max-requests", 64) as server:
        result = load(server, texts, "--clients", 500, "--seconds", seconds)
        statuses = result["statuses"]
        check("beyond the capacity: 200 or 429", set(statuses) == {"200", "429"}, f"{statuses}, p99 {result['p99_ms']:.0f} ms")
        after = load(server, texts, "--clients", 4, "--seconds", 1)
        check("and all is well again at once", set(after["statuses"]) == {"200"}, after["statuses"])


def many_requests(texts, count):
    with Server([TINY]) as server:
        load(server, texts, "--requests", count // 10)
        before = memory(server)
        result = load(server, texts, "--requests", count)
        after = memory(server)
        check(f"memory over {count:,} requests", after - before < 2, f"{before:.1f} MB before, {after:.1f} MB after; "
              f"{result['per_second']:.0f} requests/s")
        result = load(server, texts, "--requests", count, "--clients", 1, "--pipeline", 1000)
        last = memory(server)
        check(f"{count:,} pipelined requests on one connection", result["statuses"] == {"200": count},
              f"{result['statuses']}, {result['per_second']:.0f} requests/s, {last:.1f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=pathlib.Path, help="texts, one a line; SNIPS' without it")
    parser.add_argument("--quick", action="store_true")
    a = parser.parse_args()
    texts = a.texts
    if texts is None:
        texts = ROOT / "build" / "serve-texts.txt"
        rows = (ROOT / "examples" / "snips" / "valid.tsv").read_text().splitlines()[1:]
        texts.write_text("".join(row.split("\t")[0] + "\n" for row in rows))
    seconds = 2 if a.quick else 8
    capacity = idle_connections(texts, seconds)
    latency(texts, seconds, capacity, rounds=1 if a.quick else 3)
    overload(texts, seconds)
    many_requests(texts, 20_000 if a.quick else 1_000_000)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
