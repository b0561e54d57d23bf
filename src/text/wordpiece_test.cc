#include "text/wordpiece.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace bitcpp {
namespace {

std::vector<std::string> split(const WordPiece& wordpiece, std::string_view word) {
  std::array<Piece, kMaxWordCharacters> pieces;
  const std::size_t count = wordpiece.split(word, pieces);
  std::vector<std::string> tokens;
  std::size_t end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(pieces[i].begin, end);
    end = pieces[i].end;
    tokens.emplace_back(wordpiece.token(pieces[i].id));
  }
  EXPECT_EQ(end, count == 0 ? 0 : word.size());
  return tokens;
}

using Tokens = std::vector<std::string>;

TEST(WordPiece, TakesTheLongestPieceFromTheLeft) {
  const WordPiece wordpiece("[UNK]\nun\nunaff\n##aff\n##able\n##a\n##ffable\n");
  EXPECT_EQ(split(wordpiece, "unaffable"), (Tokens{"unaff", "##able"}));
  EXPECT_EQ(split(wordpiece, "unaaff"), (Tokens{"un", "##a", "##aff"}));
}

TEST(WordPiece, GreedyChoiceIsNotTakenBack) {
  const WordPiece wordpiece("[UNK]\nab\na\n##bc\n");
  EXPECT_TRUE(split(wordpiece, "abc").empty());
}

TEST(WordPiece, BeginningsAndContinuationsAreApart) {
  const WordPiece wordpiece("[UNK]\nab\n##cd\n");
  EXPECT_TRUE(split(wordpiece, "cd").empty());
  EXPECT_TRUE(split(wordpiece, "abab").empty());
  EXPECT_EQ(split(wordpiece, "abcd"), (Tokens{"ab", "##cd"}));
}

TEST(WordPiece, NeverCutsACharacter) {
  // The first byte of "é" alone is in no vocabulary, but its token must not match half a character.
  const WordPiece wordpiece("[UNK]\n\xC3\n##\xA9\ne\n");
  EXPECT_TRUE(split(wordpiece, "\xC3\xA9").empty());
}

TEST(WordPiece, ATokenGivenTwiceHasItsLastId) {
  const WordPiece wordpiece("[UNK]\na\nb\na\n");
  EXPECT_EQ(wordpiece.find("a"), 3);
  EXPECT_EQ(wordpiece.size(), 4u);
  EXPECT_EQ(wordpiece.token(1), "a");
}

TEST(WordPiece, LineEndsAndBlankLinesAtTheEnd) {
  const WordPiece wordpiece("[UNK]\r\na\r\n\r\nb \r\n\r\n\r\n");
  EXPECT_EQ(wordpiece.size(), 4u);
  EXPECT_EQ(wordpiece.text(), "[UNK]\na\n\nb\n");
  EXPECT_EQ(wordpiece.find("b"), 3);
  EXPECT_EQ(wordpiece.find(""), -1);
  EXPECT_EQ(WordPiece("[UNK]\na").size(), 2u);
}

TEST(WordPiece, NeedsUnk) {
  EXPECT_THROW(WordPiece(""), Error);
  EXPECT_THROW(WordPiece("\n\n"), Error);
  EXPECT_THROW(WordPiece("a\nb\n"), Error);
}

}  // namespace
}  // namespace bitcpp
