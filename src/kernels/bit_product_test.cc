#include "kernels/bit_product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "kernels/random_rows.h"

namespace bitcpp {
namespace {

constexpr std::int32_t kAlways = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kNever = std::numeric_limits<std::int32_t>::max();

/// sum_k integer(code) * sign, one product at a time.
std::vector<int> plain_product(const TestCodes& codes, const CodeScale& scale,
                               const TestSigns& signs) {
  std::vector<int> n;
  for (int m = 0; m < codes.rows; ++m) {
    for (int o = 0; o < signs.outputs; ++o) {
      int sum = 0;
      for (int k = 0; k < signs.inputs; ++k)
        sum += (scale.step * codes.code(m, k) + scale.offset) * signs.sign(o, k);
      n.push_back(sum);
    }
  }
  return n;
}

struct Case {
  int rows, outputs, inputs, levels, output_levels;
  bool is_signed;
  Fill codes, signs;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (int rows = 1; rows <= 17; ++rows)
    all.push_back(
        {rows, 40 + rows * 7, 26 + rows * 23, 2, 2, rows % 2 == 0, Fill::kRandom, Fill::kRandom});
  for (int levels : {2, 3, 4, 16}) {
    for (bool is_signed : {false, true}) {
      all.push_back({5, 1, 1, levels, 2, is_signed, Fill::kRandom, Fill::kRandom});
      all.push_back({9, 26, 312, levels, 3, is_signed, Fill::kRandom, Fill::kRandom});
      all.push_back({70, 97, 130, levels, 4, is_signed, Fill::kRandom, Fill::kRandom});
      all.push_back({3, 65, 2000, levels, 16, is_signed, Fill::kRandom, Fill::kRandom});
      for (Fill codes : {Fill::kLeast, Fill::kGreatest}) {
        for (Fill signs : {Fill::kLeast, Fill::kGreatest})
          all.push_back({4, 33, 700, levels, 2, is_signed, codes, signs});
      }
    }
  }
  all.push_back({2, 20, 65, 256, 7, false, Fill::kGreatest, Fill::kGreatest});
  all.push_back({2, 3, kMaxProductInputs, 2, 2, true, Fill::kGreatest, Fill::kGreatest});
  all.push_back({1, 2, kMaxProductInputs, 256, 2, false, Fill::kGreatest, Fill::kGreatest});
  all.push_back({70, 2, 9000, 16, 2, true, Fill::kRandom, Fill::kRandom});
  // More rows than any kernel takes at a time, and tiles of AMX of every height and number.
  all.push_back({300, 35, 200, 2, 2, true, Fill::kRandom, Fill::kRandom});
  for (int rows = 23; rows < 140; rows += 9)
    all.push_back({rows, 2 * rows - 13, 900 + 2 * rows, 2, 2, false, Fill::kRandom, Fill::kRandom});
  return all;
}

class BitProductTest : public testing::TestWithParam<Isa> {
 protected:
  const Kernels& kernels_ = kernels_for(GetParam());
};

TEST_P(BitProductTest, IntegersEqualPlainProducts) {
  TestRandom random(1);
  for (const Case& c : cases()) {
    const TestCodes codes(random, c.rows, c.inputs, c.levels, c.codes);
    const TestSigns signs(random, c.outputs, c.inputs, c.signs);
    const BitMatrix matrix(kernels_, c.outputs, c.inputs, signs.bytes);
    std::vector<std::int32_t> n(static_cast<std::size_t>(c.rows) * c.outputs + 1, 77);
    kernels_.product_integers({codes.view(), matrix.packed(), c.outputs}, n.data());
    EXPECT_EQ(n.back(), 77);
    n.pop_back();
    EXPECT_EQ(n, plain_product(codes, unsigned_codes(c.levels), signs))
        << c.rows << " " << c.outputs << " " << c.inputs;
  }
}

TEST_P(BitProductTest, CodesOfTwoLevels) {
  TestRandom random(2);
  for (const Case& c : cases()) {
    const CodeScale scale = c.is_signed ? signed_codes(c.levels) : unsigned_codes(c.levels);
    const TestCodes codes(random, c.rows, c.inputs, c.levels, c.codes);
    const TestSigns signs(random, c.outputs, c.inputs, c.signs);
    const BitMatrix matrix(kernels_, c.outputs, c.inputs, signs.bytes);
    const std::vector<int> n = plain_product(codes, scale, signs);
    // Thresholds right at, below and above the first row's values, and the two special ones.
    std::vector<std::int32_t> values;
    for (int o = 0; o < c.outputs; ++o) {
      const std::int32_t near = n[static_cast<std::size_t>(o)] + random.whole(-2, 2);
      values.push_back(o % 11 == 3 ? kAlways : o % 11 == 5 ? kNever : near);
    }
    const auto table = make_code_thresholds(scale, 2, c.outputs, values, matrix.sign_sums());
    const int words = words_for(c.outputs);
    std::vector<std::uint64_t> out(static_cast<std::size_t>(c.rows * words), ~std::uint64_t{0});
    kernels_.product_codes({codes.view(), matrix.packed(), c.outputs},
                           {2, table.data(), out.data()});
    for (int m = 0; m < c.rows; ++m) {
      for (int o = 0; o < c.outputs; ++o) {
        const std::int32_t t = values[static_cast<std::size_t>(o)];
        const bool reached =
            t == kAlways || (t != kNever && n[static_cast<std::size_t>(m * c.outputs + o)] >= t);
        ASSERT_EQ(code_at(out.data(), c.outputs, 2, m, o), reached) << m << " " << o;
      }
    }
  }
}

TEST_P(BitProductTest, CodesOfManyLevels) {
  TestRandom random(3);
  for (const Case& c : cases()) {
    const CodeScale scale = c.is_signed ? signed_codes(c.levels) : unsigned_codes(c.levels);
    const TestCodes codes(random, c.rows, c.inputs, c.levels, c.codes);
    const TestSigns signs(random, c.outputs, c.inputs, c.signs);
    const BitMatrix matrix(kernels_, c.outputs, c.inputs, signs.bytes);
    const std::vector<int> n = plain_product(codes, scale, signs);
    std::vector<std::int32_t> values;
    for (int j = 0; j < c.output_levels - 1; ++j) {
      for (int o = 0; o < c.outputs; ++o) {
        values.push_back(j == 0 ? n[static_cast<std::size_t>(o)] - random.whole(0, 9)
                                : values[static_cast<std::size_t>((j - 1) * c.outputs + o)] +
                                      random.whole(0, 4));
      }
    }
    const auto table =
        make_code_thresholds(scale, c.output_levels, c.outputs, values, matrix.sign_sums());
    const int planes = unsigned_codes(c.output_levels).planes(), words = words_for(c.outputs);
    std::vector<std::uint64_t> out(static_cast<std::size_t>(c.rows * planes * words),
                                   ~std::uint64_t{0});
    kernels_.product_codes({codes.view(), matrix.packed(), c.outputs},
                           {c.output_levels, table.data(), out.data()});
    for (int m = 0; m < c.rows; ++m) {
      for (int o = 0; o < c.outputs; ++o) {
        int expected = 0;
        for (int j = 0; j < c.output_levels - 1; ++j) {
          expected += n[static_cast<std::size_t>(m * c.outputs + o)] >=
                      values[static_cast<std::size_t>(j * c.outputs + o)];
        }
        ASSERT_EQ(code_at(out.data(), c.outputs, c.output_levels, m, o), expected) << m << " " << o;
      }
    }
  }
}

TEST_P(BitProductTest, ScaledRoundsEachStep) {
  TestRandom random(4);
  for (const Case& c : cases()) {
    const CodeScale scale = c.is_signed ? signed_codes(c.levels) : unsigned_codes(c.levels);
    const TestCodes codes(random, c.rows, c.inputs, c.levels, c.codes);
    const TestSigns signs(random, c.outputs, c.inputs, c.signs);
    const BitMatrix matrix(kernels_, c.outputs, c.inputs, signs.bytes);
    const std::vector<int> n = plain_product(codes, scale, signs);
    const std::size_t padded = static_cast<std::size_t>(words_for(c.outputs)) * 64;
    std::vector<float> weight = random.reals(padded), bias = random.reals(padded);
    const std::vector<float> residual = random.reals(n.size());
    const auto corrections = make_corrections(scale, c.outputs, matrix.sign_sums());
    for (bool adds : {false, true}) {
      std::vector<float> out(n.size() + 1, 77.0f);
      kernels_.product_scaled({codes.view(), matrix.packed(), c.outputs},
                              {scale.step == 2 ? 2 : 1, corrections.data(), weight.data(),
                               bias.data(), adds ? residual.data() : nullptr, out.data()});
      EXPECT_EQ(out.back(), 77.0f);
      for (std::size_t i = 0; i < n.size(); ++i) {
        const std::size_t o = i % static_cast<std::size_t>(c.outputs);
        float y = weight[o] * static_cast<float>(n[i]);
        y = y + bias[o];
        if (adds) y = y + residual[i];
        ASSERT_EQ(out[i], y);
      }
    }
  }
}

/// round((y - zero) * 20) of ByteOutput, without its offset.
int rounded(float y, float zero) {
  return static_cast<int>(std::nearbyint(std::clamp((y - zero) * 20.0f, -128.0f, 127.0f)));
}

TEST_P(BitProductTest, BytesAreRounded) {
  TestRandom random(5);
  for (const Case& c : cases()) {
    const CodeScale scale = c.is_signed ? signed_codes(c.levels) : unsigned_codes(c.levels);
    const TestCodes codes(random, c.rows, c.inputs, c.levels, c.codes);
    const TestSigns signs(random, c.outputs, c.inputs, c.signs);
    const BitMatrix matrix(kernels_, c.outputs, c.inputs, signs.bytes);
    const std::vector<int> n = plain_product(codes, scale, signs);
    const std::size_t padded = static_cast<std::size_t>(words_for(c.outputs)) * 64;
    std::vector<float> weight = random.reals(padded), bias = random.reals(padded),
                       zero = random.reals(padded);
    weight[0] = 0;  // a tie: 2.5
    bias[0] = zero[0] + 0.125f;
    if (c.outputs > 1) bias[1] = 1e30f;
    const auto corrections = make_corrections(scale, c.outputs, matrix.sign_sums());
    const int stride = c.outputs + 3;
    for (int offset : {0, 128}) {
      std::vector<std::uint8_t> out(static_cast<std::size_t>(c.rows * stride), 77);
      kernels_.product_bytes(
          {codes.view(), matrix.packed(), c.outputs},
          {{scale.step == 2 ? 2 : 1, corrections.data(), weight.data(), bias.data()},
           zero.data(),
           20.0f,
           offset,
           out.data(),
           stride});
      for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t m = i / static_cast<std::size_t>(stride),
                          o = i % static_cast<std::size_t>(stride);
        if (o >= static_cast<std::size_t>(c.outputs)) {
          ASSERT_EQ(out[i], 77) << "behind the row";
          continue;
        }
        const float y =
            weight[o] * static_cast<float>(n[m * static_cast<std::size_t>(c.outputs) + o]) +
            bias[o];
        const int got = offset ? out[i] - 128 : static_cast<std::int8_t>(out[i]);
        ASSERT_EQ(got, rounded(y, zero[o])) << m << " " << o;
      }
    }
  }
}

TEST(BitMatrixTest, RefusesImpossibleSizes) {
  const std::vector<std::uint8_t> bits(16);
  EXPECT_THROW(BitMatrix(kernels_for(Isa::kScalar), 2, kMaxProductInputs + 1, bits), Error);
  EXPECT_THROW(BitMatrix(kernels_for(Isa::kScalar), 2, 0, bits), Error);
  EXPECT_THROW(BitMatrix(kernels_for(Isa::kScalar), 2, 65, bits), Error);
}

TEST(BitMatrixTest, IgnoresBitsBehindTheLastInput) {
  const std::vector<std::uint8_t> bits(2, 0xFF);
  EXPECT_EQ(BitMatrix(kernels_for(Isa::kScalar), 2, 3, bits).sign_sums(),
            (std::vector<std::int32_t>{3, 3}));
}

std::string name_of(const testing::TestParamInfo<Isa>& info) { return isa_name(info.param); }
INSTANTIATE_TEST_SUITE_P(Isa, BitProductTest, testing::ValuesIn(supported_isas()), name_of);

}  // namespace
}  // namespace bitcpp
