// `bit eval`: the metrics of a packed model over a labelled file.
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/eval_frame.h"
#include "cli/text_length.h"
#include "data/dataset.h"
#include "evaluate/evaluate.h"
#include "evaluate/predictions.h"

namespace bitcpp {
namespace {

void score_answers(const EvalOptions& options) {
  const Dataset questions = read_dataset(options.data);
  const ScoredPredictions scored = score_predictions(options.model, questions);
  if (scored.missing > 0)
    std::cerr << options.model << ": no answer to " << scored.missing << " of "
              << questions.examples.size() << " questions, which count as wrong\n";
  print_metrics(scored.metrics, options.json);
}

void run_eval(const EvalOptions& options) {
  if (std::filesystem::is_directory(options.model)) hand_to_bit_train();
  if (std::filesystem::path(options.model).extension() == ".json") return score_answers(options);
  Encoder encoder = Encoder::open(options.model);
  const ColumnMap columns = options.columns.empty() ? ColumnMap{} : parse_columns(options.columns);
  const Dataset dataset = read_dataset(options.data, columns);
  PredictorOptions truncating = options.predictor;  // so that a refusal can name the line
  truncating.long_text = LongText::kTruncate;
  const Evaluation evaluation = evaluate(std::move(encoder), dataset, truncating);
  if (!evaluation.truncated.empty() && options.predictor.long_text == LongText::kRefuse) {
    const std::size_t line = dataset.examples[evaluation.truncated.front()].line;
    throw Error(dataset.path.string() + ":" + std::to_string(line) + ": expected at most " +
                std::to_string(evaluation.max_length) + " tokens");
  }
  report_truncated(evaluation.truncated.size(), dataset.examples.size(), evaluation.max_length);
  print_metrics(evaluation.metrics, options.json);
}

}  // namespace

CLI::App* add_eval_command(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("eval", "Measure a model on a labelled file");
  const auto options = std::make_shared<EvalOptions>();
  command
      ->add_option("model", options->model,
                   "Packed model; a Hugging Face folder (needs bit-train); or a .json of SQuAD's "
                   "question ids and answers")
      ->required();
  add_eval_options(*command, *options);
  command->footer(
      "Prints n and what fits the task: accuracy, f1, matthews; pearson, spearman; precision, "
      "recall, f1, accuracy; or exact_match, f1.\n\n"
      "Example:\n  bit eval models/snips-minilm-w1a1.safetensors --data "
      "examples/snips/valid.tsv\n  bit eval predictions.json --data dev-v1.1.json");
  command->callback([options] { run_eval(*options); });
  return command;
}

}  // namespace bitcpp
