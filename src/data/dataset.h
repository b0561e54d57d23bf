// Task files in: TSV, CSV, JSONL and the GLUE layouts, as texts (or pairs) with labels.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
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

/// Which column (header name, or number from 1 for files without a header) holds what. Empty:
/// recognised by the usual names.
struct ColumnMap {
  std::string text, pair, label;
};

/// Parses "text=...,pair=...,label=..." as given to --columns. Throws Error on anything else.
ColumnMap parse_columns(const std::string& argument);

/// Reads a whole file; the format follows the name (.tsv .csv .jsonl .json .txt; .gz on top of any
/// of them).
///
/// TSV has no quoting (lone quotes are text), CSV is RFC 4180, .txt is one text a line, .json is an
/// array of objects (or JSONL). A UTF-8 byte order mark is dropped; NUL and invalid UTF-8 are kept
/// as they are, but JSON reads invalid UTF-8 as U+FFFD. Empty lines are skipped, except in .txt,
/// where they are empty texts.
///
/// Columns, when `columns` does not name them:
///   - A first row with a usual text name is a header. Texts: text, sentence, sentence1, question,
///     "#1 String", premise, question1, utterance, query, content, review; pairs: pair, sentence2,
///     "#2 String", hypothesis, question2 (and QNLI's question + sentence); labels: label, labels,
///     category, intent, class, score, Quality, gold_label, is_duplicate, similarity, sentiment.
///     Case does not matter; of several the first in this list counts.
///   - Without a header: CoLA's four columns, one column of texts, or two or three columns by the
///     rules in headerless.h.
/// With names in `columns` the first row is a header; with numbers it is one only if it holds a
/// usual text name. A file in which no row has a label (a test file) has has_label false; rows
/// without label among others are an error.
///
/// Throws Error "FILE:LINE: expected ..." for bad rows, unknown columns, invalid quotes; limits:
/// fields of 16 MiB, 4096 columns, 2^31-1 rows, 4 GiB unpacked.
Dataset read_dataset(const std::filesystem::path& path, const ColumnMap& columns = {});

/// The texts (or pairs) of a file alone: as read_dataset, but labels are left out, whole or not,
/// texts of nothing but white space are skipped, and a name with another ending is plain text, one
/// a line. A `columns.label` is not looked for.
Dataset read_texts(const std::filesystem::path& path, const ColumnMap& columns = {});

/// Labels of a classification task in their fixed order. Numbers sort as numbers, words as words
/// (bytewise).
class LabelMap {
 public:
  LabelMap() = default;
  explicit LabelMap(std::vector<std::string> names);
  static LabelMap from(const Dataset& dataset);

  /// Index of a label. Throws Error "FILE:LINE: unknown label ..., expected one of ..." when
  /// absent.
  int index(const Dataset& dataset, const Example& example) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, int> indices_;
};

/// What the labels of a training file ask for: regression when all labels are numbers and any has a
/// fraction, else classification. Throws Error when a file has no labels or only one.
enum class TaskKind { kClassification, kRegression };
TaskKind guess_task(const Dataset& dataset);

/// The label as a number, for regression. Throws Error naming file and line.
double numeric_label(const Dataset& dataset, const Example& example);

}  // namespace bitcpp
