#include "linear/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

namespace bitcpp {
namespace {

template <typename A, typename B>
double dot(const std::vector<A>& a, const std::vector<B>& b) {
  // Four sums, for the compiler may not reorder one.
  double sums[4] = {};
  std::size_t i = 0;
  for (; i + 4 <= a.size(); i += 4)
    for (std::size_t j = 0; j < 4; ++j)
      sums[j] += static_cast<double>(a[i + j]) * static_cast<double>(b[i + j]);
  for (; i < a.size(); ++i) sums[0] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

double largest(const std::vector<double>& values) {
  double result = 0;
  for (double value : values) result = std::max(result, std::abs(value));
  return result;
}

/// One step and how the gradient changed along it. In float: it only shapes the direction, and the
/// history is most of the memory.
struct Step {
  std::vector<float> move, change;
  double inverse_product = 0;  // 1 / (move . change)
};

/// -H gradient by the two-loop recursion.
std::vector<double> descent_direction(const std::deque<Step>& steps,
                                      const std::vector<double>& gradient) {
  std::vector<double> direction(gradient.size());
  for (std::size_t i = 0; i < gradient.size(); ++i) direction[i] = -gradient[i];
  std::vector<double> weights(steps.size());
  const auto add = [&](const std::vector<float>& vector, double factor) {
    for (std::size_t i = 0; i < direction.size(); ++i)
      direction[i] += factor * static_cast<double>(vector[i]);
  };
  for (std::size_t k = steps.size(); k-- > 0;) {
    weights[k] = steps[k].inverse_product * dot(steps[k].move, direction);
    add(steps[k].change, -weights[k]);
  }
  if (!steps.empty()) {
    const Step& last = steps.back();
    const double scale = 1 / (last.inverse_product * dot(last.change, last.change));
    for (double& value : direction) value *= scale;
  }
  for (std::size_t k = 0; k < steps.size(); ++k) {
    const double correction = steps[k].inverse_product * dot(steps[k].change, direction);
    add(steps[k].move, weights[k] - correction);
  }
  return direction;
}

struct Point {
  std::vector<double> x, gradient;
  double value = 0;
};

/// Searches along `direction` from `from` for a point with the weak Wolfe conditions. Returns false
/// when rounding leaves no lower point.
bool line_search(const Objective& objective, const Point& from,
                 const std::vector<double>& direction, double step, Point& to) {
  constexpr double kDecrease = 1e-4, kCurvature = 0.9;
  constexpr int kMaxTrials = 30;
  const double slope = dot(from.gradient, direction);
  if (!(slope < 0)) return false;
  double low = 0, high = std::numeric_limits<double>::infinity();
  for (int trial = 0; trial < kMaxTrials; ++trial) {
    for (std::size_t i = 0; i < to.x.size(); ++i) to.x[i] = from.x[i] + step * direction[i];
    to.value = objective(to.x, to.gradient);
    if (!(to.value <= from.value + kDecrease * step * slope))
      high = step;
    else if (dot(to.gradient, direction) < kCurvature * slope)
      low = step;
    else
      return true;
    step = std::isinf(high) ? 2 * step : 0.5 * (low + high);
  }
  return to.value < from.value;
}

void remember(std::deque<Step>& steps, std::size_t history, const Point& from, const Point& to) {
  Step step;
  if (steps.size() == history) {
    step = std::move(steps.front());
    steps.pop_front();
  }
  step.move.resize(from.x.size());
  step.change.resize(from.x.size());
  for (std::size_t i = 0; i < from.x.size(); ++i) {
    step.move[i] = static_cast<float>(to.x[i] - from.x[i]);
    step.change[i] = static_cast<float>(to.gradient[i] - from.gradient[i]);
  }
  const double product = dot(step.move, step.change);
  if (!(product > 0)) return;
  step.inverse_product = 1 / product;
  steps.push_back(std::move(step));
}

}  // namespace

int minimize_lbfgs(const Objective& objective, std::vector<double>& x,
                   const LbfgsOptions& options) {
  Point here{std::move(x), {}, 0}, next;
  here.gradient.resize(here.x.size());
  here.value = objective(here.x, here.gradient);
  next.x.resize(here.x.size());
  next.gradient.resize(here.x.size());
  std::deque<Step> steps;
  int iteration = 0;
  while (iteration < options.max_iterations &&
         largest(here.gradient) > options.gradient_tolerance) {
    const std::vector<double> direction = descent_direction(steps, here.gradient);
    // Without history the direction has no scale: try a step of length at most 1.
    const double first =
        steps.empty() ? std::min(1.0, 1 / std::sqrt(dot(direction, direction))) : 1.0;
    if (!line_search(objective, here, direction, first, next)) break;
    remember(steps, options.history, here, next);
    std::swap(here, next);
    ++iteration;
  }
  x = std::move(here.x);
  return iteration;
}

}  // namespace bitcpp
