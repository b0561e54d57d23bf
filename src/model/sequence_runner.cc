#include "model/sequence_runner.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "kernels/exact_math.h"

namespace bitcpp {
namespace {

constexpr int kMaxThreads = 1024;
/// Few groups a thread leave some without work at the end.
constexpr std::size_t kGroupsPerThread = 4;

Tokenizer make_tokenizer(const PackedModel& model) {
  const PackedConfig& config = model.config;
  return Tokenizer(model.vocabulary, {.lowercase = config.lowercase,
                                      .strip_accents = config.strip_accents,
                                      .chinese_characters = config.chinese_characters});
}

PredictorOptions checked(PredictorOptions options, const Encoder& encoder) {
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
  const bool labelled = config.task == "classification" || config.task == "tagging";
  if (labelled && static_cast<int>(config.labels.size()) != encoder.outputs()) {
    throw Error("packed model: " + std::to_string(config.labels.size()) + " labels for " +
                std::to_string(encoder.outputs()) + " outputs");
  }
  return options;
}

}  // namespace

/// Sequences [first, last) that run together.
struct SequenceRunner::Group {
  std::size_t first = 0, last = 0;
};

namespace {

/// Consecutive sequences of at most `limit` tokens in all; a longer one goes by itself.
template <typename Group>
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

SequenceRunner::SequenceRunner(Encoder encoder, const PredictorOptions& options)
    : encoder_(std::move(encoder)),
      options_(checked(options, encoder_)),
      tokenizer_(make_tokenizer(encoder_.packed())),
      crews_(options_.threads) {}

void SequenceRunner::for_each(std::size_t count, std::size_t bytes,
                              const std::function<void(std::size_t)>& work) const {
  // Bytes of text that are worth waking another thread for: some 100 microseconds of tokenizing.
  constexpr std::size_t kLeastBytes = 4096;
  if (bytes < kLeastBytes) {
    for (std::size_t i = 0; i < count; ++i) work(i);
  } else {
    crews_.lend([&](Crew& crew) { crew.pool.run(count, [&](std::size_t i, int) { work(i); }); });
  }
}

std::vector<Encoding> SequenceRunner::encode(std::span<const TextInput> inputs) const {
  std::vector<Encoding> encodings(inputs.size());
  std::size_t bytes = 0;
  for (const TextInput& input : inputs) bytes += input.text.size() + input.pair.size();
  for_each(inputs.size(), bytes, [&](std::size_t i) {
    const auto& [text, pair, has_pair] = inputs[i];
    encodings[i] = has_pair ? tokenizer_.encode(text, pair, options_.max_length)
                            : tokenizer_.encode(text, options_.max_length);
    check_length(encodings[i].truncated, i);
  });
  return encodings;
}

std::vector<EncoderInput> SequenceRunner::inputs_of(std::span<const Encoding> encodings) {
  std::vector<EncoderInput> inputs;
  for (const Encoding& encoding : encodings) inputs.push_back({encoding.ids, encoding.type_ids});
  return inputs;
}

template <class Run>
void SequenceRunner::run_group(std::span<const EncoderInput> inputs, std::vector<float>* logits,
                               const Run& run) const {
  std::vector<float> all(encoder_.logit_count(inputs));
  run(inputs, all);
  auto from = all.begin();
  for (const EncoderInput& input : inputs) {
    const auto count = static_cast<std::ptrdiff_t>(encoder_.logit_count({&input, 1}));
    (logits++)->assign(from, from + count);
    from += count;
  }
}

/// Where there are groups enough for every thread, each takes one after the other; else they share
/// the rows of a few.
std::vector<std::vector<float>> SequenceRunner::run(std::span<const Encoding> encodings) const {
  const auto limit = static_cast<std::size_t>(options_.batch_tokens);
  const auto threads = static_cast<std::size_t>(options_.threads);
  const std::vector<EncoderInput> inputs = inputs_of(encodings);
  std::vector<std::vector<float>> logits(encodings.size());
  const auto run_one = [&](const Group& group, const auto& run) {
    run_group(std::span(inputs).subspan(group.first, group.last - group.first),
              logits.data() + group.first, run);
  };
  const auto groups = group_by_tokens<Group>(encodings, limit);
  crews_.lend([&](Crew& crew) {
    if (groups.size() >= kGroupsPerThread * threads) {
      crew.pool.run(groups.size(), [&](std::size_t i, int thread) {
        run_one(groups[i], [&](const auto& some, auto& all) {
          encoder_.run(some, crew.workspaces[static_cast<std::size_t>(thread)], all);
        });
      });
      return;
    }
    for (const Group& group : group_by_tokens<Group>(encodings, limit * threads)) {
      run_one(group, [&](const auto& some, auto& all) {
        encoder_.run(some, crew.pool, crew.workspaces, all);
      });
    }
  });
  return logits;
}

std::vector<std::vector<float>> SequenceRunner::hidden_states(
    std::span<const Encoding> encodings) const {
  const std::vector<EncoderInput> inputs = inputs_of(encodings);
  const auto width = static_cast<std::size_t>(encoder_.config().hidden_size);
  std::vector<std::vector<float>> hidden(encodings.size());
  crews_.lend([&](Crew& crew) {
    crew.pool.run(encodings.size(), [&](std::size_t i, int thread) {
      hidden[i].resize(inputs[i].ids.size() * width);
      encoder_.hidden_states({&inputs[i], 1}, crew.workspaces[static_cast<std::size_t>(thread)],
                             hidden[i]);
    });
  });
  return hidden;
}

void SequenceRunner::check_length(bool truncated, std::size_t place) const {
  if (truncated && options_.long_text == LongText::kRefuse) {
    throw Error("text " + std::to_string(place + 1) + " has more than " +
                std::to_string(options_.max_length) + " tokens");
  }
}

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

}  // namespace bitcpp
