// `bit eval`: the metrics of a packed model over a labelled file.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/eval_frame.h"
#include "cli/text_length.h"
#include "data/dataset.h"
#include "metrics/task_metrics.h"
#include "model/predictor.h"

namespace bitcpp {
namespace {

/// Texts per call of the predictor: enough for every thread, little memory.
constexpr std::size_t kChunk = 4096;

std::vector<Prediction> predict_all(Predictor& predictor, const Dataset& dataset, bool pair) {
  std::vector<Prediction> all;
  std::vector<TextInput> inputs;
  for (std::size_t first = 0; first < dataset.examples.size(); first += kChunk) {
    inputs.clear();
    const std::size_t last = std::min(first + kChunk, dataset.examples.size());
    for (std::size_t i = first; i < last; ++i) {
      const Example& example = dataset.examples[i];
      inputs.push_back({example.text, example.pair, pair});
    }
    for (Prediction& prediction : predictor.predict(inputs)) all.push_back(std::move(prediction));
  }
  return all;
}

nlohmann::ordered_json classification(const Dataset& dataset, const PackedConfig& config,
                                      const std::vector<Prediction>& predictions) {
  const LabelMap labels(config.labels);
  std::vector<int> actual, predicted;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    actual.push_back(labels.index(dataset, dataset.examples[i]));
    predicted.push_back(predictions[i].label);
  }
  return classification_metrics(predicted, actual, config.labels.size());
}

nlohmann::ordered_json regression(const Dataset& dataset,
                                  const std::vector<Prediction>& predictions) {
  std::vector<double> actual, predicted;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    actual.push_back(numeric_label(dataset, dataset.examples[i]));
    predicted.push_back(predictions[i].score);
  }
  return regression_metrics(predicted, actual);
}

void check_fit(const Dataset& dataset, const PackedConfig& config) {
  const std::string path = dataset.path.string();
  if (dataset.examples.empty()) throw Error(path + ": no examples");
  if (!dataset.has_label)
    throw Error(path + ": no labels, expected a label column to compare with");
  if (config.pair && !dataset.has_pair) {
    throw Error(
        path +
        ": no second text, but this model judges pairs; name the column with --columns pair=...");
  }
}

void count_truncated(const Dataset& dataset, const std::vector<Prediction>& predictions,
                     const PredictorOptions& options, std::size_t max_length) {
  std::size_t truncated = 0;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    if (predictions[i].truncated && options.long_text == LongText::kRefuse) {
      throw Error(dataset.path.string() + ":" + std::to_string(dataset.examples[i].line) +
                  ": expected at most " + std::to_string(max_length) + " tokens");
    }
    truncated += predictions[i].truncated;
  }
  report_truncated(truncated, predictions.size(), max_length);
}

void run_eval(const EvalOptions& options) {
  if (std::filesystem::is_directory(options.model)) hand_to_bit_train();
  PredictorOptions truncating = options.predictor;  // so that a refusal can name the line
  truncating.long_text = LongText::kTruncate;
  Predictor predictor = Predictor::open(options.model, truncating);
  const ColumnMap columns = options.columns.empty() ? ColumnMap{} : parse_columns(options.columns);
  const Dataset dataset = read_dataset(options.data, columns);
  check_fit(dataset, predictor.config());
  const std::vector<Prediction> predictions =
      predict_all(predictor, dataset, predictor.config().pair);
  const nlohmann::ordered_json result =
      predictor.regression() ? regression(dataset, predictions)
                             : classification(dataset, predictor.config(), predictions);
  count_truncated(dataset, predictions, options.predictor, predictor.max_length());
  print_metrics(result, options.json);
}

}  // namespace

CLI::App* add_eval_command(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("eval", "Measure a model on a labelled file");
  const auto options = std::make_shared<EvalOptions>();
  command
      ->add_option("model", options->model,
                   "Packed model, or a Hugging Face folder (needs bit-train)")
      ->required();
  add_eval_options(*command, *options);
  command->footer(
      "Prints n and what fits the task: accuracy, f1, matthews or pearson, spearman.\n\n"
      "Example:\n  bit eval models/snips-minilm-w1a1.safetensors --data "
      "examples/snips/valid.tsv");
  command->callback([options] { run_eval(*options); });
  return command;
}

}  // namespace bitcpp
