#include "pack/reference.h"

#include <cmath>

#include "train/binarize.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

using torch::Tensor;

Tensor integers_of(const Tensor& x, const ElasticParameters& place) {
  return quantize_to_integers(x, place.shift, place.scale, place.spec);
}

/// Sum over the last dimension: lane l of 16 adds elements l, l + 16, ...; then the lanes are added
/// pairwise, halving.
Tensor lane_sum(const Tensor& x) {
  const int64_t lanes = 16, count = x.size(-1);
  Tensor padded = torch::constant_pad_nd(x, {0, (lanes - count % lanes) % lanes});
  Tensor blocks = padded.view({x.size(0), -1, lanes});
  Tensor sum = torch::zeros({x.size(0), lanes}, x.options());
  for (int64_t b = 0; b < blocks.size(1); ++b) sum = sum + blocks.select(1, b);
  for (int64_t width = lanes / 2; width > 0; width /= 2)
    sum = sum.narrow(1, 0, width) + sum.narrow(1, width, width);
  return sum;  // (rows, 1)
}

/// 2^x of x <= 0 by docs/format.md, in fp32.
Tensor float_exp2(const Tensor& x) {
  static const Tensor powers = [] {  // 2^-i; the library's own power is not always exact
    std::vector<float> values;
    for (int i = 0; i <= 126; ++i) values.push_back(std::ldexp(1.0f, -i));
    return torch::tensor(values);
  }();
  Tensor clipped = x.clamp_min(-126.0f);
  Tensor k = clipped.round();
  Tensor r = clipped - k;
  Tensor sum = torch::full_like(r, 0.00958104711f);
  for (float factor : {0.0559059717f, 0.240241453f, 0.693124354f, 1.0f}) sum = sum * r + factor;
  Tensor index = (-k).to(torch::kInt64).reshape({-1});
  return sum * powers.index_select(0, index).view_as(sum);
}

/// Codes of the softmax of integer scores (heads, queries, keys), 8 bits (docs/format.md).
Tensor rounded_probabilities(const Tensor& scores, float score_scale, float alpha) {
  Tensor n = scores.to(torch::kFloat);
  Tensor e = float_exp2((n - n.amax(-1, true)) * (score_scale * 1.44269504f));
  Tensor sums = lane_sum(e.reshape({-1, e.size(-1)})).reshape({e.size(0), e.size(1), 1});
  return (e * (1 / (sums * alpha))).clamp_max(255).round();
}

/// Codes of probabilities by thresholds alpha * (j - 1/2), in double.
Tensor counted_probabilities(const Tensor& probabilities, double alpha, int levels) {
  Tensor codes = torch::zeros_like(probabilities);
  for (int j = 1; j < levels; ++j) codes += probabilities.ge(alpha * (j - 0.5)).to(torch::kDouble);
  return codes;
}

Tensor layer_norm(const Tensor& v, const NormParameters& norm, double eps) {
  const auto count = static_cast<float>(v.size(1));
  Tensor centred = v - lane_sum(v) / count;
  Tensor variance = lane_sum(centred * centred) / count + static_cast<float>(eps);
  // By way of double: the float square root of LibTorch with MKL is not always the nearest float.
  Tensor inverse = 1 / variance.to(torch::kDouble).sqrt().to(torch::kFloat);
  return centred * inverse * norm.weight + norm.bias;
}

}  // namespace

ReferenceNetwork::ReferenceNetwork(const Network& network)
    : network_(network), config_(network.config()) {
  torch::NoGradGuard no_gradient;
  for (const LayerParameters& layer : network.layers())
    layers_.push_back({prepare(layer.query), prepare(layer.key), prepare(layer.value),
                       prepare(layer.attention_output), prepare(layer.up), prepare(layer.down),
                       &layer});
  if (!per_token(config_.task)) pooler_ = prepare(network.pooler());
}

ReferenceNetwork::Linear ReferenceNetwork::prepare(const LinearParameters& parameters) const {
  const BinarizedWeight weight = binarize(parameters.weight, config_.quantization.weight_scale);
  return {&parameters, weight.signs.t().contiguous(),
          parameters.input.scale * weight.scale.view({1, -1})};
}

