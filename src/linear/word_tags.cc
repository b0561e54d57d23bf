#include "linear/word_tags.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metrics/task_metrics.h"

namespace bitcpp {
namespace {

using Counts = std::vector<std::uint32_t>;

std::string_view text_of(const Example& example, const TaggedWord& word) {
  return std::string_view(example.text).substr(word.begin, word.end - word.begin);
}

std::size_t most_frequent(const Counts& counts) {
  return static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

}  // namespace

WordTagBaseline word_tag_baseline(const Dataset& train, const Dataset& dev) {
  const LabelMap labels = LabelMap::from(train);
  const std::vector<std::string>& names = labels.names();
  std::unordered_map<std::string_view, Counts> counts;
  Counts all(names.size());
  for (const Example& example : train.examples)
    for (const TaggedWord& word : example.words) {
      const auto label = static_cast<std::size_t>(labels.index(train, word));
      auto& own = counts.try_emplace(text_of(example, word), names.size()).first->second;
      ++own[label];
      ++all[label];
    }
  std::unordered_map<std::string_view, std::size_t> usual;
  for (const auto& [word, own] : counts) usual[word] = most_frequent(own);
  const std::size_t otherwise = most_frequent(all);

  TagScore score;
  std::chrono::duration<double, std::micro> spent{0};
  for (const Example& example : dev.examples) {
    std::vector<std::string_view> predicted, actual;
    const auto start = std::chrono::steady_clock::now();
    for (const TaggedWord& word : example.words) {
      const auto found = usual.find(text_of(example, word));
      predicted.push_back(names[found == usual.end() ? otherwise : found->second]);
    }
    spent += std::chrono::steady_clock::now() - start;
    for (const TaggedWord& word : example.words)
      actual.push_back(names[static_cast<std::size_t>(labels.index(dev, word))]);
    score.add(predicted, actual);
  }
  return {tagging_metrics(score, names), spent.count() / static_cast<double>(dev.examples.size())};
}

}  // namespace bitcpp
