#include "linear/baseline.h"

#include <chrono>
#include <limits>
#include <vector>

#include "base/error.h"
#include "linear/ngram_model.h"
#include "metrics/metrics.h"

namespace bitcpp {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void measure_classification(const Dataset& train, const Dataset& dev, LinearBaseline& result) {
  const LabelMap labels = LabelMap::from(train);
  std::vector<int> actual, predicted;
  for (const Example& example : dev.examples) actual.push_back(labels.index(dev, example));
  Clock::time_point start = Clock::now();
  const NgramLinearModel model = NgramLinearModel::train(train, labels);
  result.train_seconds = seconds_since(start);
  start = Clock::now();
  for (const Example& example : dev.examples)
    predicted.push_back(model.predict(example.text, example.pair));
  result.microseconds_per_text = seconds_since(start) * 1e6 / static_cast<double>(actual.size());
  result.features = model.features();
  result.accuracy = accuracy(predicted, actual);
  result.f1 = labels.names().size() == 2 ? f1(predicted, actual) : macro_f1(predicted, actual);
  result.matthews = matthews(predicted, actual);
}

void measure_regression(const Dataset& train, const Dataset& dev, LinearBaseline& result) {
  std::vector<double> actual, predicted;
  for (const Example& example : dev.examples) actual.push_back(numeric_label(dev, example));
  Clock::time_point start = Clock::now();
  const NgramLinearModel model = NgramLinearModel::train_regression(train);
  result.train_seconds = seconds_since(start);
  start = Clock::now();
  for (const Example& example : dev.examples)
    predicted.push_back(model.scores(example.text, example.pair)[0]);
  result.microseconds_per_text = seconds_since(start) * 1e6 / static_cast<double>(actual.size());
  result.features = model.features();
  result.pearson = pearson(predicted, actual);
  result.spearman = spearman(predicted, actual);
}

}  // namespace

LinearBaseline linear_baseline(const Dataset& train, const Dataset& dev, TaskKind task) {
  for (const Dataset* data : {&train, &dev})
    if (!data->has_label) throw Error(data->path.string() + ": expected a label column");
  if (train.has_pair != dev.has_pair)
    throw Error(dev.path.string() + ": expected " + (train.has_pair ? "pairs" : "single texts") +
                " as in " + train.path.string());
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  LinearBaseline result{kNaN, kNaN, kNaN, kNaN, kNaN, 0, 0, 0};
  if (task == TaskKind::kRegression)
    measure_regression(train, dev, result);
  else
    measure_classification(train, dev, result);
  return result;
}

}  // namespace bitcpp
