#include "data/squad.h"

#include "data/data_test_support.h"

namespace bitcpp {
namespace {

Dataset squad(const std::string& questions) {
  return json(
      R"({"version": "1.1", "data": [{"title": "t", "paragraphs": [{"context": "Zoë met a cat.", "qas": [)" +
      questions + "]}]}]}");
}

std::string question(const std::string& answers) {
  return R"({"id": "q1", "question": "Who?", "answers": [)" + answers + "]}";
}

TEST(Squad, QuestionsWithAnswersAtTheirBytes) {
  const Dataset data =
      squad(question(R"({"text": "cat", "answer_start": 10}, {"text": "Zoë", "answer_start": 0})"));
  ASSERT_EQ(data.kind, DataKind::kQuestions);
  EXPECT_TRUE(data.has_label && data.has_pair);
  ASSERT_EQ(data.examples.size(), 1u);
  const Example& example = data.examples[0];
  EXPECT_EQ(example.text, "Who?");
  EXPECT_EQ(example.id, "q1");
  ASSERT_EQ(example.answers.size(), 2u);
  EXPECT_EQ(example.answers[0].begin, 11u);  // "ë" has two bytes
  EXPECT_EQ(example.pair.substr(example.answers[0].begin, 3), "cat");
  EXPECT_EQ(example.answers[1].begin, 0u);
  EXPECT_EQ(guess_task(data), TaskKind::kQuestionAnswering);
}

TEST(Squad, AFileWithoutAnswersHasNoLabels) { EXPECT_FALSE(squad(question("")).has_label); }

TEST(Squad, OtherJsonIsNotTakenForIt) {
  EXPECT_TRUE(looks_like_squad(R"({"a": {"data": []}, "data": [1]})"));
  EXPECT_FALSE(looks_like_squad(R"({"a": {"data": []}})"));
  EXPECT_FALSE(looks_like_squad(R"([{"data": []}])"));
  EXPECT_FALSE(looks_like_squad(R"({"text": "x", "label": "data"} {"data": []})"));
  EXPECT_FALSE(looks_like_squad("{"));
  EXPECT_FALSE(looks_like_squad(std::string(100000, '[')));
  EXPECT_EQ(json(R"({"text": "x", "label": "y"})").kind, DataKind::kTexts);
}

TEST(Squad, FaultsAreNamedByTheirPlace) {
  const auto fails = [](const std::string& questions, const std::string& part) {
    expect_error([&] { squad(questions); }, "x.json: data[0].paragraphs[0]." + part);
  };
  fails("1", R"(qas[0]: expected an object with "question")");
  fails(R"({"question": 1})", R"(qas[0]: expected a string under "question")");
  fails(R"({"question": "q", "answers": 3})", R"(qas[0]: expected an array under "answers")");
  fails(question(R"({"text": "cat", "answer_start": 11})"), "qas[0].answers[0]: expected the text");
  fails(question(R"({"text": "cat", "answer_start": 99})"), "qas[0].answers[0]: expected the text");
  fails(question(R"({"text": "cat", "answer_start": -1})"),
        "qas[0].answers[0]: expected \"answer_");
  fails(question(R"({"text": "cat", "answer_start": 10})") + "," + question(""),
        "qas[1]: expected an answer");
  fails(question("") + "," + question(R"({"text": "cat", "answer_start": 10})"),
        "qas[1]: expected no answers");
  expect_error([] { json("{\"data\": [\n{\"paragraphs\": }]}"); }, "x.json:2: expected valid JSON");
  expect_error([] { json(R"({"data": []})"); }, "x.json: expected questions");
}

}  // namespace
}  // namespace bitcpp
