#include "data/conll.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "data/columns.h"
#include "data/delimited.h"
#include "data/location.h"

namespace bitcpp {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kDocumentStart = "-DOCSTART-";
constexpr std::size_t kLinesLookedAt = 200;

/// Takes the first line off `bytes`, without its line end.
std::string_view take_line(std::string_view& bytes) {
  std::string_view line = bytes.substr(0, bytes.find('\n'));
  bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The columns of a line, between runs of spaces and tabs; `columns` is reused.
void split_columns(std::string_view line, std::vector<std::string_view>& columns) {
  columns.clear();
  while (true) {
    const std::size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return;
    const std::size_t end = std::min(line.find_first_of(kBlanks, begin), line.size());
    columns.push_back(line.substr(begin, end - begin));
    line.remove_prefix(end);
  }
}

bool is_entity_tag(std::string_view tag) {
  constexpr std::string_view kPrefixes = "BIES";
  return tag.size() > 2 && tag[1] == '-' && kPrefixes.find(tag[0]) != std::string_view::npos;
}

/// Which columns hold word and tag; the tag's is counted from the end where nothing was asked.
struct WordColumns {
  std::size_t word = 0;
  std::optional<std::size_t> tag;
};

WordColumns asked_columns(const ColumnMap& asked) {
  const auto number = [](const std::string& role) {
    const auto column = column_number(role);
    if (!column || *column == kMaxColumns)
      throw Error("--columns: expected numbers from 1 for a CoNLL file, found " + in_quotes(role));
    return *column;
  };
  if (!asked.pair.empty()) throw Error("--columns: expected no pair for a CoNLL file");
  WordColumns columns;
  if (!asked.text.empty()) columns.word = number(asked.text);
  if (!asked.label.empty()) columns.tag = number(asked.label);
  return columns;
}

class ConllParser {
 public:
  ConllParser(const std::filesystem::path& path, const ColumnMap& asked)
      : columns_(asked_columns(asked)) {
    data_.path = path;
    data_.kind = DataKind::kTagged;
    data_.has_label = true;
  }

  Dataset parse(std::string_view bytes) {
    std::vector<std::string_view> fields;
    for (std::size_t line = 1; !bytes.empty(); ++line) {
      split_columns(take_line(bytes), fields);
      if (fields.empty() || fields[0].starts_with(kDocumentStart))
        end_sentence();
      else
        add_word(fields, line);
    }
    end_sentence();
    if (data_.examples.empty())
      throw Error(data_.path.string() + ": expected words with tags, the file has none");
    return std::move(data_);
  }

 private:
  void add_word(const std::vector<std::string_view>& fields, std::size_t line) {
    if (width_ == 0) {
      width_ = fields.size();
      first_line_ = line;
    }
    if (fields.size() != width_)
      fail_at(data_.path, line,
              "expected " + std::to_string(width_) + " columns as in line " +
                  std::to_string(first_line_) + ", found " + std::to_string(fields.size()));
    const std::size_t tag = columns_.tag.value_or(width_ - 1);
    if (std::max(columns_.word, tag) >= width_ || columns_.word == tag)
      fail_at(data_.path, line,
              "expected a word and, in another column, its tag; found " + std::to_string(width_) +
                  (width_ == 1 ? " column" : " columns"));
    if (sentence_.words.size() == kMaxSentenceWords)
      fail_at(data_.path, line,
              "expected sentences of at most " + std::to_string(kMaxSentenceWords) + " words");
    if (sentence_.text.size() + fields[columns_.word].size() + 1 > kMaxFieldBytes)
      fail_at(data_.path, line,
              "expected sentences of at most " + std::to_string(kMaxFieldBytes >> 20) + " MiB");
    if (sentence_.words.empty())
      sentence_.line = line;
    else
      sentence_.text += ' ';
    const auto begin = static_cast<std::uint32_t>(sentence_.text.size());
    sentence_.text += fields[columns_.word];
    sentence_.words.push_back(
        {begin, static_cast<std::uint32_t>(sentence_.text.size()), std::string(fields[tag]), line});
  }

  void end_sentence() {
    if (sentence_.words.empty()) return;
    if (data_.examples.size() == kMaxRows)
      fail_at(data_.path, sentence_.line,
              "expected at most " + std::to_string(kMaxRows) + " sentences");
    data_.examples.push_back(std::exchange(sentence_, {}));
  }

  Dataset data_;
  Example sentence_;
  WordColumns columns_;
  std::size_t width_ = 0, first_line_ = 0;
};

}  // namespace

bool looks_like_conll(std::string_view bytes) {
  std::vector<std::string_view> fields;
  std::size_t width = 0, seen = 0;
  bool any_entity = false;
  while (!bytes.empty() && seen < kLinesLookedAt) {
    split_columns(take_line(bytes), fields);
    if (fields.empty() || fields[0].starts_with(kDocumentStart)) continue;
    if (width == 0) width = fields.size();
    const bool entity = is_entity_tag(fields.back());
    if (fields.size() < 2 || fields.size() != width || (!entity && fields.back() != "O"))
      return false;
    any_entity = any_entity || entity;
    ++seen;
  }
  return any_entity;
}

Dataset parse_conll(const std::filesystem::path& path, std::string_view bytes,
                    const ColumnMap& columns) {
  return ConllParser(path, columns).parse(bytes);
}

}  // namespace bitcpp
