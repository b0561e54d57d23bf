#include "distill/ngrams.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "train/libtorch.h"

namespace bitcpp {
namespace {

using torch::Tensor;

/// Texts of five words out of twenty, class 1 where word 7 stands right behind word 6.
std::vector<EncodedText> pair_texts(std::size_t count, std::vector<std::int64_t>& classes) {
  std::vector<EncodedText> texts(count);
  std::uint32_t state = 1;
  for (EncodedText& text : texts) {
    text.ids = {2};
    for (int i = 0; i < 5; ++i) {
      state = state * 1664525 + 1013904223;
      text.ids.push_back(static_cast<std::int32_t>(5 + (state >> 16) % 20));
    }
    if ((state >> 8) % 2 == 0) text.ids[3] = 6, text.ids[4] = 7;
    text.ids.push_back(3);
    bool found = false;
    for (std::size_t i = 1; i < text.ids.size(); ++i)
      found = found || (text.ids[i - 1] == 6 && text.ids[i] == 7);
    classes.push_back(found);
  }
  return texts;
}

TEST(Ngrams, TheTableHasTheSizeOfItsBudget) {
  EXPECT_EQ(ngram_buckets(2), 1 << 17);
  EXPECT_EQ(ngram_buckets(7), 1 << 16);
  EXPECT_EQ(ngram_buckets(77), 1 << 12);
  EXPECT_EQ(ngram_buckets(10000), 1 << 10);
}

TEST(Ngrams, LearnsAPairOfNeighbours) {
  TaskData dev;
  std::vector<std::int64_t> classes;
  const std::vector<EncodedText> texts = pair_texts(600, classes);
  const NgramHead head = fit_ngram_head(texts, classes, 2);
  EXPECT_EQ(head.weight.abs().max().item<float>(), 127);
  EXPECT_TRUE(torch::equal(head.weight, head.weight.round()));
  dev.texts = pair_texts(200, dev.classes);
  std::rotate(dev.texts.begin(), dev.texts.begin() + 7, dev.texts.end());
  std::rotate(dev.classes.begin(), dev.classes.begin() + 7, dev.classes.end());
  Task task;
  const Tensor undecided = torch::zeros({200, 2});
  const auto choice = choose_ngram_weight(head, undecided, dev, task, "");
  ASSERT_TRUE(choice);
  EXPECT_GT(choice->dev["accuracy"].get<double>(), 0.97);
  EXPECT_TRUE(torch::allclose(choice->head.scale, head.scale * choice->weight));
  // A student that is always right gains nothing.
  Tensor right = torch::zeros({200, 2});
  for (std::int64_t i = 0; i < 200; ++i) right[i][dev.classes[static_cast<std::size_t>(i)]] = 100;
  EXPECT_FALSE(choose_ngram_weight(head, right, dev, task, ""));
}

}  // namespace
}  // namespace bitcpp
