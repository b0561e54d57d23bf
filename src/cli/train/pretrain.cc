#include "distill/pretrain.h"

#include <cstdio>
#include <iostream>

#include "cli/train/commands.h"

namespace bitcpp {
namespace {

struct PretrainOptions {
  PretrainInputs inputs;
  std::string columns, recipe = "pretrain";
  std::vector<std::string> settings;
  bool json = false;
};

void print(const nlohmann::json& report, const PretrainOptions& options) {
  if (options.json) {
    std::cout << report.dump(1) << "\n";
    return;
  }
  char line[160];
  std::snprintf(line, sizeof line, "%-14s %12s %10s\n", "", "hidden loss", "explained");
  std::cout << line;
  for (const nlohmann::json& stage : report["stages"]) {
    std::snprintf(
        line, sizeof line, "%-14s %12.4f %8.2f %%\n", stage["name"].get<std::string>().c_str(),
        stage["dev"]["hidden_loss"].get<double>(), 100 * stage["dev"]["explained"].get<double>());
    std::cout << line;
  }
  const std::string last = report["stages"].back()["name"];
  std::cout << "start from it: bit distill --start " << (options.inputs.out / last).string()
            << "\n";
}

}  // namespace

CLI::App* add_pretrain_command(CLI::App& app, int&) {
  auto options = std::make_shared<PretrainOptions>();
  CLI::App* command =
      app.add_subcommand("pretrain", "Make a backbone 1-bit on plain text, before any task");
  command
      ->add_option("--model", options->inputs.model,
                   "folder of a BERT model in Hugging Face's layout")
      ->required();
  repeatable(command->add_option("--text", options->inputs.texts,
                                 "texts: plain lines, or the text columns of a TSV, CSV or JSONL "
                                 "file, .gz too; may be given again"),
             "FILE")
      ->required();
  command->add_option("--dev", options->inputs.dev,
                      "texts to measure on; else one in 50 of the others is held out");
  command->add_option("--out", options->inputs.out, "folder for the result")->required();
  command->add_option("--columns", options->columns, "text=NAME,pair=NAME, in files with columns");
  command->add_option("--recipe", options->recipe, "a recipe's name or a .toml file")
      ->capture_default_str();
  add_setting_option(*command, options->settings);
  command->add_flag("--resume", options->inputs.resume, "go on with an interrupted run in --out");
  command->add_flag("--json", options->json, "print the report as JSON");
  command->footer(
      "Every stage learns the hidden states of the network before it. OUT/STAGE is a folder of "
      "weights that\n"
      "bit distill takes with --start.\n\n"
      "Example:\n"
      "  bit pretrain --model minilm --text news.txt.gz --text train.tsv --out minilm-1bit");
  command->callback([options] {
    if (!options->columns.empty()) options->inputs.columns = parse_columns(options->columns);
    print(pretrain(options->inputs, load_recipe(options->recipe, options->settings)), *options);
  });
  return command;
}

}  // namespace bitcpp
