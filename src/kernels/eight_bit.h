// The steps of attention in 8 bits (eight_bit_attention.h). Every sum is one of integers or taken
// in a fixed order, so that all instruction sets give the same bits.
#pragma once

#include <cstdint>

namespace bitcpp {

/// (x - shift) * inverse, at least -128 and at most 127, to the nearest integer, ties to even; plus
/// `bias`, 0 (signed bytes) or 128 (unsigned codes). Each operation rounded to float.
struct RoundedRows {
  int rows = 0, channels = 0;
  const float* x = nullptr;      // (rows, channels)
  const float* shift = nullptr;  // (channels)
  float inverse = 1;
  int bias = 0;
  std::uint8_t* out = nullptr;  // (rows, channels) at a distance of `stride` bytes
  int stride = 0;
};

/// Signed bytes in groups of 4 per column, so that one instruction can take four products a lane:
/// (columns / 16, depth / 4, 16 columns, 4), both rounded up and filled with zeros.
struct ByteMatrix {
  const std::uint8_t* data = nullptr;
  int columns = 0, depth = 0;

  [[gnu::always_inline]] static int groups(int depth) { return (depth + 3) / 4; }
  static std::size_t bytes(int columns, int depth) {
    return static_cast<std::size_t>((columns + 15) / 16) * static_cast<std::size_t>(groups(depth)) *
           64;
  }
};

/// out[m][o] = sum_k a[m][k] * b[o][k] of unsigned a and signed b. Row m of `a` begins at a + m *
/// stride.
struct ByteProduct {
  const std::uint8_t* a = nullptr;
  int rows = 0, stride = 0;
  ByteMatrix b;
  std::int32_t* out = nullptr;  // (rows, columns) at a distance of out_stride
  int out_stride = 0;
};

/// A ByteMatrix of `rows` rows, transposed: column c holds a[0][c], a[1][c], ...
struct ZippedRows {
  const std::uint8_t* a = nullptr;
  int rows = 0, columns = 0, stride = 0;
  std::uint8_t* out = nullptr;  // ByteMatrix::bytes(columns, rows)
};

/// Softmax of integer scores and its codes, row by row: n = scores + constants, x = scale *
/// float(n - greatest n), e = float_exp(x), Z = sum of e (lane l of 16 adds e[l], e[l + 16], ...;
/// then lane l += lane l + 8, + 4, + 2, + 1), code = e * (1 / (alpha * Z)), at most 255, to the
/// nearest integer, ties to even.
struct ByteSoftmax {
  int rows = 0, keys = 0, padded_keys = 0;  // keys rounded up to 16
  const std::int32_t* scores = nullptr;     // (rows, padded_keys)
  const std::int32_t* constants = nullptr;  // (padded_keys)
  float scale = 1, alpha = 1;
  float* scratch = nullptr;       // (padded_keys)
  std::uint8_t* codes = nullptr;  // (rows, padded_keys), zeros behind the last key
};

}  // namespace bitcpp
