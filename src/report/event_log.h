// A run's log as TensorBoard event files, one run of TensorBoard for each stage.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace bitcpp {

class EventLog {
 public:
  /// Writes FOLDER/tensorboard/STAGE/events.out.tfevents.SECONDS.bit anew from FOLDER/log.jsonl
  /// (nothing where there is none). Throws Error.
  explicit EventLog(const std::filesystem::path& folder);

  /// Appends a line of the log and flushes, so that TensorBoard sees it at once.
  void add(const nlohmann::json& line);
  /// Begins anew from the log: it was cut back.
  void rewrite();

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::ofstream> streams_;  // by stage
};

}  // namespace bitcpp
