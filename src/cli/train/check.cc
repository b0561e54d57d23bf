// eval and verify: what a trained folder answers, and whether the packed file answers the same.
#include <ATen/Parallel.h>

#include <iostream>

#include "base/error.h"
#include "cli/eval_frame.h"
#include "cli/text_length.h"
#include "cli/train/commands.h"
#include "distill/task_setup.h"
#include "pack/verify.h"
#include "train/evaluation.h"
#include "train/folder.h"

namespace bitcpp {
namespace {

struct CheckOptions : EvalOptions {
  std::filesystem::path against;
};

/// A trained folder with a task head, and a file encoded for it.
struct Trained {
  NetworkConfig config;
  Task task;
  Network network;
  TaskData data;
};

/// Names the line of the first text that is too long.
void refuse_long_text(const Dataset& file, const Task& task, const Tokenizer& tokenizer) {
  for (const Example& example : file.examples) {
    bool truncated = false;
    encode_example(example, task, tokenizer, &truncated);
    if (truncated)
      throw Error(file.path.string() + ":" + std::to_string(example.line) + ": expected at most " +
                  std::to_string(task.max_length) + " tokens");
  }
}

Trained open_trained(const std::filesystem::path& folder, const EvalOptions& options) {
  at::set_num_threads(options.predictor.threads);
  NetworkConfig config = read_network_config(folder);
  if (!config.has_head())
    throw Error(folder.string() + ": has no head for a task; bit finetune makes one");
  Task task = task_of(config);
  const Dataset file = read_dataset(
      options.data, options.columns.empty() ? ColumnMap() : parse_columns(options.columns));
  // A folder of somebody else does not say whether it was trained on pairs.
  task.pair = config.pair || file.has_pair;
  if (options.predictor.max_length > static_cast<std::size_t>(config.max_position_embeddings))
    throw Error("a maximum of " + std::to_string(options.predictor.max_length) +
                " tokens, expected 3 to " + std::to_string(config.max_position_embeddings));
  if (options.predictor.max_length > 0)
    task.max_length = static_cast<std::int64_t>(options.predictor.max_length);
  const Tokenizer tokenizer = Tokenizer::from_folder(folder);
  TaskData data = encode_task_data(file, task, tokenizer);
  if (data.truncated > 0 && options.predictor.long_text == LongText::kRefuse)
    refuse_long_text(file, task, tokenizer);
  report_truncated(data.truncated, data.texts.size(), static_cast<std::size_t>(task.max_length));
  return {config, task, load_network(folder, config, torch::kCPU, 1), std::move(data)};
}

void run_verify(const CheckOptions& options, int& status) {
  const Encoder packed = Encoder::open(options.model);
  if (!read_network_config(options.against).quantized())
    throw Error(options.against.string() +
                ": expected a folder of a binarized network, as STAGE in distill's --out");
  Trained trained = open_trained(options.against, options);
  const Verification result = verify(packed, trained.network, trained.data, trained.task);
  if (!result.passed) status = kNegative;
  if (options.json) {
    std::cout << result.summary.dump() << "\n";
    return;
  }
  const nlohmann::json& summary = result.summary;
  std::cout << summary["n"] << " texts: " << 100 * summary["equal_labels"].get<double>()
            << " % of labels equal, largest logit difference "
            << summary["max_logit_difference"].get<double>()
            << ", hidden states equal bit for bit in "
            << 100 * summary["equal_hidden_states"].get<double>() << " %\npacked   "
            << summary["packed"].dump() << "\ntrained  " << summary["trained"].dump() << "\n";
  for (const Difference& difference : result.differences)
    std::cout << "text " << difference.text + 1 << ": logits differ by "
              << difference.logit_difference << ", first in hidden state " << difference.layer
              << " at token " << difference.token << ", channel " << difference.channel
              << ": packed " << difference.packed << ", trained " << difference.trained << "\n";
}

}  // namespace

CLI::App* add_eval_command(CLI::App& app, int&) {
  auto options = std::make_shared<EvalOptions>();
  options->predictor.threads = at::get_num_threads();
  CLI::App* command = app.add_subcommand("eval", "Measure a Hugging Face folder on a task file");
  command->add_option("model", options->model, "folder of a fine-tuned or distilled model")
      ->required();
  add_eval_options(*command, *options);
  command->footer("Example:\n  bit eval my-model/teacher --data dev.tsv");
  command->callback([options] {
    Trained trained = open_trained(options->model, *options);
    print_metrics(task_metrics(predict_logits(trained.network, trained.data.texts), trained.data,
                               trained.task),
                  options->json);
  });
  return command;
}

CLI::App* add_verify_command(CLI::App& app, int& status) {
  auto options = std::make_shared<CheckOptions>();
  options->predictor.threads = at::get_num_threads();
  CLI::App* command =
      app.add_subcommand("verify", "Compare a packed model with the trained weights it came from");
  command->add_option("model", options->model, "packed file")->required();
  command->add_option("--against", options->against, "folder of the trained network")->required();
  add_eval_options(*command, *options);
  command->footer(
      "Runs every text through the packed engine and through LibTorch. Exit status 1: a label "
      "differs or a logit\n"
      "is off by more than 1e-3.\n\n"
      "Example:\n  bit verify my-model/model.safetensors --against my-model/w1a1 --data dev.tsv");
  command->callback([options, &status] { run_verify(*options, status); });
  return command;
}

}  // namespace bitcpp
