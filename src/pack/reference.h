// The trained network's forward pass in plain ATen, rounding as the packed file's specification
// says (docs/format.md): what `bit verify` holds the packed engine against. Shares no kernel with
// it.
#pragma once

#include "train/network.h"

namespace bitcpp {

/// Products are formed over integers in fp32 (exact below 2^24), softmax in double, LayerNorm by
/// sixteen partial sums.
class ReferenceNetwork {
 public:
  /// Binarizes the weights of `network`, which must outlive this.
  explicit ReferenceNetwork(const Network& network);

  /// Hidden states (tokens, hidden) and logits (1, outputs), or (tokens, outputs), of one text.
  Outputs run(const EncodedText& text) const;

 private:
  /// A linear layer's weight as the products need it.
  struct Linear {
    const LinearParameters* parameters;
    torch::Tensor signs;  // (in, out)
    torch::Tensor scale;  // (1, out): input scale * weight scale
  };
  struct Layer {
    Linear query, key, value, attention_output, up, down;
    const LayerParameters* parameters;
  };

  Linear prepare(const LinearParameters& parameters) const;
  torch::Tensor scaled(const torch::Tensor& integers, const Linear& linear) const;
  torch::Tensor embed(const EncodedText& text) const;
  torch::Tensor run_layer(const torch::Tensor& x, const Layer& layer) const;
  torch::Tensor attention(const torch::Tensor& query, const torch::Tensor& key,
                          const torch::Tensor& value, const LayerParameters& layer) const;

  const Network& network_;
  const NetworkConfig& config_;
  std::vector<Layer> layers_;
  Linear pooler_{};
};

}  // namespace bitcpp
