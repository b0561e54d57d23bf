#include "train/fused_weight.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "kernels/float_codes.h"
#include "train/fused_kernels.h"
#include "train/parallel.h"

namespace bitcpp::fused {
namespace {

constexpr std::int64_t kRowBlock = 16;
// Tokens per kernel call: small enough that two threads share a batch of 400 tokens evenly, large
// enough that a weight block is reused from L1.
constexpr std::int64_t kTokenBlock = 48;

/// Sums of w and of |w|, in 8 partial sums each.
struct RowStatistics {
  double sum = 0, absolute = 0;
};

BITCPP_FOR_EACH_CPU
RowStatistics row_statistics(const float* row, std::int64_t cols) {
  double sums[8] = {}, absolutes[8] = {};
  std::int64_t c = 0;
  for (; c + 8 <= cols; c += 8)
    for (int l = 0; l < 8; ++l) {
      sums[l] += row[c + l];
      absolutes[l] += std::fabs(row[c + l]);
    }
  for (; c < cols; ++c) {
    sums[c % 8] += row[c];
    absolutes[c % 8] += std::fabs(row[c]);
  }
  RowStatistics result;
  for (int l = 0; l < 8; ++l) {
    result.sum += sums[l];
    result.absolute += absolutes[l];
  }
  return result;
}

/// sign(w - mean) of rows, one after the other.
class RowBinarizer {
 public:
  explicit RowBinarizer(std::int64_t cols) : threshold_(static_cast<std::size_t>(cols)) {}

  void run(const float* row, double mean, std::uint64_t* bits) {
    std::fill(threshold_.begin(), threshold_.end(), static_cast<float>(mean));
    kernels().float_codes(
        {1, static_cast<int>(threshold_.size()), row, 2, threshold_.data(), bits});
  }

 private:
  AlignedVector<float> threshold_;
};

/// What eight signs look like, for each byte of bits.
template <typename T>
struct SignTable {
  T of_byte[256][8];

  SignTable() {
    for (int byte = 0; byte < 256; ++byte)
      for (int i = 0; i < 8; ++i) store(byte >> i & 1 ? 1.0f : -1.0f, &of_byte[byte][i]);
  }
};

}  // namespace

std::vector<float> binarize_weight(const float* weight, std::int64_t rows, std::int64_t cols,
                                   bool per_row, std::uint64_t* bits) {
  const int words = words_for(cols);
  const auto row_count = static_cast<double>(cols);
  std::vector<float> scale(rows);
  std::vector<RowStatistics> statistics(rows);
  parallel_blocks(rows, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    RowBinarizer binarizer(cols);
    for (std::int64_t r = begin; r < end; ++r) {
      const float* row = weight + r * cols;
      statistics[r] = row_statistics(row, cols);
      if (!per_row) continue;
      scale[r] = static_cast<float>(statistics[r].absolute / row_count);
      binarizer.run(row, statistics[r].sum / row_count, bits + r * words);
    }
  });
  if (per_row) return scale;
  RowStatistics all;
  for (const RowStatistics& row : statistics) {
    all.sum += row.sum;
    all.absolute += row.absolute;
  }
  const double count = static_cast<double>(rows) * row_count;
  parallel_blocks(rows, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    RowBinarizer binarizer(cols);
    for (std::int64_t r = begin; r < end; ++r)
      binarizer.run(weight + r * cols, all.sum / count, bits + r * words);
  });
  std::fill(scale.begin(), scale.end(), static_cast<float>(all.absolute / count));
  return scale;
}

template <typename T>
void spread_signs(const std::uint64_t* bits, std::int64_t rows, std::int64_t cols, T* signs) {
  static_assert(std::endian::native == std::endian::little);
  static const SignTable<T> table;
  const std::int64_t whole = cols / 8, rest = cols % 8, stride = words_for(cols) * 8;
  parallel_blocks(rows, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(bits) + r * stride;
      T* to = signs + r * cols;
      for (std::int64_t b = 0; b < whole; ++b, to += 8)
        std::memcpy(to, table.of_byte[bytes[b]], sizeof table.of_byte[0]);
      std::copy_n(table.of_byte[rest > 0 ? bytes[whole] : 0], rest, to);
    }
  });
}

template void spread_signs(const std::uint64_t*, std::int64_t, std::int64_t, float*);
template void spread_signs(const std::uint64_t*, std::int64_t, std::int64_t, BFloat16Bits*);

PopcountLinear::PopcountLinear(const std::uint64_t* bits, std::int64_t outputs, std::int64_t inputs,
                               const std::vector<float>& scale)
    : outputs_(outputs), inputs_(inputs), scale_(scale), sign_sums_(outputs) {
  const int words = words_for(inputs), rows = static_cast<int>(outputs);
  parallel_blocks(outputs, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      int ones = 0;
      for (int w = 0; w < words; ++w) ones += std::popcount(bits[r * words + w]);
      sign_sums_[r] = 2 * ones - static_cast<std::int32_t>(inputs);
    }
  });
  packed_.resize(packed_words(kernels(), rows, words));
  kernels().pack_matrix(bits, rows, words, packed_.data());
}

void PopcountLinear::run(const float* x, std::int64_t rows, const CodeScale& codes,
                         const float* thresholds, float input_scale, const float* bias,
                         float* y) const {
  const int words = words_for(inputs_), outputs = static_cast<int>(outputs_);
  const std::int64_t stride = (outputs_ + 63) / 64 * 64, row_words = codes.planes() * words;
  const ParityTable corrections = make_corrections(codes, outputs, sign_sums_);
  AlignedVector<float> scale(stride), padded_bias(stride);
  for (std::int64_t o = 0; o < outputs_; ++o) {
    scale[o] = input_scale * scale_[o];
    padded_bias[o] = bias[o];
  }
  parallel_blocks(rows, kTokenBlock, [&](std::int64_t begin, std::int64_t end) {
    const int count = static_cast<int>(end - begin);
    AlignedVector<std::uint64_t> bits(count * row_words);
    kernels().float_codes({count, static_cast<int>(inputs_), x + begin * inputs_, codes.levels,
                           thresholds, bits.data()});
    const Product product{{bits.data(), count, codes.planes(), words}, packed_.data(), outputs};
    ScaledOutput output;
    output.shift = std::countr_zero(static_cast<unsigned>(2 * codes.step));
    output.corrections = corrections.data();
    output.scale = scale.data();
    output.bias = padded_bias.data();
    output.out = y + begin * outputs_;
    kernels().product_scaled(product, output);
  });
}

}  // namespace bitcpp::fused
