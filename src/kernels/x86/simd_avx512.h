// The SIMD vocabulary of simd_scalar.h in AVX-512 (F, BW, DQ, VL, VPOPCNTDQ, BITALG).
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace bitcpp {

struct Avx512Simd {
  using Floats = __m512;
  struct Ints {
    __m512i v;
  };
  struct Bytes {
    __m512i v;
  };

  static __mmask16 first(int count) { return static_cast<__mmask16>((1u << count) - 1); }

  static Floats load(const float* from) { return _mm512_loadu_ps(from); }
  static Floats load(const float* from, int count) {
    return _mm512_maskz_loadu_ps(first(count), from);
  }
  static void store(float* to, Floats a) { _mm512_storeu_ps(to, a); }
  static void store(float* to, Floats a, int count) { _mm512_mask_storeu_ps(to, first(count), a); }
  static Floats broadcast(float value) { return _mm512_set1_ps(value); }
  static Floats add(Floats a, Floats b) { return _mm512_add_ps(a, b); }
  static Floats subtract(Floats a, Floats b) { return _mm512_sub_ps(a, b); }
  static Floats multiply(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
  static std::uint32_t at_least(Floats a, Floats b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
  static Floats select(std::uint32_t mask, Floats a, Floats b) {
    return _mm512_mask_blend_ps(static_cast<__mmask16>(mask), b, a);
  }
  static float sum(Floats a) {
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }

  static Ints load(const std::int32_t* from) { return {_mm512_loadu_si512(from)}; }
  static void store(std::int32_t* to, Ints a, int count) {
    _mm512_mask_storeu_epi32(to, first(count), a.v);
  }
  static Ints broadcast(std::int32_t value) { return {_mm512_set1_epi32(value)}; }
  static Ints add(Ints a, Ints b) { return {_mm512_add_epi32(a.v, b.v)}; }
  static Ints shift_left(Ints a, int count) {
    return {_mm512_sll_epi32(a.v, _mm_cvtsi32_si128(count))};
  }
  static Floats to_float(Ints a) { return _mm512_cvtepi32_ps(a.v); }
  static std::uint32_t at_least(Ints a, Ints b) { return _mm512_cmpge_epi32_mask(a.v, b.v); }

  static Bytes load_bytes(const std::uint8_t* from) { return {_mm512_loadu_si512(from)}; }
  static void store_bytes(std::uint8_t* to, Bytes a) { _mm512_storeu_si512(to, a.v); }
  static Bytes broadcast_byte(std::uint8_t value) {
    return {_mm512_set1_epi8(static_cast<char>(value))};
  }
  static Bytes add(Bytes a, Bytes b) { return {_mm512_add_epi8(a.v, b.v)}; }
  static Bytes subtract(Bytes a, Bytes b) { return {_mm512_sub_epi8(a.v, b.v)}; }
  static Bytes lesser(Bytes a, Bytes b) { return {_mm512_min_epu8(a.v, b.v)}; }
  static Bytes greater(Bytes a, Bytes b) { return {_mm512_max_epu8(a.v, b.v)}; }
  static int least(Bytes a) {
    const __m256i half =
        _mm256_min_epu8(_mm512_castsi512_si256(a.v), _mm512_extracti64x4_epi64(a.v, 1));
    const __m128i bytes =
        _mm_min_epu8(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    const __m128i pairs = _mm_min_epu8(bytes, _mm_srli_epi16(bytes, 8));
    return _mm_cvtsi128_si32(_mm_minpos_epu16(_mm_and_si128(pairs, _mm_set1_epi16(0xFF)))) & 0xFF;
  }
  static int greatest(Bytes a) {
    return 255 - least({_mm512_xor_si512(a.v, _mm512_set1_epi8(-1))});
  }
  static Bytes differing_bits(Bytes a, Bytes b) {
    return {_mm512_popcnt_epi8(_mm512_xor_si512(a.v, b.v))};
  }
  static std::uint64_t equal(Bytes a, Bytes b) { return _mm512_cmpeq_epi8_mask(a.v, b.v); }
  static std::uint64_t at_least(Bytes a, Bytes b) { return _mm512_cmpge_epu8_mask(a.v, b.v); }
};

}  // namespace bitcpp
