// Packed equals trained, shown text by text.
#pragma once

#include <nlohmann/json.hpp>

#include "model/encoder.h"
#include "train/network.h"
#include "train/task_data.h"

namespace bitcpp {

/// Where a packed model and the trained network differ, at most a few.
struct Difference {
  std::size_t text = 0;  // from 0
  double logit_difference = 0;
  int layer =
      -1;  // first hidden state that differs: 0 is the embedding's output; -1: only the logits do
  std::int64_t token = 0, channel = 0;
  double packed = 0, trained = 0;
};

struct Verification {
  // equal_labels: share of texts (windows of a question) answered alike in every token.
  nlohmann::json summary;  // {"n", "equal_labels", "max_logit_difference", "equal_hidden_states",
                           // "packed", "trained"}
  std::vector<Difference>
      differences;      // texts whose logits are off by more than 1e-3, largest first, at most 5
  bool passed = false;  // all labels equal and all logits within 1e-3
};

/// Runs every text through the packed encoder and through a ReferenceNetwork. Throws Error when
/// configurations differ.
Verification verify(const Encoder& packed, const Network& trained, const TaskData& data,
                    const Task& task);

}  // namespace bitcpp
