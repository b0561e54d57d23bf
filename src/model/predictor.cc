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

  Encoding encode(const TextInput& input) const;
  Prediction prediction(std::span<const float> logits, bool truncated) const;
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

const PackedConfig& Predictor::config() const { return encoder().config(); }
const Encoder& Predictor::encoder() const { return state_->runner.encoder(); }
const Tokenizer& Predictor::tokenizer() const { return state_->runner.tokenizer(); }
bool Predictor::regression() const { return state_->regression; }
std::size_t Predictor::max_length() const { return state_->runner.options().max_length; }

const std::string& Predictor::label_name(int label) const {
  static const std::string none;
  return regression() ? none : config().labels.at(static_cast<std::size_t>(label));
}

Encoding Predictor::State::encode(const TextInput& input) const {
  const std::size_t length = runner.options().max_length;
  return input.has_pair ? runner.tokenizer().encode(input.text, input.pair, length)
                        : runner.tokenizer().encode(input.text, length);
}

Prediction Predictor::State::prediction(std::span<const float> logits, bool truncated) const {
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

std::vector<Prediction> Predictor::predict(std::span<const TextInput> inputs) {
  State& state = *state_;
  std::vector<Encoding> encodings(inputs.size());
  std::size_t bytes = 0;
  for (const TextInput& input : inputs) bytes += input.text.size() + input.pair.size();
  state.runner.for_each(inputs.size(), bytes, [&](std::size_t i) {
    encodings[i] = state.encode(inputs[i]);
    state.runner.check_length(encodings[i].truncated, i);
  });
  const std::vector<std::vector<float>> logits = state.runner.run(encodings);
  std::vector<Prediction> predictions;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    predictions.push_back(state.prediction(logits[i], encodings[i].truncated));
  return predictions;
}

Prediction Predictor::predict(std::string_view text) {
  const TextInput input = {text, {}, false};
  return std::move(predict(std::span(&input, 1)).front());
}

Prediction Predictor::predict(std::string_view text, std::string_view pair) {
  const TextInput input = {text, pair, true};
  return std::move(predict(std::span(&input, 1)).front());
}

}  // namespace bitcpp
