// Distillation losses (BiT section 3.3; method.md section 4). Padding does not exist in our
// batches.
#pragma once

#include <torch/types.h>

#include <vector>

namespace bitcpp {

/// -sum softmax(teacher) log softmax(student), mean over the batch. Both (B, classes).
torch::Tensor soft_cross_entropy(const torch::Tensor& student, const torch::Tensor& teacher);

/// Mean over sequences of the squared difference of logits: for regression, where soft
/// cross-entropy over one logit is identically zero. Both (B, 1).
torch::Tensor logit_mse(const torch::Tensor& student, const torch::Tensor& teacher);

/// Sum over places (embedding output and layers) of the mean squared difference; each (N, hidden).
/// The teacher's may be half precision and take no gradient.
torch::Tensor hidden_mse(const std::vector<torch::Tensor>& student,
                         const std::vector<torch::Tensor>& teacher);

}  // namespace bitcpp
