#!/usr/bin/env python3
"""Speed of bit.cpp's tokenizer and of Hugging Face's `tokenizers`, on one thread, side by side.

    python3 bench/tokenizer.py --bench build/tokenizer_bench --vocab VOCAB.txt [--cased] FILE...

Every line of a file (.gz too) is a text; [CLS] and [SEP] are added, ids and offsets computed. Each number is
the fastest of seven passes in processor time, so that other work on the machine does not count.
"""
import argparse
import gzip
import json
import os
import subprocess
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
import tokenizers


def read(path):
    with gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb") as file:
        return file.read().decode("utf-8", "replace")


def peer_seconds(tokenizer, texts):
    best = float("inf")
    for _ in range(7):
        start = time.process_time()
        tokenizer.encode_batch(texts)
        best = min(best, time.process_time() - start)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default="build/tokenizer_bench")
    parser.add_argument("--vocab", required=True)
    parser.add_argument("--cased", action="store_true")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    lower = not arguments.cased
    tokenizer = tokenizers.BertWordPieceTokenizer(arguments.vocab, lowercase=lower, strip_accents=lower)
    print(f"tokenizers {tokenizers.__version__}; MB/s of text, one thread")
    for path in arguments.files:
        text = read(path)
        texts = text.removesuffix("\n").split("\n")
        with tempfile.NamedTemporaryFile("w", suffix=".txt", newline="") as file:
            file.write(text)
            file.flush()
            command = [arguments.bench, "uncased" if lower else "cased", arguments.vocab, file.name]
            bit = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        peer = peer_seconds(tokenizer, texts)
        megabytes = len(text.encode()) / 1e6
        print(f"{os.path.basename(path):28} {len(texts):6} texts {bit['tokens']:8} tokens   "
              f"tokenizers {megabytes / peer:6.2f}   bit {megabytes / bit['seconds']:7.2f}   "
              f"{peer / bit['seconds']:5.1f} times", flush=True)


if __name__ == "__main__":
    main()
