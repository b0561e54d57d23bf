#include "pack/pack.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <limits>

#include "base/error.h"
#include "pack/threshold_search.h"
#include "train/binarize.h"
#include "train/fused_attention.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

using torch::Tensor;

/// Arrays whose addresses stay.
class Arena {
 public:
  template <typename T>
  std::span<T> make(std::size_t count) {
    blocks_.emplace_back((count * sizeof(T) + 7) / 8);
    return {reinterpret_cast<T*>(blocks_.back().data()), count};
  }
  std::span<const float> floats(const Tensor& values) {
    Tensor flat = values.detach().to(torch::kFloat).contiguous().reshape({-1});
    auto to = make<float>(static_cast<std::size_t>(flat.numel()));
    std::memcpy(to.data(), flat.data_ptr<float>(), to.size_bytes());
    return to;
  }
  std::span<const std::uint16_t> halves(const Tensor& values) {
    Tensor flat = values.detach().to(torch::kHalf).contiguous().reshape({-1});
    auto to = make<std::uint16_t>(static_cast<std::size_t>(flat.numel()));
    std::memcpy(to.data(), flat.data_ptr(), to.size_bytes());
    return to;
  }
  std::span<const double> doubles(const std::vector<double>& values) {
    auto to = make<double>(values.size());
    std::copy(values.begin(), values.end(), to.begin());
    return to;
  }
  std::string_view text(const std::string& value) {
    auto to = make<char>(value.size());
    std::copy(value.begin(), value.end(), to.begin());
    return {to.data(), to.size()};
  }

 private:
  std::deque<std::vector<std::uint64_t>> blocks_;
};

float scalar(const Tensor& one) { return one.item<float>(); }

/// Threshold j of a quantizer for channel c, with the arithmetic of train/quantizer.cc.
float threshold(const ElasticParameters& place, int j, std::int64_t channel) {
  const float shift = place.shift.data_ptr<float>()[channel];
  if (place.spec.is_sign()) return shift;
  return shift + scalar(place.scale) * static_cast<float>(place.spec.threshold_factor(j));
}

/// Largest magnitude of an integer of the set.
std::int32_t reach(const QuantizerSpec& spec) { return std::max(-spec.lowest(), spec.highest()); }

class Packer {
 public:
  Packer(const Network& network, const Tokenizer& tokenizer, Arena& arena)
      : network_(network), tokenizer_(tokenizer), arena_(arena) {}

  PackedModel pack(const PackNotes& notes) {
    PackedModel model;
    model.config = config();
    model.recipe = notes.recipe;
    model.provenance = notes.provenance;
    model.metrics = notes.metrics;
    model.vocabulary = arena_.text(tokenizer_.vocabulary_text());
    model.embeddings = embeddings();
    for (const LayerParameters& layer : network_.layers())
      model.layers.push_back(pack_layer(layer));
    if (!per_token(network_.config().task)) {
      model.pooler.input = float_thresholds(network_.pooler().input);
      model.pooler.linear = scaled(network_.pooler());
    }
    model.head = {network_.config().head_outputs(), arena_.floats(network_.head_weight()),
                  arena_.floats(network_.head_bias())};
    if (network_.ngrams().defined()) model.ngrams = ngrams(network_.ngrams());
    return model;
  }

 private:
  PackedConfig config() const {
    const NetworkConfig& from = network_.config();
    PackedConfig config;
    config.num_hidden_layers = from.num_hidden_layers;
    config.hidden_size = from.hidden_size;
    config.num_attention_heads = from.num_attention_heads;
    config.intermediate_size = from.intermediate_size;
    config.vocab_size = from.vocab_size;
    config.max_position_embeddings = from.max_position_embeddings;
    config.type_vocab_size = from.type_vocab_size;
    config.layer_norm_eps = from.layer_norm_eps;
    config.task = task_name(from.task);
    config.pair = from.pair;
    config.max_length = from.max_length;
    config.stride = from.stride;
    config.labels = from.labels;
    config.lowercase = tokenizer_.options().lowercase;
    config.strip_accents = tokenizer_.options().strip_accents;
    config.chinese_characters = tokenizer_.options().chinese_characters;
    return config;
  }

  PackedEmbeddings embeddings() {
    const BinarizedWeight words = binarize(network_.word_embedding().cpu(), WeightScale::kRow);
    return {signs(words.signs), arena_.halves(words.scale),
            arena_.halves(network_.position_embedding()), arena_.halves(network_.type_embedding()),
            norm(network_.embedding_norm())};
  }

