#include "text/utf8.h"

#include <cstdint>

namespace bitcpp {
namespace {

// A lead byte: how many continuation bytes follow it, its payload, and the range of the first of
// them, which is what excludes overlong forms, surrogates and values above U+10FFFF (Unicode table
// 3-7).
struct Lead {
  std::size_t continuations;
  char32_t payload;
  std::uint8_t first, last;
};

Lead lead_of(std::uint8_t byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {1, byte & 0x1Fu, 0x80, 0xBF};
  if (byte >= 0xE0 && byte <= 0xEF) {
    const std::uint8_t first = byte == 0xE0 ? 0xA0 : 0x80, last = byte == 0xED ? 0x9F : 0xBF;
    return {2, byte & 0x0Fu, first, last};
  }
  if (byte >= 0xF0 && byte <= 0xF4) {
    const std::uint8_t first = byte == 0xF0 ? 0x90 : 0x80, last = byte == 0xF4 ? 0x8F : 0xBF;
    return {3, byte & 0x07u, first, last};
  }
  return {0, kReplacement, 0, 0};
}

}  // namespace

DecodedChar decode_utf8(std::string_view text, std::size_t position) {
  const auto byte_at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  if (byte_at(position) < 0x80) return {byte_at(position), 1};
  const Lead lead = lead_of(byte_at(position));
  char32_t point = lead.payload;
  std::uint8_t first = lead.first, last = lead.last;
  for (std::size_t i = 1; i <= lead.continuations; ++i) {
    if (position + i >= text.size()) return {kReplacement, i};
    const std::uint8_t byte = byte_at(position + i);
    if (byte < first || byte > last) return {kReplacement, i};
    point = (point << 6) | (byte & 0x3Fu);
    first = 0x80;
    last = 0xBF;
  }
  return {point, lead.continuations + 1};
}

}  // namespace bitcpp
