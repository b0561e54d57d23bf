#include "cli/model_census.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "format/packed_schema.h"

namespace bitcpp {
namespace {

/// "layers.3.attention.query.bits" -> "layers.attention.query".
std::string part_of(const std::string& tensor) {
  std::string part = tensor;
  if (part.starts_with("layers.")) part.erase(6, part.find('.', 7) - 6);
  if (part.starts_with("embeddings.position") || part.starts_with("embeddings.token_type"))
    return part;
  return part.substr(0, part.rfind('.'));
}

/// An archive of PackedSchema that counts.
class Counter {
 public:
  Counter(const SafetensorsFile& file, ModelCensus& census) : file_(file), census_(census) {}

  void signs(const std::string& name, const SignMatrix& matrix, std::int64_t, std::int64_t) {
    add(name, matrix.rows * matrix.cols);
  }
  void halves(const std::string& name, std::span<const std::uint16_t> values,
              const std::vector<std::int64_t>&) {
    add(name, values.size());
  }
  void floats(const std::string& name, std::span<const float> values,
              const std::vector<std::int64_t>&) {
    add(name, values.size());
  }
  void thresholds(const std::string& name, const FloatThresholds& thresholds, std::int64_t) {
    add(name, thresholds.values.size());
  }
  void thresholds(const std::string& name, const IntegerThresholds& thresholds, std::int64_t,
                  CodeSet) {
    add(name, thresholds.values.size());
  }
  bool rounded(const std::string&, const PackedAttention& attention) const {
    return attention.rounded();
  }
  void exp_table(const std::string& prefix, const PackedAttention&, std::int64_t) {
    add(prefix + "exp_table", 0);
    add(prefix + "scores", 0);
  }
  void probability_cuts(const std::string& name, std::span<const double> cuts) {
    add(name, cuts.size());
  }
  bool ngrams(const PackedNgrams& ngrams, std::int64_t) {
    if (!ngrams.empty()) add("ngrams.weight", ngrams.weight.size());
    return !ngrams.empty();
  }

  void add(const std::string& name, std::uint64_t parameters) {
    const std::string part = part_of(name);
    auto& parts = census_.parts;
    auto found = std::find_if(parts.begin(), parts.end(),
                              [&](const ModelPart& p) { return p.name == part; });
    if (found == parts.end()) found = parts.insert(parts.end(), ModelPart{part, 0, 0});
    found->parameters += static_cast<std::int64_t>(parameters);
    found->bytes += file_.find(name)->bytes.size();
    census_.parameters += static_cast<std::int64_t>(parameters);
  }

 private:
  const SafetensorsFile& file_;
  ModelCensus& census_;
};

double mean_magnitude(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += std::abs(value);
  return sum / static_cast<double>(values.size());
}

/// Adds the channels of `thresholds`, and those whose every threshold is "always" or "never".
void count_constant(const IntegerThresholds& thresholds, LayerSummary& summary) {
  constexpr auto kAlways = std::numeric_limits<std::int32_t>::min();
  constexpr auto kNever = std::numeric_limits<std::int32_t>::max();
  const auto channels = static_cast<std::size_t>(thresholds.channels);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    bool constant = true;
    for (std::size_t i = channel; i < thresholds.values.size(); i += channels) {
      const std::int32_t value = thresholds.values[i];
      constant = constant && (value == kAlways || value == kNever);
    }
    summary.constant += constant;
  }
  summary.channels += thresholds.channels;
}

LayerSummary summary_of(const PackedLayer& layer) {
  const PackedAttention& a = layer.attention;
  LayerSummary summary;
  summary.input_levels = a.query.input.levels;
  summary.query_levels = a.query.output.levels;
  summary.key_levels = a.key.output.levels;
  summary.value_levels = a.value.output.levels;
  summary.probability_levels = a.rounded() ? 256 : static_cast<int>(a.probability_cuts.size()) + 1;
  summary.context_levels = a.context.levels;
  summary.hidden_levels = layer.ffn.up.output.levels;
  summary.probability_alpha =
      a.rounded() ? a.probability_scale.front() : 2 * a.probability_cuts.front();
  summary.attention_scale = mean_magnitude(a.output.scale);
  summary.feed_forward_scale = mean_magnitude(layer.ffn.down.scale);
  for (const IntegerThresholds* thresholds :
       {&a.query.output, &a.key.output, &a.value.output, &a.context, &layer.ffn.up.output}) {
    if (!thresholds->values.empty()) count_constant(*thresholds, summary);
  }
  return summary;
}

}  // namespace

ModelCensus take_census(const PackedModel& model) {
  ModelCensus census;
  Counter counter(*model.file, census);
  counter.add("vocabulary", 0);
  PackedSchema(counter, model);
  for (const PackedLayer& layer : model.layers) census.layers.push_back(summary_of(layer));
  return census;
}

}  // namespace bitcpp
