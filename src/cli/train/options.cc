#include "base/error.h"
#include "cli/train/commands.h"

namespace bitcpp {

std::optional<TaskKind> parse_task(const std::string& name) {
  if (name.empty()) return {};
  if (name == "classification") return TaskKind::kClassification;
  if (name == "regression") return TaskKind::kRegression;
  throw Error("--task " + name + ": expected classification or regression");
}

DistillInputs TrainingOptions::complete() const {
  DistillInputs complete = inputs;
  if (!columns.empty()) complete.columns = parse_columns(columns);
  complete.task = parse_task(task);
  return complete;
}

void add_training_options(CLI::App& command, TrainingOptions& options) {
  command
      .add_option("--model", options.inputs.model,
                  "folder of a BERT model in Hugging Face's layout")
      ->required();
  command.add_option("--train", options.inputs.train, "training file: TSV, CSV or JSONL, .gz too")
      ->required();
  command.add_option("--dev", options.inputs.dev, "file to measure on, same layout")->required();
  command.add_option("--out", options.inputs.out, "folder for the result")->required();
  command.add_option(
      "--columns", options.columns,
      "which columns hold what: text=NAME,pair=NAME,label=NAME (names, or numbers from 1)");
  command.add_option("--task", options.task,
                     "classification or regression; guessed from the labels");
  command.add_option("--set", options.settings, "change the recipe: KEY=VALUE or STAGE.KEY=VALUE")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  command.add_flag("--resume", options.inputs.resume, "go on with an interrupted run in --out");
  command.add_flag("--json", options.json, "print the report as JSON");
}

}  // namespace bitcpp
