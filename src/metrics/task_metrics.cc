#include "metrics/task_metrics.h"

#include "decode/entities.h"
#include "metrics/metrics.h"
#include "metrics/squad.h"

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

nlohmann::ordered_json tagging_metrics(const TagScore& score, std::span<const std::string> tags) {
  if (!marks_entities(tags)) return {{"n", score.sentences()}, {"accuracy", score.accuracy()}};
  return {{"n", score.sentences()},
          {"precision", score.precision()},
          {"recall", score.recall()},
          {"f1", score.f1()},
          {"accuracy", score.accuracy()}};
}

void AnswerScore::add(std::string_view answer, std::span<const std::string> accepted) {
  ++count_;
  exact_ += exact_match(answer, accepted);
  f1_ += answer_f1(answer, accepted);
}

nlohmann::ordered_json AnswerScore::metrics() const {
  const double count = count_ == 0 ? 1 : static_cast<double>(count_);
  return {{"n", count_}, {"exact_match", exact_ / count}, {"f1", f1_ / count}};
}

}  // namespace bitcpp
