"""Real texts to measure on: SNIPS, which is in the repository, and others from a folder of data (--data)."""
import csv
import gzip
import io
import json
import pathlib

from results import ROOT


class Texts:
    """Training and measured texts with labels; `labelled` where an accuracy on them means something."""

    def __init__(self, name, train, measured, labelled=True):
        self.name, self.train, self.measured, self.labelled = name, train, measured, labelled


def read(path):
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")


def found(folder, name):
    for path in (folder / name, folder / (name + ".gz")):
        if path.exists():
            return path
    return None


def tsv(path):
    rows = [line.split("\t") for line in read(path).splitlines()[1:]]
    return [row[0] for row in rows], [row[1] for row in rows]


def snips():
    folder = ROOT / "examples/snips"
    return Texts("SNIPS", tsv(folder / "train.tsv"), tsv(folder / "valid.tsv"))


def sst2(folder):
    train, dev = found(folder, "glue/SST-2/train.tsv"), found(folder, "glue/SST-2/dev.tsv")
    return Texts("SST-2", tsv(train), tsv(dev)) if train and dev else None


def ag_news(folder):
    train, test = found(folder, "ag_news/train_5000.csv"), found(folder, "ag_news/test.csv")
    if not train or not test:
        return None
    rows = list(csv.reader(io.StringIO(read(test))))
    train_rows = list(csv.reader(io.StringIO(read(train))))
    measured = ([f"{title} {text}" for _, title, text in rows], [str(int(label) - 1) for label, _, _ in rows])
    return Texts("AG News", ([row[0] for row in train_rows], [row[1] for row in train_rows]), measured)


def squad(folder):
    path = found(folder, "squad/dev-v1.1.json")
    if not path:
        return None
    texts, labels = [], []
    for number, article in enumerate(json.loads(read(path))["data"]):
        for paragraph in article["paragraphs"]:
            texts.append(" ".join(paragraph["context"].split()))
            labels.append(str(number % 2))
    # No labels in SQuAD: halves of the articles, so that the cheap models have something to learn.
    return Texts("SQuAD contexts", (texts, labels), (texts, labels), labelled=False)


READERS = {"SNIPS": lambda folder: snips(), "SST-2": sst2, "AG News": ag_news, "SQuAD contexts": squad}
NAMES = tuple(READERS)


def open_texts(name, folder):
    """None where `folder` does not have them; it may be None."""
    if name != "SNIPS" and not folder:
        return None
    return READERS[name](pathlib.Path(folder or "."))


def names_in(folder):
    return [name for name in NAMES if open_texts(name, folder)]
