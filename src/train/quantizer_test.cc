// Quantizers against closed forms computed in Python (tests/golden/closed_forms.py), on thresholds
// and beside them.
#include "train/quantizer.h"

#include <gtest/gtest.h>

#include "train/binarize.h"
#include "train/fused_kernels.h"
#include "train/libtorch.h"
#include "train/tensor_file.h"

namespace bitcpp {
namespace {

using torch::Tensor;

const TensorFile& golden() {
  static const TensorFile file =
      read_tensors(BITCPP_SOURCE_DIR "/tests/golden/train/quantizers.safetensors");
  return file;
}
const Tensor& at(const std::string& name) { return golden().tensors.at(name); }

QuantizerSpec spec_of(const std::string& kind) {
  if (kind.back() == 't') return {3, kind.rfind("signed", 0) == 0};
  return {1 << (kind.back() - '0'), kind.rfind("signed", 0) == 0};
}

void expect_near(const Tensor& actual, const Tensor& expected, const std::string& what) {
  ASSERT_EQ(actual.sizes(), expected.sizes()) << what;
  EXPECT_TRUE(torch::allclose(actual, expected, 1e-5, 1e-6)) << what << "\n"
                                                             << actual << "\n"
                                                             << expected;
}

class Quantizer : public testing::TestWithParam<std::tuple<const char*, const char*>> {
 protected:
  std::string kind() const { return std::get<0>(GetParam()); }
  std::string name(const char* what) const {
    return kind() + "." + std::get<1>(GetParam()) + "." + what;
  }
};

TEST_P(Quantizer, ValuesAndGradientsAreTheClosedForms) {
  Tensor x = at(name("x")).clone().set_requires_grad(true);
  Tensor shift = at(name("shift")).clone().set_requires_grad(true);
  Tensor scale = at(name("scale")).clone().set_requires_grad(true);
  Tensor value = elastic_quantize(x, shift, scale, spec_of(kind()));
  expect_near(value, at(name("output")), name("output"));
  value.backward(at(name("upstream")));
  expect_near(x.grad(), at(name("grad.x")), name("grad.x"));
  expect_near(shift.grad(), at(name("grad.shift")), name("grad.shift"));
  expect_near(scale.grad(), at(name("grad.scale")), name("grad.scale"));
}

TEST_P(Quantizer, TheFusedLoopsDoTheSame) {
  const QuantizerSpec spec = spec_of(kind());
  const Tensor x = at(name("x")), shift = at(name("shift")), upstream = at(name("upstream"));
  const float scale = at(name("scale")).item<float>();
  const int64_t rows = x.size(0), cols = x.size(1);
  std::vector<float> thresholds;
  for (int j = 1; j < spec.levels && !spec.rounds(); ++j)
    for (int64_t c = 0; c < cols; ++c)
      thresholds.push_back(shift[c].item<float>() +
                           scale * static_cast<float>(spec.threshold_factor(j)));
  const fused::QuantizerTable table{
      thresholds.data(),       spec.levels, spec.step(), spec.lowest(),
      shift.data_ptr<float>(), 1 / scale};
  Tensor integers = torch::empty_like(x), again = torch::empty_like(x);
  fused::quantize(x.data_ptr<float>(), rows, cols, table, integers.data_ptr<float>());
  expect_near(integers * scale, at(name("output")), "output");
  Tensor by_x = torch::empty_like(x), by_shift = torch::empty({cols});
  const double by_scale = fused::quantize_backward(
      x.data_ptr<float>(), upstream.data_ptr<float>(), rows, cols, table,
      {shift.data_ptr<float>(), scale, spec.is_sign(), false}, by_x.data_ptr<float>(),
      by_shift.data_ptr<float>(), again.data_ptr<float>());
  EXPECT_TRUE(torch::equal(integers, again));
  expect_near(by_x, at(name("grad.x")), "grad.x");
  expect_near(by_shift, at(name("grad.shift")), "grad.shift");
  const double elements = static_cast<double>(x.numel() * spec.gradient_levels());
  expect_near(torch::full({1}, by_scale / std::sqrt(elements)), at(name("grad.scale")),
              "grad.scale");
}

INSTANTIATE_TEST_SUITE_P(All, Quantizer,
                         testing::Combine(testing::Values("signed1", "unsigned1", "signedt",
                                                          "unsignedt", "signed2", "unsigned2",
                                                          "signed4", "unsigned4"),
                                          testing::Values("grid", "random")));
INSTANTIATE_TEST_SUITE_P(Rounding, Quantizer,
                         testing::Combine(testing::Values("signed8", "unsigned8"),
                                          testing::Values("random")));

TEST(InitialScale, IsL2Optimal) {
  for (const char* kind : {"signed", "relu", "softmax"})
    for (int i = 0; i < 3; ++i) {
      const std::string name = std::string("start.") + kind + "." + std::to_string(i);
      const bool is_signed = std::string(kind) == "signed";
      expect_near(initial_scale(at(name + ".x"), {2, is_signed}), at(name + ".alpha"), name);
    }
}

TEST(InitialScale, ManyLevelsCoverTheRange) {
  const Tensor x = torch::linspace(-1, 1, 2001);
  EXPECT_NEAR(initial_scale(x, {256, true}).item<double>(), 1 / 127.5, 2e-4);
  const Tensor q = quantize_to_integers(x, {}, initial_scale(x, {256, true}), {256, true});
  EXPECT_LE(q.min().item<double>(), -125);
  EXPECT_GE(q.max().item<double>(), 125);
}

TEST(InitialScale, DegenerateInputsGiveTheSmallestScale) {
  for (QuantizerSpec spec :
       {QuantizerSpec{2, true}, QuantizerSpec{2, false}, QuantizerSpec{3, true},
        QuantizerSpec{4, true}, QuantizerSpec{256, false}})
    EXPECT_FLOAT_EQ(initial_scale(torch::zeros({4, 4}), spec).item<float>(), 1e-5f);
}

TEST(Binarize, SignsAndScalesPerMatrixAndPerRow) {
  Tensor weight = torch::tensor({{1.0f, 2.0f, 3.0f}, {-1.0f, -1.0f, 2.0f}});
  BinarizedWeight row = binarize(weight, WeightScale::kRow);
  EXPECT_TRUE(torch::equal(row.signs, torch::tensor({{-1.0f, 1.0f, 1.0f}, {-1.0f, -1.0f, 1.0f}})));
  expect_near(row.scale.reshape({2}), torch::tensor({2.0f, 4.0f / 3}), "row scales");
  BinarizedWeight whole = binarize(weight, WeightScale::kTensor);
  EXPECT_TRUE(torch::equal(whole.signs, torch::tensor({{1.0f, 1.0f, 1.0f}, {-1.0f, -1.0f, 1.0f}})));
  expect_near(whole.scale.reshape({-1})[0].reshape({1}), torch::tensor({10.0f / 6}), "one scale");
}

TEST(Binarize, GradientPassesStraightThrough) {
  Tensor weight = torch::randn({3, 5}).set_requires_grad(true), upstream = torch::randn({3, 5});
  binarized_weight(weight, WeightScale::kRow).backward(upstream);
  EXPECT_TRUE(torch::equal(weight.grad(), upstream));
}

}  // namespace
}  // namespace bitcpp
