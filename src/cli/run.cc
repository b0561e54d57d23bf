// `bit run`: texts in, one JSON object a line out, in order.
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/glue.h"
#include "cli/responder.h"
#include "cli/text_length.h"
#include "cli/text_source.h"

namespace bitcpp {
namespace {

struct RunOptions {
  std::string model, file = "-", glue;
  TextFormat format = TextFormat::kAuto;
  int batch = 64;
  ResponseOptions response;
  PredictorOptions predictor;
};

/// Reads and answers in turns. What is wrong with an input is thrown after the answers to those
/// before it.
class Stream {
 public:
  explicit Stream(const RunOptions& options)
      : options_(options),
        responder_(Responder::open(options.model, truncating(options.predictor), options.response)),
        source_(options.file, options.format, responder_->input_kind()) {}

  void run() {
    bool more = true;
    while (more) {
      more = read_batch();
      answer_batch();
      if (error_ != nullptr) std::rethrow_exception(error_);
      if (!source_.ready()) std::cout.flush();
    }
    report_truncated(truncated_, texts_, responder_->max_length());
  }

 private:
  /// A refusal has to name the line, and to come after the answers to the lines before it.
  static PredictorOptions truncating(PredictorOptions options) {
    options.long_text = LongText::kTruncate;
    return options;
  }

  void answer_batch() {
    const std::vector<Response> responses = responder_->respond(batch_);
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      if (responses[i].truncated && options_.predictor.long_text == LongText::kRefuse) {
        throw Error(batch_[i].location + "expected at most " +
                    std::to_string(responder_->max_length()) + " tokens");
      }
      truncated_ += responses[i].truncated;
      ++texts_;
      std::cout << responses[i].line << "\n";
    }
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

  const RunOptions& options_;
  std::unique_ptr<Responder> responder_;
  TextSource source_;
  std::vector<SourceText> batch_;
  std::exception_ptr error_;
  std::size_t truncated_ = 0, texts_ = 0;
};

void run(const RunOptions& options) {
  if (options.glue.empty()) return Stream(options).run();
  if (options.file == "-") throw Error("--glue: expected the test file's name, not standard input");
  Predictor predictor = Predictor::open(options.model, options.predictor);
  write_glue_submission(options.glue, predictor, options.file, std::cout);
}

}  // namespace

CLI::App* add_run_command(CLI::App& app, int&) {
  CLI::App* command =
      app.add_subcommand("run", "Classify, tag or answer: lines in, JSON lines out");
  const auto options = std::make_shared<RunOptions>();
  command->add_option("model", options->model, "Packed model")->required();
  command->add_option(
      "file", options->file,
      "Texts, one a line (pair models: two with a tab between; for questions: question, tab, "
      "context), or JSON lines with \"text\" and \"pair\", \"text\" or \"words\" (taggers), "
      "\"question\" and \"context\"; - is standard input");
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
  command
      ->add_option("--top", options->response.top,
                   "Only the K best scores, best first; for questions: list the K best answers")
      ->check(CLI::Range(1, 1 << 20));
  command->add_flag("--words", options->response.words,
                    "Taggers: every word with its tag, beside the entities");
  add_length_options(command, options->predictor);
  command->add_option(
      "--glue", options->glue,
      "Write a submission of this GLUE task (CoLA, SST-2, ...) instead: FILE is its "
      "test.tsv, the output index and prediction");
  command->footer(
      "Examples:\n"
      "  echo 'play some jazz' | bit run models/snips-minilm-w1a1.safetensors\n"
      "  echo 'Peter Blackburn lives in Brussels.' | bit run my-tagger/model.safetensors\n"
      "  printf 'Who won?\\tIn 2016 Denver won.\\n' | bit run my-qa/model.safetensors --top 3\n"
      "  bit run --glue SST-2 my-sst2/model.safetensors SST-2/test.tsv > SST-2.tsv");
  command->callback([options] { run(*options); });
  return command;
}

}  // namespace bitcpp
