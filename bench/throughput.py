#!/usr/bin/env python3
"""Texts and tokens a second on real texts, tokenizer included: a JSON line on stdout.

    bench/throughput.py TEXTS ENGINE --threads N [--data DIR] [--backbone DIR]

TEXTS: a name of texts.NAMES. All transformers have MiniLM's shape (6 x 384). Ours, bit-ISA, is the program, `bit run`, from
a file of texts to JSON lines, less its start. The others run in Python with Hugging Face's tokenizers: texts sorted by
length, in batches padded to their longest text; of several batch sizes the best counts. They run MiniLM fine-tuned for the texts
where bench/prepare.py made that, and its encoder alone elsewhere. DIR is a folder with glue/SST-2, ag_news and squad;
backbone a MiniLM folder, for weights whose accuracy means something.
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
import finetuned
import results
import texts as real

PEERS = ("onnxruntime-int8", "openvino-int8")
UNQUANTIZED = "onnxruntime-fp32"
CHEAP = ("n-grams", "static embeddings")
# What was trained for which texts; any texts tell the speed.
MODELS = {"w1a1": {"SNIPS": "snips-minilm-w1a1", "SST-2": "sst2-minilm-w1a1"}, "w1a2": {"SST-2": "sst2-minilm-w1a2"}}
BATCHES = (1, 8, 32)
CORES = sorted(os.sched_getaffinity(0))
MOST_TOKENS = 12000  # of a set, texts evenly spread: int8 engines need a second or more for them
MAX_LENGTH = 256


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


def accuracy(predicted, labels):
    return round(float(np.mean(np.asarray(predicted) == np.asarray(labels))), 4)


class Own:
    def __init__(self, name, texts):
        _, self.isa, bits = name.split("-")
        models = MODELS[bits]
        self.trained = texts in models
        model = models.get(texts, next(iter(models.values())))
        self.model = results.ROOT / f"models/{model}.safetensors"

    def run(self, path, threads):
        command = [results.BIT, "run", self.model, path, "--threads", str(threads), "--format", "text", "--max-length",
                   str(MAX_LENGTH)]
        ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             env=os.environ | {"BIT_CPU": self.isa})
        return ran.stdout

    def seconds(self, texts, threads, passes):
        with tempfile.TemporaryDirectory() as folder:
            every, one = pathlib.Path(folder, "all"), pathlib.Path(folder, "one")
            every.write_text("\n".join(" ".join(text.split()) for text in texts) + "\n")
            one.write_text("a\n")
            return best(passes, lambda: self.run(every, threads)) - best(passes, lambda: self.run(one, threads))

    def accuracy(self, measured):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "all")
            path.write_text("\n".join(" ".join(text.split()) for text in measured[0]) + "\n")
            lines = self.run(path, len(CORES)).splitlines()
        return accuracy([json.loads(line)["label"] for line in lines], measured[1])


class Peer:
    """An engine with a tokenizer: from texts to mean outputs, which with the weights of a backbone are embeddings, or to logits."""

    def __init__(self, name, bert, tokenizer, threads):
        import engines
        with contextlib.redirect_stdout(sys.stderr):
            self.engine = engines.open_engine(name, bert, threads, results.WORK)
        self.tokenizer = tokenizer

    def embed(self, texts, size=32):
        def means(ids, mask):
            hidden = self.engine.run(ids, mask, "hidden")
            return (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        return self.rows(texts, size, means)

    def classify(self, texts, size=32):
        """The number of each text's class."""
        return self.rows(texts, size, self.engine.run).argmax(1)

    def rows(self, texts, size, run):
        encodings = self.tokenizer.encode_batch(texts)
        order = sorted(range(len(encodings)), key=lambda i: len(encodings[i].ids))
        rows = [None] * len(order)
        for first in range(0, len(order), size):
            places = order[first:first + size]
            some = [encodings[i].ids for i in places]
            ids, mask = np.zeros((2, len(some), max(map(len, some))), np.int64)
            for row, one in enumerate(some):
                ids[row, :len(one)], mask[row, :len(one)] = one, 1
            for i, row in zip(places, run(ids, mask)):
                rows[i] = row
        return np.stack(rows)


def fastest(run, texts, passes):
    """Seconds and batch size of run(texts, size): the best of one pass each goes on."""
    tries = {size: best(1, lambda: run(texts, size)) for size in BATCHES}
    size = min(tries, key=tries.get)
    return min(tries[size], best(passes, lambda: run(texts, size))), size


