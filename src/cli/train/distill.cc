#include <cstdio>
#include <iostream>

#include "base/error.h"
#include "cli/train/commands.h"
#include "distill/measure.h"

namespace bitcpp {
namespace {

/// What was tried, a line each, below which the table follows.
void print_dial(const nlohmann::json& dial) {
  std::printf("\nat most %.2f points below the teacher, that is %.2f %%:\n",
              dial["max_drop"].get<double>(), 100 * dial["target"].get<double>());
  for (const nlohmann::json& rung : dial["tried"]) {
    const std::string name = rung["name"], verdict = rung["verdict"];
    if (verdict == "skipped")
      std::printf("%-18s %10s  skipped: it learns from %s, which misses\n", name.c_str(), "",
                  rung["because"].get<std::string>().c_str());
    else
      std::printf("%-18s %8.2f %%  %s\n", name.c_str(), 100 * rung["metric"].get<double>(),
                  verdict.c_str());
  }
  if (!dial["reached"].get<bool>())
    std::printf("none is good enough; the best of them is the result\n");
  std::fflush(stdout);
}

void print_report(const nlohmann::json& report, const TrainingOptions& options) {
  if (options.json) {
    std::cout << report.dump(1) << "\n";
    return;
  }
  const nlohmann::json& verified = report["verify"];
  if (report.contains("dial")) print_dial(report["dial"]);
  std::cout << "\n" << table_text(report["rows"], report["metric"]);
  if (verified.is_null()) return;
  std::cout << "\npacked = trained: " << 100 * verified["equal_labels"].get<double>()
            << " % of labels equal, largest logit difference "
            << verified["max_logit_difference"].get<double>()
            << "\nthe model: " << (options.inputs.out / "model.safetensors").string() << "\n";
}

void run_distill(const TrainingOptions& options, int& status) {
  const Recipe recipe = load_recipe(options.recipe, options.settings);
  const nlohmann::json report = distill(options.complete(), recipe);
  print_report(report, options);
  const bool missed = report.contains("dial") && !report["dial"]["reached"].get<bool>();
  const nlohmann::json& verified = report["verify"];
  const bool differs = !verified.is_null() && !verified["passed"].get<bool>();
  if (missed || differs) status = kNegative;
}

}  // namespace

CLI::App* add_distill_command(CLI::App& app, int& status) {
  auto options = std::make_shared<TrainingOptions>();
  CLI::App* command =
      app.add_subcommand("distill", "Make a 1-bit model from a BERT folder and a task file");
  add_training_options(*command, *options);
  add_student_options(*command, *options);
  command->add_option("--recipe", options->recipe, "a recipe's name or a .toml file")
      ->capture_default_str();
  command->footer(
      "Fine-tunes a teacher if the folder has no head for the task, distills it stage by stage, "
      "packs, verifies\n"
      "and prints a table. Exit status 1: packed and trained differ, or no stage keeps to "
      "--max-drop.\n\n"
      "Examples:\n"
      "  bit distill --model minilm --train train.tsv --dev dev.tsv --out my-model\n"
      "  bit distill --model minilm --train a.csv --dev b.csv --columns text=body,label=topic "
      "--out my-model \\\n"
      "      --recipe best --set w1a1.epochs=20\n"
      "  bit distill --model minilm --train few.tsv --dev dev.tsv --unlabeled many.txt.gz --out "
      "my-model\n"
      "  bit distill --model minilm --train train.tsv --dev dev.tsv --recipe dial --max-drop 1.0 "
      "--out my-model");
  command->callback([options, &status] { run_distill(*options, status); });
  return command;
}

CLI::App* add_train_command(CLI::App& app, int& status) {
  auto options = std::make_shared<TrainingOptions>();
  CLI::App* command = app.add_subcommand("train", "Run the stages of a recipe file");
  command->add_option("recipe", options->recipe, "a .toml file")->required();
  add_training_options(*command, *options);
  add_student_options(*command, *options);
  command->footer(
      "Example:\n"
      "  bit train my-recipe.toml --model minilm --train train.tsv --dev dev.tsv --out my-model");
  command->callback([options, &status] { run_distill(*options, status); });
  return command;
}

CLI::App* add_finetune_command(CLI::App& app, int&) {
  auto options = std::make_shared<TrainingOptions>();
  CLI::App* command = app.add_subcommand("finetune", "Train a full-precision teacher on a task");
  add_training_options(*command, *options);
  command->add_option("--recipe", options->recipe, "whose [teacher] table to use")
      ->capture_default_str();
  command->footer(
      "Leaves a folder that bit distill takes as --model and transformers opens.\n\n"
      "Example:\n"
      "  bit finetune --model minilm --train train.tsv --dev dev.tsv --out teacher --set "
      "teacher.epochs=3");
  command->callback([options] {
    const nlohmann::json summary =
        finetune(options->complete(), load_recipe(options->recipe, options->settings));
    std::cout << (options->json ? summary.dump(1) : summary["dev"].dump()) << "\n";
  });
  return command;
}

}  // namespace bitcpp
