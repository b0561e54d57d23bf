#include "model/random_model.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <random>
#include <vector>

#include "base/error.h"
#include "kernels/bit_product.h"
#include "kernels/codes.h"

namespace bitcpp {
namespace {

struct Storage {
  std::deque<std::vector<std::uint8_t>> bytes;
  std::deque<std::vector<std::uint16_t>> halves;
  std::deque<std::vector<float>> floats;
  std::deque<std::vector<double>> doubles;
  std::deque<std::vector<std::int8_t>> weights;
};

/// Draws tensors whose values keep every quantizer busy: about half of all codes of two levels
/// are 1.
class Draw {
 public:
  Draw(Storage& storage, const PackedConfig& config, const RandomLevels& levels, std::uint64_t seed)
      : storage_(storage), config_(config), levels_(levels), engine_(seed) {}

  PackedEmbeddings embeddings() {
    const std::int64_t hidden = config_.hidden_size;
    return {signs(config_.vocab_size, hidden), halves(config_.vocab_size),
            halves(config_.max_position_embeddings * hidden),
            halves(config_.type_vocab_size * hidden), norm()};
  }

  PackedLayer layer() {
    const std::int64_t hidden = config_.hidden_size, inner = config_.intermediate_size;
    PackedLayer layer;
    PackedAttention& a = layer.attention;
    if (levels_.query == 256) {
      a.query = rounding();
      a.key = rounding();
      a.value = rounding();
      a.score_scale = floats(1, 4.0 / 127 / 127, 0);
      a.probability_scale = floats(1, 1.0 / 255, 0);
    } else {
      a.query = binarizing(hidden, levels_.query);
      a.key = binarizing(hidden, levels_.key);
      a.value = binarizing(hidden, levels_.value);
      scores(a);
    }
    // Where the context has more than a few values.
    const double spread = levels_.query == 256 ? 2000 : 4;
    a.context = thresholds(levels_.context, hidden, spread);
    a.output = scaled(hidden, hidden);
    a.norm = norm();
    layer.ffn = {binarizing(inner, levels_.hidden), scaled(hidden, inner), norm()};
    return layer;
  }

  PackedPooler pooler() { return {input(), scaled(config_.hidden_size, config_.hidden_size)}; }
  PackedHead head(std::int64_t outputs) {
    return {outputs, floats(outputs * config_.hidden_size, 0, 1), floats(outputs, 0, 1)};
  }

  PackedNgrams ngrams(std::int64_t outputs) {
    if (levels_.ngrams == 0) return {};
    auto& weights =
        storage_.weights.emplace_back(static_cast<std::size_t>(levels_.ngrams * outputs));
    for (auto& weight : weights) weight = static_cast<std::int8_t>(127 * real());
    return {levels_.ngrams, weights, floats(outputs, 0.02, 0.01), floats(outputs, 0, 1)};
  }

 private:
  /// In [-1, 1); the standard's distributions differ between libraries.
  double real() { return static_cast<double>(engine_() >> 11) * 0x1p-52 - 1; }

  SignMatrix signs(std::int64_t rows, std::int64_t cols) {
    auto& bytes = storage_.bytes.emplace_back(static_cast<std::size_t>(rows * ((cols + 7) / 8)));
    const std::size_t row_bytes = static_cast<std::size_t>((cols + 7) / 8);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::uint8_t>(engine_() >> 56);
      if (cols % 8 != 0 && (i + 1) % row_bytes == 0)
        bytes[i] &= static_cast<std::uint8_t>((1u << (cols % 8)) - 1);
    }
    return {rows, cols, bytes};
  }
  std::span<const std::uint16_t> halves(std::int64_t count) {
    auto& values = storage_.halves.emplace_back(static_cast<std::size_t>(count));
    // Sign and mantissa at random, exponents of [0.25, 0.5).
    for (auto& value : values)
      value = static_cast<std::uint16_t>(0x3400 | (engine_() >> 48 & 0x83FF));
    return values;
  }
  std::span<const float> floats(std::int64_t count, double centre, double spread) {
    auto& values = storage_.floats.emplace_back(static_cast<std::size_t>(count));
    for (float& value : values) value = static_cast<float>(centre + spread * real());
    return values;
  }
  LayerNormParameters norm() {
    return {floats(config_.hidden_size, 1, 0.1), floats(config_.hidden_size, 0, 0.1)};
  }

  FloatThresholds input() {
    const std::int64_t channels = config_.hidden_size;
    auto& values = storage_.floats.emplace_back();
    for (int j = 1; j < levels_.input; ++j) {
      for (std::int64_t i = 0; i < channels; ++i) {
        values.push_back(static_cast<float>((j - levels_.input / 2.0) * 0.5 + 0.2 * real()));
      }
    }
    sort_columns(values, channels);
    return {levels_.input, channels, values};
  }
  IntegerThresholds thresholds(int levels, std::int64_t channels, double spread) {
    IntegerThresholds result{levels, channels, {}};
    for (int j = 1; j < levels; ++j) {
      for (std::int64_t i = 0; i < channels; ++i) {
        result.values.push_back(
            static_cast<std::int32_t>(((j - levels / 2.0) + 0.5 * real()) * spread));
      }
    }
    sort_columns(result.values, channels);
    return result;
  }
  template <class T>
  static void sort_columns(std::vector<T>& values, std::int64_t channels) {
    for (std::size_t i = static_cast<std::size_t>(channels); i < values.size(); ++i) {
      values[i] = std::max(values[i], values[i - static_cast<std::size_t>(channels)]);
    }
  }

