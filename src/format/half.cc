// IEEE 754 binary16 <-> binary32 by integer arithmetic, so that every machine gives the same bits.
#include <bit>

#include "format/safetensors.h"

namespace bitcpp {

float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = std::uint32_t{half} << 16 & 0x80000000u;
  const std::uint32_t exponent = half >> 10 & 0x1Fu;
  const std::uint32_t fraction = half & 0x3FFu;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000u | fraction << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  // Subnormal: fraction * 2^-24, exact in float.
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
  return sign ? -magnitude : magnitude;
}

std::uint16_t float_to_half(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000u);
  const std::uint32_t magnitude = bits & 0x7FFFFFFFu;
  // NaN keeps its upper fraction bits and turns quiet, as the CPU's conversion does.
  if (magnitude > 0x7F800000u) return sign | 0x7E00u | (magnitude >> 13 & 0x3FFu);
  // From 65520 on (half way between the largest half and 2^16), round to infinity.
  if (magnitude >= 0x477FF000u) return sign | 0x7C00u;
  if (magnitude >=
      0x38800000u) {  // normal, at least 2^-14: a carry out of the fraction raises the exponent
    const std::uint32_t rounded = magnitude + 0xFFFu + (magnitude >> 13 & 1u);
    return static_cast<std::uint16_t>(sign | (rounded - (112u << 23)) >> 13);
  }
  if (magnitude < 0x33000000u) return sign;             // below 2^-25, half the smallest subnormal
  const std::uint32_t shift = 126 - (magnitude >> 23);  // to units of 2^-24
  const std::uint32_t fraction = (magnitude & 0x7FFFFFu) | 0x800000u;
  const std::uint32_t whole = fraction >> shift, rest = fraction & ((1u << shift) - 1);
  const std::uint32_t middle = 1u << (shift - 1);
  return static_cast<std::uint16_t>(sign |
                                    (whole + (rest > middle || (rest == middle && whole & 1u))));
}

}  // namespace bitcpp
