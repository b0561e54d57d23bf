// The inputs of `bit run`: plain lines, pairs by tab, or JSON lines.
#pragma once

#include <string>
#include <vector>

#include "cli/line_reader.h"
#include "text/tokenizer.h"

namespace bitcpp {

enum class TextFormat { kAuto, kText, kJsonl };

/// What one input is made of: a text; two; a text that may come as words; a question and the
/// context to find its answer in.
enum class InputKind { kText, kPair, kWords, kQuestion };

/// One text or pair.
struct SourceText {
  std::string text, pair;  // or question, context
  bool has_pair = false;
  std::vector<Offset> words;  // where the words were given: their ranges in `text`
  std::string location;       // "FILE:LINE: "
};

class TextSource {
 public:
  /// In lines, two parts have a tab between them. In JSON lines the keys are "text" and "pair";
  /// "text" or "words" (an array of strings, which are joined by spaces); "question" and "context".
  /// kAuto is JSON lines when the name ends in .jsonl or .json, or when the first line is a JSON
  /// object with the first of these keys (or "words").
  TextSource(const std::string& path, TextFormat format, InputKind kind);

  /// The next input; false at the end. Blank lines are texts too, but skipped among JSON lines.
  /// Throws Error "FILE:LINE: expected ..." for what cannot be an input.
  bool next(SourceText& input);
  bool ready() const { return reader_.ready(); }

 private:
  bool is_json_input(const std::string& line) const;
  void parse_line(const std::string& line, SourceText& input) const;
  void parse_json(const std::string& line, SourceText& input) const;
  [[noreturn]] void refuse(const std::string& expected) const;

  LineReader reader_;
  TextFormat format_;
  InputKind kind_;
};

}  // namespace bitcpp