def open_tokenizer():
    """That of the packed models, whose vocabulary is BERT's, as the backbone's is."""
    import tokenizers
    raw = (results.ROOT / "models/snips-minilm-w1a1.safetensors").read_bytes()
    length = int.from_bytes(raw[:8], "little")
    begin, end = json.loads(raw[8:8 + length])["vocabulary"]["data_offsets"]
    vocabulary = results.WORK / "vocab.txt"
    vocabulary.write_bytes(raw[8 + length + begin:8 + length + end])
    tokenizer = tokenizers.BertWordPieceTokenizer(str(vocabulary), lowercase=True)
    tokenizer.enable_truncation(MAX_LENGTH)
    return tokenizers.Tokenizer.from_str(tokenizer.to_str())


def open_bert(backbone):
    return bert_weights.read_bert(backbone) if backbone else bert_weights.random_bert("minilm-l6")


def cheap_predictor(name, texts, tokenizer, backbone):
    import cheap
    import engines
    if name == "n-grams":
        return cheap.ngrams(texts)
    bert = open_bert(backbone)
    vectors = cheap.static_vectors(
        bert, tokenizer, lambda: engines.open_engine("onnxruntime-fp32", bert, len(CORES), results.WORK))
    return cheap.static(texts, vectors, tokenizer)


def measured_texts(texts, tokenizer):
    """Texts of about MOST_TOKENS in all, and their tokens."""
    lengths = [len(one.ids) for one in tokenizer.encode_batch(texts.measured[0])]
    step = max(1, round(sum(lengths) / MOST_TOKENS))
    return texts.measured[0][::step], sum(lengths[::step])


def line_of(texts, some, tokenizer, a):
    """Seconds for `some` texts, batch size and accuracy on all of them, where there is one."""
    if a.engine.startswith("bit-"):
        own = Own(a.engine, texts.name)
        line = {"seconds": own.seconds(some, a.threads, a.passes)}
        return {**line, "accuracy": own.accuracy(texts.measured)} if own.trained else line
    pin(a.threads)
    if a.engine in CHEAP:
        predict = cheap_predictor(a.engine, texts, tokenizer, a.backbone)
        line = {"seconds": best(a.passes, lambda: predict(some))}
        trained = texts.labelled and (a.engine == "n-grams" or a.backbone)
        return {**line, "accuracy": accuracy(predict(texts.measured[0]), texts.measured[1])} if trained else line
    tuned = finetuned.find(texts)
    peer = Peer(a.engine, tuned.bert(tokenizer) if tuned else open_bert(a.backbone), tokenizer, a.threads)
    seconds, size = fastest(peer.classify if tuned else peer.embed, some, a.passes)
    line = {"seconds": seconds, "batch": size}
    if tuned and a.threads == 1:
        line |= {"accuracy": tuned_accuracy(a.engine, texts, tuned, tokenizer), "tuned": tuned.summary() |
                 {"accuracy": tuned_accuracy(UNQUANTIZED, texts, tuned, tokenizer)}}
    if a.backbone and texts.labelled and a.engine == PEERS[0] and a.threads == 1:
        line["frozen_accuracy"] = frozen_accuracy(texts, open_bert(a.backbone), tokenizer)
    return line


# Kept, both: they take far longer than the speed, and do not change.
def tuned_accuracy(engine, texts, tuned, tokenizer):
    """Of what that engine itself answers, in batches of 32 texts."""
    import cheap

    def make():
        classes = Peer(engine, tuned.bert(tokenizer), tokenizer, len(CORES)).classify(texts.measured[0])
        return accuracy([tuned.labels()[one] for one in classes], texts.measured[1])
    return cheap.kept(f"tuned accuracy {engine} {texts.name}", make)


def frozen_accuracy(texts, bert, tokenizer):
    """Of a linear head on the mean outputs of an int8 encoder that nobody fine-tuned."""
    import cheap

    def make():
        embed = Peer(PEERS[0], bert, tokenizer, len(CORES)).embed
        return accuracy(cheap.frozen(texts, embed).predict(embed(texts.measured[0])), texts.measured[1])
    return cheap.kept(f"frozen accuracy {texts.name}", make)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", choices=real.NAMES)
    parser.add_argument("engine")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data")
    parser.add_argument("--backbone")
    parser.add_argument("--passes", type=int, default=3)
    a = parser.parse_args()
    texts, tokenizer = real.open_texts(a.texts, a.data), open_tokenizer()
    some, tokens = measured_texts(texts, tokenizer)
    line = line_of(texts, some, tokenizer, a)
    seconds = line.pop("seconds")
    results.emit(texts=a.texts, engine=a.engine, threads=a.threads, **line, count=len(some), tokens=tokens,
                 texts_per_s=round(len(some) / seconds, 1), tokens_per_s=round(tokens / seconds))


if __name__ == "__main__":
    main()
