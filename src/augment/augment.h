// More training texts out of those there are: words replaced by others that fit (TinyBERT, Jiao et
// al. 2020, appendix A).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "augment/candidates.h"
#include "data/dataset.h"

namespace bitcpp {

struct AugmentOptions {
  std::size_t copies = 10;      // of every text, those that come out alike counted once
  double probability = 0.4;     // of a word to be replaced in a copy
  std::size_t candidates = 15;  // a word's, among which one is drawn
  std::uint64_t seed = 1;
};

/// `text` with each of `words` replaced, with the options' probability, by one of its candidates,
/// drawn by `state`, a generator's state that moves on. Exposed for tests.
std::string replace_words(const std::string& text, const Words& words,
                          const std::vector<std::vector<std::int32_t>>& candidates,
                          const Tokenizer& tokenizer, double probability, std::uint64_t& state);

struct AugmentSummary {
  std::size_t texts = 0, written = 0;  // read; written, those read included
};

/// Reads the task file `in`, writes every row and its copies, with its label, to the TSV file
/// `out` (columns text, pair where there is one, label where there is one; tabs and line breaks in
/// a text become spaces). Of a pair both texts change. The result depends on files and options
/// alone. Progress goes to stderr. Throws Error.
AugmentSummary augment(const std::filesystem::path& model, const std::filesystem::path& in,
                       const std::filesystem::path& out, const ColumnMap& columns,
                       const AugmentOptions& options);

}  // namespace bitcpp
