// CoNLL columns: a word and its tag on each line, a blank line between sentences.
#pragma once

#include <filesystem>
#include <string_view>

#include "data/dataset.h"

namespace bitcpp {

/// Most words of one sentence.
inline constexpr std::size_t kMaxSentenceWords = 65536;

/// Whether the first lines of a file are rows of equally many columns (at least two, between spaces
/// or tabs) whose last column holds nothing but "O" and tags such as B-PER or I-LOC, one of them at
/// least.
bool looks_like_conll(std::string_view bytes);

/// The sentences of such a file, as DataKind::kTagged. Word and tag stand in the first and the last
/// column unless `columns` gives other numbers as text and label; a blank line or one that begins
/// with "-DOCSTART-" ends a sentence. Tags are kept as written: any set of labels will do. Throws
/// Error "FILE:LINE: expected ..." for a line with another number of columns than the first, a
/// sentence of more than kMaxSentenceWords words, and a file without a word.
Dataset parse_conll(const std::filesystem::path& path, std::string_view bytes,
                    const ColumnMap& columns);

}  // namespace bitcpp
