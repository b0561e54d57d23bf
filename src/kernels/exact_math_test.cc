#include "kernels/exact_math.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace bitcpp {
namespace {

TEST(ExactMathTest, TanhIsWithinOneUnitInTheLastPlace) {
  for (int i = -400000; i <= 400000; ++i) {
    const float x = static_cast<float>(i) / 16384.0f;
    const double exact = std::tanh(static_cast<double>(x));
    const double unit = std::abs(exact) * std::numeric_limits<float>::epsilon();
    ASSERT_NEAR(exact_tanh(x), exact, unit) << x;
    ASSERT_EQ(exact_tanh(-x), -exact_tanh(x)) << x;
  }
  for (float x = 1e-37f; x < 1e37f; x *= 3.7f) {
    const double exact = std::tanh(static_cast<double>(x));
    ASSERT_NEAR(exact_tanh(x), exact, exact * std::numeric_limits<float>::epsilon()) << x;
  }
}

TEST(ExactMathTest, TanhOfSpecialValues) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(exact_tanh(0.0f), 0.0f);
  EXPECT_EQ(exact_tanh(infinity), 1.0f);
  EXPECT_EQ(exact_tanh(-infinity), -1.0f);
  EXPECT_TRUE(std::isnan(exact_tanh(std::numeric_limits<float>::quiet_NaN())));
}

TEST(ExactMathTest, ExpIsCloseEverywhere) {
  for (int i = -70000; i <= 70000; ++i) {
    const double x = i / 99.0;
    ASSERT_NEAR(exact_exp(x) / std::exp(x), 1.0, 1e-14) << x;
  }
  EXPECT_EQ(exact_exp(0), 1.0);
  EXPECT_EQ(exact_exp(-1000), 0.0);
  EXPECT_EQ(exact_exp(1000), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(exact_exp(std::numeric_limits<double>::quiet_NaN())));
}

// The bits themselves, so that another machine or compiler that differs is noticed.
TEST(ExactMathTest, BitsAreFixed) {
  std::uint32_t hash = 2166136261u;
  for (int i = -3000; i <= 3000; ++i) {
    hash = (hash ^ std::bit_cast<std::uint32_t>(exact_tanh(static_cast<float>(i) / 512.0f))) *
           16777619u;
  }
  EXPECT_EQ(hash, 3239481127u);  // numpy: float32(tanh(float64(x)))
}

}  // namespace
}  // namespace bitcpp
