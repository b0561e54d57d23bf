// One stage of a schedule: fine-tuning on labels, or distillation from a teacher.
#pragma once

#include <filesystem>

#include "train/network.h"
#include "train/recipe.h"
#include "train/run_log.h"
#include "train/task_data.h"

namespace bitcpp {

/// What every stage of a run shares.
struct RunContext {
  const Recipe& recipe;
  const Task& task;
  const TaskData& train;
  const TaskData& dev;
  std::filesystem::path folder;  // checkpoints go here
  RunLog& log;
  std::filesystem::path tokenizer = {};  // folder whose tokenizer files kept checkpoints get
};

struct StageResult {
  nlohmann::json dev;  // metrics of the best checkpoint, which is what `network` holds afterwards
  std::int64_t best_step = 0, steps = 0;  // steps taken, fewer than planned when stopped early
  double seconds = 0, texts_per_second = 0;
};

/// Trains `network` in place; with `teacher`, on its outputs (on its hidden states alone where the
/// network has no head, and by body_metrics), else on the labels. Starts from
/// FOLDER/STAGE.checkpoint.safetensors where there is one and leaves none behind. The best weights
/// by the dev metric are kept (the later of equals). A student's quantizer scales that are 0 are
/// first set from a batch. Throws Error when the loss stops being a number.
StageResult train_stage(const StageRecipe& stage, Network& network, Network* teacher,
                        const RunContext& run);

}  // namespace bitcpp