  PackedNgrams ngrams(const NgramHead& head) {
    const Tensor weight = head.weight.detach().to(torch::kCPU, torch::kInt8).contiguous();
    auto kept = arena_.make<std::int8_t>(static_cast<std::size_t>(weight.numel()));
    std::copy_n(weight.data_ptr<std::int8_t>(), kept.size(), kept.begin());
    return {weight.size(0), kept, arena_.floats(head.scale), arena_.floats(head.bias)};
  }

  PackedLayer pack_layer(const LayerParameters& layer) {
    PackedLayer packed;
    PackedAttention& attention = packed.attention;
    if (layer.query_codes.spec.rounds()) {
      pack_rounded_attention(layer, attention);
    } else {
      attention.query = binarizing(layer.query, layer.query_codes, false);
      attention.key = binarizing(layer.key, layer.key_codes, false);
      attention.value = binarizing(layer.value, layer.value_codes, false);
      pack_softmax(layer, attention);
    }
    attention.context = context_thresholds(layer);
    attention.output = scaled(layer.attention_output);
    attention.norm = norm(layer.attention_norm);
    packed.ffn.up = binarizing(layer.up, layer.down.input, true);
    packed.ffn.down = scaled(layer.down);
    packed.ffn.norm = norm(layer.output_norm);
    return packed;
  }

  void pack_rounded_attention(const LayerParameters& layer, PackedAttention& attention) {
    attention.query = rounding(layer.query, layer.query_codes);
    attention.key = rounding(layer.key, layer.key_codes);
    attention.value = rounding(layer.value, layer.value_codes);
    const NetworkConfig& config = network_.config();
    const auto softmax = fused::rounding_softmax(
        config.hidden_size / config.num_attention_heads, scalar(layer.query_codes.scale),
        scalar(layer.key_codes.scale), scalar(layer.probability_codes.scale),
        layer.probability_codes.spec.levels);
    attention.score_scale = number(static_cast<float>(softmax.score_scale));
    attention.probability_scale = number(softmax.probability_scale);
  }

  /// A linear layer whose outputs are rounded to bytes.
  BinarizingLinear rounding(const LinearParameters& linear, const ElasticParameters& output) {
    const ScaledLinear kept = scaled(linear);
    return {
        float_thresholds(linear.input),
        kept.weight,
        {output.spec.levels, output.shift.numel(), {}},
        {kept.scale, kept.bias, arena_.floats(output.shift), number(1.0f / scalar(output.scale))}};
  }

  std::span<const float> number(float value) {
    auto to = arena_.make<float>(1);
    to[0] = value;
    return to;
  }

  void pack_softmax(const LayerParameters& layer, PackedAttention& attention) {
    const QuantizerSpec& spec = layer.query_codes.spec;
    const std::int64_t width =
        network_.config().hidden_size / network_.config().num_attention_heads;
    const auto softmax = fused::quantized_softmax(
        width, spec.lowest(), spec.highest(), spec.step(), scalar(layer.query_codes.scale),
        scalar(layer.key_codes.scale), scalar(layer.probability_codes.scale),
        layer.probability_codes.spec.levels);
    attention.exp_table = arena_.doubles(softmax.table);
    attention.score_minimum = softmax.score_minimum;
    attention.score_step = softmax.score_step;
    attention.probability_cuts = arena_.doubles(softmax.cuts);
  }

  /// Codes of the context sum n: value probability_scale * value_scale * n against the output
  /// matrix's input thresholds.
  IntegerThresholds context_thresholds(const LayerParameters& layer) const {
    const ElasticParameters& codes = layer.attention_output.input;
    const float scale = scalar(layer.probability_codes.scale) * scalar(layer.value_codes.scale);
    const auto longest = static_cast<std::int32_t>(network_.config().max_position_embeddings);
    const std::int32_t limit =
        longest * reach(layer.probability_codes.spec) * reach(layer.value_codes.spec);
    return integer_thresholds(
        codes, limit, [&](std::int64_t, std::int32_t n) { return static_cast<float>(n) * scale; });
  }

  /// A linear layer whose outputs only live on as codes.
  BinarizingLinear binarizing(const LinearParameters& linear, const ElasticParameters& output,
                              bool after_relu) {
    const BinarizedWeight weight = binarized(linear);
    const std::vector<float> scale = row_scales(linear, weight);
    const Tensor bias_tensor = linear.bias.detach().cpu();
    const float* bias = bias_tensor.data_ptr<float>();
    const auto limit = static_cast<std::int32_t>(weight.signs.size(1)) * reach(linear.input.spec);
    BinarizingLinear packed{float_thresholds(linear.input), signs(weight.signs), {}, {}};
    packed.output = integer_thresholds(output, limit, [&](std::int64_t o, std::int32_t n) {
      const float y = scale[o] * static_cast<float>(n) + bias[o];
      return after_relu ? std::max(y, 0.0f) : y;
    });
    return packed;
  }

