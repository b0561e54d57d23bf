#include "augment/augment.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/train/commands.h"

namespace bitcpp {
namespace {

struct AugmentCommand {
  std::filesystem::path model, in, out;
  std::string columns;
  AugmentOptions options;
  bool json = false;
};

void run_augment(const AugmentCommand& command) {
  if (command.out.extension() != ".tsv")
    throw Error("--out " + command.out.string() + ": expected a name that ends in .tsv");
  const ColumnMap columns = command.columns.empty() ? ColumnMap() : parse_columns(command.columns);
  const AugmentSummary summary =
      augment(command.model, command.in, command.out, columns, command.options);
  if (command.json)
    std::cout << nlohmann::json{{"texts", summary.texts}, {"written", summary.written}}.dump()
              << "\n";
  else
    std::cout << summary.written << " rows in " << command.out.string() << ", " << summary.texts
              << " of them as they were\n";
}

}  // namespace

CLI::App* add_augment_command(CLI::App& app, int&) {
  auto options = std::make_shared<AugmentCommand>();
  CLI::App* command =
      app.add_subcommand("augment", "Make more training texts by replacing words that fit");
  command
      ->add_option("--model", options->model,
                   "folder of a BERT model with its head for masked words")
      ->required();
  command->add_option("--in", options->in, "task file: TSV, CSV or JSONL, .gz too")->required();
  command->add_option("--out", options->out, "task file to write, .tsv")->required();
  command->add_option("--copies", options->options.copies, "new texts for each")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--probability", options->options.probability, "of a word to be replaced")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--candidates", options->options.candidates, "words to draw from")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--seed", options->options.seed, "of the draws")->capture_default_str();
  command->add_option("--columns", options->columns, "text=NAME,pair=NAME,label=NAME");
  command->add_flag("--json", options->json, "print JSON");
  command->footer(
      "A word of one piece is replaced by BERT's guesses for it, others by neighbours in the word "
      "embedding.\n"
      "Labels are kept. Give the result to bit distill as --train, or without trusting its labels "
      "as --unlabeled.\n\n"
      "Example:\n"
      "  bit augment --model bert-base-uncased --in train.tsv --out augmented.tsv --copies 10");
  command->callback([options] { run_augment(*options); });
  return command;
}

}  // namespace bitcpp
