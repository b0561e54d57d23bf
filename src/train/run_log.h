// JSON lines of one run, for plots and for people with jq.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace bitcpp {

class RunLog {
 public:
  /// Appends to `path`. Throws Error when it cannot be written.
  explicit RunLog(const std::filesystem::path& path);

  /// Appends a line, with "time": seconds since 1970.
  void write(nlohmann::json line);
  /// Bytes so far: a checkpoint keeps this, so that a resumed run continues the file where it
  /// stood.
  std::uintmax_t size();
  /// Cuts the file back to `bytes`.
  void rewind(std::uintmax_t bytes);
  /// Cuts the file back to where `stage` begins, and drops a last line that was not written to its
  /// end: for a stage that was killed before its first checkpoint.
  void drop_stage(const std::string& stage);

  /// Told of every line, and of every cut.
  std::function<void(const nlohmann::json& line)> on_line;
  std::function<void()> on_cut;

 private:
  std::filesystem::path path_;
  std::ofstream stream_;
};

}  // namespace bitcpp
