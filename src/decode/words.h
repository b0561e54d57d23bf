// Words of a text, and which token speaks for each of them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace bitcpp {

/// Cuts a text as tagged data sets do: at spaces (ASCII), then opening brackets and quotes off the
/// front of a piece and closing ones, commas, full stops and the like off its end, each a word of
/// its own. A full stop stays where the rest has one already ("U.N."). Ranges are bytes, in order.
std::vector<Offset> split_words(std::string_view text);

/// For each word the first token that begins in it, which is the one that is trained to tell its
/// tag; -1 where there is none (the word was cut off, or holds nothing but control characters).
/// `encoding`: of the single text that `words` (ascending, not overlapping) are ranges of.
std::vector<int> first_tokens(const Encoding& encoding, std::span<const Offset> words);

}  // namespace bitcpp
