// The steps of 8-bit attention against plain readings of their definitions, on every instruction
// set, and all of it against attention in double.
#include "kernels/eight_bit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/eight_bit_attention.h"
#include "kernels/float_exp.h"
#include "kernels/kernels.h"
#include "kernels/random_rows.h"

namespace bitcpp {
namespace {

class EightBit : public testing::TestWithParam<Isa> {
 protected:
  const Kernels& kernels_ = kernels_for(GetParam());
};

std::vector<std::uint8_t> random_bytes(TestRandom& random, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.whole(0, 255));
  return bytes;
}

int as_signed(std::uint8_t byte) { return static_cast<std::int8_t>(byte); }

TEST(FloatExp, IsTheExponential) {
  for (int i = 0; i <= 86000; i += 7) {
    const float x = -static_cast<float>(i) / 1000;
    const double exact = std::exp(static_cast<double>(x));
    EXPECT_NEAR(float_exp(x), exact, 4e-6 * exact) << x;
  }
  EXPECT_EQ(float_exp(0.0f), 1.0f);
  EXPECT_EQ(float_exp(-1e30f), float_exp(-87.0f));
}

TEST_P(EightBit, RowsAreRounded) {
  TestRandom random(1);
  for (int channels : {1, 15, 16, 17, 26, 64, 100, 384}) {
    for (int bias : {0, 128}) {
      constexpr int kRows = 3;
      auto x = random.reals(static_cast<std::size_t>(kRows * channels));
      const auto shift = random.reals(static_cast<std::size_t>(channels));
      x[0] = shift[0] + 0.125f;  // 2.5 with the inverse of 20: a tie
      x.back() = 1e30f;
      const int stride = channels + 3;
      std::vector<std::uint8_t> out(static_cast<std::size_t>(kRows * stride), 77);
      const float inverse = 20;
      kernels_.rounded_rows(
          {kRows, channels, x.data(), shift.data(), inverse, bias, out.data(), stride});
      for (int m = 0; m < kRows; ++m) {
        for (int k = 0; k < stride; ++k) {
          const std::uint8_t got = out[static_cast<std::size_t>(m * stride + k)];
          if (k >= channels) {
            ASSERT_EQ(got, 77) << "behind the row";
            continue;
          }
          const float v =
              (x[static_cast<std::size_t>(m * channels + k)] - shift[static_cast<std::size_t>(k)]) *
              inverse;
          const int expected = static_cast<int>(std::nearbyint(std::clamp(v, -128.0f, 127.0f)));
          ASSERT_EQ(bias ? got - 128 : as_signed(got), expected) << channels << " " << k;
        }
      }
    }
  }
}

TEST_P(EightBit, ProductsAreExact) {
  TestRandom random(2);
  for (int rows : {1, 3, 4, 9}) {
    for (int columns : {1, 16, 17, 33}) {
      for (int depth : {1, 4, 26, 32, 65}) {
        const int stride = depth + 5;
        auto a = random_bytes(random, static_cast<std::size_t>(rows * stride));
        auto b = random_bytes(random, static_cast<std::size_t>(depth * columns));
        if (rows == 3) {  // the ends of both ranges
          std::fill(a.begin(), a.end(), std::uint8_t{255});
          std::fill(b.begin(), b.end(), std::uint8_t{128});
        }
        std::vector<std::uint8_t> matrix(ByteMatrix::bytes(columns, depth));
        kernels_.zipped_rows({b.data(), depth, columns, columns, matrix.data()});
        const int out_stride = columns + 2;
        std::vector<std::int32_t> out(static_cast<std::size_t>(rows * out_stride), 7);
        kernels_.byte_product(
            {a.data(), rows, stride, {matrix.data(), columns, depth}, out.data(), out_stride});
        for (int m = 0; m < rows; ++m) {
          for (int o = 0; o < out_stride; ++o) {
            std::int32_t expected = o < columns ? 0 : 7;
            for (int k = 0; k < depth && o < columns; ++k)
              expected += a[static_cast<std::size_t>(m * stride + k)] *
                          as_signed(b[static_cast<std::size_t>(k * columns + o)]);
            ASSERT_EQ(out[static_cast<std::size_t>(m * out_stride + o)], expected)
                << rows << " " << columns << " " << depth;
          }
        }
      }
    }
  }
}

std::vector<std::uint8_t> plain_softmax(const std::vector<std::int32_t>& n, float scale,
                                        float alpha) {
  const auto greatest = static_cast<float>(*std::max_element(n.begin(), n.end()));
  std::vector<float> e;
  for (std::int32_t each : n) e.push_back(float_exp(scale * (static_cast<float>(each) - greatest)));
  float lane[16] = {};
  for (std::size_t t = 0; t < e.size(); ++t) lane[t % 16] += e[t];
  for (int half = 8; half > 0; half /= 2)
    for (int l = 0; l < half; ++l) lane[l] += lane[l + half];
  std::vector<std::uint8_t> codes;
  for (float each : e) {
    const float code = std::min(each * (1.0f / (alpha * lane[0])), 255.0f);
    codes.push_back(static_cast<std::uint8_t>(std::nearbyint(code)));
  }
  return codes;
}

TEST_P(EightBit, SoftmaxIsDefinedToTheBit) {
  TestRandom random(3);
  for (int keys : {1, 2, 15, 16, 17, 40, 128, 300}) {
    const int padded = (keys + 15) / 16 * 16;
    constexpr int kRows = 2;
    std::vector<std::int32_t> scores(static_cast<std::size_t>(kRows * padded)),
        constants(static_cast<std::size_t>(padded));
    for (auto& each : scores) each = random.whole(-300000, 300000);
    for (auto& each : constants) each = random.whole(-30000, 30000);
    const float scale = 1e-5f, alpha = 1.0f / 400;
    std::vector<float> scratch(static_cast<std::size_t>(padded));
    std::vector<std::uint8_t> codes(scores.size(), 9);
    kernels_.byte_softmax({kRows, keys, padded, scores.data(), constants.data(), scale, alpha,
                           scratch.data(), codes.data()});
    for (int m = 0; m < kRows; ++m) {
      std::vector<std::int32_t> n;
      for (int t = 0; t < keys; ++t)
        n.push_back(scores[static_cast<std::size_t>(m * padded + t)] +
                    constants[static_cast<std::size_t>(t)]);
      auto expected = plain_softmax(n, scale, alpha);
      expected.resize(static_cast<std::size_t>(padded));
      const auto first = codes.begin() + m * padded;
      ASSERT_EQ(std::vector<std::uint8_t>(first, first + padded), expected) << keys;
    }
  }
}

struct Shape {
  int queries, keys, heads, head_size;
};

/// Rows of random bytes in words, as the attention takes them.
struct TestBytes {
  int rows, words;
  std::vector<std::uint64_t> data;

