#include "decode/words.h"

#include <gtest/gtest.h>

#include <string>

namespace bitcpp {
namespace {

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> result;
  for (const Offset& word : split_words(text))
    result.push_back(text.substr(word.begin, word.end - word.begin));
  return result;
}

using Strings = std::vector<std::string>;

TEST(Words, SpacesAndMarksAtTheEndsDivide) {
  EXPECT_EQ(words("Peter Blackburn, of the U.N., left (today)."),
            (Strings{"Peter", "Blackburn", ",", "of", "the", "U.N.", ",", "left", "(", "today", ")",
                     "."}));
  EXPECT_EQ(words("\"Don't!\"  all-rounder\t3.5\n"),
            (Strings{"\"", "Don't", "!", "\"", "all-rounder", "3.5"}));
  EXPECT_EQ(words("."), (Strings{"."}));
  EXPECT_EQ(words("..."), (Strings{"..."}));
  EXPECT_EQ(words("?!"), (Strings{"?", "!"}));
  EXPECT_EQ(words(" \t"), Strings{});
  EXPECT_EQ(words("caf\xC3\xA9."), (Strings{"caf\xC3\xA9", "."}));
}

TEST(Words, TheFirstTokenSpeaks) {
  const Tokenizer tokenizer("[PAD]\n[UNK]\n[CLS]\n[SEP]\nblack\n##burn\nleft\n.\n", {});
  const std::string text = "Blackburn \x01 left.";
  const auto ranges = split_words(text);  // Blackburn, \x01, left, .
  ASSERT_EQ(ranges.size(), 4u);
  // [CLS] black ##burn left . [SEP]
  EXPECT_EQ(first_tokens(tokenizer.encode(text, 10), ranges), (std::vector<int>{1, -1, 3, 4}));
  EXPECT_EQ(first_tokens(tokenizer.encode(text, 4), ranges), (std::vector<int>{1, -1, -1, -1}));
}

}  // namespace
}  // namespace bitcpp
