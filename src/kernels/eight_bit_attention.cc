#include "kernels/eight_bit_attention.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "kernels/integer_codes.h"

namespace bitcpp {
namespace {

/// A score is at most 2^14 times this, and fits 31 bits.
constexpr int kMaxHeadSize = 1 << 16;

std::size_t size(int rows, int columns) {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
}

int padded(int keys) { return (keys + 15) / 16 * 16; }

const std::uint8_t* bytes_of(const CodeRows& rows, int m, int channel) {
  return reinterpret_cast<const std::uint8_t*>(rows.row(m)) + channel;
}
int stride_of(const CodeRows& rows) { return rows.planes * rows.words * 8; }

/// The head's channels of every key as a ByteMatrix with a column for each key, and what turns q +
/// 128 times a key into q times that key: -128 times the key's sum.
void pack_keys(const CodeRows& key, int first, int head_size, std::uint8_t* to,
               std::int32_t* constants) {
  const int groups = ByteMatrix::groups(head_size), columns = padded(key.rows);
  for (int t = 0; t < columns; ++t) {
    std::uint8_t* column = to + size(t / 16 * groups, 64) + t % 16 * 4;
    std::int32_t sum = 0;
    for (int g = 0; g < groups; ++g, column += 64) {
      std::uint8_t four[4] = {};
      if (t < key.rows)
        std::memcpy(four, bytes_of(key, t, first + g * 4),
                    static_cast<std::size_t>(std::min(4, head_size - g * 4)));
      std::memcpy(column, four, sizeof four);
      for (std::uint8_t byte : four) sum += static_cast<std::int8_t>(byte);
    }
    constants[t] = -128 * sum;
  }
}

}  // namespace

EightBitAttention::EightBitAttention(const Kernels& kernels, const EightBitParameters& parameters)
    : kernels_(&kernels),
      heads_(parameters.heads),
      head_size_(parameters.head_size),
      score_scale_(parameters.score_scale),
      probability_scale_(parameters.probability_scale),
      context_(signed_codes(parameters.context_levels)),
      context_thresholds_(parameters.context_thresholds.begin(),
                          parameters.context_thresholds.end()) {
  if (heads_ < 1 || head_size_ < 1 || head_size_ > kMaxHeadSize)
    throw Error("attention heads of an impossible size");
  if (!(score_scale_ > 0) || !(probability_scale_ > 0))
    throw Error("the attention's scales are not positive");
  if (context_thresholds_.size() != size(context_.levels - 1, heads_ * head_size_))
    throw Error("the attention's context thresholds do not fit its width");
}

void EightBitAttention::run(const CodeRows& query, const CodeRows& key, const CodeRows& value,
                            std::uint64_t* context, EightBitScratch& scratch) const {
  const int channels = heads_ * head_size_, columns = padded(key.rows);
  std::int32_t* sums = scratch.context.grow(size(query.rows, channels));
  std::uint8_t* values = scratch.values.grow(ByteMatrix::bytes(head_size_, key.rows));
  for (int head = 0; head < heads_; ++head) {
    const int first = head * head_size_;
    probabilities(head, query, key, scratch);
    kernels_->zipped_rows(
        {bytes_of(value, 0, first), key.rows, head_size_, stride_of(value), values});
    kernels_->byte_product({scratch.probabilities.data(),
                            query.rows,
                            columns,
                            {values, head_size_, key.rows},
                            sums + first,
                            channels});
  }
  const std::size_t row_words = size(context_.planes(), words_for(channels));
  for (int q = 0; q < query.rows; ++q) {
    kernels_->integer_codes({channels, sums + size(q, channels), context_.levels,
                             context_thresholds_.data(), channels,
                             context + static_cast<std::size_t>(q) * row_words});
  }
}

/// scratch.probabilities (queries, keys rounded up to 16) of one head.
void EightBitAttention::probabilities(int head, const CodeRows& query, const CodeRows& key,
                                      EightBitScratch& scratch) const {
  const int first = head * head_size_, columns = padded(key.rows);
  std::uint8_t* keys = scratch.keys.grow(ByteMatrix::bytes(key.rows, head_size_));
  std::int32_t* constants = scratch.constants.grow(static_cast<std::size_t>(columns));
  pack_keys(key, first, head_size_, keys, constants);
  std::int32_t* scores = scratch.scores.grow(size(query.rows, columns));
  kernels_->byte_product({bytes_of(query, 0, first),
                          query.rows,
                          stride_of(query),
                          {keys, columns, head_size_},
                          scores,
                          columns});
  kernels_->byte_softmax({.rows = query.rows,
                          .keys = key.rows,
                          .padded_keys = columns,
                          .scores = scores,
                          .constants = constants,
                          .scale = score_scale_,
                          .alpha = probability_scale_,
                          .scratch = scratch.row.grow(static_cast<std::size_t>(columns)),
                          .codes = scratch.probabilities.grow(size(query.rows, columns))});
}

}  // namespace bitcpp
