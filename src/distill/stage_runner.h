// The stages of one run, each trained into its folder or, where it is done, read from there.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "distill/run_folder.h"
#include "train/stage.h"

namespace bitcpp {

/// {"name", "dev", "best_step", "steps", "seconds", "texts_per_second"}.
nlohmann::json stage_summary(const std::string& name, const StageResult& result);

/// A GPU where there is one.
torch::Device training_device();

class StageRunner {
 public:
  /// `tokenizer_source`: the folder whose vocabulary goes beside every stage's weights. Both are
  /// kept by reference.
  StageRunner(const RunFolder& folder, const std::filesystem::path& tokenizer_source)
      : folder_(folder), tokenizer_source_(tokenizer_source) {}

  /// The stage's trained network: from its folder where it is done, else `start()`, trained as
  /// train_stage does and saved. Throws Error.
  Network run(const StageRecipe& stage, const std::function<Network()>& start, Network* teacher,
              const RunContext& run);

  /// stage_summary of every stage so far.
  const nlohmann::json& stages() const { return stages_; }

 private:
  const RunFolder& folder_;
  const std::filesystem::path& tokenizer_source_;
  nlohmann::json stages_ = nlohmann::json::array();
};

}  // namespace bitcpp
