#include "linear/ngram_model.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "linear/lbfgs.h"
#include "linear/linear_loss.h"

namespace bitcpp {
namespace {

std::string joined(std::string_view text, std::string_view pair, bool has_pair) {
  std::string result(text);
  if (has_pair) result.append(" [SEP] ").append(pair);
  return result;
}

std::vector<std::string> joined_texts(const Dataset& dataset) {
  if (dataset.examples.empty())
    throw Error(dataset.path.string() + ": expected at least one example to train on");
  std::vector<std::string> texts;
  texts.reserve(dataset.examples.size());
  for (const Example& example : dataset.examples)
    texts.push_back(joined(example.text, example.pair, dataset.has_pair));
  return texts;
}

/// L-BFGS keeps two vectors as long as the parameters per step: fewer steps when they are long.
std::size_t history_for(std::size_t parameters) {
  constexpr std::size_t kMaxFloats = std::size_t{1} << 27;  // 512 MiB
  return std::clamp<std::size_t>(kMaxFloats / (2 * std::max<std::size_t>(parameters, 1)), 3, 10);
}

}  // namespace

NgramLinearModel NgramLinearModel::train(const Dataset& dataset, const LabelMap& labels,
                                         const LinearOptions& options) {
  const std::size_t classes = labels.names().size();
  if (classes < 2) throw Error(dataset.path.string() + ": expected at least two different labels");
  std::vector<std::size_t> targets;
  for (const Example& example : dataset.examples)
    targets.push_back(static_cast<std::size_t>(labels.index(dataset, example)));
  NgramLinearModel model;
  model.binary_ = classes == 2;
  model.outputs_ = model.binary_ ? 1 : classes;
  const auto loss = [&](std::size_t row, std::span<double> outputs) {
    return model.binary_ ? binary_loss(static_cast<double>(targets[row]), outputs[0])
                         : softmax_loss(targets[row], outputs);
  };
  model.fit(dataset, loss, 1 / options.inverse_penalty, std::vector<double>(model.outputs_),
            options);
  return model;
}

NgramLinearModel NgramLinearModel::train_regression(const Dataset& dataset,
                                                    const LinearOptions& options) {
  std::vector<double> targets;
  double sum = 0;
  for (const Example& example : dataset.examples) {
    targets.push_back(numeric_label(dataset, example));
    sum += targets.back();
  }
  NgramLinearModel model;
  model.outputs_ = 1;
  const auto loss = [&](std::size_t row, std::span<double> outputs) {
    const double difference = outputs[0] - targets[row];
    outputs[0] = difference;
    return 0.5 * difference * difference;
  };
  model.fit(dataset, loss, options.ridge_penalty, {sum / static_cast<double>(targets.size())},
            options);
  return model;
}

void NgramLinearModel::fit(const Dataset& dataset, const RowLoss& loss, double penalty,
                           const std::vector<double>& first_intercepts,
                           const LinearOptions& options) {
  has_pair_ = dataset.has_pair;
  const SparseMatrix rows = vectorizer_.fit(joined_texts(dataset));
  const std::size_t weights = features() * outputs_;
  std::vector<double> parameters(weights);
  parameters.insert(parameters.end(), first_intercepts.begin(), first_intercepts.end());
  const double mean_penalty = penalty / static_cast<double>(rows.rows());
  minimize_lbfgs(mean_loss(rows, features(), outputs_, mean_penalty, loss), parameters,
                 {.history = history_for(parameters.size()),
                  .max_iterations = options.max_iterations,
                  .gradient_tolerance = options.gradient_tolerance});
  const auto intercepts = parameters.begin() + static_cast<std::ptrdiff_t>(weights);
  weights_.assign(parameters.begin(), intercepts);
  intercepts_.assign(intercepts, parameters.end());
}

std::vector<double> NgramLinearModel::scores(std::string_view text, std::string_view pair) const {
  std::vector<double> outputs = intercepts_;
  for (const SparseEntry& entry : vectorizer_.transform(joined(text, pair, has_pair_)))
    for (std::size_t k = 0; k < outputs_; ++k)
      outputs[k] += static_cast<double>(entry.value) *
                    static_cast<double>(weights_[entry.feature * outputs_ + k]);
  if (binary_) outputs = {-0.5 * outputs[0], 0.5 * outputs[0]};
  return outputs;
}

int NgramLinearModel::predict(std::string_view text, std::string_view pair) const {
  const std::vector<double> logits = scores(text, pair);
  return static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

}  // namespace bitcpp
