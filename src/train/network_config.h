// What a network is: BERT's shape, its task, and how many bits its weights and activations have.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "train/activation_bits.h"
#include "train/variant.h"

namespace bitcpp {

/// One scale (and mean) per matrix, as in BiT, or per output row (TBT, ACL 2023).
enum class WeightScale { kTensor, kRow };

/// One scale per place, or one more per token: the mean of |x - shift| over its channels.
enum class ActivationScale { kPlace, kToken };

/// A probability is compared with a multiple of the place's scale, or of the greatest probability
/// of its row as well (after BiViT, He et al. 2023, whose binary softmax has a scale per row).
enum class AttentionThreshold { kPlace, kRow };

struct Quantization {
  int weight_bits = 32;            // 1 or 32
  ActivationBits activation_bits;  // of every place but those that follow
  WeightScale weight_scale = WeightScale::kTensor;
  // Position and token-type embeddings and the word embedding's scales rounded to IEEE half in
  // every forward pass, as the packed file stores them: so that what is packed is what was trained.
  bool half_tables = true;
  std::optional<ActivationBits> attention_bits = {};  // query, key, value and probabilities
  std::optional<ActivationBits> relu_bits = {};       // the feed-forward network's hidden layer

  ActivationScale activation_scale = ActivationScale::kPlace;  // before matrices
  AttentionThreshold attention_threshold = AttentionThreshold::kPlace;
  Variant variant = {};

  ActivationBits attention() const { return attention_bits.value_or(activation_bits); }
  ActivationBits relu() const { return relu_bits.value_or(activation_bits); }
  /// "W1A1", "W1A2 (attention 8, relu t)": for headings.
  std::string name() const;

  bool operator==(const Quantization&) const = default;
};

struct NetworkConfig {
  std::int64_t num_hidden_layers = 0, hidden_size = 0, num_attention_heads = 0,
               intermediate_size = 0;
  std::int64_t vocab_size = 0, max_position_embeddings = 512, type_vocab_size = 2;
  double layer_norm_eps = 1e-12;
  std::string hidden_act = "gelu";  // gelu or relu; a quantized network's is its variant's
  Quantization quantization;

  // Task head; classification without labels: the folder is a bare backbone.
  TaskKind task = TaskKind::kClassification;
  bool pair = false;
  std::int64_t max_length = 0;
  std::int64_t stride = 0;  // question answering: tokens that windows of a context share
  std::vector<std::string> labels;
  std::int64_t ngram_buckets = 0;  // rows of the n-gram head (train/ngram_head.h); 0: it has none

  std::int64_t head_outputs() const {
    if (task == TaskKind::kQuestionAnswering) return 2;  // start and end
    return task == TaskKind::kRegression ? 1 : static_cast<std::int64_t>(labels.size());
  }
  bool has_head() const { return head_outputs() > 0; }
  bool quantized() const { return quantization.weight_bits == 1; }
};

/// Reads `folder`/config.json of a Hugging Face BERT folder (id2label and problem_type name the
/// task; our own keys stand under "bitcpp"). Throws Error naming the file and the key.
NetworkConfig read_network_config(const std::filesystem::path& folder);

/// The same as JSON that Hugging Face's transformers opens as BertForSequenceClassification, ...
/// TokenClassification or ...QuestionAnswering.
nlohmann::json to_json(const NetworkConfig& config);

}  // namespace bitcpp
