"""One BiT training step in plain PyTorch: the reference that the C++ trainer is compared with.

Written from the published equations only (Liu et al., BiT, NeurIPS 2022; Esser et al., LSQ, 2020), with no
knowledge of the C++ code. Tensors of the network are [batch, sequence, hidden]; parameters are a dict under
the names of Hugging Face's BertForSequenceClassification plus the quantizers' NAME.shift and NAME.scale.
"""
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F


TERNARY = "ternary"


@dataclass(frozen=True)
class Config:
    layers: int = 2
    heads: int = 4
    bits: int | str = 1        # of the activations, or TERNARY; 32 leaves weights and activations in float
    attention_bits: int | str | None = None  # of query, key, value and probabilities; None: bits
    relu_bits: int | str | None = None       # of the hidden layer after ReLU; None: bits
    granularity: str = "tensor"  # of the weights' mean and scale: "tensor" or "row" (one per output)
    storage_half: bool = False   # round what the packed file keeps in half precision
    activation: str = "relu"     # or "gelu", exact (erf)
    token_scale: bool = False    # inputs of matrices have a scale per token as well
    row_threshold: bool = False  # a probability is measured in its row's greatest one
    regression: bool = False

    def bits_at(self, site):
        """Of the quantizer with this name."""
        if ".self." in site and not site.endswith(".input") and self.attention_bits:
            return self.attention_bits
        after_relu = site.endswith(".output.dense.input") and ".attention." not in site
        return self.relu_bits if after_relu and self.relu_bits else self.bits


def levels(bits, signed):
    """The lowest and the highest code of a quantizer of more than one bit, or of an unsigned one."""
    if bits == TERNARY:
        return (-1, 1) if signed else (0, 2)
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)


def positive_levels(bits, signed):
    """LSQ's Qp, with 1 where the signed formula would give 0."""
    return 1 if bits == 1 else levels(bits, signed)[1]


def sign(x):
    """+1 or -1, never 0: sign(0) = +1."""
    return torch.where(x >= 0, torch.ones_like(x), -torch.ones_like(x))


def scale_gradient_factor(x, bits, signed):
    return 1.0 / math.sqrt(x.numel() * positive_levels(bits, signed))


def over_rows(gradient, shift):
    """Sums a gradient of x over all but the last axis: the shift has one value per channel."""
    return None if shift is None else gradient.reshape(-1, gradient.shape[-1]).sum(0)


class SignedBinary(torch.autograd.Function):
    """scale * sign(x - shift)."""

    @staticmethod
    def forward(ctx, x, shift, scale):
        centred = x if shift is None else x - shift
        ctx.save_for_backward(centred, shift, scale)
        return scale * sign(centred)

    @staticmethod
    def backward(ctx, upstream):
        centred, shift, scale = ctx.saved_tensors
        d_x = upstream * (centred.abs() <= scale)
        d_scale = (upstream * sign(centred)).sum().reshape(1)
        d_shift = over_rows(-d_x, shift)
        return d_x, d_shift, d_scale * scale_gradient_factor(centred, 1, True)


class ClippedRound(torch.autograd.Function):
    """scale * clip(floor((x - shift) / scale + 0.5), lowest, highest): all but the signed bit."""

    @staticmethod
    def forward(ctx, x, shift, scale, bits, signed):
        lowest, highest = levels(bits, signed)
        position = (x if shift is None else x - shift) / scale
        code = torch.floor(position + 0.5).clamp(lowest, highest)
        ctx.save_for_backward(position, code, shift)
        ctx.form = bits, signed
        return scale * code

    @staticmethod
    def backward(ctx, upstream):
        position, code, shift = ctx.saved_tensors
        bits, signed = ctx.form
        lowest, highest = levels(bits, signed)
        below_top = position <= highest if signed else position < highest
        inside = (position >= lowest) & below_top
        d_x = upstream * inside
        d_scale = (upstream * torch.where(inside, code - position, code)).sum().reshape(1)
        return d_x, over_rows(-d_x, shift), d_scale * scale_gradient_factor(position, bits, signed), None, None


def elastic(x, shift, scale, bits, signed):
    """The elastic quantizer; shift is None or [channels], scale is [1]."""
    if bits == 1 and signed:
        return SignedBinary.apply(x, shift, scale)
    return ClippedRound.apply(x, shift, scale, bits, signed)


class StraightThrough(torch.autograd.Function):
    """Stands `value` in for `latent` and hands the gradient to `latent` unchanged."""

    @staticmethod
    def forward(ctx, latent, value):
        return value.clone()

    @staticmethod
    def backward(ctx, upstream):
        return upstream, None


straight_through = StraightThrough.apply


def to_half_and_back(x):
    return x.to(torch.float16).to(x.dtype)


def weight_mean_and_scale(weight, by_row):
    """mean(w) and mean |w|, of each row [rows, 1] or of the whole matrix [1, 1]."""
    axes = (1,) if by_row else (0, 1)
    return weight.mean(dim=axes, keepdim=True), weight.abs().mean(dim=axes, keepdim=True)


