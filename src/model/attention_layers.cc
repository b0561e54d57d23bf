#include "model/attention_layers.h"

#include "base/error.h"

namespace bitcpp {
namespace {

constexpr int kUnsignedOffset = 128;

EightBitAttention eight_bit_attention(const Kernels& kernels, const PackedAttention& a, int heads,
                                      int head_size) {
  if (a.score_scale.size() != 1 || a.probability_scale.size() != 1)
    throw Error("packed model: attention in 8 bits without its scales");
  return EightBitAttention(kernels, {.heads = heads,
                                     .head_size = head_size,
                                     .context_levels = a.context.levels,
                                     .score_scale = a.score_scale.front(),
                                     .probability_scale = a.probability_scale.front(),
                                     .context_thresholds = a.context.values});
}

BitAttention bit_attention(const Kernels& kernels, const PackedAttention& a, int heads,
                           int head_size) {
  return BitAttention(kernels, {.heads = heads,
                                .head_size = head_size,
                                .query_levels = a.query.output.levels,
                                .key_levels = a.key.output.levels,
                                .value_levels = a.value.output.levels,
                                .context_levels = a.context.levels,
                                .exp_table = a.exp_table,
                                .score_minimum = a.score_minimum,
                                .score_step = a.score_step,
                                .probability_cuts = a.probability_cuts,
                                .context_thresholds = a.context.values});
}

}  // namespace

Projection::Projection(const Kernels& kernels, const BinarizingLinear& linear, bool key) {
  if (linear.rounds())
    linear_ = RoundedLinear(kernels, linear, key ? kUnsignedOffset : 0);
  else
    linear_ = CodeLinear(kernels, linear);
}

std::size_t Projection::output_words(int rows) const {
  return std::visit([rows](const auto& linear) { return linear.output_words(rows); }, linear_);
}

CodeRows Projection::codes(const std::uint64_t* data, int rows) const {
  return std::visit([=](const auto& linear) { return linear.codes(data, rows); }, linear_);
}

void Projection::operator()(const Kernels& kernels, const float* x, int rows,
                            LinearScratch& scratch, std::uint64_t* to) const {
  std::visit([&](const auto& linear) { linear(kernels, x, rows, scratch, to); }, linear_);
}

SelfAttention::SelfAttention(const Kernels& kernels, const PackedAttention& packed,
                             const PackedConfig& config) {
  const auto heads = static_cast<int>(config.num_attention_heads);
  const int head_size = static_cast<int>(config.hidden_size) / heads;
  for (const BinarizingLinear* linear : {&packed.query, &packed.key, &packed.value}) {
    if (linear->rounds() != packed.rounded())
      throw Error("packed model: queries, keys and values of different kinds");
  }
  if (packed.rounded())
    attention_ = eight_bit_attention(kernels, packed, heads, head_size);
  else
    attention_ = bit_attention(kernels, packed, heads, head_size);
}

void SelfAttention::run(const CodeRows& query, const CodeRows& key, const CodeRows& value,
                        std::uint64_t* context, SelfAttentionScratch& scratch) const {
  if (const auto* bits = std::get_if<BitAttention>(&attention_))
    bits->run(query, key, value, context, scratch.bits);
  else
    std::get<EightBitAttention>(attention_).run(query, key, value, context, scratch.bytes);
}

int SelfAttention::context_planes() const {
  return std::visit([](const auto& attention) { return attention.context_planes(); }, attention_);
}

}  // namespace bitcpp
