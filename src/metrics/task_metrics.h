// The metrics of a task as commands print them: which ones, under which keys, in which order.
#pragma once

#include <nlohmann/json.hpp>
#include <span>

namespace bitcpp {

/// {"n", "accuracy", "f1", "matthews"}; f1 is that of label 1 of two, macro of more `labels`.
nlohmann::ordered_json classification_metrics(std::span<const int> predicted,
                                              std::span<const int> actual, std::size_t labels);

/// {"n", "pearson", "spearman"}.
nlohmann::ordered_json regression_metrics(std::span<const double> predicted,
                                          std::span<const double> actual);

}  // namespace bitcpp
