#include "linear/ngram_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.h"
#include "linear/ngrams.h"

namespace bitcpp {
namespace {

/// tests/golden/make_linear_golden.py: scikit-learn's answers.
nlohmann::json golden() {
  std::ifstream file(BITCPP_SOURCE_DIR "/tests/golden/linear/linear.json");
  return nlohmann::json::parse(file);
}

Dataset labelled(const nlohmann::json& texts, const nlohmann::json& labels) {
  Dataset data{"golden.tsv", {}, false, true};
  for (std::size_t i = 0; i < texts.size(); ++i)
    data.examples.push_back({texts[i], "", labels[i].dump(), i + 1});
  return data;
}

const LinearOptions kExact{.gradient_tolerance = 1e-10, .max_iterations = 5000};

TEST(Ngrams, WordsOfManyScripts) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(words_of("The cat_1, a DOG!"), (Words{"the", "cat_1", "dog"}));
  EXPECT_EQ(words_of("ÄÖÜ x² ٣٤٥"), (Words{"äöü", "x²", "٣٤٥"}));
  EXPECT_EQ(words_of("ab\xFF\xFE"
                     "cd\xE4"),
            (Words{"ab", "cd"}));
  EXPECT_EQ(words_of(std::string("ab\0cd", 5)), (Words{"ab", "cd"}));
  EXPECT_EQ(words_of(""), Words{});
  EXPECT_EQ(words_and_bigrams("x one two a three"),
            (Words{"one", "two", "three", "one two", "two three"}));
}

TEST(Tfidf, RowsEqualScikitLearn) {
  const auto data = golden();
  const auto texts = data["texts"].get<std::vector<std::string>>();
  TfidfVectorizer vectorizer;
  const SparseMatrix rows = vectorizer.fit(texts);
  ASSERT_EQ(rows.rows(), texts.size());
  const auto compare = [&](std::span<const SparseEntry> row, const nlohmann::json& expected,
                           const std::string& text) {
    std::map<std::uint32_t, float> values;
    for (const SparseEntry& entry : row) values[entry.feature] = entry.value;
    EXPECT_EQ(values.size(), expected.size()) << text;
    for (const auto& [name, value] : expected.items()) {
      const auto feature = vectorizer.feature(name);
      ASSERT_TRUE(feature.has_value()) << name;
      EXPECT_NEAR(values[*feature], value.get<double>(), 1e-6) << name << " in " << text;
    }
  };
  for (std::size_t i = 0; i < texts.size(); ++i) {
    compare(rows.row(i), data["rows"][i], texts[i]);
    compare(vectorizer.transform(texts[i]), data["rows"][i], texts[i]);
  }
  for (std::size_t i = 0; i < data["unseen"].size(); ++i) {
    const std::string text = data["unseen"][i];
    compare(vectorizer.transform(text), data["unseen_rows"][i], text);
  }
}

TEST(NgramLinearModel, BinaryEqualsScikitLearn) {
  const auto data = golden();
  const Dataset train = labelled(data["texts"], data["two"]);
  const auto model = NgramLinearModel::train(train, LabelMap::from(train), kExact);
  for (std::size_t i = 0; i < data["unseen"].size(); ++i) {
    const std::string text = data["unseen"][i];
    const double expected = data["two_decision"][i];
    const auto scores = model.scores(text);
    ASSERT_EQ(scores.size(), 2u);
    EXPECT_NEAR(scores[1] - scores[0], expected, 1e-4) << text;
    EXPECT_EQ(model.predict(text), expected > 0 ? 1 : 0) << text;
  }
}

TEST(NgramLinearModel, MultinomialEqualsScikitLearn) {
  const auto data = golden();
  const Dataset train = labelled(data["texts"], data["four"]);
  const auto model = NgramLinearModel::train(train, LabelMap::from(train), kExact);
  for (std::size_t i = 0; i < data["unseen"].size(); ++i) {
    const std::string text = data["unseen"][i];
    auto probabilities = model.scores(text);
    ASSERT_EQ(probabilities.size(), 4u);
    for (double& value : probabilities) value = std::exp(value);
    const double sum = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
    for (std::size_t k = 0; k < 4; ++k)
      EXPECT_NEAR(probabilities[k] / sum, data["four_probabilities"][i][k].get<double>(), 1e-5)
          << text << ", class " << k;
  }
}

TEST(NgramLinearModel, RidgeEqualsScikitLearn) {
  const auto data = golden();
  const auto model =
      NgramLinearModel::train_regression(labelled(data["texts"], data["scores"]), kExact);
  for (std::size_t i = 0; i < data["unseen"].size(); ++i) {
    const std::string text = data["unseen"][i];
    EXPECT_NEAR(model.scores(text)[0], data["ridge"][i].get<double>(), 1e-5) << text;
  }
}

TEST(NgramLinearModel, ReadsPairs) {
  Dataset train{"pairs.tsv", {}, true, true};
  for (const char* text : {"one", "two", "three"}) {
    train.examples.push_back({text, "good film", "yes", 0});
    train.examples.push_back({text, "bad film", "no", 0});
  }
  const auto model = NgramLinearModel::train(train, LabelMap::from(train));
  EXPECT_EQ(model.predict("four", "good film"), 1);
  EXPECT_EQ(model.predict("four", "bad film"), 0);
}

TEST(NgramLinearModel, TextsWithoutWordsGiveTheMostFrequentLabel) {
  Dataset train{"dots.tsv", {}, false, true};
  for (const char* label : {"b", "b", "a"}) train.examples.push_back({"...", "", label, 0});
  EXPECT_EQ(NgramLinearModel::train(train, LabelMap::from(train)).predict("?"), 1);
}

TEST(NgramLinearModel, BadLabelsAreErrors) {
  Dataset train{"t.tsv", {{"good film", "", "x", 2}, {"bad film", "", "1", 3}}, false, true};
  EXPECT_THROW(NgramLinearModel::train(train, LabelMap({"1"})), Error);
  EXPECT_THROW(NgramLinearModel::train(train, LabelMap({"1", "2"})), Error);
  EXPECT_THROW(NgramLinearModel::train_regression(train), Error);
  train.examples.clear();
  EXPECT_THROW(NgramLinearModel::train(train, LabelMap({"1", "2"})), Error);
  EXPECT_THROW(NgramLinearModel::train_regression(train), Error);
}

}  // namespace
}  // namespace bitcpp
