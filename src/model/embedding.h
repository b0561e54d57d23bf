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

  /// Throws Error for a sequence that is empty, too long or of unequal spans, and for an id or
  /// type out of range.
  void check(std::span<const std::int32_t> ids, std::span<const std::uint8_t> types) const;

  /// Sum of word, token type and position, before LayerNorm, of checked tokens at positions
  /// `position`, `position` + 1, ...; out (ids, hidden).
  void operator()(const Kernels& kernels, std::span<const std::int32_t> ids,
                  std::span<const std::uint8_t> types, int position, float* out) const;

 private:
  int hidden_ = 0;
  SignMatrix word_;
  std::vector<float> scale_, position_, type_;
};

}  // namespace bitcpp
