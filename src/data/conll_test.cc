#include "data/conll.h"

#include "data/data_test_support.h"
#include "data/gzip.h"

namespace bitcpp {
namespace {

const char* const kTwo =
    "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\r\nrejects VBZ B-VP O\n\n\nPeter NNP B-NP B-PER\n";

Dataset conll(const std::string& bytes, const ColumnMap& columns = {}) {
  return parse_dataset("x.conll", bytes, DataFormat::kConll, columns);
}

TEST(Conll, SentencesWithWordsTagsAndLines) {
  const Dataset data = parse_dataset("x.txt", kTwo, DataFormat::kText);
  ASSERT_EQ(data.kind, DataKind::kTagged);
  EXPECT_TRUE(data.has_label);
  ASSERT_EQ(data.examples.size(), 2u);
  const Example& first = data.examples[0];
  EXPECT_EQ(first.text, "EU rejects");
  EXPECT_EQ(first.line, 3u);
  ASSERT_EQ(first.words.size(), 2u);
  EXPECT_EQ(first.text.substr(first.words[1].begin, first.words[1].end - first.words[1].begin),
            "rejects");
  EXPECT_EQ(first.words[0].tag, "B-ORG");
  EXPECT_EQ(first.words[1].line, 4u);
  EXPECT_EQ(data.examples[1].words[0].tag, "B-PER");
  EXPECT_EQ(guess_task(data), TaskKind::kTagging);
  EXPECT_EQ(LabelMap::from(data).names(), (std::vector<std::string>{"B-ORG", "B-PER", "O"}));
}

TEST(Conll, ColumnsByNumberAndAnySetOfTags) {
  const Dataset data = conll(kTwo, {"1", "", "2"});
  EXPECT_EQ(data.examples[0].words[1].tag, "VBZ");
  EXPECT_EQ(conll("a\tDT\ncat\tNN\n").examples[0].text, "a cat");
}

TEST(Conll, OnlyFilesOfEntityTagsAreTakenForIt) {
  EXPECT_TRUE(looks_like_conll(kTwo));
  EXPECT_FALSE(looks_like_conll("a text of B-PER\nanother O\n"));
  EXPECT_FALSE(looks_like_conll("nothing O\nnamed O\n"));
  EXPECT_FALSE(looks_like_conll("text\tlabel\ngood\tB-1\n"));
  EXPECT_FALSE(looks_like_conll(""));
  EXPECT_EQ(tsv("EU\tB-ORG\nsays\tO\n").kind, DataKind::kTagged);
}

TEST(Conll, BadLinesAreNamed) {
  expect_error([] { conll("a O\nb\n"); }, "x.conll:2: expected 2 columns as in line 1, found 1");
  expect_error([] { conll("a\n"); }, "x.conll:1: expected a word and, in another column, its tag");
  expect_error([] { conll("\n\n-DOCSTART- O\n"); }, "x.conll: expected words with tags");
  expect_error([] { conll("a O\n", {"1", "", "3"}); }, "x.conll:1: expected a word");
  expect_error([] { conll("a O\n", {"word", "", ""}); }, "--columns: expected numbers");
  expect_error([] { conll("a O\n", {"1", "2", ""}); }, "no pair");
  std::string longest;
  for (std::size_t i = 0; i <= kMaxSentenceWords; ++i) longest += "a O\n";
  expect_error([&] { conll(longest); }, "x.conll:65537: expected sentences of at most");
}

TEST(Conll, UnknownTagsNameTheirLine) {
  const Dataset data = conll(kTwo);
  const LabelMap labels({"O", "B-ORG"});
  EXPECT_EQ(labels.index(data, data.examples[0].words[1]), 0);
  expect_error([&] { labels.index(data, data.examples[1].words[0]); },
               "x.conll:7: unknown label \"B-PER\"");
}

TEST(Conll, ServesTaggingAlone) {
  const Dataset data = conll(kTwo);
  require_task(data, TaskKind::kTagging);
  expect_error([&] { require_task(data, TaskKind::kClassification); },
               "x.conll: holds tagged words, expected labelled texts for classification");
}

}  // namespace
}  // namespace bitcpp
