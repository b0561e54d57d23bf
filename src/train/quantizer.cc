#include "train/quantizer.h"

#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <limits>

#include "train/libtorch.h"

namespace bitcpp {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

/// Autograd functions take no undefined tensors, so "no shift" travels as an empty one.
bool present(const Tensor& shift) { return shift.defined() && shift.numel() > 0; }

/// The threshold between code j - 1 and code j, a value per channel where there is a shift.
Tensor threshold(int j, const Tensor& shift, const Tensor& scale, QuantizerSpec spec) {
  Tensor distance = spec.is_sign() ? torch::zeros_like(scale)
                                   : scale * static_cast<float>(spec.threshold_factor(j));
  return present(shift) ? shift + distance : distance;
}

Tensor integers(const Tensor& x, const Tensor& shift, const Tensor& scale, QuantizerSpec spec) {
  if (spec.rounds()) {
    Tensor centred = present(shift) ? x - shift : x;
    return (centred * (1 / scale)).clamp_(spec.lowest(), spec.highest()).round_();
  }
  Tensor codes;
  for (int j = 1; j < spec.levels; ++j) {
    Tensor reached = x.ge(threshold(j, shift, scale, spec)).to(x.scalar_type());
    codes = codes.defined() ? codes.add_(reached) : reached;
  }
  return codes.mul_(spec.step()).add_(spec.lowest());
}

/// scale * integers. One bit is selected, not computed: a third of the memory traffic, which is
/// what a GPU's step consists of.
Tensor values(const Tensor& x, const Tensor& shift, const Tensor& scale, QuantizerSpec spec) {
  if (spec.levels != 2) return integers(x, shift, scale, spec) * scale;
  const Tensor low = spec.is_sign() ? -scale : torch::zeros_like(scale);
  return torch::where(x.ge(threshold(1, shift, scale, spec)), scale, low);
}

/// Where the straight-through gradient passes: bool, of x's shape. Signed ranges are closed at both
/// ends, unsigned ones open above (tests/golden/train/README.md).
Tensor passes(const Tensor& centred, const Tensor& scale, QuantizerSpec spec) {
  if (spec.is_sign()) return centred.abs().le(scale);
  if (spec.levels == 2) return centred.ge(0).logical_and_(centred.lt(scale));
  const Tensor v = centred / scale;
  return v.ge(spec.lowest())
      .logical_and_(spec.is_signed ? v.le(spec.highest()) : v.lt(spec.highest()));
}

Tensor sum_of_products(const Tensor& a, const Tensor& b) {
  return a.reshape({-1}).dot(b.reshape({-1}));
}

struct ElasticQuantize : torch::autograd::Function<ElasticQuantize> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& shift,
                        const Tensor& scale, int64_t levels, bool is_signed, int64_t elements) {
    Tensor value = values(x, shift, scale, {static_cast<int>(levels), is_signed});
    ctx->save_for_backward({x, shift, scale, value});
    ctx->saved_data["levels"] = levels;
    ctx->saved_data["signed"] = is_signed;
    ctx->saved_data["elements"] = static_cast<double>(elements);
    return value;
  }

  static tensor_list backward(AutogradContext* ctx, tensor_list gradients) {
    auto saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &shift = saved[1], &scale = saved[2], &value = saved[3];
    const QuantizerSpec spec{static_cast<int>(ctx->saved_data["levels"].toInt()),
                             ctx->saved_data["signed"].toBool()};
    const Tensor centred = present(shift) ? x - shift : x;
    const Tensor& incoming = gradients[0];
    const Tensor by_x = incoming * passes(centred, scale, spec);
    Tensor by_shift;
    if (present(shift)) by_shift = -by_x.reshape({-1, x.size(-1)}).sum(0);
    // d value / d scale = code, less centred / scale where the gradient passes.
    Tensor by_scale = sum_of_products(incoming, value);
    if (!spec.is_sign()) by_scale = by_scale - sum_of_products(by_x, centred);
    const double damping =
        1.0 / std::sqrt(ctx->saved_data["elements"].toDouble() * spec.gradient_levels());
    return {by_x, by_shift, by_scale / scale * damping, Tensor(), Tensor(), Tensor()};
  }
};

Tensor rounded(const Tensor& values, QuantizerSpec spec, double scale) {
  return (values / std::max(scale, kSmallestScale) + 0.5)
      .floor_()
      .clamp_(spec.lowest(), spec.highest());
}

/// Lloyd's alternation: codes for the scale, then the least-squares scale for the codes. It stops
/// by itself, since there are finitely many code assignments; 100 rounds are far beyond what was
/// ever needed (under 30).
double refined_scale(const Tensor& values, QuantizerSpec spec, double scale) {
  for (int round = 0; round < 100; ++round) {
    Tensor q = rounded(values, spec, scale);
    double squares = q.dot(q).item<double>();
    if (squares == 0) {  // every value rounds to zero: the scale is too large
      scale /= 2;
      if (scale < kSmallestScale) break;
      continue;
    }
    double next = values.dot(q).item<double>() / squares;
    if (std::abs(next - scale) <= 1e-7 * scale) break;
    scale = next;
  }
  return scale;
}

/// With many levels the alternation stays near where it starts, as every scale fits its own codes.
double best_share_of_range(const Tensor& values, QuantizerSpec spec) {
  constexpr int kShares = 40;
  const double range = values.abs().max().item<double>() / spec.highest();
  double best = range, least = std::numeric_limits<double>::infinity();
  for (int i = 1; i <= kShares; ++i) {
    const double scale = range * i / kShares;
    const double error =
        (values - rounded(values, spec, scale) * scale).square().sum().item<double>();
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

}  // namespace

Tensor elastic_quantize(const Tensor& x, const Tensor& shift, const Tensor& scale,
                        QuantizerSpec spec, std::optional<std::int64_t> elements) {
  return ElasticQuantize::apply(x, shift.defined() ? shift : torch::empty({0}), scale,
                                static_cast<int64_t>(spec.levels), spec.is_signed,
                                elements.value_or(x.numel()));
}

Tensor quantize_to_integers(const Tensor& x, const Tensor& shift, const Tensor& scale,
                            QuantizerSpec spec) {
  torch::NoGradGuard no_gradient;
  return integers(x, shift, scale, spec);
}

Tensor initial_scale(const Tensor& x, QuantizerSpec spec) {
  torch::NoGradGuard no_gradient;
  Tensor values = x.detach().reshape({-1}).to(torch::kFloat);
  double scale = values.abs().mean().item<double>();
  if (!spec.is_sign()) {
    if (spec.levels > 4)
      scale = best_share_of_range(values, spec);
    else if (spec.is_signed)
      scale = 2 * scale / std::sqrt(static_cast<double>(spec.highest()));
    scale = refined_scale(values, spec, scale);
  }
  return torch::full({1}, std::max(scale, kSmallestScale), values.options());
}

}  // namespace bitcpp
