#include "model/predictor.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/exact_math.h"
#include "model/thread_pool.h"

namespace bitcpp {
namespace {

constexpr int kMaxThreads = 1024;
/// Bytes of text that are worth waking another thread for: some 100 microseconds of tokenizing.
constexpr std::size_t kLeastBytes = 4096;
/// Few groups a thread leave some without work at the end.
constexpr std::size_t kGroupsPerThread = 4;

Tokenizer make_tokenizer(const PackedModel& model) {
  const PackedConfig& config = model.config;
  return Tokenizer(model.vocabulary, {.lowercase = config.lowercase,
                                      .strip_accents = config.strip_accents,
                                      .chinese_characters = config.chinese_characters});
}

/// exp(l - max) / sum, each rounded to float, summed in order.
std::vector<float> softmax(std::span<const float> logits) {
  const float greatest = *std::max_element(logits.begin(), logits.end());
  std::vector<float> result;
  float sum = 0;
  for (float logit : logits) {
    result.push_back(static_cast<float>(exact_exp(static_cast<double>(logit) - greatest)));
    sum += result.back();
  }
  for (float& value : result) value /= sum;
  return result;
}

/// Sequences [first, last) that run together.
struct Group {
  std::size_t first = 0, last = 0;
};

/// Consecutive sequences of at most `limit` tokens in all; a longer one goes by itself.
std::vector<Group> group_by_tokens(std::span<const Encoding> encodings, std::size_t limit) {
  std::vector<Group> groups;
  std::size_t tokens = 0;
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    const std::size_t more = encodings[i].ids.size();
    if (groups.empty() || tokens + more > limit) {
      groups.push_back({i, i});
      tokens = 0;
    }
    groups.back().last = i + 1;
    tokens += more;
  }
  return groups;
}

}  // namespace

struct Predictor::State {
  Encoder encoder;
  PredictorOptions options;
  Tokenizer tokenizer;
  bool regression;
  ThreadPool pool;
  std::vector<Workspace> workspaces;  // one a thread

  State(Encoder model, const PredictorOptions& given)
      : encoder(std::move(model)),
        options(given),
        tokenizer(make_tokenizer(encoder.packed())),
        regression(encoder.config().task == "regression"),
        pool(given.threads),
        workspaces(static_cast<std::size_t>(given.threads)) {}

  Encoding encode(const TextInput& input, std::size_t place) const;
  void encode_all(std::span<const TextInput> inputs, std::vector<Encoding>& encodings);
  /// With `run(inputs, logits)` of the encoder.
  template <class Run>
  void run_group(std::span<const Encoding> encodings, Group group,
                 std::vector<Prediction>& predictions, const Run& run) const;
  void run_groups(std::span<const Encoding> encodings, std::vector<Prediction>& predictions);
  Prediction prediction(std::span<const float> logits, bool truncated) const;
};

Predictor::Predictor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;
Predictor::~Predictor() = default;

Predictor Predictor::open(const std::filesystem::path& path, const PredictorOptions& options) {
  return from(Encoder::open(path), options);
}

Predictor Predictor::from(Encoder encoder, const PredictorOptions& given) {
  PredictorOptions options = given;
  const PackedConfig& config = encoder.config();
  const auto most = static_cast<std::size_t>(config.max_position_embeddings);
  if (options.max_length == 0)
    options.max_length = std::min(most, static_cast<std::size_t>(config.max_length));
  if (options.max_length < 3 || options.max_length > most) {
    throw Error("a maximum length of " + std::to_string(options.max_length) +
                " tokens, expected 3 to this model's " + std::to_string(most));
  }
  if (options.threads < 1 || options.threads > kMaxThreads) {
    throw Error(std::to_string(options.threads) + " threads, expected 1 to " +
                std::to_string(kMaxThreads));
  }
  if (options.batch_tokens < 1)
    throw Error("batches of " + std::to_string(options.batch_tokens) +
                " tokens, expected 1 or more");
  if (config.task != "regression" && static_cast<int>(config.labels.size()) != encoder.outputs()) {
    throw Error("packed model: " + std::to_string(config.labels.size()) + " labels for " +
                std::to_string(encoder.outputs()) + " outputs");
  }
  return Predictor(std::make_unique<State>(std::move(encoder), options));
}

