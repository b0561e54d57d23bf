// JSON as it is written, without a tree in between: answers are long rows of numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bitcpp {

class JsonText {
 public:
  JsonText& begin_object() { return open('{'); }
  JsonText& end_object() { return close('}'); }
  JsonText& begin_array() { return open('['); }
  JsonText& end_array() { return close(']'); }
  JsonText& key(std::string_view name);
  /// Bytes that are no UTF-8 become U+FFFD.
  JsonText& text(std::string_view value);
  JsonText& number(float value);
  JsonText& number(double value);
  JsonText& number(std::int64_t value);
  JsonText& number(std::uint64_t value) { return number(static_cast<std::int64_t>(value)); }
  JsonText& number(int value) { return number(static_cast<std::int64_t>(value)); }
  JsonText& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonText& null() { return raw("null"); }
  JsonText& numbers(std::span<const float> values);
  /// JSON already written.
  JsonText& raw(std::string_view json);

  std::string take() { return std::move(out_); }

 private:
  JsonText& open(char bracket);
  JsonText& close(char bracket);
  void separate();

  std::string out_;
  bool first_ = true;  // no comma before the next value
};

}  // namespace bitcpp
