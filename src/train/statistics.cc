#include "train/statistics.h"

#include <bit>
#include <cmath>
#include <cstdio>

#include "train/binarize.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

using nlohmann::json;
using torch::Tensor;

constexpr std::size_t kMostTexts = 64;

/// Five significant digits: what a plot shows, at half the log's size.
json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", value);
  return std::strtod(text, nullptr);
}

struct Place {
  const char* name;
  const ElasticParameters& (*of)(const LayerParameters&);
};

constexpr Place kPlaces[] = {
    {"query.input",
     [](const LayerParameters& l) -> const ElasticParameters& { return l.query.input; }},
    {"key.input", [](const LayerParameters& l) -> const ElasticParameters& { return l.key.input; }},
    {"value.input",
     [](const LayerParameters& l) -> const ElasticParameters& { return l.value.input; }},
    {"query", [](const LayerParameters& l) -> const ElasticParameters& { return l.query_codes; }},
    {"key", [](const LayerParameters& l) -> const ElasticParameters& { return l.key_codes; }},
    {"value", [](const LayerParameters& l) -> const ElasticParameters& { return l.value_codes; }},
    {"probabilities",
     [](const LayerParameters& l) -> const ElasticParameters& { return l.probability_codes; }},
    {"context",
     [](const LayerParameters& l) -> const ElasticParameters& { return l.attention_output.input; }},
    {"ffn.input", [](const LayerParameters& l) -> const ElasticParameters& { return l.up.input; }},
    {"ffn.hidden",
     [](const LayerParameters& l) -> const ElasticParameters& { return l.down.input; }},
};

struct Matrix {
  const char* name;
  LinearParameters LayerParameters::*member;
};

constexpr Matrix kMatrices[] = {
    {"query", &LayerParameters::query}, {"key", &LayerParameters::key},
    {"value", &LayerParameters::value}, {"attention.output", &LayerParameters::attention_output},
    {"ffn.up", &LayerParameters::up},   {"ffn.down", &LayerParameters::down}};

const void* key_of(const ElasticParameters& place) {
  return place.scale.defined() ? place.scale.unsafeGetTensorImpl() : nullptr;
}

json entry(const std::map<const void*, double>& values, const ElasticParameters& place) {
  const auto found = values.find(key_of(place));
  return found == values.end() ? json(nullptr) : rounded(found->second);
}

json scale_of(const ElasticParameters& place) {
  return place.scale.defined() ? rounded(place.scale.item<double>()) : json(nullptr);
}

/// Which weights become +1, eight to a byte.
Tensor packed_signs(const Tensor& weight, WeightScale granularity) {
  Tensor positive = binarize(weight.detach(), granularity).signs.gt(0).flatten().to(torch::kUInt8);
  positive = torch::constant_pad_nd(positive, {0, (8 - positive.numel() % 8) % 8}).view({-1, 8});
  const Tensor powers = torch::tensor({1, 2, 4, 8, 16, 32, 64, 128}, positive.options());
  return (positive * powers).sum(1, false, torch::kUInt8).cpu().contiguous();
}

std::int64_t different_bits(const Tensor& a, const Tensor& b) {
  const auto *left = a.data_ptr<std::uint8_t>(), *right = b.data_ptr<std::uint8_t>();
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < a.numel(); ++i)
    count += std::popcount(static_cast<unsigned>(left[i] ^ right[i]));
  return count;
}

Batch batch_of(const std::vector<const EncodedText*>& texts, torch::Device device) {
  Batch batch = make_batch(texts, device);
  add_padded_view(batch, device);
  return batch;
}

}  // namespace

StageStatistics::StageStatistics(Network& network, Network& teacher,
                                 const std::vector<EncodedText>& texts, std::size_t most_tokens)
    : network_(network) {
  const std::size_t stride = std::max<std::size_t>(1, texts.size() / kMostTexts);
  std::size_t tokens = 0;
  for (std::size_t i = 0; i < texts.size() && sample_.size() < kMostTexts; i += stride) {
    tokens += texts[i].ids.size();
    if (!sample_.empty() && tokens > most_tokens) break;
    sample_.push_back(&texts[i]);
  }
  if (sample_.empty()) return;
  teacher_hidden_ = teacher.forward(batch_of(sample_, teacher.device()), {}).hidden;
  for (Tensor& hidden : teacher_hidden_) hidden = hidden.to(network.device());
}

