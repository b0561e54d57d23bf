// The SIMD vocabulary of simd_scalar.h on 128-bit registers, four for each word: what NEON and WASM
// share.
//
// Arithmetic, comparisons and bit logic are written in the compilers' vector extensions, which give
// the same instructions as intrinsics; `Machine` (neon/simd_neon.h, wasm/simd_wasm.h) adds what no
// operator says: counting bits, and turning a comparison into bits.
#pragma once

#include <cstdint>
#include <cstring>

namespace bitcpp {

/// The registers.
struct Vector128 {
  using Float4 [[gnu::vector_size(16)]] = float;
  using Int4 [[gnu::vector_size(16)]] = std::int32_t;
  using Unsigned4 [[gnu::vector_size(16)]] = std::uint32_t;
  using Byte16 [[gnu::vector_size(16)]] = std::uint8_t;
  using Half8 [[gnu::vector_size(16)]] = std::uint16_t;
  using Word2 [[gnu::vector_size(16)]] = std::uint64_t;
  using Long2 [[gnu::vector_size(16)]] = std::int64_t;
  using Double2 [[gnu::vector_size(16)]] = double;

  template <class Register>
  [[gnu::always_inline]] static Register read(const void* from) {
    Register r;
    std::memcpy(&r, from, sizeof r);
    return r;
  }
  template <class Register>
  [[gnu::always_inline]] static void write(void* to, Register a) {
    std::memcpy(to, &a, sizeof a);
  }
};

template <class Machine>
struct Vector128Simd : Vector128 {
  /// Named, not an array: gcc 12 keeps arrays of registers in memory.
  template <class Register>
  struct Four {
    Register a, b, c, d;
  };
  using Floats = Four<Float4>;
  using Ints = Four<Int4>;
  using Bytes = Four<Byte16>;
  using Words = Four<Word2>;
  using Doubles = Four<Double2>;

  template <class Function, class Register>
  [[gnu::always_inline]] static auto each(Function f, Four<Register> x, Four<Register> y) {
    return Four<decltype(f(x.a, y.a))>{f(x.a, y.a), f(x.b, y.b), f(x.c, y.c), f(x.d, y.d)};
  }
  template <class Register>
  [[gnu::always_inline]] static Four<Register> all(Register v) {
    return {v, v, v, v};
  }
  template <class Register>
  [[gnu::always_inline]] static Four<Register> read_four(const void* from) {
    const char* p = static_cast<const char*>(from);
    return {read<Register>(p), read<Register>(p + 16), read<Register>(p + 32),
            read<Register>(p + 48)};
  }
  template <class Register>
  [[gnu::always_inline]] static void write_four(void* to, Four<Register> v) {
    char* p = static_cast<char*>(to);
    write(p, v.a), write(p + 16, v.b), write(p + 32, v.c), write(p + 48, v.d);
  }
  /// The first `count` of 16 items of four bytes, zeros behind.
  template <class Register>
  [[gnu::always_inline]] static Four<Register> read_some(const void* from, int count) {
    if (count >= 16) return read_four<Register>(from);
    char items[64] = {};
    std::memcpy(items, from, static_cast<std::size_t>(count) * 4);
    return read_four<Register>(items);
  }
  template <class Register>
  [[gnu::always_inline]] static void write_some(void* to, Four<Register> v, int count) {
    if (count >= 16) return write_four(to, v);
    char items[64];
    write_four(items, v);
    std::memcpy(to, items, static_cast<std::size_t>(count) * 4);
  }

  static constexpr auto kAdd = [](auto x, auto y) { return x + y; };
  static constexpr auto kSubtract = [](auto x, auto y) { return x - y; };
  static constexpr auto kMultiply = [](auto x, auto y) { return x * y; };

