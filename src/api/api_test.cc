// The C interface against the rooms behind it.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <string>
#include <thread>

#include "api/tiny_model.h"
#include "base/file.h"
#include "bitcpp/bitcpp.hpp"
#include "model/answerer.h"
#include "model/embedder.h"
#include "model/predictor.h"
#include "model/tagger.h"

namespace bitcpp {
namespace {

const std::string kShipped =
    std::string(BITCPP_SOURCE_DIR) + "/models/snips-minilm-w1a1.safetensors";
bitcpp_text text_of(const char* text) { return {{text, std::strlen(text)}, {nullptr, 0}}; }

class Shipped : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(bitcpp_open(kShipped.c_str(), nullptr, &model_), BITCPP_OK); }
  void TearDown() override { bitcpp_close(model_); }

  bitcpp_model* model_ = nullptr;
};

TEST_F(Shipped, InfoSaysWhatTheModelIs) {
  const bitcpp_model_info& info = *bitcpp_info(model_);
  EXPECT_EQ(info.task, BITCPP_CLASSIFICATION);
  EXPECT_STREQ(info.task_name, "classification");
  ASSERT_EQ(info.label_count, 7u);
  EXPECT_STREQ(info.labels[2], Predictor::open(kShipped).label_name(2).c_str());
  EXPECT_EQ(info.hidden_size, 384u);
  EXPECT_EQ(info.layers, 6u);
  EXPECT_EQ(info.vocabulary_size, 30522u);
  EXPECT_FALSE(info.pair);
  EXPECT_STREQ(info.isa, isa_name(kernels().isa));
}

TEST_F(Shipped, ClassifiesAsThePredictorDoes) {
  const std::vector<bitcpp_text> texts = {
      text_of("play some jazz by miles davis"), text_of(""), {{"what is", 7}, {"the weather", 11}}};
  std::vector<float> scores(3 * 7);
  std::vector<std::uint8_t> truncated(3, 9);
  ASSERT_EQ(bitcpp_classify(model_, texts.data(), 3, scores.data(), truncated.data()), BITCPP_OK);
  const Predictor predictor = Predictor::open(kShipped);
  const std::vector<Prediction> expected = {predictor.predict("play some jazz by miles davis"),
                                            predictor.predict(""),
                                            predictor.predict("what is", "the weather")};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(expected[i].scores, std::vector<float>(scores.begin() + 7 * static_cast<int>(i),
                                                     scores.begin() + 7 * static_cast<int>(i + 1)));
    EXPECT_EQ(truncated[i], 0);
  }
  EXPECT_EQ(bitcpp_classify(model_, nullptr, 0, nullptr, nullptr), BITCPP_OK) << "no texts";
}

TEST_F(Shipped, EmbedsAsTheRuntimeDoes) {
  const bitcpp_text text = text_of("play some jazz");
  std::vector<float> values(384);
  ASSERT_EQ(bitcpp_embed(model_, &text, 1, BITCPP_POOL_FIRST, 1, values.data(), nullptr),
            BITCPP_OK);
  const TextInput input{"play some jazz", {}, false};
  const Predictor predictor = Predictor::open(kShipped);
  EXPECT_EQ(values, embed(predictor.runner(), {&input, 1}, {Pooling::kFirst, true}).at(0).values);
  EXPECT_EQ(
      bitcpp_embed(model_, &text, 1, static_cast<bitcpp_pooling>(7), 1, values.data(), nullptr),
      BITCPP_BAD_INPUT);
  EXPECT_STREQ(bitcpp_last_error(), "pooling 7, expected BITCPP_POOL_MEAN or BITCPP_POOL_FIRST");
}

TEST_F(Shipped, TokensHaveIdsAndPlaces) {
  const bitcpp_text text = {{"play jazz", 9}, {"now", 3}};
  bitcpp_result* result = nullptr;
  ASSERT_EQ(bitcpp_tokenize(model_, &text, 1, &result), BITCPP_OK);
  const bitcpp_tokens* tokens = bitcpp_result_tokens(result, 0);
  ASSERT_NE(tokens, nullptr);
  ASSERT_EQ(tokens->count, 6u);  // [CLS] play jazz [SEP] now [SEP]
  const bitcpp_string jazz = bitcpp_token(model_, tokens->ids[2]);
  EXPECT_EQ(std::string(jazz.data, jazz.size), "jazz");
  EXPECT_EQ(tokens->offsets[2].begin, 5u);
  EXPECT_EQ(tokens->offsets[2].end, 9u);
  EXPECT_EQ(tokens->types[3], 0);
  EXPECT_EQ(tokens->types[4], 1);
  EXPECT_EQ(bitcpp_result_tokens(result, 1), nullptr) << "beyond the last";
  EXPECT_EQ(bitcpp_result_tagged(result, 0), nullptr) << "another kind of result";
  EXPECT_EQ(bitcpp_token(model_, -1).size, 0u);
  EXPECT_EQ(bitcpp_token(model_, 30522).size, 0u);
  bitcpp_result_free(result);
}

