// `bit run`: texts in, one JSON object a line out, in order.
#include <algorithm>
#include <charconv>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/text_length.h"
#include "cli/text_source.h"
#include "model/predictor.h"

namespace bitcpp {
namespace {

struct RunOptions {
  std::string model, file = "-";
  TextFormat format = TextFormat::kAuto;
  int batch = 64, top = 0;
  PredictorOptions predictor;
};

/// The float's shortest decimal form as a double, so that 0.1f prints as 0.1.
double shortest(float value) {
  char digits[32];
  const char* end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  double result = 0;
  std::from_chars(digits, end, result);
  return result;
}

/// Scores by label, all in the model's order or the `top` greatest first.
nlohmann::ordered_json scores_of(const Predictor& predictor, const Prediction& prediction,
                                 int top) {
  std::vector<int> labels(prediction.scores.size());
  std::iota(labels.begin(), labels.end(), 0);
  if (top > 0) {
    const auto score = [&](int label) {
      return prediction.scores[static_cast<std::size_t>(label)];
    };
    std::stable_sort(labels.begin(), labels.end(),
                     [&](int a, int b) { return score(a) > score(b); });
    labels.resize(std::min(labels.size(), static_cast<std::size_t>(top)));
  }
  auto result = nlohmann::ordered_json::object();
  for (int label : labels) {
    result[predictor.label_name(label)] =
        shortest(prediction.scores[static_cast<std::size_t>(label)]);
  }
  return result;
}

std::string json_line(const Predictor& predictor, const SourceText& input,
                      const Prediction& prediction, int top) {
  nlohmann::ordered_json object;
  object["text"] = input.text;
  if (input.has_pair) object["pair"] = input.pair;
  if (!predictor.regression()) object["label"] = predictor.label_name(prediction.label);
  object["score"] = shortest(prediction.score);
  if (!predictor.regression()) object["scores"] = scores_of(predictor, prediction, top);
  if (prediction.truncated) object["truncated"] = true;
  // Bytes that are no UTF-8 come out as U+FFFD, which is how the tokenizer read them.
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Reads and answers in turns. What is wrong with an input is thrown after the answers to those
/// before it.
class Stream {
 public:
  explicit Stream(const RunOptions& options)
      : options_(options),
        predictor_(Predictor::open(options.model, truncating(options.predictor))),
        source_(options.file, options.format, predictor_.config().pair) {}

  void run() {
    bool more = true;
    while (more) {
      more = read_batch();
      answer_batch();
      if (error_ != nullptr) std::rethrow_exception(error_);
      if (!source_.ready()) std::cout.flush();
    }
    report_truncated(truncated_, texts_, predictor_.max_length());
  }

 private:
  /// A refusal has to name the line, and to come after the answers to the lines before it.
  static PredictorOptions truncating(PredictorOptions options) {
    options.long_text = LongText::kTruncate;
    return options;
  }

  /// A batch ends early where the next line is not there yet, so that a pipe gets its answers at
  /// once.
  bool read_batch() {
    batch_.clear();
    try {
      SourceText input;
      do {
        if (!source_.next(input)) return false;
        batch_.push_back(std::move(input));
      } while (batch_.size() < static_cast<std::size_t>(options_.batch) && source_.ready());
    } catch (const Error&) {
      error_ = std::current_exception();
    }
    return true;
  }

  void answer_batch() {
    std::vector<TextInput> inputs;
    for (const SourceText& text : batch_) inputs.push_back({text.text, text.pair, text.has_pair});
    const std::vector<Prediction> predictions = predictor_.predict(inputs);
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      if (predictions[i].truncated && options_.predictor.long_text == LongText::kRefuse) {
        throw Error(batch_[i].location + "expected at most " +
                    std::to_string(predictor_.max_length()) + " tokens");
      }
      truncated_ += predictions[i].truncated;
      ++texts_;
      std::cout << json_line(predictor_, batch_[i], predictions[i], options_.top) << "\n";
    }
  }

  const RunOptions& options_;
  Predictor predictor_;
  TextSource source_;
  std::vector<SourceText> batch_;
  std::exception_ptr error_;
  std::size_t truncated_ = 0, texts_ = 0;
};

}  // namespace

CLI::App* add_run_command(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("run", "Classify texts: lines in, JSON lines out");
  const auto options = std::make_shared<RunOptions>();
  command->add_option("model", options->model, "Packed model")->required();
  command->add_option(
      "file", options->file,
      "Texts, one a line (pair models: two with a tab between), or JSON lines with \"text\" and "
      "\"pair\"; - is standard input");
  const std::map<std::string, TextFormat> formats = {
      {"auto", TextFormat::kAuto}, {"text", TextFormat::kText}, {"jsonl", TextFormat::kJsonl}};
  command->add_option("--format", options->format, "auto, text or jsonl")
      ->transform(CLI::CheckedTransformer(formats).description(""))
      ->option_text("FORMAT");
  command
      ->add_option("--threads", options->predictor.threads, "Threads; results do not depend on it")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--batch", options->batch, "Most texts read before answers are written")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--top", options->top, "Only the K best scores, best first")
      ->check(CLI::Range(1, 1 << 20));
  add_length_options(command, options->predictor);
  command->footer(
      "Example:\n  echo 'play some jazz' | bit run models/snips-minilm-w1a1.safetensors");
  command->callback([options] { Stream(*options).run(); });
  return command;
}

}  // namespace bitcpp
