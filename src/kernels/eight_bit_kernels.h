// Attention in 8 bits, written once over a SIMD vocabulary (simd_scalar.h). What each step computes
// is defined in eight_bit.h.
#pragma once

#include <cstring>

#include "kernels/eight_bit.h"
#include "kernels/float_exp.h"

namespace bitcpp {

template <class S>
struct EightBitKernels {
  using Floats = typename S::Floats;
  using Ints = typename S::Ints;
  using Bytes = typename S::Bytes;

  static void rounded_rows(const RoundedRows& a) {
    const Floats inverse = S::broadcast(a.inverse);
    // The integer, and the bias with it, stands in the low bits of the sum.
    const Floats magic = S::broadcast(FloatExp::kMagic + static_cast<float>(a.bias));
    for (int m = 0; m < a.rows; ++m) {
      const std::size_t at = static_cast<std::size_t>(m) * static_cast<std::size_t>(a.channels);
      for (int k = 0; k < a.channels; k += 16) {
        const int some = a.channels - k < 16 ? a.channels - k : 16;
        const Floats centred = S::subtract(S::load(a.x + at + k, some), S::load(a.shift + k, some));
        Floats v = S::greater(S::multiply(centred, inverse), S::broadcast(-128.0f));
        v = S::smaller(v, S::broadcast(127.0f));
        store_bytes(a.out + static_cast<std::size_t>(m) * static_cast<std::size_t>(a.stride) + k,
                    S::add(v, magic), some);
      }
    }
  }

  static void zipped_rows(const ZippedRows& a) {
    std::uint8_t* out = a.out;
    for (int c = 0; c < a.columns; c += 16) {
      for (int first = 0; first < a.rows; first += 4, out += 64) zip(a, first, c, out);
    }
  }

  static void byte_product(const ByteProduct& a) {
    int m = 0;
    for (; m + kTile <= a.rows; m += kTile) rows<kTile>(a, m);
    for (; m < a.rows; ++m) rows<1>(a, m);
  }

  static void byte_softmax(const ByteSoftmax& a) {
    for (int m = 0; m < a.rows; ++m) {
      const std::size_t at = static_cast<std::size_t>(m) * static_cast<std::size_t>(a.padded_keys);
      const float greatest = integers_to_floats(a, a.scores + at);
      const float z = exponentials(a, greatest);
      const Floats factor = S::broadcast(1.0f / (a.alpha * z));
      const Floats magic = S::broadcast(FloatExp::kMagic);
      for (int t = 0; t < a.padded_keys; t += 16) {
        const Floats code =
            S::smaller(S::multiply(S::load(a.scratch + t), factor), S::broadcast(255.0f));
        S::store_low_bytes(a.codes + at + t, S::add(code, magic));
      }
    }
  }

 private:
  static constexpr int kTile = 4;  // rows that share a block of 16 columns

  static void store_bytes(std::uint8_t* to, Floats bytes, int count) {
    if (count >= 16) return S::store_low_bytes(to, bytes);
    std::uint8_t all[16];
    S::store_low_bytes(all, bytes);
    std::memcpy(to, all, static_cast<std::size_t>(count));
  }

  /// 16 columns of 4 rows, zeros where there are none.
  static void zip(const ZippedRows& a, int first, int c, std::uint8_t* out) {
    const int columns = a.columns - c < 16 ? a.columns - c : 16;
    std::uint8_t some[4][16] = {};
    const std::uint8_t* row[4];
    for (int i = 0; i < 4; ++i) {
      row[i] = some[i];
      if (first + i >= a.rows) continue;
      const std::uint8_t* from =
          a.a + static_cast<std::size_t>(first + i) * static_cast<std::size_t>(a.stride) + c;
      if (columns == 16) {
        row[i] = from;
      } else {
        std::memcpy(some[i], from, static_cast<std::size_t>(columns));
      }
    }
    S::store_bytes(out, S::zip(row[0], row[1], row[2], row[3]));
  }

