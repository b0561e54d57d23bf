#include "report/markup.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace bitcpp {
namespace {

std::string formatted(const char* format, int digits, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, digits, value);
  return text;
}

/// Bytes of the UTF-8 character at the beginning of `text`; 0 when there is none.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xC2 ? 0
                           : first < 0xE0 ? 2
                           : first < 0xF0 ? 3
                           : first < 0xF5 ? 4
                                          : 0;
  if (size == 0 || size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  return size;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    switch (size == 1 ? text[0] : 'a') {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += size == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return result;
}

std::string short_number(double value, int digits) {
  if (!std::isfinite(value)) return "";
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-4 || size >= 1e6)) return formatted("%.*g", digits, value);
  const int whole = size < 1 ? 1 : static_cast<int>(std::floor(std::log10(size))) + 1;
  const int leading_zeros =
      size > 0 && size < 1 ? static_cast<int>(-std::floor(std::log10(size))) - 1 : 0;
  const int decimals = size < 1 ? digits + leading_zeros : std::max(0, digits - whole);
  std::string text = formatted("%.*f", decimals, value);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string percent(double share) {
  return std::isfinite(share) ? formatted("%.*f %%", 2, 100 * share) : "";
}

std::string megabytes(double bytes) {
  if (!std::isfinite(bytes)) return "";
  return bytes < 1e5 ? formatted("%.*f KB", 1, bytes / 1e3) : formatted("%.*f MB", 2, bytes / 1e6);
}

std::string duration(double microseconds) {
  if (!std::isfinite(microseconds)) return "";
  if (microseconds < 100) return short_number(microseconds, 2) + " µs";
  if (microseconds < 1e6) return formatted("%.*f ms", 2, microseconds / 1e3);
  return formatted("%.*f s", 2, microseconds / 1e6);
}

std::string line_colour(std::size_t index, std::size_t count) {
  // Okabe and Ito's colours for those who see fewer of them, without the two that vanish on white.
  static const std::array<const char*, 6> kFew = {"#0072b2", "#d55e00", "#009e73",
                                                  "#cc79a7", "#8c7a00", "#56b4e9"};
  if (count <= kFew.size() - 1) return kFew[index % kFew.size()];
  const double part = static_cast<double>(index) / static_cast<double>(count - 1);
  char text[48];
  std::snprintf(text, sizeof text, "hsl(%.0f 70%% 50%%)", 230 + 165 * part);
  return text;
}

}  // namespace bitcpp
