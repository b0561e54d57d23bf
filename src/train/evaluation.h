// Predictions of a network over a file, and their metrics.
#pragma once

#include <nlohmann/json.hpp>

#include "train/network.h"
#include "train/task_data.h"

namespace bitcpp {

/// Logits of every text in order: (texts, outputs) on the CPU.
torch::Tensor predict_logits(Network& network, const std::vector<EncodedText>& texts);

/// {"n", "accuracy", "f1", "matthews"} or {"n", "pearson", "spearman"} for logits (texts, outputs)
/// against the labels.
nlohmann::ordered_json task_metrics(const torch::Tensor& logits, const TaskData& data,
                                    const Task& task);

/// The metric by which the best checkpoint is chosen, larger is better: accuracy, or Pearson's
/// correlation (-1 where undefined); of a network without a head, whose metrics are body_metrics,
/// the share of the teacher's hidden states that it explains.
double main_metric(const nlohmann::json& metrics);
const char* main_metric_name(const Task& task);

}  // namespace bitcpp