const PackedConfig& Predictor::config() const { return state_->encoder.config(); }
const Encoder& Predictor::encoder() const { return state_->encoder; }
const Tokenizer& Predictor::tokenizer() const { return state_->tokenizer; }
bool Predictor::regression() const { return state_->regression; }
std::size_t Predictor::max_length() const { return state_->options.max_length; }

const std::string& Predictor::label_name(int label) const {
  static const std::string none;
  return regression() ? none : config().labels.at(static_cast<std::size_t>(label));
}

Encoding Predictor::State::encode(const TextInput& input, std::size_t place) const {
  Encoding encoding = input.has_pair ? tokenizer.encode(input.text, input.pair, options.max_length)
                                     : tokenizer.encode(input.text, options.max_length);
  if (encoding.truncated && options.long_text == LongText::kRefuse) {
    throw Error("text " + std::to_string(place + 1) + " has more than " +
                std::to_string(options.max_length) + " tokens");
  }
  return encoding;
}

void Predictor::State::encode_all(std::span<const TextInput> inputs,
                                  std::vector<Encoding>& encodings) {
  std::size_t bytes = 0;
  for (const TextInput& input : inputs) bytes += input.text.size() + input.pair.size();
  const auto encode_one = [&](std::size_t i, int) { encodings[i] = encode(inputs[i], i); };
  if (bytes < kLeastBytes) {
    for (std::size_t i = 0; i < inputs.size(); ++i) encode_one(i, 0);
  } else {
    pool.run(inputs.size(), encode_one);
  }
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

template <class Run>
void Predictor::State::run_group(std::span<const Encoding> encodings, Group group,
                                 std::vector<Prediction>& predictions, const Run& run) const {
  std::vector<EncoderInput> inputs;
  for (std::size_t i = group.first; i < group.last; ++i)
    inputs.push_back({encodings[i].ids, encodings[i].type_ids});
  const auto outputs = static_cast<std::size_t>(encoder.outputs());
  std::vector<float> logits(inputs.size() * outputs);
  run(inputs, logits);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    predictions[group.first + i] = prediction(std::span(logits).subspan(i * outputs, outputs),
                                              encodings[group.first + i].truncated);
  }
}

/// Where there are groups enough for every thread, each takes one after the other; else they share
/// the rows of a few.
void Predictor::State::run_groups(std::span<const Encoding> encodings,
                                  std::vector<Prediction>& predictions) {
  const auto limit = static_cast<std::size_t>(options.batch_tokens);
  const auto threads = static_cast<std::size_t>(options.threads);
  const std::vector<Group> groups = group_by_tokens(encodings, limit);
  if (groups.size() >= kGroupsPerThread * threads) {
    pool.run(groups.size(), [&](std::size_t i, int thread) {
      run_group(encodings, groups[i], predictions, [&](const auto& inputs, auto& logits) {
        encoder.run(inputs, workspaces[static_cast<std::size_t>(thread)], logits);
      });
    });
    return;
  }
  for (const Group& group : group_by_tokens(encodings, limit * threads)) {
    run_group(encodings, group, predictions, [&](const auto& inputs, auto& logits) {
      encoder.run(inputs, pool, workspaces, logits);
    });
  }
}

std::vector<Prediction> Predictor::predict(std::span<const TextInput> inputs) {
  State& state = *state_;
  std::vector<Encoding> encodings(inputs.size());
  state.encode_all(inputs, encodings);
  std::vector<Prediction> predictions(inputs.size());
  state.run_groups(encodings, predictions);
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
