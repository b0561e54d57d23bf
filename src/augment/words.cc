#include "augment/words.h"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace bitcpp {
namespace {

bool is_letter(char c) {
  // Every byte above ASCII counts: it is a letter more often than not.
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

bool is_function_word(std::string_view word) {
  static const std::unordered_set<std::string> words = {
      "a",     "an",    "the",    "and",  "or",    "but",   "if",    "than",  "then",  "so",
      "as",    "of",    "in",     "on",   "at",    "by",    "to",    "from",  "for",   "with",
      "into",  "about", "is",     "are",  "was",   "were",  "be",    "been",  "being", "am",
      "do",    "does",  "did",    "has",  "have",  "had",   "will",  "would", "shall", "may",
      "can",   "could", "should", "must", "i",     "you",   "he",    "she",   "it",    "we",
      "they",  "me",    "him",    "her",  "us",    "them",  "my",    "your",  "his",   "its",
      "our",   "their", "this",   "that", "these", "those", "who",   "what",  "which", "when",
      "where", "how",   "why",    "not",  "no",    "nor",   "never", "s",     "t",     "d",
      "m",     "ll",    "re",     "ve",   "don",   "there", "here"};
  std::string lower(word);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return words.contains(lower);
}

}  // namespace

bool is_whole_word(std::string_view token) {
  return !token.empty() && std::all_of(token.begin(), token.end(), is_letter);
}

Words words_of(std::string_view text, const Tokenizer& tokenizer, std::size_t max_pieces) {
  Words result;
  std::vector<Offset> offsets;
  tokenizer.tokenize(text, result.ids, &offsets);
  const std::size_t count = std::min(result.ids.size(), max_pieces);
  for (std::size_t begin = 0, end; begin < count; begin = end) {
    end = begin + 1;
    while (end < result.ids.size() && tokenizer.token(result.ids[end]).starts_with("##")) ++end;
    const Offset place{offsets[begin].begin, offsets[end - 1].end};
    const std::string_view written = text.substr(place.begin, place.end - place.begin);
    const bool known = tokenizer.token(result.ids[begin]) != "[UNK]";
    if (end <= count && known && std::any_of(written.begin(), written.end(), is_letter) &&
        !is_function_word(written))
      result.replaceable.push_back({place, begin, end - begin});
  }
  result.ids.resize(count);
  return result;
}

}  // namespace bitcpp
