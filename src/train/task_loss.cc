#include "train/task_loss.h"

#include <algorithm>

#include "base/error.h"
#include "train/libtorch.h"
#include "train/losses.h"
#include "train/to_device.h"

namespace bitcpp {
namespace {

using torch::Tensor;

/// Below every logit, yet small enough that 0 * it stays 0.
constexpr double kNoToken = -1e4;

Tensor indices(const std::vector<std::int64_t>& values, torch::Device device) {
  return to_device(torch::tensor(values, torch::kInt64), device);
}

/// Tokens that tell a word's tag, as rows of the batch, and their classes.
struct LabelledRows {
  std::vector<std::int64_t> rows, classes;
};

LabelledRows labelled_rows(const TaskData& data, std::span<const std::size_t> chosen,
                           const Batch& batch) {
  LabelledRows result;
  for (std::size_t b = 0; b < chosen.size(); ++b) {
    const TaggedWords& words = data.words[chosen[b]];
    for (std::size_t i = 0; i < words.tokens.size(); ++i) {
      if (words.tokens[i] < 0) continue;
      result.rows.push_back(batch.offsets[b] + words.tokens[i]);
      result.classes.push_back(words.classes[i]);
    }
  }
  return result;
}

/// Logits (N, 2) of start and end -> (2 B, longest sequence), all starts before all ends; places
/// behind a sequence's end are out of question.
Tensor span_rows(const Tensor& logits, const Batch& batch) {
  std::int64_t longest = 0;
  for (std::int64_t b = 0; b < batch.sequences(); ++b)
    longest = std::max(longest, batch.offsets[b + 1] - batch.offsets[b]);
  std::vector<std::int64_t> places;
  for (std::int64_t b = 0; b < batch.sequences(); ++b)
    for (std::int64_t t = batch.offsets[b]; t < batch.offsets[b + 1]; ++t)
      places.push_back(b * longest + t - batch.offsets[b]);
  const Tensor padded = torch::full({2, batch.sequences() * longest}, kNoToken, logits.options());
  return padded.index_copy(1, indices(places, logits.device()), logits.t())
      .view({2 * batch.sequences(), longest});
}

Tensor cross_entropy(const Tensor& logits, const std::vector<std::int64_t>& classes,
                     const Tensor& weights) {
  return torch::cross_entropy_loss(logits, indices(classes, logits.device()), weights);
}

}  // namespace

std::vector<float> resolve_class_weights(const ClassWeights& weights, const Task& task,
                                         const TaskData& data) {
  const std::vector<std::string>& names = task.labels.names();
  if (!weights.given()) return {};
  if (names.empty())
    throw Error(std::string("teacher: class_weights do not fit ") + task_name(task.kind) +
                ", which has no classes");
  std::vector<float> result(names.size(), 1);
  for (const auto& [name, weight] : weights.by_label) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      throw Error("teacher: class_weights name \"" + name + "\", which is no label of the task");
    result[static_cast<std::size_t>(found - names.begin())] = static_cast<float>(weight);
  }
  if (!weights.balanced) return result;
  std::vector<double> counts(names.size());
  double total = 0;
  const auto count = [&](std::int64_t label) {
    counts[static_cast<std::size_t>(label)] += 1, ++total;
  };
  for (std::int64_t label : data.classes) count(label);
  for (const TaggedWords& words : data.words)
    for (std::int32_t label : words.classes) count(label);
  for (std::size_t i = 0; i < names.size(); ++i)
    result[i] = counts[i] == 0
                    ? 1
                    : static_cast<float>(total / (counts[i] * static_cast<double>(names.size())));
  return result;
}

TaskLoss::TaskLoss(const Task& task, const TaskData& data, const ClassWeights& weights,
                   torch::Device device, LogitForm form)
    : task_(task), data_(data), form_(form) {
  const std::vector<float> values = resolve_class_weights(weights, task, data);
  if (!values.empty()) class_weights_ = torch::tensor(values).to(device);
}

Tensor TaskLoss::from_labels(const Tensor& logits, std::span<const std::size_t> chosen,
                             const Batch& batch) const {
  switch (task_.kind) {
    case TaskKind::kRegression: {
      std::vector<float> values;
      for (std::size_t i : chosen) values.push_back(data_.values[i]);
      return torch::mse_loss(logits.squeeze(1), to_device(torch::tensor(values), logits.device()));
    }
    case TaskKind::kTagging: {
      const LabelledRows labelled = labelled_rows(data_, chosen, batch);
      if (labelled.rows.empty()) return logits.sum() * 0;
      return cross_entropy(logits.index_select(0, indices(labelled.rows, logits.device())),
                           labelled.classes, class_weights_);
    }
    case TaskKind::kQuestionAnswering: {
      std::vector<std::int64_t> places;
      for (std::size_t i : chosen) places.push_back(data_.questions.answers[i].start);
      for (std::size_t i : chosen) places.push_back(data_.questions.answers[i].end);
      return cross_entropy(span_rows(logits, batch), places, {});
    }
    case TaskKind::kClassification:
      break;
  }
  std::vector<std::int64_t> classes;
  for (std::size_t i : chosen) classes.push_back(data_.classes[i]);
  return cross_entropy(logits, classes, class_weights_);
}

Tensor TaskLoss::from_teacher(const Tensor& student, const Tensor& teacher,
                              std::span<const std::size_t> chosen, const Batch& batch) const {
  if (task_.kind == TaskKind::kTagging) {
    const LabelledRows labelled = labelled_rows(data_, chosen, batch);
    if (labelled.rows.empty()) return student.sum() * 0;
    const Tensor rows = indices(labelled.rows, student.device());
    return difference(student.index_select(0, rows), teacher.index_select(0, rows));
  }
  if (task_.kind == TaskKind::kQuestionAnswering)
    return difference(span_rows(student, batch), span_rows(teacher, batch));
  return difference(student, teacher);
}

Tensor TaskLoss::difference(const Tensor& student, const Tensor& teacher) const {
  if (form_ == LogitForm::kPublished) return published_logit_loss(student, teacher);
  return task_.regression() ? logit_mse(student, teacher) : soft_cross_entropy(student, teacher);
}

}  // namespace bitcpp
