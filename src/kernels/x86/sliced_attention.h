// Attention probabilities of sign queries and keys, bit-sliced: 8 queries x 64 keys in a register.
//
// Lane q of a register is query q's word of 64 keys, and a score's table index (the number of
// channels at which query and key agree) lies across registers, a binary digit in each. So every
// step, from the scores to the codes, is a few logical operations for 512 scores.
//
// Scores. Of three channels, the keys' agreement with each of the 8 patterns a query can have there
// is a number of two digits; all 8 lie in two registers, and a permutation by the queries' patterns
// takes each query its own. Full adders add them up, an instruction for a sum and one for a carry.
// Counting. Which keys have index 8 h + l is the AND of two words, one of the low digits and one of
// the high ones; its population count, times the table, is the term of Z.
#pragma once

#include <cstring>
#include <utility>

#include "kernels/binary_attention.h"
#include "kernels/code_planes.h"
#include "kernels/x86/simd_avx512.h"
#include "kernels/x86/thread_bytes.h"
#include "kernels/x86/transpose_square.h"

namespace bitcpp {
namespace {

/// A number in each bit of a register, digit by digit, that grows by a digit of weight 2^W at a
/// time. How many were added before is known to the compiler, so the sum stays in registers: up to
/// two digits of a weight wait, a third makes a full adder.
template <int Digits>
class SlicedSum {
 public:
  /// The `B`-th digit (from 0) of weight 2^W.
  template <int W, int B>
  [[gnu::always_inline]] void add(__m512i digit) {
    if constexpr (B == 0) {
      first_[W] = digit;
    } else if constexpr (B % 2 == 1) {
      second_[W] = digit;
    } else {
      const __m512i carry = _mm512_ternarylogic_epi64(first_[W], second_[W], digit, 0xE8);
      first_[W] = _mm512_ternarylogic_epi64(first_[W], second_[W], digit, 0x96);
      // Weight 2 has had the high digit of each number before, too.
      add<W + 1, carries(B) + (W == 0 ? B : 0)>(carry);
    }
  }

  /// The `G`-th number (from 0) of two digits.
  template <int G>
  [[gnu::always_inline]] void add_pair(__m512i low, __m512i high) {
    add<0, G>(low);
    add<1, G + carries(G + 1)>(high);
  }

  /// After `Pairs` numbers: the digits of the sum.
  template <int Pairs>
  [[gnu::always_inline]] void finish(__m512i (&digits)[Digits]) {
    finish_from<0, Pairs, Pairs>(digits);
  }

 private:
  /// Carries that B digits of one weight have made.
  static constexpr int carries(int b) { return b == 0 ? 0 : (b - 1) / 2; }

  /// B digits of weight 2^W came in; `More` come from outside to the next weight.
  template <int W, int B, int More>
  [[gnu::always_inline]] void finish_from(__m512i (&digits)[Digits]) {
    if constexpr (W < Digits) {
      constexpr int kNext = More + carries(B);
      constexpr bool kWaiting = B > 0 && B % 2 == 0;
      digits[W] = B > 0 ? first_[W] : _mm512_setzero_si512();
      if constexpr (kWaiting) {
        add<W + 1, kNext>(_mm512_and_si512(first_[W], second_[W]));
        digits[W] = _mm512_xor_si512(first_[W], second_[W]);
      }
      finish_from<W + 1, kNext + kWaiting, 0>(digits);
    }
  }

  __m512i first_[Digits + 1], second_[Digits + 1];
};

/// Size: channels of a head, 32 or 64; smaller heads have channels behind the last at which no
/// query agrees with any key.
template <int Size>
class SlicedAttention {
 public:
  explicit SlicedAttention(const BinaryAttention& attention)
      : a_(attention), words_(attention.padded_keys / 64) {
    const std::size_t table_bytes = sizeof(Agreement) * kTriples * words_;
    std::uint8_t* bytes = thread_bytes(table_bytes + sizeof(Keys) * words_);
    agreement_ = reinterpret_cast<Agreement*>(bytes);
    keys_ = reinterpret_cast<Keys*>(bytes + table_bytes);
    for (int w = 0; w < words_; ++w) tabulate(w);
    order_table();
  }

