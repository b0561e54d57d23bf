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
  static void store(float* to, Floats a, int count) {
    if (count >= 16) return store(to, a);
    _mm512_mask_storeu_ps(to, first(count), a);
  }
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
  static Ints load(const std::int32_t* from, int count) {
    return {_mm512_maskz_loadu_epi32(first(count), from)};
  }
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
  static Bytes differing_bits(Bytes a, Bytes b) {
    return {_mm512_popcnt_epi8(_mm512_xor_si512(a.v, b.v))};
  }
  static std::uint64_t plane(Bytes a, int bit) {
    return _mm512_test_epi8_mask(a.v, _mm512_set1_epi8(static_cast<char>(1 << bit)));
  }
  static std::uint64_t at_least(Bytes a, Bytes b) { return _mm512_cmpge_epu8_mask(a.v, b.v); }

  struct Words {
    __m512i v;
  };
  using Doubles = __m512d;
  static __m512i broadcast_word(std::uint64_t a) {
    return _mm512_set1_epi64(static_cast<long long>(a));
  }
  static Words select_by_planes(std::uint64_t all, std::uint64_t p0, std::uint64_t p1,
                                std::uint64_t p2) {
    const __m512i x0 =
        _mm512_xor_si512(broadcast_word(p0), _mm512_setr_epi64(-1, 0, -1, 0, -1, 0, -1, 0));
    const __m512i x1 =
        _mm512_xor_si512(broadcast_word(p1), _mm512_setr_epi64(-1, -1, 0, 0, -1, -1, 0, 0));
    const __m512i x2 =
        _mm512_xor_si512(broadcast_word(p2), _mm512_setr_epi64(-1, -1, -1, -1, 0, 0, 0, 0));
    return {_mm512_and_si512(_mm512_and_si512(x0, x1), _mm512_and_si512(x2, broadcast_word(all)))};
  }
  static Words zero_words() { return {_mm512_setzero_si512()}; }
  static Words add_popcount(Words count, Words a, std::uint64_t mask) {
    const __m512i both = _mm512_and_si512(a.v, broadcast_word(mask));
    return {_mm512_add_epi64(count.v, _mm512_popcnt_epi64(both))};
  }
  static Doubles to_double(Words a) { return _mm512_cvtepi64_pd(a.v); }
  static Doubles load(const double* from) { return _mm512_loadu_pd(from); }
  static Doubles broadcast(double value) { return _mm512_set1_pd(value); }
  static Doubles add(Doubles a, Doubles b) { return _mm512_add_pd(a, b); }
  static Doubles multiply(Doubles a, Doubles b) { return _mm512_mul_pd(a, b); }
  static double sum(Doubles a) {
    const __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(a), _mm512_extractf64x4_pd(a, 1));
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
  }
  static std::uint32_t below(Doubles a, Doubles b) { return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ); }
};

}  // namespace bitcpp
