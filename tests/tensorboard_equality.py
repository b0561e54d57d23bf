#!/usr/bin/env python3
"""Reads OUT/tensorboard with the tensorboard package and compares it with OUT/log.jsonl: every number, every step.

    python3 tests/tensorboard_equality.py OUT

Exit status 1 when a number is missing, extra or another one.
"""
import json
import pathlib
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

LEFT_OUT = {"stage", "step", "steps", "epoch", "time", "kind", "flip_epochs", "n"}


def as_float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def numbers(value, tag):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in LEFT_OUT:
                yield from numbers(inner, f"{tag}/{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from numbers(inner, f"{tag}/{i}")
    elif value is not None:
        yield tag, as_float32(value)


def expected(log):
    """{(stage, tag): {step: value}}"""
    found = {}
    for line in map(json.loads, log.read_text().splitlines()):
        for key, value in line.items():
            if key in LEFT_OUT:
                continue
            name = "loss/" + key.removeprefix("loss_") if key.startswith("loss_") else key
            for tag, number in numbers(value, name):
                found.setdefault((line["stage"], tag), {})[line["step"]] = number
    return found


def recorded(folder):
    found = {}
    for stage in sorted(folder.iterdir()):
        events = EventAccumulator(str(stage), size_guidance={"scalars": 0, "tensors": 0})
        events.Reload()
        for tag in events.Tags()["scalars"]:
            found[stage.name, tag] = {event.step: event.value for event in events.Scalars(tag)}
    return found


def main():
    out = pathlib.Path(sys.argv[1])
    log, events = expected(out / "log.jsonl"), recorded(out / "tensorboard")
    wrong = [key for key in sorted(log.keys() | events.keys()) if log.get(key) != events.get(key)]
    for key in wrong[:10]:
        print(key, "log", log.get(key), "events", events.get(key))
    count = sum(len(values) for values in log.values())
    print(f"{len(log)} curves, {count} numbers: " + (f"{len(wrong)} curves differ" if wrong else "all equal"))
    sys.exit(bool(wrong) or not log)


if __name__ == "__main__":
    main()
