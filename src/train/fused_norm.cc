// LayerNorm of a sum, forward in the engine's order of summation and backward.
#include <cmath>

#include "train/fused_kernels.h"
#include "train/parallel.h"

namespace bitcpp::fused {
namespace {

constexpr std::int64_t kRowBlock = 16;
constexpr std::int64_t kColumnBlock = 64;
constexpr int kLanes = 16;

inline __attribute__((always_inline)) float tree_sum(float* lanes) {
  for (int width = kLanes / 2; width > 0; width /= 2)
    for (int l = 0; l < width; ++l) lanes[l] += lanes[l + width];
  return lanes[0];
}

BITCPP_FOR_EACH_CPU
void norm_row(const float* __restrict y, const float* __restrict x, std::int64_t cols,
              const float* __restrict weight, const float* __restrict bias, float eps,
              float* __restrict out, float* __restrict normalized, float* inverse) {
  const float count = static_cast<float>(cols);
  float lanes[kLanes] = {};
  std::int64_t c = 0;
  for (; c + kLanes <= cols; c += kLanes)
    for (int l = 0; l < kLanes; ++l) {
      const float value = y[c + l] + x[c + l];
      normalized[c + l] = value;
      lanes[l] += value;
    }
  for (; c < cols; ++c) lanes[c % kLanes] += normalized[c] = y[c] + x[c];
  const float mean = tree_sum(lanes) / count;

  float squares[kLanes] = {};
  for (c = 0; c + kLanes <= cols; c += kLanes)
    for (int l = 0; l < kLanes; ++l) {
      const float d = normalized[c + l] - mean;
      normalized[c + l] = d;
      squares[l] += d * d;
    }
  for (; c < cols; ++c) {
    const float d = normalized[c] - mean;
    normalized[c] = d;
    squares[c % kLanes] += d * d;
  }
  const float scale = 1.0f / __builtin_sqrtf(tree_sum(squares) / count + eps);
  *inverse = scale;
  for (c = 0; c < cols; ++c) {
    const float unit = normalized[c] * scale;
    normalized[c] = unit;
    out[c] = unit * weight[c] + bias[c];
  }
}

BITCPP_FOR_EACH_CPU
void norm_row_backward(const float* __restrict gradient, const float* __restrict normalized,
                       float inverse, const float* __restrict weight, std::int64_t cols,
                       float* __restrict by_input) {
  float sums[kLanes] = {}, products[kLanes] = {};
  std::int64_t c = 0;
  for (; c + kLanes <= cols; c += kLanes)
    for (int l = 0; l < kLanes; ++l) {
      const float g = gradient[c + l] * weight[c + l];
      sums[l] += g;
      products[l] += g * normalized[c + l];
    }
  for (; c < cols; ++c) {
    const float g = gradient[c] * weight[c];
    sums[c % kLanes] += g;
    products[c % kLanes] += g * normalized[c];
  }
  const float count = static_cast<float>(cols);
  const float mean = tree_sum(sums) / count, projection = tree_sum(products) / count;
  for (c = 0; c < cols; ++c)
    by_input[c] = inverse * (gradient[c] * weight[c] - mean - normalized[c] * projection);
}

BITCPP_FOR_EACH_CPU
void parameter_block(const float* gradient, const float* normalized, std::int64_t rows,
                     std::int64_t cols, std::int64_t begin, std::int64_t end, float* by_weight,
                     float* by_bias) {
  float weights[kColumnBlock] = {}, biases[kColumnBlock] = {};
  const std::int64_t width = end - begin;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* __restrict g = gradient + r * cols + begin;
    const float* __restrict n = normalized + r * cols + begin;
    for (std::int64_t c = 0; c < width; ++c) {
      weights[c] += g[c] * n[c];
      biases[c] += g[c];
    }
  }
  for (std::int64_t c = 0; c < width; ++c) {
    by_weight[begin + c] = weights[c];
    by_bias[begin + c] = biases[c];
  }
}

}  // namespace

void add_norm(const float* y, const float* x, std::int64_t rows, std::int64_t cols,
              const float* weight, const float* bias, float eps, float* out, float* normalized,
              float* inverse) {
  parallel_blocks(rows, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      norm_row(y + r * cols, x + r * cols, cols, weight, bias, eps, out + r * cols,
               normalized + r * cols, inverse + r);
  });
}

void add_norm_backward(const float* gradient, const float* normalized, const float* inverse,
                       const float* weight, std::int64_t rows, std::int64_t cols, float* by_input,
                       float* by_weight, float* by_bias) {
  parallel_blocks(rows, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      norm_row_backward(gradient + r * cols, normalized + r * cols, inverse[r], weight, cols,
                        by_input + r * cols);
  });
  parallel_blocks(cols, kColumnBlock, [&](std::int64_t begin, std::int64_t end) {
    parameter_block(gradient, normalized, rows, cols, begin, end, by_weight, by_bias);
  });
}

}  // namespace bitcpp::fused
