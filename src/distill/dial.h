// How far down the precisions a task may go: tries the cheapest first and stops at what is good
// enough.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bitcpp {

/// One precision of the dial, cheapest to run first in a list of them.
struct Rung {
  std::string name;
  std::vector<std::string> needs;  // rungs whose networks it starts from or learns from
};

struct DialResult {
  std::string chosen;  // the first rung that reaches the target; if none does, the best
  bool reached = false;
  /// For every rung looked at, in order: {"name", "metric", "verdict": "chosen", "enough" or
  /// "missed"} or {"name", "verdict": "skipped", "because": name of a rung}.
  nlohmann::json tried = nlohmann::json::array();
};

/// Walks `rungs` upwards until `measure(name)`, which trains the rung and returns its metric, is at
/// least `target`. What a rung needs is measured before it. A rung that needs one that misses is
/// skipped: it learns from that one and hardly ever surpasses it, so its training would be spent
/// for nothing. Throws std::invalid_argument when rungs need each other in a circle.
DialResult walk_dial(const std::vector<Rung>& rungs, double target,
                     const std::function<double(const std::string&)>& measure);

}  // namespace bitcpp
