// bfloat16 as raw bits, for loops that compilers turn into vector code.
#pragma once

#include <bit>
#include <cstdint>

namespace bitcpp::fused {

using BFloat16Bits = std::uint16_t;

/// Round to nearest even. NaN stays NaN only by luck of its payload; training stops on NaN before
/// that.
inline BFloat16Bits to_bfloat16(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<BFloat16Bits>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

inline float from_bfloat16(BFloat16Bits bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// The two types in which a gradient travels, behind one name.
inline void store(float value, float* to) { *to = value; }
inline void store(float value, BFloat16Bits* to) { *to = to_bfloat16(value); }
inline float load(const float* from) { return *from; }
inline float load(const BFloat16Bits* from) { return from_bfloat16(*from); }

}  // namespace bitcpp::fused
