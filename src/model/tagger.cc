#include "model/tagger.h"

#include <algorithm>

#include "base/error.h"
#include "decode/entities.h"
#include "decode/words.h"

namespace bitcpp {

TagReader::TagReader(const std::vector<std::string>& labels)
    : labels_(labels), entities_(bitcpp::marks_entities(labels)) {
  const auto found = std::find(labels.begin(), labels.end(), "O");
  outside_ = found == labels.end() ? 0 : static_cast<int>(found - labels.begin());
}

WordTag TagReader::word_tag(const Offset& range, int token, std::span<const float> logits) const {
  if (token < 0) return {range, outside_, 0};
  const std::size_t outputs = labels_.size();
  const std::span<const float> own =
      logits.subspan(static_cast<std::size_t>(token) * outputs, outputs);
  const auto best = std::max_element(own.begin(), own.end()) - own.begin();
  return {range, static_cast<int>(best), softmax(own)[static_cast<std::size_t>(best)]};
}

TaggedText TagReader::read(const TagInput& input, const Encoding& encoding,
                           std::span<const float> logits) const {
  std::vector<Offset> found;
  if (input.words.empty()) found = split_words(input.text);
  const std::span<const Offset> words = found.empty() ? input.words : found;
  TaggedText result;
  result.truncated = encoding.truncated;
  const std::vector<int> tokens = first_tokens(encoding, words);
  for (std::size_t i = 0; i < words.size(); ++i)
    result.words.push_back(word_tag(words[i], tokens[i], logits));
  if (!entities_) return result;
  std::vector<std::string_view> tags;
  for (const WordTag& word : result.words)
    tags.push_back(labels_[static_cast<std::size_t>(word.label)]);
  for (const Entity& entity : entities_of(tags)) {
    float sum = 0;
    for (std::size_t i = entity.first; i < entity.last; ++i) sum += result.words[i].score;
    result.entities.push_back({entity.type, result.words[entity.first].range.begin,
                               result.words[entity.last - 1].range.end,
                               sum / static_cast<float>(entity.last - entity.first)});
  }
  return result;
}

struct Tagger::State {
  SequenceRunner runner;
  TagReader reader;

  State(Encoder encoder, const PredictorOptions& options)
      : runner(std::move(encoder), options), reader(runner.encoder().config().labels) {}
};

Tagger::Tagger(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tagger::Tagger(Tagger&&) noexcept = default;
Tagger& Tagger::operator=(Tagger&&) noexcept = default;
Tagger::~Tagger() = default;

Tagger Tagger::open(const std::filesystem::path& path, const PredictorOptions& options) {
  return from(Encoder::open(path), options);
}

Tagger Tagger::from(Encoder encoder, const PredictorOptions& options) {
  if (encoder.config().task != "tagging")
    throw Error("a model for " + encoder.config().task + ", expected one for tagging");
  return Tagger(std::make_unique<State>(std::move(encoder), options));
}

const SequenceRunner& Tagger::runner() const { return state_->runner; }
const std::vector<std::string>& Tagger::labels() const { return state_->reader.labels(); }
bool Tagger::marks_entities() const { return state_->reader.marks_entities(); }

std::vector<TaggedText> Tagger::tag(std::span<const TagInput> inputs) const {
  const State& state = *state_;
  std::vector<Encoding> encodings(inputs.size());
  std::size_t bytes = 0;
  for (const TagInput& input : inputs) bytes += input.text.size();
  state.runner.for_each(inputs.size(), bytes, [&](std::size_t i) {
    encodings[i] =
        state.runner.tokenizer().encode(inputs[i].text, state.runner.options().max_length);
    state.runner.check_length(encodings[i].truncated, i);
  });
  const std::vector<std::vector<float>> logits = state.runner.run(encodings);
  std::vector<TaggedText> results(inputs.size());
  state.runner.for_each(inputs.size(), bytes, [&](std::size_t i) {
    results[i] = state.reader.read(inputs[i], encodings[i], logits[i]);
  });
  return results;
}

}  // namespace bitcpp
