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

  /// LayerNorm of R rows side by side: a sum of a row is one long chain of additions, whose order
  /// is fixed, and several chains at once keep the adders busy. `a` by value: what is written could
  /// otherwise be part of it.
  template <int R>
  static void normalize_rows(const LayerNorm a, const float* v, float* out) {
    const int whole = a.hidden & ~15, rest = a.hidden - whole;
    const float count = static_cast<float>(a.hidden);
    float mean[R], inverse[R];
    Floats sum[R];
    for (Floats& one : sum) one = S::broadcast(0.0f);
    for (int i = 0; i < whole; i += 16) {
      for (int r = 0; r < R; ++r) sum[r] = S::add(sum[r], S::load(v + r * a.hidden + i));
    }
    for (int r = 0; r < R; ++r) {
      if (rest > 0) sum[r] = S::add(sum[r], S::load(v + r * a.hidden + whole, rest));
      mean[r] = S::sum(sum[r]) / count;
      sum[r] = S::broadcast(0.0f);
    }
    for (int i = 0; i < whole; i += 16) {
      for (int r = 0; r < R; ++r) {
        const Floats d = S::subtract(S::load(v + r * a.hidden + i), S::broadcast(mean[r]));
        sum[r] = S::add(sum[r], S::multiply(d, d));
      }
    }
    for (int r = 0; r < R; ++r) {
      if (rest > 0) {
        // By way of a store, so that the missing lanes are zero and not zero minus the mean.
        float lanes[16];
        S::store(lanes,
                 S::subtract(S::load(v + r * a.hidden + whole, rest), S::broadcast(mean[r])));
        const Floats d = S::load(lanes, rest);
        sum[r] = S::add(sum[r], S::multiply(d, d));
      }
      inverse[r] = 1.0f / square_root(S::sum(sum[r]) / count + a.eps);
    }
    const auto normalized = [&](int r, Floats x, Floats weight, Floats bias) {
      const Floats d = S::subtract(x, S::broadcast(mean[r]));
      return S::add(S::multiply(S::multiply(d, S::broadcast(inverse[r])), weight), bias);
    };
    for (int i = 0; i < whole; i += 16) {
      const Floats weight = S::load(a.weight + i), bias = S::load(a.bias + i);
      for (int r = 0; r < R; ++r) {
        const int at = r * a.hidden + i;
        // The next rows, out of the second-level cache: a sixth of the time on a Xeon.
        __builtin_prefetch(v + R * a.hidden + at);
        S::store(out + at, normalized(r, S::load(v + at), weight, bias));
      }
    }
    if (rest == 0) return;
    const Floats weight = S::load(a.weight + whole, rest), bias = S::load(a.bias + whole, rest);
    for (int r = 0; r < R; ++r) {
      const int at = r * a.hidden + whole;
      S::store(out + at, normalized(r, S::load(v + at, rest), weight, bias), rest);
    }
  }

  static void layer_norm(const LayerNorm& a) {
    constexpr int kRows = 4;
    std::int64_t row = 0;
    for (; row + kRows <= a.rows; row += kRows)
      normalize_rows<kRows>(a, a.v + row * a.hidden, a.out + row * a.hidden);
    for (; row < a.rows; ++row) normalize_rows<1>(a, a.v + row * a.hidden, a.out + row * a.hidden);
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
      return S::join(S::at_least(S::load(x), S::load(t)),
                     S::at_least(S::load(x + 16), S::load(t + 16)),
                     S::at_least(S::load(x + 32), S::load(t + 32)),
                     S::at_least(S::load(x + 48), S::load(t + 48)));
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

  /// Two levels: the hot case, in which a code is one comparison.
  static void float_bits(const FloatCodes& a) {
    const int whole = a.channels / 64, rest = a.channels % 64;
    const float* x = a.x;
    std::uint64_t* codes = a.codes;
    for (int m = 0; m < a.rows; ++m, x += a.channels) {
      for (int w = 0; w < whole; ++w) *codes++ = reached(x + w * 64, a.thresholds + w * 64, 64);
      if (rest > 0) *codes++ = reached(x + whole * 64, a.thresholds + whole * 64, rest);
    }
  }

  static void float_codes(const FloatCodes& a) {
    if (a.levels == 2) return float_bits(a);
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
    const int whole = a.hidden & ~15, rest = a.hidden - whole;
    for (int i = 0; i < whole; i += 16) {
      const std::uint32_t signs = a.signs[i / 8] | std::uint32_t{a.signs[i / 8 + 1]} << 8;
      const Floats word = S::select(signs, plus, minus);
      S::store(a.out + i, S::add(S::add(word, S::load(a.token_type + i)), S::load(a.position + i)));
    }
    if (rest == 0) return;
    std::uint32_t signs = a.signs[whole / 8];
    if (rest > 8) signs |= std::uint32_t{a.signs[whole / 8 + 1]} << 8;
    const Floats word = S::select(signs, plus, minus);
    const Floats sum = S::add(S::add(word, S::load(a.token_type + whole, rest)),
                              S::load(a.position + whole, rest));
    S::store(a.out + whole, sum, rest);
  }
};

}  // namespace bitcpp