  static Floats load(const float* from) { return read_four<Float4>(from); }
  static Floats load(const float* from, int count) { return read_some<Float4>(from, count); }
  static void store(float* to, Floats a) { write_four(to, a); }
  static void store(float* to, Floats a, int count) { write_some(to, a, count); }
  static Floats broadcast(float v) { return all(Float4{v, v, v, v}); }
  static Floats add(Floats a, Floats b) { return each(kAdd, a, b); }
  static Floats subtract(Floats a, Floats b) { return each(kSubtract, a, b); }
  static Floats multiply(Floats a, Floats b) { return each(kMultiply, a, b); }
  static std::uint32_t at_least(Floats a, Floats b) {
    return lanes(each([](Float4 x, Float4 y) { return (Int4)(x >= y); }, a, b));
  }
  static Floats select(std::uint32_t mask, Floats a, Floats b) {
    const auto m = static_cast<std::int32_t>(mask);
    const Int4 wanted = {m, m, m, m};
    const Int4 one = {1, 2, 4, 8};
    return {pick((wanted & one) != 0, a.a, b.a), pick((wanted & one << 4) != 0, a.b, b.b),
            pick((wanted & one << 8) != 0, a.c, b.c), pick((wanted & one << 12) != 0, a.d, b.d)};
  }
  static Float4 pick(Int4 chosen, Float4 x, Float4 y) {
    return (Float4)(((Int4)x & chosen) | ((Int4)y & ~chosen));
  }
  static Floats greater(Floats a, Floats b) {
    return each([](Float4 x, Float4 y) { return pick((Int4)(x > y), x, y); }, a, b);
  }
  static Floats smaller(Floats a, Floats b) {
    return each([](Float4 x, Float4 y) { return pick((Int4)(x < y), x, y); }, a, b);
  }
  static Floats power_of_two(Floats a) {
    const auto power = [](Float4 x) { return (Float4)((Unsigned4)x << 23); };
    return {power(a.a), power(a.b), power(a.c), power(a.d)};
  }
  static void store_rounded(std::uint8_t* to, Floats a) {
    // 2^23: the sum has no place for a fraction, and its lowest byte is the integer's.
    store_low_bytes(to, add(smaller(a, broadcast(255.0f)), broadcast(8388608.0f)));
  }
  static void store_low_bytes(std::uint8_t* to, Floats a) {
    const auto low = [](Float4 x, Float4 y) {
      return __builtin_shufflevector((Byte16)x, (Byte16)y, 0, 4, 8, 12, 16, 20, 24, 28, 0, 4, 8, 12,
                                     16, 20, 24, 28);
    };
    const Word2 lo = (Word2)low(a.a, a.b), hi = (Word2)low(a.c, a.d);
    write(to, Word2{lo[0], hi[0]});
  }
  static float sum(Floats a) {
    const Float4 four = (a.a + a.c) + (a.b + a.d);
    return (four[0] + four[2]) + (four[1] + four[3]);
  }

  static Ints load(const std::int32_t* from) { return read_four<Int4>(from); }
  static Ints load(const std::int32_t* from, int count) { return read_some<Int4>(from, count); }
  static void store(std::int32_t* to, Ints a, int count) { write_some(to, a, count); }
  static Ints broadcast(std::int32_t v) { return all(Int4{v, v, v, v}); }
  static Ints add(Ints a, Ints b) { return each(kAdd, a, b); }
  static Ints subtract(Ints a, Ints b) { return each(kSubtract, a, b); }
  static Ints greater(Ints a, Ints b) {
    return each(
        [](Int4 x, Int4 y) {
          const Int4 chosen = (Int4)(x > y);
          return (x & chosen) | (y & ~chosen);
        },
        a, b);
  }
  static std::int32_t greatest(Ints a) {
    const Ints ab_cd = greater(a, {a.c, a.d, a.a, a.b});
    const Int4 four = greater(ab_cd, {ab_cd.b, ab_cd.a, ab_cd.d, ab_cd.c}).a;
    std::int32_t result = four[0];
    for (int i = 1; i < 4; ++i) result = four[i] > result ? four[i] : result;
    return result;
  }
  static Ints shift_left(Ints a, int count) {
    return {a.a << count, a.b << count, a.c << count, a.d << count};
  }
  static Floats to_float(Ints a) {
    return {__builtin_convertvector(a.a, Float4), __builtin_convertvector(a.b, Float4),
            __builtin_convertvector(a.c, Float4), __builtin_convertvector(a.d, Float4)};
  }
  static std::uint64_t join(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return std::uint64_t{a | b << 16} | std::uint64_t{c | d << 16} << 32;
  }
  static std::uint32_t at_least(Ints a, Ints b) {
    return lanes(each([](Int4 x, Int4 y) { return (Int4)(x >= y); }, a, b));
  }
  static std::uint32_t lanes(Ints mask) { return Machine::lanes(mask.a, mask.b, mask.c, mask.d); }

