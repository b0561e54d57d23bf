#include "train/fused_weight.h"

#include <bit>

#include "kernels/float_codes.h"
#include "train/fused_kernels.h"
#include "train/parallel.h"

namespace bitcpp::fused {
namespace {

constexpr std::int64_t kRowBlock = 16;
// Tokens per kernel call: small enough that two threads share a batch of 400 tokens evenly, large
// enough that a weight block is reused from L1.
constexpr std::int64_t kTokenBlock = 48;

/// Plain bits of sign(w - mean), rows of whole words, and each row's sum of signs.
AlignedVector<std::uint64_t> sign_bits(const float* weight, std::int64_t rows, std::int64_t cols,
                                       const std::vector<float>& mean,
                                       std::vector<std::int32_t>& sums) {
  const int words = words_for(cols);
  AlignedVector<std::uint64_t> bits(rows * words);
  parallel_blocks(rows, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    AlignedVector<float> threshold(cols);
    for (std::int64_t r = begin; r < end; ++r) {
      std::fill(threshold.begin(), threshold.end(), mean[r]);
      FloatCodes row{1, static_cast<int>(cols), weight + r * cols,
                     2, threshold.data(),       &bits[r * words]};
      kernels().float_codes(row);
      int ones = 0;
      for (int w = 0; w < words; ++w) ones += std::popcount(bits[r * words + w]);
      sums[r] = 2 * ones - static_cast<std::int32_t>(cols);
    }
  });
  return bits;
}

}  // namespace

WeightScales weight_scales(const float* weight, std::int64_t rows, std::int64_t cols,
                           bool per_row) {
  std::vector<double> mean(rows), absolute(rows);
  weight_statistics(weight, rows, cols, per_row, mean.data(), absolute.data());
  WeightScales scales{std::vector<float>(rows), std::vector<float>(rows)};
  for (std::int64_t r = 0; r < rows; ++r) {
    scales.mean[r] = static_cast<float>(mean[per_row ? r : 0]);
    scales.scale[r] = static_cast<float>(absolute[per_row ? r : 0]);
  }
  return scales;
}

PopcountLinear::PopcountLinear(const float* weight, std::int64_t outputs, std::int64_t inputs,
                               const WeightScales& scales)
    : outputs_(outputs), inputs_(inputs), scale_(scales.scale), sign_sums_(outputs) {
  const AlignedVector<std::uint64_t> bits =
      sign_bits(weight, outputs, inputs, scales.mean, sign_sums_);
  const int words = words_for(inputs), rows = static_cast<int>(outputs);
  packed_.resize(packed_words(kernels(), rows, words));
  kernels().pack_matrix(bits.data(), rows, words, packed_.data());
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
