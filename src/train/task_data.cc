#include "train/task_data.h"

#include <set>

#include "base/error.h"

namespace bitcpp {

namespace {

void require_same_pairs(const Dataset& dataset, const Task& task) {
  if (dataset.has_pair != task.pair)
    throw Error(dataset.path.string() + ": expected " +
                (task.pair ? "pairs of texts" : "single texts, not pairs") +
                " as in the training file");
}

void add_text(TaskData& data, const Example& example, const Task& task,
              const Tokenizer& tokenizer) {
  bool truncated = false;
  data.texts.push_back(encode_example(example, task, tokenizer, &truncated));
  data.truncated += truncated;
}

}  // namespace

EncodedText encode_example(const Example& example, const Task& task, const Tokenizer& tokenizer,
                           bool* truncated) {
  const auto length = static_cast<std::size_t>(task.max_length);
  Encoding encoding = task.pair ? tokenizer.encode(example.text, example.pair, length)
                                : tokenizer.encode(example.text, length);
  if (truncated) *truncated = encoding.truncated;
  return {std::move(encoding.ids), std::move(encoding.type_ids)};
}

TaskData encode_task_data(const Dataset& dataset, const Task& task, const Tokenizer& tokenizer) {
  require_same_pairs(dataset, task);
  if (!dataset.has_label) throw Error(dataset.path.string() + ": expected a label for every text");
  TaskData data;
  data.texts.reserve(dataset.examples.size());
  for (const Example& example : dataset.examples) {
    add_text(data, example, task, tokenizer);
    if (task.regression())
      data.values.push_back(static_cast<float>(numeric_label(dataset, example)));
    else
      data.classes.push_back(task.labels.index(dataset, example));
  }
  return data;
}

std::size_t add_unlabeled_texts(TaskData& data, const Dataset& dataset, const TaskData& held_out,
                                const Task& task, const Tokenizer& tokenizer) {
  require_same_pairs(dataset, task);
  std::set<std::vector<std::int32_t>> known;  // a pair's tokens tell its parts by [SEP]
  for (const TaskData* there : {static_cast<const TaskData*>(&data), &held_out})
    for (const EncodedText& text : there->texts) known.insert(text.ids);
  std::size_t left_out = 0;
  for (const Example& example : dataset.examples) {
    add_text(data, example, task, tokenizer);
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
