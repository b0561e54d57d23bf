#include "distill/dial.h"

#include <map>
#include <optional>
#include <stdexcept>

namespace bitcpp {
namespace {

using nlohmann::json;

class Walk {
 public:
  Walk(const std::vector<Rung>& rungs, double target,
       const std::function<double(const std::string&)>& measure)
      : target_(target), measure_(measure) {
    for (const Rung& rung : rungs) rungs_[rung.name] = &rung;
  }

  /// Whether the rung reaches the target.
  bool reaches(const std::string& name) {
    if (const auto known = reached_.find(name); known != reached_.end()) {
      if (!known->second) throw std::invalid_argument("rungs need each other: " + name);
      return *known->second;
    }
    reached_[name] = std::nullopt;  // under way
    for (const std::string& need : rungs_.at(name)->needs)
      if (!reaches(need)) {
        result.tried.push_back({{"name", name}, {"verdict", "skipped"}, {"because", need}});
        return *(reached_[name] = false);
      }
    const double metric = measure_(name);
    const bool enough = metric >= target_;
    if (result.chosen.empty() || metric > best_) {
      best_ = metric;
      result.chosen = name;
    }
    result.tried.push_back(
        {{"name", name}, {"metric", metric}, {"verdict", enough ? "enough" : "missed"}});
    return *(reached_[name] = enough);
  }

  DialResult result;

 private:
  double target_, best_ = 0;
  const std::function<double(const std::string&)>& measure_;
  std::map<std::string, const Rung*> rungs_;
  std::map<std::string, std::optional<bool>> reached_;
};

}  // namespace

DialResult walk_dial(const std::vector<Rung>& rungs, double target,
                     const std::function<double(const std::string&)>& measure) {
  Walk walk(rungs, target, measure);
  for (const Rung& rung : rungs) {
    if (!walk.reaches(rung.name)) continue;
    walk.result.chosen = rung.name;
    walk.result.reached = true;
    break;
  }
  for (json& line : walk.result.tried)
    if (line["name"] == walk.result.chosen) line["verdict"] = "chosen";
  return walk.result;
}

}  // namespace bitcpp
