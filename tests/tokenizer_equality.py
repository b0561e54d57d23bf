#!/usr/bin/env python3
"""Compares `bit tokenize` with Hugging Face's `tokenizers` on data files: every id, every offset.

    python3 tests/tokenizer_equality.py --bit build/bit --vocab VOCAB.txt [--cased] FILE...

Each line of a file (.gz too) is a text, whatever its format. Exit status 1 when any line differs.
"""
import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile

os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import BertWordPieceTokenizer


def read_lines(path):
    opened = gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb")
    with opened as file:
        return file.read().removesuffix(b"\n").split(b"\n")


def byte_positions(text):
    """Byte position of every character and of the end."""
    positions, total = [0], 0
    for char in text:
        point = ord(char)
        total += 1 + (point > 0x7F) + (point > 0x7FF) + (point > 0xFFFF)
        positions.append(total)
    return positions


def expected(tokenizer, texts):
    for text, encoding in zip(texts, tokenizer.encode_batch(texts)):
        at = byte_positions(text)
        yield {"ids": encoding.ids, "offsets": [[at[begin], at[end]] for begin, end in encoding.offsets]}


def compare(arguments, tokenizer, path):
    texts = [line.decode("utf-8", "replace") for line in read_lines(path)]
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write("".join(text + "\n" for text in texts).encode())
        file.flush()
        command = [arguments.bit, "tokenize", arguments.vocab, file.name] + ["--cased"] * arguments.cased
        output = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    answers = [json.loads(line) for line in output.splitlines()]
    assert len(answers) == len(texts), (len(answers), len(texts))
    different = 0
    for text, answer, wanted in zip(texts, answers, expected(tokenizer, texts)):
        if answer != wanted:
            different += 1
            if different <= 3:
                print(f"{path}: {text[:200]!r}\n  bit        {answer}\n  tokenizers {wanted}")
    print(f"{path}: {len(texts)} texts, {different} differ")
    return different


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bit", default="build/bit")
    parser.add_argument("--vocab", required=True)
    parser.add_argument("--cased", action="store_true", help="keep case and accents")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    lower = not arguments.cased
    tokenizer = BertWordPieceTokenizer(arguments.vocab, lowercase=lower, strip_accents=lower)
    # "[SEP]" in a text is text: bit never makes a control token of what a user wrote.
    tokenizer._tokenizer.encode_special_tokens = True
    sys.exit(any([compare(arguments, tokenizer, path) for path in arguments.files]))


if __name__ == "__main__":
    main()
