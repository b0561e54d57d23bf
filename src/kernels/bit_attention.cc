#include "kernels/bit_attention.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/error.h"
#include "kernels/binary_attention.h"
#include "kernels/bit_product.h"
#include "kernels/bit_slices.h"
#include "kernels/indexed_attention.h"
#include "kernels/integer_codes.h"

namespace bitcpp {
namespace {

/// More than any table; what keeps a score's arithmetic in 32 bits.
constexpr int kMaxHeadSize = 1 << 16;
/// A table index of the hot path is a byte, and one value more means "none".
constexpr int kMaxByteHeadSize = 254;

std::size_t size(int rows, int columns) {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
}

/// Channels 8 b to 8 b + 7 in byte b of a row of one plane.
const std::uint8_t* bytes_of(const CodeRows& rows) {
  static_assert(std::endian::native == std::endian::little);
  return reinterpret_cast<const std::uint8_t*>(rows.data);
}

/// R = sum_p 2^p pop(u_p) of one row.
std::int32_t row_sum(const CodeRows& codes, int row) {
  const std::uint64_t* u = codes.row(row);
  std::int32_t sum = 0;
  for (int p = 0; p < codes.planes; ++p) {
    for (int k = 0; k < codes.words; ++k) sum += std::popcount(*u++) << p;
  }
  return sum;
}

/// Least and greatest product of a query's and a key's integer.
std::pair<int, int> product_range(const CodeScale& a, const CodeScale& b) {
  const auto [least, greatest] =
      std::minmax({a.least() * b.least(), a.least() * b.greatest(), a.greatest() * b.least(),
                   a.greatest() * b.greatest()});
  return {least, greatest};
}

}  // namespace

BitAttention::BitAttention(const Kernels& kernels, const AttentionParameters& parameters)
    : kernels_(&kernels),
      heads_(parameters.heads),
      head_size_(parameters.head_size),
      query_(signed_codes(parameters.query_levels)),
      key_(signed_codes(parameters.key_levels)),
      value_(signed_codes(parameters.value_levels)),
      probability_(unsigned_codes(static_cast<int>(parameters.probability_cuts.size()) + 1)),
      context_(signed_codes(parameters.context_levels)),
      table_(parameters.exp_table.begin(), parameters.exp_table.end()),
      table_size_(static_cast<int>(table_.size())),
      score_minimum_(parameters.score_minimum),
      score_step_(parameters.score_step),
      cuts_(parameters.probability_cuts.begin(), parameters.probability_cuts.end()),
      context_values_(parameters.context_thresholds.begin(), parameters.context_thresholds.end()) {
  check_table();
  table_.resize((table_.size() + 7) / 8 * 8, 0.0);
  const int channels = heads_ * head_size_;
  for (int head = 0; head < heads_; ++head) {
    std::vector<std::int32_t> values;
    for (int j = 0; j < context_.levels - 1; ++j) {
      const auto first = context_values_.begin() + j * channels + head * head_size_;
      values.insert(values.end(), first, first + head_size_);
    }
    context_thresholds_.push_back(
        make_code_thresholds(probability_, context_.levels, head_size_, values, {}));
  }
}

void BitAttention::check_table() const {
  if (heads_ < 1 || head_size_ < 1 || head_size_ > kMaxHeadSize)
    throw Error("attention heads of an impossible size");
  const auto [least, greatest] = product_range(query_, key_);
  // Products of two signs all have the parity of the head size, others any.
  const int stride = query_.levels == 2 && key_.levels == 2 ? 2 : 1;
  const std::int64_t below = std::int64_t{head_size_} * least - score_minimum_;
  const std::int64_t above = std::int64_t{head_size_} * greatest - score_minimum_;
  if (score_step_ < 1 || stride % score_step_ != 0 || below < 0 || below % score_step_ != 0 ||
      above / score_step_ >= table_size_) {
    throw Error("the attention's exp table does not cover the scores from " +
                std::to_string(head_size_ * least) + " to " +
                std::to_string(head_size_ * greatest));
  }
  if (!std::is_sorted(table_.begin(), table_.end()) || !(table_.front() >= 0)) {
    throw Error("the attention's exp table is not ascending from 0");
  }
  if (context_values_.size() !=
      static_cast<std::size_t>(context_.levels - 1) * size(heads_, head_size_)) {
    throw Error("the attention's context thresholds do not fit its width");
  }
}

bool BitAttention::binary_scores() const {
  return query_.levels == 2 && key_.levels == 2 && score_minimum_ == -head_size_ &&
         score_step_ == 2 && table_size_ == head_size_ + 1 && head_size_ <= kMaxByteHeadSize;
}

void BitAttention::run(const CodeRows& query, const CodeRows& key, const CodeRows& value,
                       std::uint64_t* context, AttentionScratch& scratch) const {
  const int row_words = words_for(heads_ * head_size_), planes = context_.planes();
  const int head_words = words_for(head_size_);
  std::fill_n(context, size(query.rows, planes * row_words), 0);
  transpose_values(value, scratch);
  if (binary_throughout()) return run_binary(query, key, context, scratch);
  for (int head = 0; head < heads_; ++head) {
    const CodeRows probability = binary_scores() ? binary_probabilities(head, query, key, scratch)
                                                 : integer_probabilities(head, query, key, scratch);
    if (value_.levels == 2 && head_size_ % std::max(kernels_->column_block, 16) == 0) {
      binary_context(head, probability, {.row_words = row_words, .first = head * head_size_},
                     context, scratch);
      continue;
    }
    std::uint64_t* codes = scratch.context.grow(size(query.rows, planes * head_words));
    if (value_.levels == 2) {
      binary_context(head, probability, {}, codes, scratch);
    } else {
      integer_context(head, probability, scratch);
    }
    place_head(head, query.rows * planes, codes, context);
  }
}

/// Rows of a head's channels to where they belong in `context`.
void BitAttention::place_head(int head, int rows, const std::uint64_t* from,
                              std::uint64_t* context) const {
  const int row_words = words_for(heads_ * head_size_), head_words = words_for(head_size_);
  if (head_size_ % 8 == 0) {
    const auto bytes = static_cast<std::size_t>(head_size_ / 8);
    auto* to = reinterpret_cast<std::uint8_t*>(context) + static_cast<std::size_t>(head) * bytes;
    for (int i = 0; i < rows; ++i)
      std::memcpy(to + size(i, row_words * 8), from + size(i, head_words), bytes);
    return;
  }
  for (int i = 0; i < rows; ++i) {
    place_bits(from + size(i, head_words), head * head_size_, head_size_,
               context + size(i, row_words));
  }
}

/// The head's channels of every row, beginning at bit 0.
CodeRows BitAttention::head_of(const CodeRows& rows, int head,
                               GrowingBuffer<std::uint64_t>& buffer) const {
  const int words = words_for(head_size_), all = rows.rows * rows.planes;
  std::uint64_t* to = buffer.grow(size(all, words));
  for (int i = 0; i < all; ++i) {
    slice_bits(rows.data + size(i, rows.words), rows.words, head * head_size_, head_size_,
               to + size(i, words));
  }
  return {to, rows.rows, rows.planes, words};
}

CodeRows BitAttention::binary_probabilities(int head, const CodeRows& query, const CodeRows& key,
                                            AttentionScratch& scratch) const {
  // Heads of whole bytes are read where they are.
  const bool whole = head_size_ % 8 == 0;
  const CodeRows q = whole ? query : head_of(query, head, scratch.query);
  const CodeRows k = whole ? key : head_of(key, head, scratch.key);
  BinaryAttention arguments = binary_attention(q, k, scratch);
  if (whole) {
    arguments.query += head * head_size_ / 8;
    arguments.key += head * head_size_ / 8;
  }
  const int words = words_for(k.rows), planes = probability_.planes();
  arguments.codes = scratch.probabilities.grow(size(q.rows, planes * words));
  kernels_->binary_probabilities(arguments);
  return {arguments.codes, q.rows, planes, words};
}

/// Of the head that begins at bit 0 of the rows.
BinaryAttention BitAttention::binary_attention(const CodeRows& query, const CodeRows& key,
                                               AttentionScratch& scratch) const {
  const int padded = words_for(key.rows) * 64, bytes = (head_size_ + 7) / 8;
  return {.queries = query.rows,
          .keys = key.rows,
          .head_size = head_size_,
          .query = bytes_of(query),
          .query_stride = query.words * 8,
          .key = bytes_of(key),
          .key_stride = key.words * 8,
          .padded_keys = padded,
          .key_bytes = scratch.key_bytes.grow(size(bytes, padded)),
          .table = table_.data(),
          .levels = probability_.levels,
          .cuts = cuts_.data(),
          .index = scratch.index.grow(size(kQueriesTogether, padded))};
}

/// Whether everything is one bit, and a kernel takes it all.
bool BitAttention::binary_throughout() const {
  return kernels_->binary_head != nullptr && binary_scores() && value_.levels == 2 &&
         probability_.levels == 2 && context_.levels == 2 && head_size_ % 8 == 0 &&
         head_size_ <= 64;
}

void BitAttention::run_binary(const CodeRows& query, const CodeRows& key, std::uint64_t* context,
                              AttentionScratch& scratch) const {
  const int bytes = head_size_ / 8;
  BinaryAttention head = binary_attention(query, key, scratch);
  BinaryContext to = {.value = scratch.value.data(),
                      .thresholds = context_values_.data(),
                      .codes = reinterpret_cast<std::uint8_t*>(context),
                      .stride = words_for(heads_ * head_size_) * 8};
  for (int h = 0; h < heads_; ++h) {
    kernels_->binary_head(head, to);
    head.query += bytes;
    head.key += bytes;
    to.value += size(head_size_, words_for(key.rows));
    to.thresholds += head_size_;
    to.codes += bytes;
  }
}

CodeRows BitAttention::integer_probabilities(int head, const CodeRows& query, const CodeRows& key,
                                             AttentionScratch& scratch) const {
  score_integers(head_of(query, head, scratch.query), head_of(key, head, scratch.key), scratch);
  const int words = words_for(key.rows), planes = probability_.planes();
  std::uint64_t* codes = scratch.probabilities.grow(size(query.rows, planes * words));
  kernels_->indexed_probabilities({.queries = query.rows,
                                   .keys = key.rows,
                                   .index = scratch.integers.data(),
                                   .table = table_.data(),
                                   .table_size = table_size_,
                                   .levels = probability_.levels,
                                   .cuts = cuts_.data(),
                                   .counts = scratch.counts.grow(table_.size()),
                                   .firsts = scratch.firsts.grow(cuts_.size()),
                                   .codes = codes});
  return {codes, query.rows, planes, words};
}

/// scratch.integers (queries, keys) = table indices of q . k. With A_r = sum_p 2^p pop(q_p AND
/// k_r): q . k = s_q s_k sum_r 2^r A_r + s_q o_k R_q + s_k o_q R_k + o_q o_k d.
void BitAttention::score_integers(const CodeRows& query, const CodeRows& key,
                                  AttentionScratch& scratch) const {
  const std::size_t all = size(query.rows, key.rows);
  std::int32_t* scores = scratch.integers.grow(all);
  std::int32_t* plane = scratch.plane.grow(all);
  std::fill_n(scores, all, 0);
  std::uint64_t* bits = scratch.transposed.grow(size(key.rows, key.words));
  std::uint64_t* matrix = scratch.matrix.grow(packed_words(*kernels_, key.rows, key.words));
  for (int r = 0; r < key.planes; ++r) {
    for (int t = 0; t < key.rows; ++t) {
      std::copy_n(key.row(t) + size(r, key.words), key.words, bits + size(t, key.words));
    }
    kernels_->pack_matrix(bits, key.rows, key.words, matrix);
    kernels_->product_integers({query, matrix, key.rows}, plane);
    for (std::size_t i = 0; i < all; ++i) scores[i] += plane[i] << r;
  }
  std::int32_t* key_sums = scratch.sums.grow(static_cast<std::size_t>(key.rows));
  for (int t = 0; t < key.rows; ++t) key_sums[t] = key_.step * query_.offset * row_sum(key, t);
  const std::int32_t ones = (1 << key.planes) - 1;
  // Shifts, as SSE2 has no product of 32-bit integers. A step is 1 or 2.
  const int shift = score_step_ - 1, steps = query_.step * key_.step / 2;
  for (int q = 0; q < query.rows; ++q) {
    const std::int32_t sum = row_sum(query, q);
    const std::int32_t constant =
        query_.step * key_.offset * sum + query_.offset * key_.offset * head_size_ - score_minimum_;
    std::int32_t* row = scores + size(q, key.rows);
    for (int t = 0; t < key.rows; ++t) {
      // product_integers gave 2 A_r - R_q for each plane r.
      const std::int32_t a = (row[t] + ones * sum) >> 1;
      row[t] = ((a << steps) + key_sums[t] + constant) >> shift;
    }
  }
}

/// scratch.value = (planes, heads * head_size, keys): the keys at which each channel's bit is 1.
void BitAttention::transpose_values(const CodeRows& value, AttentionScratch& scratch) const {
  const int channels = heads_ * head_size_, row_words = value.planes * value.words;
  const std::size_t plane_words = size(channels, words_for(value.rows));
  std::uint64_t* to = scratch.value.grow(plane_words * static_cast<std::size_t>(value.planes));
  for (int r = 0; r < value.planes; ++r, to += plane_words) {
    transpose_bits(*kernels_, value.data + size(r, value.words), value.rows, channels, row_words,
                   to);
  }
}

/// The packed matrix (head_size, keys) of one head and plane of the values.
const std::uint64_t* BitAttention::value_matrix(int head, int plane, int words,
                                                AttentionScratch& scratch) const {
  const std::uint64_t* rows =
      scratch.value.data() + size(plane * heads_ + head, head_size_ * words);
  std::uint64_t* matrix = scratch.matrix.grow(packed_words(*kernels_, head_size_, words));
  kernels_->pack_matrix(rows, head_size_, words, matrix);
  return matrix;
}

void BitAttention::binary_context(int head, const CodeRows& probability, const CodePlace& place,
                                  std::uint64_t* context, AttentionScratch& scratch) const {
  const std::uint64_t* matrix = value_matrix(head, 0, probability.words, scratch);
  kernels_->product_codes(
      {probability, matrix, head_size_},
      {context_.levels, context_thresholds_[static_cast<std::size_t>(head)].data(), context,
       place});
}

/// n = s_v sum_r 2^r A_r + o_v R with A_r = sum_p 2^p pop(u_p AND v_r).
void BitAttention::integer_context(int head, const CodeRows& probability,
                                   AttentionScratch& scratch) const {
  const std::size_t all = size(probability.rows, head_size_);
  std::int32_t* sums = scratch.integers.grow(all);
  std::int32_t* plane = scratch.plane.grow(all);
  std::fill_n(sums, all, 0);
  for (int r = 0; r < value_.planes(); ++r) {
    const std::uint64_t* matrix = value_matrix(head, r, probability.words, scratch);
    kernels_->product_integers({probability, matrix, head_size_}, plane);
    for (std::size_t i = 0; i < all; ++i) sums[i] += plane[i] << r;
  }
  const int row_words = context_.planes() * words_for(head_size_);
  const std::int32_t ones = (1 << value_.planes()) - 1;
  for (int q = 0; q < probability.rows; ++q) {
    const std::int32_t sum = row_sum(probability, q);
    std::int32_t* n = sums + size(q, head_size_);
    const int shift = value_.step - 1;
    for (int c = 0; c < head_size_; ++c)
      n[c] = ((n[c] + ones * sum) >> 1 << shift) + value_.offset * sum;
    kernels_->integer_codes({head_size_, n, context_.levels,
                             context_values_.data() + head * head_size_, heads_ * head_size_,
                             scratch.context.data() + size(q, row_words)});
  }
}

}  // namespace bitcpp
