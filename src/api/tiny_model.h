// For tests: a small model of random weights for every task.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "format/packed_model.h"
#include "model/random_model.h"

namespace bitcpp {

inline const std::map<std::string, std::vector<std::string>>& tiny_labels() {
  static const std::map<std::string, std::vector<std::string>> labels = {
      {"classification", {"music", "weather"}},
      {"regression", {"score"}},
      {"tagging", {"B-PER", "I-PER", "O", "B-LOC", "I-LOC"}},
      {"question-answering", {}}};
  return labels;
}

/// Writes FOLDER/TASK.safetensors and returns its path.
inline std::filesystem::path write_tiny_model(const std::string& task,
                                              const std::filesystem::path& folder) {
  PackedConfig config = random_shape("2x64x4x96");
  config.vocab_size = 12;
  config.max_length = 20;
  config.task = task;
  config.pair = task == "question-answering";
  config.stride = 4;
  config.labels = tiny_labels().at(task);
  RandomModel random = random_model(config);
  random.model.vocabulary =
      "[PAD]\n[UNK]\n[CLS]\n[SEP]\nplay\nsome\njazz\nrock\nthe\nweather\nin\nparis\n";
  if (task == "regression") random.model.config.labels.clear();  // it only set the outputs
  const std::filesystem::path path = folder / (task + ".safetensors");
  write_packed_model(path, random.model);
  return path;
}

}  // namespace bitcpp