  BinarizingLinear binarizing(std::int64_t out, int levels) {
    const double spread = std::sqrt(static_cast<double>(config_.hidden_size));
    return {input(), signs(out, config_.hidden_size), thresholds(levels, out, spread)};
  }
  /// Outputs within [-1, 1] or so in steps of 1 / 64.
  BinarizingLinear rounding() {
    const std::int64_t hidden = config_.hidden_size;
    const double scale = 1 / std::sqrt(static_cast<double>(hidden));
    return {input(),
            signs(hidden, hidden),
            {256, hidden, {}},
            {floats(hidden, scale, scale / 2), floats(hidden, 0, 0.1), floats(hidden, 0, 0.1),
             floats(1, 64, 0)}};
  }
  ScaledLinear scaled(std::int64_t out, std::int64_t in) {
    const double scale = 1 / std::sqrt(static_cast<double>(in));
    return {signs(out, in), floats(out, scale, scale / 2), floats(out, 0, 0.1)};
  }

  void scores(PackedAttention& a) {
    const CodeScale q = signed_codes(levels_.query), k = signed_codes(levels_.key);
    const std::int64_t width = config_.hidden_size / config_.num_attention_heads;
    const auto range = std::minmax({q.least() * k.least(), q.least() * k.greatest(),
                                    q.greatest() * k.least(), q.greatest() * k.greatest()});
    a.score_step = levels_.query == 2 && levels_.key == 2 ? 2 : 1;
    a.score_minimum = static_cast<std::int32_t>(range.first * width);
    const std::int64_t greatest = range.second * width;
    auto& table = storage_.doubles.emplace_back();
    // Only the basic operations, for equal tables everywhere.
    double value = 1;
    for (std::int64_t n = a.score_minimum; n <= greatest; n += a.score_step)
      table.push_back(value *= 1 + 0.09375 * a.score_step);
    for (double& entry : table) entry /= value;
    a.exp_table = table;
    auto& cuts = storage_.doubles.emplace_back();
    for (int j = 1; j < levels_.probability; ++j) cuts.push_back((j - 0.5) / 32);
    a.probability_cuts = cuts;
  }

  Storage& storage_;
  const PackedConfig& config_;
  RandomLevels levels_;
  std::mt19937_64 engine_;
};

/// The numbers of "LxHxAxF".
std::vector<std::int64_t> parse_shape(const std::string& name) {
  std::vector<std::int64_t> shape;
  const char *at = name.data(), *end = at + name.size();
  for (bool more = true; more;) {
    std::int64_t value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc() || value < 1 || value > kMaxProductInputs) break;
    shape.push_back(value);
    more = next < end && *next == 'x';
    at = more ? next + 1 : next;
  }
  if (at != end || shape.size() != 4 || shape[0] > 1000 || shape[1] % shape[2] != 0) {
    throw Error("random:" + name +
                ": expected bert-base, minilm-l6 or LAYERSxHIDDENxHEADSxINTERMEDIATE, as in "
                "6x384x12x1536");
  }
  return shape;
}

}  // namespace

RandomModel random_model(PackedConfig config, const RandomLevels& levels, std::uint64_t seed) {
  auto storage = std::make_shared<Storage>();
  RandomModel result;
  PackedModel& model = result.model;
  model.config = std::move(config);
  Draw draw(*storage, model.config, levels, seed);
  model.embeddings = draw.embeddings();
  for (std::int64_t i = 0; i < model.config.num_hidden_layers; ++i)
    model.layers.push_back(draw.layer());
  if (!per_token(model.config)) model.pooler = draw.pooler();
  model.head = draw.head(model.config.task == "question-answering"
                             ? 2
                             : static_cast<std::int64_t>(model.config.labels.size()));
  if (model.config.task == "classification") model.ngrams = draw.ngrams(model.head.outputs);
  result.storage = std::move(storage);
  return result;
}

PackedConfig random_shape(const std::string& name) {
  std::vector<std::int64_t> shape;
  if (name == "bert-base") {
    shape = {12, 768, 12, 3072};
  } else if (name == "minilm-l6") {
    shape = {6, 384, 12, 1536};
  } else {
    shape = parse_shape(name);
  }
  PackedConfig config;
  config.num_hidden_layers = shape[0];
  config.hidden_size = shape[1];
  config.num_attention_heads = shape[2];
  config.intermediate_size = shape[3];
  config.vocab_size = 30522;
  config.max_position_embeddings = 512;
  config.type_vocab_size = 2;
  config.task = "classification";
  config.max_length = 512;
  config.labels = {"0", "1"};
  return config;
}

}  // namespace bitcpp
