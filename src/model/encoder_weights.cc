#include "model/encoder_weights.h"

#include <string>
#include <utility>

#include "base/error.h"

namespace bitcpp {
namespace {

Norm make_norm(const LayerNormParameters& norm, std::int64_t hidden) {
  if (static_cast<std::int64_t>(norm.weight.size()) != hidden ||
      static_cast<std::int64_t>(norm.bias.size()) != hidden) {
    throw Error("packed model: a LayerNorm does not fit a hidden size of " +
                std::to_string(hidden));
  }
  return {norm.weight.data(), norm.bias.data()};
}

EncoderLayer make_layer(const Kernels& kernels, const PackedLayer& packed,
                        const PackedConfig& config) {
  const PackedAttention& a = packed.attention;
  const PackedFeedForward& f = packed.ffn;
  return {.query = {kernels, a.query, false},
          .key = {kernels, a.key, true},
          .value = {kernels, a.value, false},
          .attention = {kernels, a, config},
          .output = {kernels, a.output, signed_codes(a.context.levels)},
          .attention_norm = make_norm(a.norm, config.hidden_size),
          .up = {kernels, f.up},
          .down = {kernels, f.down, unsigned_codes(f.up.output.levels)},
          .ffn_norm = make_norm(f.norm, config.hidden_size)};
}

void check_shape(const PackedModel& model) {
  const PackedConfig& config = model.config;
  const std::int64_t hidden = config.hidden_size, inner = config.intermediate_size;
  const auto fits = [](const SignMatrix& matrix, std::int64_t rows, std::int64_t cols) {
    return matrix.rows == rows && matrix.cols == cols;
  };
  bool good = hidden > 0 && config.num_attention_heads > 0 &&
              hidden % config.num_attention_heads == 0 &&
              static_cast<std::int64_t>(model.layers.size()) == config.num_hidden_layers &&
              (per_token(config) || fits(model.pooler.linear.weight, hidden, hidden)) &&
              model.head.outputs > 0 &&
              static_cast<std::int64_t>(model.head.weight.size()) == model.head.outputs * hidden &&
              static_cast<std::int64_t>(model.head.bias.size()) == model.head.outputs;
  for (const PackedLayer& layer : model.layers) {
    const PackedAttention& a = layer.attention;
    good = good && fits(a.query.weight, hidden, hidden) && fits(a.key.weight, hidden, hidden) &&
           fits(a.value.weight, hidden, hidden) && fits(a.output.weight, hidden, hidden) &&
           fits(layer.ffn.up.weight, inner, hidden) && fits(layer.ffn.down.weight, hidden, inner);
  }
  if (!good) throw Error("packed model: its tensors do not fit its configuration");
}

}  // namespace

EncoderWeights make_encoder_weights(PackedModel model, const Kernels& kernels,
                                    std::shared_ptr<const void> storage) {
  check_shape(model);
  EncoderWeights weights;
  weights.kernels = &kernels;
  weights.hidden = static_cast<int>(model.config.hidden_size);
  weights.embedding = Embedding(model.embeddings, model.config.hidden_size);
  weights.embedding_norm = make_norm(model.embeddings.norm, model.config.hidden_size);
  for (const PackedLayer& layer : model.layers)
    weights.layers.push_back(make_layer(kernels, layer, model.config));
  if (!per_token(model.config)) {
    weights.pooler_input = InputCodes(model.pooler.input);
    weights.pooler = FloatLinear(kernels, model.pooler.linear, weights.pooler_input.scale());
  }
  weights.model = std::move(model);
  weights.storage = std::move(storage);
  return weights;
}

}  // namespace bitcpp
