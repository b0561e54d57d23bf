#include "train/evaluation.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "metrics/task_metrics.h"
#include "train/libtorch.h"
#include "train/token_metrics.h"

namespace bitcpp {
namespace {

nlohmann::ordered_json classification(const torch::Tensor& logits, const TaskData& data) {
  torch::Tensor best = logits.argmax(1);
  std::vector<int> predicted, actual(data.classes.begin(), data.classes.end());
  for (int64_t i = 0; i < best.size(0); ++i) predicted.push_back(best[i].item<int>());
  return classification_metrics(predicted, actual, static_cast<std::size_t>(logits.size(1)));
}

nlohmann::ordered_json regression(const torch::Tensor& logits, const TaskData& data) {
  std::vector<double> predicted, actual(data.values.begin(), data.values.end());
  for (int64_t i = 0; i < logits.size(0); ++i) predicted.push_back(logits[i][0].item<float>());
  return regression_metrics(predicted, actual);
}

}  // namespace

torch::Tensor predict_logits(Network& network, const std::vector<EncodedText>& given) {
  const bool padded = network.config().quantization.variant.padding == Padding::kMaxLength;
  const std::vector<EncodedText>& texts =
      padded ? padded_texts(given, network.config().max_length) : given;
  // Texts of like length together: where sequences are padded, little padding then comes in.
  std::vector<std::size_t> order(texts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return texts[a].ids.size() < texts[b].ids.size();
  });
  const TaskKind task = network.config().task;
  const std::vector<int64_t> rows = logit_rows(given, task);
  torch::Tensor logits = torch::empty({rows.back(), network.config().head_outputs()});
  for (std::size_t begin = 0; begin < order.size(); begin += kForwardBatch) {
    const std::size_t end = std::min(order.size(), begin + kForwardBatch);
    std::vector<const EncodedText*> chosen;
    for (std::size_t i = begin; i < end; ++i) chosen.push_back(&texts[order[i]]);
    Batch batch = make_batch(chosen, network.device());
    torch::Tensor part = network.forward(batch, {}).logits.cpu();
    int64_t from = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const int64_t first = rows[order[i]], count = rows[order[i] + 1] - first;
      logits.narrow(0, first, count).copy_(part.narrow(0, from, count));
      from += per_token(task) ? static_cast<int64_t>(texts[order[i]].ids.size()) : 1;
    }
  }
  return logits;
}

nlohmann::ordered_json task_metrics(const torch::Tensor& logits, const TaskData& data,
                                    const Task& task) {
  switch (task.kind) {
    case TaskKind::kRegression:
      return regression(logits, data);
    case TaskKind::kTagging:
      return tagging_task_metrics(logits, data, task);
    case TaskKind::kQuestionAnswering:
      return question_task_metrics(logits, data);
    case TaskKind::kClassification:
      break;
  }
  return classification(logits, data);
}

std::vector<int64_t> logit_rows(const std::vector<EncodedText>& texts, TaskKind task) {
  std::vector<int64_t> rows{0};
  for (const EncodedText& text : texts)
    rows.push_back(rows.back() + (per_token(task) ? static_cast<int64_t>(text.ids.size()) : 1));
  return rows;
}

double main_metric(const nlohmann::json& metrics, const std::string& chosen) {
  const auto& value = metrics.at(main_metric_name(metrics, chosen));
  const double number = value.is_number() ? value.get<double>() : -1;
  return number == number ? number : -1;
}

std::string main_metric_name(const nlohmann::json& metrics, const std::string& chosen) {
  if (!chosen.empty() && !metrics.contains(chosen))
    throw Error("metric = \"" + chosen + "\" is none of this task's; see bit eval --help");
  if (!chosen.empty()) return chosen;
  if (metrics.contains("exact_match") || metrics.contains("recall")) return "f1";
  for (const char* name : {"explained", "accuracy"})
    if (metrics.contains(name)) return name;
  return "pearson";
}

}  // namespace bitcpp
