"""One training step of the code published with BiT, run as it is, as golden data for the C++ trainer.

    python tests/golden/make_published_golden.py --official CHECKOUT   # of facebookresearch/bit, commit 4f2feb1

Needs torch 2, numpy, scipy, scikit-learn, tqdm, safetensors. The checkout is imported and its KDLearner.train runs
one step on a tiny network and a padded batch; nothing of it is copied here or stored, but the numbers it gives: loss
terms, gradients and the scales it starts from. The network has no dropout, as random numbers cannot be compared.
Writes published/*.safetensors, the same bytes on every run. See published/README.md.
"""
import argparse
import importlib
import sys
import tempfile
import types
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

VOCABULARY, HIDDEN, HEADS, INNER, POSITIONS, LAYERS, SEQUENCE = 60, 32, 4, 64, 16, 2, 8
LENGTHS, SECOND_PART = (8, 5, 3, 6), (5, 3, 9, 4)
CASES = {"w1a1": (1, 2), "w1a2": (2, 2), "w1a1_regression": (1, 1)}  # activation bits, outputs
LARGEST_ROUNDING = 2e-5  # gradients in single against double precision, relative to a tensor's largest value
JITTER, LARGEST_EFFECT = 1e-6, 1e-3  # of weights, and what it may do to gradients: a code that flips does far more
SMALLEST_MARGIN = 1e-5  # of an unsigned value to where its code or its gradient's case changes, in scales


class Stub(types.ModuleType):
    """Has every name, each an exception nobody raises."""
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (Exception,), {})


def import_official(checkout):
    """The checkout's modules. What it imports and does not need in one step may be missing here."""
    for name in ("boto3", "botocore", "botocore.config", "botocore.exceptions", "requests"):
        try:
            importlib.import_module(name)
        except ImportError:
            sys.modules[name] = Stub(name)
    sys.path.insert(0, str(checkout))
    return (importlib.import_module("kd_learner_glue"), importlib.import_module("transformer.modeling_bert"),
            importlib.import_module("transformer.modeling_bert_quant"),
            importlib.import_module("transformer.configuration_bert"))


def make_batch(outputs):
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(1, VOCABULARY, (len(LENGTHS), SEQUENCE), generator=generator)
    mask = (torch.arange(SEQUENCE) < torch.tensor(LENGTHS)[:, None]).long()
    types_ = (torch.arange(SEQUENCE) >= torch.tensor(SECOND_PART)[:, None]).long()
    labels = torch.tensor([0.5, 2.0, 1.0, 4.0]) if outputs == 1 else torch.tensor([0, 1, 1, 0])
    return ids * mask, mask, types_ * mask, labels, torch.tensor(LENGTHS)


def configuration(configuration_bert, bits, outputs):
    config = configuration_bert.BertConfig(
        VOCABULARY, HIDDEN, LAYERS, HEADS, INNER, "gelu", 0.0, 0.0, POSITIONS, 2)
    config.num_labels = outputs
    student = configuration_bert.BertConfig(
        VOCABULARY, HIDDEN, LAYERS, HEADS, INNER, "relu", 0.0, 0.0, POSITIONS, 2)
    # The defaults of quant_task_distill_glue.py and what scripts/run_glue.sh adds.
    for key, value in dict(num_labels=outputs, weight_bits=1, input_bits=bits, weight_quant_method="bwn",
                           input_quant_method="elastic", clip_init_val=2.5, learnable_scaling=True,
                           sym_quant_qkvo=True, sym_quant_ffn_attn=False, embed_layerwise=False,
                           weight_layerwise=True, input_layerwise=True, not_quantize_attention=False).items():
        setattr(student, key, value)
    return config, student


