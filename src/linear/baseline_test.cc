#include "linear/baseline.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace bitcpp {
namespace {

Dataset snips(const char* split) {
  return read_dataset(std::string(BITCPP_SOURCE_DIR "/examples/snips/") + split);
}

TEST(Baseline, SnipsEqualsScikitLearn) {
  // The first rows are enough to tell a right model from a wrong one, and quick. scikit-learn's
  // LogisticRegression(C=20, tol=1e-8) answers 0.9729 (681 of 700).
  Dataset train = snips("train.tsv");
  train.examples.resize(1500);
  const LinearBaseline result = linear_baseline(train, snips("valid.tsv"), guess_task(train));
  EXPECT_NEAR(result.accuracy, 681 / 700.0, 0.002);
  EXPECT_GT(result.f1, 0.9);
  EXPECT_GT(result.matthews, 0.9);
  EXPECT_TRUE(std::isnan(result.pearson));
  EXPECT_GT(result.microseconds_per_text, 0);
}

TEST(Baseline, Regression) {
  Dataset train{"t.tsv", {}, true, true};
  for (int i = 0; i < 5; ++i) {
    train.examples.push_back({"a good film", "a good film", "4.5", 0});
    train.examples.push_back({"a bad film", "some music", "0.5", 0});
  }
  const LinearBaseline result = linear_baseline(train, train, guess_task(train));
  EXPECT_NEAR(result.pearson, 1, 1e-9);
  EXPECT_NEAR(result.spearman, 1, 1e-9);
  EXPECT_TRUE(std::isnan(result.accuracy));
}

TEST(Baseline, FilesThatDoNotFitAreErrors) {
  Dataset train{"t.tsv", {{"good", "", "1", 2}, {"bad", "", "0", 3}}, false, true}, dev = train;
  dev.has_pair = true;
  EXPECT_THROW(linear_baseline(train, dev, TaskKind::kClassification), Error);
  dev = train;
  dev.has_label = false;
  EXPECT_THROW(linear_baseline(train, dev, TaskKind::kClassification), Error);
  dev = train;
  dev.examples[0].label = "unheard of";
  EXPECT_THROW(linear_baseline(train, dev, TaskKind::kClassification), Error);
  EXPECT_THROW(linear_baseline(train, dev, TaskKind::kRegression), Error);
}

}  // namespace
}  // namespace bitcpp
