// What a packed model is made of: its parts with parameters and bytes, and what its layers have
// learned.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/packed_model.h"

namespace bitcpp {

/// Tensors that belong together: "embeddings.word", or "layers.attention.query" of all layers.
struct ModelPart {
  std::string name;
  /// Every sign and every stored number is one parameter. Row padding, the vocabulary, exp_table
  /// and scores (constants of the configuration) are none.
  std::int64_t parameters = 0;
  std::uint64_t bytes = 0;
};

struct LayerSummary {
  int input_levels = 2;  // of query; key, value and ffn.up have their own
  int query_levels = 2, key_levels = 2, value_levels = 2, probability_levels = 2,
      context_levels = 2;
  int hidden_levels = 2;          // between the two matrices of the feed-forward network
  double probability_alpha = 0;   // twice the first cut: the step of the attention probabilities
  double attention_scale = 0;     // mean |scale| of attention.output
  double feed_forward_scale = 0;  // mean |scale| of ffn.down
  std::int64_t constant =
      0;  // channels of query, key, value, context and ffn.up with only one code
  std::int64_t channels = 0;  // all of them
};

struct ModelCensus {
  std::vector<ModelPart> parts;  // in the order of the schema
  std::vector<LayerSummary> layers;
  std::int64_t parameters = 0;
};

/// Counts an opened model (its `file` is not null).
ModelCensus take_census(const PackedModel& model);

}  // namespace bitcpp
