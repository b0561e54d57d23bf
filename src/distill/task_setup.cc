#include "distill/task_setup.h"

#include <algorithm>
#include <cstdio>

#include "base/error.h"

namespace bitcpp {
namespace {

bool has_labels(TaskKind task) {
  return task == TaskKind::kClassification || task == TaskKind::kTagging;
}

/// Whether a folder's head is for this task and, where there are labels, answers exactly those of
/// the training file, in whatever order.
bool head_fits(const NetworkConfig& config, const Task& task) {
  if (!config.has_head() || config.task != task.kind) return false;
  std::vector<std::string> ours = task.labels.names(), theirs = config.labels;
  std::sort(ours.begin(), ours.end());
  std::sort(theirs.begin(), theirs.end());
  return ours == theirs;
}

void warn_of_truncation(const TaskData& data, const Dataset& file, std::int64_t max_length) {
  if (data.truncated > 0)
    std::fprintf(
        stderr, "%s: %zu of %zu texts are longer than max_length = %ld tokens and were cut\n",
        file.path.c_str(), data.truncated, data.texts.size(), static_cast<long>(max_length));
}

void add_unlabeled_files(TaskSetup& setup, const DistillInputs& inputs) {
  setup.student_train = setup.train;
  for (const std::filesystem::path& path : inputs.unlabeled) {
    const std::size_t before = setup.student_train.unlabeled;
    const std::size_t left_out =
        add_unlabeled_texts(setup.student_train, read_texts(path, inputs.columns), setup.dev,
                            setup.task, setup.tokenizer);
    std::fprintf(stderr, "%s: %zu unlabelled texts; %zu that were there already are left out\n",
                 path.c_str(), setup.student_train.unlabeled - before, left_out);
  }
}

}  // namespace

Task task_of(const NetworkConfig& config) {
  Task task;
  task.kind = config.task;
  task.pair = config.pair;
  task.labels = LabelMap(config.labels);
  task.max_length = config.max_length;
  task.stride = config.stride;
  return task;
}

std::int64_t checked_length(const std::filesystem::path& model, const NetworkConfig& config,
                            std::int64_t max_length) {
  if (max_length > config.max_position_embeddings)
    throw Error(model.string() + ": this model takes at most " +
                std::to_string(config.max_position_embeddings) +
                " tokens, the recipe's max_length is " + std::to_string(max_length));
  return max_length;
}

TaskSetup set_up_task(const DistillInputs& inputs, const Recipe& recipe) {
  TaskSetup setup{read_dataset(inputs.train, inputs.columns),
                  read_dataset(inputs.dev, inputs.columns),
                  read_network_config(inputs.model),
                  false,
                  {},
                  Tokenizer::from_folder(inputs.model),
                  {},
                  {},
                  {}};
  const auto words = static_cast<std::int64_t>(setup.tokenizer.vocabulary_size());
  if (words > setup.config.vocab_size)
    throw Error(inputs.model.string() + ": the vocabulary has " + std::to_string(words) +
                " tokens, config.json says " + std::to_string(setup.config.vocab_size));
  Task& task = setup.task;
  task.kind = inputs.task ? *inputs.task : guess_task(setup.train_file);
  require_task(setup.train_file, task.kind);
  task.pair = setup.train_file.has_pair;
  task.max_length = checked_length(inputs.model, setup.config, recipe.max_length);
  if (task.kind == TaskKind::kQuestionAnswering)
    task.stride = std::min(recipe.stride, task.max_length);
  if (has_labels(task.kind)) task.labels = LabelMap::from(setup.train_file);
  setup.has_teacher = head_fits(setup.config, task) && !setup.config.quantized();
  if (setup.has_teacher && has_labels(task.kind)) task.labels = LabelMap(setup.config.labels);
  setup.train = encode_task_data(setup.train_file, task, setup.tokenizer);
  setup.dev = encode_task_data(setup.dev_file, task, setup.tokenizer);
  warn_of_truncation(setup.train, setup.train_file, task.max_length);
  add_unlabeled_files(setup, inputs);
  return setup;
}

}  // namespace bitcpp
