#include "evaluate/predictions.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;

Dataset questions() {
  Dataset data;
  data.path = "q.json";
  data.kind = DataKind::kQuestions;
  data.has_pair = data.has_label = true;
  data.examples = {{"Who?", "", "", 1, {}, {{"Denver Broncos", 0}, {"The Broncos", 0}}, "a"},
                   {"Where?", "", "", 2, {}, {{"Santa Clara, California", 0}}, "b"},
                   {"When?", "", "", 3, {}, {{"1996", 0}}, "c"}};
  return data;
}

struct Predictions {
  fs::path path = fs::path(testing::TempDir()) / "bitcpp_predictions.json";
  explicit Predictions(const std::string& text) { write_file(path, text); }
  ~Predictions() { fs::remove(path); }
};

TEST(Predictions, AreScoredAsTheOfficialScorerDoes) {
  const Predictions file(R"({"a": "the broncos!", "b": "Santa Clara", "elsewhere": "x"})");
  const ScoredPredictions scored = score_predictions(file.path, questions());
  EXPECT_EQ(scored.missing, 1u);
  EXPECT_EQ(scored.metrics["n"], 3);
  EXPECT_DOUBLE_EQ(scored.metrics["exact_match"].get<double>(), 1 / 3.0);
  // Two words of two found, of three asked for: precision 1, recall 2/3.
  EXPECT_DOUBLE_EQ(scored.metrics["f1"].get<double>(), (1 + 0.8) / 3);
}

TEST(Predictions, BadFilesAreErrors) {
  for (const char* text : {"[1]", "{", R"({"a": 3})"}) {
    const Predictions file(text);
    EXPECT_THROW(score_predictions(file.path, questions()), Error) << text;
  }
  const Predictions file("{}");
  Dataset texts = questions();
  texts.kind = DataKind::kTexts;
  EXPECT_THROW(score_predictions(file.path, texts), Error);
  EXPECT_THROW(score_predictions("/no/such/file.json", questions()), Error);
}

}  // namespace
}  // namespace bitcpp
