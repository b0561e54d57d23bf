// gzip files, unpacked in memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace bitcpp {

/// The content of a gzip file (of all its members, one after the other). Throws Error naming `path`
/// when `bytes` is not gzip, is cut short or damaged, or unpacks to more than `limit` bytes.
std::string gunzip(const std::filesystem::path& path, std::string_view bytes, std::size_t limit);

}  // namespace bitcpp
