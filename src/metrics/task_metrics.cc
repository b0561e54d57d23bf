#include "metrics/task_metrics.h"

#include "metrics/metrics.h"

namespace bitcpp {

nlohmann::ordered_json classification_metrics(std::span<const int> predicted,
                                              std::span<const int> actual, std::size_t labels) {
  return {{"n", actual.size()},
          {"accuracy", accuracy(predicted, actual)},
          {"f1", labels == 2 ? f1(predicted, actual) : macro_f1(predicted, actual)},
          {"matthews", matthews(predicted, actual)}};
}

nlohmann::ordered_json regression_metrics(std::span<const double> predicted,
                                          std::span<const double> actual) {
  return {{"n", actual.size()},
          {"pearson", pearson(predicted, actual)},
          {"spearman", spearman(predicted, actual)}};
}

}  // namespace bitcpp
