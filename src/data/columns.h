// Which column of a task file is the text, the pair and the label.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/delimited.h"

namespace bitcpp {

/// Indices from 0; a role that no column plays is empty.
struct Columns {
  std::size_t text = 0;
  std::optional<std::size_t> pair, label;
};

/// The column that `argument` of --columns means when it is a number (from 0), else nothing.
std::optional<std::size_t> column_number(const std::string& argument);

/// Columns by their names. What `asked` names must be there; with `asked.text` given, only an
/// `asked.pair` makes pairs; what is not asked for is recognised by the usual names, compared
/// without regard to case. Of several known names the first in the list of dataset.h counts;
/// "question" with "sentence" is QNLI's text and pair. Throws Error at `line` listing the names
/// there are.
Columns columns_by_name(const std::filesystem::path& path, std::size_t line,
                        const std::vector<std::string>& names, const ColumnMap& asked);

/// Columns of a TSV or CSV file and the index of its first row of data: 1 after a header, else 0.
struct Layout {
  Columns columns;
  std::size_t first_row = 0;
};

/// Decides by the rules in the docstring of read_dataset. `rows` is not empty. Throws Error
/// "FILE:LINE: expected ..." that tells to use --columns where the rules do not decide.
Layout find_layout(const std::filesystem::path& path, const std::vector<Row>& rows,
                   const ColumnMap& asked);

}  // namespace bitcpp
