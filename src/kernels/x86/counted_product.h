// Products by population counts of 64-bit words, with AVX-512 VPOPCNTDQ.
#pragma once

#include "kernels/bit_product.h"
#include "kernels/row_sums.h"
#include "kernels/x86/simd_avx512.h"

namespace bitcpp {
namespace {

constexpr int kBlock = 16;  // outputs of a column block: two registers of 64-bit counters
constexpr int kTile = 8;    // rows that share a column block: 16 counters, the two weights, scratch
constexpr int kChunk = 64;  // rows whose codes stay in the first-level cache

/// Layout: [outputs / 16][words][16]; a word's even outputs come first, then its odd ones, so that
/// the low halves of the two counter registers interleave to the outputs in order.
void pack_matrix(const std::uint64_t* rows, int outputs, int words, std::uint64_t* packed) {
  for (int first = 0; first < outputs; first += kBlock) {
    for (int k = 0; k < words; ++k) {
      for (int lane = 0; lane < kBlock; ++lane) {
        const int o = first + (lane % 8) * 2 + lane / 8;
        *packed++ = o < outputs ? rows[static_cast<std::size_t>(o) * words + k] : 0;
      }
    }
  }
}

struct Counters {
  __m512i even, odd;
};

/// Adds pop(u AND w) over one plane of R rows to the counters, which begin with it where `Fresh`:
/// not adding to zero saves 2 of 36 operations where rows are 6 words long.
template <int R, bool Fresh>
[[gnu::always_inline]] inline void count_plane(const std::uint64_t* u, std::size_t row_words,
                                               int words, const std::uint64_t* w,
                                               Counters (&count)[R]) {
  const auto count_word = [&](int k, bool add) __attribute__((always_inline)) {
    const __m512i even = _mm512_loadu_si512(w), odd = _mm512_loadu_si512(w + 8);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const __m512i word = _mm512_set1_epi64(static_cast<long long>(u[r * row_words + k]));
      const __m512i e = _mm512_popcnt_epi64(_mm512_and_si512(word, even)),
                    o = _mm512_popcnt_epi64(_mm512_and_si512(word, odd));
      count[r].even = add ? _mm512_add_epi64(count[r].even, e) : e;
      count[r].odd = add ? _mm512_add_epi64(count[r].odd, o) : o;
    }
    w += kBlock;
  };
  if (Fresh) count_word(0, false);
  for (int k = Fresh; k < words; ++k) count_word(k, true);
}

using ChunkSums = RowSums<Avx512Simd, kChunk>;

struct CountedProduct {
  template <class Epilogue>
  static void run(const Product product, const Epilogue epilogue) {
    const CodeRows codes = product.codes;
    ChunkSums sums;
    for (int m = 0; m < codes.rows; m += kChunk) {
      const int rows = codes.rows - m < kChunk ? codes.rows - m : kChunk;
      sums.add_up(codes, m, rows);
      const std::uint64_t* w = product.matrix;
      for (int o = 0; o < product.outputs;
           o += kBlock, w += static_cast<std::size_t>(kBlock) * codes.words) {
        int r = 0;
        for (; r + kTile <= rows; r += kTile) tile<kTile>(codes, m, r, o, w, sums, epilogue);
        last_tile<kTile - 1>(rows - r, codes, m, r, o, w, sums, epilogue);
      }
    }
  }

  template <int R, class Epilogue>
  static void last_tile(int rows, const CodeRows& codes, int m, int r, int o,
                        const std::uint64_t* w, const ChunkSums& sums, const Epilogue& epilogue) {
    if constexpr (R > 0) {
      if (rows == R) return tile<R>(codes, m, r, o, w, sums, epilogue);
      last_tile<R - 1>(rows, codes, m, r, o, w, sums, epilogue);
    }
  }

  /// R rows from m + first, 16 outputs from o.
  template <int R, class Epilogue>
  [[gnu::always_inline]] static void tile(const CodeRows& codes, int m, int first, int o,
                                          const std::uint64_t* w, const ChunkSums& sums,
                                          const Epilogue& epilogue) {
    const std::size_t row_words = static_cast<std::size_t>(codes.planes) * codes.words;
    const std::uint64_t* u = codes.row(m + first);
    Counters count[R];
    if (codes.planes == 1) {
      count_plane<R, true>(u, row_words, codes.words, w, count);
    } else {
      count_planes<R>(codes, u, w, count);
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const __m512i a =
          _mm512_mask_shuffle_epi32(count[r].even, 0xAAAA, count[r].odd, _MM_PERM_CCAA);
      const __m512i half = _mm512_set1_epi32(sums.half[first + r]);
      epilogue.emit(m + first + r, o, sums.parity[first + r], {_mm512_sub_epi32(a, half)});
    }
  }

  /// From the highest plane down, doubling in between.
  template <int R>
  static void count_planes(const CodeRows& codes, const std::uint64_t* u, const std::uint64_t* w,
                           Counters (&count)[R]) {
    const std::size_t row_words = static_cast<std::size_t>(codes.planes) * codes.words;
    u += static_cast<std::size_t>(codes.planes - 1) * codes.words;
    count_plane<R, true>(u, row_words, codes.words, w, count);
    for (int p = codes.planes - 2; p >= 0; --p) {
      for (Counters& c : count) c = {_mm512_slli_epi64(c.even, 1), _mm512_slli_epi64(c.odd, 1)};
      u -= codes.words;
      count_plane<R, false>(u, row_words, codes.words, w, count);
    }
  }
};

}  // namespace
}  // namespace bitcpp
