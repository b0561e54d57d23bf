// One row of the embedding sum.
#pragma once

#include <cstdint>

namespace bitcpp {

/// out[k] = (sign[k] * scale + token_type[k]) + position[k], each addition rounded.
struct EmbeddingRow {
  int hidden = 0;
  const std::uint8_t* signs = nullptr;  // bit k % 8 of byte k / 8; 1 is +1
  float scale = 0;
  const float *token_type = nullptr, *position = nullptr;  // (hidden)
  float* out = nullptr;                                    // (hidden)
};

}  // namespace bitcpp
