// One more scale per token at the input of a matrix.
#pragma once

#include "train/operations.h"

namespace bitcpp {

/// x W^T + b by `linear`, x having a scale s per row: s * (Q((x - shift) / s) W^T) + b, where s is
/// the mean of |x - shift| and passes no gradient itself. Arguments as of Operations::linear.
torch::Tensor token_scaled_linear(decltype(Operations::linear) linear, const torch::Tensor& x,
                                  const LinearParameters& parameters, bool after_relu,
                                  const OperationContext& context);

}  // namespace bitcpp
