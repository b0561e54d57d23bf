#include "train/evaluation.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace bitcpp {
namespace {

using nlohmann::json;

const json kClassification = {{"n", 3}, {"accuracy", 0.75}, {"f1", 0.5}, {"matthews", 0.25}};

TEST(MainMetric, IsTheTasksUsualOneUnlessNamed) {
  EXPECT_EQ(main_metric(kClassification, ""), 0.75);
  EXPECT_EQ(main_metric(kClassification, "matthews"), 0.25);
  EXPECT_EQ(main_metric_name({{"pearson", 0.1}, {"spearman", 0.2}}, ""), "pearson");
  EXPECT_EQ(main_metric_name({{"accuracy", 0.9}, {"recall", 0.5}, {"f1", 0.4}}, ""), "f1");
}

TEST(MainMetric, UndefinedIsTheLeast) { EXPECT_EQ(main_metric({{"pearson", nullptr}}, ""), -1); }

TEST(MainMetric, RefusesOneThatTheTaskDoesNotHave) {
  EXPECT_THROW(main_metric(kClassification, "pearson"), Error);
}

}  // namespace
}  // namespace bitcpp
