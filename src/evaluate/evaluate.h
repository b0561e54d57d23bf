// A packed model on a labelled file: its metrics, and one example at a time for a stopwatch.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "data/dataset.h"
#include "model/sequence_runner.h"

namespace bitcpp {

struct Evaluation {
  nlohmann::ordered_json metrics;      // metrics/task_metrics.h
  std::vector<std::size_t> truncated;  // numbers of the examples whose text (or question) was cut
  std::size_t max_length = 0;          // tokens that a text may have
};

/// Runs the model over all examples and holds its answers against the labels. Throws Error when the
/// file does not fit the model's task, has no labels, or has one that the model does not know.
Evaluation evaluate(Encoder encoder, const Dataset& dataset, const PredictorOptions& options = {});

/// A function that runs example i, from its text to its answer. `dataset` must outlive it.
std::function<void(std::size_t)> example_runner(Encoder encoder, const Dataset& dataset,
                                                const PredictorOptions& options = {});

}  // namespace bitcpp
