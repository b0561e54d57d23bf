#!/usr/bin/env python3
"""Training speed beside the code published with BiT, and where the gain comes from: into bench/results/training.jsonl.

    bench/training/measure.py --model MINILM --data TRAIN.tsv --official CHECKOUT [--wrapper COMMAND] [--fresh]

W1A1 students of MiniLM's shape, 64 tokens, batches of 16, every core. Each step is one epoch of the first texts of
the file, a process of its own. The published code needs torch 2, tokenizers, numpy, scipy, scikit-learn and tqdm in
the Python that runs this; ours is build/bit distill (make train). A second of a step counts from the teacher's answers
on, which are computed once for each text; where training goes on for E epochs their share is an E-th of it.
"""
import argparse
import json
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import results  # noqa: E402

COMMON = {"stages": '["w1a1"]', "max_length": 64, "teacher.max_steps": 1, "w1a1.epochs": 1, "w1a1.batch": 16,
          "checkpoint_seconds": 1000}
KEPT = {"w1a1.teacher_dropout": 0}
UNPADDED = {**KEPT, "w1a1.padding": '"none"', "w1a1.attention_dropout": 0}
METHOD = {"w1a1.bf16": "false"}
# What is measured: recipe, settings, texts.
STEPS = {
    "our trainer, in every point as the published code": ("published", {}, 320),
    "the teacher's answers computed once": ("published", KEPT, 320),
    "no padding": ("published", UNPADDED, 480),
    "the method as published; binary products by counting, one pass for each quantizer": ("w1a1-direct", METHOD, 1600),
    "gradients' products in bf16 (recipe `bit`)": ("w1a1-direct", {}, 1600),
    "a scale per row, no dropout (recipe `best`)": ("best", {}, 1600),
}


def first_rows(path, count, folder):
    rows = path.read_text().splitlines()[:count + 1]
    to = folder / f"first{count}.tsv"
    to.write_text("\n".join(rows) + "\n")
    return to


def wall(command):
    begin = time.perf_counter()
    run = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr + "bench/training/measure.py: a step failed")
    return time.perf_counter() - begin, run.stdout


def distill(a, data, dev, folder, recipe, settings):
    """Seconds of the students' stage: of the whole command, less those of the same command without it."""
    seconds = []
    for stages in ({"stages": "[]"}, {}):
        out = folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        command = [results.ROOT / "build/bit", "distill", "--model", a.model, "--train", data, "--dev", dev, "--out",
                   out, "--recipe", recipe]
        chosen = {**COMMON, **settings, **stages}
        if stages:  # keys of a stage that is not there are refused
            chosen = {key: value for key, value in chosen.items() if not key.startswith("w1a1.")}
        for key, value in chosen.items():
            command += ["--set", f"{key}={value}"]
        seconds.append(wall(shlex.split(a.wrapper) + command)[0])
    stage = json.loads((out / "report.json").read_text())["stages"][-1]
    return seconds[1] - seconds[0], stage["texts_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--model", "--data", "--official"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    parser.add_argument("--wrapper", default="", help="a command to run each step with")
    parser.add_argument("--fresh", action="store_true", help="measure again what is there")
    a = parser.parse_args()
    if a.fresh:
        (results.FOLDER / "training.jsonl").unlink(missing_ok=True)
    log = results.Log("training", results.environment())
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        if "published" not in log.steps:
            print("  the published code", file=sys.stderr, flush=True)
            command = [sys.executable, HERE / "published.py", "--official", a.official, "--vocabulary", a.model / "vocab.txt",
                       "--data", first_rows(a.data, 320, folder)]
            log.add("published", [json.loads(wall(shlex.split(a.wrapper) + command)[1].splitlines()[-1])])
        dev = first_rows(a.data, 16, folder)
        for step, (recipe, settings, texts) in STEPS.items():
            if step in log.steps:
                continue
            print(f"  {step}", file=sys.stderr, flush=True)
            seconds, rate = distill(a, first_rows(a.data, texts, folder), dev, folder, recipe, settings)
            log.add(step, [{"recipe": recipe, "settings": settings, "texts": texts, "seconds": seconds,
                            "texts_per_second": texts / seconds, "of_steps_alone": rate}])


if __name__ == "__main__":
    main()
