#include "data/utf8_repair.h"

#include <cstddef>

namespace bitcpp {
namespace {

using Byte = unsigned char;

/// What may follow a lead byte: its number of continuation bytes, and the range of the first of
/// them (narrower where longer forms, surrogates or code points above U+10FFFF begin).
struct Lead {
  std::size_t continuations = 0;
  Byte low = 0x80, high = 0xBF;
};

/// continuations is 0 for a byte that begins no sequence (or is ASCII).
Lead lead_of(Byte byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {1};
  if (byte == 0xE0) return {2, 0xA0};
  if (byte == 0xED) return {2, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {2};
  if (byte == 0xF0) return {3, 0x90};
  if (byte >= 0xF1 && byte <= 0xF3) return {3};
  if (byte == 0xF4) return {3, 0x80, 0x8F};
  return {};
}

}  // namespace

std::string repair_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  std::size_t i = 0;
  while (i < text.size()) {
    const Byte first = static_cast<Byte>(text[i]);
    const Lead lead = lead_of(first);
    std::size_t length = 1;
    for (; length <= lead.continuations && i + length < text.size(); ++length) {
      const Byte next = static_cast<Byte>(text[i + length]);
      const bool fits =
          length == 1 ? next >= lead.low && next <= lead.high : next >= 0x80 && next <= 0xBF;
      if (!fits) break;
    }
    const bool whole = first < 0x80 || (lead.continuations > 0 && length == lead.continuations + 1);
    if (whole)
      result += text.substr(i, length);
    else
      result += "\xEF\xBF\xBD";
    i += length;
  }
  return result;
}

}  // namespace bitcpp
