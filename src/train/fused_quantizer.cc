// Quantizers in one pass, forward and backward.
#include <cmath>
#include <limits>
#include <vector>

#include "train/fused_kernels.h"
#include "train/parallel.h"

namespace bitcpp::fused {
namespace {

constexpr std::int64_t kColumnBlock = 64;
constexpr std::int64_t kRowBlock = 16;

template <typename T, int kLevels>
inline __attribute__((always_inline)) void quantize_rows(const float* x, std::int64_t cols,
                                                         const QuantizerTable& table, T* integers,
                                                         std::int64_t begin, std::int64_t end) {
  const float step = static_cast<float>(table.step), lowest = static_cast<float>(table.lowest);
  for (std::int64_t r = begin; r < end; ++r) {
    const float* __restrict from = x + r * cols;
    T* __restrict to = integers + r * cols;
    for (std::int64_t c = 0; c < cols; ++c) {
      float level = lowest;
      for (int j = 0; j + 1 < kLevels; ++j)
        level += from[c] >= table.thresholds[j * cols + c] ? step : 0.0f;
      store(level, to + c);
    }
  }
}

template <typename T>
inline __attribute__((always_inline)) void round_rows(const float* x, std::int64_t cols,
                                                      const QuantizerTable& table, T* integers,
                                                      std::int64_t begin, std::int64_t end) {
  const float low = static_cast<float>(table.lowest);
  const float high = static_cast<float>(table.lowest + table.levels - 1);
  const float inverse = table.inverse;
  for (std::int64_t r = begin; r < end; ++r) {
    const float* __restrict from = x + r * cols;
    T* __restrict to = integers + r * cols;
    for (std::int64_t c = 0; c < cols; ++c)
      store(rounded_within((from[c] - table.shift[c]) * inverse, low, high), to + c);
  }
}

#define BITCPP_QUANTIZE_BLOCK(T)                                                                   \
  BITCPP_FOR_EACH_CPU                                                                              \
  void quantize_block(const float* x, std::int64_t cols, const QuantizerTable& table, T* integers, \
                      std::int64_t begin, std::int64_t end) {                                      \
    if (table.levels == 2)                                                                         \
      quantize_rows<T, 2>(x, cols, table, integers, begin, end);                                   \
    else if (table.levels == 3)                                                                    \
      quantize_rows<T, 3>(x, cols, table, integers, begin, end);                                   \
    else if (table.levels == 4)                                                                    \
      quantize_rows<T, 4>(x, cols, table, integers, begin, end);                                   \
    else if (table.levels == 16)                                                                   \
      quantize_rows<T, 16>(x, cols, table, integers, begin, end);                                  \
    else                                                                                           \
      round_rows(x, cols, table, integers, begin, end);                                            \
  }
BITCPP_QUANTIZE_BLOCK(float)
BITCPP_QUANTIZE_BLOCK(BFloat16Bits)
#undef BITCPP_QUANTIZE_BLOCK

template <typename T>
struct Backward {
  const float* x;
  const T* incoming;
  std::int64_t rows, cols;
  QuantizerTable table;
  QuantizerGradient place;
  float *by_x, *by_shift;
  T* integers;
};

/// What the loop over rows needs of one block of columns, in arrays that stay in L1.
template <int kLevels>
struct ColumnBlock {
  static constexpr int kThresholds = kLevels <= 16 ? kLevels - 1 : 0;
  float shift[kColumnBlock], thresholds[kThresholds + 1][kColumnBlock];
  float shift_sums[kColumnBlock] = {}, scale_sums[kColumnBlock] = {};
  // Of the row in hand, in floats: with conversions in the same loop gcc 12 leaves it scalar.
  float incoming[kColumnBlock], levels[kColumnBlock];
};

/// One row of the backward pass for {-1,1}: `width` columns from element `at`.
template <typename T>
inline __attribute__((always_inline)) void backward_sign_row(const Backward<T>& a,
                                                             ColumnBlock<2>& block, std::int64_t at,
                                                             std::int64_t width) {
  const float* __restrict x = a.x + at;
  float* __restrict by_x = a.by_x + at;
  const float scale = a.place.scale;
  for (std::int64_t c = 0; c < width; ++c) {
    const float g = block.incoming[c], level = x[c] >= block.thresholds[0][c] ? 1.0f : -1.0f;
    const float through = std::fabs(x[c] - block.shift[c]) <= scale ? g : 0.0f;
    by_x[c] = through;
    block.shift_sums[c] -= through;
    block.scale_sums[c] += g * level;
    block.levels[c] = level;
  }
}

constexpr int kRounded = 256;

/// The same for sets of consecutive integers.
template <typename T, int kLevels>
inline __attribute__((always_inline)) void backward_row(const Backward<T>& a,
                                                        ColumnBlock<kLevels>& block,
                                                        std::int64_t at, std::int64_t width) {
  const float* __restrict x = a.x + at;
  float* __restrict by_x = a.by_x + at;
  const float inverse = 1.0f / a.place.scale, lowest = static_cast<float>(a.table.lowest);
  // Signed ranges are closed at both ends, unsigned ones open above: v <= the float before their
  // highest integer.
  const float top = lowest + static_cast<float>(kLevels - 1);
  const float highest = lowest < 0 ? top : std::nextafter(top, 0.0f);
  // After ReLU inputs below zero count as zero and pass no gradient; otherwise no input is below
  // the floor.
  const float floor = a.place.after_relu ? 0.0f : -std::numeric_limits<float>::infinity();
  for (std::int64_t c = 0; c < width; ++c) {
    const float raw = x[c], input = raw > floor ? raw : floor;
    const float g = block.incoming[c], v = (input - block.shift[c]) * inverse;
    float level = lowest;
    if constexpr (kLevels == kRounded)
      level = rounded_within(v, lowest, top);
    else
      for (int j = 0; j + 1 < kLevels; ++j) level += input >= block.thresholds[j][c] ? 1.0f : 0.0f;
    const bool inside = v >= lowest && v <= highest;
    const float through = inside ? g : 0.0f;
    by_x[c] = raw > floor ? through : 0.0f;
    block.shift_sums[c] -= through;
    block.scale_sums[c] += g * (inside ? level - v : level);
    block.levels[c] = level;
  }
}

template <typename T, int kLevels>
inline __attribute__((always_inline)) void backward_any_row(const Backward<T>& a,
                                                            ColumnBlock<kLevels>& block,
                                                            std::int64_t at, std::int64_t width) {
  if constexpr (kLevels == 2) {
    if (a.place.is_sign) return backward_sign_row(a, block, at, width);
  }
  backward_row<T, kLevels>(a, block, at, width);
}

template <typename T, int kLevels>
inline __attribute__((always_inline)) double backward_columns(const Backward<T>& a,
                                                              std::int64_t begin,
                                                              std::int64_t end) {
  const std::int64_t width = end - begin;
  ColumnBlock<kLevels> block;
  for (std::int64_t c = 0; c < width; ++c) {
    block.shift[c] = a.place.shift ? a.place.shift[begin + c] : 0.0f;
    for (int j = 0; j < block.kThresholds; ++j)
      block.thresholds[j][c] = a.table.thresholds[j * a.cols + begin + c];
  }
  for (std::int64_t r = 0; r < a.rows; ++r) {
    const std::int64_t at = r * a.cols + begin;
    for (std::int64_t c = 0; c < width; ++c) block.incoming[c] = load(a.incoming + at + c);
    backward_any_row(a, block, at, width);
    for (std::int64_t c = 0; c < width; ++c) store(block.levels[c], a.integers + at + c);
  }
  double scale_sum = 0;
  for (std::int64_t c = 0; c < width; ++c) {
    a.by_shift[begin + c] = block.shift_sums[c];
    scale_sum += block.scale_sums[c];
  }
  return scale_sum;
}

// The number of levels is known to the compiler, so that the loop over columns turns into vector
// code (2 bits: three times as fast as with a loop over thresholds inside).
#define BITCPP_BACKWARD_BLOCK(T)                                                      \
  BITCPP_FOR_EACH_CPU                                                                 \
  double backward_block(const Backward<T>& a, std::int64_t begin, std::int64_t end) { \
    if (a.table.levels == 2) return backward_columns<T, 2>(a, begin, end);            \
    if (a.table.levels == 3) return backward_columns<T, 3>(a, begin, end);            \
    if (a.table.levels == 4) return backward_columns<T, 4>(a, begin, end);            \
    if (a.table.levels == 16) return backward_columns<T, 16>(a, begin, end);          \
    return backward_columns<T, kRounded>(a, begin, end);                              \
  }
BITCPP_BACKWARD_BLOCK(float)
BITCPP_BACKWARD_BLOCK(BFloat16Bits)
#undef BITCPP_BACKWARD_BLOCK

}  // namespace

template <typename T>
void quantize(const float* x, std::int64_t rows, std::int64_t cols, const QuantizerTable& table,
              T* integers) {
  parallel_blocks(rows, kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    quantize_block(x, cols, table, integers, begin, end);
  });
}

