// A task file made ready for training: token ids, and labels as numbers.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "decode/answer_span.h"
#include "text/tokenizer.h"
#include "train/batch.h"

namespace bitcpp {

/// What all files of one task share.
struct Task {
  TaskKind kind = TaskKind::kClassification;
  bool pair = false;
  LabelMap labels;              // classification, tagging
  std::int64_t max_length = 0;  // tokens, special ones included
  std::int64_t stride = 0;      // question answering: tokens that windows of a context share

  bool regression() const { return kind == TaskKind::kRegression; }
  bool per_token() const { return bitcpp::per_token(kind); }
};

/// Tagging: of each text's words the first token (-1 for a word without one) and the class.
struct TaggedWords {
  std::vector<std::int32_t> tokens, classes;
};

/// Question answering: texts are windows; question i has windows [first_window[i], first_window[i +
/// 1]).
struct Questions {
  std::vector<QuestionWindow> windows;  // as many as texts
  std::vector<TokenSpan> answers;       // of each window: the first accepted answer
  std::vector<std::size_t> first_window{0};
  std::vector<std::string> contexts;
  std::vector<std::vector<std::string>> accepted;
};

struct TaskData {
  std::vector<EncodedText> texts;
  std::vector<std::int64_t> classes;  // classification, as many as texts
  std::vector<float> values;          // regression
  std::vector<TaggedWords> words;     // tagging, as many as texts
  Questions questions;                // question answering
  std::size_t truncated = 0;          // texts longer than max_length; questions that were cut
  std::size_t unlabeled = 0;          // texts without a label, which stand last

  std::int64_t size() const { return static_cast<std::int64_t>(texts.size()); }
};

/// Token ids of one example: its text or pair, cut to the task's length, or every window of its
/// question; `truncated` tells whether text or question were cut.
std::vector<EncodedText> encode_example(const Example& example, const Task& task,
                                        const Tokenizer& tokenizer, bool* truncated = nullptr);

/// Throws Error naming file and line for an unknown or missing label, a file of another kind than
/// the task's, and when only one of task and file has pairs.
TaskData encode_task_data(const Dataset& dataset, const Task& task, const Tokenizer& tokenizer);

/// Adds the texts of `dataset`, without labels, but none that `data` or `held_out` has already (a
/// student must not be taught on what it is measured by). Returns how many were left out. Throws
/// Error when only one of task and file has pairs, and for tasks of tokens.
std::size_t add_unlabeled_texts(TaskData& data, const Dataset& dataset, const TaskData& held_out,
                                const Task& task, const Tokenizer& tokenizer);

}  // namespace bitcpp
