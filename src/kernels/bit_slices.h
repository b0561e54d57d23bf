// Moving bits: heads out of rows and back, and from rows of channels to rows of tokens.
#pragma once

#include <cstdint>

namespace bitcpp {

struct Kernels;

/// Copies bits [first, first + count) of `row` (row_words words) to bit 0 of `to`; the last word of
/// `to` is filled up with zeros.
void slice_bits(const std::uint64_t* row, int row_words, int first, int count, std::uint64_t* to);

/// The reverse: ORs `count` bits into `row` from bit `first` on; bits of `from` behind them are
/// zero.
void place_bits(const std::uint64_t* from, int first, int count, std::uint64_t* row);

/// 64 x 64 bits, in place.
void transpose_square(std::uint64_t* block);

/// Bit matrix (rows, columns) -> (columns, rows). Row m begins at from[m * from_stride], of
/// words_for(columns) words; `to` has rows of words_for(rows) words, their tails filled with zeros.
void transpose_bits(const Kernels& kernels, const std::uint64_t* from, int rows, int columns,
                    int from_stride, std::uint64_t* to);

}  // namespace bitcpp
