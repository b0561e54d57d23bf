"""The goldens that need no network: quantizers on a grid, starting scales, optimizer and schedule."""
import torch

from train_checks import elementwise_closed_form
from train_reference import TERNARY, elastic, levels, scale_gradient_factor


def kind_name(bits, signed):
    return ("signed" if signed else "unsigned") + ("t" if bits == TERNARY else str(bits))


def quantizer_case(prefix, x, shift, scale, bits, signed, generator):
    """Outputs and gradients for one input; the reduced ones are for a random gradient from above."""
    x, shift, scale = (t.clone().requires_grad_() for t in (x, shift, scale))
    out = elastic(x, shift, scale, bits, signed)
    upstream = torch.randn(x.shape, generator=generator)
    grad_x, grad_shift, grad_scale = torch.autograd.grad(out, (x, shift, scale), upstream)
    d_x, d_scale = elementwise_closed_form(x.detach().double(), shift.detach().double(), scale.detach().double(),
                                           bits, signed)
    torch.testing.assert_close(grad_x, upstream * d_x.float())
    factor = scale_gradient_factor(x, bits, signed)
    torch.testing.assert_close(grad_scale, ((upstream * d_scale).sum() * factor).reshape(1).float())
    values = dict(x=x, shift=shift, scale=scale, output=out, d_x=d_x, d_scale=d_scale, upstream=upstream,
                  **{"grad.x": grad_x, "grad.shift": grad_shift, "grad.scale": grad_scale})
    return {f"{prefix}.{name}": value.detach().float() for name, value in values.items()}


def grid_input(bits, signed):
    """Every eighth of a scale over all codes and beyond: scale, shifts and grid are exact in binary, so that
    points lie exactly on every threshold."""
    lowest, highest = (-1, 1) if bits == 1 and signed else levels(bits, signed)
    scale, shift = torch.tensor([0.5]), torch.tensor([0.0, 0.25, -0.125])
    positions = torch.arange(8 * (lowest - 2), 8 * (highest + 2) + 1) / 8
    return positions[:, None] * scale + shift, shift, scale


def quantizers(seed=11):
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for bits in (1, 2, 4):
        for signed in (True, False):
            kind = kind_name(bits, signed)
            tensors |= quantizer_case(kind + ".grid", *grid_input(bits, signed), bits, signed, generator)
            x = torch.randn(24, 5, generator=generator) * 0.7 * 2 ** (bits - 1)
            shift = torch.randn(5, generator=generator) * 0.1
            tensors |= quantizer_case(kind + ".random", x, shift, torch.tensor([0.7371]), bits, signed, generator)
    return tensors | start_scales(generator) | finer_quantizers(seed + 1)


