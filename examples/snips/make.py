#!/usr/bin/env python3
"""train.tsv and valid.tsv from the seq.in and label files of SNIPS: make.py SNIPS_FOLDER"""
import pathlib
import sys

source = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent
for split in ("train", "valid"):
    texts = (source / split / "seq.in").read_text(encoding="utf-8").split("\n")[:-1]
    labels = (source / split / "label").read_text(encoding="utf-8").split("\n")[:-1]
    assert len(texts) == len(labels) and not any("\t" in line for line in texts + labels)
    rows = ["text\tlabel"] + [f"{text.strip()}\t{label.strip()}" for text, label in zip(texts, labels)]
    (here / f"{split}.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")
