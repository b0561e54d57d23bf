// SQuAD's scores against tests/golden/make_answers_golden.py, conlleval's against seqeval
// (make_tagging_golden.py).
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "decode/entities.h"
#include "metrics/squad.h"
#include "metrics/task_metrics.h"

namespace bitcpp {
namespace {

nlohmann::json golden(const std::string& name) {
  std::ifstream file(BITCPP_SOURCE_DIR "/tests/golden/metrics/" + name);
  return nlohmann::json::parse(file);
}

TEST(Answers, EqualTheScorerOfSquad) {
  const auto cases = golden("answers.json");
  ASSERT_GT(cases.size(), 500u);
  for (const auto& item : cases) {
    const auto answer = item["answer"].get<std::string>();
    const auto accepted = item["accepted"].get<std::vector<std::string>>();
    EXPECT_EQ(normalized_answer(answer), item["normal"].get<std::string>()) << item;
    EXPECT_EQ(exact_match(answer, accepted), item["exact"].get<double>() == 1) << item;
    EXPECT_NEAR(answer_f1(answer, accepted), item["f1"].get<double>(), 1e-12) << item;
  }
}

TEST(Answers, ScoreIsTheMeanOverQuestions) {
  AnswerScore score;
  EXPECT_EQ(score.metrics()["f1"], 0);
  const std::vector<std::string> accepted = {"the Denver Broncos", "Broncos"};
  score.add("Denver Broncos!", accepted);
  score.add("Carolina", accepted);
  const auto metrics = score.metrics();
  EXPECT_EQ(metrics["n"], 2);
  EXPECT_EQ(metrics["exact_match"], 0.5);
  EXPECT_EQ(metrics["f1"], 0.5);
}

TEST(Answers, BytesThatAreNotUtf8AreKept) {
  EXPECT_EQ(normalized_answer("The \xFF\xFE Cat."), "\xFF\xFE cat");
}

using Sentence = std::vector<std::string>;

std::vector<std::string_view> views(const Sentence& tags) { return {tags.begin(), tags.end()}; }

TEST(Tags, EntitiesAndScoresEqualSeqeval) {
  const auto cases = golden("tagging.json");
  ASSERT_GT(cases.size(), 50u);
  for (const auto& item : cases) {
    const auto predicted = item["predicted"].get<std::vector<Sentence>>();
    const auto actual = item["actual"].get<std::vector<Sentence>>();
    TagScore score;
    for (std::size_t i = 0; i < actual.size(); ++i) {
      score.add(views(predicted[i]), views(actual[i]));
      nlohmann::json entities = nlohmann::json::array();
      for (const Entity& entity : entities_of(views(predicted[i])))
        entities.push_back({entity.type, entity.first, entity.last});
      EXPECT_EQ(entities, item["entities"][i]) << item["predicted"][i];
    }
    EXPECT_NEAR(score.precision(), item["precision"].get<double>(), 1e-12);
    EXPECT_NEAR(score.recall(), item["recall"].get<double>(), 1e-12);
    EXPECT_NEAR(score.f1(), item["f1"].get<double>(), 1e-12);
    EXPECT_NEAR(score.accuracy(), item["accuracy"].get<double>(), 1e-12);
  }
}

TEST(Tags, SetsWithoutEntitiesAreJudgedByWords) {
  const Sentence speech = {"NN", "VB"}, entities = {"O", "B-PER", "I-PER"};
  TagScore score;
  score.add(views({"NN", "NN"}), views(speech));
  EXPECT_EQ(tagging_metrics(score, speech).dump(), R"({"n":1,"accuracy":0.5})");
  EXPECT_TRUE(tagging_metrics(score, entities).contains("precision"));
  EXPECT_FALSE(marks_entities(Sentence{"O"}));
  EXPECT_FALSE(marks_entities(Sentence{"B-PER", "NN"}));
}

}  // namespace
}  // namespace bitcpp
