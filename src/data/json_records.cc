#include "data/json_records.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/delimited.h"
#include "data/location.h"
#include "data/utf8_repair.h"

namespace bitcpp {
namespace {

using Kind = JsonValue::Kind;
constexpr std::string_view kSpace = " \t\r\n";

std::size_t count_lines(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

void add_record(const std::filesystem::path& path, std::vector<JsonSpan>& records,
                JsonSpan record) {
  if (records.size() == kMaxRows)
    fail_at(path, record.line, "expected at most " + std::to_string(kMaxRows) + " records");
  records.push_back(record);
}

/// Takes the parser's events and keeps the values of the outermost object; no tree is built, so
/// that deep nesting costs nothing.
class RecordHandler : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<JsonValue> values;
  bool is_object = false;
  std::size_t error_position = 0;

  bool null() override { return add(Kind::kNull, {}); }
  bool boolean(bool value) override { return add(Kind::kBoolean, value ? "true" : "false"); }
  bool number_integer(std::int64_t value) override {
    return add(Kind::kNumber, std::to_string(value));
  }
  bool number_unsigned(std::uint64_t value) override {
    return add(Kind::kNumber, std::to_string(value));
  }
  bool number_float(double, const std::string& written) override {
    return add(Kind::kNumber, written);
  }
  bool string(std::string& value) override { return add(Kind::kString, std::move(value)); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    if (depth_ == 0) is_object = true;
    return open();
  }
  bool start_array(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    if (depth_ == 1) key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    error_position = position;
    return false;
  }

 private:
  bool add(Kind kind, std::string text) {
    if (depth_ == 1 && is_object) values.push_back({kind, std::move(key_), std::move(text)});
    return true;
  }
  bool open() {
    add(Kind::kNested, {});
    ++depth_;
    return true;
  }
  bool close() {
    --depth_;
    return true;
  }

  std::size_t depth_ = 0;
  std::string key_;
};

/// Length of the array element that begins `rest`: up to the comma or bracket outside of any string
/// and nesting; npos when the file ends before.
std::size_t element_length(std::string_view rest) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (depth == 0 && (c == ',' || c == ']')) return i;
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
  }
  return std::string_view::npos;
}

}  // namespace

std::vector<JsonSpan> split_json_lines(const std::filesystem::path& path, std::string_view bytes) {
  std::vector<JsonSpan> records;
  for (std::size_t line = 1; !bytes.empty(); ++line) {
    const std::string_view text = bytes.substr(0, bytes.find('\n'));
    if (text.find_first_not_of(kSpace) != std::string_view::npos)
      add_record(path, records, {text, line});
    bytes.remove_prefix(std::min(text.size() + 1, bytes.size()));
  }
  return records;
}

std::vector<JsonSpan> split_json_array(const std::filesystem::path& path, std::string_view bytes) {
  std::size_t line = 1;
  const auto advance = [&](std::size_t count) {
    line += count_lines(bytes.substr(0, count));
    bytes.remove_prefix(count);
  };
  const auto skip_space = [&] { advance(std::min(bytes.find_first_not_of(kSpace), bytes.size())); };
  skip_space();
  if (!bytes.starts_with('[')) fail_at(path, line, "expected a JSON array of objects");
  const std::size_t opened_at = line;
  std::vector<JsonSpan> records;
  advance(1);
  skip_space();
  bool more = !bytes.starts_with(']');
  while (more) {
    const std::size_t length = element_length(bytes);
    if (length == std::string_view::npos)
      fail_at(path, opened_at, "expected a closing ] for the array that opens here");
    add_record(path, records, {bytes.substr(0, length), line});
    advance(length);
    more = bytes.starts_with(',');
    if (more) {
      advance(1);
      skip_space();
    }
  }
  advance(1);
  skip_space();
  if (!bytes.empty()) fail_at(path, line, "expected nothing after the closing ] of the array");
  return records;
}

std::vector<JsonValue> parse_json_record(const std::filesystem::path& path,
                                         const JsonSpan& record) {
  if (record.text.size() > 4 * kMaxFieldBytes)
    fail_at(path, record.line,
            "expected records of at most " + std::to_string(4 * kMaxFieldBytes >> 20) + " MiB");
  const std::string text = repair_utf8(record.text);
  RecordHandler handler;
  if (!nlohmann::json::sax_parse(text, &handler)) {
    const std::size_t position = std::min(handler.error_position, text.size());
    const std::string_view before = std::string_view(text).substr(0, position);
    const std::size_t line_start = before.rfind('\n') + 1;
    fail_at(path, record.line + count_lines(before),
            "expected valid JSON, it goes wrong at byte " +
                std::to_string(std::max<std::size_t>(position - line_start, 1)) +
                (before.find('\n') == std::string_view::npos ? " of the record" : " of the line"));
  }
  if (!handler.is_object) fail_at(path, record.line, "expected a JSON object");
  if (handler.values.size() > kMaxColumns)
    fail_at(path, record.line, "expected at most " + std::to_string(kMaxColumns) + " keys");
  for (const JsonValue& value : handler.values)
    if (value.text.size() > kMaxFieldBytes)
      fail_at(path, record.line,
              "expected values of at most " + std::to_string(kMaxFieldBytes >> 20) + " MiB, " +
                  in_quotes(value.key) + " is longer");
  return std::move(handler.values);
}

}  // namespace bitcpp
