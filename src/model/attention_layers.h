// What attention is made of, in bits by thresholds or rounded to 8 bits, as the model file has it.
// In both kinds queries, keys and values are rows of words that only the attention itself looks
// into.
#pragma once

#include <variant>

#include "format/packed_model.h"
#include "kernels/bit_attention.h"
#include "kernels/eight_bit_attention.h"
#include "model/linear_layers.h"

namespace bitcpp {

/// The linear layer of queries, keys or values.
class Projection {
 public:
  Projection() = default;
  /// `key`: whether it makes keys, which attention in 8 bits wants unsigned.
  Projection(const Kernels& kernels, const BinarizingLinear& linear, bool key);

  // As CodeLinear's.
  std::size_t output_words(int rows) const;
  CodeRows codes(const std::uint64_t* data, int rows) const;
  void operator()(const Kernels& kernels, const float* x, int rows, LinearScratch& scratch,
                  std::uint64_t* to) const;

 private:
  std::variant<CodeLinear, RoundedLinear> linear_;
};

struct SelfAttentionScratch {
  AttentionScratch bits;
  EightBitScratch bytes;
};

class SelfAttention {
 public:
  SelfAttention() = default;
  /// Throws Error when tensors do not fit the configuration.
  SelfAttention(const Kernels& kernels, const PackedAttention& packed, const PackedConfig& config);

  /// As BitAttention::run, of what the Projections of the same layer wrote.
  void run(const CodeRows& query, const CodeRows& key, const CodeRows& value,
           std::uint64_t* context, SelfAttentionScratch& scratch) const;
  int context_planes() const;

 private:
  std::variant<BitAttention, EightBitAttention> attention_;
};

}  // namespace bitcpp
