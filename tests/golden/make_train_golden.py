"""Makes tests/golden/train/*.safetensors, the goldens of the C++ trainer; see train/README.md.

    python make_train_golden.py [--out DIR] [--float64] [--transformers]
"""
import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save as serialize

import closed_forms
from train_checks import (Observer, check_against_transformers, check_quantizer_gradients, detached_elastic,
                          detached_pass_through, gradcheck_surrogate, relative_difference, weights_are_clear)
from train_reference import TERNARY, Config, Network, distillation_loss, elastic, straight_through

VOCABULARY, HIDDEN, INNER, POSITIONS, TYPES = 60, 32, 64, 16, 2
LENGTHS, SEQUENCE = (8, 5, 3), 8
SMALLEST_MARGIN = 2e-5  # to a threshold, in the value's units and in those of the scale
LARGEST_ROUNDING = 1e-5  # of single precision, relative to a tensor's largest value


def make_batch():
    """Three texts of different lengths, the longer ones pairs, padded with id 0."""
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(1, VOCABULARY, (len(LENGTHS), SEQUENCE), generator=generator)
    mask = (torch.arange(SEQUENCE) < torch.tensor(LENGTHS)[:, None]).long()
    types = (torch.arange(SEQUENCE) >= torch.tensor([5, 3, 9])[:, None]).long()
    return {"input_ids": ids * mask, "attention_mask": mask, "token_type_ids": types * mask}


def linears(layers):
    """Name, inputs and outputs of every quantized matrix."""
    for layer in range(layers):
        name = f"bert.encoder.layer.{layer}."
        for which in ("query", "key", "value"):
            yield f"{name}attention.self.{which}", HIDDEN, HIDDEN
        yield f"{name}attention.output.dense", HIDDEN, HIDDEN
        yield f"{name}intermediate.dense", HIDDEN, INNER
        yield f"{name}output.dense", INNER, HIDDEN
    yield "bert.pooler.dense", HIDDEN, HIDDEN


def random_parameters(generator, config, labels):
    """Shifts included; the scales are set by calibrate()."""
    def normal(*shape):
        return torch.randn(*shape, generator=generator)

    def matrix(rows, columns, size):
        # Rows with means of their own, so that the two granularities differ.
        weight = normal(rows, columns) * size + 0.1 * size * normal(rows, 1) + 0.02
        off = weight - weight.mean(dim=1, keepdim=True)
        return torch.where(off.abs() < 1e-3, weight + 2e-3 * off.sign(), weight)

    p = {}
    for table, rows, size in (("word", VOCABULARY, 1.0), ("position", POSITIONS, 0.4), ("token_type", TYPES, 0.4)):
        p[f"bert.embeddings.{table}_embeddings.weight"] = matrix(rows, HIDDEN, size)
    norms = ["bert.embeddings.LayerNorm"]
    for layer in range(config.layers):
        norms += [f"bert.encoder.layer.{layer}.{place}output.LayerNorm" for place in ("attention.", "")]
    for name in norms:
        p[name + ".weight"], p[name + ".bias"] = 1 + 0.1 * normal(HIDDEN), 0.1 * normal(HIDDEN)
    for name, inputs, outputs in linears(config.layers):
        p[name + ".weight"], p[name + ".bias"] = matrix(outputs, inputs, 0.25), 0.1 * normal(outputs)
        if config.bits != 32:
            p[name + ".input.shift"] = 0.1 * normal(inputs)
            if ".self." in name:
                p[name + ".output.shift"] = 0.1 * normal(outputs)
    p["classifier.weight"], p["classifier.bias"] = 0.3 * normal(labels, HIDDEN), 0.1 * normal(labels)
    return p


def calibrate(parameters, config, batch, generator):
    """Sets every scale near what training would start from, in the order of the forward pass."""
    def set_scale(site, x, signed, shifted=True):
        if signed is None:
            return
        if signed:
            scale = x.abs().mean()
        else:
            scale = closed_forms.unsigned_start(x, x.max()) if config.bits_at(site) == 1 else 0.3 * x.max()
        parameters[site + ".scale"] = (scale * (0.85 + 0.3 * torch.rand(1, generator=generator))).reshape(1)

    Network(parameters, config, observe=set_scale).forward(batch)


def student_step(parameters, config, batch, teacher, dtype=torch.float32, forms=(elastic, straight_through)):
    """Outputs, losses and gradients of one step, as named tensors."""
    p = {name: value.to(dtype).requires_grad_() for name, value in parameters.items()}
    hidden, _, logits = Network(p, config, *forms).forward(batch)
    of_logits, of_hidden = distillation_loss(hidden, logits, [h.to(dtype) for h in teacher[0]], teacher[1].to(dtype),
                                             batch["attention_mask"], config.regression)
    loss = of_logits + of_hidden
    gradients = torch.autograd.grad(loss, list(p.values()))
    out = {f"output.hidden.{i}": h for i, h in enumerate(hidden)}
    out |= {"output.logits": logits, "loss": loss.reshape(1), "loss.logits": of_logits.reshape(1),
            "loss.hidden": of_hidden.reshape(1)}
    return out | {f"grad.{name}": gradient for name, gradient in zip(p, gradients)}


def formulations_agree(p, config, batch, teacher):
    """Compares the step with the detached formulation: both must agree in double precision, always. Returns
    the larger of the two differences that single precision makes, in the step and in the other formulation."""
    other = detached_elastic, detached_pass_through
    double = student_step(p, config, batch, teacher, torch.float64)
    exact = relative_difference(student_step(p, config, batch, teacher, torch.float64, other), double)
    assert exact < 1e-10, f"the formulations differ by {exact:.1e}"
    return max(relative_difference(student_step(p, config, batch, teacher, torch.float32, form), double)
               for form in (other, (elastic, straight_through)))