def fill(model, seed):
    """Weights of a size at which layers matter, rows with means of their own, biases and shifts that are not zero
    (but half the shifts before the attention's output, so that sign(0) occurs)."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() == 0:
            continue  # a scale, which the first batch sets
        if "LayerNorm.weight" in name:
            parameter.data = 1 + 0.1 * noise
        elif parameter.dim() == 1:
            parameter.data = 0.1 * noise
            if name.endswith("attention.output.dense.move.bias"):
                parameter.data[::2] = 0
        else:
            rows = torch.randn(parameter.shape[0], 1, generator=generator)
            parameter.data = 0.25 * noise + 0.03 * rows + 0.01
            if ".query." in name or ".key." in name:
                parameter.data *= 0.3  # or scores are so large that every probability is 0, a half or 1


def step(official, bits, outputs, seed, dtype, jitter=0.0):
    """Runs KDLearner.train for one step. Returns the student's parameters before it, the loss terms it reports, the
    gradients its optimizer is handed, and the scales after the first forward pass."""
    kd, modeling, quantized, configuration_bert = official
    teacher_config, student_config = configuration(configuration_bert, bits, outputs)
    teacher = modeling.BertForSequenceClassification(teacher_config)
    fill(teacher, 1000 + seed)
    student = quantized.BertForSequenceClassification(student_config)
    fill(student, seed)
    teacher, student = teacher.to(dtype), student.to(dtype)
    generator = torch.Generator().manual_seed(7)
    for parameter in student.parameters():
        if jitter and parameter.dim() > 0:
            parameter.data *= 1 + jitter * torch.randn(parameter.shape, generator=generator).to(dtype)
    # .to() gives a scale a new tensor only when the type changes, and then without its mark.
    for parameter in student.parameters():
        if parameter.dim() == 0:
            parameter.initialized = False
    before = {name: value.detach().clone() for name, value in student.named_parameters()}
    batch = make_batch(outputs)
    if outputs == 1:
        batch = batch[:3] + (batch[3].to(dtype), batch[4])
    with tempfile.TemporaryDirectory() as folder:
        args = argparse.Namespace(
            distill_rep=True, distill_attn=False, distill_logit=True, output_dir=folder, weight_decay=0.01,
            clip_lr=1e-4, clip_wd=0.0, learning_rate=5e-4, warmup_proportion=0.1, do_eval=False, temperature=1.0,
            num_train_epochs=1, batch_size=len(LENGTHS), gradient_accumulation_steps=1, eval_step=100,
            task_name="rte", job_id="golden")
        learner = kd.KDLearner(args, torch.device("cpu"), student, teacher, 10)
        learner.build(lr=args.learning_rate)
        reported, gradients = {}, {}
        kd.result_to_file = lambda result, file: reported.update(result)
        optimizer_step = learner.optimizer.step

        def keep_gradients():
            gradients.update({n: p.grad.clone() for n, p in student.named_parameters() if p.grad is not None})
            optimizer_step()

        learner.optimizer.step = keep_gradients
        mode, task = ("regression", "sts-b") if outputs == 1 else ("classification", "rte")
        learner.train([0] * len(LENGTHS), task, mode, batch[3], outputs, [batch], [batch], [0] * len(LENGTHS), None,
                      None, None)
    with torch.no_grad():
        logits, _, hidden = teacher(batch[0], batch[2], batch[1])
    scales = {n: p.detach().clone() for n, p in student.named_parameters() if p.dim() == 0}
    losses = {key: torch.tensor([float(reported[key])]) for key in ("loss", "cls_loss", "rep_loss")}
    return before, losses, gradients, scales, (logits, hidden)


def our_name(name):
    """The C++ trainer's name of an official parameter."""
    for theirs, ours in ((".move.bias", ".input.shift"), (".input_clip_val", ".input.scale"),
                         (".self.move_q.bias", ".self.query.output.shift"),
                         (".self.move_k.bias", ".self.key.output.shift"),
                         (".self.move_v.bias", ".self.value.output.shift"),
                         (".self.clip_query", ".self.query.output.scale"),
                         (".self.clip_key", ".self.key.output.scale"),
                         (".self.clip_value", ".self.value.output.scale"),
                         (".self.clip_attn", ".self.probabilities.scale")):
        name = name.replace(theirs, ours)
    return name


