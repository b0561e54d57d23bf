#include "data/columns.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>

#include "base/error.h"
#include "data/headerless.h"
#include "data/location.h"

namespace bitcpp {
namespace {

constexpr std::array<std::string_view, 11> kTextNames = {
    "text",      "sentence",  "sentence1", "question", "#1 string", "premise",
    "question1", "utterance", "query",     "content",  "review"};
constexpr std::array<std::string_view, 5> kPairNames = {"pair", "sentence2", "#2 string",
                                                        "hypothesis", "question2"};
constexpr std::array<std::string_view, 11> kLabelNames = {
    "label",   "labels",     "category",     "intent",     "class",    "score",
    "quality", "gold_label", "is_duplicate", "similarity", "sentiment"};

/// A column name without surrounding spaces and in ASCII lower case.
std::string folded(std::string_view name) {
  const std::size_t begin = std::min(name.find_first_not_of(' '), name.size());
  const std::size_t end = name.find_last_not_of(' ') + 1;
  std::string result(name.substr(begin, end > begin ? end - begin : 0));
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::optional<std::size_t> find_folded(const std::vector<std::string>& names,
                                       std::string_view wanted) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (folded(names[i]) == wanted) return i;
  return std::nullopt;
}

std::optional<std::size_t> find_known(const std::vector<std::string>& names,
                                      std::span<const std::string_view> known) {
  for (std::string_view name : known)
    if (const auto column = find_folded(names, name)) return column;
  return std::nullopt;
}

/// What the error says is there: names of a header, or the number of columns.
struct Place {
  const std::filesystem::path& path;
  std::size_t line;
  const std::vector<std::string>& names;
};

std::size_t find_asked(const Place& place, const std::string& asked) {
  const auto exact = std::find(place.names.begin(), place.names.end(), asked);
  if (exact != place.names.end()) return static_cast<std::size_t>(exact - place.names.begin());
  if (const auto column = find_folded(place.names, folded(asked))) return *column;
  fail_at(place.path, place.line,
          "expected a column named " + in_quotes(asked) + ", found " + list_names(place.names));
}

std::size_t find_asked_number(const Place& place, const std::string& asked) {
  const std::size_t column = *column_number(asked);
  if (column >= place.names.size())
    fail_at(place.path, place.line,
            "expected at least " + asked + " columns, as --columns says, found " +
                std::to_string(place.names.size()));
  return column;
}

void check_distinct(const Place& place, const Columns& columns) {
  if (columns.text == columns.pair || columns.text == columns.label ||
      (columns.pair && columns.pair == columns.label))
    fail_at(place.path, place.line, "expected different columns for text, pair and label");
}

/// Only numbers asked for: the columns need no names.
bool asks_by_number(const ColumnMap& asked) {
  bool any = false;
  for (const std::string* role : {&asked.text, &asked.pair, &asked.label}) {
    if (role->empty()) continue;
    if (!column_number(*role)) return false;
    any = true;
  }
  return any;
}

/// A first row with a known text name is a header, unless that name is the only known one of
/// several cells and comes again below: then it is a label, as in "How far is it?<TAB>question".
bool is_header(const std::vector<Row>& rows) {
  const std::vector<std::string>& first = rows[0].fields;
  const auto text = find_known(first, kTextNames);
  if (!text) return false;
  if (first.size() == 1 || find_known(first, kPairNames) || find_known(first, kLabelNames))
    return true;
  return std::none_of(rows.begin() + 1, rows.end(),
                      [&](const Row& row) { return row.fields[*text] == first[*text]; });
}

Columns columns_by_number(const Place& place, const ColumnMap& asked) {
  Columns columns;
  if (asked.text.empty()) throw Error("--columns: expected text=NUMBER beside the other numbers");
  columns.text = find_asked_number(place, asked.text);
  if (!asked.pair.empty()) columns.pair = find_asked_number(place, asked.pair);
  if (!asked.label.empty()) columns.label = find_asked_number(place, asked.label);
  check_distinct(place, columns);
  return columns;
}

}  // namespace

ColumnMap parse_columns(const std::string& argument) {
  constexpr std::string_view kExpected =
      "--columns: expected text=NAME[,pair=NAME][,label=NAME] with names from the header, or "
      "numbers "
      "from 1";
  ColumnMap columns;
  std::string_view rest = argument;
  while (true) {
    const std::string_view part = rest.substr(0, rest.find(','));
    const std::size_t equals = part.find('=');
    const std::string_view role = part.substr(0, equals);
    std::string* target = role == "text"    ? &columns.text
                          : role == "pair"  ? &columns.pair
                          : role == "label" ? &columns.label
                                            : nullptr;
    if (!target || equals == std::string_view::npos || equals + 1 == part.size())
      throw Error(std::string(kExpected) + ", found " + in_quotes(part));
    if (!target->empty())
      throw Error(std::string(kExpected) + ", found " + std::string(role) + " twice");
    *target = part.substr(equals + 1);
    if (column_number(*target) == kMaxColumns)
      throw Error("--columns: expected numbers from 1 to " + std::to_string(kMaxColumns) +
                  ", found " + in_quotes(*target));
    if (part.size() == rest.size()) return columns;
    rest.remove_prefix(part.size() + 1);
  }
}

std::optional<std::size_t> column_number(const std::string& argument) {
  if (argument.empty() || argument.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  std::size_t number = 0;
  std::from_chars(argument.data(), argument.data() + argument.size(), number);
  // 0 and what is too large lie beyond every file's last column.
  return number == 0 || number > kMaxColumns ? kMaxColumns : number - 1;
}

Columns columns_by_name(const std::filesystem::path& path, std::size_t line,
                        const std::vector<std::string>& names, const ColumnMap& asked) {
  const Place place{path, line, names};
  Columns columns;
  // What is asked for may not be taken by a usual name of another role.
  std::vector<std::string> free = names;
  const auto take = [&](const std::string& name) {
    const std::size_t column = find_asked(place, name);
    free[column].clear();
    return column;
  };
  if (!asked.label.empty()) columns.label = take(asked.label);
  if (!asked.pair.empty()) columns.pair = take(asked.pair);
  if (!asked.text.empty()) {
    columns.text = take(asked.text);
  } else {
    const auto question = find_folded(free, "question");
    const auto sentence = find_folded(free, "sentence");
    const auto text = find_known(free, kTextNames);
    if (!text)
      fail_at(path, line,
              "expected a column with a usual name (text, sentence, sentence1, question, "
              "...) or --columns text=NAME, found " +
                  list_names(names));
    const bool qnli = question && sentence && !find_folded(free, "text");
    columns.text = qnli ? *question : *text;
    if (!columns.pair) columns.pair = qnli ? sentence : find_known(free, kPairNames);
  }
  if (!columns.label) columns.label = find_known(free, kLabelNames);
  check_distinct(place, columns);
  return columns;
}

Layout find_layout(const std::filesystem::path& path, const std::vector<Row>& rows,
                   const ColumnMap& asked) {
  const Place place{path, rows[0].line, rows[0].fields};
  const bool nothing_asked = asked.text.empty() && asked.pair.empty() && asked.label.empty();
  if (asks_by_number(asked))
    return {.columns = columns_by_number(place, asked), .first_row = is_header(rows) ? 1u : 0u};
  if (nothing_asked && !is_header(rows))
    return {.columns = columns_by_content(path, rows), .first_row = 0};
  for (const std::string* role : {&asked.text, &asked.pair, &asked.label})
    if (column_number(*role)) throw Error("--columns: expected names or numbers, not both");
  return {.columns = columns_by_name(path, place.line, place.names, asked), .first_row = 1};
}

}  // namespace bitcpp
