#include "train/run_log.h"

#include <chrono>

#include "base/error.h"

namespace bitcpp {

RunLog::RunLog(const std::filesystem::path& path) : path_(path), stream_(path, std::ios::app) {
  if (!stream_) throw Error(path.string() + ": cannot write");
}

void RunLog::write(nlohmann::json line) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  line["time"] = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  stream_ << line.dump() << std::endl;
  if (!stream_) throw Error(path_.string() + ": cannot write");
  if (on_line) on_line(line);
}

std::uintmax_t RunLog::size() {
  stream_.flush();
  return std::filesystem::file_size(path_);
}

void RunLog::rewind(std::uintmax_t bytes) {
  if (size() <= bytes) return;
  stream_.close();
  std::filesystem::resize_file(path_, bytes);
  stream_.open(path_, std::ios::app);
  if (on_cut) on_cut();
}

void RunLog::drop_stage(const std::string& stage) {
  std::ifstream lines(path_);
  std::uintmax_t kept = 0;
  for (std::string text; std::getline(lines, text) && !lines.eof(); kept += text.size() + 1) {
    const auto line = nlohmann::json::parse(text, nullptr, false);
    if (!line.is_object() || line.value("stage", "") == stage) break;
  }
  rewind(kept);
}

}  // namespace bitcpp
