// The inputs of `bit run`: plain lines, pairs by tab, or JSON lines.
#pragma once

#include <string>

#include "cli/line_reader.h"

namespace bitcpp {

enum class TextFormat { kAuto, kText, kJsonl };

/// One text or pair to classify.
struct SourceText {
  std::string text, pair;
  bool has_pair = false;
  std::string location;  // "FILE:LINE: "
};

class TextSource {
 public:
  /// `pair_model`: every input needs a pair. kAuto is JSON lines when the name ends in .jsonl or
  /// .json, or when the first line is a JSON object with the key "text".
  TextSource(const std::string& path, TextFormat format, bool pair_model);

  /// The next input; false at the end. Blank lines are texts too, but skipped among JSON lines.
  /// Throws Error "FILE:LINE: expected ..." for what cannot be an input.
  bool next(SourceText& input);
  bool ready() const { return reader_.ready(); }

 private:
  void parse_line(const std::string& line, SourceText& input) const;
  void parse_json(const std::string& line, SourceText& input) const;

  LineReader reader_;
  TextFormat format_;
  bool pair_model_;
};

}  // namespace bitcpp
