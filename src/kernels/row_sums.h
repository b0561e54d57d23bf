// R of each row of codes (bit_product.h), as kernels start from it.
#pragma once

#include <cstdint>

#include "kernels/codes.h"

namespace bitcpp {

/// Of up to `Rows` rows: R, floor(R / 2) and R mod 2. `S`, a SIMD vocabulary, keeps the functions
/// of one instruction set apart from those of another.
template <class S, int Rows>
struct RowSums {
  std::int32_t whole[Rows], half[Rows], parity[Rows];

  /// Of rows m, ..., m + rows - 1.
  void add_up(const CodeRows& codes, int m, int rows) {
    for (int r = 0; r < rows; ++r) {
      const std::uint64_t* u = codes.row(m + r);
      std::int32_t sum = 0;
      for (int p = 0; p < codes.planes; ++p) {
        int ones = 0;
        for (int k = 0; k < codes.words; ++k) ones += __builtin_popcountll(*u++);
        sum += ones << p;
      }
      whole[r] = sum;
      half[r] = sum / 2;
      parity[r] = sum % 2;
    }
  }
};

}  // namespace bitcpp
