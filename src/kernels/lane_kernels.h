// Kernels on float rows, written once over a SIMD vocabulary (simd_scalar.h): LayerNorm, dot
// product, float codes, embedding rows. What they compute is defined in the header of each.
#pragma once

#include <cstring>

#include "kernels/code_planes.h"
#include "kernels/embedding_row.h"
#include "kernels/float_codes.h"
#include "kernels/integer_codes.h"
#include "kernels/layer_norm.h"

namespace bitcpp {

template <class S>
struct LaneKernels {
  using Floats = typename S::Floats;

  static float square_root(float x) { return __builtin_sqrtf(x); }

  static float row_sum(int hidden, const float* v) {
    const int whole = hidden & ~15;
    Floats sum = S::broadcast(0.0f);
    for (int i = 0; i < whole; i += 16) sum = S::add(sum, S::load(v + i));
    if (whole < hidden) sum = S::add(sum, S::load(v + whole, hidden - whole));
    return S::sum(sum);
  }

  /// Leaves v - mean in `out` and returns the sum of its squares.
  static float centre_row(int hidden, const float* v, float mean, float* out) {
    const int whole = hidden & ~15;
    const Floats centre = S::broadcast(mean);
    Floats squares = S::broadcast(0.0f);
    for (int i = 0; i < whole; i += 16) {
      const Floats d = S::subtract(S::load(v + i), centre);
      S::store(out + i, d);
      squares = S::add(squares, S::multiply(d, d));
    }
    if (const int rest = hidden - whole; rest > 0) {
      S::store(out + whole, S::subtract(S::load(v + whole, rest), centre), rest);
      // Read again, so that the missing lanes are zero and not zero minus the mean.
      const Floats d = S::load(out + whole, rest);
      squares = S::add(squares, S::multiply(d, d));
    }
    return S::sum(squares);
  }

  static void layer_norm(const LayerNorm& a) {
    const int whole = a.hidden & ~15, rest = a.hidden - whole;
    for (std::int64_t row = 0; row < a.rows; ++row) {
      float* out = a.out + row * a.hidden;
      const float* v = a.v + row * a.hidden;
      const float count = static_cast<float>(a.hidden);
      const float mean = row_sum(a.hidden, v) / count;
      const float variance = centre_row(a.hidden, v, mean, out) / count;
      const Floats inverse = S::broadcast(1.0f / square_root(variance + a.eps));
      for (int i = 0; i < whole; i += 16) {
        const Floats scaled =
            S::multiply(S::multiply(S::load(out + i), inverse), S::load(a.weight + i));
        S::store(out + i, S::add(scaled, S::load(a.bias + i)));
      }
      if (rest > 0) {
        const Floats scaled = S::multiply(S::multiply(S::load(out + whole, rest), inverse),
                                          S::load(a.weight + whole, rest));
        S::store(out + whole, S::add(scaled, S::load(a.bias + whole, rest)), rest);
      }
    }
  }

  static float dot(int length, const float* a, const float* b) {
    const int whole = length & ~15, rest = length - whole;
    Floats sum = S::broadcast(0.0f);
    for (int i = 0; i < whole; i += 16)
      sum = S::add(sum, S::multiply(S::load(a + i), S::load(b + i)));
    if (rest > 0)
      sum = S::add(sum, S::multiply(S::load(a + whole, rest), S::load(b + whole, rest)));
    return S::sum(sum);
  }

  /// Bit i of the word: x[i] >= t[i], for the first `count` <= 64 items.
  static std::uint64_t reached(const float* x, const float* t, int count) {
    if (count == 64) {
      return std::uint64_t{S::at_least(S::load(x), S::load(t))} |
             std::uint64_t{S::at_least(S::load(x + 16), S::load(t + 16))} << 16 |
             std::uint64_t{S::at_least(S::load(x + 32), S::load(t + 32))} << 32 |
             std::uint64_t{S::at_least(S::load(x + 48), S::load(t + 48))} << 48;
    }
    std::uint64_t word = 0;
    for (int i = 0; i < count; i += 16) {
      const int some = count - i < 16 ? count - i : 16;
      const std::uint32_t mask = S::at_least(S::load(x + i, some), S::load(t + i, some));
      // Missing lanes are 0 >= 0.
      word |= std::uint64_t{mask & ((1u << some) - 1)} << i;
    }
    return word;
  }

  static void float_codes(const FloatCodes& a) {
    const int words = words_for(a.channels), planes = CodeScale{a.levels, 1, 0}.planes();
    std::uint64_t* codes = a.codes;
    for (int m = 0; m < a.rows; ++m, codes += static_cast<std::size_t>(planes) * words) {
      const float* x = a.x + static_cast<std::size_t>(m) * a.channels;
      for (int w = 0; w < words; ++w) {
        const int left = a.channels - w * 64, count = left < 64 ? left : 64;
        CodePlanes<std::uint64_t> bits;
        for (int j = 1; j < a.levels; ++j) {
          const float* t = a.thresholds + static_cast<std::size_t>(j - 1) * a.channels;
          bits.reach(j, reached(x + w * 64, t + w * 64, count));
        }
        for (int p = 0; p < planes; ++p) codes[p * words + w] = bits.plane[p];
      }
    }
  }

  /// Bit i of the word: n[i] >= t[i], or t[0] for all, for the first `count` <= 64 items.
  static std::uint64_t reached(const std::int32_t* n, const std::int32_t* t, bool one, int count) {
    std::uint64_t word = 0;
    for (int i = 0; i < count; i += 16) {
      const int some = count - i < 16 ? count - i : 16;
      const auto threshold = one ? S::broadcast(t[0]) : S::load(t + i, some);
      const std::uint32_t mask = S::at_least(S::load(n + i, some), threshold);
      word |= std::uint64_t{mask & ((1u << some) - 1)} << i;
    }
    return word;
  }

  static void integer_codes(const IntegerCodes& a) {
    const int words = words_for(a.channels), planes = CodeScale{a.levels, 1, 0}.planes();
    for (int w = 0; w < words; ++w) {
      const int left = a.channels - w * 64, count = left < 64 ? left : 64;
      CodePlanes<std::uint64_t> bits;
      for (int j = 1; j < a.levels; ++j) {
        const bool one = a.stride == 0;
        const std::int32_t* t =
            one ? a.thresholds + j - 1
                : a.thresholds + static_cast<std::size_t>(j - 1) * a.stride + w * 64;
        bits.reach(j, reached(a.n + w * 64, t, one, count));
      }
      for (int p = 0; p < planes; ++p) a.codes[p * words + w] = bits.plane[p];
    }
  }

  static void embedding_row(const EmbeddingRow& a) {
    const Floats plus = S::broadcast(a.scale), minus = S::broadcast(-a.scale);
    for (int i = 0; i < a.hidden; i += 16) {
      const int some = a.hidden - i < 16 ? a.hidden - i : 16;
      std::uint32_t signs = a.signs[i / 8];
      if (some > 8) signs |= std::uint32_t{a.signs[i / 8 + 1]} << 8;
      const Floats word = S::select(signs, plus, minus);
      const Floats sum =
          S::add(S::add(word, S::load(a.token_type + i, some)), S::load(a.position + i, some));
      S::store(a.out + i, sum, some);
    }
  }
};

}  // namespace bitcpp
