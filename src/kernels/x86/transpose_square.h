// 64 x 64 bits transposed in eight registers, by GFNI's products of 8 x 8 bits.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace bitcpp {
namespace {

/// Eight words of eight registers: word j of register i goes to word i of register j.
[[gnu::always_inline]] inline void transpose_words(__m512i (&r)[8]) {
  __m512i a[8], b[8];
  for (int i = 0; i < 8; i += 2) {
    a[i] = _mm512_unpacklo_epi64(r[i], r[i + 1]);
    a[i + 1] = _mm512_unpackhi_epi64(r[i], r[i + 1]);
  }
  // Now pairs of words: a[i] has the even ones of rows i and i + 1, a[i + 1] the odd ones.
  const __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
  const __m512i high = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
  for (int i = 0; i < 8; i += 4) {
    for (int odd = 0; odd < 2; ++odd) {
      b[i + odd] = _mm512_permutex2var_epi64(a[i + odd], low, a[i + odd + 2]);
      b[i + odd + 2] = _mm512_permutex2var_epi64(a[i + odd], high, a[i + odd + 2]);
    }
  }
  // b[i], i < 4: words i and i + 4 of rows 0 to 3; b[i + 4]: of rows 4 to 7.
  for (int i = 0; i < 4; ++i) {
    r[i] = _mm512_shuffle_i64x2(b[i], b[i + 4], 0x44);
    r[i + 4] = _mm512_shuffle_i64x2(b[i], b[i + 4], 0xEE);
  }
}

/// 8 x 8 bits in each word: bit i of byte j goes to bit j of byte i. `bytes` has its words' bytes
/// in reverse: multiplied with single bits, a matrix comes out transposed and its rows reversed.
[[gnu::always_inline]] inline __m512i transpose_reversed_bytes(__m512i bytes) {
  const __m512i bits = _mm512_set1_epi64(static_cast<long long>(0x8040201008040201));
  return _mm512_gf2p8affine_epi64_epi8(bits, bytes, 0);
}

/// Byte j of word i goes to byte i of word j.
[[gnu::always_inline]] inline __m512i transpose_bytes(__m512i words) {
  alignas(64) static constexpr std::uint8_t kColumns[64] = {
      0,  8,  16, 24, 32, 40, 48, 56, 1,  9,  17, 25, 33, 41, 49, 57, 2,  10, 18, 26, 34, 42,
      50, 58, 3,  11, 19, 27, 35, 43, 51, 59, 4,  12, 20, 28, 36, 44, 52, 60, 5,  13, 21, 29,
      37, 45, 53, 61, 6,  14, 22, 30, 38, 46, 54, 62, 7,  15, 23, 31, 39, 47, 55, 63};
  return _mm512_permutexvar_epi8(_mm512_load_si512(kColumns), words);
}

/// As transpose_square of bit_slices.h; `block` lies at a cache line's boundary.
inline void transpose_square_by_affine(std::uint64_t* block) {
  // Byte b of rows 7 to 0 of eight side by side.
  alignas(64) static constexpr std::uint8_t kReversedColumns[64] = {
      56, 48, 40, 32, 24, 16, 8,  0,  57, 49, 41, 33, 25, 17, 9,  1,  58, 50, 42, 34, 26, 18,
      10, 2,  59, 51, 43, 35, 27, 19, 11, 3,  60, 52, 44, 36, 28, 20, 12, 4,  61, 53, 45, 37,
      29, 21, 13, 5,  62, 54, 46, 38, 30, 22, 14, 6,  63, 55, 47, 39, 31, 23, 15, 7};
  const __m512i reversed = _mm512_load_si512(kReversedColumns);
  __m512i r[8];
  for (int i = 0; i < 8; ++i) {
    const __m512i rows = _mm512_load_si512(block + 8 * i);
    r[i] = transpose_reversed_bytes(_mm512_permutexvar_epi8(reversed, rows));
  }
  transpose_words(r);
  for (int i = 0; i < 8; ++i) _mm512_store_si512(block + 8 * i, transpose_bytes(r[i]));
}

}  // namespace
}  // namespace bitcpp
