// The schema of a packed model: every tensor's name, type and shape, once, for the reader and the
// writer alike.
#pragma once

#include <string>

#include "format/packed_config.h"
#include "format/packed_model.h"

namespace bitcpp {

/// Walks all tensors of `model` (const for a writer) but the vocabulary, with `archive` offering
///   signs(name, SignMatrix&, rows, cols)                   U8 (rows, ceil(cols / 8))
///   halves(name, span<const uint16_t>&, shape)             F16
///   floats(name, span<const float>&, shape)                F32
///   thresholds(name, FloatThresholds&, channels)           F32 (levels - 1, channels), signed
///   codes thresholds(name, IntegerThresholds&, channels, set)    I16 or I32 (levels - 1, channels)
///   rounded(prefix, attention)                             whether the attention has 8 bits
///   exp_table(prefix, attention, head width)               F64 (scores) and I32 (2)
///   probability_cuts(name, span<const double>&)            F64 (levels - 1)
///   ngrams(PackedNgrams&, outputs)                         whether there is an n-gram head; and
///                                                          its weights, I8 (buckets, outputs)
/// `model.layers` has config.num_hidden_layers items already.
template <class Archive, class Model>
class PackedSchema {
 public:
  PackedSchema(Archive& archive, Model& model) : archive_(archive), config_(model.config) {
    embeddings(model.embeddings);
    for (std::size_t i = 0; i < model.layers.size(); ++i) {
      const std::string prefix = "layers." + std::to_string(i) + ".";
      attention(prefix + "attention.", model.layers[i].attention);
      feed_forward(prefix + "ffn.", model.layers[i].ffn);
    }
    if (!per_token(config_)) {
      archive_.thresholds("pooler.input_thresholds", model.pooler.input, config_.hidden_size);
      scaled("pooler.", model.pooler.linear, config_.hidden_size, config_.hidden_size);
    }
    archive_.floats("head.weight", model.head.weight, {outputs(), config_.hidden_size});
    archive_.floats("head.bias", model.head.bias, {outputs()});
    if (config_.task == "classification" && archive_.ngrams(model.ngrams, outputs())) {
      archive_.floats("ngrams.scale", model.ngrams.scale, {outputs()});
      archive_.floats("ngrams.bias", model.ngrams.bias, {outputs()});
    }
  }

 private:
  std::int64_t outputs() const {
    if (config_.task == "regression") return 1;
    if (config_.task == "question-answering") return 2;  // start and end
    return static_cast<std::int64_t>(config_.labels.size());
  }

  void embeddings(auto& e) {
    const std::int64_t hidden = config_.hidden_size;
    archive_.signs("embeddings.word.bits", e.word, config_.vocab_size, hidden);
    archive_.halves("embeddings.word.scale", e.word_scale, {config_.vocab_size});
    archive_.halves("embeddings.position", e.position, {config_.max_position_embeddings, hidden});
    archive_.halves("embeddings.token_type", e.token_type, {config_.type_vocab_size, hidden});
    norm("embeddings.norm.", e.norm);
  }

  void attention(const std::string& prefix, auto& a) {
    const std::int64_t hidden = config_.hidden_size;
    if (archive_.rounded(prefix, a)) {
      rounding(prefix + "query.", a.query);
      rounding(prefix + "key.", a.key);
      rounding(prefix + "value.", a.value);
      archive_.floats(prefix + "score_scale", a.score_scale, {1});
      archive_.floats(prefix + "probability_scale", a.probability_scale, {1});
    } else {
      binarizing(prefix + "query.", a.query, hidden, CodeSet::kSigned);
      binarizing(prefix + "key.", a.key, hidden, CodeSet::kSigned);
      binarizing(prefix + "value.", a.value, hidden, CodeSet::kSigned);
      archive_.exp_table(prefix, a, hidden / config_.num_attention_heads);
      archive_.probability_cuts(prefix + "probability_cuts", a.probability_cuts);
    }
    archive_.thresholds(prefix + "context_thresholds", a.context, hidden, CodeSet::kSigned);
    scaled(prefix + "output.", a.output, hidden, hidden);
    norm(prefix + "norm.", a.norm);
  }

  void feed_forward(const std::string& prefix, auto& f) {
    binarizing(prefix + "up.", f.up, config_.intermediate_size, CodeSet::kUnsigned);
    scaled(prefix + "down.", f.down, config_.hidden_size, config_.intermediate_size);
    norm(prefix + "norm.", f.norm);
  }

  void binarizing(const std::string& prefix, auto& linear, std::int64_t out, CodeSet set) {
    archive_.thresholds(prefix + "input_thresholds", linear.input, config_.hidden_size);
    archive_.signs(prefix + "bits", linear.weight, out, config_.hidden_size);
    archive_.thresholds(prefix + "output_thresholds", linear.output, out, set);
  }

  /// A linear layer to bytes, hidden to hidden.
  void rounding(const std::string& prefix, auto& linear) {
    const std::int64_t hidden = config_.hidden_size;
    archive_.thresholds(prefix + "input_thresholds", linear.input, hidden);
    archive_.signs(prefix + "bits", linear.weight, hidden, hidden);
    archive_.floats(prefix + "scale", linear.rounding.scale, {hidden});
    archive_.floats(prefix + "bias", linear.rounding.bias, {hidden});
    archive_.floats(prefix + "output_shift", linear.rounding.shift, {hidden});
    archive_.floats(prefix + "output_inverse", linear.rounding.inverse, {1});
  }

  void scaled(const std::string& prefix, auto& linear, std::int64_t out, std::int64_t in) {
    archive_.signs(prefix + "bits", linear.weight, out, in);
    archive_.floats(prefix + "scale", linear.scale, {out});
    archive_.floats(prefix + "bias", linear.bias, {out});
  }

  void norm(const std::string& prefix, auto& parameters) {
    archive_.floats(prefix + "weight", parameters.weight, {config_.hidden_size});
    archive_.floats(prefix + "bias", parameters.bias, {config_.hidden_size});
  }

  Archive& archive_;
  const PackedConfig& config_;
};

}  // namespace bitcpp