def binarize_weight(weight, by_row, half_scale, pass_through):
    latent = weight.detach()
    mean, scale = weight_mean_and_scale(latent, by_row)
    if half_scale:
        scale = to_half_and_back(scale)
    return pass_through(weight, scale * sign(latent - mean))


class Network:
    """The forward pass. `quantize` and `pass_through` can be exchanged for another formulation."""

    def __init__(self, parameters, config, quantize=elastic, pass_through=straight_through, observe=None):
        self.p, self.config = parameters, config
        self.quantize, self.pass_through = quantize, pass_through
        self.observe = observe or (lambda site, x, signed, shift=True: None)

    def quantizer(self, site, x, signed=True, shift=True):
        if self.config.bits == 32:
            return x
        self.observe(site, x, signed, shift)
        return self.quantize(x, self.p.get(site + ".shift") if shift else None, self.p[site + ".scale"],
                             self.config.bits_at(site), signed)

    def weight(self, name):
        if self.config.bits == 32:
            return self.p[name]
        by_row = self.config.granularity == "row"
        return binarize_weight(self.p[name], by_row, False, self.pass_through)

    def linear(self, name, x, signed=True):
        site = name + ".input"
        if self.config.bits != 32 and self.config.token_scale:
            centred = x - self.p[site + ".shift"]
            size = centred.detach().abs().mean(-1, keepdim=True).clamp_min(1e-5)
            x = self.quantizer(site, centred / size, signed, shift=False) * size
        else:
            x = self.quantizer(site, x, signed)
        return F.linear(x, self.weight(name + ".weight"), self.p[name + ".bias"])

    def layer_norm(self, name, x):
        return F.layer_norm(x, x.shape[-1:], self.p[name + ".weight"], self.p[name + ".bias"], 1e-12)

    def stored(self, name):
        table = self.p[name]
        if not self.config.storage_half:
            return table
        return self.pass_through(table, to_half_and_back(table.detach()))

    def embeddings(self, batch):
        name = "bert.embeddings."
        words = self.p[name + "word_embeddings.weight"]
        if self.config.bits != 32:
            words = binarize_weight(words, True, self.config.storage_half, self.pass_through)
        types = self.stored(name + "token_type_embeddings.weight")
        positions = self.stored(name + "position_embeddings.weight")
        ids = batch["input_ids"]
        total = words[ids] + types[batch["token_type_ids"]] + positions[: ids.shape[1]]
        return self.layer_norm(name + "LayerNorm", total)

    def split(self, x):
        """[batch, sequence, hidden] to [batch, heads, sequence, hidden / heads]."""
        return x.unflatten(-1, (self.config.heads, -1)).transpose(1, 2)

    def attention(self, name, x, mask):
        def projected(which):
            site = f"{name}self.{which}"
            return self.split(self.quantizer(site + ".output", self.linear(site, x)))

        query, key, value = (projected(which) for which in ("query", "key", "value"))
        scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
        scores = scores.masked_fill(mask[:, None, None, :] == 0, -math.inf)
        weights, unit = scores.softmax(-1), 1.0
        if self.config.row_threshold:
            unit = weights.detach().max(-1, keepdim=True).values
        weights = unit * self.quantizer(name + "self.probabilities", weights / unit, signed=False)
        context = (weights @ value).transpose(1, 2).flatten(2)
        return self.layer_norm(name + "output.LayerNorm", self.linear(name + "output.dense", context) + x)

    def layer(self, index, x, mask):
        name = f"bert.encoder.layer.{index}."
        x = self.attention(name + "attention.", x, mask)
        inner = self.linear(name + "intermediate.dense", x)
        if self.config.activation == "relu":
            self.observe(name + "relu", inner, None)
            inner = inner.relu()
        else:
            inner = F.gelu(inner)
        return self.layer_norm(name + "output.LayerNorm", self.linear(name + "output.dense", inner, signed=False) + x)

    def forward(self, batch):
        """Hidden states (embedding output first), pooled [batch, hidden], logits [batch, labels]."""
        hidden = [self.embeddings(batch)]
        for index in range(self.config.layers):
            hidden.append(self.layer(index, hidden[-1], batch["attention_mask"]))
        pooled = self.linear("bert.pooler.dense", hidden[-1][:, 0]).tanh()
        return hidden, pooled, F.linear(pooled, self.p["classifier.weight"], self.p["classifier.bias"])


def distillation_loss(hidden, logits, teacher_hidden, teacher_logits, mask, regression):
    """The loss of the logits and the loss of the hidden states; their sum is what is minimized."""
    if regression:
        of_logits = (logits - teacher_logits).square().mean()
    else:
        of_logits = -(teacher_logits.softmax(-1) * logits.log_softmax(-1)).sum(-1).mean()
    valid = mask.unsqueeze(-1).to(logits.dtype)
    numbers = mask.sum() * hidden[0].shape[-1]
    of_hidden = sum(((s - t).square() * valid).sum() / numbers for s, t in zip(hidden, teacher_hidden, strict=True))
    return of_logits, of_hidden
