// Words and bigrams of a text, as scikit-learn's TfidfVectorizer cuts them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bitcpp {

/// The words of a text: lower case, then every run of at least two letters, digits or underscores
/// (Unicode categories L*, N* and "_": Python's \b\w\w+\b). Lower case is per code point: Python's
/// final sigma is not told from the other. Invalid UTF-8 separates words.
std::vector<std::string> words_of(std::string_view text);

/// The words, then each two neighbours joined by a space.
std::vector<std::string> words_and_bigrams(std::string_view text);

}  // namespace bitcpp