  /// The last bytes of a row of `depth`, from k on and less than four, zeros behind them.
  static Bytes rest_of(const std::uint8_t* row, int k, int depth) {
    std::uint8_t some[4] = {};
    std::memcpy(some, row + k, static_cast<std::size_t>(depth - k));
    return S::broadcast_four(some);
  }

  template <int R>
  static void rows(const ByteProduct& a, int m) {
    const int depth = a.b.depth, whole = depth / 4 * 4;
    const std::uint8_t *b = a.b.data, *row[R];
    for (int r = 0; r < R; ++r)
      row[r] = a.a + static_cast<std::size_t>(m + r) * static_cast<std::size_t>(a.stride);
    for (int c = 0; c < a.b.columns; c += 16) {
      Ints sum[R];
      for (Ints& each : sum) each = S::broadcast(std::int32_t{0});
      for (int k = 0; k < whole; k += 4, b += 64) {
        const Bytes columns = S::load_bytes(b);
        for (int r = 0; r < R; ++r)
          sum[r] = S::add_dot4(sum[r], S::broadcast_four(row[r] + k), columns);
      }
      if (whole < depth) {
        const Bytes columns = S::load_bytes(b);
        for (int r = 0; r < R; ++r)
          sum[r] = S::add_dot4(sum[r], rest_of(row[r], whole, depth), columns);
        b += 64;
      }
      const int some = a.b.columns - c < 16 ? a.b.columns - c : 16;
      for (int r = 0; r < R; ++r) {
        const std::size_t at =
            static_cast<std::size_t>(m + r) * static_cast<std::size_t>(a.out_stride);
        S::store(a.out + at + c, sum[r], some);
      }
    }
  }

  static std::uint32_t lanes_of(int keys, int t) {
    return keys - t >= 16 ? 0xFFFFu : (1u << (keys - t)) - 1;
  }

  /// Leaves the scores as floats in a.scratch and returns the greatest.
  static float integers_to_floats(const ByteSoftmax& a, const std::int32_t* scores) {
    const Floats least = S::broadcast(-3.0e38f);
    Floats greatest = least;
    for (int t = 0; t < a.padded_keys; t += 16) {
      Floats n = S::to_float(S::add(S::load(scores + t), S::load(a.constants + t)));
      if (t + 16 > a.keys) n = S::select(lanes_of(a.keys, t), n, least);
      S::store(a.scratch + t, n);
      greatest = S::greater(greatest, n);
    }
    return S::greatest(greatest);
  }

  /// exp(x) for x <= 0, as float_exp.
  static Floats exponential(Floats x) {
    x = S::greater(x, S::broadcast(FloatExp::kLeast));
    const Floats magic = S::broadcast(FloatExp::kMagic);
    const Floats shifted = S::add(S::multiply(x, S::broadcast(FloatExp::kLog2E)), magic);
    const Floats k = S::subtract(shifted, magic);
    const Floats r = S::subtract(S::subtract(x, S::multiply(k, S::broadcast(FloatExp::kLog2High))),
                                 S::multiply(k, S::broadcast(FloatExp::kLog2Low)));
    Floats sum = S::broadcast(FloatExp::kSeries[0]);
    for (int i = 1; i < FloatExp::kTerms; ++i)
      sum = S::add(S::multiply(sum, r), S::broadcast(FloatExp::kSeries[i]));
    return S::multiply(sum, S::power_of_two(shifted));
  }

  /// Replaces the scores in a.scratch by e, zeros behind the last key, and returns their sum.
  static float exponentials(const ByteSoftmax& a, float greatest) {
    const Floats top = S::broadcast(greatest), scale = S::broadcast(a.scale);
    Floats sum = S::broadcast(0.0f);
    for (int t = 0; t < a.padded_keys; t += 16) {
      Floats e = exponential(S::multiply(scale, S::subtract(S::load(a.scratch + t), top)));
      if (t + 16 > a.keys) e = S::select(lanes_of(a.keys, t), e, S::broadcast(0.0f));
      S::store(a.scratch + t, e);
      sum = S::add(sum, e);
    }
    return S::sum(sum);
  }
};

}  // namespace bitcpp
