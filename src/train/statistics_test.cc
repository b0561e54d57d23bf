#include "train/statistics.h"

#include <gtest/gtest.h>

#include "train/libtorch.h"
#include "train/tiny_task.h"

namespace bitcpp {
namespace {

class Statistics : public testing::Test {
 protected:
  Statistics()
      : network_(tiny_config({1, 1, WeightScale::kTensor, true}), torch::kCPU, 3),
        texts_(tiny_texts(40)) {}

  void set(const std::string& name, double value) {
    torch::NoGradGuard no_gradient;
    torch::Tensor tensor = network_.parameters().find(name)->tensor;
    tensor.fill_(value);
  }
  nlohmann::json measure() { return StageStatistics(network_, network_, texts_, 1024).measure(0); }

  Network network_;
  std::vector<EncodedText> texts_;
  const std::string layer_ = "bert.encoder.layer.1.";
};

TEST_F(Statistics, AnEntryForEveryLayerOfEveryPlace) {
  set(layer_ + "attention.self.query.output.scale", 0.25);
  const nlohmann::json line = measure();
  EXPECT_EQ(line["kind"], "statistics");
  EXPECT_EQ(line["alpha"].size(), 11u);
  EXPECT_EQ(line["ones"].size(), 11u);
  EXPECT_EQ(line["alpha"]["query"], nlohmann::json({1.0, 0.25}));
  EXPECT_EQ(line["alpha"]["pooler.input"].size(), 1u);
  for (const auto& [place, shares] : line["ones"].items())
    for (const auto& share : shares) {
      EXPECT_GE(share.get<double>(), 0) << place;
      EXPECT_LE(share.get<double>(), 1) << place;
    }
  EXPECT_FALSE(line.contains("flips"));
}

TEST_F(Statistics, OnesAreTheValuesAtOrAboveTheShift) {
  set(layer_ + "attention.self.key.input.shift", 100);
  set(layer_ + "attention.self.value.input.shift", -100);
  const nlohmann::json line = measure();
  EXPECT_EQ(line["ones"]["key.input"][1], 0.0);
  EXPECT_EQ(line["ones"]["value.input"][1], 1.0);
  const double between = line["ones"]["query.input"][1];
  EXPECT_GT(between, 0.2);
  EXPECT_LT(between, 0.8);
}

TEST_F(Statistics, AttentionCountsKeysOfRealRowsAlone) {
  double tokens = 0, pairs = 0;
  for (const EncodedText& text : texts_) {
    const auto length = static_cast<double>(text.ids.size());
    tokens += length;
    pairs += length * length;
  }
  set("bert.encoder.layer.0.attention.self.probabilities.scale", 1e-5);
  set(layer_ + "attention.self.probabilities.scale", 3);
  const nlohmann::json line = measure();
  // All keys reach half of 1e-5, none half of 3.
  EXPECT_NEAR(line["kept"][0].get<double>(), pairs / tokens, 1e-3);
  EXPECT_EQ(line["kept_none"][0], 0.0);
  EXPECT_EQ(line["ones"]["probabilities"][0], 1.0);
  EXPECT_EQ(line["kept"][1], 0.0);
  EXPECT_EQ(line["kept_none"][1], 1.0);
  EXPECT_EQ(line["ones"]["probabilities"][1], 0.0);
}

TEST_F(Statistics, CosineToItselfIsOneAndToAnotherIsNot) {
  for (const auto& cosine : measure()["cosine"]) EXPECT_NEAR(cosine.get<double>(), 1, 1e-3);
  Network other(tiny_config({}), torch::kCPU, 9);
  const nlohmann::json line = StageStatistics(network_, other, texts_, 1024).measure(0);
  ASSERT_EQ(line["cosine"].size(), 3u);
  EXPECT_LT(line["cosine"][2].get<double>(), 0.9);
}

TEST_F(Statistics, FlipsAreCountedAnEpochLater) {
  StageStatistics statistics(network_, network_, texts_, 1024);
  statistics.measure(0);
  {
    torch::NoGradGuard no_gradient;
    torch::Tensor weight =
        network_.parameters().find(layer_ + "attention.self.query.weight")->tensor;
    weight.neg_();
    torch::Tensor half = network_.parameters().find(layer_ + "output.dense.weight")->tensor;
    half.narrow(0, 0, 20).neg_();
  }
  EXPECT_FALSE(statistics.measure(0.5).contains("flips"));
  // Goes on elsewhere, as after a kill.
  StageStatistics resumed(network_, network_, texts_, 1024);
  resumed.restore(statistics.signs());
  for (StageStatistics* each : {&statistics, &resumed}) {
    const nlohmann::json line = each->measure(1);
    EXPECT_EQ(line["flip_epochs"], 1.0);
    EXPECT_EQ(line["flips"]["query"], nlohmann::json({0.0, 1.0}));
    EXPECT_EQ(line["flips"]["key"], nlohmann::json({0.0, 0.0}));
    EXPECT_NEAR(line["flips"]["ffn.down"][1].get<double>(), 0.5, 0.05);
    EXPECT_EQ(each->measure(2)["flips"]["query"], nlohmann::json({0.0, 0.0}));
  }
}

}  // namespace
}  // namespace bitcpp
