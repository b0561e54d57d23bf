// What teacher and students answer on the development file, kept for the report.
#pragma once

#include <torch/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "train/task_data.h"

namespace bitcpp {

struct Judge {
  std::string name;
  torch::Tensor logits;  // (texts, outputs), on the CPU
};

/// {"labels", "actual": [...], "judges": [{"name", "predicted": [...]}], "differences",
///  "examples": [{"text", "pair", "actual", "teacher", "student", "teacher_score",
///  "student_score"}]}: labels as indices, or the values of a regression. The examples are texts
/// that the first judge and the last answer differently, at most 60, those first of which the last
/// is surest (regression: furthest apart).
nlohmann::json judgements(const Dataset& file, const TaskData& data, const Task& task,
                          const std::vector<Judge>& judges);

}  // namespace bitcpp
