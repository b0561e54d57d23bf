"""Checks of the reference itself: other formulations of its gradients, and how far every value of a golden
network keeps from the points where rounding could change the answer."""
import torch

from train_reference import (TERNARY, Config, Network, distillation_loss, elastic, levels, scale_gradient_factor, sign,
                             to_half_and_back, weight_mean_and_scale)


def detached_elastic(x, shift, scale, bits, signed):
    """The elastic quantizer with its gradient left to autograd: rounding is added as a constant."""
    factor = scale_gradient_factor(x, bits, signed)
    scale = (scale * (1 - factor)).detach() + scale * factor
    centred = x if shift is None else x - shift
    if bits == 1 and signed:
        ramp = torch.minimum(torch.maximum(centred, -scale.detach()), scale.detach())
        return scale * sign(centred.detach()) + ramp - ramp.detach()
    ramp = (centred / scale).clamp(*levels(bits, signed))
    return scale * (ramp + (torch.floor(ramp + 0.5) - ramp).detach())


def detached_pass_through(latent, value):
    return latent + (value - latent).detach()


def elementwise_closed_form(x, shift, scale, bits, signed):
    """d/dx and d/dscale of every element, case by case as the method is printed. The scale's is not yet
    multiplied by LSQ's factor."""
    d_x, d_scale = torch.zeros_like(x), torch.zeros_like(x)
    for index in range(x.numel()):
        row = divmod(index, x.shape[-1])
        centred = (x[row] - shift[row[1]]).item()
        a = scale.item()
        if bits == 1 and signed:
            d_x[row], d_scale[row] = float(abs(centred) <= a), 1.0 if centred >= 0 else -1.0
            continue
        lowest, highest = levels(bits, signed)
        if centred < lowest * a:
            d_scale[row] = lowest
        elif centred > highest * a or (not signed and centred == highest * a):
            d_scale[row] = highest
        else:
            d_x[row] = 1.0
            # The largest code whose lower threshold x has reached.
            code = max([k for k in range(lowest, highest + 1) if k == lowest or centred >= (k - 0.5) * a])
            d_scale[row] = code - centred / a
    return d_x, d_scale


def thresholds(bits, signed):
    """Where, in units of the scale, the code or the gradient's case changes."""
    if bits == 1 and signed:
        return [-1.0, 0.0, 1.0]
    lowest, highest = levels(bits, signed)
    return [float(lowest), float(highest)] + [k - 0.5 for k in range(lowest + 1, highest + 1)]


class Observer:
    """Collects, over a forward pass, the smallest distance to a threshold and the codes in use."""

    def __init__(self, parameters, config, mask):
        self.p, self.config, self.mask = parameters, config, mask.bool()
        self.margin, self.missing = float("inf"), []

    def __call__(self, site, x, signed, shifted=True):
        x = x.detach()
        if signed is None:
            self.margin = min(self.margin, x.abs().min().item())
            return
        shift, scale = self.p.get(site + ".shift") if shifted else None, self.p[site + ".scale"].detach()
        position = ((x if shift is None else x - shift.detach()) / scale)
        points = thresholds(self.config.bits_at(site), signed)
        judged, valid = position, position[self.mask] if x.dim() == 3 else position
        if x.dim() == 4:
            # A masked key's probability is exactly 0, and none can fall below it.
            points = [point for point in points if point != 0.0]
            judged = position.transpose(1, 3)[self.mask]
            valid = position[(self.mask[:, None, :, None] & self.mask[:, None, None, :]).expand_as(position)]
        for point in points:
            distance = (judged - point).abs().min().item()
            self.margin = min(self.margin, distance, distance * scale.item())
        self.note_missing(site, valid, signed)

    def note_missing(self, site, valid, signed):
        bits = self.config.bits_at(site)
        if bits == 1 and signed:
            codes, wanted, inside = sign(valid), [-1.0, 1.0], valid.abs() <= 1
        else:
            lowest, highest = levels(bits, signed)
            codes, wanted = torch.floor(valid + 0.5).clamp(lowest, highest), range(lowest, highest + 1)
            inside = (valid >= lowest) & (valid < highest)
        if set(codes.unique().tolist()) != set(map(float, wanted)) or inside.all() or not inside.any():
            self.missing.append(site)


