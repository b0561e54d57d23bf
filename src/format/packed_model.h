// The packed model: what a 1-bit encoder keeps, as one safetensors file (docs/format.md).
//
// Activations. A quantizer with `levels` L turns a value into a code c in [0, L): the number of its
// L - 1 non-decreasing thresholds that the value reaches (v >= t). A code stands for the integer
// step * c + offset:
//     signed    L = 2: -1, 1 (step 2, offset -1)   L = 3: -1, 0, 1 (1, -1)
//               L = 4: -2 .. 1 (1, -2)             L = 16: -8 .. 7 (1, -8)
//     unsigned  any L up to 256: 0 .. L - 1 (1, 0)
// L is read off each threshold tensor's first dimension, so every place may have its own precision.
//
// Integer products. n = sum_k integer(c_k) * w_k with w_k in {-1, +1}. Every threshold on n was
// computed by the packer in the very float arithmetic of training, so `n >= t` decides as training
// does, bit for bit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "format/safetensors.h"

namespace bitcpp {

/// Newest schema version this code reads. A model is written with the oldest that can hold it
/// (packed_version): 2 adds attention in 8 bits, 3 the n-gram head.
inline constexpr int kPackedVersion = 3;

/// A matrix of signs, row-major, one bit per sign (1 is +1, 0 is -1); sign k of a row is bit k % 8
/// of byte k / 8, rows padded with zero bits to whole bytes.
struct SignMatrix {
  std::int64_t rows = 0, cols = 0;
  std::span<const std::uint8_t> bits;  // (rows, ceil(cols / 8))
};

/// Integer thresholds, (levels - 1, channels), ascending along the first dimension. Stored as I16
/// when they fit, else I32. INT32_MIN (I16: INT16_MIN) is "always", INT32_MAX (INT16_MAX) is
/// "never".
struct IntegerThresholds {
  int levels = 2;
  std::int64_t channels = 0;
  std::vector<std::int32_t> values;
};

/// Float thresholds on the residual stream, (levels - 1, channels), ascending along the first
/// dimension.
struct FloatThresholds {
  int levels = 2;
  std::int64_t channels = 0;
  std::span<const float> values;
};

/// Instead of output thresholds at 256 levels: y = scale * float(n), then + bias; integer = (y -
/// shift) * inverse, within [-128, 127], to the nearest, ties to even; each operation rounded to
/// float.
struct RoundedOutput {
  std::span<const float> scale, bias, shift;  // (out)
  std::span<const float> inverse;             // (1)
};

/// x -> codes of x -> n -> codes of n: a linear layer from the residual stream to bits (query, key,
/// value, ffn.up), or to bytes (query, key, value of 8-bit attention).
struct BinarizingLinear {
  FloatThresholds input;     // signed
  SignMatrix weight;         // (out, in)
  IntegerThresholds output;  // no values where `rounding` stands instead; levels is 256 then
  RoundedOutput rounding = {};

  bool rounds() const { return !rounding.inverse.empty(); }
};

/// codes -> n -> scale * n + bias: a linear layer back to the residual stream (attention.output,
/// ffn.down). Float arithmetic, in this order: scale[o] * float(n), then + bias[o].
struct ScaledLinear {
  SignMatrix weight;             // (out, in)
  std::span<const float> scale;  // (out)
  std::span<const float> bias;   // (out)
};

struct LayerNormParameters {
  std::span<const float> weight, bias;  // (hidden)
};

/// Attention of one layer. For scores n = q . k (integers of codes; signed), exp_table[i] is
/// proportional to exp(score_scale * n) for n = score_minimum + score_step * i, descending never. A
/// probability's code (unsigned) is the number of cuts j with exp_table[n] >= cuts[j] * Z, Z = sum
/// over the row of exp_table[n], in double.
///
/// In 8 bits (`rounded()`) query, key and value round, and score_scale and probability_scale stand
/// instead of table and cuts: kernels/eight_bit.h defines what they mean.
struct PackedAttention {
  BinarizingLinear query, key, value;  // outputs signed
  std::span<const double> exp_table;   // (number of possible scores)
  std::int32_t score_minimum = 0, score_step = 1;
  std::span<const double> probability_cuts;  // (levels - 1): alpha * (j - 0.5), ascending
  std::span<const float> score_scale, probability_scale;  // (1) each, or empty
  // (levels - 1, hidden) on n = sum over tokens of probability code * value integer; signed
  IntegerThresholds context;
  ScaledLinear output;
  LayerNormParameters norm;

