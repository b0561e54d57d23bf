// UTF-8 decoding that never fails, and encoding.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bitcpp {

inline constexpr char32_t kReplacement = 0xFFFD;

struct DecodedChar {
  char32_t point = 0;
  std::size_t length = 1;  // bytes read, 1..4
};

/// Code point at byte `position` (< text.size()). Ill-formed input gives U+FFFD for each maximal
/// subpart of an ill-formed subsequence (Unicode 15, section 3.9, as Python's errors="replace"
/// does).
DecodedChar decode_utf8(std::string_view text, std::size_t position);

/// Writes `point` (a scalar value) to `out` and returns its length, 1..4.
inline std::size_t encode_utf8(char32_t point, char* out) {
  const auto continuation = [point](int shift) {
    return static_cast<char>(0x80 | ((point >> shift) & 0x3F));
  };
  if (point < 0x80) {
    out[0] = static_cast<char>(point);
    return 1;
  }
  if (point < 0x800) {
    out[0] = static_cast<char>(0xC0 | (point >> 6));
    out[1] = continuation(0);
    return 2;
  }
  if (point < 0x10000) {
    out[0] = static_cast<char>(0xE0 | (point >> 12));
    out[1] = continuation(6);
    out[2] = continuation(0);
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | (point >> 18));
  out[1] = continuation(12);
  out[2] = continuation(6);
  out[3] = continuation(0);
  return 4;
}

}  // namespace bitcpp
