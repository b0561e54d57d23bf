#!/usr/bin/env python3
"""The p99 that two threads would have that take texts in batches as src/serve/batcher.cc does and lose nothing: no network, no
clients beside them. What docs/serving.md compares the server's p99 with.

    bench/serve/queue_limit.py TEXTS [--rate PER_SECOND] [--batch MS] [--text MS] [--budget TOKENS] [--requests N]

TEXTS: one a line. A batch takes --batch ms and, for a text of the mean length, --text ms more; tokens are guessed from words.
The default times fit what the server reached one text at a time and with 64 and 96 tokens (1,698, 2,063 and 2,316 a second).
"""
import argparse
import random

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("texts")
parser.add_argument("--rate", type=float, default=1444)
parser.add_argument("--batch", type=float, default=0.35)
parser.add_argument("--text", type=float, default=0.80)
parser.add_argument("--budget", type=int, default=64)
parser.add_argument("--requests", type=int, default=100_000)
a = parser.parse_args()

tokens = [int(1.22 * len(line.split())) + 2 for line in open(a.texts)]
mean = sum(tokens) / len(tokens)


def milliseconds(count):
    return a.batch + a.text * count / mean


def percentile(values, share):
    return sorted(values)[int(share * len(values))]


def latencies(random_numbers):
    now, arrivals = 0.0, []
    for _ in range(a.requests):
        now += random_numbers.expovariate(a.rate / 1000)
        arrivals.append((now, random_numbers.choice(tokens)))
    busy_until, queue, coming, now, result = [0.0, 0.0], [], 0, 0.0, []
    while coming < len(arrivals) or queue:
        worker = busy_until.index(min(busy_until))
        now = max(now, busy_until[worker])
        if not queue:
            now = max(now, arrivals[coming][0])
        while coming < len(arrivals) and arrivals[coming][0] <= now:
            queue.append(arrivals[coming])
            coming += 1
        free = 1 if busy_until[1 - worker] > now else 2
        most = min(a.budget, -(-sum(count for _, count in queue) // free))
        batch = [queue.pop(0)]
        taken = batch[0][1]
        while queue and taken + queue[0][1] <= most:
            taken += queue[0][1]
            batch.append(queue.pop(0))
        busy_until[worker] = now + milliseconds(taken)
        result += [busy_until[worker] - came for came, _ in batch]
    return result


own = percentile([milliseconds(count) for count in tokens], 0.99)
p99 = percentile(latencies(random.Random(1)), 0.99)
print(f"p99 {p99:.2f} ms at {a.rate:.0f} texts/s, {p99 / own:.2f} times that of one text alone ({own:.2f} ms)")
