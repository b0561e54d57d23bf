// The walk, with metrics given instead of trained.
#include "distill/dial.h"

#include <gtest/gtest.h>

#include <map>

namespace bitcpp {
namespace {

const std::vector<Rung> kRungs = {
    {"w1a1", {"w1a2"}}, {"w1a1_fine", {"w1a2"}}, {"w1a2", {}}, {"w1a4", {}}};

struct Trial {
  std::map<std::string, double> metrics;
  std::vector<std::string> trained;

  DialResult walk(double target) {
    return walk_dial(kRungs, target, [this](const std::string& name) {
      trained.push_back(name);
      return metrics.at(name);
    });
  }
};

TEST(Dial, StopsAtTheCheapestThatReaches) {
  Trial trial{{{"w1a1", 0.90}, {"w1a1_fine", 0.93}, {"w1a2", 0.94}}, {}};
  const DialResult result = trial.walk(0.92);
  EXPECT_EQ(result.chosen, "w1a1_fine");
  EXPECT_TRUE(result.reached);
  EXPECT_EQ(trial.trained, (std::vector<std::string>{"w1a2", "w1a1", "w1a1_fine"}));
  EXPECT_EQ(result.tried,
            nlohmann::json::parse(R"([{"name": "w1a2", "metric": 0.94, "verdict": "enough"},
                {"name": "w1a1", "metric": 0.9, "verdict": "missed"},
                {"name": "w1a1_fine", "metric": 0.93, "verdict": "chosen"}])"));
}

TEST(Dial, WhatLearnsFromARungThatMissesIsSkipped) {
  Trial trial{{{"w1a2", 0.91}, {"w1a4", 0.95}}, {}};
  const DialResult result = trial.walk(0.92);
  EXPECT_EQ(result.chosen, "w1a4");
  EXPECT_EQ(trial.trained, (std::vector<std::string>{"w1a2", "w1a4"}));
  EXPECT_EQ(result.tried.at(1),
            nlohmann::json::parse(R"({"name": "w1a1", "verdict": "skipped", "because": "w1a2"})"));
}

TEST(Dial, TheBestIsTakenWhenNoneReaches) {
  Trial trial{{{"w1a2", 0.85}, {"w1a4", 0.84}}, {}};
  const DialResult result = trial.walk(0.99);
  EXPECT_EQ(result.chosen, "w1a2");
  EXPECT_FALSE(result.reached);
}

TEST(Dial, ACircleIsRefused) {
  EXPECT_THROW(walk_dial({{"a", {"b"}}, {"b", {"a"}}}, 0.5, [](const std::string&) { return 1.0; }),
               std::invalid_argument);
}

}  // namespace
}  // namespace bitcpp
