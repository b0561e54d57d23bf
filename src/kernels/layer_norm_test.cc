#include "kernels/layer_norm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/kernels.h"
#include "kernels/random_rows.h"

namespace bitcpp {
namespace {

/// The header's order of additions, read literally.
float plain_sum(const std::vector<float>& v) {
  float lane[16] = {};
  for (std::size_t i = 0; i < v.size(); ++i) lane[i % 16] = lane[i % 16] + v[i];
  for (int l = 0; l < 8; ++l) lane[l] = lane[l] + lane[l + 8];
  for (int l = 0; l < 4; ++l) lane[l] = lane[l] + lane[l + 4];
  for (int l = 0; l < 2; ++l) lane[l] = lane[l] + lane[l + 2];
  return lane[0] + lane[1];
}

std::vector<float> plain_layer_norm(const std::vector<float>& v, const std::vector<float>& weight,
                                    const std::vector<float>& bias, float eps) {
  const float count = static_cast<float>(v.size()), mean = plain_sum(v) / count;
  std::vector<float> d, squares, out;
  for (float value : v) d.push_back(value - mean);
  for (float value : d) squares.push_back(value * value);
  const float variance = plain_sum(squares) / count;
  const float inverse = 1.0f / std::sqrt(variance + eps);
  for (std::size_t i = 0; i < v.size(); ++i) {
    const float normal = d[i] * inverse;
    const float scaled = normal * weight[i];
    out.push_back(scaled + bias[i]);
  }
  return out;
}

class LayerNormTest : public testing::TestWithParam<Isa> {
 protected:
  const Kernels& kernels_ = kernels_for(GetParam());
};

TEST_P(LayerNormTest, EqualsThePlainReading) {
  TestRandom random(5);
  for (int hidden : {1, 2, 15, 16, 17, 26, 31, 64, 100, 312, 384, 768, 1025}) {
    const std::size_t n = static_cast<std::size_t>(hidden);
    const std::vector<float> weight = random.reals(n), bias = random.reals(n);
    std::vector<float> v, expected;
    constexpr int kRows = 3;
    for (int row = 0; row < kRows; ++row) {
      const std::vector<float> one = random.reals(n);
      const std::vector<float> normal = plain_layer_norm(one, weight, bias, 1e-12f);
      v.insert(v.end(), one.begin(), one.end());
      expected.insert(expected.end(), normal.begin(), normal.end());
    }
    std::vector<float> out(v.size() + 1, 77.0f);
    kernels_.layer_norm({kRows, hidden, v.data(), weight.data(), bias.data(), 1e-12f, out.data()});
    EXPECT_EQ(out.back(), 77.0f);
    out.pop_back();
    // A row of one item, or of equal ones, has no variance but eps.
    ASSERT_EQ(out, expected) << hidden;
    kernels_.layer_norm({kRows, hidden, v.data(), weight.data(), bias.data(), 1e-12f, v.data()});
    ASSERT_EQ(v, expected) << "in place, " << hidden;
  }
}

TEST_P(LayerNormTest, ConstantRowGivesTheBias) {
  const std::vector<float> v(37, 2.5f), weight(37, 3.0f), bias(37, -0.25f);
  std::vector<float> out(37);
  kernels_.layer_norm({1, 37, v.data(), weight.data(), bias.data(), 1e-12f, out.data()});
  EXPECT_EQ(out, bias);
}

TEST_P(LayerNormTest, DotEqualsThePlainReading) {
  TestRandom random(6);
  for (std::size_t length : {0u, 1u, 15u, 16u, 33u, 384u, 769u}) {
    const std::vector<float> a = random.reals(length), b = random.reals(length);
    std::vector<float> products;
    for (std::size_t i = 0; i < length; ++i) products.push_back(a[i] * b[i]);
    EXPECT_EQ(kernels_.dot(static_cast<int>(length), a.data(), b.data()), plain_sum(products));
  }
}

TEST(LayerNormDispatchTest, RunsTheSelectedKernels) {
  TestRandom random(7);
  const std::vector<float> v = random.reals(50), weight = random.reals(50), bias = random.reals(50);
  std::vector<float> out(50);
  layer_norm(1, 50, v.data(), weight.data(), bias.data(), 1e-5f, out.data());
  EXPECT_EQ(out, plain_layer_norm(v, weight, bias, 1e-5f));
  EXPECT_EQ(dot(v, weight), kernels_for(Isa::kScalar).dot(50, v.data(), weight.data()));
}

std::string name_of(const testing::TestParamInfo<Isa>& info) { return isa_name(info.param); }
INSTANTIATE_TEST_SUITE_P(Isa, LayerNormTest, testing::ValuesIn(supported_isas()), name_of);

}  // namespace
}  // namespace bitcpp
