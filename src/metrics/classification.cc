#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>

#include "base/error.h"
#include "metrics/metrics.h"

namespace bitcpp {
namespace {

/// How often a class was right, was predicted and is true.
struct ClassCounts {
  std::int64_t right = 0, predicted = 0, actual = 0;

  /// 2 tp / (2 tp + fp + fn), 0 where nothing was predicted nor true.
  double f1() const {
    const std::int64_t total = predicted + actual;
    return total == 0 ? 0.0 : 2.0 * static_cast<double>(right) / static_cast<double>(total);
  }
};

std::map<int, ClassCounts> count_classes(std::span<const int> predicted,
                                         std::span<const int> actual) {
  if (predicted.size() != actual.size())
    throw Error("expected as many predictions as labels, found " +
                std::to_string(predicted.size()) + " and " + std::to_string(actual.size()));
  std::map<int, ClassCounts> classes;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ++classes[predicted[i]].predicted;
    ++classes[actual[i]].actual;
    if (predicted[i] == actual[i]) ++classes[actual[i]].right;
  }
  return classes;
}

}  // namespace

double accuracy(std::span<const int> predicted, std::span<const int> actual) {
  const auto classes = count_classes(predicted, actual);
  if (actual.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::int64_t right = 0;
  for (const auto& [name, counts] : classes) right += counts.right;
  return static_cast<double>(right) / static_cast<double>(actual.size());
}

double f1(std::span<const int> predicted, std::span<const int> actual, int positive) {
  return count_classes(predicted, actual)[positive].f1();
}

double macro_f1(std::span<const int> predicted, std::span<const int> actual) {
  const auto classes = count_classes(predicted, actual);
  if (classes.empty()) return 0;
  double sum = 0;
  for (const auto& [name, counts] : classes) sum += counts.f1();
  return sum / static_cast<double>(classes.size());
}

double matthews(std::span<const int> predicted, std::span<const int> actual) {
  // Gorodkin's R_K. Whole numbers below n^2, exact in 64 bits for every data set that can be read.
  const auto n = static_cast<std::int64_t>(actual.size());
  std::int64_t right = 0, both = 0, predicted_square = 0, actual_square = 0;
  for (const auto& [name, counts] : count_classes(predicted, actual)) {
    right += counts.right;
    both += counts.predicted * counts.actual;
    predicted_square += counts.predicted * counts.predicted;
    actual_square += counts.actual * counts.actual;
  }
  const auto covariance = static_cast<double>(right * n - both);
  const auto predicted_variance = static_cast<double>(n * n - predicted_square);
  const auto actual_variance = static_cast<double>(n * n - actual_square);
  if (predicted_variance == 0 || actual_variance == 0) return 0;
  return covariance / (std::sqrt(predicted_variance) * std::sqrt(actual_variance));
}

}  // namespace bitcpp
