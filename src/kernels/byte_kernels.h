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
    lay_out_keys(a);
    const std::size_t row_words = static_cast<std::size_t>(a.padded_keys) / 64 *
                                  static_cast<std::size_t>(CodeScale{a.levels, 1, 0}.planes());
    const BlockEnds ends(a);
    for (int q = 0; q < a.queries; q += kQueriesTogether) {
      const int some = a.queries - q < kQueriesTogether ? a.queries - q : kQueriesTogether;
      double z[kQueriesTogether];
      score_rows(a, q, some);
      sum_rows(a, some, z);
      for (int i = 0; i < some; ++i) {
        code_row(a, ends, z[i], index_row(a, i),
                 a.codes + row_words * static_cast<std::size_t>(q + i));
      }
    }
  }

 private:
  static constexpr int kMaxGroups = HeadSize > 0 ? HeadSize / 8 + 1 : 32;
  static constexpr int kMaxBytes = HeadSize > 0 ? (HeadSize + 7) / 8 : 32;
  static constexpr int kSumsTogether = 4;

  /// The last entry of each whole block of 8 entries of the table, then infinities.
  struct BlockEnds {
    double last[(kMaxGroups + 7) / 8 * 8];

    explicit BlockEnds(const BinaryAttention& a) {
      const int blocks = whole_blocks(a);
      for (int h = 0; h < padded(blocks); ++h)
        last[h] = h < blocks ? a.table[h * 8 + 7] : __builtin_inf();
    }
    static int padded(int blocks) { return (blocks + 7) / 8 * 8; }
  };

  static int whole_blocks(const BinaryAttention& a) { return (head_size(a) + 1) / 8; }

  /// Indices come in groups of 8; there are head_size + 1.
  static int groups(const BinaryAttention& a) { return head_size(a) / 8 + 1; }
  static int head_size(const BinaryAttention& a) { return HeadSize > 0 ? HeadSize : a.head_size; }
  static int query_bytes(const BinaryAttention& a) { return (head_size(a) + 7) / 8; }

  /// key_bytes: byte b of every key side by side, zeros behind the last.
  static void lay_out_keys(const BinaryAttention& a) {
    for (int b = 0; b < query_bytes(a); ++b) {
      const std::uint8_t* from = a.key + b;
      std::uint8_t* to = a.key_bytes + static_cast<std::size_t>(b) * a.padded_keys;
      for (int t = 0; t < a.keys; ++t, from += a.key_stride) to[t] = *from;
      for (int t = a.keys; t < a.padded_keys; ++t) to[t] = 0;
    }
  }

  static std::uint8_t* index_row(const BinaryAttention& a, int i) {
    return a.index + static_cast<std::size_t>(i) * static_cast<std::size_t>(a.padded_keys);
  }

  /// Table indices of the scores of `some` queries from q on to their index rows.
  static void score_rows(const BinaryAttention& a, int q, int some) {
    std::uint8_t fours[kQueriesTogether][4 * kMaxBytes];
    for (int i = 0; i < some; ++i) repeat_bytes(a, q + i, fours[i]);
    for (int i = 0; i < some; ++i) score_row(a, fours[i], index_row(a, i));
  }

  /// Z of the queries whose scores stand in the first `some` index rows.
  static void sum_rows(const BinaryAttention& a, int some, double* z) {
    Words counts[kQueriesTogether][kMaxGroups];
    for (int i = 0; i < some; ++i) {
      for (int h = 0; h < groups(a); ++h) counts[i][h] = S::zero_words();
    }
    for (int w = 0; w < a.padded_keys / 64; ++w) count_word(a, w, some, counts);
    int i = 0;
    for (; i + kSumsTogether <= some; i += kSumsTogether) sums<kSumsTogether>(a, counts + i, z + i);
    for (; i < some; ++i) sums<1>(a, counts + i, z + i);
  }

  static void score_row(const BinaryAttention& a, const std::uint8_t* fours, std::uint8_t* index) {
    for (int w = 0; w < a.padded_keys / 64; ++w)
      S::store_bytes(index + w * 64, indices(a, fours, w * 64));
  }

  static std::uint64_t keys_of_word(const BinaryAttention& a, int w) {
    const int left = a.keys - w * 64;
    return left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
  }

  /// Each byte of a query four times: on x86, 32 bits out of memory go to all lanes by the way,
  /// where 8 bits take a shuffle.
  static void repeat_bytes(const BinaryAttention& a, int query, std::uint8_t* fours) {
    const std::uint8_t* from = a.query + a.query_stride * query;
    for (int b = 0; b < query_bytes(a); ++b) {
      const std::uint32_t four = from[b] * std::uint32_t{0x01010101};
      __builtin_memcpy(fours + 4 * b, &four, sizeof four);
    }
  }

  /// Table indices of the 64 keys from t on, of the query whose bytes stand in `fours`.
  static Bytes indices(const BinaryAttention& a, const std::uint8_t* fours, int t) {
    Bytes differing = S::broadcast_byte(0);
    for (int b = 0; b < query_bytes(a); ++b) {
      const Bytes keys =
          S::load_bytes(a.key_bytes + static_cast<std::size_t>(b) * a.padded_keys + t);
      differing = S::add(differing, S::differing_bits(keys, S::broadcast_four(fours + 4 * b)));
    }
    return S::subtract(S::broadcast_byte(static_cast<std::uint8_t>(head_size(a))), differing);
  }

  /// Adds the indices of 64 keys to the counts of their groups, for each of `queries` queries.
  static void count_word(const BinaryAttention& a, int w, int queries,
                         Words (*counts)[kMaxGroups]) {
    for (int i = 0; i < queries; ++i) {
      count_by_words(S::load_bytes(index_row(a, i) + w * 64), keys_of_word(a, w), groups(a),
                     counts[i]);
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

  /// Z of bit_attention.h, of Q queries at once: each is one long chain of additions.
  template <int Q>
  static void sums(const BinaryAttention& a, const Words (*counts)[kMaxGroups], double* z) {
    Doubles lanes[Q];
    for (Doubles& one : lanes) one = S::broadcast(0.0);
    for (int h = 0; h < groups(a); ++h) {
      const Doubles table = S::load(a.table + h * 8);
      for (int q = 0; q < Q; ++q)
        lanes[q] = S::add(lanes[q], S::multiply(S::to_double(counts[q][h]), table));
    }
    for (int q = 0; q < Q; ++q) z[q] = S::sum(lanes[q]);
  }

  /// The first index that reaches `bound`: the table ascends, so as many as lie below it. First the
  /// block where it is, then the place in there.
  static int first_reaching(const BinaryAttention& a, const BlockEnds& ends, double bound) {
    const Doubles wanted = S::broadcast(bound);
    const int whole = whole_blocks(a), rest = (head_size(a) + 1) % 8;
    int block = 0;
    for (int h = 0; h < whole; h += 8)
      block += __builtin_popcount(S::below(S::load(ends.last + h), wanted));
    if (rest == 0 && block == whole) return whole * 8;
    const unsigned entries = block == whole ? (1u << rest) - 1 : 255;
    return block * 8 + __builtin_popcount(S::below(S::load(a.table + block * 8), wanted) & entries);
  }

  static void code_row(const BinaryAttention& a, const BlockEnds& ends, double z,
                       const std::uint8_t* index, std::uint64_t* codes) {
    const int words = a.padded_keys / 64, planes = CodeScale{a.levels, 1, 0}.planes();
    if (a.levels == 2) {
      const Bytes first = first_index(a, ends, a.cuts[0] * z);
      for (int w = 0; w < words; ++w) codes[w] = keys_reaching(a, first, index, w);
      return;
    }
    for (int i = 0; i < planes * words; ++i) codes[i] = 0;
    for (int j = 1; j < a.levels; ++j) {
      const Bytes first = first_index(a, ends, a.cuts[j - 1] * z);
      for (int w = 0; w < words; ++w) {
        const std::uint64_t reached = keys_reaching(a, first, index, w);
        for (int p = 0; p < planes && j % (1 << p) == 0; ++p) codes[p * words + w] ^= reached;
      }
    }
  }

  static Bytes first_index(const BinaryAttention& a, const BlockEnds& ends, double bound) {
    return S::broadcast_byte(static_cast<std::uint8_t>(first_reaching(a, ends, bound)));
  }

  static std::uint64_t keys_reaching(const BinaryAttention& a, Bytes first,
                                     const std::uint8_t* index, int w) {
    return S::at_least(S::load_bytes(index + w * 64), first) & keys_of_word(a, w);
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
