// Attention in 8 bits, written once over a SIMD vocabulary (simd_scalar.h). What each step computes
// is defined in eight_bit.h.
#pragma once

#include <cstring>

#include "kernels/eight_bit.h"
#include "kernels/float_exp2.h"

namespace bitcpp {

/// A tile of a product is kRows rows x kBlocks blocks of 16 columns: as many counters as there are
/// registers for, so that few loads feed many products.
template <class S, int kRows, int kBlocks>
struct EightBitKernels {
  static_assert(kRows <= kByteQueriesTogether);
  using Floats = typename S::Floats;
  using Ints = typename S::Ints;
  using Bytes = typename S::Bytes;

  static void zipped_rows(const ZippedRows& a) {
    std::uint8_t* out = a.out;
    for (int c = 0; c < a.columns; c += 16) {
      for (int first = 0; first < a.rows; first += 4, out += 64) zip(a, first, c, out);
    }
  }

  /// A few queries go all the way before the next: their scores stay in the first-level cache.
  /// A copy: bytes are stored on the way, and could otherwise be part of the arguments.
  static void eight_bit_head(const EightBitHead& a) {
    const EightBitHead copy = a;
    queries_from<kRows>(copy, 0);
  }

 private:
  /// Rows of `groups` times 4 bytes.
  struct Rows {
    const std::uint8_t* first;
    int stride, groups;
  };
  enum class Signed { kInRows, kInColumns };

  /// 16 columns of 4 rows, zeros where there are none.
  static void zip(const ZippedRows& a, int first, int c, std::uint8_t* out) {
    const int columns = a.columns - c < 16 ? a.columns - c : 16;
    std::uint8_t some[4][16] = {};
    const std::uint8_t* row[4];
    for (int i = 0; i < 4; ++i) {
      row[i] = some[i];
      if (first + i >= a.rows) continue;
      const std::uint8_t* from =
          a.a + static_cast<std::size_t>(first + i) * static_cast<std::size_t>(a.stride) + c;
      if (columns == 16) {
        row[i] = from;
      } else {
        std::memcpy(some[i], from, static_cast<std::size_t>(columns));
      }
    }
    S::store_bytes(out, S::zip(row[0], row[1], row[2], row[3]));
  }

  /// R queries at a time, then what is left by halves of it.
  template <int R>
  static void queries_from(const EightBitHead& a, int q) {
    for (; q + R <= a.queries; q += R) together<R>(a, q);
    if constexpr (R > 1) {
      if (q < a.queries) queries_from<R / 2>(a, q);
    }
  }

  template <int R>
  static void together(const EightBitHead& a, int q) {
    const int padded = (a.keys + 15) / 16 * 16;
    std::int32_t greatest[R];
    const auto at = static_cast<std::size_t>(q);
    scores<R>(a,
              {a.query + at * static_cast<std::size_t>(a.query_stride), a.query_stride,
               ByteMatrix::groups(a.head_size)},
              padded, greatest);
    softmax<R>(a, padded, greatest);
    contexts<R>(a, {a.codes, padded, ByteMatrix::groups(a.keys)},
                a.context + at * static_cast<std::size_t>(a.context_stride));
  }

  /// Scores of R queries and the greatest of each.
  template <int R>
  static void scores(const EightBitHead& a, const Rows& query, int padded,
                     std::int32_t (&greatest)[R]) {
    Ints top[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) top[r] = S::broadcast(std::int32_t{-0x7FFFFFFF});
    const std::uint8_t* matrix = a.key_matrix;
    const auto block_bytes = static_cast<std::size_t>(ByteMatrix::groups(a.head_size)) * 64;
    int t = 0;
    for (; t + 16 * kBlocks <= padded; t += 16 * kBlocks, matrix += block_bytes * kBlocks)
      score_tile<R, kBlocks>(a, query, matrix, padded, t, top);
    for (; t < padded; t += 16, matrix += block_bytes)
      score_tile<R, 1>(a, query, matrix, padded, t, top);
    for (int r = 0; r < R; ++r) greatest[r] = S::greatest(top[r]);
  }

  template <int R, int B>
  [[gnu::always_inline]] static void score_tile(const EightBitHead& a, const Rows& query,
                                                const std::uint8_t* matrix, int padded, int t,
                                                Ints (&top)[R]) {
    const Tile<R, B> tile = multiply<Signed::kInRows, R, B>(query, matrix);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      std::int32_t* to = a.scores + static_cast<std::size_t>(r) * static_cast<std::size_t>(padded);
#pragma GCC unroll 4
      for (int b = 0; b < B; ++b) {
        S::store(to + t + b * 16, tile.sum[r][b], 16);
        top[r] = S::greater(top[r], tile.sum[r][b]);
      }
    }
  }

  /// Context sums of R rows of codes.
  template <int R>
  static void contexts(const EightBitHead& a, const Rows& codes, std::int32_t* to) {
    const std::uint8_t* matrix = a.value_matrix;
    const auto block_bytes = static_cast<std::size_t>(ByteMatrix::groups(a.keys)) * 64;
    int c = 0;
    for (; c + 16 * kBlocks <= a.head_size; c += 16 * kBlocks, matrix += block_bytes * kBlocks)
      context_tile<R, kBlocks>(a, codes, matrix, 16, to + c);
    for (; c < a.head_size; c += 16, matrix += block_bytes)
      context_tile<R, 1>(a, codes, matrix, a.head_size - c < 16 ? a.head_size - c : 16, to + c);
  }

