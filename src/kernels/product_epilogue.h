// What becomes of the integers of a product, 16 outputs of one row at a time (bit_product.h has the
// algebra).
//
// A kernel that counts calls `emit(m, o, parity, a)` for every row m and every o that is a multiple
// of 16, up to a whole column block, with a = A - floor(R / 2) and parity = R mod 2. One that
// multiplies bytes gets n = 2 A - R as cheaply and calls `column(o).emit(m, n)`, which keeps the
// constants of 16 outputs over many rows.
#pragma once

#include <cstring>

#include "kernels/bit_product.h"
#include "kernels/code_planes.h"

namespace bitcpp {

[[gnu::always_inline]] constexpr int padded_outputs(int outputs) {
  return (outputs + 63) / 64 * 64;
}

/// a -> n of unsigned codes.
template <class S>
struct IntegersEpilogue {
  int outputs;
  std::int32_t* out;

  void emit(int m, int o, int parity, typename S::Ints a) const {
    column(o).emit(m, S::add(S::shift_left(a, 1), S::broadcast(std::int32_t{-parity})));
  }

  struct Column {
    IntegersEpilogue to;
    int o;

    void emit(int m, typename S::Ints n) const {
      if (o >= to.outputs) return;
      const int count = to.outputs - o < 16 ? to.outputs - o : 16;
      S::store(to.out + static_cast<std::size_t>(m) * to.outputs + o, n, count);
    }
  };
  Column column(int o) const { return {*this, o}; }
};

/// a -> codes of two levels (Single) or any number.
template <class S, bool Single>
struct CodesEpilogue {
  CodeOutput output;
  int stride, words, planes;

  CodesEpilogue(const CodeOutput& to, int outputs)
      : output(to),
        stride(padded_outputs(outputs)),
        words(to.place.row_words > 0 ? to.place.row_words : words_for(outputs)),
        planes(CodeScale{to.levels, 1, 0}.planes()) {}

  /// Clears the last word of each plane, which column blocks may not fill.
  void clear_tails(int rows) const {
    if (output.place.row_words > 0) return;
    const std::size_t rows_of_words = static_cast<std::size_t>(rows) * planes;
    for (std::size_t i = 1; i <= rows_of_words; ++i) output.codes[i * words - 1] = 0;
  }

  void emit(int m, int o, int parity, typename S::Ints a) const {
    const std::int32_t* thresholds = output.thresholds + parity * stride + o;
    std::uint64_t* row = output.codes + static_cast<std::size_t>(m) * planes * words;
    if constexpr (Single) {
      put(row, output.place.first + o, S::at_least(a, S::load(thresholds)));
    } else {
      CodePlanes<std::uint32_t> bits;
      for (int j = 1; j < output.levels; ++j, thresholds += 2 * stride) {
        bits.reach(j, S::at_least(a, S::load(thresholds)));
      }
      for (int p = 0; p < planes; ++p) put(row + p * words, output.place.first + o, bits.plane[p]);
    }
  }

  /// The tables hold ceil(u / 2) and ceil((u + 1) / 2) of the bound u on n, which add up to u + 1.
  typename S::Ints bound(int level, int o) const {
    const std::int32_t* thresholds = output.thresholds + (level - 1) * 2 * stride + o;
    return S::add(S::add(S::load(thresholds), S::load(thresholds + stride)), S::broadcast(-1));
  }

  struct Column {
    CodesEpilogue to;
    int o;
    typename S::Ints first;  // bound of level 1

    void emit(int m, typename S::Ints n) const {
      std::uint64_t* row = to.output.codes + static_cast<std::size_t>(m) * to.planes * to.words;
      const int channel = to.output.place.first + o;
      if constexpr (Single) {
        put(row, channel, S::at_least(n, first));
      } else {
        CodePlanes<std::uint32_t> bits;
        for (int j = 1; j < to.output.levels; ++j) bits.reach(j, S::at_least(n, to.bound(j, o)));
        for (int p = 0; p < to.planes; ++p) put(row + p * to.words, channel, bits.plane[p]);
      }
    }
  };
  Column column(int o) const { return {*this, o, bound(1, o)}; }

