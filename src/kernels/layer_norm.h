// LayerNorm and dot products of float rows with one fixed order of additions, so that every
// instruction set gives the same bits.
//
// Sum of a row: 16 lanes, lane l adds up items l, l + 16, l + 32, ... in order, beginning with +0;
// then a tree: lane l
// += lane l + 8, then + 4, + 2, + 1. All float32, each operation rounded, no fused multiply-add.
#pragma once

#include <cstdint>
#include <span>

namespace bitcpp {

/// Arguments of LayerNorm over `rows` rows of `hidden` floats. `out` may be `v`.
struct LayerNorm {
  std::int64_t rows = 0;
  int hidden = 0;
  const float* v = nullptr;                        // (rows, hidden)
  const float *weight = nullptr, *bias = nullptr;  // (hidden)
  float eps = 0;
  float* out = nullptr;  // (rows, hidden)
};

/// mean = sum(v) / hidden; d = v - mean; var = sum(d * d) / hidden; inv = 1 / sqrt(var + eps);
/// out = (d * inv) * weight + bias. Sums as above, every operation rounded to float32.
void layer_norm(std::int64_t rows, int hidden, const float* v, const float* weight,
                const float* bias, float eps, float* out);

/// Sum of a[i] * b[i]: products rounded, then summed as above.
float dot(std::span<const float> a, std::span<const float> b);

}  // namespace bitcpp
