// JSON lines of one run, for plots and for people with jq.
#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace bitcpp {

class RunLog {
 public:
  /// Appends to `path`. Throws Error when it cannot be written.
  explicit RunLog(const std::filesystem::path& path);

  void write(const nlohmann::json& line);
  /// Bytes so far: a checkpoint keeps this, so that a resumed run continues the file where it
  /// stood.
  std::uintmax_t size();
  /// Cuts the file back to `bytes`.
  void rewind(std::uintmax_t bytes);

 private:
  std::filesystem::path path_;
  std::ofstream stream_;
};

}  // namespace bitcpp
