// Attention probabilities of sign queries and keys, written once over a SIMD vocabulary
// (simd_scalar.h): a score's table index is one byte, 64 keys at a time.
//
// Counting. Z needs to know how many keys have each index. The bits of 64 indices are turned into
// planes: the planes of bits 0-2 give 8 words, "which keys have l in their low bits", those above
// give one word per group of 8 indices, "which keys are in group h"; the population count of their
// AND is the count of index 8 h + l, 8 of them at once.
#pragma once

#include "kernels/binary_attention.h"
#include "kernels/code_planes.h"

namespace bitcpp {

/// HeadSize: the usual ones, known to the compiler, or 0 for any.
template <class S, int HeadSize>
struct ByteAttention {
  using Bytes = typename S::Bytes;
  using Words = typename S::Words;
  using Doubles = typename S::Doubles;

  /// By value: bytes are stored on the way, and could otherwise be part of the arguments.
  static void binary_probabilities(BinaryAttention a) {
    const std::size_t row_words = static_cast<std::size_t>(a.padded_keys) / 64 *
                                  static_cast<std::size_t>(CodeScale{a.levels, 1, 0}.planes());
    for (int q = 0; q < a.queries; q += kQueriesTogether) {
      const int some = a.queries - q < kQueriesTogether ? a.queries - q : kQueriesTogether;
      double z[kQueriesTogether];
      for (int i = 0; i < some; ++i) {
        z[i] = score_row(a, a.query + a.query_stride * (q + i), index_row(a, i));
      }
      for (int i = 0; i < some; ++i) {
        code_row(a, z[i], index_row(a, i), a.codes + row_words * static_cast<std::size_t>(q + i));
      }
    }
  }

 private:
  static constexpr int kMaxGroups = HeadSize > 0 ? HeadSize / 8 + 1 : 32;

  static int head_size(const BinaryAttention& a) { return HeadSize > 0 ? HeadSize : a.head_size; }

  static std::uint8_t* index_row(const BinaryAttention& a, int i) {
    return a.index + static_cast<std::size_t>(i) * static_cast<std::size_t>(a.padded_keys);
  }

  /// Table indices of one query's scores to `index`; returns Z.
  static double score_row(const BinaryAttention& a, const std::uint8_t* query,
                          std::uint8_t* index) {
    const int groups = head_size(a) / 8 + 1;  // of 8 indices; there are head_size + 1
    Words counts[kMaxGroups];
    for (int h = 0; h < groups; ++h) counts[h] = S::zero_words();
    for (int w = 0; w < a.padded_keys / 64; ++w) {
      const Bytes some = indices(a, query, w * 64);
      S::store_bytes(index + w * 64, some);
      count(some, keys_of_word(a, w), groups, counts);
    }
    return sum(groups, counts, a.table);
  }

  static std::uint64_t keys_of_word(const BinaryAttention& a, int w) {
    const int left = a.keys - w * 64;
    return left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
  }

  /// Table indices of the 64 keys from t on.
  static Bytes indices(const BinaryAttention& a, const std::uint8_t* query, int t) {
    const int bytes = (head_size(a) + 7) / 8;
    Bytes differing = S::broadcast_byte(0);
    for (int b = 0; b < bytes; ++b) {
      const Bytes keys =
          S::load_bytes(a.key_bytes + static_cast<std::size_t>(b) * a.padded_keys + t);
      differing = S::add(differing, S::differing_bits(keys, S::broadcast_byte(query[b])));
    }
    return S::subtract(S::broadcast_byte(static_cast<std::uint8_t>(head_size(a))), differing);
  }

  /// Adds the indices of the keys in `keys` to the counts of their groups.
  static void count(Bytes index, std::uint64_t keys, int groups, Words* counts) {
    if constexpr (requires { S::index_planes(index); }) {
      count_in_registers(index, keys, groups, counts);
    } else {
      count_by_words(index, keys, groups, counts);
    }
  }

  /// Where an instruction set turns bytes into planes at once, and 8 groups fit a register: half
  /// the time of the way over words.
  static void count_in_registers(Bytes index, std::uint64_t keys, int groups, Words* counts) {
    const auto planes = S::index_planes(index);
    const Words low = S::keys_by_low_bits(planes, keys);
    for (int first = 0; first < groups; first += 8) {
      const Words high = S::keys_by_high_bits(planes, first / 8, groups > 8);
      const int some = groups - first < 8 ? groups - first : 8;
#pragma GCC unroll 8
      for (int h = 0; h < 8; ++h) {
        if (h < some) counts[first + h] = S::add_popcount(counts[first + h], low, high, h);
      }
    }
  }

  static void count_by_words(Bytes index, std::uint64_t keys, int groups, Words* counts) {
    const Words low =
        S::select_by_planes(keys, S::plane(index, 0), S::plane(index, 1), S::plane(index, 2));
    std::uint64_t group[2 * kMaxGroups];
    group[0] = ~std::uint64_t{0};
    for (int known = 1, bit = 3; known < groups; known *= 2, ++bit) {
      const std::uint64_t plane = S::plane(index, bit);
      for (int h = 0; h < known; ++h) {
        group[known + h] = group[h] & plane;
        group[h] &= ~plane;
      }
    }
    for (int h = 0; h < groups; ++h) counts[h] = S::add_popcount(counts[h], low, group[h]);
  }

  /// Z of bit_attention.h.
  static double sum(int groups, const Words* counts, const double* table) {
    Doubles lanes = S::broadcast(0.0);
    for (int h = 0; h < groups; ++h) {
      lanes = S::add(lanes, S::multiply(S::to_double(counts[h]), S::load(table + h * 8)));
    }
    return S::sum(lanes);
  }

  /// The first index that reaches `bound`: the table ascends, so as many as lie below it.
  static int first_reaching(const BinaryAttention& a, double bound) {
    const Doubles wanted = S::broadcast(bound);
    const int whole = (head_size(a) + 1) / 8, rest = (head_size(a) + 1) % 8;
    int first = 0;
    for (int h = 0; h < whole; ++h)
      first += __builtin_popcount(S::below(S::load(a.table + h * 8), wanted));
    if (rest > 0)
      first +=
          __builtin_popcount(S::below(S::load(a.table + whole * 8), wanted) & ((1u << rest) - 1));
    return first;
  }

  static void code_row(const BinaryAttention& a, double z, const std::uint8_t* index,
                       std::uint64_t* codes) {
    const int words = a.padded_keys / 64, planes = CodeScale{a.levels, 1, 0}.planes();
    for (int i = 0; i < planes * words; ++i) codes[i] = 0;
    for (int j = 1; j < a.levels; ++j) {
      const Bytes first =
          S::broadcast_byte(static_cast<std::uint8_t>(first_reaching(a, a.cuts[j - 1] * z)));
      for (int w = 0; w < words; ++w) {
        const std::uint64_t reached =
            S::at_least(S::load_bytes(index + w * 64), first) & keys_of_word(a, w);
        for (int p = 0; p < planes && j % (1 << p) == 0; ++p) codes[p * words + w] ^= reached;
      }
    }
  }
};

template <class S>
struct ByteKernels {
  static void binary_probabilities(const BinaryAttention& a) {
    if (a.head_size == 32) return ByteAttention<S, 32>::binary_probabilities(a);
    if (a.head_size == 64) return ByteAttention<S, 64>::binary_probabilities(a);
    ByteAttention<S, 0>::binary_probabilities(a);
  }
};

}  // namespace bitcpp
