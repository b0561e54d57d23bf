// Adam against three hand-written steps in Python (tests/golden/closed_forms.py).
#include "train/optimizer.h"

#include <gtest/gtest.h>

#include "train/libtorch.h"
#include "train/quantizer.h"
#include "train/tensor_file.h"

namespace bitcpp {
namespace {

using torch::Tensor;

const TensorFile& golden() {
  static const TensorFile file =
      read_tensors(BITCPP_SOURCE_DIR "/tests/golden/train/optimizer.safetensors");
  return file;
}

ParameterSet parameters() {
  ParameterSet set;
  for (auto [name, role] : {std::pair{"weight", ParameterRole::kWeight},
                            {"bias", ParameterRole::kBias},
                            {"shift", ParameterRole::kBias},
                            {"scale", ParameterRole::kScale},
                            {"scale_at_floor", ParameterRole::kScale}})
    set.add(name, golden().tensors.at(std::string("param.") + name).clone(), role);
  return set;
}

class AdamSteps : public testing::TestWithParam<std::tuple<bool, ParameterLayout>> {};

TEST_P(AdamSteps, EqualThePythonOnes) {
  AdamOptions options;
  const auto [corrected, layout] = GetParam();
  options.bias_correction = corrected;
  ParameterSet set = parameters();
  Adam adam(set, options, layout);
  const std::string prefix = corrected ? "corrected." : "uncorrected.";
  for (int64_t t = 0; t < 4; ++t) {
    const std::string step = "." + std::to_string(t);
    for (const Parameter& parameter : set.list()) {
      Tensor target = parameter.tensor;
      target.mutable_grad() = golden().tensors.at("grad." + parameter.name + step).clone();
    }
    adam.step(golden().tensors.at("rate.weights")[t].item<float>(),
              golden().tensors.at("rate.scales")[t].item<float>(), {});
    for (const Parameter& parameter : set.list()) {
      const Tensor& expected = golden().tensors.at(prefix + parameter.name + step);
      EXPECT_TRUE(torch::allclose(parameter.tensor, expected, 1e-5, 1e-7))
          << parameter.name << step << "\n"
          << parameter.tensor << "\n"
          << expected;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(BiasCorrection, AdamSteps,
                         testing::Combine(testing::Bool(),
                                          testing::Values(ParameterLayout::kSeparate,
                                                          ParameterLayout::kFlat)));

TEST(Adam, TouchesOnlyTheWordRowsInUse) {
  ParameterSet set;
  Tensor words = set.add("words", torch::randn({6, 4}), ParameterRole::kWordEmbedding);
  const Tensor before = words.clone();
  Adam adam(set, {}, ParameterLayout::kSeparate);
  adam.step(0.1, 0.1, {torch::tensor({1, 4}, torch::kInt64), torch::ones({2, 4})});
  for (int64_t row = 0; row < 6; ++row)
    EXPECT_EQ(torch::equal(words[row], before[row]), row != 1 && row != 4) << row;
}

class SavedState : public testing::TestWithParam<ParameterLayout> {};

TEST_P(SavedState, IsWhereAdamGoesOnFrom) {
  ParameterSet one, two;
  Tensor a = one.add("w", torch::ones({8}), ParameterRole::kWeight);
  Tensor b = two.add("w", torch::ones({8}), ParameterRole::kWeight);
  Adam first(one, {}, GetParam());
  auto step = [](Adam& adam, Tensor target) {
    target.mutable_grad() = torch::linspace(-1, 1, 8);
    adam.step(0.01, 0.01, {});
  };
  step(first, a);
  {
    torch::NoGradGuard no_gradient;
    b.copy_(a);
  }
  Adam second(two, {}, GetParam());
  second.load(first.state());
  step(first, a);
  step(second, b);
  EXPECT_TRUE(torch::equal(a, b));
}

INSTANTIATE_TEST_SUITE_P(Layouts, SavedState,
                         testing::Values(ParameterLayout::kSeparate, ParameterLayout::kFlat));

TEST(FlatParameters, GradientsAreClippedTensorByTensor) {
  ParameterSet set;
  Tensor large = set.add("large", torch::zeros({3, 50}), ParameterRole::kWeight);
  Tensor small = set.add("small", torch::zeros({5}), ParameterRole::kBias);
  Tensor none = set.add("none", torch::ones({7}), ParameterRole::kBias);
  FlatParameters flat(set);
  const Tensor gradient = torch::randn({3, 50});
  large.mutable_grad() = gradient.clone();
  small.mutable_grad() = torch::full({5}, 0.1);
  const Tensor gradients = flat.take_clipped_gradients(1);
  EXPECT_TRUE(torch::allclose(flat.part(gradients, 0), gradient / gradient.norm()));
  EXPECT_TRUE(torch::equal(flat.part(gradients, 1), torch::full({5}, 0.1)));
  EXPECT_TRUE(torch::equal(flat.part(gradients, 2), torch::zeros({7})));
  EXPECT_TRUE(torch::equal(none, torch::ones({7})));
  EXPECT_FALSE(large.grad().defined());
}

TEST(Schedule, RisesAndFallsLinearly) {
  const Tensor expected = golden().tensors.at("schedule.factor");
  for (int64_t step = 0; step < expected.size(0); ++step)
    EXPECT_NEAR(linear_schedule(step, expected.size(0), 0.1), expected[step].item<float>(), 1e-6)
        << step;
  EXPECT_EQ(linear_schedule(0, 10, 0), 1);
  EXPECT_EQ(linear_schedule(10, 10, 0.1), 0);
}

}  // namespace
}  // namespace bitcpp
