// Attention probabilities out of table indices (indexed_attention.h), written once over a SIMD
// vocabulary (simd_scalar.h).
#pragma once

#include <cstring>

#include "kernels/indexed_attention.h"
#include "kernels/lane_kernels.h"

namespace bitcpp {

template <class S>
struct IndexKernels {
  using Doubles = typename S::Doubles;

  static void indexed_probabilities(const IndexedAttention& arguments) {
    // A copy, as counts and codes are stored on the way, and could otherwise be part of it.
    const IndexedAttention a = arguments;
    const std::size_t words = words_for(a.keys);
    const std::size_t row_words =
        words * static_cast<std::size_t>(CodeScale{a.levels, 1, 0}.planes());
    const std::int32_t* index = a.index;
    std::uint64_t* codes = a.codes;
    for (int q = 0; q < a.queries; ++q, index += a.keys, codes += row_words) {
      const double z = sum(a, index);
      for (int j = 0; j < a.levels - 1; ++j) a.firsts[j] = first_reaching(a, a.cuts[j] * z);
      LaneKernels<S>::integer_codes({a.keys, index, a.levels, a.firsts, 0, codes});
    }
  }

 private:
  /// Z of one query. Indices nobody has add +0: whole groups of 8 below the least and above the
  /// greatest are left out. The counts are zero before and after.
  static double sum(const IndexedAttention& a, const std::int32_t* index) {
    std::int32_t least = index[0], greatest = index[0];
    for (int t = 0; t < a.keys; ++t) {
      least = index[t] < least ? index[t] : least;
      greatest = index[t] > greatest ? index[t] : greatest;
    }
    for (int t = 0; t < a.keys; ++t) ++a.counts[index[t]];
    const int begin = least / 8 * 8, end = greatest / 8 * 8 + 8;
    Doubles lanes = S::broadcast(0.0);
    for (int i = begin; i < end; i += 8) {
      const Doubles count = S::to_double(S::load_words(a.counts + i));
      lanes = S::add(lanes, S::multiply(count, S::load(a.table + i)));
    }
    std::memset(a.counts + begin, 0, static_cast<std::size_t>(end - begin) * sizeof(*a.counts));
    return S::sum(lanes);
  }

  /// The first index whose entry reaches the bound, by halves and without a branch that depends on
  /// the table: it would be guessed wrong half the time.
  static std::int32_t first_reaching(const IndexedAttention& a, double bound) {
    std::int32_t first = 0, left = a.table_size;
    while (left > 1) {
      const std::int32_t half = left / 2;
      first += a.table[first + half - 1] < bound ? half : 0;
      left -= half;
    }
    return first + (a.table[first] < bound);
  }
};

}  // namespace bitcpp
