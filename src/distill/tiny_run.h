// For tests: a backbone, a task that a few words decide, and a recipe, in a folder of the test's
// own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/file.h"
#include "distill/distill.h"
#include "train/folder.h"
#include "train/libtorch.h"
#include "train/tiny_task.h"

namespace bitcpp {

inline const char* const kTinyRecipe = R"(
max_length = 16
checkpoint_seconds = 0.0
stages = ["w1a2", "w1a1"]
[teacher]
epochs = 6
batch = 16
learning_rate = 2e-3
dropout = 0.1
[w1a2]
activation_bits = 2
weight_scale = "row"
epochs = 6
batch = 16
learning_rate = 2e-3
dropout = 0.1
[w1a1]
weight_scale = "row"
epochs = 6
batch = 16
learning_rate = 2e-3
)";

/// Everything `distill` and `pretrain` need, in TempDir()/distill_NAME.
struct Bench {
  std::filesystem::path folder;

  explicit Bench(const std::string& name)
      : folder(std::filesystem::path(testing::TempDir()) / ("distill_" + name)) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder / "vocabulary");
    std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    for (int i = 5; i < 30; ++i) vocabulary += "w" + std::to_string(i) + "\n";
    write_file(folder / "vocabulary/vocab.txt", vocabulary);
    NetworkConfig config = tiny_config({});
    config.labels.clear();
    save_network(folder / "backbone", Network(config, torch::kCPU, 5), folder / "vocabulary");
    write_file(folder / "train.tsv", rows(tiny_texts(240)));
    write_file(folder / "dev.tsv", rows(tiny_texts(60)));
    write_file(folder / "recipe.toml", kTinyRecipe);
  }

  /// Label: whether the first word's number is below 15.
  static std::string rows(const std::vector<EncodedText>& texts) {
    std::string rows = "text\tlabel\n";
    for (const EncodedText& text : texts) {
      std::string line;
      for (std::size_t i = 1; i + 1 < text.ids.size(); ++i)
        line += (i > 1 ? " w" : "w") + std::to_string(text.ids[i]);
      rows += line + (text.ids[1] < 15 ? "\tlow\n" : "\thigh\n");
    }
    return rows;
  }

  DistillInputs inputs(const std::string& out, bool resume = false) const {
    return {folder / "backbone",
            folder / "train.tsv",
            folder / "dev.tsv",
            folder / out,
            {},
            {},
            resume,
            {},
            {},
            {}};
  }
  Recipe recipe() const { return load_recipe((folder / "recipe.toml").string(), {}); }
};

}  // namespace bitcpp
