#include "train/network.h"

#include "train/binarize.h"
#include "train/libtorch.h"
#include "train/operations.h"
#include "train/token_scale.h"

namespace bitcpp {

using torch::Tensor;

/// Makes a network's parameters under Hugging Face's names.
class NetworkBuilder {
 public:
  NetworkBuilder(Network& network, std::uint64_t seed)
      : network_(network),
        config_(network.config_),
        generator_(at::detail::createCPUGenerator(seed)) {}

  void build() {
    const int64_t hidden = config_.hidden_size;
    const std::string embeddings = "bert.embeddings.";
    network_.words_ = matrix(embeddings + "word_embeddings.weight", config_.vocab_size, hidden,
                             ParameterRole::kWordEmbedding);
    network_.positions_ =
        matrix(embeddings + "position_embeddings.weight", config_.max_position_embeddings, hidden);
    network_.types_ =
        matrix(embeddings + "token_type_embeddings.weight", config_.type_vocab_size, hidden);
    network_.embedding_norm_ = norm(embeddings + "LayerNorm");
    for (int64_t i = 0; i < config_.num_hidden_layers; ++i)
      network_.layers_.push_back(layer("bert.encoder.layer." + std::to_string(i)));
    if (!per_token(config_.task))
      network_.pooler_ = linear("bert.pooler.dense", hidden, hidden,
                                spec(config_.quantization.activation_bits, true));
    if (config_.has_head()) {
      const std::string head =
          config_.task == TaskKind::kQuestionAnswering ? "qa_outputs" : "classifier";
      network_.head_weight_ = matrix(head + ".weight", config_.head_outputs(), hidden);
      network_.head_bias_ = vector(head + ".bias", config_.head_outputs(), 0);
    }
    if (config_.ngram_buckets > 0) {
      const int64_t outputs = config_.head_outputs();
      network_.ngrams_.weight = network_.parameters_.add(
          "ngrams.weight", filled(config_.ngram_buckets * outputs, 0).view({-1, outputs}),
          ParameterRole::kBias);
      network_.ngrams_.scale = vector("ngrams.scale", outputs, 0);
      network_.ngrams_.bias = vector("ngrams.bias", outputs, 0);
    }
  }

 private:
  LayerParameters layer(const std::string& name) {
    const int64_t hidden = config_.hidden_size, inner = config_.intermediate_size;
    const std::string self = name + ".attention.self";
    const QuantizerSpec input = spec(config_.quantization.activation_bits, true);
    const QuantizerSpec attention = spec(config_.quantization.attention(), true);
    LayerParameters layer;
    layer.query = linear(self + ".query", hidden, hidden, input);
    layer.key = linear(self + ".key", hidden, hidden, input);
    layer.value = linear(self + ".value", hidden, hidden, input);
    layer.query_codes = place(self + ".query.output", hidden, attention);
    layer.key_codes = place(self + ".key.output", hidden, attention);
    layer.value_codes = place(self + ".value.output", hidden, attention);
    layer.probability_codes =
        place(self + ".probabilities", 0, spec(config_.quantization.attention(), one_set()));
    layer.attention_output = linear(name + ".attention.output.dense", hidden, hidden, input);
    layer.attention_norm = norm(name + ".attention.output.LayerNorm");
    layer.up = linear(name + ".intermediate.dense", inner, hidden, input);
    layer.down =
        linear(name + ".output.dense", hidden, inner, spec(config_.quantization.relu(), one_set()));
    layer.output_norm = norm(name + ".output.LayerNorm");
    return layer;
  }

  static QuantizerSpec spec(ActivationBits bits, bool is_signed) {
    return {bits.levels(), is_signed};
  }

  /// Whether places whose values are never negative take signed sets too.
  bool one_set() const { return config_.quantization.variant.sets == ActivationSets::kOne; }