  ScaledLinear scaled(const LinearParameters& linear) {
    const BinarizedWeight weight = binarized(linear);
    const std::vector<float> scale = row_scales(linear, weight);
    auto kept = arena_.make<float>(scale.size());
    std::copy(scale.begin(), scale.end(), kept.begin());
    return {signs(weight.signs), kept, arena_.floats(linear.bias)};
  }

  BinarizedWeight binarized(const LinearParameters& linear) const {
    return binarize(linear.weight.detach().cpu(), network_.config().quantization.weight_scale);
  }

  /// input scale * weight scale for each output, rounded once, as training computes it.
  static std::vector<float> row_scales(const LinearParameters& linear,
                                       const BinarizedWeight& weight) {
    std::vector<float> scales(weight.signs.size(0));
    const float input = scalar(linear.input.scale), *from = weight.scale.data_ptr<float>();
    const bool single = weight.scale.numel() == 1;
    for (std::size_t o = 0; o < scales.size(); ++o) scales[o] = input * from[single ? 0 : o];
    return scales;
  }

  FloatThresholds float_thresholds(const ElasticParameters& place) {
    const std::int64_t channels = place.shift.numel();
    const int count = place.spec.levels - 1;
    auto values = arena_.make<float>(static_cast<std::size_t>(count * channels));
    for (int j = 1; j <= count; ++j)
      for (std::int64_t c = 0; c < channels; ++c)
        values[(j - 1) * channels + c] = threshold(place, j, c);
    return {place.spec.levels, channels, values};
  }

  template <typename Value>
  static IntegerThresholds integer_thresholds(const ElasticParameters& place, std::int32_t limit,
                                              const Value& value) {
    IntegerThresholds thresholds{place.spec.levels, place.shift.numel(), {}};
    for (int j = 1; j < thresholds.levels; ++j)
      for (std::int64_t c = 0; c < thresholds.channels; ++c) {
        const float at = threshold(place, j, c);
        thresholds.values.push_back(
            smallest_reaching(-limit, limit, [&](std::int32_t n) { return value(c, n) >= at; }));
      }
    return thresholds;
  }

  SignMatrix signs(const Tensor& matrix) {
    const std::int64_t rows = matrix.size(0), cols = matrix.size(1), row_bytes = (cols + 7) / 8;
    auto bits = arena_.make<std::uint8_t>(static_cast<std::size_t>(rows * row_bytes));
    std::fill(bits.begin(), bits.end(), std::uint8_t{0});
    const float* values = matrix.data_ptr<float>();
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < cols; ++c)
        if (values[r * cols + c] > 0) bits[r * row_bytes + c / 8] |= std::uint8_t(1u << (c % 8));
    return {rows, cols, bits};
  }

  LayerNormParameters norm(const NormParameters& norm) {
    return {arena_.floats(norm.weight), arena_.floats(norm.bias)};
  }

  const Network& network_;
  const Tokenizer& tokenizer_;
  Arena& arena_;
};

}  // namespace

std::string why_unpackable(const NetworkConfig& config) {
  const Quantization& bits = config.quantization;
  if (!config.quantized() || !bits.activation_bits.quantized())
    return "only networks with 1-bit weights and quantized activations can be packed";
  // The context's sums have to be exact in fp32, as training forms them.
  constexpr std::int64_t kLongest = (1 << 24) / (255 * 128);
  if (bits.attention() == ActivationBits(8) && config.max_position_embeddings > kLongest)
    return "8-bit attention can be packed with at most " + std::to_string(kLongest) +
           " positions, this network has " + std::to_string(config.max_position_embeddings);
  if (bits.activation_scale == ActivationScale::kToken)
    return "a network with activation_scale = \"token\" cannot be packed yet";
  if (bits.attention_threshold == AttentionThreshold::kRow)
    return "a network with attention_threshold = \"row\" cannot be packed yet";
  if (!config.has_head()) return "a network without a task head cannot be packed";
  if (!bits.half_tables)
    return "trained with half_tables = false: its position table does not fit a packed file "
           "exactly";
  if (const std::string option = bits.variant.unpackable(); !option.empty())
    return "trained with " + option + ": a packed file has no room for it";
  return "";
}

PackedResult pack_network(const Network& network, const Tokenizer& tokenizer,
                          const PackNotes& notes) {
  torch::NoGradGuard no_gradient;
  if (const std::string why = why_unpackable(network.config()); !why.empty()) throw Error(why);
  auto arena = std::make_shared<Arena>();
  PackedModel model = Packer(network, tokenizer, *arena).pack(notes);
  return {std::move(model), arena};
}

}  // namespace bitcpp
