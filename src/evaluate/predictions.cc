#include "evaluate/predictions.h"

#include "base/error.h"
#include "base/file.h"
#include "metrics/task_metrics.h"

namespace bitcpp {

using nlohmann::json;

ScoredPredictions score_predictions(const std::filesystem::path& path, const Dataset& questions) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 30;
  if (questions.kind != DataKind::kQuestions || !questions.has_label)
    throw Error(questions.path.string() +
                ": expected questions with answers, as SQuAD v1.1, to score predictions by");
  const json predictions = json::parse(read_file(path, kMostBytes), nullptr, false);
  if (!predictions.is_object())
    throw Error(path.string() + ": expected a JSON object of question ids and answers");
  ScoredPredictions result;
  AnswerScore score;
  for (const Example& question : questions.examples) {
    std::vector<std::string> accepted;
    for (const Answer& answer : question.answers) accepted.push_back(answer.text);
    const auto found = predictions.find(question.id);
    if (found == predictions.end()) {
      ++result.missing;
      score.add("", {});
      continue;
    }
    if (!found->is_string())
      throw Error(path.string() + ": expected the answer to " + question.id + " as a string");
    score.add(found->get_ref<const std::string&>(), accepted);
  }
  result.metrics = score.metrics();
  return result;
}

}  // namespace bitcpp
