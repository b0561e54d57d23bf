// How errors about data files name the place and the text they are about, on one line.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace bitcpp {

/// Throws Error "FILE:LINE: MESSAGE".
[[noreturn]] void fail_at(const std::filesystem::path& path, std::size_t line,
                          const std::string& message);

/// `text` in double quotes, at most 60 bytes of it, control characters as \xNN: safe in one line of
/// a terminal whatever a file holds.
std::string in_quotes(std::string_view text);

/// Up to 20 names as quoted and separated by commas, then how many more there are.
template <typename Names>
std::string list_names(const Names& names) {
  std::string list;
  std::size_t count = 0;
  for (const auto& name : names) {
    if (count < 20) list += (count ? ", " : "") + in_quotes(name);
    ++count;
  }
  if (count > 20) list += " and " + std::to_string(count - 20) + " more";
  return list;
}

}  // namespace bitcpp
