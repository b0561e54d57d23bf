// Task files in: TSV, CSV, JSONL and the GLUE layouts, as texts (or pairs) with labels.
#pragma once

#include <cstddef>
#include <filesystem>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bitcpp {

struct Example {
  std::string text, pair, label;  // label as written; empty when the file has none
  std::size_t line = 0;           // where the row begins, from 1
};

struct Dataset {
  std::filesystem::path path;
  std::vector<Example> examples;
  bool has_pair = false, has_label = false;
};

/// Which column (header name, or number from 1 for files without a header) holds what. Empty: recognised by the usual names.
struct ColumnMap {
  std::string text, pair, label;
};

/// Parses "text=...,pair=...,label=..." as given to --columns. Throws Error on anything else.
ColumnMap parse_columns(const std::string& argument);

/// Reads a whole file; the format follows the name (.tsv .csv .jsonl .json .txt; .gz on top of any of them) and, for the GLUE
/// layouts, the header. Throws Error "FILE:LINE: expected ..." for bad rows, unknown columns, invalid quotes.
Dataset read_dataset(const std::filesystem::path& path, const ColumnMap& columns = {});

/// Labels of a classification task in their fixed order. Numbers sort as numbers, words as words (bytewise).
class LabelMap {
 public:
  LabelMap() = default;
  explicit LabelMap(std::vector<std::string> names);
  static LabelMap from(const Dataset& dataset);

  /// Index of a label. Throws Error "FILE:LINE: unknown label ..., expected one of ..." when absent.
  int index(const Dataset& dataset, const Example& example) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, int> indices_;
};

/// What the labels of a training file ask for: regression when any label is a number with a fraction, else classification.
/// Throws Error when a file has no labels or only one.
enum class TaskKind { kClassification, kRegression };
TaskKind guess_task(const Dataset& dataset);

/// The label as a number, for regression. Throws Error naming file and line.
double numeric_label(const Dataset& dataset, const Example& example);

}  // namespace bitcpp
