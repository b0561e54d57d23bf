#!/usr/bin/env python3
"""Plain text to pretrain a 1-bit body on: every training text of a folder of task data, one a line.

    results/corpus.py DATA OUT/corpus.txt      # then: bit pretrain --text OUT/corpus.txt --text OUT/corpus.pairs.tsv

DATA holds the data sets as results/README.md lists them. No development or test file is read. Sentences of sentence
pairs go both ways: as lines of the text file, and as pairs into OUT/corpus.pairs.tsv.
"""
import csv
import io
import json
import pathlib
import sys

from tasks import COLA, columns, lines


def conll(path):
    words = []
    for line in lines(path):
        if line.strip() and not line.startswith("-DOCSTART-"):
            words.append(line.split()[0])
        elif words:
            yield " ".join(words)
            words = []


def paragraphs(path):
    """Dialogue lines joined to stretches, since a line alone is too short to mean much."""
    stretch = []
    for line in lines(path):
        if line.strip():
            stretch.append(line.strip())
        elif stretch:
            yield " ".join(stretch)
            stretch = []


def squad(path):
    for article in json.loads("\n".join(lines(path)))["data"]:
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                yield question["question"], paragraph["context"]


def single_texts(data):
    yield from (row[0] for row in columns(data / "glue/SST-2/train.tsv.gz", "sentence"))
    yield from (row[0] for row in columns(data / "glue/CoLA/train.tsv", "text", header=COLA))
    for row in csv.reader(io.StringIO("\n".join(lines(data / "ag_news/train_5000.csv.gz")))):
        yield row[0]
    for row in csv.DictReader(io.StringIO("\n".join(lines(data / "banking77/train.csv")))):
        yield row["text"]
    for line in lines(data / "trec6/train_5500.label", errors="replace"):
        yield line.partition(" ")[2]
    for name in ("snips", "atis"):
        yield from lines(data / name / "train/seq.in")
    for line in lines(data / "emotion/train.jsonl.gz"):
        yield json.loads(line)["text"]
    yield from conll(data / "conll2003/train.txt.gz")
    yield from lines(data / "ptb/ptb.train.txt.gz")
    yield from paragraphs(data / "tinyshakespeare/input.txt.gz")
    yield from lines(data / "multi30k/train.en.gz")
    for line in lines(data / "dialogsum/train_first300.jsonl"):
        yield json.loads(line)["dialogue"].replace("\n", " ")


def pairs(data):
    glue = data / "glue"
    yield from columns(glue / "MRPC/train.tsv", "#1 String", "#2 String")
    yield from columns(glue / "RTE/train.tsv", "sentence1", "sentence2")
    yield from columns(glue / "WNLI/train.tsv", "sentence1", "sentence2")
    yield from columns(glue / "STS-B/train.tsv", "sentence1", "sentence2")
    yield from columns(glue / "QNLI/train_subset.tsv.gz", "question", "sentence")
    yield from columns(glue / "MNLI/train_subset.tsv.gz", "sentence1", "sentence2")
    yield from columns(data / "paws_qqp/train.tsv.gz", "sentence1", "sentence2")
    for name in ("train_subset", "train_subset_extra"):
        yield from squad(data / f"squad/{name}.json.gz")


def unique(rows):
    seen = set()
    for row in rows:
        if row not in seen and any(cell.strip() for cell in row):
            seen.add(row)
            yield row


def clean(text):
    return " ".join(text.split())


def main():
    data, out = map(pathlib.Path, sys.argv[1:3])
    both = [(clean(a), clean(b)) for a, b in unique(tuple(row) for row in pairs(data))]
    singles = [(clean(text),) for text in single_texts(data)] + [(text,) for pair in both for text in pair]
    singles = list(unique(singles))
    out.write_text("".join(text + "\n" for text, in singles), encoding="utf-8")
    table = "".join(f"{a}\t{b}\n" for a, b in both)
    out.with_suffix(".pairs.tsv").write_text("sentence1\tsentence2\n" + table, encoding="utf-8")
    print(f"{len(singles)} texts, {len(both)} pairs", file=sys.stderr)


if __name__ == "__main__":
    main()
