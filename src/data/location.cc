#include "data/location.h"

#include <cstdio>

#include "base/error.h"

namespace bitcpp {

void fail_at(const std::filesystem::path& path, std::size_t line, const std::string& message) {
  throw Error(path.string() + ":" + std::to_string(line) + ": " + message);
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::size_t size = text.size();
  if (size > kShown) {
    size = kShown;
    // Not in the middle of a UTF-8 sequence.
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  }
  std::string result = "\"";
  for (char byte : text.substr(0, size)) {
    const auto code = static_cast<unsigned char>(byte);
    if (code >= 0x20 && code != 0x7F) {
      result += byte;
      continue;
    }
    char escaped[5];
    std::snprintf(escaped, sizeof escaped, "\\x%02X", static_cast<unsigned>(code));
    result += escaped;
  }
  return result + (size < text.size() ? "...\"" : "\"");
}

}  // namespace bitcpp
