#include "kernels/bit_product.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "base/error.h"
#include "kernels/product_epilogue.h"

namespace bitcpp {
namespace {

constexpr std::int32_t kAlways = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kNever = std::numeric_limits<std::int32_t>::max();
/// More than any product reaches; the sum of two fits 32 bits (product_epilogue.h).
constexpr std::int32_t kFar = (1 << 30) - 1;

/// ceil(a / b) for b > 0.
std::int64_t divide_up(std::int64_t a, std::int64_t b) { return a / b + (a % b > 0); }

std::int32_t code_threshold(const CodeScale& input, std::int32_t value, std::int64_t sign_sum,
                            int parity) {
  if (value == kAlways || value == kNever) return value == kNever ? kFar : -kFar;
  const std::int64_t u = divide_up(value - input.offset * sign_sum, input.step);
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(divide_up(u + parity, 2), -kFar, kFar));
}

std::int32_t sum_at(std::span<const std::int32_t> sums, int output) {
  return sums.empty() ? 0 : sums[static_cast<std::size_t>(output)];
}

}  // namespace

std::size_t packed_words(const Kernels& kernels, int outputs, int words) {
  const int block = kernels.column_block;
  return static_cast<std::size_t>((outputs + block - 1) / block * block) *
         static_cast<std::size_t>(words);
}

BitMatrix::BitMatrix(const Kernels& kernels, std::int64_t outputs, std::int64_t inputs,
                     std::span<const std::uint8_t> bits) {
  const std::int64_t row_bytes = (inputs + 7) / 8;
  if (inputs < 1 || inputs > kMaxProductInputs || outputs < 1 || outputs > (1 << 24)) {
    throw Error("a sign matrix of " + std::to_string(outputs) + " x " + std::to_string(inputs) +
                " is beyond the kernels' limit of " + std::to_string(kMaxProductInputs) +
                " inputs");
  }
  if (static_cast<std::int64_t>(bits.size()) != outputs * row_bytes) {
    throw Error("a sign matrix of " + std::to_string(outputs) + " x " + std::to_string(inputs) +
                " has " + std::to_string(bits.size()) + " bytes, expected " +
                std::to_string(outputs * row_bytes));
  }
  outputs_ = static_cast<int>(outputs);
  inputs_ = static_cast<int>(inputs);
  const int words = words_for(inputs);
  AlignedVector<std::uint64_t> rows(static_cast<std::size_t>(outputs) * words);
  sign_sums_.resize(static_cast<std::size_t>(outputs));
  for (int o = 0; o < outputs_; ++o) {
    std::uint64_t* row = rows.data() + static_cast<std::size_t>(o) * words;
    std::memcpy(row, bits.data() + o * row_bytes, static_cast<std::size_t>(row_bytes));
    // A stray bit behind the last input would count as a sign.
    if (inputs_ % 64 != 0) row[words - 1] &= (std::uint64_t{1} << (inputs_ % 64)) - 1;
    int ones = 0;
    for (int k = 0; k < words; ++k) ones += std::popcount(row[k]);
    sign_sums_[static_cast<std::size_t>(o)] = 2 * ones - inputs_;
  }
  packed_.resize(packed_words(kernels, outputs_, words));
  kernels.pack_matrix(rows.data(), outputs_, words, packed_.data());
}

AlignedVector<std::int32_t> make_code_thresholds(const CodeScale& input, int levels, int outputs,
                                                 std::span<const std::int32_t> values,
                                                 std::span<const std::int32_t> sign_sums) {
  const int stride = padded_outputs(outputs);
  AlignedVector<std::int32_t> table(static_cast<std::size_t>(levels - 1) * 2 * stride, kFar);
  for (int j = 0; j < levels - 1; ++j) {
    for (int parity = 0; parity < 2; ++parity) {
      std::int32_t* row = table.data() + static_cast<std::size_t>(j * 2 + parity) * stride;
      for (int o = 0; o < outputs; ++o) {
        const std::int32_t value = values[static_cast<std::size_t>(j) * outputs + o];
        row[o] = code_threshold(input, value, sum_at(sign_sums, o), parity);
      }
    }
  }
  return table;
}

ParityTable make_corrections(const CodeScale& input, int outputs,
                             std::span<const std::int32_t> sign_sums) {
  const int stride = padded_outputs(outputs);
  ParityTable table(2 * static_cast<std::size_t>(stride));
  for (int parity = 0; parity < 2; ++parity) {
    for (int o = 0; o < outputs; ++o) {
      table[static_cast<std::size_t>(parity * stride + o)] =
          input.offset * sum_at(sign_sums, o) - input.step * parity;
    }
  }
  return table;
}

}  // namespace bitcpp
