// A backbone made 1-bit before any task: its hidden states are the teacher, plain text the data.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "data/dataset.h"
#include "train/recipe.h"

namespace bitcpp {

struct PretrainInputs {
  std::filesystem::path model, out;
  std::vector<std::filesystem::path> texts;
  std::filesystem::path dev;  // texts to measure on; empty: a share of `texts`
  ColumnMap columns;
  bool resume = false;
};

/// Runs a recipe's stages after each other on the hidden states of the one before (embedding output
/// and every layer; logits take no part, and no head or pooler is trained). Leaves OUT/STAGE, each
/// a folder that distill takes as a start, and OUT/report.html. Returns the report, also written
/// to OUT/report.json:
///   {"recipe", "texts", "held_out", "stages": [{"name", "dev": {"n", "hidden_loss", "explained"},
///   ...}]}
/// Throws Error.
nlohmann::json pretrain(const PretrainInputs& inputs, const Recipe& recipe);

}  // namespace bitcpp
