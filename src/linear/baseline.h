// The n-gram floor of a task, measured: the first row of every table of results.
#pragma once

#include <cstddef>

#include "data/dataset.h"

namespace bitcpp {

/// Metrics on the dev file; NaN where they do not fit the task.
struct LinearBaseline {
  double accuracy, f1, matthews;  // classification; f1 of label 1 of two, macro of more
  double pearson, spearman;       // regression
  double microseconds_per_text;   // one thread, text to label
  double train_seconds;
  std::size_t features;
};

/// Trains an NgramLinearModel on `train` and measures it on `dev`. Throws Error naming file and
/// line for missing, unknown or (regression) non-numeric labels, and when one file has pairs and
/// the other has none.
LinearBaseline linear_baseline(const Dataset& train, const Dataset& dev, TaskKind task);

}  // namespace bitcpp
