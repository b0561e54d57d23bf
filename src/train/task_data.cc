#include "train/task_data.h"

#include "base/error.h"

namespace bitcpp {

TaskData encode_task_data(const Dataset& dataset, const Task& task, const Tokenizer& tokenizer) {
  const std::string where = dataset.path.string();
  if (dataset.has_pair != task.pair)
    throw Error(where + ": expected " + (task.pair ? "pairs of texts" : "single texts, not pairs") +
                " as in the training file");
  if (!dataset.has_label) throw Error(where + ": expected a label for every text");
  TaskData data;
  data.texts.reserve(dataset.examples.size());
  const auto length = static_cast<std::size_t>(task.max_length);
  for (const Example& example : dataset.examples) {
    Encoding encoding = task.pair ? tokenizer.encode(example.text, example.pair, length)
                                  : tokenizer.encode(example.text, length);
    data.truncated += encoding.truncated;
    data.texts.push_back({std::move(encoding.ids), std::move(encoding.type_ids)});
    if (task.regression())
      data.values.push_back(static_cast<float>(numeric_label(dataset, example)));
    else
      data.classes.push_back(task.labels.index(dataset, example));
  }
  return data;
}

}  // namespace bitcpp
