#include "train/run_log.h"

#include "base/error.h"

namespace bitcpp {

RunLog::RunLog(const std::filesystem::path& path) : path_(path), stream_(path, std::ios::app) {
  if (!stream_) throw Error(path.string() + ": cannot write");
}

void RunLog::write(const nlohmann::json& line) {
  stream_ << line.dump() << std::endl;
  if (!stream_) throw Error(path_.string() + ": cannot write");
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
}

}  // namespace bitcpp
