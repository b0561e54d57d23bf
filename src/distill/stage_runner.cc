#include "distill/stage_runner.h"

#include <cstdio>

#include "base/file.h"
#include "train/folder.h"
#include "train/libtorch.h"

namespace bitcpp {

using nlohmann::json;
namespace fs = std::filesystem;

json stage_summary(const std::string& name, const StageResult& result) {
  return {{"name", name},
          {"dev", result.dev},
          {"best_step", result.best_step},
          {"steps", result.steps},
          {"seconds", result.seconds},
          {"texts_per_second", result.texts_per_second}};
}

torch::Device training_device() {
  return torch::cuda::is_available() ? torch::Device(torch::kCUDA) : torch::Device(torch::kCPU);
}

Network StageRunner::run(const StageRecipe& stage, const std::function<Network()>& start,
                         Network* teacher, const RunContext& run) {
  const fs::path place = folder_.stage(stage.name);
  if (fs::exists(place)) {
    std::fprintf(stderr, "%s: done before\n", stage.name.c_str());
    folder_.drop_checkpoint(stage.name);  // in case the run was killed just before doing so
    stages_.push_back(json::parse(read_file(place / "stage.json")));
    return load_network(place, read_network_config(place), training_device(), run.recipe.seed);
  }
  Network network = start();
  const StageResult result = train_stage(stage, network, teacher, run);
  stages_.push_back(stage_summary(stage.name, result));
  save_network(place, network, tokenizer_source_, {{"stage.json", stages_.back().dump(1) + "\n"}});
  folder_.drop_checkpoint(stage.name);
  return network;
}

}  // namespace bitcpp