  static void put(std::uint64_t* plane, int o, std::uint32_t mask) {
    static_assert(std::endian::native == std::endian::little);
    const auto bits = static_cast<std::uint16_t>(mask);
    std::memcpy(reinterpret_cast<char*>(plane) + o / 8, &bits, sizeof bits);
  }
};

/// a -> scale * n + bias, of the 16 outputs from o on.
template <class S>
[[gnu::always_inline]] inline typename S::Floats scaled_lanes(const ScaledOutput& output,
                                                              int stride, int o, int parity,
                                                              typename S::Ints a) {
  const auto n =
      S::add(S::shift_left(a, output.shift), S::load(output.corrections + parity * stride + o));
  return S::add(S::multiply(S::load(output.scale + o), S::to_float(n)), S::load(output.bias + o));
}

/// n of codes as they are -> scale * n + bias, of 16 outputs, for an epilogue that puts them where
/// they belong.
template <class S, class Epilogue>
struct ScaledColumn {
  Epilogue to;
  int o;
  typename S::Ints correction;
  typename S::Floats scale, bias;
  int shift;

  ScaledColumn(const Epilogue& epilogue, const ScaledOutput& output, int first)
      : to(epilogue),
        o(first),
        correction(S::load(output.corrections + o)),
        scale(S::load(output.scale + o)),
        bias(S::load(output.bias + o)),
        shift(output.shift - 1) {}

  void emit(int m, typename S::Ints n) const {
    if (o >= to.outputs) return;
    const auto whole = S::add(S::shift_left(n, shift), correction);
    to.put(m, o, S::add(S::multiply(scale, S::to_float(whole)), bias));
  }
};

/// a -> scale * n + bias (+ residual).
template <class S>
struct ScaledEpilogue {
  ScaledOutput output;
  int outputs, stride;

  ScaledEpilogue(const ScaledOutput& to, int count)
      : output(to), outputs(count), stride(padded_outputs(count)) {}

  void emit(int m, int o, int parity, typename S::Ints a) const {
    if (o < outputs) put(m, o, scaled_lanes<S>(output, stride, o, parity, a));
  }

  ScaledColumn<S, ScaledEpilogue> column(int o) const { return {*this, output, o}; }

  void put(int m, int o, typename S::Floats y) const {
    const int count = outputs - o < 16 ? outputs - o : 16;
    const std::size_t at = static_cast<std::size_t>(m) * outputs + o;
    if (count == 16) {
      if (output.residual != nullptr) y = S::add(y, S::load(output.residual + at));
      S::store(output.out + at, y);
    } else {
      if (output.residual != nullptr) y = S::add(y, S::load(output.residual + at, count));
      S::store(output.out + at, y, count);
    }
  }
};

/// a -> bytes.
template <class S>
struct BytesEpilogue {
  ByteOutput output;
  int outputs, stride;

  BytesEpilogue(const ByteOutput& to, int count)
      : output(to), outputs(count), stride(padded_outputs(count)) {}

  void emit(int m, int o, int parity, typename S::Ints a) const {
    if (o < outputs) put(m, o, scaled_lanes<S>(output.y, stride, o, parity, a));
  }

  ScaledColumn<S, BytesEpilogue> column(int o) const { return {*this, output.y, o}; }

  void put(int m, int o, typename S::Floats y) const {
    auto v = S::multiply(S::subtract(y, S::load(output.zero + o)), S::broadcast(output.inverse));
    v = S::smaller(S::greater(v, S::broadcast(-128.0f)), S::broadcast(127.0f));
    // 1.5 * 2^23: the integer, and the offset with it, stands in the low bits of the sum.
    v = S::add(v, S::broadcast(12582912.0f + static_cast<float>(output.offset)));
    std::uint8_t* to =
        output.out + static_cast<std::size_t>(m) * static_cast<std::size_t>(output.out_stride) + o;
    if (outputs - o >= 16) return S::store_low_bytes(to, v);
    std::uint8_t all[16];
    S::store_low_bytes(all, v);
    std::memcpy(to, all, static_cast<std::size_t>(outputs - o));
  }
};

/// The kernels of bit_product.h from a `Multiply::run(product, epilogue)` that calls emit.
template <class S, class Multiply>
struct ProductKernels {
  static void integers(const Product& product, std::int32_t* out) {
    Multiply::run(product, IntegersEpilogue<S>{product.outputs, out});
  }
  static void codes(const Product& product, const CodeOutput& output) {
    if (output.levels == 2) {
      codes_of<true>(product, output);
    } else {
      codes_of<false>(product, output);
    }
  }
  static void scaled(const Product& product, const ScaledOutput& output) {
    Multiply::run(product, ScaledEpilogue<S>(output, product.outputs));
  }
  static void bytes(const Product& product, const ByteOutput& output) {
    Multiply::run(product, BytesEpilogue<S>(output, product.outputs));
  }

 private:
  template <bool Single>
  static void codes_of(const Product& product, const CodeOutput& output) {
    const CodesEpilogue<S, Single> epilogue(output, product.outputs);
    epilogue.clear_tails(product.codes.rows);
    Multiply::run(product, epilogue);
  }
};

}  // namespace bitcpp