def finer_quantizers(seed):
    """Three values, and 8 bits without the grid: there a value on a threshold goes to the even integer."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for bits in (TERNARY, 8):
        for signed in (True, False):
            kind = kind_name(bits, signed)
            if bits == TERNARY:
                tensors |= quantizer_case(kind + ".grid", *grid_input(bits, signed), bits, signed, generator)
            x = torch.randn(24, 5, generator=generator) * 0.35 * (1 + sum(map(abs, levels(bits, signed))))
            shift = torch.randn(5, generator=generator) * 0.1
            tensors |= quantizer_case(kind + ".random", x, shift, torch.tensor([0.7371]), bits, signed, generator)
    return tensors


def unsigned_start(x, alpha):
    """alpha = the mean of the x with x >= alpha / 2, repeated until it stays."""
    while True:
        following = x[x >= 0.5 * alpha].mean()
        if following == alpha:
            return alpha
        alpha = following


def unsigned_case(draw):
    """Draws inputs until the iteration ends at one place from every start: several fixed points are common,
    and a golden must not depend on which start an implementation chooses."""
    while True:
        x = draw()
        wide = x.double()
        found = {unsigned_start(wide, start).item() for start in (wide.max(), wide.mean(), wide[wide > 0].min())}
        if max(found) - min(found) < 1e-12:
            return x, torch.tensor([found.pop()])


def start_scales(generator):
    """L2-optimal scales of the first batch."""
    tensors = {}
    for index, shape in enumerate([(7, 16), (12, 5), (3, 40)]):
        x = torch.randn(shape, generator=generator) * (index + 0.5)
        cases = {"signed": (x, x.double().abs().mean().reshape(1)),
                 "relu": unsigned_case(lambda: (torch.randn(shape, generator=generator) + 0.2).relu()),
                 "softmax": unsigned_case(lambda: (torch.randn(shape, generator=generator) * 2).softmax(-1))}
        for name, (values, alpha) in cases.items():
            tensors |= {f"start.{name}.{index}.x": values, f"start.{name}.{index}.alpha": alpha}
    return {name: value.float() for name, value in tensors.items()}


STEPS, TOTAL = 4, 20
ROLES = {"weight": (4, 6), "bias": (6,), "shift": (6,), "scale": (1,), "scale_at_floor": (1,)}


def schedule(total, warm_up=0.1):
    """Factor of the learning rate at steps 0 .. total - 1: 0 at the first, 1 at the end of the warm-up."""
    rising = warm_up * total
    return [step / rising if step < rising else (total - step) / (total - rising) for step in range(total)]


def adam(parameter, gradients, rates, decay, bias_correction, floor=None):
    """The values after each step, in float64."""
    p, m, v, history = parameter.double(), 0.0, 0.0, []
    for step, (gradient, rate) in enumerate(zip(gradients, rates), 1):
        g = gradient.double()
        g = g / max(1.0, g.norm().item())
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        m_hat, v_hat = (m / (1 - 0.9**step), v / (1 - 0.999**step)) if bias_correction else (m, v)
        p = p - rate * decay * p - rate * m_hat / (v_hat.sqrt() + 1e-6)
        p = p if floor is None else p.clamp_min(floor)
        history.append(p)
    return history


def torch_adam(parameter, gradients, rates, decay):
    """torch's own AdamW and clipping, for comparison with adam()."""
    p = parameter.double().clone().requires_grad_()
    optimizer = torch.optim.AdamW([p], betas=(0.9, 0.999), eps=1e-6, weight_decay=decay)
    for gradient, rate in zip(gradients, rates):
        p.grad = gradient.double().clone()
        torch.nn.utils.clip_grad_norm_([p], 1.0)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
    return p.detach()


def optimizer(seed=5):
    generator = torch.Generator().manual_seed(seed)
    factors = schedule(TOTAL)
    tensors = {"schedule.factor": torch.tensor(factors)}
    for role, shape in ROLES.items():
        is_scale, decay = role.startswith("scale"), 0.01 if role == "weight" else 0.0
        rates = [(1e-4 if is_scale else 5e-4) * factor for factor in factors[:STEPS]]
        start = torch.randn(shape, generator=generator) * 0.1
        if is_scale:
            start = torch.tensor([0.4 if role == "scale" else 1.5e-4])
        # Norms on both sides of 1, so that some steps are clipped.
        gradients = [torch.randn(shape, generator=generator) * size for size in (0.1, 3.0, 0.05, 1.5)]
        if role == "scale_at_floor":
            gradients = [g.abs() for g in gradients]
        if role == "weight":
            for g in gradients:
                g[0, 0] = 0.0  # only the decay moves this one
        plain = adam(start, gradients, rates, decay, True)
        torch.testing.assert_close(plain[-1], torch_adam(start, gradients, rates, decay), rtol=1e-5, atol=1e-8)
        tensors[f"param.{role}"] = start
        for suffix, corrected in (("corrected", True), ("uncorrected", False)):
            after = adam(start, gradients, rates, decay, corrected, 1e-5 if is_scale else None)
            for step in range(STEPS):
                tensors[f"grad.{role}.{step}"] = gradients[step]
                tensors[f"{suffix}.{role}.{step}"] = after[step]
        if role == "scale_at_floor":
            assert after[-1].item() == 1e-5
        tensors["rate.scales" if is_scale else "rate.weights"] = torch.tensor(rates)
    metadata = dict(betas="0.9 0.999", eps="1e-6", weight_decay="0.01", clip_norm="1.0", warm_up="0.1",
                    total_steps=str(TOTAL), steps=str(STEPS), scale_floor="1e-5")
    return {name: value.float() for name, value in tensors.items()}, metadata
