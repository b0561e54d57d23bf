// The loops of training that ATen would spend several passes on: one pass each, over raw CPU
// memory. All matrices are row-major and contiguous; all functions use every core.
#pragma once

#include <cstdint>

#include "train/bfloat16.h"

namespace bitcpp::fused {

/// Sum of squares, in the same order for any number of threads.
double sum_of_squares(const float* values, std::int64_t count);

struct AdamUpdate {
  double beta1, beta2, eps, rate, decay, correction1, correction2;
  double gradient_factor;  // clipping
};

/// One Adam step with decoupled decay on `count` values.
void adam(float* value, float* first, float* second, const float* gradient, std::int64_t count,
          const AdamUpdate& update);

/// A quantizer's thresholds, (levels - 1, cols), of 2, 3, 4 or 16 levels, and the integer of code
/// c: step * c + lowest. With 256 levels the integer is (x - shift) * inverse, rounded, and there
/// are no thresholds.
struct QuantizerTable {
  const float* thresholds;
  int levels, step, lowest;
  const float* shift = nullptr;  // (cols)
  float inverse = 0;             // 1 / scale
};

/// The integer nearest to `v`, ties to even, within [low, high]; vectorizes on every CPU.
[[gnu::always_inline]] inline float rounded_within(float v, float low, float high) {
  constexpr float kMagic = 12582912.0f;  // 1.5 * 2^23: the sum has no bits below one
  v = v > low ? v : low;
  v = v < high ? v : high;
  return (v + kMagic) - kMagic;
}

/// Integers of x (rows, cols), as T (bfloat16 bits or float).
template <typename T>
void quantize(const float* x, std::int64_t rows, std::int64_t cols, const QuantizerTable& table,
              T* integers);

/// What the backward pass of a quantizer needs to know.
struct QuantizerGradient {
  const float* shift;  // (cols) or nullptr
  float scale;
  bool is_sign, after_relu;  // after_relu: x is what ReLU is applied to before quantizing
};

/// Backward of a quantizer over x (rows, cols) for `incoming`, the gradient of its value: adds to
/// by_x, writes by_shift (cols) and the integers (rows, cols), returns the undamped gradient of the
/// scale.
template <typename T>
double quantize_backward(const float* x, const T* incoming, std::int64_t rows, std::int64_t cols,
                         const QuantizerTable& table, const QuantizerGradient& place, float* by_x,
                         float* by_shift, T* integers);

/// scaled = gradient * scale[col] and column_sums = sum over rows of gradient (rows, cols). `scale`
/// may be null: 1.
template <typename T>
void scale_columns(const float* gradient, std::int64_t rows, std::int64_t cols, const float* scale,
                   T* scaled, float* column_sums);

/// out[r][c] = factor[r] * in[r][c].
template <typename T>
void scale_rows(const T* in, std::int64_t rows, std::int64_t cols, const float* factor, float* out);

/// y[r][c] = scale[c] * n[r][c] + bias[c], in place (multiply, then add: the engine's order).
void scale_and_shift(float* n, std::int64_t rows, std::int64_t cols, const float* scale,
                     const float* bias);

/// LayerNorm(y + x) in the engine's order of summation (kernels/README.md), keeping what backward
/// needs: normalized (rows, cols) and inverse deviation (rows).
void add_norm(const float* y, const float* x, std::int64_t rows, std::int64_t cols,
              const float* weight, const float* bias, float eps, float* out, float* normalized,
              float* inverse);

/// Backward: by_input (rows, cols) is the gradient of y and of x alike; by_weight, by_bias (cols).
void add_norm_backward(const float* gradient, const float* normalized, const float* inverse,
                       const float* weight, std::int64_t rows, std::int64_t cols, float* by_input,
                       float* by_weight, float* by_bias);

}  // namespace bitcpp::fused
