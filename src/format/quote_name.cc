#include "format/quote_name.h"

namespace bitcpp {

std::string quote_name(std::string_view name) {
  constexpr std::size_t kLongest = 80;
  std::size_t end = name.size();
  if (end > kLongest) {
    end = kLongest;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  }
  std::string result = "'";
  for (char c : name.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    result += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return result + (end < name.size() ? "...'" : "'");
}

}  // namespace bitcpp
