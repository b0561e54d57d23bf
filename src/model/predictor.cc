#include "model/predictor.h"

#include <algorithm>

#include "base/error.h"

namespace bitcpp {

struct Predictor::State {
  SequenceRunner runner;
  bool regression;

  State(Encoder model, const PredictorOptions& options)
      : runner(std::move(model), options),
        regression(runner.encoder().config().task == "regression") {}
};

Predictor::Predictor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;
Predictor::~Predictor() = default;

Predictor Predictor::open(const std::filesystem::path& path, const PredictorOptions& options) {
  return from(Encoder::open(path), options);
}

Predictor Predictor::from(Encoder encoder, const PredictorOptions& options) {
  if (encoder.per_token())
    throw Error("a model for " + encoder.config().task + ", expected one that judges whole texts");
  return Predictor(std::make_unique<State>(std::move(encoder), options));
}

const SequenceRunner& Predictor::runner() const { return state_->runner; }
const PackedConfig& Predictor::config() const { return encoder().config(); }
const Encoder& Predictor::encoder() const { return state_->runner.encoder(); }
const Tokenizer& Predictor::tokenizer() const { return state_->runner.tokenizer(); }
bool Predictor::regression() const { return state_->regression; }
std::size_t Predictor::max_length() const { return state_->runner.options().max_length; }

const std::string& Predictor::label_name(int label) const {
  static const std::string none;
  return regression() ? none : config().labels.at(static_cast<std::size_t>(label));
}

Prediction prediction_of(std::span<const float> logits, bool regression, bool truncated) {
  Prediction result;
  result.logits.assign(logits.begin(), logits.end());
  result.truncated = truncated;
  if (regression) {
    result.score = logits[0];
    return result;
  }
  result.scores = softmax(logits);
  result.label = static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  result.score = result.scores[static_cast<std::size_t>(result.label)];
  return result;
}

std::vector<Prediction> Predictor::predict(std::span<const TextInput> inputs) const {
  const State& state = *state_;
  const std::vector<Encoding> encodings = state.runner.encode(inputs);
  const std::vector<std::vector<float>> logits = state.runner.run(encodings);
  std::vector<Prediction> predictions;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    predictions.push_back(prediction_of(logits[i], state.regression, encodings[i].truncated));
  return predictions;
}

Prediction Predictor::predict(std::string_view text) const {
  const TextInput input = {text, {}, false};
  return std::move(predict(std::span(&input, 1)).front());
}

Prediction Predictor::predict(std::string_view text, std::string_view pair) const {
  const TextInput input = {text, pair, true};
  return std::move(predict(std::span(&input, 1)).front());
}

}  // namespace bitcpp
