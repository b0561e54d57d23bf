// A weight matrix in one bit, as the forward pass (popcount) and the backward pass (signs) need it.
// No torch here.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/aligned.h"
#include "kernels/bit_product.h"

namespace bitcpp::fused {

/// Means and scales of a matrix's rows; `rows` entries even when one scale serves the whole matrix.
struct WeightScales {
  std::vector<float> mean, scale;
};

/// mean(w) and mean |w| of a (rows, cols) matrix, summed in double, rounded once; sign(w - mean)
/// goes to `bits`, rows of words_for(cols) words. Where every row has its own mean, weights are
/// read once.
WeightScales binarize_weight(const float* weight, std::int64_t rows, std::int64_t cols,
                             bool per_row, std::uint64_t* bits);

/// Those bits as 1 and -1, (rows, cols). T: float or BFloat16Bits.
template <typename T>
void spread_signs(const std::uint64_t* bits, std::int64_t rows, std::int64_t cols, T* signs);

/// y = input_scale * scale[o] * n + bias[o] by AND and popcount; equals the packed engine bit for
/// bit.
class PopcountLinear {
 public:
  /// `bits` as of binarize_weight.
  PopcountLinear(const std::uint64_t* bits, std::int64_t outputs, std::int64_t inputs,
                 const WeightScales& scales);

  /// x (rows, inputs) in floats, quantized by `thresholds` (levels - 1, inputs); y (rows, outputs).
  void run(const float* x, std::int64_t rows, const CodeScale& codes, const float* thresholds,
           float input_scale, const float* bias, float* y) const;

 private:
  std::int64_t outputs_, inputs_;
  const std::vector<float>& scale_;
  AlignedVector<std::uint64_t> packed_;
  std::vector<std::int32_t> sign_sums_;
};

}  // namespace bitcpp::fused
