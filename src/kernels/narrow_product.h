// Products on 128-bit registers: bits are counted byte by byte, and bytes are added up late. For
// NEON and WASM, which count the bits of bytes and have no wider registers.
//
// Layout [outputs / 16][words][16]: a register holds one word of two outputs; an activation word is
// broadcast, ANDed with eight of them, counted, and added to eight registers of byte counters.
#pragma once

#include "kernels/bit_product.h"
#include "kernels/row_sums.h"
#include "kernels/simd_vector128.h"

namespace bitcpp {

/// S: Vector128Simd<Machine>. kTile: rows that share a load of the weights; each needs eight
/// registers of counters.
template <class S, class Machine, int kTile>
struct NarrowProduct {
  using Byte16 = Vector128::Byte16;
  using Half8 = Vector128::Half8;
  using Ints = typename S::Ints;

  static constexpr int kBlock = 16;              // outputs of a column block
  static constexpr int kRegisters = kBlock / 2;  // of one word of a column block
  static constexpr int kChunk = 64;              // rows whose codes stay in the first-level cache
  static constexpr int kFlush = 31;              // words before a byte counter, 8 a word, overflows

  static void pack_matrix(const std::uint64_t* rows, int outputs, int words,
                          std::uint64_t* packed) {
    for (int first = 0; first < outputs; first += kBlock) {
      for (int k = 0; k < words; ++k) {
        for (int o = first; o < first + kBlock; ++o) {
          *packed++ = o < outputs ? rows[static_cast<std::size_t>(o) * words + k] : 0;
        }
      }
    }
  }

  template <class Epilogue>
  static void run(const Product& product, const Epilogue& epilogue) {
    const CodeRows& codes = product.codes;
    RowSums<S, kChunk> sums;
    for (int m = 0; m < codes.rows; m += kChunk) {
      const int rows = codes.rows - m < kChunk ? codes.rows - m : kChunk;
      sums.add_up(codes, m, rows);
      const std::uint64_t* w = product.matrix;
      for (int o = 0; o < product.outputs;
           o += kBlock, w += static_cast<std::size_t>(kBlock) * codes.words) {
        int r = 0;
        for (; r + kTile <= rows; r += kTile) tile<kTile>(codes, m, r, o, w, sums, epilogue);
        for (; r < rows; ++r) tile<1>(codes, m, r, o, w, sums, epilogue);
      }
    }
  }

 private:
  /// R rows from m + first, 16 outputs from o.
  template <int R, class Epilogue>
  static void tile(const CodeRows& codes, int m, int first, int o, const std::uint64_t* w,
                   const RowSums<S, kChunk>& sums, const Epilogue& epilogue) {
    const std::size_t row_words = static_cast<std::size_t>(codes.planes) * codes.words;
    const std::uint64_t* u = codes.row(m + first);
    Ints total[R];
    for (int r = 0; r < R; ++r) total[r] = S::broadcast(std::int32_t{0});
    for (int p = codes.planes - 1; p >= 0; --p) {
      for (int r = 0; r < R; ++r) total[r] = S::add(total[r], total[r]);
      add_plane<R>(u + static_cast<std::size_t>(p) * codes.words, row_words, codes.words, w, total);
    }
    for (int r = 0; r < R; ++r) {
      const Ints half = S::broadcast(-sums.half[first + r]);
      epilogue.emit(m + first + r, o, sums.parity[first + r], S::add(total[r], half));
    }
  }

  /// Adds pop(u AND w) over one plane of R rows.
  template <int R>
  [[gnu::always_inline]] static void add_plane(const std::uint64_t* u, std::size_t row_words,
                                               int words, const std::uint64_t* w,
                                               Ints (&total)[R]) {
    // 16 bits hold two bytes of each of 1,023 words.
    Half8 wide[R][kRegisters] = {};
    for (int from = 0; from < words; from += kFlush) {
      const int to = words - from < kFlush ? words : from + kFlush;
      Byte16 count[R][kRegisters] = {};
      for (int k = from; k < to; ++k) count_word<R>(u + k, row_words, w + k * kBlock, count);
#pragma GCC unroll 2
      for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int i = 0; i < kRegisters; ++i)
          wide[r][i] = Machine::add_pairs(wide[r][i], count[r][i]);
      }
    }
    for (int r = 0; r < R; ++r) {
      const Half8* v = wide[r];
      total[r] =
          S::add(total[r], Ints{Machine::add_fours(v[0], v[1]), Machine::add_fours(v[2], v[3]),
                                Machine::add_fours(v[4], v[5]), Machine::add_fours(v[6], v[7])});
    }
  }

  template <int R>
  [[gnu::always_inline]] static void count_word(const std::uint64_t* u, std::size_t row_words,
                                                const std::uint64_t* w,
                                                Byte16 (&count)[R][kRegisters]) {
    Byte16 word[R];
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) word[r] = (Byte16)S::both(u[r * row_words]);
#pragma GCC unroll 8
    for (int i = 0; i < kRegisters; ++i) {
      const Byte16 weights = Vector128::read<Byte16>(w + i * 2);
#pragma GCC unroll 2
      for (int r = 0; r < R; ++r) count[r][i] += Machine::popcount(word[r] & weights);
    }
  }
};

}  // namespace bitcpp
