// Scratch memory of one thread that runs an encoder. Grows to the largest batch seen, never
// shrinks.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/aligned.h"
#include "kernels/bit_attention.h"

namespace bitcpp {

struct Workspace {
  std::vector<int> starts;             // first row of each sequence, then the number of rows
  GrowingBuffer<float> x, y;           // (tokens, hidden_size): the residual stream, a layer's sum
  GrowingBuffer<std::uint64_t> input;  // codes of x
  GrowingBuffer<std::uint64_t> query, key, value, context, hidden;  // codes
  GrowingBuffer<float> pooled;                                      // (sequences, hidden_size)
  AttentionScratch attention;
};

}  // namespace bitcpp
