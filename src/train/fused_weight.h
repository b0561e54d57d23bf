// A weight matrix in one bit, as the forward pass (popcount) and the backward pass (signs) need it.
// No torch here.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/aligned.h"
#include "kernels/bit_product.h"

namespace bitcpp::fused {

/// The scales mean |w| of a (rows, cols) matrix, `rows` of them even when one serves the whole
/// matrix; sign(w - mean(w)) goes to `bits`, rows of words_for(cols) words. Means are summed in
/// double and rounded once. Where every row has its own, weights are read once.
std::vector<float> binarize_weight(const float* weight, std::int64_t rows, std::int64_t cols,
                                   bool per_row, std::uint64_t* bits);

/// Those bits as 1 and -1, (rows, cols). T: float or BFloat16Bits.
template <typename T>
void spread_signs(const std::uint64_t* bits, std::int64_t rows, std::int64_t cols, T* signs);

/// y = input_scale * scale[o] * n + bias[o] by AND and popcount; equals the packed engine bit for
/// bit.
class PopcountLinear {
 public:
  /// `bits` and `scale` as of binarize_weight; the scales stay where they are.
  PopcountLinear(const std::uint64_t* bits, std::int64_t outputs, std::int64_t inputs,
                 const std::vector<float>& scale);

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
