// What a run left in its folder, read for a report: its log, its result, its judgements.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bitcpp {

/// The lines of log.jsonl that belong to one stage, in order (docs/training.md says what they
/// hold).
struct StageRecord {
  std::string name;
  std::vector<nlohmann::json> losses, evaluations, statistics;
};

struct RunRecord {
  std::string name;                 // of the folder
  std::string recipe;               // recipe.toml; empty when there is none
  nlohmann::json inputs;            // inputs.json; null when there is none
  nlohmann::json result;            // report.json; null while the run goes on
  nlohmann::json judgements;        // judgements.json; null when there is none
  std::vector<StageRecord> stages;  // in the order of the log
};

/// Reads a folder of `bit distill`, `train` or `finetune`, also one whose run goes on: a last line
/// of the log without its end is left out. Throws Error naming file and line when there is no log
/// or something else in its place.
RunRecord read_run(const std::filesystem::path& folder);

/// The number under `key`, NaN when there is none or `object` is none.
double number_at(const nlohmann::json& object, const char* key);
/// The text under `key`, "" when there is none; likewise.
std::string text_at(const nlohmann::json& object, const char* key);

}  // namespace bitcpp
