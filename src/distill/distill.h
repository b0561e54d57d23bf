// The main job: a fine-tuned transformer and task data in, a verified packed model and a table of
// what it cost out.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "train/recipe.h"

namespace bitcpp {

/// A folder whose weights a stage's student starts from, instead of those of the model before it.
struct StartFolder {
  std::string stage;  // empty: the first one
  std::filesystem::path folder;
};

struct DistillInputs {
  std::filesystem::path model, train, dev, out;
  ColumnMap columns;
  std::optional<TaskKind> task;  // guessed from the training labels when empty
  bool resume = false;
  std::vector<std::filesystem::path> unlabeled;  // texts for the students, beside those of `train`
  std::vector<StartFolder> starts;               // where students' bodies come from
  /// Points (hundredths of the main metric) that the result may lose against the teacher. With it,
  /// the recipe's stages are tried from the last, which is the cheapest to run, backwards, and the
  /// first that is good enough is the result. Without, the last is.
  std::optional<double> max_drop;
};

/// Runs a recipe's stages after each other, packs each, verifies the last, measures; without
/// stages, the teacher alone. Leaves OUT/report.html. Returns the report, also written to
/// OUT/report.json ("verify" is null where nothing was packed):
///   {"task", "recipe", "rows": [{"name", "bytes", "microseconds_per_text", metrics...}], "verify":
///   {...}, "stages": [...]}
/// and, with a max_drop, "dial": {"max_drop", "target", "chosen", "reached", "tried"} as dial.h
/// says. Throws Error.
nlohmann::json distill(const DistillInputs& inputs, const Recipe& recipe);

/// Fine-tunes a full-precision network on the labels and leaves it as a Hugging Face folder at
/// `inputs.out`, with log.jsonl and report.html beside it. Returns
/// {"dev": {metrics}, ...}.
nlohmann::json finetune(const DistillInputs& inputs, const Recipe& recipe);

}  // namespace bitcpp
