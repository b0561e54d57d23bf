// Attention in 8 bits: integers -128 .. 127 for queries, keys and values, 0 .. 255 for
// probabilities.
//
// Per head and query: n[t] = q . k[t]; codes of the softmax of n as eight_bit.h defines them;
// n[c] = sum_t code[t] * v[t][c]; context code = number of thresholds that n[c] reaches.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/aligned.h"
#include "kernels/codes.h"
#include "kernels/eight_bit.h"
#include "kernels/kernels.h"

namespace bitcpp {

/// Constants of one layer's attention, as the model file gives them.
struct EightBitParameters {
  int heads = 0, head_size = 0;
  int context_levels = 2;                            // signed codes
  float score_scale = 1;                             // of an integer score, in the exponent
  float probability_scale = 1;                       // alpha of the probabilities
  std::span<const std::int32_t> context_thresholds;  // (context_levels - 1, heads * head_size)
};

/// Scratch of one thread; grows only.
struct EightBitScratch {
  GrowingBuffer<std::uint8_t> queries, keys, values, codes;
  GrowingBuffer<std::int32_t> scores, context;
  GrowingBuffer<float> exponentials;
};

/// 64-bit words of a row of `channels` bytes.
[[gnu::always_inline]] constexpr int byte_words_for(std::int64_t channels) {
  return static_cast<int>((channels + 7) / 8);
}

class EightBitAttention {
 public:
  EightBitAttention() = default;
  /// Throws Error when sizes do not fit or a scale is not positive.
  EightBitAttention(const Kernels& kernels, const EightBitParameters& parameters);

  /// One sequence of at most 65536 keys. Rows hold bytes instead of planes, channel k in byte k:
  /// `query` (queries, heads * head_size) and `value` (keys, heads * head_size) the integers, `key`
  /// (keys, heads * head_size) the integers + 128. Writes context codes (queries, planes,
  /// words_for(heads * head_size)).
  void run(const CodeRows& query, const CodeRows& key, const CodeRows& value,
           std::uint64_t* context, EightBitScratch& scratch) const;

  int context_planes() const { return context_.planes(); }

 private:
  const Kernels* kernels_ = nullptr;
  int heads_ = 0, head_size_ = 0;
  float score_scale_ = 1, probability_scale_ = 1;  // the first in an exponent of 2
  CodeScale context_;
  std::vector<std::int32_t> context_thresholds_;
};

}  // namespace bitcpp