TEST_F(Shipped, ManyThreadsShareAModel) {
  const std::vector<const char*> texts = {"play some jazz", "book a table for two in paris",
                                          "will it rain tomorrow", "rate this book five stars"};
  std::vector<std::vector<float>> expected;
  const Predictor predictor = Predictor::open(kShipped);
  for (const char* text : texts) expected.push_back(predictor.predict(text).scores);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 12; ++i) {
        const std::size_t which = (i + t) % texts.size();
        const bitcpp_text text = text_of(texts[which]);
        std::vector<float> scores(7);
        wrong += bitcpp_classify(model_, &text, 1, scores.data(), nullptr) != BITCPP_OK;
        wrong += scores != expected[which];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(Shipped, ErrorsAreTheThreadsOwn) {
  const bitcpp_text text = text_of("jazz");
  float value = 0;
  EXPECT_EQ(bitcpp_regress(model_, &text, 1, &value, nullptr), BITCPP_WRONG_TASK);
  const std::string message = "a model for classification, expected one for regression";
  EXPECT_EQ(bitcpp_last_error(), message);
  std::string elsewhere = "unset";
  std::thread([&] { elsewhere = bitcpp_last_error(); }).join();
  EXPECT_EQ(elsewhere, "");
  EXPECT_EQ(bitcpp_last_error(), message);
}

TEST_F(Shipped, RefusesWhatCannotBe) {
  const bitcpp_text null_text = {{nullptr, 4}, {nullptr, 0}};
  float scores[7];
  EXPECT_EQ(bitcpp_classify(model_, &null_text, 1, scores, nullptr), BITCPP_BAD_INPUT);
  EXPECT_STREQ(bitcpp_last_error(), "text 1: a null pointer of 4 bytes");
  const bitcpp_text text = text_of("jazz");
  EXPECT_EQ(bitcpp_classify(nullptr, &text, 1, scores, nullptr), BITCPP_BAD_INPUT);
  EXPECT_STREQ(bitcpp_last_error(), "model: expected more than a null pointer");
  EXPECT_EQ(bitcpp_classify(model_, &text, 1, nullptr, nullptr), BITCPP_BAD_INPUT);
  EXPECT_EQ(bitcpp_classify(model_, nullptr, 1, scores, nullptr), BITCPP_BAD_INPUT);
  bitcpp_result* result = nullptr;
  EXPECT_EQ(bitcpp_tag(model_, &text, 1, &result), BITCPP_WRONG_TASK);
  EXPECT_EQ(bitcpp_answer(model_, &text, 1, 1, &result), BITCPP_WRONG_TASK);
  EXPECT_EQ(bitcpp_tokenize(model_, &text, 1, nullptr), BITCPP_BAD_INPUT);
  EXPECT_EQ(result, nullptr);
  bitcpp_result_free(nullptr);
  bitcpp_close(nullptr);
}

TEST(Open, ErrorsNameTheFile) {
  bitcpp_model* model = reinterpret_cast<bitcpp_model*>(8);
  EXPECT_EQ(bitcpp_open("no-such-model", nullptr, &model), BITCPP_BAD_INPUT);
  EXPECT_EQ(model, nullptr);
  EXPECT_NE(std::string(bitcpp_last_error()).find("no-such-model"), std::string::npos);
  EXPECT_EQ(bitcpp_open(nullptr, nullptr, &model), BITCPP_BAD_INPUT);
  EXPECT_EQ(bitcpp_open(kShipped.c_str(), nullptr, nullptr), BITCPP_BAD_INPUT);
  bitcpp_options options = {};
  EXPECT_EQ(bitcpp_open(kShipped.c_str(), &options, &model), BITCPP_BAD_INPUT) << "not initialised";
  bitcpp_options_init(&options);
  options.threads = 0;
  EXPECT_EQ(bitcpp_open(kShipped.c_str(), &options, &model), BITCPP_BAD_INPUT);
}

TEST(Open, OptionsHold) {
  const Model model(kShipped, Options().with_threads(2).with_max_length(5).refusing_long_texts());
  EXPECT_EQ(model.info().max_length, 5u);
  EXPECT_EQ(model.classify("play jazz").label, "PlayMusic");
  try {
    model.classify("play some jazz by miles davis");
    FAIL();
  } catch (const v1::Error& error) {
    EXPECT_EQ(error.status(), BITCPP_BAD_INPUT);
    EXPECT_STREQ(error.what(), "text 1 has more than 5 tokens");
  }
}

TEST(Open, MemoryIsReleasedOnce) {
  const std::string file = read_file(kShipped);
  // A file's bytes come aligned from a mapping; a std::string's need not.
  std::vector<std::uint64_t> bytes(file.size() / 8 + 1);
  std::memcpy(bytes.data(), file.data(), file.size());
  int released = 0;
  const auto release = [](void* count) { ++*static_cast<int*>(count); };
  bitcpp_model* model = nullptr;
  EXPECT_EQ(bitcpp_open_memory(bytes.data(), file.size() / 2, release, &released, nullptr, &model),
            BITCPP_BAD_INPUT);
  EXPECT_EQ(model, nullptr);
  EXPECT_EQ(released, 1) << "also when opening fails";
  ASSERT_EQ(bitcpp_open_memory(bytes.data(), file.size(), release, &released, nullptr, &model),
            BITCPP_OK);
  const bitcpp_text text = text_of("play some jazz");
  std::vector<float> scores(7);
  ASSERT_EQ(bitcpp_classify(model, &text, 1, scores.data(), nullptr), BITCPP_OK);
  EXPECT_EQ(scores, Predictor::open(kShipped).predict("play some jazz").scores);
  EXPECT_EQ(released, 1);
  bitcpp_close(model);
  EXPECT_EQ(released, 2);
}

TEST(Wrapper, TagsAndFindsEntities) {
  const std::string path = write_tiny_model("tagging", testing::TempDir());
  const Model model(path);
  EXPECT_TRUE(model.info().marks_entities);
  const std::string text = "play jazz in paris";
  const Tagger tagger = Tagger::open(path);
  const TagInput input{text, {}};
  const TaggedText expected = tagger.tag({&input, 1}).at(0);
  const Tagged tagged = model.tag(text);
  ASSERT_EQ(tagged.words.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(tagged.words[i].tag,
              tagger.labels()[static_cast<std::size_t>(expected.words[i].label)]);
    EXPECT_EQ(tagged.words[i].begin, expected.words[i].range.begin);
    EXPECT_EQ(tagged.words[i].score, expected.words[i].score);
  }
  ASSERT_EQ(tagged.entities.size(), expected.entities.size());
  for (std::size_t i = 0; i < tagged.entities.size(); ++i) {
    EXPECT_EQ(tagged.entities[i].label, expected.entities[i].label);
    EXPECT_EQ(tagged.entities[i].end, expected.entities[i].end);
  }
  EXPECT_THROW(model.tag(Text("a", "pair")), v1::Error);
  EXPECT_THROW(model.classify("jazz"), v1::Error);
  EXPECT_EQ(model.embed("jazz").size(), 64u);
}

TEST(Wrapper, AnswersWithPiecesOfTheContext) {
  const std::string path = write_tiny_model("question-answering", testing::TempDir());
  const Model model(path);
  const std::string context = "the weather in paris play some jazz";
  const Question question{"the weather", context};
  const Answers expected = Answerer::open(path).answer({&question, 1}).at(0);
  const std::vector<Answer> answers = model.answer("the weather", context, 3);
  ASSERT_EQ(answers.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(answers[i].begin, expected.best[i].begin);
    EXPECT_EQ(answers[i].score, expected.best[i].probability);
    EXPECT_EQ(answers[i].text, context.substr(answers[i].begin, answers[i].end - answers[i].begin));
  }
  EXPECT_TRUE(model.answer("the weather", "").empty());
  EXPECT_THROW(model.answer("the weather", context, 21), v1::Error);
}

TEST(Wrapper, RegressesPairs) {
  const std::string path = write_tiny_model("regression", testing::TempDir());
  const Model model(path);
  EXPECT_EQ(model.info().task, BITCPP_REGRESSION);
  EXPECT_EQ(model.info().label_count, 0u);
  EXPECT_EQ(model.regress(Text("jazz", "rock")),
            Predictor::open(path).predict("jazz", "rock").score);
  EXPECT_EQ(model.regress(std::vector<Text>{"jazz", Text("jazz", "rock")}).at(1),
            model.regress(Text("jazz", "rock")));
}

TEST(Wrapper, VersionsAgree) {
  EXPECT_STREQ(bitcpp_version(), BITCPP_VERSION);
  EXPECT_EQ(bitcpp_api_version(), BITCPP_API_VERSION);
}

}  // namespace
}  // namespace bitcpp
