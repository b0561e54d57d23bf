#include "train/task_data.h"

#include <set>

#include "base/error.h"
#include "decode/words.h"

namespace bitcpp {
namespace {

void add_text(TaskData& data, const Encoding& encoding) {
  data.truncated += encoding.truncated;
  data.texts.push_back({encoding.ids, encoding.type_ids});
}

Encoding encode_text(const Example& example, const Task& task, const Tokenizer& tokenizer) {
  const auto length = static_cast<std::size_t>(task.max_length);
  return task.pair ? tokenizer.encode(example.text, example.pair, length)
                   : tokenizer.encode(example.text, length);
}

void encode_whole_text(const Dataset& dataset, const Example& example, const Task& task,
                       const Tokenizer& tokenizer, TaskData& data) {
  add_text(data, encode_text(example, task, tokenizer));
  if (task.regression())
    data.values.push_back(static_cast<float>(numeric_label(dataset, example)));
  else
    data.classes.push_back(task.labels.index(dataset, example));
}

void encode_tagged(const Dataset& dataset, const Example& example, const Task& task,
                   const Tokenizer& tokenizer, TaskData& data) {
  const Encoding encoding =
      tokenizer.encode(example.text, static_cast<std::size_t>(task.max_length));
  add_text(data, encoding);
  std::vector<Offset> ranges;
  TaggedWords& words = data.words.emplace_back();
  for (const TaggedWord& word : example.words) {
    ranges.push_back({word.begin, word.end});
    words.classes.push_back(task.labels.index(dataset, word));
  }
  words.tokens = first_tokens(encoding, ranges);
}

std::vector<QuestionWindow> windows_of(const Example& example, const Task& task,
                                       const Tokenizer& tokenizer) {
  return question_windows(
      tokenizer, example.text, example.pair,
      {static_cast<std::size_t>(task.max_length), static_cast<std::size_t>(task.stride)});
}

void encode_question(const Example& example, const Task& task, const Tokenizer& tokenizer,
                     TaskData& data) {
  Questions& questions = data.questions;
  const Answer& answer = example.answers.front();
  const auto begin = static_cast<std::uint32_t>(answer.begin);
  const auto end = static_cast<std::uint32_t>(answer.begin + answer.text.size());
  auto windows = windows_of(example, task, tokenizer);
  data.truncated += windows.front().encoding.truncated;
  for (QuestionWindow& window : windows) {
    // The ids live in data.texts; of the window its offsets are still needed.
    data.texts.push_back({std::move(window.encoding.ids), std::move(window.encoding.type_ids)});
    questions.answers.push_back(answer_tokens(window, begin, end));
    questions.windows.push_back(std::move(window));
  }
  questions.first_window.push_back(data.texts.size());
  questions.contexts.push_back(example.pair);
  auto& accepted = questions.accepted.emplace_back();
  for (const Answer& each : example.answers) accepted.push_back(each.text);
}

void require_same_pairs(const Dataset& dataset, const Task& task) {
  if (dataset.has_pair != task.pair)
    throw Error(dataset.path.string() + ": expected " +
                (task.pair ? "pairs of texts" : "single texts, not pairs") +
                " as in the training file");
}

}  // namespace

std::vector<EncodedText> encode_example(const Example& example, const Task& task,
                                        const Tokenizer& tokenizer, bool* truncated) {
  std::vector<Encoding> encodings;
  if (task.kind == TaskKind::kQuestionAnswering)
    for (QuestionWindow& window : windows_of(example, task, tokenizer))
      encodings.push_back(std::move(window.encoding));
  else
    encodings.push_back(encode_text(example, task, tokenizer));
  if (truncated) *truncated = encodings.front().truncated;
  std::vector<EncodedText> texts;
  for (Encoding& encoding : encodings)
    texts.push_back({std::move(encoding.ids), std::move(encoding.type_ids)});
  return texts;
}

TaskData encode_task_data(const Dataset& dataset, const Task& task, const Tokenizer& tokenizer) {
  require_task(dataset, task.kind);
  require_same_pairs(dataset, task);
  if (!dataset.has_label)
    throw Error(dataset.path.string() + ": expected " +
                (task.kind == TaskKind::kQuestionAnswering ? "an answer for every question"
                                                           : "a label for every text"));
  TaskData data;
  data.texts.reserve(dataset.examples.size());
  for (const Example& example : dataset.examples) {
    if (task.kind == TaskKind::kTagging)
      encode_tagged(dataset, example, task, tokenizer, data);
    else if (task.kind == TaskKind::kQuestionAnswering)
      encode_question(example, task, tokenizer, data);
    else
      encode_whole_text(dataset, example, task, tokenizer, data);
  }
  return data;
}

std::size_t add_unlabeled_texts(TaskData& data, const Dataset& dataset, const TaskData& held_out,
                                const Task& task, const Tokenizer& tokenizer) {
  if (task.per_token())
    throw Error(dataset.path.string() + ": unlabelled texts do not fit " + task_name(task.kind));
  require_same_pairs(dataset, task);
  std::set<std::vector<std::int32_t>> known;  // a pair's tokens tell its parts by [SEP]
  for (const TaskData* there : {static_cast<const TaskData*>(&data), &held_out})
    for (const EncodedText& text : there->texts) known.insert(text.ids);
  std::size_t left_out = 0;
  for (const Example& example : dataset.examples) {
    add_text(data, encode_text(example, task, tokenizer));
    if (known.insert(data.texts.back().ids).second) {
      ++data.unlabeled;
    } else {
      data.texts.pop_back();
      ++left_out;
    }
  }
  return left_out;
}

}  // namespace bitcpp
