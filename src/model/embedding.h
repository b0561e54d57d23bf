// Token ids -> the first row of the residual stream.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "format/packed_model.h"
#include "kernels/kernels.h"

namespace bitcpp {

class Embedding {
 public:
  Embedding() = default;
  /// The word matrix stays where it is; positions and token types are kept as floats.
  Embedding(const PackedEmbeddings& embeddings, std::int64_t hidden);

  /// Sum of word, token type and position, before LayerNorm, of tokens at positions 0, 1, ...; out
  /// (ids, hidden). Throws Error for an id, type or position out of range.
  void operator()(const Kernels& kernels, std::span<const std::int32_t> ids,
                  std::span<const std::uint8_t> types, float* out) const;

 private:
  int hidden_ = 0;
  SignMatrix word_;
  std::vector<float> scale_, position_, type_;
};

}  // namespace bitcpp
