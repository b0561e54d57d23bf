// The floor of tagging: every word gets the tag it had most often in the training file.
#pragma once

#include <nlohmann/json.hpp>

#include "data/dataset.h"

namespace bitcpp {

struct WordTagBaseline {
  nlohmann::json metrics;  // metrics/task_metrics.h
  double microseconds_per_text = 0;
};

/// Measures on `dev` what the words of `train` teach: the most frequent tag of the same word (as
/// written; of equals the first in the order of labels), and for words that `train` lacks the most
/// frequent tag of all. Throws Error naming file and line for a tag that `train` lacks.
WordTagBaseline word_tag_baseline(const Dataset& train, const Dataset& dev);

}  // namespace bitcpp
