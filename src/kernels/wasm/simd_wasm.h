// The SIMD vocabulary of simd_scalar.h in WebAssembly's SIMD128.
#pragma once

#include <wasm_simd128.h>

#include "kernels/simd_vector128.h"

namespace bitcpp {

struct WasmMachine : Vector128 {
  static Byte16 popcount(Byte16 a) { return (Byte16)wasm_i8x16_popcnt((v128_t)a); }
  /// One instruction a word on x86-64 hosts, where i8x16.popcnt is ten.
  static Word2 popcount_words(Word2 a) {
    return Word2{static_cast<std::uint64_t>(__builtin_popcountll(a[0])),
                 static_cast<std::uint64_t>(__builtin_popcountll(a[1]))};
  }
  /// sum + the two bytes in each lane's place.
  static Half8 add_pairs(Half8 sum, Byte16 a) {
    return sum + (Half8)wasm_u16x8_extadd_pairwise_u8x16((v128_t)a);
  }
  /// Each output's four lanes added up: those of two outputs lie in each register.
  static Int4 add_fours(Half8 a, Half8 b) {
    const Int4 x = (Int4)wasm_u32x4_extadd_pairwise_u16x8((v128_t)a);
    const Int4 y = (Int4)wasm_u32x4_extadd_pairwise_u16x8((v128_t)b);
    return (Int4)wasm_i32x4_shuffle((v128_t)x, (v128_t)y, 0, 2, 4, 6) +
           (Int4)wasm_i32x4_shuffle((v128_t)x, (v128_t)y, 1, 3, 5, 7);
  }

  /// Bit i: lane i of a, b, c, d in a row, of lanes that are 0 or all ones.
  static std::uint64_t lanes(Byte16 a, Byte16 b, Byte16 c, Byte16 d) {
    return bits(a) | bits(b) << 16 | bits(c) << 32 | bits(d) << 48;
  }
  static std::uint32_t lanes(Int4 a, Int4 b, Int4 c, Int4 d) {
    return bits(a) | bits(b) << 4 | bits(c) << 8 | bits(d) << 12;
  }

 private:
  static std::uint64_t bits(Byte16 a) { return wasm_i8x16_bitmask((v128_t)a); }
  static std::uint32_t bits(Int4 a) { return wasm_i32x4_bitmask((v128_t)a); }
};

using WasmSimd = Vector128Simd<WasmMachine>;

}  // namespace bitcpp
