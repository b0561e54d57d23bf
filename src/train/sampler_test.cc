#include "train/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace bitcpp {
namespace {

std::vector<std::size_t> lengths(std::size_t count) {
  std::vector<std::size_t> lengths;
  for (std::size_t i = 0; i < count; ++i) lengths.push_back(3 + i * 7 % 20);
  return lengths;
}

class Sampling : public testing::TestWithParam<bool> {};

TEST_P(Sampling, EveryEpochHoldsEveryTextOnce) {
  Sampler sampler(lengths(103), 10, 1, GetParam());
  EXPECT_EQ(sampler.steps_per_epoch(), 11);
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    std::multiset<std::size_t> seen;
    for (std::int64_t step = 0; step < 11; ++step) {
      const auto& batch = sampler.batch_at(epoch * 11 + step);
      seen.insert(batch.begin(), batch.end());
    }
    EXPECT_EQ(seen.size(), 103u);
    EXPECT_EQ(std::set<std::size_t>(seen.begin(), seen.end()).size(), 103u);
  }
}

TEST_P(Sampling, AStepHoldsTheSameTextsHoweverItIsReached) {
  Sampler straight(lengths(50), 8, 3, GetParam()), jumped(lengths(50), 8, 3, GetParam());
  for (std::int64_t step = 0; step < 17; ++step) straight.batch_at(step);
  EXPECT_EQ(straight.batch_at(17), jumped.batch_at(17));
  Sampler other(lengths(50), 8, 4, GetParam());
  EXPECT_NE(straight.batch_at(17), other.batch_at(17));
}

TEST_P(Sampling, OthersGoRoundBesideThoseOfEveryEpoch) {
  // 20 texts of every epoch, 30 others of which an epoch takes 12.
  Sampler sampler(lengths(50), 8, 1, GetParam(), {30, 12});
  EXPECT_EQ(sampler.steps_per_epoch(), 4);
  std::vector<int> seen(50);
  for (std::int64_t epoch = 0; epoch < 5; ++epoch)
    for (std::int64_t step = 0; step < 4; ++step)
      for (std::size_t i : sampler.batch_at(epoch * 4 + step)) ++seen[i];
  EXPECT_EQ(seen, [] {
    std::vector<int> expected(50, 2);  // 5 x 12 = 2 x 30
    std::fill(expected.begin(), expected.begin() + 20, 5);
    return expected;
  }());
  Sampler jumped(lengths(50), 8, 1, GetParam(), {30, 12});
  EXPECT_EQ(sampler.batch_at(19), jumped.batch_at(19));
}

TEST(Sampler, NoMoreOthersThanThereAre) {
  EXPECT_EQ(Sampler(lengths(50), 10, 1, false, {30, 1000}).steps_per_epoch(), 5);
  EXPECT_EQ(Sampler(lengths(50), 10, 1, false, {30, 0}).steps_per_epoch(), 2);
}

INSTANTIATE_TEST_SUITE_P(Grouping, Sampling, testing::Bool());

TEST(Sampler, GroupingPutsLikeLengthsTogether) {
  const auto all = lengths(200);
  Sampler sampler(all, 10, 1, true);
  for (std::int64_t step = 0; step < sampler.steps_per_epoch(); ++step) {
    std::size_t low = 1000, high = 0;
    for (std::size_t i : sampler.batch_at(step)) {
      low = std::min(low, all[i]);
      high = std::max(high, all[i]);
    }
    EXPECT_LE(high - low, 1u);
  }
}

}  // namespace
}  // namespace bitcpp
