"""Ray Data scores texts on all cores, or all machines, of a Ray cluster.

python examples/python/ray_score.py MODEL TEXTS.jsonl OUT   (a folder of JSON lines; TEXTS has a "text" a line)
"""

import os
import sys

import bitcpp
import ray


class Score:
    """One model a worker: opened once, and mapped, so that workers of a machine share its pages."""

    def __init__(self, path: str) -> None:
        self.model = bitcpp.load(path)

    def __call__(self, batch: dict) -> dict:
        found = self.model(batch["text"])
        return {**batch, "label": found.labels, "score": found.scores.max(axis=1)}


def main(model: str, texts: str, out: str) -> None:
    # From one worker up: as many as there are cores would leave none to read the file with.
    ray.data.read_json(texts).map_batches(
        Score, fn_constructor_args=(model,), batch_size=256, concurrency=(1, os.cpu_count() or 1)
    ).write_json(out)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: ray_score.py MODEL TEXTS.jsonl OUT")
    main(*sys.argv[1:])
