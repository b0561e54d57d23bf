// Variants: their quantizers against what they are said to be, and what they leave of the network.
#include "train/variant.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "train/folder.h"
#include "train/libtorch.h"
#include "train/losses.h"
#include "train/tiny_task.h"
#include "train/variant_quantizer.h"

namespace bitcpp {
namespace {

using torch::Tensor;

Tensor one(double value) { return torch::full({1}, value); }

TEST(PublishedQuantizer, SignOfZeroIsZeroAndTiesGoToEven) {
  const Tensor x = torch::tensor({-0.5f, 0.0f, 2.0f});
  EXPECT_TRUE(torch::equal(published_quantize(x, {}, one(3), {2, true}),
                           torch::tensor({-3.0f, 0.0f, 3.0f})));
  // Halves: -2.5 -> -2, -1.5 -> -2, -0.5 -> 0, 0.5 -> 0, 1.5 -> 2 clamped to 1.
  const Tensor halves = torch::tensor({-2.5f, -1.5f, -0.5f, 0.5f, 1.5f});
  EXPECT_TRUE(torch::equal(published_quantize(halves, {}, one(1), {4, true}),
                           torch::tensor({-2.0f, -2.0f, 0.0f, 0.0f, 1.0f})));
}

TEST(PublishedQuantizer, UnsignedSetsCountFromTheLeastValue) {
  const Tensor x = torch::tensor({0.25f, 1.25f, 2.25f, 9.25f});
  EXPECT_TRUE(torch::equal(published_quantize(x, {}, one(1), {4, false}),
                           torch::tensor({0.25f, 1.25f, 2.25f, 3.25f})));
  EXPECT_TRUE(torch::equal(published_quantize(x, {}, one(1), {2, false}),
                           torch::tensor({0.0f, 1.0f, 1.0f, 1.0f})));
}

TEST(PublishedQuantizer, GradientsAreClosedAtBothEnds) {
  Tensor x = torch::tensor({-3.0f, -2.0f, 0.25f, 1.0f, 1.5f}).set_requires_grad(true);
  Tensor shift = torch::zeros({5}).set_requires_grad(true), scale = one(1).set_requires_grad(true);
  published_quantize(x, shift, scale, {4, true}, 25).sum().backward();
  EXPECT_TRUE(torch::equal(x.grad(), torch::tensor({0.0f, 1.0f, 1.0f, 1.0f, 0.0f})));
  EXPECT_TRUE(torch::equal(shift.grad(), -x.grad()));
  // Outside: the ends, -2 and 1; inside: code - v. Damped by sqrt(25 elements * 1).
  EXPECT_NEAR(scale.grad().item<double>(), (-2 + 0 - 0.25 + 0 + 1) / 5, 1e-6);
}

TEST(BoolQuantizer, IsOneFromZeroOnAndPassesGradientsWithinTheScale) {
  Tensor x = torch::tensor({-2.0f, -0.5f, 0.0f, 0.5f, 2.0f}).set_requires_grad(true);
  Tensor scale = one(1).set_requires_grad(true);
  const Tensor value = bool_quantize(x, scale, 4);
  EXPECT_TRUE(torch::equal(value, torch::tensor({0.0f, 0.0f, 1.0f, 1.0f, 1.0f})));
  value.sum().backward();
  EXPECT_TRUE(torch::equal(x.grad(), torch::tensor({0.0f, 1.0f, 1.0f, 1.0f, 0.0f})));
  EXPECT_NEAR(scale.grad().item<double>(), 3.0 / 2, 1e-6);
}

TEST(PublishedInitialScale, IsTwoOrFourMeans) {
  const Tensor x = torch::tensor({-1.0f, 3.0f});
  EXPECT_FLOAT_EQ(published_initial_scale(x, {2, true}).item<float>(), 4);
  EXPECT_FLOAT_EQ(published_initial_scale(x, {2, false}).item<float>(), 8);
  EXPECT_FLOAT_EQ(published_initial_scale(x, {4, false}).item<float>(), 8 / std::sqrt(3.0f));
}

TEST(DirectionDistance, IsThatOfUnitVectors) {
  Tensor a = torch::tensor({3.0f, 0.0f}).set_requires_grad(true);
  EXPECT_NEAR(direction_distance(a, torch::tensor({0.0f, 7.0f})).item<double>(), std::sqrt(2.0),
              1e-6);
  Tensor same = direction_distance(a, torch::tensor({5.0f, 0.0f}));
  EXPECT_NEAR(same.item<double>(), 0, 1e-5);
  same.backward();
  EXPECT_TRUE(a.grad().isfinite().all().item<bool>());
}

Quantization w1a1(const Variant& variant) {
  Quantization bits;
  bits.weight_bits = 1;
  bits.activation_bits = 1;
  bits.variant = variant;
  return bits;
}

Batch tiny_batch(const std::vector<EncodedText>& texts) {
  std::vector<const EncodedText*> pointers;
  for (const EncodedText& text : texts) pointers.push_back(&text);
  return make_batch(pointers, torch::kCPU);
}

void calibrate(Network& network, const Batch& batch) {
  ForwardOptions options;
  options.calibrate = true;
  network.forget_scales();
  network.forward(batch, options);
}

TEST(Variant, EveryOptionGoesToConfigJsonAndBack) {
  std::filesystem::remove_all(std::filesystem::path(testing::TempDir()) / "variant_config");
  for (const VariantOption& option : variant_options())
    for (std::size_t value = 0; value < option.names.size(); ++value) {
      Variant variant;
      option.set(variant, static_cast<int>(value));
      NetworkConfig config = tiny_config(w1a1(variant));
      const auto folder = std::filesystem::path(testing::TempDir()) / "variant_config";
      std::filesystem::create_directories(folder);
      save_network(folder / (std::string(option.key) + std::to_string(value)),
                   Network(config, torch::kCPU, 1), folder);
      const auto back =
          read_network_config(folder / (std::string(option.key) + std::to_string(value)));
      EXPECT_EQ(back.quantization.variant, variant) << option.key << " " << option.names[value];
      EXPECT_EQ(to_json(config)["bitcpp"].contains("variant"), value != 0);
    }
}

TEST(Variant, EachTrainsEveryMatrix) {
  const auto texts = tiny_texts(6);
  for (const VariantOption& option : variant_options())
    for (std::size_t value = 1; value < option.names.size(); ++value) {
      Variant variant;
      option.set(variant, static_cast<int>(value));
      Network network(tiny_config(w1a1(variant)), torch::kCPU, 3);
      const bool padded = variant.padding == Padding::kMaxLength;
      const Batch batch = tiny_batch(padded ? padded_texts(texts, 16) : texts);
      calibrate(network, batch);
      ForwardOptions options;
      options.with_gradient = true;
      network.forward(batch, options).logits.square().sum().backward();
      const std::string name = std::string(option.key) + " = " + option.names[value];
      for (const char* matrix :
           {"bert.encoder.layer.0.attention.output.dense.weight",
            "bert.encoder.layer.0.output.dense.weight", "bert.pooler.dense.weight"}) {
        const Tensor gradient = network.parameters().find(matrix)->tensor.grad();
        ASSERT_TRUE(gradient.defined()) << name << " " << matrix;
        EXPECT_GT(gradient.abs().max().item<double>(), 0) << name << " " << matrix;
        EXPECT_TRUE(gradient.isfinite().all().item<bool>()) << name << " " << matrix;
      }
    }
}

TEST(Variant, ConstantShiftsStayZeroAndAreNotTakenOver) {
  Variant variant;
  variant.shifts = LearnedShifts::kInputs;
  Network plain(tiny_config(w1a1({})), torch::kCPU, 1),
      frozen(tiny_config(w1a1(variant)), torch::kCPU, 2);
  {
    torch::NoGradGuard no_gradient;
    for (const Parameter& parameter : plain.parameters().list())
      if (parameter.name.ends_with(".shift")) Tensor(parameter.tensor).fill_(0.5);
  }
  EXPECT_TRUE(frozen.copy_from(plain.parameters()).empty());
  const auto value = [&](const char* name) {
    return frozen.parameters().find(name)->tensor[0].item<float>();
  };
  EXPECT_EQ(value("bert.encoder.layer.0.attention.self.query.output.shift"), 0);
  EXPECT_EQ(value("bert.encoder.layer.0.attention.self.query.input.shift"), 0.5f);
}

TEST(Variant, PaddingChangesNothingForTheTextsThemselves) {
  const auto texts = tiny_texts(5);
  Network network(tiny_config(w1a1({})), torch::kCPU, 4);
  const Batch batch = tiny_batch(texts);
  calibrate(network, batch);
  ForwardOptions options;
  options.fused = false;
  const Tensor plain = network.forward(batch, options).logits;
  const Tensor padded = network.forward(tiny_batch(padded_texts(texts, 16)), options).logits;
  EXPECT_TRUE(torch::allclose(plain, padded, 1e-5, 1e-6)) << plain << padded;
}

TEST(Variant, WhatIsNotTheMethodIsNotPacked) {
  Variant variant;
  EXPECT_EQ(variant.unpackable(), "");
  variant.shifts = LearnedShifts::kNone;
  EXPECT_EQ(variant.unpackable(), "") << "thresholds without shifts are thresholds";
  variant.attention = AttentionKind::kBool;
  EXPECT_EQ(variant.unpackable(), "attention = \"bool\"");
}

}  // namespace
}  // namespace bitcpp
