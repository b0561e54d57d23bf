#include "data/delimited.h"

#include <algorithm>
#include <utility>

#include "data/location.h"

namespace bitcpp {
namespace {

/// Collects rows and holds them to the limits and to one number of columns.
class RowCollector {
 public:
  explicit RowCollector(const std::filesystem::path& path) : path_(path) {}

  void begin_row(std::size_t line) { row_.line = line; }

  void add_field(std::string field) {
    if (field.size() > kMaxFieldBytes)
      fail_at(path_, row_.line,
              "expected fields of at most " + std::to_string(kMaxFieldBytes >> 20) +
                  " MiB, column " + std::to_string(row_.fields.size() + 1) + " is longer");
    if (row_.fields.size() == kMaxColumns)
      fail_at(path_, row_.line, "expected at most " + std::to_string(kMaxColumns) + " columns");
    row_.fields.push_back(std::move(field));
  }

  void end_row() {
    if (!rows_.empty() && row_.fields.size() != rows_[0].fields.size())
      fail_at(path_, row_.line,
              "expected " + std::to_string(rows_[0].fields.size()) + " columns as in line " +
                  std::to_string(rows_[0].line) + ", found " + std::to_string(row_.fields.size()));
    if (rows_.size() == kMaxRows)
      fail_at(path_, row_.line, "expected at most " + std::to_string(kMaxRows) + " rows");
    rows_.push_back(std::exchange(row_, {}));
  }

  std::vector<Row> take() { return std::move(rows_); }

 private:
  const std::filesystem::path& path_;
  std::vector<Row> rows_;
  Row row_;
};

/// Walks over the bytes of a CSV file, counting lines.
class CsvParser {
 public:
  CsvParser(const std::filesystem::path& path, std::string_view bytes)
      : path_(path), bytes_(bytes), rows_(path) {}

  std::vector<Row> parse() {
    while (position_ < bytes_.size()) {
      if (skip_line_end()) continue;
      rows_.begin_row(line_);
      parse_row();
      rows_.end_row();
    }
    return rows_.take();
  }

 private:
  void parse_row() {
    while (true) {
      rows_.add_field(peek() == '"' ? quoted_field() : plain_field());
      if (peek() != ',') break;
      ++position_;
    }
    skip_line_end();
  }

  std::string plain_field() {
    const std::size_t begin = position_;
    position_ = std::min(bytes_.find_first_of(",\n", begin), bytes_.size());
    std::size_t end = position_;
    // The CR of a CRLF belongs to the line end, not to the field.
    if (end > begin && bytes_[end - 1] == '\r' && (end == bytes_.size() || bytes_[end] == '\n'))
      position_ = --end;
    return std::string(bytes_.substr(begin, end - begin));
  }

  std::string quoted_field() {
    const std::size_t opened_at = line_;
    std::string field;
    ++position_;
    while (true) {
      const std::size_t end = bytes_.find('"', position_);
      if (end == std::string_view::npos)
        fail_at(path_, opened_at, "expected a closing quote for the field that opens here");
      const std::string_view part = bytes_.substr(position_, end - position_);
      field += part;
      line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
      position_ = end + 1;
      if (peek() != '"') break;
      field += '"';
      ++position_;
    }
    if (position_ < bytes_.size() && peek() != ',' && !at_line_end())
      fail_at(path_, line_,
              "expected a comma or the end of the line after a closing quote (a quote inside a "
              "quoted field is written twice)");
    return field;
  }

  int peek() const {
    return position_ < bytes_.size() ? static_cast<unsigned char>(bytes_[position_]) : -1;
  }

  bool at_line_end() const {
    const std::string_view rest = bytes_.substr(position_);
    return rest.starts_with("\n") || rest.starts_with("\r\n") || rest == "\r";
  }

  bool skip_line_end() {
    if (!at_line_end()) return false;
    if (peek() == '\r') ++position_;
    if (peek() == '\n') ++position_;
    ++line_;
    return true;
  }

  const std::filesystem::path& path_;
  std::string_view bytes_;
  RowCollector rows_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

std::vector<Row> parse_tsv(const std::filesystem::path& path, std::string_view bytes) {
  RowCollector rows(path);
  std::size_t line = 0;
  while (!bytes.empty()) {
    ++line;
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string_view rest = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (rest.ends_with('\r')) rest.remove_suffix(1);
    if (rest.empty()) continue;
    rows.begin_row(line);
    while (true) {
      const std::size_t tab = rest.find('\t');
      rows.add_field(std::string(rest.substr(0, tab)));
      if (tab == std::string_view::npos) break;
      rest.remove_prefix(tab + 1);
    }
    rows.end_row();
  }
  return rows.take();
}

std::vector<Row> parse_csv(const std::filesystem::path& path, std::string_view bytes) {
  return CsvParser(path, bytes).parse();
}

}  // namespace bitcpp
