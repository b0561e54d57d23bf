#include "kernels/float_codes.h"

#include <gtest/gtest.h>

#include <limits>

#include "kernels/embedding_row.h"
#include "kernels/integer_codes.h"
#include "kernels/kernels.h"
#include "kernels/random_rows.h"

namespace bitcpp {
namespace {

class FloatCodesTest : public testing::TestWithParam<Isa> {
 protected:
  const Kernels& kernels_ = kernels_for(GetParam());
};

TEST_P(FloatCodesTest, CountsThresholdsReached) {
  TestRandom random(8);
  for (int channels : {1, 15, 16, 17, 26, 63, 64, 65, 100, 128, 312, 384}) {
    for (int levels : {2, 3, 4, 5, 16}) {
      constexpr int kRows = 3;
      std::vector<float> x = random.reals(static_cast<std::size_t>(kRows * channels)), t;
      for (int i = 0; i < (levels - 1) * channels; ++i) {
        // Some thresholds equal a value of the first row exactly.
        if (i < channels) {
          t.push_back(i % 3 == 0 ? x[static_cast<std::size_t>(i)] : random.real());
        } else {
          t.push_back(t[static_cast<std::size_t>(i - channels)] +
                      static_cast<float>(random.whole(0, 3)) / 4);
        }
      }
      x[0] = std::numeric_limits<float>::infinity();
      x.back() = std::numeric_limits<float>::quiet_NaN();
      const int planes = unsigned_codes(levels).planes();
      std::vector<std::uint64_t> out(static_cast<std::size_t>(kRows * planes * words_for(channels)),
                                     ~std::uint64_t{0});
      kernels_.float_codes({kRows, channels, x.data(), levels, t.data(), out.data()});
      for (int m = 0; m < kRows; ++m) {
        for (int k = 0; k < channels; ++k) {
          int expected = 0;
          for (int j = 0; j < levels - 1; ++j) {
            expected += x[static_cast<std::size_t>(m * channels + k)] >=
                        t[static_cast<std::size_t>(j * channels + k)];
          }
          ASSERT_EQ(code_at(out.data(), channels, levels, m, k), expected)
              << channels << " " << levels;
        }
      }
    }
  }
}

TEST_P(FloatCodesTest, IntegerCodesCountThresholdsReached) {
  TestRandom random(14);
  for (int channels : {1, 16, 26, 63, 64, 65, 130}) {
    for (int levels : {2, 3, 4, 16}) {
      for (int stride : {0, channels, channels + 5}) {
        std::vector<std::int32_t> n, t;
        for (int k = 0; k < channels; ++k) n.push_back(random.whole(-20, 20));
        for (int i = 0; i < (levels - 1) * (stride == 0 ? 1 : stride); ++i)
          t.push_back(random.whole(-4, 4) + i / (stride == 0 ? 1 : stride) * 8 - 10);
        std::vector<std::uint64_t> out(
            static_cast<std::size_t>(unsigned_codes(levels).planes() * words_for(channels)),
            ~std::uint64_t{0});
        kernels_.integer_codes({channels, n.data(), levels, t.data(), stride, out.data()});
        for (int k = 0; k < channels; ++k) {
          int expected = 0;
          for (int j = 0; j < levels - 1; ++j)
            expected += n[static_cast<std::size_t>(k)] >=
                        t[static_cast<std::size_t>(stride == 0 ? j : j * stride + k)];
          ASSERT_EQ(code_at(out.data(), channels, levels, 0, k), expected)
              << channels << " " << levels << " " << stride;
        }
      }
    }
  }
}

TEST_P(FloatCodesTest, EmbeddingRowAddsInOrder) {
  TestRandom random(9);
  for (int hidden : {1, 7, 8, 9, 16, 20, 26, 312, 384}) {
    const TestSigns signs(random, 1, hidden, Fill::kRandom);
    const std::vector<float> type = random.reals(static_cast<std::size_t>(hidden)),
                             position = random.reals(static_cast<std::size_t>(hidden));
    std::vector<float> out(static_cast<std::size_t>(hidden) + 1, 77.0f);
    kernels_.embedding_row(
        {hidden, signs.bytes.data(), 0.3f, type.data(), position.data(), out.data()});
    EXPECT_EQ(out.back(), 77.0f);
    for (int k = 0; k < hidden; ++k) {
      const std::size_t i = static_cast<std::size_t>(k);
      const float sum = (signs.sign(0, k) > 0 ? 0.3f : -0.3f) + type[i];
      ASSERT_EQ(out[i], sum + position[i]);
    }
  }
}

std::string name_of(const testing::TestParamInfo<Isa>& info) { return isa_name(info.param); }
INSTANTIATE_TEST_SUITE_P(Isa, FloatCodesTest, testing::ValuesIn(supported_isas()), name_of);

}  // namespace
}  // namespace bitcpp
