// What a batch's logits are held against: the labels, or the teacher's logits.
#pragma once

#include <torch/types.h>

#include <span>

#include "train/recipe.h"
#include "train/task_data.h"

namespace bitcpp {

/// The loss of one stage on the texts of `data`. Logits are (B, outputs), or (N, outputs) where the
/// task is one of tokens: then tagging looks at the first token of every word alone, and question
/// answering at the distributions of start and end over all tokens of a window.
class TaskLoss {
 public:
  /// `task` and `data` must outlive this. Throws Error for class weights of a task without classes,
  /// or for labels that it does not have.
  TaskLoss(const Task& task, const TaskData& data, const ClassWeights& weights,
           torch::Device device, LogitForm form = LogitForm::kPaper);

  /// Cross-entropy with the labels (weighted, if the stage says so), or the squared difference for
  /// a regression; the mean over texts or words, of start and end for questions. `chosen`: the
  /// batch's texts.
  torch::Tensor from_labels(const torch::Tensor& logits, std::span<const std::size_t> chosen,
                            const Batch& batch) const;
  /// Soft cross-entropy with the teacher's logits, or the squared difference for a regression; or
  /// what the published code takes for both.
  torch::Tensor from_teacher(const torch::Tensor& student, const torch::Tensor& teacher,
                             std::span<const std::size_t> chosen, const Batch& batch) const;

 private:
  torch::Tensor difference(const torch::Tensor& student, const torch::Tensor& teacher) const;

  const Task& task_;
  const TaskData& data_;
  LogitForm form_;
  torch::Tensor class_weights_;  // (classes), or undefined
};

/// Weights of `names` by the recipe: "balanced" is texts (or words) / (classes * those of the
/// class), as in scikit-learn.
std::vector<float> resolve_class_weights(const ClassWeights& weights, const Task& task,
                                         const TaskData& data);

}  // namespace bitcpp
