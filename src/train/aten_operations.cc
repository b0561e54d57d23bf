// Operations in plain ATen: the readable version, on any device. Attention pads its sequences to
// the longest.

#include <cmath>
#include <limits>

#include "train/binarize.h"
#include "train/libtorch.h"
#include "train/operations.h"

namespace bitcpp {
namespace {

using torch::Tensor;

/// x quantized, after setting the scale from it when the pass calibrates and nothing set it yet.
Tensor quantize(const Tensor& x, const ElasticParameters& place, const ForwardOptions& options,
                std::optional<int64_t> elements = {}) {
  if (options.calibrate && place.scale.item<float>() == 0) {
    torch::NoGradGuard no_gradient;
    Tensor centred = place.shift.defined() ? x - place.shift : x;
    Tensor scale = place.scale;
    scale.copy_(initial_scale(centred, place.spec));
  }
  if (options.observe)
    options.observe(place, quantize_to_integers(x, place.shift, place.scale, place.spec));
  return elastic_quantize(x, place.shift, place.scale, place.spec, elements);
}

Tensor linear(const Tensor& x, const LinearParameters& parameters, bool after_relu,
              const OperationContext& context) {
  Tensor input = after_relu ? x.relu() : x;
  if (!context.config.quantized()) return torch::linear(input, parameters.weight, parameters.bias);
  if (parameters.input.scale.defined()) input = quantize(input, parameters.input, context.options);
  Tensor weight = binarized_weight(parameters.weight, context.config.quantization.weight_scale);
  return torch::linear(input, weight, parameters.bias);
}

/// (N, hidden) -> (B, heads, T, width), zeros where a sequence has no token.
Tensor split_heads(const Tensor& x, const OperationContext& context) {
  const Batch& batch = context.batch;
  const int64_t heads = context.config.num_attention_heads;
  return x.index_select(0, batch.padded_tokens)
      .view({batch.sequences(), -1, heads, x.size(1) / heads})
      .transpose(1, 2);
}

Tensor attention(const AttentionInputs& inputs, const LayerParameters& parameters,
                 const OperationContext& context) {
  const Batch& batch = context.batch;
  const bool quantized = parameters.query_codes.scale.defined();
  auto codes = [&](const Tensor& x, const ElasticParameters& place,
                   std::optional<int64_t> elements = {}) {
    return quantized ? quantize(x, place, context.options, elements) : x;
  };
  Tensor query = split_heads(codes(inputs.query, parameters.query_codes), context);
  Tensor key = split_heads(codes(inputs.key, parameters.key_codes), context);
  Tensor value = split_heads(codes(inputs.value, parameters.value_codes), context);
  Tensor scores = query.matmul(key.transpose(2, 3)) / std::sqrt(static_cast<double>(query.size(3)));
  scores = scores.masked_fill(batch.padding.unsqueeze(1).unsqueeze(1),
                              -std::numeric_limits<float>::infinity());
  Tensor probabilities = scores.softmax(-1);
  Tensor largest;
  const bool by_row =
      context.config.quantization.attention_threshold == AttentionThreshold::kRow && quantized;
  if (by_row) {
    largest = probabilities.detach().amax(-1, true);
    probabilities = probabilities / largest;
  }
  probabilities = codes(probabilities, parameters.probability_codes,
                        probability_count(batch.offsets, context.config.num_attention_heads));
  if (by_row) probabilities = probabilities * largest;
  Tensor result = probabilities.matmul(value).transpose(1, 2).reshape({-1, inputs.query.size(1)});
  return result.index_select(0, batch.unpadded_places);
}

Tensor add_norm(const Tensor& y, const Tensor& x, const NormParameters& norm, double eps) {
  return torch::layer_norm(y + x, {x.size(1)}, norm.weight, norm.bias, eps);
}

}  // namespace

const Operations& aten_operations() {
  static const Operations operations{linear, attention, add_norm};
  return operations;
}

}  // namespace bitcpp
