// The SIMD vocabulary of simd_scalar.h in NEON (AArch64).
#pragma once

#include <arm_neon.h>

#include "kernels/simd_vector128.h"

namespace bitcpp {

struct NeonMachine : Vector128 {
  static Byte16 popcount(Byte16 a) { return (Byte16)vcntq_u8((uint8x16_t)a); }
  static Word2 popcount_words(Word2 a) {
    return (Word2)vpaddlq_u32(vpaddlq_u16(vpaddlq_u8(vcntq_u8((uint8x16_t)a))));
  }
  /// sum + the two bytes in each lane's place.
  static Half8 add_pairs(Half8 sum, Byte16 a) {
    return (Half8)vpadalq_u8((uint16x8_t)sum, (uint8x16_t)a);
  }
  /// Each output's four lanes added up: those of two outputs lie in each register.
  static Int4 add_fours(Half8 a, Half8 b) {
    return (Int4)vpaddq_u32(vpaddlq_u16((uint16x8_t)a), vpaddlq_u16((uint16x8_t)b));
  }

  /// Bit i: lane i of a, b, c, d in a row, of lanes that are 0 or all ones. NEON has no movemask:
  /// each lane keeps its own bit of a byte, then neighbours are added.
  static std::uint64_t lanes(Byte16 a, Byte16 b, Byte16 c, Byte16 d) {
    const uint8x16_t bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t ab = vpaddq_u8(vandq_u8((uint8x16_t)a, bits), vandq_u8((uint8x16_t)b, bits));
    const uint8x16_t cd = vpaddq_u8(vandq_u8((uint8x16_t)c, bits), vandq_u8((uint8x16_t)d, bits));
    const uint8x16_t four = vpaddq_u8(ab, cd);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(four, four)), 0);
  }
  static std::uint32_t lanes(Int4 a, Int4 b, Int4 c, Int4 d) {
    const uint16x4_t bits = {1, 2, 4, 8};
    const uint16x8_t ab = vcombine_u16(vand_u16(vmovn_u32((uint32x4_t)a), bits),
                                       vshl_n_u16(vand_u16(vmovn_u32((uint32x4_t)b), bits), 4));
    const uint16x8_t cd = vcombine_u16(vand_u16(vmovn_u32((uint32x4_t)c), bits),
                                       vshl_n_u16(vand_u16(vmovn_u32((uint32x4_t)d), bits), 4));
    return vaddvq_u16(vorrq_u16(ab, vshlq_n_u16(cd, 8)));
  }
};

using NeonSimd = Vector128Simd<NeonMachine>;

}  // namespace bitcpp
