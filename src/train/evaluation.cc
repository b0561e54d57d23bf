#include "train/evaluation.h"

#include <algorithm>
#include <numeric>

#include "metrics/task_metrics.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

constexpr std::size_t kBatch = 64;

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
  const auto count = static_cast<int64_t>(texts.size());
  torch::Tensor logits = torch::empty({count, network.config().head_outputs()});
  for (std::size_t begin = 0; begin < order.size(); begin += kBatch) {
    const std::size_t end = std::min(order.size(), begin + kBatch);
    std::vector<const EncodedText*> chosen;
    for (std::size_t i = begin; i < end; ++i) chosen.push_back(&texts[order[i]]);
    Batch batch = make_batch(chosen, network.device());
    torch::Tensor part = network.forward(batch, {}).logits.cpu();
    for (std::size_t i = begin; i < end; ++i)
      logits[static_cast<int64_t>(order[i])].copy_(part[static_cast<int64_t>(i - begin)]);
  }
  return logits;
}

nlohmann::ordered_json task_metrics(const torch::Tensor& logits, const TaskData& data,
                                    const Task& task) {
  return task.regression() ? regression(logits, data) : classification(logits, data);
}

double main_metric(const nlohmann::json& metrics) {
  if (metrics.contains("explained")) return metrics["explained"];
  const auto& value = metrics.contains("accuracy") ? metrics["accuracy"] : metrics["pearson"];
  const double number = value.is_number() ? value.get<double>() : -1;
  return number == number ? number : -1;
}

const char* main_metric_name(const Task& task) {
  return task.regression() ? "pearson" : "accuracy";
}

}  // namespace bitcpp
