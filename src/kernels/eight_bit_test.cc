// The steps of 8-bit attention against plain readings of their definitions, on every instruction
// set, and all of it against attention in double.
#include "kernels/eight_bit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/eight_bit_attention.h"
#include "kernels/float_exp2.h"
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

TEST(FloatExp2, IsThePowerOfTwo) {
  for (int i = 0; i <= 126000; i += 7) {
    const float x = -static_cast<float>(i) / 1000;
    const double exact = std::exp2(static_cast<double>(x));
    EXPECT_NEAR(float_exp2(x), exact, 3e-6 * exact) << x;
  }
  EXPECT_EQ(float_exp2(0.0f), 1.0f);
  EXPECT_EQ(float_exp2(-3.0f), 0.125f);
  EXPECT_EQ(float_exp2(-1e30f), float_exp2(-126.0f));
}

TEST_P(EightBit, RowsAreZippedByFours) {
  TestRandom random(1);
  for (int rows : {1, 4, 7, 16, 17}) {
    for (int columns : {1, 15, 16, 40}) {
      const int stride = columns + 3;
      const auto a = random_bytes(random, static_cast<std::size_t>(rows * stride));
      std::vector<std::uint8_t> matrix(ByteMatrix::bytes(columns, rows) + 1, 77);
      kernels_.zipped_rows({a.data(), rows, columns, stride, matrix.data()});
      EXPECT_EQ(matrix.back(), 77);
      for (std::size_t i = 0; i + 1 < matrix.size(); ++i) {
        const auto at = static_cast<int>(i);
        const int groups = ByteMatrix::groups(rows);
        const int row = at / 64 % groups * 4 + at % 4, column = at / 64 / groups * 16 + at / 4 % 16;
        const int expected =
            row < rows && column < columns ? a[static_cast<std::size_t>(row * stride + column)] : 0;
        ASSERT_EQ(matrix[i], expected) << rows << " " << columns << " " << i;
      }
    }
  }
}

/// Codes of the softmax of integer scores as eight_bit.h defines them.
std::vector<int> plain_softmax(const std::vector<int>& n, float scale, float alpha) {
  const int greatest = *std::max_element(n.begin(), n.end());
  std::vector<float> e;
  for (int each : n) e.push_back(float_exp2(scale * static_cast<float>(each - greatest)));
  float lane[16] = {};
  for (std::size_t t = 0; t < e.size(); ++t) lane[t % 16] += e[t];
  for (int half = 8; half > 0; half /= 2)
    for (int l = 0; l < half; ++l) lane[l] += lane[l + half];
  std::vector<int> codes;
  for (float each : e) {
    const float code = std::min(each * (1.0f / (alpha * lane[0])), 255.0f);
    codes.push_back(static_cast<int>(std::nearbyint(code)));
  }
  return codes;
}

struct TestHead {
  int queries, keys, head_size;
  std::vector<std::uint8_t> query, key, value;  // all signed

  TestHead(TestRandom& random, int queries_, int keys_, int head_size_)
      : queries(queries_), keys(keys_), head_size(head_size_) {
    query = random_bytes(random, static_cast<std::size_t>(queries * head_size + 3));
    key = random_bytes(random, static_cast<std::size_t>(keys * head_size));
    value = random_bytes(random, static_cast<std::size_t>(keys * head_size));
  }
  int at(const std::vector<std::uint8_t>& rows, int m, int c) const {
    return as_signed(rows[static_cast<std::size_t>(m * head_size + c)]);
  }

  std::vector<int> plain_context(float scale, float alpha) const {
    std::vector<int> context;
    for (int m = 0; m < queries; ++m) {
      std::vector<int> n(static_cast<std::size_t>(keys));
      for (int t = 0; t < keys; ++t)
        for (int c = 0; c < head_size; ++c)
          n[static_cast<std::size_t>(t)] += at(query, m, c) * at(key, t, c);
      const std::vector<int> u = plain_softmax(n, scale, alpha);
      for (int c = 0; c < head_size; ++c) {
        int sum = 0;
        for (int t = 0; t < keys; ++t) sum += u[static_cast<std::size_t>(t)] * at(value, t, c);
        context.push_back(sum);
      }
    }
    return context;
  }

  std::vector<std::uint8_t> key_matrix() const {
    const int columns = (keys + 15) / 16 * 16, groups = ByteMatrix::groups(head_size);
    std::vector<std::uint8_t> matrix(ByteMatrix::bytes(columns, head_size));
    for (int t = 0; t < columns; ++t) {
      for (int c = 0; c < head_size; ++c)
        matrix[static_cast<std::size_t>((t / 16 * groups + c / 4) * 64 + t % 16 * 4 + c % 4)] =
            static_cast<std::uint8_t>(at(key, std::min(t, keys - 1), c) + 128);
    }
    return matrix;
  }

  std::vector<int> context(const Kernels& kernels, float scale, float alpha) const {
    const std::vector<std::uint8_t> keys_by_four = key_matrix();
    std::vector<std::uint8_t> values(ByteMatrix::bytes(head_size, keys));
    kernels.zipped_rows({value.data(), keys, head_size, head_size, values.data()});
    const auto padded = static_cast<std::size_t>((keys + 15) / 16 * 16);
    std::vector<std::int32_t> scores(kByteQueriesTogether * padded),
        context(static_cast<std::size_t>(queries * head_size));
    std::vector<float> exponentials(kByteQueriesTogether * padded);
    std::vector<std::uint8_t> codes(kByteQueriesTogether * padded);
    kernels.eight_bit_head({queries, keys, head_size, query.data(), head_size, keys_by_four.data(),
                            values.data(), scale, alpha, context.data(), head_size, scores.data(),
                            exponentials.data(), codes.data()});
    return context;
  }
};

TEST_P(EightBit, AHeadIsDefinedToTheBit) {
  TestRandom random(3);
  for (int queries : {1, 5, 8, 15, 17}) {
    for (int keys : {1, 2, 15, 16, 17, 40, 128, 300}) {
      for (int head_size : {1, 4, 26, 32, 64, 65}) {
        TestHead head(random, queries, keys, head_size);
        if (queries == 5) {  // the ends of both ranges
          std::fill(head.query.begin(), head.query.end(), std::uint8_t{128});
          std::fill(head.key.begin(), head.key.end(), std::uint8_t{127});
          std::fill(head.value.begin(), head.value.end(), std::uint8_t{128});
        }
        for (const auto& [scale, alpha] :
             {std::pair{1e-5f, 1.0f / 400}, {1e-3f, 1.0f / 255}, {1e-5f, 1e-38f}}) {
          ASSERT_EQ(head.context(kernels_, scale, alpha), head.plain_context(scale, alpha))
              << queries << " queries, " << keys << " keys, " << head_size << " channels";
        }
      }
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
      n += as_signed(query.at(q, c)) * (key.at(t, c) - 128);
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
