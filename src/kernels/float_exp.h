// exp of a float that is not positive, from float + - * and shifts alone: the same bits on every
// machine, and simple enough that a compiler or a SIMD vocabulary turns a loop of it into vectors.
#pragma once

#include <bit>
#include <cstdint>

namespace bitcpp {

/// Constants of float_exp, for every way of writing it.
struct FloatExp {
  static constexpr float kLeast = -87.0f;       // exp of less is that of this: 1.6e-38
  static constexpr float kLog2E = 1.44269504f;  // 1 / log 2
  static constexpr float kMagic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  // log 2 in two parts; k times the first is exact.
  static constexpr float kLog2High = 0.693359375f, kLog2Low = -2.12194440e-4f;
  // Taylor's series from degree 5 down to 0. The first dropped term is below 3.5e-6 of the result,
  // where an 8-bit probability resolves 2e-3.
  static constexpr int kTerms = 6;
  static constexpr float kSeries[kTerms] = {1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f};
};

/// exp(x) for x <= 0, relative error below 4e-6; x below -87 counts as -87.
[[gnu::always_inline]] inline float float_exp(float x) {
  x = x > FloatExp::kLeast ? x : FloatExp::kLeast;
  const float shifted = x * FloatExp::kLog2E + FloatExp::kMagic;
  const float k = shifted - FloatExp::kMagic;
  const float r = (x - k * FloatExp::kLog2High) - k * FloatExp::kLog2Low;
  float sum = FloatExp::kSeries[0];
  for (int i = 1; i < FloatExp::kTerms; ++i) sum = sum * r + FloatExp::kSeries[i];
  // The integer in the low bits of `shifted` becomes the exponent.
  const std::int32_t exponent =
      std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(FloatExp::kMagic) + 127;
  return sum * std::bit_cast<float>(static_cast<std::uint32_t>(exponent) << 23);
}

}  // namespace bitcpp
