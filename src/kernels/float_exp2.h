// 2^x of a float that is not positive, from float + - * and shifts alone: the same bits on every
// machine, and simple enough that a compiler or a SIMD vocabulary turns a loop of it into vectors.
#pragma once

#include <bit>
#include <cstdint>

namespace bitcpp {

/// Constants of float_exp2, for every way of writing it.
struct FloatExp2 {
  static constexpr float kLog2E = 1.44269504f;  // exp(x) = 2^(x * this)
  static constexpr float kLeast = -126.0f;      // 2^ less is that of this: the least normal float
  static constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  // The same, and the integer in the low bits of the sum is an exponent as floats store it.
  static constexpr float kMagic = kRound + 127.0f;
  // 2^r for |r| <= 1/2, from degree 4 down to 0: the least relative error, 2.9e-6, that the degree
  // allows with 2^0 = 1. A probability of 8 bits resolves 2e-3.
  static constexpr int kTerms = 5;
  static constexpr float kSeries[kTerms] = {0.00958104711f, 0.0559059717f, 0.240241453f,
                                            0.693124354f, 1.0f};
};

/// 2^x for x <= 0, relative error below 3e-6; x below -126 counts as -126.
[[gnu::always_inline]] inline float float_exp2(float x) {
  x = x > FloatExp2::kLeast ? x : FloatExp2::kLeast;
  const float shifted = x + FloatExp2::kMagic;
  const float r = x - (shifted - FloatExp2::kMagic);
  float sum = FloatExp2::kSeries[0];
  for (int i = 1; i < FloatExp2::kTerms; ++i) sum = sum * r + FloatExp2::kSeries[i];
  return sum * std::bit_cast<float>(std::bit_cast<std::uint32_t>(shifted) << 23);
}

}  // namespace bitcpp
