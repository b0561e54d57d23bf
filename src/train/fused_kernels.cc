#include "train/fused_kernels.h"

#include <cmath>
#include <vector>

#include "train/parallel.h"

namespace bitcpp::fused {
namespace {

constexpr std::int64_t kFlatBlock = 1
                                    << 15;  // 128 KiB of floats: four arrays of it fit a core's L2
constexpr std::int64_t kColumnBlock =
    64;  // sums over rows are cut by columns, one cache line group each
constexpr std::int64_t kRowBlock = 16;

BITCPP_FOR_EACH_CPU
double block_sum_of_squares(const float* values, std::int64_t count) {
  double lanes[16] = {};
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int l = 0; l < 16; ++l) {
      const double value = values[i + l];
      lanes[l] += value * value;
    }
  for (; i < count; ++i) lanes[i % 16] += static_cast<double>(values[i]) * values[i];
  double sum = 0;
  for (double lane : lanes) sum += lane;
  return sum;
}

struct AdamFactors {
  float beta1, beta2, keep1, keep2, eps, shrink, rate, root_correction2, factor;
};

BITCPP_FOR_EACH_CPU
void adam_block(float* __restrict value, float* __restrict first, float* __restrict second,
                const float* __restrict gradient, std::int64_t count, const AdamFactors& f) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float g = gradient[i] * f.factor;
    const float m = f.beta1 * first[i] + f.keep1 * g;
    const float v = f.beta2 * second[i] + f.keep2 * (g * g);
    first[i] = m;
    second[i] = v;
    value[i] = value[i] * f.shrink - f.rate * m / (__builtin_sqrtf(v) * f.root_correction2 + f.eps);
  }
}

BITCPP_FOR_EACH_CPU
void scale_and_shift_rows(float* n, std::int64_t rows, std::int64_t cols,
                          const float* __restrict scale, const float* __restrict bias) {
  for (std::int64_t r = 0; r < rows; ++r) {
    float* row = n + r * cols;
    for (std::int64_t c = 0; c < cols; ++c) row[c] = scale[c] * row[c] + bias[c];
  }
}

}  // namespace

double sum_of_squares(const float* values, std::int64_t count) {
  std::vector<double> blocks((count + kFlatBlock - 1) / kFlatBlock);
  parallel_blocks(count, kFlatBlock, [&](std::int64_t begin, std::int64_t end) {
    blocks[begin / kFlatBlock] = block_sum_of_squares(values + begin, end - begin);
  });
  double sum = 0;
  for (double block : blocks) sum += block;
  return sum;
}

void adam(float* value, float* first, float* second, const float* gradient, std::int64_t count,
          const AdamUpdate& u) {
  // m / c1 / (sqrt(v / c2) + eps) with the corrections folded into two constants.
  const AdamFactors factors{static_cast<float>(u.beta1),
                            static_cast<float>(u.beta2),
                            static_cast<float>(1 - u.beta1),
                            static_cast<float>(1 - u.beta2),
                            static_cast<float>(u.eps),
                            static_cast<float>(1 - u.rate * u.decay),
                            static_cast<float>(u.rate / u.correction1),
                            static_cast<float>(1 / std::sqrt(u.correction2)),
                            static_cast<float>(u.gradient_factor)};
  parallel_blocks(count, kFlatBlock, [&](std::int64_t begin, std::int64_t end) {
    adam_block(value + begin, first + begin, second + begin, gradient + begin, end - begin,
               factors);
  });
}

void scale_and_shift(float* n, std::int64_t rows, std::int64_t cols, const float* scale,
                     const float* bias) {
  parallel_blocks(rows, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    scale_and_shift_rows(n + begin * cols, end - begin, cols, scale, bias);
  });
}

namespace {

template <typename T>
struct ColumnScaling {
  const float* gradient;
  std::int64_t rows, cols;
  const float* scale;
  T* scaled;
  float* sums;
};

template <typename T>
inline __attribute__((always_inline)) void scale_column_block(const ColumnScaling<T>& a,
                                                              std::int64_t begin,
                                                              std::int64_t end) {
  float sums[kColumnBlock] = {}, scale[kColumnBlock];
  const std::int64_t width = end - begin;
  for (std::int64_t c = 0; c < width; ++c) scale[c] = a.scale ? a.scale[begin + c] : 1.0f;
  for (std::int64_t r = 0; r < a.rows; ++r) {
    const float* __restrict from = a.gradient + r * a.cols + begin;
    T* __restrict to = a.scaled + r * a.cols + begin;
    for (std::int64_t c = 0; c < width; ++c) {
      sums[c] += from[c];
      store(from[c] * scale[c], to + c);
    }
  }
  for (std::int64_t c = 0; c < width; ++c) a.sums[begin + c] = sums[c];
}

// target_clones takes no templates: one named function per type.
BITCPP_FOR_EACH_CPU
void scale_block(const ColumnScaling<float>& a, std::int64_t begin, std::int64_t end) {
  scale_column_block(a, begin, end);
}
BITCPP_FOR_EACH_CPU
void scale_block(const ColumnScaling<BFloat16Bits>& a, std::int64_t begin, std::int64_t end) {
  scale_column_block(a, begin, end);
}

template <typename T>
inline __attribute__((always_inline)) void scale_row_block(const T* in, std::int64_t cols,
                                                           const float* factor, float* out,
                                                           std::int64_t begin, std::int64_t end) {
  for (std::int64_t r = begin; r < end; ++r) {
    const T* __restrict from = in + r * cols;
    float* __restrict to = out + r * cols;
    for (std::int64_t c = 0; c < cols; ++c) to[c] = factor[r] * load(from + c);
  }
}
BITCPP_FOR_EACH_CPU
void scale_rows_block(const float* in, std::int64_t cols, const float* factor, float* out,
                      std::int64_t begin, std::int64_t end) {
  scale_row_block(in, cols, factor, out, begin, end);
}
BITCPP_FOR_EACH_CPU
void scale_rows_block(const BFloat16Bits* in, std::int64_t cols, const float* factor, float* out,
                      std::int64_t begin, std::int64_t end) {
  scale_row_block(in, cols, factor, out, begin, end);
}

}  // namespace

template <typename T>
void scale_columns(const float* gradient, std::int64_t rows, std::int64_t cols, const float* scale,
                   T* scaled, float* column_sums) {
  const ColumnScaling<T> arguments{gradient, rows, cols, scale, scaled, column_sums};
  parallel_blocks(cols, kColumnBlock, [&](std::int64_t begin, std::int64_t end) {
    scale_block(arguments, begin, end);
  });
}

template <typename T>
void scale_rows(const T* in, std::int64_t rows, std::int64_t cols, const float* factor,
                float* out) {
  parallel_blocks(rows, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    scale_rows_block(in, cols, factor, out, begin, end);
  });
}

template void scale_columns(const float*, std::int64_t, std::int64_t, const float*, float*, float*);
template void scale_columns(const float*, std::int64_t, std::int64_t, const float*, BFloat16Bits*,
                            float*);
template void scale_rows(const float*, std::int64_t, std::int64_t, const float*, float*);
template void scale_rows(const BFloat16Bits*, std::int64_t, std::int64_t, const float*, float*);

}  // namespace bitcpp::fused
