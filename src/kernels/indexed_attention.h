// Attention probabilities out of scores that are already indices into the exp table: the way of
// queries and keys of more than one bit.
#pragma once

#include <cstdint>

namespace bitcpp {

/// One head over one sequence. For each query: counts of the table indices, Z as bit_attention.h
/// defines it, and the bits of the probability codes.
struct IndexedAttention {
  int queries = 0, keys = 0;
  const std::int32_t* index = nullptr;  // (queries, keys), each below table_size
  const double* table = nullptr;        // ascending, then zeros up to a multiple of 8
  int table_size = 0;
  int levels = 2;                // of the probability
  const double* cuts = nullptr;  // (levels - 1)
  std::uint64_t* counts =
      nullptr;  // scratch, as many as the table with its zeros; zero, and left so
  std::int32_t* firsts = nullptr;  // scratch, (levels - 1)
  std::uint64_t* codes = nullptr;  // (queries, planes of levels, words_for(keys)), overwritten
};

}  // namespace bitcpp
