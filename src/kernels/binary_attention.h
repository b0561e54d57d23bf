// Attention probabilities where queries and keys are signs: the hot path of bit_attention.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bitcpp {

/// Queries that are scored before their probabilities are coded, so that one's long chain of
/// operations from the counts to the first index that reaches a cut runs beside those of others.
inline constexpr int kQueriesTogether = 8;

/// One head over one sequence. The table index of a score q . k in [-d, d] is d minus the number of
/// differing bits. For each query: counts of the table indices, Z as bit_attention.h defines it,
/// and the bits of the probability codes.
struct BinaryAttention {
  int queries = 0, keys = 0;
  int head_size = 0;                    // d, at most 254
  const std::uint8_t* query = nullptr;  // ceil(head_size / 8) bytes of each query
  std::ptrdiff_t query_stride = 0;      // bytes from one query to the next
  const std::uint8_t* key = nullptr;    // and of each key
  std::ptrdiff_t key_stride = 0;
  int padded_keys = 0;                // keys rounded up to 64
  std::uint8_t* key_bytes = nullptr;  // scratch, (ceil(head_size / 8), padded_keys)
  const double* table = nullptr;      // (head_size + 1), then zeros up to a multiple of 8
  int levels = 2;                     // of the probability
  const double* cuts = nullptr;       // (levels - 1)
  std::uint8_t* index = nullptr;      // scratch, (kQueriesTogether, padded_keys)
  std::uint64_t* codes = nullptr;     // (queries, planes of levels, padded_keys / 64), overwritten
};

/// What probabilities of two levels are multiplied with, and where the result goes: n = sum of the
/// signs of a channel's values over the keys whose probability is 1, its code n >= threshold.
struct BinaryContext {
  const std::uint64_t* value = nullptr;      // (head_size, padded_keys / 64): where a channel is +1
  const std::int32_t* thresholds = nullptr;  // (head_size)
  std::uint8_t* codes = nullptr;             // head_size / 8 bytes of each query
  std::ptrdiff_t stride = 0;                 // bytes from one query to the next
};

}  // namespace bitcpp
