// The network against an independent PyTorch implementation (tests/golden/make_train_golden.py):
// every layer's output, both losses and every parameter's gradient, for the ATen operations and for
// the fused ones.
#include "train/network.h"

#include <gtest/gtest.h>

#include <cmath>

#include "train/libtorch.h"
#include "train/losses.h"
#include "train/tensor_file.h"

namespace bitcpp {
namespace {

using torch::Tensor;

struct Golden {
  TensorFile file;
  NetworkConfig config;

  explicit Golden(const std::string& name)
      : file(read_tensors(BITCPP_SOURCE_DIR "/tests/golden/train/" + name + ".safetensors")) {
    auto& about = file.metadata;
    const std::string words = "param.bert.embeddings.word_embeddings.weight";
    config.num_hidden_layers = std::stoi(about.at("layers"));
    config.num_attention_heads = std::stoi(about.at("heads"));
    config.vocab_size = at(words).size(0);
    config.hidden_size = at(words).size(1);
    config.max_position_embeddings = at("param.bert.embeddings.position_embeddings.weight").size(0);
    config.intermediate_size = at("param.bert.encoder.layer.0.intermediate.dense.weight").size(0);
    const int64_t outputs = at("param.classifier.weight").size(0);
    if (outputs == 1) config.task = TaskKind::kRegression;
    if (outputs > 1) config.labels.resize(outputs);
    const int bits = std::stoi(about.at("bits"));
    const auto scale = about.at("granularity") == "row" ? WeightScale::kRow : WeightScale::kTensor;
    if (bits < 32) config.quantization = {1, bits, scale, about.at("storage_half") == "true"};
    if (about.count("attention_bits"))
      config.quantization.attention_bits = bits_named(about.at("attention_bits"));
    if (about.count("relu_bits")) config.quantization.relu_bits = bits_named(about.at("relu_bits"));
    if (about.count("token_scale")) config.quantization.activation_scale = ActivationScale::kToken;
    if (about.count("row_threshold"))
      config.quantization.attention_threshold = AttentionThreshold::kRow;
  }

  static ActivationBits bits_named(const std::string& name) {
    return name == "ternary" ? ActivationBits::ternary() : ActivationBits(std::stoi(name));
  }

  const Tensor& at(const std::string& name) const { return file.tensors.at(name); }

  Network network() const {
    Network network(config, torch::kCPU, 1);
    ParameterSet source;
    for (const auto& [name, tensor] : file.tensors)
      if (name.rfind("param.", 0) == 0)
        source.add(name.substr(6), tensor.clone(), ParameterRole::kWordEmbedding);
    EXPECT_EQ(network.copy_from(source), std::vector<std::string>());
    return network;
  }

  Batch batch() const {
    std::vector<EncodedText> texts(at("input_ids").size(0));
    std::vector<const EncodedText*> pointers;
    for (std::size_t b = 0; b < texts.size(); ++b) {
      const int64_t row = static_cast<int64_t>(b);
      const int64_t length = at("attention_mask")[row].sum().item<int64_t>();
      for (int64_t t = 0; t < length; ++t) {
        texts[b].ids.push_back(at("input_ids")[row][t].item<int>());
        texts[b].type_ids.push_back(at("token_type_ids")[row][t].item<uint8_t>());
      }
      pointers.push_back(&texts[b]);
    }
    Batch batch = make_batch(pointers, torch::kCPU);
    add_padded_view(batch, torch::kCPU);
    return batch;
  }

  /// (B, T, hidden) without the places that are padding: (N, hidden).
  Tensor tokens(const std::string& name) const {
    return at(name).index({at("attention_mask").to(torch::kBool)});
  }

