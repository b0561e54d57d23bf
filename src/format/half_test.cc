// Every half, and every float at which rounding to a half can change.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "format/safetensors.h"

namespace bitcpp {
namespace {

/// By the definition of binary16, in arithmetic instead of bits; for finite halves.
float by_definition(std::uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  const double magnitude =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return static_cast<float>(half & 0x8000 ? -magnitude : magnitude);
}

TEST(Half, EveryHalfToFloat) {
  for (std::uint32_t half = 0; half <= 0xFFFF; ++half) {
    const float value = half_to_float(static_cast<std::uint16_t>(half));
    if ((half & 0x7C00) != 0x7C00) {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(value),
                std::bit_cast<std::uint32_t>(by_definition(static_cast<std::uint16_t>(half))))
          << half;
    } else if (half & 0x3FF) {
      ASSERT_TRUE(std::isnan(value)) << half;
    } else {
      ASSERT_EQ(value, half & 0x8000 ? -INFINITY : INFINITY);
    }
  }
}

TEST(Half, EveryHalfComesBack) {
  for (std::uint32_t half = 0; half <= 0xFFFF; ++half) {
    const std::uint16_t back = float_to_half(half_to_float(static_cast<std::uint16_t>(half)));
    // A signalling NaN becomes a quiet one.
    const bool nan = (half & 0x7C00) == 0x7C00 && half & 0x3FF;
    ASSERT_EQ(back, nan ? half | 0x200 : half);
  }
}

/// Between two neighbouring halves lie their midpoint, which goes to the even one, and the floats
/// beside it, which go to the nearer; all others follow since rounding is monotonic.
TEST(Half, RoundsToNearestEvenBetweenAllNeighbours) {
  for (std::uint16_t low = 0; low < 0x7C00; ++low) {
    const std::uint16_t high = low + 1;  // 0x7C00, infinity, stands for 2^16 here
    const double above = high == 0x7C00 ? 65536.0 : by_definition(high);
    const float middle = static_cast<float>((by_definition(low) + above) / 2);
    const std::uint16_t even = low % 2 == 0 ? low : high;
    for (const std::uint16_t sign : {0, 0x8000}) {
      const float s = sign ? -1.0f : 1.0f;
      ASSERT_EQ(float_to_half(s * middle), sign | even) << middle;
      ASSERT_EQ(float_to_half(s * std::nextafter(middle, 0.0f)), sign | low) << middle;
      ASSERT_EQ(float_to_half(s * std::nextafter(middle, INFINITY)), sign | high) << middle;
    }
  }
}

TEST(Half, Extremes) {
  EXPECT_EQ(float_to_half(std::numeric_limits<float>::max()), 0x7C00);
  EXPECT_EQ(float_to_half(-INFINITY), 0xFC00);
  EXPECT_EQ(float_to_half(std::numeric_limits<float>::denorm_min()), 0);
  EXPECT_EQ(float_to_half(-0.0f), 0x8000);
  EXPECT_EQ(float_to_half(std::numeric_limits<float>::quiet_NaN()) & 0x7E00, 0x7E00);
}

}  // namespace
}  // namespace bitcpp