  /// Probability codes of all queries.
  void run() {
    for (int q = 0; q < a_.queries; q += kQueries) write_codes(q, score_and_sum(q));
  }

  /// Context codes of all queries, by probabilities of two levels.
  void run(const BinaryContext& context) {
    Limits limits;
    set_limits(context, limits);
    for (int q = 0; q < a_.queries; q += kQueries) {
      const Bound cut = bound(a_.cuts[0], score_and_sum(q));
      if (words_ == 1)
        write_context<1>(q, cut, context, limits);
      else if (words_ == 2)
        write_context<2>(q, cut, context, limits);
      else
        write_context<0>(q, cut, context, limits);
    }
  }

 private:
  static constexpr int kQueries = 8;
  static constexpr int kTriples = (Size + 2) / 3;
  static constexpr int kGroups = Size / 8;  // of 8 indices; `Size` alone is one more
  static constexpr int kDigits = Size == 32 ? 6 : 7;

  /// Of three channels and 64 keys: the digits of how many agree, with each pattern of a query.
  struct Agreement {
    __m512i low, high;
  };
  /// Of 64 keys: the digits of the indices, which keys have which low three and higher digits, and
  /// which have probability 1.
  struct Keys {
    __m512i digit[kDigits], low[8], high[kGroups + 1], reached;
  };
  /// A word of each query.
  struct Words {
    __m512i v = _mm512_setzero_si512();
    void operator^=(Words other) { v = _mm512_xor_si512(v, other.v); }
  };
  /// The digits of a bound on indices, each all ones or zeros in a query's lane.
  struct Bound {
    __m512i digit[kDigits];
  };

  /// With signs as bits v and probabilities p, n = pop(v) - pop(p XOR v): a channel's code is 1
  /// where pop(p XOR v) is at most this.
  struct Limits {
    std::int64_t channel[Size];
  };

  static __m512i lane_mask(__mmask8 lanes) { return _mm512_movm_epi64(lanes); }

  /// Valid keys of word w.
  std::uint64_t valid(int w) const {
    const int left = a_.keys - w * 64;
    return left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
  }

  /// The agreements of the keys of word w.
  void tabulate(int w) {
    alignas(64) std::uint64_t channel[kTriples * 3] = {};
    alignas(64) std::uint64_t rows[64] = {};
    const int some = a_.keys - w * 64 < 64 ? a_.keys - w * 64 : 64;
    load_rows(a_.key, a_.key_stride, w * 64, some, rows);
    transpose_square_by_affine(rows);
    std::memcpy(channel, rows, Size * sizeof *rows);
    const __m512i pattern[3] = {lane_mask(0xAA), lane_mask(0xCC), lane_mask(0xF0)};
    Agreement* to = agreement_ + w * kTriples;
    for (int t = 0; t < kTriples; ++t) {
      __m512i agree[3];
      for (int c = 0; c < 3; ++c) {
        agree[c] = _mm512_xor_si512(pattern[c], Avx512Simd::broadcast_word(channel[3 * t + c]));
      }
      to[t] = {_mm512_ternarylogic_epi64(agree[0], agree[1], agree[2], 0x96),
               _mm512_ternarylogic_epi64(agree[0], agree[1], agree[2], 0xE8)};
    }
  }

  /// Lane h of register l: table entry 8 h + l of whole blocks of 8, infinity behind them.
  void order_table() {
    blocks_ = (a_.head_size + 1) / 8;
    alignas(64) double entries[8];
    for (int l = 0; l < 8; ++l) {
      for (int h = 0; h < 8; ++h) entries[h] = h < blocks_ ? a_.table[8 * h + l] : __builtin_inf();
      in_block_[l] = _mm512_load_pd(entries);
    }
  }