  /// `some`: columns of the last block.
  template <int R, int B>
  [[gnu::always_inline]] static void context_tile(const EightBitHead& a, const Rows& codes,
                                                  const std::uint8_t* matrix, int some,
                                                  std::int32_t* to) {
    const Tile<R, B> tile = multiply<Signed::kInColumns, R, B>(codes, matrix);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r, to += a.context_stride) {
#pragma GCC unroll 4
      for (int b = 0; b < B; ++b) S::store(to + b * 16, tile.sum[r][b], b < B - 1 ? 16 : some);
    }
  }

  template <int R, int B>
  struct Tile {
    Ints sum[R][B];
  };

  /// R rows times B blocks of columns, of which one side's bytes are signed.
  template <Signed kSigned, int R, int B>
  [[gnu::always_inline]] static Tile<R, B> multiply(const Rows& rows, const std::uint8_t* matrix) {
    const auto block_bytes = static_cast<std::size_t>(rows.groups) * 64;
    const auto stride = static_cast<std::size_t>(rows.stride);
    const std::uint8_t* row = rows.first;
    Tile<R, B> tile;
    const auto add_group = [&](bool first) __attribute__((always_inline)) {
      Bytes columns[B];
#pragma GCC unroll 4
      for (int b = 0; b < B; ++b)
        columns[b] = S::load_bytes(matrix + static_cast<std::size_t>(b) * block_bytes);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        const Bytes four = S::broadcast_four(row + static_cast<std::size_t>(r) * stride);
#pragma GCC unroll 4
        for (int b = 0; b < B; ++b) {
          const Ints sum = first ? S::broadcast(std::int32_t{0}) : tile.sum[r][b];
          tile.sum[r][b] = kSigned == Signed::kInRows ? S::add_dot4(sum, columns[b], four)
                                                      : S::add_dot4(sum, four, columns[b]);
        }
      }
      row += 4;
      matrix += 64;
    };
    // The first by itself: from counters that may stay zero gcc 12 makes a second set of registers.
    add_group(true);
    for (int g = 1; g < rows.groups; ++g) add_group(false);
    return tile;
  }

  /// Exponentials of a row of scores, zeros behind the last key; returns the lanes of their sum.
  [[gnu::always_inline]] static Floats exponentials(const std::int32_t* scores, int keys,
                                                    std::int32_t greatest, Floats scale,
                                                    float* out) {
    const Ints top = S::broadcast(greatest);
    const auto exponential_at = [&](int t) __attribute__((always_inline)) {
      return exp2(S::multiply(scale, S::to_float(S::subtract(S::load(scores + t), top))));
    };
    Floats sum = S::broadcast(0.0f);
    int t = 0;
    for (; t + 16 <= keys; t += 16) {
      const Floats e = exponential_at(t);
      S::store(out + t, e);
      sum = S::add(sum, e);
    }
    if (t == keys) return sum;
    const Floats e = S::select((1u << (keys - t)) - 1, exponential_at(t), S::broadcast(0.0f));
    S::store(out + t, e);
    return S::add(sum, e);
  }

  /// Codes of R rows of scores. Step by step, so that the rows' long chains from sum to factor run
  /// side by side. Codes behind the last key may be anything: no value has a share in them.
  template <int R>
  static void softmax(const EightBitHead& a, int padded, const std::int32_t (&greatest)[R]) {
    const int keys = a.keys;
    const Floats scale = S::broadcast(a.scale);
    Floats sum[R];
    for (int r = 0; r < R; ++r) {
      const std::size_t row = static_cast<std::size_t>(r) * static_cast<std::size_t>(padded);
      sum[r] = exponentials(a.scores + row, keys, greatest[r], scale, a.exponentials + row);
    }
    float factor[R];
    for (int r = 0; r < R; ++r) factor[r] = 1.0f / (a.alpha * S::sum(sum[r]));
    const float* e = a.exponentials;
    std::uint8_t* code = a.codes;
    for (int r = 0; r < R; ++r) {
      const Floats all = S::broadcast(factor[r]);
      for (int t = 0; t < padded; t += 16, e += 16, code += 16)
        S::store_rounded(code, S::multiply(S::load(e), all));
    }
  }

  /// 2^x for x <= 0, as float_exp2.
  [[gnu::always_inline]] static Floats exp2(Floats x) {
    x = S::greater(x, S::broadcast(FloatExp2::kLeast));
    const Floats magic = S::broadcast(FloatExp2::kMagic);
    const Floats shifted = S::add(x, magic);
    const Floats r = S::subtract(x, S::subtract(shifted, magic));
    Floats sum = S::broadcast(FloatExp2::kSeries[0]);
#pragma GCC unroll 8
    for (int i = 1; i < FloatExp2::kTerms; ++i)
      sum = S::add(S::multiply(sum, r), S::broadcast(FloatExp2::kSeries[i]));
    return S::multiply(sum, S::power_of_two(shifted));
  }
};

}  // namespace bitcpp
