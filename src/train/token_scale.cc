#include "train/token_scale.h"

#include "train/libtorch.h"

namespace bitcpp {

using torch::Tensor;

Tensor token_scaled_linear(decltype(Operations::linear) linear, const Tensor& x,
                           const LinearParameters& parameters, bool after_relu,
                           const OperationContext& context) {
  const Tensor centred = (after_relu ? x.relu() : x) - parameters.input.shift;
  const Tensor scale = centred.detach().abs().mean(-1, true).clamp_min(kSmallestScale);
  LinearParameters inner = parameters;
  inner.input.shift = torch::zeros_like(parameters.input.shift).detach();
  inner.bias = torch::zeros_like(parameters.bias).detach();
  return linear(centred / scale, inner, false, context) * scale + parameters.bias;
}

}  // namespace bitcpp
