// The metrics of a task as commands print them: which ones, under which keys, in which order.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "metrics/tagging.h"

namespace bitcpp {

/// {"n", "accuracy", "f1", "matthews"}; f1 is that of label 1 of two, macro of more `labels`.
nlohmann::ordered_json classification_metrics(std::span<const int> predicted,
                                              std::span<const int> actual, std::size_t labels);

/// {"n", "pearson", "spearman"}.
nlohmann::ordered_json regression_metrics(std::span<const double> predicted,
                                          std::span<const double> actual);

/// {"n" (sentences), "precision", "recall", "f1" (of entities), "accuracy" (of words)}, or {"n",
/// "accuracy"} for tags that mark no entities.
nlohmann::ordered_json tagging_metrics(const TagScore& score, std::span<const std::string> tags);

/// {"n", "exact_match", "f1"}: shares, where SQuAD's scorer prints per cent. `add` takes a
/// question's answer and those accepted.
class AnswerScore {
 public:
  void add(std::string_view answer, std::span<const std::string> accepted);
  nlohmann::ordered_json metrics() const;

 private:
  std::size_t count_ = 0;
  double exact_ = 0, f1_ = 0;
};

}  // namespace bitcpp
