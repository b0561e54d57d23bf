// One training step of the published code, run by tests/golden/make_published_golden.py, against
// ours with its options: the scales it starts from, its loss and every gradient, padding included.
#include <gtest/gtest.h>

#include "train/libtorch.h"
#include "train/losses.h"
#include "train/network.h"
#include "train/tensor_file.h"

namespace bitcpp {
namespace {

using torch::Tensor;

constexpr double kLossTolerance = 1e-5, kGradientTolerance = 1e-4;  // relative

struct Published {
  TensorFile file;
  NetworkConfig config;

  explicit Published(const std::string& name)
      : file(read_tensors(BITCPP_SOURCE_DIR "/tests/golden/published/" + name + ".safetensors")) {
    const std::string words = "param.bert.embeddings.word_embeddings.weight";
    config.num_hidden_layers = std::stoi(file.metadata.at("layers"));
    config.num_attention_heads = std::stoi(file.metadata.at("heads"));
    config.vocab_size = at(words).size(0);
    config.hidden_size = at(words).size(1);
    config.max_position_embeddings = at("param.bert.embeddings.position_embeddings.weight").size(0);
    config.intermediate_size = at("param.bert.encoder.layer.0.intermediate.dense.weight").size(0);
    config.max_length = at("input_ids").size(1);
    config.labels.resize(static_cast<std::size_t>(at("param.classifier.weight").size(0)));
    config.quantization.weight_bits = 1;
    config.quantization.activation_bits = std::stoi(file.metadata.at("bits"));
    config.quantization.half_tables = false;
    Variant& variant = config.quantization.variant;
    variant.arithmetic = Arithmetic::kPublished;
    variant.shifts = LearnedShifts::kInputs;
    variant.word_mean = WordMean::kTable;
    variant.padding = Padding::kMaxLength;
  }

  const Tensor& at(const std::string& name) const { return file.tensors.at(name); }

  Network network() const {
    Network network(config, torch::kCPU, 1);
    ParameterSet source;
    for (const auto& [name, tensor] : file.tensors)
      if (name.rfind("param.", 0) == 0)
        source.add(name.substr(6), tensor.clone(), ParameterRole::kWordEmbedding);
    for (const std::string& missing : network.copy_from(source))
      EXPECT_TRUE(missing.ends_with(".scale")) << missing;
    return network;
  }

  /// The texts without their padding, padded by us.
  Batch batch() const {
    std::vector<EncodedText> texts;
    const Tensor lengths = at("attention_mask").sum(1);
    for (int64_t b = 0; b < lengths.size(0); ++b) {
      EncodedText text;
      for (int64_t t = 0; t < lengths[b].item<int64_t>(); ++t) {
        text.ids.push_back(at("input_ids")[b][t].item<int>());
        text.type_ids.push_back(at("token_type_ids")[b][t].item<uint8_t>());
      }
      texts.push_back(text);
    }
    std::vector<const EncodedText*> pointers;
    const std::vector<EncodedText> padded = padded_texts(texts, config.max_length);
    for (const EncodedText& text : padded) pointers.push_back(&text);
    return make_batch(pointers, torch::kCPU);
  }

  std::vector<Tensor> teacher_hidden() const {
    std::vector<Tensor> hidden;
    for (int64_t i = 0; i <= config.num_hidden_layers; ++i)
      hidden.push_back(at("teacher.hidden." + std::to_string(i)).reshape({-1, config.hidden_size}));
    return hidden;
  }
};

/// Largest difference relative to the largest value expected; absolute below 1e-6.
double difference(const Tensor& actual, const Tensor& expected) {
  return ((actual - expected).abs().max() / expected.abs().max().clamp_min(1e-6)).item<double>();
}

class PublishedStep : public testing::TestWithParam<const char*> {};

TEST_P(PublishedStep, HasTheSameScalesLossAndGradients) {
  const Published golden(GetParam());
  Network network = golden.network();
  const Batch batch = golden.batch();
  ForwardOptions options;
  options.calibrate = true;
  network.forget_scales();
  options.initial_scale = InitialScale::kPublished;
  network.forward(batch, options);
  int scales = 0;
  for (const Parameter& parameter : network.parameters().list()) {
    if (parameter.role != ParameterRole::kScale) continue;
    const std::string place = parameter.name.substr(0, parameter.name.size() - 6);
    EXPECT_LT(difference(parameter.tensor.detach(), golden.at("scale." + place)), 1e-5) << place;
    ++scales;
  }
  EXPECT_EQ(scales, 21);  // ten places in each of two layers, and the pooler

  options = {};
  options.with_gradient = true;
  const Outputs outputs = network.forward(batch, options);
  const Tensor logit_loss = published_logit_loss(outputs.logits, golden.at("teacher.logits"));
  const Tensor hidden_loss = hidden_mse(outputs.hidden, golden.teacher_hidden());
  const Tensor loss = logit_loss + hidden_loss;
  EXPECT_LT(difference(logit_loss.detach(), golden.at("cls_loss")[0]), kLossTolerance);
  EXPECT_LT(difference(hidden_loss.detach(), golden.at("rep_loss")[0]), kLossTolerance);
  EXPECT_LT(difference(loss.detach(), golden.at("loss")[0]), kLossTolerance);
  loss.backward();

  int compared = 0;
  for (const Parameter& parameter : network.parameters().list()) {
    if (parameter.role == ParameterRole::kConstant) continue;
    const Tensor& expected = golden.at("grad." + parameter.name);
    Tensor actual = torch::zeros_like(expected);
    if (parameter.role == ParameterRole::kWordEmbedding)
      actual.index_copy_(0, batch.unique_ids, outputs.active_words.grad());
    else if (parameter.tensor.grad().defined())
      actual = parameter.tensor.grad();
    EXPECT_LT(difference(actual, expected), kGradientTolerance) << parameter.name;
    ++compared;
  }
  int expected_gradients = 0;
  for (const auto& [name, tensor] : golden.file.tensors)
    expected_gradients += name.rfind("grad.", 0) == 0;
  EXPECT_EQ(compared, expected_gradients);
}

INSTANTIATE_TEST_SUITE_P(All, PublishedStep, testing::Values("w1a1", "w1a2", "w1a1_regression"));

}  // namespace
}  // namespace bitcpp
