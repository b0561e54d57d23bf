#include "data/dataset.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "data/columns.h"
#include "data/conll.h"
#include "data/delimited.h"
#include "data/gzip.h"
#include "data/json_records.h"
#include "data/location.h"
#include "data/parse.h"
#include "data/squad.h"

namespace bitcpp {
namespace {

/// A file without a single label has none (GLUE's test files); a file with some must have all.
void settle_labels(Dataset& data) {
  if (data.kind != DataKind::kTexts) return;  // their readers see to it
  const auto unlabelled = [](const Example& example) { return example.label.empty(); };
  const auto& examples = data.examples;
  if (!data.has_label || std::all_of(examples.begin(), examples.end(), unlabelled)) {
    data.has_label = false;
    return;
  }
  const auto missing = std::find_if(examples.begin(), examples.end(), unlabelled);
  if (missing != examples.end())
    fail_at(data.path, missing->line, "expected a label, as other rows have");
}

Dataset from_rows(const std::filesystem::path& path, std::vector<Row> rows,
                  const ColumnMap& asked) {
  if (rows.empty()) throw Error(path.string() + ": expected at least one row, the file is empty");
  const auto [columns, first_row] = find_layout(path, rows, asked);
  if (rows.size() == first_row)
    throw Error(path.string() + ": expected rows below the header, there are none");
  Dataset data{path, {}, columns.pair.has_value(), columns.label.has_value()};
  data.examples.reserve(rows.size() - first_row);
  for (std::size_t i = first_row; i < rows.size(); ++i) {
    Example example;
    example.line = rows[i].line;
    example.text = std::move(rows[i].fields[columns.text]);
    if (columns.pair) example.pair = std::move(rows[i].fields[*columns.pair]);
    if (columns.label) example.label = std::move(rows[i].fields[*columns.label]);
    data.examples.push_back(std::move(example));
  }
  return data;
}

/// Every key that occurs, in order of first appearance.
std::vector<std::string> all_keys(const std::filesystem::path& path,
                                  const std::vector<JsonSpan>& records) {
  std::vector<std::string> keys;
  std::unordered_set<std::string> seen;
  for (const JsonSpan& record : records)
    for (JsonValue& value : parse_json_record(path, record))
      if (seen.insert(value.key).second) {
        if (keys.size() == kMaxColumns)
          fail_at(path, record.line,
                  "expected at most " + std::to_string(kMaxColumns) + " different keys");
        keys.push_back(std::move(value.key));
      }
  return keys;
}

/// The value of `key` as text; of a key that occurs twice the last counts, as in other readers.
/// Empty when it is missing or null.
std::string take_value(const Dataset& data, const JsonSpan& record, std::vector<JsonValue>& values,
                       const std::string& key, bool required) {
  const auto value = std::find_if(values.rbegin(), values.rend(),
                                  [&](const JsonValue& candidate) { return candidate.key == key; });
  if (value == values.rend() || value->kind == JsonValue::Kind::kNull) {
    if (required) fail_at(data.path, record.line, "expected a value for " + in_quotes(key));
    return {};
  }
  if (value->kind == JsonValue::Kind::kNested)
    fail_at(data.path, record.line,
            "expected a string, a number or a boolean for " + in_quotes(key));
  return std::move(value->text);
}

Dataset from_json(const std::filesystem::path& path, const std::vector<JsonSpan>& records,
                  const ColumnMap& asked) {
  if (records.empty())
    throw Error(path.string() + ": expected at least one JSON object, the file has none");
  const std::vector<std::string> keys = all_keys(path, records);
  const Columns columns = columns_by_name(path, records[0].line, keys, asked);
  Dataset data{path, {}, columns.pair.has_value(), columns.label.has_value()};
  data.examples.reserve(records.size());
  for (const JsonSpan& record : records) {
    std::vector<JsonValue> values = parse_json_record(path, record);
    Example example;
    example.line = record.line;
    example.text = take_value(data, record, values, keys[columns.text], true);
    if (columns.pair) example.pair = take_value(data, record, values, keys[*columns.pair], true);
    if (columns.label)
      example.label = take_value(data, record, values, keys[*columns.label], false);
    data.examples.push_back(std::move(example));
  }
  return data;
}

Dataset from_text(const std::filesystem::path& path, std::string_view bytes) {
  if (bytes.empty()) throw Error(path.string() + ": expected at least one line, the file is empty");
  Dataset data{path, {}, false, false};
  for (std::size_t line = 1; !bytes.empty(); ++line) {
    std::string_view text = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(text.size() + 1, bytes.size()));
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.size() > kMaxFieldBytes)
      fail_at(path, line,
              "expected lines of at most " + std::to_string(kMaxFieldBytes >> 20) + " MiB");
    if (line > kMaxRows)
      fail_at(path, line, "expected at most " + std::to_string(kMaxRows) + " lines");
    Example& example = data.examples.emplace_back();
    example.text = text;
    example.line = line;
  }
  return data;
}

