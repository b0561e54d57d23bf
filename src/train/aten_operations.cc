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

/// Sets a scale that nothing set yet.
void set_initial_scale(const ElasticParameters& place, const Tensor& sample, InitialScale initial) {
  if (place.scale.item<float>() != 0) return;
  torch::NoGradGuard no_gradient;
  const Tensor centred = place.shift.defined() ? sample - place.shift : sample;
  Tensor scale = place.scale;
  switch (initial) {
    case InitialScale::kOptimal:
      scale.copy_(initial_scale(centred, place.spec));
      break;
    case InitialScale::kPublished:
      scale.copy_(published_initial_scale(centred, place.spec));
      break;
    case InitialScale::kOne:
      scale.fill_(1);
      break;
  }
}

/// x quantized, after setting the scale from it when the pass calibrates.
Tensor quantize(const Tensor& x, const ElasticParameters& place, const OperationContext& context) {
  const ForwardOptions& options = context.options;
  if (options.calibrate) set_initial_scale(place, x, options.initial_scale);
  if (options.observe)
    options.observe(place, quantize_to_integers(x, place.shift, place.scale, place.spec));
  if (context.config.quantization.variant.arithmetic == Arithmetic::kPublished)
    return published_quantize(x, place.shift, place.scale, place.spec);
  return elastic_quantize(x, place.shift, place.scale, place.spec);
}

Tensor aten_linear(const Tensor& x, const LinearParameters& parameters, bool after_relu,
                   const OperationContext& context) {
  Tensor input = after_relu ? x.relu() : x;
  if (!context.config.quantized()) return torch::linear(input, parameters.weight, parameters.bias);
  if (parameters.input.scale.defined()) input = quantize(input, parameters.input, context);
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

/// What each key counts for each query, quantized: (B, heads, T, T), 0 where there is no key.
Tensor attention_weights(const Tensor& scores, const ElasticParameters& place,
                         const OperationContext& context) {
  const Batch& batch = context.batch;
  const Variant& variant = context.config.quantization.variant;
  const bool is_bool = place.scale.defined() && variant.attention == AttentionKind::kBool;
  const Tensor absent = batch.padding.unsqueeze(1).unsqueeze(1);
  Tensor weights =
      is_bool ? scores
              : scores.masked_fill(absent, -std::numeric_limits<float>::infinity()).softmax(-1);
  if (context.options.attention_dropout > 0)
    weights = torch::dropout(weights, context.options.attention_dropout, true);
  if (!place.scale.defined()) return weights;
  Tensor largest;
  const bool by_row =
      context.config.quantization.attention_threshold == AttentionThreshold::kRow && !is_bool;
  if (by_row) {
    largest = weights.detach().amax(-1, true);
    weights = weights / largest;
  }
  if (context.options.calibrate) {
    const Tensor present = absent.logical_or(absent.transpose(2, 3)).logical_not();
    // Padding that the published code computes counts as it does there.
    const Tensor sample = batch.attended.empty() ? weights.masked_select(present) : weights;
    set_initial_scale(place, sample, context.options.initial_scale);
  }
  if (context.options.observe && !is_bool)
    context.options.observe(place,
                            quantize_to_integers(weights, place.shift, place.scale, place.spec));
  const int64_t elements = probability_count(batch.offsets, context.config.num_attention_heads);
  if (is_bool)
    weights = bool_quantize(weights, place.scale, elements);
  else if (variant.arithmetic == Arithmetic::kPublished)
    weights = published_quantize(weights, place.shift, place.scale, place.spec, elements);
  else
    weights = elastic_quantize(weights, place.shift, place.scale, place.spec, elements);
  if (by_row) weights = weights * largest;
  // A code of 0 is not the value 0 in a signed set, nor behind bool.
  return is_bool || place.spec.is_signed ? weights.masked_fill(absent, 0) : weights;
}

Tensor aten_attention(const AttentionInputs& inputs, const LayerParameters& parameters,
                      const OperationContext& context) {
  auto codes = [&](const Tensor& x, const ElasticParameters& place) {
    return split_heads(place.scale.defined() ? quantize(x, place, context) : x, context);
  };
  Tensor query = codes(inputs.query, parameters.query_codes);
  Tensor key = codes(inputs.key, parameters.key_codes);
  Tensor value = codes(inputs.value, parameters.value_codes);
  Tensor scores = query.matmul(key.transpose(2, 3)) / std::sqrt(static_cast<double>(query.size(3)));
  Tensor weights = attention_weights(scores, parameters.probability_codes, context);
  Tensor result = weights.matmul(value).transpose(1, 2).reshape({-1, inputs.query.size(1)});
  return result.index_select(0, context.batch.unpadded_places);
}

Tensor aten_add_norm(const Tensor& y, const Tensor& x, const NormParameters& norm, double eps) {
  return torch::layer_norm(y + x, {x.size(1)}, norm.weight, norm.bias, eps);
}

}  // namespace

const Operations& aten_operations() {
  static const Operations operations{aten_linear, aten_attention, aten_add_norm};
  return operations;
}

}  // namespace bitcpp
