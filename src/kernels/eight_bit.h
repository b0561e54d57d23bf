// The steps of attention in 8 bits (eight_bit_attention.h). Every sum is one of integers or taken
// in a fixed order, so that all instruction sets give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bitcpp {

/// Bytes in groups of 4 per column, so that one instruction can take four products a lane:
/// (columns / 16, depth / 4, 16 columns, 4), both rounded up.
struct ByteMatrix {
  [[gnu::always_inline]] static int groups(int depth) { return (depth + 3) / 4; }
  static std::size_t bytes(int columns, int depth) {
    return static_cast<std::size_t>((columns + 15) / 16) * static_cast<std::size_t>(groups(depth)) *
           64;
  }
};

/// A ByteMatrix of `rows` rows, transposed: column c holds a[0][c], a[1][c], ..., zeros behind.
struct ZippedRows {
  const std::uint8_t* a = nullptr;
  int rows = 0, columns = 0, stride = 0;
  std::uint8_t* out = nullptr;  // ByteMatrix::bytes(columns, rows)
};

/// One head of attention. For each query, with signed bytes q, k + 128 unsigned, and v signed:
///
///     n[t] = sum_c q[c] * (k[t][c] + 128)     q . k[t] and a number that no softmax sees
///     e[t] = float_exp2(scale * float(n[t] - greatest n))
///     Z    = sum of e: lane l of 16 adds e[l], e[l + 16], ...; then lane l += lane l + 8, 4, 2, 1
///     u[t] = e[t] * (1 / (alpha * Z)), at most 255, to the nearest integer, ties to even
///     context[c] = sum_t u[t] * v[t][c]
struct EightBitHead {
  int queries = 0, keys = 0, head_size = 0;
  /// Row m begins at query + m * query_stride and can be read up to a multiple of 4 bytes.
  const std::uint8_t* query = nullptr;
  int query_stride = 0;
  /// ByteMatrix, a column for each key, zeros behind the last channel; columns behind the last key
  /// repeat one of the keys.
  const std::uint8_t* key_matrix = nullptr;
  const std::uint8_t* value_matrix = nullptr;  // ByteMatrix, a column for each channel
  float scale = 1, alpha = 1;
  std::int32_t* context = nullptr;  // (queries, head_size) at a distance of context_stride
  int context_stride = 0;
  // Scratch; padded_keys: keys rounded up to 16.
  std::int32_t* scores = nullptr;  // (kByteQueriesTogether, padded_keys)
  float* exponentials = nullptr;   // (kByteQueriesTogether, padded_keys)
  std::uint8_t* codes = nullptr;   // (kByteQueriesTogether, padded_keys)
};

/// Queries that a kernel keeps scores of at a time, at most.
inline constexpr int kByteQueriesTogether = 8;

}  // namespace bitcpp
