// For tests: packed models of any shape that are valid and mean nothing, the same on every machine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "format/packed_config.h"
#include "format/packed_model.h"
#include "format/safetensors.h"

namespace bitcpp {

/// Levels of every kind of quantizer in a sample model.
struct SampleLevels {
  int input = 2, query = 2, key = 2, value = 2, probability = 2, context = 2, hidden = 2;
  int ngrams = 0;  // rows of an n-gram head, a power of two
};

/// A small configuration: 1 layer, 16 wide, 10 words, 2 labels.
inline PackedConfig tiny_config() {
  PackedConfig config;
  config.num_hidden_layers = 1;
  config.hidden_size = 16;
  config.num_attention_heads = 2;
  config.intermediate_size = 20;
  config.vocab_size = 10;
  config.max_position_embeddings = 8;
  config.type_vocab_size = 2;
  config.task = "classification";
  config.max_length = 8;
  config.labels = {"no", "yes"};
  return config;
}

/// A model with random signs and numbers, and the storage its spans point to: keep the one while
/// the other is used.
class SampleModel {
 public:
  explicit SampleModel(const PackedConfig& config, const SampleLevels& levels = {},
                       unsigned seed = 1)
      : random_(seed), levels_(levels) {
    model.config = config;
    const std::int64_t hidden = config.hidden_size;
    vocabulary_ = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";
    for (std::int64_t i = 4; i < config.vocab_size; ++i) {
      vocabulary_ += 'w';
      vocabulary_ += std::to_string(i) + "\n";
    }
    model.vocabulary = vocabulary_;
    model.embeddings.word = signs(config.vocab_size, hidden);
    model.embeddings.word_scale = halves(config.vocab_size);
    model.embeddings.position = halves(config.max_position_embeddings * hidden);
    model.embeddings.token_type = halves(config.type_vocab_size * hidden);
    model.embeddings.norm = norm();
    for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) add_layer();
    model.pooler = {thresholds(), scaled(hidden, hidden)};
    const auto outputs = config.task == "regression"           ? 1
                         : config.task == "question-answering" ? 2
                                                               : std::int64_t(config.labels.size());
    model.head = {outputs, floats(outputs * hidden), floats(outputs)};
    if (levels.ngrams > 0) {
      auto& weights = weights_.emplace_back();
      for (std::int64_t i = 0; i < levels.ngrams * outputs; ++i)
        weights.push_back(std::int8_t(whole(-127, 127)));
      model.ngrams = {levels.ngrams, weights, floats(outputs), floats(outputs)};
    }
  }
  SampleModel(const SampleModel&) = delete;
  SampleModel& operator=(const SampleModel&) = delete;

  PackedModel model;

 private:
  // Not std::uniform_*_distribution: their results differ between standard libraries.
  int whole(int least, int most) { return least + int(random_() % unsigned(most - least + 1)); }
  float real() { return float(whole(-1000, 1000)) / 512; }

  SignMatrix signs(std::int64_t rows, std::int64_t cols) {
    auto& bytes = bytes_.emplace_back();
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t col = 0; col < cols; col += 8) {
        const int used = int(std::min<std::int64_t>(8, cols - col));
        bytes.push_back(std::uint8_t(random_() & ((1u << used) - 1)));
      }
    }
    return {rows, cols, bytes};
  }
  std::span<const std::uint16_t> halves(std::int64_t count) {
    auto& values = halves_.emplace_back();
    for (std::int64_t i = 0; i < count; ++i) values.push_back(float_to_half(real()));
    return values;
  }
  std::span<const float> floats(std::int64_t count) {
    auto& values = floats_.emplace_back();
    for (std::int64_t i = 0; i < count; ++i) values.push_back(real());
    return values;
  }
  LayerNormParameters norm() {
    return {floats(model.config.hidden_size), floats(model.config.hidden_size)};
  }

  FloatThresholds thresholds() {
    const std::int64_t channels = model.config.hidden_size;
    auto& values = floats_.emplace_back();
    for (std::int64_t i = 0; i < (levels_.input - 1) * channels; ++i) {
      values.push_back(i < channels ? real() : values[std::size_t(i - channels)] + 0.5f);
    }
    return {levels_.input, channels, values};
  }
  IntegerThresholds thresholds(int levels, std::int64_t channels) {
    IntegerThresholds result{levels, channels, {}};
    for (std::int64_t i = 0; i < (levels - 1) * channels; ++i) {
      const int least = i < channels ? -9 : result.values[std::size_t(i - channels)];
      result.values.push_back(whole(least, least + 18));
    }
    return result;
  }
  BinarizingLinear binarizing(std::int64_t out, int levels) {
    return {thresholds(), signs(out, model.config.hidden_size), thresholds(levels, out)};
  }
  ScaledLinear scaled(std::int64_t out, std::int64_t in) {
    return {signs(out, in), floats(out), floats(out)};
  }

  void add_layer() {
    const PackedConfig& config = model.config;
    PackedAttention a;
    if (levels_.query == 256) return add_layer(rounded_attention());
    a.query = binarizing(config.hidden_size, levels_.query);
    a.key = binarizing(config.hidden_size, levels_.key);
    a.value = binarizing(config.hidden_size, levels_.value);
    const ScoreRange range =
        score_range(config.hidden_size / config.num_attention_heads, levels_.query, levels_.key);
    a.score_minimum = std::int32_t(range.minimum);
    a.score_step = std::int32_t(range.step);
    auto& table = doubles_.emplace_back();
    // Products, not exp(): mathematical libraries differ in the last bit.
    for (std::int64_t i = 0; i < range.count; ++i) table.push_back(i ? table.back() * 1.125 : 0.5);
    a.exp_table = table;
    auto& cuts = doubles_.emplace_back();
    for (int j = 1; j < levels_.probability; ++j) cuts.push_back(0.25 * (j - 0.5));
    a.probability_cuts = cuts;
    add_layer(std::move(a));
  }

  BinarizingLinear rounding() {
    const std::int64_t hidden = model.config.hidden_size;
    auto& inverse = floats_.emplace_back(std::vector<float>{32.0f});
    return {thresholds(),
            signs(hidden, hidden),
            {256, hidden, {}},
            {floats(hidden), floats(hidden), floats(hidden), inverse}};
  }
  PackedAttention rounded_attention() {
    PackedAttention a;
    a.query = rounding();
    a.key = rounding();
    a.value = rounding();
    a.score_scale = floats_.emplace_back(std::vector<float>{1.0f / 8192});
    a.probability_scale = floats_.emplace_back(std::vector<float>{1.0f / 256});
    return a;
  }

  /// The rest of a layer: what all kinds of attention have, and the feed-forward network.
  void add_layer(PackedAttention a) {
    const PackedConfig& config = model.config;
    a.context = thresholds(levels_.context, config.hidden_size);
    a.output = scaled(config.hidden_size, config.hidden_size);
    a.norm = norm();
    PackedFeedForward ffn;
    ffn.up = binarizing(config.intermediate_size, levels_.hidden);
    ffn.down = scaled(config.hidden_size, config.intermediate_size);
    ffn.norm = norm();
    model.layers.push_back({std::move(a), std::move(ffn)});
  }

  std::mt19937 random_;
  SampleLevels levels_;
  std::string vocabulary_;
  std::deque<std::vector<std::uint8_t>> bytes_;
  std::deque<std::vector<std::uint16_t>> halves_;
  std::deque<std::vector<std::int8_t>> weights_;
  std::deque<std::vector<float>> floats_;
  std::deque<std::vector<double>> doubles_;
};

}  // namespace bitcpp
