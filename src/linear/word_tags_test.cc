#include "linear/word_tags.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/parse.h"

namespace bitcpp {
namespace {

Dataset conll(const std::string& bytes) {
  return parse_dataset("x.conll", bytes, DataFormat::kConll);
}

TEST(WordTags, TheUsualTagOfAWordAndOfAllForNewOnes) {
  const Dataset train =
      conll("Rome B-LOC\nis O\n\nRome B-LOC\nRome O\nbig O\nred O\nParis B-LOC\n");
  // Rome is right, "is" is right, London is new and gets O.
  const WordTagBaseline floor = word_tag_baseline(train, conll("Rome B-LOC\nis O\nLondon B-LOC\n"));
  EXPECT_EQ(floor.metrics["precision"], 1.0);
  EXPECT_EQ(floor.metrics["recall"], 0.5);
  EXPECT_NEAR(floor.metrics["accuracy"].get<double>(), 2.0 / 3, 1e-12);
  EXPECT_THROW(word_tag_baseline(train, conll("Rome B-PER\n")), Error);
}

}  // namespace
}  // namespace bitcpp
