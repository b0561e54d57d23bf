// The model's linear layers, made ready for the kernels of one instruction set.
#pragma once

#include <cstdint>
#include <span>

#include "format/packed_model.h"
#include "kernels/aligned.h"
#include "kernels/bit_product.h"
#include "kernels/codes.h"

namespace bitcpp {

/// Codes of the residual stream by float thresholds (signed).
class InputCodes {
 public:
  InputCodes() = default;
  /// `thresholds` stay where they are. Throws Error when there are not (levels - 1) * channels.
  explicit InputCodes(const FloatThresholds& thresholds);

  CodeScale scale() const { return signed_codes(levels_); }
  /// x (rows, channels) -> codes in `to`.
  CodeRows operator()(const Kernels& kernels, const float* x, int rows,
                      GrowingBuffer<std::uint64_t>& to) const;

 private:
  int levels_ = 2, channels_ = 0;
  const float* thresholds_ = nullptr;
};

/// Scratch of a linear layer that reads the residual stream.
struct LinearScratch {
  GrowingBuffer<std::uint64_t> codes;  // of its input
};

/// Residual stream -> codes of it -> n -> codes of n (BinarizingLinear).
class CodeLinear {
 public:
  CodeLinear() = default;
  CodeLinear(const Kernels& kernels, const BinarizingLinear& linear);

  /// 64-bit words that the codes of `rows` rows take.
  std::size_t output_words(int rows) const;
  /// Rows of such codes.
  CodeRows codes(const std::uint64_t* data, int rows) const;
  /// x (rows, inputs) -> codes (rows, outputs) in `to`.
  void operator()(const Kernels& kernels, const float* x, int rows, LinearScratch& scratch,
                  std::uint64_t* to) const;

 private:
  InputCodes input_;
  BitMatrix matrix_;
  int levels_ = 2;
  AlignedVector<std::int32_t> thresholds_;
};

/// Codes -> n -> scale * n + bias (ScaledLinear).
class FloatLinear {
 public:
  FloatLinear() = default;
  FloatLinear(const Kernels& kernels, const ScaledLinear& linear, const CodeScale& input);

  /// codes (rows, inputs) -> out (rows, outputs), plus `residual` of the same shape unless null.
  void operator()(const Kernels& kernels, const CodeRows& codes, const float* residual,
                  float* out) const;

 private:
  BitMatrix matrix_;
  int shift_ = 2;
  ParityTable corrections_;
  AlignedVector<float> scale_, bias_;
};

/// Residual stream -> codes of it -> n -> scale * n + bias -> bytes, eight a word (BinarizingLinear
/// that rounds). Functions as CodeLinear's.
class RoundedLinear {
 public:
  RoundedLinear() = default;
  /// `offset`: 0 for signed bytes, 128 for unsigned ones.
  RoundedLinear(const Kernels& kernels, const BinarizingLinear& linear, int offset);

  std::size_t output_words(int rows) const;
  CodeRows codes(const std::uint64_t* data, int rows) const;
  void operator()(const Kernels& kernels, const float* x, int rows, LinearScratch& scratch,
                  std::uint64_t* to) const;

 private:
  InputCodes input_;
  BitMatrix matrix_;
  int shift_ = 2, offset_ = 0;
  ParityTable corrections_;
  AlignedVector<float> scale_, bias_, zero_;
  float inverse_ = 1;
};

}  // namespace bitcpp
