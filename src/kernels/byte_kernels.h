// Attention probabilities of sign queries and keys, written once over a SIMD vocabulary
// (simd_scalar.h): a score's table index is one byte, 64 keys at a time.
#pragma once

#include "kernels/binary_attention.h"
#include "kernels/code_planes.h"

namespace bitcpp {

template <class S>
struct ByteKernels {
  using Bytes = typename S::Bytes;

  static void binary_probabilities(const BinaryAttention& a) {
    const int words = a.padded_keys / 64, planes = CodeScale{a.levels, 1, 0}.planes();
    // Only counts of the indices between a row's least and greatest are written and read.
    std::int32_t counts[256];
    for (int q = 0; q < a.queries; ++q) {
      const Range range = indices(a, a.query + static_cast<std::size_t>(q) * a.words);
      count(a, range, counts);
      const double z = sum(range, counts, a.table);
      code_row(a, z, a.codes + static_cast<std::size_t>(q) * planes * words);
    }
  }

 private:
  struct Range {
    int least, greatest;
  };

  /// Fills a.index; the places behind the last key repeat the first key's index.
  static Range indices(const BinaryAttention& a, const std::uint64_t* query) {
    const int bytes = (a.head_size + 7) / 8;
    const Bytes all = S::broadcast_byte(static_cast<std::uint8_t>(a.head_size));
    for (int t = 0; t < a.padded_keys; t += 64) {
      Bytes differing = S::broadcast_byte(0);
      for (int b = 0; b < bytes; ++b) {
        const auto byte = static_cast<std::uint8_t>(query[b / 8] >> (b % 8 * 8));
        const Bytes keys =
            S::load_bytes(a.key_bytes + static_cast<std::size_t>(b) * a.padded_keys + t);
        differing = S::add(differing, S::differing_bits(keys, S::broadcast_byte(byte)));
      }
      S::store_bytes(a.index + t, S::subtract(all, differing));
    }
    for (int t = a.keys; t < a.padded_keys; ++t) a.index[t] = a.index[0];
    Bytes least = S::load_bytes(a.index), greatest = least;
    for (int t = 64; t < a.padded_keys; t += 64) {
      const Bytes index = S::load_bytes(a.index + t);
      least = S::lesser(least, index);
      greatest = S::greater(greatest, index);
    }
    return {S::least(least), S::greatest(greatest)};
  }

  static void count(const BinaryAttention& a, Range range, std::int32_t* counts) {
    // Whole groups of 8, which is how `sum` reads them.
    for (int i = range.least & ~7; i < range.least; ++i) counts[i] = 0;
    for (int i = range.greatest + 1; i < (range.greatest | 7) + 1; ++i) counts[i] = 0;
    for (int i = range.least; i <= range.greatest; ++i) {
      const Bytes wanted = S::broadcast_byte(static_cast<std::uint8_t>(i));
      int found = 0;
      for (int t = 0; t < a.padded_keys; t += 64) {
        found += __builtin_popcountll(S::equal(S::load_bytes(a.index + t), wanted));
      }
      counts[i] = found;
    }
    counts[a.index[0]] -= a.padded_keys - a.keys;
  }

  /// Z of bit_attention.h: groups of 8 without a key would add +0 and change nothing.
  static double sum(Range range, const std::int32_t* counts, const double* table) {
    double lane[8] = {};
    for (int i = range.least & ~7; i <= range.greatest; i += 8) {
      for (int l = 0; l < 8; ++l) lane[l] += static_cast<double>(counts[i + l]) * table[i + l];
    }
    for (int half = 4; half > 0; half /= 2) {
      for (int l = 0; l < half; ++l) lane[l] += lane[l + half];
    }
    return lane[0];
  }

  static void code_row(const BinaryAttention& a, double z, std::uint64_t* codes) {
    const int words = a.padded_keys / 64, planes = CodeScale{a.levels, 1, 0}.planes();
    for (int i = 0; i < planes * words; ++i) codes[i] = 0;
    for (int j = 1; j < a.levels; ++j) {
      const double bound = a.cuts[j - 1] * z;
      int below = 0;  // the table ascends, so this many indices miss the cut
      for (int i = 0; i <= a.head_size; ++i) below += a.table[i] < bound;
      const Bytes first = S::broadcast_byte(static_cast<std::uint8_t>(below));
      for (int w = 0; w < words; ++w) {
        const std::uint64_t reached = S::at_least(S::load_bytes(a.index + w * 64), first);
        for (int p = 0; p < planes && j % (1 << p) == 0; ++p) codes[p * words + w] ^= reached;
      }
    }
    if (const int rest = a.keys % 64; rest != 0) {
      for (int p = 0; p < planes; ++p) codes[(p + 1) * words - 1] &= (std::uint64_t{1} << rest) - 1;
    }
  }
};

}  // namespace bitcpp
