#include "base/error.h"
#include "cli/train/commands.h"

namespace bitcpp {

std::optional<TaskKind> parse_task(const std::string& name) {
  if (name.empty()) return {};
  if (const auto task = task_by_name(name)) return task;
  throw Error("--task " + name + ": expected classification, regression, tagging or qa");
}

namespace {

/// "STAGE=DIR" or "DIR"; what stands before the first = is a stage when it is a plain name.
StartFolder parse_start(const std::string& argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos || argument.find('/') < equals) return {"", argument};
  if (equals == 0 || equals + 1 == argument.size())
    throw Error("--start " + argument + ": expected DIR or STAGE=DIR");
  return {argument.substr(0, equals), argument.substr(equals + 1)};
}

}  // namespace

CLI::Option* repeatable(CLI::Option* option, const char* type) {
  return option->type_name(type)->take_all()->expected(1)->allow_extra_args(false);
}

void add_setting_option(CLI::App& command, std::vector<std::string>& settings) {
  repeatable(
      command.add_option("--set", settings, "change the recipe: KEY=VALUE or STAGE.KEY=VALUE"),
      "KEY=VALUE");
}

DistillInputs TrainingOptions::complete() const {
  DistillInputs complete = inputs;
  if (!columns.empty()) complete.columns = parse_columns(columns);
  complete.task = parse_task(task);
  for (const std::string& start : starts) complete.starts.push_back(parse_start(start));
  return complete;
}

void add_training_options(CLI::App& command, TrainingOptions& options) {
  command
      .add_option("--model", options.inputs.model,
                  "folder of a BERT model in Hugging Face's layout")
      ->required();
  command
      .add_option("--train", options.inputs.train,
                  "training file: TSV, CSV, JSONL, CoNLL columns or SQuAD JSON, .gz too")
      ->required();
  command.add_option("--dev", options.inputs.dev, "file to measure on, same layout")->required();
  command.add_option("--out", options.inputs.out, "folder for the result")->required();
  command.add_option(
      "--columns", options.columns,
      "which columns hold what: text=NAME,pair=NAME,label=NAME (names, or numbers from 1)");
  command.add_option(
      "--task", options.task,
      "classification, regression, tagging or qa; seen from the file and its labels");
  add_setting_option(command, options.settings);
  command.add_flag("--resume", options.inputs.resume, "go on with an interrupted run in --out");
  command.add_flag("--json", options.json, "print the report as JSON");
}

void add_student_options(CLI::App& command, TrainingOptions& options) {
  repeatable(command.add_option("--unlabeled", options.inputs.unlabeled,
                                "more texts for the students, which need no labels: a task file or "
                                "plain lines, .gz too; may be given again"),
             "FILE");
  repeatable(command.add_option("--start", options.starts,
                                "1-bit weights that a stage (the first, if none is named) starts "
                                "from: a folder that pretrain or distill made; may be given again"),
             "[STAGE=]DIR");
  command
      .add_option("--max-drop", options.inputs.max_drop,
                  "points that the result may lose against the teacher: the recipe's stages are "
                  "tried from the last, the cheapest, backwards, and the first that keeps to it is "
                  "the result")
      ->check(CLI::Range(0.0, 100.0))
      ->type_name("POINTS");
}

}  // namespace bitcpp
