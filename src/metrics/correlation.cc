#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.h"
#include "metrics/metrics.h"

namespace bitcpp {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void check_lengths(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size())
    throw Error("expected as many predictions as labels, found " + std::to_string(a.size()) +
                " and " + std::to_string(b.size()));
}

/// Sum with the rounding errors carried along (Neumaier), so that long inputs agree with numpy's
/// pairwise sums.
class CompensatedSum {
 public:
  void add(double value) {
    const double total = sum_ + value;
    lost_ += std::abs(sum_) >= std::abs(value) ? (sum_ - total) + value : (value - total) + sum_;
    sum_ = total;
  }
  double value() const { return sum_ + lost_; }

 private:
  double sum_ = 0, lost_ = 0;
};

bool constant(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; });
}

/// The values less their mean, scaled to length 1. Scaled by the largest first: its square may lie
/// outside the range of double.
std::vector<double> standardized(std::span<const double> values) {
  CompensatedSum sum;
  for (double value : values) sum.add(value);
  const double mean = sum.value() / static_cast<double>(values.size());
  std::vector<double> result(values.begin(), values.end());
  double largest = 0;
  for (double& value : result) {
    value -= mean;
    largest = std::max(largest, std::abs(value));
  }
  CompensatedSum squares;
  for (double& value : result) {
    value /= largest;
    squares.add(value * value);
  }
  const double length = std::sqrt(squares.value());
  for (double& value : result) value /= length;
  return result;
}

/// Ranks from 1; equal values share the mean of their ranks.
std::vector<double> average_ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return values[i] < values[j]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double rank = 0.5 * static_cast<double>(begin + 1 + end);
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = rank;
  }
  return ranks;
}

bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

bool any_nan(std::span<const double> values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
}

}  // namespace

double pearson(std::span<const double> a, std::span<const double> b) {
  check_lengths(a, b);
  if (a.size() < 2 || !all_finite(a) || !all_finite(b) || constant(a) || constant(b)) return kNaN;
  const std::vector<double> x = standardized(a), y = standardized(b);
  CompensatedSum product;
  for (std::size_t i = 0; i < x.size(); ++i) product.add(x[i] * y[i]);
  return std::clamp(product.value(), -1.0, 1.0);
}

double spearman(std::span<const double> a, std::span<const double> b) {
  check_lengths(a, b);
  if (any_nan(a) || any_nan(b)) return kNaN;
  return pearson(average_ranks(a), average_ranks(b));
}

}  // namespace bitcpp
