#include "base/progress.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace bitcpp {

std::string format_duration(double seconds) {
  const long total =
      std::isfinite(seconds) && seconds > 0 ? std::lround(std::min(seconds, 1e9)) : 0;
  char text[32];
  if (total >= 3600)
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", total / 3600, total / 60 % 60, total % 60);
  else
    std::snprintf(text, sizeof text, "%ld:%02ld", total / 60, total % 60);
  return text;
}

ProgressLine::ProgressLine(std::string title, double quiet_seconds)
    : title_(std::move(title)),
      quiet_seconds_(quiet_seconds),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      shown_(start_ - std::chrono::hours(1)) {}

ProgressLine::~ProgressLine() {
  if (open_) std::fputc('\n', stderr);
}

double ProgressLine::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

void ProgressLine::update(double done, double total, const std::string& measured) {
  if (first_done_ < 0) first_done_ = done;
  const double since = std::chrono::duration<double>(Clock::now() - shown_).count();
  if (since < (terminal_ ? 0.1 : quiet_seconds_)) return;
  const double share = total > 0 ? done / total : 1, fresh = done - first_done_;
  char head[32];
  std::snprintf(head, sizeof head, " %3.0f%%", 100 * share);
  std::string line = title_ + head;
  if (!measured.empty()) line += "  " + measured;
  if (fresh > 0) line += "  " + format_duration(seconds() / fresh * (total - done)) + " left";
  show(line, false);
}

void ProgressLine::restart() {
  start_ = Clock::now();
  first_done_ = -1;
}

void ProgressLine::finish(const std::string& text) { show(title_ + "  " + text, true); }

void ProgressLine::show(const std::string& line, bool last) {
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K%s%s", line.c_str(), last ? "\n" : "");
    open_ = !last;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
  shown_ = Clock::now();
}

}  // namespace bitcpp
