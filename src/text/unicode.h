// Properties of code points, as Hugging Face's BERT normalizer sees them.
//
// Which code points are removed, spaces, punctuation, marks or decomposable comes from generated
// ranges (unicode_ranges.h), so that ids do not depend on the version of the installed utf8proc.
// The values that Unicode never changes once a character exists (decompositions, combining classes)
// come from utf8proc.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bitcpp::unicode {

enum Property : std::uint8_t {
  kRemoved = 1,
  kSpace = 2,
  kChinese = 4,
  kPunctuation = 8,
  kMark = 16,
  kDecomposed = 32,
  kCombining = 64,
  kNewerCase = 128,  // lowercase found in newer_lowercase(), not in utf8proc
};

/// Union of Property bits of a code point (at most U+10FFFF).
std::uint8_t properties(char32_t point);

/// Canonical combining class; 0 for code points without kCombining.
std::uint8_t combining_class(char32_t point);

/// Longest full canonical decomposition of one code point (U+1F82 and its kind have four).
inline constexpr std::size_t kMaxDecomposition = 4;

/// Full canonical decomposition of a code point with kDecomposed. Returns its length.
std::size_t decompose(char32_t point, char32_t (&out)[kMaxDecomposition]);

/// Simple lowercase; U+0130 (whose full lowercase is two code points) is left to the caller.
char32_t lowercase(char32_t point, std::uint8_t properties);

}  // namespace bitcpp::unicode
