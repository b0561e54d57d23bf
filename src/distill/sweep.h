// Many runs of the main job: recipes times seeds on one task, teachers shared, one table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "distill/distill.h"
#include "results/store.h"

namespace bitcpp {

struct SweepInputs {
  DistillInputs base;                 // `out` is the sweep's folder; `resume` is not looked at
  std::vector<std::string> recipes;   // names or .toml files
  std::vector<std::string> settings;  // as --set takes them, for every recipe
  std::vector<std::uint64_t> seeds;
  std::string task_name;  // in the store; empty: the name of the training file's folder
  std::string metric;     // a key of the report's rows; empty: "accuracy" or "pearson"
  std::optional<std::filesystem::path> store;  // every finished run is appended to it
};

/// Runs each recipe with each seed into OUT/RECIPE-sSEED. A run that is done (its result.json is
/// there) is not repeated, one that was interrupted goes on, so the same call resumes a sweep; more
/// recipes and seeds may be added. Where the model folder has no head for the task, a teacher is
/// fine-tuned for each seed and each different [teacher] (with max_length) into OUT/teachers and
/// taken by every recipe that has the same. Returns all runs' lines, those done before included.
/// Throws Error, before any run begins when it is about recipes or inputs.
std::vector<ResultLine> sweep(const SweepInputs& inputs);

/// What OUT/RECIPE-sSEED is called.
std::string sweep_run_name(const std::string& recipe, std::uint64_t seed);

}  // namespace bitcpp
