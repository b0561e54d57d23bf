// 1-bit weights (BiT section 2, TBT 2023): s * sign(w - mean(w)), s = mean |w|, per matrix or per
// row.
#pragma once

#include <torch/types.h>

#include "train/network_config.h"

namespace bitcpp {

/// A weight's signs and scales, without gradient.
struct BinarizedWeight {
  torch::Tensor signs;  // (out, in), -1 or +1, float
  torch::Tensor scale;  // (out, 1), or (1, 1): one for all rows
};

/// sign(0) = +1. Means and scales are the same bits on every run of one machine.
BinarizedWeight binarize(const torch::Tensor& weight, WeightScale granularity);

/// scale * signs with the gradient passed straight through to `weight`, unclipped. `half_scale`
/// rounds the scale to IEEE half, as the packed file stores the word embedding's.
torch::Tensor binarized_weight(const torch::Tensor& weight, WeightScale granularity,
                               bool half_scale = false);

/// Per-row scales, but signs of w - `mean`, one number (1) for all rows: how the published code
/// binarizes the word embedding, whose table's mean it is.
torch::Tensor binarized_around(const torch::Tensor& weight, const torch::Tensor& mean,
                               bool half_scale);

/// x rounded to IEEE half and back, gradient straight through: position and token-type embeddings
/// are stored so.
torch::Tensor rounded_to_half(const torch::Tensor& x);

}  // namespace bitcpp
