#include "model/embedder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/error.h"
#include "model/random_model.h"

namespace bitcpp {
namespace {

constexpr const char* kVocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\nplay\nsome\njazz\nrock\nthe\nweather\nin\nparis\n";
constexpr std::size_t kHidden = 64;

Encoder small_encoder(const std::string& task = "classification") {
  PackedConfig config = random_shape("2x64x4x96");
  config.vocab_size = 12;
  config.task = task;
  config.max_length = 8;
  config.labels = {"O", "B-X"};
  RandomModel model = random_model(config);
  model.model.vocabulary = kVocabulary;
  return Encoder::from(std::move(model.model), kernels(), model.storage);
}

const std::vector<TextInput> kTexts = {{"play some jazz", "", false},
                                       {"weather in paris", "", false},
                                       {"", "", false},
                                       {"jazz", "rock", true},
                                       {"play the rock in the paris weather", "", false}};

/// The last layer's output of one text, from the encoder's trace: (tokens, hidden).
std::vector<float> traced(const SequenceRunner& runner, const TextInput& input) {
  const Encoding encoding = runner.encode({&input, 1}).at(0);
  const EncoderInput sequence{encoding.ids, encoding.type_ids};
  std::vector<float> logits(runner.encoder().logit_count({&sequence, 1}));
  Workspace workspace;
  EncoderTrace trace;
  runner.encoder().run({&sequence, 1}, workspace, logits, &trace);
  return trace.hidden.back();
}

TEST(Embedder, PoolsTheLastLayer) {
  for (const char* task : {"classification", "tagging"}) {
    const SequenceRunner runner(small_encoder(task), {});
    const auto mean = embed(runner, kTexts);
    const auto first = embed(runner, kTexts, {Pooling::kFirst});
    for (std::size_t t = 0; t < kTexts.size(); ++t) {
      const std::vector<float> hidden = traced(runner, kTexts[t]);
      ASSERT_EQ(mean[t].tokens, hidden.size() / kHidden);
      ASSERT_EQ(mean[t].values.size(), kHidden);
      EXPECT_EQ(first[t].values, std::vector<float>(hidden.begin(), hidden.begin() + kHidden));
      for (std::size_t c = 0; c < kHidden; ++c) {
        double sum = 0;
        for (std::size_t i = c; i < hidden.size(); i += kHidden) sum += hidden[i];
        EXPECT_NEAR(mean[t].values[c], sum / static_cast<double>(mean[t].tokens), 1e-6);
      }
      EXPECT_EQ(mean[t].truncated, t == 4);
    }
  }
}

TEST(Embedder, ThreadsAndBatchesChangeNothing) {
  const SequenceRunner alone(small_encoder(), {.batch_tokens = 1});
  const auto expected = embed(alone, kTexts);
  for (int threads : {2, 3}) {
    for (int batch_tokens : {7, 512}) {
      const SequenceRunner runner(small_encoder(),
                                  {.threads = threads, .batch_tokens = batch_tokens});
      const auto actual = embed(runner, kTexts);
      for (std::size_t t = 0; t < kTexts.size(); ++t)
        EXPECT_EQ(actual[t].values, expected[t].values);
    }
  }
}

TEST(Embedder, NormalizedVectorsHaveLengthOne) {
  const SequenceRunner runner(small_encoder(), {});
  const auto plain = embed(runner, kTexts);
  const auto normalized = embed(runner, kTexts, {.normalize = true});
  for (std::size_t t = 0; t < kTexts.size(); ++t) {
    double squares = 0, product = 0, plain_squares = 0;
    for (std::size_t c = 0; c < kHidden; ++c) {
      squares += normalized[t].values[c] * normalized[t].values[c];
      product += normalized[t].values[c] * plain[t].values[c];
      plain_squares += plain[t].values[c] * plain[t].values[c];
    }
    EXPECT_NEAR(squares, 1, 1e-5);
    EXPECT_NEAR(product, std::sqrt(plain_squares), 1e-3) << "the same direction";
  }
}

TEST(Embedder, RefusingNamesTheText) {
  const SequenceRunner runner(small_encoder(), {.long_text = LongText::kRefuse});
  try {
    embed(runner, kTexts);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "text 5 has more than 8 tokens");
  }
}

}  // namespace
}  // namespace bitcpp
