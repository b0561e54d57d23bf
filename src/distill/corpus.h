// Unlabelled text made ready for training: files read, long lines split, none twice, some held out.
#pragma once

#include <filesystem>
#include <vector>

#include "data/dataset.h"
#include "text/tokenizer.h"
#include "train/task_data.h"

namespace bitcpp {

struct Corpus {
  TaskData train, held_out;  // texts alone
};

/// Every text of `files` (read_texts) once, as token ids. What is longer than `max_length` tokens
/// becomes several texts, parted between words; a pair stays a pair and is cut as in training. The
/// texts of `held_out` are in no training text; without it every 50th distinct text, at most 1,000,
/// is held out, chosen by `seed`. Throws Error.
Corpus read_corpus(const std::vector<std::filesystem::path>& files,
                   const std::filesystem::path& held_out, const ColumnMap& columns,
                   const Tokenizer& tokenizer, std::int64_t max_length, std::uint64_t seed);

}  // namespace bitcpp
