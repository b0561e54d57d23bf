// Answers that somebody else gave, scored as ours are: SQuAD's file of predictions.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "data/dataset.h"

namespace bitcpp {

struct ScoredPredictions {
  nlohmann::ordered_json metrics;  // {"n", "exact_match", "f1"}
  std::size_t missing = 0;         // questions without an answer in the file, which count as wrong
};

/// Scores a JSON object of question ids and answers, as SQuAD v1.1's scorer takes it, against a
/// file of questions. Throws Error when `path` is no such object or the questions have no answers.
ScoredPredictions score_predictions(const std::filesystem::path& path, const Dataset& questions);

}  // namespace bitcpp
