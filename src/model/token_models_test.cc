// Taggers and answerers against what their encoder says of each token.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/error.h"
#include "model/answerer.h"
#include "model/predictor.h"
#include "model/random_model.h"
#include "model/tagger.h"

namespace bitcpp {
namespace {

constexpr const char* kVocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\nplay\nsome\njazz\nrock\nthe\nweather\nin\nparis\n##ian\n,\n";

Encoder small_encoder(const std::string& task, std::vector<std::string> labels = {}) {
  PackedConfig config = random_shape("2x64x4x96");
  config.vocab_size = 14;
  config.task = task;
  config.max_length = task == "tagging" ? 8 : 20;
  config.pair = task == "question-answering";
  config.stride = 4;
  config.labels = std::move(labels);
  RandomModel model = random_model(config);
  model.model.vocabulary = kVocabulary;
  return Encoder::from(std::move(model.model), kernels(), model.storage);
}

const std::vector<std::string> kTags = {"B-PER", "I-PER", "O", "B-LOC", "I-LOC"};

std::vector<float> logits_of(const Encoder& encoder, const Encoding& encoding) {
  const EncoderInput input{encoding.ids, encoding.type_ids};
  std::vector<float> logits(encoder.logit_count({&input, 1}));
  Workspace workspace;
  encoder.run({&input, 1}, workspace, logits);
  return logits;
}

TEST(Tagger, AWordHasTheTagOfItsFirstToken) {
  Tagger tagger = Tagger::from(small_encoder("tagging", kTags));
  const std::string text = "play jazz, parisian";
  const TagInput input{text, {}};
  const TaggedText tagged = tagger.tag({&input, 1}).at(0);
  const std::vector<float> logits =
      logits_of(tagger.runner().encoder(), tagger.runner().tokenizer().encode(text, 8));
  const std::size_t tokens[] = {1, 2, 3, 4};  // play jazz , paris ##ian
  ASSERT_EQ(tagged.words.size(), 4u);
  for (std::size_t w = 0; w < 4; ++w) {
    const float* own = logits.data() + tokens[w] * kTags.size();
    EXPECT_EQ(tagged.words[w].label, std::max_element(own, own + kTags.size()) - own);
    EXPECT_GT(tagged.words[w].score, 1.0f / static_cast<float>(kTags.size()));
  }
  EXPECT_EQ(tagged.words[3].range.begin, 11u);
  EXPECT_EQ(tagged.words[3].range.end, 19u);
}

TEST(Tagger, WhatWasCutOffIsOutside) {
  Tagger tagger = Tagger::from(small_encoder("tagging", kTags));
  const TagInput input{"play the rock in the paris weather", {}};
  const TaggedText tagged = tagger.tag({&input, 1}).at(0);
  EXPECT_TRUE(tagged.truncated);
  EXPECT_EQ(tagged.words.back().label, 2);
  EXPECT_EQ(tagged.words.back().score, 0);
  Tagger strict = Tagger::from(small_encoder("tagging", kTags), {.long_text = LongText::kRefuse});
  EXPECT_THROW(strict.tag({&input, 1}), Error);
}

TEST(Tagger, ThreadsBatchesAndGivenWordsChangeNothing) {
  const std::vector<std::string> texts = {"play jazz, paris", "", "the weather in paris", "rock"};
  std::vector<TagInput> inputs;
  for (const std::string& text : texts) inputs.push_back({text, {}});
  const auto labels = [&](const PredictorOptions& options, const std::vector<TagInput>& asked) {
    Tagger tagger = Tagger::from(small_encoder("tagging", kTags), options);
    std::vector<std::pair<int, float>> all;
    for (const TaggedText& text : tagger.tag(asked))
      for (const WordTag& word : text.words) all.push_back({word.label, word.score});
    return all;
  };
  const auto expected = labels({}, inputs);
  EXPECT_EQ(expected.size(), 9u);
  EXPECT_EQ(labels({.threads = 3, .batch_tokens = 5}, inputs), expected);
  const std::vector<Offset> words = {{0, 4}, {5, 9}, {9, 10}, {11, 16}};
  inputs[0].words = words;
  EXPECT_EQ(labels({}, inputs), expected);
}

TEST(Tagger, OtherTagsMarkNoEntities) {
  Tagger tagger = Tagger::from(small_encoder("tagging", {"NN", "VB"}));
  EXPECT_FALSE(tagger.marks_entities());
  const TagInput input{"play jazz", {}};
  EXPECT_TRUE(tagger.tag({&input, 1}).at(0).entities.empty());
}

TEST(Answerer, TheBestSpanOfAllWindows) {
  Answerer answerer = Answerer::from(small_encoder("question-answering"));
  const std::string context =
      "play some jazz rock the weather in paris play the weather rock jazz in the paris some rock";
  const Question questions[] = {{"the weather", context}, {"jazz", "paris"}, {"rock", ""}};
  const auto answers = answerer.answer(questions);
  ASSERT_EQ(answers.size(), 3u);
  const auto windows = question_windows(answerer.runner().tokenizer(), "the weather", context,
                                        {.max_length = 20, .stride = 4});
  ASSERT_EQ(windows.size(), 2u);
  std::vector<std::vector<float>> logits;
  for (const QuestionWindow& window : windows)
    logits.push_back(logits_of(answerer.runner().encoder(), window.encoding));
  const auto expected =
      best_spans(windows, std::vector<std::span<const float>>(logits.begin(), logits.end()));
  ASSERT_EQ(answers[0].best.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(answers[0].best[i].begin, expected[i].begin);
    EXPECT_EQ(answers[0].best[i].end, expected[i].end);
    EXPECT_EQ(answers[0].best[i].logit, expected[i].logit);
  }
  EXPECT_EQ(answers[1].text("paris"), "paris");
  EXPECT_EQ(answers[2].text(""), "");
  Answerer threads = Answerer::from(small_encoder("question-answering"), {.threads = 2});
  EXPECT_EQ(threads.answer(questions)[0].best[0].logit, expected[0].logit);
}

TEST(TokenModels, EveryModelHasItsOwnUse) {
  EXPECT_THROW(Predictor::from(small_encoder("tagging", kTags)), Error);
  EXPECT_THROW(Tagger::from(small_encoder("question-answering")), Error);
  EXPECT_THROW(Answerer::from(small_encoder("tagging", kTags)), Error);
}

}  // namespace
}  // namespace bitcpp
