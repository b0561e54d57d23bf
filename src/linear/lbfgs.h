// Limited-memory BFGS for smooth convex functions of many variables.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace bitcpp {

struct LbfgsOptions {
  std::size_t history = 10;
  int max_iterations = 300;
  double gradient_tolerance = 1e-4;  // on the largest component
};

/// Value at `x`, and its gradient into `gradient` (same length, overwritten).
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

/// Moves `x` to a minimum of `objective` (Nocedal & Wright, algorithm 7.5, with a weak Wolfe line
/// search by bisection). Returns the number of iterations.
int minimize_lbfgs(const Objective& objective, std::vector<double>& x, const LbfgsOptions& options);

}  // namespace bitcpp
