#include "cli/line_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace bitcpp {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} << 10;

}  // namespace

LineReader::LineReader(const std::string& path) : path_(path) {
  if (path == "-") {
    path_ = "standard input";
    return;
  }
  descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (descriptor_ < 0 || fstat(descriptor_, &status) != 0 || S_ISDIR(status.st_mode)) {
    const std::string reason = descriptor_ < 0 ? std::strerror(errno) : "it is a folder";
    if (descriptor_ >= 0) close(descriptor_);
    throw Error(path + ": cannot be read (" + reason + "), expected a file of texts");
  }
}

LineReader::~LineReader() {
  if (descriptor_ > 0) close(descriptor_);
}

std::string LineReader::location() const {
  return path_ + ":" + std::to_string(line_number_) + ": ";
}

bool LineReader::fill() {
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    searched_ -= begin_;
    begin_ = 0;
  }
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kReadSize);
  ssize_t got = 0;
  do {
    got = read(descriptor_, buffer_.data() + before, kReadSize);
  } while (got < 0 && errno == EINTR);
  buffer_.resize(before + static_cast<std::size_t>(got < 0 ? 0 : got));
  if (got < 0) throw Error(path_ + ": reading failed: " + std::strerror(errno));
  ended_ = got == 0;
  return got > 0;
}

bool LineReader::next(std::string& line) {
  std::size_t end = std::string::npos;
  while ((end = buffer_.find('\n', searched_)) == std::string::npos && !ended_) {
    searched_ = buffer_.size();
    if (searched_ - begin_ > kMaxLine) {
      ++line_number_;
      throw Error(location() + "expected lines of at most " + std::to_string(kMaxLine >> 20) +
                  " MiB");
    }
    fill();
  }
  if (end == std::string::npos) {
    if (begin_ == buffer_.size()) return false;
    end = buffer_.size();
  }
  line.assign(buffer_, begin_, end - begin_);
  if (line.ends_with('\r')) line.pop_back();
  begin_ = searched_ = end < buffer_.size() ? end + 1 : end;
  ++line_number_;
  return true;
}

bool LineReader::ready() const {
  if (ended_ || buffer_.find('\n', searched_) != std::string::npos) return true;
  pollfd wanted = {descriptor_, POLLIN, 0};
  return poll(&wanted, 1, 0) > 0;
}

}  // namespace bitcpp
