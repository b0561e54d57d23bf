// Metrics of tasks whose logits are per token.
#pragma once

#include <torch/types.h>

#include <nlohmann/json.hpp>

#include "train/task_data.h"

namespace bitcpp {

/// `logits` (tokens of all texts, labels): every word is tagged by its first token, a word without
/// one "O". metrics/task_metrics.h has the keys.
nlohmann::ordered_json tagging_task_metrics(const torch::Tensor& logits, const TaskData& data,
                                            const Task& task);

/// `logits` (tokens of all windows, 2): every question is answered by its best span.
nlohmann::ordered_json question_task_metrics(const torch::Tensor& logits, const TaskData& data);

}  // namespace bitcpp
