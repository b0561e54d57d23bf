// A task file made ready for training: token ids, and labels as numbers.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "text/tokenizer.h"
#include "train/batch.h"

namespace bitcpp {

/// What all files of one task share.
struct Task {
  TaskKind kind = TaskKind::kClassification;
  bool pair = false;
  LabelMap labels;              // classification
  std::int64_t max_length = 0;  // tokens, special ones included

  bool regression() const { return kind == TaskKind::kRegression; }
};

struct TaskData {
  std::vector<EncodedText> texts;
  std::vector<std::int64_t> classes;  // classification, as many as texts
  std::vector<float> values;          // regression
  std::size_t truncated = 0;          // texts longer than max_length
  std::size_t unlabeled = 0;          // texts without a label, which stand last

  std::int64_t size() const { return static_cast<std::int64_t>(texts.size()); }
};

/// Token ids of one text or pair, cut to the task's length; `truncated` tells whether they were.
EncodedText encode_example(const Example& example, const Task& task, const Tokenizer& tokenizer,
                           bool* truncated = nullptr);

/// Throws Error naming file and line for an unknown or missing label, and when only one of task and
/// file has pairs.
TaskData encode_task_data(const Dataset& dataset, const Task& task, const Tokenizer& tokenizer);

/// Adds the texts of `dataset`, without labels, but none that `data` or `held_out` has already (a
/// student must not be taught on what it is measured by). Returns how many were left out. Throws
/// Error when only one of task and file has pairs.
std::size_t add_unlabeled_texts(TaskData& data, const Dataset& dataset, const TaskData& held_out,
                                const Task& task, const Tokenizer& tokenizer);

}  // namespace bitcpp
