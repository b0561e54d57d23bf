#include "data/squad.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "data/delimited.h"
#include "data/location.h"
#include "data/utf8_repair.h"

namespace bitcpp {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxBytes = std::size_t{1} << 30;

/// Stops the parser at the first thing that tells what the file is.
class LayoutProbe : public nlohmann::json_sax<json> {
 public:
  bool found = false;

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(std::int64_t) override { return value(); }
  bool number_unsigned(std::uint64_t) override { return value(); }
  bool number_float(double, const std::string&) override { return value(); }
  bool string(std::string&) override { return value(); }
  bool binary(json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(); }
  bool start_array(std::size_t) override {
    found = depth_ == 1 && is_data_;
    return !found && depth_ > 0 && open();
  }
  bool key(std::string& name) override {
    is_data_ = depth_ == 1 && name == "data";
    return true;
  }
  bool end_object() override { return --depth_ > 0; }
  bool end_array() override { return --depth_ > 0; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool value() const { return depth_ > 0; }
  bool open() {
    is_data_ = false;
    ++depth_;
    return true;
  }

  int depth_ = 0;
  bool is_data_ = false;
};

/// A value of the document and the way to it, for messages.
struct Node {
  const std::filesystem::path& file;
  const json& value;
  std::string place;

  [[noreturn]] void refuse(const std::string& expected) const {
    throw Error(file.string() + ": " + place + ": expected " + expected);
  }

  const json& member(const char* key, const char* expected) const {
    const auto found = value.is_object() ? value.find(key) : value.end();
    if (!value.is_object() || found == value.end())
      refuse(std::string("an object with \"") + key + "\", " + expected);
    return *found;
  }

  const std::string& text(const char* key) const {
    const json& found = member(key, "a string");
    if (!found.is_string()) refuse(std::string("a string under \"") + key + "\"");
    const auto& result = found.get_ref<const std::string&>();
    if (result.size() > kMaxFieldBytes)
      refuse("at most " + std::to_string(kMaxFieldBytes >> 20) + " MiB under \"" + key + "\"");
    return result;
  }

  /// Calls visit(Node) for each element of the array under `key`.
  template <typename Visit>
  void each(const char* key, const Visit& visit) const {
    const json& array = member(key, "an array");
    if (!array.is_array()) refuse(std::string("an array under \"") + key + "\"");
    for (std::size_t i = 0; i < array.size(); ++i)
      visit(Node{file, array[i],
                 (place.empty() ? "" : place + ".") + key + "[" + std::to_string(i) + "]"});
  }
};

/// Byte at which code point `index` of `text` begins; npos when it has fewer.
std::size_t byte_of_code_point(std::string_view text, std::size_t index) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (index-- == 0) return i;
  }
  return index == 0 ? text.size() : std::string_view::npos;
}

Answer read_answer(const Node& node, const std::string& context) {
  Answer answer{node.text("text"), 0};
  const json& start = node.member("answer_start", "an integer");
  if (!start.is_number_unsigned()) node.refuse("\"answer_start\" as an integer, 0 or more");
  answer.begin = byte_of_code_point(context, start.get<std::size_t>());
  if (answer.begin == std::string::npos ||
      context.compare(answer.begin, answer.text.size(), answer.text) != 0)
    node.refuse("the text of the answer in the context at \"answer_start\" " + start.dump() +
                " (counted in characters from 0)");
  return answer;
}

void read_question(const Node& node, const std::string& context, Dataset& data) {
  if (data.examples.size() == kMaxRows)
    node.refuse("at most " + std::to_string(kMaxRows) + " questions");
  Example& example = data.examples.emplace_back();
  example.line = data.examples.size();
  example.text = node.text("question");
  example.pair = context;
  if (node.value.contains("id")) example.id = node.text("id");
  if (node.value.contains("answers"))
    node.each("answers",
              [&](const Node& answer) { example.answers.push_back(read_answer(answer, context)); });
  if (!example.answers.empty()) {
    if (!data.has_label && data.examples.size() > 1)
      node.refuse("no answers, as the questions before have none");
    data.has_label = true;
  } else if (data.has_label) {
    node.refuse(
        "an answer, as other questions have (unanswerable ones, as in SQuAD 2.0, cannot be "
        "used)");
  }
}

json parse_document(const std::filesystem::path& path, std::string_view bytes) {
  if (bytes.size() > kMaxBytes)
    throw Error(path.string() + ": expected at most " + std::to_string(kMaxBytes >> 20) +
                " MiB of JSON");
  const std::string text = repair_utf8(bytes);
  try {
    return json::parse(text);
  } catch (const json::parse_error& error) {
    const std::string_view before = std::string_view(text).substr(0, error.byte);
    fail_at(path, 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')),
            "expected valid JSON, it goes wrong at byte " + std::to_string(error.byte) +
                " of the file");
  }
}

}  // namespace

bool looks_like_squad(std::string_view bytes) {
  LayoutProbe probe;
  json::sax_parse(bytes.begin(), bytes.end(), &probe, json::input_format_t::json, false);
  return probe.found;
}

Dataset parse_squad(const std::filesystem::path& path, std::string_view bytes) {
  const json document = parse_document(path, bytes);
  Dataset data;
  data.path = path;
  data.kind = DataKind::kQuestions;
  data.has_pair = true;
  Node{path, document, ""}.each("data", [&](const Node& article) {
    article.each("paragraphs", [&](const Node& paragraph) {
      const std::string& context = paragraph.text("context");
      paragraph.each("qas", [&](const Node& node) { read_question(node, context, data); });
    });
  });
  if (data.examples.empty()) throw Error(path.string() + ": expected questions, the file has none");
  return data;
}

}  // namespace bitcpp