  /// Scales' gradients are damped by the elements quantized, where the golden counts padding and we
  /// have none.
  double damping_ratio(const std::string& name, const Batch& batch) const {
    const double places = static_cast<double>(at("input_ids").numel());
    if (name.find("pooler") != std::string::npos || name.find(".scale") == std::string::npos)
      return 1;
    if (name.find("probabilities") == std::string::npos)
      return std::sqrt(places / static_cast<double>(batch.tokens()));
    const double length = static_cast<double>(at("input_ids").size(1));
    const double heads = static_cast<double>(config.num_attention_heads);
    return std::sqrt(
        places * length * heads /
        static_cast<double>(probability_count(batch.offsets, config.num_attention_heads)));
  }
};

void expect_close(const Tensor& actual, const Tensor& expected, const std::string& what,
                  double tolerance = 1e-4) {
  ASSERT_EQ(actual.sizes(), expected.sizes()) << what;
  const double largest = std::max(expected.abs().max().item<double>(), 1e-3);
  const double difference = (actual - expected).abs().max().item<double>();
  EXPECT_LE(difference, tolerance * largest) << what << " (largest " << largest << ")";
}

/// Gradient of a parameter; the word embedding's is gathered from its rows in use.
Tensor gradient_of(const Parameter& parameter, const Outputs& outputs, const Batch& batch) {
  if (parameter.role != ParameterRole::kWordEmbedding) return parameter.tensor.grad();
  return torch::zeros_like(parameter.tensor)
      .index_copy(0, batch.unique_ids, outputs.active_words.grad());
}

void expect_gradients(const Golden& golden, const Network& network, const Outputs& outputs,
                      const Batch& batch) {
  for (const Parameter& parameter : network.parameters().list()) {
    Tensor actual = gradient_of(parameter, outputs, batch);
    ASSERT_TRUE(actual.defined()) << parameter.name;
    expect_close(actual,
                 golden.at("grad." + parameter.name) * golden.damping_ratio(parameter.name, batch),
                 parameter.name);
  }
}

class Student : public testing::TestWithParam<std::tuple<const char*, bool>> {};

TEST_P(Student, EqualsTheIndependentImplementation) {
  const Golden golden(std::get<0>(GetParam()));
  Network network = golden.network();
  const Batch batch = golden.batch();
  ForwardOptions options;
  options.with_gradient = true;
  options.fused = std::get<1>(GetParam());
  Outputs outputs = network.forward(batch, options);
  std::vector<Tensor> teacher;
  for (std::size_t i = 0; i < outputs.hidden.size(); ++i) {
    const std::string place = "hidden." + std::to_string(i);
    teacher.push_back(golden.tokens("teacher." + place));
    expect_close(outputs.hidden[i], golden.tokens("output." + place), place);
  }
  expect_close(outputs.logits, golden.at("output.logits"), "logits");
  Tensor hidden = hidden_mse(outputs.hidden, teacher);
  Tensor logits = golden.config.task == TaskKind::kRegression
                      ? logit_mse(outputs.logits, golden.at("teacher.logits"))
                      : soft_cross_entropy(outputs.logits, golden.at("teacher.logits"));
  expect_close(hidden.reshape({1}), golden.at("loss.hidden"), "hidden loss", 1e-5);
  expect_close(logits.reshape({1}), golden.at("loss.logits"), "logit loss", 1e-5);
  (hidden + logits).backward();
  expect_gradients(golden, network, outputs, batch);
}

INSTANTIATE_TEST_SUITE_P(
    All, Student,
    testing::Combine(testing::Values("student_w1a2_tensor", "student_w1a1_tensor",
                                     "student_w1a1_row_half", "student_w1a1_regression",
                                     "student_w1a1_places", "student_w1a1_finer_scales"),
                     testing::Bool()));

/// The same network with finer places, its scales set from the golden's batch.
Network with_places(const Golden& golden, const Quantization& quantization) {
  NetworkConfig config = golden.config;
  config.quantization = quantization;
  Network network(config, torch::kCPU, 1);
  network.copy_from(golden.network().parameters());
  ForwardOptions options;
  options.calibrate = true;
  network.forward(golden.batch(), options);
  return network;
}

std::vector<Tensor> outputs_and_gradients(Network& network, const Batch& batch, bool fused) {
  ForwardOptions options;
  options.with_gradient = true;
  options.fused = fused;
  Outputs outputs = network.forward(batch, options);
  (outputs.logits.square().sum() + outputs.hidden.back().square().mean()).backward();
  std::vector<Tensor> result{outputs.hidden.back().detach(), outputs.logits.detach()};
  for (const Parameter& parameter : network.parameters().list()) {
    result.push_back(gradient_of(parameter, outputs, batch).clone());
    if (parameter.tensor.grad().defined()) parameter.tensor.grad().zero_();
  }
  return result;
}

// No golden has 8-bit attention: among 255 thresholds some value always lies too near to one. The
// readable operations and the fused ones were written apart.
TEST(EightBitAttention, TheFusedOperationsDoWhatThoseOfATenDo) {
  const Golden golden("student_w1a1_row_half");
  Quantization bits = golden.config.quantization;
  bits.attention_bits = ActivationBits(8);
  bits.relu_bits = ActivationBits::ternary();
  Network network = with_places(golden, bits);
  const Batch batch = golden.batch();
  const auto expected = outputs_and_gradients(network, batch, false);
  const auto actual = outputs_and_gradients(network, batch, true);
  for (std::size_t i = 0; i < expected.size(); ++i)
    expect_close(actual[i], expected[i], i < 2 ? "output" : network.parameters().list()[i - 2].name,
                 1e-3);
}

// Eight bits lose so little that the attention is that of floats.
TEST(EightBitAttention, IsCloserToFloatsThanFewerBits) {
  const Golden golden("student_w1a1_row_half");
  const Batch batch = golden.batch();
  auto first_layer = [&](ActivationBits attention) {
    Quantization bits = golden.config.quantization;
    bits.activation_bits = 4;
    bits.attention_bits = attention;
    return with_places(golden, bits).forward(batch, {}).hidden[1];
  };
  const Tensor best = first_layer(8);
  auto distance = [&](ActivationBits attention) {
    return (first_layer(attention) - best).square().mean().item<double>();
  };
  EXPECT_LT(distance(4), distance(2));
  EXPECT_LT(distance(2), distance(1));
}

class Teacher : public testing::TestWithParam<bool> {};

TEST_P(Teacher, EqualsTheIndependentImplementation) {
  const Golden golden("teacher");
  Network network = golden.network();
  const Batch batch = golden.batch();
  ForwardOptions options;
  options.with_gradient = true;
  options.fused = GetParam();
  Outputs outputs = network.forward(batch, options);
  for (std::size_t i = 0; i < outputs.hidden.size(); ++i)
    expect_close(outputs.hidden[i], golden.tokens("output.hidden." + std::to_string(i)), "hidden");
  expect_close(outputs.logits, golden.at("output.logits"), "logits");
  Tensor loss = torch::cross_entropy_loss(outputs.logits, golden.at("labels"));
  expect_close(loss.reshape({1}), golden.at("loss"), "loss", 1e-5);
  loss.backward();
  expect_gradients(golden, network, outputs, batch);
}

INSTANTIATE_TEST_SUITE_P(All, Teacher, testing::Bool());

}  // namespace
}  // namespace bitcpp
