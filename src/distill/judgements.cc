#include "distill/judgements.h"

#include <algorithm>
#include <cmath>

#include "train/libtorch.h"

namespace bitcpp {
namespace {

using nlohmann::json;
using torch::Tensor;

constexpr std::size_t kMostExamples = 60, kMostBytes = 400;

/// The beginning of a long text, cut between two characters.
std::string shortened(const std::string& text) {
  if (text.size() <= kMostBytes) return text;
  std::size_t end = kMostBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

/// What one judge says of every text: label and its probability, or a value.
struct Answers {
  std::vector<double> values, scores;

  Answers(const Tensor& logits, bool regression) {
    if (regression) {
      values = numbers(logits.select(1, 0));
      return;
    }
    const auto [score, label] = logits.to(torch::kDouble).softmax(1).max(1);
    values = numbers(label);
    scores = numbers(score);
  }

 private:
  static std::vector<double> numbers(const Tensor& column) {
    const Tensor values = column.to(torch::kDouble).contiguous();
    return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
  }
};

json predicted(const Answers& answers, bool regression) {
  if (!regression) return std::vector<std::int64_t>(answers.values.begin(), answers.values.end());
  json list = json::array();
  for (double value : answers.values) list.push_back(std::round(value * 1e4) / 1e4);
  return list;
}

json example(const Example& text, std::size_t i, const json& actual, const Answers& teacher,
             const Answers& student) {
  json entry = {{"text", shortened(text.text)},
                {"actual", actual[i]},
                {"teacher", teacher.values[i]},
                {"student", student.values[i]}};
  if (!text.pair.empty()) entry["pair"] = shortened(text.pair);
  if (!teacher.scores.empty()) {
    entry["teacher_score"] = teacher.scores[i];
    entry["student_score"] = student.scores[i];
  }
  return entry;
}

/// Texts that the two answer differently, the most telling first.
std::vector<std::size_t> differences(const Answers& teacher, const Answers& student,
                                     bool regression) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < teacher.values.size(); ++i)
    if (teacher.values[i] != student.values[i]) found.push_back(i);
  const auto weight = [&](std::size_t i) {
    return regression ? std::abs(teacher.values[i] - student.values[i]) : student.scores[i];
  };
  std::stable_sort(found.begin(), found.end(),
                   [&](std::size_t a, std::size_t b) { return weight(a) > weight(b); });
  return found;
}

}  // namespace

json judgements(const Dataset& file, const TaskData& data, const Task& task,
                const std::vector<Judge>& judges) {
  const bool regression = task.regression();
  json result = {{"labels", regression ? json::array() : json(task.labels.names())},
                 {"actual", regression ? json(data.values) : json(data.classes)},
                 {"judges", json::array()},
                 {"examples", json::array()}};
  std::vector<Answers> answers;
  for (const Judge& judge : judges) {
    answers.emplace_back(judge.logits, regression);
    result["judges"].push_back(
        {{"name", judge.name}, {"predicted", predicted(answers.back(), regression)}});
  }
  if (answers.size() < 2) return result;
  const auto different = differences(answers.front(), answers.back(), regression);
  result["differences"] = different.size();
  for (std::size_t i = 0; i < std::min(different.size(), kMostExamples); ++i)
    result["examples"].push_back(example(file.examples[different[i]], different[i],
                                         result["actual"], answers.front(), answers.back()));
  return result;
}

}  // namespace bitcpp