template <typename T>
double quantize_backward(const float* x, const T* incoming, std::int64_t rows, std::int64_t cols,
                         const QuantizerTable& table, const QuantizerGradient& place, float* by_x,
                         float* by_shift, T* integers) {
  const Backward<T> arguments{x, incoming, rows, cols, table, place, by_x, by_shift, integers};
  std::vector<double> blocks((cols + kColumnBlock - 1) / kColumnBlock);
  parallel_blocks(cols, kColumnBlock, [&](std::int64_t begin, std::int64_t end) {
    blocks[begin / kColumnBlock] = backward_block(arguments, begin, end);
  });
  double sum = 0;
  for (double block : blocks) sum += block;
  return sum;
}

template void quantize(const float*, std::int64_t, std::int64_t, const QuantizerTable&, float*);
template void quantize(const float*, std::int64_t, std::int64_t, const QuantizerTable&,
                       BFloat16Bits*);
template double quantize_backward(const float*, const float*, std::int64_t, std::int64_t,
                                  const QuantizerTable&, const QuantizerGradient&, float*, float*,
                                  float*);
template double quantize_backward(const float*, const BFloat16Bits*, std::int64_t, std::int64_t,
                                  const QuantizerTable&, const QuantizerGradient&, float*, float*,
                                  BFloat16Bits*);

}  // namespace bitcpp::fused
