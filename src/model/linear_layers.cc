#include "model/linear_layers.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "kernels/eight_bit_attention.h"
#include "kernels/float_codes.h"

namespace bitcpp {
namespace {

void expect_size(std::size_t size, std::int64_t expected, const char* what) {
  if (static_cast<std::int64_t>(size) != expected) {
    throw Error(std::string("packed model: ") + what + " has " + std::to_string(size) +
                " numbers, expected " + std::to_string(expected));
  }
}

AlignedVector<float> padded(std::span<const float> values) {
  AlignedVector<float> result(
      static_cast<std::size_t>(words_for(static_cast<std::int64_t>(values.size()))) * 64);
  std::copy(values.begin(), values.end(), result.begin());
  return result;
}

std::size_t code_words(int rows, int levels, int channels) {
  return static_cast<std::size_t>(rows) *
         static_cast<std::size_t>(unsigned_codes(levels).planes() * words_for(channels));
}

/// ScaledOutput::shift.
int shift_of(const CodeScale& input) { return input.step == 2 ? 2 : 1; }

}  // namespace

InputCodes::InputCodes(const FloatThresholds& thresholds)
    : levels_(thresholds.levels),
      channels_(static_cast<int>(thresholds.channels)),
      thresholds_(thresholds.values.data()) {
  expect_size(thresholds.values.size(), (thresholds.levels - 1) * thresholds.channels,
              "a tensor of input thresholds");
}

CodeRows InputCodes::operator()(const Kernels& kernels, const float* x, int rows,
                                GrowingBuffer<std::uint64_t>& to) const {
  std::uint64_t* codes = to.grow(code_words(rows, levels_, channels_));
  kernels.float_codes({rows, channels_, x, levels_, thresholds_, codes});
  return {codes, rows, scale().planes(), words_for(channels_)};
}

CodeLinear::CodeLinear(const Kernels& kernels, const BinarizingLinear& linear)
    : input_(linear.input),
      matrix_(kernels, linear.weight.rows, linear.weight.cols, linear.weight.bits),
      levels_(linear.output.levels) {
  expect_size(static_cast<std::size_t>(linear.input.channels), matrix_.inputs(),
              "a row of input thresholds");
  expect_size(linear.output.values.size(), std::int64_t{levels_ - 1} * matrix_.outputs(),
              "a tensor of output thresholds");
  thresholds_ = make_code_thresholds(input_.scale(), levels_, matrix_.outputs(),
                                     linear.output.values, matrix_.sign_sums());
}

std::size_t CodeLinear::output_words(int rows) const {
  return code_words(rows, levels_, matrix_.outputs());
}

CodeRows CodeLinear::codes(const std::uint64_t* data, int rows) const {
  return {data, rows, unsigned_codes(levels_).planes(), words_for(matrix_.outputs())};
}

void CodeLinear::operator()(const Kernels& kernels, const float* x, int rows,
                            LinearScratch& scratch, std::uint64_t* to) const {
  const CodeRows from = input_(kernels, x, rows, scratch.codes);
  kernels.product_codes({from, matrix_.packed(), matrix_.outputs()},
                        {levels_, thresholds_.data(), to});
}

FloatLinear::FloatLinear(const Kernels& kernels, const ScaledLinear& linear, const CodeScale& input)
    : matrix_(kernels, linear.weight.rows, linear.weight.cols, linear.weight.bits),
      shift_(shift_of(input)),
      corrections_(make_corrections(input, matrix_.outputs(), matrix_.sign_sums())),
      scale_(padded(linear.scale)),
      bias_(padded(linear.bias)) {
  expect_size(linear.scale.size(), matrix_.outputs(), "a tensor of scales");
  expect_size(linear.bias.size(), matrix_.outputs(), "a tensor of biases");
}

void FloatLinear::operator()(const Kernels& kernels, const CodeRows& codes, const float* residual,
                             float* out) const {
  kernels.product_scaled({codes, matrix_.packed(), matrix_.outputs()},
                         {shift_, corrections_.data(), scale_.data(), bias_.data(), residual, out});
}

RoundedLinear::RoundedLinear(const Kernels& kernels, const BinarizingLinear& linear, int offset)
    : input_(linear.input),
      matrix_(kernels, linear.weight.rows, linear.weight.cols, linear.weight.bits),
      shift_(shift_of(input_.scale())),
      offset_(offset),
      corrections_(make_corrections(input_.scale(), matrix_.outputs(), matrix_.sign_sums())),
      scale_(padded(linear.rounding.scale)),
      bias_(padded(linear.rounding.bias)),
      zero_(padded(linear.rounding.shift)) {
  expect_size(static_cast<std::size_t>(linear.input.channels), matrix_.inputs(),
              "a row of input thresholds");
  expect_size(linear.rounding.scale.size(), matrix_.outputs(), "a tensor of scales");
  expect_size(linear.rounding.bias.size(), matrix_.outputs(), "a tensor of biases");
  expect_size(linear.rounding.shift.size(), matrix_.outputs(), "a tensor of shifts");
  expect_size(linear.rounding.inverse.size(), 1, "a reciprocal of a scale");
  inverse_ = linear.rounding.inverse.front();
}

std::size_t RoundedLinear::output_words(int rows) const {
  return static_cast<std::size_t>(rows) *
         static_cast<std::size_t>(byte_words_for(matrix_.outputs()));
}

CodeRows RoundedLinear::codes(const std::uint64_t* data, int rows) const {
  return {data, rows, 1, byte_words_for(matrix_.outputs())};
}

void RoundedLinear::operator()(const Kernels& kernels, const float* x, int rows,
                               LinearScratch& scratch, std::uint64_t* to) const {
  const CodeRows from = input_(kernels, x, rows, scratch.codes);
  kernels.product_bytes({from, matrix_.packed(), matrix_.outputs()},
                        {.y = {.shift = shift_,
                               .corrections = corrections_.data(),
                               .scale = scale_.data(),
                               .bias = bias_.data()},
                         .zero = zero_.data(),
                         .inverse = inverse_,
                         .offset = offset_,
                         .out = reinterpret_cast<std::uint8_t*>(to),
                         .out_stride = byte_words_for(matrix_.outputs()) * 8});
}

}  // namespace bitcpp
