// Predictions of a network over a file, and their metrics.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "train/network.h"
#include "train/task_data.h"

namespace bitcpp {

/// Logits of every text in order: (texts, outputs) on the CPU, or (tokens of all texts, outputs)
/// where the network answers per token.
torch::Tensor predict_logits(Network& network, const std::vector<EncodedText>& texts);

/// Where each text's logits begin among the rows of predict_logits; their number at the end.
std::vector<std::int64_t> logit_rows(const std::vector<EncodedText>& texts, TaskKind task);

/// The task's metrics (metrics/task_metrics.h) for logits as predict_logits gives them, against the
/// labels.
nlohmann::ordered_json task_metrics(const torch::Tensor& logits, const TaskData& data,
                                    const Task& task);

/// The metric by which the best checkpoint is chosen, larger is better: Recipe::metric where it
/// names one. Empty: F1 of entities or answers, else accuracy, or Pearson's correlation (-1 where
/// undefined); of a network without a head, whose metrics are body_metrics, the share of the
/// teacher's hidden states that it explains. Throws Error where `chosen` is none of the metrics.
double main_metric(const nlohmann::json& metrics, const std::string& chosen);
std::string main_metric_name(const nlohmann::json& metrics, const std::string& chosen);

}  // namespace bitcpp
