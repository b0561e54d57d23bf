#include "kernels/eight_bit_attention.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "kernels/float_exp2.h"
#include "kernels/integer_codes.h"

namespace bitcpp {
namespace {

/// A score, at most 2^15 times this, is exact in float.
constexpr int kMaxHeadSize = 512;

std::size_t size(int rows, int columns) {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
}

int padded(int keys) { return (keys + 15) / 16 * 16; }

const std::uint8_t* bytes_of(const CodeRows& rows, int m, int channel) {
  return reinterpret_cast<const std::uint8_t*>(rows.row(m)) + channel;
}
int stride_of(const CodeRows& rows) { return rows.planes * rows.words * 8; }

/// The head's channels of every key as EightBitHead wants them.
void pack_keys(const CodeRows& key, int first, int head_size, std::uint8_t* to) {
  const int groups = ByteMatrix::groups(head_size), whole = head_size / 4 * 4;
  for (int t = 0; t < padded(key.rows); ++t) {
    const std::uint8_t* from = bytes_of(key, std::min(t, key.rows - 1), first);
    std::uint8_t* column = to + size(t / 16 * groups, 64) + t % 16 * 4;
    for (int c = 0; c < whole; c += 4, column += 64) std::memcpy(column, from + c, 4);
    if (whole == head_size) continue;
    std::uint8_t rest[4] = {};
    std::memcpy(rest, from + whole, static_cast<std::size_t>(head_size - whole));
    std::memcpy(column, rest, sizeof rest);
  }
}

/// The head's channels of every query, rows of `bytes` bytes.
void copy_queries(const CodeRows& query, int first, int head_size, int bytes, std::uint8_t* to) {
  for (int m = 0; m < query.rows; ++m)
    std::memcpy(to + size(m, bytes), bytes_of(query, m, first),
                static_cast<std::size_t>(head_size));
}

}  // namespace

EightBitAttention::EightBitAttention(const Kernels& kernels, const EightBitParameters& parameters)
    : kernels_(&kernels),
      heads_(parameters.heads),
      head_size_(parameters.head_size),
      score_scale_(parameters.score_scale * FloatExp2::kLog2E),
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
  std::uint8_t* keys = scratch.keys.grow(ByteMatrix::bytes(key.rows, head_size_));
  std::uint8_t* values = scratch.values.grow(ByteMatrix::bytes(head_size_, key.rows));
  std::uint8_t* queries = nullptr;
  EightBitHead head{.queries = query.rows,
                    .keys = key.rows,
                    .head_size = head_size_,
                    .query_stride = stride_of(query),
                    .key_matrix = keys,
                    .value_matrix = values,
                    .scale = score_scale_,
                    .alpha = probability_scale_,
                    .context_stride = channels,
                    .scores = scratch.scores.grow(size(kByteQueriesTogether, columns)),
                    .exponentials = scratch.exponentials.grow(size(kByteQueriesTogether, columns)),
                    .codes = scratch.codes.grow(size(kByteQueriesTogether, columns))};
  const bool spaced = head_size_ % 4 != 0;  // or the last head's groups may end behind the row
  if (spaced) {
    head.query_stride = ByteMatrix::groups(head_size_) * 4;
    head.query = queries = scratch.queries.grow(size(query.rows, head.query_stride));
  }
  for (int first = 0; first < channels; first += head_size_) {
    pack_keys(key, first, head_size_, keys);
    kernels_->zipped_rows(
        {bytes_of(value, 0, first), key.rows, head_size_, stride_of(value), values});
    if (spaced) {
      copy_queries(query, first, head_size_, head.query_stride, queries);
    } else {
      head.query = bytes_of(query, 0, first);
    }
    head.context = sums + first;
    kernels_->eight_bit_head(head);
  }
  const std::size_t row_words = size(context_.planes(), words_for(channels));
  for (int q = 0; q < query.rows; ++q) {
    kernels_->integer_codes({channels, sums + size(q, channels), context_.levels,
                             context_thresholds_.data(), channels,
                             context + static_cast<std::size_t>(q) * row_words});
  }
}

}  // namespace bitcpp