  /// Byte by byte of each lane: no operator multiplies bytes.
  static Int4 dot4(Int4 sum, Byte16 a, Byte16 b) {
    const Unsigned4 u = (Unsigned4)a, s = (Unsigned4)b;
    for (int i = 0; i < 4; ++i)
      sum += (Int4)(u >> (8 * i) & 255) * ((Int4)(s << (24 - 8 * i)) >> 24);
    return sum;
  }
  static Ints add_dot4(Ints sum, Bytes a, Bytes b) {
    return {dot4(sum.a, a.a, b.a), dot4(sum.b, a.b, b.b), dot4(sum.c, a.c, b.c),
            dot4(sum.d, a.d, b.d)};
  }
  static Bytes broadcast_four(const std::uint8_t* from) {
    std::int32_t four;
    std::memcpy(&four, from, sizeof four);
    return all((Byte16)Int4{four, four, four, four});
  }
  static Bytes zip(const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* c,
                   const std::uint8_t* d) {
    const auto lo = [](Byte16 x, Byte16 y) {
      return __builtin_shufflevector(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    };
    const auto hi = [](Byte16 x, Byte16 y) {
      return __builtin_shufflevector(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                     31);
    };
    const auto zip_pairs = [](Half8 x, Half8 y, bool high) {
      return (Byte16)(high ? __builtin_shufflevector(x, y, 4, 12, 5, 13, 6, 14, 7, 15)
                           : __builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11));
    };
    const auto ra = read<Byte16>(a), rb = read<Byte16>(b), rc = read<Byte16>(c),
               rd = read<Byte16>(d);
    const Half8 ab_lo = (Half8)lo(ra, rb), ab_hi = (Half8)hi(ra, rb), cd_lo = (Half8)lo(rc, rd),
                cd_hi = (Half8)hi(rc, rd);
    return {zip_pairs(ab_lo, cd_lo, false), zip_pairs(ab_lo, cd_lo, true),
            zip_pairs(ab_hi, cd_hi, false), zip_pairs(ab_hi, cd_hi, true)};
  }

  static Bytes load_bytes(const std::uint8_t* from) { return read_four<Byte16>(from); }
  static void store_bytes(std::uint8_t* to, Bytes a) { write_four(to, a); }
  static Bytes broadcast_byte(std::uint8_t v) { return all(Byte16{} + v); }
  static Bytes add(Bytes a, Bytes b) { return each(kAdd, a, b); }
  static Bytes subtract(Bytes a, Bytes b) { return each(kSubtract, a, b); }
  static Bytes differing_bits(Bytes a, Bytes b) {
    return each([](Byte16 x, Byte16 y) { return Machine::popcount(x ^ y); }, a, b);
  }
  static std::uint64_t plane(Bytes a, int bit) {
    const Byte16 one = Byte16{} + static_cast<std::uint8_t>(1 << bit);
    return lanes(each([](Byte16 x, Byte16 y) { return (Byte16)((x & y) != 0); }, a, all(one)));
  }
  static std::uint64_t at_least(Bytes a, Bytes b) {
    return lanes(each([](Byte16 x, Byte16 y) { return (Byte16)(x >= y); }, a, b));
  }
  static std::uint64_t lanes(Bytes mask) { return Machine::lanes(mask.a, mask.b, mask.c, mask.d); }

  static Word2 both(std::uint64_t v) { return Word2{v, v}; }
  static Words select_by_planes(std::uint64_t all, std::uint64_t p0, std::uint64_t p1,
                                std::uint64_t p2) {
    const Word2 first = both(all) & (both(p0) ^ Word2{~std::uint64_t{0}, 0});
    const Word2 low = first & both(~p1), high = first & both(p1);
    return {low & both(~p2), high & both(~p2), low & both(p2), high & both(p2)};
  }
  static Words load_words(const std::uint64_t* from) {
    Words r;
    std::memcpy(&r, from, sizeof r);
    return r;
  }
  static Words zero_words() { return all(Word2{}); }
  static Words add_popcount(Words count, Words a, std::uint64_t mask) {
    const Word2 m = both(mask);
    return each([m](Word2 x, Word2 y) { return x + Machine::popcount_words(y & m); }, count, a);
  }
  static Doubles to_double(Words a) {
    return {to_double(a.a), to_double(a.b), to_double(a.c), to_double(a.d)};
  }
  static Double2 to_double(Word2 a) { return __builtin_convertvector((Long2)a, Double2); }
  static Doubles load(const double* from) { return read_four<Double2>(from); }
  static Doubles broadcast(double v) { return all(Double2{v, v}); }
  static Doubles add(Doubles a, Doubles b) { return each(kAdd, a, b); }
  static Doubles multiply(Doubles a, Doubles b) { return each(kMultiply, a, b); }
  static double sum(Doubles a) {
    const Double2 two = (a.a + a.c) + (a.b + a.d);
    return two[0] + two[1];
  }
  static std::uint32_t below(Doubles a, Doubles b) {
    const auto bits = [](Double2 x, Double2 y) {
      return static_cast<std::uint32_t>(x[0] < y[0]) | static_cast<std::uint32_t>(x[1] < y[1]) << 1;
    };
    return bits(a.a, b.a) | bits(a.b, b.b) << 2 | bits(a.c, b.c) << 4 | bits(a.d, b.d) << 6;
  }
};

}  // namespace bitcpp
