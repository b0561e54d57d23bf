#include "train/masked_lm.h"

#include "base/error.h"
#include "train/folder.h"
#include "train/libtorch.h"

namespace bitcpp {
namespace {

using torch::Tensor;
namespace fs = std::filesystem;

NetworkConfig body_config(const fs::path& folder) {
  NetworkConfig config = read_network_config(folder);
  if (config.quantized())
    throw Error(folder.string() + ": expected a full-precision BERT, this one is 1-bit");
  config.labels.clear();
  config.task = TaskKind::kClassification;
  return config;
}

/// The first of `names` that is there.
Tensor take(const ParameterSet& weights, std::initializer_list<const char*> names,
            std::vector<std::int64_t> shape, const fs::path& folder) {
  for (const char* name : names) {
    const Parameter* found = weights.find(name);
    if (!found) continue;
    if (found->tensor.sizes() != at::IntArrayRef(shape))
      throw Error(folder.string() + ": expected \"" + name + "\" with shape " + c10::str(shape) +
                  ", not " + c10::str(found->tensor.sizes()));
    return found->tensor.detach();
  }
  throw Error(folder.string() + ": expected a tensor \"" + *names.begin() +
              "\": this BERT has no head for masked words (bert-base-uncased has one)");
}

}  // namespace

MaskedLm::MaskedLm(const fs::path& folder, torch::Device device)
    : network_(load_network(folder, body_config(folder), device, 1)) {
  const ParameterSet weights = read_weights(folder);
  const std::int64_t hidden = network_.config().hidden_size, words = network_.config().vocab_size;
  const auto get = [&](std::initializer_list<const char*> names, std::vector<std::int64_t> shape) {
    return take(weights, names, std::move(shape), folder).to(device);
  };
  dense_weight_ = get({"cls.predictions.transform.dense.weight"}, {hidden, hidden});
  dense_bias_ = get({"cls.predictions.transform.dense.bias"}, {hidden});
  norm_weight_ = get({"cls.predictions.transform.LayerNorm.weight"}, {hidden});
  norm_bias_ = get({"cls.predictions.transform.LayerNorm.bias"}, {hidden});
  bias_ = get({"cls.predictions.bias", "cls.predictions.decoder.bias"}, {words});
  decoder_ = get({"cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"},
                 {words, hidden});
}

Tensor MaskedLm::logits(const Batch& batch, const Tensor& tokens, const ForwardOptions& options) {
  torch::NoGradGuard no_gradient;
  Tensor x = network_.forward(batch, options).hidden.back().index_select(0, tokens);
  x = torch::linear(x, dense_weight_, dense_bias_);
  x = network_.config().hidden_act == "relu" ? x.relu() : torch::gelu(x);
  x = torch::layer_norm(x, {x.size(1)}, norm_weight_, norm_bias_, network_.config().layer_norm_eps);
  return torch::linear(x, decoder_, bias_);
}

}  // namespace bitcpp
