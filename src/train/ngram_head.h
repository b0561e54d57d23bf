// The n-gram head of a trained network: what tokens and pairs of neighbours say by themselves,
// beside what the encoder says (format/token_ngrams.h). "Wide and deep" (Cheng et al. 2016), but
// the wide part is fitted by itself (distill/ngrams.h).
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>

namespace bitcpp {

struct NgramHead {
  torch::Tensor weight;       // (buckets, outputs): whole numbers of -127 to 127
  torch::Tensor scale, bias;  // (outputs)

  bool defined() const { return weight.defined(); }
};

/// What the head adds to the logits of B texts, (B, outputs), as the packed model computes it.
/// `ids`: (N) the tokens of all texts, int64, on the host; `offsets`: (B + 1) where texts begin.
torch::Tensor ngram_scores(const NgramHead& head, const torch::Tensor& ids,
                           std::span<const std::int64_t> offsets);

}  // namespace bitcpp
