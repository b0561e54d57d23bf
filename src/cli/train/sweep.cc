// `bit sweep`: recipes times seeds, one table.
#include "distill/sweep.h"

#include <iostream>

#include "base/file.h"
#include "cli/train/commands.h"
#include "results/document.h"

namespace bitcpp {
namespace {

struct SweepOptions {
  TrainingOptions training;
  SweepInputs sweep;
  std::string store;
};

void run_sweep(SweepOptions& options) {
  SweepInputs& sweep_inputs = options.sweep;
  sweep_inputs.base = options.training.complete();
  sweep_inputs.settings = options.training.settings;
  if (!options.store.empty()) sweep_inputs.store = options.store;
  const std::vector<ResultLine> lines = sweep(sweep_inputs);
  std::string tables;
  for (const TaskSummary& task : summarize(lines)) tables += task_table(task, {});
  write_file(sweep_inputs.base.out / "table.md", tables);
  if (options.training.json)
    std::cout << ResultLine(lines).dump(1) << "\n";
  else
    std::cout << "\n" << tables;
}

}  // namespace

CLI::App* add_sweep_command(CLI::App& app, int&) {
  auto options = std::make_shared<SweepOptions>();
  CLI::App* command =
      app.add_subcommand("sweep", "Run several recipes with several seeds, one table of all");
  command->add_option("--recipes", options->sweep.recipes, "names or .toml files: bit,w1a1-direct")
      ->delimiter(',')
      ->required();
  options->sweep.seeds = {1};
  command->add_option("--seeds", options->sweep.seeds, "one run for each: 1,2,3")
      ->delimiter(',')
      ->capture_default_str();
  add_training_options(*command, options->training);
  command->add_option("--store", options->store,
                      "results store (JSON lines) that every finished run is appended to");
  command->add_option("--task-name", options->sweep.task_name,
                      "what the task is called in the store; default: the training file's folder");
  command->add_option("--metric", options->sweep.metric,
                      "by which it is judged: accuracy, f1, matthews, pearson, spearman, ...");
  command->footer(
      "A teacher is fine-tuned once for each seed and each different [teacher], and shared. The "
      "same\n"
      "command goes on where it was stopped; finished runs are kept. --set changes every "
      "recipe.\n\n"
      "Example:\n"
      "  bit sweep --recipes teacher,w1a2,w1a1-direct,bit --seeds 1,2,3 --model minilm \\\n"
      "      --train sst2/train.tsv --dev sst2/dev.tsv --out sweep --store results/results.jsonl");
  command->callback([options] { run_sweep(*options); });
  return command;
}

}  // namespace bitcpp
