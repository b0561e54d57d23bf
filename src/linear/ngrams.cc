#include "linear/ngrams.h"

#include <utf8proc.h>

#include <cstddef>
#include <utility>

#include "metrics/word_character.h"

namespace bitcpp {
namespace {

/// Gathers code points into words.
class WordCollector {
 public:
  void add(utf8proc_int32_t code) {
    utf8proc_uint8_t bytes[4];
    const auto size = utf8proc_encode_char(code, bytes);
    word_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    ++characters_;
  }

  void end_word() {
    if (characters_ >= 2) words_.push_back(word_);
    word_.clear();
    characters_ = 0;
  }

  std::vector<std::string> take() {
    end_word();
    return std::move(words_);
  }

 private:
  std::vector<std::string> words_;
  std::string word_;
  std::size_t characters_ = 0;
};

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  // The only letter whose full lower case is two code points: "i" and a combining dot, and the dot,
  // a mark, ends the word.
  constexpr utf8proc_int32_t kCapitalDottedI = 0x130;
  WordCollector words;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t code = -1;
    utf8proc_ssize_t size = utf8proc_iterate(bytes, left, &code);
    if (size <= 0) {
      size = 1;
      words.end_word();
    } else if (code == kCapitalDottedI) {
      words.add('i');
      words.end_word();
    } else if (is_word_character(code)) {
      words.add(utf8proc_tolower(code));
    } else {
      words.end_word();
    }
    bytes += size;
    left -= size;
  }
  return words.take();
}

std::vector<std::string> words_and_bigrams(std::string_view text) {
  std::vector<std::string> grams = words_of(text);
  const std::size_t words = grams.size();
  grams.reserve(words * 2);
  for (std::size_t i = 1; i < words; ++i) grams.push_back(grams[i - 1] + ' ' + grams[i]);
  return grams;
}

}  // namespace bitcpp
