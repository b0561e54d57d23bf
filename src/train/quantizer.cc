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

Tensor integers(const Tensor& x, const Tensor& shift, const Tensor& scale, QuantizerSpec spec) {
  if (spec.rounds()) {
    Tensor centred = present(shift) ? x - shift : x;
    return (centred * (1 / scale)).clamp_(spec.lowest(), spec.highest()).round_();
  }
  Tensor codes;
  for (int j = 1; j < spec.levels; ++j) {
    Tensor threshold = spec.is_sign() ? torch::zeros_like(scale)
                                      : scale * static_cast<float>(spec.threshold_factor(j));
    if (present(shift)) threshold = shift + threshold;
    Tensor reached = x.ge(threshold).to(x.scalar_type());
    codes = codes.defined() ? codes.add_(reached) : reached;
  }
  return codes.mul_(spec.step()).add_(spec.lowest());
}

struct ElasticQuantize : torch::autograd::Function<ElasticQuantize> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& shift,
                        const Tensor& scale, int64_t levels, bool is_signed, int64_t elements) {
    ctx->save_for_backward({x, shift, scale});
    ctx->saved_data["levels"] = levels;
    ctx->saved_data["signed"] = is_signed;
    ctx->saved_data["elements"] = static_cast<double>(elements);
    return integers(x, shift, scale, {static_cast<int>(levels), is_signed}) * scale;
  }

  static tensor_list backward(AutogradContext* ctx, tensor_list gradients) {
    auto saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &shift = saved[1], &scale = saved[2];
    QuantizerSpec spec{static_cast<int>(ctx->saved_data["levels"].toInt()),
                       ctx->saved_data["signed"].toBool()};
    Tensor centred = present(shift) ? x - shift : x;
    Tensor level = integers(x, shift, scale, spec);
    Tensor inside, by_scale;  // d value / d x, d value / d scale
    if (spec.is_sign()) {
      inside = centred.abs().le(scale).to(x.scalar_type());
      by_scale = level;
    } else {
      Tensor v = centred / scale;
      // Signed ranges are closed at both ends, unsigned ones open above
      // (tests/golden/train/README.md).
      Tensor below = spec.is_signed ? v.le(spec.highest()) : v.lt(spec.highest());
      inside = v.ge(spec.lowest()).logical_and(below).to(x.scalar_type());
      by_scale = level - v * inside;
    }
    const Tensor& incoming = gradients[0];
    Tensor by_x = incoming * inside;
    Tensor by_shift;
    if (present(shift)) by_shift = -by_x.reshape({-1, x.size(-1)}).sum(0);
    double damping =
        1.0 / std::sqrt(ctx->saved_data["elements"].toDouble() * spec.gradient_levels());
    Tensor by_scale_sum = (incoming * by_scale).sum().reshape({1}) * damping;
    return {by_x, by_shift, by_scale_sum, Tensor(), Tensor(), Tensor()};
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
