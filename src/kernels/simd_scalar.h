// The SIMD vocabulary without SIMD: what x86/simd_avx2.h and x86/simd_avx512.h mean by each word.
//
// The algorithms (lane_kernels.h, byte_kernels.h, product_epilogue.h) are templates over such a
// vocabulary, so each is written once. Only code of one instruction set may be reached from its
// translation unit: a vocabulary and everything built on it is a distinct type there, never an
// inline function that two units share.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace bitcpp {

struct ScalarSimd {
  // 16 floats, 16 integers, 64 bytes.
  struct Floats {
    float lane[16];
  };
  struct Ints {
    std::int32_t lane[16];
  };
  struct Bytes {
    std::uint8_t lane[64];
  };

  // Floats. `count` < 16: the first lanes only; the others are read as +0 and not written.
  static Floats load(const float* from) { return load(from, 16); }
  static Floats load(const float* from, int count) {
    Floats r;
    for (int i = 0; i < 16; ++i) r.lane[i] = i < count ? from[i] : 0.0f;
    return r;
  }
  static void store(float* to, Floats a) { store(to, a, 16); }
  static void store(float* to, Floats a, int count) {
    for (int i = 0; i < count; ++i) to[i] = a.lane[i];
  }
  static Floats broadcast(float value) {
    Floats r;
    for (float& lane : r.lane) lane = value;
    return r;
  }
  static Floats add(Floats a, Floats b) {
    for (int i = 0; i < 16; ++i) a.lane[i] += b.lane[i];
    return a;
  }
  static Floats subtract(Floats a, Floats b) {
    for (int i = 0; i < 16; ++i) a.lane[i] -= b.lane[i];
    return a;
  }
  static Floats multiply(Floats a, Floats b) {
    for (int i = 0; i < 16; ++i) a.lane[i] *= b.lane[i];
    return a;
  }
  /// Bit i: lane i of `a` reaches that of `b`.
  static std::uint32_t at_least(Floats a, Floats b) {
    std::uint32_t mask = 0;
    for (int i = 0; i < 16; ++i) mask |= std::uint32_t{a.lane[i] >= b.lane[i]} << i;
    return mask;
  }
  /// Four masks of 16 bits as one word, the first lowest.
  static std::uint64_t join(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return std::uint64_t{a} | std::uint64_t{b} << 16 | std::uint64_t{c} << 32 |
           std::uint64_t{d} << 48;
  }
  /// `a` where the mask's bit is 1, else `b`.
  static Floats select(std::uint32_t mask, Floats a, Floats b) {
    for (int i = 0; i < 16; ++i) a.lane[i] = mask >> i & 1 ? a.lane[i] : b.lane[i];
    return a;
  }
  /// a > b ? a : b, lane by lane.
  static Floats greater(Floats a, Floats b) {
    for (int i = 0; i < 16; ++i) a.lane[i] = a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i];
    return a;
  }
  static Floats smaller(Floats a, Floats b) {
    for (int i = 0; i < 16; ++i) a.lane[i] = a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i];
    return a;
  }
  /// 2^k where the low bits of `a` are the integer k + 127: those of k + FloatExp2::kMagic.
  static Floats power_of_two(Floats a) {
    for (float& lane : a.lane)
      lane = std::bit_cast<float>(std::bit_cast<std::uint32_t>(lane) << 23);
    return a;
  }
  /// What is at least 0, to the nearest integer, ties to even, and at most 255 (NaN counts as 255).
  static void store_rounded(std::uint8_t* to, Floats a) {
    constexpr float kRound = 8388608.0f;  // 2^23: the sum has no place for a fraction
    for (int i = 0; i < 16; ++i)
      to[i] =
          static_cast<std::uint8_t>((a.lane[i] < 255.0f ? a.lane[i] : 255.0f) + kRound - kRound);
  }
  /// The lowest byte of each lane's bits, 16 bytes.
  static void store_low_bytes(std::uint8_t* to, Floats a) {
    for (int i = 0; i < 16; ++i)
      to[i] = static_cast<std::uint8_t>(std::bit_cast<std::uint32_t>(a.lane[i]));
  }
  /// The tree of layer_norm.h.
  static float sum(Floats a) {
    for (int half = 8; half > 0; half /= 2) {
      for (int i = 0; i < half; ++i) a.lane[i] += a.lane[i + half];
    }
    return a.lane[0];
  }

  // Integers.
  static Ints load(const std::int32_t* from) {
    Ints r;
    for (int i = 0; i < 16; ++i) r.lane[i] = from[i];
    return r;
  }
  static Ints load(const std::int32_t* from, int count) {
    Ints r;
    for (int i = 0; i < 16; ++i) r.lane[i] = i < count ? from[i] : 0;
    return r;
  }
  static void store(std::int32_t* to, Ints a, int count) {
    for (int i = 0; i < count; ++i) to[i] = a.lane[i];
  }
  static Ints broadcast(std::int32_t value) {
    Ints r;
    for (std::int32_t& lane : r.lane) lane = value;
    return r;
  }
  static Ints add(Ints a, Ints b) {
    for (int i = 0; i < 16; ++i) a.lane[i] += b.lane[i];
    return a;
  }
  static Ints subtract(Ints a, Ints b) {
    for (int i = 0; i < 16; ++i) a.lane[i] -= b.lane[i];
    return a;
  }
  static Ints greater(Ints a, Ints b) {
    for (int i = 0; i < 16; ++i) a.lane[i] = a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i];
    return a;
  }
  static std::int32_t greatest(Ints a) {
    for (int i = 1; i < 16; ++i) a.lane[0] = a.lane[i] > a.lane[0] ? a.lane[i] : a.lane[0];
    return a.lane[0];
  }
  /// a * 2^count, count 1 or 2.
  static Ints shift_left(Ints a, int count) {
    for (std::int32_t& lane : a.lane) lane *= 1 << count;
    return a;
  }
  static Floats to_float(Ints a) {
    Floats r;
    for (int i = 0; i < 16; ++i) r.lane[i] = static_cast<float>(a.lane[i]);
    return r;
  }
  static std::uint32_t at_least(Ints a, Ints b) {
    std::uint32_t mask = 0;
    for (int i = 0; i < 16; ++i) mask |= std::uint32_t{a.lane[i] >= b.lane[i]} << i;
    return mask;
  }

  // Bytes as factors: unsigned `a`, signed `b`.
  /// lane + a[4 lane] * b[4 lane] + ... + a[4 lane + 3] * b[4 lane + 3].
  static Ints add_dot4(Ints sum, Bytes a, Bytes b) {
    for (int i = 0; i < 64; ++i) sum.lane[i / 4] += a.lane[i] * static_cast<std::int8_t>(b.lane[i]);
    return sum;
  }
  /// Four bytes, sixteen times.
  static Bytes broadcast_four(const std::uint8_t* from) {
    Bytes r;
    for (int i = 0; i < 64; ++i) r.lane[i] = from[i % 4];
    return r;
  }
  /// a[0] b[0] c[0] d[0] a[1] ... d[15].
  static Bytes zip(const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* c,
                   const std::uint8_t* d) {
    Bytes r;
    for (int i = 0; i < 16; ++i) {
      r.lane[4 * i] = a[i];
      r.lane[4 * i + 1] = b[i];
      r.lane[4 * i + 2] = c[i];
      r.lane[4 * i + 3] = d[i];
    }
    return r;
  }

  // Bytes, unsigned, wrapping.
  static Bytes load_bytes(const std::uint8_t* from) {
    Bytes r;
    for (int i = 0; i < 64; ++i) r.lane[i] = from[i];
    return r;
  }
  static void store_bytes(std::uint8_t* to, Bytes a) {
    for (int i = 0; i < 64; ++i) to[i] = a.lane[i];
  }
  static Bytes broadcast_byte(std::uint8_t value) {
    Bytes r;
    for (std::uint8_t& lane : r.lane) lane = value;
    return r;
  }
  static Bytes add(Bytes a, Bytes b) {
    for (int i = 0; i < 64; ++i) a.lane[i] = static_cast<std::uint8_t>(a.lane[i] + b.lane[i]);
    return a;
  }
  static Bytes subtract(Bytes a, Bytes b) {
    for (int i = 0; i < 64; ++i) a.lane[i] = static_cast<std::uint8_t>(a.lane[i] - b.lane[i]);
    return a;
  }
  /// Per byte: number of bits in which `a` and `b` differ.
  static Bytes differing_bits(Bytes a, Bytes b) {
    for (int i = 0; i < 64; ++i) {
      a.lane[i] = static_cast<std::uint8_t>(__builtin_popcount(a.lane[i] ^ b.lane[i]));
    }
    return a;
  }
  /// Bit `bit` of every byte.
  static std::uint64_t plane(Bytes a, int bit) {
    std::uint64_t mask = 0;
    for (int i = 0; i < 64; ++i) mask |= std::uint64_t{a.lane[i] >> bit & 1u} << i;
    return mask;
  }
  static std::uint64_t at_least(Bytes a, Bytes b) {
    std::uint64_t mask = 0;
    for (int i = 0; i < 64; ++i) mask |= std::uint64_t{a.lane[i] >= b.lane[i]} << i;
    return mask;
  }

  // 8 words and 8 doubles.
  struct Words {
    std::uint64_t lane[8];
  };
  struct Doubles {
    double lane[8];
  };
  /// Lane l: the bits of `all` at which plane 0, 1, 2 together read l.
  static Words select_by_planes(std::uint64_t all, std::uint64_t p0, std::uint64_t p1,
                                std::uint64_t p2) {
    Words r;
    for (int l = 0; l < 8; ++l) {
      r.lane[l] = all & (l & 1 ? p0 : ~p0) & (l & 2 ? p1 : ~p1) & (l & 4 ? p2 : ~p2);
    }
    return r;
  }
  static Words load_words(const std::uint64_t* from) {
    Words r;
    std::memcpy(&r, from, sizeof r);
    return r;
  }
  static Words zero_words() { return {}; }
  /// count + pop(a AND mask), lane by lane.
  static Words add_popcount(Words count, Words a, std::uint64_t mask) {
    for (int l = 0; l < 8; ++l) {
      count.lane[l] += static_cast<std::uint64_t>(__builtin_popcountll(a.lane[l] & mask));
    }
    return count;
  }
  static Doubles to_double(Words a) {
    Doubles r;
    for (int l = 0; l < 8; ++l)
      r.lane[l] = static_cast<double>(static_cast<std::int64_t>(a.lane[l]));
    return r;
  }
  static Doubles load(const double* from) {
    Doubles r;
    for (int l = 0; l < 8; ++l) r.lane[l] = from[l];
    return r;
  }
  static Doubles broadcast(double value) {
    Doubles r;
    for (double& lane : r.lane) lane = value;
    return r;
  }
  static Doubles add(Doubles a, Doubles b) {
    for (int l = 0; l < 8; ++l) a.lane[l] += b.lane[l];
    return a;
  }
  static Doubles multiply(Doubles a, Doubles b) {
    for (int l = 0; l < 8; ++l) a.lane[l] *= b.lane[l];
    return a;
  }
  /// The tree of bit_attention.h.
  static double sum(Doubles a) {
    for (int half = 4; half > 0; half /= 2) {
      for (int l = 0; l < half; ++l) a.lane[l] += a.lane[l + half];
    }
    return a.lane[0];
  }
  static std::uint32_t below(Doubles a, Doubles b) {
    std::uint32_t mask = 0;
    for (int l = 0; l < 8; ++l) mask |= std::uint32_t{a.lane[l] < b.lane[l]} << l;
    return mask;
  }
};

}  // namespace bitcpp
