#include "distill/ngrams.h"

#include <algorithm>
#include <cmath>

#include "format/token_ngrams.h"
#include "linear/linear_loss.h"
#include "train/evaluation.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

using torch::Tensor;

// At most a seventh of a packed MiniLM. 2^17 rows have one for every word of BERT, and as many for
// pairs: half as many did as well on SST-2.
constexpr std::int64_t kTableBytes = 1 << 19, kFewestBuckets = 1 << 10, kMostBuckets = 1 << 17;
// scikit-learn's C. 5 to 20 are within a point of each other on SST-2, TREC and Banking77.
constexpr double kInversePenalty = 10;
// Far from the minimum's last digits, which rounding to bytes throws away.
constexpr LbfgsOptions kFit = {.max_iterations = 200, .gradient_tolerance = 1e-5};
constexpr double kWeights[] = {0.25, 0.5, 0.75, 1, 1.5, 2};

SparseMatrix ngram_rows(const std::vector<EncodedText>& texts, std::int64_t buckets) {
  SparseMatrix matrix;
  for (const EncodedText& text : texts) {
    const auto value =
        static_cast<float>(1 / std::sqrt(static_cast<double>(token_ngram_count(text.ids.size()))));
    visit_token_ngrams(text.ids, static_cast<std::uint32_t>(buckets), [&](std::uint32_t place) {
      matrix.entries.push_back({place, value});
    });
    matrix.begin.push_back(matrix.entries.size());
  }
  return matrix;
}

/// (tokens of all texts) and where each begins.
std::pair<Tensor, std::vector<std::int64_t>> joined(const std::vector<EncodedText>& texts) {
  std::vector<std::int64_t> ids, offsets{0};
  for (const EncodedText& text : texts) {
    ids.insert(ids.end(), text.ids.begin(), text.ids.end());
    offsets.push_back(static_cast<std::int64_t>(ids.size()));
  }
  return {torch::tensor(ids, torch::kInt64), offsets};
}

}  // namespace

std::int64_t ngram_buckets(std::int64_t outputs) {
  std::int64_t buckets = kMostBuckets;
  while (buckets > kFewestBuckets && buckets * outputs > kTableBytes) buckets /= 2;
  return buckets;
}

NgramHead fit_ngram_head(const std::vector<EncodedText>& texts,
                         const std::vector<std::int64_t>& classes, std::int64_t outputs) {
  const std::int64_t buckets = ngram_buckets(outputs);
  const SparseMatrix rows = ngram_rows(texts, buckets);
  const RowLoss loss = [&](std::size_t row, std::span<double> logits) {
    return softmax_loss(static_cast<std::size_t>(classes[row]), logits);
  };
  const double penalty = 1 / (kInversePenalty * static_cast<double>(texts.size()));
  std::vector<double> x(static_cast<std::size_t>((buckets + 1) * outputs));
  minimize_lbfgs(mean_loss(rows, static_cast<std::size_t>(buckets),
                           static_cast<std::size_t>(outputs), penalty, loss),
                 x, kFit);
  const Tensor all = torch::tensor(x, torch::kDouble).view({buckets + 1, outputs});
  const Tensor weight = all.narrow(0, 0, buckets);
  const Tensor step = (std::get<0>(weight.abs().max(0)) / 127).clamp_min(1e-30);
  return {(weight / step).round().to(torch::kFloat).contiguous(), step.to(torch::kFloat),
          all[buckets].to(torch::kFloat).clone()};
}

NgramHead weighted(const NgramHead& head, double weight) {
  return {head.weight, head.scale * weight, head.bias * weight};
}

std::optional<NgramChoice> choose_ngram_weight(const NgramHead& head, const Tensor& logits,
                                               const TaskData& dev, const Task& task,
                                               const std::string& metric) {
  const auto [ids, offsets] = joined(dev.texts);
  double best = main_metric(task_metrics(logits, dev, task), metric);
  std::optional<NgramChoice> choice;
  for (double weight : kWeights) {
    const NgramHead candidate = weighted(head, weight);
    const Tensor with = logits + ngram_scores(candidate, ids, offsets);
    nlohmann::ordered_json metrics = task_metrics(with, dev, task);
    const double value = main_metric(metrics, metric);
    if (value <= best) continue;
    best = value;
    choice = {candidate, weight, std::move(metrics)};
  }
  return choice;
}

}  // namespace bitcpp
