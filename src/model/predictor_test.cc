#include "model/predictor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "base/error.h"
#include "model/random_model.h"

namespace bitcpp {
namespace {

constexpr const char* kVocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\nplay\nsome\njazz\nrock\nthe\nweather\nin\nparis\n";

Encoder small_encoder(bool regression = false) {
  PackedConfig config = random_shape("2x64x4x96");
  config.vocab_size = 12;
  config.max_length = 8;
  config.labels = {"music", "weather", "other"};
  if (regression) {
    config.task = "regression";
    config.labels = {"score"};
  }
  RandomModel model = random_model(config);
  model.model.vocabulary = kVocabulary;
  return Encoder::from(std::move(model.model), kernels(), model.storage);
}

const std::vector<TextInput> kTexts = {{"play some jazz", "", false},
                                       {"weather in paris", "", false},
                                       {"", "", false},
                                       {"play the rock in the paris weather", "", false},
                                       {"jazz", "rock", true},
                                       {"unknown words", "", false}};

std::vector<std::vector<float>> logits_of(const std::vector<Prediction>& predictions) {
  std::vector<std::vector<float>> logits;
  for (const Prediction& prediction : predictions) logits.push_back(prediction.logits);
  return logits;
}

TEST(PredictorTest, ScoresAreTheSoftmaxOfTheLogits) {
  Predictor predictor = Predictor::from(small_encoder());
  const Prediction prediction = predictor.predict("play some jazz");
  ASSERT_EQ(prediction.scores.size(), 3u);
  double sum = 0;
  for (float logit : prediction.logits) sum += std::exp(static_cast<double>(logit));
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(prediction.scores[i], std::exp(static_cast<double>(prediction.logits[i])) / sum,
                1e-6);
  for (float score : prediction.scores) EXPECT_LE(score, prediction.score);
  EXPECT_EQ(prediction.score, prediction.scores[static_cast<std::size_t>(prediction.label)]);
  EXPECT_EQ(predictor.label_name(1), "weather");
}

TEST(PredictorTest, ThreadsAndBatchesChangeNothing) {
  std::vector<std::vector<float>> expected;
  {
    Predictor predictor = Predictor::from(small_encoder());
    for (const TextInput& text : kTexts) {
      expected.push_back(
          (text.has_pair ? predictor.predict(text.text, text.pair) : predictor.predict(text.text))
              .logits);
    }
  }
  for (int threads : {1, 2, 3, 9}) {
    for (int batch_tokens : {1, 7, 512}) {
      Predictor predictor =
          Predictor::from(small_encoder(), {.threads = threads, .batch_tokens = batch_tokens});
      EXPECT_EQ(logits_of(predictor.predict(kTexts)), expected);
      EXPECT_EQ(logits_of(predictor.predict(kTexts)), expected) << "again";
    }
  }
}

TEST(PredictorTest, ManyThreadsMayCallOneModel) {
  for (int threads : {1, 2}) {
    const Predictor predictor = Predictor::from(small_encoder(), {.threads = threads});
    const auto expected = logits_of(predictor.predict(kTexts));
    std::atomic<int> different = 0;
    std::vector<std::thread> callers;
    for (int c = 0; c < 4; ++c) {
      callers.emplace_back([&] {
        for (int i = 0; i < 20; ++i) different += logits_of(predictor.predict(kTexts)) != expected;
      });
    }
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(different, 0);
  }
}

TEST(PredictorTest, CutTextsSaySo) {
  Predictor predictor = Predictor::from(small_encoder());
  EXPECT_EQ(predictor.max_length(), 8u);
  EXPECT_FALSE(predictor.predict("play the rock in the paris").truncated);
  EXPECT_TRUE(predictor.predict("play the rock in the paris weather").truncated);
  Predictor longer = Predictor::from(small_encoder(), {.max_length = 20});
  EXPECT_FALSE(longer.predict("play the rock in the paris weather").truncated);
}

TEST(PredictorTest, RefusingNamesTheText) {
  Predictor predictor =
      Predictor::from(small_encoder(), {.threads = 2, .long_text = LongText::kRefuse});
  try {
    predictor.predict(kTexts);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "text 4 has more than 8 tokens");
  }
  EXPECT_EQ(predictor.predict("jazz").scores.size(), 3u) << "usable after an error";
}

TEST(PredictorTest, RegressionGivesTheRawValue) {
  Predictor predictor = Predictor::from(small_encoder(true));
  const Prediction prediction = predictor.predict("jazz", "rock");
  EXPECT_EQ(prediction.score, prediction.logits.at(0));
  EXPECT_TRUE(prediction.scores.empty());
  EXPECT_EQ(predictor.label_name(0), "");
}

TEST(PredictorTest, RefusesSenselessOptions) {
  EXPECT_THROW(Predictor::from(small_encoder(), {.threads = 0}), Error);
  EXPECT_THROW(Predictor::from(small_encoder(), {.batch_tokens = 0}), Error);
  EXPECT_THROW(Predictor::from(small_encoder(), {.max_length = 2}), Error);
  EXPECT_THROW(Predictor::from(small_encoder(), {.max_length = 513}), Error);
}

TEST(PredictorTest, NoTextsNoPredictions) {
  Predictor predictor = Predictor::from(small_encoder());
  EXPECT_TRUE(predictor.predict(std::span<const TextInput>()).empty());
}

}  // namespace
}  // namespace bitcpp
