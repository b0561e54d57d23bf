#!/usr/bin/env python3
"""metrics/tagging.json: tag sequences with the entities and scores of seqeval, which reads tags as conlleval.pl does.

    python3 make_tagging_golden.py        # made with seqeval 1.2.2
"""
import json
import pathlib
import random

from seqeval.metrics import accuracy_score, f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities

random.seed(3)
IOB = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
IOBES = IOB + ["E-PER", "S-PER", "E-LOC", "S-LOC"]
DASHES = ["O", "B-time-of-day", "I-time-of-day", "B-x", "I-x"]


def sentence(tags, length):
    weights = [4] + [1] * (len(tags) - 1)
    return random.choices(tags, weights, k=length)


def disturbed(tags, actual, share):
    return [random.choice(tags) if random.random() < share else tag for tag in actual]


def case(tags, lengths, share):
    actual = [sentence(tags, n) for n in lengths]
    predicted = [disturbed(tags, s, share) for s in actual]
    return dict(actual=actual, predicted=predicted,
                entities=[[[kind, first, last + 1] for kind, first, last in get_entities(s)] for s in predicted],
                precision=float(precision_score(actual, predicted, zero_division=0)),
                recall=float(recall_score(actual, predicted, zero_division=0)),
                f1=float(f1_score(actual, predicted, zero_division=0)),
                accuracy=float(accuracy_score(actual, predicted)))


cases = [case(tags, lengths, share) for tags in (IOB, IOBES, DASHES) for share in (0, 0.1, 0.5, 1)
         for lengths in ([1], [2, 3], [5] * 4, [12, 1, 7, 9, 20], [30] * 6)]
cases.append(dict(actual=[["O", "O"]], predicted=[["O", "B-x"]], entities=[[["x", 1, 2]]], precision=0, recall=0, f1=0, accuracy=0.5))
path = pathlib.Path(__file__).parent / "metrics" / "tagging.json"
path.write_text(json.dumps(cases) + "\n")