  bool rounded() const { return !score_scale.empty(); }
};

struct PackedFeedForward {
  BinarizingLinear up;  // outputs unsigned (after ReLU)
  ScaledLinear down;
  LayerNormParameters norm;
};

struct PackedLayer {
  PackedAttention attention;
  PackedFeedForward ffn;
};

struct PackedEmbeddings {
  SignMatrix word;                            // (vocab, hidden)
  std::span<const std::uint16_t> word_scale;  // half, (vocab)
  std::span<const std::uint16_t> position;    // half, (max_position, hidden)
  std::span<const std::uint16_t> token_type;  // half, (types, hidden)
  LayerNormParameters norm;
};

/// tanh(scale * n + bias) of the first token's hidden state. Models that answer per token have
/// none.
struct PackedPooler {
  FloatThresholds input;  // signed
  ScaledLinear linear;
};

/// Float head on the pooled vector, or on every token's hidden state.
struct PackedHead {
  std::int64_t outputs = 0;
  std::span<const float> weight;  // (outputs, hidden)
  std::span<const float> bias;    // (outputs)
};

/// Scores of tokens and of pairs of neighbours (format/token_ngrams.h), added to the logits of a
/// classification: logit[c] += scale[c] * n[c] / sqrt(count) + bias[c], n the sum of the n-grams'
/// weights. Empty where a model has none.
struct PackedNgrams {
  std::int64_t buckets = 0;             // rows: a power of two, or 0
  std::span<const std::int8_t> weight;  // (buckets, outputs)
  std::span<const float> scale, bias;   // (outputs)

  bool empty() const { return buckets == 0; }
};

/// Configuration, as stored in JSON under the metadata key "config".
struct PackedConfig {
  std::string architecture = "bert";
  std::int64_t num_hidden_layers = 0, hidden_size = 0, num_attention_heads = 0,
               intermediate_size = 0;
  std::int64_t vocab_size = 0, max_position_embeddings = 0, type_vocab_size = 0;
  double layer_norm_eps = 1e-12;
  std::string task;             // "classification", "regression", "tagging" or "question-answering"
  bool pair = false;            // trained on pairs of texts
  std::int64_t max_length = 0;  // tokens, [CLS] and [SEP] included
  std::int64_t stride = 0;      // question-answering: tokens that windows of a context share
  std::vector<std::string> labels;  // classification, tagging: name of each output
  // tokenizer
  bool lowercase = true, strip_accents = true, chinese_characters = true;
};

/// Whether the model has logits for every token instead of once a sequence.
inline bool per_token(const PackedConfig& config) {
  return config.task == "tagging" || config.task == "question-answering";
}

struct PackedModel {
  PackedConfig config;
  std::string recipe, provenance, metrics;  // metadata: TOML, JSON, JSON; each may be empty
  std::string_view vocabulary;              // one token a line
  PackedEmbeddings embeddings;
  std::vector<PackedLayer> layers;
  PackedPooler pooler;
  PackedHead head;
  PackedNgrams ngrams;
  std::shared_ptr<const SafetensorsFile> file;  // keeps what the spans point to
};

/// The schema version that `model` is written with.
int packed_version(const PackedModel& model);

/// Opens and checks a packed model: every tensor there, of the expected type and shape, none
/// unknown, thresholds ascending, numbers finite, version known. Throws Error naming file, tensor
/// and expectation.
PackedModel open_packed_model(const std::filesystem::path& path);

/// The same for a safetensors file already open, which the model then owns.
PackedModel read_packed_model(SafetensorsFile file);

/// Writes `model` (its `file` may be null; spans may point anywhere) through an AtomicFile. Throws
/// Error, and writes nothing, when the model is one that open_packed_model would refuse.
void write_packed_model(const std::filesystem::path& path, const PackedModel& model);

}  // namespace bitcpp
