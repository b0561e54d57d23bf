#include "linear/lbfgs.h"

#include <gtest/gtest.h>

#include <cmath>

namespace bitcpp {
namespace {

TEST(Lbfgs, FindsTheMinimumOfABadlyScaledQuadratic) {
  const std::vector<double> scale = {1, 100, 0.01, 1e4}, target = {3, -2, 50, 0.25};
  const Objective objective = [&](std::span<const double> x, std::span<double> gradient) {
    double value = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      gradient[i] = scale[i] * (x[i] - target[i]);
      value += 0.5 * gradient[i] * (x[i] - target[i]);
    }
    return value;
  };
  std::vector<double> x(4);
  EXPECT_GT(minimize_lbfgs(objective, x, {.gradient_tolerance = 1e-9}), 0);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], target[i], 1e-6);
}

TEST(Lbfgs, FollowsRosenbrocksValley) {
  const Objective objective = [](std::span<const double> x, std::span<double> gradient) {
    const double bend = x[1] - x[0] * x[0], left = 1 - x[0];
    gradient[0] = -400 * x[0] * bend - 2 * left;
    gradient[1] = 200 * bend;
    return 100 * bend * bend + left * left;
  };
  std::vector<double> x = {-1.2, 1};
  minimize_lbfgs(objective, x, {.gradient_tolerance = 1e-8});
  EXPECT_NEAR(x[0], 1, 1e-6);
  EXPECT_NEAR(x[1], 1, 1e-6);
}

TEST(Lbfgs, StopsAtOnceAtAMinimumAndAtTheLimit) {
  const Objective objective = [](std::span<const double> x, std::span<double> gradient) {
    gradient[0] = std::sinh(x[0]);
    return std::cosh(x[0]);
  };
  std::vector<double> at_minimum = {0}, far = {30};
  EXPECT_EQ(minimize_lbfgs(objective, at_minimum, {}), 0);
  EXPECT_EQ(minimize_lbfgs(objective, far, {.max_iterations = 2}), 2);
  EXPECT_LT(far[0], 30);
}

}  // namespace
}  // namespace bitcpp
