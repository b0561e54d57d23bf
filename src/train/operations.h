// The four operations a layer is made of, as ATen compositions (any device) and as fused CPU
// functions. Both compute the same; tests hold them together.
#pragma once

#include "train/network.h"

namespace bitcpp {

/// What an operation needs to know beside its tensors.
struct OperationContext {
  const Batch& batch;
  const NetworkConfig& config;
  const ForwardOptions& options;
};

/// x W^T + b with x and W quantized as the configuration says. x (N, in) -> (N, out). `after_relu`
/// applies ReLU to x first (the feed-forward network's second matrix), so that a fused version need
/// not store it.
struct Operations {
  torch::Tensor (*linear)(const torch::Tensor& x, const LinearParameters& parameters,
                          bool after_relu, const OperationContext& context);
  /// Multi-head attention within each sequence: (N, hidden) three times -> context (N, hidden).
  torch::Tensor (*attention)(const AttentionInputs& inputs, const LayerParameters& parameters,
                             const OperationContext& context);
  /// LayerNorm(y + x), both (N, hidden).
  torch::Tensor (*add_norm)(const torch::Tensor& y, const torch::Tensor& x,
                            const NormParameters& norm, double eps);
};

const Operations& aten_operations();
const Operations& fused_operations();

}  // namespace bitcpp
