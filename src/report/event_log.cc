#include "report/event_log.h"

#include <cmath>

#include "base/error.h"
#include "report/event_record.h"
#include "report/run_record.h"

namespace bitcpp {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Scalars = std::vector<std::pair<std::string, float>>;

/// Numbers of `value` under their path: {"a": {"b": [1, 2]}} gives a/b/0 and a/b/1.
void collect(const json& value, const std::string& tag, Scalars& scalars) {
  if (value.is_number()) {
    scalars.emplace_back(tag, value.get<float>());
  } else if (value.is_structured()) {
    for (const auto& [key, inner] : value.items())
      if (key != "n") collect(inner, tag + "/" + key, scalars);  // the texts measured on
  }
}

Scalars scalars_of(const json& line) {
  Scalars scalars;
  for (const auto& [key, value] : line.items()) {
    if (key == "stage" || key == "step" || key == "steps" || key == "epoch" || key == "time" ||
        key == "kind" || key == "flip_epochs")
      continue;
    collect(value, key.rfind("loss_", 0) == 0 ? "loss/" + key.substr(5) : key, scalars);
  }
  return scalars;
}

double time_of(const json& line) {
  const double time = number_at(line, "time");
  return std::isfinite(time) ? time : 0;
}

}  // namespace

EventLog::EventLog(const fs::path& folder) : folder_(folder) { rewrite(); }

void EventLog::rewrite() {
  streams_.clear();
  std::error_code failure;
  fs::remove_all(folder_ / "tensorboard", failure);
  if (!fs::exists(folder_ / "log.jsonl")) return;
  for (const StageRecord& stage : read_run(folder_).stages)
    for (const auto* lines : {&stage.losses, &stage.evaluations, &stage.statistics})
      for (const json& line : *lines) add(line);
}

void EventLog::add(const json& line) {
  const std::string stage = text_at(line, "stage");
  const Scalars scalars = scalars_of(line);
  if (stage.empty() || scalars.empty()) return;
  std::ofstream& stream = streams_[stage];
  const double time = time_of(line);
  const fs::path path = folder_ / "tensorboard" / stage /
                        ("events.out.tfevents." + std::to_string(std::llround(time)) + ".bit");
  if (!stream.is_open()) {
    std::error_code failure;
    fs::create_directories(path.parent_path(), failure);
    stream.open(path, std::ios::binary);
    stream << framed_record(version_event(time));
  }
  const double step = number_at(line, "step");
  stream << framed_record(
      scalar_event(time, std::isfinite(step) ? std::llround(step) : 0, scalars));
  stream.flush();
  if (!stream) throw Error(path.string() + ": cannot write");
}

}  // namespace bitcpp
