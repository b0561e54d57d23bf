#include "kernels/bit_attention.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "kernels/random_rows.h"

namespace bitcpp {
namespace {

struct Case {
  int heads, head_size, queries, keys;
  int query_levels, key_levels, value_levels, probability_levels, context_levels;
  Fill fill = Fill::kRandom;
};

struct Constants {
  std::vector<double> table, cuts;
  std::vector<std::int32_t> thresholds;
  AttentionParameters parameters;

  Constants(const Case& c, TestRandom& random) {
    const CodeScale q = signed_codes(c.query_levels), k = signed_codes(c.key_levels);
    const bool binary = c.query_levels == 2 && c.key_levels == 2;
    const int greatest = std::max(q.least() * k.least(), q.greatest() * k.greatest()) * c.head_size;
    const int least = std::min(q.least() * k.greatest(), q.greatest() * k.least()) * c.head_size;
    const int step = binary ? 2 : 1;
    for (int n = least; n <= greatest; n += step) table.push_back(std::exp(0.11 * (n - greatest)));
    for (int j = 1; j < c.probability_levels; ++j) cuts.push_back(0.05 * (j - 0.5));
    const int channels = c.heads * c.head_size;
    for (int i = 0; i < (c.context_levels - 1) * channels; ++i) {
      thresholds.push_back(i < channels ? random.whole(-6, 3)
                                        : thresholds[static_cast<std::size_t>(i - channels)] +
                                              random.whole(0, 3));
    }
    parameters = {c.heads,          c.head_size, c.query_levels, c.key_levels, c.value_levels,
                  c.context_levels, table,       least,          step,         cuts,
                  thresholds};
  }
};

int integer(const TestCodes& codes, const CodeScale& scale, int m, int k) {
  return scale.step * codes.code(m, k) + scale.offset;
}

/// Z in the header's order, read literally.
double plain_sum(const std::vector<int>& counts, const std::vector<double>& table) {
  double lane[8] = {};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double product = static_cast<double>(counts[i]) * table[i];
    lane[i % 8] = lane[i % 8] + product;
  }
  const double four[4] = {lane[0] + lane[4], lane[1] + lane[5], lane[2] + lane[6],
                          lane[3] + lane[7]};
  return (four[0] + four[2]) + (four[1] + four[3]);
}

/// Context code of one head, query and channel, straight from the definition.
class PlainAttention {
 public:
  PlainAttention(const Case& c, const Constants& constants, const TestCodes& q, const TestCodes& k,
                 const TestCodes& v)
      : c_(c), constants_(constants), q_(q), k_(k), v_(v) {}

  std::vector<int> probabilities(int head, int query) const {
    const auto& p = constants_.parameters;
    std::vector<int> index, counts(constants_.table.size()), codes;
    for (int t = 0; t < c_.keys; ++t) {
      int n = 0;
      for (int i = head * c_.head_size; i < (head + 1) * c_.head_size; ++i) {
        n += integer(q_, signed_codes(c_.query_levels), query, i) *
             integer(k_, signed_codes(c_.key_levels), t, i);
      }
      index.push_back((n - p.score_minimum) / p.score_step);
      ++counts[static_cast<std::size_t>(index.back())];
    }
    const double z = plain_sum(counts, constants_.table);
    for (int i : index) {
      int code = 0;
      for (double cut : constants_.cuts)
        code += constants_.table[static_cast<std::size_t>(i)] >= cut * z;
      codes.push_back(code);
    }
    return codes;
  }

  int context(const std::vector<int>& probability, int channel) const {
    int n = 0, code = 0;
    for (int t = 0; t < c_.keys; ++t)
      n += probability[static_cast<std::size_t>(t)] *
           integer(v_, signed_codes(c_.value_levels), t, channel);
    for (int j = 0; j < c_.context_levels - 1; ++j) {
      code +=
          n >=
          constants_.thresholds[static_cast<std::size_t>(j * c_.heads * c_.head_size + channel)];
    }
    return code;
  }