def ours(named):
    """Under our names; a shift is subtracted here and added there."""
    return {our_name(name): (-value if our_name(name).endswith(".shift") else value).reshape(value.shape or (1,))
            for name, value in named.items()}


def relative_difference(single, double):
    return max(((single[n].double() - double[n]).abs().max() / double[n].abs().max().clamp_min(1e-30)).item()
               for n in double if "key.bias" not in n or double[n].abs().max() > 1e-8)


def watch_unsigned(official):
    """Makes the official quantizer note how close values of unsigned sets come to an edge. Two equal probabilities
    beside nothing else are 0.5, and so is the scale they start from in a batch of eight tokens: a tie that no change
    of weights undoes."""
    margins = []
    quantized = official[2]
    original = quantized.act_quant_fn

    def noting(input, clip_val, num_bits, symmetric, quant_method, layerwise):
        output = original(input, clip_val, num_bits=num_bits, symmetric=symmetric, quant_method=quant_method,
                          layerwise=layerwise)
        if not symmetric:
            with torch.no_grad():
                highest = 2 ** num_bits - 1
                v = (input if num_bits == 1 else input - input.min()) / clip_val
                edges = torch.tensor([k + 0.5 for k in range(highest)] + [float(highest)])
                margins.append((v[v != 0].reshape(-1, 1) - edges).abs().min().item())
        return output

    quantized.act_quant_fn = sys.modules["transformer.utils_quant"].act_quant_fn = noting
    return margins


def find_step(official, margins, bits, outputs):
    """The first seed at which single precision, and weights a millionth off, decide every threshold as double
    precision does: a tie would be decided by the order of a sum."""
    for seed in range(1, 2000):
        margins.clear()
        result = step(official, bits, outputs, seed, torch.float32)
        if min(margins) < SMALLEST_MARGIN:
            continue
        exact = step(official, bits, outputs, seed, torch.float64)
        if relative_difference(result[2], exact[2]) >= LARGEST_ROUNDING:
            continue
        moved = step(official, bits, outputs, seed, torch.float64, JITTER)
        if relative_difference(moved[2], exact[2]) < LARGEST_EFFECT:
            return seed, result
    raise SystemExit("no seed keeps clear of all thresholds")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--official", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "published")
    options = parser.parse_args()
    torch.set_num_threads(1)
    official = import_official(options.official)
    options.out.mkdir(parents=True, exist_ok=True)
    margins = watch_unsigned(official)
    for name, (bits, outputs) in CASES.items():
        seed, (before, losses, gradients, scales, teacher) = find_step(official, margins, bits, outputs)
        ids, mask, types_, _, _ = make_batch(outputs)
        tensors = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types_}
        tensors |= {f"param.{n}": v for n, v in ours(before).items() if not n.endswith(".scale")}
        tensors |= {f"scale.{n.removesuffix('.scale')}": v for n, v in ours(scales).items()}
        tensors |= {f"grad.{n}": v for n, v in ours(gradients).items()}
        tensors |= losses | {"teacher.logits": teacher[0]}
        tensors |= {f"teacher.hidden.{i}": h for i, h in enumerate(teacher[1])}
        tensors = {n: v.detach().contiguous().to(torch.int64 if v.dtype == torch.int64 else torch.float32)
                   for n, v in tensors.items()}
        save_file(tensors, options.out / f"{name}.safetensors",
                  {"bits": str(bits), "layers": str(LAYERS), "heads": str(HEADS), "seed": str(seed),
                   "torch": torch.__version__, "official": "facebookresearch/bit 4f2feb1"})
        zero = sum(int((v == 0).all()) for v in gradients.values())
        print(f"{name}: seed {seed}, loss {float(losses['loss']):.6f}, {len(gradients)} gradients, {zero} all zero")


if __name__ == "__main__":
    main()
