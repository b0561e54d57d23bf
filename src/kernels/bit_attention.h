// Attention on codes: scores, probabilities and context without a float tensor.
//
// Per head and query: n[t] = q . k[t] on integers; T = exp_table gives each score its exp; Z = sum
// over keys of T; probability code[t] = number of cuts j with T[n[t]] >= cuts[j] * Z; context n[c]
// = sum_t code[t] * v[t][c]; context code = number of thresholds that n[c] reaches.
//
// Z, in double: with count[i] keys at table index i, lane l of 8 adds count[i] * T[i] (product
// rounded) for i = l, l + 8, l + 16, ... in order, beginning with +0; then lane l += lane l + 4,
// then + 2, + 1.
//
// Signs against signs (the 1-bit model) run through Kernels::binary_probabilities and
// product_codes; other levels through product_integers, one plane of keys or values at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/aligned.h"
#include "kernels/codes.h"
#include "kernels/kernels.h"

namespace bitcpp {

/// Constants of one layer's attention, as the model file gives them.
struct AttentionParameters {
  int heads = 0, head_size = 0;
  int query_levels = 2, key_levels = 2, value_levels = 2, context_levels = 2;  // signed codes
  std::span<const double> exp_table;
  std::int32_t score_minimum = 0, score_step = 1;
  std::span<const double> probability_cuts;          // (levels - 1), ascending
  std::span<const std::int32_t> context_thresholds;  // (context_levels - 1, heads * head_size)
};

/// Scratch of one thread; grows only.
struct AttentionScratch {
  GrowingBuffer<std::uint64_t> query, key, value, transposed, matrix, probabilities, context,
      counts;
  GrowingBuffer<std::uint8_t> key_bytes, index;
  GrowingBuffer<std::int32_t> sums, integers, plane, firsts;
};

struct BinaryAttention;
struct CodePlace;

class BitAttention {
 public:
  BitAttention() = default;
  /// Throws Error when the table does not cover every score these levels can give, or holds a
  /// negative number.
  BitAttention(const Kernels& kernels, const AttentionParameters& parameters);

  /// One sequence: `query` (queries, heads * head_size), `key` and `value` (keys, heads *
  /// head_size). Writes context codes (queries, planes, words_for(heads * head_size)).
  void run(const CodeRows& query, const CodeRows& key, const CodeRows& value,
           std::uint64_t* context, AttentionScratch& scratch) const;

  int context_planes() const { return context_.planes(); }

 private:
  void check_table() const;
  bool binary_scores() const;
  void place_head(int head, int rows, const std::uint64_t* from, std::uint64_t* context) const;
  CodeRows head_of(const CodeRows& rows, int head, GrowingBuffer<std::uint64_t>& buffer) const;
  bool binary_throughout() const;
  void run_binary(const CodeRows& query, const CodeRows& key, std::uint64_t* context,
                  AttentionScratch& scratch) const;
  BinaryAttention binary_attention(const CodeRows& query, const CodeRows& key,
                                   AttentionScratch& scratch) const;
  CodeRows binary_probabilities(int head, const CodeRows& query, const CodeRows& key,
                                AttentionScratch& scratch) const;
  CodeRows integer_probabilities(int head, const CodeRows& query, const CodeRows& key,
                                 AttentionScratch& scratch) const;
  void score_integers(const CodeRows& query, const CodeRows& key, AttentionScratch& scratch) const;
  void transpose_values(const CodeRows& value, AttentionScratch& scratch) const;
  const std::uint64_t* value_matrix(int head, int plane, int words,
                                    AttentionScratch& scratch) const;
  void binary_context(int head, const CodeRows& probability, const CodePlace& place,
                      std::uint64_t* context, AttentionScratch& scratch) const;
  void integer_context(int head, const CodeRows& probability, AttentionScratch& scratch) const;

  const Kernels* kernels_ = nullptr;
  int heads_ = 0, head_size_ = 0;
  CodeScale query_, key_, value_, probability_, context_;
  AlignedVector<double> table_;  // zeros up to a multiple of 8
  int table_size_ = 0;
  std::int32_t score_minimum_ = 0, score_step_ = 1;
  std::vector<double> cuts_;
  std::vector<std::int32_t> context_values_;                     // as given
  std::vector<AlignedVector<std::int32_t>> context_thresholds_;  // per head, for product_codes
};

}  // namespace bitcpp