 private:
  const Case& c_;
  const Constants& constants_;
  const TestCodes &q_, &k_, &v_;
};

class BitAttentionTest : public testing::TestWithParam<Isa> {};

TEST_P(BitAttentionTest, EqualsTheDefinition) {
  const std::vector<Case> cases = {{1, 1, 1, 1, 2, 2, 2, 2, 2},
                                   {12, 26, 9, 9, 2, 2, 2, 2, 2},
                                   {4, 32, 12, 12, 2, 2, 2, 2, 2},
                                   {2, 64, 70, 70, 2, 2, 2, 2, 2},
                                   {3, 64, 1, 130, 2, 2, 2, 2, 2},
                                   {2, 100, 17, 65, 2, 2, 2, 2, 2},
                                   {1, 254, 3, 64, 2, 2, 2, 2, 2},
                                   {1, 300, 3, 20, 2, 2, 2, 2, 2},
                                   {2, 32, 20, 40, 2, 2, 2, 4, 3},
                                   {4, 16, 9, 9, 2, 2, 2, 2, 2},
                                   {4, 24, 9, 70, 2, 2, 2, 2, 3},
                                   {3, 48, 9, 70, 2, 2, 2, 4, 3},
                                   {2, 7, 8, 128, 2, 2, 2, 2, 2},
                                   {2, 31, 15, 127, 2, 2, 2, 2, 2},
                                   {2, 33, 9, 129, 2, 2, 2, 2, 2},
                                   {2, 63, 16, 200, 2, 2, 2, 3, 2},
                                   {2, 64, 21, 260, 2, 2, 2, 16, 2},
                                   {2, 26, 20, 70, 2, 2, 4, 3, 4},
                                   {2, 26, 11, 70, 3, 3, 3, 3, 3},
                                   {2, 32, 20, 33, 4, 4, 4, 4, 4},
                                   {2, 20, 5, 33, 16, 16, 16, 16, 16},
                                   {2, 64, 5, 33, 2, 3, 2, 2, 2},
                                   {2, 40, 5, 66, 4, 2, 16, 256, 2},
                                   {2, 32, 70, 70, 2, 2, 2, 2, 2, Fill::kLeast},
                                   {2, 32, 70, 70, 2, 2, 2, 2, 2, Fill::kGreatest},
                                   {2, 32, 7, 70, 4, 4, 4, 4, 4, Fill::kLeast},
                                   {2, 32, 7, 70, 4, 4, 4, 4, 4, Fill::kGreatest}};
  TestRandom random(12);
  AttentionScratch scratch;  // shared, as in a workspace
  for (const Case& c : cases) {
    const int channels = c.heads * c.head_size;
    const Constants constants(c, random);
    const BitAttention attention(kernels_for(GetParam()), constants.parameters);
    const TestCodes q(random, c.queries, channels, c.query_levels, c.fill),
        k(random, c.keys, channels, c.key_levels, c.fill),
        v(random, c.keys, channels, c.value_levels, c.fill);
    const int planes = signed_codes(c.context_levels).planes();
    std::vector<std::uint64_t> context(
        static_cast<std::size_t>(c.queries * planes * words_for(channels)), ~std::uint64_t{0});
    attention.run(q.view(), k.view(), v.view(), context.data(), scratch);
    const PlainAttention plain(c, constants, q, k, v);
    for (int head = 0; head < c.heads; ++head) {
      for (int query = 0; query < c.queries; ++query) {
        const std::vector<int> probability = plain.probabilities(head, query);
        for (int i = head * c.head_size; i < (head + 1) * c.head_size; ++i) {
          ASSERT_EQ(code_at(context.data(), channels, c.context_levels, query, i),
                    plain.context(probability, i))
              << "heads of " << c.head_size << ", keys " << c.keys << ", query " << query
              << ", channel " << i;
        }
      }
    }
  }
}

TEST(BitAttentionCheckTest, RefusesATableThatDoesNotCoverTheScores) {
  TestRandom random(13);
  const Case c = {2, 8, 1, 1, 2, 2, 2, 2, 2};
  const Constants good(c, random);
  const Kernels& kernels = kernels_for(Isa::kScalar);
  EXPECT_NO_THROW(BitAttention(kernels, good.parameters));
  AttentionParameters bad = good.parameters;
  bad.exp_table = bad.exp_table.subspan(1);
  EXPECT_THROW(BitAttention(kernels, bad), Error);
  bad = good.parameters;
  bad.score_minimum += 2;
  EXPECT_THROW(BitAttention(kernels, bad), Error);
  bad = good.parameters;
  bad.score_step = 4;
  EXPECT_THROW(BitAttention(kernels, bad), Error);
  bad = good.parameters;
  bad.query_levels = 3;
  EXPECT_THROW(BitAttention(kernels, bad), Error);
  bad = good.parameters;
  bad.context_thresholds = bad.context_thresholds.subspan(1);
  EXPECT_THROW(BitAttention(kernels, bad), Error);
}

std::string name_of(const testing::TestParamInfo<Isa>& info) { return isa_name(info.param); }
INSTANTIATE_TEST_SUITE_P(Isa, BitAttentionTest, testing::ValuesIn(supported_isas()), name_of);

}  // namespace
}  // namespace bitcpp
