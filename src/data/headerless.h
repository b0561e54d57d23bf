// Files without a header: which column holds what is read off the rows.
#pragma once

#include <filesystem>
#include <vector>

#include "data/columns.h"
#include "data/delimited.h"

namespace bitcpp {

/// The columns of rows without a header:
///   - four columns, the second 0 or 1 and the third empty or a mark such as "*" or "??": CoLA,
///   text=4, label=2;
///   - one column: texts;
///   - two columns of which exactly one looks like labels: that one is the label, the other the
///   text;
///   - three columns of which only the last looks like labels: text, pair, label.
/// A column looks like labels when every cell is a number, or no cell has a space, or each value
/// occurs more than twice on average. Throws Error telling to use --columns for everything else,
/// and when the first row looks like a header with unknown names (its label is like no other).
Columns columns_by_content(const std::filesystem::path& path, const std::vector<Row>& rows);

}  // namespace bitcpp
