#include "train/binarize.h"

#include <torch/csrc/autograd/custom_function.h>

#include "train/fused_kernels.h"
#include "train/fused_weight.h"
#include "train/libtorch.h"

namespace bitcpp {

using torch::Tensor;

namespace {

/// The fused operations' statistics, so that a weight near its mean gets the same sign everywhere.
BinarizedWeight binarize_on_cpu(const Tensor& weight, WeightScale granularity) {
  const bool per_row = granularity == WeightScale::kRow;
  const int64_t rows = weight.size(0), cols = weight.size(1);
  const float* values = weight.data_ptr<float>();
  std::vector<std::uint64_t> bits(rows * words_for(cols));
  const auto scale = fused::binarize_weight(values, rows, cols, per_row, bits.data());
  Tensor signs = torch::empty({rows, cols});
  fused::spread_signs(bits.data(), rows, cols, signs.data_ptr<float>());
  return {signs, torch::tensor(scale).view({rows, 1})};
}

/// Forward value of the second argument, gradient of the first.
struct StraightThrough : torch::autograd::Function<StraightThrough> {
  static Tensor forward(torch::autograd::AutogradContext*, const Tensor&, const Tensor& value) {
    return value.clone();
  }
  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext*,
                                               torch::autograd::tensor_list gradients) {
    return {gradients[0], Tensor()};
  }
};

}  // namespace

BinarizedWeight binarize(const Tensor& weight, WeightScale granularity) {
  torch::NoGradGuard no_gradient;
  if (weight.is_cpu() && weight.is_contiguous()) return binarize_on_cpu(weight, granularity);
  Tensor rows = granularity == WeightScale::kRow ? weight : weight.reshape({1, -1});
  Tensor mean = rows.mean(1, /*keepdim=*/true);
  Tensor signs = weight.ge(mean).to(weight.scalar_type()).mul_(2).sub_(1);
  return {signs, rows.abs().mean(1, /*keepdim=*/true)};
}

Tensor binarized_weight(const Tensor& weight, WeightScale granularity, bool half_scale) {
  BinarizedWeight parts = binarize(weight.detach(), granularity);
  if (half_scale) parts.scale = parts.scale.to(torch::kHalf).to(torch::kFloat);
  return StraightThrough::apply(weight, parts.signs * parts.scale);
}

Tensor binarized_around(const Tensor& weight, const Tensor& mean, bool half_scale) {
  const Tensor values = weight.detach();
  Tensor scale = values.abs().mean(1, /*keepdim=*/true);
  if (half_scale) scale = scale.to(torch::kHalf).to(torch::kFloat);
  return StraightThrough::apply(weight, (values - mean.detach()).sign() * scale);
}

Tensor rounded_to_half(const Tensor& x) {
  return StraightThrough::apply(x, x.detach().to(torch::kHalf).to(x.scalar_type()));
}

}  // namespace bitcpp
