// Distillation losses (BiT section 3.3; method.md section 4). Padding does not exist in our
// batches.
#pragma once

#include <torch/types.h>

#include <vector>

#include "train/network.h"

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

/// What the published code takes for the first term: the mean of soft cross-entropy's summands over
/// batch and classes, so that it is divided by the number of classes, and 0 for one logit.
torch::Tensor published_logit_loss(const torch::Tensor& student, const torch::Tensor& teacher);

/// |a / |a| - b / |b|| with Frobenius norms over whole tensors of one shape: how far two directions
/// are apart (BiBERT, Qin et al. 2022, direction-matching distillation). `b` takes no gradient.
torch::Tensor direction_distance(const torch::Tensor& a, const torch::Tensor& b);

/// Sum over places of the direction distances; shapes as hidden_mse's.
torch::Tensor hidden_direction(const std::vector<torch::Tensor>& student,
                               const std::vector<torch::Tensor>& teacher);

/// Sum over layers and over query, key and value of the direction distance between the similarities
/// of tokens, x x^T for each head of each text. Both (N, hidden) in the batch's order; `batch` has
/// its padded view.
torch::Tensor attention_direction(const std::vector<AttentionInputs>& student,
                                  const std::vector<AttentionInputs>& teacher, const Batch& batch,
                                  std::int64_t heads);

}  // namespace bitcpp
