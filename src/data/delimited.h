// TSV and CSV: bytes to rows of fields.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bitcpp {

struct Row {
  std::size_t line = 0;  // where the row begins, from 1
  std::vector<std::string> fields;
};

/// Limits on what one file may ask for.
inline constexpr std::size_t kMaxFieldBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxColumns = 4096;
inline constexpr std::size_t kMaxRows = (std::size_t{1} << 31) - 1;

/// GLUE-style TSV: one row a line (LF or CRLF), fields between tabs, quotes are ordinary
/// characters. Empty lines are skipped. All rows have as many fields as the first, else Error
/// "FILE:LINE: ...".
std::vector<Row> parse_tsv(const std::filesystem::path& path, std::string_view bytes);

/// CSV as in RFC 4180: a field that begins with a quote ends at the next single quote, may hold
/// commas and line breaks, and "" in it is a quote. Quotes inside an unquoted field are ordinary
/// characters. Rows end at LF or CRLF; empty lines are skipped. Throws Error "FILE:LINE: ..." for
/// an unclosed quote (naming the line where it opened), text after a closing quote, or a row with
/// more or fewer fields than the first.
std::vector<Row> parse_csv(const std::filesystem::path& path, std::string_view bytes);

}  // namespace bitcpp
