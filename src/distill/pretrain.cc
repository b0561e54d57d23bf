#include "distill/pretrain.h"

#include <cstdio>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "distill/corpus.h"
#include "distill/stage_runner.h"
#include "distill/task_setup.h"
#include "report/page.h"
#include "train/folder.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string full_path(const fs::path& path) {
  return fs::absolute(path).lexically_normal().string();
}

/// The folder's body; whatever head it has is left out.
NetworkConfig body_config(const fs::path& model) {
  NetworkConfig config = read_network_config(model);
  if (config.quantized())
    throw Error(model.string() + ": expected a full-precision backbone, this one is 1-bit already");
  config.labels.clear();
  config.task = TaskKind::kClassification;
  config.pair = false;
  return config;
}

/// What a resumed run must have in common with its beginning.
std::string inputs_text(const PretrainInputs& inputs) {
  json text = {{"model", full_path(inputs.model)}};
  for (const fs::path& path : inputs.texts) text["texts"].push_back(full_path(path));
  if (!inputs.dev.empty()) text["dev"] = full_path(inputs.dev);
  return text.dump(1) + "\n";
}

class Pretraining {
 public:
  Pretraining(const PretrainInputs& inputs, const Recipe& recipe)
      : inputs_(inputs),
        recipe_(recipe),
        config_(body_config(inputs.model)),
        device_(training_device()),
        tokenizer_(Tokenizer::from_folder(inputs.model)),
        task_(task(recipe)),
        corpus_(read_corpus(inputs.texts, inputs.dev, inputs.columns, tokenizer_, task_.max_length,
                            recipe.seed)),
        backbone_(load_network(inputs.model, config_, device_, recipe.seed)),
        folder_(inputs.out, to_toml(recipe), inputs_text(inputs), inputs.resume),
        log_(folder_.path() / "log.jsonl"),
        run_{recipe_, task_, corpus_.train, corpus_.held_out, folder_.path(), log_, inputs.model},
        runner_(folder_, inputs.model) {}

  json run() {
    std::fprintf(stderr, "%zu texts to learn from, %zu held out; network %ldx%ld; recipe %s\n",
                 corpus_.train.texts.size(), corpus_.held_out.texts.size(),
                 static_cast<long>(config_.num_hidden_layers),
                 static_cast<long>(config_.hidden_size), recipe_.name.c_str());
    std::optional<Network> previous;
    for (const StageRecipe& stage : recipe_.stages) {
      const auto source = [&](Source from) -> Network& {
        return previous && from == Source::kPrevious ? *previous : backbone_;
      };
      Network student = runner_.run(
          stage,
          [&] {
            NetworkConfig config = config_;
            config.quantization = stage.quantization;
            Network fresh(config, device_, recipe_.seed);
            fresh.copy_from(source(stage.start).parameters());
            fresh.forget_scales();
            return fresh;
          },
          &source(stage.teacher), run_);
      previous = std::move(student);
    }
    json report = {{"recipe", recipe_.name},
                   {"texts", corpus_.train.texts.size()},
                   {"held_out", corpus_.held_out.texts.size()},
                   {"stages", runner_.stages()}};
    write_file(folder_.path() / "report.json", report.dump(1) + "\n");
    write_report(folder_.path());
    return report;
  }

 private:
  Task task(const Recipe& recipe) {
    if (static_cast<std::int64_t>(tokenizer_.vocabulary_size()) > config_.vocab_size)
      throw Error(inputs_.model.string() + ": the vocabulary has " +
                  std::to_string(tokenizer_.vocabulary_size()) + " tokens, config.json says " +
                  std::to_string(config_.vocab_size));
    Task task;
    task.max_length = checked_length(inputs_.model, config_, recipe.max_length);
    return task;
  }

  const PretrainInputs& inputs_;
  const Recipe& recipe_;
  NetworkConfig config_;
  torch::Device device_;
  Tokenizer tokenizer_;
  Task task_;
  Corpus corpus_;
  Network backbone_;
  RunFolder folder_;
  RunLog log_;
  RunContext run_;
  StageRunner runner_;
};

}  // namespace

json pretrain(const PretrainInputs& inputs, const Recipe& recipe) {
  return Pretraining(inputs, recipe).run();
}

}  // namespace bitcpp