def weights_are_clear(parameters, config):
    """No weight within 1e-5 of its mean (matrix and row), no row scale at a midpoint of two halves."""
    for name, weight in parameters.items():
        if weight.dim() != 2 or name.startswith("classifier") or "position_" in name or "token_type" in name:
            continue
        by_row = config.granularity == "row" or "word_embeddings" in name
        mean, scale = weight_mean_and_scale(weight.detach(), by_row)
        if (weight.detach() - mean).abs().min() < 1e-5:
            return False
        if not torch.equal(to_half_and_back(scale * (1 + 1e-6)), to_half_and_back(scale * (1 - 1e-6))):
            return False
    return True


def relative_difference(a, b):
    """Largest difference over the largest value, worst of all named tensors."""
    def of(name):
        return ((a[name].double() - b[name].double()).abs().max() / b[name].double().abs().max().clamp_min(1e-6)).item()

    return max(of(name) for name in a)


def check_quantizer_gradients():
    """SignedBinary and ClippedRound against the detached formulation and the printed cases, in float64."""
    generator = torch.Generator().manual_seed(3)
    for bits in (1, 2, 4, TERNARY):
        for signed in (True, False):
            lowest, highest = levels(bits, signed)
            x = (torch.randn(200, 5, generator=generator, dtype=torch.float64) * (highest - lowest + 1)).requires_grad_()
            shift = (torch.randn(5, generator=generator, dtype=torch.float64) * 0.2).requires_grad_()
            scale = torch.tensor([0.83], dtype=torch.float64, requires_grad=True)
            upstream = torch.randn(200, 5, generator=generator, dtype=torch.float64)
            a = elastic(x, shift, scale, bits, signed)
            b = detached_elastic(x, shift, scale, bits, signed)
            torch.testing.assert_close(a, b)
            grads_a = torch.autograd.grad(a, (x, shift, scale), upstream)
            torch.testing.assert_close(grads_a, torch.autograd.grad(b, (x, shift, scale), upstream))
            d_x, d_scale = elementwise_closed_form(x.detach(), shift.detach(), scale.detach(), bits, signed)
            factor = scale_gradient_factor(x, bits, signed)
            expected = upstream * d_x, -(upstream * d_x).sum(0), (upstream * d_scale).sum().reshape(1) * factor
            torch.testing.assert_close(grads_a, expected)


def gradcheck_surrogate(parameters, batch, teacher_hidden, teacher_logits, regression):
    """Numerical gradients of network and loss with every quantizer replaced by the identity (float64)."""
    names = sorted(n for n in parameters if not n.endswith((".shift", ".scale")))
    values = [parameters[name].detach().double().requires_grad_() for name in names]
    config = Config(bits=32, regression=regression)

    def loss(*tensors):
        hidden, _, logits = Network(dict(zip(names, tensors)), config).forward(batch)
        return distillation_loss(hidden, logits, [h.double() for h in teacher_hidden], teacher_logits.double(),
                                 batch["attention_mask"], regression)

    assert torch.autograd.gradcheck(loss, values, eps=1e-6, atol=1e-6, rtol=1e-4, fast_mode=True)


def check_against_transformers(parameters, batch, hidden, logits):
    """The float teacher against Hugging Face's own BertForSequenceClassification."""
    from transformers import BertConfig, BertForSequenceClassification

    words = parameters["bert.embeddings.word_embeddings.weight"].shape
    model = BertForSequenceClassification(BertConfig(
        vocab_size=words[0], hidden_size=words[1], num_hidden_layers=len(hidden) - 1, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=16, hidden_act="gelu", num_labels=logits.shape[1]))
    model.load_state_dict(parameters)
    out = model.eval()(**{name: batch[name] for name in ("input_ids", "attention_mask", "token_type_ids")},
                       output_hidden_states=True)
    valid = batch["attention_mask"].bool()
    torch.testing.assert_close(out.logits, logits, atol=2e-6, rtol=1e-5)
    for ours, theirs in zip(hidden, out.hidden_states, strict=True):
        torch.testing.assert_close(theirs[valid], ours[valid], atol=5e-6, rtol=1e-5)
