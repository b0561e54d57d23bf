#include "distill/start.h"

#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "train/folder.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

std::string stage_of(const StartFolder& start, const Recipe& recipe) {
  std::string known;
  if (start.stage.empty() && !recipe.stages.empty()) return recipe.stages.front().name;
  for (const StageRecipe& stage : recipe.stages) {
    if (stage.name == start.stage) return stage.name;
    known += (known.empty() ? "" : ", ") + stage.name;
  }
  throw Error("--start " + start.stage + "=" + start.folder.string() +
              ": no such stage, there are: " + (known.empty() ? "none" : known));
}

/// Pooler and head belong to a task.
bool of_task(const std::string& name) {
  return name.starts_with("bert.pooler.") || name.starts_with("classifier.") ||
         name.starts_with("qa_outputs.");
}

bool same_head(const NetworkConfig& a, const NetworkConfig& b) {
  return a.has_head() && a.task == b.task && a.labels == b.labels;
}

}  // namespace

std::map<std::string, StartWeights> read_starts(const std::vector<StartFolder>& starts,
                                                const Recipe& recipe) {
  std::map<std::string, StartWeights> result;
  for (const StartFolder& start : starts) {
    const std::string stage = stage_of(start, recipe);
    if (result.contains(stage))
      throw Error("--start " + start.folder.string() + ": stage " + stage +
                  " has a folder to start from already");
    result.emplace(stage, StartWeights{start.folder, read_network_config(start.folder),
                                       read_weights(start.folder)});
  }
  return result;
}

void start_from(const StartWeights& start, const std::string& stage, Network& student) {
  torch::NoGradGuard no_gradient;
  const bool whole = same_head(start.config, student.config());
  const bool scales = start.config.quantization == student.config().quantization;
  for (const Parameter& own : student.parameters().list()) {
    if (!whole && of_task(own.name)) continue;
    if (own.role == ParameterRole::kScale && !scales) continue;
    const Parameter* there = start.weights.find(own.name);
    const bool learned_place = own.name.ends_with(".shift") || own.name.ends_with(".scale");
    if (!there && learned_place) continue;  // a network of 32 bits has none
    if (!there || there->tensor.sizes() != own.tensor.sizes())
      throw Error(start.folder.string() + ": expected \"" + own.name + "\" with shape " +
                  c10::str(own.tensor.sizes()) + ", as the model has it");
    torch::Tensor target = own.tensor;
    target.copy_(there->tensor);
  }
  std::fprintf(stderr, "%s: starts from %s%s%s\n", stage.c_str(), start.folder.c_str(),
               whole ? ", head included" : "", scales ? ", scales included" : "");
}

}  // namespace bitcpp
