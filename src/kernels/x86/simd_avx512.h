// The SIMD vocabulary of simd_scalar.h in AVX-512 (F, BW, DQ, VL, VPOPCNTDQ, BITALG, VBMI, VNNI,
// GFNI).
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

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
  static std::uint64_t join(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    // In mask registers, which compilers do not think of: half the time of shifting and ORing.
    const __mmask32 low = _mm512_kunpackw(b, a), high = _mm512_kunpackw(d, c);
    return _cvtmask64_u64(_mm512_kunpackd(high, low));
  }
  static Floats select(std::uint32_t mask, Floats a, Floats b) {
    return _mm512_mask_blend_ps(static_cast<__mmask16>(mask), b, a);
  }
  static Floats greater(Floats a, Floats b) { return _mm512_max_ps(a, b); }
  static Floats smaller(Floats a, Floats b) { return _mm512_min_ps(a, b); }
  static Floats power_of_two(Floats a) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(a), 23));
  }
  static void store_rounded(std::uint8_t* to, Floats a) {
    // NaN and all that is too large become 2^32 - 1.
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtusepi32_epi8(_mm512_cvtps_epu32(a)));
  }
  static void store_low_bytes(std::uint8_t* to, Floats a) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtepi32_epi8(_mm512_castps_si512(a)));
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
  static Ints subtract(Ints a, Ints b) { return {_mm512_sub_epi32(a.v, b.v)}; }
  static Ints greater(Ints a, Ints b) { return {_mm512_max_epi32(a.v, b.v)}; }
  static std::int32_t greatest(Ints a) { return _mm512_reduce_max_epi32(a.v); }
  static Ints shift_left(Ints a, int count) {
    return {_mm512_sll_epi32(a.v, _mm_cvtsi32_si128(count))};
  }
  static Floats to_float(Ints a) { return _mm512_cvtepi32_ps(a.v); }
  static std::uint32_t at_least(Ints a, Ints b) { return _mm512_cmpge_epi32_mask(a.v, b.v); }

  static Ints add_dot4(Ints sum, Bytes a, Bytes b) {
    // Not the intrinsic: gcc 12 keeps two registers for each sum of a loop, and copies to and fro.
    asm("vpdpbusd %2, %1, %0" : "+v"(sum.v) : "v"(a.v), "v"(b.v));
    return sum;
  }
  static Bytes broadcast_four(const std::uint8_t* from) {
    std::int32_t four;
    std::memcpy(&four, from, sizeof four);
    return {_mm512_set1_epi32(four)};
  }
  static __m128i load_half(const std::uint8_t* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  }
  static Bytes zip(const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* c,
                   const std::uint8_t* d) {
    const __m128i a0 = load_half(a), b0 = load_half(b), c0 = load_half(c), d0 = load_half(d);
    const __m128i ab0 = _mm_unpacklo_epi8(a0, b0), ab1 = _mm_unpackhi_epi8(a0, b0);
    const __m128i cd0 = _mm_unpacklo_epi8(c0, d0), cd1 = _mm_unpackhi_epi8(c0, d0);
    const __m256i lo =
        _mm256_setr_m128i(_mm_unpacklo_epi16(ab0, cd0), _mm_unpackhi_epi16(ab0, cd0));
    const __m256i hi =
        _mm256_setr_m128i(_mm_unpacklo_epi16(ab1, cd1), _mm_unpackhi_epi16(ab1, cd1));
    return {_mm512_inserti64x4(_mm512_castsi256_si512(lo), hi, 1)};
  }

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
  static std::uint64_t at_least(Bytes a, Bytes b) { return _mm512_cmpge_epu8_mask(a.v, b.v); }

  struct Words {
    __m512i v;
  };
  using Doubles = __m512d;
  static __m512i broadcast_word(std::uint64_t a) {
    return _mm512_set1_epi64(static_cast<long long>(a));
  }
  static std::uint64_t plane(Bytes a, int bit) {
    return _mm512_test_epi8_mask(a.v, _mm512_set1_epi8(static_cast<char>(1 << bit)));
  }
  static Words select_by_planes(std::uint64_t all, std::uint64_t p0, std::uint64_t p1,
                                std::uint64_t p2) {
    const __m512i x0 =
        _mm512_mask_xor_epi64(broadcast_word(p0), 0x55, broadcast_word(p0), _mm512_set1_epi64(-1));
    const __m512i x1 =
        _mm512_mask_xor_epi64(broadcast_word(p1), 0x33, broadcast_word(p1), _mm512_set1_epi64(-1));
    const __m512i x2 =
        _mm512_mask_xor_epi64(broadcast_word(p2), 0x0F, broadcast_word(p2), _mm512_set1_epi64(-1));
    return {_mm512_and_si512(_mm512_ternarylogic_epi64(x0, x1, x2, 0x80), broadcast_word(all))};
  }
  static Words add_popcount(Words count, Words a, std::uint64_t b) {
    const __m512i both = _mm512_and_si512(a.v, broadcast_word(b));
    return {_mm512_add_epi64(count.v, _mm512_popcnt_epi64(both))};
  }
  static Words load_words(const std::uint64_t* from) { return {_mm512_loadu_si512(from)}; }
  static Words zero_words() { return {_mm512_setzero_si512()}; }
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