  /// The channels of `count` queries or keys from `first` on.
  void load_rows(const std::uint8_t* rows, std::ptrdiff_t stride, int first, int count,
                 std::uint64_t* to) const {
    const auto bytes = static_cast<std::size_t>((a_.head_size + 7) / 8);
    const std::uint8_t* from = rows + stride * first;
    for (int i = 0; i < count; ++i, from += stride) {
      if (a_.head_size == Size)
        std::memcpy(to + i, from, Size / 8);
      else
        std::memcpy(to + i, from, bytes);
    }
  }

  /// The channels of the queries from q on, complemented: a key that differs from that agrees.
  __m512i complements(int q) const {
    alignas(64) std::uint64_t bits[kQueries] = {};
    const int some = a_.queries - q < kQueries ? a_.queries - q : kQueries;
    load_rows(a_.query, a_.query_stride, q, some, bits);
    const __m512i channels = Avx512Simd::broadcast_word(~std::uint64_t{0} >> (64 - a_.head_size));
    return _mm512_andnot_si512(_mm512_load_si512(bits), channels);
  }

  /// keys_ and Z of the queries from q on.
  __m512d score_and_sum(int q) {
    score(q);
    return words_ == 1 ? sum<1>() : words_ == 2 ? sum<2>() : sum<0>();
  }

  /// keys_ of the queries from q on.
  void score(int q) {
    const __m512i query = complements(q);
    for (int w = 0; w < words_; ++w) {
      SlicedSum<kDigits> sum;
      add_triples(sum, agreement_ + w * kTriples, query,
                  std::make_integer_sequence<int, kTriples>());
      Keys& keys = keys_[w];
      __m512i digit[kDigits];
      sum.template finish<kTriples>(digit);
      for (int d = 0; d < kDigits; ++d) keys.digit[d] = digit[d];
      group(digit, valid(w), keys);
    }
  }

  template <int... T>
  [[gnu::always_inline]] static void add_triples(SlicedSum<kDigits>& sum, const Agreement* agree,
                                                 __m512i query, std::integer_sequence<int, T...>) {
    (sum.template add_pair<T>(
         _mm512_permutexvar_epi64(_mm512_srli_epi64(query, 3 * T), agree[T].low),
         _mm512_permutexvar_epi64(_mm512_srli_epi64(query, 3 * T), agree[T].high)),
     ...);
  }

  /// Which of the valid keys have which low digits, and which have which high ones.
  [[gnu::always_inline]] static void group(const __m512i (&digit)[kDigits], std::uint64_t valid,
                                           Keys& keys) {
    by_three(digit[0], digit[1], digit[2], keys.low, std::make_integer_sequence<int, 8>());
    if (valid != ~std::uint64_t{0}) {
      for (__m512i& low : keys.low) low = _mm512_and_si512(low, Avx512Simd::broadcast_word(valid));
    }
    by_three(digit[3], digit[4], digit[5], keys.high, std::make_integer_sequence<int, kGroups>());
    keys.high[kGroups] = digit[kDigits - 1];
    if (Size == 64) keys.high[0] = _mm512_andnot_si512(digit[6], keys.high[0]);
  }

  template <int... V>
  [[gnu::always_inline]] static void by_three(__m512i d0, __m512i d1, __m512i d2, __m512i* to,
                                              std::integer_sequence<int, V...>) {
    ((to[V] = _mm512_ternarylogic_epi64(d2, d1, d0, 1 << V)), ...);
  }