Outputs ReferenceNetwork::run(const EncodedText& text) const {
  torch::NoGradGuard no_gradient;
  Outputs outputs;
  Tensor x = embed(text);
  outputs.hidden.push_back(x);
  for (const Layer& layer : layers_) {
    x = run_layer(x, layer);
    outputs.hidden.push_back(x);
  }
  if (!per_token(config_.task)) {
    const Tensor first = integers_of(x.narrow(0, 0, 1), network_.pooler().input);
    x = scaled(first, pooler_).tanh();
  }
  outputs.logits = torch::linear(x, network_.head_weight(), network_.head_bias());
  if (network_.ngrams().defined()) {
    const Tensor ids = torch::tensor(std::vector<int64_t>(text.ids.begin(), text.ids.end()));
    outputs.logits = outputs.logits + ngram_scores(network_.ngrams(), ids, {{0, ids.size(0)}});
  }
  return outputs;
}

Tensor ReferenceNetwork::embed(const EncodedText& text) const {
  const auto count = static_cast<int64_t>(text.ids.size());
  std::vector<int64_t> ids(text.ids.begin(), text.ids.end());
  std::vector<int64_t> types(text.type_ids.begin(), text.type_ids.end());
  Tensor rows = network_.word_embedding().index_select(0, torch::tensor(ids, torch::kInt64));
  const BinarizedWeight words = binarize(rows, WeightScale::kRow);
  Tensor word = words.signs * words.scale.to(torch::kHalf).to(torch::kFloat);
  auto half = [](const Tensor& table) { return table.to(torch::kHalf).to(torch::kFloat); };
  Tensor type =
      half(network_.type_embedding()).index_select(0, torch::tensor(types, torch::kInt64));
  Tensor position = half(network_.position_embedding().narrow(0, 0, count));
  return layer_norm((word + type) + position, network_.embedding_norm(), config_.layer_norm_eps);
}

Tensor ReferenceNetwork::scaled(const Tensor& integers, const Linear& linear) const {
  return linear.scale * integers.matmul(linear.signs) + linear.parameters->bias;
}

Tensor ReferenceNetwork::run_layer(const Tensor& x, const Layer& layer) const {
  const LayerParameters& p = *layer.parameters;
  auto codes = [&](const Linear& linear, const ElasticParameters& place) {
    return integers_of(scaled(integers_of(x, linear.parameters->input), linear), place);
  };
  Tensor context = attention(codes(layer.query, p.query_codes), codes(layer.key, p.key_codes),
                             codes(layer.value, p.value_codes), p);
  Tensor y = scaled(integers_of(context, p.attention_output.input), layer.attention_output);
  Tensor middle = layer_norm(y + x, p.attention_norm, config_.layer_norm_eps);
  Tensor inner = scaled(integers_of(middle, p.up.input), layer.up).relu();
  y = scaled(integers_of(inner, p.down.input), layer.down);
  return layer_norm(y + middle, p.output_norm, config_.layer_norm_eps);
}

// Integers of q, k, v (tokens, hidden) -> real context.
Tensor ReferenceNetwork::attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                   const LayerParameters& layer) const {
  const int64_t heads = config_.num_attention_heads, width = query.size(1) / heads;
  auto split = [&](const Tensor& x) { return x.view({-1, heads, width}).transpose(0, 1); };
  Tensor scores = split(query).matmul(split(key).transpose(1, 2)).to(torch::kDouble);
  const double scale = layer.query_codes.scale.item<float>() *
                       static_cast<double>(layer.key_codes.scale.item<float>()) /
                       std::sqrt(static_cast<double>(width));
  const QuantizerSpec& spec = layer.probability_codes.spec;
  const float alpha = layer.probability_codes.scale.item<float>();
  Tensor levels = spec.rounds()
                      ? rounded_probabilities(scores, static_cast<float>(scale), alpha)
                      : counted_probabilities((scores * scale).softmax(-1), alpha, spec.levels);
  Tensor n = levels.to(torch::kFloat).matmul(split(value));
  return (layer.probability_codes.scale * layer.value_codes.scale) *
         n.transpose(0, 1).reshape({query.size(0), query.size(1)});
}

}  // namespace bitcpp
