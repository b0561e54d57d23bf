#!/usr/bin/env python3
"""Texts and tokens a second on real texts, tokenizer included, side by side -> results/throughput.jsonl.

    bench/throughput.py [--data DIR] [--backbone DIR]

All transformers have MiniLM's shape (6 x 384). Ours is the program, `bit run`, from a file of texts to JSON lines,
less its start. The others run in Python with Hugging Face's tokenizers: texts sorted by length, in batches padded to
their longest text; of several batch sizes the best counts. Accuracies are given where the model was trained for
these texts. DIR is a folder with glue/SST-2, ag_news and squad; without it SNIPS alone is measured. Backbone: a
MiniLM folder, to make static embeddings of; without it theirs are random (same speed, no accuracy).
"""
import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

import bert_weights
import results
import texts as real

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--bit", default=str(results.ROOT / "build/bit"))
parser.add_argument("--model", default=str(results.ROOT / "models/snips-minilm-w1a1.safetensors"))
parser.add_argument("--data")
parser.add_argument("--backbone")
parser.add_argument("--max-length", type=int, default=256)
parser.add_argument("--passes", type=int, default=3)
parser.add_argument("--work", type=pathlib.Path, default=results.ROOT / "build/bench-work")

ENGINES = ("onnxruntime-int8", "openvino-int8")
BATCHES = (1, 8, 32)
CORES = sorted(os.sched_getaffinity(0))
MOST_TEXTS = 500  # of a set, evenly spread: int8 engines need several seconds for them


def best(passes, call):
    times = []
    for _ in range(passes):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def pin(threads):
    """Keeps all threads of this process on as many cores: the tokenizer's pool cannot be resized."""
    for task in os.listdir("/proc/self/task"):
        os.sched_setaffinity(int(task), set(CORES[:threads]))


class Own:
    def __init__(self, arguments, isa):
        self.arguments, self.isa = arguments, isa

    def seconds(self, path, threads):
        command = [self.arguments.bit, "run", self.arguments.model, path, "--threads", str(threads), "--format", "text",
                   "--max-length", str(self.arguments.max_length)]
        environment = os.environ | {"BIT_CPU": self.isa}
        return best(self.arguments.passes, lambda: subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment))

    def measure(self, measured, threads):
        with tempfile.TemporaryDirectory() as folder:
            every, one = pathlib.Path(folder, "all"), pathlib.Path(folder, "one")
            every.write_text("\n".join(" ".join(text.split()) for text in measured) + "\n")
            one.write_text("a\n")
            return self.seconds(every, threads) - self.seconds(one, threads)


class Peer:
    def __init__(self, name, bert, tokenizer, threads, work):
        import engines
        with contextlib.redirect_stdout(sys.stderr):
            self.engine = engines.open_engine(name, bert, threads, work)
        self.tokenizer = tokenizer

    def classify(self, measured, size):
        encodings = self.tokenizer.encode_batch(measured)
        order = sorted(range(len(encodings)), key=lambda i: len(encodings[i].ids))
        for first in range(0, len(order), size):
            some = [encodings[i].ids for i in order[first:first + size]]
            longest = max(map(len, some))
            ids, mask = np.zeros((2, len(some), longest), np.int64)
            for row, one in enumerate(some):
                ids[row, :len(one)], mask[row, :len(one)] = one, 1
            self.engine.run(ids, mask)

    def measure(self, measured, passes):
        """Fastest seconds and their batch size: the best of one pass each goes on."""
        tries = {size: best(1, lambda: self.classify(measured, size)) for size in BATCHES}
        size = min(tries, key=tries.get)
        return min(tries[size], best(passes, lambda: self.classify(measured, size))), size


def open_tokenizer(max_length, folder):
    """That of the packed model, whose vocabulary is BERT's, as the backbone's is."""
    import tokenizers
    tokenizer = tokenizers.BertWordPieceTokenizer(str(folder / "vocab.txt"), lowercase=True)
    tokenizer.enable_truncation(max_length)
    return tokenizers.Tokenizer.from_str(tokenizer.to_str())


def write_vocabulary(model, folder):
    raw = pathlib.Path(model).read_bytes()
    length = int.from_bytes(raw[:8], "little")
    begin, end = json.loads(raw[8:8 + length])["vocabulary"]["data_offsets"]
    (folder / "vocab.txt").write_bytes(raw[8 + length + begin:8 + length + end])


def accuracy(predicted, labels):
    return round(float(np.mean(np.asarray(predicted) == np.asarray(labels))), 4)


def cheap_lines(one, measured, tokenizer, vectors, trained, passes):
    import cheap
    for name, predict in (("n-grams", cheap.ngrams(one)), ("static embeddings", cheap.static(one, vectors, tokenizer))):
        line = {"engine": name, "threads": 1, "seconds": best(passes, lambda: predict(measured))}
        if one.labelled and (name == "n-grams" or trained):
            line["accuracy"] = accuracy(predict(one.measured[0]), one.measured[1])
        yield line


def own_accuracy(arguments):
    command = [arguments.bit, "eval", arguments.model, "--data", str(results.ROOT / "examples/snips/valid.tsv"), "--json"]
    return round(json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)["accuracy"], 4)


def main():
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    write_vocabulary(arguments.model, arguments.work)
    tokenizer = open_tokenizer(arguments.max_length, arguments.work)
    bert = bert_weights.random_bert("minilm-l6")
    vectors = np.random.default_rng(3).standard_normal((bert_weights.WORDS, 256)).astype(np.float32)
    if arguments.backbone:
        import cheap
        import engines
        real_bert = bert_weights.read_bert(arguments.backbone)
        vectors = cheap.static_vectors(real_bert, tokenizer,
                                       engines.open_engine("onnxruntime-fp32", real_bert, 2, arguments.work))
    out = results.Results("throughput", arguments.bit)
    isa = out.lines[0]["environment"]["isa"]
    for one in real.all_texts(arguments.data):
        measured = one.measured[0][::-(-len(one.measured[0]) // MOST_TEXTS)]
        pin(len(CORES))
        tokens = sum(len(encoding.ids) for encoding in tokenizer.encode_batch(measured))

        def add(seconds, **line):
            out.add(texts=one.name, **line, texts_per_s=round(len(measured) / seconds, 1),
                    tokens_per_s=round(tokens / seconds))

        pin(1)
        for line in cheap_lines(one, measured, tokenizer, vectors, arguments.backbone, arguments.passes):
            add(**line)
        for threads in sorted({1, min(2, len(CORES))}):
            pin(threads)
            score = {"accuracy": own_accuracy(arguments)} if one.name == "SNIPS" else {}
            for level in sorted({isa, "avx2"} if isa == "avx512" else {isa}):
                add(Own(arguments, level).measure(measured, threads), engine=f"bit-{level}", threads=threads, **score)
            for name in ENGINES:
                seconds, size = Peer(name, bert, tokenizer, threads, arguments.work).measure(measured, arguments.passes)
                add(seconds, engine=name, threads=threads, batch=size)
        out.add(texts=one.name, count=len(measured), tokens=tokens)
    out.write()


if __name__ == "__main__":
    main()
