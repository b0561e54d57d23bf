// Scratch memory of one thread that runs an encoder. Grows to the largest batch seen, never
// shrinks.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/aligned.h"
#include "model/attention_layers.h"
#include "model/stage_times.h"

namespace bitcpp {

struct Workspace {
  std::vector<int> starts;  // first row of each sequence, then the number of rows
  GrowingBuffer<float> x;   // (tokens, hidden_size): the residual stream
  LinearScratch input;
  GrowingBuffer<std::uint64_t> query, context, hidden;  // codes
  // Codes of all rows, which threads that share a batch write together: those of one layer while
  // others may still read those of the layer before.
  GrowingBuffer<std::uint64_t> key[2], value[2];
  GrowingBuffer<float> pooled;             // (sequences, hidden_size)
  GrowingBuffer<std::int32_t> ngram_sums;  // (outputs)
  SelfAttentionScratch attention;
  StageTimes* times = nullptr;  // where to add up how long each stage takes, or null
};

}  // namespace bitcpp
