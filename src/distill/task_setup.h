// The task of a run: files read, labels in order, texts encoded.
#pragma once

#include "distill/distill.h"
#include "text/tokenizer.h"
#include "train/network_config.h"
#include "train/task_data.h"

namespace bitcpp {

struct TaskSetup {
  Dataset train_file, dev_file;
  NetworkConfig config;      // of the model folder
  bool has_teacher = false;  // the folder's head is for this very task
  Task task;
  Tokenizer tokenizer;
  TaskData train, dev;
  TaskData student_train;  // `train`, then the unlabelled texts
};

/// Throws Error naming the file and what was expected.
TaskSetup set_up_task(const DistillInputs& inputs, const Recipe& recipe);

/// `max_length` of a recipe. Throws Error when the model in folder `model` has fewer positions.
std::int64_t checked_length(const std::filesystem::path& model, const NetworkConfig& config,
                            std::int64_t max_length);

/// The task that a trained folder was made for.
Task task_of(const NetworkConfig& config);

}  // namespace bitcpp