  LinearParameters linear(const std::string& name, int64_t out, int64_t in, QuantizerSpec input) {
    LinearParameters parameters;
    parameters.weight = matrix(name + ".weight", out, in);
    parameters.bias = vector(name + ".bias", out, 0);
    parameters.input = place(name + ".input", in, input);
    return parameters;
  }

  /// A quantizer's place, undefined where activations stay in float. No channels: no shift.
  ElasticParameters place(const std::string& name, int64_t channels, QuantizerSpec spec) {
    ElasticParameters parameters;
    if (!config_.quantized() || spec.levels == 0) return parameters;
    parameters.spec = spec;
    if (channels) parameters.shift = shift(name + ".shift", channels);
    parameters.scale =
        network_.parameters_.add(name + ".scale", filled(1, 1), ParameterRole::kScale);
    return parameters;
  }

  Tensor shift(const std::string& name, int64_t channels) {
    const LearnedShifts learned = config_.quantization.variant.shifts;
    const bool at_output = name.find(".output.shift") != std::string::npos;
    const bool constant =
        learned == LearnedShifts::kNone || (learned == LearnedShifts::kInputs && at_output);
    return network_.parameters_.add(name, filled(channels, 0),
                                    constant ? ParameterRole::kConstant : ParameterRole::kBias);
  }

  NormParameters norm(const std::string& name) {
    return {vector(name + ".weight", config_.hidden_size, 1),
            vector(name + ".bias", config_.hidden_size, 0)};
  }

  Tensor matrix(const std::string& name, int64_t rows, int64_t cols,
                ParameterRole role = ParameterRole::kWeight) {
    Tensor values = torch::empty({rows, cols});
    values.normal_(0, 0.02, generator_);
    return network_.parameters_.add(name, values.to(network_.device_), role);
  }

  Tensor vector(const std::string& name, int64_t size, double value) {
    return network_.parameters_.add(name, filled(size, value), ParameterRole::kBias);
  }

  Tensor filled(int64_t size, double value) const {
    return torch::full({size}, value, torch::TensorOptions(torch::kFloat).device(network_.device_));
  }

