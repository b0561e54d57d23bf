// Task files in: TSV, CSV, JSONL and the GLUE layouts, as texts (or pairs) with labels; CoNLL
// columns; SQuAD's JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bitcpp {

/// One word of a tagged sentence: its bytes in Example::text, and its tag as written.
struct TaggedWord {
  std::uint32_t begin = 0, end = 0;
  std::string tag;
  std::size_t line = 0;
};

/// An accepted answer, and the byte of Example::pair at which it stands.
struct Answer {
  std::string text;
  std::size_t begin = 0;
};

struct Example {
  std::string text, pair, label;  // label as written; empty when the file has none
  std::size_t line = 0;           // where the row begins, from 1
  // kTagged: the words of `text`, which are joined by single spaces there.
  std::vector<TaggedWord> words = {};
  // kQuestions: `text` is the question, `pair` the context, `line` counts questions from 1.
  std::vector<Answer> answers = {};
  std::string id = {};
};

/// What the rows of a file are.
enum class DataKind { kTexts, kTagged, kQuestions };

struct Dataset {
  std::filesystem::path path;
  std::vector<Example> examples;
  bool has_pair = false, has_label = false;
  DataKind kind = DataKind::kTexts;
};

/// Which column (header name, or number from 1 for files without a header) holds what. Empty:
/// recognised by the usual names. In CoNLL files: numbers, by default the first column (words) and
/// the last (tags).
struct ColumnMap {
  std::string text, pair, label;
};

/// Parses "text=...,pair=...,label=..." as given to --columns. Throws Error on anything else.
ColumnMap parse_columns(const std::string& argument);

/// Reads a whole file; the format follows the name (.tsv .csv .jsonl .json .txt .conll; .gz on top
/// of any of them). What the rows are follows from the content: a .json file with SQuAD's layout
/// holds questions (squad.h), a .txt or .tsv file that looks like CoNLL columns, and every .conll
/// file, tagged sentences (conll.h). All else is texts.
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
  /// Index of a word's tag; throws alike.
  int index(const Dataset& dataset, const TaggedWord& word) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  int index_at(const std::filesystem::path& path, std::size_t line, const std::string& label) const;

  std::vector<std::string> names_;
  std::map<std::string, int> indices_;
};

enum class TaskKind { kClassification, kRegression, kTagging, kQuestionAnswering };

/// "classification", "regression", "tagging", "question-answering": in options, reports and files.
const char* task_name(TaskKind task);
/// The task of that name ("qa" is short for the last); empty when there is none.
std::optional<TaskKind> task_by_name(std::string_view name);
/// Whether a model of this task answers for every token instead of once a text.
inline bool per_token(TaskKind task) {
  return task == TaskKind::kTagging || task == TaskKind::kQuestionAnswering;
}

/// What a training file asks for: tagged words make it tagging, questions question answering;
/// otherwise its labels decide: regression when all are numbers and any has a fraction, else
/// classification. Throws Error when a file has no labels or only one.
TaskKind guess_task(const Dataset& dataset);

/// Throws Error when a file of this kind of rows cannot serve `task`, naming the file.
void require_task(const Dataset& dataset, TaskKind task);

/// The label as a number, for regression. Throws Error naming file and line.
double numeric_label(const Dataset& dataset, const Example& example);

}  // namespace bitcpp
