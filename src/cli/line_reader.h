// Lines from a file or a pipe, and whether the next one is there without waiting.
#pragma once

#include <cstddef>
#include <string>

namespace bitcpp {

class LineReader {
 public:
  /// Longest line taken.
  static constexpr std::size_t kMaxLine = std::size_t{64} << 20;

  /// "-" is standard input. Throws Error when the file cannot be read.
  explicit LineReader(const std::string& path);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  /// The next line without its line end (LF or CRLF); false at the end. Throws Error "FILE:LINE:
  /// ..." when reading fails or a line is longer than kMaxLine.
  bool next(std::string& line);
  /// Whether `next` would return at once.
  bool ready() const;
  /// Number of the line that `next` gave last, from 1.
  std::size_t line_number() const { return line_number_; }
  /// "FILE:LINE: " of that line.
  std::string location() const;

 private:
  bool fill();

  std::string path_, buffer_;
  std::size_t begin_ = 0, searched_ = 0, line_number_ = 0;
  int descriptor_ = 0;
  bool ended_ = false;
};

}  // namespace bitcpp
