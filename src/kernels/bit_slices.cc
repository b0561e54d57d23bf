#include "kernels/bit_slices.h"

#include <cstddef>

#include "kernels/codes.h"
#include "kernels/kernels.h"

namespace bitcpp {
namespace {

/// Swaps the off-diagonal squares of `Size` in every square of twice that size.
template <int Size>
void swap_squares(std::uint64_t* block) {
  constexpr std::uint64_t kMask = ~std::uint64_t{0} / ((std::uint64_t{1} << Size) + 1);
  for (int base = 0; base < 64; base += 2 * Size) {
    for (int i = base; i < base + Size; ++i) {
      const std::uint64_t swap = (block[i] >> Size ^ block[i + Size]) & kMask;
      block[i] ^= swap << Size;
      block[i + Size] ^= swap;
    }
  }
}

}  // namespace

// By ever smaller squares (Warren, Hacker's Delight, 7-3).
void transpose_square(std::uint64_t* block) {
  swap_squares<32>(block);
  swap_squares<16>(block);
  swap_squares<8>(block);
  swap_squares<4>(block);
  swap_squares<2>(block);
  swap_squares<1>(block);
}

void slice_bits(const std::uint64_t* row, int row_words, int first, int count, std::uint64_t* to) {
  const int shift = first % 64, words = words_for(count);
  const std::uint64_t last = ~std::uint64_t{0} >> (words * 64 - count);
  for (int w = 0, at = first / 64; w < words; ++w, ++at) {
    std::uint64_t word = row[at] >> shift;
    if (shift != 0 && at + 1 < row_words) word |= row[at + 1] << (64 - shift);
    to[w] = w == words - 1 ? word & last : word;
  }
}

void place_bits(const std::uint64_t* from, int first, int count, std::uint64_t* row) {
  const int shift = first % 64, last = (first + count - 1) / 64;
  for (int w = 0, at = first / 64; w < words_for(count); ++w, ++at) {
    row[at] |= from[w] << shift;
    if (shift != 0 && at < last) row[at + 1] |= from[w] >> (64 - shift);
  }
}

void transpose_bits(const Kernels& kernels, const std::uint64_t* from, int rows, int columns,
                    int from_stride, std::uint64_t* to) {
  const int to_words = words_for(rows);
  for (int m = 0; m < rows; m += 64) {
    const int some = rows - m < 64 ? rows - m : 64;
    for (int w = 0; w < words_for(columns); ++w) {
      alignas(64) std::uint64_t block[64];
      for (int i = 0; i < 64; ++i) {
        block[i] = i < some ? from[static_cast<std::size_t>(m + i) * from_stride + w] : 0;
      }
      kernels.transpose_square(block);
      const int wanted = columns - w * 64 < 64 ? columns - w * 64 : 64;
      for (int i = 0; i < wanted; ++i) {
        to[static_cast<std::size_t>(w * 64 + i) * to_words + m / 64] = block[i];
      }
    }
  }
}

}  // namespace bitcpp