  /// Z of bit_attention.h, of each query; W words of keys, or any number (0).
  template <int W>
  __m512d sum() const {
    __m512d lane[8];
    for (__m512d& one : lane) one = _mm512_setzero_pd();
    const int last = a_.head_size / 8;
    for (int h = 0; h < last; ++h) add_terms<W, 8>(h, lane);
    if (a_.head_size % 8 == 0)
      add_terms<W, 1>(last, lane);
    else
      add_terms<W, 8>(last, lane);
    for (int half = 4; half > 0; half /= 2) {
      for (int l = 0; l < half; ++l) lane[l] = _mm512_add_pd(lane[l], lane[l + half]);
    }
    return lane[0];
  }

  /// lane[l] += count * table of index 8 h + l, for the first L.
  template <int W, int L>
  [[gnu::always_inline]] void add_terms(int h, __m512d (&lane)[8]) const {
    const int words = W > 0 ? W : words_;
#pragma GCC unroll 8
    for (int l = 0; l < L; ++l) {
      __m512i count = with(0, h, l);
      for (int w = 1; w < words; ++w) count = _mm512_add_epi64(count, with(w, h, l));
      lane[l] = _mm512_add_pd(
          lane[l], _mm512_mul_pd(_mm512_cvtepi64_pd(count), _mm512_set1_pd(a_.table[8 * h + l])));
    }
  }

  /// How many keys of word w have index 8 h + l.
  [[gnu::always_inline]] __m512i with(int w, int h, int l) const {
    return _mm512_popcnt_epi64(_mm512_and_si512(keys_[w].low[l], keys_[w].high[h]));
  }

  /// The first index whose entry reaches the bound: the table ascends, so as many as lie below it.
  /// First those of the blocks before, then those in the block where it is.
  __m512i first_reaching(__m512d bound) const {
    const __m512i one = _mm512_set1_epi64(1);
    const auto count = [&](__m512i below, __mmask8 more) {
      return _mm512_mask_add_epi64(below, more, below, one);
    };
    __m512i block = _mm512_setzero_si512();
    for (int h = 0; h < blocks_; ++h) {
      block =
          count(block, _mm512_cmp_pd_mask(_mm512_set1_pd(a_.table[8 * h + 7]), bound, _CMP_LT_OQ));
    }
    __m512i first = _mm512_slli_epi64(block, 3);
    const __mmask8 inside = _mm512_cmplt_epi64_mask(block, _mm512_set1_epi64(8));
    for (const __m512d& entries : in_block_) {
      const __m512d entry = _mm512_permutexvar_pd(block, entries);
      first = count(first, _mm512_mask_cmp_pd_mask(inside, entry, bound, _CMP_LT_OQ));
    }
    for (int i = blocks_ * 8; i <= a_.head_size; ++i)
      first = count(first, _mm512_cmp_pd_mask(_mm512_set1_pd(a_.table[i]), bound, _CMP_LT_OQ));
    return first;
  }

  /// The indices that reach `cut` times Z.
  Bound bound(double cut, __m512d z) const {
    const __m512i first = first_reaching(_mm512_mul_pd(_mm512_set1_pd(cut), z));
    Bound result;
#pragma GCC unroll 7
    for (int d = 0; d < kDigits; ++d)
      result.digit[d] = lane_mask(_mm512_test_epi64_mask(first, _mm512_set1_epi64(1 << d)));
    return result;
  }

  /// The valid keys of word w whose index is at least the bound, compared from the lowest digit on.
  [[gnu::always_inline]] __m512i reaching(const Bound& bound, int w) const {
    __m512i reached = Avx512Simd::broadcast_word(~std::uint64_t{0});
#pragma GCC unroll 7
    for (int d = 0; d < kDigits; ++d) {
      // More than the bound here, or as much and enough below: the majority of p, NOT b and r.
      reached = _mm512_ternarylogic_epi64(keys_[w].digit[d], bound.digit[d], reached, 0xB2);
    }
    return _mm512_and_si512(reached, Avx512Simd::broadcast_word(valid(w)));
  }