constexpr std::array<std::pair<std::string_view, DataFormat>, 6> kExtensions = {
    {{".tsv", DataFormat::kTsv},
     {".conll", DataFormat::kConll},
     {".csv", DataFormat::kCsv},
     {".jsonl", DataFormat::kJsonLines},
     {".json", DataFormat::kJson},
     {".txt", DataFormat::kText}}};

std::optional<DataFormat> format_of(const std::string& name) {
  for (const auto& [extension, format] : kExtensions)
    if (name.ends_with(extension)) return format;
  return {};
}

[[noreturn]] void refuse_name(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) throw Error(path.string() + ": no such file");
  throw Error(
      path.string() +
      ": expected a name that ends in .tsv, .csv, .jsonl, .json, .txt or .conll (.gz may follow)");
}

Dataset parse_json(const std::filesystem::path& path, std::string_view bytes,
                   const ColumnMap& columns) {
  if (looks_like_squad(bytes)) return parse_squad(path, bytes);
  // Many files named .json hold one object a line.
  const std::size_t begin = bytes.find_first_not_of(" \t\r\n");
  const bool lines = begin != std::string_view::npos && bytes[begin] == '{';
  return from_json(path, lines ? split_json_lines(path, bytes) : split_json_array(path, bytes),
                   columns);
}

Dataset parse_kind(const std::filesystem::path& path, std::string_view bytes, DataFormat format,
                   const ColumnMap& columns) {
  const bool may_be_conll = format == DataFormat::kTsv || format == DataFormat::kText;
  if (may_be_conll && looks_like_conll(bytes)) format = DataFormat::kConll;
  switch (format) {
    case DataFormat::kTsv:
      return from_rows(path, parse_tsv(path, bytes), columns);
    case DataFormat::kCsv:
      return from_rows(path, parse_csv(path, bytes), columns);
    case DataFormat::kJsonLines:
      return from_json(path, split_json_lines(path, bytes), columns);
    case DataFormat::kJson:
      return parse_json(path, bytes, columns);
    case DataFormat::kText:
      return from_text(path, bytes);
    case DataFormat::kConll:
      return parse_conll(path, bytes, columns);
  }
  return {};
}

}  // namespace

namespace {

Dataset parse(const std::filesystem::path& path, std::string_view bytes, DataFormat format,
              const ColumnMap& columns) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    throw Error(path.string() + ": expected UTF-8 text, found UTF-16");
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  return parse_kind(path, bytes, format, columns);
}

/// What a file's name says about its content.
struct Naming {
  bool zipped = false;
  std::optional<DataFormat> format;
};

Naming naming_of(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const bool zipped = name.ends_with(".gz");
  if (zipped) name.resize(name.size() - 3);
  return {zipped, format_of(name)};
}

std::string read_unzipped(const std::filesystem::path& path, bool zipped) {
  constexpr std::size_t kMaxFileBytes = std::size_t{1} << 32;
  std::string bytes = read_file(path, kMaxFileBytes);
  return zipped ? gunzip(path, bytes, kMaxFileBytes) : bytes;
}

bool blank(const std::string& text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

}  // namespace

Dataset parse_dataset(const std::filesystem::path& path, std::string_view bytes, DataFormat format,
                      const ColumnMap& columns) {
  Dataset data = parse(path, bytes, format, columns);
  settle_labels(data);
  return data;
}

Dataset read_dataset(const std::filesystem::path& path, const ColumnMap& columns) {
  const Naming naming = naming_of(path);
  if (!naming.format) refuse_name(path);
  return parse_dataset(path, read_unzipped(path, naming.zipped), *naming.format, columns);
}

Dataset read_texts(const std::filesystem::path& path, const ColumnMap& columns) {
  const Naming naming = naming_of(path);
  Dataset data = parse(path, read_unzipped(path, naming.zipped),
                       naming.format.value_or(DataFormat::kText), {columns.text, columns.pair, {}});
  data.has_label = false;
  std::erase_if(data.examples, [](const Example& example) { return blank(example.text); });
  for (Example& example : data.examples) example.label.clear();
  return data;
}

}  // namespace bitcpp
