#!/usr/bin/env python3
"""Texts a second that the code published with BiT trains: a step of bench/training/measure.py.

    bench/training/published.py --official CHECKOUT --vocabulary vocab.txt --data TRAIN.tsv --length 64 --batch 16

Its KDLearner.train runs over the texts once, W1A1, a network of MiniLM's shape with random weights (speed does not
depend on them), every text padded to the length as its own script does. The checkout (facebookresearch/bit, commit
4f2feb1) is imported as it is; nothing of it is copied here. Prints one JSON object.
"""
import argparse
import importlib.util
import json
import pathlib
import tempfile
import time

import torch
from tokenizers import BertWordPieceTokenizer

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests/golden/make_published_golden.py"
WORDS, HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 30522, 384, 6, 12, 1536, 512


def golden_module():
    """Where the checkout is imported and configured for the golden files."""
    spec = importlib.util.spec_from_file_location("golden", GOLDEN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.VOCABULARY, module.HIDDEN, module.LAYERS = WORDS, HIDDEN, LAYERS
    module.HEADS, module.INNER, module.POSITIONS = HEADS, INNER, POSITIONS
    return module


def batches(arguments):
    tokenizer = BertWordPieceTokenizer(str(arguments.vocabulary), lowercase=True)
    tokenizer.enable_truncation(arguments.length)
    tokenizer.enable_padding(length=arguments.length)
    texts = [line.split("\t")[0] for line in arguments.data.read_text().splitlines()[1:]]
    for first in range(0, len(texts) - arguments.batch + 1, arguments.batch):
        encodings = tokenizer.encode_batch(texts[first:first + arguments.batch])
        mask = torch.tensor([e.attention_mask for e in encodings])
        labels = torch.arange(arguments.batch) % 2
        yield (torch.tensor([e.ids for e in encodings]), mask, torch.zeros_like(mask), labels, mask.sum(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--official", "--vocabulary", "--data"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    parser.add_argument("--length", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16)
    a = parser.parse_args()
    golden = golden_module()
    learning, modeling, quantized, configuration_bert = golden.import_official(a.official.resolve())
    teacher_config, student_config = golden.configuration(configuration_bert, 1, 2)
    for config in (teacher_config, student_config):
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.1
    teacher = modeling.BertForSequenceClassification(teacher_config)
    student = quantized.BertForSequenceClassification(student_config)
    train = list(batches(a))
    with tempfile.TemporaryDirectory() as folder:
        options = argparse.Namespace(
            distill_rep=True, distill_attn=False, distill_logit=True, output_dir=folder, weight_decay=0.01,
            clip_lr=1e-4, clip_wd=0.0, learning_rate=5e-4, warmup_proportion=0.1, do_eval=False, temperature=1.0,
            num_train_epochs=1, batch_size=a.batch, gradient_accumulation_steps=1, eval_step=1 << 30,
            task_name="sst-2", job_id="speed")
        learner = learning.KDLearner(options, torch.device("cpu"), student, teacher, len(train))
        learner.build(lr=options.learning_rate)
        learning.result_to_file = lambda result, file: None
        texts = len(train) * a.batch
        begin = time.perf_counter()
        learner.train([0] * texts, "sst-2", "classification", train[0][3], 2, train, train[:1], [0] * a.batch, None,
                      None, None)
        seconds = time.perf_counter() - begin
    print(json.dumps({"texts_per_second": texts / seconds, "seconds": seconds, "torch": torch.__version__,
                      "threads": torch.get_num_threads()}))


if __name__ == "__main__":
    main()