  /// The lanes of the queries from q on.
  __mmask8 queries(int q) const {
    const int some = a_.queries - q;
    return some >= kQueries ? 0xFF : static_cast<__mmask8>((1 << some) - 1);
  }

  void write_codes(int q, __m512d z) {
    const int planes = CodeScale{a_.levels, 1, 0}.planes();
    Bound cuts[(1 << kMaxPlanes) - 1];
    for (int j = 1; j < a_.levels; ++j) cuts[j - 1] = bound(a_.cuts[j - 1], z);
    std::uint64_t* to = a_.codes + static_cast<std::size_t>(q) * planes * words_;
    for (int w = 0; w < words_; ++w) {
      CodePlanes<Words> codes;
      for (int j = 1; j < a_.levels; ++j) codes.reach(j, {reaching(cuts[j - 1], w)});
      for (int p = 0; p < planes; ++p)
        write_words(queries(q), codes.plane[p].v, planes * words_, to + p * words_ + w);
    }
  }

  void set_limits(const BinaryContext& context, Limits& limits) const {
    const std::uint64_t* value = context.value;
    for (int c = 0; c < a_.head_size; ++c) {
      std::int64_t signs = 0;
      for (int w = 0; w < words_; ++w) signs += __builtin_popcountll(*value++);
      limits.channel[c] = signs - context.thresholds[c];
    }
  }

  /// Context codes of the queries from q on; W words of keys, or any number (0).
  template <int W>
  void write_context(int q, const Bound& cut, const BinaryContext& context, const Limits& limits) {
    const int words = W > 0 ? W : words_;
    for (int w = 0; w < words; ++w) keys_[w].reached = reaching(cut, w);
    // Byte c: channel c of each query.
    alignas(64) std::uint8_t channels[64] = {};
    const std::uint64_t* value = context.value;
    for (int c = 0; c < a_.head_size; ++c) {
      __m512i differing = differ(0, *value++);
      for (int w = 1; w < words; ++w) differing = _mm512_add_epi64(differing, differ(w, *value++));
      channels[c] = _mm512_cmple_epi64_mask(differing, _mm512_set1_epi64(limits.channel[c]));
    }
    const __m512i reversed =
        _mm512_shuffle_epi8(_mm512_load_si512(channels),
                            _mm512_set4_epi32(0x08090A0B, 0x0C0D0E0F, 0x00010203, 0x04050607));
    alignas(64) std::uint64_t rows[kQueries];
    _mm512_store_si512(rows, transpose_bytes(transpose_reversed_bytes(reversed)));
    std::uint8_t* to = context.codes + context.stride * q;
    const auto bytes = static_cast<std::size_t>(a_.head_size / 8);
    for (int i = 0; i < kQueries && q + i < a_.queries; ++i, to += context.stride) {
      if (a_.head_size == Size)
        std::memcpy(to, rows + i, Size / 8);
      else
        std::memcpy(to, rows + i, bytes);
    }
  }

  /// pop(p XOR v) of each query, over word w.
  [[gnu::always_inline]] __m512i differ(int w, std::uint64_t value) const {
    return _mm512_popcnt_epi64(
        _mm512_xor_si512(keys_[w].reached, Avx512Simd::broadcast_word(value)));
  }

  /// A word of each query, `stride` words from one to the next.
  static void write_words(__mmask8 queries, __m512i words, int stride, std::uint64_t* to) {
    if (stride == 1) return _mm512_mask_storeu_epi64(to, queries, words);
    alignas(64) std::uint64_t lanes[kQueries];
    _mm512_store_si512(lanes, words);
    for (int i = 0; i < __builtin_popcount(queries); ++i, to += stride) *to = lanes[i];
  }

  const BinaryAttention a_;
  const int words_;
  int blocks_ = 0;
  Agreement* agreement_ = nullptr;  // (words_, kTriples)
  Keys* keys_ = nullptr;            // (words_)
  __m512d in_block_[8];
};

}  // namespace
}  // namespace bitcpp
