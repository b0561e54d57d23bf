#include "cli/text_source.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace bitcpp {
namespace {

bool is_json_input(const std::string& line) {
  if (!line.starts_with('{')) return false;
  const nlohmann::json value = nlohmann::json::parse(line, nullptr, false);
  return value.is_object() && value.contains("text");
}

}  // namespace

TextSource::TextSource(const std::string& path, TextFormat format, bool pair_model)
    : reader_(path), format_(format), pair_model_(pair_model) {
  if (format_ == TextFormat::kAuto && (path.ends_with(".jsonl") || path.ends_with(".json"))) {
    format_ = TextFormat::kJsonl;
  }
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
  if (!pair_model_) {
    input.text = line;
    return;
  }
  const std::size_t tab = line.find('\t');
  if (tab == std::string::npos) {
    throw Error(reader_.location() +
                "expected two texts with a tab between them: this model judges pairs");
  }
  input.text = line.substr(0, tab);
  input.pair = line.substr(tab + 1);
  input.has_pair = true;
}

void TextSource::parse_json(const std::string& line, SourceText& input) const {
  const nlohmann::json value = nlohmann::json::parse(line, nullptr, false);
  const auto text_of = [&](const char* key, std::string& to) {
    const auto found = value.find(key);
    if (found == value.end()) return false;
    if (!found->is_string())
      throw Error(reader_.location() + "expected a string under \"" + key + "\"");
    to = found->get<std::string>();
    return true;
  };
  if (!value.is_object() || !text_of("text", input.text)) {
    throw Error(reader_.location() + "expected a JSON object with the key \"text\"");
  }
  // A model of single texts leaves "pair" alone, like any key it has no use for, as `bit eval`
  // does.
  if (!pair_model_) return;
  input.has_pair = text_of("pair", input.pair);
  if (!input.has_pair) {
    throw Error(reader_.location() + "expected the key \"pair\" too: this model judges pairs");
  }
}

}  // namespace bitcpp
