// The SIMD vocabulary of simd_scalar.h in AVX2: two registers for each word.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

namespace bitcpp {

struct Avx2Simd {
  struct Floats {
    __m256 lo, hi;
  };
  struct Ints {
    __m256i lo, hi;
  };
  struct Bytes {
    __m256i lo, hi;
  };

  /// Lanes first, first + 1, ... below `count`, for maskload and maskstore.
  static __m256i below(int first, int count) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count - first), lanes);
  }

  static Floats load(const float* from) {
    return {_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)};
  }
  static Floats load(const float* from, int count) {
    if (count >= 16) return load(from);
    return {_mm256_maskload_ps(from, below(0, count)),
            _mm256_maskload_ps(from + 8, below(8, count))};
  }
  static void store(float* to, Floats a) {
    _mm256_storeu_ps(to, a.lo);
    _mm256_storeu_ps(to + 8, a.hi);
  }
  /// Masked stores are slow where nothing is masked, too (tens of cycles on AMD).
  static void store(float* to, Floats a, int count) {
    if (count >= 16) return store(to, a);
    _mm256_maskstore_ps(to, below(0, count), a.lo);
    _mm256_maskstore_ps(to + 8, below(8, count), a.hi);
  }
  static Floats broadcast(float value) { return {_mm256_set1_ps(value), _mm256_set1_ps(value)}; }
  static Floats add(Floats a, Floats b) {
    return {_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)};
  }
  static Floats subtract(Floats a, Floats b) {
    return {_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)};
  }
  static Floats multiply(Floats a, Floats b) {
    return {_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)};
  }
  static std::uint32_t join(__m256 lo, __m256 hi) {
    return static_cast<std::uint32_t>(_mm256_movemask_ps(lo)) |
           static_cast<std::uint32_t>(_mm256_movemask_ps(hi)) << 8;
  }
  static std::uint64_t join(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return std::uint64_t{a | b << 16} | std::uint64_t{c | d << 16} << 32;
  }
  static std::uint32_t at_least(Floats a, Floats b) {
    return join(_mm256_cmp_ps(a.lo, b.lo, _CMP_GE_OQ), _mm256_cmp_ps(a.hi, b.hi, _CMP_GE_OQ));
  }
  static Floats select(std::uint32_t mask, Floats a, Floats b) {
    const __m256i bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    const __m256i all = _mm256_set1_epi32(static_cast<int>(mask));
    const __m256i high = _mm256_slli_epi32(bits, 8);
    const __m256i lo = _mm256_cmpeq_epi32(_mm256_and_si256(all, bits), bits);
    const __m256i hi = _mm256_cmpeq_epi32(_mm256_and_si256(all, high), high);
    return {_mm256_blendv_ps(b.lo, a.lo, _mm256_castsi256_ps(lo)),
            _mm256_blendv_ps(b.hi, a.hi, _mm256_castsi256_ps(hi))};
  }
  static Floats greater(Floats a, Floats b) {
    return {_mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi)};
  }
  static Floats smaller(Floats a, Floats b) {
    return {_mm256_min_ps(a.lo, b.lo), _mm256_min_ps(a.hi, b.hi)};
  }
  static __m256 power_of_two(__m256 a) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a), 23));
  }
  static __m256i rounded(__m256 a) {
    return _mm256_cvtps_epi32(_mm256_min_ps(a, _mm256_set1_ps(255.0f)));
  }
  static void store_rounded(std::uint8_t* to, Floats a) {
    const __m256i halves = _mm256_packs_epi32(rounded(a.lo), rounded(a.hi));
    const __m256i bytes = _mm256_packus_epi16(halves, halves);
    _mm_storeu_si128(
        reinterpret_cast<__m128i*>(to),
        _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1)));
  }
  static Floats power_of_two(Floats a) { return {power_of_two(a.lo), power_of_two(a.hi)}; }
  static __m128i low_bytes(__m256 a) {
    // Bytes 0, 4, 8, 12 of each half to its first four bytes.
    const __m256i pick =
        _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 4, 8, 12,
                         -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    const __m256i picked = _mm256_shuffle_epi8(_mm256_castps_si256(a), pick);
    return _mm_unpacklo_epi32(_mm256_castsi256_si128(picked), _mm256_extracti128_si256(picked, 1));
  }
  static void store_low_bytes(std::uint8_t* to, Floats a) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                     _mm_unpacklo_epi64(low_bytes(a.lo), low_bytes(a.hi)));
  }
  static float sum(Floats a) {
    const __m256 eight = _mm256_add_ps(a.lo, a.hi);
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }

  static __m256i load_register(const void* from) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(from));
  }
  static Ints load(const std::int32_t* from) {
    return {load_register(from), load_register(from + 8)};
  }
  static Ints load(const std::int32_t* from, int count) {
    if (count >= 16) return load(from);
    return {_mm256_maskload_epi32(from, below(0, count)),
            _mm256_maskload_epi32(from + 8, below(8, count))};
  }
  static void store(std::int32_t* to, Ints a, int count) {
    if (count >= 16) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a.lo);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 8), a.hi);
      return;
    }
    _mm256_maskstore_epi32(to, below(0, count), a.lo);
    _mm256_maskstore_epi32(to + 8, below(8, count), a.hi);
  }
  static Ints broadcast(std::int32_t value) {
    return {_mm256_set1_epi32(value), _mm256_set1_epi32(value)};
  }
  static Ints add(Ints a, Ints b) {
    return {_mm256_add_epi32(a.lo, b.lo), _mm256_add_epi32(a.hi, b.hi)};
  }
  static Ints subtract(Ints a, Ints b) {
    return {_mm256_sub_epi32(a.lo, b.lo), _mm256_sub_epi32(a.hi, b.hi)};
  }
  static Ints greater(Ints a, Ints b) {
    return {_mm256_max_epi32(a.lo, b.lo), _mm256_max_epi32(a.hi, b.hi)};
  }
  static std::int32_t greatest(Ints a) {
    const __m256i eight = _mm256_max_epi32(a.lo, a.hi);
    const __m128i four =
        _mm_max_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
    const __m128i two = _mm_max_epi32(four, _mm_shuffle_epi32(four, 0x4E));
    return _mm_cvtsi128_si32(_mm_max_epi32(two, _mm_shuffle_epi32(two, 0xB1)));
  }
  static Ints shift_left(Ints a, int count) {
    const __m128i by = _mm_cvtsi32_si128(count);
    return {_mm256_sll_epi32(a.lo, by), _mm256_sll_epi32(a.hi, by)};
  }
  static Floats to_float(Ints a) { return {_mm256_cvtepi32_ps(a.lo), _mm256_cvtepi32_ps(a.hi)}; }
  static std::uint32_t at_least(Ints a, Ints b) {
    return 0xFFFF ^ join(_mm256_castsi256_ps(_mm256_cmpgt_epi32(b.lo, a.lo)),
                         _mm256_castsi256_ps(_mm256_cmpgt_epi32(b.hi, a.hi)));
  }

  /// By way of 16 bits: _mm256_maddubs_epi16 would saturate.
  static __m256i dot4(__m256i sum, __m256i a, __m256i b) {
    const __m256i even = _mm256_madd_epi16(_mm256_and_si256(a, _mm256_set1_epi16(255)),
                                           _mm256_srai_epi16(_mm256_slli_epi16(b, 8), 8));
    const __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(a, 8), _mm256_srai_epi16(b, 8));
    return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
  }
  static Ints add_dot4(Ints sum, Bytes a, Bytes b) {
    return {dot4(sum.lo, a.lo, b.lo), dot4(sum.hi, a.hi, b.hi)};
  }
  static Bytes broadcast_four(const std::uint8_t* from) {
    std::int32_t four;
    std::memcpy(&four, from, sizeof four);
    const __m256i v = _mm256_set1_epi32(four);
    return {v, v};
  }
  static __m128i load_half(const std::uint8_t* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  }
  static Bytes zip(const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* c,
                   const std::uint8_t* d) {
    const __m128i a0 = load_half(a), b0 = load_half(b), c0 = load_half(c), d0 = load_half(d);
    const __m128i ab0 = _mm_unpacklo_epi8(a0, b0), ab1 = _mm_unpackhi_epi8(a0, b0);
    const __m128i cd0 = _mm_unpacklo_epi8(c0, d0), cd1 = _mm_unpackhi_epi8(c0, d0);
    return {_mm256_setr_m128i(_mm_unpacklo_epi16(ab0, cd0), _mm_unpackhi_epi16(ab0, cd0)),
            _mm256_setr_m128i(_mm_unpacklo_epi16(ab1, cd1), _mm_unpackhi_epi16(ab1, cd1))};
  }

  static Bytes load_bytes(const std::uint8_t* from) {
    return {load_register(from), load_register(from + 32)};
  }
  static void store_bytes(std::uint8_t* to, Bytes a) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a.lo);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 32), a.hi);
  }
  static Bytes broadcast_byte(std::uint8_t value) {
    const __m256i v = _mm256_set1_epi8(static_cast<char>(value));
    return {v, v};
  }
  static Bytes add(Bytes a, Bytes b) {
    return {_mm256_add_epi8(a.lo, b.lo), _mm256_add_epi8(a.hi, b.hi)};
  }
  static Bytes subtract(Bytes a, Bytes b) {
    return {_mm256_sub_epi8(a.lo, b.lo), _mm256_sub_epi8(a.hi, b.hi)};
  }
  static __m256i popcount(__m256i a) {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                           0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i low = _mm256_set1_epi8(15);
    return _mm256_add_epi8(
        _mm256_shuffle_epi8(table, _mm256_and_si256(a, low)),
        _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(a, 4), low)));
  }
  static Bytes differing_bits(Bytes a, Bytes b) {
    return {popcount(_mm256_xor_si256(a.lo, b.lo)), popcount(_mm256_xor_si256(a.hi, b.hi))};
  }
  static std::uint64_t join_bytes(__m256i lo, __m256i hi) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(lo)) |
           std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(hi))} << 32;
  }
  static std::uint64_t plane(Bytes a, int bit) {
    const __m128i to_top = _mm_cvtsi32_si128(7 - bit);
    return join_bytes(_mm256_sll_epi16(a.lo, to_top), _mm256_sll_epi16(a.hi, to_top));
  }
  static std::uint64_t at_least(Bytes a, Bytes b) {
    return join_bytes(_mm256_cmpeq_epi8(a.lo, _mm256_max_epu8(a.lo, b.lo)),
                      _mm256_cmpeq_epi8(a.hi, _mm256_max_epu8(a.hi, b.hi)));
  }

  struct Words {
    std::uint64_t lane[8];
  };
  struct Doubles {
    __m256d lo, hi;
  };
  static Words select_by_planes(std::uint64_t all, std::uint64_t p0, std::uint64_t p1,
                                std::uint64_t p2) {
    const std::uint64_t even = all & ~p0, odd = all & p0;
    const std::uint64_t two[4] = {even & ~p1, odd & ~p1, even & p1, odd & p1};
    Words r;
    for (int l = 0; l < 4; ++l) {
      r.lane[l] = two[l] & ~p2;
      r.lane[l + 4] = two[l] & p2;
    }
    return r;
  }
  static Words load_words(const std::uint64_t* from) {
    Words r;
    std::memcpy(&r, from, sizeof r);
    return r;
  }
  static Words zero_words() { return {}; }
  static Words add_popcount(Words count, Words a, std::uint64_t mask) {
    for (int l = 0; l < 8; ++l) {
      count.lane[l] += static_cast<std::uint64_t>(__builtin_popcountll(a.lane[l] & mask));
    }
    return count;
  }
  static Doubles to_double(Words a) {
    double lane[8];
    for (int l = 0; l < 8; ++l) lane[l] = static_cast<double>(static_cast<std::int64_t>(a.lane[l]));
    return load(lane);
  }
  static Doubles load(const double* from) {
    return {_mm256_loadu_pd(from), _mm256_loadu_pd(from + 4)};
  }
  static Doubles broadcast(double value) { return {_mm256_set1_pd(value), _mm256_set1_pd(value)}; }
  static Doubles add(Doubles a, Doubles b) {
    return {_mm256_add_pd(a.lo, b.lo), _mm256_add_pd(a.hi, b.hi)};
  }
  static Doubles multiply(Doubles a, Doubles b) {
    return {_mm256_mul_pd(a.lo, b.lo), _mm256_mul_pd(a.hi, b.hi)};
  }
  static double sum(Doubles a) {
    const __m256d four = _mm256_add_pd(a.lo, a.hi);
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
  }
  static std::uint32_t below(Doubles a, Doubles b) {
    return static_cast<std::uint32_t>(_mm256_movemask_pd(_mm256_cmp_pd(a.lo, b.lo, _CMP_LT_OQ))) |
           static_cast<std::uint32_t>(_mm256_movemask_pd(_mm256_cmp_pd(a.hi, b.hi, _CMP_LT_OQ)))
               << 4;
  }
};

}  // namespace bitcpp
