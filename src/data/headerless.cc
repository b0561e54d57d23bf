#include "data/headerless.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>

#include "data/location.h"
#include "data/number.h"

namespace bitcpp {
namespace {

[[noreturn]] void ask_for_columns(const std::filesystem::path& path, const Row& row,
                                  const std::string& why) {
  fail_at(path, row.line,
          "expected a header with known names (text, sentence, label, ...) or --columns, as in "
          "--columns text=1,label=2 (" +
              why + "); the first row is " + list_names(row.fields));
}

/// A linguist's mark: empty, or made of *, ? and the like.
bool is_mark(const std::string& cell) {
  return cell.find_first_not_of("*?#% ") == std::string::npos;
}

bool is_cola(const std::vector<Row>& rows) {
  return std::all_of(rows.begin(), rows.end(), [](const Row& row) {
    return row.fields.size() == 4 && (row.fields[1] == "0" || row.fields[1] == "1") &&
           is_mark(row.fields[2]);
  });
}

using Counts = std::unordered_map<std::string_view, std::size_t>;

Counts count_values(const std::vector<Row>& rows, std::size_t column) {
  Counts counts;
  for (const Row& row : rows) ++counts[row.fields[column]];
  return counts;
}

bool looks_like_labels(const std::vector<Row>& rows, std::size_t column) {
  const auto all_cells = [&](auto&& holds) {
    return std::all_of(rows.begin(), rows.end(),
                       [&](const Row& row) { return holds(row.fields[column]); });
  };
  if (all_cells([](const std::string& cell) { return cell.empty(); })) return false;
  return all_cells([](const std::string& cell) { return parse_number(cell).has_value(); }) ||
         all_cells([](const std::string& cell) { return cell.find(' ') == std::string::npos; }) ||
         count_values(rows, column).size() * 2 < rows.size();
}

/// A header whose names are unknown would pass as a first example with a class of its own.
bool first_label_is_odd(const std::vector<Row>& rows, std::size_t column) {
  const auto is_number = [&](const Row& row) {
    return parse_number(row.fields[column]).has_value();
  };
  if (rows.size() > 1 && !is_number(rows[0]) &&
      std::all_of(rows.begin() + 1, rows.end(), is_number))
    return true;
  constexpr std::size_t kEnoughRows = 10;
  const Counts counts = count_values(rows, column);
  const auto singles = std::count_if(counts.begin(), counts.end(),
                                     [](const auto& value) { return value.second == 1; });
  return rows.size() >= kEnoughRows && singles == 1 && counts.at(rows[0].fields[column]) == 1;
}

}  // namespace

Columns columns_by_content(const std::filesystem::path& path, const std::vector<Row>& rows) {
  const std::size_t width = rows[0].fields.size();
  if (width == 4 && is_cola(rows)) return {.text = 3, .pair = {}, .label = 1};
  if (width == 1) return {};
  if (width > 3) ask_for_columns(path, rows[0], "a file without header may have at most 3 columns");
  std::vector<bool> like_labels(width);
  for (std::size_t column = 0; column < width; ++column)
    like_labels[column] = looks_like_labels(rows, column);
  if (std::count(like_labels.begin(), like_labels.end(), true) != 1)
    ask_for_columns(path, rows[0], "which column holds the labels is not clear from its values");
  Columns columns;
  if (width == 2) {
    columns.label = like_labels[0] ? 0 : 1;
    columns.text = 1 - *columns.label;
  } else {
    if (!like_labels[2])
      ask_for_columns(path, rows[0], "the last of three columns should hold the labels");
    columns = {.text = 0, .pair = 1, .label = 2};
  }
  if (first_label_is_odd(rows, *columns.label))
    ask_for_columns(path, rows[0], "the first row looks like a header with unknown names");
  return columns;
}

}  // namespace bitcpp
