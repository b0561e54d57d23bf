#include "train/variant_quantizer.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "train/libtorch.h"

namespace bitcpp {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

/// A rounding with a straight-through gradient: all that the two quantizers differ in is `integer`
/// (the codes) and `inside` (where the gradient passes).
struct Rounded : torch::autograd::Function<Rounded> {
  /// value = scale * integer + offset.
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& scale,
                        const Tensor& integer, const Tensor& inside, const Tensor& by_scale,
                        const Tensor& offset, double damping) {
    (void)x;
    ctx->save_for_backward({inside, by_scale});
    ctx->saved_data["damping"] = damping;
    return integer * scale + offset;
  }
  static tensor_list backward(AutogradContext* ctx, tensor_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const Tensor& incoming = gradients[0];
    const Tensor sum = (incoming * saved[1]).sum().reshape({1});
    return {incoming * saved[0],
            sum * ctx->saved_data["damping"].toDouble(),
            Tensor(),
            Tensor(),
            Tensor(),
            Tensor(),
            Tensor()};
  }
};

double damping(std::int64_t elements, const QuantizerSpec& spec) {
  return 1.0 / std::sqrt(static_cast<double>(elements) * spec.gradient_levels());
}

struct Codes {
  Tensor integer, inside, by_scale, offset;  // as Rounded takes them
};

Tensor as_float(const Tensor& condition, const Tensor& like) {
  return condition.to(like.scalar_type());
}

Codes published_codes(Tensor values, const Tensor& scale, const QuantizerSpec& spec) {
  torch::NoGradGuard no_gradient;
  Tensor offset = torch::zeros({1}, values.options());
  if (!spec.is_signed && spec.highest() > 1) {
    offset = values.min().reshape({1});
    values = values - offset;
  }
  const Tensor v = values / scale.clamp_min(kSmallestScale);
  const Tensor integer =
      spec.is_sign() ? values.sign() : v.round().clamp(spec.lowest(), spec.highest());
  const Tensor inside = as_float(v.ge(spec.lowest()).logical_and(v.le(spec.highest())), v);
  return {integer, inside, spec.is_sign() ? integer : integer - v * inside, offset};
}

}  // namespace

Tensor published_quantize(const Tensor& x, const Tensor& shift, const Tensor& scale,
                          QuantizerSpec spec, std::optional<std::int64_t> elements) {
  // The shift takes its gradient from here, by autograd.
  const Tensor centred = shift.defined() ? x - shift : x;
  const Codes codes = published_codes(centred.detach(), scale.detach(), spec);
  return Rounded::apply(centred, scale, codes.integer, codes.inside, codes.by_scale, codes.offset,
                        damping(elements.value_or(x.numel()), spec));
}

Tensor bool_quantize(const Tensor& x, const Tensor& scale, std::int64_t elements) {
  Tensor integer, inside;
  {
    torch::NoGradGuard no_gradient;
    integer = as_float(x.ge(0), x);
    inside = as_float(x.abs().le(scale), x);
  }
  return Rounded::apply(x, scale, integer, inside, integer, torch::zeros({1}, x.options()),
                        1.0 / std::sqrt(static_cast<double>(elements)));
}

Tensor published_initial_scale(const Tensor& x, QuantizerSpec spec) {
  torch::NoGradGuard no_gradient;
  const Tensor values = x.detach().to(torch::kFloat);
  const double factor = (spec.is_signed ? 2 : 4) / std::sqrt(std::max(1, spec.highest()));
  return (values.abs().mean() * factor).clamp_min(kSmallestScale).reshape({1});
}

}  // namespace bitcpp