  TestBytes(TestRandom& random, int rows_, int channels)
      : rows(rows_), words(byte_words_for(channels)), data(static_cast<std::size_t>(rows * words)) {
    for (std::uint64_t& word : data)
      for (int i = 0; i < 8; ++i)
        word = word << 8 | static_cast<std::uint64_t>(random.whole(0, 255));
  }
  CodeRows view() const { return {data.data(), rows, 1, words}; }
  std::uint8_t at(int m, int channel) const {
    return static_cast<std::uint8_t>(data[static_cast<std::size_t>(m * words + channel / 8)] >>
                                     (channel % 8 * 8));
  }
};

/// Real context of one channel in double, of integers and scales.
double real_context(const TestBytes& query, const TestBytes& key, const TestBytes& value, int q,
                    int channel, int head_size, double scale) {
  const int first = channel / head_size * head_size;
  double sum = 0, context = 0;
  for (int t = 0; t < key.rows; ++t) {
    double n = 0;
    for (int c = first; c < first + head_size; ++c)
      n += (query.at(q, c) - 128) * as_signed(key.at(t, c));
    const double e = std::exp(scale * n);
    sum += e;
    context += e * as_signed(value.at(t, channel));
  }
  return context / sum;
}

TEST_P(EightBit, AttentionIsThatOfRealNumbersButForRounding) {
  TestRandom random(4);
  for (const Shape& s : {Shape{1, 1, 1, 4}, Shape{5, 5, 2, 26}, Shape{1, 40, 3, 32},
                         Shape{19, 19, 2, 64}, Shape{33, 33, 1, 7}}) {
    const int channels = s.heads * s.head_size;
    const TestBytes query(random, s.queries, channels), key(random, s.keys, channels),
        value(random, s.keys, channels);
    // Thresholds at 255 times every whole number: the code is the context, rounded down.
    constexpr int kLevels = 256;
    std::vector<std::int32_t> thresholds;
    for (int j = 1; j < kLevels; ++j)
      for (int c = 0; c < channels; ++c) thresholds.push_back((j - 128) * 255);
    const float scale = 2e-5f;
    const EightBitAttention attention(
        kernels_, {s.heads, s.head_size, kLevels, scale, 1.0f / 255, thresholds});
    EightBitScratch scratch;
    std::vector<std::uint64_t> codes(
        static_cast<std::size_t>(s.queries * attention.context_planes() * words_for(channels)));
    attention.run(query.view(), key.view(), value.view(), codes.data(), scratch);
    for (int m = 0; m < s.queries; ++m) {
      for (int c = 0; c < channels; ++c) {
        const double real = real_context(query, key, value, m, c, s.head_size, scale);
        // A probability is off by half of 1/255 at most, a value by none.
        const double rounding = 1 + 0.5 * s.keys * 128 / 255;
        ASSERT_NEAR(code_at(codes.data(), channels, kLevels, m, c) - 128, real, rounding)
            << m << " " << c;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EightBit, testing::ValuesIn(supported_isas()),
                         [](const auto& info) { return std::string(isa_name(info.param)); });

}  // namespace
}  // namespace bitcpp