void StageStatistics::observe(const ElasticParameters& place, const Tensor& integers,
                              const Batch& batch) {
  const QuantizerSpec& spec = place.spec;
  const double greatest = static_cast<double>(spec.levels - 1) * spec.step();
  if (integers.dim() != 4) {
    ones_[key_of(place)] = (integers.mean().item<double>() - spec.lowest()) / greatest;
    return;
  }
  // Probabilities, (texts, heads, T, T): padded rows are left out; padded keys are zero.
  const Tensor rows = batch.padding.logical_not().unsqueeze(1);
  const Tensor kept = integers.gt(0).sum(-1);
  const double count = rows.sum().item<double>() * static_cast<double>(integers.size(1));
  const Tensor taken = rows.expand_as(kept);
  kept_[key_of(place)] = kept.masked_select(taken).sum().item<double>() / count;
  empty_[key_of(place)] = kept.masked_select(taken).eq(0).sum().item<double>() / count;
  const auto values = static_cast<double>(probability_count(batch.offsets, integers.size(1)));
  ones_[key_of(place)] =
      (integers - spec.lowest()).sum(-1).masked_select(taken).sum().item<double>() /
      (greatest * values);
}

json StageStatistics::measure(double epoch) {
  torch::NoGradGuard no_gradient;
  json line = {{"kind", "statistics"}};
  ones_.clear(), kept_.clear(), empty_.clear();
  if (!sample_.empty()) {
    const Batch batch = batch_of(sample_, network_.device());
    ForwardOptions options;
    options.observe = [&](const ElasticParameters& place, const Tensor& integers) {
      observe(place, integers, batch);
    };
    const Outputs outputs = network_.forward(batch, options);
    for (std::size_t i = 0; i < outputs.hidden.size() && i < teacher_hidden_.size(); ++i)
      line["cosine"].push_back(
          rounded(torch::cosine_similarity(outputs.hidden[i], teacher_hidden_[i], 1)
                      .mean()
                      .item<double>()));
  }
  for (const LayerParameters& layer : network_.layers()) {
    for (const Place& place : kPlaces) {
      line["alpha"][place.name].push_back(scale_of(place.of(layer)));
      line["ones"][place.name].push_back(entry(ones_, place.of(layer)));
    }
    line["kept"].push_back(entry(kept_, layer.probability_codes));
    line["kept_none"].push_back(entry(empty_, layer.probability_codes));
  }
  if (!per_token(network_.config().task)) {  // which has no pooler
    line["alpha"]["pooler.input"].push_back(scale_of(network_.pooler().input));
    line["ones"]["pooler.input"].push_back(entry(ones_, network_.pooler().input));
  }
  add_flips(line, epoch);
  return line;
}

std::map<std::string, Tensor> StageStatistics::sign_bits() const {
  std::map<std::string, Tensor> bits;
  const WeightScale granularity = network_.config().quantization.weight_scale;
  for (std::size_t i = 0; i < network_.layers().size(); ++i)
    for (const Matrix& matrix : kMatrices)
      bits[std::string(matrix.name) + "/" + std::to_string(i)] =
          packed_signs((network_.layers()[i].*matrix.member).weight, granularity);
  if (!per_token(network_.config().task))
    bits["pooler/0"] = packed_signs(network_.pooler().weight, granularity);
  return bits;
}

void StageStatistics::add_flips(json& line, double epoch) {
  const bool first = signs_.bits.empty();
  // Steps are rounded to whole ones, so an epoch may be a step short of 1.
  if (!first && epoch - signs_.epoch < 0.99) return;
  std::map<std::string, Tensor> now = sign_bits();
  for (const auto& [name, bits] : now) {
    if (first) break;
    const auto before = signs_.bits.find(name);
    if (before == signs_.bits.end() || before->second.numel() != bits.numel()) continue;
    const std::size_t slash = name.rfind('/');
    json& list = line["flips"][name.substr(0, slash)];
    const std::size_t layer = std::stoul(name.substr(slash + 1));
    while (list.size() <= layer) list.push_back(nullptr);
    list[layer] = rounded(static_cast<double>(different_bits(bits, before->second)) /
                          (8 * static_cast<double>(bits.numel())));
  }
  if (!first) line["flip_epochs"] = rounded(epoch - signs_.epoch);
  signs_ = {std::move(now), epoch};
}

}  // namespace bitcpp
