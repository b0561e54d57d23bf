// BERT's head for masked words: what could stand where a text has a [MASK].
#pragma once

#include <torch/types.h>

#include <filesystem>

#include "train/network.h"

namespace bitcpp {

/// A full-precision BERT with the head it was pre-trained with (cls.predictions.*; Devlin et al.
/// 2019, section 3.1). The decoder is the word embedding unless the folder has one of its own.
class MaskedLm {
 public:
  /// Throws Error when the folder lacks the head or its tensors have another shape.
  MaskedLm(const std::filesystem::path& folder, torch::Device device);

  const Network& network() const { return network_; }

  /// Logits over the vocabulary for the batch's tokens numbered `tokens` (M) int64: (M, words).
  torch::Tensor logits(const Batch& batch, const torch::Tensor& tokens,
                       const ForwardOptions& options = {});

 private:
  Network network_;
  torch::Tensor dense_weight_, dense_bias_;  // (hidden, hidden), (hidden)
  torch::Tensor norm_weight_, norm_bias_;    // (hidden)
  torch::Tensor decoder_, bias_;             // (words, hidden), (words)
};

}  // namespace bitcpp
