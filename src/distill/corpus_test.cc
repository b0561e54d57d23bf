#include "distill/corpus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::int32_t>;

/// Words w5 to w29 with ids 5 to 29; "w5s" is the pieces 5 and 30.
Tokenizer tokenizer() {
  std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (int i = 5; i < 30; ++i) vocabulary += "w" + std::to_string(i) + "\n";
  return Tokenizer(vocabulary + "##s\n", {});
}

fs::path file(const std::string& name, const std::string& content) {
  const fs::path path = fs::path(testing::TempDir()) / name;
  write_file(path, content);
  return path;
}

std::vector<Ids> ids(const TaskData& data) {
  std::vector<Ids> result;
  for (const EncodedText& text : data.texts) result.push_back(text.ids);
  return result;
}

Corpus read(const fs::path& train, const fs::path& dev, std::int64_t max_length = 8) {
  return read_corpus({train}, dev, {}, tokenizer(), max_length, 1);
}

TEST(Corpus, LongLinesArePartedBetweenWords) {
  const fs::path dev = file("dev.txt", "w29\n");
  const fs::path train =
      file("long.txt", "w5 w6 w7 w8 w9 w10s w11 w12\nw5 w6\nw5 w6\nw29\n\nw5ssssssssss\n");
  const Corpus corpus = read(train, dev);
  // Six pieces fit. The first part ends before w10, whose second piece is the seventh; the line
  // that occurs twice and the one held out count once; a word longer than a part is cut where it
  // must.
  const std::vector<Ids> expected = {{2, 5, 6, 7, 8, 9, 3},
                                     {2, 10, 30, 11, 12, 3},
                                     {2, 5, 6, 3},
                                     {2, 5, 30, 30, 30, 30, 30, 3},
                                     {2, 1, 3}};
  const std::vector<Ids> read = ids(corpus.train);
  EXPECT_EQ(std::vector<Ids>(read.begin(), read.begin() + 4),
            std::vector<Ids>(expected.begin(), expected.begin() + 4));
  EXPECT_EQ(ids(corpus.held_out), (std::vector<Ids>{{2, 29, 3}}));
}

TEST(Corpus, PairsStayPairs) {
  const Corpus corpus = read(file("pairs.tsv", "text\tpair\nw5\tw6 w7\n"), file("dev.txt", "w9\n"));
  ASSERT_EQ(ids(corpus.train), (std::vector<Ids>{{2, 5, 3, 6, 7, 3}}));
  EXPECT_EQ(corpus.train.texts[0].type_ids, (std::vector<std::uint8_t>{0, 0, 0, 1, 1, 1}));
}

TEST(Corpus, OneInFiftyIsHeldOutWithoutAnother) {
  std::string lines;
  for (int a = 5; a < 15; ++a)
    for (int b = 5; b < 15; ++b) lines += "w" + std::to_string(a) + " w" + std::to_string(b) + "\n";
  const fs::path train = file("hundred.txt", lines);
  const Corpus corpus = read(train, {});
  EXPECT_EQ(corpus.held_out.texts.size(), 2u);
  EXPECT_EQ(corpus.train.texts.size(), 98u);
  std::set<Ids> all;
  for (const TaskData* part : {&corpus.train, &corpus.held_out})
    for (const Ids& text : ids(*part)) all.insert(text);
  EXPECT_EQ(all.size(), 100u);
  EXPECT_EQ(ids(read(train, {}).held_out), ids(corpus.held_out));
}

TEST(Corpus, TooLittleTextIsRefused) {
  try {
    read(file("few.txt", "w5\nw6\n"), {});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("at least 50 different texts"), std::string::npos);
  }
}

}  // namespace
}  // namespace bitcpp
