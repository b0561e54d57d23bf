#include "serve/json_text.h"

#include <charconv>

#include "text/utf8.h"

namespace bitcpp {
namespace {

void append_escaped(unsigned char c, std::string& out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += kDigits[c >> 4];
      out += kDigits[c & 15];
  }
}

template <class Number>
void append_number(Number value, std::string& out) {
  char digits[40];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace

void JsonText::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

JsonText& JsonText::open(char bracket) {
  separate();
  out_ += bracket;
  first_ = true;
  return *this;
}

JsonText& JsonText::close(char bracket) {
  out_ += bracket;
  first_ = false;
  return *this;
}

JsonText& JsonText::key(std::string_view name) {
  text(name);
  out_ += ':';
  first_ = true;
  return *this;
}

JsonText& JsonText::text(std::string_view value) {
  separate();
  out_ += '"';
  for (std::size_t i = 0; i < value.size();) {
    const auto c = static_cast<unsigned char>(value[i]);
    if (c >= 0x80) {
      const DecodedChar decoded = decode_utf8(value, i);
      char bytes[4];
      out_.append(bytes, encode_utf8(decoded.point, bytes));
      i += decoded.length;
      continue;
    }
    if (c < 0x20 || c == '"' || c == '\\') {
      append_escaped(c, out_);
    } else {
      out_ += static_cast<char>(c);
    }
    ++i;
  }
  out_ += '"';
  return *this;
}

JsonText& JsonText::number(float value) {
  separate();
  append_number(value, out_);
  return *this;
}

JsonText& JsonText::number(double value) {
  separate();
  append_number(value, out_);
  return *this;
}

JsonText& JsonText::number(std::int64_t value) {
  separate();
  append_number(value, out_);
  return *this;
}

JsonText& JsonText::numbers(std::span<const float> values) {
  begin_array();
  for (float value : values) number(value);
  return end_array();
}

JsonText& JsonText::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace bitcpp