  Network& network_;
  const NetworkConfig& config_;
  at::Generator generator_;
};

Network::Network(const NetworkConfig& config, torch::Device device, std::uint64_t seed)
    : config_(config), device_(device) {
  if (config_.quantized())
    config_.hidden_act =
        config_.quantization.variant.nonlinearity == Nonlinearity::kGelu ? "gelu" : "relu";
  NetworkBuilder(*this, seed).build();
}

std::vector<std::string> Network::copy_from(const ParameterSet& source) {
  torch::NoGradGuard no_gradient;
  std::vector<std::string> missing;
  for (const Parameter& own : parameters_.list()) {
    if (own.role == ParameterRole::kConstant) continue;
    const Parameter* other = source.find(own.name);
    if (other && other->tensor.sizes() == own.tensor.sizes()) {
      Tensor target = own.tensor;
      target.copy_(other->tensor);
    } else {
      missing.push_back(own.name);
    }
  }
  return missing;
}

void Network::set_ngrams(const NgramHead& head) {
  torch::NoGradGuard no_gradient;
  ngrams_.weight.copy_(head.weight);
  ngrams_.scale.copy_(head.scale);
  ngrams_.bias.copy_(head.bias);
}

void Network::forget_scales() {
  torch::NoGradGuard no_gradient;
  for (const Parameter& parameter : parameters_.list()) {
    Tensor scale = parameter.tensor;
    if (parameter.role == ParameterRole::kScale) scale.zero_();
  }
}

Tensor Network::embed(const Batch& batch, const Operations& run, const ForwardOptions& options,
                      Outputs& outputs) {
  outputs.active_words = words_.index_select(0, batch.unique_ids);
  if (options.with_gradient) outputs.active_words.set_requires_grad(true);
  Tensor words = outputs.active_words, types = types_, positions = positions_;
  if (config_.quantized()) {
    const bool half = config_.quantization.half_tables;
    if (config_.quantization.variant.word_mean == WordMean::kTable)
      words = binarized_around(words, words_.mean(), half);
    else
      words = binarized_weight(words, WeightScale::kRow, half);
    if (half) types = rounded_to_half(types);
    if (half) positions = rounded_to_half(positions);
  }
  // The published code's [PAD] row takes no gradient.
  if (!batch.attended.empty())
    words = torch::where(batch.unique_ids.ne(0).unsqueeze(1), words, words.detach());
  Tensor sum = words.index_select(0, batch.word_rows) + types.index_select(0, batch.types);
  return run.add_norm(sum, positions.index_select(0, batch.positions), embedding_norm_,
                      config_.layer_norm_eps);
}

namespace {

Tensor run_linear(const Operations& run, const Tensor& x, const LinearParameters& parameters,
                  bool after_relu, const OperationContext& context) {
  const bool scaled = context.config.quantization.activation_scale == ActivationScale::kToken;
  if (scaled && parameters.input.scale.defined())
    return token_scaled_linear(run.linear, x, parameters, after_relu, context);
  return run.linear(x, parameters, after_relu, context);
}

Tensor layer_forward(const Tensor& x, const LayerParameters& layer, const Operations& run,
                     const OperationContext& context, Outputs& outputs) {
  const ForwardOptions& options = context.options;
  auto linear = [&](const Tensor& input, const LinearParameters& parameters, bool after_relu) {
    return run_linear(run, input, parameters, after_relu, context);
  };
  auto drop = [&](const Tensor& y) {
    return options.dropout > 0 ? torch::dropout(y, options.dropout, true) : y;
  };
  AttentionInputs inputs{linear(x, layer.query, false), linear(x, layer.key, false),
                         linear(x, layer.value, false)};
  if (options.keep_attention) outputs.attention.push_back(inputs);
  Tensor attended = run.attention(inputs, layer, context);
  Tensor y = drop(linear(attended, layer.attention_output, false));
  const double eps = context.config.layer_norm_eps;
  Tensor middle = run.add_norm(y, x, layer.attention_norm, eps);
  Tensor inner = linear(middle, layer.up, false);
  const bool relu = context.config.hidden_act == "relu";
  if (!relu) inner = torch::gelu(inner);
  y = drop(linear(inner, layer.down, relu));
  return run.add_norm(y, middle, layer.output_norm, eps);
}

}  // namespace

Outputs Network::forward(const Batch& given, const ForwardOptions& options) {
  torch::AutoGradMode gradient(options.with_gradient);
  const bool fused = options.fused && !options.calibrate && !options.observe && device_.is_cpu() &&
                     config_.quantization.variant.fused() && given.attended.empty() &&
                     options.attention_dropout == 0;
  const Operations& run = fused ? fused_operations() : aten_operations();
  Batch batch = given;
  if (!fused && !batch.padding.defined()) add_padded_view(batch, device_);
  const OperationContext context{batch, config_, options};
  Outputs outputs;
  Tensor x = embed(batch, run, options, outputs);
  if (options.dropout > 0) x = torch::dropout(x, options.dropout, true);
  outputs.hidden.push_back(x);
  for (const LayerParameters& layer : layers_) {
    x = layer_forward(x, layer, run, context, outputs);
    outputs.hidden.push_back(x);
  }
  if (head_weight_.defined()) {
    Tensor read = x;
    if (!per_token(config_.task)) {
      Tensor first = x.index_select(0, batch.first_tokens);
      read = run_linear(run, first, pooler_, false, context).tanh();
    }
    if (options.head_dropout > 0) read = torch::dropout(read, options.head_dropout, true);
    outputs.logits = torch::linear(read, head_weight_, head_bias_);
    if (ngrams_.defined())
      outputs.logits =
          outputs.logits + ngram_scores(ngrams_,
                                        batch.unique_ids.index_select(0, batch.word_rows).cpu(),
                                        batch.offsets);
  }
  return outputs;
}

}  // namespace bitcpp
