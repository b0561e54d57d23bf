#include "train/token_metrics.h"

#include <algorithm>

#include "metrics/task_metrics.h"
#include "train/libtorch.h"

namespace bitcpp {

nlohmann::ordered_json tagging_task_metrics(const torch::Tensor& logits, const TaskData& data,
                                            const Task& task) {
  const std::vector<std::string>& names = task.labels.names();
  const auto outside = std::find(names.begin(), names.end(), "O");
  const std::string_view unseen = outside == names.end() ? names[0] : *outside;
  const torch::Tensor best = logits.argmax(1).contiguous();
  const auto* label = best.data_ptr<std::int64_t>();
  TagScore score;
  for (std::size_t i = 0; i < data.texts.size(); ++i) {
    std::vector<std::string_view> predicted, actual;
    const TaggedWords& words = data.words[i];
    for (std::size_t w = 0; w < words.tokens.size(); ++w) {
      const std::int32_t token = words.tokens[w];
      predicted.push_back(token < 0 ? unseen : names[static_cast<std::size_t>(label[token])]);
      actual.push_back(names[static_cast<std::size_t>(words.classes[w])]);
    }
    score.add(predicted, actual);
    label += data.texts[i].ids.size();
  }
  return tagging_metrics(score, names);
}

nlohmann::ordered_json question_task_metrics(const torch::Tensor& logits, const TaskData& data) {
  const torch::Tensor rows = logits.contiguous();
  const float* at = rows.data_ptr<float>();
  std::vector<std::span<const float>> by_window;
  for (const EncodedText& text : data.texts) {
    by_window.push_back({at, 2 * text.ids.size()});
    at += 2 * text.ids.size();
  }
  const Questions& questions = data.questions;
  AnswerScore score;
  for (std::size_t i = 0; i < questions.contexts.size(); ++i) {
    const std::size_t first = questions.first_window[i],
                      count = questions.first_window[i + 1] - first;
    const auto spans = best_spans(std::span(questions.windows).subspan(first, count),
                                  std::span(by_window).subspan(first, count), {.best = 1});
    std::string_view answer;
    if (!spans.empty())
      answer = std::string_view(questions.contexts[i])
                   .substr(spans[0].begin, spans[0].end - spans[0].begin);
    score.add(answer, questions.accepted[i]);
  }
  return score.metrics();
}

}  // namespace bitcpp
