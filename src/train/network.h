// BERT with elastic binarization (BiT) or without (the full-precision teacher): parameters and
// forward pass.
#pragma once

#include <torch/types.h>

#include <functional>
#include <string>
#include <vector>

#include "train/batch.h"
#include "train/network_config.h"
#include "train/ngram_head.h"
#include "train/parameters.h"
#include "train/quantizer.h"
#include "train/variant_quantizer.h"

namespace bitcpp {

/// A quantizer's learned numbers. Undefined in a full-precision network.
struct ElasticParameters {
  torch::Tensor shift;  // (channels), or undefined after softmax
  torch::Tensor scale;  // (1)
  QuantizerSpec spec;
};

struct LinearParameters {
  torch::Tensor weight, bias;  // (out, in), (out)
  ElasticParameters input;
};

struct NormParameters {
  torch::Tensor weight, bias;  // (hidden)
};

struct LayerParameters {
  LinearParameters query, key, value, attention_output, up, down;
  ElasticParameters query_codes, key_codes, value_codes, probability_codes;
  NormParameters attention_norm, output_norm;
};

struct AttentionInputs {
  torch::Tensor query, key, value;  // (N, hidden), before their quantizers
};

struct Outputs {
  std::vector<torch::Tensor> hidden;  // embedding output, then every layer's: (N, hidden)
  torch::Tensor logits;               // (B, outputs), or (N, outputs) where they are per token
  torch::Tensor active_words;  // (U, hidden): the word embedding's rows in use, a leaf that gets
                               // their gradient
  std::vector<AttentionInputs> attention;  // of every layer, where asked for
};

struct ForwardOptions {
  bool with_gradient = false;
  bool calibrate = false;  // set every quantizer's scale that is 0 from this batch (BiT section 3)
  double dropout = 0;      // on the embedding and on both sublayers' outputs
  bool bf16 = false;  // products of gradients, and a full-precision network's own, in bfloat16,
                      // where the CPU has it
  bool fused = true;  // the CPU's fused operations where they compute this; otherwise ATen's,
                      // which also run on a GPU
  InitialScale initial_scale = InitialScale::kOptimal;  // when calibrating
  // The other two places of BERT's dropout: attention probabilities and the head's input.
  double attention_dropout = 0, head_dropout = 0;
  bool keep_attention = false;  // fill Outputs::attention
  /// Sees what every quantizer makes of its input, as integers in the input's shape (probabilities:
  /// padded, (B, heads, T, T)); ATen's operations then run.
  std::function<void(const ElasticParameters& place, const torch::Tensor& integers)> observe;
};

struct Operations;

class Network {
 public:
  /// Fresh weights (normal, deviation 0.02) from `seed`; scales 1, shifts 0.
  Network(const NetworkConfig& config, torch::Device device, std::uint64_t seed);

  const NetworkConfig& config() const { return config_; }
  torch::Device device() const { return device_; }
  const ParameterSet& parameters() const { return parameters_; }

  /// Copies every parameter that `source` has under the same name and shape. Returns the names it
  /// lacks.
  std::vector<std::string> copy_from(const ParameterSet& source);

  /// Sets every quantizer's scale to 0, which means: not known yet.
  void forget_scales();

  /// Copies the numbers of a head of the configuration's size.
  void set_ngrams(const NgramHead& head);

  Outputs forward(const Batch& batch, const ForwardOptions& options);

  // What the packer and the reference forward pass read.
  const torch::Tensor& word_embedding() const { return words_; }
  const torch::Tensor& position_embedding() const { return positions_; }
  const torch::Tensor& type_embedding() const { return types_; }
  const NormParameters& embedding_norm() const { return embedding_norm_; }
  const std::vector<LayerParameters>& layers() const { return layers_; }
  /// Undefined tensors where logits are per token.
  const LinearParameters& pooler() const { return pooler_; }
  const torch::Tensor& head_weight() const { return head_weight_; }
  const torch::Tensor& head_bias() const { return head_bias_; }
  /// Undefined where config().ngram_buckets is 0.
  const NgramHead& ngrams() const { return ngrams_; }

 private:
  friend class NetworkBuilder;
  torch::Tensor embed(const Batch& batch, const Operations& run, const ForwardOptions& options,
                      Outputs& outputs);

  NetworkConfig config_;
  torch::Device device_;
  ParameterSet parameters_;
  torch::Tensor words_, positions_, types_;
  NormParameters embedding_norm_;
  std::vector<LayerParameters> layers_;
  LinearParameters pooler_;
  torch::Tensor head_weight_, head_bias_;  // undefined in a bare backbone
  NgramHead ngrams_;
};

}  // namespace bitcpp
