#!/usr/bin/env python3
"""The task files of docs/results.md out of a folder of task data.

    results/tasks.py DATA OUT      # OUT/TASK/train.tsv and dev.tsv; OUT/sst2-tenth/unlabeled.txt too

sst2-tenth is a random tenth of SST-2's training rows; its unlabelled texts are the other nine. Where a data set has
no development file (TREC, Banking77), a tenth of the training rows, chosen at random (seed 0), takes its place.
"""
import csv
import gzip
import io
import json
import pathlib
import random
import sys


COLA = ["source", "label", "mark", "text"]


def lines(path, encoding="utf-8-sig", errors="strict"):
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return raw.decode(encoding, errors).splitlines()


def columns(path, *names, header=None):
    """Rows of a TSV file without quoting, the named columns; `header` where the file has none."""
    rows = lines(path)
    head = header or rows.pop(0).split("\t")
    places = [head.index(name) for name in names]
    return [[row.split("\t")[place] for place in places] for row in rows if row.strip()]


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    head = ["text", "label"] if len(rows[0]) == 2 else ["text", "pair", "label"]
    table = [head] + [[" ".join(cell.split()) for cell in row] for row in rows]
    path.write_text("".join("\t".join(row) + "\n" for row in table), encoding="utf-8")


def write_task(folder, train, dev):
    write(folder / "train.tsv", train)
    write(folder / "dev.tsv", dev)


def tenth_apart(rows):
    """(nine tenths, a tenth), the same ones every time."""
    order = list(rows)
    random.Random(0).shuffle(order)
    cut = len(order) // 10
    return order[cut:], order[:cut]


def sst2(data, out):
    train = columns(data / "glue/SST-2/train.tsv.gz", "sentence", "label")
    dev = columns(data / "glue/SST-2/dev.tsv", "sentence", "label")
    write_task(out / "sst2", train, dev)
    rest, tenth = tenth_apart(train)
    write_task(out / "sst2-tenth", tenth + rest[: (len(train) + 9) // 10 - len(tenth)], dev)
    others = rest[(len(train) + 9) // 10 - len(tenth) :]
    (out / "sst2-tenth/unlabeled.txt").write_text("".join(text.strip() + "\n" for text, _ in others), encoding="utf-8")


def glue(data, out):
    write_task(out / "cola", *(columns(data / f"glue/CoLA/{part}.tsv", "text", "label", header=COLA) for part in ("train", "dev")))
    for name, folder, names in (
        ("mrpc", "MRPC", ("#1 String", "#2 String", "Quality")),
        ("rte", "RTE", ("sentence1", "sentence2", "label")),
        ("stsb", "STS-B", ("sentence1", "sentence2", "score")),
    ):
        write_task(out / name, *(columns(data / f"glue/{folder}/{part}.tsv", *names) for part in ("train", "dev")))


def snips(data, out):
    def rows(part):
        return [list(row) for row in zip(lines(data / f"snips/{part}/seq.in"), lines(data / f"snips/{part}/label"))]

    write_task(out / "snips", rows("train"), rows("valid"))


def trec(data, out):
    rows = []
    for line in lines(data / "trec6/train_5500.label", "latin-1"):
        kind, _, question = line.partition(" ")
        rows.append([question, kind.partition(":")[0]])
    write_task(out / "trec", *tenth_apart(rows))


def banking77(data, out):
    text = (data / "banking77/train.csv").read_text(encoding="utf-8")
    rows = [[row["text"], row["category"]] for row in csv.DictReader(io.StringIO(text, newline=""))]
    write_task(out / "banking77", *tenth_apart(rows))


def emotion(data, out):
    def rows(name):
        return [[row["text"], str(row["label"])] for row in map(json.loads, lines(data / f"emotion/{name}"))]

    write_task(out / "emotion", rows("train.jsonl.gz"), rows("validation.jsonl"))


def main():
    data, out = map(pathlib.Path, sys.argv[1:3])
    for make in (sst2, glue, snips, trec, banking77, emotion):
        make(data, out)
    for path in sorted(out.glob("*/*")):
        print(path.relative_to(out), sum(1 for _ in path.open(encoding="utf-8")) - 1)


if __name__ == "__main__":
    main()
