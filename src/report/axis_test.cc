#include "report/axis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace bitcpp {
namespace {

TEST(Axis, LinearEndsAndTicksAreRound) {
  const Axis axis({0.13, 0.92, std::nan("")}, false, 50, 450);
  EXPECT_DOUBLE_EQ(axis.low(), 0);
  EXPECT_DOUBLE_EQ(axis.high(), 1);
  const std::vector<double> ticks = axis.ticks();
  ASSERT_EQ(ticks.size(), 6u);
  EXPECT_DOUBLE_EQ(ticks[1], 0.2);
  EXPECT_DOUBLE_EQ(axis.pixel(0), 50);
  EXPECT_DOUBLE_EQ(axis.pixel(0.5), 250);
  EXPECT_DOUBLE_EQ(axis.pixel(1), 450);
}

TEST(Axis, LogarithmicTicksAreOneTwoFive) {
  const Axis axis({0.005, 6.1, 0, -3}, true, 0, 100);
  EXPECT_FALSE(axis.takes(0));
  EXPECT_FALSE(axis.takes(-1));
  EXPECT_TRUE(axis.takes(1e-9));
  const std::vector<double> powers = axis.ticks();
  ASSERT_EQ(powers.size(), 4u);
  EXPECT_NEAR(powers[0], 0.01, 1e-12);
  EXPECT_NEAR(powers[3], 10, 1e-12);
  const Axis narrow({3, 40}, true, 0, 100);
  EXPECT_EQ(narrow.ticks(), (std::vector<double>{5, 10, 20, 50}));
  EXPECT_NEAR(narrow.pixel(std::sqrt(narrow.low() * narrow.high())), 50, 1e-9);
}

TEST(Axis, OneValueOrNoneStillHasARange) {
  for (const bool logarithmic : {false, true}) {
    for (const std::vector<double>& values : {std::vector<double>{},
                                              {0.0},
                                              {7.0},
                                              {7.0, 7.0},
                                              {-1e-300},
                                              {1e300},
                                              {std::numeric_limits<double>::infinity()}}) {
      const Axis axis(values, logarithmic, 0, 100);
      EXPECT_LT(axis.low(), axis.high());
      const std::vector<double> ticks = axis.ticks();
      EXPECT_GE(ticks.size(), 2u);
      EXPECT_LE(ticks.size(), 20u);
      for (double tick : ticks) EXPECT_TRUE(std::isfinite(axis.pixel(tick)));
    }
  }
}

}  // namespace
}  // namespace bitcpp
