// Models of any shape with random weights: to measure speed (bit bench random:SHAPE) and to test.
#pragma once

#include <memory>
#include <string>

#include "format/packed_model.h"

namespace bitcpp {

struct RandomModel {
  PackedModel model;
  std::shared_ptr<const void> storage;  // what the model's spans point to
};

/// Levels of each kind of place; all 2 is W1A1. A query of 256 levels makes attention one of 8
/// bits, whatever key, value and probability say.
struct RandomLevels {
  int input = 2, query = 2, key = 2, value = 2, probability = 2, context = 2, hidden = 2;
  int ngrams = 0;  // rows of an n-gram head, a power of two
};

/// A model of the task that `config` names (no regression), the same weights on every machine for
/// the same arguments.
RandomModel random_model(PackedConfig config, const RandomLevels& levels = {},
                         std::uint64_t seed = 1);

/// "bert-base", "minilm-l6", or "LxHxAxF" (layers, hidden, heads, intermediate). Throws Error
/// otherwise.
PackedConfig random_shape(const std::string& name);

}  // namespace bitcpp