def find_student(config, batch, teacher, labels):
    """Parameters whose quantizers use every code and keep clear of every threshold, and whose gradients are
    not the small remainder of large terms that cancel. A seed is passed over for what single precision does
    to it, never for a disagreement of the formulas: that stops the script."""
    ill_conditioned = 0
    for seed in range(1, 1000):
        generator = torch.Generator().manual_seed(seed)
        p = random_parameters(generator, config, labels)
        observer = Observer(p, config, batch["attention_mask"])
        with torch.no_grad():
            calibrate(p, config, batch, generator)
            Network(p, config, observe=observer).forward(batch)
        if observer.margin < SMALLEST_MARGIN or observer.missing or not weights_are_clear(p, config):
            continue
        rounding = formulations_agree(p, config, batch, teacher)
        if rounding < LARGEST_ROUNDING:
            print(f"seed {seed}: margin {observer.margin:.1e}, single precision {rounding:.1e}, "
                  f"{ill_conditioned} seeds passed over as ill-conditioned")
            return seed, p
        ill_conditioned += 1
    raise AssertionError(f"no seed serves {config}")


def teacher_step(batch, labels, dtype, seed):
    """The float network: its parameters and outputs, and for hard labels the loss and gradients."""
    config = Config(bits=32, activation="gelu")
    parameters = random_parameters(torch.Generator().manual_seed(seed), config, labels)
    p = {name: value.to(dtype).requires_grad_() for name, value in parameters.items()}
    hidden, pooled, logits = Network(p, config).forward(batch)
    out = {f"output.hidden.{i}": h for i, h in enumerate(hidden)} | {"output.pooled": pooled, "output.logits": logits}
    if labels > 1:
        out["labels"] = torch.tensor([0, 2, 1])
        loss = torch.nn.functional.cross_entropy(logits, out["labels"])
        out["loss"] = loss.reshape(1)
        out |= {f"grad.{n}": g for n, g in zip(p, torch.autograd.grad(loss, list(p.values())))}
    return parameters, out, ([h.detach().float() for h in hidden], logits.detach().float())


def check_reached(p, result):
    idle = [name for name in p if result[f"grad.{name}"].abs().max() < 1e-6]
    assert not idle, f"no gradient reaches {idle}"


def with_ordered_header(file):
    """The library writes metadata in an order that changes from run to run; the goldens should not."""
    end = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + file[end:]


def save(path, tensors, metadata):
    kept = {n: (t.detach().float() if t.is_floating_point() else t).contiguous() for n, t in tensors.items()}
    path.write_bytes(with_ordered_header(serialize(kept, metadata)))
    assert path.stat().st_size < 300_000
    print(f"{path.name}: {len(kept)} tensors, {path.stat().st_size} bytes")


def describe(config, seed):
    fields = ("bits", "granularity", "layers", "heads", "activation", "storage_half", "regression")
    named = {name: str(getattr(config, name)).lower() for name in fields} | {"seed": str(seed)}
    places = {name: getattr(config, name) for name in ("attention_bits", "relu_bits")}
    finer = {name: "true" for name in ("token_scale", "row_threshold") if getattr(config, name)}
    return named | {name: str(bits) for name, bits in places.items() if bits} | finer


STUDENTS = {
    "student_w1a2_tensor": Config(bits=2),
    "student_w1a1_tensor": Config(bits=1),
    "student_w1a1_row_half": Config(bits=1, granularity="row", storage_half=True),
    "student_w1a1_regression": Config(bits=1, regression=True),
    "student_w1a1_places": Config(bits=1, attention_bits=TERNARY, relu_bits=2, granularity="row"),
    "student_w1a1_finer_scales": Config(bits=1, relu_bits=2, token_scale=True, row_threshold=True),
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, default=Path(__file__).parent / "train")
    arguments.add_argument("--float64", action="store_true", help="compute in double precision, store as float")
    arguments.add_argument("--transformers", action="store_true", help="compare the teacher with Hugging Face's")
    options = arguments.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    dtype = torch.float64 if options.float64 else torch.float32
    batch = make_batch()
    check_quantizer_gradients()

    parameters, outputs, classes = teacher_step(batch, 3, dtype, 101)
    _, _, score = teacher_step(batch, 1, dtype, 102)
    if options.transformers:
        check_against_transformers(parameters, batch, classes[0], classes[1])
    named = {f"param.{name}": value for name, value in parameters.items()}
    save(options.out / "teacher.safetensors", batch | named | outputs,
         describe(Config(bits=32, activation="gelu"), 101))

    for name, config in STUDENTS.items():
        teacher, labels = (score, 1) if config.regression else (classes, 3)
        seed, p = find_student(config, batch, teacher, labels)
        result = student_step(p, config, batch, teacher, dtype)
        check_reached(p, result)
        gradcheck_surrogate(p, batch, *teacher, config.regression)
        given = {f"param.{n}": value for n, value in p.items()} | {"teacher.logits": teacher[1]}
        given |= {f"teacher.hidden.{i}": h for i, h in enumerate(teacher[0])}
        save(options.out / f"{name}.safetensors", batch | given | result, describe(config, seed))

    save(options.out / "optimizer.safetensors", *closed_forms.optimizer())
    save(options.out / "quantizers.safetensors", closed_forms.quantizers(), {"scale_gradient": "lsq"})


if __name__ == "__main__":
    main()
