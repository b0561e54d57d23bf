#!/usr/bin/env python3
"""Makes in build/bench-work what measuring needs and nobody measures: models converted for every engine, small models
trained. bench/prepare.py [--data DIR] [--backbone DIR]; what is there already is kept.
"""
import argparse
import sys

import bert_weights
import engines
import finetuned
import results
import texts as real
import throughput


def convert():
    for shape in bert_weights.SHAPES:
        bert = bert_weights.random_bert(shape)
        for name in ("onnxruntime-int8", "openvino-int8", "ctranslate2-int8"):
            print(f"  {shape} for {name}", file=sys.stderr)
            engines.open_engine(name, bert, 2, results.WORK, 128)


def train(data, backbone):
    tokenizer = throughput.open_tokenizer()
    bert = throughput.open_bert(backbone)
    if backbone:
        engines.open_engine("openvino-int8", bert, 2, results.WORK)
    for name in real.names_in(data):
        texts = real.open_texts(name, data)
        for cheap in throughput.CHEAP:
            print(f"  {cheap} for {name}", file=sys.stderr)
            throughput.cheap_predictor(cheap, texts, tokenizer, backbone)
        if backbone and texts.labelled:
            print(f"  MiniLM for {name}", file=sys.stderr)
            throughput.frozen_accuracy(texts, bert, tokenizer)
            tune(finetuned.FineTuned(texts), backbone, tokenizer)


def tune(tuned, backbone, tokenizer):
    if not tuned.made():
        tuned.make(backbone)
    for engine in (throughput.UNQUANTIZED, *throughput.PEERS):
        throughput.tuned_accuracy(engine, tuned.texts, tuned, tokenizer)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data")
    parser.add_argument("--backbone")
    arguments = parser.parse_args()
    results.WORK.mkdir(parents=True, exist_ok=True)
    convert()
    train(arguments.data, arguments.backbone)


if __name__ == "__main__":
    main()
