// What Hugging Face's BERT normalizer knows of each code point, as sorted ranges.
// Generated: see tests/golden/make_unicode_ranges.py. Use it through text/unicode.h.
#pragma once

#include <cstdint>
#include <span>

namespace bitcpp::unicode {

/// Both ends belong to the range.
struct Range {
  char32_t first, last;
};

/// Code points whose lowercase is `distance` further.
struct CaseRange {
  char32_t first, last;
  std::int32_t distance;
};

std::span<const Range> removed();      // dropped by clean_text
std::span<const Range> space();        // turned into U+0020 by clean_text
std::span<const Range> chinese();      // set apart by handle_chinese_chars
std::span<const Range> punctuation();  // a word of its own for BertPreTokenizer
std::span<const Range> mark();         // dropped by strip_accents
std::span<const Range> decomposed();   // changed by NFD
std::span<const Range> combining();    // canonical combining class is not 0

/// Lowercase mappings of characters newer than utf8proc 2.8's Unicode 15.
std::span<const CaseRange> newer_lowercase();

}  // namespace bitcpp::unicode
