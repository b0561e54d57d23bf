// JSON task files: the objects of a JSONL file or of one JSON array, and their top-level values.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bitcpp {

/// Where one record lies in the file.
struct JsonSpan {
  std::string_view text;
  std::size_t line = 0;
};

/// A top-level value. Strings come unescaped, numbers and booleans as JSON writes them.
struct JsonValue {
  enum class Kind { kString, kNumber, kBoolean, kNull, kNested };
  Kind kind = Kind::kNull;
  std::string key, text;
};

/// One record a line; lines of nothing but spaces are skipped.
std::vector<JsonSpan> split_json_lines(const std::filesystem::path& path, std::string_view bytes);

/// The elements of a file that is one array; their syntax is checked by parse_json_record. Throws
/// Error "FILE:LINE: ..." when the array does not begin, does not end, or something follows it.
std::vector<JsonSpan> split_json_array(const std::filesystem::path& path, std::string_view bytes);

/// The top-level values of a record, in order. Throws Error "FILE:LINE: expected ..." when it is
/// not one valid JSON object. Bytes that are not UTF-8 are read as U+FFFD, one per maximal
/// ill-formed subsequence, as the tokenizer reads them.
std::vector<JsonValue> parse_json_record(const std::filesystem::path& path, const JsonSpan& record);

}  // namespace bitcpp
