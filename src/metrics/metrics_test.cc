#include "metrics/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"

namespace bitcpp {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// tests/golden/make_metrics_golden.py: scikit-learn's and scipy's answers.
nlohmann::json golden() {
  std::ifstream file(BITCPP_SOURCE_DIR "/tests/golden/metrics/metrics.json");
  return nlohmann::json::parse(file);
}

void expect_same(double value, const nlohmann::json& expected, const std::string& what) {
  if (expected.is_null())
    EXPECT_TRUE(std::isnan(value)) << what << " is " << value;
  else
    EXPECT_NEAR(value, expected.get<double>(), 1e-9) << what;
}

TEST(Metrics, ClassificationEqualsScikitLearn) {
  const auto cases = golden()["classification"];
  ASSERT_GT(cases.size(), 50u);
  for (const auto& item : cases) {
    const auto predicted = item["predicted"].get<std::vector<int>>();
    const auto actual = item["actual"].get<std::vector<int>>();
    const std::string what = item.dump().substr(0, 200);
    expect_same(accuracy(predicted, actual), item["accuracy"], "accuracy of " + what);
    expect_same(f1(predicted, actual), item["f1"], "f1 of " + what);
    expect_same(macro_f1(predicted, actual), item["macro_f1"], "macro_f1 of " + what);
    expect_same(matthews(predicted, actual), item["matthews"], "matthews of " + what);
  }
}

TEST(Metrics, CorrelationEqualsScipy) {
  const auto cases = golden()["regression"];
  ASSERT_GT(cases.size(), 40u);
  for (const auto& item : cases) {
    const auto a = item["a"].get<std::vector<double>>(), b = item["b"].get<std::vector<double>>();
    const std::string what = item.dump().substr(0, 200);
    expect_same(pearson(a, b), item["pearson"], "pearson of " + what);
    expect_same(spearman(a, b), item["spearman"], "spearman of " + what);
  }
}

TEST(Metrics, NoEntries) {
  EXPECT_TRUE(std::isnan(accuracy({}, {})));
  EXPECT_EQ(f1({}, {}), 0);
  EXPECT_EQ(macro_f1({}, {}), 0);
  EXPECT_EQ(matthews({}, {}), 0);
  EXPECT_TRUE(std::isnan(pearson({}, {})));
  EXPECT_TRUE(std::isnan(spearman({}, {})));
}

TEST(Metrics, OneEntryHasNoCorrelation) {
  const std::vector<double> one = {2};
  EXPECT_TRUE(std::isnan(pearson(one, one)));
  EXPECT_TRUE(std::isnan(spearman(one, one)));
}

TEST(Metrics, NanAndInfinity) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> good = {1, 2, 3}, nan = {1, kNaN, 3}, inf = {1, 2, infinity};
  EXPECT_TRUE(std::isnan(pearson(good, nan)));
  EXPECT_TRUE(std::isnan(spearman(nan, good)));
  EXPECT_TRUE(std::isnan(pearson(good, inf)));
  EXPECT_DOUBLE_EQ(spearman(good, inf), 1);  // ranks know no distance
}

TEST(Metrics, F1OfAnotherClass) {
  const std::vector<int> predicted = {0, 0, 1, 1}, actual = {0, 1, 1, 1};
  EXPECT_DOUBLE_EQ(f1(predicted, actual, 0), 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(f1(predicted, actual, 1), 0.8);
  EXPECT_DOUBLE_EQ(f1(predicted, actual, 9), 0);
}

TEST(Metrics, UnequalLengthsAreAnError) {
  const std::vector<int> one = {1}, two = {1, 2};
  const std::vector<double> a = {1}, b = {1, 2};
  EXPECT_THROW(accuracy(one, two), Error);
  EXPECT_THROW(f1(one, two), Error);
  EXPECT_THROW(macro_f1(two, one), Error);
  EXPECT_THROW(matthews(one, two), Error);
  EXPECT_THROW(pearson(a, b), Error);
  EXPECT_THROW(spearman(b, a), Error);
}

}  // namespace
}  // namespace bitcpp
