#include "cli/text_source.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace bitcpp {
namespace {

using nlohmann::json;

/// The keys of an input's parts in JSON, and what an input without its second part is told.
struct Keys {
  const char *first, *second, *why;
};

Keys keys_of(InputKind kind) {
  if (kind == InputKind::kQuestion)
    return {"question", "context", "this model answers questions from a context"};
  return {"text", kind == InputKind::kPair ? "pair" : nullptr, "this model judges pairs"};
}

/// Joins words by spaces; false when `value` is no array of words without spaces.
bool join_words(const json& value, SourceText& input) {
  if (!value.is_array() || value.empty()) return false;
  for (const json& word : value) {
    if (!word.is_string()) return false;
    const auto& text = word.get_ref<const std::string&>();
    if (text.empty() || text.find_first_of(" \t\r\n") != std::string::npos) return false;
    if (!input.words.empty()) input.text += ' ';
    const auto begin = static_cast<std::uint32_t>(input.text.size());
    input.text += text;
    input.words.push_back({begin, static_cast<std::uint32_t>(input.text.size())});
  }
  return true;
}

}  // namespace

TextSource::TextSource(const std::string& path, TextFormat format, InputKind kind)
    : reader_(path), format_(format), kind_(kind) {
  if (format_ == TextFormat::kAuto && (path.ends_with(".jsonl") || path.ends_with(".json"))) {
    format_ = TextFormat::kJsonl;
  }
}

void TextSource::refuse(const std::string& expected) const {
  throw Error(reader_.location() + "expected " + expected);
}

bool TextSource::is_json_input(const std::string& line) const {
  if (!line.starts_with('{')) return false;
  const json value = json::parse(line, nullptr, false);
  if (!value.is_object()) return false;
  return value.contains(keys_of(kind_).first) ||
         (kind_ == InputKind::kWords && value.contains("words"));
}

bool TextSource::next(SourceText& input) {
  std::string line;
  do {
    if (!reader_.next(line)) return false;
    if (reader_.line_number() == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (format_ == TextFormat::kAuto) {
      format_ = is_json_input(line) ? TextFormat::kJsonl : TextFormat::kText;
    }
  } while (format_ == TextFormat::kJsonl && line.find_first_not_of(" \t") == std::string::npos);
  input = {};
  input.location = reader_.location();
  if (format_ == TextFormat::kJsonl) {
    parse_json(line, input);
  } else {
    parse_line(line, input);
  }
  return true;
}

void TextSource::parse_line(const std::string& line, SourceText& input) const {
  const Keys keys = keys_of(kind_);
  if (!keys.second) {
    input.text = line;
    return;
  }
  const std::size_t tab = line.find('\t');
  if (tab == std::string::npos) {
    refuse(kind_ == InputKind::kPair
               ? std::string("two texts with a tab between them: ") + keys.why
               : std::string("a question and its context with a tab between them: ") + keys.why);
  }
  input.text = line.substr(0, tab);
  input.pair = line.substr(tab + 1);
  input.has_pair = true;
}

void TextSource::parse_json(const std::string& line, SourceText& input) const {
  const Keys keys = keys_of(kind_);
  const json value = json::parse(line, nullptr, false);
  const auto text_of = [&](const char* key, std::string& to) {
    const auto found = value.find(key);
    if (found == value.end()) return false;
    if (!found->is_string()) refuse(std::string("a string under \"") + key + "\"");
    to = found->get<std::string>();
    return true;
  };
  if (kind_ == InputKind::kWords && value.is_object() && value.contains("words")) {
    if (!join_words(value["words"], input))
      refuse("an array of words, strings without spaces, under \"words\"");
    return;
  }
  if (!value.is_object() || !text_of(keys.first, input.text))
    refuse(std::string("a JSON object with the key \"") + keys.first + "\"");
  // A model of single texts leaves "pair" alone, like any key it has no use for, as `bit eval`
  // does.
  if (!keys.second) return;
  input.has_pair = text_of(keys.second, input.pair);
  if (!input.has_pair) refuse(std::string("the key \"") + keys.second + "\" too: " + keys.why);
}

}  // namespace bitcpp
